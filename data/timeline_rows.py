"""What the time line of a case needs at once: one query each, where the store's own reads would take one a thing."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from data import schema
from data.models import Camera, Sighting
from data.rows import plain
from data.store import Store

_AT_ONCE = 500
"""Values in one query; SQLite takes some 32,000, older ones 999."""


def spans_of_case(store: Store, case_id: str) -> dict[str, list[tuple[float, float]]]:
    """By search, the segments into which it was cut, in container seconds; not those that were not cut yet."""
    table = schema.jobs
    query = sa.select(table.c.id, table.c.spans).where(table.c.case_id == case_id, table.c.spans.is_not(None))
    with store.database.reading() as connection:
        return {id: [(float(a), float(b)) for a, b in spans] for id, spans in connection.execute(query)}


def all_sightings(store: Store, case_id: str) -> list[Sighting]:
    """Sightings in order of time, withdrawn ones too."""
    table = schema.sightings
    query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.at, table.c.id)
    with store.database.reading() as connection:
        return [plain(Sighting, row) for row in connection.execute(query).mappings()]


def cameras_by_id(store: Store, ids: Collection[str]) -> dict[str, Camera]:
    """These cameras; what is not there is not in it."""
    found: dict[str, Camera] = {}
    with store.database.reading() as connection:
        for part in in_parts(ids):
            query = sa.select(schema.cameras).where(schema.cameras.c.id.in_(part))
            found |= {row["id"]: plain(Camera, row) for row in connection.execute(query).mappings()}
    return found


def in_parts(ids: Collection[str]) -> Iterable[list[str]]:
    """Ids in lists short enough for one query."""
    wanted = sorted(set(ids))
    return (wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE))
