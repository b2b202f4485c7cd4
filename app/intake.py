"""From what somebody sent to a posting, or every fault of it with its place.

The API, the command line and the loader of the sample postings all take postings in by this door,
so that the same body is right, or wrong for the same reasons, wherever it comes from.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.catalogue import Catalogue
from app.errors import Fault, Invalid
from app.language.detect import detect, passages
from app.matching.posting import Demand, Kind, Organisation, Posting, Practice

LONGEST_TITLE, LONGEST_DESCRIPTION = 200, 10_000

ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""What the id of a posting is made of."""


def _readable(text: str) -> str:
    """Refuse control characters and blank text; fold a title's line breaks no further than that."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t":
            raise ValueError(f"contains the control character U+{ord(character):04X}")
    if not text.strip():
        raise ValueError("is empty")
    return text.strip()


def _day(value: object) -> object:
    """A day may be sent as a date or as an RFC 3339 time, of which the day is taken.

    Read here and not by pydantic, whose strict way refuses every text once a validator stands before
    it, and whose lax way takes numbers for days.
    """
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}(T|$)", value):
        try:
            return datetime.fromisoformat(value).date()
        except ValueError:
            return value
    return value


Said = AfterValidator(_readable)
Short = Annotated[str, Field(max_length=200), Said]
Slugs = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=40)]
Day = Annotated[date, BeforeValidator(_day)]
Address = Annotated[str, Field(max_length=320, pattern=r"^[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]{2,}$"), Said]
Link = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s<>\"]+$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class OrganisationIn(_Body):
    """Who posts: the body that would teach or learn, and the one above it."""

    name: Short
    kind: Literal["agency", "ministry", "subnational", "university", "ngo", "private", "other"]
    parent: Short | None = None


class Contact(_Body):
    """Whom to write to. Never public."""

    name: Short
    email: Address


class PracticeIn(_Body):
    """How far what is offered is proven."""

    level: Literal["described", "documented", "evaluated", "transferred"]
    evidence: Annotated[list[Annotated[str, Field(max_length=2000), Said]], Field(max_length=20)] = []


class DemandIn(_Body):
    """Who asked for it, in which plan it stands, who backs it."""

    requested_by: Short | None = None
    plan: Short | None = None
    endorsed_by: Short | None = None


class _PostingIn(_Body):
    title: Annotated[str, Field(max_length=LONGEST_TITLE), Said]
    description: Annotated[str, Field(max_length=LONGEST_DESCRIPTION), Said]
    country: Annotated[str, Field(max_length=100)]
    language: Annotated[str, Field(max_length=35)] | None = None
    organisation: OrganisationIn | None = None
    sectors: Slugs = []
    modalities: Slugs = []
    keywords: Annotated[list[Annotated[str, Field(max_length=100), Said]], Field(max_length=40)] = []
    contact: Contact | None = None
    valid_until: Day | None = None
    visibility: Literal["public", "partners", "brokers"] = "partners"
    links: Annotated[list[Link], Field(max_length=20)] = []
    status: Literal["draft", "published"] = "published"


class OfferIn(_PostingIn):
    """What a country can teach."""

    capacity: Annotated[int, Field(ge=1, le=10_000)] | None = None
    practice: PracticeIn | None = None


class RequestIn(_PostingIn):
    """What a country wants to learn."""

    demand: DemandIn | None = None
    needed_by: Day | None = None
    budget_usd: Annotated[int, Field(ge=0, le=10**12)] | None = None
    co_applicants: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=60)] = []
    outcome: Annotated[str, Field(max_length=LONGEST_DESCRIPTION), Said] | None = None


SHAPES: Mapping[Kind, type[OfferIn] | type[RequestIn]] = {"offer": OfferIn, "request": RequestIn}


@dataclass(frozen=True)
class Intake:
    """A posting that is right, and the contact that goes with it but is kept apart."""

    posting: Posting
    contact: Contact | None


def read(
    kind: Kind,
    body: bytes | Mapping[str, Any],
    catalogue: Catalogue,
    *,
    id: str,
    today: date,
    kept: Collection[str] = (),
) -> Intake:
    """Read one posting. The dates named in `kept` were taken before and may have passed since.

    Raises:
        Invalid: listing every fault with a JSON pointer into the body.
    """
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    repeated = repeated_names(body) if isinstance(body, bytes) else []
    shape = SHAPES[kind]
    try:
        sent = shape.model_validate_json(raw)
    except ValidationError as wrong:
        faults = faults_of(wrong, dict.fromkeys(shape.model_fields)) + repeated
        raise Invalid(faults + _faults_of_names_in(raw, catalogue, today, kept)) from None
    faults = repeated + _faults_of_names(sent.model_dump(), catalogue, today, kept)
    if faults:
        raise Invalid(faults)
    return Intake(_posting(kind, sent, catalogue, id), sent.contact)


def an_object(raw: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        Invalid: when it is not JSON, not an object, or says a thing twice.
    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise Invalid([Fault("", f"This is not JSON: {wrong}.")]) from None
    if not isinstance(body, dict):
        raise Invalid([Fault("", "This must be an object.")])
    if faults := repeated_names(raw):
        raise Invalid(faults)
    return body


def sides(raw: bytes, kind: Kind | None = None) -> tuple[Kind, bytes]:
    """Tell which side a body is on, and give the posting in it.

    A body is a posting, or one wrapped as {"offer": {...}} or {"request": {...}}. One that is not
    wrapped and not told by `kind` is an offer if it has a field that only offers have.

    Raises:
        Invalid: for what is not a JSON object.
    """
    body = an_object(raw)
    for side in SHAPES:
        if body.keys() == {side}:
            return side, orjson.dumps(body[side])
    only_offers = OfferIn.model_fields.keys() - RequestIn.model_fields.keys()
    return kind or ("offer" if body.keys() & only_offers else "request"), raw


def wrapped(body: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
    """Tell the side of {"offer": {...}} or {"request": {...}}; faults inside are not looked for yet.

    Raises:
        Invalid: unless exactly one of the two is there, and nothing else.
    """
    faults = [
        Fault(f"/{_escaped(name)}", f"“{name}” is not a field here.") for name in body if name not in SHAPES
    ]
    found = [kind for kind in SHAPES if kind in body]
    faults += [
        Fault(f"/{kind}", "This must be an object.") for kind in found if not isinstance(body[kind], dict)
    ]
    if len(found) != 1:
        faults.append(Fault("", "This must have either “offer” or “request”."))
    if faults:
        raise Invalid(faults)
    return found[0], body[found[0]]


def within(pointer: str, faults: list[Fault]) -> list[Fault]:
    """The faults of a part, with their places in the whole."""
    return [Fault(pointer + fault.pointer, fault.detail) for fault in faults]


def amended(intake: Intake, patch: Mapping[str, Any], catalogue: Catalogue, *, today: date) -> Intake:
    """Change some fields of a posting (JSON merge patch, RFC 7396) and read it again as a whole.

    A date that was right when it was sent and has passed since is no fault of this change.

    Raises:
        Invalid: as `read` does.
    """
    before = as_body(intake)
    body = orjson.loads(orjson.dumps(_merged(before, patch)))
    kept = [name for name in _DAYS if body.get(name) == before.get(name)]
    return read(intake.posting.kind, body, catalogue, id=intake.posting.id, today=today, kept=kept)


def as_body(intake: Intake) -> dict[str, Any]:
    """The body that would make this posting; the inverse of `read`."""
    posting = intake.posting
    body = {
        name: value for name, value in asdict(posting).items() if name in SHAPES[posting.kind].model_fields
    }
    body["contact"] = intake.contact.model_dump() if intake.contact else None
    body["status"] = "draft" if posting.status == "draft" else "published"
    if posting.language == posting.detected_language:
        body["language"] = None
    result: dict[str, Any] = orjson.loads(orjson.dumps(body))
    return {name: value for name, value in result.items() if value is not None}


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _posting(kind: Kind, sent: OfferIn | RequestIn, catalogue: Catalogue, id: str) -> Posting:
    detected = detect(f"{sent.title}\n{sent.description}").language
    common: dict[str, Any] = {
        "id": id,
        "kind": kind,
        "title": " ".join(sent.title.split()),
        "description": sent.description,
        "language": language_of(sent.language) or detected,
        "detected_language": detected,
        "country": _iso3(sent.country, catalogue),
        "organisation": Organisation(**sent.organisation.model_dump()) if sent.organisation else None,
        "sectors": tuple(dict.fromkeys(sent.sectors)),
        "modalities": tuple(dict.fromkeys(sent.modalities)),
        "keywords": tuple(dict.fromkeys(sent.keywords)),
        "links": tuple(dict.fromkeys(sent.links)),
        "status": sent.status,
        "visibility": sent.visibility,
        "valid_until": sent.valid_until,
    }
    if isinstance(sent, OfferIn):
        practice = Practice(sent.practice.level, tuple(sent.practice.evidence)) if sent.practice else None
        posting = Posting(**common, capacity=sent.capacity, practice=practice)
    else:
        posting = Posting(
            **common,
            demand=Demand(**sent.demand.model_dump()) if sent.demand else None,
            needed_by=sent.needed_by,
            budget_usd=sent.budget_usd,
            co_applicants=tuple(dict.fromkeys(_iso3(code, catalogue) for code in sent.co_applicants)),
            outcome=sent.outcome,
        )
    return replace(posting, elsewhere=passages(posting.text, posting.language))


def _iso3(code: str, catalogue: Catalogue) -> str:
    country = catalogue.country(code)
    return country.iso3 if country else code


# What the catalogue must know, and days that must not have passed.

_DAYS = ("valid_until", "needed_by")
LANGUAGES = ("en", "es", "pt", "fr", "nl")


def language_of(tag: str | None) -> str | None:
    """The language of a BCP 47 tag, without its region: pt-BR is pt."""
    return tag.replace("_", "-").split("-")[0].lower() if tag else None


def _faults_of_names_in(raw: bytes, catalogue: Catalogue, today: date, kept: Collection[str]) -> list[Fault]:
    """The same for a body whose shape is wrong elsewhere, so that all faults are told at once."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return []
    return _faults_of_names(body, catalogue, today, kept) if isinstance(body, dict) else []


