"""Rows of alerts: who is told, the queue of what they are told, and what became of it.

What writes takes a transaction of the store, so that a message is queued in the same transaction as what it tells of;
what only reads takes any connection, that of the transaction too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import schema
from data.alert_models import (
    AddressKind,
    Alert,
    AlertEvent,
    AlertRules,
    AlertState,
    Audience,
    Lane,
    Language,
    PinLink,
    Recipient,
    Told,
    Waiting,
)
from data.errors import Conflict, NotFound
from data.rows import Row, to_row
from data.store import Store, Writing
from data.writing import of_case

Connection = sa.Connection
_BATCH = 500
_table = schema.alerts
_KINDS: dict[str, type] = {
    "kind": AddressKind,
    "audience": Audience,
    "language": Language,
    "pin_link": PinLink,
    "event": AlertEvent,
    "lane": Lane,
    "state": AlertState,
}


def _plain(model: type, row: Row) -> Any:
    values = {f.name: row[f.name] for f in fields(model)}
    return model(**{name: _KINDS[name](value) if name in _KINDS else value for name, value in values.items()})


# who is told of what


def rules(connection: sa.Connection, case_id: str) -> AlertRules:
    """The case's rules; the default ones where nobody has set any."""
    table = schema.alert_rules
    row = connection.execute(sa.select(table).where(table.c.case_id == case_id)).mappings().first()
    return AlertRules(case_id) if row is None else _plain(AlertRules, row)


def put_rules(writing: Writing, of: AlertRules) -> None:
    table = schema.alert_rules
    where = table.c.case_id == of.case_id
    if writing.connection.execute(sa.update(table).where(where).values(to_row(of))).rowcount == 0:
        writing.connection.execute(sa.insert(table).values(to_row(of)))


def recipients(connection: sa.Connection, case_id: str, *, removed_too: bool = False) -> list[Recipient]:
    """Who is told of a case, oldest first."""
    table = schema.alert_recipients
    query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.added_at, table.c.id)
    if not removed_too:
        query = query.where(table.c.removed_at.is_(None))
    return [_plain(Recipient, row) for row in connection.execute(query).mappings()]


