"""The fields in which a posting is written: the body that they make, and what is found in it.

The form knows no rule of its own. What it sends becomes the body that the API takes, `app.intake` reads
it, and every fault finds its way back to the field that it is about.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from app.errors import Fault
from app.intake import LANGUAGES
from app.language.analyse import fold
from app.matching.posting import Kind
from app.workbench import faults, labels
from app.workbench.frame import Form, Visit
from app.workbench.shown import PLURAL, Shown
from app.workbench.words import N_

Shape = Literal["text", "number", "lines", "chosen"]


@dataclass(frozen=True, slots=True)
class Field:
    """One input. Its name says where it stands in the body: `organisation.name`."""

    name: str
    label: str
    shape: Shape = "text"

    @property
    def place(self) -> tuple[str, str]:
        """The name in the body, and the one within it if it is a part."""
        outer, _, inner = self.name.partition(".")
        return outer, inner

    @property
    def id(self) -> str:
        """The name of the element on the page."""
        return self.name.replace(".", "-").replace("_", "-")


_OF_BOTH = (
    Field("title", N_("Title")),
    Field("description", N_("Description")),
    Field("language", N_("Language of the text")),
    Field("country", N_("Country")),
    Field("sectors", N_("Sectors"), "chosen"),
    Field("modalities", N_("Modalities"), "chosen"),
    Field("keywords", N_("Keywords"), "lines"),
    Field("organisation.name", N_("Name of the body")),
    Field("organisation.kind", N_("Kind of body")),
    Field("organisation.parent", N_("Body above it")),
    Field("contact.name", N_("Name of the contact")),
    Field("contact.email", N_("E-mail of the contact")),
    Field("valid_until", N_("Last day")),
    Field("visibility", N_("Who may see it")),
    Field("links", N_("Links"), "lines"),
)
_OF_OFFERS = (
    Field("capacity", N_("Exchanges at a time"), "number"),
    Field("practice.level", N_("How far it is proven")),
    Field("practice.evidence", N_("Proof"), "lines"),
)
_OF_REQUESTS = (
    Field("demand.requested_by", N_("Requested by")),
    Field("demand.plan", N_("Stands in the plan")),
    Field("demand.endorsed_by", N_("Endorsed by")),
    Field("needed_by", N_("Needed by")),
    Field("budget_usd", N_("Budget, in US dollars"), "number"),
    Field("co_applicants", N_("Countries that apply together"), "chosen"),
    Field("outcome", N_("Outcome")),
)
FIELDS: Mapping[Kind, Mapping[str, Field]] = {
    "offer": {field.name: field for field in _OF_BOTH + _OF_OFFERS},
    "request": {field.name: field for field in _OF_BOTH + _OF_REQUESTS},
}
"""Every field of the contract but the status, which the buttons tell."""

VISIBILITIES: Mapping[str, tuple[str, str]] = {
    "public": (N_("everybody"), N_("It stands on the pages of this service, and anyone may read it.")),
    "partners": (
        N_("partners"),
        N_("Agencies, channels and brokers who are known here; it does not stand on the public pages."),
    ),
    "brokers": (N_("brokers"), N_("Only the brokers and your own agency.")),
}

LIKENESSES: Sequence[tuple[float, str]] = (
    (0.75, N_("says almost the same")),
    (0.5, N_("says much the same")),
    (0.0, N_("is alike")),
)
"""From which likeness on two postings are said to be how much alike."""

DAYS = ("valid_until", "needed_by")


# From the form to a body, and back


def one(sent: Form, name: str) -> str:
    """What an input was filled with. Forms send two characters for a line's end, and count them as one."""
    return (sent.get(name) or [""])[0].replace("\r\n", "\n").strip()


def lines(sent: Form, name: str) -> list[str]:
    """The entries of a list that is written one a line."""
    return [line.strip() for line in one(sent, name).split("\n") if line.strip()]


def told(kind: Kind, sent: Form) -> dict[str, Any]:
    """The body that a form makes; what was left empty is not in it."""
    body: dict[str, Any] = {}
    for field in FIELDS[kind].values():
        if value := _value(field, sent):
            outer, inner = field.place
            if inner:
                body.setdefault(outer, {})[inner] = value
            else:
                body[outer] = value
        elif value == 0:
            body[field.name] = 0
    return body


def _value(field: Field, sent: Form) -> Any:
    match field.shape:
        case "chosen":
            return [value for value in sent.get(field.name, ()) if value]
        case "lines":
            return lines(sent, field.name)
        case "number":
            text = one(sent, field.name)
            number = whole_number(text)
            return text if number is None else number
        case _:
            return one(sent, field.name)


