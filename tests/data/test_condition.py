"""Looking at a store changes nothing, and tells what is wrong with it."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from data.condition import look, wanted_schema
from data.errors import LastSeenError, NotFound
from data.models import utc_now
from data.store import Store, open_store
from tests.factories import a_case, a_job, a_photo


def home_of(store: Store) -> Path:
    return store.files.folder.parent


def test_a_new_store_is_at_the_newest_schema_and_sound(store: Store) -> None:
    with look(home_of(store)) as seen:
        assert seen.schema == wanted_schema()
        assert seen.damage() == []
        assert seen.server.startswith("SQLite 3.")
        assert (seen.jobs(), seen.newest_entry(), list(seen.files())) == ([], None, [])
        assert seen.workers() == []


def test_looking_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is none yet"), look(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_looking_works_beside_a_writer_and_in_a_folder_with_an_odd_name(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a ? b#c%20")
    with store.writing() as writing:
        writing.add_case(a_case())
        with look(home_of(store)) as seen:
            assert seen.schema == wanted_schema()
    store.close()


def test_jobs_and_files_are_counted(store_with_match: Store) -> None:
    with store_with_match.writing() as writing:
        writing.add(a_job("j-2", of_id="f-2", created_at=utc_now() - timedelta(hours=2)))
        writing.add(a_photo(crop_sha256="ef" * 32))
        writing.audit(at=utc_now(), by="Ann", action="test", case_id="case-1")
    with look(home_of(store_with_match)) as seen:
        (waiting,) = seen.jobs()
        assert (waiting.state, waiting.count) == ("queued", 2)
        assert waiting.oldest.tzinfo is not None
        assert {file.sha256[:2] for file in seen.files()} >= {"ab", "cd", "ef"}
        newest = seen.newest_entry()
        assert newest is not None
        assert utc_now() - newest < timedelta(minutes=1)


def test_a_damaged_database_is_said_to_be_one(store_with_match: Store) -> None:
    home = home_of(store_with_match)
    store_with_match.close()
    path = home / "store.sqlite"
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("DELETE FROM cameras")
    raw.close()
    with look(home) as seen:
        assert seen.damage() == ["a row of footage refers to one of cameras that is not there"]


def test_what_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"This is a letter to the editor.\n" * 100)
    with pytest.raises(LastSeenError, match=r"^store: file is not a database$"), look(tmp_path) as seen:
        _ = seen.schema


def test_a_database_without_tables_has_no_schema(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "store.sqlite").close()
    with look(tmp_path) as seen:
        assert seen.schema is None


def test_a_server_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    with (
        pytest.raises(LastSeenError) as told,
        look(tmp_path, "postgresql+psycopg://u:hunter2@127.0.0.1:1/x"),
    ):
        pass
    assert "hunter2" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_postgresql_store_is_looked_at_too(tmp_path: Path, postgres_url: str) -> None:
    store = open_store(tmp_path, database_url=postgres_url)
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.audit(at=utc_now(), by="Ann", action="test", case_id="case-1")
    with look(tmp_path, postgres_url) as seen:
        assert seen.server.startswith("PostgreSQL 1")
        assert seen.schema == wanted_schema()
        assert seen.damage() == []
        assert seen.workers() == []
        assert seen.newest_entry() is not None
        assert list(seen.files()) == []
    store.close()
