"""Every refusal as a problem document (RFC 9457), in the reader's words and never with a stack trace."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.languages import Spoken, preferred
from app.catalogue import Label
from app.errors import (
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotAcceptable,
    NotFound,
    Refusal,
    Stale,
    TooLarge,
    Unidentified,
    VersionRequired,
)
from app.intake import near

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its status, its title, and how a caller mends it."""

    status: int
    title: Label
    mend: str


def _kind(status: int, titles: tuple[str, str, str, str], mend: str) -> Kind:
    en, es, pt, fr = titles
    return Kind(status, Label(en=en, es=es, pt=pt, fr=fr), mend)


KINDS: Mapping[str, Kind] = {
    "bad-request": _kind(
        400,
        (
            "The request cannot be read",
            "No se puede leer la petición",
            "Não é possível ler o pedido",
            "La requête est illisible",
        ),
        "Compare the request with the description of the API at /docs.",
    ),
    "key-required": _kind(
        401,
        (
            "A valid key is needed",
            "Se necesita una clave válida",
            "É necessária uma chave válida",
            "Une clé valide est nécessaire",
        ),
        "Send the header “Authorization: Bearer <key>” with a key that was made for you and not revoked.",
    ),
    "forbidden": _kind(
        403,
        (
            "This is not yours to do",
            "No le corresponde hacer esto",
            "Isto não lhe cabe fazer",
            "Cette action ne vous revient pas",
        ),
        "Ask with the key of somebody who may do it: an agency acts for its own country.",
    ),
    "not-found": _kind(
        404,
        ("Not found", "No encontrado", "Não encontrado", "Introuvable"),
        "Look at the address again; what you may not know of is not found either.",
    ),
    "wrong-method": _kind(
        405,
        (
            "This cannot be done here",
            "Esto no se puede hacer aquí",
            "Isto não pode ser feito aqui",
            "Cela ne se fait pas ici",
        ),
        "Use one of the methods that the header Allow names.",
    ),
    "not-acceptable": _kind(
        406,
        (
            "Not to be had in this form",
            "No está disponible en este formato",
            "Não está disponível neste formato",
            "N’existe pas sous cette forme",
        ),
        "Ask with the header Accept for one of the forms that “offered” lists.",
    ),
    "conflict": _kind(
        409,
        (
            "Its state does not allow this",
            "Su estado no lo permite",
            "O seu estado não o permite",
            "Son état ne le permet pas",
        ),
        "Read it again and see in which state it is.",
    ),
    "stale": _kind(
        412,
        (
            "It was changed in the meantime",
            "Se modificó entretanto",
            "Foi alterado entretanto",
            "Il a été modifié entre-temps",
        ),
        "Read it again, make your change on what you read, and send the new ETag in If-Match.",
    ),
    "too-large": _kind(
        413,
        ("Too large", "Demasiado grande", "Grande demais", "Trop volumineux"),
        "Send less at once.",
    ),
    "invalid": _kind(
        422,
        (
            "The input has faults",
            "Los datos tienen errores",
            "Os dados têm erros",
            "Les données comportent des erreurs",
        ),
        "Mend every fault that “errors” lists, each with its place, and send it again. Nothing was stored.",
    ),
    "version-required": _kind(
        428,
        (
            "Say which version you change",
            "Indique qué versión modifica",
            "Indique que versão altera",
            "Indiquez la version modifiée",
        ),
        "Send the ETag that you read in the header If-Match.",
    ),
    "too-many": _kind(
        429,
        ("Too many requests", "Demasiadas peticiones", "Pedidos demais", "Trop de requêtes"),
        "Wait as many seconds as the header Retry-After says.",
    ),
    "failure": _kind(
        500,
        (
            "Something went wrong here",
            "Algo falló de nuestro lado",
            "Algo falhou do nosso lado",
            "Une erreur est survenue chez nous",
        ),
        "It is our fault, not yours. Try again later, and tell the administrator the reference.",
    ),
    "unavailable": _kind(
        503,
        ("Not available now", "No disponible ahora", "Indisponível agora", "Indisponible pour le moment"),
        "Send it again in a few seconds; it was not done.",
    ),
}

_BY_STATUS = {kind.status: name for name, kind in KINDS.items()}
_BY_REFUSAL: tuple[tuple[type[Refusal], str], ...] = (
    (Invalid, "invalid"),
    (Unidentified, "key-required"),
    (Forbidden, "forbidden"),
    (NotFound, "not-found"),
    (NotAcceptable, "not-acceptable"),
    (Conflict, "conflict"),
    (Stale, "stale"),
    (VersionRequired, "version-required"),
    (TooLarge, "too-large"),
)


class FaultOut(BaseModel):
    """One fault: its place in the body (RFC 6901; /query/NAME for a parameter) and a sentence."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """RFC 9457. `errors` is there for bad input; other members give the facts of the case."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FaultOut] = []


