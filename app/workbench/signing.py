"""Signing in and out, with a password or with a key; what the pages keep is a session."""

import re
from dataclasses import dataclass

from fastapi import Response

from app import accounts, people
from app.people import Proof
from app.workbench.frame import LONGEST_TOKEN, SESSION, Form, Sent, Visit, Visiting, router, see_other

pages = router()


@pages.get("/sign-in")
def form(visit: Visiting) -> Response:
    return _form(visit, onward=_local(visit.query("next") or "/"))


@pages.post("/sign-in")
def sign_in(visit: Visiting, sent: Sent) -> Response:
    onward = _local(one(sent, "next") or "/")
    return _with_a_key(visit, sent, onward) if "key" in sent else _with_a_password(visit, sent, onward)


def _with_a_key(visit: Visit, sent: Form, onward: str) -> Response:
    secret, now = one(sent, "key"), visit.house.now()
    if not secret or len(secret) > LONGEST_TOKEN:
        fault = visit.words.gettext("Give the key that was made for you.")
        return _form(visit, onward=onward, of_key=fault, status=422)
    with visit.house.database.transaction() as session:
        opened = accounts.sign_in(session, secret, now=now)
    if opened is None:
        fault = visit.words.gettext("This key is unknown, or it was revoked. Ask your administrator for one.")
        return _form(visit, onward=onward, of_key=fault, status=422)
    return seated(visit, opened[0], onward)


def _with_a_password(visit: Visit, sent: Form, onward: str) -> Response:
    email, password = one(sent, "email"), as_written(sent, "password")
    wrong = visit.words.gettext(
        "This e-mail address and this password do not belong together. "
        "If you do not know your password, ask your administrator for a link to set one."
    )
    if not email or not password:
        fault = visit.words.gettext("Give your e-mail address and your password.")
        return _form(visit, onward=onward, email=email, of_password=fault, status=422)
    proof = proof_of(visit, email, password)
    if isinstance(proof, Waiting):
        answer = _form(visit, onward=onward, email=email, of_password=proof.says, status=429)
        answer.headers["Retry-After"] = str(proof.seconds)
        return answer
    token = None
    if proof is not None:
        with visit.house.database.transaction() as session:
            token = people.sign_in(session, proof, now=visit.house.now())
    if token is None:
        return _form(visit, onward=onward, email=email, of_password=wrong, status=422)
    return seated(visit, token, onward)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Too many attempts failed: how long to wait, and what to say."""

    seconds: int
    says: str


def proof_of(visit: Visit, email: str, password: str) -> Proof | Waiting | None:
    """That the visitor knows a password; None where it is wrong. Attempts are counted."""
    house, client = visit.house, visit.request.client
    with house.database.transaction() as session:
        seconds = people.wait(session, email, client=client.host if client else "", now=house.now())
    if seconds:
        says = visit.words.ngettext(
            "Too many attempts failed. Try again in %(num)s minute.",
            "Too many attempts failed. Try again in %(num)s minutes.",
            -(-seconds // 60),
        )
        return Waiting(seconds, says)
    with house.database.reading() as session:
        return people.authenticate(session, email, password)


def seated(visit: Visit, token: str, onward: str) -> Response:
    """Go on with a new session; the one that this browser had before is over."""
    _leave(visit)
    answer = see_other(onward)
    answer.set_cookie(
        SESSION,
        token,
        max_age=int(accounts.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=visit.request.url.scheme == "https",
    )
    return answer


@pages.post("/sign-out")
def sign_out(visit: Visiting, sent: Sent) -> Response:
    return left(visit, "/")


def left(visit: Visit, onward: str) -> Response:
    """Go on without a session."""
    _leave(visit)
    answer = see_other(onward)
    answer.delete_cookie(SESSION)
    return answer


def _leave(visit: Visit) -> None:
    if not visit.token:
        return
    with visit.house.database.transaction() as session:
        accounts.sign_out(session, visit.token)
        people.sign_out(session, visit.token)


def _form(
    visit: Visit,
    *,
    onward: str,
    email: str = "",
    of_password: str | None = None,
    of_key: str | None = None,
    status: int = 200,
) -> Response:
    return visit.page(
        "sign-in.html",
        title=visit.words.gettext("Sign in"),
        onward=onward,
        email=email,
        of_password=of_password,
        of_key=of_key,
        status=status,
    )


def one(sent: Form, name: str) -> str:
    return as_written(sent, name).strip()


def as_written(sent: Form, name: str) -> str:
    """A field with the blanks around it: they are part of a password."""
    return sent.get(name, [""])[0]


def _local(address: str) -> str:
    """An address of this service; anything else leads to the first page.

    Browsers drop tabs and line ends from an address and read “\\” as “/”, so that two slashes can hide.
    """
    return address if re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", address) else "/"
