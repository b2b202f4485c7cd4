"""A POST that creates and carries an Idempotency-Key is done once, however often it is sent."""

import hashlib
import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import idempotency
from app.accounts import Caller
from app.api.house import House
from app.errors import Fault, Invalid

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


async def _key(
    sent: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="The same key and body give the same answer, without doing it again.",
        ),
    ] = None,
) -> str | None:
    if sent is not None and not _KEY.fullmatch(sent):
        fault = Fault("/header/Idempotency-Key", "This must be 1 to 200 visible ASCII characters.")
        raise Invalid([fault])
    return sent


Key = Annotated[str | None, Depends(_key)]


def _digest(what: str, raw: bytes) -> str:
    return hashlib.sha256(what.encode() + b"\0" + raw).hexdigest()


def earlier(house: House, by: Caller, key: str | None, what: str, raw: bytes) -> Response | None:
    """The answer that this key had before, if any.

    Asked for before the body is judged: what was right then may be faulty today, a date for one,
    and still was done.

    Raises:
        Invalid: when the key came with another body.
    """
    if key is None:
        return None
    with house.database.reading() as session:
        return _recalled(session, house, by, key, _digest(what, raw))


def once(
    house: House, by: Caller, key: str | None, what: str, raw: bytes, make: Callable[[Session], Response]
) -> Response:
    """Do it in one transaction, and remember the answer in the same one."""
    if key is None:
        with house.database.transaction() as session:
            return make(session)
    digest = _digest(what, raw)
    try:
        with house.database.transaction() as session:
            return _recalled(session, house, by, key, digest) or _made(session, house, by, key, digest, make)
    except IntegrityError:
        # PostgreSQL lets two of a kind begin together; the second is undone and gets the first one's answer.
        with house.database.reading() as session:
            if answer := _recalled(session, house, by, key, digest):
                return answer
        raise


def _made(
    session: Session, house: House, by: Caller, key: str, digest: str, make: Callable[[Session], Response]
) -> Response:
    answer = make(session)
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    body = bytes(answer.body)
    idempotency.remember(
        session, by, key, digest, status=answer.status_code, headers=kept, body=body, now=house.now()
    )
    return answer


def _recalled(session: Session, house: House, by: Caller, key: str, digest: str) -> Response | None:
    before = idempotency.recall(session, by, key, digest, now=house.now())
    if before is None:
        return None
    headers = {**before.headers, "Idempotent-Replayed": "true"}
    return Response(before.body, status_code=before.status, headers=headers)