def problem(
    scope: Scope, name: str, detail: str, *, headers: Mapping[str, str] | None = None, **facts: Any
) -> Response:
    """A problem document of one of the KINDS; `facts` become its further members."""
    kind = KINDS[name]
    wished = next((value for key, value in scope["headers"] if key == b"accept-language"), b"")
    document = facts | {
        "type": f"/problems/{name}",
        "title": kind.title.in_(preferred(wished.decode("latin-1")[:1000])),
        "status": kind.status,
        "detail": detail,
        "instance": scope["path"],
    }
    return Response(
        orjson.dumps(document, default=str),
        status_code=kind.status,
        media_type="application/problem+json",
        headers={"Vary": "Accept-Language", "Cache-Control": "no-store", **(headers or {})},
    )


def refused(scope: Scope, refusal: Refusal) -> Response:
    """The problem document that a refusal becomes."""
    name = next((name for kind, name in _BY_REFUSAL if isinstance(refusal, kind)), "bad-request")
    facts = dict(refusal.facts)
    if isinstance(refusal, Invalid):
        facts["errors"] = [{"pointer": f.pointer, "detail": f.detail} for f in refusal.faults]
    headers = (
        {"WWW-Authenticate": f'Bearer realm="puente"{_challenge(facts)}'} if name == "key-required" else {}
    )
    return problem(scope, name, refusal.detail, headers=headers, **facts)


def _challenge(facts: Mapping[str, Any]) -> str:
    return f', error="{facts["error"]}"' if "error" in facts else ""


def install(app: FastAPI) -> None:
    """Let every error of the application leave as a problem document."""

    @app.exception_handler(Refusal)
    async def _(request: Request, refusal: Refusal) -> Response:
        return refused(request.scope, refusal)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, wrong: RequestValidationError) -> Response:
        return refused(request.scope, Invalid(faults_of_request(wrong)))

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 404:
            return problem(request.scope, "not-found", f"There is nothing at {request.url.path}.")
        if error.status_code == 405:
            headers = {"Allow": ", ".join(_methods_at(app, request.scope))}
            detail = f"{request.url.path} takes {headers['Allow']}, not {request.method}."
            return problem(request.scope, "wrong-method", detail, headers=headers)
        name = _BY_STATUS.get(error.status_code, "bad-request")
        return problem(request.scope, name, str(error.detail), headers=headers)

    @app.exception_handler(OperationalError)
    @app.exception_handler(PoolTimeout)
    async def _(request: Request, error: Exception) -> Response:
        log.error("database: %s", getattr(error, "orig", error))
        detail = "The database is busy or out of reach."
        return problem(request.scope, "unavailable", detail, headers={"Retry-After": "2"})


def _methods_at(app: FastAPI, scope: Scope) -> list[str]:
    """Every method of an address; Starlette names only those of the first route that has it."""
    allowed = set()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        asked = {**scope, "method": method}
        if any(route.matches(asked)[0] == Match.FULL for route in app.router.routes):
            allowed.add(method)
    if "GET" in allowed:
        allowed.add("HEAD")
    return sorted(allowed)


def faults_of_request(wrong: RequestValidationError) -> list[Fault]:
    """What FastAPI found wrong with parameters, each at /query/NAME or /path/NAME."""
    faults = []
    for error in wrong.errors():
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error["loc"])
        faults.append(Fault(pointer, _sentence(error)))
    return faults


def _sentence(error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    match error["type"]:
        case "extra_forbidden":
            return f"“{error['loc'][-1]}” is not a parameter here."
        case "missing":
            return "This parameter is required."
        case "int_parsing" | "int_type":
            return "This is not a whole number."
        case "greater_than_equal":
            return f"This is less than {context['ge']}."
        case "less_than_equal":
            return f"This is more than {context['le']}."
        case "string_too_long":
            return f"This text has more than {context['max_length']:,} characters."
        case "literal_error":
            return f"This must be {context['expected']}."
        case "timezone_aware" | "datetime_from_date_parsing" | "datetime_parsing" | "datetime_type":
            return "This is not a time with its zone, such as 2026-01-31T12:00:00Z."
        case _:
            return f"{error['msg']}."


def no_such(noun: str, name: str, known: list[str]) -> NotFound:
    """The refusal for a name that is not there, with the names that look like it."""
    return NotFound(f"There is no {noun} “{name}”{near(name[:100], known)}.")


class Unexpected:
    """Middleware: what nobody foresaw is logged with a reference, and answered with that reference alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            return await self.app(scope, receive, sending)
        except ClientDisconnect:
            return None  # nobody is left to answer
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("%s %s failed, reference %s", scope["method"], scope["path"], reference)
            if started:
                raise  # half an answer is out: only closing the connection tells the caller so
        answer = problem(
            scope, "failure", "This should not have happened; it was written down.", reference=reference
        )
        return await answer(scope, receive, send)


router = APIRouter(tags=["operations"])


@router.get(
    "/problems/{name}",
    summary="How to mend a kind of problem",
    response_class=Response,
    responses={
        200: {
            "description": "A title and a sentence.",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": KINDS["stale"].mend}},
        }
    },
)
async def explained(name: str, language: Spoken) -> Response:
    if name not in KINDS:
        raise no_such("kind of problem", name, list(KINDS))
    kind = KINDS[name]
    title = kind.title.in_(language)
    return Response(f"{title} ({kind.status})\n\n{kind.mend}\n", media_type="text/plain")
