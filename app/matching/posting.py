"""The values that are matched: an offer or a request, stored or only asked about."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from app.language.detect import Passage
from app.language.translate import Translation
from app.language.wording import Wording

Kind = Literal["offer", "request"]
Status = Literal["draft", "published", "withdrawn", "expired", "fulfilled"]
Visibility = Literal["public", "partners", "brokers"]
PracticeLevel = Literal["described", "documented", "evaluated", "transferred"]


@dataclass(frozen=True, slots=True)
class Organisation:
    name: str
    kind: Literal["agency", "ministry", "subnational", "university", "ngo", "private", "other"]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Practice:
    """How far an offer's practice is proven."""

    level: PracticeLevel
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Demand:
    """Who asked for it, in which plan it stands, who backs it."""

    requested_by: str | None = None
    plan: str | None = None
    endorsed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An offer or a request. Countries are ISO 3166-1 alpha-3, languages BCP 47, the rest slugs.

    `language` is the declared language, else the detected one. `elsewhere` are the passages of the text
    that are in another one; `translation` is the text in the pivot language, if it was to be had;
    `read_sectors` are read from the text of a posting that names none. `valid_until` is the last day on
    which the posting is open; None means standing. The contact is not here: it is never public.
    """

    id: str
    kind: Kind
    title: str
    description: str
    language: str
    country: str
    organisation: Organisation | None = None
    sectors: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    status: Status = "published"
    visibility: Visibility = "partners"
    valid_until: date | None = None
    # offers
    capacity: int | None = None
    practice: Practice | None = None
    # requests
    demand: Demand | None = None
    needed_by: date | None = None
    budget_usd: int | None = None
    co_applicants: tuple[str, ...] = ()
    outcome: str | None = None
    # as read when it was posted
    elsewhere: tuple[Passage, ...] = ()
    read_sectors: tuple[str, ...] = ()
    translation: Translation | None = None
    # as stored
    detected_language: str | None = None
    version: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def text(self) -> str:
        """Everything said in words, the title first."""
        return "\n".join((self.title, self.description, " ".join(self.keywords)))

    @property
    def topics(self) -> tuple[str, ...]:
        """The sectors that it names, or else those read from its text."""
        return self.sectors or self.read_sectors

    @property
    def wording(self) -> Wording:
        """The text as it is compared."""
        return Wording(self.text, self.language, self.elsewhere, self.translation)

    def is_open(self, today: date) -> bool:
        """Published and not past its last day."""
        return self.status == "published" and (self.valid_until is None or self.valid_until >= today)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is asking: decides what may be seen. No role means nobody known."""

    role: Literal["administrator", "broker", "agency", "partner"] | None = None
    country: str | None = None

    def sees(self, posting: Posting) -> bool:
        """Public postings are for all, `partners` for whoever has a key, `brokers` for brokers and owners."""
        if self.role in ("administrator", "broker") or posting.visibility == "public":
            return True
        if self.role == "agency" and self.country == posting.country:
            return True
        return posting.visibility == "partners" and self.role is not None


ANYONE = Asker()
