"""Whatever is sent, the answer names every fault with its place, and nothing is stored."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.visitors import Service, Visitor, a_request, an_offer, pointers

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def service(one_service: Service) -> Service:
    """One for all of these, since what is refused leaves nothing behind."""
    return one_service


@pytest.fixture
def posted(broker: Visitor) -> Iterator[Any]:
    """An offer that is there while the test runs."""
    posted = broker.post("/v1/offers", an_offer())
    yield posted
    broker.change(posted.headers["location"], "*", method="DELETE")


def nothing_is_stored(broker: Visitor) -> bool:
    return not any(broker.get(f"/v1/{kind}").json()["items"] for kind in ("offers", "requests"))


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"country": "XXX"}, ["/country"]),
        ({"country": "ESP"}, ["/country"]),
        ({"country": ""}, ["/country"]),
        ({"country": 7}, ["/country"]),
        ({"country": None}, ["/country"]),
        ({"sectors": ["health", "helth"]}, ["/sectors/1"]),
        ({"sectors": "health"}, ["/sectors"]),
        ({"modalities": ["grant-funding", "dancing"]}, ["/modalities/0", "/modalities/1"]),
        ({"language": "tlh"}, ["/language"]),
        ({"language": "english"}, ["/language"]),
        ({"title": ""}, ["/title"]),
        ({"title": "   \n"}, ["/title"]),
        ({"title": "x" * 201}, ["/title"]),
        ({"title": ["x"]}, ["/title"]),
        ({"title": "bell\x07"}, ["/title"]),
        ({"title": "nul\x00"}, ["/title"]),
        ({"description": ""}, ["/description"]),
        ({"description": "x" * 20_000}, ["/description"]),
        ({"description": "escape\x1b[31m"}, ["/description"]),
        ({"description": True}, ["/description"]),
        ({"valid_until": "2026-03-01"}, ["/valid_until"]),
        ({"valid_until": "2020-01-01T00:00:00Z"}, ["/valid_until"]),
        ({"valid_until": "soon"}, ["/valid_until"]),
        ({"valid_until": "2026-02-30"}, ["/valid_until"]),
        ({"valid_until": 20260301}, ["/valid_until"]),
        ({"needed_by": "2025-12-31"}, ["/needed_by"]),
        ({"budget_usd": -1}, ["/budget_usd"]),
        ({"budget_usd": "15000"}, ["/budget_usd"]),
        ({"budget_usd": 15000.5}, ["/budget_usd"]),
        ({"budget_usd": 10**30}, ["/budget_usd"]),
        ({"co_applicants": ["BRB", "Atlantis"]}, ["/co_applicants/1"]),
        ({"contact": {"name": "Ana", "email": "nobody"}}, ["/contact/email"]),
        ({"contact": {"name": "Ana", "email": "a@example.org\r\nBcc: b@example.org"}}, ["/contact/email"]),
        ({"organisation": {"name": "X", "kind": "club"}}, ["/organisation/kind"]),
        ({"links": ["javascript:alert(1)"]}, ["/links/0"]),
        ({"visibility": "nobody"}, ["/visibility"]),
        ({"status": "expired"}, ["/status"]),
        ({"titel": "x"}, ["/titel"]),
        ({"capacity": 3}, ["/capacity"]),
        ({"id": "mine"}, ["/id"]),
        ({"a/b~c": 1}, ["/a~1b~0c"]),
        (
            {"country": "XXX", "titel": "x", "sectors": ["y"], "title": ""},
            ["/country", "/sectors/0", "/titel", "/title"],
        ),
    ],
)
def test_every_fault_is_named_with_its_place(
    broker: Visitor, fields: dict[str, Any], places: list[str]
) -> None:
    assert pointers(broker.post("/v1/requests", a_request(**fields))) == places
    assert nothing_is_stored(broker)


def test_what_is_missing_is_named(broker: Visitor) -> None:
    assert pointers(broker.post("/v1/requests", {})) == ["/country", "/description", "/title"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"title": "x",}',
        b"title=x",
        b"\xff\xfe",
        b'{"title": "\xff"}',
        b'{"title": "\\ud800"}',
        b"[" * 100_000,
        b'{"title": NaN}',
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b'{"budget_usd": ' + b"9" * 5000 + b"}",
    ],
)
@pytest.mark.parametrize("path", ["/v1/offers", "/v1/requests", "/v1/postings/check"])
def test_what_is_not_an_object_of_json_is_refused(broker: Visitor, path: str, body: bytes) -> None:
    assert pointers(broker.ask("POST", path, content=body, headers=JSON))
    assert nothing_is_stored(broker)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"title": "a", "title": "b"}'])
def test_a_patch_is_an_object_of_json_too(broker: Visitor, posted: Any, body: bytes) -> None:
    sent = {**JSON, "If-Match": posted.headers["etag"]}

    assert pointers(broker.ask("PATCH", posted.headers["location"], content=body, headers=sent))


def test_a_field_that_stands_twice_is_refused(broker: Visitor) -> None:
    body = (
        b'{"title": "One", "title": "Two", "description": "Text", "country": "JAM",'
        b' "organisation": {"name": "A", "kind": "ngo", "name": "B"}}'
    )

    assert pointers(broker.ask("POST", "/v1/offers", content=body, headers=JSON)) == [
        "/organisation/name",
        "/title",
    ]
    assert nothing_is_stored(broker)


@pytest.mark.parametrize(
    ("patch", "places"),
    [
        ({"title": None}, ["/title"]),
        ({"country": "XXX", "sectors": ["x"]}, ["/country", "/sectors/0"]),
        ({"valid_until": "2020-01-01"}, ["/valid_until"]),
        ({"version": 7}, ["/version"]),
        ({"status": "withdrawn"}, ["/status"]),
        ({"description": "x" * 20_000}, ["/description"]),
    ],
)
def test_a_faulty_change_changes_nothing(
    broker: Visitor, posted: Any, patch: dict[str, Any], places: list[str]
) -> None:
    address, tag = posted.headers["location"], posted.headers["etag"]

    assert pointers(broker.change(address, tag, patch, method="PATCH")) == places
    assert broker.get(address).headers["etag"] == tag


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({"valid_until": "2020-01-01"}, ["/valid_until"]),
        ({"valid_until": "soon"}, ["/valid_until"]),
        ({"days": 3}, ["/days"]),
        ([], [""]),
    ],
)
def test_a_renewal_is_until_a_day_to_come(broker: Visitor, posted: Any, body: Any, places: list[str]) -> None:
    address = f"{posted.headers['location']}/renew"

    assert pointers(broker.change(address, posted.headers["etag"], body)) == places


def test_a_step_that_takes_no_body_says_so(broker: Visitor, posted: Any) -> None:
    address = f"{posted.headers['location']}/withdraw"

    assert pointers(broker.change(address, posted.headers["etag"], {"reason": "x"})) == ["/reason"]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("country=XXX", ["/query/country"]),
        ("sector=helth&modality=x&language=tlh", ["/query/language", "/query/modality", "/query/sector"]),
        ("status=open", ["/query/status"]),
        ("limit=0", ["/query/limit"]),
        ("limit=201", ["/query/limit"]),
        ("limit=many", ["/query/limit"]),
        ("cursor=nonsense", ["/query/cursor"]),
        ("cursor=%00", ["/query/cursor"]),
        ("cursor=MjAyNi0wMS0wMVQwMDowMDowMCswMDowMCAA", ["/query/cursor"]),  # a time, and NUL for an id
        ("updated_since=yesterday", ["/query/updated_since"]),
        ("updated_since=2026-01-01T00:00:00", ["/query/updated_since"]),
        ("q=%00", ["/query/q"]),
        ("q=" + "x" * 201, ["/query/q"]),
        ("contry=JAM", ["/query/contry"]),
    ],
)
def test_a_list_is_not_asked_for_in_vain(broker: Visitor, query: str, places: list[str]) -> None:
    assert pointers(broker.get(f"/v1/offers?{query}")) == places


@pytest.mark.parametrize("key", ["", "x" * 201, "with blank"])
def test_an_idempotency_key_is_a_short_word(broker: Visitor, key: str) -> None:
    refused = broker.post("/v1/offers", an_offer(), headers={"Idempotency-Key": key})

    assert pointers(refused) == ["/header/Idempotency-Key"]
    assert nothing_is_stored(broker)


@pytest.mark.parametrize("name", ["%00", "..%2f..", "x" * 500, "%ff", "a b", "'; DROP TABLE postings; --"])
def test_an_id_that_cannot_be_one_is_not_found(broker: Visitor, name: str) -> None:
    for visit in (
        broker.get(f"/v1/offers/{name}"),
        broker.change(f"/v1/offers/{name}", '"1"', method="DELETE"),
    ):
        assert visit.status_code == 404
        assert visit.headers["content-type"] == "application/problem+json"
