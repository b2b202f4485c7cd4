"""Suggested tags and near-duplicates are counted against what people said, and never by what they were learnt
from."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.catalogue import BadSeed, Catalogue
from app.evaluation import tagging
from app.evaluation.repeats import Repeats, repeats
from app.evaluation.sets import Duplicate, Set
from app.evaluation.tagging import FOLDS, TagFigures, tag_figures, trained, written
from app.language.wording import Wording
from app.matching.posting import Posting
from app.matching.tags import Tag
from app.thesaurus import Thesaurus
from tests.builders import TODAY, a_market, a_request, an_offer, the_thesaurus
from tests.conftest import SEED

GOOD: dict[str, Any] = {
    "title": "Teaching reading",
    "description": "A ten-week course for teachers.",
    "language": "en",
    "sectors": ["education-culture"],
    "modalities": ["training"],
}


def a_set(name: Any, *postings: Posting) -> Set:
    offers = {one.id: one for one in postings if one.kind == "offer"}
    requests = {one.id: one for one in postings if one.kind == "request"}
    return Set(name, offers, requests, (), ())


# What is learnt from


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """A seed whose folder of tagged texts has one file of these lines."""

    def write(*found: Any) -> Path:
        (tmp_path / "tagging").mkdir()
        text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in found)
        (tmp_path / "tagging" / "some.jsonl").write_text(text, "utf-8")
        return tmp_path

    return write


def test_texts_written_to_learn_from_are_read_with_their_tags(
    lines: Callable[..., Path], catalogue: Catalogue
) -> None:
    one, other = written(lines(GOOD, {**GOOD, "language": "nl", "modalities": []}), catalogue)
    assert (one.id, one.sectors, one.modalities) == ("some-1", ("education-culture",), ("training",))
    assert (other.id, other.language, other.modalities) == ("some-2", "nl", ())


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"sectors": []}, "sectors"),
        ({"sectors": ["helth"]}, "unknown “helth”"),
        ({"modalities": ["dancing"]}, "unknown “dancing”"),
        ({"language": "de"}, "language"),
        ({"title": ""}, "title"),
        ({"country": "BRA"}, "country"),
    ],
)
def test_a_faulty_text_is_told_with_file_and_line(
    lines: Callable[..., Path], catalogue: Catalogue, fault: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadSeed) as bad:
        written(lines(GOOD, {**GOOD, **fault}), catalogue)
    assert said in str(bad.value)
    assert "some.jsonl" in str(bad.value)
    assert "2" in str(bad.value)


def test_what_is_no_json_is_told_too(lines: Callable[..., Path], catalogue: Catalogue) -> None:
    with pytest.raises(BadSeed, match=r"some\.jsonl"):
        written(lines("{"), catalogue)


def test_the_seed_teaches_every_sector_in_several_languages(catalogue: Catalogue) -> None:
    found = written(SEED, catalogue)
    assert {sector for one in found for sector in one.sectors} == {*catalogue.sectors}
    assert {one.language for one in found} == {"en", "es", "pt", "fr", "nl"}


def test_the_service_learns_from_the_seed_when_it_is_first_asked(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def reading(seed: Path, catalogue: Catalogue) -> list[Posting]:
        read.append(seed)
        return written(seed, catalogue)

    monkeypatch.setattr(tagging, "written", reading)
    tagger = trained(SEED, catalogue, the_thesaurus(), today=TODAY)
    assert read == []
    assert tagger.modalities(Wording("A ten-week course for teachers.", "en"))[0].slug == "training"
    tagger.sectors(Wording("A ten-week course for teachers.", "en"))
    assert read == [SEED]


# Measuring


class Told:
    """Stands in for a tagger: it says of every text what the test lets it say, and knows what it has seen."""

    says: dict[str, list[str]]
    made: list["Told"]

    def __init__(self, _catalogue: Catalogue, _thesaurus: Thesaurus, examples: Callable[[], Any]) -> None:
        self.seen = {one.id for one in examples()}
        self.asked: list[str] = []
        type(self).made.append(self)

    def sectors(self, wording: Wording) -> tuple[Tag, ...]:
        title = wording.text.splitlines()[0]
        self.asked.append(title)
        return tuple(Tag(slug, 1.0, ()) for slug in type(self).says.get(title, []))

    def modalities(self, wording: Wording) -> tuple[Tag, ...]:
        return ()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> type[Told]:
    Told.says, Told.made = {}, []
    monkeypatch.setattr(tagging, "Tagger", Told)
    return Told


def figures(found: tuple[TagFigures, ...], what: str, language: str) -> TagFigures:
    return next(one for one in found if (one.what, one.language) == (what, language))


def test_f1_is_averaged_over_the_tags_that_occur_and_over_all(told: type[Told], catalogue: Catalogue) -> None:
    postings = [
        an_offer(title="a", sectors=["health"]),
        an_offer(title="b", sectors=["health"]),
        an_offer(title="c", sectors=["social"], language="es"),
        a_request(title="d"),
    ]
    told.says = {"a": ["health"], "b": ["social"], "c": ["social", "gender"], "d": ["health"]}
    found = tag_figures(a_set("held-out", *postings), [a_set("building")], (), catalogue, the_thesaurus())
    every = figures(found, "sectors", "all")
    assert every.postings == 3, "who names no sector says nothing about what it should be"
    # health: one of two found, none wrongly; social: found, and once wrongly; gender does not occur.
    assert every.macro_f1 == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert every.micro_f1 == pytest.approx(2 * 2 / (3 + 4))
    spanish = figures(found, "sectors", "es")
    assert (spanish.postings, spanish.macro_f1) == (1, 1.0)
    assert spanish.micro_f1 == pytest.approx(2 / 3)
    assert figures(found, "sectors", "en").postings == 2
    assert {one.what for one in found} == {"sectors"}, "nobody names a modality, so there is nothing to find"


def test_no_posting_of_the_building_part_is_tagged_by_what_was_learnt_from_itself(
    told: type[Told], catalogue: Catalogue
) -> None:
    postings = [an_offer(id=f"o{place}", title=f"o{place}", sectors=["health"]) for place in range(11)]
    learnt = [an_offer(id="taught")]
    building = a_set("building", *postings)
    (figure, *_) = tag_figures(building, [building], learnt, catalogue, the_thesaurus())
    assert figure.postings == 11
    assert len(told.made) == FOLDS
    assert sorted(title for one in told.made for title in one.asked) == sorted(one.title for one in postings)
    for one in told.made:
        assert not one.seen & {*one.asked}
        assert one.seen | {*one.asked} == {"taught", *(each.id for each in postings)}


def test_the_held_out_part_is_tagged_without_what_belongs_to_the_building_part(
    told: type[Told], catalogue: Catalogue
) -> None:
    ours, theirs = an_offer(title="ours", sectors=["health"]), an_offer(title="theirs", sectors=["health"])
    found = tag_figures(
        a_set("held-out", ours, theirs), [a_set("building", ours)], (), catalogue, the_thesaurus()
    )
    (tagger,) = told.made
    assert tagger.seen == {ours.id}
    assert {*tagger.asked} == {"theirs"}
    assert figures(found, "sectors", "all").postings == 1


def test_the_real_tagger_is_measured_without_a_word_to_go_by(catalogue: Catalogue) -> None:
    wordless = [an_offer(title="7", description="8", sectors=["health"]) for _ in range(FOLDS)]
    one = a_set("held-out", *wordless)
    (figure, *_) = tag_figures(one, [a_set("building")], (), catalogue, the_thesaurus())
    assert (figure.macro_f1, figure.micro_f1) == (0.0, 0.0)


# Near-duplicates


def test_those_sent_again_and_those_told_wrongly_are_counted(catalogue: Catalogue) -> None:
    milk = an_offer(title="Human milk banks", description="We help hospitals to share mothers' milk.")
    rivers = an_offer(title="River gauging", description="We train hydrologists to measure great rivers.")
    twin = an_offer(title=rivers.title, description=f"{rivers.description} Again.")
    market = a_market(catalogue, milk, rivers, twin)
    sent = replace(milk, id="sent-again")
    lost = an_offer(title="Something else", description="Nobody would take this for what it repeats.")

    def counted(writer_of_the_twin: str) -> Repeats:
        return repeats(
            [(Duplicate(milk.id, sent), sent), (Duplicate(milk.id, lost), lost)],
            [milk, rivers, twin],
            market,
            {milk.id: "Ana", rivers.id: "Ana", twin.id: writer_of_the_twin},
            today=TODAY,
        )

    assert counted("Ana") == Repeats(sent_again=2, found=1, others=3, wrongly=2, by_two=0)
    # Two who do not know of each other may write of one practice.
    assert counted("Bea") == Repeats(sent_again=2, found=1, others=3, wrongly=0, by_two=2)


def test_of_nothing_nothing_is_counted(catalogue: Catalogue) -> None:
    assert repeats([], [], a_market(catalogue), {}, today=TODAY) == Repeats(0, 0, 0, 0, 0)
