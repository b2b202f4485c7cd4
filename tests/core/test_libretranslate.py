"""LibreTranslate as a translator: a server may do anything, and a posting is taken all the same."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.errors import Unusable
from app.language.apertium import PATIENCE, Apertium
from app.language.translate import NoTranslator, Translator, Untranslated
from app.settings import Settings, read
from app.translators import translator_of
from app.translators.libretranslate import MOST_BYTES, LibreTranslate

ENGLISH = "We offer training in water management to the teachers of small towns."
SPANISH = "Ofrecemos formación en gestión del agua a los maestros de ciudades pequeñas."
LANGUAGES = [
    {"code": "en", "name": "English", "targets": ["en", "es", "fr", "pt"]},
    {"code": "es", "name": "Spanish", "targets": ["en", "es"]},
    {"code": "fr", "name": "French", "targets": ["es"]},
    {"code": "nl", "name": "Dutch", "targets": ["en"]},
    {"code": "pt", "name": "Portuguese", "targets": ["es"]},
    {"code": "pt-BR", "name": "Portuguese (Brazil)", "targets": ["es"]},
    {"code": "zh-Hans", "name": "Chinese", "targets": ["es"]},
]


class Server(ThreadingHTTPServer):
    """A LibreTranslate that answers as a test says; `asked` are the paths and bodies it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, Any]] = []
        self.languages: Any = LANGUAGES
        self.answer: Callable[[Handler], None] = says({"translatedText": SPANISH})
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def questions(self) -> list[Any]:
        return [body for path, body in self.asked if path == "/translate"]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no matter."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, None))
        says(self.server.languages)(self)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        self.server.answer(self)

    def log_message(self, *_: Any) -> None:
        """The tests' output is for the tests."""


def sends(body: bytes, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def says(value: Any, status: int = 200) -> Callable[[Handler], None]:
    return sends(json.dumps(value).encode(), status)


def hangs(handler: Handler) -> None:
    handler.server.over.wait(10)


def drips(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.over.wait(0.1):
        handler.wfile.write(b" ")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def translator(server: Server) -> Iterator[LibreTranslate]:
    translator = LibreTranslate(server.url, seconds=0.5)
    yield translator
    translator.close()


def test_a_text_is_translated_into_the_pivot(server: Server, translator: LibreTranslate) -> None:
    made = translator.translate(ENGLISH, "en")
    assert (made.text, made.by, dict(made.glosses)) == (SPANISH, translator.version("en"), {})
    assert server.questions == [{"q": ENGLISH, "source": "en", "target": "es", "format": "text"}]
    assert translator.state() == ("ok", f"libretranslate 127.0.0.1:{server.server_port}, from en, fr, pt")


def test_the_languages_are_asked_once_and_only_when_they_are_needed(
    server: Server, translator: LibreTranslate
) -> None:
    assert translator.state()[0] == "ok"
    assert server.asked == []
    for language in ("en", "fr", "pt", "en"):
        assert translator.version(language) == f"libretranslate 127.0.0.1:{server.server_port}"
    assert server.asked == [("/languages", None)]


def test_what_the_server_does_not_translate_is_not_asked_of_it(
    server: Server, translator: LibreTranslate
) -> None:
    for language in ("nl", "es", "zh", "de"):
        assert translator.version(language) is None
        with pytest.raises(Untranslated, match=f"does not translate from {language}"):
            translator.translate(ENGLISH, language)
    assert server.questions == []


@pytest.mark.parametrize(
    ("codes", "asked"),
    [
        (["pt"], "pt"),
        (["pb", "pt"], "pb"),
        (["pt", "pt-BR"], "pt-BR"),
        (["pt-PT", "pt"], "pt"),
        (["PT_br"], "PT_br"),
    ],
)
def test_the_portuguese_of_brazil_is_asked_for_where_there_is_one(
    server: Server, translator: LibreTranslate, codes: list[str], asked: str
) -> None:
    server.languages = [{"code": code, "name": "Portuguese", "targets": ["es"]} for code in codes]
    translator.translate("Oferecemos formação em gestão da água aos professores de cidades pequenas.", "pt")
    assert server.questions[0]["source"] == asked


def test_a_path_before_the_names_is_kept(server: Server) -> None:
    translator = LibreTranslate(f"{server.url}/behind/a/proxy")
    translator.translate(ENGLISH, "en")
    assert [path for path, _ in server.asked] == ["/behind/a/proxy/languages", "/behind/a/proxy/translate"]
    translator.close()


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        (says({"error": "no"}, 500), "status 500"),
        (says({"error": "Invalid key"}, 403), "PUENTE_TRANSLATOR_KEY"),
        (sends(b"", 302, Location="/languages"), "status 302"),
        (sends(b"<html>rubbish"), "not JSON"),
        (sends(b'{"translatedText": "\xff\xfe"}'), "not JSON"),
        (sends(b"[" * 100_000), "not JSON"),
        (says([SPANISH]), "no translated text"),
        (says({"translated": SPANISH}), "no translated text"),
        (says({"translatedText": [SPANISH]}), "no translated text"),
        (says({"translatedText": None}), "no translated text"),
        (says({"translatedText": "a" * MOST_BYTES}), "too long"),
        (hangs, "in time"),
        (drips, "no whole answer"),
        (says({"translatedText": ENGLISH}), "is in en"),
        (says({"translatedText": f"{SPANISH} " * 3}), "words for"),
        (says({"translatedText": ""}), "0 words"),
        (says({"translatedText": f"{SPANISH}\0"}), "control characters"),
        (says({"translatedText": f"{SPANISH}\ud800"}), "control characters"),
    ],
)
def test_whatever_goes_wrong_is_untranslated(
    server: Server, translator: LibreTranslate, answer: Callable[[Handler], None], because: str
) -> None:
    server.answer = answer
    begun = time.monotonic()
    with pytest.raises(Untranslated, match=because):
        translator.translate(ENGLISH, "en")
    assert time.monotonic() - begun < 2
    assert len(server.asked) == 2, "nothing was asked again, and no redirect was followed"
    server.answer = says({"translatedText": SPANISH})
    assert translator.translate(ENGLISH, "en").text == SPANISH
    assert translator.state()[0] == "ok"


