"""work that survives: leases, attempts, workers, what else a job needs to go on; uploads, provenance, clocks"""

import sqlalchemy as sa
from alembic import op

import data.schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _jobs()
    _uploads()


def _jobs() -> None:
    op.add_column("jobs", sa.Column("queue", sa.Text(), server_default="cpu", nullable=False))
    op.add_column("jobs", sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("worked_s", sa.Double(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("jobs", sa.Column("retry_reason", sa.Text(), server_default="", nullable=False))
    op.add_column("jobs", sa.Column("given_up", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("jobs", sa.Column("spans", sa.JSON(), nullable=True))
    op.add_column("jobs", sa.Column("lease_run", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("lease_epoch", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "attempts",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("under_way", sa.Integer(), nullable=True),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_attempts_job_id"),
        sa.PrimaryKeyConstraint("job_id", "segment", name="pk_attempts"),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", data.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("beat_at", data.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("queues", sa.JSON(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("can_reach_files", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_workers"),
        sa.UniqueConstraint("run", name="uq_workers_run"),
    )
    with op.batch_alter_table("segments") as batch:
        batch.add_column(sa.Column("footage_id", sa.Text(), server_default="", nullable=False))
        batch.add_column(sa.Column("engine", sa.Text(), server_default="", nullable=False))
        batch.create_unique_constraint(
            "uq_segments_footage_id_engine_segment_job_id", ["footage_id", "engine", "segment", "job_id"]
        )
    for column, source in (("footage_id", "of_id"), ("engine", "engine")):
        op.execute(
            f"UPDATE segments SET {column} = (SELECT {source} FROM jobs WHERE jobs.id = segments.job_id)"  # noqa: S608
        )


def _uploads() -> None:
    op.add_column("footage", sa.Column("clock_uncertainty_s", sa.Double(), nullable=True))
    op.add_column("footage", sa.Column("clock_checked", sa.Text(), server_default="", nullable=False))
    op.add_column("footage", sa.Column("started_from", sa.Text(), server_default="typed", nullable=False))
    op.add_column("footage", sa.Column("provenance", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("said_sha256", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("created_at", data.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", data.schema.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_uploads_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_case_id", "uploads", ["case_id"], unique=False)


def downgrade() -> None:
    _uploads_back()
    _jobs_back()


def _uploads_back() -> None:
    op.drop_index("ix_uploads_case_id", "uploads")
    op.drop_table("uploads")
    for column in ("provenance", "started_from", "clock_checked", "clock_uncertainty_s"):
        with op.batch_alter_table("footage") as batch:
            batch.drop_column(column)


def _jobs_back() -> None:
    with op.batch_alter_table("segments") as batch:
        batch.drop_constraint("uq_segments_footage_id_engine_segment_job_id", type_="unique")
        batch.drop_column("engine")
        batch.drop_column("footage_id")
    for table in ("workers", "attempts"):
        op.drop_table(table)
    names = "lease_epoch lease_run spans given_up retry_reason note worked_s priority queue"
    for column in names.split():
        with op.batch_alter_table("jobs") as batch:
            batch.drop_column(column)
