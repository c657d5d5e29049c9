"""Leases, heartbeats and counted crashes, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import leases, schema
from data.errors import LeaseLost
from data.models import Beat, Job, JobState, Lease, utc_now
from data.store import Store, open_store
from tests.factories import NOON, a_camera, a_case, a_footage, a_job

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[Store]:
    """A case with one footage and one search that waits."""
    opened = open_store(tmp_path / "home", database_url=database_url)
    with opened.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera())
        writing.add(a_footage())
        writing.add(a_job())
    yield opened
    opened.close()


def a_beat(name: str) -> Beat:
    return Beat(name, f"run of {name}", "host", 1, NOON, NOON, ("cpu",), "2", True)


def a_worker(store: Store, name: str) -> str:
    beat = a_beat(name)
    leases.beat(store, beat, is_first=True)
    return beat.run


def dies(store: Store, run: str) -> None:
    """Its last heartbeat was too long ago."""
    long_ago = utc_now() - timedelta(seconds=leases.DEAD_AFTER_S + 1)
    with store.writing() as writing:
        workers = schema.workers
        writing.connection.execute(sa.update(workers).where(workers.c.run == run).values(beat_at=long_ago))


def claim(store: Store, run: str, **named: object) -> Lease | None:
    return leases.claim(store, run, kind="scan", queues=["cpu"], **named)  # type: ignore[arg-type]


def claimed(store: Store, run: str) -> Lease:
    lease = claim(store, run)
    assert lease is not None
    return lease


def begin(store: Store, lease: Lease, *, limit: int = 2) -> tuple[int, str]:
    with store.writing() as writing:
        return leases.begin(writing, lease, 0, limit=limit)


def put_segment(store: Store, lease: Lease) -> None:
    with store.writing() as writing:
        leases.hold(writing, lease)
        writing.put_segment(lease.job_id, 0, {"tracks": []}, 60.0)


def test_a_job_is_claimed_by_one_worker_only(store: Store) -> None:
    first, second = a_worker(store, "a"), a_worker(store, "b")
    lease = claimed(store, first)
    assert claim(store, second) is None
    assert leases.claim_job(store, second, "j-1") is None
    job = store.job("j-1")
    assert (job.state, job.lease_run) == (JobState.RUNNING, first)
    assert leases.held(store, first) == {lease}


def test_the_job_of_a_dead_worker_moves_on_and_the_dead_one_writes_nothing_when_it_wakes(store: Store) -> None:
    frozen, other = a_worker(store, "a"), a_worker(store, "b")
    old = claimed(store, frozen)
    dies(store, frozen)
    new = claimed(store, other)
    assert new.epoch > old.epoch
    leases.beat(store, a_beat("a"))  # it wakes, and is alive again
    with pytest.raises(LeaseLost):
        put_segment(store, old)
    leases.let_go(store, old)
    assert store.segments("j-1") == []
    assert leases.held(store, other) == {new}


def test_a_worker_that_slept_keeps_its_job_while_nobody_took_it(store: Store) -> None:
    run = a_worker(store, "a")
    lease = claimed(store, run)
    dies(store, run)
    with store.writing() as writing:
        leases.hold(writing, lease)


def test_a_worker_that_starts_anew_under_its_name_has_its_old_jobs_at_once(store: Store) -> None:
    claimed(store, a_worker(store, "a"))
    again = replace(a_beat("a"), run="second run")
    leases.beat(store, again, is_first=True)
    assert claimed(store, again.run).run == "second run"
    with pytest.raises(LeaseLost, match="taken this name"):
        leases.beat(store, a_beat("a"))


def test_what_is_handed_back_is_free_at_once_and_was_no_crash(store: Store) -> None:
    first, second = a_worker(store, "a"), a_worker(store, "b")
    lease = claimed(store, first)
    begin(store, lease)
    leases.leave(store, first)
    job = store.job("j-1")
    assert (job.state, job.lease_run) == (JobState.QUEUED, None)
    assert [w.name for w in leases.workers(store)] == ["b"]
    assert begin(store, claimed(store, second)) == (0, "")


def test_the_highest_priority_goes_first_and_then_the_oldest(store: Store) -> None:
    with store.writing() as writing:
        writing.add(a_job("newer", created_at=NOON + timedelta(hours=1)))
        writing.add(a_job("first", created_at=NOON + timedelta(hours=2), priority=1))
        writing.add(a_job("other queue", queue="gpu", priority=9))
    run = a_worker(store, "a")
    assert [claimed(store, run).job_id for _ in range(3)] == ["first", "j-1", "newer"]
    assert claim(store, run) is None


def test_a_job_that_this_worker_put_off_is_left_to_others(store: Store) -> None:
    first, second = a_worker(store, "a"), a_worker(store, "b")
    assert claim(store, first, but={"j-1"}) is None
    assert claimed(store, second).job_id == "j-1"


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.CANCELLED, JobState.DONE, JobState.FAILED])
def test_only_jobs_that_are_to_be_done_are_claimed(store: Store, state: JobState) -> None:
    with store.writing() as writing:
        writing.change(Job, "j-1", state=state)
    assert claim(store, a_worker(store, "a")) is None


def test_a_job_that_is_done_but_for_its_end_is_taken_up_again(store: Store) -> None:
    dead, other = a_worker(store, "a"), a_worker(store, "b")
    lease = claimed(store, dead)
    with store.writing() as writing:
        leases.hold(writing, lease)
        writing.change(Job, "j-1", state=JobState.DONE)
    dies(store, dead)
    again = claimed(store, other)
    assert store.job("j-1").state is JobState.DONE
    leases.let_go(store, again)
    assert claim(store, other) is None


def test_an_attempt_that_came_to_no_end_counts_as_a_crash(store: Store) -> None:
    dead, other = a_worker(store, "a"), a_worker(store, "b")
    assert begin(store, claimed(store, dead)) == (0, "")
    dies(store, dead)
    again = claimed(store, other)
    crashes, why = begin(store, again)
    assert crashes == 1
    assert "killed or frozen" in why
    with store.writing() as writing:
        assert leases.count_crashes(writing, again, 0, why="killed for memory") == (2, "killed for memory")
    assert begin(store, again) == (2, "killed for memory")


def test_at_the_limit_no_further_attempt_is_noted(store: Store) -> None:
    lease = claimed(store, a_worker(store, "a"))
    begin(store, lease)
    assert begin(store, lease, limit=1)[0] == 1
    assert begin(store, lease, limit=1)[0] == 1


def test_a_pause_takes_the_job_away_and_counts_no_crash(store: Store) -> None:
    run = a_worker(store, "a")
    lease = claimed(store, run)
    begin(store, lease)
    with store.writing() as writing:
        assert leases.move(writing, "j-1", was=[JobState.RUNNING], to=JobState.PAUSED) is not None
        assert leases.move(writing, "j-1", was=[JobState.RUNNING], to=JobState.PAUSED) is None
    with pytest.raises(LeaseLost), store.writing() as writing:
        leases.hold(writing, lease)
    with store.writing() as writing:
        leases.move(writing, "j-1", was=[JobState.PAUSED], to=JobState.QUEUED)
    assert begin(store, claimed(store, run)) == (0, "")


def test_workers_are_listed_with_what_they_do_and_whether_they_live(store: Store) -> None:
    run = a_worker(store, "a")
    (worker,) = leases.workers(store)
    assert (worker.name, worker.queues, worker.can_reach_files) == ("a", ("cpu",), True)
    assert leases.is_alive(store, worker)
    dies(store, run)
    (worker,) = leases.workers(store)
    assert not leases.is_alive(store, worker)
