"""LibreTranslate, a translator that is a server of its own, asked over HTTP.

What may go wrong with a server goes wrong as `Untranslated` here, so that a posting is taken all the same.
"""

import ipaddress
import json
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Literal

import httpx

from app.language.apertium import PATIENCE, REST
from app.language.detect import LANGUAGES
from app.language.translate import PIVOT, Translation, Untranslated, believed

SECONDS = 5.0
"""What a step of an exchange may take (connecting, sending, an answer's next part), and reading an answer."""

MOST_BYTES = 1_000_000
"""Of an answer. A translation of 10,000 characters needs a tenth, even with every letter escaped."""

BRAZILIAN = ("pt-br", "pb")
"""Codes for the Portuguese of Brazil, by version of the server: the one that our postings are written in."""

log = logging.getLogger(__name__)


class LibreTranslate:
    """A translator for the languages that the server says it translates into the pivot."""

    def __init__(self, url: str, key: str = "", seconds: float = SECONDS) -> None:
        """Nothing is asked yet."""
        self._url = httpx.URL(url.rstrip("/") + "/")
        self._key = key
        self._seconds = seconds
        # A proxy of the environment leads out of the machine, where our loopback is not.
        self._client = httpx.Client(
            timeout=seconds,
            follow_redirects=False,
            trust_env=not _loopback(self._url.host),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )
        self._version = f"libretranslate {self._url.netloc.decode()}"
        self._asking = threading.Lock()
        self._pairs: Mapping[str, tuple[str, str]] | None = None
        self._counting = threading.Lock()
        self._failed = 0
        self._rest_until = 0.0
        self._trouble = ""

    def version(self, language: str) -> str | None:
        """While the server has not said what it translates, it is taken to translate all: what waits for it
        goes on waiting, and what it made before is kept."""
        if language == PIVOT or language not in LANGUAGES:
            return None
        try:
            return self._version if language in self._served() else None
        except Untranslated:
            return self._version

    def translate(self, text: str, language: str) -> Translation:
        pair = self._served().get(language)
        if pair is None:
            raise Untranslated(f"{self._version} does not translate from {language}.")
        question = {"q": text, "source": pair[0], "target": pair[1], "format": "text"}
        if self._key:
            question["api_key"] = self._key
        answer = self._ask("POST", "translate", question)
        made = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(made, str):
            raise self._failure("the answer has no translated text")
        self._well()
        return believed(text, Translation(made, self._version))

    def state(self) -> tuple[Literal["ok", "failed", "absent"], str]:
        """As the last exchange told, without asking anew. A server that is out of reach is "absent", not
        "failed": postings are taken, and translated later."""
        if self._trouble:
            return "absent", f"{self._version}: {self._trouble}"
        if self._pairs is None:
            return "ok", f"{self._version}, not asked yet"
        return "ok", f"{self._version}, from {', '.join(self._pairs)}"

    def close(self) -> None:
        self._client.close()

    def _served(self) -> Mapping[str, tuple[str, str]]:
        """How the server calls each of our languages that it translates from, and the pivot; asked once."""
        if self._pairs is None:
            with self._asking:
                if self._pairs is None:
                    answer = self._ask("GET", "languages", None)
                    try:
                        self._pairs = _pairs(answer)
                    except (AttributeError, KeyError, TypeError):
                        raise self._failure("the list of languages cannot be read", at_once=True) from None
                    self._well()
        return self._pairs

    def _ask(self, method: str, path: str, question: dict[str, str] | None) -> Any:
        if time.monotonic() < self._rest_until:
            raise Untranslated(f"{self._version} failed and is left alone for a while: {self._trouble}")
        try:
            return self._exchanged(method, path, question)
        except (httpx.HTTPError, ValueError, RecursionError, Untranslated) as wrong:
            # The words of another program may repeat what was sent, and the key with it: only ours are kept.
            said = str(wrong) if isinstance(wrong, Untranslated) else _named(wrong)
            # Without its languages nothing can be translated, and every question would wait for them again.
            raise self._failure(said, at_once=path == "languages") from None

    def _exchanged(self, method: str, path: str, question: dict[str, str] | None) -> Any:
        deadline = time.monotonic() + self._seconds
        with self._client.stream(method, self._url.join(path), json=question) as answer:
            if answer.status_code != httpx.codes.OK:
                refused = answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
                hint = "; is PUENTE_TRANSLATOR_KEY right?" if refused else ""
                raise Untranslated(f"it answered with status {answer.status_code}{hint}")
            read = bytearray()
            for part in answer.iter_bytes():
                read += part
                if len(read) > MOST_BYTES:
                    raise Untranslated("the answer is too long")
                if time.monotonic() > deadline:
                    raise Untranslated(f"no whole answer within {self._seconds:g} seconds")
        return json.loads(read)

    def _failure(self, said: str, *, at_once: bool = False) -> Untranslated:
        """Count a failure, and leave the server alone after several."""
        with self._counting:
            self._trouble = said
            self._failed += 1
            if at_once or self._failed >= PATIENCE:
                self._rest_until = time.monotonic() + REST
        log.warning("%s: %s", self._version, said)
        return Untranslated(f"{self._version}: {said}")

    def _well(self) -> None:
        with self._counting:
            self._failed, self._trouble = 0, ""


def _named(wrong: Exception) -> str:
    if isinstance(wrong, httpx.TimeoutException):
        return "it did not answer in time"
    if isinstance(wrong, httpx.TransportError):
        return "it cannot be reached"
    return "the answer is not JSON"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _pairs(languages: Any) -> dict[str, tuple[str, str]]:
    """(source, target) as the server writes them, for each of our languages that it turns into the pivot."""
    found: dict[str, tuple[str, str]] = {}
    for language in sorted(languages, key=lambda one: _ours(one["code"])[1]):
        ours, _ = _ours(language["code"])
        targets = [target for target in language["targets"] if _ours(target)[0] == PIVOT]
        if ours in LANGUAGES and ours != PIVOT and targets:
            found.setdefault(ours, (language["code"], min(targets, key=len)))
    return {language: found[language] for language in LANGUAGES if language in found}


def _ours(code: str) -> tuple[str, int]:
    """A code of the server as we write it, and its place among several that are the same to us: Brazil's
    Portuguese before any, then a language without a region."""
    lower = code.lower().replace("_", "-")
    if lower in BRAZILIAN:
        return "pt", 0
    return lower.split("-")[0], 1 if "-" not in lower else 2
