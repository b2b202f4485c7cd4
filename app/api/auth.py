"""Who is asking: the key in the Authorization header, and who it was made for."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app import accounts
from app.accounts import Caller
from app.api.house import Entered, House
from app.errors import Unidentified
from app.matching.posting import ANYONE, Asker

_LONGEST_SECRET = 200

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A key made by `puente keys create`. The catalogue and public postings need none.",
)


async def recognised(
    request: Request,
    house: Entered,
    sent: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Caller | None:
    """Who asks, None without a key.

    A key that is unknown is refused everywhere, also where none is needed: whoever sends one means
    to be known, and would take the public part for the whole.
    """
    if "authorization" not in request.headers:
        return None
    caller = None
    if sent is not None and len(sent.credentials) <= _LONGEST_SECRET:
        caller = await run_in_threadpool(_identified, house, sent.credentials)
    if sent is None or caller is None:
        raise Unidentified("The key is unknown, was revoked, or is not a Bearer key.", error="invalid_token")
    return caller


def _identified(house: House, secret: str) -> Caller | None:
    with house.database.reading() as session:
        caller = accounts.identify(session, secret)
    (house.meter.recognise if caller else house.meter.forget)(secret)
    return caller


async def _caller(caller: Annotated[Caller | None, Depends(recognised)]) -> Caller:
    if caller is None:
        raise Unidentified("This needs a key.")
    return caller


async def _asker(caller: Annotated[Caller | None, Depends(recognised)]) -> Asker:
    return caller.asker if caller else ANYONE


By = Annotated[Caller, Depends(_caller)]
"""Who asks, for a route that only a known caller may use."""
Asking = Annotated[Asker, Depends(_asker)]
"""What the caller may see, for a route that anybody may use."""
