import hashlib
import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.archive import MANIFEST, partial_of
from data.audit_verify import verify
from data.backup import back_up
from data.models import Photo, Upload
from data.restore import restore
from data.store import Store, open_store
from data.table_rows import tables
from tests.factories import NOON

BACKENDS = ("sqlite", "postgresql")
FORMS = ("backup.tar", "backup")


def rows_of(store: Store) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, as the tables' own types give them."""
    found = {}
    with store.engine.connect() as connection:
        for table in tables():
            query = sa.select(table).order_by(*table.primary_key.columns)
            rows = [dict(row) for row in connection.execute(query).mappings()]
            found[table.name] = sorted(rows, key=lambda row: json.dumps(row, default=str))
    return found


@pytest.fixture
def other_database(database_url: str, request: pytest.FixtureRequest) -> str:
    """The kind of database that the backup was not made from."""
    return "" if database_url else str(request.getfixturevalue("postgres_url"))


def check_same(store: Store, restored: Store, home: Path) -> None:
    assert rows_of(restored) == rows_of(store)
    assert list(restored.files.hashes()) == list(store.files.hashes())
    assert all(hashlib.sha256(restored.files.read(name)).hexdigest() == name for name, _ in restored.files.hashes())
    assert (home / "calibrations" / "open.json").read_text() == "{}"
    with restored.writing() as writing:  # the numbering goes on
        writing.audit(at=NOON, by="Ann", action="next", case_id=None)
    assert restored.audit_entries()[-1].id == store.audit_entries()[-1].id + 1


def test_files_that_wait_for_their_details_are_counted_and_left_out(full: Store, home: Path, tmp_path: Path) -> None:
    whole = Upload("a" * 32, "a.mp4", 3, "footage", NOON, received_bytes=3, sha256="00")
    with full.writing() as writing:
        writing.add(whole)
        writing.add(replace(whole, id="b" * 32, sha256=None))
    assert back_up(full, home, tmp_path / "backup").waiting == 1


@pytest.mark.parametrize("form", FORMS)
def test_what_was_backed_up_comes_back_in_either_database(
    full: Store, home: Path, tmp_path: Path, form: str, other_database: str
) -> None:
    made = back_up(full, home, tmp_path / form)
    assert (made.files, made.missing, made.damaged) == (2, (), ())
    assert not partial_of(tmp_path / form).exists()
    done = restore(tmp_path / form, tmp_path / "new", database_url=other_database)
    assert (done.rows, done.files, done.left_out) == (made.rows, 2, {})
    restored = open_store(tmp_path / "new", database_url=other_database)
    check_same(full, restored, tmp_path / "new")
    restored.close()


def test_what_was_backed_up_comes_back_in_the_same_kind_of_database(
    full: Store, home: Path, tmp_path: Path, database_url: str, request: pytest.FixtureRequest
) -> None:
    back_up(full, home, tmp_path / "backup.tar")
    again = ""
    if database_url:
        server = request.getfixturevalue("postgres_server")
        server.execute("DROP DATABASE IF EXISTS restored_again WITH (FORCE)")
        server.execute("CREATE DATABASE restored_again")
        again = server.url("restored_again")
    restore(tmp_path / "backup.tar", tmp_path / "new", database_url=again)
    restored = open_store(tmp_path / "new", database_url=again)
    check_same(full, restored, tmp_path / "new")
    restored.close()


def of_schema_0002(backup: Path) -> None:
    """Make of a backup what LastSeen would have written before jobs had leases and footage had provenance."""
    from tests.data.test_store import _store_of_revision

    old = _store_of_revision(backup.parent, "0002")
    known = {name: {c["name"] for c in sa.inspect(old).get_columns(name)} for name in sa.inspect(old).get_table_names()}
    old.dispose()
    manifest = json.loads((backup / MANIFEST).read_text())
    manifest["schema"] = "0002"
    for table in [name for name in manifest["rows"] if name not in known]:
        del manifest["rows"][table]
    for table in manifest["rows"]:
        path = backup / "rows" / f"{table}.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        told = [{name: value for name, value in row.items() if name in known[table]} for row in rows]
        path.write_text("".join(json.dumps(row) + "\n" for row in told))
        (member,) = (m for m in manifest["members"] if m["name"] == f"rows/{table}.jsonl")
        member |= {"size_bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    (backup / MANIFEST).write_text(json.dumps(manifest))
    said = hashlib.sha256((backup / MANIFEST).read_bytes()).hexdigest()
    (backup / "manifest.sha256").write_text(said)


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    full: Store, home: Path, tmp_path: Path, other_database: str
) -> None:
    back_up(full, home, tmp_path / "backup")
    of_schema_0002(tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "new", database_url=other_database)
    restored = open_store(tmp_path / "new", database_url=other_database)
    assert restored.footage("f-1").size_bytes == 5 << 30
    assert restored.jobs() == full.jobs()
    assert restored.audit_entries()[-1].action == "record chained"
    with restored.database.reading() as connection:
        assert verify(connection).wrong == []
    restored.close()


def test_a_backup_made_while_others_write_holds_one_moment(full: Store, home: Path, tmp_path: Path) -> None:
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            number = len(written)
            sha256 = full.files.put_bytes(f"picture {number}".encode(), what="photo.jpg")
            with full.writing() as writing:
                writing.add(Photo(f"late-{number}", "case-1", sha256, "photo.jpg", NOON))
                writing.audit(at=NOON, by="Ben", action="late", case_id="case-1", number=number)
            written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 3:
            time.sleep(0.01)
        made = back_up(full, home, tmp_path / "backup.tar")
    finally:
        stop.set()
        writer.join()
    assert made.missing == ()
    assert written[-1] > 3  # it did go on meanwhile
    restore(tmp_path / "backup.tar", tmp_path / "new")
    restored = open_store(tmp_path / "new")
    late = restored.audit_entries("case-1", action="late")
    assert len(late) == len([photo for photo in restored.photos("case-1") if photo.id.startswith("late")]) >= 3
    restored.close()
