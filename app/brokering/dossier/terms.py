"""The draft terms of an understanding: what both sides would sign, with blanks for what nobody knows yet."""

from collections.abc import Iterable, Sequence
from datetime import date

from app.brokering.dossier.telling import Teller, shortened
from app.brokering.dossier.values import BLANK, Block, Line, Listing, Paragraph, Piece, Section, Table
from app.brokering.dossier.wording import DUTIES
from app.brokering.steps import Side
from app.catalogue import Modality
from app.catalogue.rules import SharesCost
from app.eligibility import Verdict
from app.matching.posting import Posting

MOST_ACTIVITIES = 5
LONGEST = 200
"""Characters of a posting's text that a clause repeats."""

FROM_AFAR = ("network", "knowledge", "agreement", "support")
"""Families of modalities for which nobody goes anywhere on a day."""


def terms(
    tell: Teller,
    heading: str,
    request: Posting,
    offer: Posting,
    *,
    channel: str | None,
    fund: str | None,
    verdict: Verdict | None,
) -> Section:
    """The terms for a pair. `fund` is what the instrument is called, None while none is chosen."""
    ways = _ways(tell, request, offer)
    clauses = (
        ("t_parties", _parties(tell, request, offer, channel)),
        ("t_purpose", _purpose(tell, request, offer)),
        ("t_activities", _activities(tell, request, offer, ways)),
        ("t_of_provider", _duties(tell, "provider", ways)),
        ("t_of_receiver", _duties(tell, "receiver", ways)),
        ("t_costs", _costs(tell, request, ways, fund, verdict)),
        ("t_duration", _duration(tell, request.needed_by)),
        ("t_outcome", _outcome(tell, request)),
    )
    items = tuple(tell.line(Piece(tell.say(key), strong=True), " ", line) for key, line in clauses)
    blocks: list[Block] = [
        Paragraph(tell.line(tell.say("terms_note")), "note"),
        Listing(items, "numbers"),
        _signatures(tell, request, offer),
    ]
    return Section("terms", heading, tuple(blocks))


def _sentences(tell: Teller, said: Iterable[str | Line]) -> Line:
    """One after the other, with spaces between."""
    parts: list[str | Line] = []
    for one in said:
        parts += [" ", one] if parts else [one]
    return tell.line(*parts)


def _ways(tell: Teller, request: Posting, offer: Posting) -> Sequence[Modality]:
    """The ways of exchanging that both name, or else those that are asked for, or offered."""
    both = tuple(slug for slug in request.modalities if slug in offer.modalities)
    named = both or request.modalities or offer.modalities
    known = tell.catalogue.modalities
    return [known[slug] for slug in named if slug in known][:MOST_ACTIVITIES]


def _parties(tell: Teller, request: Posting, offer: Posting, channel: str | None) -> Line:
    said: list[str | Line] = []
    for key, side in (("t_provider", offer), ("t_receiver", request)):
        told = tell.say("t_party", party=tell.say(key), country=tell.country(side.country), organisation="\0")
        before, _, after = told.partition("\0")
        said.append(tell.line(before, tell.organisation(side), after))
    if others := [iso3 for iso3 in request.co_applicants if iso3 not in (request.country, offer.country)]:
        said.append(tell.say("t_also", names=tell.listed(map(tell.country, others))))
    said.append(tell.say("t_carried", name=tell.channel(channel) if channel else BLANK))
    return _sentences(tell, said)


def _purpose(tell: Teller, request: Posting, offer: Posting) -> Line:
    said: list[str | Line] = [
        tell.say("t_share"),
        tell.quoted(offer.title, offer.language),
        tell.say("t_need"),
        tell.line(tell.quoted(request.title, request.language), "."),
    ]
    if demand := request.demand:
        for key, text in (("t_plan", demand.plan), ("t_endorsed", demand.endorsed_by)):
            if text:
                named = Piece(shortened(text, LONGEST).rstrip("."), request.language)
                said.append(tell.line(f"{tell.say(key)} ", named, "."))
    return _sentences(tell, said)


