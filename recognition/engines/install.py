"""Installs InsightFace packs, from the official release or from a zip at hand, verified and unpacked with suspicion.

Nothing else in recognition may download.
"""

import errno
import hashlib
import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from data.errors import BadInput, Conflict, DiskFull, ModelMissing, NotReachable
from recognition.engines.trusted import pack_hashes, trust

NON_COMMERCIAL = (
    "InsightFace's pretrained models are provided for non-commercial research purposes only; "
    "any other use needs a licence from InsightFace (https://www.insightface.ai)."
)
RELEASE_URL = "https://github.com/deepinsight/insightface/releases/download/v0.7"
MOST_BYTES = 2 * 1024**3
MOST_FILES = 32
_CHUNK = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{64}")

Progress = Callable[[int, int | None], None]
Fetch = Callable[[str], AbstractContextManager[tuple[Iterator[bytes], int | None]]]
"""Gives what lies at an address in pieces, and its size where that is said; NotReachable where it does not come."""


@dataclass(frozen=True)
class Release:
    """A pack as InsightFace published it: the zip's size in bytes and its SHA-256."""

    size_bytes: int | None
    sha256: str


# The zips of InsightFace's release v0.7 as public projects pinned them, each hash found in at least two of them
# (docs/decisions/0003-engines.md). A wrong one can only make an install fail.
RELEASES = {
    "buffalo_l": Release(288_621_354, "80ffe37d8a5940d59a7384c201a2a38d4741f2f3c51eef46ebb28218a7b0ca2f"),
    "buffalo_m": Release(275_951_529, "d98264bd8f2dc75cbc2ddce2a14e636e02bb857b3051c234b737bf3b614edca9"),
    "buffalo_s": Release(None, "d85a87f503f691807cd8bb97128bdf7a0660326cd9cd02657127fa978bab8b5e"),
    "buffalo_sc": Release(14_969_382, "57d31b56b6ffa911c8a73cfc1707c73cab76efe7f13b675a05223bf42de47c72"),
    "antelopev2": Release(360_662_982, "8e182f14fc6e80b3bfa375b33eb6cff7ee05d8ef7633e738d1c89021dcf0c5c5"),
}