def whole_number(text: str) -> int | None:
    """A number as people write it, with or without marks between the thousands; None for what is none."""
    if not re.fullmatch(r"[0-9]{1,15}|[0-9]{1,3}(([,.' \u00a0\u202f])[0-9]{3})(\2[0-9]{3}){0,3}", text):
        return None
    return int(re.sub(r"[^0-9]", "", text))


def filled(kind: Kind, body: Mapping[str, Any]) -> Form:
    """What a form would send to make this body."""
    form: dict[str, list[str]] = {}
    for field in FIELDS[kind].values():
        outer, inner = field.place
        value = body.get(outer)
        if inner:
            value = value.get(inner) if isinstance(value, Mapping) else None
        if field.shape == "chosen":
            form[field.name] = [str(item) for item in value or ()]
        elif field.shape == "lines":
            # An entry that was sent through the API may have several lines; here it has one.
            form[field.name] = ["\n".join(" ".join(str(item).split()) for item in value or ())]
        else:
            form[field.name] = ["" if value is None else str(value)]
    return form


# What was changed, by whom


def marks(kind: Kind, form: Form, *, status: str) -> str:
    """A few characters for the value of each field, to tell later which of them were changed."""
    told = {name: _mark(kind, form, name) for name in FIELDS[kind]} | {"status": _digest(status)}
    return " ".join(f"{name}={mark}" for name, mark in told.items())


def changed_since(kind: Kind, form: Form, opened: str) -> list[str]:
    """The fields that do not say what they said when these marks were made."""
    before = _marks_in(opened)
    return [name for name in FIELDS[kind] if _mark(kind, form, name) != before.get(name)]


def differs(kind: Kind, one_form: Form, other: Form, name: str) -> bool:
    """Whether two forms say something else in a field."""
    return _mark(kind, one_form, name) != _mark(kind, other, name)


def status_changed_since(status: str, opened: str) -> bool:
    return _marks_in(opened).get("status") != _digest(status)


def _marks_in(opened: str) -> dict[str, str]:
    return {name: mark for name, _, mark in (one.partition("=") for one in opened.split())}


def _mark(kind: Kind, form: Form, name: str) -> str:
    """Of what is chosen the order says nothing: browsers send it in the order of the page."""
    if FIELDS[kind][name].shape == "chosen":
        return _digest("\n".join(sorted(value for value in form.get(name, ()) if value)))
    return _digest(one(form, name))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


def patch(kind: Kind, sent: Form, changed: Sequence[str]) -> dict[str, Any]:
    """A merge patch that says of the changed fields what the form says, and nothing of the others."""
    body = told(kind, sent)
    said: dict[str, Any] = {}
    for name in changed:
        outer, inner = FIELDS[kind][name].place
        parts = body.get(outer)
        if inner and parts is not None:
            # What is emptied is taken out, which a merge patch says by name.
            within = (field.place for field in FIELDS[kind].values())
            parts = {part: parts.get(part) for whole, part in within if whole == outer}
        said[outer] = parts
    return said


# What the page shows


def shown(visit: Visit, kind: Kind, form: Form, found: Sequence[Fault]) -> dict[str, Shown]:
    """Every field by its name, filled in, with its faults."""
    by_field: dict[str, list[Shown]] = {}
    for fault in found:
        name = field_of(kind, fault)
        if name is not None:
            by_field.setdefault(name, []).append(_beside(visit, FIELDS[kind][name], form, fault))
    return {
        name: {
            "id": field.id,
            "name": name,
            "label": visit.words.gettext(field.label),
            "value": one(form, name),
            "values": form.get(name, ()),
            "faults": by_field.get(name, []),
        }
        for name, field in FIELDS[kind].items()
    }


def field_of(kind: Kind, fault: Fault) -> str | None:
    """The field that a fault is about; None if it is about the whole."""
    place = [part for part in fault.pointer.split("/") if part and not part.isdecimal()]
    name = ".".join(place)
    return name if name in FIELDS[kind] else None


def _beside(visit: Visit, field: Field, form: Form, fault: Fault) -> Shown:
    """A fault as it stands beside its field; one of an entry of a list names the entry."""
    said = faults.in_words(visit.words, fault.detail)
    last = fault.pointer.rpartition("/")[2]
    entries = lines(form, field.name) if field.shape == "lines" else []
    if last.isdecimal() and int(last) < len(entries):
        entry = entries[int(last)]
        return said | {"entry": entry if len(entry) <= 80 else f"{entry[:79]}…"}
    return said | {"entry": None}


