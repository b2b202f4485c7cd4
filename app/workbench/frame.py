"""What every page has: a visitor with a language, a template around its values, an answer when it fails."""

import hashlib
import logging
import mimetypes
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app import accounts, cases, people
from app.accounts import Caller
from app.api.house import House, house_in
from app.api.languages import preferred
from app.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Stale, Unidentified
from app.matching.posting import ANYONE, Asker
from app.matching.score import VERSION
from app.people import Person
from app.workbench.shown import Shower
from app.workbench.words import LANGUAGES, SPOKEN, Words

HERE = Path(__file__).parent
COOKIE = "lang"
SESSION = "session"
LONGEST_TOKEN = 200
A_YEAR = 365 * 24 * 3600

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asset:
    """A file of static/, under a name that changes with its content, so that it may be kept for ever."""

    name: str
    content: bytes
    media_type: str


def _asset(file: Path) -> Asset:
    content = file.read_bytes()
    digest = hashlib.blake2b(content, digest_size=6).hexdigest()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(f"{file.stem}.{digest}{file.suffix}", content, media_type)


_ASSETS: Mapping[str, Asset] = {file.name: _asset(file) for file in sorted((HERE / "static").iterdir())}
_BY_NAME: Mapping[str, Asset] = {asset.name: asset for asset in _ASSETS.values()}


def asset(name: str) -> str:
    """The address of a file of static/."""
    return f"/static/{_ASSETS[name].name}"


def _environment(words: Words) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        words.gettext, words.translations.ngettext, newstyle=True
    )
    environment.globals |= {"asset": asset, "language": words.language}
    return environment


_ENVIRONMENTS: Mapping[str, Environment] = {tag: _environment(words) for tag, words in SPOKEN.items()}

Way = Sequence[tuple[str, str]]
"""The way back: name and address of every page above this one."""


@dataclass(frozen=True)
class Visit:
    """Somebody looks at a page. Pages show what anyone may see, and more to who signed in."""

    request: Request
    house: House
    reader: Person | None = None
    """Whom the page is for, where it can be known without their having signed in."""

    @cached_property
    def words(self) -> Words:
        """The visitor's language: asked for in the address, kept in the cookie, chosen by the person, or
        wished for by the browser. It is looked up when a text is needed: a file of static/ needs none."""
        asked = (self.request.query_params.get("lang"), self.request.cookies.get(COOKIE))
        if chosen := next((tag for tag in asked if tag in SPOKEN), None):
            return SPOKEN[chosen]
        person = self.person or self.reader
        if person is not None and person.language in SPOKEN:
            return SPOKEN[person.language]
        return SPOKEN[preferred(self.request.headers.get("Accept-Language", "")[:1000], LANGUAGES)]

    @property
    def token(self) -> str:
        """Of the visitor's session; empty where there is none."""
        token = self.request.cookies.get(SESSION, "")
        return token if len(token) <= LONGEST_TOKEN else ""

    @cached_property
    def _seated(self) -> Person | Caller | None:
        """Who signed in: a person with a password, or somebody with a key."""
        if not self.token:
            return None
        now = self.house.now()
        with self.house.database.reading() as session:
            person = people.signed_in(session, self.token, now=now)
            return person or accounts.signed_in(session, self.token, now=now)

    @property
    def person(self) -> Person | None:
        """Who signed in with a password, None for anybody else."""
        return self._seated if isinstance(self._seated, Person) else None

    @property
    def caller(self) -> Caller | None:
        """Who signed in, None for anybody else."""
        return self._seated.caller if isinstance(self._seated, Person) else self._seated

    @property
    def by(self) -> Caller:
        """Who signed in.

        Raises:
            Unidentified: when nobody did.
        """
        if self.caller is None:
            raise Unidentified("Sign in first.")
        return self.caller

    @property
    def asker(self) -> Asker:
        """Who asks for postings: decides which may be seen."""
        return self.caller.asker if self.caller else ANYONE

    @property
    def proposals(self) -> int | None:
        """How many cases wait for the visitor's country; None for who speaks for none."""
        if self.caller is None or self.caller.country is None:
            return None
        wanted, house = cases.Wanted(acting=self.caller.country), self.house
        try:
            with house.database.reading() as session:
                return cases.how_many(
                    session, wanted, by=self.caller, paces=house.settings.paces, now=house.now()
                )
        except (OperationalError, PoolTimeout):
            # The page is shown all the same: it may be the one that tells of this very fault.
            return None

    @property
    def show(self) -> Shower:
        return Shower(self.words, self.house.catalogue)

    def page(
        self,
        template: str,
        *,
        title: str,
        way: Way = (),
        section: str = "",
        status: int = 200,
        **shown: Any,
    ) -> Response:
        """The answer: a template with its values, in the visitor's language."""
        frame = {
            "title": title,
            "way": way,
            "section": section,
            "switch": self._switch(),
            "caller": self.caller,
            "proposals": self.proposals,
            "here": self.address(lang=None),
            "as_of": self.words.moment(self.house.now()),
            "edition": self.house.catalogue.edition.removeprefix("sha256:")[:10],
            "engine": VERSION,
        }
        content = _ENVIRONMENTS[self.words.language].get_template(template).render(frame | shown)
        answer = Response(content, status_code=status, media_type="text/html")
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.headers["Content-Language"] = self.words.language
        answer.headers["Vary"] = "Accept-Language, Cookie"
        if self.request.query_params.get("lang") == self.words.language:
            answer.set_cookie(COOKIE, self.words.language, max_age=A_YEAR, samesite="lax", httponly=True)
        return answer

    def query(self, name: str) -> str | None:
        """A parameter of the address; a form sends what was left empty as an empty text."""
        return self.request.query_params.get(name, "").strip() or None

    def address(self, **changed: str | None) -> str:
        """This page's address with parameters changed, or taken away by None."""
        sent = self.request.query_params.multi_items()
        kept = [(name, value) for name, value in sent if value and name not in changed]
        wanted = kept + [(name, value) for name, value in changed.items() if value is not None]
        # Two slashes at the beginning would name another host.
        path = "/" + self.request.url.path.lstrip("/")
        return f"{path}?{urlencode(wanted)}" if wanted else path

    def _switch(self) -> list[dict[str, Any]]:
        return [
            {
                "tag": tag,
                "name": SPOKEN[tag].tongue(tag).capitalize(),
                "href": self.address(lang=tag),
                "here": tag == self.words.language,
            }
            for tag in LANGUAGES
        ]


