"""A backup as it lies on a disk: a folder, or one .tar file, whose members a manifest lists with their SHA-256.

While it is written it is called NAME.partial; only a backup that was read back whole gets its name. The manifest has a
hash of its own, so that one changed byte anywhere in a backup is found.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from data.errors import BadInput, Damaged
from data.files import CHUNK, chunks_of, fsync_folder

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_SHA256 = "manifest.sha256"


@dataclass(frozen=True)
class Member:
    """One file of a backup."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `missing` and `damaged` are files that were so in the store already when it was made."""

    made_at: str
    schema: str
    database: str
    rows: dict[str, int]
    members: tuple[Member, ...]
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    format: int = field(default=FORMAT)

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode()


def manifest_of(content: bytes, where: Path) -> Manifest:
    """The manifest as it was written; BadInput when it is of a newer format."""
    try:
        known: dict[str, Any] = json.loads(content)
        if known["format"] != FORMAT:
            raise BadInput(f"{where}: was made by a newer LastSeen (format {known['format']}); use that one to restore")
        known["members"] = tuple(Member(**member) for member in known["members"])
        known |= {name: tuple(known[name]) for name in ("missing", "damaged")}
        return Manifest(**known)
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, BadInput):
            raise
        raise Damaged(f"{where}: its {MANIFEST} cannot be read") from error


class Sink(Protocol):
    """Where a backup is written to."""

    def add(self, name: str, chunks: Iterable[bytes], size_bytes: int) -> Member: ...

    def finish(self) -> None:
        """Bring it to the disk."""

    def close(self) -> None:
        """Let go of it, finished or not."""


class FolderSink:
    """A backup that is a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700)

    def add(self, name: str, chunks: Iterable[bytes], size_bytes: int) -> Member:  # noqa: ARG002  a tar needs it
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = _Hashing(chunks)
        with path.open("xb") as out:
            shutil.copyfileobj(stream, out, CHUNK)
            _to_disk(out)
        return Member(name, stream.size_bytes, stream.digest.hexdigest())

    def finish(self) -> None:
        for folder in [self._folder, *(path for path in self._folder.rglob("*") if path.is_dir())]:
            fsync_folder(folder)

    def close(self) -> None:
        """Nothing is open between two members."""


class TarSink:
    """A backup that is one file."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=False)
        self._out = path.open("wb")
        self._tar = tarfile.TarFile(fileobj=self._out, mode="w", format=tarfile.PAX_FORMAT, copybufsize=CHUNK)

    def add(self, name: str, chunks: Iterable[bytes], size_bytes: int) -> Member:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size_bytes, 0o440
        stream = _Hashing(chunks)
        self._tar.addfile(entry, cast(BinaryIO, stream))
        return Member(name, stream.size_bytes, stream.digest.hexdigest())

    def finish(self) -> None:
        self._tar.close()
        _to_disk(self._out)

    def close(self) -> None:
        self._out.close()


class _Hashing(io.RawIOBase):
    """Pieces as a stream that is hashed while it is read."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""
        self.digest = hashlib.sha256()
        self.size_bytes = 0

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._rest += chunk
        given, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        self.digest.update(given)
        self.size_bytes += len(given)
        return given


class Source:
    """A backup to be read: a folder or a .tar file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tar: tarfile.TarFile | None = None
        if path.is_dir():
            return
        try:
            self._file = path.open("rb")
            self._tar = tarfile.open(fileobj=self._file, mode="r:")  # noqa: SIM115  closed by `close`
            self._entries = {entry.name: entry for entry in self._tar.getmembers() if entry.isreg()}
        except (tarfile.TarError, ValueError, OverflowError) as error:
            self._file.close()
            raise BadInput(f"{path}: is no backup: neither a folder nor a .tar file ({error})") from error

    def close(self) -> None:
        if self._tar is not None:
            self._tar.close()
            self._file.close()

    @contextmanager
    def chunks(self, name: str) -> Iterator[Iterator[bytes]]:
        """The content of a member in pieces; FileNotFoundError when it is not there."""
        stream: Any
        if self._tar is None:
            stream = (self.path / name).open("rb")
        elif name in self._entries:
            stream = self._tar.extractfile(self._entries[name])
        else:
            raise FileNotFoundError(name)
        with stream:
            yield chunks_of(stream)

    def read(self, name: str) -> bytes:
        with self.chunks(name) as chunks:
            return b"".join(chunks)

    def manifest(self) -> Manifest:
        """What the backup should hold. BadInput when this is no backup, Damaged when its list is not as written."""
        try:
            content, said = self.read(MANIFEST), self.read(MANIFEST_SHA256)
        except (FileNotFoundError, tarfile.TarError) as error:
            raise BadInput(f"{self.path}: is no whole backup: it has no {MANIFEST} with its hash") from error
        if hashlib.sha256(content).hexdigest().encode() != said.strip():
            raise Damaged(f"{self.path}: its {MANIFEST} was changed after the backup was made")
        return manifest_of(content, self.path)

    def damage(self, manifest: Manifest) -> dict[str, str]:
        """By member what is wrong with it, after reading all of them; empty for a sound backup."""
        found = {}
        for member in manifest.members:
            digest, size = hashlib.sha256(), 0
            try:
                with self.chunks(member.name) as chunks:
                    for chunk in chunks:
                        digest.update(chunk)
                        size += len(chunk)
            except FileNotFoundError:
                found[member.name] = "is missing"
                continue
            except (OSError, tarfile.TarError) as error:
                found[member.name] = f"cannot be read ({error})"
                continue
            if (size, digest.hexdigest()) != (member.size_bytes, member.sha256):
                found[member.name] = "was changed"
        return found


def partial_of(target: Path) -> Path:
    """What a backup is called until it is whole."""
    return target.with_name(target.name + ".partial")


def remove(path: Path) -> None:
    """Delete a backup that did not become whole."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _to_disk(out: Any) -> None:
    """Write it out, and forget what is in memory of it, so that reading back reads the disk."""
    out.flush()
    os.fsync(out.fileno())
    os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
