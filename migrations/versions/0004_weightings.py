"""Weights that were learned from decisions, and which of them were adopted when.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "weightings",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_weightings"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "adoptions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("weighting", sa.Integer(), nullable=True),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_by", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["weighting"], ["weightings.number"], name="fk_adoptions_weighting_weightings"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_adoptions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_adoptions_engine", "adoptions", ["engine", "number"])


def downgrade() -> None:
    op.drop_table("adoptions")
    op.drop_table("weightings")
