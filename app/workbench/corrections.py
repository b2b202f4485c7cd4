"""Corrections on pages: what an entry says, a form for what it should say, and the editor's desk."""

from collections.abc import Mapping, Sequence
from typing import get_args

import orjson
from fastapi import Response

from app import corrections
from app.api.corrections import difference, identity, name_of, note_in, read
from app.catalogue import Catalogue
from app.catalogue.correct import MADE_HERE, READINGS, EntryKind, Json, entries, entry_of
from app.catalogue.facts import Role
from app.catalogue.label import LANGUAGES
from app.corrections import Decision, Proposal, Status
from app.errors import Fault, Invalid, NotFound
from app.language.analyse import fold
from app.workbench import labels
from app.workbench.fields import whole_number
from app.workbench.frame import Form, Sent, Visit, Visiting, router, see_other
from app.workbench.shown import Shown

pages = router()

SECTION = "corrections"
LISTED = 50

LABEL: Json = dict.fromkeys(LANGUAGES, "")

BLANKS: Mapping[EntryKind, Mapping[str, Json]] = {
    "country": {
        READINGS: {"sector": "", "channel": "", "role": "", "unit": "", "note": ""},
        "languages": "",
        "variants": "",
    },
    "channel": {
        "facts": {"statement": ""},
        "funding": {"statement": ""},
        "donors": {"name": ""},
        "platforms": {"name": "", "kind": "", "about": ""},
        "matchmaking": {"statement": ""},
        "prospects": {"statement": ""},
        "cycle": {"step": LABEL},
        "themes": {"label": LABEL, "sectors": ""},
        "modalities": {"modality": ""},
        "not_stated": "",
    },
    "instrument": {
        "facts": {"statement": ""},
        "amounts": {"what": "", "usd": ""},
        "donors": {"name": ""},
        "steps": {"step": LABEL},
        "not_stated": "",
    },
}
"""The lists of an entry that the pages correct, and what an item of each has to say; the rest is corrected
through the API, where a rule can be given whole."""

SOURCE_INPUTS = ("document", "title", "publisher", "year", "locator", "because")

WHOLE = ("name", "about")
"""Fields that are one label, corrected as a whole."""


@pages.get("/corrections")
def desk(visit: Visiting) -> Response:
    status = _status(visit.query("status") or "proposed")
    with visit.house.database.reading() as session:
        found = corrections.listed(
            session, status=status, by=visit.by, limit=LISTED, cursor=visit.query("cursor")
        )
    own = _own(visit)
    return visit.page(
        "corrections.html",
        title=visit.words.gettext("Corrections"),
        section=SECTION,
        statuses=[
            {
                "name": visit.words.gettext(labels.CORRECTIONS[one].word),
                "href": f"/corrections?status={one}",
                "here": one == status,
            }
            for one in get_args(Status)
        ],
        items=[_line(visit, proposal) for proposal in found.items],
        more=visit.address(cursor=found.next, lang=None) if found.next else None,
        own=own,
        editor=visit.by.role == "administrator",
    )


def _status(asked: str) -> Status:
    for status in get_args(Status):
        if status == asked:
            known: Status = status
            return known
    raise Invalid([Fault("/query/status", f"“{asked[:100]}” is not {', '.join(get_args(Status))}.")])


def _own(visit: Visit) -> Shown | None:
    """The entry that the caller speaks for."""
    by = visit.by
    if by.country:
        return visit.show.country(by.country) | {"propose": f"/corrections/new/country/{by.country}"}
    if by.channel and by.channel in visit.house.catalogue.channels:
        return visit.show.channel(by.channel) | {"propose": f"/corrections/new/channel/{by.channel}"}
    return None


def _line(visit: Visit, proposal: Proposal) -> Shown:
    correction = proposal.correction
    return {
        "href": f"/corrections/{proposal.id}",
        "entry": name_of(correction, visit.house.catalogue, visit.words.language),
        "field": _called(visit, correction.field),
        "verb": visit.words.gettext(_verb(proposal)),
        "by": proposal.proposed_by,
        "day": visit.words.day(proposal.proposed_at),
        "mark": visit.show.mark(labels.CORRECTIONS[proposal.status]),
    }


def _called(visit: Visit, field: str) -> str:
    """What a field is called; the API corrects some that no page names."""
    return visit.words.gettext(labels.FIELDS.get(field, field.replace("_", " ")))


