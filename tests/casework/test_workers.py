"""Several worker processes on one store: killed, frozen, stopped; on SQLite and on PostgreSQL."""

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework import cases, jobs
from casework.scanning import Workshop
from casework.worker_names import database_of
from data import leases, schema
from data.models import Job, JobState
from data.store import Store
from tests.casework.fake_worker import FakeWorker, workshop_on
from tests.casework.scans import add_clip, add_photo
from tests.factories import a_camera, an_authority
from tests.recognition.clips import RED, walking, write_clip

pytestmark = pytest.mark.timeout(180)
MOVES_ON_WITHIN_S = 30.0


on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"])


@pytest.fixture
def workshop(tmp_path: Path, database_url: str) -> Iterator[Workshop]:
    made = workshop_on(tmp_path / "home", database_url=database_url)
    with made.store.writing() as writing:
        writing.add(a_camera())
    yield made
    made.store.close()


def searches(workshop: Workshop, folder: Path, n: int, *, seconds: int = 4) -> list[Job]:
    """So many searches of different footage wait for a worker."""
    store = workshop.store
    number = f"{n} of {folder.name}"
    case_id = cases.open_case(store, number=number, name="Aino", authority=an_authority(), by="Ann").id
    add_photo(workshop, case_id, folder, colours=(RED,))
    clips = [write_clip(folder / f"{n}-{i}.mp4", walking(25 * seconds, step=1.5 + i / 10)) for i in range(n)]
    return [jobs.request_scan(store, add_clip(store, case_id, clip).id, engine="fake", by="Ann") for clip in clips]


@contextmanager
def workers(home: Path, url: str, *names: str, seconds: float) -> Iterator[list[FakeWorker]]:
    running = [FakeWorker(home, name, database_url=url, seconds=seconds) for name in names]
    try:
        yield running
    finally:
        for worker in running:
            if worker.process.poll() is None:
                worker.send(signal.SIGCONT)
                worker.kill()


def until(is_so: Callable[[], bool], seconds: float) -> float:
    """Wait; how long it took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, f"waited {seconds} s in vain"
        time.sleep(0.1)
    return time.monotonic() - began


def jobs_of(store: Store, name: str) -> list[Job]:
    """The jobs that the worker of this name holds."""
    runs = {worker.run for worker in leases.workers(store) if worker.name == name}
    return [job for job in store.jobs(open_only=True) if job.lease_run in runs]


def freeze(worker: FakeWorker, store: Store) -> None:
    """Stop a worker between two writes: within one it would keep SQLite's lock, and nobody could go on."""
    for _ in range(50):
        worker.send(signal.SIGSTOP)
        if not store.database.is_sqlite:
            return
        time.sleep(0.05)  # a call of its threads that is under way in the kernel still ends
        with closing(sqlite3.connect(str(store.engine.url.database), timeout=0.2, isolation_level=None)) as probe:
            try:
                probe.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError:
                worker.send(signal.SIGCONT)
                time.sleep(0.05)
    raise AssertionError("the worker does nothing but write")


