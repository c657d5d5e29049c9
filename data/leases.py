"""Who may work on a job: leases, the workers' heartbeats, and the crashes that are counted before work begins.

A job belongs to one run of one worker, under an epoch that only grows. Whoever takes a job raises the epoch; every
write of a worker first shows its lease (`hold`), in its own transaction. So a worker that was frozen, wakes, and does
not know that its job has moved on, writes nothing. A run whose heartbeat is older than `DEAD_AFTER_S` has lost its
jobs to whoever comes first. All times here are the store's: on PostgreSQL the server's clock.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data import schema
from data.errors import LeaseLost
from data.models import Beat, Job, JobState, Lease, utc_now
from data.rows import plain, to_row
from data.store import Store
from data.writing import Writing

BEAT_S = 3.0
DEAD_AFTER_S = 15.0
WHOLE_JOB = -1
"""The "segment" under which the attempts of work that is not on one segment are counted."""
_UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)
# a worker frozen inside a transaction must not keep a row locked: the server ends the transaction
_FROZEN_MS = 10_000
_JOBS = schema.jobs
_TRIES = schema.attempts


def _is_server(connection: sa.Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _now(connection: sa.Connection) -> datetime:
    now: datetime | None = connection.scalar(sa.select(sa.func.clock_timestamp())) if _is_server(connection) else None
    return now or utc_now()


def _end_if_frozen(connection: sa.Connection) -> None:
    if _is_server(connection):
        connection.execute(sa.text(f"SET LOCAL idle_in_transaction_session_timeout = {_FROZEN_MS}"))


# workers


def beat(store: Store, worker: Beat, *, is_first: bool = False) -> None:
    """Say that a worker lives; LeaseLost when another one has taken its name meanwhile.

    Not in the turn of the writers: were one of them frozen, all workers would be taken for dead.
    """
    table = schema.workers
    which = [table.c.name == worker.name] + ([] if is_first else [table.c.run == worker.run])
    with store.database.reading() as connection:
        row = to_row(worker) | {"beat_at": sa.func.clock_timestamp() if _is_server(connection) else utc_now()}
        if connection.execute(sa.update(table).where(*which).values(row)).rowcount == 0:
            if not is_first:
                raise LeaseLost(f"worker {worker.name}: another worker has taken this name; give each its own --name")
            connection.execute(sa.insert(table).values(row))
        connection.commit()


def leave(store: Store, run: str) -> None:
    """Forget a worker that ends, and free all that it still holds; what it left unfinished was no crash."""
    with store.writing() as writing:
        connection = writing.connection
        mine = sa.select(_JOBS.c.id).where(_JOBS.c.lease_run == run, _JOBS.c.state == JobState.RUNNING)
        connection.execute(sa.update(_TRIES).where(_TRIES.c.job_id.in_(mine)).values(under_way=None))
        connection.execute(sa.update(_JOBS).where(_JOBS.c.id.in_(mine)).values(_freed()))
        connection.execute(sa.delete(schema.workers).where(schema.workers.c.run == run))


def workers(store: Store) -> list[Beat]:
    """Every worker that was heard of and did not end properly, dead ones too, by name."""
    with store.database.reading() as connection:
        rows = connection.execute(sa.select(schema.workers).order_by(schema.workers.c.name)).mappings()
        return [plain(Beat, row) for row in rows]


def is_alive(store: Store, worker: Beat) -> bool:
    """Whether the worker was heard of just now, by the store's clock."""
    with store.database.reading() as connection:
        return _now(connection) - worker.beat_at < timedelta(seconds=DEAD_AFTER_S)


# leases


def _claimable(connection: sa.Connection) -> sa.Select[Any]:
    """Jobs to be done that no living worker has, first things first; also those of which only the end is left."""
    since = _now(connection) - timedelta(seconds=DEAD_AFTER_S)
    alive = sa.select(schema.workers.c.run).where(schema.workers.c.beat_at > since)
    is_free = sa.or_(_JOBS.c.lease_run.is_(None), _JOBS.c.lease_run.not_in(alive))
    is_left = sa.and_(_JOBS.c.state == JobState.DONE, _JOBS.c.lease_run.is_not(None))
    order = (_JOBS.c.priority.desc(), _JOBS.c.created_at, _JOBS.c.id)
    return sa.select(_JOBS).where(is_free, sa.or_(_JOBS.c.state.in_(_UNDER_WAY), is_left)).order_by(*order).limit(1)


def claim(store: Store, run: str, *, kind: str, queues: Iterable[str], but: Collection[str] = ()) -> Lease | None:
    """Take the next job of this kind, but not one of these; None when there is none."""
    conditions = (_JOBS.c.kind == kind, _JOBS.c.queue.in_(list(queues)), _JOBS.c.id.not_in(list(but)))
    return _claim(store, run, conditions)


def claim_job(store: Store, run: str, job_id: str) -> Lease | None:
    """Take this job; None when it is done, paused, or another worker's."""
    return _claim(store, run, (_JOBS.c.id == job_id,))


def _claim(store: Store, run: str, conditions: tuple[sa.ColumnElement[bool], ...]) -> Lease | None:
    with store.database.reading() as connection:  # looked at without the writer's lock, for mostly there is nothing
        if connection.execute(_claimable(connection).where(*conditions)).first() is None:
            return None
    with store.writing() as writing:
        connection = writing.connection
        _end_if_frozen(connection)
        query = _claimable(connection).where(*conditions).with_for_update(skip_locked=True)
        row = connection.execute(query).mappings().first()
        if row is None:
            return None
        taken = {"lease_run": run, "lease_epoch": row["lease_epoch"] + 1}
        if row["state"] != JobState.DONE:
            taken |= {"state": JobState.RUNNING, "started_at": row["started_at"] or _now(connection)}
        connection.execute(sa.update(_JOBS).where(_JOBS.c.id == row["id"]).values(taken))
        return Lease(row["id"], run, taken["lease_epoch"])


def hold(writing: Writing, lease: Lease) -> None:
    """Show the lease; LeaseLost when it has moved on. Until the transaction ends nobody can take the job."""
    _end_if_frozen(writing.connection)
    shown = sa.update(_JOBS).where(_is_held(lease)).values(lease_epoch=lease.epoch)
    if writing.connection.execute(shown).rowcount != 1:
        raise LeaseLost(f"job {lease.job_id}: another worker has it, or somebody paused or cancelled it")


def _is_held(lease: Lease) -> sa.ColumnElement[bool]:
    is_epoch = sa.and_(_JOBS.c.lease_run == lease.run, _JOBS.c.lease_epoch == lease.epoch)
    return sa.and_(_JOBS.c.id == lease.job_id, is_epoch)


def held(store: Store, run: str) -> set[Lease]:
    """The leases of a run as the store knows them."""
    query = sa.select(_JOBS.c.id, _JOBS.c.lease_epoch).where(_JOBS.c.lease_run == run)
    with store.database.reading() as connection:
        return {Lease(id, run, epoch) for id, epoch in connection.execute(query)}


def let_go(store: Store, lease: Lease, *, note: str = "") -> None:
    """Give the job back, at once free for another worker; nothing happens when it has moved on already."""
    with store.writing() as writing:
        freed = sa.update(_JOBS).where(_is_held(lease)).values(_freed() | {"note": note})
        if writing.connection.execute(freed).rowcount:
            not_crashed(writing, lease.job_id)


def _freed() -> dict[str, Any]:
    is_running = _JOBS.c.state == JobState.RUNNING
    return {"lease_run": None, "state": sa.case((is_running, JobState.QUEUED), else_=_JOBS.c.state)}


def move(writing: Writing, job_id: str, *, was: Collection[JobState], to: JobState, **values: Any) -> Job | None:
    """Set a job's state and take it from whoever has it, where it is in one of these states; None where it is not."""
    connection = writing.connection
    where = sa.and_(_JOBS.c.id == job_id, _JOBS.c.state.in_(list(was)))
    taken = {"state": to, "lease_run": None, "lease_epoch": _JOBS.c.lease_epoch + 1} | values
    if connection.execute(sa.update(_JOBS).where(where).values(taken)).rowcount != 1:
        return None
    not_crashed(writing, job_id)
    row = connection.execute(sa.select(_JOBS).where(_JOBS.c.id == job_id)).mappings().one()
    return plain(Job, row)


