"""Apertium as a translator: what it makes of a text, and what becomes of it when its processes fail."""

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.evaluation.samples import Samples
from app.language.apertium import DATA, MODES, PACKAGES, PATIENCE, Apertium
from app.language.detect import detect
from app.language.translate import NoTranslator, Translation, Untranslated, believed

ENGLISH = "We offer training in water management to the teachers of small towns."
SPANISH = "Ofrecemos formación en gestión del agua a los maestros de ciudades pequeñas."
TEXTS = {
    "en": (ENGLISH, "ciudades"),
    "fr": ("Nous offrons une formation sur la gestion de l'eau dans les petites villes.", "agua"),
    "pt": ("Oferecemos formação em gestão da água para cidades pequenas.", "ciudades"),
}


@pytest.fixture(scope="module")
def apertium() -> Iterator[Apertium]:
    missing = [mode for mode in MODES.values() if not (DATA / "modes" / f"{mode}.mode").is_file()]
    if missing or shutil.which("apertium-wblank-mode") is None:
        pytest.fail(f"These tests need Apertium: apt-get install --no-install-recommends {PACKAGES}")
    translator = Apertium()
    yield translator
    translator.close()


@pytest.fixture
def piped(apertium: Apertium, tmp_path: Path) -> Iterator[Callable[..., Apertium]]:
    """A translator whose English pipeline is a command of the test's own, in a script, for it is called with
    options that Apertium's programs understand."""
    made: list[Apertium] = []

    def build(command: str, seconds: float = 0.5) -> Apertium:
        script = tmp_path / "translate"
        script.write_text(f"#!/bin/sh\n{command}\n", "utf-8")
        script.chmod(0o755)
        (tmp_path / "modes").mkdir()
        (tmp_path / "modes" / "eng-spa.mode").write_text(f"{script}\n", "utf-8")
        made.append(Apertium(data=tmp_path, seconds=seconds))
        return made[-1]

    yield build
    for translator in made:
        translator.close()


def process_of(translator: Apertium, language: str = "en") -> Any:
    return translator._lines[language]._process


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_is_translated_into_the_pivot(apertium: Apertium, language: str) -> None:
    text, word = TEXTS[language]
    made = apertium.translate(text, language)
    assert detect(made.text).language == "es"
    assert word in made.text
    assert made.by == apertium.version(language)
    assert made.by.startswith(f"apertium {MODES[language]} ")


@pytest.mark.parametrize("language", ["es", "nl", "de", ""])
def test_other_languages_are_left_to_others(apertium: Apertium, language: str) -> None:
    assert apertium.version(language) is None
    with pytest.raises(Untranslated, match="does not translate"):
        apertium.translate(ENGLISH, language)


def test_every_sample_posting_is_translated(apertium: Apertium, sampled: Samples) -> None:
    translated = 0
    for side in (sampled.offers, sampled.requests):
        for posting in (intake.posting for intake in side.values()):
            if posting.language in MODES:
                made = apertium.translate(f"{posting.title}\n{posting.description}", posting.language)
                assert detect(made.text).language == "es"
                translated += 1
    assert translated >= 49


def test_glosses_lead_back_to_the_words_of_the_original(apertium: Apertium) -> None:
    made = apertium.translate(TEXTS["fr"][0], "fr")
    assert made.glosses["agua"] == "de l'eau"
    assert made.glosses["ciudades"] == "villes"
    for language, (text, _) in TEXTS.items():
        made = apertium.translate(text, language)
        for word, origin in made.glosses.items():
            assert word in made.text.casefold()
            assert all(part in text for part in origin.split())


