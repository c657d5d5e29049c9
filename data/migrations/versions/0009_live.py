"""cameras that are watched live"""

import sqlalchemy as sa
from alembic import op

import data.schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = data.schema.UtcDateTime(timezone=True)
    op.create_table(
        "live_watches",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("started_at", time, nullable=False),
        sa.Column("ends_at", time, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", time, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("last_picture_at", time, nullable=True),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("faces", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_live_watches_job_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_live_watches_case_id"),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name="fk_live_watches_camera_id"),
        sa.PrimaryKeyConstraint("job_id", name="pk_live_watches"),
    )
    op.create_index("ix_live_watches_case_id", "live_watches", ["case_id"])
    op.create_index("ix_live_watches_camera_id", "live_watches", ["camera_id"])
    op.create_table(
        "live_gaps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("from_at", time, nullable=False),
        sa.Column("to_at", time, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_live_gaps_job_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_live_gaps_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_live_gaps"),
    )
    op.create_index("ix_live_gaps_job_id", "live_gaps", ["job_id"])
    op.create_index("ix_live_gaps_case_id", "live_gaps", ["case_id"])


def downgrade() -> None:
    for table in ("live_gaps", "live_watches"):
        op.drop_table(table)
