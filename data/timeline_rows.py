"""What the time line of a case needs at once: one query each, where the store's own reads would take one a thing."""

import sqlalchemy as sa

from data import schema
from data.models import Sighting
from data.rows import plain
from data.store import Store


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
