"""Simulated power cuts: no acknowledged upload, review or audit entry may be lost.      make power-test [N=50]

A small ext4 lies in an image file behind a loop device. A child works on it with the real store and the real files,
and says through a pipe, after each verb returned, what it was promised. At a random moment the file system is shut
down (PRAGMAS = database._SQLITE_PRAGMAS
EXT4_IOC_SHUTDOWN without flushing its log: whatever was not fsynced is gone, as when the plug is pulled), the
child is killed, the image is unmounted and mounted again, and everything promised so far is looked for. The cuts go on
on the same disk, so that recovery is tried upon recovery.

What was promised counts if it was said before the shutdown began: a machine without power says nothing, but here an
fsync that overlaps the shutdown may return as if it had succeeded, and its promise slip out. Of eight threads that do
nothing but append and fsync, 200 cuts lost 43 of 173 promises said during the shutdown and 0 of 43,362 said before.

What this cannot show: a drive that says its cache is written when it is not.
"""

import argparse
import fcntl
import hashlib
import io
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sqlalchemy as sa

from casework import cases, review
from casework.access import Machine
from casework.footage import Details, add_uploaded
from casework.uploads import Desk, begin_upload, receive
from data import database, upload_rows
from data.condition import look
from data.models import (
    Camera,
    FaceTrack,
    Footage,
    Job,
    JobState,
    Match,
    MatchState,
    Sighting,
    Verdict,
    utc_now,
)
from data.store import Store, open_store
from data.uploads import Partials

PRAGMAS = database._SQLITE_PRAGMAS
EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
IMAGE_MB = 256
BREAKS = ("synchronous", "fsync")
Promise = dict[str, str]
Say = Callable[[Promise], None]


def cannot_run() -> str | None:
    """Why this machine cannot simulate power cuts; None when it can."""
    if os.geteuid() != 0:
        return "needs root, to mount a file system"
    if missing := [tool for tool in ("mkfs.ext4", "mount", "umount") if not _tool(tool)]:
        return f"needs {', '.join(missing)}"
    if not Path("/dev/loop-control").exists():
        return "needs loop devices (/dev/loop-control)"
    try:
        with tempfile.TemporaryDirectory() as folder, disk(Path(folder), megabytes=16) as tried:
            tried.cut()
    except OSError as error:
        return f"cannot mount or cut off a file system here ({error})"
    return None


