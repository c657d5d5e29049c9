"""Of which cases reference photos are, whoever asks: for ending a search that was made for many cases."""

from collections.abc import Collection

import sqlalchemy as sa

from data import schema
from data.rows import in_parts
from data.store import Store


def cases_of_photos(store: Store, photo_ids: Collection[str]) -> list[str]:
    """The cases, each once, by id; those that are gone are left out, those that are not seen here are not."""
    table = schema.photos
    found: set[str] = set()
    with store.database.reading() as connection:
        for part in in_parts(photo_ids):
            found |= set(connection.scalars(sa.select(table.c.case_id).where(table.c.id.in_(part)).distinct()))
    return sorted(found)
