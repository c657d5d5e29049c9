"""What a worker is called: always the same for a place on a machine, and never the same for two that run at once."""

import fcntl
import re
import socket
from itertools import count
from pathlib import Path
from typing import BinaryIO

from data.errors import Conflict


def take_name(home: Path, wanted: str | None = None) -> tuple[str, BinaryIO]:
    """A name no other worker on this machine has, and the open file that holds it: the wanted one, or host and number.

    A worker that starts anew gets the lowest free number, so that it takes the place of one that ended. Conflict when
    the wanted name is in use.
    """
    folder = home / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    if wanted is not None:
        held = _lock(folder, wanted)
        if held is None:
            raise Conflict(f"--name {wanted}: a worker with this name is running on this machine")
        return wanted, held
    for number in count(1):
        name = f"{socket.gethostname()}-{number}"
        if (held := _lock(folder, name)) is not None:
            return name, held
    raise AssertionError("numbers do not end")


def database_of(home: Path, name: str) -> Path:
    """Where the worker that holds this name keeps how far it came, on SQLite.

    Each has a file of its own: one that is frozen in the middle of a write would stop all that share the file.
    """
    return _file_of(home / "workers", name, "sqlite")


def _file_of(folder: Path, name: str, suffix: str) -> Path:
    return folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}.{suffix}"


def _lock(folder: Path, name: str) -> BinaryIO | None:
    handle = _file_of(folder, name, "lock").open("ab")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle
