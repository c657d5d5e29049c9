"""vectors of tracks, candidates and photos; dates of photos; candidates set aside, grouped, decided on together"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _vectors() -> list[sa.Column[Any]]:
    return [
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("px", sa.JSON(), nullable=False),
        sa.Column("quality", sa.JSON(), nullable=False),
    ]


def upgrade() -> None:
    no = sa.false()
    op.add_column("cases", sa.Column("keeps_vectors", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("jobs", sa.Column("keeps_vectors", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("jobs", sa.Column("models", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("jobs", sa.Column("tracks", sa.Integer(), server_default="0", nullable=False))
    op.add_column("photos", sa.Column("taken_on", sa.Date(), nullable=True))
    op.add_column("matches", sa.Column("like_match_id", sa.Text(), nullable=True))
    op.add_column("matches", sa.Column("group_id", sa.Text(), nullable=True))
    op.add_column("reviews", sa.Column("together_id", sa.Text(), nullable=True))
    op.create_index("ix_reviews_together_id", "reviews", ["together_id"], unique=False)
    op.create_table(
        "photo_vectors",
        sa.Column("photo_id", sa.Text(), nullable=False),
        *_vectors(),
        sa.Column("likeness", sa.JSON(), nullable=False),
        sa.Column("review_floor", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name="fk_photo_vectors_photo_id"),
        sa.PrimaryKeyConstraint("photo_id", "engine", name="pk_photo_vectors"),
    )
    op.create_table(
        "track_vectors",
        sa.Column("scan_id", sa.Text(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("footage_id", sa.Text(), nullable=False),
        sa.Column("is_candidate", sa.Boolean(), nullable=False),
        *_vectors(),
        sa.ForeignKeyConstraint(["scan_id"], ["jobs.id"], name="fk_track_vectors_scan_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_track_vectors_case_id"),
        sa.ForeignKeyConstraint(["footage_id"], ["footage.id"], name="fk_track_vectors_footage_id"),
        sa.PrimaryKeyConstraint("scan_id", "segment", "place", name="pk_track_vectors"),
    )
    op.create_index("ix_track_vectors_case_id", "track_vectors", ["case_id"], unique=False)
    op.create_index("ix_track_vectors_footage_id", "track_vectors", ["footage_id"], unique=False)
    op.create_table(
        "match_vectors",
        sa.Column("match_id", sa.Text(), nullable=False),
        *_vectors(),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], name="fk_match_vectors_match_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("match_id", name="pk_match_vectors"),
    )


def downgrade() -> None:
    for table in ("match_vectors", "track_vectors", "photo_vectors"):
        op.drop_table(table)
    op.drop_index("ix_reviews_together_id", "reviews")
    for table, column in (
        ("reviews", "together_id"),
        ("matches", "group_id"),
        ("matches", "like_match_id"),
        ("photos", "taken_on"),
        ("jobs", "tracks"),
        ("jobs", "models"),
        ("jobs", "keeps_vectors"),
        ("cases", "keeps_vectors"),
    ):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
