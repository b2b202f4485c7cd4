"""Every setting of the service, read once from the environment (PUENTE_...) and passed on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

from app.brokering.clock import Pace, read_paces
from app.brokering.steps import State
from app.errors import Unusable

PREFIX = "PUENTE_"
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """What can be set. Each field is read from PUENTE_<FIELD NAME>."""

    database_url: str = "sqlite:///var/puente.db"
    """Where the postings are kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"""
    host: str = "127.0.0.1"
    """Address that `puente serve` listens on"""
    port: int = 8000
    """Port that `puente serve` listens on"""
    workers: int = 1
    """Worker processes; each keeps its own index of the open postings"""
    rate_limit: str = "600/minute"
    """Requests that one key, or one address without a key, may make: N/second, N/minute, N/hour, or off"""
    seed: Path = ROOT / "seed"
    """Folder of the catalogue"""
    validity_days: int = 365
    """Days by which a renewal without a date prolongs a posting"""
    translator: str = "apertium"
    """What translates postings into Spanish: apertium, off, or the URL of a LibreTranslate server"""
    translator_key: str = field(default="", repr=False)
    """Key of the LibreTranslate server, if it wants one; it is never logged or shown"""
    smtp_url: str = field(default="", repr=False)
    """Server that mail is given to: smtp://USER:PASSWORD@HOST:587 or smtps://…; it is never logged or shown.
    Without one nothing is sent, and notices wait"""
    mail_from: str = ""
    """Whom mail comes from, Puente <puente@example.org>; there is no mail without"""
    address: str = "http://127.0.0.1:8000"
    """Where people reach the pages: what links in mail begin with"""
    clock: str = ""
    """Days of waiting after which a case's clock reminds, escalates and closes, for the states that should
    not keep their default: proposed=9/21/45 agreed=14/30/90"""
    tick_minutes: int = 5
    """Minutes between two turns of the clock beside the service; 0 where `puente tick` is run by cron"""
    log_level: str = "info"
    """debug, info, warning or error"""

    @cached_property
    def paces(self) -> Mapping[State, Pace]:
        """The pace of each state: its default, or what `clock` says."""
        return read_paces(self.clock)


_DEFAULTS = Settings()


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings; a misspelt name is refused, for it would otherwise be passed over in silence.

    Raises:
        Unusable: naming the variable, and what it may be.
    """
    known = {f"{PREFIX}{field.name.upper()}": field for field in fields(Settings)}
    values: dict[str, object] = {}
    for name, text in environment.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            raise Unusable(f"unknown setting {name}; the settings are {', '.join(sorted(known))}")
        try:
            values[known[name].name] = type(getattr(_DEFAULTS, known[name].name))(text)
        except ValueError:
            raise Unusable(f"{name}={text!r} is not a number") from None
    settings = Settings(**values)  # type: ignore[arg-type]  # each value was made by its field's type
    if settings.log_level not in ("debug", "info", "warning", "error"):
        raise Unusable(f"PUENTE_LOG_LEVEL={settings.log_level!r} is not debug, info, warning or error")
    if settings.tick_minutes < 0:
        raise Unusable("PUENTE_TICK_MINUTES must be at least 0")
    if settings.workers < 1:
        raise Unusable("PUENTE_WORKERS must be at least 1")
    if not 0 <= settings.port <= 65535:
        raise Unusable("PUENTE_PORT must be between 0 and 65535")
    try:
        read_paces(settings.clock)
    except ValueError as wrong:
        raise Unusable(f"PUENTE_CLOCK: {wrong}") from None
    return settings
