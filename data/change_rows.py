"""The counters of changes as a whole: see `data.writing.CAMERAS` and `of_case`."""

import sqlalchemy as sa

from data import schema
from data.store import Store


def moved(store: Store) -> tuple[int, int]:
    """Two numbers that stay as they are for as long as nothing of any case, and no camera, was changed."""
    table = schema.changes
    with store.database.reading() as connection:
        row = connection.execute(sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(table.c.count), 0))).one()
    return int(row[0]), int(row[1])


def candidates_stamp(store: Store, case_id: str) -> int:
    """Another number whenever a candidate of the case came, moved or was decided on; for this process alone to compare.

    It moves with verdicts that most may not know of: nobody is to be shown it.
    """
    matches, reviews = schema.matches, schema.reviews
    of_case = sa.select(matches.c.id, matches.c.state, matches.c.group_id).where(matches.c.case_id == case_id)
    said = sa.select(reviews.c.id).join(matches, matches.c.id == reviews.c.match_id).where(matches.c.case_id == case_id)
    with store.database.reading() as connection:
        found = [tuple(row) for row in connection.execute(of_case.order_by(matches.c.id))]
        verdicts = connection.scalars(said.order_by(reviews.c.id)).all()
    return hash((tuple(found), tuple(verdicts)))