def recipient(connection: sa.Connection, id: str) -> Recipient:
    table = schema.alert_recipients
    row = connection.execute(sa.select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise NotFound(f"recipient {id[:40]}: not in the store")
    return _plain(Recipient, row)  # type: ignore[no-any-return]


def add_recipient(writing: Writing, of: Recipient) -> None:
    writing.connection.execute(sa.insert(schema.alert_recipients).values(to_row(of)))


def remove_recipient(writing: Writing, id: str, *, at: datetime, address: str) -> None:
    """Keep that they were there, with what may be shown of their `address`; Conflict when they were removed already."""
    table = schema.alert_recipients
    where = sa.and_(table.c.id == id, table.c.removed_at.is_(None))
    if writing.connection.execute(sa.update(table).where(where).values(removed_at=at, address=address)).rowcount != 1:
        raise Conflict("this recipient was removed already")


def zones(connection: sa.Connection, case_ids: Iterable[str]) -> dict[str, str]:
    """The time zones of these cases."""
    table = schema.cases
    query = sa.select(table.c.id, table.c.timezone).where(table.c.id.in_(list(case_ids)))
    return {row.id: row.timezone for row in connection.execute(query)}


def alert_case(store: Store, id: str) -> str:
    """The case of an alert, where whoever looks sees it; NotFound else."""
    with store.database.reading() as connection:
        return _seen(store, alert(connection, id).case_id, f"alert {id[:40]}")


def recipient_case(store: Store, id: str) -> str:
    """The case of a recipient, where whoever looks sees it; NotFound else."""
    with store.database.reading() as connection:
        return _seen(store, recipient(connection, id).case_id, f"recipient {id[:40]}")


def _seen(store: Store, case_id: str, what: str) -> str:
    if not store.sees(case_id):
        raise NotFound(f"{what}: not in the store")
    return case_id


# the queue


def enqueue(writing: Writing, of: Sequence[Alert]) -> int:
    """Queue what is not queued yet, by its key; how many were new."""
    known: set[str] = set()
    for start in range(0, len(of), _BATCH):
        keys = [alert.key for alert in of[start : start + _BATCH]]
        known |= set(writing.connection.scalars(sa.select(_table.c.key).where(_table.c.key.in_(keys))))
    new = [to_row(alert) for alert in of if alert.key not in known]
    if new:
        writing.connection.execute(sa.insert(_table), new)
        for case_id in sorted({alert.case_id for alert in of}):
            writing.changed(of_case(case_id))
    return len(new)


def alert(connection: sa.Connection, id: str) -> Alert:
    row = connection.execute(sa.select(_table).where(_table.c.id == id)).mappings().first()
    if row is None:
        raise NotFound(f"alert {id[:40]}: not in the store")
    return _plain(Alert, row)  # type: ignore[no-any-return]


def alerts(
    connection: sa.Connection,
    *,
    case_id: str | None = None,
    states: Sequence[AlertState] = (),
    match_id: str | None = None,
    digest_id: str | None = None,
    event: AlertEvent | None = None,
    ids: Sequence[str] | None = None,
    most: int | None = None,
) -> list[Alert]:
    """Messages, newest first."""
    query = sa.select(_table).order_by(_table.c.created_at.desc(), _table.c.id).limit(most)
    wanted = {"case_id": case_id, "match_id": match_id, "digest_id": digest_id, "event": event}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(_table.c[name] == value)
    if states:
        query = query.where(_table.c.state.in_(states))
    if ids is not None:
        query = query.where(_table.c.id.in_(ids))
    return [_plain(Alert, row) for row in connection.execute(query).mappings()]


def counts(connection: sa.Connection, case_id: str | None = None) -> dict[AlertState, int]:
    """How many messages stand in each state, of those that have any."""
    query = sa.select(_table.c.state, sa.func.count()).group_by(_table.c.state)
    if case_id is not None:
        query = query.where(_table.c.case_id == case_id)
    return {AlertState(state): int(count) for state, count in connection.execute(query)}


def _is_alone() -> sa.ColumnElement[bool]:
    """It goes by itself: a digest, what was tried before, what a person asked for."""
    return sa.or_(_table.c.attempts > 0, _table.c.event == AlertEvent.DIGEST, _table.c.lane == Lane.ASKED)


def _is_waiting(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_table.c.state == AlertState.QUEUED, _table.c.digest_id.is_(None), _table.c.due_at <= now)


def waiting(connection: sa.Connection, now: datetime) -> list[Waiting]:
    """What is due, by case, lane and recipient; whoever waits longest first."""
    whose = (_table.c.case_id, _table.c.lane, _table.c.recipient_id)
    oldest_at = sa.func.min(_table.c.created_at, type_=schema.UtcDateTime)
    query = sa.select(*whose, sa.func.count().label("count"), oldest_at.label("oldest_at"))
    query = query.where(_is_waiting(now)).group_by(*whose).order_by(oldest_at)
    return [_waiting_of(connection, row, now) for row in connection.execute(query).mappings().all()]


def _waiting_of(connection: sa.Connection, group: Row, now: datetime) -> Waiting:
    """A group with the one that goes first: what goes by itself before all others, then the oldest."""
    alone = sa.case((_is_alone(), 1), else_=0)
    whose = [_table.c[name] == group[name] for name in ("case_id", "lane", "recipient_id")]
    query = sa.select(_table.c.id, alone.label("alone")).where(*whose, _is_waiting(now))
    first = connection.execute(query.order_by(alone.desc(), _table.c.created_at, _table.c.id).limit(1)).mappings().one()
    return Waiting(
        group["case_id"], Lane(group["lane"]), group["recipient_id"], group["count"], group["oldest_at"], first["id"],
        bool(first["alone"]),
    )  # fmt: skip


def messages_since(
    connection: sa.Connection,
    case_id: str,
    lane: Lane,
    *,
    since: datetime,
    recipient_id: str | None = None,
    but: str = "",
) -> int:
    """How many messages were handed to a sender after `since`, whatever became of them; one tried twice is one."""
    where = [_table.c.case_id == case_id, _table.c.lane == lane, _table.c.claimed_at > since, _table.c.id != but]
    if recipient_id is not None:
        where.append(_table.c.recipient_id == recipient_id)
    query = sa.select(sa.func.count()).where(*where, _table.c.digest_id.is_(None))
    return int(connection.scalar(query) or 0)


def last_message_at(connection: sa.Connection, of: Waiting) -> datetime | None:
    """When the recipient was last sent something in this lane; None for never."""
    query = sa.select(sa.func.max(_table.c.claimed_at, type_=schema.UtcDateTime)).where(
        _table.c.case_id == of.case_id, _table.c.lane == of.lane, _table.c.recipient_id == of.recipient_id,
        _table.c.digest_id.is_(None),
    )  # fmt: skip
    found: datetime | None = connection.scalar(query)
    return found


def told_by(connection: sa.Connection, of: Alert | Waiting, now: datetime) -> list[Told]:
    """What one message tells, or all that waits in one lane for one recipient; most alike first."""
    matches, tracks, footage, cameras = schema.matches, schema.tracks, schema.footage, schema.cameras
    if isinstance(of, Alert):
        where = _table.c.digest_id == of.id if of.event is AlertEvent.DIGEST else _table.c.id == of.id
    else:
        whose = (_table.c.case_id == of.case_id, _table.c.lane == of.lane, _table.c.recipient_id == of.recipient_id)
        where = sa.and_(*whose, _is_waiting(now), sa.not_(_is_alone()))
    query = (
        sa.select(
            _table.c.id.label("alert_id"), _table.c.event, _table.c.match_id, matches.c.state.label("match_state"),
            tracks.c.similarity, matches.c.alert_threshold, tracks.c.best_s, footage.c.started_at,
            footage.c.clock_offset_s, cameras.c.id.label("camera_id"), cameras.c.name.label("camera_name"),
            cameras.c.lat, cameras.c.lon, cameras.c.range_m,
        )
        .join(matches, matches.c.id == _table.c.match_id)
        .join(tracks, tracks.c.id == matches.c.track_id)
        .join(footage, footage.c.id == matches.c.footage_id)
        .join(cameras, cameras.c.id == footage.c.camera_id)
        .where(where)
        .order_by(tracks.c.similarity.desc(), _table.c.id)
    )  # fmt: skip
    return [_plain(Told, row) for row in connection.execute(query).mappings()]


def change(writing: Writing, ids: Iterable[str], *, was: AlertState, **values: Any) -> int:
    """Set columns of the messages that still stand where they `was`; how many did."""
    all_ids, changed = list(ids), 0
    for start in range(0, len(all_ids), _BATCH):
        where = sa.and_(_table.c.id.in_(all_ids[start : start + _BATCH]), _table.c.state == was)
        changed += writing.connection.execute(sa.update(_table).where(where).values(values)).rowcount
    return changed


def change_parts(writing: Writing, of: str, *, was: Sequence[AlertState], **values: Any) -> int:
    """Set columns of what the digest `of` this id is made of, where it stands in one of these states; how many did."""
    where = sa.and_(_table.c.digest_id == of, _table.c.state.in_(was))
    return writing.connection.execute(sa.update(_table).where(where).values(values)).rowcount


def count_of_parts(connection: sa.Connection, digest_id: str) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).where(_table.c.digest_id == digest_id)) or 0)


