"""Alembic's way in: it is called by `app.db.Database.prepare`, in a transaction that is open already."""

from alembic import context

from app import accounts, cases, corrections, idempotency, interests, notices, people, postings, weightings
from app.db import Base

TABLES = (accounts, cases, corrections, idempotency, interests, notices, people, postings, weightings)
"""The modules that declare tables; importing them is what makes the metadata whole."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter a table in place: it is written anew, by the same migration.
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