def _verb(proposal: Proposal) -> str:
    if proposal.correction.before is None:
        return labels.ADDS
    return labels.TAKES_OUT if proposal.correction.after is None else labels.CHANGES


@pages.get("/corrections/new/{kind}/{slug}")
def entry(kind: str, slug: str, visit: Visiting) -> Response:
    """What the entry says, each statement with a way to correct it."""
    found, names = _entry(visit, kind, slug), labels.FIELDS
    return visit.page(
        "correct.html",
        title=visit.words.gettext("Propose a correction: %(entry)s") % {"entry": found.name},
        section=SECTION,
        way=_way(visit),
        fields=[
            {
                "name": visit.words.gettext(names[field]),
                "add": f"{found.address}/{field}",
                "items": [
                    {"says": _in_words(visit, item), "href": f"{found.address}/{field}?item={place}"}
                    for place, item in enumerate(found.content[field])
                ],
            }
            for field in BLANKS[found.kind]
        ],
        whole=[
            {
                "name": visit.words.gettext(names[field]),
                "says": found.content[field][visit.words.language],
                "href": f"{found.address}/{field}",
            }
            for field in WHOLE
            if field in found.content
        ],
    )


def _way(visit: Visit) -> list[tuple[str, str]]:
    return [(visit.words.gettext("Corrections"), "/corrections")]


class _Entry:
    """An entry that the caller may correct."""

    def __init__(self, visit: Visit, kind: EntryKind, slug: str, content: dict[str, Json]) -> None:
        self.kind, self.slug, self.content = kind, slug, content
        self.name = entries(visit.house.catalogue, kind)[slug].name.in_(visit.words.language)
        self.address = f"/corrections/new/{kind}/{slug}"


def _entry(visit: Visit, kind: str, slug: str) -> _Entry:
    """The entry of an address.

    Raises:
        NotFound, Unidentified, Forbidden: as the verbs do.
    """
    by = visit.by
    for known in get_args(EntryKind):
        if known == kind and (content := entry_of(visit.house.catalogue, known, slug)) is not None:
            corrections.check_may_propose(by, known, slug, visit.house.catalogue)
            return _Entry(visit, known, slug, content)
    raise NotFound(f"There is no {kind} “{slug}”.")


def _in_words(visit: Visit, item: Json) -> str:
    """An item of an entry in a line."""
    held, language = visit.house.catalogue, visit.words.language
    if isinstance(item, dict) and "sector" in item and "channel" in item:
        sector = held.sectors[item["sector"]].name.in_(language)
        role = visit.words.gettext(labels.ROLES[item["role"]].word)
        return f"{sector}: {held.channels[item['channel']].abbreviation}, {role}"
    if not isinstance(item, dict):
        return str(item)
    said = [value for name, value in item.items() if name not in ("citation", "kind") and value]
    return ". ".join(
        str(value.get(language) or value.get("en")) if isinstance(value, dict) else _joined(value)
        for value in said
    )


def _joined(value: Json) -> str:
    if isinstance(value, dict):
        told = (inner for name, inner in value.items() if name != "citation" and inner is not None)
        return " ".join(map(_joined, told))
    return ", ".join(map(_joined, value)) if isinstance(value, list) else str(value)


@pages.get("/corrections/new/{kind}/{slug}/{field}")
def form(kind: str, slug: str, field: str, visit: Visiting) -> Response:
    found = _entry(visit, kind, slug)
    return _form(visit, found, field, visit.query("item"), {}, [])


@pages.post("/corrections/new/{kind}/{slug}/{field}")
def propose(kind: str, slug: str, field: str, visit: Visiting, sent: Sent) -> Response:
    """Keep what was proposed; with faults the form comes back filled in."""
    found = _entry(visit, kind, slug)
    item = _one(sent, "item") or None
    blank = _blank(found, field, item)
    removing = _one(sent, "op") == "remove"
    year = _one(sent, "year")
    source = {
        "title": _one(sent, "title"),
        "publisher": _one(sent, "publisher"),
        "year": whole_number(year) or year or None,
        "locator": _one(sent, "locator"),
    }
    document = _one(sent, "document")
    if document:
        source = {"document": document, "locator": source["locator"]}
    op = "remove" if removing else "replace" if item is not None or field in WHOLE else "add"
    body: dict[str, Json] = {
        "entry": {"kind": found.kind, "slug": slug},
        "op": op,
        "pointer": f"/{field}" if field in WHOLE else f"/{field}/{item if item is not None else '-'}",
        "because": _one(sent, "because"),
        "source": {name: value for name, value in source.items() if value},
    }
    if not removing:
        body["value"] = _told(sent, blank, _now(found, field, item))
    if item is not None and _one(sent, "edition") != visit.house.catalogue.edition:
        fault = Fault("/value", "There is a new edition since this form was opened: see what it says now.")
        return _form(visit, found, field, item, sent, [fault])
    try:
        correction, because = read(body, visit.house, visit.by)
    except Invalid as invalid:
        return _form(visit, found, field, item, sent, invalid.faults)
    house = visit.house
    with house.database.transaction() as session:
        kept = corrections.propose(
            session, correction, because=because, catalogue=house.catalogue, by=visit.by, now=house.now()
        )
    return see_other(f"/corrections/{kept.id}")