def _faults_of_names(
    body: Mapping[str, Any], catalogue: Catalogue, today: date, kept: Collection[str]
) -> list[Fault]:
    faults = []
    region = {code: catalogue.countries[code] for code in catalogue.region}
    for_postings = {slug: m for slug, m in catalogue.modalities.items() if m.for_postings}

    def named(name: str, known: Callable[[str], bool], among: list[str], noun: str) -> None:
        value = body.get(name)
        for place, word in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(word, str) and len(word) <= 100 and not known(word):
                pointer = f"/{name}/{place}" if isinstance(value, list) else f"/{name}"
                faults.append(Fault(pointer, f"“{word}” is not {noun}{near(word, among)}."))

    def in_region(code: str) -> bool:
        return _iso3(code, catalogue) in region

    named("sectors", catalogue.sectors.__contains__, list(catalogue.sectors), "a sector")
    named("modalities", for_postings.__contains__, list(for_postings), "a modality that a posting can carry")
    a_country = "a country of the region (ISO 3166-1 alpha-3)"
    named("country", in_region, list(region), a_country)
    named("co_applicants", in_region, list(region), a_country)
    named(
        "language",
        lambda tag: language_of(tag) in LANGUAGES,
        list(LANGUAGES),
        f"a language that is taken ({', '.join(LANGUAGES)})",
    )
    for name in _DAYS:
        day = _day(body.get(name))  # what is no day is a fault already told
        if isinstance(day, date) and day < today and name not in kept:
            faults.append(Fault(f"/{name}", f"{day.isoformat()} is in the past."))
    return faults


