"""What a dossier says, in every language of the interface; names and numbers are put in where it is drawn up."""

from collections.abc import Mapping

from app.brokering.steps import Answer, State
from app.catalogue.label import Label
from app.catalogue.label import in_each as _l

HEADINGS: Mapping[str, Label] = {
    "decision": _l("The decision", "La decisión", "A decisão", "La décision"),
    "why": _l("Why this pair", "Por qué este par", "Por que este par", "Pourquoi cette paire"),
    "fund": _l("Channel and fund", "Canal y fondo", "Canal e fundo", "Canal et fonds"),
    "ask": _l(
        "Still to be asked", "Lo que falta preguntar", "O que falta perguntar", "Ce qu’il reste à demander"
    ),
    "steps": _l(
        "Checklist of the channel’s own cycle",
        "Lista de verificación del ciclo del canal",
        "Lista de verificação do ciclo do canal",
        "Liste de contrôle du cycle du canal",
    ),
    "terms": _l(
        "Draft terms of understanding",
        "Borrador de términos de entendimiento",
        "Minuta de termos de entendimento",
        "Projet de termes d’entente",
    ),
    "request": _l(
        "The request as it was written",
        "La solicitud tal como se escribió",
        "A solicitação tal como foi escrita",
        "La demande telle qu’elle a été écrite",
    ),
    "offer": _l(
        "The offer as it was written",
        "La oferta tal como se escribió",
        "A oferta tal como foi escrita",
        "L’offre telle qu’elle a été écrite",
    ),
    "outcome": _l(
        "What came of it, as reported",
        "Qué resultó, según se informó",
        "O que resultou, segundo o relato",
        "Ce qui en est résulté, d’après le compte rendu",
    ),
    "history": _l("Decisions so far", "Decisiones hasta ahora", "Decisões até agora", "Décisions à ce jour"),
    "made_with": _l(
        "How the score was worked out",
        "Cómo se calculó la puntuación",
        "Como se calculou a pontuação",
        "Comment le score a été établi",
    ),
    "sources": _l("Sources", "Fuentes", "Fontes", "Sources"),
}

STATES: Mapping[State, Label] = {
    "suggested": _l(
        "Case opened, not yet proposed to the two countries",
        "Caso abierto, aún no propuesto a los dos países",
        "Caso aberto, ainda não proposto aos dois países",
        "Cas ouvert, pas encore proposé aux deux pays",
    ),
    "shortlisted": _l(
        "Shortlisted, not yet proposed to the two countries",
        "Preseleccionado, aún no propuesto a los dos países",
        "Pré-selecionado, ainda não proposto aos dois países",
        "Présélectionné, pas encore proposé aux deux pays",
    ),
    "proposed": _l(
        "Proposed to both countries",
        "Propuesto a los dos países",
        "Proposto aos dois países",
        "Proposé aux deux pays",
    ),
    "agreed": _l(
        "Agreed by both countries",
        "Acordado por los dos países",
        "Acordado pelos dois países",
        "Convenu par les deux pays",
    ),
    "under_way": _l("Under way", "En curso", "Em andamento", "En cours"),
    "completed": _l("Completed", "Concluido", "Concluído", "Achevé"),
    "declined": _l("Declined", "Rechazado", "Recusado", "Refusé"),
    "lapsed": _l(
        "Lapsed, for nobody acted in time",
        "Caducado, porque nadie actuó a tiempo",
        "Caducado, porque ninguém agiu a tempo",
        "Caduc, car personne n’a agi à temps",
    ),
    "withdrawn": _l(
        "Closed by the broker",
        "Cerrado por el equipo de intermediación",
        "Encerrado pela equipe de intermediação",
        "Clos par l’équipe d’intermédiation",
    ),
}

QUESTIONS: Mapping[State, Label] = {
    "suggested": _l(
        "To be decided by {who}: is this exchange proposed to both countries?",
        "Debe decidir {who}: ¿se propone este intercambio a los dos países?",
        "Deve decidir {who}: propõe-se este intercâmbio aos dois países?",
        "À décider par {who} : cet échange est-il proposé aux deux pays ?",
    ),
    "proposed": _l(
        "To be decided by {who}: is this exchange accepted?",
        "Debe decidir {who}: ¿se acepta este intercambio?",
        "Deve decidir {who}: aceita-se este intercâmbio?",
        "À décider par {who} : cet échange est-il accepté ?",
    ),
    "agreed": _l(
        "Both countries have accepted. Next: {who} sees to the start of the exchange.",
        "Los dos países aceptaron. Sigue: {who} pone en marcha el intercambio.",
        "Os dois países aceitaram. A seguir: {who} dá início ao intercâmbio.",
        "Les deux pays ont accepté. Ensuite : {who} veille au démarrage de l’échange.",
    ),
    "under_way": _l(
        "The exchange is under way. Next, from {who}: a report of what came of it.",
        "El intercambio está en curso. Sigue, de parte de {who}: un informe de lo que resultó.",
        "O intercâmbio está em andamento. A seguir, de {who}: um relato do que resultou.",
        "L’échange est en cours. Ensuite, de la part de {who} : un compte rendu de ce qui en est résulté.",
    ),
    "completed": _l(
        "The exchange is complete; nothing is left to decide.",
        "El intercambio concluyó; no queda nada por decidir.",
        "O intercâmbio foi concluído; não resta nada a decidir.",
        "L’échange est achevé ; il ne reste rien à décider.",
    ),
    "declined": _l(
        "This exchange was declined; nothing is left to decide unless the case is opened again.",
        "Este intercambio se rechazó; no queda nada por decidir salvo que se reabra el caso.",
        "Este intercâmbio foi recusado; não resta nada a decidir, a menos que o caso seja reaberto.",
        "Cet échange a été refusé ; il ne reste rien à décider, sauf réouverture du cas.",
    ),
    "lapsed": _l(
        "Nobody acted in time; nothing is left to decide unless the case is opened again.",
        "Nadie actuó a tiempo; no queda nada por decidir salvo que se reabra el caso.",
        "Ninguém agiu a tempo; não resta nada a decidir, a menos que o caso seja reaberto.",
        "Personne n’a agi à temps ; il ne reste rien à décider, sauf réouverture du cas.",
    ),
    "withdrawn": _l(
        "The case was closed; nothing is left to decide unless it is opened again.",
        "El caso se cerró; no queda nada por decidir salvo que se reabra.",
        "O caso foi encerrado; não resta nada a decidir, a menos que seja reaberto.",
        "Le cas a été clos ; il ne reste rien à décider, sauf réouverture.",
    ),
}
"""What a reader of the first half page is asked. A shortlisted case asks what a suggested one does."""

