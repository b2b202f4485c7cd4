"""What stands in a text in letters and is not words: HTML, addresses on the web and of mail."""

import re

_MARKUP = re.compile(
    r"</?[a-z!][^<>]*>|&#?\w{1,32};|(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w.-]+", re.IGNORECASE
)


def without_markup(text: str) -> str:
    """The text with blanks for its marks and addresses, every other character in its place."""
    return _MARKUP.sub(lambda found: " " * len(found.group()), text)


def has_markup(text: str) -> bool:
    """Whether there is any HTML in it; an address alone is none."""
    return any(found.group()[0] in "<&" for found in _MARKUP.finditer(text))
