"""The description of the API: complete, true, and with an example for every body."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI

from app.api.postings import BODIES, Offer, PostedRequest
from tests.web.visitors import Service, Visitor


@pytest.fixture
def description(anyone: Visitor) -> dict[str, Any]:
    document: dict[str, Any] = anyone.get("/openapi.json").json()
    return document


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def bodies(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything with a content: what is sent and what is answered."""
    for name, operation in operations(description):
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} takes {kind}", media
        for status, answer in operation["responses"].items():
            for kind, media in answer.get("content", {}).items():
                yield f"{name} answers {status} {kind}", media


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_it_is_openapi_3_1(description: dict[str, Any]) -> None:
    OpenAPI.model_validate(description)
    assert description["openapi"].startswith("3.1.")


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]

    assert {reference.removeprefix("#/components/schemas/") for reference in references(description)} <= set(
        schemas
    )
    assert "HTTPValidationError" not in schemas


def test_every_body_has_a_shape_and_an_example(description: dict[str, Any]) -> None:
    incomplete = [
        name for name, media in bodies(description) if "example" not in media or not media.get("schema")
    ]

    assert incomplete == []


def test_every_operation_has_a_name_and_a_summary_of_its_own(description: dict[str, Any]) -> None:
    found = [operation for _, operation in operations(description)]

    assert all(operation["summary"] for operation in found)
    assert len({operation["operationId"] for operation in found}) == len(found)


def test_examples_have_the_fields_of_their_shapes(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]

    for name, media in bodies(description):
        schema = media["schema"]
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
        if "properties" in schema:
            assert set(media["example"]) - {"reference"} <= set(schema["properties"]), name
            assert set(schema.get("required", ())) <= set(media["example"]), name


@pytest.mark.parametrize("kind", ["offer", "request"])
def test_the_example_that_is_shown_can_be_sent(service: Service, kind: Any) -> None:
    posted = service.visitor("administrator").post(f"/v1/{kind}s", BODIES[kind])

    assert posted.status_code == 201, posted.text
    (Offer if kind == "offer" else PostedRequest).model_validate(posted.json())


def test_what_changes_something_says_what_it_may_be_refused_for(description: dict[str, Any]) -> None:
    patch = description["paths"]["/v1/offers/{id}"]["patch"]

    assert {"200", "401", "403", "404", "409", "412", "413", "422", "428", "429", "500"} <= set(
        patch["responses"]
    )
    assert "application/merge-patch+json" in patch["requestBody"]["content"]


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(
    anyone: Visitor, description: dict[str, Any]
) -> None:
    page = anyone.get("/docs")

    assert page.headers["content-type"].startswith("text/html")
    for name, operation in operations(description):
        assert f'id="{operation["operationId"]}"' in page.text, name
    assert "<script" not in page.text
    assert "style=" not in page.text
    links = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert all(link.startswith(("/", "#")) for link in links)
    assert all(anyone.get(link).status_code == 200 for link in links if link.startswith("/"))