ANSWERED: Mapping[Answer | None, Label] = {
    "accepted": _l("accepted", "aceptó", "aceitou", "a accepté"),
    "declined": _l("declined", "rechazó", "recusou", "a refusé"),
    None: _l("no answer yet", "aún sin respuesta", "ainda sem resposta", "pas encore de réponse"),
}

PARTIES: Mapping[str, Label] = {
    "broker": _l(
        "the broker",
        "el equipo de intermediación",
        "a equipe de intermediação",
        "l’équipe d’intermédiation",
    ),
    "provider": _l("the provider", "el proveedor", "o prestador", "le prestataire"),
    "receiver": _l("the receiver", "el receptor", "o receptor", "le bénéficiaire"),
    "clock": _l("the clock", "el reloj", "o relógio", "l’horloge"),
}

ENTRIES: Mapping[str, Label] = {
    "take_up": _l("case opened", "caso abierto", "caso aberto", "cas ouvert"),
    "shortlist": _l("shortlisted", "preseleccionado", "pré-selecionado", "présélectionné"),
    "put_back": _l(
        "taken off the shortlist",
        "retirado de la preselección",
        "retirado da pré-seleção",
        "retiré de la présélection",
    ),
    "propose": _l(
        "proposed to both countries",
        "propuesto a los dos países",
        "proposto aos dois países",
        "proposé aux deux pays",
    ),
    "accept": _l("accepted for {side}", "aceptado por {side}", "aceito por {side}", "accepté pour {side}"),
    "decline": _l("declined", "rechazado", "recusado", "refusé"),
    "start": _l("started", "iniciado", "iniciado", "démarré"),
    "complete": _l("completed", "concluido", "concluído", "achevé"),
    "close": _l("closed", "cerrado", "encerrado", "clos"),
    "lapse": _l("lapsed", "caducado", "caducado", "devenu caduc"),
    "reopen": _l("opened again", "reabierto", "reaberto", "rouvert"),
    "hold": _l(
        "held: its place is taken by another exchange",
        "en espera: otro intercambio ocupa su lugar",
        "em espera: outro intercâmbio ocupa o seu lugar",
        "en attente : un autre échange occupe sa place",
    ),
    "free": _l(
        "no longer held",
        "ya no está en espera",
        "já não está em espera",
        "n’est plus en attente",
    ),
    "reminder": _l("reminder sent", "recordatorio enviado", "lembrete enviado", "rappel envoyé"),
    "escalation": _l(
        "passed on to the brokers",
        "elevado al equipo de intermediación",
        "levado à equipe de intermediação",
        "porté à l’équipe d’intermédiation",
    ),
    "posting_gone": _l(
        "a posting is no longer open",
        "una publicación ya no está abierta",
        "uma publicação já não está aberta",
        "une publication n’est plus ouverte",
    ),
}
"""What a line of the history tells. What people said to one another is not in a dossier."""

PARTS: Mapping[str, Label] = {
    "text": _l("Text", "Texto", "Texto", "Texte"),
    "sector": _l("Sector", "Sector", "Setor", "Secteur"),
    "modality": _l("Modality", "Modalidad", "Modalidade", "Modalité"),
    "precedent": _l("Precedent", "Precedente", "Precedente", "Précédent"),
    "proximity": _l("Proximity", "Proximidad", "Proximidade", "Proximité"),
    "practice": _l("Practice", "Práctica", "Prática", "Pratique"),
    "channel": _l("Channel", "Canal", "Canal", "Canal"),
}

GATES: Mapping[str, Label] = {
    "open": _l(
        "both postings are open",
        "ambas publicaciones están abiertas",
        "ambas as publicações estão abertas",
        "les deux publications sont ouvertes",
    ),
    "different_country": _l(
        "they are of two countries", "son de dos países", "são de dois países", "elles sont de deux pays"
    ),
    "visible": _l(
        "both may be seen", "ambas se pueden ver", "ambas podem ser vistas", "les deux peuvent être vues"
    ),
    "not_parked": _l(
        "no refusal keeps them apart",
        "ningún rechazo las separa",
        "nenhuma recusa as separa",
        "aucun refus ne les écarte",
    ),
    "capacity": _l(
        "the provider has room",
        "el proveedor tiene cupo",
        "o prestador tem disponibilidade",
        "le prestataire est disponible",
    ),
}

FINDINGS: Mapping[str, Label] = {
    "met": _l("met", "cumple", "cumpre", "respecté"),
    "not_met": _l("not met", "no cumple", "não cumpre", "non respecté"),
    "unknown": _l("not known", "no se sabe", "não se sabe", "inconnu"),
}