def highest_priority(writing: Writing) -> int:
    """The highest priority among the jobs that are not done."""
    query = sa.select(sa.func.max(_JOBS.c.priority)).where(_JOBS.c.state.in_(_UNDER_WAY))
    return int(writing.connection.scalar(query) or 0)


# attempts


def begin(writing: Writing, lease: Lease, segment: int, *, limit: int) -> tuple[int, str]:
    """Note, before it begins, that work on a segment begins: how often it has crashed, and why it did the last time.

    A note that is still there was left by a worker that came to no end: one more crash. At the `limit` no work may
    begin, and none is noted.
    """
    crashes, why = count_crashes(writing, lease, segment)
    if crashes < limit:
        _put_try(writing, lease.job_id, segment, under_way=lease.epoch)
    return crashes, why


def count_crashes(writing: Writing, lease: Lease, segment: int, *, why: str = "") -> tuple[int, str]:
    """Count the attempt that was under way, if there was one, as a crash; the number of crashes, the last one's why."""
    hold(writing, lease)
    which = sa.and_(_TRIES.c.job_id == lease.job_id, _TRIES.c.segment == segment)
    row = writing.connection.execute(sa.select(_TRIES).where(which)).mappings().first()
    if row is None:
        return 0, ""
    if row["under_way"] is None:
        return row["crashes"], row["why"]
    told = why or "the worker was killed or frozen in the middle of it"
    _put_try(writing, lease.job_id, segment, under_way=None, crashes=row["crashes"] + 1, why=told)
    return row["crashes"] + 1, told


def not_crashed(writing: Writing, job_id: str) -> None:
    """What was under way on the job was broken off on purpose."""
    writing.connection.execute(sa.update(_TRIES).where(_TRIES.c.job_id == job_id).values(under_way=None))


def well_ended(writing: Writing, job_id: str, segment: int) -> None:
    """The work on a segment is done; its crashes are forgotten."""
    writing.connection.execute(sa.delete(_TRIES).where(_TRIES.c.job_id == job_id, _TRIES.c.segment == segment))


def start_over(writing: Writing, job_id: str) -> None:
    """Forget what a search found segment by segment, and its crashes; matches stay."""
    for table in (_TRIES, schema.segments):
        writing.connection.execute(sa.delete(table).where(table.c.job_id == job_id))


def _put_try(writing: Writing, job_id: str, segment: int, **values: Any) -> None:
    which = sa.and_(_TRIES.c.job_id == job_id, _TRIES.c.segment == segment)
    if writing.connection.execute(sa.update(_TRIES).where(which).values(values)).rowcount == 0:
        row = {"job_id": job_id, "segment": segment, "crashes": 0, "why": ""} | values
        writing.connection.execute(sa.insert(_TRIES).values(row))


# what a job keeps of its plan


def spans_of(store: Store, job_id: str) -> list[list[float]] | None:
    """The segments into which a search was cut, in container seconds; None before it was."""
    with store.database.reading() as connection:
        found: list[list[float]] | None = connection.scalar(sa.select(_JOBS.c.spans).where(_JOBS.c.id == job_id))
        return found


def done_segments(store: Store, job_id: str) -> set[int]:
    """The segments whose results are kept."""
    table = schema.segments
    with store.database.reading() as connection:
        return set(connection.scalars(sa.select(table.c.segment).where(table.c.job_id == job_id)))


def forget_older(writing: Writing, job: Job) -> None:
    """Once a search is done, its results stand for the footage and engine: those of its older searches go.

    Those of another kind of search are not older ones: one may be under way.
    """
    table = schema.segments
    alike = sa.select(_JOBS.c.id).where(_JOBS.c.kind == job.kind, _JOBS.c.id != job.id)
    older = sa.and_(table.c.footage_id == job.of_id, table.c.engine == job.engine, table.c.job_id.in_(alike))
    writing.connection.execute(sa.delete(table).where(older))
