"""Sentences for people in every language of the interface, with names put in and a source beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import PlainSerializer, PlainValidator

from app.catalogue import Catalogue, Coverage, Label
from app.catalogue.label import LANGUAGES
from app.catalogue.label import in_each as _l
from app.sources import Citation


class Words(Protocol):
    """Anything that can be said in a language of the interface."""

    def in_(self, language: str) -> str: ...


def spelled_out(words: Words) -> dict[str, str]:
    """The words in every language of the interface, as they are kept."""
    return {language: words.in_(language) for language in LANGUAGES}


Said = Annotated[Words, PlainValidator(Label.model_validate), PlainSerializer(spelled_out)]
"""Words that can be kept as plain JSON, and read again as a label."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of `SAYS` with names put in, worded only when a language is asked for."""

    key: str
    names: tuple[tuple[str, Words | str], ...]

    def in_(self, language: str) -> str:
        names = {name: value if isinstance(value, str) else value.in_(language) for name, value in self.names}
        return SAYS[self.key].in_(language).format(**names)


@dataclass(frozen=True, slots=True)
class Listed:
    """Several names, with commas between."""

    names: tuple[Words, ...]

    def in_(self, language: str) -> str:
        return ", ".join(name.in_(language) for name in self.names)


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence, and the source it rests on if it is a fact of a source."""

    says: Said
    citation: Citation | None = None


def of_reading(reading: Coverage, catalogue: Catalogue) -> Sentence:
    """What a reading of Annex 1 records."""
    where = catalogue.countries.get(reading.area)
    return say(
        f"annex1_{reading.role}",
        area=where.name if where else catalogue.groups[reading.area].name,
        sector=catalogue.sectors[reading.sector].name,
        channel=catalogue.channels[reading.channel].abbreviation,
    )


def say(key: str, **names: Words | str) -> Sentence:
    """A sentence of the list below with names put in."""
    return Sentence(key, tuple(names.items()))


TONGUES: Mapping[str, Label] = {
    "en": _l("English", "inglés", "inglês", "anglais"),
    "es": _l("Spanish", "español", "espanhol", "espagnol"),
    "pt": _l("Portuguese", "portugués", "português", "portugais"),
    "fr": _l("French", "francés", "francês", "français"),
    "nl": _l("Dutch", "neerlandés", "neerlandês", "néerlandais"),
}

NEEDS: Mapping[str, Label] = {
    "travel": _l("travel", "viaje", "viagem", "déplacement"),
    "host-institution": _l(
        "an institution as host",
        "una institución anfitriona",
        "uma instituição anfitriã",
        "une institution d’accueil",
    ),
    "expert-release": _l(
        "experts released from their work",
        "expertos liberados de sus tareas",
        "especialistas liberados de suas tarefas",
        "des experts détachés de leur poste",
    ),
    "facility": _l(
        "a video conference room",
        "una sala de videoconferencia",
        "uma sala de videoconferência",
        "une salle de visioconférence",
    ),
    "internet": _l("internet access", "acceso a internet", "acesso à internet", "un accès à internet"),
    "interpreter": _l("an interpreter", "un intérprete", "um intérprete", "un interprète"),
    "agreement": _l("an agreement", "un acuerdo", "um acordo", "un accord"),
    "funds": _l("funds", "fondos", "recursos", "des fonds"),
}

SAYS: Mapping[str, Label] = {
    "rest": _l(
        "other words that both texts share",
        "otras palabras que comparten los dos textos",
        "outras palavras que os dois textos têm em comum",
        "d’autres mots communs aux deux textes",
    ),
    "meets_all": _l(
        "Cross-sector meets every sector a little.",
        "Lo multisectorial coincide un poco con todos los sectores.",
        "O multissetorial coincide um pouco com todos os setores.",
        "Le plurisectoriel rejoint un peu tous les secteurs.",
    ),
    "compared_same": _l(
        "Both texts are in the same language ({name}).",
        "Los dos textos están en el mismo idioma ({name}).",
        "Os dois textos estão no mesmo idioma ({name}).",
        "Les deux textes sont dans la même langue ({name}).",
    ),
    "compared_bridged": _l(
        "Compared through Spanish, into which {names} was translated, and through concepts of the thesaurus.",
        "Comparados en español, al que se tradujo del {names}, y por conceptos del tesauro.",
        "Comparados em espanhol, para o qual se traduziu do {names}, e por conceitos do tesauro.",
        "Comparés en espagnol, par une traduction depuis : {names}, et par les concepts du thésaurus.",
    ),
    "compared_unbridged": _l(
        "Compared through concepts of the thesaurus and words of a common root; {names} was not translated.",
        "Comparados por conceptos del tesauro y palabras de raíz común; no se tradujo del {names}.",
        "Comparados por conceitos do tesauro e palavras de raiz comum; não se traduziu do {names}.",
        "Comparés par concepts du thésaurus et mots de racine commune ; non traduit depuis : {names}.",
    ),
    "remark_no_words": _l(
        "Hardly a word here says what it is about, so no partner can be found by the text: tell what you want "
        "to teach or learn.",
        "Casi ninguna palabra dice de qué se trata, y por el texto no se puede hallar pareja: cuente qué quiere "
        "enseñar o aprender.",
        "Quase nenhuma palavra diz de que se trata, e pelo texto não se pode achar par: conte o que quer ensinar "
        "ou aprender.",
        "Presque aucun mot ne dit de quoi il s’agit, et le texte ne permet de trouver aucun partenaire : dites ce "
        "que vous voulez enseigner ou apprendre.",
    ),
    "remark_unsupported": _l(
        "The text seems to be in another language ({code}) than the five that are served. It is read as {name}, "
        "and will meet others by its letters at most: write it in Spanish, Portuguese, English, French or Dutch.",
        "El texto parece estar en otra lengua ({code}) que las cinco admitidas. Se lee como {name} y coincidirá a lo "
        "sumo por sus letras: escríbalo en español, portugués, inglés, francés o neerlandés.",
        "O texto parece estar em outra língua ({code}) que não as cinco atendidas. É lido como {name} e coincidirá "
        "no máximo pelas letras: escreva em espanhol, português, inglês, francês ou neerlandês.",
        "Le texte semble être dans une autre langue ({code}) que les cinq servies. Il est lu comme {name} et ne "
        "rejoindra les autres que par ses lettres : écrivez-le en espagnol, portugais, anglais, français ou "
        "néerlandais.",
    ),
    "remark_other": _l(
        "The text seems to be in {guess}; it is read as {name}, because that is what was declared.",
        "El texto parece estar en {guess}; se lee como {name}, porque así se declaró.",
        "O texto parece estar em {guess}; é lido como {name}, porque assim foi declarado.",
        "Le texte semble être en {guess} ; il est lu comme {name}, car c’est ce qui a été déclaré.",
    ),
    "remark_several": _l(
        "Some sentences are in {names}; they are read as such, the others as {name}.",
        "Algunas frases están en {names}; se leen así, y las demás como {name}.",
        "Algumas frases estão em {names}; são lidas assim, e as demais como {name}.",
        "Certaines phrases sont en {names} ; elles sont lues ainsi, les autres comme {name}.",
    ),
    "remark_markup": _l(
        "HTML is kept as it was written and shown as plain text; it is left out when texts are compared.",
        "El HTML se conserva y se muestra como texto sin formato; no cuenta al comparar los textos.",
        "O HTML é guardado e mostrado como texto simples; não conta ao comparar os textos.",
        "Le HTML est conservé et montré comme texte brut ; il ne compte pas quand les textes sont comparés.",
    ),
    "remark_marks": _l(
        "Emoji and invisible marks are kept; they are left out when texts are compared.",
        "Los emojis y las marcas invisibles se conservan; no cuentan al comparar los textos.",
        "Os emojis e as marcas invisíveis são guardados; não contam ao comparar os textos.",
        "Les émojis et les marques invisibles sont conservés ; ils ne comptent pas dans la comparaison.",
    ),
    "remark_not_translated": _l(
        "There is no translation from {name} now; across languages it is compared by concepts and letters.",
        "Ahora no hay traducción del {name}; entre idiomas se compara por conceptos y letras.",
        "Agora não há tradução do {name}; entre línguas compara-se por conceitos e letras.",
        "Il n’y a pas de traduction depuis : {name} ; entre langues, on compare par concepts et lettres.",
    ),
    "sector_read": _l(
        "{name}, read from the text",
        "{name}, leído en el texto",
        "{name}, lido no texto",
        "{name}, lu dans le texte",
    ),
    "chapter_speaks": _l(
        "What the study tells of {channel} speaks of: {names}.",
        "Lo que el estudio cuenta de {channel} habla de: {names}.",
        "O que o estudo conta de {channel} fala de: {names}.",
        "Ce que l’étude dit de {channel} parle de : {names}.",
    ),
    "subtheme": _l(
        "Both texts speak of: {name}.",
        "Los dos textos hablan de: {name}.",
        "Os dois textos falam de: {name}.",
        "Les deux textes parlent de : {name}.",
    ),
    "lacks_tongue": _l(
        "The two sides share no working language: an interpreter is needed.",
        "Las dos partes no comparten idioma de trabajo: hace falta un intérprete.",
        "As duas partes não têm idioma de trabalho em comum: é preciso um intérprete.",
        "Les deux parties n’ont pas de langue de travail commune : il faut un interprète.",
    ),
    "lacks_room": _l(
        "{country}: the study names no video conference room of the network there.",
        "{country}: según el estudio, la red no tiene allí sala de videoconferencia.",
        "{country}: segundo o estudo, a rede não tem ali sala de videoconferência.",
        "{country} : selon l’étude, le réseau n’y a pas de salle de visioconférence.",
    ),
    "stands_in": _l(
        "{given} can stand in for {asked}, partly.",
        "{given} puede sustituir en parte a {asked}.",
        "{given} pode substituir em parte {asked}.",
        "{given} peut remplacer en partie {asked}.",
    ),
    "needs": _l(
        "{name} (needs {needs})",
        "{name} (requiere {needs})",
        "{name} (requer {needs})",
        "{name} (requiert {needs})",
    ),
    "annex1_provider": _l(
        "Annex 1 records {channel} in {sector} for {area}, as provider.",
        "El Anexo 1 registra a {channel} en {sector} para {area}, como proveedor.",
        "O Anexo 1 registra {channel} em {sector} para {area}, como prestador.",
        "L’annexe 1 mentionne {channel} en {sector} pour {area}, comme prestataire.",
    ),
    "annex1_receiver": _l(
        "Annex 1 records {channel} in {sector} for {area}, as receiver.",
        "El Anexo 1 registra a {channel} en {sector} para {area}, como receptor.",
        "O Anexo 1 registra {channel} em {sector} para {area}, como receptor.",
        "L’annexe 1 mentionne {channel} en {sector} pour {area}, comme bénéficiaire.",
    ),
    "annex1_both": _l(
        "Annex 1 records {channel} in {sector} for {area}, as provider and receiver.",
        "El Anexo 1 registra a {channel} en {sector} para {area}, como proveedor y receptor.",
        "O Anexo 1 registra {channel} em {sector} para {area}, como prestador e receptor.",
        "L’annexe 1 mentionne {channel} en {sector} pour {area}, comme prestataire et bénéficiaire.",
    ),
    "annex1_unspecified": _l(
        "Annex 1 records {channel} in {sector} for {area}, role not specified.",
        "El Anexo 1 registra a {channel} en {sector} para {area}, papel no especificado.",
        "O Anexo 1 registra {channel} em {sector} para {area}, papel não especificado.",
        "L’annexe 1 mentionne {channel} en {sector} pour {area}, rôle non précisé.",
    ),
    "annex1_none": _l(
        "Annex 1 records {channel} in {sector} for {area}, without a role.",
        "El Anexo 1 registra a {channel} en {sector} para {area}, sin indicar papel.",
        "O Anexo 1 registra {channel} em {sector} para {area}, sem indicar papel.",
        "L’annexe 1 mentionne {channel} en {sector} pour {area}, sans indication de rôle.",
    ),
    "inherited": _l(
        "{says} That {country} shares in this row is our reading.",
        "{says} Que {country} forme parte de esta fila es lectura nuestra.",
        "{says} Que {country} faça parte desta linha é leitura nossa.",
        "{says} Que {country} relève de cette ligne est notre lecture.",
    ),
    "shared_language": _l(
        "Both can work in {name}.",
        "Ambos pueden trabajar en {name}.",
        "Ambos podem trabalhar em {name}.",
        "Les deux peuvent travailler en {name}.",
    ),
    "same_subregion": _l(
        "Both are of the same sub-region: {name}.",
        "Ambos son de la misma subregión: {name}.",
        "Ambos são da mesma sub-região: {name}.",
        "Les deux sont de la même sous-région : {name}.",
    ),
    "same_bloc": _l(
        "Both belong to {name}.",
        "Ambos pertenecen a {name}.",
        "Ambos pertencem a {name}.",
        "Les deux appartiennent à {name}.",
    ),
    "practice_described": _l(
        "The practice is described.",
        "La práctica está descrita.",
        "A prática está descrita.",
        "La pratique est décrite.",
    ),
    "practice_documented": _l(
        "The practice is documented.",
        "La práctica está documentada.",
        "A prática está documentada.",
        "La pratique est documentée.",
    ),
    "practice_evaluated": _l(
        "The practice has been evaluated.",
        "La práctica ha sido evaluada.",
        "A prática foi avaliada.",
        "La pratique a été évaluée.",
    ),
    "practice_transferred": _l(
        "The practice has been transferred to another country before.",
        "La práctica ya se ha transferido a otro país.",
        "A prática já foi transferida para outro país.",
        "La pratique a déjà été transférée à un autre pays.",
    ),
    "works_on": _l(
        "{channel} works on {theme}.",
        "{channel} trabaja en {theme}.",
        "{channel} atua em {theme}.",
        "{channel} travaille sur {theme}.",
    ),
    "uses_modality": _l(
        "{channel} uses this modality: {modality}.",
        "{channel} utiliza esta modalidad: {modality}.",
        "{channel} utiliza esta modalidade: {modality}.",
        "{channel} recourt à cette modalité : {modality}.",
    ),
    "works_for": _l(
        "{country} is among the countries that {channel} works for.",
        "{country} está entre los países para los que trabaja {channel}.",
        "{country} está entre os países para os quais {channel} trabalha.",
        "{country} est parmi les pays pour lesquels {channel} travaille.",
    ),
    "works_not_for": _l(
        "{country} is not among the countries that {channel} works for.",
        "{country} no está entre los países para los que trabaja {channel}.",
        "{country} não está entre os países para os quais {channel} trabalha.",
        "{country} n’est pas parmi les pays pour lesquels {channel} travaille.",
    ),
    "membership_unknown": _l(
        "The study does not say whether {channel} works for {country}.",
        "El estudio no dice si {channel} trabaja para {country}.",
        "O estudo não diz se {channel} trabalha para {country}.",
        "L’étude ne dit pas si {channel} travaille pour {country}.",
    ),
    "may_pay": _l(
        "{instrument}: every rule that the source states is met.",
        "{instrument}: se cumplen todas las reglas que indica la fuente.",
        "{instrument}: todas as regras que a fonte indica são cumpridas.",
        "{instrument} : toutes les règles que la source énonce sont respectées.",
    ),
    "may_pay_if": _l(
        "{instrument}: possible; questions still open: {count}.",
        "{instrument}: posible; preguntas aún abiertas: {count}.",
        "{instrument}: possível; perguntas ainda em aberto: {count}.",
        "{instrument} : possible ; questions encore ouvertes : {count}.",
    ),
    "may_not_pay": _l(
        "{instrument}: not for this. {because}",
        "{instrument}: no para esto. {because}",
        "{instrument}: não para isto. {because}",
        "{instrument} : pas pour cela. {because}",
    ),
    "pays_by_no_stated_rule": _l(
        "{instrument}: the source states no rule for its use; one has to ask.",
        "{instrument}: la fuente no indica reglas para su uso; hay que preguntar.",
        "{instrument}: a fonte não indica regras para o seu uso; é preciso perguntar.",
        "{instrument} : la source n’énonce aucune règle d’usage ; il faut se renseigner.",
    ),
    "no_steps": _l(
        "The study names no steps for this: ask whoever offers it how to apply.",
        "El estudio no indica pasos para esto: pregunte a quien lo ofrece cómo se solicita.",
        "O estudo não indica passos para isto: pergunte a quem o oferece como se solicita.",
        "L’étude n’indique aucune démarche : demandez à qui le propose comment faire la demande.",
    ),
    "no_row": _l(
        "Annex 1 has no row for {country}: what {channel} does there is not known, "
        "which does not mean that nothing is done.",
        "El Anexo 1 no tiene fila para {country}: no se sabe qué hace {channel} allí, "
        "lo que no significa que no se haga nada.",
        "O Anexo 1 não tem linha para {country}: não se sabe o que {channel} faz ali, "
        "o que não significa que nada se faça.",
        "L’annexe 1 n’a pas de ligne pour {country} : on ne sait pas ce que {channel} y fait, "
        "ce qui ne veut pas dire que rien ne s’y fait.",
    ),
    "empty_row": _l(
        "Annex 1 prints nothing of {channel} for {country}; the study warns that support across the region "
        "is hard to show there, so this is no evidence of absence.",
        "En el Anexo 1 no figura nada de {channel} para {country}; el estudio advierte que el apoyo a toda "
        "la región es difícil de mostrar allí, así que no prueba que no lo haya.",
        "No Anexo 1 não consta nada de {channel} para {country}; o estudo adverte que o apoio a toda a "
        "região é difícil de mostrar ali, portanto não prova que não exista.",
        "L’annexe 1 n’indique rien de {channel} pour {country} ; l’étude avertit que l’appui à toute la "
        "région y est difficile à montrer, ce n’est donc pas une preuve d’absence.",
    ),
    "empty_cell": _l(
        "Annex 1 prints nothing of {channel} in {sector} for {country}; the study warns that support across "
        "the region or all sectors is hard to show there, so this is no evidence of absence.",
        "En el Anexo 1 no figura nada de {channel} en {sector} para {country}; el estudio advierte que el "
        "apoyo a toda la región o a todos los sectores es difícil de mostrar allí, así que no prueba "
        "que no lo haya.",
        "No Anexo 1 não consta nada de {channel} em {sector} para {country}; o estudo adverte que o apoio a "
        "toda a região ou a todos os setores é difícil de mostrar ali, portanto não prova que não exista.",
        "L’annexe 1 n’indique rien de {channel} en {sector} pour {country} ; l’étude avertit que l’appui à "
        "toute la région ou à tous les secteurs y est difficile à montrer, ce n’est donc pas une preuve "
        "d’absence.",
    ),
}

NO_STEPS = say("no_steps")
"""Said in the place of steps where the study tells none."""
