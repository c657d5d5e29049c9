"""The store: what is remembered, behind plain reads and writes of data.models.

SQLite (WAL, synchronous=FULL: with NORMAL, half of simulated power cuts lost acknowledged rows) or any
database SQLAlchemy reaches. Reads open their own connection; writes happen inside ``with store.writing() as w``,
which is one transaction: all of it is kept, or none.
"""

import errno
import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from data import schema
from data.errors import Conflict, NotFound
from data.files import Files, saying_disk_full
from data.models import (
    Area,
    AuditEntry,
    Camera,
    Case,
    Coverage,
    FaceTrack,
    Footage,
    FootageRequest,
    Job,
    JobState,
    Match,
    MatchState,
    Mode,
    Photo,
    RequestState,
    Review,
    Sighting,
    SightingKind,
    Subject,
    Verdict,
)

T = TypeVar("T")
Row = sa.RowMapping
_TABLES: dict[type, sa.Table] = {
    Photo: schema.photos,
    Camera: schema.cameras,
    Sighting: schema.sightings,
    Footage: schema.footage,
    Job: schema.jobs,
    FootageRequest: schema.requests,
}
_TUPLES = {"headings_deg", "box_px", "best_box_px", "reference_ids"}


def _to_row(thing: Any) -> dict[str, Any]:
    row = {f.name: getattr(thing, f.name) for f in fields(thing)}
    if isinstance(row.get("coverage"), Coverage):
        row["coverage"] = asdict(row["coverage"])
    return row


def coverage_of(kept: dict[str, Any] | None) -> Coverage | None:
    """A Coverage as it was kept in JSON."""
    if kept is None:
        return None
    spans = tuple((float(a), float(b)) for a, b in kept["unreadable_spans_s"])
    return Coverage(**{**kept, "unreadable_spans_s": spans})


def _plain(model: type[T], row: Row) -> T:
    """A model whose fields are the row's columns."""
    values = {f.name: row[f.name] for f in fields(model)}  # type: ignore[arg-type]
    for name in _TUPLES & values.keys():
        values[name] = None if values[name] is None else tuple(values[name])
    if model is Sighting:
        values["kind"] = SightingKind(values["kind"])
    if model is FootageRequest:
        values["state"] = RequestState(values["state"])
    if model is Job:
        values |= {"state": JobState(values["state"]), "coverage": coverage_of(values["coverage"])}
    return model(**values)


def _case(row: Row) -> Case:
    subject = Subject(row["subject_name"], row["subject_birth_date"], row["subject_description"])
    return Case(
        id=row["id"],
        number=row["number"],
        subject=subject,
        mode=Mode(row["mode"]),
        timezone=row["timezone"],
        created_at=row["created_at"],
        is_demo=row["is_demo"],
        notes=row["notes"],
    )


def _case_row(case: Case) -> dict[str, Any]:
    row = _to_row(case)
    subject = row.pop("subject")
    return row | {
        "subject_name": subject.name,
        "subject_birth_date": subject.birth_date,
        "subject_description": subject.description,
    }


def _match(row: Row) -> Match:
    track = _plain(FaceTrack, {f.name: row[f"of_track_{f.name}"] for f in fields(FaceTrack)})  # type: ignore[arg-type]
    plain = {f.name: row[f.name] for f in fields(Match) if f.name not in ("track", "state")}
    return Match(**plain, track=track, state=MatchState(row["state"]))


def _matches_with_tracks() -> sa.Select[Any]:
    track_columns = [c.label(f"of_track_{c.name}") for c in schema.tracks.c]
    return sa.select(schema.matches, *track_columns).join(
        schema.tracks, schema.matches.c.track_id == schema.tracks.c.id
    )


