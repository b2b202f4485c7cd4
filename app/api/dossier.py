"""The dossier of a case over HTTP: as HTML or as a Word document, whichever the caller takes."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from app.accounts import Caller
from app.api.auth import By
from app.api.bodies import Query as Parameters
from app.api.cases import Id
from app.api.house import Entered, House
from app.api.languages import Spoken
from app.brokering.dossier import Dossier
from app.documents import docx, html
from app.documents.dossiers import drawn_up
from app.errors import NotAcceptable

STYLE = "/documents/dossier.css"
"""Where the look of a dossier is, for a page of the API and for one of the workbench."""

MEDIA_TYPES = {"html": "text/html", "docx": docx.MEDIA_TYPE}
"""By format, the one that is given to whoever has no wish first."""

_EXAMPLE = '<!doctype html>\n<html lang="en">…<h1>Dossier: Jamaica asks, Brazil offers</h1>…</html>'

router = APIRouter()


class DossierQuery(Parameters):
    """A format that is asked for in the address, for a link: it goes before the header Accept."""

    format: Annotated[Literal["html", "docx"] | None, Field(description="Instead of the header Accept.")] = (
        None
    )


def _bodies() -> dict[int | str, dict[str, Any]]:
    text: dict[str, Any] = {"schema": {"type": "string"}, "example": _EXAMPLE}
    file: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}, "example": "PK…"}
    content = {MEDIA_TYPES["html"]: text, MEDIA_TYPES["docx"]: file}
    return {200: {"description": "The dossier in the language of Accept-Language.", "content": content}}


@router.get(
    "/v1/cases/{id}/dossier",
    tags=["brokering"],
    summary="The dossier of a case, as HTML or as a Word document",
    response_class=Response,
    responses=_bodies(),
)
def one(
    request: Request,
    id: Id,
    house: Entered,
    by: By,
    spoken: Spoken,
    query: Annotated[DossierQuery, Query()],
) -> Response:
    """Who, what, why, which channel and fund, the checklist of the channel's cycle, draft terms of an
    understanding. For whoever may see the case; in it no more than they may see."""
    wish = MEDIA_TYPES[query.format] if query.format else request.headers.get("Accept", "*/*")[:1000]
    taken = accepted(wish, tuple(MEDIA_TYPES.values()))
    if taken is None:
        kinds = " and ".join(MEDIA_TYPES.values())
        raise NotAcceptable(f"A dossier is to be had as {kinds}.", offered=list(MEDIA_TYPES.values()))
    found = dossier_for(house, id, by, spoken)
    if taken == docx.MEDIA_TYPE:
        return as_docx(found, vary="Authorization, Accept, Accept-Language")
    answer = Response(html.page(found, STYLE), media_type=MEDIA_TYPES["html"])
    return _private(answer, found, "inline", "html", vary="Authorization, Accept, Accept-Language")


@router.get(STYLE, include_in_schema=False)
async def style() -> Response:
    return Response(html.STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})


def dossier_for(house: House, id: str, by: Caller, language: str) -> Dossier:
    """The dossier of a case as somebody may see it.

    Raises:
        NotFound: also if they may not know of the case.
    """
    with house.database.reading() as session:
        return drawn_up(
            session,
            id,
            by=by,
            language=language,
            catalogue=house.catalogue,
            paces=house.settings.paces,
            now=house.now(),
        )


def as_docx(found: Dossier, *, vary: str) -> Response:
    """A dossier as a file to keep."""
    answer = Response(docx.document(found), media_type=docx.MEDIA_TYPE)
    return _private(answer, found, "attachment", "docx", vary=vary)


def _private(answer: Response, found: Dossier, how: str, suffix: str, *, vary: str) -> Response:
    answer.headers["Content-Disposition"] = f'{how}; filename="{found.file_name}.{suffix}"'
    answer.headers["Content-Language"] = found.language
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = vary
    return answer


def accepted(accept: str, offered: Sequence[str]) -> str | None:
    """The best of what is offered for an Accept header (RFC 9110, 12.5.1); None when nothing is wanted.

    What is named most closely says how much each is wanted; among equal wishes the first offered wins.
    """
    wishes: dict[str, float] = {}
    for wish in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in wish.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        try:
            wishes[kind] = min(max(float(quality), 0.0), 1.0)
        except ValueError:
            wishes[kind] = 0.0
    if not any(wishes):
        return offered[0]  # an empty header wishes for nothing in particular
    worth = {}
    for kind in offered:
        names = (kind, f"{kind.partition('/')[0]}/*", "*/*")
        worth[kind] = next((wishes[name] for name in names if name in wishes), 0.0)
    best = max(offered, key=lambda kind: worth[kind])
    return best if worth[best] > 0 else None
