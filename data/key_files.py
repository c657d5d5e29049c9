"""Keys that lie in files of their own below the home folder, and in no database and no backup."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from data.files import fsync_folder


def key_in(path: Path, make: Callable[[], bytes]) -> bytes:
    """The key in a file; where there is none yet, a new one, there whole or not at all.

    Another process that makes one at the same moment wins.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(make())
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
        fsync_folder(path.parent)
    return path.read_bytes()