def near(word: str, known: list[str]) -> str:
    """The known names that look like a misspelt one, as the end of a sentence."""
    written = {name.lower(): name for name in known}
    close = get_close_matches(word.lower().replace("_", "-"), written, n=3, cutoff=0.6)
    return f"; near it: {', '.join(written[name] for name in close)}" if close else ""


class _Object(list[tuple[str, Any]]):
    """An object of a JSON text with all its pairs, the repeated ones too."""


def repeated_names(raw: bytes) -> list[Fault]:
    """Names that stand twice in one object: whoever reads it keeps one and never knows of the other."""
    faults: list[Fault] = []

    def look(value: object, place: str) -> None:
        if isinstance(value, _Object):
            seen: set[str] = set()
            for name, inner in value:
                pointer = f"{place}/{_escaped(name)}"
                if name in seen:
                    faults.append(Fault(pointer, "This field stands twice."))
                seen.add(name)
                look(inner, pointer)
        elif isinstance(value, list):
            for position, inner in enumerate(value):
                look(inner, f"{place}/{position}")

    try:
        look(json.loads(raw, object_pairs_hook=_Object), "")
    except (ValueError, RecursionError):
        return []  # not JSON, or nested beyond sense: a fault that is told elsewhere
    return faults


def _escaped(name: str) -> str:
    """A name as a JSON pointer writes it (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def faults_of(wrong: ValidationError, fields: Mapping[str, Any]) -> list[Fault]:
    """Pydantic's errors as faults: a JSON pointer and a plain sentence each."""
    faults = []
    for error in wrong.errors(include_url=False):
        pointer = "".join(f"/{_escaped(str(part))}" for part in error["loc"])
        faults.append(Fault(pointer, _sentence(error["type"], error, list(fields))))
    return faults


def _sentence(kind: str, error: Any, fields: list[str]) -> str:
    context = error.get("ctx", {})
    name = str(error["loc"][-1]) if error["loc"] else "the body"
    match kind:
        case "missing":
            return "This field is required."
        case "extra_forbidden":
            return f"“{name}” is not a field here{near(name, fields)}."
        case "json_invalid":
            return f"This is not JSON: {context.get('error', 'it cannot be read')}."
        case "value_error":
            return f"This text {context['error']}."
        case "string_too_long":
            return f"This text has more than {context['max_length']:,} characters."
        case "too_long":
            return f"This list has more than {context['max_length']} entries."
        case "literal_error":
            return f"This must be {context['expected']}."
        case "string_pattern_mismatch" if name == "email":
            return "This is not an e-mail address."
        case "string_pattern_mismatch":
            return "This is not an address on the web (http or https)."
        case "date_from_datetime_parsing" | "date_parsing" | "date_type" | "date_from_datetime_inexact":
            return "This is not a date such as 2027-01-31."
        case "model_type" | "model_attributes_type" | "dict_type":
            return "This must be an object."
        case _:
            return f"{error['msg']}."
