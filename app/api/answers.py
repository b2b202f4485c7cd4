"""What goes out: JSON, lists with the way to their next page."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import Request, Response


def as_json(value: Any) -> bytes:
    """Values of the trade as JSON; times as RFC 3339 in UTC."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)


def page(
    request: Request, items: Sequence[Any], following: str | None, **more: Any
) -> tuple[bytes, dict[str, str]]:
    """The body of a list, and the header that links to its next page.

    The link is relative: behind a proxy we may not know by which name we were reached.
    """
    content = as_json({"items": items, "next": following, **more})
    if following is None:
        return content, {}
    address = request.url.include_query_params(cursor=following)
    return content, {"Link": f'<{address.path}?{address.query}>; rel="next"'}


def json_answer(content: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer that is JSON already."""
    return Response(content, status_code=status, media_type="application/json", headers=headers)
