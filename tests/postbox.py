"""A real SMTP server on the loopback, and what was given to it."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).parent / "mail" / "localhost.pem"
"""Of 127.0.0.1 and localhost, signed by itself, with its key; it is good for tests only."""


@dataclass(frozen=True)
class Received:
    """One mail as it came in, and how."""

    sender: str
    to: str
    message: EmailMessage
    encrypted: bool
    user: str | None

    def part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        assert body is not None
        text: str = body.get_content()
        return text


@dataclass
class Postbox:
    """Takes every mail, unless told otherwise: `refuses` are the answers to an address, `before` is done
    before a mail is taken and may answer otherwise. One that `hangs` says nothing for as long, before or
    after it has taken a mail, and sets `hanging`. `tried` are the passwords that it was sent."""

    port: int
    login: tuple[str, str] | None = None
    received: list[Received] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    before: Callable[[Received], str | None] = lambda _: None
    hangs: Literal["before", "after"] | None = None
    hanging: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_MAIL(  # noqa: N802  # the name that the server calls
        self, _server: Any, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.mail_from, envelope.mail_options = address, options
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  # the name that the server calls
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # the name that the server calls
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        (to,) = envelope.rcpt_tos
        raw = envelope.content
        assert isinstance(raw, bytes)
        taken = Received(
            envelope.mail_from or "",
            to,
            message_from_bytes(raw, policy=policy.default),
            server.transport.get_extra_info("sslcontext") is not None,
            session.auth_data.decode() if session.auth_data else None,
        )
        if answer := self.before(taken):
            return answer
        await self._hang("before")
        self.received.append(taken)
        await self._hang("after")
        return "250 OK"

    async def _hang(self, when: str) -> None:
        """Who hangs up meanwhile ends this, and what comes after it."""
        while self.hangs == when:
            self.hanging.set()
            await asyncio.sleep(0.01)

    def authenticate(
        self, _server: Any, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.tried.append(data.password.decode())
        known = (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=known, handled=False, auth_data=data.login)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def running(postbox: Postbox, *, tls: bool = False, starttls: bool = False) -> Iterator[Postbox]:
    """Serve for the time of a block, encrypted from the beginning or when asked to be."""
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secure.load_cert_chain(CERTIFICATE)
    controller = Controller(
        postbox,
        hostname="127.0.0.1",
        port=postbox.port,
        ssl_context=secure if tls else None,
        tls_context=secure if starttls else None,
        # What a server may ask in the clear is for our side to refuse.
        auth_require_tls=False,
        authenticator=postbox.authenticate,
    )
    controller.start()
    try:
        yield postbox
    finally:
        postbox.hangs = None
        controller.stop()


@contextmanager
def a_postbox(**named: Any) -> Iterator[Postbox]:
    """A postbox on a free port, for the time of a block."""
    with running(Postbox(free_port(), **named)) as postbox:
        yield postbox
