"""Faults of what somebody wrote, in the language of the page.

The API tells its faults in English, and so do the verbs. What people meet in a form is worded here; what
only a tampered form can do stays in English, and says so.
"""

import re
from collections.abc import Mapping

from app.people import WEAK
from app.workbench.shown import Shown
from app.workbench.words import N_, Words

_SAID: Mapping[str, str] = {
    r"This field is required\.": N_("This field is required."),
    r"This text is empty\.": N_("This text is empty."),
    r"This text contains the control character (?P<sign>\S+)\.": N_(
        "This text contains the control character %(sign)s."
    ),
    r"This text has more than (?P<count>[\d,]+) characters\.": N_(
        "This text has more than %(count)s characters."
    ),
    r"This list has more than (?P<count>[\d,]+) entries\.": N_("This list has more than %(count)s entries."),
    r"This is not an e-mail address\.": N_("This is not an e-mail address."),
    r"This is not an address on the web \(http or https\)\.": N_(
        "This is not an address on the web (http or https)."
    ),
    r"This is not a date such as 2027-01-31\.": N_("This is not a date such as 2027-01-31."),
    r"Input should be a valid integer\.": N_("This is not a whole number."),
    r"Input should be greater than or equal to (?P<count>\d+)\.": N_("This must be %(count)s or more."),
    r"Input should be less than or equal to (?P<count>\d+)\.": N_("This must be %(count)s or less."),
    r"(?P<day>\d{4}-\d{2}-\d{2}) is in the past\.": N_("%(day)s is in the past."),
    r"A name has 1 to (?P<count>\d+) readable characters\.": N_(
        "A name has 1 to %(count)s readable characters."
    ),
    r"A password has at least (?P<count>\d+) characters\.": N_(
        "A password has at least %(count)s characters."
    ),
    r"A password has at most (?P<count>\d+) characters\.": N_("A password has at most %(count)s characters."),
    re.escape(WEAK["guessable"]): N_(
        "Somebody who knows you would guess it: take words that are not your name or address."
    ),
    r"The last day of this \w+ is past; renew it with a later one\.": N_(
        "The last day is past; name a later one."
    ),
    r"A refusal needs its reason, one of /v1/refusal-reasons\.": N_("Choose a reason."),
    r"This reason needs a note: say in a sentence what it is\.": N_(
        "This reason needs a note: say in a sentence what it is."
    ),
    r"Say for which side: provider or receiver\.": N_("Say which side accepts."),
    r"A pair that does not stand first needs a reason\.": N_(
        "A pair that does not stand first needs a reason."
    ),
}
"""How the doors say it, and how the pages do."""

REQUIRED = "This field is required."


def in_words(words: Words, detail: str) -> Shown:
    """What a fault says, and in which language."""
    for said, message in _SAID.items():
        if found := re.fullmatch(said, detail):
            names = {name: _number(words, text) for name, text in found.groupdict().items()}
            told = words.gettext(message)
            return {"says": told % names if names else told, "lang": words.language}
    return {"says": detail, "lang": "en"}


def _number(words: Words, text: str) -> str:
    """A number with the marks that the language puts between its thousands; anything else as it is."""
    digits = text.replace(",", "")
    return words.number(int(digits)) if digits.isdecimal() else text
