"""Requests and offers: the lists, and each with its suggestions and why."""

from collections.abc import Sequence

from fastapi import Response

from app import cases, postings, weightings
from app.api.bodies import known_filters
from app.catalogue import Catalogue
from app.errors import Fault, Invalid
from app.language.analyse import fold
from app.matching.posting import Kind, Posting
from app.matching.score import VERSION
from app.matching.suggest import Suggestion, suggest
from app.postings import Wanted
from app.weightings import InUse
from app.workbench import labels, marks
from app.workbench.frame import Visit, Visiting, router
from app.workbench.home import open_postings
from app.workbench.own import edit_address
from app.workbench.shown import PLURAL, Shown

pages = router()

LISTED = 25
SUGGESTED = 10
IN_FULL = 5
"""Suggestions that are explained on the page of a posting; those lower down are a line each."""

BROKERS = ("broker", "administrator")
"""Who decides on pairs."""

TONGUES = ("en", "es", "pt", "fr", "nl")
LONGEST_QUERY = 200


def section(visit: Visit, kind: Kind) -> str:
    return visit.words.gettext("Requests") if kind == "request" else visit.words.gettext("Offers")


@pages.get("/requests")
def requests(visit: Visiting) -> Response:
    return _list(visit, "request")


@pages.get("/offers")
def offers(visit: Visiting) -> Response:
    return _list(visit, "offer")


@pages.get("/requests/{identity}")
def request(identity: str, visit: Visiting) -> Response:
    return _one(visit, "request", identity)


@pages.get("/offers/{identity}")
def offer(identity: str, visit: Visiting) -> Response:
    return _one(visit, "offer", identity)


def _list(visit: Visit, kind: Kind) -> Response:
    house = visit.house
    asked = known_filters(
        house.catalogue,
        country=visit.query("country"),
        sector=visit.query("sector"),
        language=visit.query("language"),
    )
    text = visit.query("q")
    if text and len(text) > LONGEST_QUERY:
        raise Invalid([Fault("/query/q", f"This text has more than {LONGEST_QUERY} characters.")])
    wanted = Wanted(
        country=asked["country"],
        sector=asked["sector"],
        language=asked["language"],
        status="published",
        q=text,
    )
    with house.database.reading() as session:
        found = postings.listed(
            session,
            kind,
            wanted,
            asker=visit.asker,
            limit=LISTED,
            cursor=visit.query("cursor"),
            today=house.today(),
        )
        market = house.desk.market(session)
    total = open_postings(market, kind, house.today(), asker=visit.asker, newest=0).total
    say, words = visit.words.gettext, visit.words
    if kind == "request":
        title, about = say("Requests"), say("What countries of the region want to learn.")
        counted = words.ngettext("%(num)s open request", "%(num)s open requests", total)
    else:
        title, about = say("Offers"), say("What countries of the region can teach.")
        counted = words.ngettext("%(num)s open offer", "%(num)s open offers", total)
    return visit.page(
        "list.html",
        title=title,
        section=PLURAL[kind],
        about=about,
        counted=counted,
        action=f"/{PLURAL[kind]}",
        choices=_choices(visit, asked),
        text=text or "",
        narrowed=bool(text or any(asked.values())),
        items=[visit.show.brief(posting) for posting in found.items],
        empty=total == 0,
        following=visit.address(cursor=found.next) if found.next else None,
        first=visit.address(cursor=None) if visit.query("cursor") else None,
    )


def _choices(visit: Visit, asked: dict[str, str | None]) -> list[Shown]:
    """The filters of a list as choices, the one in force marked."""
    catalogue, say, language = visit.house.catalogue, visit.words.gettext, visit.words.language
    region = ((iso3, catalogue.countries[iso3].name.in_(language)) for iso3 in catalogue.region)
    options = {
        "country": (say("Country"), say("any country"), sorted(region, key=lambda named: fold(named[1]))),
        "sector": (
            say("Sector"),
            say("any sector"),
            [(slug, sector.name.in_(language)) for slug, sector in catalogue.sectors.items()],
        ),
        "language": (
            say("Language"),
            say("any language"),
            [(tag, visit.words.tongue(tag)) for tag in TONGUES],
        ),
    }
    return [choice(name, *given, asked[name]) for name, given in options.items()]


def choice(name: str, label: str, none: str, options: Sequence[tuple[str, str]], chosen: str | None) -> Shown:
    """A list to choose one from, or none."""
    return {
        "name": name,
        "label": label,
        "none": none,
        "options": [(value, shown, value == chosen) for value, shown in options],
    }


