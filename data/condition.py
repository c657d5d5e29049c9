"""A look at a store from outside: whether it can be reached, is migrated, sound and complete. Nothing is created,
migrated or changed by looking."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from data import schema
from data.errors import LastSeenError, NotFound
from data.leases import DEAD_AFTER_S
from data.models import utc_now

CONNECT_S = 5


@dataclass(frozen=True)
class JobsCount:
    """How many jobs are in one state, and since when the oldest of them is."""

    state: str
    count: int
    oldest: datetime


@dataclass(frozen=True)
class WorkerSeen:
    """A worker that left its heartbeat in the store."""

    name: str
    ago: timedelta
    can_reach_files: bool

    @property
    def is_alive(self) -> bool:
        return self.ago < timedelta(seconds=2 * DEAD_AFTER_S)  # at half of that its jobs are free to others


@dataclass(frozen=True)
class KeptFile:
    """A file that a row of the store speaks of."""

    sha256: str
    of: str


class Look:
    """A store's database, opened for looking only."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """A connection for questions of one's own."""
        with said_plainly(), self._engine.connect() as connection:
            yield connection

    @property
    def schema(self) -> str | None:
        """The migration the database stands at; None in an empty one."""
        if not self._has("alembic_version"):
            return None
        found = self._rows(sa.text("SELECT version_num FROM alembic_version"))
        return str(found[0]["version_num"]) if found else None

    @property
    def server(self) -> str:
        """Kind and version, for people: SQLite 3.46.1, PostgreSQL 15.14."""
        if self._engine.dialect.name == "sqlite":
            return f"SQLite {sqlite3.sqlite_version}"
        (row,) = self._rows(sa.text("SHOW server_version"))
        return f"PostgreSQL {str(row['server_version']).split(' ')[0]}"

    def damage(self, *, most: int = 5) -> list[str]:
        """What the database itself finds wrong with its contents, at most so many lines; empty when nothing is."""
        if self._engine.dialect.name != "sqlite":
            return []  # PostgreSQL checks its pages when it reads them (initdb --data-checksums)
        found = [str(next(iter(row.values()))) for row in self._rows(sa.text(f"PRAGMA quick_check({most:d})"))]
        wrong = [line for line in found if line != "ok"]
        torn = self._rows(sa.text("PRAGMA foreign_key_check"))[:most]
        return wrong + [f"a row of {row['table']} refers to one of {row['parent']} that is not there" for row in torn]

    def jobs(self) -> list[JobsCount]:
        """The jobs of each state."""
        jobs = schema.jobs
        query = sa.select(jobs.c.state, sa.func.count().label("n"), sa.func.min(jobs.c.created_at).label("oldest"))
        # min() of a column keeps its type, so the time comes back aware
        return [JobsCount(str(r["state"]), int(r["n"]), r["oldest"]) for r in self._rows(query.group_by(jobs.c.state))]

    def workers(self) -> list[WorkerSeen] | None:
        """Heartbeats, newest first; None where this database has no table of workers."""
        table = schema.workers
        if not self._has(table.name):
            return None
        query = sa.select(table.c.name, table.c.beat_at, table.c.can_reach_files).order_by(table.c.beat_at.desc())
        rows, now = self._rows(query), self._now()
        return [WorkerSeen(str(row["name"]), now - row["beat_at"], bool(row["can_reach_files"])) for row in rows]

    def _now(self) -> datetime:
        """The store's own clock: a heartbeat is written by it."""
        if self._engine.dialect.name == "sqlite":
            return utc_now()
        (row,) = self._rows(sa.text("SELECT clock_timestamp() AS now"))
        found: datetime = row["now"]
        return found

    def newest_entry(self) -> datetime | None:
        """When the last audit entry was made."""
        (row,) = self._rows(sa.select(sa.func.max(schema.audit.c.at).label("at")))
        found: datetime | None = row["at"]
        return found.astimezone(UTC) if found else None

    def entry_count(self) -> int:
        """How many entries the record has."""
        (row,) = self._rows(sa.select(sa.func.count().label("n")).select_from(schema.audit))
        return int(row["n"])

    def damaged_originals(self) -> list[tuple[str, str]]:
        """(SHA-256, outcome) of each original that was not sound when it was last read."""
        table = schema.file_checks
        query = sa.select(table.c.content, table.c.outcome).where(table.c.outcome != "sound").order_by(table.c.content)
        return [(str(row["content"]), str(row["outcome"])) for row in self._rows(query)]

    def files(self) -> Iterator[KeptFile]:
        """Every file that the store speaks of, each once."""
        seen: set[str] = set()
        for table in schema.metadata.sorted_tables:
            if table.name == "uploads":
                continue  # what was uploaded and never taken into a case may be tidied away
            for column in table.columns:
                if column.name.endswith("sha256"):
                    for row in self._rows(sa.select(column.label("sha256")).where(column.is_not(None)).distinct()):
                        if row["sha256"] and row["sha256"] not in seen:
                            seen.add(row["sha256"])
                            yield KeptFile(row["sha256"], table.name)
        for row in self._rows(sa.select(schema.segments.c.result)):
            for track in row["result"].get("tracks", []):
                for name in ("crop", "context"):
                    if track.get(name) and track[name] not in seen:
                        seen.add(track[name])
                        yield KeptFile(track[name], "segments")

    def _has(self, table: str) -> bool:
        with said_plainly():
            return sa.inspect(self._engine).has_table(table)

    def _rows(self, query: Any) -> list[sa.RowMapping]:
        with said_plainly(), self._engine.connect() as connection:
            return list(connection.execute(query).mappings())


@contextmanager
def said_plainly() -> Iterator[None]:
    """The database's own errors as one line of ours, without its addresses and queries."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise LastSeenError(f"store: {' '.join(str(cause).split())[:300]}") from error
    except sqlite3.Error as error:
        raise LastSeenError(f"store: {error}") from error


@cache
def wanted_schema() -> str:
    """The migration that this version of LastSeen works with."""
    return str(ScriptDirectory(str(Path(__file__).parent / "migrations")).get_current_head())


@contextmanager
def look(home: Path, database_url: str = "") -> Iterator[Look]:
    """Look at the store of `home`, or at the one `database_url` names.

    NotFound where there is none yet, LastSeenError, in one line, where it cannot be reached or read.
    """
    engine = _reached(database_url) if database_url else _read_only(home / "store.sqlite")
    try:
        with said_plainly(), engine.connect():
            pass
        yield Look(engine)
    finally:
        engine.dispose()


def _reached(url: str) -> sa.Engine:
    with said_plainly():
        return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": CONNECT_S})


def _read_only(path: Path) -> sa.Engine:
    if not path.is_file():
        raise NotFound(f"store: there is none yet at {path}")
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    return sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True, timeout=CONNECT_S), poolclass=sa.NullPool
    )
