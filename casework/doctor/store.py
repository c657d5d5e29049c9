"""What is remembered and what waits: the store, its files, the jobs, the workers."""

import hashlib
import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from casework.doctor import evidence
from casework.doctor.findings import Finding, Installation, error, ok, warning
from data.condition import KeptFile, Look, look, wanted_schema
from data.errors import LastSeenError, NotFound
from data.files import Files
from data.files_remote import open_files
from data.models import JobState, utc_now

SAMPLE = 50
"""So many files are read and hashed; with --all every one."""
NAMED = 5
SLOW = timedelta(hours=1)
CLOCK_SLACK = timedelta(minutes=5)


def store(at: Installation) -> Iterator[Finding]:
    """Reach the store, and all that can only be asked of it."""
    mend = f"is {at.home} the right folder (LASTSEEN_HOME)? Is the disk mounted?"
    if at.database_url:
        mend = "is the PostgreSQL server up, and is LASTSEEN_DATABASE_URL right? psql with the same address must work"
    try:
        with look(at.home, at.database_url) as seen:
            yield ok("store", f"reached: {seen.server}")
            yield from _opened(at, seen)
    except NotFound as problem:
        yield warning("store", str(problem), "start LastSeen (make run) to make it, or set LASTSEEN_HOME")
    except LastSeenError as problem:
        yield error("store", str(problem), mend)


def _opened(at: Installation, seen: Look) -> Iterator[Finding]:
    stands, wanted = seen.schema, wanted_schema()
    damage = seen.damage()
    for line in damage:
        yield error(
            "store", f"damaged: {line}", "stop LastSeen, keep a copy of the folder, and restore the newest backup"
        )
    if not damage:
        yield ok("store", "the database finds no damage in itself")
    if stands != wanted:
        yield _other_schema(stands, wanted)
        return
    yield ok("store", f"its tables are those of this version (schema {stands})")
    yield from _times(seen)
    yield from _jobs(seen)
    yield from _workers(seen)
    yield from _files(at, seen)
    yield from evidence.record(at, seen)


def _other_schema(stands: str | None, wanted: str) -> Finding:
    if stands is None or stands < wanted:
        mend = "make a backup (cli.py backup), then start LastSeen, which upgrades them"
        return error("store", f"its tables are older than this version ({stands or 'empty'}, wanted {wanted})", mend)
    mend = "install the newer LastSeen again, or restore a backup made before"
    return error("store", f"a newer LastSeen wrote here ({stands}; this one knows {wanted})", mend)


def _times(seen: Look) -> Iterator[Finding]:
    newest = seen.newest_entry()
    if newest is not None and newest > utc_now() + CLOCK_SLACK:
        yield error(
            "clock", f"the store's newest entry is of {newest:%Y-%m-%d %H:%M} UTC, which is still to come",
            "set the clock right before anybody works on a case",
        )  # fmt: skip


def _jobs(seen: Look) -> Iterator[Finding]:
    counts = {count.state: count for count in seen.jobs()}
    waiting = counts.get(JobState.QUEUED)
    running = counts[JobState.RUNNING].count if JobState.RUNNING in counts else 0
    if JobState.PAUSED in counts:
        others = f"{running} running, {counts[JobState.PAUSED].count} paused (the Footage page says why)"
    else:
        others = f"{running} running"
    if waiting is None:
        yield ok("queue", f"no job waits; {others}")
    else:
        age = utc_now() - waiting.oldest
        said = f"{waiting.count} jobs wait, the oldest for {_told(age)}; {others}"
        if age > SLOW:
            mend = "start a worker (cli.py worker) where none runs, or one more; see the Footage page for what it does"
            yield warning("queue", said, mend)
        else:
            yield ok("queue", said)
    if failed := counts.get(JobState.FAILED):
        yield warning(
            "queue", f"{failed.count} jobs failed, the first {_told(utc_now() - failed.oldest)} ago",
            "the Footage and Case pages say why, and can try again",
        )  # fmt: skip


def _workers(seen: Look) -> Iterator[Finding]:
    known = seen.workers()
    if known is None:
        return
    fresh = [worker for worker in known if worker.is_alive]
    for worker in fresh:
        if worker.can_reach_files:
            yield ok("worker", f"{worker.name} is alive")
        else:
            yield error(
                "worker", f"{worker.name} is alive, but cannot reach the files, so it does nothing",
                "mount the same folder there, or set LASTSEEN_FILES_URL and its keys as for the web page",
            )  # fmt: skip
    if not fresh:
        last = f"; the last was {known[0].name}, {_told(known[0].ago)} ago" if known else ""
        yield error("worker", f"none runs, so nothing is searched{last}", "start one: cli.py worker, or make run")


def _told(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _files(at: Installation, seen: Look) -> Iterator[Finding]:
    known = list(seen.files())
    try:
        files = open_files(at.home, at.files_url)
        here = {sha256 for sha256, _ in files.hashes()}
        read = [file for file in known if file.sha256 in here]
        if not at.all_files:
            read = random.sample(read, min(SAMPLE, len(read)))
        changed = [file for file in read if _sha256(files, file) != file.sha256]
    except (LastSeenError, OSError) as problem:
        yield error("files", str(problem), "mount the folder, or make LASTSEEN_FILES_URL and its keys right")
        return
    missing = [file for file in known if file.sha256 not in here]
    mend = "restore them from a backup; each lies under the first two letters of its name"
    yield from _named("missing", missing, mend)
    yield from _named("changed or cannot be read", changed, mend)
    if not missing and not changed:
        how = "each was read and hashed" if at.all_files else f"{len(read)} of them, picked at random, were hashed"
        yield ok("files", f"all {len(known)} files of the store are there; {how}")


def _named(what: str, files: list[KeptFile], mend: str) -> Iterator[Finding]:
    for file in islice(files, NAMED):
        yield error("files", f"{file.sha256} ({file.of}) is {what}", mend)
    if len(files) > NAMED:
        yield error("files", f"{len(files) - NAMED} more files are {what}", mend)


def _sha256(files: Files, file: KeptFile) -> str:
    digest = hashlib.sha256()
    try:
        for chunk in files.chunks(file.sha256):
            digest.update(chunk)
    except (NotFound, OSError):
        return ""
    return digest.hexdigest()
