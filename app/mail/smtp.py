"""Gives mail to a server, by SMTP. What goes wrong is told apart by what can be done next: wait for the
server, try this mail again later, or leave this address alone."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit

from app.errors import Unusable

SECONDS = 30.0
"""What one step of an exchange may take. An exchange has some ten, and a lease is longer than all."""

SUBMISSION, SUBMISSION_TLS = 587, 465

LONGEST_REASON = 300


class Unreachable(Exception):
    """The server takes no mail from us now, whatever the mail; the rest can wait."""


class Refused(Exception):
    """The server does not take this mail. `for_good` if it never will."""

    def __init__(self, why: str, *, for_good: bool) -> None:
        super().__init__(why)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is given to. With `tls` the connection begins encrypted; otherwise STARTTLS makes it so."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)


def server_of(url: str) -> Server | None:
    """The server that PUENTE_SMTP_URL names, None if it names none.

    Raises:
        Unusable: for what cannot be read. It is not repeated, for it may hold a password.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unusable("PUENTE_SMTP_URL is a URL that cannot be read") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Unusable("PUENTE_SMTP_URL is not a URL such as smtp://USER:PASSWORD@HOST:587 or smtps://HOST")
    if parts.path.strip("/") or parts.query or parts.fragment:
        # Most likely a “/”, “?” or “#” of the password that was not written as %2F, %3F or %23.
        raise Unusable("PUENTE_SMTP_URL has a path or query; / ? # of a password are written %2F %3F %23")
    tls = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise Unusable("PUENTE_SMTP_URL has a name without a password, or a password without a name")
    if not (user + password).isascii():
        raise Unusable("PUENTE_SMTP_URL has a name or password beyond ASCII, which SMTP cannot say")
    return Server(parts.hostname, port or (SUBMISSION_TLS if tls else SUBMISSION), tls, user, password)


class Carrier:
    """Carries mail to one server, over one connection for as long as it holds. Use it in a `with` block."""

    def __init__(self, server: Server, greeting: str, seconds: float = SECONDS) -> None:
        """Nothing is opened yet. `greeting` is the host that we call ourselves."""
        self._server, self._greeting, self._seconds = server, _literal(greeting), seconds
        self._open: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._open.quit()
            self._open.close()
            self._open = None

    def carry(self, message: EmailMessage, *, sender: str, to: str) -> None:
        """Give one mail to the server.

        Raises:
            Unreachable: when no mail can be given to it.
            Refused: when this one is not taken; also when the connection breaks over it, so that a mail that
                breaks it every time holds up no other.
        """
        connection = self._connected()
        try:
            connection.send_message(message, from_addr=sender, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as refused:
            answer = refused.recipients[to]
            raise Refused(_said(*answer), for_good=_no_such_address(*answer)) from None
        except smtplib.SMTPSenderRefused as refused:
            why = _said(refused.smtp_code, refused.smtp_error)
            raise Unreachable(f"the server does not take mail from PUENTE_MAIL_FROM: {why}") from None
        except smtplib.SMTPDataError as refused:
            # Also a 5xx is tried again: what a server says of a text is more often about us than about it.
            raise Refused(_said(refused.smtp_code, refused.smtp_error), for_good=False) from None
        except smtplib.SMTPNotSupportedError:
            raise Refused("the server does not take addresses with such letters", for_good=True) from None
        except (smtplib.SMTPException, OSError) as broken:
            self._give_up_connection()
            raise Refused(f"the connection broke: {_named(broken)}", for_good=False) from None

    def _connected(self) -> smtplib.SMTP:
        """The connection, opened anew if there is none or the server has closed it."""
        if self._open is not None:
            try:
                if self._open.noop()[0] == 250:
                    return self._open
            except (smtplib.SMTPException, OSError):
                pass
            self._give_up_connection()
        try:
            self._open = self._connect()
        except smtplib.SMTPAuthenticationError as refused:
            # Its words are left out here: some servers repeat what they were sent.
            raise Unreachable(f"the server refused name or password ({refused.smtp_code})") from None
        except ssl.SSLCertVerificationError as wrong:
            raise Unreachable(f"the server's certificate is not trusted: {wrong.verify_message}") from None
        except (smtplib.SMTPException, OSError) as wrong:
            raise Unreachable(f"the server is out of reach: {_named(wrong)}") from None
        return self._open

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.tls:
            opened: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host,
                server.port,
                local_hostname=self._greeting,
                timeout=self._seconds,
                context=ssl.create_default_context(),
            )
        else:
            opened = smtplib.SMTP(
                server.host, server.port, local_hostname=self._greeting, timeout=self._seconds
            )
        try:
            opened.ehlo_or_helo_if_needed()
            if not server.tls:
                self._encrypt(opened)
            if server.user:
                opened.login(server.user, server.password)
        except BaseException:
            opened.close()
            raise
        return opened

    def _encrypt(self, opened: smtplib.SMTP) -> None:
        """STARTTLS where it is offered. A password is sent to nobody but the server that has a certificate
        for its name; without one, encryption that proves nothing is still better than none (RFC 7435)."""
        if not opened.has_extn("starttls"):
            if self._server.user:
                raise Unreachable("the server offers no STARTTLS, and a password is not sent in the clear")
            return
        context = ssl.create_default_context()
        if not self._server.user:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        opened.starttls(context=context)

    def _give_up_connection(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _literal(host: str) -> str:
    """A host as a greeting says it: an address stands in brackets (RFC 5321, 4.1.3)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"


def _no_such_address(code: int, said: bytes | str) -> bool:
    """Whether a refusal is about the address. One by policy (5.7, RFC 3463) is about us: a server that
    does not know us yet, or that wants a password, refuses every address."""
    return code >= 500 and not _text(said).lstrip().startswith("5.7")


def _said(code: int, said: bytes | str) -> str:
    return f"{code} {' '.join(_text(said).split())}"[:LONGEST_REASON]


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _named(wrong: Exception) -> str:
    if isinstance(wrong, TimeoutError):
        return "it did not answer in time"
    if isinstance(wrong, smtplib.SMTPResponseException):
        return _said(wrong.smtp_code, wrong.smtp_error)
    if isinstance(wrong, OSError) and wrong.strerror:
        return wrong.strerror
    return " ".join(str(wrong).split())[:LONGEST_REASON] or type(wrong).__name__
