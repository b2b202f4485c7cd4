"""Cases, what they rest on, their history, what refusals park, and expressions of interest.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_IS_OPEN = "state IN ('suggested', 'shortlisted', 'proposed', 'agreed', 'under_way')"


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("request_title", sa.String(200), nullable=False),
        sa.Column("request_language", sa.String(2), nullable=False),
        sa.Column("receiver", sa.String(3), nullable=False),
        sa.Column("offer", sa.String(64), nullable=False),
        sa.Column("offer_title", sa.String(200), nullable=False),
        sa.Column("offer_language", sa.String(2), nullable=False),
        sa.Column("provider", sa.String(3), nullable=False),
        sa.Column("sectors", sa.JSON(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=True),
        sa.Column("instrument", sa.String(64), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("provider_answer", sa.String(16), nullable=True),
        sa.Column("receiver_answer", sa.String(16), nullable=True),
        sa.Column("held_by", sa.String(32), nullable=True),
        sa.Column("waiting_on", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("stage_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broker", sa.String(32), nullable=False),
        sa.Column("broker_name", sa.String(200), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("refusal", sa.String(32), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("change", name="uq_cases_change"),
    )
    op.create_index(
        "ix_cases_open_pair",
        "cases",
        ["request", "offer"],
        unique=True,
        sqlite_where=sa.text(_IS_OPEN),
        postgresql_where=sa.text(_IS_OPEN),
    )
    op.create_index("ix_cases_state_since", "cases", ["state", "since"])
    op.create_index("ix_cases_offer_state", "cases", ["offer", "state"])
    op.create_index("ix_cases_created_at", "cases", ["created_at", "id"])
    op.create_index("ix_cases_receiver", "cases", ["receiver"])
    op.create_index("ix_cases_provider", "cases", ["provider"])
    op.create_index("ix_cases_broker", "cases", ["broker"])
    op.create_table(
        "case_frozen",
        sa.Column("case", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name="fk_case_frozen_case_cases", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case", name="pk_case_frozen"),
    )
    op.create_table(
        "case_events",
        sa.Column("case", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("party", sa.String(16), nullable=False),
        sa.Column("entry", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=True),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("side", sa.String(16), nullable=True),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name="fk_case_events_case_cases", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case", "number", name="pk_case_events"),
    )
    op.create_index("ix_case_events_at", "case_events", ["at"])
    op.create_table(
        "parks",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("request", sa.String(64), nullable=True),
        sa.Column("offer", sa.String(64), nullable=True),
        sa.Column("receiver", sa.String(3), nullable=True),
        sa.Column("provider", sa.String(3), nullable=True),
        sa.Column("sector", sa.String(64), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name="fk_parks_case_cases", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", name="pk_parks"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_parks_case", "parks", ["case"])
    op.create_index("ix_parks_request", "parks", ["request", "until"])
    op.create_index("ix_parks_offer", "parks", ["offer", "until"])
    op.create_index("ix_parks_countries", "parks", ["receiver", "provider", "until"])
    op.create_table(
        "interests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("posting", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("owner", sa.String(3), nullable=False),
        sa.Column("country", sa.String(3), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_interests"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_interests_standing",
        "interests",
        ["posting", "country"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index("ix_interests_country", "interests", ["country"])


def downgrade() -> None:
    op.drop_table("interests")
    op.drop_table("parks")
    op.drop_table("case_events")
    op.drop_table("case_frozen")
    op.drop_table("cases")
