"""a place where a hand-held camera stood"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cameras", sa.Column("spot_of", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_cameras_spot_of", "cameras", ["spot_of"])


def downgrade() -> None:
    op.drop_index("ix_cameras_spot_of", "cameras")
    op.execute(sa.text("DELETE FROM cameras WHERE spot_of <> ''"))
    with op.batch_alter_table("cameras") as table:
        table.drop_column("spot_of")
