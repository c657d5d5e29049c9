"""`cli.py audit …` and `cli.py export`, as one types them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import app
from data.store import Store
from tests.casework.exported import A_CASE, a_kept_case


@pytest.fixture
def kept(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "home"))
    return a_kept_case(store, tmp_path)


def cli(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_head_that_was_kept_elsewhere_finds_a_changed_record(kept: Store, tmp_path: Path) -> None:
    head, key, found = tmp_path / "head.json", tmp_path / "key.txt", tmp_path / "found.json"
    assert cli("audit", "head", "--out", head).exit_code == 0
    assert cli("audit", "key", "--out", key).exit_code == 0
    sound = cli("audit", "verify", "--head", head, "--public-key", key)
    assert sound.exit_code == 0
    assert "Nothing was changed" in sound.output
    with closing(sqlite3.connect(tmp_path / "home" / "store.sqlite")) as database:
        database.execute("UPDATE audit SET \"by\" = 'Mallory' WHERE sequence = 1")
        database.commit()
    changed = cli("audit", "verify", "--head", head, "--public-key", key, "--json", found)
    assert changed.exit_code == 1
    assert [wrong["sequence"] for wrong in json.loads(found.read_text())["wrong"]] == [1]
    assert "WRONG  entry 1: was changed" in cli("audit", "verify").output


def test_a_whole_record_is_exported_and_verified_by_itself(kept: Store, tmp_path: Path) -> None:
    assert cli("audit", "export", "--out", tmp_path / "record.jsonl").exit_code == 0
    assert cli("audit", "verify", "--file", tmp_path / "record.jsonl").exit_code == 0


@pytest.mark.parametrize("option", ["--head", "--public-key", "--file"])
def test_what_is_none_is_named(kept: Store, tmp_path: Path, option: str) -> None:
    (tmp_path / "x").write_text("nonsense")
    failed = cli("audit", "verify", option, tmp_path / "x")
    assert failed.exit_code == 3
    assert failed.stderr.count("\n") == 1
    assert str(tmp_path / "x") in failed.stderr
    assert cli("audit", "verify", option, tmp_path / "missing").exit_code == 3


def test_verifying_makes_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "none"))
    assert cli("audit", "verify").exit_code == 1
    assert not (tmp_path / "none").exists()


def test_a_case_is_exported_by_its_number(kept: Store, tmp_path: Path) -> None:
    done = cli("export", "2026-001", "--out", tmp_path / "bag")
    assert done.exit_code == 0, done.output
    assert "read back and signed by" in done.stdout
    assert json.loads((tmp_path / "bag/data/settings.json").read_text())["thoroughness"] == "balanced"
    assert kept.audit_entries(A_CASE)[-1].by.endswith("(command line)")
    assert cli("export", "nobody", "--out", tmp_path / "other").exit_code == 3
    assert cli("export", "2026-001", "--out", tmp_path / "bag").exit_code == 3
