"""Bring a backup back, into an empty home and an empty database of either kind; nothing is ever overwritten."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from data.alert_rows import not_to_be_sent_after_restore
from data.archive import Manifest, Source
from data.database import Database, knows_schema
from data.errors import BadInput, Damaged, DiskFull
from data.files import Files, fsync_folder
from data.files_remote import open_files
from data.live_rows import not_watched_after_restore
from data.store import RESTORING
from data.table_rows import insert, split_lines, tables

MAY_BE_THERE = {"models", "engines", "calibrations", "cache", "keys", RESTORING}
"""Entries of a home that are no part of a store: installed models, what can be made again, a signing key brought along,
the mark of a restore."""
_NAMED = 20


@dataclass(frozen=True)
class Restored:
    """What was restored; `left_out` are files that the backup does not hold as they once were, with what is wrong."""

    rows: int
    files: int
    made_at: str
    left_out: dict[str, str]


def restore(
    source_path: Path,
    home: Path,
    *,
    database_url: str = "",
    files_url: str = "",
    cache_bytes: int = 20 << 30,
    even_damaged: bool = False,
) -> Restored:
    """Restore a backup into an empty home, after every byte of it was verified.

    A restore that was cut off goes on when it is run again; until then no store opens there. Damaged when something
    in the backup is missing or changed, by name; with `even_damaged` the other files are restored all the same, but
    never rows that were changed. BadInput when the home or the database is not empty, DiskFull when it would not fit.
    """
    with closing(Source(source_path)) as source:
        manifest = source.manifest()
        if not knows_schema(manifest.schema):
            raise BadInput(
                f"{source_path}: was made by a newer LastSeen (schema {manifest.schema}); restore with that one"
            )
        wrong = source.damage(manifest)
        _refuse_damage(source_path, wrong, even_damaged=even_damaged)
        wrong |= {_place(sha256): "was missing when the backup was made" for sha256 in manifest.missing}
        wrong |= {_place(sha256): "was damaged when the backup was made" for sha256 in manifest.damaged}
        goes_on = (home / RESTORING).exists()
        if not goes_on:
            _check_empty(home)
        _check_room(home, manifest)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(Database(home, database_url)) as database:
            _check_empty_database(database, manifest, goes_on=goes_on)
            with _unfinished(home):
                files = open_files(home, files_url, cache_bytes=cache_bytes)
                kept = _restore_files(source, manifest, files, but=wrong)
                _restore_calibrations(source, manifest, home)
                rows = _restore_rows(source, manifest, database)
    return Restored(rows, kept, manifest.made_at, wrong)


@contextmanager
def _unfinished(home: Path) -> Iterator[None]:
    """Mark the home until all of it is there; the mark stays where it does not come to that."""
    (home / RESTORING).touch()
    fsync_folder(home)
    yield
    (home / RESTORING).unlink()
    fsync_folder(home)


def _place(sha256: str) -> str:
    return f"files/{sha256[:2]}/{sha256}"


def _refuse_damage(path: Path, wrong: dict[str, str], *, even_damaged: bool) -> None:
    needed = [name for name in wrong if not name.startswith("files/")]
    if wrong and (needed or not even_damaged):
        told = "; ".join(f"{name} {what}" for name, what in list(wrong.items())[:_NAMED])
        more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise Damaged(f"{path}: is not as it was made: {told}{more}. Nothing was restored")


def _check_empty(home: Path) -> None:
    entries = home.iterdir() if home.exists() else []
    there = sorted(path.name for path in entries if path.name not in MAY_BE_THERE)
    if there:
        raise BadInput(f"{home}: is not empty ({', '.join(there[:5])}); restore into a new home, see LASTSEEN_HOME")


def _check_empty_database(database: Database, manifest: Manifest, *, goes_on: bool) -> None:
    there = database.counts()
    if there and not (goes_on and there == {name: count for name, count in manifest.rows.items() if count}):
        told = ", ".join(f"{count} {name}" for name, count in list(there.items())[:5] if name != "changes")
        raise BadInput(f"database {database.shown}: is not empty ({told}); restore into an empty one")


def _check_room(home: Path, manifest: Manifest) -> None:
    there = next(folder for folder in (home, *home.absolute().parents) if folder.is_dir())
    missing = sum(member.size_bytes for member in manifest.members) - shutil.disk_usage(there).free
    if missing > 0:
        raise DiskFull(f"{home}: {missing:,} bytes of disk space are missing; free some space or choose another disk")


def _restore_files(source: Source, manifest: Manifest, files: Files, *, but: dict[str, str]) -> int:
    count = 0
    for member in manifest.members:
        if not member.name.startswith("files/") or member.name in but:
            continue
        if not files.has(member.sha256):
            with source.chunks(member.name) as chunks:
                sha256, _ = files.put(chunks, what=member.name)
            if sha256 != member.sha256:
                raise Damaged(f"{source.path}: {member.name} changed while it was read; is the disk failing?")
        count += 1
    return count


def _restore_calibrations(source: Source, manifest: Manifest, home: Path) -> None:
    for member in manifest.members:
        folder, _, name = member.name.partition("/")
        if folder == "calibrations" and "/" not in name and not (home / folder / name).exists():
            (home / folder).mkdir(exist_ok=True)
            (home / folder / name).write_bytes(source.read(member.name))


def _restore_rows(source: Source, manifest: Manifest, database: Database) -> int:
    if not database.counts():  # else this goes on after a restore that was cut off just after its rows were kept
        database.migrate(to=manifest.schema)
        with database.writing() as connection:
            _insert(connection, source, manifest)
    database.migrate()
    with database.writing() as connection:
        not_to_be_sent_after_restore(connection, datetime.now(UTC), "queued when the backup was made")
        not_watched_after_restore(connection, datetime.now(UTC))
    return sum(manifest.rows.values())


def _insert(connection: sa.Connection, source: Source, manifest: Manifest) -> None:
    unknown = manifest.rows.keys() - {table.name for table in tables()}
    if unknown:
        raise BadInput(f"{source.path}: holds tables that this LastSeen does not know: {sorted(unknown)}")
    for table in tables():
        if not manifest.rows.get(table.name):
            continue
        with source.chunks(f"rows/{table.name}.jsonl") as chunks:
            count = insert(connection, table, split_lines(chunks))
        if count != manifest.rows[table.name]:
            raise Damaged(f"{source.path}: {count} of {manifest.rows[table.name]} rows of {table.name}")
