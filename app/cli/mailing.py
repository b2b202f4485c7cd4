"""The command `puente deliver`: send the notices that are due, sooner than the clock of a service does."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from app.catalogue import load
from app.db import Database
from app.mail import deliver
from app.settings import Settings


def add_command(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """Put the command beside the others of `puente`."""
    command("deliver", deliver_due, "Send the mail that is due, once. Exit status 1 if something failed.")


def deliver_due(_wanted: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings.database_url)
    database.prepare()
    try:
        done = deliver(database, load(settings.seed), settings, lambda: datetime.now(UTC))
    finally:
        database.close()
    counts = f"Mail: {done.sent} sent, {done.failed} failed, {done.waiting} waiting"
    print(f"{counts}; {done.trouble}." if done.trouble else f"{counts}.")
    return 1 if done.failed or (done.trouble and settings.smtp_url) else 0