@pytest.mark.parametrize(
    "inserted",
    [
        *(
            "[",
            "]",
            "[[",
            "]]",
            "[[/]]",
            "[[t:w:0]]",
            "{",
            "}",
            "^",
            "$",
            "^a/b<n>$",
            "/",
            "\\",
            "\\\\[",
            "@",
        ),
        *(
            "<",
            ">",
            "<b>",
            "~",
            "*",
            "#",
            "+",
            "|",
            "&amp;",
            "%s",
            "$1",
            "`id`",
            "$(id)",
            ".[]",
            "[]",
            "\0",
            "\t",
        ),
        *(
            "😀🎉",
            "🇧🇷",
            "\u200f",
            "\u202e",
            "\u2067",
            "\ufeff",
            "\u2028",
            "\r\n",
            "中文",
            "\ud800",
            "\ufffd",
            "…",
        ),
    ],
)
def test_no_character_means_something_to_the_pipeline(apertium: Apertium, inserted: str) -> None:
    for text in (
        f"We offer training {inserted} in water management.",
        f"{inserted}We offer{inserted}training in water management{inserted}",
    ):
        made = apertium.translate(text, "en")
        assert "agua" in made.text.casefold()
        assert not set("[]{}^$@\\<>\0") & set(made.text)
    assert apertium.translate(ENGLISH, "en").text.startswith("Ofrecemos"), "and the next text is its own"


def test_a_control_character_is_refused_as_nobodys_word(apertium: Apertium) -> None:
    with pytest.raises(Untranslated, match="control characters"):
        apertium.translate("We offer \x01 training in water management.", "en")


@pytest.mark.parametrize("text", ["", " ", "\n\n", "2011", "…", "😀", "[]", ".", "\0"])
def test_a_text_without_words_is_translated_into_none(apertium: Apertium, text: str) -> None:
    assert not any(character.isalpha() for character in apertium.translate(text, "en").text)


def test_lines_stay_lines_and_their_order_is_kept(apertium: Apertium) -> None:
    made = apertium.translate("Water\n\nSchools and teachers\r\nHospitals", "en")
    assert [line.casefold() for line in made.text.split("\n")] == [
        "agua",
        "",
        "escuelas y profesores",
        "hospitales",
    ]