def visit(request: Request) -> Visit:
    return Visit(request, house_in(request.scope))


async def _visiting(request: Request) -> Visit:
    return visit(request)


Visiting = Annotated[Visit, Depends(_visiting)]


def failed(visit: Visit, error: Exception) -> Response:
    """A page that says in plain words what is the matter, and what to do next."""
    say = visit.words.gettext
    match error:
        case Unidentified():
            return see_other(f"/sign-in?{urlencode({'next': _looked_at(visit)})}")
        case Forbidden():
            status, title, tells = 403, say("This is not yours to do"), error.detail
        case Conflict() | Stale():
            status, title, tells = 409, say("It was changed in the meantime"), error.detail
        case NotFound() | HTTPException(status_code=404):
            status, title = 404, say("There is nothing here")
            tells = say("This page does not exist, or what it showed is not public or no longer there.")
        case Invalid():
            status, title = 422, say("This address cannot be read")
            tells = say("Something in the address of this page is not as it should be.")
        case OperationalError() | PoolTimeout():
            status, title = 503, say("Not available for the moment")
            tells = say("The database is busy or out of reach. Try again in a few seconds.")
        case HTTPException() | Refusal():
            status = error.status_code if isinstance(error, HTTPException) else 400
            title = say("This cannot be done here")
            tells = say("The page can be read, but not used in this way.")
        case _:
            status, title = 500, say("Something went wrong on our side")
            tells = say("It is our fault, not yours. It was written down; try again later.")
    reference = None
    if status >= 500:
        reference = secrets.token_hex(4)
        path = visit.request.url.path
        log.error("%s failed, reference %s", path, reference, exc_info=error if status == 500 else None)
    faults = [fault.detail for fault in error.faults] if isinstance(error, Invalid) else []
    return visit.page(
        "error.html", title=title, tells=tells, faults=faults, reference=reference, status=status
    )


def _looked_at(visit: Visit) -> str:
    """The page that somebody was at: this one, or the one with the form that was sent here."""
    if visit.request.method in ("GET", "HEAD"):
        return visit.address(lang=None)
    _, _, sent_from = visit.request.headers.get("Referer", "").partition("://")
    host, slash, path = sent_from.partition("/")
    return f"/{path}" if slash and host == visit.request.headers.get("Host") else "/"


class Page(APIRoute):
    """A route whose failures are pages too."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except ClientDisconnect:
                raise
            except Exception as error:
                return failed(visit(request), error)

        return answered


def see_other(address: str) -> Response:
    """Go on there, after something was done."""
    return Response(status_code=303, headers={"Location": address, "Cache-Control": "no-store"})


Form = Mapping[str, list[str]]
"""Names of fields, each with the values that were sent."""


async def _form(request: Request) -> Form:
    """What a form of ours sent.

    Raises:
        Forbidden: for a form of another site: browsers say where it was sent from.
    """
    site = request.headers.get("Sec-Fetch-Site")
    _, _, origin = request.headers.get("Origin", "").partition("://")
    ours = bool(origin) and origin == request.headers.get("Host")
    if not (ours if site is None else site in ("same-origin", "none")):
        raise Forbidden("This form was not sent from a page of this service.")
    return parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)


Sent = Annotated[Form, Depends(_form)]
"""The fields of a form that was sent from a page of ours, each with its values."""


def router() -> APIRouter:
    """A router for pages."""
    return APIRouter(route_class=Page, include_in_schema=False, default_response_class=Response)


def wants_a_page(request: Request) -> bool:
    """Whether a browser asks for a page: not for the API, a file or a probe."""
    reads = request.method in ("GET", "HEAD")
    return (
        reads and not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("Accept", "")
    )


files = router()


@files.get("/static/{name}")
def static(name: str) -> Response:
    """A file under the name that its content gives it."""
    if name not in _BY_NAME:
        raise NotFound(f"There is no file {name}.")
    return _file(_BY_NAME[name], f"public, max-age={A_YEAR}, immutable")


@files.get("/favicon.ico")
def favicon() -> Response:
    """For browsers that ask without having read a page."""
    return _file(_ASSETS["icon.svg"], "public, max-age=86400")


def _file(found: Asset, kept: str) -> Response:
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": kept})
