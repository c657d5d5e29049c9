"""What people read of a case's alerts: messages as they went out, what went wrong, and what moves with any of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import schema
from data.alert_models import AlertState
from data.store import Store, Writing

_table = schema.alerts
_BAD = (AlertState.FAILED, AlertState.UNKNOWN)


def message_ids(
    connection: sa.Connection,
    case_id: str,
    *,
    states: Sequence[AlertState] = (),
    before: tuple[datetime, str] | None = None,
    most: int = 50,
) -> list[str]:
    """Ids of messages, newest first; the parts of a digest are none. `before` is when the last one read was queued."""
    query = sa.select(_table.c.id).where(_table.c.case_id == case_id, _table.c.digest_id.is_(None))
    if states:
        query = query.where(_table.c.state.in_(states))
    if before is not None:
        at, id = before
        query = query.where(sa.or_(_table.c.created_at < at, sa.and_(_table.c.created_at == at, _table.c.id > id)))
    return list(connection.scalars(query.order_by(_table.c.created_at.desc(), _table.c.id).limit(most)))


def parts(connection: sa.Connection, digest_ids: Iterable[str]) -> dict[str, int]:
    """By digest, of how many pieces of news it is made; those of none are left out."""
    query = sa.select(_table.c.digest_id, sa.func.count()).where(_table.c.digest_id.in_(list(digest_ids)))
    return {str(id): int(count) for id, count in connection.execute(query.group_by(_table.c.digest_id))}


def sent_again(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """By message, the one by which a person had it sent again."""
    query = sa.select(_table.c.again_of, _table.c.id).where(_table.c.again_of.in_(list(ids)))
    return {str(old): str(new) for old, new in connection.execute(query)}


def trouble(store: Store, case_id: str) -> int:
    """How many messages failed, or are unknown, that nobody has looked into yet; 0 for who does not see the case."""
    if not store.sees(case_id):
        return 0
    again = _table.alias("again")
    is_again = sa.exists().where(again.c.again_of == _table.c.id)
    query = sa.select(sa.func.count()).where(
        _table.c.case_id == case_id, _table.c.state.in_(_BAD), _table.c.digest_id.is_(None), _table.c.left_by == "",
        sa.not_(is_again),
    )  # fmt: skip
    with store.database.reading() as connection:
        return int(connection.scalar(query) or 0)


def leave(writing: Writing, id: str, *, by: str) -> bool:
    """Keep who leaves it so; whether it was something that went wrong, and nobody's yet."""
    where = sa.and_(_table.c.id == id, _table.c.state.in_(_BAD), _table.c.left_by == "")
    return writing.connection.execute(sa.update(_table).where(where).values(left_by=by)).rowcount == 1


def stamp(store: Store, case_id: str) -> list[tuple[Any, ...]]:
    """What moves whenever a page that shows the case's alerts looks different; empty for who does not see the case."""
    if not store.sees(case_id):
        return []
    times = (_table.c.settled_at, _table.c.claimed_at, _table.c.due_at)
    newest = [sa.func.max(column, type_=schema.UtcDateTime) for column in times]
    told = sa.select(_table.c.state, sa.func.count(), *newest, sa.func.count(sa.func.nullif(_table.c.left_by, "")))
    told = told.where(_table.c.case_id == case_id).group_by(_table.c.state).order_by(_table.c.state)
    whom = schema.alert_recipients
    known = sa.select(whom.c.id, whom.c.removed_at).where(whom.c.case_id == case_id).order_by(whom.c.id)
    rules = sa.select(schema.alert_rules).where(schema.alert_rules.c.case_id == case_id)
    with store.database.reading() as connection:
        return [tuple(row) for query in (told, known, rules) for row in connection.execute(query)]
