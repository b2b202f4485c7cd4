"""For those who run the service: whether it lives, whether it is ready, and what it says of itself."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, Request, Response
from jinja2 import Environment, StrictUndefined
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.answers import as_json, json_answer
from app.api.contract import VERSION, answers

HERE = Path(__file__).parent


@dataclass(frozen=True)
class State:
    """How one part of the service is; only a part that failed keeps the service from being ready."""

    state: Literal["ok", "failed", "absent"]
    detail: str


def state_of(complaint: str | None, otherwise: str) -> State:
    """A part that complains has failed."""
    return State("failed", complaint) if complaint else State("ok", otherwise)


class StateOut(BaseModel):
    """How one part is."""

    state: Literal["ok", "failed", "absent"]
    detail: str


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"]
    version: str


class Ready(BaseModel):
    """Whether requests can be served, and how each part is."""

    status: Literal["ready", "not ready"]
    database: StateOut
    catalogue: StateOut
    index: StateOut
    translator: StateOut


def routes(parts: Mapping[str, Callable[[], State]]) -> APIRouter:
    """`parts` are asked at every look, in a thread of the pool."""
    router = APIRouter(tags=["operations"])
    well = {"state": "ok", "detail": "answers"}
    ready = {"status": "ready", **dict.fromkeys(("database", "catalogue", "index"), well)}
    absent = {"translator": {"state": "absent", "detail": "Not part of this edition."}}

    @router.get(
        "/healthz",
        summary="Is the process alive?",
        response_class=Response,
        responses=answers(Alive, {"status": "ok", "version": VERSION}, tagged=False),
    )
    async def healthz() -> Response:
        return json_answer(as_json({"status": "ok", "version": VERSION}), headers=_FRESH)

    @router.get(
        "/readyz",
        summary="Is every part ready?",
        response_class=Response,
        responses=answers(Ready, ready | absent, tagged=False)
        | {
            503: {
                "model": Ready,
                "description": "Some part failed.",
                "content": {
                    "application/json": {
                        "example": ready
                        | absent
                        | {"status": "not ready", "database": {"state": "failed", "detail": "out of reach"}}
                    }
                },
            }
        },
    )
    def readyz() -> Response:
        states = {name: _asked(part) for name, part in parts.items()}
        failed = any(state.state == "failed" for state in states.values())
        body = {"status": "not ready" if failed else "ready"}
        found = body | {name: asdict(state) for name, state in states.items()}
        return json_answer(as_json(found), status=503 if failed else 200, headers=_FRESH)

    return router


def _asked(part: Callable[[], State]) -> State:
    try:
        return part()
    except Exception as broken:  # a part that cannot even say how it is has failed
        return State("failed", type(broken).__name__)


_FRESH = {"Cache-Control": "no-store"}

# The description of the API, as a document and as a page.

described = APIRouter(include_in_schema=False)
_CACHED = {"Cache-Control": "public, max-age=300"}


@described.get("/openapi.json")
def openapi(request: Request) -> Response:
    return json_answer(as_json(request.app.openapi()), headers=_CACHED)


@described.get("/docs")
def docs(request: Request) -> Response:
    return Response(_page(request.app), media_type="text/html", headers=_CACHED)


@described.get("/docs/style.css")
def style() -> Response:
    return Response((HERE / "docs.css").read_text("utf-8"), media_type="text/css", headers=_CACHED)


def _page(app: FastAPI) -> str:
    """The description as a page that needs no script: our own policy forbids those from elsewhere."""
    pages = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    pages.filters["json"] = _pretty
    pages.globals["fields"] = _fields
    document = app.openapi()
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    tags = list(dict.fromkeys(operation["tags"][0] for operation in operations))
    template = pages.from_string((HERE / "docs.html").read_text("utf-8"))
    return template.render(document=document, operations=operations, tags=tags)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, kind and meaning of each field of a shape."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    required = schema.get("required", ())
    return [
        (name, _kind(inner) + ("" if name in required else ", optional"), inner.get("description", ""))
        for name, inner in schema.get("properties", {}).items()
    ]


def _kind(schema: Mapping[str, Any]) -> str:
    """The kind of a field in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(inner) for inner in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    words = [str(schema.get("format") or schema.get("type", "any"))]
    if "maxLength" in schema:
        words.append(f"≤ {schema['maxLength']:,} characters")
    return " ".join(words)


# What every answer tells a browser.

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]


class Guarded:
    """Middleware: the headers that keep a browser from doing what no page of ours wants."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        return await self.app(scope, receive, sending)


class Heads:
    """Middleware: HEAD is answered as GET is, without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        return await self.app({**scope, "method": "GET"}, receive, sending)
