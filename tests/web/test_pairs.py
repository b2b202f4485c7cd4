"""The page of a pair: what met, marked in both texts, adding up, and through what they were compared."""

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from html import unescape
from typing import Any

import pytest

from app import accounts, postings, weightings
from app.catalogue import Catalogue
from app.evaluation.intervals import Interval
from app.evaluation.samples import Samples
from app.language.apertium import Apertium
from app.language.translate import NoTranslator, Translation, Untranslated
from app.learning import Change, Lesson
from app.matching.score import VERSION, WEIGHTS
from app.settings import Settings
from tests.web.visitors import Clock, Service, Visitor, a_request, an_offer, running

SAME = ("nic-jovenes-arte-pandillas", "col-medellin-seguridad")
BRIDGED = ("bol-camiones-frontera", "bra-integracao-energetica")
FROM_FRENCH = ("hti-eau-cholera", "arg-chagas-chaco")
UNBRIDGED = ("sur-jongens-straat", "jam-boys-mentoring")
PAIRS = (SAME, BRIDGED, FROM_FRENCH, UNBRIDGED)
A_CHANGE = Change(0.75, 0.8, Interval(0.05, 0.01, 0.09))


@pytest.fixture(scope="module")
def translated(
    catalogue: Catalogue, sampled: Samples, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with a few of the sample postings, translated. Read it; change nothing."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path_factory.mktemp('pairs')}/puente.db", rate_limit="off"
    )
    with running(settings, catalogue, Clock(), Apertium()) as service:
        house = service.app.state.house
        with house.database.transaction() as session:
            for request, offer in PAIRS:
                for intake in (sampled.requests[request], sampled.offers[offer]):
                    postings.add(session, intake, by=accounts.OPERATOR, now=service.clock.now)
        house.interpreter.catch_up()
        house.desk.keep_up()
        yield service


