"""Apertium, a rule-based translator that works offline, kept warm as a separate process for each language.

A process is a pipeline of Apertium's own programs, told to flush at every NUL. It is started when it is
first needed, and again when it has died, hung or been killed. Each word is sent inside a *word-bound
blank*, a mark that Apertium carries along through all its stages, so that every word of the translation
tells which words it was made of.
"""

import contextlib
import hashlib
import logging
import os
import re
import selectors
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Literal

from app.language.translate import Translation, Untranslated, believed

MODES = {"en": "eng-spa", "pt": "pt-es", "fr": "fr-es"}
DATA = Path("/usr/share/apertium")
PACKAGES = "apertium apertium-eng-spa apertium-es-pt apertium-fr-es"

SECONDS = 5.0
"""What a translation may take: 10,000 characters take about a quarter of a second."""

PATIENCE, REST = 3, 60.0
"""After so many failures in a row a language is left alone for so many seconds."""

log = logging.getLogger(__name__)

_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_SPECIAL = re.compile(r"[\[\]{}^$/\\@<>\0-]")
"""What means something in Apertium's stream. It says nothing of a text's subject, so a blank stands for it,
which no version of the stream can read in another way, as it could an escape."""
_MARKED = re.compile(r"\[\[([^\]]*)\]\](.*?)\[\[/\]\]", re.DOTALL)
_ENDING = ".[]"
"""Ends a sentence where a line ends. Without one at the very end the pipeline would wait for more."""


class Apertium:
    """A translator with one process for each language."""

    def __init__(self, data: Path = DATA, seconds: float = SECONDS) -> None:
        """Nothing is started yet.

        Raises:
            Untranslated: if Apertium is not installed, saying what to install.
        """
        if shutil.which("apertium-wblank-mode") is None:
            raise Untranslated(f"Apertium is not installed (Debian: apt-get install {PACKAGES}).")
        self._lines = {
            language: _Line(data / "modes" / f"{mode}.mode", seconds)
            for language, mode in MODES.items()
            if (data / "modes" / f"{mode}.mode").is_file()
        }
        if not self._lines:
            raise Untranslated(f"Apertium has no languages (Debian: apt-get install {PACKAGES}).")

    def version(self, language: str) -> str | None:
        line = self._lines.get(language)
        return line.version if line else None

    def translate(self, text: str, language: str) -> Translation:
        line = self._lines.get(language)
        if line is None:
            raise Untranslated(f"Apertium does not translate from {language}.")
        marked, words = _marked(text)
        return believed(text, _read(line.translated(marked), words, line.version))

    def state(self) -> tuple[Literal["ok", "failed", "absent"], str]:
        """Still "ok" while a language fails: postings are taken, and translated later."""
        failing = sorted(language for language, line in self._lines.items() if line.failed)
        served = ", ".join(self._lines)
        trouble = f"; failing now: {', '.join(failing)}" if failing else ""
        return "ok", f"Apertium, from {served}{trouble}"

    def close(self) -> None:
        for line in self._lines.values():
            line.close()


