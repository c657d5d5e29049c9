"""The doctor finds what was broken on purpose, says how to mend it, and leaves everything as it is."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from casework import cases
from casework.doctor import Finding, Installation, SettingRow, State, clock, examine, in_words, machine, models
from casework.doctor import store as of_store
from data import leases
from data.errors import BadInput, ModelMissing
from data.models import Beat, JobState, utc_now
from data.store import Store
from settings import PROJECT
from tests.data.made_tiles import VECTOR, png, write_mbtiles, write_pmtiles
from tests.factories import a_job, a_photo
from tests.fakes import FakeEngine

Broken = Callable[[], Any]


def refuses(error: Exception) -> Broken:
    def call() -> Any:
        raise error

    return call


@pytest.fixture
def at(store: Store) -> Installation:
    home = store.files.folder.parent
    home.chmod(0o700)
    rows = (SettingRow("LASTSEEN_HOME", str(home), True), SettingRow("LASTSEEN_THREADS", "2", False))
    return Installation(
        home=home, project=PROJECT, settings=rows, environment={}, open_engine=FakeEngine, install_assets=lambda: None
    )


def wrong(found: Any) -> list[Finding]:
    return [finding for finding in found if finding.state is not State.OK]


def only(found: Any) -> Finding:
    (finding,) = wrong(found)
    assert finding.mend, "what is wrong comes with a way to mend it"
    return finding


def beat(store: Store, *, name: str = "worker-1", ago: timedelta = timedelta(0), reaches: bool = True) -> None:
    at = utc_now() - ago
    leases.beat(store, Beat(name, f"run-{name}", "here", 1, at, at, ("cpu",), "2", reaches), is_first=True)


# settings and secrets


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant(at: Installation) -> None:
    found = only(machine.settings(replace(at, environment={"LASTSEEN_TREADS": "4", "PATH": "/bin"})))
    assert found.state is State.WARNING
    assert "LASTSEEN_TREADS" in found.says
    assert "LASTSEEN_THREADS meant?" in found.says


def test_secrets_are_masked(at: Installation) -> None:
    rows = (
        SettingRow("LASTSEEN_DATABASE_URL", "postgresql://u:hunter2@db/x", True),
        SettingRow("LASTSEEN_SMTP_PASSWORD", "hunter2", True),
    )
    said = "\n".join(map(in_words, machine.settings(replace(at, settings=rows))))
    assert "hunter2" not in said
    assert "postgresql://u:***@db/x" in said


# machine


def test_libraries_are_compared_with_the_lock(at: Installation, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "numpy==0.1 ; sys_platform == 'linux' \\\n    --hash=sha256:aa\nnot-there==1\n"
        "elsewhere==1 ; sys_platform == 'os9'\n"
    )
    found = wrong(machine.libraries(replace(at, project=tmp_path)))
    assert [(f.state, f.says.split()[0]) for f in found] == [(State.WARNING, "numpy"), (State.ERROR, "not-there")]
    assert "pip install -r" in found[0].mend


def test_a_home_that_others_may_enter_is_warned_of(at: Installation) -> None:
    at.home.chmod(0o755)
    found = only(machine.home(at))
    assert "mode 0755" in found.says
    assert found.mend == f"chmod 700 {at.home}"


def test_a_full_disk_is_an_error_and_a_filling_one_a_warning(at: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _place: usage(10 << 30, 0, 600 << 20))
    assert {f.state for f in wrong(machine.disk(replace(at, free_bytes=512 << 20)))} == {State.WARNING}
    full = wrong(machine.disk(replace(at, free_bytes=700 << 20)))
    assert {f.state for f in full} == {State.ERROR}
    assert "uploads and searches are refused" in full[0].says


def test_a_port_that_another_program_has_is_an_error(at: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
        assert not wrong(machine.port(replace(at, port=port)))
        taken.listen()
        taken.settimeout(0.0)
        found = only(machine.port(replace(at, port=port)))
    assert "in use by another program" in found.says


def test_listening_to_the_whole_network_without_encryption_is_warned_of(at: Installation) -> None:
    assert only(machine.door(replace(at, address="0.0.0.0"))).state is State.WARNING  # noqa: S104


def test_missing_map_scripts_are_an_error(at: Installation) -> None:
    assert only(machine.assets(replace(at, install_assets=refuses(OSError("read-only"))))).state is State.ERROR


def test_a_map_file_is_named_with_what_it_holds_and_one_that_cannot_be_shown_with_the_reason(
    at: Installation, tmp_path: Path
) -> None:
    assert not list(machine.base_map(at))
    pictures = write_mbtiles(tmp_path / "town.mbtiles", {(3, 1, 0): png(1)})
    (told,) = machine.base_map(replace(at, tiles_file=pictures, draws_vectors=False))
    assert (told.state, told.says) == (State.OK, "town.mbtiles: pictures, zooms 3 to 3")
    vectors = write_pmtiles(tmp_path / "town.pmtiles", {(0, 0, 0): VECTOR}, kind=1, packing=2)
    assert not wrong(machine.base_map(replace(at, tiles_file=vectors)))
    assert only(machine.base_map(replace(at, tiles_file=vectors, draws_vectors=False))).mend == "make vendor"
    assert "nowhere" in only(machine.base_map(replace(at, tiles_file=tmp_path / "nowhere"))).says


def test_a_clock_that_nothing_keeps_right_is_warned_of(at: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "kept_right", lambda: False)
    assert "time service" in only(clock.clock(at)).mend
    monkeypatch.setattr(clock, "kept_right", lambda: None)
    assert not wrong(clock.clock(at))


def test_the_kernel_can_be_asked_about_its_clock() -> None:
    assert clock.kept_right() in (True, False, None)


# models


def test_installed_weights_are_unharmed(at: Installation) -> None:
    assert not wrong(models.weights(at))


def test_an_engine_without_models_says_how_to_get_them(at: Installation) -> None:
    found = only(models.engine(replace(at, open_engine=refuses(ModelMissing("buffalo_l: not here")))))
    assert "buffalo_l: not here" in found.says
    assert "LASTSEEN_ENGINE=open" in found.mend


def test_an_engine_nobody_measured_is_warned_of_and_a_damaged_calibration_an_error(at: Installation) -> None:
    assert "nobody measured fake" in only(models.engine(at)).says
    at.calibrations_dir.mkdir()
    (at.calibrations_dir / "fake.json").write_text("{")
    assert only(models.engine(at)).state is State.ERROR


# store


def test_a_store_that_is_well_with_a_worker_gives_nothing_to_say(at: Installation, store: Store) -> None:
    beat(store)
    assert not wrong(of_store.store(at))


def test_no_store_yet_is_a_warning_and_nothing_is_made(at: Installation, tmp_path: Path) -> None:
    assert only(of_store.store(replace(at, home=tmp_path / "none"))).state is State.WARNING
    assert not (tmp_path / "none").exists()


def test_no_worker_and_one_that_cannot_reach_the_files(at: Installation, store: Store) -> None:
    assert "none runs" in only(of_store.store(at)).says
    beat(store, ago=timedelta(hours=3), name="old")
    store.engine.dispose()
    with sqlite3.connect(at.home / "store.sqlite") as raw:
        raw.execute("UPDATE workers SET beat_at = '2026-01-01 00:00:00.000000'")
    raw.close()
    assert "the last was old" in only(of_store.store(at)).says
    beat(store, reaches=False)
    assert "cannot reach the files" in only(of_store.store(at)).says


def test_tables_of_another_version_are_said_with_the_direction(at: Installation, store: Store) -> None:
    for stands, says in (("0001", "older than this version"), ("9999", "a newer LastSeen wrote here")):
        with sqlite3.connect(at.home / "store.sqlite") as raw:
            raw.execute("UPDATE alembic_version SET version_num = ?", (stands,))
        raw.close()
        found = only(of_store.store(at))
        assert found.state is State.ERROR
        assert says in found.says


def test_a_damaged_database_is_an_error(at: Installation, store: Store) -> None:
    store.close()
    (at.home / "store.sqlite").write_bytes(b"no database" * 1000)
    found = only(of_store.store(at))
    assert found.state is State.ERROR
    assert "not a database" in found.says


def test_jobs_that_wait_long_and_jobs_that_failed(at: Installation, store_with_match: Store) -> None:
    beat(store_with_match)
    old = utc_now() - timedelta(hours=5)
    with store_with_match.writing() as writing:
        writing.connection.exec_driver_sql("UPDATE jobs SET created_at = ?", (old.replace(tzinfo=None).isoformat(" "),))
        writing.add(a_job("j-9", state=JobState.FAILED))
    found = [f.says for f in wrong(of_store.store(at)) if f.about == "queue"]
    assert found[0].startswith("1 jobs wait, the oldest for 5 hours")
    assert "1 jobs failed" in found[1]


def test_missing_and_changed_files_are_named(at: Installation, store: Store, tmp_path: Path) -> None:
    beat(store)
    case = cases.open_case(store, number="1", name="Aino", by="Ann")
    hashes = [store.files.put_bytes(content, what="x") for content in (b"one", b"two", b"three")]
    with store.writing() as writing:
        for number, sha256 in enumerate(hashes):
            writing.add(a_photo(f"p-{number}", case_id=case.id, sha256=sha256))
    assert not wrong(of_store.store(at))
    missing, changed = (store.files.path(sha256) for sha256 in hashes[:2])
    missing.unlink()
    changed.chmod(0o600)
    changed.write_bytes(b"twO")
    found = wrong(of_store.store(replace(at, all_files=True)))
    assert [f.state for f in found] == [State.ERROR, State.ERROR]
    assert f"{hashes[0]} (photos) is missing" in found[0].says
    assert f"{hashes[1]} (photos) is changed" in found[1].says


def test_a_clock_behind_the_newest_entry_is_an_error(at: Installation, store: Store) -> None:
    beat(store)
    with store.writing() as writing:
        writing.audit(at=utc_now() + timedelta(days=1), by="Ann", action="x", case_id=None)
    assert only(of_store.store(at)).about == "clock"


# all of it


def test_a_look_that_fails_is_a_finding_and_the_others_go_on(at: Installation) -> None:
    def broken(_at: Installation) -> list[Finding]:
        raise BadInput("the lamp is out")

    found = list(examine(at, checks=[broken, machine.python]))
    assert [f.state for f in found] == [State.ERROR, State.OK]
    assert "the lamp is out" in found[0].says


def test_a_library_that_cannot_be_loaded_is_a_finding(at: Installation) -> None:
    def broken(_at: Installation) -> list[Finding]:
        raise ImportError("libGL.so.1: cannot open shared object file")

    assert "apt-get install libgl1" in only(examine(at, checks=[broken])).mend


def test_the_doctor_starts_without_the_libraries_of_pictures() -> None:
    script = "import sys; sys.modules.update(cv2=None, av=None, onnxruntime=None); import casework.doctor, cli"
    subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=True)


def test_the_whole_look_changes_nothing(at: Installation, store: Store) -> None:
    store.close()
    before = {path: path.stat().st_mtime_ns for path in at.home.rglob("*")}
    found = list(examine(at))
    after = {path: path.stat().st_mtime_ns for path in at.home.rglob("*")}
    assert {path.name for path in set(before) ^ set(after)} <= {"store.sqlite-shm", "store.sqlite-wal"}
    assert (at.home / "store.sqlite") in after
    assert all(len(line) <= 200 for finding in found for line in in_words(finding).splitlines())


@pytest.mark.skipif(os.geteuid() == 0, reason="skipped: root may write everywhere")
def test_a_home_that_cannot_be_written_is_an_error(at: Installation) -> None:
    at.home.chmod(0o500)
    assert only(machine.home(at)).state is State.ERROR
    at.home.chmod(0o700)
