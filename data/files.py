"""Originals and pictures on disk, by the SHA-256 of their content: written once, never changed.

A file is acknowledged only after its bytes, its name and the folder are on the disk: without the fsyncs, all
of 858 files renamed into place were lost in simulated power cuts; with them, none (FINDINGS.md).

`Files` is a folder of this machine, or one that several machines share; `data.files_remote` keeps them behind any
other fsspec URL.
"""

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from data.errors import BadInput, DiskFull, NotFound, NotReachable

CHUNK = 1 << 20
SHA256 = re.compile("[0-9a-f]{64}")


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
    """A folder of content, each file named by its SHA-256.

    `is_shared`: it is not this machine's own, so that it may be missing here; it is never made here then.
    """

    def __init__(self, folder: Path, *, free_bytes: int = 0, is_shared: bool = False) -> None:
        self.folder = folder
        self.free_bytes = free_bytes
        self.is_shared = is_shared

    def path(self, sha256: str) -> Path:
        """Where the content lies; NotFound when it is not here, NotReachable when this machine cannot get at it."""
        path = self._place(sha256)
        try:
            if path.is_file() and (not self.is_shared or os.access(path, os.R_OK)):
                return path
        except OSError as error:
            raise NotReachable(f"files: {self.folder} cannot be read on this machine ({error.strerror})") from error
        if self.is_shared:
            self._check_there()
            raise NotReachable(
                f"file {sha256[:12]}…: cannot be read in {self.folder}; is that the folder that all machines share, "
                "mounted here and readable for this user?"
            )
        raise NotFound(f"file {sha256[:12]}…: not in {self.folder}")

    def read(self, sha256: str) -> bytes:
        """The whole content; for pictures, not for footage."""
        return self.path(sha256).read_bytes()

    def has(self, sha256: str) -> bool:
        """Whether the content is kept."""
        return self._place(sha256).is_file()

    def hashes(self) -> Iterator[tuple[str, int]]:
        """(SHA-256, size in bytes) of everything that is kept, in the order of the hashes."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if SHA256.fullmatch(path.name):
                    yield path.name, path.stat().st_size

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The content in pieces, for copying."""
        with self.path(sha256).open("rb") as stream:
            yield from chunks_of(stream)

    def check_room(self, size_bytes: int, what: str) -> None:
        """Refuse early, with the number of bytes missing, what would not fit."""
        self._make_folder()
        missing = size_bytes + self.free_bytes - shutil.disk_usage(self.folder).free
        if missing > 0:
            raise DiskFull(f"{what}: {missing:,} bytes of disk space are missing; free some space and try again")

    def put(self, chunks: Iterable[bytes], *, what: str) -> tuple[str, int]:
        """Keep the content; its SHA-256 and size. The same content twice is one file."""
        self._make_folder()
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

    def remove(self, sha256: str) -> int | None:
        """Delete the content for good; its size, None when it was not here. Only for what no row speaks of any more."""
        path = self._place(sha256)
        self._check_there()
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return None
        fsync_folder(path.parent)
        return size

    def adopt(self, path: Path, sha256: str) -> None:
        """Take over a finished file whose bytes are on the disk already and hash to `sha256`; it is gone from `path`.

        On one disk it is only renamed, so that gigabytes need no second hash; to another disk it is copied, with
        BadInput when the copy hashes to something else. NotFound when there is no such file.
        """
        if not SHA256.fullmatch(sha256):
            raise BadInput(f"{path.name}: {sha256!r} is no SHA-256")
        if not path.is_file():
            raise NotFound(f"{path.name}: is not there to be taken over")
        self._make_folder()
        with saying_disk_full(path.name):
            try:
                self._settle(path, sha256)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._copy(path, sha256)
        path.unlink(missing_ok=True)
        fsync_folder(path.parent)

    def _copy(self, path: Path, sha256: str) -> None:
        with path.open("rb") as stream:
            kept, _ = self.put(chunks_of(stream), what=path.name)
        if kept != sha256:
            raise BadInput(f"{path.name}: its content is not what was announced (SHA-256 {kept}, not {sha256})")

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def _check_there(self) -> None:
        if self.is_shared and not self.folder.is_dir():
            raise NotReachable(f"files_url: the folder {self.folder} is not on this machine; mount it or make it")

    def _make_folder(self) -> None:
        self._check_there()
        self.folder.mkdir(parents=True, exist_ok=True)

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