class Writing:
    """One transaction's writes."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def add(self, thing: Photo | Camera | Sighting | Footage | Job | FootageRequest) -> None:
        self.connection.execute(sa.insert(_TABLES[type(thing)]).values(_to_row(thing)))

    def change(self, model: type, id: str, **values: Any) -> None:
        """Set columns of one row; NotFound when there is no such row."""
        table = _TABLES[model]
        if "coverage" in values and values["coverage"] is not None:
            values["coverage"] = asdict(values["coverage"])
        if self.connection.execute(sa.update(table).where(table.c.id == id).values(values)).rowcount != 1:
            raise NotFound(f"{model.__name__.lower()} {id}: not in the store")

    def add_case(self, case: Case) -> None:
        try:
            self.connection.execute(sa.insert(schema.cases).values(_case_row(case)))
        except sa.exc.IntegrityError as error:
            raise Conflict(f"case number {case.number}: there is a case with this number already") from error

    def change_case(self, case: Case) -> None:
        table = schema.cases
        self.connection.execute(sa.update(table).where(table.c.id == case.id).values(_case_row(case)))

    def put_camera(self, camera: Camera) -> None:
        """Add the camera, or replace the one with this id."""
        table = schema.cameras
        changed = self.connection.execute(sa.update(table).where(table.c.id == camera.id).values(_to_row(camera)))
        if changed.rowcount == 0:
            self.add(camera)

    def add_cameras(self, cameras: Sequence[Camera]) -> None:
        """Add many at once; Conflict when one of their ids is taken."""
        if cameras:
            try:
                self.connection.execute(sa.insert(schema.cameras), [_to_row(camera) for camera in cameras])
            except sa.exc.IntegrityError as error:
                raise Conflict("cameras: one of these ids is in the store already") from error

    def remove_camera(self, camera_id: str) -> None:
        """Conflict when footage or a request refers to it, NotFound when there is none."""
        table = schema.cameras
        try:
            removed = self.connection.execute(sa.delete(table).where(table.c.id == camera_id))
        except sa.exc.IntegrityError as error:
            raise Conflict(f"camera {camera_id}: footage or a request refers to it, so it stays") from error
        if removed.rowcount != 1:
            raise NotFound(f"camera {camera_id}: not in the store")

    def change_request(self, request: FootageRequest, *, was: RequestState) -> None:
        """Replace the request with this id; Conflict when it is no longer in state `was`."""
        table = schema.requests
        where = sa.and_(table.c.id == request.id, table.c.state == was)
        if self.connection.execute(sa.update(table).where(where).values(_to_row(request))).rowcount != 1:
            raise Conflict("someone else changed this request just now; look again")

    def remove_request(self, request_id: str, *, was: RequestState) -> None:
        """Conflict when it is no longer in state `was`."""
        table = schema.requests
        where = sa.and_(table.c.id == request_id, table.c.state == was)
        if self.connection.execute(sa.delete(table).where(where)).rowcount != 1:
            raise Conflict("someone else changed this request just now; look again")

    def put_area(self, area: Area) -> None:
        self._put(schema.areas, {"case_id": area.case_id}, {"features": list(area.features)})

    def put_streets(self, case_id: str, sha256: str, name: str) -> None:
        self._put(schema.case_streets, {"case_id": case_id}, {"sha256": sha256, "name": name})

    def put_segment(self, job_id: str, segment: int, result: dict[str, Any], seconds: float) -> None:
        """Keep what a segment gave; the second result of the same segment replaces the first."""
        self._put(schema.segments, {"job_id": job_id, "segment": segment}, {"result": result, "seconds": seconds})

    def put_track(self, track: FaceTrack) -> None:
        row = _to_row(track)
        self._put(schema.tracks, {"id": row.pop("id")}, row)

    def add_match(self, match: Match) -> None:
        row = _to_row(match)
        track = row.pop("track")
        self.connection.execute(sa.insert(schema.matches).values(row | {"track_id": track.id}))

    def set_match_state(self, match_id: str, state: MatchState) -> None:
        table = schema.matches
        self.connection.execute(sa.update(table).where(table.c.id == match_id).values(state=state))

    def add_review(self, review: Review, *, sequence: int) -> None:
        """Append the `sequence`-th verdict; Conflict when someone else's took that place meanwhile."""
        try:
            self.connection.execute(sa.insert(schema.reviews).values(_to_row(review) | {"sequence": sequence}))
        except sa.exc.IntegrityError as error:
            raise Conflict("someone else decided on this candidate just now; look again") from error

    def audit(self, *, at: datetime, by: str, action: str, case_id: str | None, **details: Any) -> None:
        row = {"at": at, "by": by, "action": action, "case_id": case_id, "details": details}
        self.connection.execute(sa.insert(schema.audit).values(row))

    def _put(self, table: sa.Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        where = sa.and_(*(table.c[name] == value for name, value in key.items()))
        if self.connection.execute(sa.update(table).where(where).values(values)).rowcount == 0:
            self.connection.execute(sa.insert(table).values(key | values))


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
        return _case(self._one(schema.cases, id, "case"))

    def photo(self, id: str) -> Photo:
        return _plain(Photo, self._one(schema.photos, id, "photo"))

    def camera(self, id: str) -> Camera:
        return _plain(Camera, self._one(schema.cameras, id, "camera"))

    def footage(self, id: str) -> Footage:
        return _plain(Footage, self._one(schema.footage, id, "footage"))

    def sighting(self, id: str) -> Sighting:
        return _plain(Sighting, self._one(schema.sightings, id, "sighting"))

    def job(self, id: str) -> Job:
        return _plain(Job, self._one(schema.jobs, id, "job"))

    def request(self, id: str) -> FootageRequest:
        return _plain(FootageRequest, self._one(schema.requests, id, "request"))

    def match(self, id: str) -> Match:
        rows = self._rows(_matches_with_tracks().where(schema.matches.c.id == id))
        if not rows:
            raise NotFound(f"match {id}: not in the store")
        return _match(rows[0])

    def area(self, case_id: str) -> Area:
        rows = self._rows(sa.select(schema.areas).where(schema.areas.c.case_id == case_id))
        return Area(case_id, tuple(rows[0]["features"]) if rows else ())

    def streets(self, case_id: str) -> tuple[str, str] | None:
        """(sha256, name) of the case's street file; None when it has none."""
        rows = self._rows(sa.select(schema.case_streets).where(schema.case_streets.c.case_id == case_id))
        return (rows[0]["sha256"], rows[0]["name"]) if rows else None

    # many things

    def cases(self) -> list[Case]:
        return [_case(row) for row in self._rows(sa.select(schema.cases).order_by(schema.cases.c.created_at.desc()))]

    def photos(self, case_id: str) -> list[Photo]:
        """Photos not removed, oldest first."""
        table = schema.photos
        query = sa.select(table).where(table.c.case_id == case_id, table.c.removed_at.is_(None))
        return [_plain(Photo, row) for row in self._rows(query.order_by(table.c.added_at, table.c.id))]

    def cameras(self) -> list[Camera]:
        return [_plain(Camera, row) for row in self._rows(sa.select(schema.cameras).order_by(schema.cameras.c.id))]

    def sightings(self, case_id: str) -> list[Sighting]:
        """Sightings that stand (not withdrawn), in order of time."""
        table = schema.sightings
        query = sa.select(table).where(table.c.case_id == case_id, table.c.withdrawn_at.is_(None))
        return [_plain(Sighting, row) for row in self._rows(query.order_by(table.c.at, table.c.id))]

    def sighting_ids(self, case_id: str) -> frozenset[str]:
        """Ids of all the case's sightings, withdrawn ones too."""
        table = schema.sightings
        return frozenset(row["id"] for row in self._rows(sa.select(table.c.id).where(table.c.case_id == case_id)))

    def footages(self, case_id: str) -> list[Footage]:
        table = schema.footage
        query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.added_at.desc(), table.c.id)
        return [_plain(Footage, row) for row in self._rows(query)]

    def requests(self, case_id: str) -> list[FootageRequest]:
        """Footage requests, oldest first."""
        table = schema.requests
        query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.created_at, table.c.id)
        return [_plain(FootageRequest, row) for row in self._rows(query)]

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
        return [_plain(Job, row) for row in self._rows(query)]

    def segments(self, job_id: str) -> list[tuple[int, dict[str, Any], float]]:
        """(segment, result, seconds) of each finished segment, in order."""
        table = schema.segments
        rows = self._rows(sa.select(table).where(table.c.job_id == job_id).order_by(table.c.segment))
        return [(row["segment"], row["result"], row["seconds"]) for row in rows]

    def matches(self, case_id: str, *, states: tuple[MatchState, ...] = ()) -> list[Match]:
        """Matches of a case, most alike first."""
        query = _matches_with_tracks().where(schema.matches.c.case_id == case_id)
        if states:
            query = query.where(schema.matches.c.state.in_(states))
        return [
            _match(row) for row in self._rows(query.order_by(schema.tracks.c.similarity.desc(), schema.matches.c.id))
        ]

    def reviews(self, match_id: str) -> list[Review]:
        """Every verdict on a match, oldest first."""
        table = schema.reviews
        rows = self._rows(sa.select(table).where(table.c.match_id == match_id).order_by(table.c.sequence))
        plain = [{f.name: row[f.name] for f in fields(Review)} for row in rows]
        return [Review(**(row | {"verdict": Verdict(row["verdict"])})) for row in plain]

    def audit_entries(self, case_id: str | None = None) -> list[AuditEntry]:
        table = schema.audit
        query = sa.select(table).order_by(table.c.id)
        if case_id is not None:
            query = query.where(table.c.case_id == case_id)
        return [AuditEntry(**row) for row in self._rows(query)]


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