@pytest.mark.parametrize("language", TEXTS)
def test_ten_thousand_characters_stay_within_the_limit(apertium: Apertium, language: str) -> None:
    text = f"{TEXTS[language][0]} "
    begun = time.monotonic()
    made = apertium.translate((text * (10_000 // len(text) + 1))[:10_000], language)
    assert time.monotonic() - begun < 5
    assert len(made.text) > 8_000


def test_several_threads_may_translate_at_once(apertium: Apertium) -> None:
    expected = {language: apertium.translate(text, language) for language, (text, _) in TEXTS.items()}
    wrong: list[object] = []

    def work(language: str) -> None:
        for _ in range(10):
            made = apertium.translate(TEXTS[language][0], language)
            if made != expected[language]:
                wrong.append(made)

    threads = [threading.Thread(target=work, args=(language,)) for language in TEXTS for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_killed_pipeline_is_started_again(apertium: Apertium) -> None:
    before = apertium.translate(ENGLISH, "en")
    old = process_of(apertium)
    os.killpg(old.pid, signal.SIGKILL)
    old.wait()
    assert apertium.translate(ENGLISH, "en") == before
    assert process_of(apertium).pid != old.pid
    assert apertium.state() == ("ok", "Apertium, from en, pt, fr")


def test_a_process_is_kept_for_the_next_text(apertium: Apertium) -> None:
    apertium.translate(ENGLISH, "en")
    pid = process_of(apertium).pid
    apertium.translate(ENGLISH, "en")
    assert process_of(apertium).pid == pid


def test_nothing_runs_before_it_is_needed_and_after_it_is_closed(apertium: Apertium) -> None:
    other = Apertium()
    assert process_of(other) is None
    other.translate(ENGLISH, "en")
    process = process_of(other)
    other.close()
    assert process.returncode is not None
    until = time.monotonic() + 5
    while running_in(process.pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert running_in(process.pid) == []


def running_in(group: int) -> list[str]:
    """The programs of a process group that have not ended, whoever is to take note of it."""
    running = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            name, _, rest = file.read_text("utf-8").rpartition(")")
            state, _, its_group, *_ = rest.split()
            if int(its_group) == group and state not in "ZX":
                running.append(name)
    return running


def test_a_hanging_pipeline_is_cut_off_and_leaves_no_process(piped: Callable[..., Apertium]) -> None:
    translator = piped("sleep 60")
    begun = time.monotonic()
    with pytest.raises(Untranslated, match=r"no answer within 0\.5 seconds"):
        translator.translate(ENGLISH, "en")
    assert time.monotonic() - begun < 2
    assert process_of(translator) is None
    assert translator.state() == ("ok", "Apertium, from en; failing now: en")


def test_a_pipeline_that_does_not_read_is_cut_off_too(piped: Callable[..., Apertium]) -> None:
    begun = time.monotonic()
    with pytest.raises(Untranslated, match="no answer within"):
        piped("sleep 60").translate(f"{ENGLISH} " * 2_000, "en")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("command", "because"),
    [
        ("cat", "is in en"),
        ("sed -zu 's/ //g'", "1 words for 12"),
        ("sed -zu 's/.*//'", "0 words"),
        ("sed -zu 's/.*/\\x01&/'", "control characters"),
        ("sed -zu 's/.*/&&&&/'", "words for"),
        ("true", "died"),
        ("false", "died"),
        ("no-such-program-of-apertium", "died"),
        ("yes", "does not end"),
        ("echo rubbish", "died"),
    ],
)
def test_a_pipeline_that_talks_nonsense_is_refused(
    piped: Callable[..., Apertium], command: str, because: str
) -> None:
    with pytest.raises(Untranslated, match=because):
        piped(command, seconds=5.0).translate(ENGLISH, "en")


def test_a_failing_language_is_left_alone_and_tried_again(
    piped: Callable[..., Apertium], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.language.apertium.REST", 0.5)
    starts = tmp_path / "starts"
    translator = piped(f"touch {starts}", seconds=5.0)
    for _ in range(PATIENCE):
        with pytest.raises(Untranslated, match="died"):
            translator.translate(ENGLISH, "en")
    starts.unlink()
    for _ in range(3):
        with pytest.raises(Untranslated, match="left alone"):
            translator.translate(ENGLISH, "en")
    assert not starts.exists(), "nothing was started"
    time.sleep(0.6)
    with pytest.raises(Untranslated, match="died"):
        translator.translate(ENGLISH, "en")
    assert starts.exists()


def test_another_pipeline_is_another_version(apertium: Apertium, piped: Callable[..., Apertium]) -> None:
    other = piped("cat").version("en")
    assert other is not None
    assert other != apertium.version("en")


def test_an_apertium_that_is_not_there_says_what_to_install(
    apertium: Apertium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Untranslated, match=f"apt-get install {PACKAGES}"):
        Apertium(data=tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Untranslated, match=f"apt-get install {PACKAGES}"):
        Apertium()


def test_no_translator_translates_nothing_and_says_why() -> None:
    nobody = NoTranslator("Switched off.")
    assert nobody.version("en") is None
    assert nobody.state() == ("absent", "Switched off.")
    with pytest.raises(Untranslated, match="Switched off"):
        nobody.translate(ENGLISH, "en")


@pytest.mark.parametrize(
    ("made", "because"),
    [
        (ENGLISH, "is in en"),
        (SPANISH * 4, "words for"),
        ("Ofrecemos.", "1 words for 12"),
        ("", "0 words for 12"),
        (f"{SPANISH}\x07", "control characters"),
        (f"{SPANISH}\ue000", "control characters"),
    ],
)
def test_what_cannot_be_a_translation_is_not_believed(made: str, because: str) -> None:
    with pytest.raises(Untranslated, match=because):
        believed(ENGLISH, Translation(made, "somebody"))


@pytest.mark.parametrize(
    ("source", "made"),
    [
        (ENGLISH, SPANISH),
        ("Water", "El agua de la ciudad"),
        ("", ""),
        ("Chagas", "Chagas"),
        ("Water\n", "Agua\n\t"),
    ],
)
def test_a_clumsy_translation_is_believed(source: str, made: str) -> None:
    translation = Translation(made, "somebody")
    assert believed(source, translation) is translation
