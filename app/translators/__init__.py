"""The translators that may be chosen, and the choice among them."""

import httpx

from app.errors import Unusable
from app.language.apertium import Apertium
from app.language.translate import NoTranslator, Translator, Untranslated
from app.translators.libretranslate import LibreTranslate


def translator_of(setting: str, key: str) -> Translator:
    """The translator that PUENTE_TRANSLATOR names. One that is not there is no reason not to start: the texts
    are then compared as they are.

    Raises:
        Unusable: if nothing that may be chosen is named. What was written is not repeated, for it may hold a
            password.
    """
    if setting == "off":
        return NoTranslator("Switched off: PUENTE_TRANSLATOR=off.")
    if setting == "apertium":
        try:
            return Apertium()
        except Untranslated as missing:
            return NoTranslator(str(missing))
    try:
        url = httpx.URL(setting)
    except (httpx.InvalidURL, ValueError):
        raise Unusable("PUENTE_TRANSLATOR is a URL that cannot be read") from None
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise Unusable("PUENTE_TRANSLATOR is neither apertium, off, nor the URL of a LibreTranslate server")
    if url.userinfo:
        raise Unusable("PUENTE_TRANSLATOR holds a name or password; a key belongs into PUENTE_TRANSLATOR_KEY")
    return LibreTranslate(setting, key)
