"""A posting that is being written: what is wrong with it, what is understood of it, was it sent before?"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from app import intake
from app.api.answers import as_json, json_answer
from app.api.auth import Asking
from app.api.bodies import Raw
from app.api.contract import answers, takes
from app.api.house import Entered, House
from app.api.languages import Spoken
from app.api.postings import BODIES, RemarkOut
from app.api.problems import FaultOut
from app.errors import Fault, Invalid
from app.intake import LANGUAGES, OfferIn, RequestIn, an_object, within, wrapped
from app.interpreter import with_translation
from app.language.detect import detect, passages
from app.matching.duplicates import near_duplicates
from app.matching.posting import Asker, Kind, Posting
from app.matching.remarks import remarks
from app.matching.tags import Tag

router = APIRouter(prefix="/v1/postings", tags=["offers", "requests"])

SKETCH = "(sketch)"
"""Id of a posting that is being written; no stored one can have it."""


class CheckIn(BaseModel):
    """Either an offer or a request."""

    model_config = ConfigDict(extra="forbid")
    offer: OfferIn | None = None
    request: RequestIn | None = None


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TagOut(_Out):
    """A sector or a modality that the text seems to speak of, and the words that say so."""

    slug: str
    probability: float
    because: list[str]


class NearDuplicateOut(_Out):
    """An open posting of the same side and country that says much the same."""

    id: str
    title: str
    language: str
    likeness: float


class Check(_Out):
    """What would be wrong with a posting, and what was understood of it."""

    kind: Kind
    problems: list[FaultOut]
    detected_language: str | None = Field(description="Of the title and the description; null without any.")
    language_confidence: float | None
    remarks: list[RemarkOut]
    suggested_sectors: list[TagOut]
    suggested_modalities: list[TagOut]
    near_duplicates: list[NearDuplicateOut]


@router.post(
    "/check",
    summary="Look at a posting without storing it",
    response_class=Response,
    responses=answers(
        Check,
        {
            "kind": "request",
            "problems": [{"pointer": "/request/country", "detail": "This field is required."}],
            "detected_language": "en",
            "language_confidence": 0.98,
            "remarks": [{"code": "markup", "says": "HTML is kept as it was written …"}],
            "suggested_sectors": [
                {"slug": "childhood-youth", "probability": 0.93, "because": ["young men", "violence"]}
            ],
            "suggested_modalities": [{"slug": "study-visit", "probability": 0.71, "because": ["visit"]}],
            "near_duplicates": [
                {"id": "jam-boys", "title": "Keeping boys at school", "language": "en", "likeness": 0.61}
            ],
        },
        tagged=False,
    ),
    openapi_extra=takes(
        CheckIn, {"request": {name: BODIES["request"][name] for name in ("title", "description", "sectors")}}
    ),
)
def check(house: Entered, asking: Asking, spoken: Spoken, raw: Raw) -> Response:
    """Every fault with its place in the body that was sent, the language that the text seems to be in, the
    sectors and modalities that it seems to speak of, and what was posted before that says much the same."""
    kind, document = wrapped(an_object(raw))
    found = looked_at(kind, document, house, asking, spoken)
    return json_answer(as_json(found | {"problems": within(f"/{kind}", found["problems"])}))


def looked_at(
    kind: Kind,
    document: Mapping[str, Any],
    house: House,
    asking: Asker,
    spoken: str,
    *,
    id: str = SKETCH,
    kept: Collection[str] = (),
) -> dict[str, Any]:
    """What `Check` tells, with the places of faults in the posting itself.

    A posting that is stored is looked at under its id, for it is no duplicate of itself; the dates named
    in `kept` were taken before and may have passed since.
    """
    said = {name: text.strip() for name in ("title", "description") if (text := _text(document.get(name)))}
    guess = detect("\n".join(said.values())) if any(said.values()) else None
    found: dict[str, Any] = {
        "kind": kind,
        "problems": _problems(kind, document, house, kept),
        "detected_language": guess.language if guess else None,
        "language_confidence": round(guess.confidence, 4) if guess else None,
    }
    sketch = _sketch(kind, document, said, guess.language if guess else "en", house, id)
    return found | _understood(sketch, house, asking, spoken)


def _problems(kind: Kind, document: Mapping[str, Any], house: House, kept: Collection[str]) -> list[Fault]:
    try:
        intake.read(kind, document, house.catalogue, id="", today=house.today(), kept=kept)
    except Invalid as invalid:
        return invalid.faults
    return []


def _text(value: object) -> str | None:
    return value[: intake.LONGEST_DESCRIPTION] if isinstance(value, str) else None


def _sketch(
    kind: Kind, document: Mapping[str, Any], said: Mapping[str, str], guess: str, house: House, id: str
) -> Posting:
    """As much of a posting as can be made of a body that may still have faults."""
    declared, keywords = intake.language_of(_text(document.get("language"))), document.get("keywords")
    country = house.catalogue.country(code) if (code := _text(document.get("country"))) else None
    sketch = Posting(
        id=id,
        kind=kind,
        title=said.get("title", ""),
        description=said.get("description", ""),
        language=declared if declared in LANGUAGES else guess,
        country=country.iso3 if country else "",
        keywords=tuple(filter(None, map(_text, keywords))) if isinstance(keywords, list) else (),
    )
    sketch = replace(sketch, elsewhere=passages(sketch.text, sketch.language))
    return with_translation(sketch, house.interpreter.translator)


def _understood(sketch: Posting, house: House, asking: Asker, spoken: str) -> dict[str, Any]:
    """What is made of the text; nothing of one that has no word yet."""
    blank = not (sketch.title or sketch.description)
    with house.database.reading() as session:
        market = house.desk.market(session)
    tagger = market.tagger
    noticed = () if blank else remarks(sketch, bridged=sketch.wording.bridged)
    near = (
        near_duplicates(sketch, market, asker=asking, today=house.today())
        if sketch.country and not blank
        else ()
    )
    return {
        "remarks": [{"code": one.code, "says": one.says.in_(spoken)} for one in noticed],
        "suggested_sectors": _tags(tagger.sectors(sketch.wording)),
        "suggested_modalities": _tags(tagger.modalities(sketch.wording)),
        "near_duplicates": [
            {
                "id": one.posting.id,
                "title": one.posting.title,
                "language": one.posting.language,
                "likeness": one.likeness,
            }
            for one in near
        ],
    }


def _tags(tags: tuple[Tag, ...]) -> list[dict[str, Any]]:
    return [{"slug": tag.slug, "probability": tag.probability, "because": tag.because} for tag in tags]
