"""Keeps the translations of stored postings: made after posting, redone when text or translator change.

A posting is stored first and translated then, so that a translator that hangs, dies or talks nonsense
can neither lose nor refuse one. Until its translation is there, a posting is matched by its own words,
its letters and its concepts.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app import postings
from app.db import Database
from app.language.detect import LANGUAGES
from app.language.translate import PIVOT, Translation, Translator, Untranslated
from app.matching.posting import Kind, Posting

ROUNDS_SECONDS = 20.0
"""How often the background looks for postings without a translation of the translator at hand."""

AGAIN_SECONDS = 600.0
"""How long a text that could not be translated is left alone."""

AT_ONCE = 200
"""Postings that are fetched and translated at a time."""

log = logging.getLogger(__name__)


class Interpreter:
    """Translates for one process; `open` it before use and `close` it after."""

    def __init__(self, database: Database, translator: Translator) -> None:
        self._database = database
        self.translator = translator
        self._refused: dict[tuple[str, int], float] = {}
        self._working = threading.Lock()
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="interpreter", daemon=True)

    def open(self) -> None:
        self._keeper.start()

    def close(self) -> None:
        self._closing.set()
        if self._keeper.is_alive():
            self._keeper.join()
        self.translator.close()

    def catch_up(self) -> int:
        """Translate what is published and has no translation by the translator at hand. Gives how many."""
        return sum(1 for _ in self.catching_up())

    def catching_up(self) -> Iterator[str]:
        """The same, giving the id of each posting once its translation is stored."""
        with self._working:
            while batch := self._due():
                for posting in batch:
                    if self._closing.is_set():
                        return
                    if self._translate(posting):
                        yield posting.id

    def attend(self, kind: Kind, id: str) -> None:
        """Translate one posting that has just been stored, if that is to be had."""
        with self._database.reading() as session:
            posting = postings.lacking(session, kind, id, self._versions())
        if posting is not None:
            self._translate(posting)

    def waiting(self) -> int:
        """How many published postings have no translation by the translator at hand, and could have one."""
        with self._database.reading() as session:
            return postings.count_untranslated(session, self._versions())

    def _due(self) -> list[Posting]:
        now = time.monotonic()
        self._refused = {key: until for key, until in list(self._refused.items()) if until > now}
        with self._database.reading() as session:
            found = postings.untranslated(session, self._versions(), limit=AT_ONCE + len(self._refused))
        return [one for one in found if (one.id, one.version) not in self._refused]

    def _versions(self) -> dict[str, str]:
        versions = {language: self.translator.version(language) for language in LANGUAGES}
        return {language: version for language, version in versions.items() if version is not None}

    def _translate(self, posting: Posting) -> bool:
        try:
            translation = translated(posting, self.translator)
        except Untranslated as wrong:
            log.warning(
                "%s %s is not translated: %s", posting.kind, posting.id, wrong, exc_info=wrong.__cause__
            )
            self._refused[posting.id, posting.version] = time.monotonic() + AGAIN_SECONDS
            return False
        with self._database.transaction() as session:
            postings.keep_translation(session, posting, translation)
        return True

    def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                self.catch_up()
            except Exception:
                # The next round tries again; postings are matched by their own words meanwhile.
                log.exception("the translations could not be brought up to date")
            self._closing.wait(ROUNDS_SECONDS)


def translated(posting: Posting, translator: Translator) -> Translation:
    """A posting's text in the pivot language, each passage from the language that it is in.

    Raises:
        Untranslated: if the main language is not translated, or not now.
    """
    wording = posting.wording
    pieces, glosses = [], dict[str, str]()
    for start, end, language in wording.passages():
        text = wording.text[start:end]
        if language == PIVOT or (language != wording.language and translator.version(language) is None):
            pieces.append(text)
            continue
        try:
            piece = translator.translate(text, language)
        except Untranslated:
            raise
        except Exception as unforeseen:
            # What it should not raise must neither refuse a posting nor hold up those behind it.
            raise Untranslated(f"the translator failed ({type(unforeseen).__name__})") from unforeseen
        pieces.append(piece.text)
        glosses.update(piece.glosses)
    version = translator.version(wording.language)
    if version is None:
        raise Untranslated(f"nothing is translated from {wording.language}")
    return Translation("\n".join(pieces), version, glosses)


def with_translation(posting: Posting, translator: Translator) -> Posting:
    """A posting that is only asked about, translated if that is to be had."""
    if translator.version(posting.language) is None:
        return posting
    try:
        return replace(posting, translation=translated(posting, translator))
    except Untranslated:
        return posting


@contextmanager
def opened(database: Database, translator: Translator) -> Iterator[Interpreter]:
    """An interpreter for the time of a block, without its background."""
    interpreter = Interpreter(database, translator)
    try:
        yield interpreter
    finally:
        interpreter.close()