def _tool(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _run(tool: str, *args: str | Path) -> None:
    done = subprocess.run([_tool(tool) or tool, *map(str, args)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{tool}: {done.stderr.strip() or done.stdout.strip()}")


@dataclass(frozen=True)
class Disk:
    """An ext4 in an image file, and the folder it is mounted on."""

    image: Path
    folder: Path

    def make(self, megabytes: int) -> None:
        with self.image.open("wb") as file:
            file.truncate(megabytes << 20)
        self.folder.mkdir()
        _run("mkfs.ext4", "-q", "-F", self.image)

    def mount(self) -> None:
        _run("mount", "-o", "loop", self.image, self.folder)

    def unmount(self) -> None:
        for attempt in range(50):
            try:
                _run("umount", self.folder)
            except OSError:
                if attempt == 49:
                    raise
                time.sleep(0.1)
            else:
                return

    def cut(self) -> int:
        """Pull the plug; the moment just before, of the monotonic clock in nanoseconds."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            began = time.monotonic_ns()
            fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(handle)
        return began


@contextmanager
def disk(parent: Path, *, megabytes: int = IMAGE_MB) -> Iterator[Disk]:
    """A disk in a folder of its own, unmounted and removed afterwards."""
    with tempfile.TemporaryDirectory(dir=parent, prefix="power-") as folder:
        made = Disk(Path(folder) / "disk.img", Path(folder) / "disk")
        made.make(megabytes)
        made.mount()
        try:
            yield made
        finally:
            if os.path.ismount(made.folder):
                made.unmount()


# the work


def prepare(store: Store) -> None:
    """A case with a candidate to decide on; settled on the disk before the first cut."""
    case = cases.open_case(store, number="2026-1", name="Aino", by="power test")
    at = utc_now() - timedelta(days=1)
    with store.writing() as writing:
        writing.add(Camera("cam-1", "Camera 1", 60.17, 24.94))
        writing.add(Footage("f-1", case.id, "cam-1", "", "clip.mp4", 1, at, 0.0, at))
        writing.add(Job("j-1", "scan", case.id, "f-1", "fake", JobState.DONE, at))
        track = FaceTrack("t-1", "j-1", 0, 1.0, 2.0, 1.5, (0.0, 0.0, 90.0, 90.0), 3, 0.7, 0.8, "container")
        writing.put_track(track)
        writing.add_match(Match("m-1", case.id, "f-1", track, "fake", 0.4, 0.6, MatchState.TO_REVIEW, at))


def send_for_ever(store: Store, case_id: str, say: Say) -> None:
    """Footage that arrives in pieces, each acknowledged, and is then kept as evidence."""
    dice = random.Random()
    desk = desk_of(store)
    while True:
        content = dice.randbytes(dice.choice((30_000, 700_000)))
        whole = hashlib.sha256(content).hexdigest()
        upload = begin_upload(desk, name="clip.mp4", size_bytes=len(content), case_id=case_id, by="power test")
        say({"kind": "begun upload", "id": upload.id, "sha256": whole, "bytes": "0", "begins": ""})
        while upload.received_bytes < len(content):
            offset = upload.received_bytes
            with receive(desk, upload.id, offset=offset) as receiving:
                receiving.write(content[offset : offset + 100_000])
                upload = receiving.finish()
            begins = hashlib.sha256(content[: upload.received_bytes]).hexdigest()
            known = {"id": upload.id, "sha256": whole, "bytes": str(upload.received_bytes), "begins": begins}
            say({"kind": "piece of an upload", **known})
        details = Details("cam-1", utc_now() - timedelta(days=1))
        footage = add_uploaded(desk, upload.id, case_id, details=details, by="power test")
        say({"kind": "footage", "id": footage.id, "sha256": whole})


def desk_of(store: Store) -> Desk:
    return Desk(store, Partials(store.files.folder.parent / "uploads"), 1 << 30, max_uploads=1_000_000)


def upload_for_ever(store: Store, case_id: str, say: Say) -> None:
    dice = random.Random()
    while True:
        content = dice.randbytes(dice.choice((1_000, 60_000, 900_000)))
        photo = cases.add_photo(store, case_id, stream=io.BytesIO(content), original_name="a.jpg", by="power test")
        say({"kind": "photo", "id": photo.id, "sha256": hashlib.sha256(content).hexdigest()})


def review_for_ever(store: Store, _case_id: str, say: Say) -> None:
    while True:
        for verdict in (Verdict.CONFIRM, Verdict.UNDO, Verdict.REJECT, Verdict.UNDO):
            review.decide(store, "m-1", verdict=verdict, by="power test")
            say({"kind": "review", "id": store.reviews("m-1")[-1].id})


def sight_for_ever(store: Store, case_id: str, say: Say) -> None:
    while True:
        sighting = Sighting(cases.new_id(), case_id, 60.17, 24.94, 30.0, utc_now() - timedelta(hours=1))
        cases.add_sighting(store, sighting, by="power test")
        say({"kind": "sighting", "id": sighting.id})


def work(home: Path, pipe: int, broken: str | None) -> None:
    """What the child does until the plug is pulled."""
    if broken == "fsync":
        os.fsync = lambda _handle: None  # type: ignore[assignment]
    if broken == "synchronous":
        database._SQLITE_PRAGMAS = tuple(p.replace("synchronous=FULL", "synchronous=OFF") for p in PRAGMAS)
    store = open_store(home).guarded(Machine("power test"))
    lock = threading.Lock()
    case_id = store.cases()[0].id

    def say(promise: Promise) -> None:
        with lock:
            os.write(pipe, (json.dumps(promise | {"at": str(time.monotonic_ns())}) + "\n").encode())

    jobs = [review_for_ever, sight_for_ever]
    if broken != "synchronous":  # every upload's fsync writes the whole log of the file system, the database's part too
        jobs += [upload_for_ever, send_for_ever]
    for job in jobs:
        threading.Thread(target=job, args=(store, case_id, say), daemon=True).start()
    time.sleep(3600)


def child(home: Path, broken: str | None) -> tuple[int, int]:
    """Start the work; (process id, end of the pipe that its promises come from)."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        # a dying disk makes it complain; that is expected
        os.dup2(os.open(home.parent.parent / "child.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        try:
            work(home, write, broken)
        finally:
            traceback.print_exc()
            os._exit(1)
    os.close(write)
    return pid, read


# the cuts


@dataclass
class Outcome:
    """What was promised in all cuts so far, and what was found broken."""

    promised: list[Promise] = field(default_factory=list)
    too_late: list[Promise] = field(default_factory=list)
    cuts: int = 0
    recover_s: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def in_words(self) -> str:
        kinds = Counter(promise["kind"] for promise in self.promised)
        told = ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items()))
        slowest = max(self.recover_s, default=0.0)
        return (
            f"{self.cuts} power cuts; acknowledged: {told}; lost or broken: {len(self.lost)}; "
            f"slowest mount and opening after a cut {slowest:.2f} s; said during a cut and not counted: "
            f"{len(self.too_late)}"
        )


def cut_once(on: Disk, outcome: Outcome, dice: random.Random, broken: str | None) -> None:
    """Let the child work, pull the plug at a random moment, and bring the disk back."""
    pid, pipe = child(on.folder / "home", broken)
    told = os.read(pipe, 1 << 16)  # the first promise: it works
    if not told:
        raise RuntimeError(f"the child promised nothing: {(on.folder.parent / 'child.log').read_text()[-2000:]}")
    time.sleep(dice.uniform(0.0, 1.2))
    cut_at = on.cut()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while more := os.read(pipe, 1 << 16):
        told += more
    os.close(pipe)
    for promise in map(json.loads, told.decode().splitlines()):
        # without power nobody says anything any more; here Linux may let an fsync succeed that overlaps the shutdown
        (outcome.promised if int(promise["at"]) < cut_at else outcome.too_late).append(promise)
    outcome.cuts += 1
    on.unmount()
    began = time.monotonic()
    on.mount()
    try:
        open_store(on.folder / "home").close()
    except sa.exc.SQLAlchemyError as error:
        outcome.lost.append(f"the store cannot be opened: {error}")
    outcome.recover_s.append(time.monotonic() - began)


def check(home: Path, promised: list[Promise]) -> list[str]:
    """What of the promises is not true any more, and what else is broken."""
    wrong: list[str] = []
    with look(home) as seen:
        wrong += [f"database: {line}" for line in seen.damage()]
        referred = [file for file in seen.files() if not _is_whole(home, file.sha256)]
        wrong += [f"{file.of}: file {file.sha256[:12]} is missing or changed" for file in referred]
    store = open_store(home).guarded(Machine("power test"))
    kept = Kept(store)
    for promise in promised:
        if not kept.holds(promise):
            wrong.append(f"{promise['kind']} {promise['id']}: acknowledged, and lost{kept.told(promise)}")
    if kept.verdicts != len(kept.reviews):
        wrong.append(f"{len(kept.reviews)} reviews, but {kept.verdicts} audit entries of them")
    store.close()
    return wrong


class Kept:
    """What is there after a cut."""

    def __init__(self, store: Store) -> None:
        self.home = store.files.folder.parent
        self.desk = desk_of(store)
        case_id = store.cases()[0].id
        entries = store.audit_entries(case_id)
        self.named = Counter(str(value) for entry in entries for value in entry.details.values())
        self.verdicts = sum(entry.action.startswith("match ") for entry in entries)
        self.reviews = {known.id for known in store.reviews("m-1")}
        self.sightings = {known.id for known in store.sightings(case_id)}
        self.files = {known.id: known.sha256 for known in (*store.photos(case_id), *store.footages(case_id))}
        self.uploads = {known.id: known for known in upload_rows.uploads(store)}

    def holds(self, promise: Promise) -> bool:
        """Whether a promise is true."""
        id = promise["id"]
        match promise["kind"]:
            case "photo" | "footage":
                is_named = self.named[id] == 1 and self.files.get(id) == promise["sha256"]
                return is_named and _is_whole(self.home, promise["sha256"])
            case "review":
                return id in self.reviews
            case "sighting":
                return id in self.sightings and self.named[id] == 1
            case _:
                return self._holds_piece(promise)

    def told(self, promise: Promise) -> str:
        """What is there of a lost upload."""
        if "bytes" not in promise:
            return ""
        known, path = self.uploads.get(promise["id"]), self.desk.partials.folder / promise["id"]
        row = f"the store says {known.received_bytes} of {known.size_bytes}" if known else "no row of it"
        size = f"{path.stat().st_size} bytes lie here" if path.is_file() else "no bytes of it"
        place = self.home / "files" / promise["sha256"][:2] / promise["sha256"]
        evidence = f", kept file of {place.stat().st_size} bytes" if place.is_file() else ""
        return f" (promised {promise['bytes']} bytes; {row}, {size}{evidence})"

    def _holds_piece(self, promise: Promise) -> bool:
        """What arrived lies among the uploads, or has become evidence as a whole."""
        count, known = int(promise["bytes"]), self.uploads.get(promise["id"])
        if known is None or not (self.desk.partials.folder / known.id).is_file():
            return _is_whole(self.home, promise["sha256"])
        begins = self.desk.partials.path(known.id).read_bytes()[:count]
        is_right = not count or hashlib.sha256(begins).hexdigest() == promise["begins"]
        return known.received_bytes >= count and is_right


def _is_whole(home: Path, sha256: str) -> bool:
    path = home / "files" / sha256[:2] / sha256
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def run(
    cuts: int, *, parent: Path, seed: int, broken: str | None = None, say: Callable[[str], object] = print
) -> Outcome:
    """So many power cuts; ends early when something is lost."""
    dice, outcome = random.Random(seed), Outcome()
    with disk(parent) as on:
        store = open_store(on.folder / "home").guarded(Machine("power test"))
        prepare(store)
        store.close()
        os.sync()
        for number in range(1, cuts + 1):
            before = len(outcome.promised)
            cut_once(on, outcome, dice, broken)
            outcome.lost = outcome.lost or check(on.folder / "home", outcome.promised)
            say(f"cut {number}: {len(outcome.promised) - before} more acknowledged, {len(outcome.lost)} lost or broken")
            if outcome.lost:
                break
    return outcome


def main() -> int:
    asked = argparse.ArgumentParser(description="Simulated power cuts on a loop-mounted ext4.")
    asked.add_argument("cuts", type=int, nargs="?", default=50)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    asked.add_argument("--break", dest="broken", choices=BREAKS, help="take a safeguard away: it must lose something")
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the image file lies")
    given = asked.parse_args()
    if why := cannot_run():
        print(f"SKIPPED: power-test {why}. No power cut was simulated.", file=sys.stderr)
        return 0
    print(f"seed {given.seed}")
    outcome = run(given.cuts, parent=given.folder, seed=given.seed, broken=given.broken)
    print(outcome.in_words())
    for line in outcome.lost[:20]:
        print(f"  {line}")
    return 1 if outcome.lost else 0


if __name__ == "__main__":
    sys.exit(main())