def lost(connection: sa.Connection, now: datetime) -> list[Alert]:
    """Messages whose sender has not said in time what became of them; the parts of a digest go with it."""
    where = sa.and_(_table.c.state == AlertState.SENDING, _table.c.hold_until < now, _table.c.digest_id.is_(None))
    return [_plain(Alert, row) for row in connection.execute(sa.select(_table).where(where)).mappings()]


def forget_words_of_footage(writing: Writing, footage_id: str) -> int:
    """Blank digests that told of a footage which is about to be purged; what told of one match goes with that match."""
    of_it = sa.select(schema.matches.c.id).where(schema.matches.c.footage_id == footage_id)
    digests = sa.select(_table.c.digest_id).where(_table.c.match_id.in_(of_it), _table.c.digest_id.is_not(None))
    values = {"title": "", "text": "", "cap": "", "why": "some of what it told of was purged"}
    return writing.connection.execute(sa.update(_table).where(_table.c.id.in_(digests)).values(values)).rowcount


def not_to_be_sent_after_restore(connection: sa.Connection, now: datetime, why: str) -> int:
    """What a backup holds as queued was most likely sent since it was made: only a person may send it. How many."""
    where = _table.c.state.in_([AlertState.QUEUED, AlertState.SENDING])
    values = {"state": AlertState.UNKNOWN, "settled_at": now, "why": why}
    return connection.execute(sa.update(_table).where(where).values(values)).rowcount