SHAPES: Mapping[str, str] = {"met": "✓", "not_met": "✕", "unknown": "?"}
"""Beside the word, so that a column of answers can be looked down."""

VERDICTS: Mapping[str, Label] = {
    "eligible": _l(
        "eligible, the conditions that the source states are met ({met} of {all})",
        "elegible, se cumplen las condiciones que indica la fuente ({met} de {all})",
        "elegível, as condições que a fonte indica são cumpridas ({met} de {all})",
        "éligible, les conditions que la source énonce sont respectées ({met} sur {all})",
    ),
    "conditional": _l(
        "conditional, {met} of {all} conditions met, {unknown} not known",
        "condicional, se cumplen {met} de {all} condiciones, de {unknown} no se sabe",
        "condicional, cumpridas {met} de {all} condições, de {unknown} não se sabe",
        "sous conditions, {met} conditions sur {all} respectées, {unknown} inconnues",
    ),
    "ineligible": _l(
        "not eligible, {not_met} of {all} conditions not met",
        "no elegible, no se cumplen {not_met} de {all} condiciones",
        "não elegível, não cumpridas {not_met} de {all} condições",
        "non éligible, {not_met} conditions sur {all} non respectées",
    ),
    "no_rules": _l(
        "conditional, the source states no condition; one has to ask",
        "condicional, la fuente no indica condiciones; hay que preguntar",
        "condicional, a fonte não indica condições; é preciso perguntar",
        "sous conditions, la source n’énonce aucune condition ; il faut se renseigner",
    ),
}

STANDINGS: Mapping[str, Label] = {
    "eligible": _l("eligible", "elegible", "elegível", "éligible"),
    "conditional": _l("conditional", "condicional", "condicional", "sous conditions"),
    "ineligible": _l("not eligible", "no elegible", "não elegível", "non éligible"),
}

WINDOWS: Mapping[str, Label] = {
    "rolling": _l(
        "applications at any time",
        "solicitudes en cualquier momento",
        "solicitações a qualquer momento",
        "demandes à tout moment",
    ),
    "annual-call": _l("one call a year", "una convocatoria al año", "uma chamada por ano", "un appel par an"),
    "board": _l(
        "decided at meetings of a board",
        "se decide en reuniones de una junta",
        "decide-se em reuniões de um conselho",
        "décidé lors des réunions d’un conseil",
    ),
    "biennial-plan": _l(
        "fitted into a two-year plan",
        "se incluye en un plan de dos años",
        "incluído em um plano de dois anos",
        "inscrit dans un plan de deux ans",
    ),
    "not-stated": _l(
        "the study does not say when",
        "el estudio no dice cuándo",
        "o estudo não diz quando",
        "l’étude ne dit pas quand",
    ),
}

MEETINGS: Mapping[str, Label] = {
    "same": _l("one language", "un solo idioma", "um só idioma", "une seule langue"),
    "bridged": _l(
        "two languages, both read in Spanish",
        "dos idiomas, ambos leídos en español",
        "dois idiomas, ambos lidos em espanhol",
        "deux langues, toutes deux lues en espagnol",
    ),
    "unbridged": _l(
        "two languages, one of them not read in Spanish",
        "dos idiomas, uno de ellos no leído en español",
        "dois idiomas, um deles não lido em espanhol",
        "deux langues, dont une non lue en espagnol",
    ),
}

