"""Whether this installation can take work now: what a load balancer asks, cheaply and often."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from data.condition import look, wanted_schema
from data.errors import LastSeenError, NotFound


@dataclass(frozen=True)
class Readiness:
    """What was looked at, and why it is not ready; no reasons: it is."""

    reasons: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        return not self.reasons


def readiness(home: Path, *, database_url: str = "", files_url: str = "", free_bytes: int = 0) -> Readiness:
    """Look at store, disk, files folder and workers; the reasons name neither addresses nor cases."""
    return Readiness((*_of_store(home, database_url), *_of_disk(home, files_url, free_bytes)))


def _of_store(home: Path, database_url: str) -> list[str]:
    try:
        with look(home, database_url) as at:
            if at.schema != wanted_schema():
                return ["store: its tables belong to another version of LastSeen; start LastSeen to upgrade them"]
            seen = at.workers()
    except NotFound:
        return ["store: there is none yet; start LastSeen to make it"]
    except LastSeenError:
        return ["store: cannot be reached; cli.py doctor says why"]
    alive = [worker for worker in seen or [] if worker.is_alive]
    if alive and not any(worker.can_reach_files for worker in alive):
        return ["workers: none of them can reach the files, so nothing is searched"]
    return [] if alive else ["workers: none is running; nothing is searched until one does"]


def _of_disk(home: Path, files_url: str, free_bytes: int) -> list[str]:
    found = []
    folder = home if "://" in files_url else Path(files_url or home / "files")
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), home)
    if not os.access(there, os.W_OK | os.X_OK):
        found.append("files: the folder cannot be written to")
    if (missing := free_bytes - shutil.disk_usage(there).free) > 0:
        found.append(f"disk: {missing:,} bytes too few are free; uploads and searches are refused")
    return found
