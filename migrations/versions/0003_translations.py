"""Translations of postings into the pivot language, kept beside them.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("postings") as postings:
        postings.add_column(sa.Column("translation", sa.JSON(), nullable=True))
        postings.add_column(sa.Column("translated_by", sa.String(200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("postings") as postings:
        postings.drop_column("translated_by")
        postings.drop_column("translation")
