"""Every line is read, every fault is told with its line, and what was sent before is told apart."""

import json
from itertools import count
from typing import Any

import pytest

from app import batch
from app.batch import Entry, Misread, Sifted, sift
from app.catalogue import Catalogue
from app.errors import Invalid, TooLarge
from app.intake import Intake
from app.interpreter import with_translation
from app.language.apertium import Apertium
from app.matching.market import Market
from app.matching.posting import Asker, Posting
from tests.builders import TODAY, a_market, a_request, again, an_offer

LINE: dict[str, Any] = {
    "offer": {"title": "Milk banks", "description": "We collect mothers' milk.", "country": "BRA"}
}
OPERATOR = Asker("administrator")


def read(catalogue: Catalogue, *objects: Any) -> tuple[list[Entry], list[Misread]]:
    """Read lines: objects as JSON, and bytes as they are."""
    numbers = count(1)
    raw = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in objects)
    return batch.read(batch.lines(raw), catalogue, today=TODAY, new_id=lambda: f"made-{next(numbers)}")


def told(misread: list[Misread]) -> list[tuple[int, str]]:
    return [(one.line, one.fault.pointer) for one in misread]


def test_offers_and_requests_are_read_with_their_ids_or_made_ones(catalogue: Catalogue) -> None:
    request = {**LINE["offer"], "country": "jm", "needed_by": "2030-01-01"}
    entries, misread = read(catalogue, {**LINE, "id": "ours_1"}, {"request": request}, {**LINE, "id": None})
    assert misread == []
    assert [(one.line, one.intake.posting.kind, one.id) for one in entries] == [
        (1, "offer", "ours_1"),
        (2, "request", "made-1"),
        (3, "offer", "made-2"),
    ]
    assert [one.intake.posting.country for one in entries] == ["BRA", "JAM", "BRA"]


@pytest.mark.parametrize(
    "raw",
    [
        b'\xef\xbb\xbf{"offer": %s}\n',
        b'{"offer": %s}',
        b'{"offer": %s}\r\n\r\n',
        b' {"offer": %s} \n\n \t\n',
    ],
)
def test_a_mark_at_the_start_and_blank_lines_are_no_fault(catalogue: Catalogue, raw: bytes) -> None:
    entries, misread = read(catalogue, raw % json.dumps(LINE["offer"]).encode())
    assert [one.line for one in entries] == [1]
    assert misread == []


def test_a_line_is_what_a_line_feed_ends(catalogue: Catalogue) -> None:
    """JSON may hold other line ends as they are, and blank lines count in the numbers."""
    parted = json.dumps({"offer": {**LINE["offer"], "description": "One.\u2028Two.\x85"}}, ensure_ascii=False)
    entries, misread = read(catalogue, b"", b"", json.dumps(LINE).encode(), parted.encode())
    assert [one.line for one in entries] == [3]
    assert told(misread) == [(4, "/offer/description")], "U+0085 is a control character"


def test_faults_of_all_lines_are_told_with_line_and_place(catalogue: Catalogue) -> None:
    offer = LINE["offer"]
    entries, misread = read(
        catalogue,
        {"offer": {**offer, "country": "XXX", "sectors": ["health", "helth"]}},
        LINE,
        b"{",
        b"[]",
        {},
        {**LINE, "request": offer},
        {**LINE, "a/b": 1},
        {"offer": [offer]},
        {"request": {**offer, "capacity": 3}},
        {**LINE, "id": ""},
        {"offer": {"title": "x"}, "id": 7},
        {**LINE, "id": "not an id"},
        b'{"offer": {"title": "x", "title": "y", "description": "z", "country": "BRA"}}',
    )
    assert told(misread) == [
        (1, "/offer/sectors/1"),
        (1, "/offer/country"),
        (3, ""),
        (4, ""),
        (5, ""),
        (6, ""),
        (7, "/a~1b"),
        (8, "/offer"),
        (9, "/request/capacity"),
        (10, "/id"),
        (11, "/id"),
        (11, "/offer/description"),
        (11, "/offer/country"),
        (12, "/id"),
        (13, "/offer/title"),
    ]
    assert all(one.fault.detail.endswith(".") for one in misread)
    assert [one.line for one in entries] == [2]


def test_an_id_stands_once_also_if_one_is_an_offer_and_one_a_request(catalogue: Catalogue) -> None:
    ours = {**LINE, "id": "ours"}
    entries, misread = read(catalogue, ours, LINE, {"request": LINE["offer"], "id": "ours"}, ours)
    assert told(misread) == [(3, "/id"), (4, "/id")]
    assert all("line 1" in one.fault.detail for one in misread)
    assert len(entries) == 2


