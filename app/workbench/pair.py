"""One pair in full: why, and why not."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from app import cases, postings, weightings
from app.language.apertium import MODES
from app.matching.blend import BLEND
from app.matching.explain import about_sectors
from app.matching.posting import Posting
from app.matching.suggest import Ranked, Suggestion, consider, rank
from app.workbench import labels, marks
from app.workbench.frame import Visit, Visiting, router
from app.workbench.posting import BROKERS, SUGGESTED, detailed, scored_by, section
from app.workbench.shown import Shown

pages = router()

IN_FULL = 5
"""Channels whose instruments are shown rule by rule; the others are folded."""


@pages.get("/requests/{identity}/suggestions/{offer}")
def pair(identity: str, offer: str, visit: Visiting) -> Response:
    house = visit.house
    with house.database.reading() as session:
        asked = postings.get(session, "request", identity, asker=visit.asker, today=house.today())
        given = postings.get(session, "offer", offer, asker=visit.asker, today=house.today())
        market = house.desk.market(session)
        used = weightings.in_use(session)
        standing = cases.standing(session, asked, today=house.today())
    how: Mapping[str, Any] = {
        "today": house.today(),
        "asker": visit.asker,
        "standing": standing,
        "weights": used.weights,
    }
    found = consider(asked, given, market, **how)
    ranked = rank(asked, market, limit=SUGGESTED, **how)
    return visit.page(
        "pair.html",
        title=given.title,
        section="requests",
        way=[(section(visit, "request"), "/requests"), (asked.title, f"/requests/{asked.id}")],
        way_lang=asked.language,
        **in_full(visit, found),
        place=_place(visit, asked, ranked, given.id),
        scored_by=scored_by(visit, used),
        review=f"/broker/requests/{asked.id}?offer={given.id}" if visit.asker.role in BROKERS else None,
    )


def in_full(visit: Visit, found: Suggestion) -> Shown:
    """Everything about a pair but where it stands: both texts with their marks, parts, gates, channels."""
    show = visit.show
    request, offer = found.request, found.offer
    listed, _ = marks.met(found)
    sides = {
        side.kind: detailed(
            visit, side, marks.marked(side, *marks.spans(side, listed, visit.house.thesaurus))
        )
        for side in (request, offer)
    }
    return {
        "request": sides["request"],
        "offer": sides["offer"],
        "pair": show.suggestion(found, offer),
        "advice": _advice(visit, found),
        "kept_out": found.kept_out,
        "channels": [show.fit(fit) for fit in found.channels[:IN_FULL]],
        "others": [
            show.fit(fit) | {"alone": _asked_of(fit.channel, request, offer)}
            for fit in found.channels[IN_FULL:]
        ],
        "blended": _blended(visit, found),
    }


def _advice(visit: Visit, found: Suggestion) -> list[str]:
    """What to do so that two texts, of which one cannot be read in Spanish, are compared better."""
    if found.meeting != "unbridged":
        return []
    say, told = visit.words.gettext, []
    sides = (found.request, found.offer)
    for tag in dict.fromkeys(one.language for one in sides if not one.wording.bridged):
        if visit.house.interpreter.translator.version(tag) is not None:
            says = say("The translation from %(language)s is not there yet; look again in a minute.")
        elif tag in MODES:
            says = say(
                "No translator reads %(language)s here: whoever runs this service can install Apertium, "
                "which does, and the texts are compared anew."
            )
        else:
            says = say(
                "Apertium has no translator from %(language)s into Spanish. It is compared better if the "
                "same text is also posted in Spanish, Portuguese, English or French, or if whoever runs "
                "this service sets up a LibreTranslate server that reads it."
            )
        told.append(says % {"language": visit.words.tongue(tag)})
    return told


def _blended(visit: Visit, found: Suggestion) -> str:
    """What the views of the two texts counted."""
    shares = getattr(BLEND, found.meeting)._asdict()
    return visit.words.gettext(labels.BLENDS[found.meeting]) % {
        view: visit.words.number(share, 1) for view, share in shares.items()
    }


def _asked_of(channel: str, request: Posting, offer: Posting) -> str:
    """The question where to ask, for this pair and one channel."""
    asked: list[tuple[str, str]] = [("country", request.country), ("provider", offer.country)]
    asked += [("sector", sector) for sector in about_sectors(request, offer)[:1]]
    asked += [("modality", modality) for modality in request.modalities[:1]]
    asked += [("with", iso3) for iso3 in (request.country, offer.country, *request.co_applicants)]
    if request.budget_usd is not None:
        asked.append(("amount_usd", str(request.budget_usd)))
    return f"/support?{urlencode([*asked, ('channel', channel)])}"


def _place(visit: Visit, request: Posting, ranked: list[Ranked], offer: str) -> Shown | None:
    """Where the pair stands among the best, with the ones before and after it."""
    ids = [one.posting.id for one in ranked]
    if offer not in ids:
        return None
    place = ids.index(offer)
    pairs = [f"/requests/{request.id}/suggestions/{id}" for id in ids]
    return {
        "says": visit.words.gettext("%(rank)s of the best %(many)s")
        % {"rank": visit.words.number(place + 1), "many": visit.words.number(len(ranked))},
        "before": pairs[place - 1] if place else None,
        "after": pairs[place + 1] if place + 1 < len(pairs) else None,
    }
