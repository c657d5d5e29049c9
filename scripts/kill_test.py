"""Kill workers and web with SIGKILL at random moments of scans and uploads, and compare with an undisturbed run.

    python scripts/kill_test.py --kills 200 [--engine open] [--seed 1]

Every round begins with the same home folder, in which searches wait, one of them for another open case. One or two
workers do them, while a tus client sends files to the upload door (with a real engine: to the whole web app); all of
them are killed at random and started again. At its end every job must be done, tracks, matches, vectors and coverage
must equal those of a run that nobody disturbed, byte for byte, a trigger inside the database must have seen each
segment written exactly once, and every upload that was acknowledged must be kept with the bytes that were sent. Prints
one line a round, and exits with 1 at the first difference.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from casework import gallery_search, jobs  # noqa: E402  once the path is set
from tests.api.upload_loop import UploadLoop, UploadServer  # noqa: E402
from tests.casework.fake_worker import FakeWorker  # noqa: E402
from tests.casework.made_searches import made_case, made_sought, workshop_with  # noqa: E402

TABLES = ("tracks", "matches", "segments", "match_vectors", "track_vectors", "jobs", "attempts")
# times, and what rightly differs: which worker did it when, and how often it had to be taken up again
LEFT_OUT = {"created_at", "started_at", "ended_at", "worked_s", "lease_epoch"}
TRIGGER = """
CREATE TABLE written (job_id TEXT, segment INTEGER);
CREATE TRIGGER segment_added AFTER INSERT ON segments BEGIN INSERT INTO written VALUES (NEW.job_id, NEW.segment); END;
CREATE TRIGGER segment_changed AFTER UPDATE ON segments BEGIN INSERT INTO written VALUES (NEW.job_id, NEW.segment); END;
"""


@dataclass(frozen=True)
class Round:
    """What one round came to."""

    kills: int
    segments: int
    uploads: int
    cuts: int
    problems: tuple[str, ...]


def environment(home: Path) -> dict[str, str]:
    """Small segments, and no end of patience with a segment at which the worker was killed."""
    known = {"LASTSEEN_HOME": str(home), "LASTSEEN_SEGMENT_S": "1", "LASTSEEN_THREADS": "1"}
    return known | {"LASTSEEN_SEGMENT_CRASHES": "1000000"}


def prepare(home: Path, *, engine: str, clips: int, seconds: int) -> None:
    """A case with a photo, searches of made footage that wait for a worker, and one of those for another case too."""
    workshop = workshop_with(home, engine, environment(home))
    made_sought(workshop, home, engine=engine, number="2")
    for footage in (made := made_case(workshop, home, engine=engine, clips=clips, seconds=seconds)):
        jobs.request_scan(workshop.store, footage.id, engine=engine, by="kill test")
    gallery_search.request_gallery(workshop.store, made[0].id, engine=engine, by="kill test")
    workshop.store.close()
    with closing(sqlite3.connect(home / "store.sqlite")) as database:
        database.executescript(TRIGGER)
        is_busy, *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise RuntimeError("somebody writes to the store that is to be copied")


def copied(template: Path, home: Path) -> None:
    """A home like it. All that was written stands in its one file; those beside it come and go with who reads there."""
    shutil.copytree(template, home, ignore=shutil.ignore_patterns("*-wal", "*-shm"))


class RealWorker(FakeWorker):
    """`cli.py worker` on `home`."""

    def __init__(self, home: Path, name: str) -> None:
        command = [sys.executable, str(ROOT / "cli.py"), "worker", "--name", name]
        with (home / f"{name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | environment(home), stdout=log, stderr=log
            )


def worker_on(home: Path, engine: str, name: str) -> FakeWorker:
    return FakeWorker(home, name) if engine == "fake" else RealWorker(home, name)


def states(home: Path) -> list[str]:
    with sqlite3.connect(home / "store.sqlite", timeout=30) as database:
        return [f"{kind} {state}" for kind, state in database.execute("SELECT kind, state FROM jobs")]


def is_over(home: Path) -> bool:
    """Whether nothing waits any more, what is to be done after a search included."""
    with sqlite3.connect(home / "store.sqlite", timeout=30) as database:
        query = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running', 'paused') OR lease_run IS NOT NULL"
        return not database.execute(query).fetchone()[0]


def has_begun(home: Path, worker: FakeWorker) -> bool:
    with sqlite3.connect(home / "store.sqlite", timeout=30) as database:
        query = "SELECT count(*) FROM workers WHERE pid = ?"
        return bool(database.execute(query, (worker.process.pid,)).fetchone()[0])


def _has_begun_or_is_over(home: Path, worker: FakeWorker) -> bool:
    return has_begun(home, worker) or is_over(home)


def dump(home: Path) -> bytes:
    """Everything that scans found, as text that is the same for the same findings."""
    lines = []
    with sqlite3.connect(home / "store.sqlite", timeout=30) as database:
        database.row_factory = sqlite3.Row
        for table in TABLES:
            found = [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608
            rows = [{name: value for name, value in row.items() if name not in LEFT_OUT} for row in found]
            lines += sorted(json.dumps([table, row], default=bytes.hex, sort_keys=True) for row in rows)
    return "\n".join(lines).encode()


def written(home: Path) -> list[tuple[str, int, int]]:
    with sqlite3.connect(home / "store.sqlite", timeout=30) as database:
        return list(database.execute("SELECT job_id, segment, count(*) FROM written GROUP BY 1, 2"))


def undisturbed(template: Path, home: Path, *, engine: str) -> bytes:
    copied(template, home)
    worker = worker_on(home, engine, "calm")
    _until(lambda: is_over(home), 300, "the undisturbed run")
    worker.stop()
    return dump(home)


def disturbed(template: Path, home: Path, *, engine: str, most_kills: int, rng: random.Random, calm: bytes) -> Round:
    """One round: kill and start again until all is done."""
    copied(template, home)
    names = ["a", "b"][: rng.choice((1, 2))]
    running = {name: worker_on(home, engine, name) for name in names}
    web = UploadServer(home, whole=engine != "fake")
    uploads = UploadLoop(web)
    kills, deadline = 0, time.monotonic() + 600
    while not is_over(home) and time.monotonic() < deadline:
        name = rng.choice([*names, "web"])
        if name != "web" and rng.random() < 0.8:  # most kills fall into its work, some into its start
            _until(partial(_has_begun_or_is_over, home, running[name]), 60, f"worker {name}")
        time.sleep(rng.uniform(0.0, 2.0))
        if kills >= most_kills or is_over(home):
            continue
        kills += 1
        if name == "web":
            web.kill()
            web.start()
        else:
            running[name].kill()
            running[name] = worker_on(home, engine, name)
    problems = [] if is_over(home) else [f"not all jobs ended: {states(home)}"]
    for name, worker in running.items():
        # one that was still starting is ended by the signal itself
        allowed = (0,) if has_begun(home, worker) else (0, -signal.SIGTERM)
        if (code := worker.stop()) not in allowed:
            problems.append(f"worker {name} left with {code}")
    problems += uploads.end()
    web.kill()
    rough = dump(home)
    if rough != calm:
        problems.append(f"results differ: see {home}")
        (home / "dump.calm").write_bytes(calm)
        (home / "dump.rough").write_bytes(rough)
    counts = written(home)
    problems += [f"segment {number} of {job} was written {times} times" for job, number, times in counts if times != 1]
    return Round(kills, len(counts), uploads.sent, uploads.breaks, tuple(problems))


def _until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: did not end within {seconds:.0f} s")
        time.sleep(0.1)


def run(
    folder: Path, *, kills: int, engine: str = "fake", seed: int = 1, clips: int = 3, seconds: int = 8,
    say: Callable[[str], object] = print,
) -> list[Round]:  # fmt: skip
    """Rounds until so many kills have been survived, or one was not."""
    template, rng = folder / "template", random.Random(seed)
    rounds: list[Round] = []
    template.mkdir(parents=True)
    prepare(template, engine=engine, clips=clips, seconds=seconds)
    calm = undisturbed(template, folder / "calm", engine=engine)
    say(f"undisturbed: {len(written(folder / 'calm'))} segments, results {hashlib.sha256(calm).hexdigest()[:16]}")
    while left := kills - sum(done.kills for done in rounds):
        home = folder / f"round{len(rounds)}"
        done = disturbed(template, home, engine=engine, most_kills=left, rng=rng, calm=calm)
        rounds.append(done)
        said = "; ".join(done.problems) or "results equal, each segment once, uploads whole"
        what = f"{done.kills} kills, {done.segments} segments, {done.uploads} uploads cut {done.cuts} times"
        say(f"round {len(rounds)}: {what}: {said}")
        if done.problems:
            break
        shutil.rmtree(home)
    return rounds


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--engine", default="fake", help="fake, or an engine of LastSeen such as open")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="lastseen-kill-"))
    began_s = time.monotonic()
    rounds = run(folder, kills=chosen.kills, engine=chosen.engine, seed=chosen.seed, say=partial(print, flush=True))
    is_good = not any(done.problems for done in rounds)
    outcome = "all jobs ended, results equal, no segment twice, no upload lost" if is_good else f"FAILED: {folder}"
    kills, took_s = sum(done.kills for done in rounds), time.monotonic() - began_s
    print(f"{kills} kills in {len(rounds)} rounds, {took_s:.0f} s: {outcome}")
    if is_good:
        shutil.rmtree(folder)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
