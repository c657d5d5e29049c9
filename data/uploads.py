"""The bytes of files on their way in: one file each below home/uploads, named by the upload's id and never by its own.

An offset is acknowledged only after its bytes are on the disk (`Part.sync`). Whoever writes holds the file's lock,
in whichever process: two writers of one upload cannot mix their bytes.
"""

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from data.errors import DiskFull, Locked, NotFound
from data.files import CHUNK, fsync_folder, saying_disk_full

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
FreeBytes = Callable[[Path], int]


def free_on_disk(folder: Path) -> int:
    """Bytes that may still be written to the folder's disk."""
    return shutil.disk_usage(folder).free


class Part:
    """An upload's file, open and locked for one writer until `close`."""

    def __init__(self, file: BinaryIO, what: str) -> None:
        self._file = file
        self._what = what

    def begin_at(self, offset: int) -> None:
        """Write on from `offset`; what lies behind it was never acknowledged and is dropped."""
        self._file.truncate(offset)
        self._file.seek(offset)

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        with saying_disk_full(self._what):
            while rest:  # an unbuffered file may take less than it was given
                rest = rest[self._file.write(rest) :]

    def sync(self) -> None:
        """Return when everything written is on the disk."""
        with saying_disk_full(self._what):
            os.fsync(self._file.fileno())

    def sha256(self) -> str:
        """The hash of the whole file as it lies here."""
        self._file.seek(0)
        digest = hashlib.sha256()
        while chunk := self._file.read(CHUNK):
            digest.update(chunk)
        return digest.hexdigest()

    def close(self) -> None:
        self._file.close()


class Partials:
    """The folder of uploads; `free_bytes` must stay free on its disk."""

    def __init__(self, folder: Path, *, free_bytes: int = 0, free: FreeBytes = free_on_disk) -> None:
        self.folder = folder
        self.free_bytes = free_bytes
        self._free = free

    def path(self, id: str) -> Path:
        """Where the upload's bytes lie; NotFound for what is no id of ours, or is not here."""
        if not _ID.fullmatch(id) or not (self.folder / id).is_file():
            raise NotFound(f"upload {id[:40]}: not here")
        return self.folder / id

    def create(self, id: str) -> None:
        """Make the upload's empty file, so that it stands there after a power cut."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with saying_disk_full("upload"):
            os.close(os.open(self.folder / id, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            fsync_folder(self.folder)

    def open(self, id: str, what: str) -> Part:
        """Open for writing; Locked while someone else has it."""
        try:
            file = self.path(id).open("r+b", buffering=0)
        except FileNotFoundError as error:
            raise NotFound(f"upload {id}: not here") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(file.fileno()), self.path(id).stat()):
                raise NotFound(f"upload {id}: not here")
        except BlockingIOError as error:
            file.close()
            raise Locked(f"{what}: something else is sending this file at this moment; try again shortly") from error
        except (NotFound, OSError):
            file.close()
            raise
        return Part(file, what)

    def remove(self, id: str) -> None:
        """Delete the bytes; nothing happens where there are none."""
        if _ID.fullmatch(id) and self.folder.is_dir():
            (self.folder / id).unlink(missing_ok=True)
            fsync_folder(self.folder)

    def ids(self) -> list[str]:
        """The ids whose bytes lie here, oldest first."""
        if not self.folder.is_dir():
            return []
        found = [path for path in self.folder.iterdir() if _ID.fullmatch(path.name) and path.is_file()]
        return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime)]

    def age_s(self, id: str) -> float:
        """Seconds since the upload's bytes last changed."""
        return time.time() - self.path(id).stat().st_mtime

    def missing_bytes(self, size_bytes: int) -> int:
        """How many bytes more must be free before `size_bytes` fit; 0 when they do."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return max(0, size_bytes + self.free_bytes - self._free(self.folder))

    def check_room(self, size_bytes: int, what: str) -> None:
        """DiskFull, with the number of bytes missing, for what would not fit."""
        if missing := self.missing_bytes(size_bytes):
            raise DiskFull(f"{what}: {missing:,} bytes of disk space are missing; free some space and try again")
