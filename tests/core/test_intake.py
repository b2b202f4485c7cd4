"""From what somebody sent to a posting, or every fault of it with its place."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue
from app.errors import Fault, Invalid
from app.intake import SHAPES, Intake, amended, as_body, read, repeated_names, sides
from app.matching.posting import Kind
from tests.builders import TODAY
from tests.core.test_catalogue import SECTORS

BODY = {"title": "Milk banks", "description": "How hospitals collect mothers' milk.", "country": "JAM"}


def taken(kind: Kind, catalogue: Catalogue, today: date = TODAY, **fields: Any) -> Intake:
    return read(kind, BODY | fields, catalogue, id="one", today=today)


def faults(kind: Kind, body: bytes | dict[str, Any], catalogue: Catalogue) -> dict[str, list[str]]:
    """What is wrong, by place."""
    with pytest.raises(Invalid) as refused:
        read(kind, body, catalogue, id="one", today=TODAY)
    return by_place(refused.value.faults)


def by_place(found: list[Fault]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for fault in found:
        places.setdefault(fault.pointer, []).append(fault.detail)
        assert fault.detail.endswith(".")
    return places


# Bodies that are right, of every shape that there is.

WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).filter(str.strip)
COUNTRIES = st.sampled_from(["JAM", "BRA", "HTI", "AIA"])
DAYS = st.dates(TODAY, TODAY + timedelta(days=9_000)).map(str)
SHARED: dict[str, st.SearchStrategy[Any]] = {
    "language": st.sampled_from(["en", "es", "pt", "fr", "nl", "pt-BR", "ES"]),
    "organisation": st.fixed_dictionaries(
        {"name": WORDS, "kind": st.sampled_from(["agency", "ministry", "other"])}, optional={"parent": WORDS}
    ),
    "sectors": st.lists(st.sampled_from(SECTORS.split()), max_size=4),
    "modalities": st.lists(st.sampled_from(["training", "study-visit", "internship-attachment"]), max_size=3),
    "keywords": st.lists(WORDS, max_size=3),
    "contact": st.fixed_dictionaries({"name": WORDS, "email": st.just("officer@example.org")}),
    "valid_until": DAYS,
    "visibility": st.sampled_from(["public", "partners", "brokers"]),
    "links": st.lists(st.sampled_from(["https://example.org/a", "http://example.org/b?c=d"]), max_size=3),
    "status": st.sampled_from(["draft", "published"]),
}
OWN: dict[Kind, dict[str, st.SearchStrategy[Any]]] = {
    "offer": {
        "capacity": st.integers(1, 10_000),
        "practice": st.fixed_dictionaries(
            {"level": st.sampled_from(["described", "documented", "evaluated", "transferred"])},
            optional={"evidence": st.lists(WORDS, max_size=2)},
        ),
    },
    "request": {
        "demand": st.fixed_dictionaries(
            {}, optional={"requested_by": WORDS, "plan": WORDS, "endorsed_by": WORDS}
        ),
        "needed_by": DAYS,
        "budget_usd": st.integers(0, 10**12),
        "co_applicants": st.lists(COUNTRIES, max_size=3),
        "outcome": WORDS,
    },
}


def bodies(kind: Kind) -> st.SearchStrategy[tuple[Kind, dict[str, Any]]]:
    return st.fixed_dictionaries(
        {"title": WORDS, "description": WORDS, "country": COUNTRIES}, optional=SHARED | OWN[kind]
    ).map(lambda body: (kind, body))


RIGHT = bodies("offer") | bodies("request")


@given(sent=RIGHT)
def test_a_posting_written_out_and_read_again_is_the_same(
    sent: tuple[Kind, dict[str, Any]], catalogue: Catalogue
) -> None:
    kind, body = sent
    once = read(kind, body, catalogue, id="one", today=TODAY)
    again = read(kind, as_body(once), catalogue, id="one", today=TODAY)
    assert again == once
    assert as_body(again) == as_body(once)
    assert as_body(once).keys() <= SHAPES[kind].model_fields.keys()


@given(sent=RIGHT)
def test_nothing_that_was_sent_is_lost(sent: tuple[Kind, dict[str, Any]], catalogue: Catalogue) -> None:
    kind, body = sent
    written = as_body(read(kind, body, catalogue, id="one", today=TODAY))
    for name in ("country", "valid_until", "visibility", "capacity", "budget_usd", "needed_by", "status"):
        if name in body:
            assert written[name] == body[name]
    for name in ("sectors", "modalities", "links", "co_applicants"):
        if body.get(name):
            assert written[name] == list(dict.fromkeys(body[name]))
    assert written["description"] == body["description"].strip()


@given(sent=RIGHT, change=RIGHT)
def test_a_change_touches_what_it_names_and_nothing_else(
    sent: tuple[Kind, dict[str, Any]], change: tuple[Kind, dict[str, Any]], catalogue: Catalogue
) -> None:
    (kind, body), (other, patch) = sent, change
    if kind != other:
        return
    before = read(kind, body, catalogue, id="one", today=TODAY)
    after = amended(before, patch, catalogue, today=TODAY)
    theirs = read(kind, patch, catalogue, id="one", today=TODAY)
    merged = {"contact", "organisation", "practice", "demand", "language"}
    for name in SHAPES[kind].model_fields.keys() - merged:
        source = theirs if name in patch else before
        assert getattr(after.posting, name) == getattr(source.posting, name), name
    assert after.contact == (theirs if "contact" in patch else before).contact
    assert after.posting.id == "one"


def test_null_takes_away_and_an_object_is_changed_from_within(catalogue: Catalogue) -> None:
    before = taken(
        "offer",
        catalogue,
        capacity=3,
        sectors=["health"],
        organisation={"name": "Ministry", "kind": "ministry", "parent": "Government"},
    )
    patch = {"capacity": None, "sectors": None, "organisation": {"parent": None, "name": "Health"}}
    after = amended(before, patch, catalogue, today=TODAY).posting
    assert (after.capacity, after.sectors) == (None, ())
    assert after.organisation
    assert asdict(after.organisation) == {"name": "Health", "kind": "ministry", "parent": None}
    assert amended(before, {}, catalogue, today=TODAY) == before


def test_what_is_required_cannot_be_taken_away(catalogue: Catalogue) -> None:
    with pytest.raises(Invalid) as refused:
        amended(taken("offer", catalogue), {"title": None, "country": None}, catalogue, today=TODAY)
    assert by_place(refused.value.faults).keys() == {"/title", "/country"}


LATER = TODAY + timedelta(days=30)


def test_a_date_that_has_passed_since_is_no_fault_of_another_change(catalogue: Catalogue) -> None:
    before = taken("request", catalogue, needed_by=str(TODAY), valid_until=str(TODAY))
    after = amended(before, {"title": "Another", "needed_by": str(TODAY)}, catalogue, today=LATER)
    assert (after.posting.title, after.posting.valid_until) == ("Another", TODAY)


def test_a_date_that_is_changed_must_not_have_passed_whatever_the_others_are(catalogue: Catalogue) -> None:
    before = taken("request", catalogue, needed_by=str(TODAY))
    yesterday = str(LATER - timedelta(days=1))
    with pytest.raises(Invalid) as refused:
        amended(before, {"valid_until": yesterday}, catalogue, today=LATER)
    assert by_place(refused.value.faults) == {"/valid_until": [f"{yesterday} is in the past."]}


# What is made alike.


@pytest.mark.parametrize("code", ["JAM", "jam", "JM", "jm", " Jm "])
def test_a_country_may_be_sent_by_either_code_in_any_case(code: str, catalogue: Catalogue) -> None:
    posting = taken("request", catalogue, country=code, co_applicants=[code, "bb"]).posting
    assert (posting.country, posting.co_applicants) == ("JAM", ("JAM", "BRB"))


@pytest.mark.parametrize(
    ("tag", "language"), [("pt-BR", "pt"), ("PT_br", "pt"), ("es-419", "es"), ("NL", "nl"), ("en", "en")]
)
def test_a_language_is_told_without_its_region(tag: str, language: str, catalogue: Catalogue) -> None:
    assert taken("offer", catalogue, language=tag).posting.language == language


def test_a_language_that_is_not_declared_is_the_detected_one(catalogue: Catalogue) -> None:
    text = {"title": "Bancos de leche", "description": "Los hospitales recogen la leche de las madres."}
    silent = read("offer", BODY | text, catalogue, id="one", today=TODAY).posting
    declared = read("offer", BODY | text | {"language": "en"}, catalogue, id="one", today=TODAY).posting
    assert (silent.language, silent.detected_language) == ("es", "es")
    assert (declared.language, declared.detected_language) == ("en", "es")


def test_texts_are_trimmed_and_titles_stand_on_one_line(catalogue: Catalogue) -> None:
    posting = taken("offer", catalogue, title=" Milk\n\tbanks ", description=" One.\n\nTwo. ").posting
    assert (posting.title, posting.description) == ("Milk banks", "One.\n\nTwo.")


def test_a_name_that_stands_twice_counts_once(catalogue: Catalogue) -> None:
    lists = {"sectors": ["social", "health", "social"], "keywords": ["a ", "b", "a"]}
    posting = read("offer", BODY | lists, catalogue, id="one", today=TODAY).posting
    assert (posting.sectors, posting.keywords) == (("social", "health"), ("a", "b"))


@pytest.mark.parametrize("sent", ["2026-03-02", "2026-03-02T23:59:59Z", "2026-03-02T00:00:00+05:00"])
def test_a_day_may_be_sent_as_a_day_or_a_time(sent: str, catalogue: Catalogue) -> None:
    assert taken("offer", catalogue, valid_until=sent).posting.valid_until == TODAY


def test_a_posting_is_published_for_partners_unless_it_says_otherwise(catalogue: Catalogue) -> None:
    posting = taken("offer", catalogue).posting
    assert (posting.status, posting.visibility, posting.valid_until) == ("published", "partners", None)


# What is wrong.


def test_every_fault_of_a_body_is_told_at_once(catalogue: Catalogue) -> None:
    found = faults(
        "request",
        {
            "title": "x" * 201,
            "description": "\x00",
            "country": "Jamaika",
            "language": "de",
            "organisation": {"kind": "club", "size": 3},
            "sectors": ["health", "helth", 7],
            "modalities": ["grant-funding"],
            "keywords": ["milk", " "],
            "contact": {"name": "A", "email": "nobody"},
            "valid_until": "2026-03-01",
            "needed_by": "tomorrow",
            "visibility": "all",
            "links": ["https://example.org", "ftp://example.org"],
            "budget_usd": -1,
            "co_applicants": ["BRA", "FRA"],
            "capacity": 3,
            "tittle": "Milk",
        },
        catalogue,
    )
    assert found.keys() == {
        "/title",
        "/description",
        "/country",
        "/language",
        "/organisation/name",
        "/organisation/kind",
        "/organisation/size",
        "/sectors/1",
        "/sectors/2",
        "/modalities/0",
        "/keywords/1",
        "/contact/email",
        "/valid_until",
        "/needed_by",
        "/visibility",
        "/links/1",
        "/budget_usd",
        "/co_applicants/1",
        "/capacity",
        "/tittle",
    }
    assert all(len(sentences) == 1 for sentences in found.values())
    assert found["/sectors/1"] == ["“helth” is not a sector; near it: health."]
    assert found["/tittle"] == ["“tittle” is not a field here; near it: title."]
    assert found["/description"] == ["This text contains the control character U+0000."]
    assert found["/valid_until"] == ["2026-03-01 is in the past."]
    assert found["/needed_by"] == ["This is not a date such as 2027-01-31."]


def test_an_empty_body_lacks_what_is_required(catalogue: Catalogue) -> None:
    for kind in SHAPES:
        assert faults(kind, {}, catalogue) == {
            f"/{name}": ["This field is required."] for name in ("title", "description", "country")
        }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", " \n "),
        ("title", "a\x07b"),
        ("title", 7),
        ("title", None),
        ("description", "x" * 10_001),
        ("country", ["JAM"]),
        ("country", "ESP"),
        ("country", "JAM" * 100),
        ("language", ""),
        ("sectors", "health"),
        ("keywords", ["x"] * 41),
        ("valid_until", 1_800_000_000),
        ("valid_until", "2027-02-30"),
        ("valid_until", "02/03/2027"),
        ("capacity", 0),
        ("capacity", "3"),
        ("capacity", True),
        ("capacity", 1.5),
        ("contact", "me"),
        ("status", "withdrawn"),
        ("practice", {"level": "best"}),
    ],
)
def test_a_wrong_value_is_told_once_and_at_its_place(field: str, value: object, catalogue: Catalogue) -> None:
    found = faults("offer", BODY | {field: value}, catalogue)
    (pointer,) = found
    assert pointer.split("/")[1] == field
    assert len(found[pointer]) == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff", b'{"title": "\\ud800"}']
)
def test_what_is_no_object_is_told_as_such(body: bytes, catalogue: Catalogue) -> None:
    assert faults("offer", body, catalogue)


NAMES = st.sampled_from(sorted({*SHAPES["offer"].model_fields, *SHAPES["request"].model_fields, "x"}))
PLAIN = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | WORDS
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)


@given(body=ANYTHING, kind=st.sampled_from(["offer", "request"]))
def test_whatever_is_sent_is_a_posting_or_has_faults_with_places(
    body: object, kind: Kind, catalogue: Catalogue
) -> None:
    found: list[Fault] = []
    try:
        read(kind, orjson.dumps(body), catalogue, id="one", today=TODAY)
    except Invalid as refused:
        found = refused.faults
    assert all(fault.pointer == "" or fault.pointer.startswith("/") for fault in found)
    assert found or isinstance(body, dict)


def test_names_that_stand_twice_are_told_by_their_place() -> None:
    body = (
        b'{"title": "a", "contact": {"name": "b", "name": "c"},'
        b' "links": [{"a/b": 1, "a/b": 2}], "title": "d"}'
    )
    assert [fault.pointer for fault in repeated_names(body)] == ["/contact/name", "/links/0/a~1b", "/title"]
    assert repeated_names(b"{") == repeated_names(b'{"a": 1, "b": {"a": 1}}') == []


@pytest.mark.parametrize(
    ("body", "kind", "side"),
    [
        (b'{"offer": {"title": "a"}}', None, "offer"),
        (b'{"request": {"title": "a"}}', "offer", "request"),
        (b'{"title": "a", "capacity": 1}', None, "offer"),
        (b'{"title": "a", "capacity": 1}', "request", "request"),
        (b'{"title": "a"}', None, "request"),
    ],
)
def test_a_body_tells_its_side(body: bytes, kind: Kind | None, side: Kind) -> None:
    found, posting = sides(body, kind)
    assert found == side
    assert "title" in orjson.loads(posting)


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{"])
def test_a_body_without_sides_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        sides(body)
