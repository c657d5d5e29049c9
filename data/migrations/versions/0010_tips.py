"""what the public sends in"""

import sqlalchemy as sa
from alembic import op

import data.schema

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = data.schema.UtcDateTime(timezone=True)
    op.create_table(
        "tip_pages",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("changed_at", time, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_tip_pages_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_tip_pages"),
        sa.UniqueConstraint("code", name="uq_tip_pages_code"),
    )
    op.create_table(
        "tip_tries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_tip_tries_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tip_tries"),
    )
    op.create_index("ix_tip_tries_case_id", "tip_tries", ["case_id"])
    _tips(time)


def _tips(time: data.schema.UtcDateTime) -> None:
    op.create_table(
        "tips",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("came_at", time, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_doubtful", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("where_words", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("radius_m", sa.Double(), nullable=False),
        sa.Column("seen_at", time, nullable=True),
        sa.Column("seen_spread_s", sa.Double(), nullable=False),
        sa.Column("seen_typed", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("footage_id", sa.Text(), nullable=True),
        sa.Column("sighting_id", sa.Text(), nullable=True),
        sa.Column("decided_at", time, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_tips_case_id"),
        sa.ForeignKeyConstraint(["footage_id"], ["footage.id"], name="fk_tips_footage_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tips"),
        sa.UniqueConstraint("number", name="uq_tips_number"),
        sa.UniqueConstraint("ticket", name="uq_tips_ticket"),
    )
    op.create_index("ix_tips_case_id", "tips", ["case_id"])
    op.create_index("ix_tips_footage_id", "tips", ["footage_id"])


def downgrade() -> None:
    for table in ("tips", "tip_tries", "tip_pages"):
        op.drop_table(table)
