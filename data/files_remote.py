"""Originals and pictures behind an fsspec URL (s3://bucket/lastseen, sftp://…), with copies on this machine's disk.

A copy is fetched once, hashed while it arrives, and only then given its name: what `path` answers is what was kept, or
there is no answer. What is put is read back and hashed before it is acknowledged, since a foreign storage gives no
fsync.
"""

import fcntl
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from data.errors import BadInput, DiskFull, NotFound, NotReachable
from data.files import SHA256, Files, chunks_of, saying_disk_full

IN_USE_S = 600.0
"""A copy asked for within this time is taken to be in use, and stays whatever the cache's bound says."""
_FOREIGN_ERRORS = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("aiohttp", "ClientError"),
    ("paramiko", "SSHException"),
)
"""Those that are no OSError."""


def open_files(home: Path, files_url: str, *, free_bytes: int = 0, cache_bytes: int = 20 << 30) -> Files:
    """The files of an installation: in `home`, in a shared folder, or behind any fsspec URL."""
    if not files_url:
        return Files(home / "files", free_bytes=free_bytes)
    if files_url.startswith("file://") or "://" not in files_url:
        folder = Path(files_url.removeprefix("file://"))
        if not folder.is_absolute():
            raise BadInput(f"files_url: {files_url} must be a whole path, for each process runs in a folder of its own")
        return Files(folder, free_bytes=free_bytes, is_shared=True)
    return RemoteFiles(files_url, home / "cache", free_bytes=free_bytes, cache_bytes=cache_bytes)