@pytest.mark.parametrize(
    "languages", [{"en": "English"}, [1], [{"code": "en"}], "en", None, [{"code": 1, "targets": []}]]
)
def test_a_list_of_languages_that_cannot_be_read_is_not_fatal(
    server: Server, translator: LibreTranslate, languages: Any
) -> None:
    server.languages = languages
    assert translator.version("en") == f"libretranslate 127.0.0.1:{server.server_port}"
    assert translator.state() == (
        "absent",
        f"{translator.version('en')}: the list of languages cannot be read",
    )
    assert len(server.asked) == 1, "the server is left alone for a while"


def test_a_server_that_is_not_there_is_absent_and_what_waits_for_it_goes_on_waiting() -> None:
    closed = Server()
    closed.server_close()
    translator = LibreTranslate(closed.url)
    for _ in range(3):
        with pytest.raises(Untranslated, match="cannot be reached"):
            translator.translate(ENGLISH, "en")
    name = f"libretranslate 127.0.0.1:{closed.server_port}"
    assert translator.version("en") == name, "what it made before is still up to date"
    assert translator.state() == ("absent", f"{name}: it cannot be reached")
    translator.close()


def test_a_failing_server_is_left_alone_and_tried_again(
    server: Server, translator: LibreTranslate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.translators.libretranslate.REST", 0.3)
    server.answer = says({}, 503)
    for _ in range(PATIENCE + 2):
        with pytest.raises(Untranslated):
            translator.translate(ENGLISH, "en")
    assert len(server.questions) == PATIENCE
    assert translator.state() == ("absent", f"{translator.version('en')}: it answered with status 503")
    server.answer = says({"translatedText": SPANISH})
    time.sleep(0.35)
    assert translator.translate(ENGLISH, "en").text == SPANISH
    assert translator.state()[0] == "ok"


def test_several_threads_may_ask_at_once(server: Server, translator: LibreTranslate) -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(translator.translate(ENGLISH, "en").text))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [SPANISH] * 8
    assert len(server.asked) == 9


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    translator = LibreTranslate(server.url)
    assert translator.translate(ENGLISH, "en").text == SPANISH
    translator.close()


def test_the_key_is_sent_and_never_shown(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    key = "very-secret"
    translator = LibreTranslate(server.url, key)
    server.answer = says({"error": f"{key} is wrong"}, 403)
    with caplog.at_level(logging.DEBUG), pytest.raises(Untranslated) as refused:
        translator.translate(ENGLISH, "en")
    translator.close()
    assert server.questions[0]["api_key"] == key
    settings = repr(Settings(translator_key=key))
    for shown in (caplog.text, str(refused.value), repr(translator), str(translator.state()), settings):
        assert key not in shown


@pytest.fixture
def chosen() -> Iterator[Callable[[str], Translator]]:
    made: list[Translator] = []

    def choose(setting: str) -> Translator:
        made.append(translator_of(setting, ""))
        return made[-1]

    yield choose
    for translator in made:
        translator.close()


def test_the_setting_chooses_a_translator(chosen: Callable[[str], Translator]) -> None:
    assert isinstance(chosen("apertium"), Apertium)
    assert isinstance(chosen("http://localhost:5000"), LibreTranslate)
    assert isinstance(chosen("https://translate.example.org/behind"), LibreTranslate)
    off = chosen("off")
    assert isinstance(off, NoTranslator)
    assert off.state() == ("absent", "Switched off: PUENTE_TRANSLATOR=off.")


def test_an_apertium_that_is_not_installed_is_absent(
    chosen: Callable[[str], Translator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    state, because = chosen("apertium").state()
    assert state == "absent"
    assert "apt-get install" in because


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "Apertium",
        "deepl",
        "ftp://example.org",
        "http://",
        "http://:99999999",
        "localhost:5000",
        "http://me:secret@example.org",
        "https://example.org/?key=secret",
        "http://[::1",
        "http://exa\0mple.org",
    ],
)
def test_any_other_setting_is_refused_by_name(setting: str) -> None:
    with pytest.raises(Unusable, match="PUENTE_TRANSLATOR") as refused:
        translator_of(setting, "")
    assert "secret" not in str(refused.value)


def test_the_settings_name_translator_and_key() -> None:
    assert (Settings().translator, Settings().translator_key) == ("apertium", "")
    settings = read({"PUENTE_TRANSLATOR": "http://localhost:5000", "PUENTE_TRANSLATOR_KEY": "k"})
    assert (settings.translator, settings.translator_key) == ("http://localhost:5000", "k")
