"""alerts: who is told of what in a case, and what became of each message"""

import sqlalchemy as sa
from alembic import op

import data.schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = data.schema.UtcDateTime(timezone=True)
    op.create_table(
        "alert_rules",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("names_subject", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("quiet_from", sa.Text(), nullable=False),
        sa.Column("quiet_to", sa.Text(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("window_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_alert_rules_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_alert_rules"),
    )
    _recipients(time)
    _alerts(time)


def _recipients(time: data.schema.UtcDateTime) -> None:
    op.create_table(
        "alert_recipients",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("added_at", time, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("on_candidates", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("on_confirmed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("wakes", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("pin_link", sa.Text(), nullable=False),
        sa.Column("removed_at", time, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_alert_recipients_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_recipients"),
    )
    op.create_index("ix_alert_recipients_case_id", "alert_recipients", ["case_id"])


def _alerts(time: data.schema.UtcDateTime) -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("due_at", time, nullable=False),
        sa.Column("match_id", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("claimed_at", time, nullable=True),
        sa.Column("hold_until", time, nullable=True),
        sa.Column("settled_at", time, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("provider_status", sa.Text(), nullable=False),
        sa.Column("digest_id", sa.Text(), nullable=True),
        sa.Column("again_of", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("left_by", sa.Text(), nullable=False),
        sa.Column("cap", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_alerts_case_id"),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], name="fk_alerts_match_id"),
        sa.ForeignKeyConstraint(["recipient_id"], ["alert_recipients.id"], name="fk_alerts_recipient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("key", name="uq_alerts_key"),
        sa.UniqueConstraint("again_of", name="uq_alerts_again_of"),
    )
    for column in ("case_id", "recipient_id", "match_id", "digest_id"):
        op.create_index(f"ix_alerts_{column}", "alerts", [column])
    op.create_index("ix_alerts_state", "alerts", ["state", "due_at"])


def downgrade() -> None:
    for table in ("alerts", "alert_recipients", "alert_rules"):
        op.drop_table(table)
