"""The store: what is remembered, behind plain reads and writes of data.models.

SQLite (WAL, synchronous=FULL: with NORMAL, half of simulated power cuts lost acknowledged rows) or PostgreSQL: see
`data.database`. Reads open their own connection; writes happen inside ``with store.writing() as w``, which is one
transaction of the one writer there is at a time: all of it is kept, or none.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from data import schema
from data.database import Database
from data.errors import BadInput, NotFound
from data.files import Files
from data.files_remote import open_files
from data.models import (
    Account,
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
    Permission,
    Photo,
    PhotoVectors,
    Review,
    Sighting,
    Verdict,
)
from data.rows import (
    Row,
    case_of,
    in_parts,
    kept_track_of,
    match_of,
    matches_with_tracks,
    photo_vectors_of,
    plain,
    vectors_of,
)
from data.writing import Writing

__all__ = ["Store", "Writing", "open_store"]
RESTORING = "restoring"
"""Lies in the home from the first byte of a restore to its last."""


class Guard(Protocol):
    """Who looks at a store, and what they may do there."""

    @property
    def name(self) -> str:
        """Who stands in the record."""

    @property
    def account(self) -> Account | None:
        """The account that is signed in; None for a machine."""

    def may_sign(self, by: str) -> bool:
        """Whether this person's deeds may stand in the record under the name `by`."""

    def sees(self, case_id: str) -> bool:
        """Whether the case is there at all for this person."""

    def may(self, permission: Permission, case_id: str | None = None) -> bool:
        """Whether this person may: in this case, or, where the permission is one of the installation's, at all."""

    def may_anywhere(self, permission: Permission) -> bool:
        """Whether there is a case in which this person may."""

    def check(self, permission: Permission, case_id: str | None = None) -> None:
        """NotAllowed without a role that covers `permission`; NotFound for a case this person does not see."""


