"""Why something is refused: coded reasons, each with the effect that it has on later matching."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.catalogue.label import LANGUAGES, Label
from app.catalogue.label import in_each as _l
from app.matching.posting import Posting
from app.matching.standing import Park

EffectKind = Literal["park_pair", "park_provider_in_sector", "lower_capacity", "none"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a refusal does, for so many days; `days` is None where it does nothing."""

    kind: EffectKind
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason, and who may give it: a side about itself, the broker about either."""

    code: str
    label: Label
    effect: Effect
    wants_note: bool = False


REASONS: Mapping[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason(
            "does_not_fit",
            _l(
                "The practice does not answer the need",
                "La práctica no responde a la necesidad",
                "A prática não responde à necessidade",
                "La pratique ne répond pas au besoin",
            ),
            Effect("park_pair", 365),
        ),
        Reason(
            "context_differs",
            _l(
                "The conditions of the two countries differ too much",
                "Las condiciones de los dos países son demasiado distintas",
                "As condições dos dois países são diferentes demais",
                "Les conditions des deux pays sont trop différentes",
            ),
            Effect("park_pair", 365),
        ),
        Reason(
            "not_now",
            _l(
                "Not at this time",
                "No en este momento",
                "Não neste momento",
                "Pas en ce moment",
            ),
            Effect("park_pair", 90),
        ),
        Reason(
            "no_funds",
            _l(
                "No funds could be found",
                "No se encontraron fondos",
                "Não foram encontrados recursos",
                "Aucun financement n’a été trouvé",
            ),
            Effect("park_pair", 180),
        ),
        Reason(
            "other_partner",
            _l(
                "Another partner was preferred",
                "Se prefirió a otro socio",
                "Outro parceiro foi preferido",
                "Un autre partenaire a été préféré",
            ),
            Effect("park_pair", 180),
        ),
        Reason(
            "language",
            _l(
                "The languages of work do not go together",
                "Los idiomas de trabajo no son compatibles",
                "Os idiomas de trabalho não são compatíveis",
                "Les langues de travail ne s’accordent pas",
            ),
            Effect("park_pair", 365),
        ),
        Reason(
            "not_mandated",
            _l(
                "This provider has no mandate for this sector here",
                "Este proveedor no tiene mandato para este sector aquí",
                "Este prestador não tem mandato para este setor aqui",
                "Ce prestataire n’a pas de mandat pour ce secteur ici",
            ),
            Effect("park_provider_in_sector", 365),
        ),
        Reason(
            "earlier_exchange",
            _l(
                "An earlier exchange in this sector did not work",
                "Un intercambio anterior en este sector no dio resultado",
                "Um intercâmbio anterior neste setor não deu certo",
                "Un échange antérieur dans ce secteur n’a pas abouti",
            ),
            Effect("park_provider_in_sector", 730),
        ),
        Reason(
            "no_capacity",
            _l(
                "The provider has no people to send for now",
                "El proveedor no tiene por ahora personal disponible",
                "O prestador não tem pessoal disponível por enquanto",
                "Le prestataire n’a personne à envoyer pour le moment",
            ),
            Effect("lower_capacity", 180),
        ),
        Reason(
            "need_met",
            _l(
                "The need is met already",
                "La necesidad ya está cubierta",
                "A necessidade já foi atendida",
                "Le besoin est déjà couvert",
            ),
            Effect("none"),
        ),
        Reason(
            "facts_wrong",
            _l(
                "The posting is not right any more",
                "La publicación ya no es correcta",
                "A publicação já não está correta",
                "La publication n’est plus exacte",
            ),
            Effect("none"),
            wants_note=True,
        ),
        Reason(
            "other",
            _l("Another reason", "Otra razón", "Outra razão", "Une autre raison"),
            Effect("none"),
            wants_note=True,
        ),
    )
}
"""By code, in the order in which they are offered."""

EFFECTS: Mapping[EffectKind, Label] = {
    "park_pair": _l(
        "These two postings are not suggested to one another until {until}.",
        "Estas dos publicaciones no se sugieren la una a la otra hasta el {until}.",
        "Estas duas publicações não são sugeridas uma à outra até {until}.",
        "Ces deux publications ne sont pas proposées l’une à l’autre avant le {until}.",
    ),
    "park_provider_in_sector": _l(
        "Offers of this provider in this sector are not suggested to this receiver until {until}.",
        "Las ofertas de este proveedor en este sector no se sugieren a este receptor hasta el {until}.",
        "As ofertas deste prestador neste setor não são sugeridas a este receptor até {until}.",
        "Les offres de ce prestataire dans ce secteur ne sont plus proposées à ce pays avant le {until}.",
    ),
    "lower_capacity": _l(
        "This offer counts as able to carry one exchange less until {until}.",
        "Se considera que esta oferta puede atender un intercambio menos hasta el {until}.",
        "Considera-se que esta oferta pode atender um intercâmbio a menos até {until}.",
        "Cette offre est réputée pouvoir porter un échange de moins jusqu’au {until}.",
    ),
    "none": _l(
        "It changes nothing in later matching.",
        "No cambia nada en las búsquedas posteriores.",
        "Não muda nada nas buscas posteriores.",
        "Cela ne change rien aux recherches ultérieures.",
    ),
}


_UNDISCLOSED = _l(
    "A reason that only those concerned may read",
    "Una razón que solo pueden leer las partes",
    "Uma razão que só as partes podem ler",
    "Une raison que seules les parties peuvent lire",
)


def label_of(code: str) -> Label:
    """What a reason is called; also of one that is not told, or that this edition has no more."""
    return REASONS[code].label if code in REASONS else _UNDISCLOSED


def last_day(reason: Reason, today: date) -> date | None:
    """The last day of the effect of a refusal given today."""
    return today + timedelta(days=reason.effect.days) if reason.effect.days else None


def effect_says(reason: Reason, today: date) -> Label:
    """The effect of a refusal given today, in every language; days are ISO 8601."""
    until = last_day(reason, today)
    said = EFFECTS[reason.effect.kind]
    told = {tag: said.in_(tag).format(until=until.isoformat() if until else "") for tag in LANGUAGES}
    return Label(**told)


def parks(
    reason: Reason, request: Posting, offer: Posting, sectors: tuple[str, ...], *, case: str, today: date
) -> tuple[Park, ...]:
    """What a refusal given today puts in effect. `sectors` are those that the pair is about."""
    until = last_day(reason, today)
    if until is None:
        return ()
    match reason.effect.kind:
        case "park_pair":
            return (Park("pair", reason.code, until, case, request=request.id, offer=offer.id),)
        case "lower_capacity":
            return (Park("capacity", reason.code, until, case, offer=offer.id),)
        case "park_provider_in_sector":
            return tuple(
                Park(
                    "sector",
                    reason.code,
                    until,
                    case,
                    receiver=request.country,
                    provider=offer.country,
                    sector=sector,
                )
                for sector in sectors
            )
        case _:
            return ()
