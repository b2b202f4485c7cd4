"""What notices are made of, with plain defaults: a test names only what it is about."""

from datetime import UTC, datetime
from typing import Any

from app.notices import Recipient
from app.settings import Settings

NOW = datetime(2026, 11, 24, 14, 30, 15, 123456, tzinfo=UTC)
ADDRESS = "https://puente.example.org"


def a_reader(address: str = "ana@apci.example.org", **named: Any) -> Recipient:
    """Somebody with an account who reads Spanish."""
    return Recipient(**{"address": address, "name": "Ana Pérez", "language": "es", "person": "p_ana"} | named)


def a_case(**named: Any) -> dict[str, Any]:
    """The facts of a case: a Haitian request, a Brazilian offer, told to the side of Haiti."""
    return {
        "case": "c_17",
        "request": {
            "id": "hti-eau-cholera",
            "title": "Eau potable et lutte contre le choléra",
            "language": "fr",
            "country": "HTI",
        },
        "offer": {
            "id": "bra-agua",
            "title": "Água e saneamento em comunidades rurais",
            "language": "pt",
            "country": "BRA",
        },
        "state": "proposed",
        "by": "Desk of the secretariat",
        "role": "receiver",
        "waiting_on": "both",
        "channel": "paho",
        "instrument": "paho-tcc",
        "lapses_on": "2027-01-08",
    } | named


def a_refusal(**named: Any) -> dict[str, Any]:
    """The facts of a case that the provider refused, with a reason, its effect and a note."""
    return a_case(
        state="declined",
        side="provider",
        waiting_on="nobody",
        lapses_on=None,
        reason={
            "code": "not_now",
            "label": {
                "en": "Not at this time",
                "es": "No en este momento",
                "pt": "Não neste momento",
                "fr": "Pas en ce moment",
            },
        },
        effect={
            "en": "They are not suggested again until 2027-02-22.",
            "es": "No se sugieren de nuevo hasta el 2027-02-22.",
            "pt": "Não são sugeridas de novo até 2027-02-22.",
            "fr": "Elles ne sont plus proposées avant le 2027-02-22.",
        },
        note="A nossa equipe está em campo até março.\nDepois disso podemos conversar.",
        **named,
    )


def settings_for(url: str, **named: Any) -> Settings:
    """Settings with a server for mail."""
    return Settings(
        **{"smtp_url": url, "mail_from": "Puente <puente@example.org>", "address": ADDRESS} | named
    )
