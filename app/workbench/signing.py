"""Signing in and out. Whoever has a key signs in with it; what the pages keep is a session, not the key."""

import re

from fastapi import Response

from app import accounts
from app.workbench.frame import LONGEST_TOKEN, SESSION, Form, Sent, Visit, Visiting, router, see_other

pages = router()


@pages.get("/sign-in")
def form(visit: Visiting) -> Response:
    return _form(visit, onward=_local(visit.query("next") or "/"))


@pages.post("/sign-in")
def sign_in(visit: Visiting, sent: Sent) -> Response:
    onward, secret = _local(_one(sent, "next") or "/"), _one(sent, "key")
    if not secret or len(secret) > LONGEST_TOKEN:
        fault = visit.words.gettext("Give the key that was made for you.")
        return _form(visit, onward=onward, fault=fault, status=422)
    with visit.house.database.transaction() as session:
        opened = accounts.sign_in(session, secret, now=visit.house.now())
    if opened is None:
        fault = visit.words.gettext("This key is unknown, or it was revoked. Ask your administrator for one.")
        return _form(visit, onward=onward, fault=fault, status=422)
    answer = see_other(onward)
    answer.set_cookie(
        SESSION,
        opened[0],
        max_age=int(accounts.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=visit.request.url.scheme == "https",
    )
    return answer


@pages.post("/sign-out")
def sign_out(visit: Visiting, sent: Sent) -> Response:
    token = visit.request.cookies.get(SESSION, "")[:LONGEST_TOKEN]
    with visit.house.database.transaction() as session:
        accounts.sign_out(session, token)
    answer = see_other("/")
    answer.delete_cookie(SESSION)
    return answer


def _form(visit: Visit, *, onward: str, fault: str | None = None, status: int = 200) -> Response:
    return visit.page(
        "sign-in.html", title=visit.words.gettext("Sign in"), onward=onward, fault=fault, status=status
    )


def _one(sent: Form, name: str) -> str:
    return sent.get(name, [""])[0].strip()


def _local(address: str) -> str:
    """An address of this service; anything else leads to the first page.

    Browsers drop tabs and line ends from an address and read “\\” as “/”, so that two slashes can hide.
    """
    return address if re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", address) else "/"