def install_pack(
    name: str,
    models_dir: Path,
    *,
    accept_licence: bool,
    source: Path | None = None,
    sha256: str | None = None,
    release_url: str = RELEASE_URL,
    fetch: Fetch | None = None,
    on_progress: Progress | None = None,
) -> Path:
    """Puts the pack `name` into ``models_dir/name`` and returns that folder.

    Parameters
    ----------
    accept_licence
        Whether the user accepted the licence; nothing is done otherwise.
    source
        A zip on this machine, for installing offline; None downloads from the official release.
    sha256
        What the zip must hash to, where LastSeen knows no hash (or instead of the known one).
    fetch
        How a release is downloaded (`casework.addresses.fetched`); None where nothing may be.
    on_progress
        Called with the bytes so far and the bytes in all (None when unknown) while downloading.

    Raises
    ------
    BadInput
        When the licence was not accepted, no hash is known, the zip is another one, or it is unsafe to unpack.
    Conflict
        When the pack is already there.
    ModelMissing
        When it cannot be downloaded.
    DiskFull
        When there is no room; nothing half-written stays.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(f"model name {name!r}: letters, digits, dots, dashes and underscores only")
    if not accept_licence:
        raise BadInput(f"{name}: {NON_COMMERCIAL} To accept that, add --accept-licence")
    expected = _expected_hash(name, sha256)
    folder = models_dir / name
    if any(folder.glob("*.onnx")):
        raise Conflict(f"{name} is already installed in {folder}; remove that folder to install it anew")
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=models_dir) as work:
            archive = source or _downloaded(f"{release_url}/{name}.zip", Path(work) / "pack.zip", fetch, on_progress)
            _check_hash(archive, expected)
            unpacked = Path(work) / "pack"
            _unpack(archive, unpacked)
            trust(models_dir, name, pack_hashes(unpacked), by=f"cli.py models install, zip {expected}")
            unpacked.rename(folder)
    except OSError as error:
        raise _as_ours(error, name, models_dir) from error
    return folder


def _expected_hash(name: str, sha256: str | None) -> str:
    if sha256 is not None:
        if not _HASH.fullmatch(sha256.lower()):
            raise BadInput("--sha256: must be 64 hexadecimal digits")
        return sha256.lower()
    if name not in RELEASES:
        known = ", ".join(RELEASES)
        raise BadInput(f"{name}: no hash is known for this pack (only for {known}); give the zip's own with --sha256")
    return RELEASES[name].sha256


def _downloaded(url: str, to: Path, fetch: Fetch | None, on_progress: Progress | None) -> Path:
    by_hand = f"download {url} elsewhere and give it with --source"
    if fetch is None:
        raise ModelMissing(f"{url}: nothing is downloaded here; {by_hand}")
    try:
        # the address is ours; what comes is believed only after its hash
        with fetch(url) as (pieces, total), to.open("wb") as out:
            _copy(pieces, out, total, on_progress)
    except NotReachable as error:
        raise ModelMissing(f"{error}; {by_hand}") from error
    return to


def _copy(pieces: Iterator[bytes], out: IO[bytes], total: int | None, on_progress: Progress | None) -> None:
    done = 0
    for piece in pieces:
        done += len(piece)
        if done > MOST_BYTES:
            raise BadInput("the download is larger than any pack; nothing was installed")
        out.write(piece)
        if on_progress is not None:
            on_progress(done, total)


def _check_hash(archive: Path, expected: str) -> None:
    if not archive.is_file():
        raise BadInput(f"{archive}: is no file")
    with archive.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        raise BadInput(f"{archive.name}: SHA-256 is {found}, not {expected}; cut off or another file, not installed")


def _unpack(archive: Path, into: Path) -> None:
    """The .onnx files of the zip, side by side in the new folder `into`; any other file is left out."""
    into.mkdir()
    try:
        with zipfile.ZipFile(archive) as pack:
            members = [member for member in pack.infolist() if not member.is_dir()]
            models = [member for member in members if member.filename.endswith(".onnx")]
            if not models or len(members) > MOST_FILES:
                raise BadInput(f"{archive.name}: holds {len(models)} .onnx files among {len(members)}; that is no pack")
            room = MOST_BYTES
            for name, member in [(_safe_name(member), member) for member in models]:
                with pack.open(member) as stream, (into / name).open("xb") as out:
                    room -= _limited_copy(stream, out, room, archive.name)
    except FileExistsError as error:
        raise BadInput(f"{archive.name}: holds two files of one name; nothing was installed") from error
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, zlib.error) as error:
        raise BadInput(f"{archive.name}: is no zip that can be unpacked ({error})") from error


def _safe_name(member: zipfile.ZipInfo) -> str:
    """The bare file name of a member; refuses paths that lead out, links, and odd names."""
    path = PurePosixPath(member.filename)
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    leads_out = path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename
    if is_link or leads_out or not _NAME.fullmatch(path.name):
        raise BadInput(f"the zip holds {member.filename!r}, which is unsafe to unpack; nothing was installed")
    return path.name


def _limited_copy(stream: IO[bytes], out: IO[bytes], room: int, name: str) -> int:
    """Copies at most `room` bytes, whatever the zip's own sizes say; gives the number copied."""
    done = 0
    while chunk := stream.read(_CHUNK):
        done += len(chunk)
        if done > room:
            raise BadInput(f"{name}: unpacks to more than {MOST_BYTES / 1024**3:g} GiB; nothing was installed")
        out.write(chunk)
    out.flush()
    os.fsync(out.fileno())
    return done


def _as_ours(error: OSError, name: str, models_dir: Path) -> BadInput | DiskFull | Conflict:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"{models_dir}: no room for {name}; nothing was installed")
    if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
        return Conflict(f"{models_dir / name} is in the way; remove it first")
    return BadInput(f"{models_dir}: {name} cannot be installed ({error.strerror})")
