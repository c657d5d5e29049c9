"""A BagIt bag (RFC 8493) as it is written: a folder whose every file is hashed on its way to the disk.

While it is written it is called NAME.partial; only a bag that was read back whole gets its name. With a NAME that ends
in .zip the folder is packed into one file at the end.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bagit  # type: ignore[import-untyped]

from data.errors import BadInput, Damaged, DiskFull
from data.files import CHUNK, fsync_folder, saying_disk_full

_ALGORITHMS = ("sha256", "sha512")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip knows no time before


@dataclass(frozen=True)
class Member:
    """One file of the bag."""

    name: str
    size_bytes: int
    sums: dict[str, str]


class Bag:
    """A bag being written to `target`; what is there already is never overwritten."""

    def __init__(self, target: Path, *, needed_bytes: int) -> None:
        if target.exists():
            raise BadInput(f"{target}: is there already; an export never overwrites anything")
        if not target.parent.is_dir():
            raise BadInput(f"{target.parent}: no such folder")
        self.target = target
        self.is_zip = target.suffix == ".zip"
        self.folder = target.with_name(f"{target.name}.partial")
        self.members: list[Member] = []
        check_room(target, needed_bytes * (2 if self.is_zip else 1))
        self.drop()  # what an export that was cut off left behind
        (self.folder / "data").mkdir(parents=True, mode=0o700)

    def add(self, name: str, chunks: Iterable[bytes]) -> Member:
        """Write a file of the payload."""
        path = self.folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        member = _written(path, f"data/{name}", chunks)
        self.members.append(member)
        return member

    def add_json(self, name: str, value: Any) -> Member:
        return self.add(name, [as_json(value)])

    def add_text(self, name: str, text: str) -> Member:
        return self.add(name, [text.encode()])

    def seal(self, *, info: dict[str, str]) -> str:
        """Write the payload's manifests and what is said of the bag; the SHA-256 of the manifest, to be signed."""
        size = sum(member.size_bytes for member in self.members)
        told = info | {"Bagging-Date": datetime.now(UTC).date().isoformat()}
        told |= {"Payload-Oxum": f"{size}.{len(self.members)}"}
        self._tag("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        self._tag("bag-info.txt", "".join(f"{name}: {' '.join(text.split())}\n" for name, text in told.items()))
        for algorithm in _ALGORITHMS:
            lines = sorted(f"{member.sums[algorithm]}  {member.name}\n" for member in self.members)
            self._tag(f"manifest-{algorithm}.txt", "".join(lines))
        return hashlib.sha256((self.folder / "manifest-sha256.txt").read_bytes()).hexdigest()

    def finish(self, tags: dict[str, str]) -> None:
        """Add more tag files and their manifests, read everything back, and give the bag its name."""
        for name, text in tags.items():
            self._tag(name, text)
        for algorithm in _ALGORITHMS:
            there = sorted(path for path in self.folder.glob("*.*") if path.is_file())
            named = [path for path in there if not path.name.startswith("tagmanifest-")]
            lines = [f"{hashlib.new(algorithm, path.read_bytes()).hexdigest()}  {path.name}\n" for path in named]
            self._tag(f"tagmanifest-{algorithm}.txt", "".join(lines))
        self._read_back()
        if self.is_zip:
            self._pack()
        else:
            self.folder.rename(self.target)
        fsync_folder(self.target.parent)

    def drop(self) -> None:
        """Leave nothing of an unfinished bag."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._packed.unlink(missing_ok=True)

    @property
    def _packed(self) -> Path:
        return self.folder.with_suffix(".packing")

    def _tag(self, name: str, text: str) -> None:
        _written(self.folder / name, name, [text.encode()])

    def _read_back(self) -> None:
        try:
            bagit.Bag(str(self.folder)).validate()
        except bagit.BagError as error:
            raise Damaged(
                f"{self.target}: what was written does not read back; is the disk failing? {error}"
            ) from error

    def _pack(self) -> None:
        with saying_disk_full(str(self.target)), zipfile.ZipFile(self._packed, "w", allowZip64=True) as packed:
            for path in sorted(self.folder.rglob("*")):
                if path.is_file():
                    name = f"{self.target.stem}/{path.relative_to(self.folder)}"
                    with (
                        path.open("rb") as stream,
                        packed.open(zipfile.ZipInfo(name, _EARLIEST), "w", force_zip64=True) as out,
                    ):
                        shutil.copyfileobj(stream, out, CHUNK)
        with self._packed.open("rb") as stream:
            os.fsync(stream.fileno())
        self._packed.rename(self.target)
        shutil.rmtree(self.folder)


def check_room(target: Path, needed_bytes: int) -> None:
    missing = needed_bytes - shutil.disk_usage(target.parent).free
    if missing > 0:
        raise DiskFull(f"{target}: {missing:,} bytes of disk space are missing; free some space or choose another disk")


def as_json(value: Any) -> bytes:
    """JSON for people and programs: one form, whoever reads it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True).encode() + b"\n"


def _written(path: Path, name: str, chunks: Iterable[bytes]) -> Member:
    sums, size = [hashlib.new(algorithm) for algorithm in _ALGORITHMS], 0
    with saying_disk_full(name), path.open("xb") as out:
        for chunk in chunks:
            for one in sums:
                one.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return Member(name, size, {one.name: one.hexdigest() for one in sums})
