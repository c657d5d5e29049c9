"""The writes of one transaction of the store."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit_chain, schema
from data.errors import Conflict, NotFound
from data.models import (
    Area,
    Camera,
    Case,
    FaceTrack,
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
    RequestState,
    Review,
    Sighting,
    Upload,
)
from data.rows import TABLES, case_row, to_row

CAMERAS = "cameras"


def of_case(case_id: str) -> str:
    """The name of a case's counter of changes."""
    return f"case {case_id}"


class Writing:
    """One transaction's writes."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def add(self, thing: Photo | Camera | Sighting | Footage | Job | FootageRequest | Upload) -> None:
        self.connection.execute(sa.insert(TABLES[type(thing)]).values(to_row(thing)))
        case_id = thing.spot_of if isinstance(thing, Camera) else thing.case_id
        self.changed(of_case(case_id) if case_id else CAMERAS if isinstance(thing, Camera) else None)

    def changed(self, of: str | None) -> None:
        """Move the counter of `of`, so that whoever keeps or shows it looks again."""
        if of is None:
            return
        table = schema.changes
        moved = self.connection.execute(sa.update(table).where(table.c.of == of).values(count=table.c.count + 1))
        if moved.rowcount == 0:
            self.connection.execute(sa.insert(table).values(of=of, count=1))

    def _changed_with(self, case_id: sa.ScalarSelect[Any]) -> None:
        self.changed(of_case(str(self.connection.scalar(sa.select(case_id)))))

    def change(self, model: type, id: str, **values: Any) -> None:
        """Set columns of one row; NotFound when there is no such row."""
        table = TABLES[model]
        if "coverage" in values and values["coverage"] is not None:
            values["coverage"] = asdict(values["coverage"])
        if self.connection.execute(sa.update(table).where(table.c.id == id).values(values)).rowcount != 1:
            raise NotFound(f"{model.__name__.lower()} {id}: not in the store")
        if "case_id" in table.c:
            self._changed_with(sa.select(table.c.case_id).where(table.c.id == id).scalar_subquery())

    def add_case(self, case: Case) -> None:
        try:
            self.connection.execute(sa.insert(schema.cases).values(case_row(case)))
        except sa.exc.IntegrityError as error:
            raise Conflict(f"case number {case.number}: there is a case with this number already") from error

    def change_case(self, case: Case) -> None:
        table = schema.cases
        self.connection.execute(sa.update(table).where(table.c.id == case.id).values(case_row(case)))

    def put_camera(self, camera: Camera) -> None:
        """Add the camera, or replace the one with this id."""
        table = schema.cameras
        changed = self.connection.execute(sa.update(table).where(table.c.id == camera.id).values(to_row(camera)))
        if changed.rowcount == 0:
            self.add(camera)
        else:
            self.changed(CAMERAS)

    def add_cameras(self, cameras: Sequence[Camera]) -> None:
        """Add many at once; Conflict when one of their ids is taken."""
        if cameras:
            try:
                self.connection.execute(sa.insert(schema.cameras), [to_row(camera) for camera in cameras])
            except sa.exc.IntegrityError as error:
                raise Conflict("cameras: one of these ids is in the store already") from error
            self.changed(CAMERAS)

    def change_cameras(self, cameras: Sequence[Camera]) -> None:
        """Replace many that are there, by their ids."""
        if cameras:
            table = schema.cameras
            rows = [to_row(camera) for camera in cameras]
            columns: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in rows[0] if name != "id"}
            query = sa.update(table).where(table.c.id == sa.bindparam("of_id")).values(columns)
            given = [{f"new_{name}": value for name, value in row.items()} | {"of_id": row["id"]} for row in rows]
            for row in given:
                del row["new_id"]
            self.connection.execute(query, given)
            self.changed(CAMERAS)

    def remove_camera(self, camera_id: str) -> None:
        """Conflict when footage or a request refers to it, NotFound when there is none."""
        table = schema.cameras
        try:
            removed = self.connection.execute(sa.delete(table).where(table.c.id == camera_id))
        except sa.exc.IntegrityError as error:
            raise Conflict(f"camera {camera_id}: footage or a request refers to it, so it stays") from error
        if removed.rowcount != 1:
            raise NotFound(f"camera {camera_id}: not in the store")
        self.changed(CAMERAS)

    def remove_cameras(self, ids: Sequence[str]) -> None:
        """Conflict when footage or a request refers to one of them."""
        table = schema.cameras
        try:
            self.connection.execute(
                sa.delete(table).where(table.c.id == sa.bindparam("of_id")), [{"of_id": id} for id in ids]
            )
        except sa.exc.IntegrityError as error:
            raise Conflict("footage or a request refers to one of these cameras, so all of them stay") from error
        self.changed(CAMERAS)

    def change_request(self, request: FootageRequest, *, was: RequestState) -> None:
        """Replace the request with this id; Conflict when it is no longer in state `was`."""
        table = schema.requests
        where = sa.and_(table.c.id == request.id, table.c.state == was)
        if self.connection.execute(sa.update(table).where(where).values(to_row(request))).rowcount != 1:
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
        jobs = schema.jobs
        of, engine = (
            sa.select(column).where(jobs.c.id == job_id).scalar_subquery() for column in (jobs.c.of_id, jobs.c.engine)
        )
        values = {"result": result, "seconds": seconds, "footage_id": of, "engine": engine}
        self._put(schema.segments, {"job_id": job_id, "segment": segment}, values)
        self._changed_with(sa.select(jobs.c.case_id).where(jobs.c.id == job_id).scalar_subquery())

    def put_track(self, track: FaceTrack) -> None:
        row = to_row(track)
        self._put(schema.tracks, {"id": row.pop("id")}, row)

    def add_match(self, match: Match) -> None:
        row = to_row(match)
        track = row.pop("track")
        self.connection.execute(sa.insert(schema.matches).values(row | {"track_id": track.id}))
        self.changed(of_case(match.case_id))

    def set_match_state(self, match_id: str, state: MatchState, *, was: MatchState | None = None) -> bool:
        """Set a match's state, where it still is what it `was`; whether that was so."""
        table = schema.matches
        where = table.c.id == match_id if was is None else sa.and_(table.c.id == match_id, table.c.state == was)
        return self.connection.execute(sa.update(table).where(where).values(state=state)).rowcount == 1

    def bring_back(self, *, match_id: str | None = None, like: str | None = None) -> int:
        """One match set aside, or all set aside for being `like` another, are to be reviewed after all; how many."""
        table = schema.matches
        which = table.c.id == match_id if like is None else table.c.like_match_id == like
        where = sa.and_(which, table.c.state == MatchState.SET_ASIDE)
        values = {"state": MatchState.TO_REVIEW, "like_match_id": None}
        return self.connection.execute(sa.update(table).where(where).values(values)).rowcount

    def group_matches(self, groups: Iterable[tuple[str, str | None]]) -> None:
        """Set the group of each (match, group)."""
        table = schema.matches
        for match_id, group_id in groups:
            self.connection.execute(sa.update(table).where(table.c.id == match_id).values(group_id=group_id))

    def add_review(self, review: Review, *, sequence: int) -> None:
        """Append the `sequence`-th verdict; Conflict when someone else's took that place meanwhile."""
        try:
            self.connection.execute(sa.insert(schema.reviews).values(to_row(review) | {"sequence": sequence}))
        except sa.exc.IntegrityError as error:
            raise Conflict("someone else decided on this candidate just now; look again") from error

    def audit(self, *, at: datetime, by: str, action: str, case_id: str | None, **details: Any) -> None:
        """Append an entry to the record, chained to the one before it."""
        audit_chain.append(self.connection, at=at, by=by, action=action, case_id=case_id, details=details)
        self.changed(of_case(case_id) if case_id else None)

    # vectors

    def put_photo_vectors(self, of: PhotoVectors) -> None:
        key = {"photo_id": of.photo_id, "engine": of.vectors.engine}
        values = to_row(of.vectors) | {"likeness": of.likeness, "review_floor": of.review_floor}
        self._put(schema.photo_vectors, key, values)

    def put_kept_track(self, track: KeptTrack) -> None:
        row = to_row(track)
        row |= to_row(row.pop("vectors"))
        key = {name: row.pop(name) for name in ("scan_id", "segment", "place")}
        self._put(schema.track_vectors, key, row)

    def put_match_vectors(self, match_id: str, vectors: FaceVectors) -> None:
        self._put(schema.match_vectors, {"match_id": match_id}, to_row(vectors))

    def keeps_vectors(self, job_id: str) -> bool:
        """Whether the job may keep everybody's vectors, as it stands within this transaction."""
        jobs = schema.jobs
        return bool(self.connection.scalar(sa.select(jobs.c.keeps_vectors).where(jobs.c.id == job_id)))

    def forget_vectors(self, case_id: str) -> int:
        """Delete the vectors that the case kept; how many tracks' they were. Jobs under way keep no more of them.

        The vectors of candidates stay: with their matches, and those that a scan under way has yet to offer.
        """
        jobs, kept, matches, of_matches = schema.jobs, schema.track_vectors, schema.matches, schema.match_vectors
        dropped = sa.select(matches.c.id).where(matches.c.case_id == case_id, matches.c.state == MatchState.DROPPED)
        self.connection.execute(sa.delete(of_matches).where(of_matches.c.match_id.in_(dropped)))
        self.connection.execute(sa.update(jobs).where(jobs.c.case_id == case_id).values(keeps_vectors=False))
        is_open = jobs.c.state.in_([JobState.QUEUED, JobState.RUNNING, JobState.PAUSED])
        under_way = sa.select(jobs.c.id).where(jobs.c.case_id == case_id, is_open)
        needed = sa.and_(kept.c.is_candidate, kept.c.scan_id.in_(under_way))
        gone = self.connection.execute(sa.delete(kept).where(kept.c.case_id == case_id, sa.not_(needed)))
        return gone.rowcount

    def tidy_vectors(self, job: Job) -> None:
        """When a scan has ended: only a footage's newest scan keeps tracks, and only with the case's permission."""
        kept, jobs = schema.track_vectors, schema.jobs
        where = kept.c.scan_id == job.id
        if self.keeps_vectors(job.id):
            alike = sa.select(jobs.c.id).where(jobs.c.kind == job.kind, jobs.c.id != job.id)
            where = sa.and_(kept.c.footage_id == job.of_id, kept.c.engine == job.engine, kept.c.scan_id.in_(alike))
        self.connection.execute(sa.delete(kept).where(where))

    def forget_scan(self, job_id: str) -> None:
        """Delete the vectors that a scan kept which came to no end; its candidates keep theirs."""
        kept = schema.track_vectors
        self.connection.execute(sa.delete(kept).where(kept.c.scan_id == job_id))

    def set_references(self, job_id: str, references: Sequence[str]) -> bool:
        """Give a job that no worker has begun other reference photos; False when one has."""
        jobs = schema.jobs
        is_waiting = jobs.c.state.in_([JobState.QUEUED, JobState.PAUSED])
        where = sa.and_(jobs.c.id == job_id, is_waiting, jobs.c.started_at.is_(None))
        changed = self.connection.execute(sa.update(jobs).where(where).values(reference_ids=list(references)))
        return changed.rowcount == 1

    def _put(self, table: sa.Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        where = sa.and_(*(table.c[name] == value for name, value in key.items()))
        if self.connection.execute(sa.update(table).where(where).values(values)).rowcount == 0:
            self.connection.execute(sa.insert(table).values(key | values))
