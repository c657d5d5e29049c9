"""What the record says of earlier imports of cameras, which belong to no case."""

import sqlalchemy as sa

from data import schema
from data.store import Store

IMPORTED = "cameras imported"
LOOKED_AT = 30


def chosen_columns(store: Store) -> list[dict[str, str]]:
    """By field, the column that a person chose for it; of the last imports, the newest first."""
    table = schema.audit
    query = sa.select(table.c.details).where(table.c.action == IMPORTED, table.c.case_id.is_(None))
    with store.database.reading() as connection:
        rows = connection.scalars(query.order_by(table.c.sequence.desc()).limit(LOOKED_AT))
        told = [details.get("columns") for details in rows if details]
    return [{str(name): str(column) for name, column in of.items()} for of in told if isinstance(of, dict)]
