"""How much one caller may send and ask: the size of a body, the number of requests in a while."""

import math
import time
from hashlib import sha256

import limits
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem, refused
from app.errors import TooLarge, Unusable

LARGEST_BODY = 1024 * 1024
"""Bytes of a request body that are taken."""
UNLIMITED = ("/healthz", "/readyz")
"""Addresses that a supervisor asks often, and that must answer when everybody is asking."""


class Meter:
    """Counts requests by key, or by address for who has none, in fixed windows of time.

    Each worker process counts for itself, so that nothing is written for being read. A key counts
    as one only after it was recognised: else inventing keys would be a way around the limit.
    """

    def __init__(self, rate: str) -> None:
        self._recognised: set[bytes] = set()
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rate = None if rate.strip().lower() == "off" else _parsed(rate)

    def recognise(self, secret: str) -> None:
        """Count this key by itself from now on."""
        self._recognised.add(_digest(secret.encode()))

    def forget(self, secret: str) -> None:
        """Count this key with its address: it is unknown, or was revoked."""
        self._recognised.discard(_digest(secret.encode()))

    async def wait(self, scope: Scope) -> int:
        """Count a request; 0 when it may pass, else the whole seconds until one may."""
        if self._rate is None or scope["path"] in UNLIMITED:
            return 0
        who = self._who(scope)
        if await self._limiter.hit(self._rate, who):
            return 0
        reset = (await self._limiter.get_window_stats(self._rate, who)).reset_time
        return max(1, math.ceil(reset - time.time()))

    def _who(self, scope: Scope) -> str:
        sent = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, secret = sent.partition(b" ")
        if scheme.lower() == b"bearer" and (digest := _digest(secret.strip())) in self._recognised:
            return f"key:{digest.hex()}"
        return f"address:{(scope.get('client') or ('unknown',))[0]}"


def _parsed(rate: str) -> limits.RateLimitItem:
    try:
        parsed = limits.parse(rate)
    except ValueError:
        parsed = None
    if parsed is None or parsed.amount < 1:
        raise Unusable(f"PUENTE_RATE_LIMIT={rate!r} is not such as 600/minute, nor off")
    return parsed


def _digest(secret: bytes) -> bytes:
    return sha256(secret).digest()


class RateLimit:
    """Middleware: 429 with Retry-After for who asks too often."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self.app, self.meter = app, meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (seconds := await self.meter.wait(scope)):
            return await self.app(scope, receive, send)
        detail = f"You asked too often; ask again in {seconds} seconds."
        answer = problem(scope, "too-many", detail, headers={"Retry-After": str(seconds)})
        return await answer(scope, receive, send)


class BodyLimit:
    """Middleware: 413 for a body that says it is too large, or turns out to be while it is read."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY) -> None:
        self.app, self.largest = app, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if said.isdigit() and (len(said) > 15 or int(said) > self.largest):
            # The connection is closed, for else the server would read what it has just refused.
            answer = refused(scope, self._refusal())
            answer.headers["Connection"] = "close"
            return await answer(scope, receive, send)
        taken = 0

        async def counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.largest:
                raise self._refusal()
            return message

        return await self.app(scope, counting, send)

    def _refusal(self) -> TooLarge:
        return TooLarge(f"A body of at most {self.largest:,} bytes is taken.", largest=self.largest)
