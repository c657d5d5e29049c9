"""Keeps what was built from installed weights: built once, checked by hash at every opening, safe beside others.

One folder a set, named after the hash of its sources and of the builder's version, holding the files and a
``manifest.json``. A set is built in a temporary folder and renamed into place: a reader sees a whole set or none.
"""

import errno
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from data.errors import BadInput, DiskFull

_MANIFEST = "manifest.json"


def cached_files(
    cache_dir: Path, name: str, *, version: int, sources: Mapping[str, str], build: Callable[[], dict[str, bytes]]
) -> dict[str, bytes]:
    """The files that `build` makes from `sources`, from the cache where it holds them unharmed.

    Parameters
    ----------
    cache_dir
        Folder of all sets; made when missing.
    name
        What the set is, for people who look into the folder.
    version
        Raised whenever `build` changes what it makes.
    sources
        Source file name to SHA-256.
    build
        Makes the files, name to content.

    Raises
    ------
    DiskFull, BadInput
        When the cache cannot be written.
    """
    key = hashlib.sha256(json.dumps([version, sorted(sources.items())]).encode()).hexdigest()[:16]
    folder = cache_dir / f"{name}-{key}"
    found = _read(folder)
    if found is not None:
        return found
    made = build()
    try:
        _write(folder, made, sources)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"{cache_dir}: no room for the recogniser's files") from error
        raise BadInput(f"{cache_dir}: cannot be written ({error.strerror})") from error
    return made


def _read(folder: Path) -> dict[str, bytes] | None:
    """The files of a set, or None when it is missing, incomplete or altered."""
    try:
        recorded = json.loads((folder / _MANIFEST).read_bytes())["files"]
        contents = {file: (folder / file).read_bytes() for file in recorded}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    hashes = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    return contents if hashes == recorded else None


def _write(folder: Path, contents: Mapping[str, bytes], sources: Mapping[str, str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        for file, content in contents.items():
            (building / file).write_bytes(content)
        hashes = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
        (building / _MANIFEST).write_text(json.dumps({"sources": dict(sources), "files": hashes}, indent=1))
        _move_into_place(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _move_into_place(building: Path, folder: Path) -> None:
    try:
        building.rename(folder)
    except OSError:
        if _read(folder) is not None:
            return  # another process built the same set first
        # what stands there is damaged: set it aside, as a folder cannot be renamed over a full one
        aside = folder.with_name(f"{building.name}-damaged")
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
        building.rename(folder)
