"""The description of the API (OpenAPI 3.1), made from the routes, with an example for every body."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, create_model

from app.api.problems import KINDS, Problem

VERSION = version("puente")

_REF = "#/components/schemas/{model}"
_ABOUT = """Match-making for South-South cooperation: offers and requests of the countries of Latin America
and the Caribbean, the channels that carry exchanges and the funds that pay, each fact with its source.

Lists come as `{"items": [...], "next": cursor or null}`. Errors are problem documents (RFC 9457). A change
needs the `ETag` that was read, in `If-Match`. A POST that creates may carry an `Idempotency-Key`."""


def answers(
    model: type[BaseModel],
    example: Mapping[str, Any],
    *,
    status: int = 200,
    description: str = "",
    tagged: bool = True,
    cached: bool = False,
) -> dict[int | str, dict[str, Any]]:
    """What a route says of its answer; `cached` where a reader may hear that it has it already."""
    headers = {"ETag": {"schema": {"type": "string"}, "description": "Names this version."}} if tagged else {}
    if status == 201:
        headers["Location"] = {"schema": {"type": "string"}, "description": "Where it is."}
    found: dict[int | str, dict[str, Any]] = {
        status: {
            "model": model,
            "description": description or _first_line(model),
            "headers": headers,
            "content": {"application/json": {"example": _kept(example)}},
        }
    }
    if cached:
        found[304] = {"description": "You have it already."}
    return found


def lists(
    model: type[BaseModel],
    example: Mapping[str, Any],
    *,
    more: Mapping[str, Any] | None = None,
    cached: bool = False,
) -> dict[int | str, dict[str, Any]]:
    """The same for a list of them; `more` is an example of what else the list says of itself."""
    fields: dict[str, Any] = {
        "items": (list[model], ...),  # type: ignore[valid-type]
        "next": (str | None, ...),
        **{name: (type(value), ...) for name, value in (more or {}).items()},
    }
    page = create_model(f"{model.__name__}List", __doc__=f"A page of {model.__name__}.", **fields)
    found = answers(page, {"items": [example], "next": None, **(more or {})}, tagged=cached, cached=cached)
    found[200]["headers"]["Link"] = {"schema": {"type": "string"}, "description": "The next page, if any."}
    return found


def takes(
    model: type[BaseModel], example: Mapping[str, Any], *, merge_patch: bool = False, required: bool = True
) -> dict[str, Any]:
    """What a route says of the body it reads by itself, so that every fault can be told with its place."""
    schema = model.model_json_schema(ref_template=_REF)
    if merge_patch:
        schema.pop("required", None)
        schema["title"] = schema["title"].removesuffix("In") + "Patch"
        schema["description"] = "Only what changes (RFC 7396)."
        schema["properties"] = {
            name: {"anyOf": [inner, {"type": "null"}]} for name, inner in schema["properties"].items()
        }
    content = {"application/json": {"schema": schema, "example": _kept(example)}}
    if merge_patch:
        content["application/merge-patch+json"] = content["application/json"]
    return {"requestBody": {"required": required, "content": content}}


_NULL = "\0null"


def _kept(value: Any) -> Any:
    """An example whose nulls outlast FastAPI, which drops every null on its way to the document."""
    if isinstance(value, Mapping):
        return {name: _kept(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(inner) for inner in value]
    return _NULL if value is None else value


def _with_nulls(value: Any) -> Any:
    """The inverse of `_kept`."""
    if isinstance(value, dict):
        return {name: _with_nulls(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_nulls(inner) for inner in value]
    return None if value == _NULL else value


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).strip().splitlines()[0]


def describe(app: FastAPI) -> None:
    """Let the application tell of itself at /openapi.json."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way of changing the description


def _description(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="Puente",
        version=VERSION,
        summary="Who can teach, who wants to learn, which channel carries it, which fund pays.",
        description=_ABOUT,
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": "/"}],
        routes=app.routes,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(Problem.model_json_schema(ref_template=_REF).pop("$defs"))
    schemas["Problem"] = {
        k: v for k, v in Problem.model_json_schema(ref_template=_REF).items() if k != "$defs"
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _hoist(operation, schemas)
            _add_problems(path, method, operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    described: dict[str, Any] = _with_nulls(document)
    return described


def _hoist(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Move the shapes of a body that stand inside its schema to where all shapes are."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        schema = media["schema"]
        if "title" in schema and "$ref" not in schema:
            schemas.update(schema.pop("$defs", {}))
            schemas[schema["title"]] = schema
            media["schema"] = {"$ref": _REF.format(model=schema["title"])}


def _add_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say which problems a route may answer with; FastAPI would only know its own, in its own shape."""
    operation["responses"].pop("422", None)
    needed = {"too-many", "failure", "unavailable"}
    parameters = {p["name"] for p in operation.get("parameters", ())}
    if "security" in operation:
        needed.add("key-required")
    if "security" in operation and method != "get" and not path.endswith("/check"):
        needed.add("forbidden")
    if "requestBody" in operation or parameters - {"Accept-Language", "If-None-Match"}:
        needed.add("invalid")
    if "{" in path:
        needed.add("not-found")
    if "requestBody" in operation:
        needed.add("too-large")
    if path.endswith("/dossier"):
        needed.add("not-acceptable")
    if "If-Match" in parameters:
        needed |= {"version-required", "stale", "conflict"}
    if path in ("/healthz", "/readyz", "/problems/{name}", "/openapi.json", "/docs"):
        needed -= {"invalid", "unavailable"}
    for name in sorted(needed, key=lambda name: KINDS[name].status):
        kind = KINDS[name]
        example: dict[str, Any] = {
            "type": f"/problems/{name}",
            "title": kind.title.en,
            "status": kind.status,
            "detail": kind.mend,
            "instance": path,
        }
        if name == "invalid":
            example["errors"] = [{"pointer": "/country", "detail": "This field is required."}]
        operation["responses"].setdefault(
            str(kind.status),
            {
                "description": kind.title.en + ".",
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": _REF.format(model="Problem")},
                        "example": example,
                    }
                },
            },
        )