class RemoteFiles(Files):
    """Content behind an fsspec URL; `folder` holds this machine's copies, the least recently used of which go first."""

    def __init__(self, url: str, cache: Path, *, free_bytes: int = 0, cache_bytes: int = 20 << 30) -> None:
        super().__init__(cache, free_bytes=free_bytes)
        self.cache_bytes = cache_bytes
        self.shown, self._password = _shown(url)
        with self._reached("be opened"):
            self._storage, self._root = fsspec.core.url_to_fs(url)
        self._root = self._root.rstrip("/")

    def path(self, sha256: str) -> Path:
        """This machine's copy, fetched when it has none; NotReachable when the storage does not answer."""
        place = self._place(sha256)
        if not place.is_file():
            with self._one_at_a_time(sha256):
                if not place.is_file():
                    self._fetch(sha256)
        os.utime(place)
        return place

    def has(self, sha256: str) -> bool:
        return self._size(sha256) is not None

    def hashes(self) -> Iterator[tuple[str, int]]:
        with self._reached("be listed"):
            found = self._fresh.find(self._root, detail=True)
        named = ((str(name).rsplit("/", 1)[-1], int(info["size"])) for name, info in found.items())
        yield from sorted((name, size) for name, size in named if SHA256.fullmatch(name))

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The content in pieces, for copying; leaves no copy in the cache."""
        with self._reached("be read", sha256), self._fresh.open(self._remote(sha256), "rb") as stream:
            yield from chunks_of(stream)

    def put(self, chunks: Iterable[bytes], *, what: str) -> tuple[str, int]:
        sha256, size = super().put(chunks, what=what)
        place, is_sent = self._place(sha256), False
        try:
            self._send(place, sha256, what)
            is_sent = True
        finally:
            if not is_sent:
                place.unlink(missing_ok=True)  # a copy of something that is nowhere kept would pass for kept
        self._tidy(keep=place)
        return sha256, size

    def remove(self, sha256: str) -> int | None:
        """Delete the content in the storage, and this machine's copy; copies on other machines go when next tidied."""
        super().remove(sha256)
        size = self._size(sha256)
        if size is not None:
            with self._reached("delete", sha256):
                self._fresh.rm_file(self._remote(sha256))
        return size

    def adopt(self, path: Path, sha256: str) -> None:
        if path.is_file():
            self._send(path, sha256, path.name)
        super().adopt(path, sha256)
        self._tidy(keep=self._place(sha256))

    def _send(self, path: Path, sha256: str, what: str) -> None:
        """Bring a file to the storage, and read it back from there."""
        remote, size = self._remote(sha256), path.stat().st_size
        if self._size(sha256) == size:
            return
        with self._reached(f"take {what}"):
            self._storage.makedirs(remote.rsplit("/", 1)[0], exist_ok=True)
            self._storage.put_file(str(path), remote)
        if self._hash(sha256) != (sha256, size):
            with self._reached(f"take {what}"):
                self._fresh.rm_file(remote)
            raise NotReachable(f"{what}: {self.shown} gave back something else than it was sent; nothing was kept")

    def _size(self, sha256: str) -> int | None:
        """The size of the content in the storage; None when it is not there."""
        with self._reached("be read"):
            try:  # exists() would call a storage that does not answer an empty one
                return int(self._fresh.info(self._remote(sha256))["size"])
            except FileNotFoundError:
                return None

    def _hash(self, sha256: str) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        for chunk in self.chunks(sha256):
            digest.update(chunk)
            size += len(chunk)
        return digest.hexdigest(), size

    def _fetch(self, sha256: str) -> None:
        size = self._size(sha256)
        if size is None:
            raise NotFound(f"file {sha256[:12]}…: not in {self.shown}")
        self.check_room(size, f"copy of file {sha256[:12]}…")
        handle, name = tempfile.mkstemp(dir=self.folder, prefix="incoming-")
        digest = hashlib.sha256()
        try:
            with saying_disk_full(f"copy of file {sha256[:12]}…"), os.fdopen(handle, "wb") as out:
                for chunk in self.chunks(sha256):
                    digest.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            if digest.hexdigest() != sha256:
                raise NotReachable(
                    f"file {sha256[:12]}…: {self.shown} gave something else than was kept; it is damaged"
                )
            self._settle(Path(name), sha256)
        finally:
            Path(name).unlink(missing_ok=True)
        self._tidy(keep=self._place(sha256))

    def _tidy(self, *, keep: Path) -> None:
        """Remove the least recently used copies until the cache is within its bound."""
        copies = []
        for sha256, size in super().hashes():
            path = self._place(sha256)
            try:
                copies.append((path.stat().st_mtime, size, path))
            except FileNotFoundError:  # another process tidied it away
                continue
        total = sum(size for _, size, _ in copies)
        for used_at, size, path in sorted(copies):
            if total <= self.cache_bytes:
                return
            if path != keep and time.time() - used_at > IN_USE_S:
                path.unlink(missing_ok=True)
                total -= size

    def _remote(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}"

    @property
    def _fresh(self) -> Any:
        """The storage, asked anew: other machines write to it too, so that a remembered listing would be wrong."""
        self._storage.invalidate_cache()
        return self._storage

    def _without_password(self, text: str) -> str:
        return text.replace(self._password, "***") if self._password else text

    @contextmanager
    def _one_at_a_time(self, sha256: str) -> Iterator[None]:
        locks = self.folder / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with (locks / sha256[:2]).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _reached(self, do: str, sha256: str | None = None) -> Iterator[None]:
        """Say in plain words what the storage, or the library that reaches it, could not do."""
        try:
            yield
        except (BadInput, DiskFull, NotFound, NotReachable):
            raise
        except FileNotFoundError as error:
            of = f"file {sha256[:12]}…: not in {self.shown}" if sha256 else f"files_url: {self.shown} is not there"
            raise (NotFound if sha256 else NotReachable)(of) from error
        except ImportError as error:
            raise NotReachable(f"files_url: {self.shown} needs a package that is not installed ({error})") from error
        except _storage_errors() as error:
            why = self._without_password(" ".join(str(error).split())[:200]) or type(error).__name__
            raise NotReachable(f"files_url: {self.shown} cannot {do} from this machine ({why})") from error


def _storage_errors() -> tuple[type[Exception], ...]:
    """What a storage raises that cannot be reached, with the errors of the libraries behind fsspec that are loaded."""
    named = (getattr(sys.modules.get(module), name, None) for module, name in _FOREIGN_ERRORS)
    return (OSError, ValueError, RuntimeError, *(error for error in named if isinstance(error, type)))


def _shown(url: str) -> tuple[str, str]:
    """The URL as it may be shown, and the password in it; empty without one."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return url.split("://", 1)[0] + "://…", ""
    return parts.render_as_string(hide_password=True), str(parts.password or "")