def look(service: Service, path: str, language: str = "en") -> str:
    service.client.cookies.clear()
    answer = service.anyone.get(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def in_full(service: Service, pair: tuple[str, str], language: str = "en") -> str:
    return look(service, "/requests/{}/suggestions/{}".format(*pair), language)


def asked(service: Service, pair: tuple[str, str]) -> Any:
    return service.anyone.get("/v1/requests/{}/suggestions/{}".format(*pair)).json()


def texts(page: str) -> list[str]:
    """The two texts of a page, without their readings in Spanish."""
    found = re.findall(r'<article class="side .*?</article>', page, flags=re.DOTALL)
    return [re.sub(r"<details.*?</details>", "", one, flags=re.DOTALL) for one in found]


def numbers(text: str, kind: str) -> set[int]:
    """The numbers of the marks of a text: of words, or of concepts."""
    said = re.findall(r"<sup[^>]*><i [^>]*> \((\w+)\) </i>(\d+)</sup>", text)
    return {int(number) for which, number in said if which == kind}


def rows(page: str) -> list[str]:
    """The list of what met, a row each, ending with the rest and the sum."""
    (table,) = re.findall(r'<table class="met-sum">.*?</table>', page, flags=re.DOTALL)
    return [
        " ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split())
        for row in re.findall(r"<tr.*?</tr>", table.partition("<tbody>")[2], flags=re.DOTALL)
    ]


@pytest.mark.parametrize("pair", PAIRS)
def test_what_met_is_marked_in_both_texts_under_the_number_of_its_row(
    translated: Service, pair: tuple[str, str]
) -> None:
    page = in_full(translated, pair)
    *listed, _, _ = rows(page)
    assert [int(row.split()[0]) for row in listed] == list(range(1, len(listed) + 1))
    concepts = {int(row.split()[0]) for row in listed if " concept " in row}
    words = set(range(1, len(listed) + 1)) - concepts
    assert concepts
    for text in texts(page):
        assert numbers(text, "concept") == concepts
        assert numbers(text, "word") == words


@pytest.mark.parametrize("pair", PAIRS)
def test_the_list_names_every_concept_and_adds_up_to_the_text_part(
    translated: Service, pair: tuple[str, str]
) -> None:
    told = asked(translated, pair)
    (text,) = (part for part in told["parts"] if part["name"] == "text")
    page = in_full(translated, pair)
    *listed, rest, whole = rows(page)
    for one in text["evidence"]:
        if one["kind"] == "concept":
            (row,) = (row for row in listed if f" {one['says']} concept " in row)
            assert one["in_request"] in row
            assert one["in_offer"] in row
    assert rest.startswith("The rest")
    thousandths = [round(float(row.rpartition("+")[2]) * 1000) for row in (*listed, rest)]
    assert sum(thousandths) == round(float(whole.split()[-1]) * 1000) == round(text["contribution"] * 1000)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_parts_as_they_are_told_add_up_to_the_score(translated: Service, pair: tuple[str, str]) -> None:
    page = in_full(translated, pair)
    (drawn,) = re.findall(r'<table class="waterfall explained">.*?</table>', page, flags=re.DOTALL)
    adds = [round(float(told) * 1000) for told in re.findall(r"\+(\d\.\d{3})", drawn)]
    (score,) = re.findall(r"<strong>(\d\.\d{3})</strong>", drawn)
    assert sum(adds) == round(float(score) * 1000) == round(asked(translated, pair)["score"] * 1000)


def test_across_languages_it_says_through_what_and_shows_the_reading(translated: Service) -> None:
    for pair, name in ((BRIDGED, "Portuguese"), (FROM_FRENCH, "French")):
        page = in_full(translated, pair)
        assert f"Compared through Spanish, into which {name} was translated" in page
        (reading,) = re.findall(r'<details class="reading">.*?</details>', page, flags=re.DOTALL)
        assert "A machine translation, made for comparing only, by:" in reading
        assert "<code>apertium " in reading
        assert '<div class="text" lang="es">' in reading
        words = {number for text in texts(page) for number in numbers(text, "word")}
        assert words
        assert numbers(reading, "word") == words, "all words met through it"
        assert "can both be read in Spanish, a full match counts 0.1" in page


def test_in_one_language_it_says_so(translated: Service) -> None:
    page = in_full(translated, SAME)
    assert "Both texts are in the same language (Spanish)." in page
    assert "As read in Spanish" not in page
    assert "For texts in one language, a full match counts 0.2" in page


def test_where_a_language_has_no_translator_it_says_what_helps(translated: Service) -> None:
    page = in_full(translated, UNBRIDGED)
    assert "Dutch was not translated." in page
    assert "Apertium has no translator from Dutch into Spanish." in page
    assert "one cannot be read in Spanish, a full match counts 0.2" in page
    spanish = in_full(translated, UNBRIDGED, "es")
    assert "Apertium no tiene traductor del neerlandés al español." in spanish
    assert "no se tradujo del neerlandés." in spanish


class Late(NoTranslator):
    """Knows Portuguese, and has no time."""

    def version(self, language: str) -> str | None:
        return "late 1" if language == "pt" else None

    def translate(self, text: str, language: str) -> Translation:
        raise Untranslated("Not now.")


@pytest.mark.parametrize(
    ("translator", "advice"),
    [
        (NoTranslator("Not installed."), "No translator reads Portuguese here: whoever runs this service"),
        (Late("Not now."), "The translation from Portuguese is not there yet"),
    ],
)
def test_where_the_translation_is_lacking_it_says_what_to_do(
    settings: Settings, catalogue: Catalogue, clock: Clock, translator: NoTranslator, advice: str
) -> None:
    with running(settings, catalogue, clock, translator) as service:
        pair = posted_pair(service, "Bancos de leche humana", {"language": "es"}, {"language": "pt"})
        page = in_full(service, pair)
    assert "Portuguese was not translated." in page
    assert advice in page
    assert "As read in Spanish" not in page


def posted_pair(
    service: Service, title: str, request: dict[str, Any], offer: dict[str, Any]
) -> tuple[str, str]:
    """A request of Jamaica and an offer of Brazil, for anyone to see."""
    bodies = {
        "requests": (
            service.visitor("agency", "JAM"),
            a_request(title=title, visibility="public", **request),
        ),
        "offers": (service.visitor("agency", "BRA"), an_offer(visibility="public", **offer)),
    }
    ids = []
    for kind, (by, body) in bodies.items():
        answer = by.post(f"/v1/{kind}", body)
        assert answer.status_code == 201, answer.text
        ids.append(str(answer.json()["id"]))
    return ids[0], ids[1]


def test_phrases_across_lines_and_in_one_another_are_marked(service: Service) -> None:
    pair = posted_pair(
        service,
        "Milk for newborns",
        {"description": "We want a human\n  milk bank, and milk.", "language": "en"},
        {"title": "Human milk banks", "description": "Milk <b>banks</b> & more.", "language": "en"},
    )
    ours, theirs = texts(in_full(service, pair))
    assert re.search(
        r'class="word concept">human<.*?<mark class="concept">\n  </mark>', ours, flags=re.DOTALL
    )
    assert 'class="word concept">' in ours
    assert "&lt;b&gt;" in theirs
    assert "& more" not in theirs
    plain = re.sub(r"<sup.*?</sup>|<[^>]*>", "", theirs, flags=re.DOTALL)
    assert "Human milk banks" in plain
    assert "Milk &lt;b&gt;banks&lt;/b&gt; &amp; more." in plain


def test_a_word_that_only_the_reading_has_is_told_as_such(
    settings: Settings, catalogue: Catalogue, clock: Clock
) -> None:
    class Free(Late):
        def version(self, language: str) -> str | None:
            return "free 1" if language == "pt" else None

        def translate(self, text: str, language: str) -> Translation:
            return Translation(f"{text} zanahoria", "free 1")

    with running(settings, catalogue, clock, Free("")) as service:
        pair = posted_pair(service, "Zanahoria", {"description": "Zanahoria.", "language": "es"}, {})
        page = in_full(service, pair)
        posting = look(service, f"/requests/{pair[0]}")
    (row,) = (row for row in rows(page) if "zanahoria" in row)
    assert "Zanahoria Brazil offers: zanahoria (in its reading in Spanish)" in row
    assert "zanahoria</span> <small>(in its reading in Spanish)" in posting
    assert 'zanahoria<sup><i class="sr" lang="en"> (word) </i>1</sup></mark>' in page


def test_sectors_read_from_the_text_are_shown_as_such(service: Service) -> None:
    milk = {
        "title": "Hospitals and vaccines",
        "description": "Nurses vaccinate against cholera in hospitals.",
    }
    request, offer = posted_pair(service, "Cholera", {"description": "Vaccines, nurses."}, milk)
    page = look(service, f"/offers/{offer}")
    assert re.search(
        r'<a href="/sectors/health">Health</a>[^<]*(<a[^<]*</a>)? <small>\(read from the text\)', page
    )
    assert "(leído en el texto)" in look(service, f"/offers/{offer}", "es")
    assert "Health, read from the text" in in_full(service, (request, offer))
    agency = service.visitor("agency", "BRA")
    named = agency.post("/v1/offers", an_offer(visibility="public", sectors=["social"], **milk)).json()
    assert "read from the text" not in look(service, f"/offers/{named['id']}").partition("suggestions")[0]


def test_a_suggestion_names_the_concepts_that_met(translated: Service) -> None:
    page = look(translated, f"/requests/{UNBRIDGED[0]}")
    assert '<b class="concept">boy</b>: ' in page
    spanish = look(translated, f"/requests/{UNBRIDGED[0]}", "es")
    assert '<b class="concept">boy</b>' not in spanish
    assert re.search(r'<b class="concept">[^<]+</b>: <span lang="nl">Jongens</span> ·', spanish)
    for one in translated.anyone.get(f"/v1/requests/{UNBRIDGED[0]}/suggestions?limit=5").json()["items"]:
        assert one["compared"]["says"] in unescape(page) or not one["across_languages"]


def test_it_says_which_weights_were_used_since_when_and_who_adopted_them(service: Service) -> None:
    pair = posted_pair(service, "Milk banks", {}, {})
    pages = (f"/requests/{pair[0]}", f"/offers/{pair[1]}", "/requests/{}/suggestions/{}".format(*pair))
    for path in pages:
        assert f"Scored by engine {VERSION} with its published weights. " in look(service, path)
    database, now = service.app.state.house.database, service.clock.now
    after = replace(WEIGHTS, text=WEIGHTS.text - 0.0625, practice=WEIGHTS.practice + 0.0625)
    lesson = Lesson(
        before=WEIGHTS,
        after=after,
        decisions=300,
        digest="sha256:" + "a" * 64,
        simulated=False,
        requests=100,
        preferences=700,
        held_out_requests=25,
        held_out_preferences=160,
        strength=1.0,
        steepness=20.0,
        accuracy=A_CHANGE,
        log_loss=A_CHANGE,
    )
    evaluation = {"part": "building", "recall_at_10": asdict(A_CHANGE)}
    with database.transaction() as session:
        learned = weightings.propose(session, lesson, evaluation=evaluation, now=now)
        weightings.adopt(session, learned.version, by="Ana <Sol>", now=now)
    for path in pages:
        page = look(service, path)
        assert (
            f"weights learned from decisions ({learned.version}), adopted on Mar 2, 2026 by Ana &lt;Sol&gt;."
            in page
        )
    assert f"of {after.text:.2f}" in look(service, pages[-1])
    with database.transaction() as session:
        weightings.adopt(session, weightings.PUBLISHED, by="Ana Sol", now=now)
    for path in pages:
        assert "with its published weights, adopted again on Mar 2, 2026 by Ana Sol." in look(service, path)
    assert "adoptados de nuevo el 2 mar 2026 por Ana Sol." in look(service, pages[0], "es")


def test_a_pair_without_a_word_in_common_says_so(service: Service, jamaica: Visitor) -> None:
    request = {"description": "Qqqq wwww.", "language": "en"}
    pair = posted_pair(
        service, "Xxxx", request, {"title": "Bbbb", "description": "Cccc dddd.", "language": "en"}
    )
    page = in_full(service, pair)
    assert "No word of either text met one of the other." in page
    assert "<mark" not in "".join(texts(page))
