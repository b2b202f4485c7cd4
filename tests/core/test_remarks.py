"""What is noticed about a text is told in words; nothing of it is a fault."""

from dataclasses import replace

import pytest

from app.catalogue.label import LANGUAGES
from app.language.detect import passages
from app.matching.posting import Posting
from app.matching.remarks import Remark, remarks
from tests.builders import a_request, an_offer

PLAIN = "We offer training in water management to the teachers of small towns."
DUTCH = "Wij zoeken kennis over het beheer van drinkwater in de dorpen van het binnenland."


def noticed(posting: Posting, *, bridged: bool = True) -> list[Remark]:
    return list(
        remarks(replace(posting, elsewhere=passages(posting.text, posting.language)), bridged=bridged)
    )


def codes(description: str, language: str = "en", title: str = "Water for small towns") -> list[str]:
    return [one.code for one in noticed(an_offer(title=title, description=description, language=language))]


def test_of_a_plain_text_there_is_nothing_to_say() -> None:
    assert codes(PLAIN) == []
    assert noticed(a_request()) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Wir bieten Schulungen für Lehrer an und wollen unsere Erfahrungen mit dem Wasser teilen."),
        ("ht", "Nou bezwen aprann kijan pou nou jere dlo nan vil yo ak lekòl yo pou timoun yo pa malad."),
        ("zh", "我们提供水资源管理培训，帮助小城市的教师学习如何管理饮用水。"),
        ("ar", "نقدم تدريبا في إدارة المياه لمعلمي المدن الصغيرة"),
    ],
)
def test_a_language_that_is_not_served_is_named(language: str, text: str) -> None:
    (remark,) = noticed(an_offer(title=text[:40], description=text, language="es"))
    assert remark.code == "unsupported_language"
    assert f"({language})" in remark.says.in_("en")
    assert "Spanish" in remark.says.in_("en")


def test_a_declared_language_that_the_text_is_not_in_is_told() -> None:
    (remark,) = noticed(an_offer(title="Drinkwater in het binnenland", description=DUTCH, language="es"))
    assert remark.code == "other_language"
    assert "neerlandés" in remark.says.in_("es")


def test_languages_that_are_mixed_are_told() -> None:
    (remark,) = noticed(an_offer(title="Water for small towns", description=f"{PLAIN}\n{PLAIN}\n{DUTCH}"))
    assert remark.code == "several_languages"
    assert "Dutch" in remark.says.in_("en")
    assert "English" in remark.says.in_("en")


@pytest.mark.parametrize(
    "text", ["the of and to in is", "2011 17 3.14 100 %", "…!?", "https://example.org/a?b=c"]
)
def test_a_text_without_words_is_told(text: str) -> None:
    assert codes(text, title="42") == ["no_words"]


@pytest.mark.parametrize(
    "piece", ["<p>", "</b>", "&amp;", "&#233;", "<a href='x'>", "<script>alert(1)</script>"]
)
def test_html_is_told(piece: str) -> None:
    assert codes(f"{PLAIN} {piece} {PLAIN}") == ["markup"]


@pytest.mark.parametrize("piece", ["A < B > C", "https://example.org", "ana@example.org", "R&D", "3 < 4"])
def test_what_only_looks_like_html_is_not(piece: str) -> None:
    assert codes(f"{PLAIN} {piece}.") == []


@pytest.mark.parametrize(
    "mark", ["😀", "🇧🇷", "✅", "\u200f", "\u202e", "\u2067", "\u200b", "\ufeff", "\u00ad", "\ue000"]
)
def test_emoji_and_invisible_marks_are_told(mark: str) -> None:
    assert codes(f"{PLAIN} {mark}") == ["marks"]


@pytest.mark.parametrize(
    "sign", ["25 °C", "©", "№ 7", "▪ first", "• second", "→", "½", "US$ 5", "m²", "l’eau", "n\u0303"]
)
def test_signs_that_people_write_are_not(sign: str) -> None:
    assert codes(f"{PLAIN} {sign}") == []


def test_that_nothing_translates_is_told_in_the_readers_language() -> None:
    (remark,) = noticed(an_offer(language="nl", title="Drinkwater", description=DUTCH), bridged=False)
    assert remark.code == "not_translated"
    assert "Dutch" in remark.says.in_("en")


def test_everything_is_told_at_once_and_in_every_language() -> None:
    found = noticed(
        an_offer(title="<b>7</b>", description="\u200f", language="es", country="CHL"), bridged=False
    )
    assert [one.code for one in found] == ["no_words", "markup", "marks", "not_translated"]
    for one in found:
        told = [one.says.in_(language) for language in LANGUAGES]
        assert len(set(told)) == len(LANGUAGES)
        assert all("{" not in sentence for sentence in told)
