"""One's own account: how one is called, in which language one reads, how one hears of things, the password.

A new account, or one whose password was lost, comes in by a link that an administrator made.
"""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import Response

from app import people
from app.accounts import LONGEST_NAME, Caller, Role
from app.errors import Forbidden, Invalid, NotFound
from app.people import LONGEST_PASSWORD, SHORTEST_PASSWORD, WEAK, Mail, Person
from app.workbench import faults
from app.workbench.frame import COOKIE, Form, Sent, Visit, Visiting, router, see_other
from app.workbench.shown import Shown
from app.workbench.signing import Waiting, as_written, left, one, proof_of, seated
from app.workbench.words import LANGUAGES, N_, SPOKEN

pages = router()

SECTION = "account"

ROLES: Mapping[Role, str] = {
    "administrator": N_("administrator"),
    "broker": N_("broker"),
    "agency": N_("cooperation agency"),
    "partner": N_("partner"),
}

MAILS: Mapping[Mail, str] = {
    "each": N_("One mail for each event, at once"),
    "daily": N_("One mail a day with everything in it"),
    "off": N_("No mail; I look at the pages"),
}

DONE: Mapping[str, str] = {
    "saved": N_("It is saved."),
    "password": N_("Your new password is set. Wherever else you were signed in, you are not any more."),
    "welcome": N_("Your password is set and you are signed in. Say below how you want to hear of news."),
}

Beside = Mapping[str, Shown]
"""What is at fault with an input, by the name of the input."""


@pages.get("/account")
def account(visit: Visiting) -> Response:
    by = visit.by
    if visit.person is None:
        title = visit.words.gettext("Account")
        return visit.page("key.html", title=title, section=SECTION, speaks=_speaks(visit, by))
    return _account(visit, visit.person, {})


@pages.post("/account")
def change(visit: Visiting, sent: Sent) -> Response:
    """Keep what was changed; the pages follow the language of the person from then on."""
    person = _own(visit)
    told = {name: one(sent, name) for name in ("name", "language", "mail")}
    try:
        with visit.house.database.transaction() as session:
            people.change(session, person.id, **told)
    except Invalid as wrong:
        beside = {fault.pointer[1:]: faults.in_words(visit.words, fault.detail) for fault in wrong.faults}
        return _account(visit, person, beside, told=told)
    answer = see_other("/account?done=saved")
    answer.delete_cookie(COOKIE)
    return answer


@pages.post("/account/password")
def change_password(visit: Visiting, sent: Sent) -> Response:
    """A new password for whoever knows the present one."""
    person = _own(visit)
    if wrong := _password_faults(visit, sent, person):
        return _account(visit, person, wrong)
    proof = proof_of(visit, person.email, as_written(sent, "current"))
    if isinstance(proof, Waiting):
        answer = _account(visit, person, {"current": _said(visit, proof.says)}, status=429)
        answer.headers["Retry-After"] = str(proof.seconds)
        return answer
    if proof is None:
        says = visit.words.gettext("This is not your present password.")
        return _account(visit, person, {"current": _said(visit, says)})
    password = people.hashed(as_written(sent, "password"), of=person)
    with visit.house.database.transaction() as session:
        people.set_password(session, person.id, password)
        token = people.open_session(session, person.id, now=visit.house.now())
    return seated(visit, token, "/account?done=password")


@pages.post("/account/sign-out")
def sign_out_everywhere(visit: Visiting, sent: Sent) -> Response:
    with visit.house.database.transaction() as session:
        people.sign_out_everywhere(session, _own(visit).id)
    return left(visit, "/sign-in")


@pages.get("/welcome/{token}")
def welcome(token: str, visit: Visiting) -> Response:
    with visit.house.database.reading() as session:
        person = people.invited(session, token, now=visit.house.now())
    return _welcome(visit, person, {})


@pages.post("/welcome/{token}")
def set_password(token: str, visit: Visiting, sent: Sent) -> Response:
    """The password that the link is for; whoever has the link is the person."""
    house = visit.house
    with house.database.reading() as session:
        person = people.invited(session, token, now=house.now())
    if person is None:
        return _welcome(visit, None, {})
    if wrong := _password_faults(visit, sent, person):
        return _welcome(visit, person, wrong)
    password = people.hashed(as_written(sent, "password"), of=person)
    try:
        with house.database.transaction() as session:
            people.redeem(session, token, password, now=house.now())
            opened = people.open_session(session, person.id, now=house.now())
    except NotFound:
        return _welcome(visit, None, {})
    return seated(visit, opened, "/account?done=welcome")


def _own(visit: Visit) -> Person:
    """The visitor's own account.

    Raises:
        Unidentified: when nobody signed in.
        Forbidden: for somebody with a key, who has none.
    """
    by = visit.by
    if visit.person is None:
        raise Forbidden(f"{by.name} signed in with a key, which has no account.")
    return visit.person


def _password_faults(visit: Visit, sent: Form, person: Person) -> Beside:
    password, again = as_written(sent, "password"), as_written(sent, "again")
    if weak := people.weakness(password, of=person):
        return {"password": faults.in_words(visit.words, WEAK[weak])}
    if password != again:
        return {"again": _said(visit, visit.words.gettext("This is not what you wrote above."))}
    return {}


def _said(visit: Visit, says: str) -> Shown:
    return {"says": says, "lang": visit.words.language}


def _speaks(visit: Visit, by: Caller) -> Shown:
    """Who somebody is to the others: a role, and for whom."""
    channels = visit.house.catalogue.channels
    whom = visit.show.country(by.country) if by.country else None
    if by.channel and by.channel in channels:
        whom = visit.show.channel(by.channel)
    return {"name": by.name, "role": visit.words.gettext(ROLES[by.role]), "whom": whom}


def _account(
    visit: Visit,
    person: Person,
    beside: Beside,
    *,
    told: Mapping[str, str] | None = None,
    status: int = 422,
) -> Response:
    """The account with its forms; one that was refused comes back with what was written, but no password."""
    say, done = visit.words.gettext, DONE.get(visit.query("done") or "")
    kept = told or {"name": person.name, "language": person.language, "mail": person.mail}
    return visit.page(
        "account.html",
        title=say("Account"),
        section=SECTION,
        email=person.email,
        speaks=_speaks(visit, person.caller),
        kept=kept,
        longest_name=LONGEST_NAME,
        languages=[(tag, SPOKEN[tag].tongue(tag).capitalize()) for tag in LANGUAGES],
        mails=[(mail, say(word)) for mail, word in MAILS.items()],
        done=say(done) if done and not beside else None,
        beside=beside,
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
        status=status if beside else 200,
    )


def _welcome(visit: Visit, person: Person | None, beside: Beside) -> Response:
    """The form for a first password, in the language of whom it is for."""
    visit = replace(visit, reader=person)
    say = visit.words.gettext
    if person is None:
        return visit.page(
            "error.html",
            title=say("This link is good for nothing any more"),
            tells=say("It was used, it is older than 72 hours, or a newer one was made. Ask for another."),
            faults=[],
            reference=None,
            status=404,
        )
    return visit.page(
        "welcome.html",
        title=say("Choose a password"),
        name=person.name,
        email=person.email,
        beside=beside,
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
        status=422 if beside else 200,
    )
