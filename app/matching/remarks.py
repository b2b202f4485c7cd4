"""What was noticed about a posting's text, and what was done about it: told while it is being written."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.language.detect import detect, unsupported
from app.language.markup import has_markup
from app.matching.posting import Posting
from app.matching.sentences import TONGUES, Listed, Words, say

Code = Literal[
    "no_words",
    "unsupported_language",
    "other_language",
    "several_languages",
    "markup",
    "marks",
    "not_translated",
]

SURE = 0.95
"""How sure a guess must be to be held against the language that was declared."""

FEW = 3
"""Words that carry meaning below which a text is hard to find a partner for."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Nothing here is a fault: the posting can be sent as it is."""

    code: Code
    says: Words


def remarks(posting: Posting, *, bridged: bool) -> Iterator[Remark]:
    """Everything worth saying of a posting's text; `bridged` if it is, or soon will be, read in the pivot."""
    if sum(1 for _ in posting.wording.words()) < FEW:
        yield Remark("no_words", say("remark_no_words"))
    foreign = unsupported(posting.text)
    guess = detect(posting.text)
    tongue = TONGUES[posting.language]
    if foreign is not None:
        yield Remark("unsupported_language", say("remark_unsupported", code=foreign, name=tongue))
    elif guess.language != posting.language and guess.confidence >= SURE:
        yield Remark("other_language", say("remark_other", guess=TONGUES[guess.language], name=tongue))
    elif posting.elsewhere:
        others = dict.fromkeys(passage.language for passage in posting.elsewhere)
        names = Listed(tuple(TONGUES[language] for language in others))
        yield Remark("several_languages", say("remark_several", names=names, name=tongue))
    if has_markup(posting.text):
        yield Remark("markup", say("remark_markup"))
    if any(_is_mark(character) for character in posting.text):
        yield Remark("marks", say("remark_marks"))
    if not bridged:
        yield Remark("not_translated", say("remark_not_translated", name=tongue))


def _is_mark(character: str) -> bool:
    """Emoji, dingbats, and what cannot be seen; not a degree sign, an arrow or the square of a list."""
    kind = unicodedata.category(character)
    return kind in ("Cf", "Co", "Cn") or (
        kind == "So" and (character >= "\U0001f000" or "☀" <= character <= "➿")
    )