SAYS: Mapping[str, Label] = {
    "title": _l(
        "Dossier: {receiver} asks, {provider} offers",
        "Dossier: {receiver} solicita, {provider} ofrece",
        "Dossier: {receiver} solicita, {provider} oferece",
        "Dossier : {receiver} demande, {provider} offre",
    ),
    "drawn_up": _l(
        "Working paper, binding on nobody. Case {case}, drawn up on {day}; what it rests on is kept as it was "
        "on {taken_up}.",
        "Documento de trabajo que no obliga a nadie. Caso {case}, elaborado el {day}; aquello en que se basa "
        "se conserva como era el {taken_up}.",
        "Documento de trabalho que não obriga ninguém. Caso {case}, elaborado em {day}; aquilo em que se baseia "
        "é conservado como era em {taken_up}.",
        "Document de travail qui n’engage personne. Cas {case}, établi le {day} ; ce sur quoi il repose est "
        "conservé tel qu’au {taken_up}.",
    ),
    "annex": _l(
        "Annex {letter}. {name}",
        "Anexo {letter}. {name}",
        "Anexo {letter}. {name}",
        "Annexe {letter}. {name}",
    ),
    # The decision
    "who_asks": _l("Who asks", "Quién solicita", "Quem solicita", "Qui demande"),
    "who_offers": _l("Who offers", "Quién ofrece", "Quem oferece", "Qui offre"),
    "what_for": _l("What for", "Para qué", "Para quê", "Pour quoi"),
    "channel": _l("Channel", "Canal", "Canal", "Canal"),
    "fund": _l("Fund", "Fondo", "Fundo", "Fonds"),
    "open": _l("Still to be asked", "Falta preguntar", "Falta perguntar", "Reste à demander"),
    "state": _l("State", "Estado", "Estado", "État"),
    "who_acts": _l("Who must act", "Quién debe actuar", "Quem deve agir", "Qui doit agir"),
    "contact": _l(
        "contact: {name}, {email}",
        "contacto: {name}, {email}",
        "contato: {name}, {email}",
        "contact : {name}, {email}",
    ),
    "no_organisation": _l(
        "institution not named",
        "institución no indicada",
        "instituição não indicada",
        "institution non indiquée",
    ),
    "sectors": _l("sector: {names}", "sector: {names}", "setor: {names}", "secteur : {names}"),
    "sectors_read": _l(
        "sector, as read from the texts: {names}",
        "sector, leído en los textos: {names}",
        "setor, lido nos textos: {names}",
        "secteur, lu dans les textes : {names}",
    ),
    "sectors_unknown": _l(
        "sector not known", "no se sabe el sector", "não se sabe o setor", "secteur inconnu"
    ),
    "modalities": _l("modality: {names}", "modalidad: {names}", "modalidade: {names}", "modalité : {names}"),
    "modalities_apart": _l(
        "asked for as: {asked}; offered as: {given}",
        "se pide como: {asked}; se ofrece como: {given}",
        "pede-se como: {asked}; oferece-se como: {given}",
        "demandé sous la forme : {asked} ; offert sous la forme : {given}",
    ),
    "modalities_unknown": _l(
        "modality not known", "no se sabe la modalidad", "não se sabe a modalidade", "modalité inconnue"
    ),
    "not_said": _l("not said", "no se dice", "não se diz", "non précisé"),
    "no_channel": _l(
        "not chosen yet; the best fit is {names}",
        "aún sin elegir; el que mejor conviene es {names}",
        "ainda não escolhido; o que melhor convém é {names}",
        "pas encore choisi ; celui qui convient le mieux est {names}",
    ),
    "no_channel_at_all": _l(
        "not chosen, and none is known that fits",
        "sin elegir, y no se conoce ninguno que convenga",
        "não escolhido, e não se conhece nenhum que convenha",
        "pas choisi, et aucun qui convienne n’est connu",
    ),
    "no_fund": _l("not chosen yet", "aún sin elegir", "ainda não escolhido", "pas encore choisi"),
    "no_fund_best": _l(
        "not chosen yet; of this channel, {name} comes first, {verdict}",
        "aún sin elegir; de este canal, el primero es {name}, {verdict}",
        "ainda não escolhido; deste canal, o primeiro é {name}, {verdict}",
        "pas encore choisi ; pour ce canal, {name} vient en premier, {verdict}",
    ),
    "no_fund_known": _l(
        "the study names no fund of this channel",
        "el estudio no nombra ningún fondo de este canal",
        "o estudo não menciona nenhum fundo deste canal",
        "l’étude ne nomme aucun fonds de ce canal",
    ),
    "one_question": _l("1 question:", "1 pregunta:", "1 pergunta:", "1 question :"),
    "first_question": _l(
        "{count} questions (section 4). The first:",
        "{count} preguntas (sección 4). La primera:",
        "{count} perguntas (seção 4). A primeira:",
        "{count} questions (section 4). La première :",
    ),
    "nothing_open": _l(
        "nothing that the source asks for is open",
        "nada de lo que pide la fuente queda abierto",
        "nada do que a fonte pede está em aberto",
        "rien de ce que demande la source ne reste ouvert",
    ),
    "on": _l("on {day}", "el {day}", "em {day}", "le {day}"),
    "by_when": _l(
        "{who}, since {day}. If nobody acts, the case ends on {end} at the earliest.",
        "{who}, desde el {day}. Si nadie actúa, el caso termina como pronto el {end}.",
        "{who}, desde {day}. Se ninguém agir, o caso termina não antes de {end}.",
        "{who}, depuis le {day}. Si personne n’agit, le cas prend fin au plus tôt le {end}.",
    ),
    "since_whom": _l(
        "{who}, since {day}.", "{who}, desde el {day}.", "{who}, desde {day}.", "{who}, depuis le {day}."
    ),
    "nobody": _l("nobody", "nadie", "ninguém", "personne"),
    "and": _l("{one} and {other}", "{one} y {other}", "{one} e {other}", "{one} et {other}"),
    "held": _l(
        "held: another exchange takes the place that this one needs",
        "en espera: otro intercambio ocupa el lugar que este necesita",
        "em espera: outro intercâmbio ocupa o lugar de que este precisa",
        "en attente : un autre échange occupe la place qu’il faut à celui-ci",
    ),
    "refused_for": _l("reason: {label}", "razón: {label}", "razão: {label}", "raison : {label}"),
    # Why this pair
    "score": _l(
        "The score is {score} of 1, the sum of the parts below. Known parts make up {coverage} of the weight; "
        "what is not known adds nothing.",
        "La puntuación es {score} de 1, la suma de las partes siguientes. Las partes conocidas suman {coverage} "
        "del peso; lo que no se sabe no aporta nada.",
        "A pontuação é {score} de 1, a soma das partes seguintes. As partes conhecidas somam {coverage} do peso; "
        "o que não se sabe não acrescenta nada.",
        "Le score est de {score} sur 1, la somme des parties ci-dessous. Les parties connues représentent "
        "{coverage} du poids ; ce qui est inconnu n’ajoute rien.",
    ),
    "place": _l(
        "The offer stood at place {rank} of the list for this request.",
        "La oferta estaba en el lugar {rank} de la lista para esta solicitud.",
        "A oferta estava no lugar {rank} da lista para esta solicitação.",
        "L’offre occupait la place {rank} de la liste pour cette demande.",
    ),
    "no_place": _l(
        "The offer did not stand among the first of the list for this request.",
        "La oferta no estaba entre las primeras de la lista para esta solicitud.",
        "A oferta não estava entre as primeiras da lista para esta solicitação.",
        "L’offre n’était pas parmi les premières de la liste pour cette demande.",
    ),
    "gates_shut": _l(
        "Not so when the case was opened: {names}.",
        "No era así cuando se abrió el caso: {names}.",
        "Não era assim quando o caso foi aberto: {names}.",
        "Il n’en était pas ainsi quand le cas a été ouvert : {names}.",
    ),
    "sum": _l(
        "The parts of the score",
        "Las partes de la puntuación",
        "As partes da pontuação",
        "Les parties du score",
    ),
    "part": _l("Part", "Parte", "Parte", "Partie"),
    "rests_on": _l("What it rests on", "En qué se basa", "Em que se baseia", "Sur quoi elle repose"),
    "adds": _l("Adds", "Aporta", "Acrescenta", "Ajoute"),
    "at_most": _l("At most", "Como máximo", "No máximo", "Au plus"),
    "total": _l("Score", "Puntuación", "Pontuação", "Score"),
    "not_known": _l("not known", "no se sabe", "não se sabe", "inconnu"),
    "met_nothing": _l(
        "nothing in common was found",
        "no se encontró nada en común",
        "nada em comum foi encontrado",
        "rien de commun n’a été trouvé",
    ),
    "met": _l("What met:", "Coincidió:", "Coincidiu:", "Se sont rejoints :"),
    "words_kept": _l(
        "words of texts that are not shown here",
        "palabras de textos que aquí no se muestran",
        "palavras de textos que não são mostrados aqui",
        "des mots de textes qui ne sont pas montrés ici",
    ),
    "and_more": _l("and {count} more", "y {count} más", "e mais {count}", "et {count} de plus"),
    "best_channel": _l(
        "best channel: {name}", "mejor canal: {name}", "melhor canal: {name}", "meilleur canal : {name}"
    ),
    # Channel and fund
    "fit": _l(
        "{name} ({short}), fit {fit} of 1.",
        "{name} ({short}), conveniencia {fit} de 1.",
        "{name} ({short}), adequação {fit} de 1.",
        "{name} ({short}), adéquation {fit} sur 1.",
    ),
    "fit_unknown": _l(
        "{name} ({short}); how well it fits the pair was not kept.",
        "{name} ({short}); no se conservó qué tan bien conviene al par.",
        "{name} ({short}); não se conservou quão bem convém ao par.",
        "{name} ({short}) ; son adéquation à la paire n’a pas été conservée.",
    ),
    "may_pay": _l(
        "Fund: {name}, as of {as_of}, {window}. Verdict: {verdict}.",
        "Fondo: {name}, a fecha de {as_of}, {window}. Veredicto: {verdict}.",
        "Fundo: {name}, em {as_of}, {window}. Veredito: {verdict}.",
        "Fonds : {name}, en date de {as_of}, {window}. Verdict : {verdict}.",
    ),
    "not_chosen": _l(
        "No channel is chosen yet. These fit best; the conditions and steps below are of the first.",
        "Aún no se eligió canal. Estos son los que mejor convienen; las condiciones y los pasos siguientes son "
        "del primero.",
        "Ainda não se escolheu canal. Estes são os que melhor convêm; as condições e os passos a seguir são do "
        "primeiro.",
        "Aucun canal n’est encore choisi. Voici ceux qui conviennent le mieux ; les conditions et les étapes "
        "ci-dessous sont celles du premier.",
    ),
    "best_funds": _l(
        "{short}, fit {fit}: {funds}",
        "{short}, conveniencia {fit}: {funds}",
        "{short}, adequação {fit}: {funds}",
        "{short}, adéquation {fit} : {funds}",
    ),
    "other_funds": _l(
        "Also offered by this channel: {funds}.",
        "También ofrecidos por este canal: {funds}.",
        "Também oferecidos por este canal: {funds}.",
        "Proposés aussi par ce canal : {funds}.",
    ),
    "condition": _l("Condition", "Condición", "Condição", "Condition"),
    "finding": _l("Answer", "Respuesta", "Resposta", "Réponse"),
    "conditions_of": _l(
        "Conditions of {name}, one by one",
        "Condiciones de {name}, una por una",
        "Condições de {name}, uma por uma",
        "Conditions de {name}, une par une",
    ),
    "judged_now": _l(
        "This fund was not among those shown when the case was opened; it is judged by edition {edition}.",
        "Este fondo no estaba entre los mostrados cuando se abrió el caso; se juzga según la edición {edition}.",
        "Este fundo não estava entre os mostrados quando o caso foi aberto; julga-se pela edição {edition}.",
        "Ce fonds n’était pas parmi ceux montrés quand le cas a été ouvert ; il est jugé selon l’édition {edition}.",
    ),
    "fund_unknown": _l(
        "Nothing is known of the conditions of {name}.",
        "No se sabe nada de las condiciones de {name}.",
        "Nada se sabe das condições de {name}.",
        "On ne sait rien des conditions de {name}.",
    ),
    "no_fund_yet": _l(
        "Which fund pays is not known; of this channel the study names none.",
        "No se sabe qué fondo paga; el estudio no nombra ninguno de este canal.",
        "Não se sabe que fundo paga; o estudo não menciona nenhum deste canal.",
        "On ne sait pas quel fonds paie ; l’étude n’en nomme aucun pour ce canal.",
    ),
    # Still to be asked
    "ask_rules": _l(
        "Ask {name} on which conditions {fund} pays: the source states none.",
        "Pregunte a {name} en qué condiciones paga {fund}: la fuente no indica ninguna.",
        "Pergunte a {name} em que condições {fund} paga: a fonte não indica nenhuma.",
        "Demandez à {name} à quelles conditions {fund} paie : la source n’en énonce aucune.",
    ),
    "ask_fund": _l(
        "Ask {name} what could pay for this exchange.",
        "Pregunte a {name} qué podría pagar este intercambio.",
        "Pergunte a {name} o que poderia pagar este intercâmbio.",
        "Demandez à {name} ce qui pourrait payer cet échange.",
    ),
    "ask_channel": _l(
        "Ask the broker: which channel carries this exchange?",
        "Pregunte al equipo de intermediación: ¿qué canal lleva este intercambio?",
        "Pergunte à equipe de intermediação: que canal leva este intercâmbio?",
        "Demandez à l’équipe d’intermédiation : quel canal porte cet échange ?",
    ),
    "ask_budget": _l(
        "Ask the receiver ({country}): what may the exchange cost? The request names no sum.",
        "Pregunte al receptor ({country}): ¿cuánto puede costar el intercambio? La solicitud no indica suma.",
        "Pergunte ao receptor ({country}): quanto pode custar o intercâmbio? A solicitação não indica soma.",
        "Demandez au bénéficiaire ({country}) : combien l’échange peut-il coûter ? La demande n’indique pas de somme.",
    ),
    "ask_room": _l(
        "Ask the provider ({country}): from when has it people for this? The offer does not say how many "
        "exchanges it carries at a time.",
        "Pregunte al proveedor ({country}): ¿desde cuándo tiene personal para esto? La oferta no dice cuántos "
        "intercambios atiende a la vez.",
        "Pergunte ao prestador ({country}): desde quando tem pessoal para isto? A oferta não diz quantos "
        "intercâmbios atende de cada vez.",
        "Demandez au prestataire ({country}) : à partir de quand a-t-il du personnel pour cela ? L’offre ne dit "
        "pas combien d’échanges elle porte à la fois.",
    ),
    "ask_tongue": _l(
        "Ask both: who finds and pays an interpreter? No working language is shared.",
        "Pregunte a ambos: ¿quién busca y paga un intérprete? No comparten idioma de trabajo.",
        "Pergunte a ambos: quem procura e paga um intérprete? Não têm língua de trabalho em comum.",
        "Demandez aux deux : qui trouve et paie un interprète ? Ils n’ont pas de langue de travail commune.",
    ),
    # Steps
    "steps_own": _l(
        "Steps that the source tells for {name}:",
        "Pasos que la fuente indica para {name}:",
        "Passos que a fonte indica para {name}:",
        "Étapes que la source indique pour {name} :",
    ),
    "steps_of_cycle": _l(
        "Steps of the cycle of {name}, as the source tells it:",
        "Pasos del ciclo de {name}, según la fuente:",
        "Passos do ciclo de {name}, segundo a fonte:",
        "Étapes du cycle de {name}, d’après la source :",
    ),
    # Terms of understanding
    "terms_note": _l(
        "Draft for negotiation, not signed. A line like ______ is still to be filled in.",
        "Borrador para negociar, sin firma. Una línea como ______ está por completar.",
        "Minuta para negociar, sem assinatura. Uma linha como ______ está por preencher.",
        "Projet à négocier, non signé. Un trait comme ______ reste à compléter.",
    ),
    "t_parties": _l("Parties.", "Partes.", "Partes.", "Parties."),
    "t_party": _l(
        "{party}: {country}, {organisation}, represented by ______.",
        "{party}: {country}, {organisation}, en representación: ______.",
        "{party}: {country}, {organisation}, em representação: ______.",
        "{party} : {country}, {organisation}, en la personne de ______.",
    ),
    "t_provider": _l("Provider", "Proveedor", "Prestador", "Prestataire"),
    "t_receiver": _l("Receiver", "Receptor", "Receptor", "Bénéficiaire"),
    "t_carried": _l("Carried by: {name}.", "Canal: {name}.", "Canal: {name}.", "Canal : {name}."),
    "t_also": _l(
        "Also taking part: {names}.",
        "Participan también: {names}.",
        "Participam também: {names}.",
        "Participent aussi : {names}.",
    ),
    "t_purpose": _l("Purpose.", "Propósito.", "Propósito.", "Objet."),
    "t_share": _l(
        "To bring what the provider knows of",
        "Llevar lo que el proveedor sabe de",
        "Levar o que o prestador sabe de",
        "Mettre ce que le prestataire sait de",
    ),
    "t_need": _l(
        "to the need of the receiver:",
        "a la necesidad del receptor:",
        "à necessidade do receptor:",
        "au service du besoin du bénéficiaire :",
    ),
    "t_plan": _l("Part of the plan:", "Forma parte del plan:", "Faz parte do plano:", "Relève du plan :"),
    "t_endorsed": _l("Endorsed by:", "Con el respaldo de:", "Com o apoio de:", "Avec l’appui de :"),
    "t_activities": _l("Activities.", "Actividades.", "Atividades.", "Activités."),
    "t_activity": _l(
        "{modality}: on ______, in ______, for ______ people.",
        "{modality}: el ______, en ______, para ______ personas.",
        "{modality}: em ______, em ______, para ______ pessoas.",
        "{modality} : le ______, à ______, pour ______ personnes.",
    ),
    "t_remote": _l(
        "{modality}: from ______ on, run by ______.",
        "{modality}: desde ______, a cargo de ______.",
        "{modality}: desde ______, a cargo de ______.",
        "{modality} : à partir du ______, à la charge de ______.",
    ),
    "t_no_activity": _l(
        "In the form of ______: on ______, in ______, for ______ people.",
        "En forma de ______: el ______, en ______, para ______ personas.",
        "Na forma de ______: em ______, em ______, para ______ pessoas.",
        "Sous la forme de ______ : le ______, à ______, pour ______ personnes.",
    ),
    "t_tongue": _l(
        "Working language: {name}.",
        "Idioma de trabajo: {name}.",
        "Língua de trabalho: {name}.",
        "Langue de travail : {name}.",
    ),
    "t_of_provider": _l("The provider", "El proveedor", "O prestador", "Le prestataire"),
    "t_of_receiver": _l("The receiver", "El receptor", "O receptor", "Le bénéficiaire"),
    "t_costs": _l("Costs.", "Costos.", "Custos.", "Coûts."),
    "t_fund_pays": _l(
        "{name} pays what its conditions allow (section 3), if it agrees: ______ US dollars.",
        "{name} paga lo que permiten sus condiciones (sección 3), si lo aprueba: ______ dólares de los EE. UU.",
        "{name} paga o que as suas condições permitem (seção 3), se aprovar: ______ dólares dos EUA.",
        "{name} paie ce que ses conditions permettent (section 3), s’il l’accepte : ______ dollars des États-Unis.",
    ),
    "t_fund_does_not": _l(
        "By its conditions {name} does not pay for this (section 3); it is paid by ______.",
        "Por sus condiciones {name} no paga esto (sección 3); paga ______.",
        "Pelas suas condições {name} não paga isto (seção 3); paga ______.",
        "D’après ses conditions {name} ne paie pas cela (section 3) ; paie ______.",
    ),
    "t_no_fund": _l(
        "Who pays is not known: ______.",
        "No se sabe quién paga: ______.",
        "Não se sabe quem paga: ______.",
        "On ne sait pas qui paie : ______.",
    ),
    "t_budget": _l(
        "The request names {amount} US dollars.",
        "La solicitud indica {amount} dólares de los EE. UU.",
        "A solicitação indica {amount} dólares dos EUA.",
        "La demande indique {amount} dollars des États-Unis.",
    ),
    "t_travel": _l(
        "Travel and stay: ______.",
        "Viaje y estadía: ______.",
        "Viagem e estadia: ______.",
        "Voyage et séjour : ______.",
    ),
    "t_time": _l(
        "Working time of experts: ______.",
        "Tiempo de trabajo de expertos: ______.",
        "Tempo de trabalho de especialistas: ______.",
        "Temps de travail des experts : ______.",
    ),
    "t_interpreter": _l(
        "Interpreter: ______.", "Intérprete: ______.", "Intérprete: ______.", "Interprète : ______."
    ),
    "t_rest": _l(
        "Everything else: ______.",
        "Todo lo demás: ______.",
        "Todo o mais: ______.",
        "Tout le reste : ______.",
    ),
    "t_duration": _l("Duration.", "Duración.", "Duração.", "Durée."),
    "t_from_to": _l(
        "From ______ to ______.", "Del ______ al ______.", "De ______ a ______.", "Du ______ au ______."
    ),
    "t_needed_by": _l(
        "The request needs it by {day}.",
        "La solicitud lo necesita para el {day}.",
        "A solicitação precisa disso até {day}.",
        "La demande en a besoin pour le {day}.",
    ),
    "t_outcome": _l("Outcome.", "Resultado.", "Resultado.", "Résultat."),
    "t_report": _l(
        "Within ______ of the last activity both report whether it was held, what changed, how useful it was and "
        "what others can learn from it.",
        "A más tardar ______ después de la última actividad, ambos informan si se realizó, qué cambió, qué tan "
        "útil fue y qué pueden aprender otros.",
        "No máximo ______ depois da última atividade, ambos relatam se foi realizada, o que mudou, quão útil foi "
        "e o que outros podem aprender.",
        "Au plus ______ après la dernière activité, les deux rendent compte : si elle a eu lieu, ce qui a changé, "
        "son utilité et ce que d’autres peuvent en apprendre.",
    ),
    "t_hoped": _l(
        "Hoped for in the request:",
        "Lo que espera la solicitud:",
        "O que a solicitação espera:",
        "Ce que la demande en attend :",
    ),
    "t_for": _l("For {country}", "Por {country}", "Por {country}", "Pour {country}"),
    "t_signatures": _l("Signatures", "Firmas", "Assinaturas", "Signatures"),
    "t_name": _l("Name and office", "Nombre y cargo", "Nome e cargo", "Nom et fonction"),
    "t_place": _l("Place and date", "Lugar y fecha", "Local e data", "Lieu et date"),
    "t_signature": _l("Signature", "Firma", "Assinatura", "Signature"),
    # Annexes
    "written_in": _l(
        "{country}, written in: {tongue}.",
        "{country}, escrito en: {tongue}.",
        "{country}, escrito em: {tongue}.",
        "{country}, écrit en : {tongue}.",
    ),
    "keywords": _l("Keywords:", "Palabras clave:", "Palavras-chave:", "Mots-clés :"),
    "text_kept": _l(
        "This text is not for everybody who may see the case; ask the broker.",
        "Este texto no es para todos los que pueden ver el caso; pregunte al equipo de intermediación.",
        "Este texto não é para todos os que podem ver o caso; pergunte à equipe de intermediação.",
        "Ce texte n’est pas destiné à tous ceux qui peuvent voir le cas ; demandez à l’équipe d’intermédiation.",
    ),
    "proven": _l("Practice: {level}.", "Práctica: {level}.", "Prática: {level}.", "Pratique : {level}."),
    "o_held": _l("It was held.", "Se realizó.", "Foi realizado.", "Il a eu lieu."),
    "o_held_on": _l(
        "It was held, to {day}.",
        "Se realizó, hasta el {day}.",
        "Foi realizado, até {day}.",
        "Il a eu lieu, jusqu’au {day}.",
    ),
    "o_not_held": _l("It was not held.", "No se realizó.", "Não foi realizado.", "Il n’a pas eu lieu."),
    "o_useful": _l(
        "Useful: {grade} of 5.",
        "Utilidad: {grade} de 5.",
        "Utilidade: {grade} de 5.",
        "Utilité : {grade} sur 5.",
    ),
    "o_changed": _l("What changed:", "Qué cambió:", "O que mudou:", "Ce qui a changé :"),
    "o_good_practice": _l("Good practice:", "Buena práctica:", "Boa prática:", "Bonne pratique :"),
    "day": _l("Day", "Día", "Dia", "Jour"),
    "step": _l("Decision", "Decisión", "Decisão", "Décision"),
    "by": _l("By", "Por", "Por", "Par"),
    "steps_taken": _l(
        "Decisions, the oldest first",
        "Decisiones, la más antigua primero",
        "Decisões, a mais antiga primeiro",
        "Décisions, la plus ancienne d’abord",
    ),
    "made_by": _l(
        "Engine {engine}, weights {weighting}, edition {edition} of the catalogue.",
        "Motor {engine}, pesos {weighting}, edición {edition} del catálogo.",
        "Motor {engine}, pesos {weighting}, edição {edition} do catálogo.",
        "Moteur {engine}, poids {weighting}, édition {edition} du catalogue.",
    ),
    "other_edition": _l(
        "Names of channels and of documents are as in the edition of today, {edition}.",
        "Los nombres de canales y documentos son los de la edición de hoy, {edition}.",
        "Os nomes de canais e documentos são os da edição de hoje, {edition}.",
        "Les noms des canaux et des documents sont ceux de l’édition d’aujourd’hui, {edition}.",
    ),
    "weights": _l("Weights: {names}.", "Pesos: {names}.", "Pesos: {names}.", "Poids : {names}."),
    "languages_met": _l(
        "Languages of the two texts: {how}.",
        "Idiomas de los dos textos: {how}.",
        "Idiomas dos dois textos: {how}.",
        "Langues des deux textes : {how}.",
    ),
    "gates": _l(
        "Conditions to meet at all:",
        "Condiciones para encontrarse:",
        "Condições para o encontro:",
        "Conditions pour se rencontrer :",
    ),
    "sources_note": _l(
        "Quotes stand as they are in the document. Facts are true as of the date of their document.",
        "Las citas están como en el documento. Los hechos son ciertos a la fecha de su documento.",
        "As citações estão como no documento. Os fatos são verdadeiros na data do seu documento.",
        "Les citations sont telles que dans le document. Les faits sont vrais à la date de leur document.",
    ),
    "character": _l("character {offset}", "carácter {offset}", "caractere {offset}", "caractère {offset}"),
}
"""Sentences and words of a dossier, by what they are for."""

