"""The command `puente tick`: one turn of the clock, for cron or by hand."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from app import clockwork
from app.catalogue import load
from app.db import Database
from app.settings import Settings


def add_command(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """Put the command beside the others of `puente`."""
    command(
        "tick", tick, "Remind, escalate, close and announce what is due, and send the mail. Safe to repeat."
    )


def tick(_wanted: argparse.Namespace, settings: Settings) -> int:
    """Exit status 1 if a mail failed; what is due stays due."""
    database = Database(settings.database_url)
    database.prepare()
    try:
        done, mail = clockwork.turn(database, load(settings.seed), settings, lambda: datetime.now(UTC))
    finally:
        database.close()
    print(
        f"Cases: {done.reminded} reminded, {done.escalated} escalated, {done.lapsed} lapsed, "
        f"{done.alerted} alerted that a posting is gone, {done.weighed} held or freed. "
        f"Postings: {done.announced} owners told of the last day."
    )
    counts = f"Mail: {mail.sent} sent, {mail.failed} failed, {mail.waiting} waiting"
    print(f"{counts}; {mail.trouble}." if mail.trouble else f"{counts}.")
    return 1 if mail.failed or (mail.trouble and settings.smtp_url) else 0