@contextmanager
def write_under_way(path: Path) -> Iterator[None]:
    """As if somebody had been frozen in the middle of a write to this SQLite database."""
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def note_every_write(store: Store) -> None:
    """Have the database itself write down each segment that is kept."""
    insert = "INSERT INTO written SELECT NEW.job_id, NEW.segment, lease_run FROM jobs WHERE id = NEW.job_id;"
    with store.writing() as writing:
        run = writing.connection.exec_driver_sql
        run("CREATE TABLE written (job_id TEXT, segment INTEGER, run TEXT)")
        if store.database.is_sqlite:
            for what in ("INSERT", "UPDATE"):
                run(f"CREATE TRIGGER seg_{what} AFTER {what} ON segments BEGIN {insert} END")
        else:
            run(f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {insert} RETURN NEW; END $$")
            run("CREATE TRIGGER seg AFTER INSERT OR UPDATE ON segments FOR EACH ROW EXECUTE FUNCTION note()")


def writes(store: Store) -> list[tuple[str, int, str]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT job_id, segment, run FROM written")]


@on_both
def test_of_three_workers_one_is_killed_and_one_frozen_and_all_is_done_and_nothing_twice(
    workshop: Workshop, tmp_path: Path, database_url: str
) -> None:
    store = workshop.store
    asked = searches(workshop, tmp_path, 5)
    note_every_write(store)
    with workers(tmp_path / "home", database_url, "one", "two", "three", seconds=0.02) as (one, two, three):
        until(lambda: all(jobs_of(store, name) for name in ("one", "two", "three")), 60)
        until(lambda: len(writes(store)) >= 2, 60)
        runs = {worker.name: worker.run for worker in leases.workers(store)}
        one.kill()
        freeze(two, store)
        (of_killed,), (of_frozen,) = jobs_of(store, "one"), jobs_of(store, "two")
        frozen_at = len([run for _, _, run in writes(store) if run == runs["two"]])
        with write_under_way(database_of(tmp_path / "home", "two")) if not database_url else nullcontext():
            for job in (of_killed, of_frozen):
                until(lambda job=job: store.job(job.id).lease_run not in (runs["one"], runs["two"]), MOVES_ON_WITHIN_S)
            until(lambda: all(store.job(job.id).state is JobState.DONE for job in asked), 60)

        two.send(signal.SIGCONT)
        until(lambda: leases.is_alive(store, next(w for w in leases.workers(store) if w.name == "two")), 20)
        time.sleep(2)
        kept = writes(store)
        assert len([run for _, _, run in kept if run == runs["two"]]) == frozen_at
        assert len(kept) == len({(job, segment) for job, segment, _ in kept})
        assert len(kept) == sum(store.job(job.id).segments_total or 0 for job in asked)
        assert not any(job.given_up for job in store.jobs())
        # the one that woke works again
        three.stop()
        (more,) = searches(workshop, tmp_path, 1, seconds=1)
        until(lambda: store.job(more.id).state is JobState.DONE, 30)
        assert two.stop() == 0


def test_a_worker_that_is_told_to_stop_hands_its_job_back_at_once(
    workshop: Workshop, tmp_path: Path, database_url: str
) -> None:
    store = workshop.store
    (job,) = searches(workshop, tmp_path, 1, seconds=3)
    with workers(tmp_path / "home", database_url, "slow", seconds=3.0) as (slow,):  # a segment takes longer than a stop
        until(lambda: bool(jobs_of(store, "slow")) and bool(attempts(store)), 60)
        began = time.monotonic()
        assert slow.stop() == 0
        assert time.monotonic() - began < 10
    handed_back = store.job(job.id)
    assert (handed_back.state, handed_back.lease_run) == (JobState.QUEUED, None)
    assert leases.workers(store) == []
    assert [crashes for _, crashes in attempts(store)] in ([], [0])


def attempts(store: Store) -> list[tuple[int, int]]:
    table = schema.attempts
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(table.c.segment, table.c.crashes))]


def test_a_paused_search_stops_and_goes_on_where_it_stopped(
    workshop: Workshop, tmp_path: Path, database_url: str
) -> None:
    store = workshop.store
    (job,) = searches(workshop, tmp_path, 1)
    note_every_write(store)
    with workers(tmp_path / "home", database_url, "one", seconds=0.02) as (one,):
        until(lambda: len(writes(store)) >= 1, 60)
        jobs.pause(store, job.id, by="Ann")
        stopped = len(writes(store))
        time.sleep(3)
        assert len(writes(store)) == stopped < 4
        assert store.job(job.id).state is JobState.PAUSED
        jobs.resume(store, job.id, by="Ann")
        until(lambda: store.job(job.id).state is JobState.DONE, 30)
        assert one.stop() == 0
    kept = writes(store)
    assert len(kept) == len({(job_id, segment) for job_id, segment, _ in kept}) == store.job(job.id).segments_total


def test_a_search_goes_on_even_where_dbos_has_lost_its_database(
    workshop: Workshop, tmp_path: Path, database_url: str
) -> None:
    store, home = workshop.store, tmp_path / "home"
    (job,) = searches(workshop, tmp_path, 1)
    note_every_write(store)
    with workers(home, database_url, "one", seconds=0.02) as (one,):
        until(lambda: len(writes(store)) >= 1, 60)
        one.kill()
    for path in home.glob("workers/one.sqlite*"):
        path.unlink()
    with workers(home, database_url, "one", seconds=0.0) as (one,):
        until(lambda: store.job(job.id).state is JobState.DONE, 30)
        assert one.stop() == 0
    kept = writes(store)
    assert len(kept) == len({(job_id, segment) for job_id, segment, _ in kept}) == store.job(job.id).segments_total