class _Line:
    """One pipeline, one text at a time."""

    def __init__(self, mode: Path, seconds: float) -> None:
        self._mode = mode
        self._seconds = seconds
        self._busy = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.failed = 0
        self._rest_until = 0.0
        self.version = f"apertium {mode.stem} {_fingerprint(mode)}"

    def translated(self, text: str) -> str:
        deadline = time.monotonic() + self._seconds
        if not self._busy.acquire(timeout=self._seconds):
            raise Untranslated("Apertium is busy.")
        try:
            if time.monotonic() < self._rest_until:
                raise Untranslated("Apertium failed repeatedly and is left alone for a while.")
            answer = self._exchange(text.encode(errors="replace") + b"\0", deadline)
        except (OSError, ValueError, subprocess.SubprocessError, Untranslated) as wrong:
            self._kill()
            if time.monotonic() >= self._rest_until:
                self.failed += 1
                if self.failed >= PATIENCE:
                    self._rest_until = time.monotonic() + REST
                log.warning("%s: %s", self.version, wrong)
            raise Untranslated(f"{self.version}: {wrong}") from None
        finally:
            self._busy.release()
        self.failed = 0
        return answer.decode(errors="replace")

    def _exchange(self, sent: bytes, deadline: float) -> bytes:
        """Write and read at once: a pipeline that nobody reads from stops to read."""
        process = self._started()
        assert process.stdin is not None  # noqa: S101  # it was made with pipes
        assert process.stdout is not None  # noqa: S101
        answer = b""
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdin, selectors.EVENT_WRITE)
            ready.register(process.stdout, selectors.EVENT_READ)
            while not answer.endswith(b"\0"):
                events = ready.select(max(0.0, deadline - time.monotonic()))
                if not events:
                    raise Untranslated(f"no answer within {self._seconds:g} seconds")
                for key, _ in events:
                    if key.fileobj is process.stdin:
                        try:
                            sent = sent[os.write(process.stdin.fileno(), sent[:PIPE]) :]
                        except BrokenPipeError:
                            raise Untranslated("the process died") from None
                        if not sent:
                            ready.unregister(process.stdin)
                    else:
                        read = os.read(process.stdout.fileno(), PIPE)
                        if not read:
                            raise Untranslated("the process died")
                        answer += read
                        if len(answer) > MOST_ANSWERED:
                            raise Untranslated("the answer does not end")
        return answer[:-1]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._kill()
        # Apertium's own program writes the pipeline that a mode describes, with marks kept and NUL flushing.
        pipeline = subprocess.run(  # noqa: S603  # a mode is a file of the installation
            ["apertium-wblank-mode", "-z", str(self._mode)],  # noqa: S607  # found on the PATH, as looked for
            capture_output=True,
            check=False,
            timeout=self._seconds,
        )
        if pipeline.returncode:
            raise Untranslated("the pipeline of the mode cannot be read")
        # The first argument of a pipeline says how words that are not known are written: -n, without marks.
        self._process = subprocess.Popen(  # noqa: S603
            ["bash", "-c", pipeline.stdout.decode(), "apertium", "-n"],  # noqa: S607
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdin is not None  # noqa: S101
        os.set_blocking(self._process.stdin.fileno(), False)
        return self._process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()

    def close(self) -> None:
        with self._busy:
            self._kill()


PIPE, MOST_ANSWERED = 65_536, 4_000_000
"""Bytes written or read at once; and of an answer with its marks, of which 10,000 characters need a tenth."""


def _fingerprint(mode: Path) -> str:
    """Changes when the pipeline changes, or a file of linguistic data that it names."""
    pipeline = mode.read_text("utf-8")
    sizes = [
        (path, Path(path).stat().st_size)
        for path in re.findall(r"'([^']+)'", pipeline)
        if Path(path).is_file()
    ]
    return hashlib.sha256(f"{pipeline}{sizes}".encode()).hexdigest()[:12]


def _marked(text: str) -> tuple[str, list[str]]:
    """The text in Apertium's stream format, every word in a mark with its number; and the words."""
    words: list[str] = []

    def number(found: re.Match[str]) -> str:
        words.append(found.group())
        return f"[[t:w:{len(words) - 1}]]{found.group()}[[/]]"

    lines = []
    for line in text.splitlines():
        pieces, end = [], 0
        for found in _WORD.finditer(line):
            pieces += [_SPECIAL.sub(" ", line[end : found.start()]), number(found)]
            end = found.end()
        lines.append("".join(pieces) + _SPECIAL.sub(" ", line[end:]) + _ENDING)
    return "\n".join(lines), words


def _read(answer: str, words: list[str], version: str) -> Translation:
    """The translation without marks, and which words each of its words was made of."""
    glosses: dict[str, str] = {}
    plain, end = [], 0
    for found in _MARKED.finditer(answer):
        plain += [_plain(answer[end : found.start()]), _plain(found.group(2))]
        end = found.end()
        numbers = sorted({int(n) for n in re.findall(r"t:w:(\d+)", found.group(1))})
        source = " ".join(words[n] for n in numbers if n < len(words))
        for word in _WORD.findall(plain[-1]):
            glosses.setdefault(word.casefold(), source)
    plain.append(_plain(answer[end:]))
    return Translation("".join(plain).strip(), version, glosses)


def _plain(piece: str) -> str:
    return piece.replace(_ENDING, "").replace("[]", "")