DUTIES: Mapping[str, Label] = {
    "practice": _l(
        "makes the practice, its documents and those who know it available",
        "pone a disposición la práctica, sus documentos y a quienes la conocen",
        "põe à disposição a prática, os seus documentos e quem a conhece",
        "met à disposition la pratique, ses documents et ceux qui la connaissent",
    ),
    "expert-release": _l(
        "releases its experts from their work for the time agreed",
        "libera a sus expertos de sus tareas por el tiempo acordado",
        "libera os seus especialistas das suas tarefas pelo tempo acordado",
        "détache ses experts de leur poste pour la durée convenue",
    ),
    "hosts_visitors": _l(
        "receives the visitors in its institutions, with a programme and a person in charge",
        "recibe a los visitantes en sus instituciones, con un programa y una persona responsable",
        "recebe os visitantes nas suas instituições, com um programa e uma pessoa responsável",
        "reçoit les visiteurs dans ses institutions, avec un programme et une personne responsable",
    ),
    "hosts_experts": _l(
        "receives the experts in its institution, with a place to work and a person in charge",
        "recibe a los expertos en su institución, con un lugar de trabajo y una persona responsable",
        "recebe os especialistas na sua instituição, com um local de trabalho e uma pessoa responsável",
        "reçoit les experts dans son institution, avec un lieu de travail et une personne responsable",
    ),
    "facility": _l(
        "provides a video conference room on its side",
        "dispone de una sala de videoconferencia de su lado",
        "dispõe de uma sala de videoconferência do seu lado",
        "dispose d’une salle de visioconférence de son côté",
    ),
    "internet": _l(
        "provides internet access on its side",
        "dispone de acceso a internet de su lado",
        "dispõe de acesso à internet do seu lado",
        "dispose d’un accès à internet de son côté",
    ),
    "learns": _l(
        "names the institution that learns and those who take part",
        "designa la institución que aprende y a quienes participan",
        "designa a instituição que aprende e quem participa",
        "désigne l’institution qui apprend et ceux qui participent",
    ),
    "applies": _l(
        "files the application with the channel and puts to use what it learns",
        "presenta la solicitud ante el canal y aplica lo aprendido",
        "apresenta o pedido ao canal e aplica o que aprende",
        "présente la demande au canal et met en œuvre ce qu’il apprend",
    ),
}
"""What each side does, by what its ways of exchanging need. They are proposals of ours, not of a source."""

PRACTICE: Mapping[str, Label] = {
    "described": _l("described", "descrita", "descrita", "décrite"),
    "documented": _l("documented", "documentada", "documentada", "documentée"),
    "evaluated": _l("evaluated", "evaluada", "avaliada", "évaluée"),
    "transferred": _l(
        "transferred to another country before",
        "transferida antes a otro país",
        "já transferida para outro país",
        "déjà transférée à un autre pays",
    ),
}
