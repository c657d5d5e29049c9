"""`cli.py backup` and `cli.py restore` as an administrator uses them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from data.store import open_store
from tests.factories import a_case


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with one case and one file."""
    store = open_store(tmp_path / "home")
    store.files.put_bytes(b"evidence", what="clip.mp4")
    with store.writing() as writing:
        writing.add_case(a_case())
    store.close()
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def test_a_backup_is_made_and_restored_with_code_0(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said, _ = run("backup", tmp_path / "backup.tar")
    assert (code, f"{tmp_path / 'backup.tar'}: 1 rows and 1 files" in said) == (0, True)
    kept = open_store(home)
    assert kept.audit_entries()[-1].details["path"] == str(tmp_path / "backup.tar"), "who copied all"
    kept.close()
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "new"))
    code, said, _ = run("restore", tmp_path / "backup.tar")
    assert (code, "1 rows and 1 files" in said, "every hash verified" in said) == (0, True, True)
    restored = open_store(tmp_path / "new")
    assert restored.cases() == [a_case()]
    restored.close()


def test_what_cannot_be_used_as_asked_is_said_in_one_line_with_code_3(home: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup")
    for words in (
        ("backup", tmp_path / "backup"),  # is there already
        ("backup", tmp_path / "no" / "folder"),
        ("restore", tmp_path / "backup"),  # into a home that is in use
        ("restore", tmp_path / "nothing"),
    ):
        code, said, error = run(*words)
        assert (code, said, error.count("\n")) == (3, "", 1)


def test_a_damaged_backup_is_named_with_code_1(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("backup", tmp_path / "backup")
    (file,) = (path for path in (tmp_path / "backup" / "files").rglob("*") if path.is_file())
    file.chmod(0o600)
    file.write_bytes(b"Evidence")
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "new"))
    code, _, error = run("restore", tmp_path / "backup")
    assert (code, f"{file.name} was changed. Nothing was restored" in error) == (1, True)
    code, _, error = run("restore", tmp_path / "backup", "--even-damaged")
    assert (code, f"{file.name}: was changed; left out" in error) == (1, True)


def test_a_file_that_is_missing_from_the_store_is_named_with_code_1(home: Path, tmp_path: Path) -> None:
    store = open_store(home)
    with store.writing() as writing:
        writing.put_streets("case-1", "ab" * 32, "streets.osm")
    store.close()
    code, said, error = run("backup", tmp_path / "backup")
    assert (code, "read back" in said) == (1, True)
    assert error == f"file {'ab' * 32}: the cases speak of it, but it is missing\n"
