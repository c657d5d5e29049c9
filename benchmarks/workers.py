"""How much sooner two workers are done than one, on this machine.

    python -m benchmarks.workers [--engine open] [--clips 8] [--seconds 40] [--rounds 3] [--database-url postgresql+psycopg://…]

Each worker is a process with one thread and one search at a time. The same searches wait in both cases; the time runs
from the start of the first search to the end of the last one, by the store's clock, after each worker has done a
search to get warm. One and two workers take turns, so that what else the machine does meets both. A database that is
named must be empty; SQLite in a new folder is used else.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from casework import jobs
from data import leases
from data.models import Footage, JobState
from data.store import Store
from settings import PROJECT
from tests.casework.made_searches import made_case, workshop_with


def environment(home: Path, database_url: str) -> dict[str, str]:
    known = {"LASTSEEN_HOME": str(home), "LASTSEEN_SEGMENT_S": "10", "LASTSEEN_THREADS": "1"}
    return known | {"LASTSEEN_DATABASE_URL": database_url}


def start(home: Path, url: str, n: int, store: Store) -> list[subprocess.Popen[bytes]]:
    """So many workers that have beaten for the first time."""
    running = []
    for number in range(n):
        command = [sys.executable, str(PROJECT / "cli.py"), "worker", "--name", f"w{number}", "--concurrency", "1"]
        with (home / f"w{number}.log").open("ab") as log:
            known = os.environ | environment(home, url)
            running.append(subprocess.Popen(command, cwd=PROJECT, env=known, stdout=log, stderr=log))
    _until(lambda: len(leases.workers(store)) == n, 60)
    return running


def measure(store: Store, footages: Sequence[Footage], engine: str, workers: int) -> float:
    """Seconds for one search of each footage."""
    for warm in (footages[:workers], footages):
        asked = [jobs.request_scan(store, footage.id, engine=engine, by="benchmark").id for footage in warm]
        _until(lambda asked=asked: all(store.job(id).state is JobState.DONE for id in asked), 3600)
    done = [store.job(id) for id in asked]
    first = min(job.started_at for job in done if job.started_at)
    last = max(job.ended_at for job in done if job.ended_at)
    return (last - first).total_seconds()


def _until(is_so: object, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s in vain")
        time.sleep(0.1)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="open")
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database-url", default="")
    chosen = parser.parse_args(arguments)
    home = Path(tempfile.mkdtemp(prefix="lastseen-workers-"))
    workshop = workshop_with(home, chosen.engine, environment(home, chosen.database_url))
    store = workshop.store
    footages = made_case(workshop, home, engine=chosen.engine, clips=chosen.clips, seconds=chosen.seconds)
    took_s: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(chosen.rounds):
        for n in (1, 2):
            running = start(home, chosen.database_url, n, store)
            took_s[n].append(measure(store, footages, chosen.engine, n))
            for process in running:
                process.terminate()
            for process in running:
                process.wait(30)
            print(f"{n} worker{'s' * (n > 1)}: {took_s[n][-1]:.1f} s for {len(footages)} searches", flush=True)
    one, two = (statistics.median(took_s[n]) for n in (1, 2))
    where = "PostgreSQL" if chosen.database_url else "SQLite"
    print(f"{where}: 1 worker {one:.1f} s, 2 workers {two:.1f} s (medians of {chosen.rounds}): ratio {one / two:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