def _blank(found: _Entry, field: str, item: str | None) -> Json:
    """What there is to be told of a field, or of an item of it.

    Raises:
        NotFound: for a field that is not corrected here, or an item that is not there.
    """
    if field in WHOLE and field in found.content and item is None:
        return LABEL
    blank = BLANKS[found.kind].get(field)
    items = found.content.get(field, ())
    place = None if item is None else whole_number(item)
    if blank is None or (item is not None and (place is None or place >= len(items))):
        raise NotFound("There is nothing to correct at this address.")
    return blank


def _now(found: _Entry, field: str, item: str | None) -> Json:
    """What stands there; None where something is added."""
    if field in WHOLE:
        return found.content[field]
    return None if item is None else found.content[field][int(item)]


def _form(
    visit: Visit, found: _Entry, field: str, item: str | None, sent: Form, faults: Sequence[Fault]
) -> Response:
    blank = _blank(found, field, item)
    now = _now(found, field, item)
    inputs = [_input(visit, name, _at(now, name), sent) for name in _names(blank)]
    return visit.page(
        "correct-field.html",
        title=f"{found.name}{visit.words.gettext(': ')}{_called(visit, field)}",
        section=SECTION,
        way=[*_way(visit), (found.name, found.address)],
        says=None if item is None else _in_words(visit, now),
        action=f"{found.address}/{field}",
        item=item,
        held=visit.house.catalogue.edition,
        inputs=inputs,
        documents=[(one.id, one.title) for one in visit.house.catalogue.documents.values()],
        sent={name: _one(sent, name) for name in SOURCE_INPUTS},
        faults=[fault.detail for fault in faults if _input_of(fault) is None],
        beside={told: fault.detail for fault in faults if (told := _input_of(fault))},
        status=422 if faults else 200,
    )


def _input_of(fault: Fault) -> str | None:
    """The input that a fault stands beside; faults of the value stand above the form."""
    last = fault.pointer.rsplit("/", 1)[-1]
    return last if last in SOURCE_INPUTS else None


def _names(blank: Json, before: str = "") -> list[str]:
    """The names of the inputs of a blank: `statement`, `step.es`."""
    if isinstance(blank, dict):
        return [name for key, inner in blank.items() for name in _names(inner, f"{before}{key}.")]
    return [before.rstrip(".") or "text"]


def _at(value: Json, name: str) -> str:
    for key in name.split("."):
        if isinstance(value, dict):
            value = value.get(key)
    return _joined(value) if value is not None else ""


def _input(visit: Visit, name: str, now: str, sent: Form) -> Shown:
    """One input: a list to choose from where the catalogue knows what there is."""
    last = name.rsplit(".", 1)[-1]
    options = _options(visit.house.catalogue, visit, last)
    return {
        "name": f"value.{name}",
        "label": visit.words.gettext(labels.INPUTS[last]),
        "value": _one(sent, f"value.{name}") if f"value.{name}" in sent else now,
        "options": options,
        "long": last not in ("usd", "name", "unit", "text", "sectors") and options is None,
        "lang": last if last in LANGUAGES else None,
    }


def _options(held: Catalogue, visit: Visit, name: str) -> list[tuple[str, str]] | None:
    language, say = visit.words.language, visit.words.gettext
    if name == "sector":
        return [(slug, one.name.in_(language)) for slug, one in held.sectors.items()]
    if name == "channel":
        return [(slug, one.abbreviation) for slug, one in held.channels.items()]
    if name == "modality":
        named = [(slug, one.name.in_(language)) for slug, one in held.modalities.items()]
        return sorted(named, key=lambda one: fold(one[1]))
    if name == "role":
        return [(role, say(labels.ROLES[role].word)) for role in get_args(Role)]
    if name == "kind":
        return [(kind, say(word)) for kind, word in labels.PLATFORM_KINDS.items()]
    return None