def summary(visit: Visit, kind: Kind, found: Sequence[Fault]) -> list[Shown]:
    """Every fault with the way to its field, in the order of the form."""
    order = list(FIELDS[kind])
    lines_of = []
    for fault in found:
        name = field_of(kind, fault)
        field = FIELDS[kind][name] if name else None
        label = visit.words.gettext(field.label) if field else None
        place = order.index(name) if name else -1
        said = faults.in_words(visit.words, fault.detail)
        lines_of.append((place, said | {"href": f"#{field.id}" if field else None, "label": label}))
    return [line for _, line in sorted(lines_of, key=lambda placed: placed[0])]


def choices(visit: Visit, kind: Kind, form: Form) -> dict[str, list[Shown]]:
    """What can be chosen from, each with its label, the chosen ones marked; also what nobody knows."""
    held, say, language = visit.house.catalogue, visit.words.gettext, visit.words.language
    region = sorted(
        ((iso3, held.countries[iso3].name.in_(language)) for iso3 in held.region),
        key=lambda named: fold(named[1]),
    )
    offered: dict[str, Sequence[tuple[str, str]]] = {
        "language": [(tag, visit.words.tongue(tag)) for tag in LANGUAGES],
        "country": region,
        "sectors": [(slug, sector.name.in_(language)) for slug, sector in held.sectors.items()],
        "modalities": sorted(
            ((slug, one.name.in_(language)) for slug, one in held.modalities.items() if one.for_postings),
            key=lambda named: fold(named[1]),
        ),
        "organisation.kind": [(kind, say(word)) for kind, word in labels.ORGANISATIONS.items()],
        "visibility": [(slug, say(word)) for slug, (word, _) in VISIBILITIES.items()],
        "practice.level": [(level, say(word)) for level, word in labels.PRACTICE.items()],
        "co_applicants": [named for named in region if named[0] != one(form, "country")],
    }
    listed: dict[str, list[Shown]] = {}
    for name, options in offered.items():
        chosen = form.get(name, []) if name in FIELDS[kind] else []
        others = [(value, value) for value in chosen if value and value not in dict(options)]
        listed[name] = [
            {"value": value, "name": named, "chosen": value in chosen} for value, named in (*options, *others)
        ]
    for option in listed["visibility"]:
        _, meaning = VISIBILITIES.get(option["value"], ("", ""))
        option["means"] = say(meaning) if meaning else ""
    return listed


def in_words(visit: Visit, kind: Kind, form: Form, name: str) -> str:
    """What a field says, for people: labels instead of codes, a list in one line."""
    options: dict[str, str] = {one["value"]: one["name"] for one in choices(visit, kind, form).get(name, [])}
    field = FIELDS[kind][name]
    if field.shape == "chosen":
        return ", ".join(options.get(value, value) for value in form.get(name, ()))
    if field.shape == "lines":
        return ", ".join(lines(form, name))
    said = one(form, name)
    return options.get(said, said)


# What was found in it


def findings(visit: Visit, kind: Kind, form: Form, found: Mapping[str, Any]) -> Shown:
    """What a look at the text told (`app.api.checking.looked_at`), as the page shows it."""
    problems: list[Fault] = found["problems"]
    missing = [fault for fault in problems if fault.detail == faults.REQUIRED]
    guess, confidence = found["detected_language"], found["language_confidence"]
    return {
        "blank": not (one(form, "title") or one(form, "description")),
        "missing": summary(visit, kind, missing),
        "faults": summary(visit, kind, [fault for fault in problems if fault not in missing]),
        "tongue": visit.words.tongue(guess) if guess else None,
        "sure": visit.words.percent(confidence) if confidence is not None else None,
        "tags": [
            _tags(visit, form, "sectors", found["suggested_sectors"]),
            _tags(visit, form, "modalities", found["suggested_modalities"]),
        ],
        "lang": one(form, "language") or guess or visit.words.language,
        "near": [
            {
                "href": f"/own/{PLURAL[kind]}/{other['id']}/edit",
                "title": other["title"],
                "lang": other["language"],
                "likeness": visit.words.gettext(_likeness(other["likeness"])),
            }
            for other in found["near_duplicates"]
        ],
        "remarks": [remark["says"] for remark in found["remarks"]],
    }


def _tags(visit: Visit, form: Form, name: str, tags: Sequence[Mapping[str, Any]]) -> Shown:
    held = visit.house.catalogue
    known = held.sectors if name == "sectors" else held.modalities
    return {
        "name": name,
        "items": [
            {
                "slug": tag["slug"],
                "name": known[tag["slug"]].name.in_(visit.words.language),
                "because": list(tag["because"]),
                "chosen": tag["slug"] in form.get(name, ()),
            }
            for tag in tags
        ],
    }


def _likeness(likeness: float) -> str:
    return next((word for least, word in LIKENESSES if likeness >= least), LIKENESSES[-1][1])
