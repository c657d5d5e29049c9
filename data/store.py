"""The store: what is remembered, behind plain reads and writes of data.models.

SQLite (WAL, synchronous=FULL: with NORMAL, half of simulated power cuts lost acknowledged rows) or any
database SQLAlchemy reaches. Reads open their own connection; writes happen inside ``with store.writing() as w``,
which is one transaction: all of it is kept, or none.
"""

import errno
import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from data import schema
from data.errors import NotFound
from data.files import Files, saying_disk_full
from data.models import (
    Area,
    AuditEntry,
    Camera,
    Case,
    FaceVectors,
    Footage,
    FootageRequest,
    Job,
    JobState,
    KeptTrack,
    Match,
    MatchState,
    Photo,
    PhotoVectors,
    Review,
    Sighting,
    Verdict,
)
from data.rows import Row, case_of, kept_track_of, match_of, matches_with_tracks, photo_vectors_of, plain, vectors_of
from data.writing import Writing

__all__ = ["Store", "Writing", "open_store"]


class Store:
    """An open store: a database and a folder of files."""

    def __init__(self, engine: sa.Engine, files: Files) -> None:
        self.engine = engine
        self.files = files
        self._writer = engine.execution_options(writes=True)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction; BEGIN IMMEDIATE on SQLite, so that a reader never turns writer half-way."""
        with saying_disk_full("store"):
            try:
                with self._writer.begin() as connection:
                    yield Writing(connection)
            except sa.exc.OperationalError as error:  # while writing, or at the commit
                if "full" in str(error.orig):
                    raise OSError(errno.ENOSPC, "database or disk is full") from error
                raise

    def close(self) -> None:
        self.engine.dispose()

    def _rows(self, query: sa.Select[Any]) -> list[Row]:
        with self.engine.connect() as connection:
            return list(connection.execute(query).mappings())

    def _one(self, table: sa.Table, id: str, what: str) -> Row:
        rows = self._rows(sa.select(table).where(table.c.id == id))
        if not rows:
            raise NotFound(f"{what} {id}: not in the store")
        return rows[0]

    # one thing

    def case(self, id: str) -> Case:
        return case_of(self._one(schema.cases, id, "case"))

    def photo(self, id: str) -> Photo:
        return plain(Photo, self._one(schema.photos, id, "photo"))

    def camera(self, id: str) -> Camera:
        return plain(Camera, self._one(schema.cameras, id, "camera"))

    def footage(self, id: str) -> Footage:
        return plain(Footage, self._one(schema.footage, id, "footage"))

    def sighting(self, id: str) -> Sighting:
        return plain(Sighting, self._one(schema.sightings, id, "sighting"))

    def job(self, id: str) -> Job:
        return plain(Job, self._one(schema.jobs, id, "job"))

    def request(self, id: str) -> FootageRequest:
        return plain(FootageRequest, self._one(schema.requests, id, "request"))

    def match(self, id: str) -> Match:
        rows = self._rows(matches_with_tracks().where(schema.matches.c.id == id))
        if not rows:
            raise NotFound(f"match {id}: not in the store")
        return match_of(rows[0])

    def area(self, case_id: str) -> Area:
        rows = self._rows(sa.select(schema.areas).where(schema.areas.c.case_id == case_id))
        return Area(case_id, tuple(rows[0]["features"]) if rows else ())

    def streets(self, case_id: str) -> tuple[str, str] | None:
        """(sha256, name) of the case's street file; None when it has none."""
        rows = self._rows(sa.select(schema.case_streets).where(schema.case_streets.c.case_id == case_id))
        return (rows[0]["sha256"], rows[0]["name"]) if rows else None

    # many things

    def cases(self) -> list[Case]:
        return [case_of(row) for row in self._rows(sa.select(schema.cases).order_by(schema.cases.c.created_at.desc()))]

    def photos(self, case_id: str) -> list[Photo]:
        """Photos not removed, oldest first."""
        table = schema.photos
        query = sa.select(table).where(table.c.case_id == case_id, table.c.removed_at.is_(None))
        return [plain(Photo, row) for row in self._rows(query.order_by(table.c.added_at, table.c.id))]

    def cameras(self) -> list[Camera]:
        return [plain(Camera, row) for row in self._rows(sa.select(schema.cameras).order_by(schema.cameras.c.id))]

    def sightings(self, case_id: str) -> list[Sighting]:
        """Sightings that stand (not withdrawn), in order of time."""
        table = schema.sightings
        query = sa.select(table).where(table.c.case_id == case_id, table.c.withdrawn_at.is_(None))
        return [plain(Sighting, row) for row in self._rows(query.order_by(table.c.at, table.c.id))]

    def sighting_ids(self, case_id: str) -> frozenset[str]:
        """Ids of all the case's sightings, withdrawn ones too."""
        table = schema.sightings
        return frozenset(row["id"] for row in self._rows(sa.select(table.c.id).where(table.c.case_id == case_id)))

    def footages(self, case_id: str) -> list[Footage]:
        table = schema.footage
        query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.added_at.desc(), table.c.id)
        return [plain(Footage, row) for row in self._rows(query)]

    def requests(self, case_id: str) -> list[FootageRequest]:
        """Footage requests, oldest first."""
        table = schema.requests
        query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.created_at, table.c.id)
        return [plain(FootageRequest, row) for row in self._rows(query)]

    def jobs(self, *, case_id: str | None = None, of_id: str | None = None, open_only: bool = False) -> list[Job]:
        """Jobs, newest first."""
        table = schema.jobs
        query = sa.select(table).order_by(table.c.created_at.desc(), table.c.id)
        if case_id is not None:
            query = query.where(table.c.case_id == case_id)
        if of_id is not None:
            query = query.where(table.c.of_id == of_id)
        if open_only:
            query = query.where(table.c.state.in_([JobState.QUEUED, JobState.RUNNING]))
        return [plain(Job, row) for row in self._rows(query)]

    def segments(self, job_id: str) -> list[tuple[int, dict[str, Any], float]]:
        """(segment, result, seconds) of each finished segment, in order."""
        table = schema.segments
        rows = self._rows(sa.select(table).where(table.c.job_id == job_id).order_by(table.c.segment))
        return [(row["segment"], row["result"], row["seconds"]) for row in rows]

    def matches(self, case_id: str, *, states: tuple[MatchState, ...] = ()) -> list[Match]:
        """Matches of a case, most alike first."""
        query = matches_with_tracks().where(schema.matches.c.case_id == case_id)
        if states:
            query = query.where(schema.matches.c.state.in_(states))
        return [
            match_of(row) for row in self._rows(query.order_by(schema.tracks.c.similarity.desc(), schema.matches.c.id))
        ]

    def reviews(self, match_id: str) -> list[Review]:
        """Every verdict on a match, oldest first."""
        table = schema.reviews
        return self._reviews(sa.select(table).where(table.c.match_id == match_id).order_by(table.c.sequence))

    def _reviews(self, query: sa.Select[Any]) -> list[Review]:
        known = [{f.name: row[f.name] for f in fields(Review)} for row in self._rows(query)]
        return [Review(**(row | {"verdict": Verdict(row["verdict"])})) for row in known]

    def audit_entries(self, case_id: str | None = None, *, action: str | None = None) -> list[AuditEntry]:
        """Entries, oldest first."""
        table = schema.audit
        query = sa.select(table).order_by(table.c.id)
        if case_id is not None:
            query = query.where(table.c.case_id == case_id)
        if action is not None:
            query = query.where(table.c.action == action)
        return [AuditEntry(**row) for row in self._rows(query)]

    # vectors

    def photo_vectors(self, photo_ids: Sequence[str], *, engine: str) -> dict[str, PhotoVectors]:
        """By photo, the vectors that are kept of these photos; an engine that has not looked at one has none."""
        table = schema.photo_vectors
        query = sa.select(table).where(table.c.photo_id.in_(photo_ids), table.c.engine == engine)
        return {row["photo_id"]: photo_vectors_of(row) for row in self._rows(query)}

    def kept_tracks(self, scan_id: str, *, candidates_only: bool = False) -> list[KeptTrack]:
        """The tracks of one scan whose vectors are kept, in order."""
        table = schema.track_vectors
        query = sa.select(table).where(table.c.scan_id == scan_id).order_by(table.c.segment, table.c.place)
        if candidates_only:
            query = query.where(table.c.is_candidate)
        return [kept_track_of(row) for row in self._rows(query)]

    def kept_track_count(self, case_id: str) -> int:
        """Of how many tracks of the case the vectors are kept, candidates' or not."""
        table = schema.track_vectors
        return int(self._rows(sa.select(sa.func.count().label("n")).where(table.c.case_id == case_id))[0]["n"])

    def match_vectors(self, case_id: str, *, engine: str) -> dict[str, FaceVectors]:
        """By match, the vectors of the case's candidates of one engine."""
        table, matches = schema.match_vectors, schema.matches
        query = sa.select(table).join(matches, matches.c.id == table.c.match_id)
        query = query.where(matches.c.case_id == case_id, table.c.engine == engine)
        return {row["match_id"]: vectors_of(row) for row in self._rows(query)}

    def reviews_together(self, together_id: str) -> list[Review]:
        """The verdicts given in one act."""
        table = schema.reviews
        return self._reviews(sa.select(table).where(table.c.together_id == together_id).order_by(table.c.match_id))


def _prepare_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin event below opens transactions, not sqlite3
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time: web and worker start together, and only one may create the tables."""
    with (home / "store.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(engine: sa.Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def open_store(home: Path, *, url: str = "", free_bytes: int = 0) -> Store:
    """Open the store in `home`, creating or upgrading it when needed.

    `url` names another database (PostgreSQL); files stay in `home` either way.
    """
    home.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url or f"sqlite:///{home / 'store.sqlite'}")
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    with _alone(home):
        _migrate(engine)
    return Store(engine, Files(home / "files", free_bytes=free_bytes))
