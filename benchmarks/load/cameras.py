"""100,000 cameras behind the API: p50 and p95 of asking for a box of the map, under locust.

python3 -m venv /tmp/locust && /tmp/locust/bin/pip install locust
.venv/bin/python -m benchmarks.load.cameras --locust /tmp/locust/bin/locust

The app is served as in production, over HTTP, asked with a token; the first answer, which reads all cameras and makes
the ranking, is told apart. Locust runs on the same machine and takes its share of it.
"""

import argparse
import csv
import os
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.map_cameras import MANY, filled
from casework import team, tokens
from casework.access import Machine
from data.store import open_store
from tests.api.doors import an_account_with
from tests.serving import served_app

CASE = "case-1"
HERE = Path(__file__).parent


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--locust", default="locust")
    asked.add_argument("--users", type=int, default=8)
    asked.add_argument("--seconds", type=int, default=45)
    given = asked.parse_args()
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        filled(home)
        token = token_of(home)
        os.environ["LASTSEEN_API_PER_MINUTE"] = "0"
        with served_app(home) as address:
            print(f"{MANY:,} cameras; the first answer: {_first(address, token):.2f} s")
            load("camera_views.py", address, given, Path(folder), LOAD_TOKEN=token, LOAD_CASE=CASE)


def token_of(home: Path) -> str:
    """A program's key of somebody who reads the case."""
    whole = open_store(home)
    store = whole.guarded(Machine("benchmark"))
    made = an_account_with(whole, "bench")
    team.appoint(store, CASE, made.name, by="benchmark")
    _, token = tokens.make_key(store, made.id, purpose="load", by="benchmark", lasts=timedelta(days=1))
    whole.close()
    return token


def _first(address: str, token: str) -> float:
    began = time.perf_counter()
    asked = {"case": CASE, "bbox": "-0.4,51.25,0.4,51.75", "zoom": "10"}
    headers = {"Authorization": f"Bearer {token}"}
    httpx.get(
        f"{address}/api/v1/cameras", params=asked, headers=headers, trust_env=False, timeout=60
    ).raise_for_status()
    return time.perf_counter() - began


def load(script: str, address: str, given: argparse.Namespace, folder: Path, **environment: str) -> None:
    """Have locust run a script of this folder, and say how long the answers took."""
    command = [
        given.locust, "-f", str(HERE / script), "--headless", "--host", address, "--users", str(given.users),
        "--spawn-rate", str(given.users), "--run-time", f"{given.seconds}s", "--csv", str(folder / "told"),
        "--only-summary", "--loglevel", "ERROR",
    ]  # fmt: skip
    subprocess.run(
        command, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with (folder / "told_stats.csv").open() as told:
        for row in csv.DictReader(told):
            print(
                f"{row['Name']}: {row['Request Count']} asked, {row['Failure Count']} failed, p50 {row['50%']} ms, "
                f"p95 {row['95%']} ms, {float(row['Requests/s']):.1f} a second"
            )


if __name__ == "__main__":
    main()
