"""Conditional requests (RFC 9110, 13): ETag, If-None-Match for reading, If-Match for changing."""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from fastapi import Depends, Header, Response

from app.errors import Stale, VersionRequired

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


class Versioned(Protocol):
    """A thing that is changed version by version."""

    @property
    def kind(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def status(self) -> str: ...


def tag_of(one: Versioned) -> str:
    """The ETag of a posting or a correction: its version.

    An expired posting reads otherwise without having been changed, so its tag says that too.
    """
    return f'"{one.version}-expired"' if one.status == "expired" else f'"{one.version}"'


def tag_of_content(content: bytes) -> str:
    """The ETag of an answer that is known by its bytes alone."""
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


Seen = Annotated[str | None, Header(alias="If-None-Match", description="An ETag that you have already.")]
"""What the reader has already, for a route that answers with an ETag."""


def answered(content: bytes, *, tag: str, seen: str | None, headers: Mapping[str, str]) -> Response:
    """An answer with its ETag, or 304 when the reader has it (weak comparison, as RFC 9110 wants here)."""
    headers = {**headers, "ETag": tag}
    if seen and (seen.strip() == "*" or tag.strip('"') in {found[1] for found in _TAG.findall(seen)}):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


class Versions:
    """The versions that a change was made on, as If-Match names them; None stands for any."""

    def __init__(self, sent: str | None) -> None:
        self._sent = sent
        self._any = sent is not None and sent.strip() == "*"
        # A weak tag matches nothing here: it does not say that the bytes are the same.
        self._tags = {f'"{tag}"' for weak, tag in _TAG.findall(sent or "") if not weak}

    def matched(self, current: Versioned, **facts: Any) -> int:
        """The version to change. `facts` are told to who comes too late.

        Raises:
            VersionRequired: when the caller named none.
            Stale: when it has another version by now; `etag` tells which.
        """
        if self._sent is None:
            raise VersionRequired("A change needs the header If-Match, with the ETag that was read.")
        # A posting that expired since it was read was not changed by anybody.
        if self._any or self._tags & {tag_of(current), f'"{current.version}"'}:
            return current.version
        detail = f"The {current.kind} was changed since it was read; its ETag is {tag_of(current)} now."
        raise Stale(detail, etag=tag_of(current), **facts)


async def _versions(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="The ETag that you read; 428 without, 412 when it was changed."),
    ] = None,
) -> Versions:
    return Versions(if_match)


IfMatch = Annotated[Versions, Depends(_versions)]
"""The version that the caller means to change."""
