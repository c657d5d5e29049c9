"""Originals and pictures on disk, by the SHA-256 of their content: written once, never changed.

A file is acknowledged only after its bytes, its name and the folder are on the disk: without the fsyncs, all
of 858 files renamed into place were lost in simulated power cuts; with them, none (FINDINGS.md).
"""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from data.errors import DiskFull, NotFound

CHUNK = 1 << 20


def fsync_folder(folder: Path) -> None:
    """Make the names inside `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of `stream` in pieces of one MiB."""
    while chunk := stream.read(CHUNK):
        yield chunk


@contextmanager
def saying_disk_full(what: str) -> Iterator[None]:
    """Turn the system's "no space left" into DiskFull, which says what could not be kept."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"{what}: the disk is full; nothing was kept. Free some space and try again") from error
        raise


class Files:
    """A folder of content, each file named by its SHA-256."""

    def __init__(self, folder: Path, *, free_bytes: int = 0) -> None:
        self.folder = folder
        self.free_bytes = free_bytes

    def path(self, sha256: str) -> Path:
        """Where the content lies; NotFound when it is not here."""
        path = self._place(sha256)
        if not path.is_file():
            raise NotFound(f"file {sha256[:12]}…: not in {self.folder}")
        return path

    def read(self, sha256: str) -> bytes:
        """The whole content; for pictures, not for footage."""
        return self.path(sha256).read_bytes()

    def check_room(self, size_bytes: int, what: str) -> None:
        """Refuse early, with the number of bytes missing, what would not fit."""
        self.folder.mkdir(parents=True, exist_ok=True)
        missing = size_bytes + self.free_bytes - shutil.disk_usage(self.folder).free
        if missing > 0:
            raise DiskFull(f"{what}: {missing:,} bytes of disk space are missing; free some space and try again")

    def put(self, chunks: Iterable[bytes], *, what: str) -> tuple[str, int]:
        """Keep the content; its SHA-256 and size. The same content twice is one file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with saying_disk_full(what):
            handle, name = tempfile.mkstemp(dir=self.folder, prefix="incoming-")
            try:
                with os.fdopen(handle, "wb") as out:
                    for chunk in chunks:
                        digest.update(chunk)
                        size += len(chunk)
                        out.write(chunk)
                    out.flush()
                    os.fsync(out.fileno())
                self._settle(Path(name), digest.hexdigest())
            finally:
                Path(name).unlink(missing_ok=True)
        return digest.hexdigest(), size

    def put_bytes(self, content: bytes, *, what: str) -> str:
        """`put` for a picture already in memory."""
        return self.put([content], what=what)[0]

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def _settle(self, incoming: Path, sha256: str) -> None:
        place = self._place(sha256)
        if place.is_file():
            return
        if not place.parent.is_dir():
            place.parent.mkdir(exist_ok=True)
            fsync_folder(self.folder)
        incoming.chmod(0o440)
        incoming.replace(place)
        fsync_folder(place.parent)
