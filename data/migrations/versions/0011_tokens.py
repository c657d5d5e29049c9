"""tokens of programs that ask the API"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_WHOLE = ["read", "write", "review", "faces", "govern"]


def upgrade() -> None:
    op.add_column("tokens", sa.Column("scopes", sa.JSON(), server_default="[]", nullable=False))
    tokens = sa.table("tokens", sa.column("scopes", sa.JSON()))
    op.execute(tokens.update().values(scopes=_WHOLE))  # those made before could do whatever their account may


def downgrade() -> None:
    with op.batch_alter_table("tokens") as table:
        table.drop_column("scopes")
