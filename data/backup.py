"""Backups: every row and every file of a store at one moment, while it is in use, verified by reading back."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from data.archive import (
    MANIFEST,
    MANIFEST_SHA256,
    FolderSink,
    Manifest,
    Member,
    Sink,
    Source,
    TarSink,
    partial_of,
    remove,
)
from data.errors import BadInput, Damaged, DiskFull
from data.files import Files, chunks_of, fsync_folder, saying_disk_full
from data.store import Store
from data.table_rows import hashes_in, lines, tables
from data.upload_rows import uploads

ROWS_ON_DISK = 2.0
"""The rows as JSON take at most about so many times what they take in the database, for vectors are in base64."""


@dataclass(frozen=True)
class Backup:
    """What was backed up; `missing` and `damaged` are files of the store that are gone or changed (SHA-256).

    `waiting` files have arrived but were not added to a case: those are not in the backup.
    """

    path: Path
    rows: int
    files: int
    size_bytes: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    waiting: int = 0


def back_up(store: Store, home: Path, target: Path) -> Backup:
    """Write a backup to `target`: a .tar file where it is called so, else a folder.

    The rows are those of one moment; files are never changed, so that those copied after it are the ones it speaks of.
    BadInput when there is something of that name already, DiskFull before the first byte when it would not fit, Damaged
    when what was written does not read back; nothing of that name is left then.
    """
    if target.exists():
        raise BadInput(f"{target}: is there already; a backup never overwrites anything")
    if not target.parent.is_dir():
        raise BadInput(f"{target.parent}: no such folder")
    _check_room(store, target)
    partial = partial_of(target)
    remove(partial)  # of a backup that was cut off
    is_whole = False
    try:
        with saying_disk_full(str(target)):
            sink: Sink = TarSink(partial) if target.suffix == ".tar" else FolderSink(partial)
            with closing(sink):
                manifest = _write(store, home, sink, target.parent)
            _read_back(partial, target)
            partial.rename(target)
            fsync_folder(target.parent)
        is_whole = True
    finally:
        if not is_whole:
            remove(partial)
    return Backup(
        path=target,
        rows=sum(manifest.rows.values()),
        files=sum(member.name.startswith("files/") for member in manifest.members),
        size_bytes=sum(member.size_bytes for member in manifest.members),
        missing=manifest.missing,
        damaged=manifest.damaged,
        waiting=sum(upload.is_finished for upload in uploads(store)),
    )


def _check_room(store: Store, target: Path) -> None:
    needed = sum(size for _, size in store.files.hashes()) + int(ROWS_ON_DISK * store.database.size_bytes())
    missing = needed - shutil.disk_usage(target.parent).free
    if missing > 0:
        raise DiskFull(f"{target}: {missing:,} bytes of disk space are missing; free some space or choose another disk")


def _write(store: Store, home: Path, sink: Sink, spool_folder: Path) -> Manifest:
    made_at = datetime.now(UTC)
    members, counts, spoken_of = [], {}, set()
    with store.database.snapshot() as connection:
        revision = str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))
        for table in tables():
            with tempfile.TemporaryFile(dir=spool_folder) as spool:
                counts[table.name] = 0
                for line in lines(connection, table):
                    spool.write(line)
                    spoken_of |= hashes_in(line)
                    counts[table.name] += 1
                members.append(_add_stream(sink, f"rows/{table.name}.jsonl", spool))
    files = list(_files(store.files, sink))
    members += files
    for path in sorted((home / "calibrations").glob("*.json")):
        with path.open("rb") as stream:
            members.append(_add_stream(sink, f"calibrations/{path.name}", stream))
    manifest = Manifest(
        made_at=made_at.isoformat(),
        schema=revision,
        database="sqlite" if store.database.is_sqlite else "postgresql",
        rows=counts,
        members=tuple(members),
        missing=tuple(sorted(spoken_of - {_named(member) for member in files})),
        damaged=tuple(sorted(_named(member) for member in files if _named(member) != member.sha256)),
    )
    content = manifest.to_json()
    sink.add(MANIFEST, [content], len(content))
    digest = hashlib.sha256(content).hexdigest().encode() + b"\n"
    sink.add(MANIFEST_SHA256, [digest], len(digest))
    sink.finish()
    return manifest


def _files(files: Files, sink: Sink) -> Iterator[Member]:
    for sha256, size in files.hashes():
        yield sink.add(f"files/{sha256[:2]}/{sha256}", files.chunks(sha256), size)


def _named(member: Member) -> str:
    return member.name.rsplit("/", 1)[-1]


def _add_stream(sink: Sink, name: str, stream: BinaryIO) -> Member:
    size = stream.seek(0, 2)
    stream.seek(0)
    return sink.add(name, chunks_of(stream), size)


def _read_back(partial: Path, target: Path) -> None:
    with closing(Source(partial)) as source:
        wrong = source.damage(source.manifest())
    if wrong:
        name, what = next(iter(wrong.items()))
        raise Damaged(f"{target}: {name} {what} while it was read back ({len(wrong)} in all); is the disk failing?")