def _activities(tell: Teller, request: Posting, offer: Posting, ways: Sequence[Modality]) -> Line:
    said: list[str | Line] = [
        tell.say(
            "t_remote" if way.family in FROM_AFAR or "facility" in way.needs else "t_activity",
            modality=tell.in_words(way.name),
        )
        for way in ways
    ] or [tell.say("t_no_activity")]
    tongues = shared_tongues(tell, request, offer)
    said.append(tell.say("t_tongue", name=tell.tongue(tongues[0]) if tongues else BLANK))
    return _sentences(tell, said)


def shared_tongues(tell: Teller, request: Posting, offer: Posting) -> list[str]:
    """Languages that both can work in, that of both texts first."""
    held = [tell.catalogue.countries.get(one.country) for one in (request, offer)]
    here, there = ([str(tag) for tag in one.languages] if one else [] for one in held)
    own = [request.language] if request.language == offer.language else []
    return [*own, *(tag for tag in here if tag in there and tag not in own)]


def _duties(tell: Teller, side: Side, ways: Sequence[Modality]) -> Line:
    needs = {need for way in ways for need in way.needs}
    hosted = {way.family for way in ways if "host-institution" in way.needs}
    if side == "provider":
        found = ["practice"]
        found += ["expert-release"] if "expert-release" in needs else []
        found += ["hosts_visitors"] if "visit" in hosted else []
    else:
        found = ["learns"]
        found += ["hosts_experts"] if hosted - {"visit"} else []
    found += [need for need in ("facility", "internet") if need in needs]
    found += ["applies"] if side == "receiver" else []
    return tell.line("; ".join(tell.in_words(DUTIES[duty]) for duty in found) + f"; {BLANK}.")


def _costs(
    tell: Teller, request: Posting, ways: Sequence[Modality], fund: str | None, verdict: Verdict | None
) -> Line:
    needs = {need for way in ways for need in way.needs}
    if fund is None:
        said: list[str | Line] = [tell.say("t_no_fund")]
    elif verdict is not None and verdict.standing == "ineligible":
        said = [tell.say("t_fund_does_not", name=fund)]
    else:
        said = [tell.say("t_fund_pays", name=fund)]
    if request.budget_usd is not None:
        said.append(tell.say("t_budget", amount=tell.number(request.budget_usd)))
    for finding in verdict.findings if verdict else ():
        if isinstance(finding.rule, SharesCost):
            said.append(tell.line(tell.in_words(finding.rule.because), tell.cite(finding.rule.citation)))
    for need, key in (("travel", "t_travel"), ("expert-release", "t_time"), ("interpreter", "t_interpreter")):
        if need in needs:
            said.append(tell.say(key))
    return _sentences(tell, [*said, tell.say("t_rest")])


def _duration(tell: Teller, needed_by: date | None) -> Line:
    said: list[str | Line] = [tell.say("t_from_to")]
    if needed_by is not None:
        said.append(tell.say("t_needed_by", day=tell.day(needed_by)))
    return _sentences(tell, said)


def _outcome(tell: Teller, request: Posting) -> Line:
    said: list[str | Line] = [tell.say("t_report")]
    if request.outcome:
        hoped = Piece(shortened(request.outcome, LONGEST), request.language)
        said.append(tell.line(f"{tell.say('t_hoped')} ", hoped))
    return _sentences(tell, said)


def _signatures(tell: Teller, request: Posting, offer: Posting) -> Table:
    """Two columns to sign in; what stands in the first says what is written where."""
    long = tell.line(BLANK * 4)
    return Table(
        tell.say("t_signatures"),
        ("", *(tell.say("t_for", country=tell.country(side.country)) for side in (offer, request))),
        tuple((tell.line(tell.say(key)), long, long) for key in ("t_name", "t_place", "t_signature")),
    )
