"""Footage laid into a folder on the server is taken in by itself, and then waits on the Footage page for its details.

A file is taken once it has not changed for a while. Afterwards it lies in the folder's `done`, or in `refused` with the
reason beside it. Links, pipes, devices, folders and hidden files are never opened. Whatever dies half-way, the file is
taken in the end, and once: its id follows from what it is.
"""

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from casework.access import for_machines
from casework.uploads import FOOTAGE, Desk
from data.errors import BadInput, DiskFull, LastSeenError, NotFound, TooLarge
from data.files import CHUNK, fsync_folder
from data.models import Upload
from data.upload_rows import upload, upload_count

STILL_S = 20.0
"""For how long a file must not have changed: a copy over a network may pause."""
HOW = "inbox"
_DONE, _REFUSED, _LOCK = "done", "refused", ".lastseen-lock"
_PATH_TEXT = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Taken:
    """What became of one file: taken in as `upload`, or, where that is None, refused or left for later: `why`."""

    name: str
    upload: Upload | None
    why: str = ""


@for_machines
def look(desk: Desk, folder: Path, *, still_s: float = STILL_S) -> list[Taken]:
    """Take in what lies in the folder and has stopped growing; nothing while another worker looks into it.

    Files for which the disk has no room stay where they are until it has. NotFound when there is no such folder.
    """
    if not folder.is_dir():
        raise NotFound(f"inbox: {folder} is no folder")
    with _alone(folder) as is_mine:
        if not is_mine:
            return []
        for name in (_DONE, _REFUSED):
            if (folder / name).is_symlink():
                raise BadInput(f"inbox: {folder / name} is a link; make it a folder")
            (folder / name).mkdir(exist_ok=True)
        return [_one(desk, folder, path, known) for path, known in _candidates(folder, still_s)]


def _candidates(folder: Path, still_s: float) -> list[tuple[Path, os.stat_result]]:
    """Plain files that show themselves and have not changed for `still_s`, oldest first."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
                continue
            known = entry.stat(follow_symlinks=False)
            # the change time too: who copies a file may give it back the old modification time
            if time() - max(known.st_ctime, known.st_mtime) >= still_s:
                found.append((Path(entry.path), known))
    return sorted(found, key=lambda pair: (pair[1].st_mtime_ns, pair[0].name))


def _one(desk: Desk, folder: Path, path: Path, known: os.stat_result) -> Taken:
    name = _PATH_TEXT.sub("�", path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    try:
        taken = _take(desk, path, known, name)
    except (DiskFull, BlockingIOError) as error:
        return Taken(name, None, str(error))
    except FileNotFoundError:
        return Taken(name, None, f"{name}: was taken away")
    except (LastSeenError, OSError) as error:
        why = str(error) if isinstance(error, LastSeenError) else f"{name}: cannot be read ({error.strerror})"
        lies = _move(path, folder / _REFUSED)
        with suppress(OSError), lies.with_name(f"{lies.name[:200]}.reason.txt").open("x", encoding="utf-8") as beside:
            beside.write(f"{why}\n")
        return Taken(name, None, why)
    _move(path, folder / _DONE)
    return Taken(name, taken)


def _take(desk: Desk, path: Path, known: os.stat_result, name: str) -> Upload:
    limit = desk.limit_bytes(FOOTAGE)
    if known.st_size == 0:
        raise BadInput(f"{name}: the file is empty")
    if known.st_size > limit:
        raise TooLarge(f"{name}: has {known.st_size:,} bytes, and at most {limit:,} are taken")
    id = _id_of(path.name, known)
    try:
        return upload(desk.store, id)  # taken before, and the power went before it was moved
    except NotFound:
        pass
    if upload_count(desk.store) >= desk.max_uploads:
        raise BlockingIOError(f"{name}: {desk.max_uploads} files wait for their details already")
    desk.partials.check_room(known.st_size, name)
    sha256 = _copied(desk, path, known, id, name)
    at = desk.clock()
    made = Upload(
        id, name[:255], known.st_size, FOOTAGE, at, received_bytes=known.st_size, by=HOW, how=HOW, sha256=sha256
    )
    with desk.store.writing() as writing:
        writing.add(made)
        writing.audit(
            at=at, by=HOW, action="file received", case_id=None, upload=id, name=made.name, purpose=FOOTAGE,
            size_bytes=made.size_bytes, sha256=sha256,
        )  # fmt: skip
    return made


def _copied(desk: Desk, path: Path, known: os.stat_result, id: str, name: str) -> str:
    """Copy the file below the uploads, and hash what was copied. BlockingIOError when it changes meanwhile."""
    # a pipe or a link put in its place at this moment neither blocks nor is followed
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as source:
        if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            raise BadInput(f"{name}: is no plain file")
        desk.partials.remove(id)  # half a copy from before
        desk.partials.create(id)
        part = desk.partials.open(id, name)
        try:
            digest = hashlib.sha256()
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                part.write(chunk)
            part.sync()
            now = os.fstat(source.fileno())
            if (now.st_size, now.st_mtime_ns) != (known.st_size, known.st_mtime_ns):
                raise BlockingIOError(f"{name}: has changed while it was read")
        except BaseException:
            desk.partials.remove(id)
            raise
        finally:
            part.close()
    return digest.hexdigest()


def _id_of(name: str, known: os.stat_result) -> str:
    what = f"{name}\0{known.st_size}\0{known.st_mtime_ns}\0{known.st_ino}"
    return hashlib.sha256(what.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _move(path: Path, into: Path) -> Path:
    """Move the file, under another name where its own is taken; where it lies now."""
    for number in range(1, 10_000):
        there = into / (path.name if number == 1 else f"{path.stem}-{number}{path.suffix}")
        if not there.exists() and not there.is_symlink():
            path.rename(there)
            fsync_folder(into)
            return there
    raise BadInput(f"inbox: too many files named {path.name} in {into}")


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other worker looks into the folder at this moment."""
    # opened without following a link: what it leads to is nobody's business
    with os.fdopen(os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
