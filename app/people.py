"""People: who works at the pages, for whom, in which language, and how they want to hear of things."""

from dataclasses import dataclass
from typing import Literal

from app.accounts import Caller, Role

Mail = Literal["each", "daily", "off"]
"""One mail per event, one digest a day, or none."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    id: str
    email: str
    name: str
    role: Role
    country: str | None
    channel: str | None
    language: str
    mail: Mail
    active: bool

    @property
    def caller(self) -> Caller:
        return Caller(self.id, self.name, self.role, self.country, self.channel)
