"""Rows of the cameras that are watched live, and of the stretches in which nobody could be seen."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import leases, schema
from data.live_models import LiveGap, LiveState, LiveWatch
from data.models import JobState
from data.rows import Row, to_row
from data.store import Store, Writing
from data.writing import of_case

OPEN = (JobState.QUEUED, JobState.RUNNING)
_WATCHES, _GAPS, _JOBS = schema.live_watches, schema.live_gaps, schema.jobs
_RESTORED = "it was watched when the backup was made"


def _plain(model: type, row: Row) -> Any:
    values = {f.name: row[f.name] for f in fields(model)}
    return model(**(values | {"state": LiveState(values["state"])}))


def add_watch(writing: Writing, watch: LiveWatch, *, sealed: str) -> None:
    """`sealed` is the whole address, name and password included, encrypted (`casework.sealing`)."""
    writing.connection.execute(sa.insert(_WATCHES).values(to_row(watch) | {"sealed": sealed}))
    writing.changed(of_case(watch.case_id))


def watches(store: Store, case_id: str) -> list[LiveWatch]:
    """All watches of a case, the newest first."""
    query = sa.select(_WATCHES).where(_WATCHES.c.case_id == case_id)
    query = query.order_by(_WATCHES.c.started_at.desc(), _WATCHES.c.job_id)
    with store.database.reading() as connection:
        return [_plain(LiveWatch, row) for row in connection.execute(query).mappings()]


def watch(store: Store, job_id: str) -> LiveWatch | None:
    """The watch under this job; None where there is none."""
    with store.database.reading() as connection:
        row = connection.execute(sa.select(_WATCHES).where(_WATCHES.c.job_id == job_id)).mappings().first()
    return None if row is None else _plain(LiveWatch, row)


def sealed_address(store: Store, job_id: str) -> str:
    """The encrypted address of a watch; "" where it is forgotten."""
    with store.database.reading() as connection:
        return str(connection.scalar(sa.select(_WATCHES.c.sealed).where(_WATCHES.c.job_id == job_id)) or "")


def is_watched(writing: Writing, case_id: str, camera_id: str) -> bool:
    """Whether the camera is being watched for this case."""
    query = sa.select(_WATCHES.c.job_id).join(_JOBS, _JOBS.c.id == _WATCHES.c.job_id)
    query = query.where(_WATCHES.c.case_id == case_id, _WATCHES.c.camera_id == camera_id, _JOBS.c.state.in_(OPEN))
    return writing.connection.execute(query).first() is not None


def change_watch(writing: Writing, job_id: str, **values: Any) -> None:
    """Set what is told of a watch."""
    writing.connection.execute(sa.update(_WATCHES).where(_WATCHES.c.job_id == job_id).values(values))
    case_id = writing.connection.scalar(sa.select(_WATCHES.c.case_id).where(_WATCHES.c.job_id == job_id))
    writing.changed(of_case(str(case_id)) if case_id else None)


def forget_address(writing: Writing, job_id: str) -> None:
    """The watch is over: name and password are needed no more."""
    change_watch(writing, job_id, sealed="")


# gaps


def gaps(store: Store, job_ids: Sequence[str]) -> list[LiveGap]:
    """The gaps of these watches, oldest first."""
    query = sa.select(_GAPS).where(_GAPS.c.job_id.in_(list(job_ids))).order_by(_GAPS.c.from_at, _GAPS.c.id)
    with store.database.reading() as connection:
        return [_plain(LiveGap, row) for row in connection.execute(query).mappings()]


def put_gap(writing: Writing, gap: LiveGap) -> None:
    """Add a gap, or say what became of the one with this id."""
    row = to_row(gap)
    changed = writing.connection.execute(sa.update(_GAPS).where(_GAPS.c.id == gap.id).values(row))
    if changed.rowcount == 0:
        writing.connection.execute(sa.insert(_GAPS).values(row))
    writing.changed(of_case(gap.case_id))


def close_gaps(writing: Writing, job_id: str, *, at: datetime) -> None:
    """What lasts still ends now."""
    where = sa.and_(_GAPS.c.job_id == job_id, _GAPS.c.to_at.is_(None))
    writing.connection.execute(sa.update(_GAPS).where(where).values(to_at=at))


# who watches


def watcher_is_alive(store: Store, job_id: str) -> bool:
    """Whether a worker that was heard of just now has the watch."""
    with store.database.reading() as connection:
        run = connection.scalar(sa.select(_JOBS.c.lease_run).where(_JOBS.c.id == job_id))
    return any(one.run == run and leases.is_alive(store, one) for one in leases.workers(store))


def not_watched_after_restore(connection: sa.Connection, at: datetime) -> None:
    """A backup that is restored begins to watch nobody: what was watched when it was made has ended."""
    is_open = sa.and_(_JOBS.c.kind == "live", _JOBS.c.state.in_([*OPEN, JobState.PAUSED]))
    over = {"state": JobState.CANCELLED, "ended_at": at, "lease_run": None, "note": _RESTORED}
    connection.execute(sa.update(_JOBS).where(is_open).values(over))
    connection.execute(sa.update(_WATCHES).values(sealed=""))