def _one(visit: Visit, kind: Kind, identity: str) -> Response:
    house, words, show = visit.house, visit.words, visit.show
    with house.database.reading() as session:
        posting = postings.get(session, kind, identity, asker=visit.asker, today=house.today())
        market = house.desk.market(session)
        used = weightings.in_use(session)
        standing = cases.standing(session, posting, today=house.today())
    posting = market.tagged(posting)
    found = suggest(
        posting,
        market,
        today=house.today(),
        asker=visit.asker,
        standing=standing,
        limit=SUGGESTED,
        weights=used.weights,
    )
    shown = [
        show.suggestion(one, one.offer if kind == "request" else one.request, rank=rank)
        for rank, one in enumerate(found, start=1)
    ]
    status, closed = labels.STATUSES[posting.status]
    return visit.page(
        "posting.html",
        title=posting.title,
        section=PLURAL[kind],
        way=[(section(visit, kind), f"/{PLURAL[kind]}")],
        posting=detailed(visit, posting),
        standing=words.gettext(status),
        closed=words.gettext(closed) if closed else None,
        in_full=shown[:IN_FULL],
        further=shown[IN_FULL:],
        counted=_counted(visit, kind, found),
        scored_by=scored_by(visit, used),
        interest=f"/{PLURAL[kind]}/{posting.id}/interest" if _may_be_interested(visit, posting) else None,
        edit=edit_address(posting)
        if visit.caller and postings.may_post(visit.caller, posting.country)
        else None,
        review=f"/broker/requests/{posting.id}"
        if kind == "request" and posting.is_open(house.today()) and visit.asker.role in BROKERS
        else None,
    )


def _may_be_interested(visit: Visit, posting: Posting) -> bool:
    """An agency in what another country has open."""
    asker = visit.asker
    foreign = asker.role == "agency" and asker.country != posting.country
    return foreign and posting.is_open(visit.house.today())


def _counted(visit: Visit, kind: Kind, found: Sequence[Suggestion]) -> str:
    if kind == "request":
        return visit.words.ngettext(
            "%(num)s offer suits this request best", "%(num)s offers suit this request best", len(found)
        )
    return visit.words.ngettext(
        "%(num)s request suits this offer best", "%(num)s requests suit this offer best", len(found)
    )


def detailed(visit: Visit, posting: Posting, marked: marks.Marked | None = None) -> Shown:
    """Everything that anyone may read of a posting, with marks in its text or without."""
    show = visit.show
    text = marked or marks.marked(posting)
    return show.brief(posting) | {
        "heading": text.heading,
        "paragraphs": text.paragraphs,
        "keywords": text.keywords,
        "reading": text.reading,
        "read_by": posting.translation.by if posting.translation else None,
        "read_sectors": [] if posting.sectors else [show.sector(slug) for slug in posting.read_sectors],
        "modalities": [show.modality(slug) for slug in posting.modalities],
        "facts": _facts(visit, posting),
        "links": posting.links,
    }


def scored_by(visit: Visit, used: InUse) -> str:
    """With which engine and weights the scores were made; if they were learned, since when and by whom."""
    say, adoption = visit.words.gettext, used.adoption
    if adoption is None:
        return say("Scored by engine %(engine)s with its published weights.") % {"engine": VERSION}
    names = {
        "engine": VERSION,
        "weighting": used.version,
        "day": visit.words.day(adoption.adopted_at),
        "who": adoption.adopted_by,
    }
    if used.version == VERSION:
        return (
            say(
                "Scored by engine %(engine)s with its published weights, adopted again on %(day)s by %(who)s."
            )
            % names
        )
    return (
        say(
            "Scored by engine %(engine)s with weights learned from decisions (%(weighting)s), "
            "adopted on %(day)s by %(who)s."
        )
        % names
    )


def _facts(visit: Visit, posting: Posting) -> list[Shown]:
    """Name and value of each field; no value where it was not stated."""
    say, words, catalogue = visit.words.gettext, visit.words, visit.house.catalogue
    facts: list[tuple[str, str | None]] = [(say("Body"), _body(visit, posting))]
    if posting.kind == "offer":
        practice = posting.practice
        level = say(labels.PRACTICE[practice.level]) if practice else None
        capacity = posting.capacity
        facts += [
            (say("Practice"), level),
            (
                say("Capacity"),
                words.ngettext("%(num)s exchange at a time", "%(num)s exchanges at a time", capacity)
                if capacity
                else None,
            ),
        ]
        facts += [(say("Proof"), proof) for proof in (practice.evidence if practice else ())]
    else:
        budget = posting.budget_usd
        facts += [
            (say("Needed by"), words.day(posting.needed_by) if posting.needed_by else None),
            (say("Budget"), None if budget is None else f"USD {words.number(budget)}"),
        ]
        if posting.co_applicants:
            facts.append((say("Applies with"), _names(catalogue, posting.co_applicants, words.language)))
        if posting.demand:
            demand = posting.demand
            asked = (
                (say("Requested by"), demand.requested_by),
                (say("Stands in the plan"), demand.plan),
                (say("Endorsed by"), demand.endorsed_by),
            )
            facts += [(name, value) for name, value in asked if value]
        if posting.outcome:
            facts.append((say("Outcome"), posting.outcome))
    until = words.day(posting.valid_until) if posting.valid_until else say("without a last day")
    facts.append((say("Open until"), until))
    if posting.updated_at:
        facts.append((say("Last changed"), words.day(posting.updated_at)))
    return [{"name": name, "value": value} for name, value in facts]


def _body(visit: Visit, posting: Posting) -> str | None:
    body = posting.organisation
    if body is None:
        return None
    above = f", {body.parent}" if body.parent else ""
    return f"{body.name}{above} ({visit.words.gettext(labels.ORGANISATIONS[body.kind])})"


def _names(catalogue: Catalogue, countries: Sequence[str], language: str) -> str:
    return ", ".join(catalogue.countries[iso3].name.in_(language) for iso3 in countries)
