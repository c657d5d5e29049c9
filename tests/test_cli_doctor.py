"""`cli.py doctor` as it is typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.store import open_store
from settings import PROJECT


def doctor(home: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROJECT / "cli.py"), "doctor", *options],
        env=os.environ | {"LASTSEEN_HOME": str(home), "PORT": "0"} | environment, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("doctor") / "home"
    open_store(home).close()
    return home


def test_what_is_wrong_stands_last_and_decides_the_exit_code(home: Path) -> None:
    done = doctor(home, LASTSEEN_TREADS="1", LASTSEEN_TILES_URL="https://u:hunter2@tiles.example/{z}/{x}/{y}.png")
    assert done.returncode == 1  # no worker runs
    assert done.stderr == ""
    assert "hunter2" not in done.stdout
    assert "is LASTSEEN_THREADS meant?" in done.stdout.replace("\n" + " " * 9, " ")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("ok       setting: LASTSEEN_HOME=")
    assert lines[-3].startswith("ERROR    worker: none runs")
    assert lines[-2].strip().startswith("-> start one: cli.py worker")
    assert lines[-1].startswith("1 errors, ")


def test_the_same_as_json(home: Path) -> None:
    done = doctor(home, "--json", "-", "--all")
    found = json.loads(done.stdout)
    assert {"about", "state", "says", "mend"} == found[0].keys()
    assert done.returncode == 1
    assert [row["about"] for row in found if row["state"] == "error"] == ["worker"]


def test_a_setting_that_makes_no_sense_is_named_with_its_variable(home: Path) -> None:
    done = doctor(home, LASTSEEN_THREADS="0")
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR    setting: LASTSEEN_THREADS: ")
    assert "Traceback" not in done.stderr
