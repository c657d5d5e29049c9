"""counters of changes: what is kept in memory, or shown, is made anew when its counter moved"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("of", name="pk_changes"),
    )


def downgrade() -> None:
    op.drop_table("changes")
