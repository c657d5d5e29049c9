"""Exports that a person asks for on the page: each is made by a process of its own, and fetched when it is done.

What is asked for, how far it is, and the finished file lie in the home's folder `exports`, on the machine of the web
door. A finished export is removed after a week: it holds all of a case.
"""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from casework.access import checks_itself, for_machines, guard_of, needs
from casework.governance import check_release
from data.errors import Conflict, NotFound
from data.models import Permission, utc_now
from data.store import Store

PROJECT = Path(__file__).resolve().parents[1]
KEPT = timedelta(days=7)
_ID = re.compile("[0-9a-f]{32}")
_MOST_WORDS = 300
_STARTED: "dict[int, subprocess.Popen[bytes]]" = {}
"""Those that this process began, to be let go when they have ended."""


@dataclass(frozen=True)
class Asked:
    """An export that was asked for. `share` is how much of it is done; `error` is why it failed, "" else."""

    id: str
    case_id: str
    is_redacted: bool
    by: str
    asked_at: datetime
    pid: int = 0
    share: float = 0.0
    doing: str = ""
    is_done: bool = False
    error: str = ""


@needs(Permission.EXPORT)
def ask_export(store: Store, case_id: str, *, is_redacted: bool, by: str, command: list[str] | None = None) -> Asked:
    """Begin an export of the case. Conflict while one is under way; NotAllowed where a child was not released."""
    case = store.case(case_id)
    check_release(case, utc_now())
    if any(not asked.is_done and not asked.error for asked in _of_case(store, case_id)):
        raise Conflict("an export of this case is under way; wait for it to end")
    asked = Asked(secrets.token_hex(16), case_id, is_redacted, by, utc_now())
    folder = _folder(store)
    _keep(folder, asked)
    start = command or [sys.executable, str(PROJECT / "cli.py")]
    arguments = ["export", case_id, "--out", str(_file(folder, asked.id)), "--by", by]
    arguments += ["--progress", str(_said(folder, asked.id)), *(["--redacted"] if is_redacted else [])]
    log = folder / f"{asked.id}.log"
    with log.open("wb") as out:
        environment = {**os.environ, "LASTSEEN_HOME": str(store.database.home)}
        process = subprocess.Popen(
            [*start, *arguments], stdout=out, stderr=out, cwd=PROJECT, env=environment, start_new_session=True
        )
    _STARTED[process.pid] = process
    asked = replace(asked, pid=process.pid)
    _keep(folder, asked)
    return asked


@needs(Permission.EXPORT)
def exports(store: Store, case_id: str) -> list[Asked]:
    """What was asked for, the newest first, and how far each is."""
    return _of_case(store, case_id)


@checks_itself
def finished_export(store: Store, export_id: str) -> tuple[Asked, Path]:
    """The file of a finished export. NotFound for one that is none, is not done, or is of a case that is not seen;
    NotAllowed for who may not export it."""
    folder = _folder(store)
    asked = _read(folder, export_id) if _ID.fullmatch(export_id) else None
    if asked is None or not store.sees(asked.case_id):
        raise NotFound("export: there is none of this name; it is removed after a week")
    guard_of(store).check(Permission.EXPORT, asked.case_id)
    check_release(store.case(asked.case_id), utc_now())
    if not asked.is_done:
        raise NotFound("export: is not done yet")
    return asked, _file(folder, export_id)


@needs(Permission.EXPORT)
def note_fetched(store: Store, case_id: str, *, export_id: str, by: str) -> None:
    """Say in the record who took a finished export with them."""
    with store.writing() as writing:
        writing.audit(at=utc_now(), by=by, action="export fetched", case_id=case_id, export=export_id)


@needs(Permission.EXPORT)
def drop_export(store: Store, case_id: str, *, export_id: str, by: str) -> None:
    """Remove an export, done or not; nothing of the case itself changes."""
    for asked in _of_case(store, case_id):
        if asked.id == export_id:
            _remove(_folder(store), asked)
            with store.writing() as writing:
                writing.audit(at=utc_now(), by=by, action="export removed", case_id=case_id, export=export_id)


@for_machines
def remove_old_exports(store: Store, *, now: datetime | None = None) -> int:
    """Remove exports that were asked for more than a week ago; how many."""
    folder, since = _folder(store), (now or utc_now()) - KEPT
    old = [asked for asked in _all(folder) if asked.asked_at < since]
    for asked in old:
        _remove(folder, asked)
    return len(old)


def remove_exports_of(home: Path, case_id: str) -> int:
    """Remove every export of a case, as a purge must; how many."""
    folder = home / "exports"
    mine = [asked for asked in _all(folder) if asked.case_id == case_id]
    for asked in mine:
        _remove(folder, asked)
    return len(mine)


def saying(path: Path | None) -> Callable[[str, float], object]:
    """What tells how far an export is, in a file that the page reads."""

    def say(doing: str, share: float) -> None:
        if path is not None:
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps({"doing": doing[:_MOST_WORDS], "share": share}))
            fresh.replace(path)

    return say


def _of_case(store: Store, case_id: str) -> list[Asked]:
    return [asked for asked in _all(_folder(store)) if asked.case_id == case_id]


def _all(folder: Path) -> list[Asked]:
    found = [_read(folder, path.stem) for path in folder.glob("*.json") if _ID.fullmatch(path.stem)]
    return sorted((asked for asked in found if asked is not None), key=lambda asked: asked.asked_at, reverse=True)


def _folder(store: Store) -> Path:
    folder = store.database.home / "exports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _file(folder: Path, export_id: str) -> Path:
    return folder / f"{export_id}.zip"


def _said(folder: Path, export_id: str) -> Path:
    return folder / f"{export_id}.said"


def _keep(folder: Path, asked: Asked) -> None:
    fresh = folder / f"{asked.id}.fresh"
    fresh.write_text(json.dumps(asdict(asked) | {"asked_at": asked.asked_at.isoformat()}))
    fresh.replace(folder / f"{asked.id}.json")


def _read(folder: Path, export_id: str) -> Asked | None:
    """What is kept of an export, with how far it is now."""
    try:
        kept = json.loads((folder / f"{export_id}.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    asked = Asked(**kept | {"asked_at": datetime.fromisoformat(kept["asked_at"])})
    if _file(folder, export_id).is_file():
        return replace(asked, is_done=True, share=1.0)
    if asked.pid and not _runs(asked.pid):
        return replace(asked, error=_last_words(folder / f"{export_id}.log"))
    with suppress(FileNotFoundError, ValueError):
        said = json.loads(_said(folder, export_id).read_text())
        return replace(asked, doing=str(said["doing"]), share=float(said["share"]))
    return asked


def _runs(pid: int) -> bool:
    """Whether the process is still there and at work."""
    if pid in _STARTED:
        return _STARTED[pid].poll() is None
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return _answers(pid)
    return b"export" in command


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return not Path("/proc").is_dir()


def _last_words(log: Path) -> str:
    with suppress(FileNotFoundError):
        lines = log.read_text("utf-8", "replace").strip().splitlines()
        if lines:
            return lines[-1][:_MOST_WORDS]
    return "it was cut off; ask for it once more"


def _remove(folder: Path, asked: Asked) -> None:
    if asked.pid and not asked.is_done and not asked.error and _runs(asked.pid):
        with suppress(ProcessLookupError):
            os.killpg(asked.pid, signal.SIGKILL)  # it writes into what is removed now
        if asked.pid in _STARTED:
            _STARTED[asked.pid].wait()
    for path in folder.glob(f"{asked.id}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