def _told(sent: Form, blank: Json, before: Json, name: str = "value") -> Json:
    """What the inputs of a blank were filled with; what they do not ask for stays as it was."""
    if isinstance(blank, dict):
        stood = before if isinstance(before, dict) else {}
        told = {key: _told(sent, inner, stood.get(key), f"{name}.{key}") for key, inner in blank.items()}
        return stood | told
    text = _one(sent, name if name != "value" else "value.text")
    last = name.rsplit(".", 1)[-1]
    if last == "sectors":
        return [word.strip() for word in text.split(",") if word.strip()]
    if last == "usd" and (amount := whole_number(text)) is not None:
        return amount
    return text or (None if last in ("unit", "note", "kind") else text)


def _one(sent: Form, name: str) -> str:
    """What an input was filled with. Forms send two characters for a line's end, and count them as one."""
    return sent.get(name, [""])[0].replace("\r\n", "\n").strip()


@pages.get("/corrections/{id}")
def one(id: str, visit: Visiting) -> Response:
    by = visit.by
    with visit.house.database.reading() as session:
        proposal = corrections.get(session, identity(id), by=by)
    return _page_of(visit, proposal)


def _page_of(visit: Visit, proposal: Proposal) -> Response:
    correction, words, held = proposal.correction, visit.words, visit.house.catalogue
    document = correction.source.document
    told = difference(correction, held)
    return visit.page(
        "correction.html",
        title=name_of(correction, held, words.language),
        section=SECTION,
        way=_way(visit),
        line=_line(visit, proposal),
        before=None if correction.before is None else _parts_of(visit, correction.before),
        after=None if correction.after is None else _parts_of(visit, correction.after),
        difference=told,
        because=proposal.because,
        source=f"{document.title}. {document.publisher}" + (f", {document.year}" if document.year else ""),
        locator=correction.source.locator,
        moment=words.moment(proposal.proposed_at),
        decided=None
        if proposal.decided_at is None
        else {"by": proposal.decided_by, "at": words.moment(proposal.decided_at), "note": proposal.note},
        may_decide=visit.by.role == "administrator" and proposal.status == "proposed",
        outdated=proposal.status == "proposed" and not told,
        version=proposal.version,
        action=f"/corrections/{proposal.id}",
    )


def _parts_of(visit: Visit, value: Json) -> list[Shown]:
    """A value name by name, so that both sides can be read beside each other."""
    if not isinstance(value, dict):
        return [{"name": "", "says": _joined(value)}]
    found: list[Shown] = []
    reading = "area" in value
    for name, inner in value.items():
        if name == "citation" or (reading and name in MADE_HERE) or inner in (None, [], {}):
            continue
        texts = inner if isinstance(inner, dict) else {"": inner}
        for tag, text in texts.items():
            if text is None:
                continue
            label = visit.words.gettext(labels.INPUTS.get(name, labels.FIELDS.get(name, name)))
            tongue = f" ({visit.words.tongue(tag)})" if tag in LANGUAGES else f" ({tag})" if tag else ""
            named = dict(_options(visit.house.catalogue, visit, name) or ())
            found.append({"name": label + tongue, "says": named.get(str(text), _joined(text))})
    if cited := value.get("citation"):
        held = visit.house.catalogue.documents.get(cited["document"])
        title = held.title if held else cited["document"]
        says = f"{title}, {cited['locator']}"
        found.append({"name": visit.words.gettext("Source"), "says": says})
    return found


@pages.post("/corrections/{id}/accept")
def accept(id: str, visit: Visiting, sent: Sent) -> Response:
    return _decide(id, visit, sent, "accepted")


@pages.post("/corrections/{id}/refuse")
def refuse(id: str, visit: Visiting, sent: Sent) -> Response:
    return _decide(id, visit, sent, "refused")


def _decide(id: str, visit: Visit, sent: Form, decision: Decision) -> Response:
    house, by = visit.house, visit.by
    note = note_in(orjson.dumps({"note": _one(sent, "note") or None}))
    with house.database.transaction() as session:
        corrections.decide(
            session,
            identity(id),
            decision,
            note=note,
            catalogue=house.catalogue,
            if_version=whole_number(_one(sent, "version")) or 0,
            by=by,
            now=house.now(),
        )
    return see_other(f"/corrections/{id}")