class Store:
    """An open store: a database and a folder of files, seen by one person where it is `guarded`.

    Without a guard everything can be read, and no verb of casework does anything: doors guard a store before they hand
    it on. With one, a case that its guard does not see is not there: one thing of it is NotFound, lists leave it out.
    """

    def __init__(self, database: Database, files: Files, guard: Guard | None = None) -> None:
        self.database = database
        self.files = files
        self.guard = guard

    def guarded(self, guard: Guard) -> "Store":
        """The same database and files, seen by one person."""
        return Store(self.database, self.files, guard)

    @property
    def engine(self) -> sa.Engine:
        """Connections that only read."""
        return self.database.readers

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction, while nobody else writes: what is read inside, from this store too, stays true in it."""
        with self.database.writing() as connection:
            yield Writing(connection)

    def close(self) -> None:
        self.database.close()

    def sees(self, case_id: str | None) -> bool:
        """Whether what belongs to this case may be read here; what belongs to none only without a guard, or by one
        that sees everything."""
        return self.guard is None or self.guard.sees(case_id or "")

    def _rows(self, query: sa.Select[Any]) -> list[Row]:
        with self.database.reading() as connection:
            return list(connection.execute(query).mappings())

    def _seen(self, query: sa.Select[Any]) -> list[Row]:
        """Those of the rows whose `case_id` is that of a case which is seen here."""
        return [row for row in self._rows(query) if self.sees(row["case_id"])]

    def _of_case(self, case_id: str, query: sa.Select[Any]) -> list[Row]:
        """The rows that a query finds of one case; none where it is not seen here."""
        return self._rows(query) if self.sees(case_id) else []

    def _one(self, table: sa.Table, id: str, what: str) -> Row:
        return self._only(sa.select(table).where(table.c.id == id), f"{what} {id}")

    def _only(self, query: sa.Select[Any], named: str, *, of_case: str = "case_id") -> Row:
        try:
            row = self._rows(query)[0]
        except (IndexError, BadInput) as error:  # no id holds what no text may
            raise NotFound(f"{named}: not in the store") from error
        if of_case in row and not self.sees(row[of_case]):
            raise NotFound(f"{named}: not in the store")
        return row

    # one thing

    def case(self, id: str) -> Case:
        query = sa.select(schema.cases).where(schema.cases.c.id == id)
        return case_of(self._only(query, f"case {id}", of_case="id"))

    def photo(self, id: str) -> Photo:
        return plain(Photo, self._one(schema.photos, id, "photo"))

    def camera(self, id: str) -> Camera:
        """A camera, or a spot of a case that is seen here."""
        found = plain(Camera, self._one(schema.cameras, id, "camera"))
        if not self._is_there(found):
            raise NotFound(f"camera {id}: not in the store")
        return found

    def _is_there(self, camera: Camera) -> bool:
        return not camera.spot_of or self.sees(camera.spot_of)

    def footage(self, id: str) -> Footage:
        return plain(Footage, self._one(schema.footage, id, "footage"))

    def sighting(self, id: str) -> Sighting:
        return plain(Sighting, self._one(schema.sightings, id, "sighting"))

    def job(self, id: str) -> Job:
        return plain(Job, self._one(schema.jobs, id, "job"))

    def request(self, id: str) -> FootageRequest:
        return plain(FootageRequest, self._one(schema.requests, id, "request"))

    def match(self, id: str) -> Match:
        return match_of(self._only(matches_with_tracks().where(schema.matches.c.id == id), f"match {id}"))

    def area(self, case_id: str) -> Area:
        rows = self._of_case(case_id, sa.select(schema.areas).where(schema.areas.c.case_id == case_id))
        return Area(case_id, tuple(rows[0]["features"]) if rows else ())

    def streets(self, case_id: str) -> tuple[str, str] | None:
        """(sha256, name) of the case's street file; None when it has none."""
        rows = self._of_case(case_id, sa.select(schema.case_streets).where(schema.case_streets.c.case_id == case_id))
        return (rows[0]["sha256"], rows[0]["name"]) if rows else None

    # many things

    def cases(self) -> list[Case]:
        """Cases, newest first."""
        table = schema.cases
        rows = self._rows(sa.select(table).order_by(table.c.created_at.desc(), table.c.id))
        return [case_of(row) for row in rows if self.sees(row["id"])]

    def photos(self, case_id: str) -> list[Photo]:
        """Photos not removed, oldest first."""
        table = schema.photos
        query = sa.select(table).where(table.c.case_id == case_id, table.c.removed_at.is_(None))
        return [plain(Photo, row) for row in self._of_case(case_id, query.order_by(table.c.added_at, table.c.id))]

    def cameras(self) -> list[Camera]:
        """All cameras by id, no spots; sorted here, for databases differ in how they order words."""
        query = sa.select(schema.cameras).where(schema.cameras.c.spot_of == "")
        return sorted((plain(Camera, row) for row in self._rows(query)), key=lambda c: c.id)

    def spots(self, case_id: str) -> list[Camera]:
        """Where hand-held cameras of the case's footage stood, by id."""
        table = schema.cameras
        query = sa.select(table).where(table.c.spot_of == case_id) if case_id else sa.select(table).where(sa.false())
        return sorted((plain(Camera, row) for row in self._of_case(case_id, query)), key=lambda c: c.id)

    def cameras_by_id(self, ids: Collection[str]) -> dict[str, Camera]:
        """Those of these cameras, and of these spots of cases that are seen here, that there are."""
        table, found = schema.cameras, {}
        for part in in_parts(ids):
            rows = self._rows(sa.select(table).where(table.c.id.in_(part)))
            found.update({row["id"]: plain(Camera, row) for row in rows})
        return {id: camera for id, camera in found.items() if self._is_there(camera)}

    def sightings(self, case_id: str) -> list[Sighting]:
        """Sightings that stand (not withdrawn), in order of time."""
        table = schema.sightings
        query = sa.select(table).where(table.c.case_id == case_id, table.c.withdrawn_at.is_(None))
        return [plain(Sighting, row) for row in self._of_case(case_id, query.order_by(table.c.at, table.c.id))]

    def sighting_ids(self, case_id: str) -> frozenset[str]:
        """Ids of all the case's sightings, withdrawn ones too."""
        table = schema.sightings
        query = sa.select(table.c.id).where(table.c.case_id == case_id)
        return frozenset(row["id"] for row in self._of_case(case_id, query))

    def footages(self, case_id: str) -> list[Footage]:
        table = schema.footage
        query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.added_at.desc(), table.c.id)
        return [plain(Footage, row) for row in self._of_case(case_id, query)]

    def requests(self, case_id: str) -> list[FootageRequest]:
        """Footage requests, oldest first."""
        table = schema.requests
        query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.created_at, table.c.id)
        return [plain(FootageRequest, row) for row in self._of_case(case_id, query)]

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
        return [plain(Job, row) for row in self._seen(query)]

    def segments(self, job_id: str) -> list[tuple[int, dict[str, Any], float]]:
        """(segment, result, seconds) of each finished segment, in order."""
        table, jobs = schema.segments, schema.jobs
        query = sa.select(table, jobs.c.case_id).join(jobs, jobs.c.id == table.c.job_id)
        rows = self._seen(query.where(table.c.job_id == job_id).order_by(table.c.segment))
        return [(row["segment"], row["result"], row["seconds"]) for row in rows]

    def matches(self, case_id: str, *, states: tuple[MatchState, ...] = ()) -> list[Match]:
        """Matches of a case, most alike first."""
        query = matches_with_tracks().where(schema.matches.c.case_id == case_id)
        if states:
            query = query.where(schema.matches.c.state.in_(states))
        return [
            match_of(row)
            for row in self._of_case(case_id, query.order_by(schema.tracks.c.similarity.desc(), schema.matches.c.id))
        ]

    def reviews(self, match_id: str) -> list[Review]:
        """Every verdict on a match, oldest first."""
        table = schema.reviews
        return self._reviews(table.c.match_id == match_id, table.c.sequence)

    def _reviews(self, where: sa.ColumnElement[bool], order: sa.ColumnElement[Any]) -> list[Review]:
        table, matches = schema.reviews, schema.matches
        query = sa.select(table, matches.c.case_id).join(matches, matches.c.id == table.c.match_id)
        known = [
            {f.name: row[f.name] for f in fields(Review)} for row in self._seen(query.where(where).order_by(order))
        ]
        return [Review(**(row | {"verdict": Verdict(row["verdict"])})) for row in known]

    def audit_entries(self, case_id: str | None = None, *, action: str | None = None) -> list[AuditEntry]:
        """Entries, oldest first."""
        table = schema.audit
        query = sa.select(table).order_by(table.c.id)
        if case_id is not None:
            query = query.where(table.c.case_id == case_id)
        if action is not None:
            query = query.where(table.c.action == action)
        return [AuditEntry(**row) for row in self._seen(query)]

    def changes(self, *of: str) -> tuple[int, ...]:
        """How often each of these changed: see `data.writing.CAMERAS` and `of_case`."""
        table = schema.changes
        known = {row["of"]: row["count"] for row in self._rows(sa.select(table).where(table.c.of.in_(of)))}
        return tuple(known.get(name, 0) for name in of)

    # vectors

    def photo_vectors(self, photo_ids: Sequence[str], *, engine: str) -> dict[str, PhotoVectors]:
        """By photo, the vectors that are kept of these photos; an engine that has not looked at one has none."""
        table = schema.photo_vectors
        query = sa.select(table, schema.photos.c.case_id).join(schema.photos, schema.photos.c.id == table.c.photo_id)
        rows = self._seen(query.where(table.c.photo_id.in_(photo_ids), table.c.engine == engine))
        return {row["photo_id"]: photo_vectors_of(row) for row in rows}

    def kept_tracks(self, scan_id: str, *, candidates_only: bool = False) -> list[KeptTrack]:
        """The tracks of one scan whose vectors are kept, in order."""
        table = schema.track_vectors
        query = sa.select(table).where(table.c.scan_id == scan_id).order_by(table.c.segment, table.c.place)
        if candidates_only:
            query = query.where(table.c.is_candidate)
        return [kept_track_of(row) for row in self._seen(query)]

    def kept_track_count(self, case_id: str) -> int:
        """Of how many tracks of the case the vectors are kept, candidates' or not."""
        table = schema.track_vectors
        query = sa.select(sa.func.count().label("n")).where(table.c.case_id == case_id)
        return sum(int(row["n"]) for row in self._of_case(case_id, query))

    def match_vectors(self, case_id: str, *, engine: str) -> dict[str, FaceVectors]:
        """By match, the vectors of the case's candidates of one engine."""
        table, matches = schema.match_vectors, schema.matches
        query = sa.select(table).join(matches, matches.c.id == table.c.match_id)
        query = query.where(matches.c.case_id == case_id, table.c.engine == engine)
        return {row["match_id"]: vectors_of(row) for row in self._of_case(case_id, query)}

    def reviews_together(self, together_id: str) -> list[Review]:
        """The verdicts given in one act."""
        table = schema.reviews
        return self._reviews(table.c.together_id == together_id, table.c.match_id)


def open_store(
    home: Path, *, database_url: str = "", files_url: str = "", free_bytes: int = 0, cache_bytes: int = 20 << 30
) -> Store:
    """Open the store in `home`, creating or upgrading it when needed.

    `database_url` names a PostgreSQL database instead of the SQLite file in `home`, `files_url` a shared folder or
    another storage instead of `home`/files. NotReachable when one of them does not answer.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_not_being_restored(home)
    database = Database(home, database_url)
    database.migrate()
    return Store(database, open_files(home, files_url, free_bytes=free_bytes, cache_bytes=cache_bytes))


def check_not_being_restored(home: Path) -> None:
    """BadInput while a restore that was cut off has left part of a store here."""
    if (home / RESTORING).exists():
        raise BadInput(f"{home}: a restore was cut off here; run it again, it goes on where it stopped")