def test_a_day_that_has_passed_is_a_fault_here_too(catalogue: Catalogue) -> None:
    _, misread = read(catalogue, {"offer": {**LINE["offer"], "valid_until": "2020-01-01"}})
    assert told(misread) == [(1, "/offer/valid_until")]


@pytest.mark.parametrize("raw", [b"", b"\n", b" \r\n\t\n", b"\xef\xbb\xbf"])
def test_a_text_without_postings_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        batch.lines(raw)
    assert "no posting" in refused.value.faults[0].detail


@pytest.mark.parametrize(
    ("raw", "line"),
    [("{}\n{}\né".encode("latin-1"), 3), ("{}".encode("utf-16"), 1), (b"{}\n\xed\xa0\x80", 2)],
)
def test_what_is_not_utf_8_is_refused_with_its_line(raw: bytes, line: int) -> None:
    with pytest.raises(Invalid) as refused:
        batch.lines(raw)
    (fault,) = refused.value.faults
    assert "not UTF-8" in fault.detail
    assert f"line {line}." in fault.detail


def test_only_so_much_is_taken_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "LARGEST", 100)
    assert batch.lines(b"x" * 100)
    with pytest.raises(TooLarge, match="100 bytes"):
        batch.lines(b"x" * 101)


# What was sent before


def sifted(market: Market, *found: Posting, keep_near: bool = False) -> list[Sifted]:
    entries = [Entry(line, Intake(posting, None)) for line, posting in enumerate(found, start=1)]
    return list(sift(entries, market, asker=OPERATOR, today=TODAY, keep_near=keep_near))


def near(found: list[Sifted]) -> list[list[str]]:
    return [[one.posting.id for one in each.near] for each in found]


def test_what_is_in_the_market_already_is_told(catalogue: Catalogue) -> None:
    stored, other = an_offer(), an_offer(title="River gauging", description="Hydrology of great rivers.")
    market = a_market(catalogue, stored, other)
    found = sifted(market, again(stored, id="again"), a_request(country="BRA"))
    assert near(found) == [[stored.id], []]
    assert found[0].near[0].likeness == pytest.approx(1.0, abs=1e-3)


def test_what_stands_twice_in_one_text_is_told_of_the_later_one(catalogue: Catalogue) -> None:
    one, other = an_offer(), an_offer(title="River gauging", description="Hydrology of great rivers.")
    twice, thrice = again(one, id="twice"), again(one, id="thrice")
    market = a_market(catalogue)
    assert near(sifted(market, one, other, twice, thrice)) == [[], [], [one.id], [one.id]]
    assert market.get("offer", "twice") is None
    kept = a_market(catalogue)
    assert near(sifted(kept, one, twice, thrice, keep_near=True)) == [[], [one.id], [one.id, "twice"]]


def test_a_draft_is_not_taken_twice_and_stays_one(catalogue: Catalogue) -> None:
    draft = an_offer(status="draft")
    found = sifted(a_market(catalogue), draft, again(draft, id="again"))
    assert near(found) == [[], [draft.id]]
    assert found[0].entry.intake.posting.status == "draft"


def test_the_same_in_another_language_is_told(catalogue: Catalogue) -> None:
    translator = Apertium()
    english = with_translation(
        an_offer(
            title="Human milk banks in public hospitals",
            description="We help public hospitals to collect human milk and to give it to newborn children.",
        ),
        translator,
    )
    translator.close()
    spanish = an_offer(
        language="es",
        title="Bancos de leche humana en hospitales públicos",
        description="Ayudamos a los hospitales públicos a recoger leche humana y darla a recién nacidos.",
    )
    for first, second in ((english, spanish), (spanish, english)):
        assert near(sifted(a_market(catalogue), first, second)) == [[], [first.id]]


def test_each_line_is_weighed_as_it_would_be_were_it_posted_by_itself(catalogue: Catalogue) -> None:
    """The epoch that is due begins while the lines are compared, as it does while postings come in."""
    market = a_market(catalogue)
    subjects = ["water", "roads", "ports", "vaccines", "schools", "forests", "courts", "taxes", "fishing"]
    postings = [
        an_offer(country=country, title=f"About {subject}", description=f"We teach {subject}.")
        for subject in subjects
        for country in ("BRA", "CHL", "PER")
    ]
    sifted(market, *postings)
    assert market.shelf("offer").weightings[0].texts > len(a_market(catalogue)._texts)
