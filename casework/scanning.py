"""What a worker does for a job, step by step. Each step may run twice and counts once."""

import copy
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from casework import jobs, uses
from casework.access import for_machines
from casework.comparing import compare_again, photo_vectors, references_of
from casework.gallery_parts import GALLERY
from casework.gallery_parts import ended as gallery_ended
from casework.governance import check_in_period, check_searchable
from casework.grouping import group_candidates
from casework.kept import derivatives_of, kept_track, scanned_tracks
from casework.naming import named
from casework.offering import WORKER, Offer, Remembered, offers, settle
from casework.purging import remove_unused
from casework.retention import forget_expired
from casework.segment_results import (
    SoFar,
    Spans,
    candidates_vectors,
    counted,
    finished,
    pictures_of,
    pieces_of,
    planned,
    segment_of,
)
from data import leases
from data.errors import BadInput, ChildKilled, LeaseLost, NotFound, UnreadableImage
from data.evidence_rows import put_derivatives
from data.models import (
    Coverage,
    Derivative,
    Footage,
    Job,
    JobState,
    KeptTrack,
    Lease,
    Photo,
    Thoroughness,
    utc_now,
)
from data.rows import coverage_of
from data.store import Store, Writing
from recognition.eyes import Eyes, OwnEyes
from recognition.faces import Engine
from recognition.footage import FootageInfo, Segment
from recognition.scan import References, SegmentResult
from recognition.tally import combined


@dataclass(frozen=True)
class Limits:
    """How a worker looks at footage: see the settings of the same names."""

    segment_s: float = 180.0
    thoroughness: Thoroughness = Thoroughness.BALANCED
    min_face_px: float = 24.0
    max_pixels: int = 40_000_000
    calibrations_dir: Path | None = None


class Workshop:
    """A store, engines opened when first needed, eyes for strangers' files, and the steps of the jobs."""

    def __init__(
        self, store: Store, open_engine: Callable[[str], Engine], limits: Limits, eyes: Eyes | None = None
    ) -> None:
        self.store = store
        self.limits = limits
        self.eyes = eyes or OwnEyes()
        self.open_engine = lru_cache(maxsize=2)(open_engine)
        self.lease: Lease | None = None

    def under(self, lease: Lease) -> "Workshop":
        """The same workshop for one job: it writes only as long as the job is leased to it, else raises LeaseLost."""
        leased = copy.copy(self)
        leased.lease = lease
        return leased

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction that shows the lease first, where the workshop works under one."""
        with self.store.writing() as writing:
            if self.lease is not None:
                leases.hold(writing, self.lease)
            yield writing

    @contextmanager
    def keeping(self, job_id: str, pictures: Iterable[str | None]) -> Iterator[Writing]:
        """A transaction for pictures that lie in the files already; they go where the case was destroyed meanwhile."""
        try:
            with self.writing() as writing:
                yield writing
        except LeaseLost:
            try:
                self.store.job(job_id)
            except NotFound:
                remove_unused(self.store, {picture for picture in pictures if picture})
            raise

    # photos

    @for_machines
    def check_photo(self, job_id: str) -> None:
        """Find the face in a reference photo; what is wrong with the photo is kept with it, for the page to say.

        With a photo more to compare with, all that was searched before is brought up to date.
        """
        job = self.begin(job_id)
        photo = self.store.photo(job.of_id)
        engine = self.open_engine(job.engine)
        max_pixels = self.limits.max_pixels
        try:
            with named(photo):
                found = self.eyes.check_photo(
                    self.store.files.path(photo.sha256), engine, name=photo.original_name, max_pixels=max_pixels
                )
            photo_vectors(self.store, engine, self.eyes, photo, max_pixels=max_pixels)
        except (BadInput, UnreadableImage, ChildKilled) as error:
            changes: dict[str, Any] = {"problem": str(error), "box_px": None, "quality": None}
        else:
            changes = {
                "problem": None,
                "box_px": found.box_px,
                "quality": found.quality,
                "preview_sha256": self.store.files.put_bytes(found.preview_jpeg, what=photo.original_name),
                "crop_sha256": self.store.files.put_bytes(found.crop_jpeg, what=photo.original_name),
            }
        with self.keeping(job_id, [changes.get("preview_sha256"), changes.get("crop_sha256")]) as writing:
            writing.change(Photo, photo.id, **changes)
            put_derivatives(writing, _made_of(photo, changes, by=f"photo check, {engine.info.name}"))
            writing.change(Job, job_id, state=JobState.DONE, ended_at=utc_now())
        jobs.references_changed(self.store, job.case_id, by=WORKER)

    # scans

    @for_machines
    def plan(self, job_id: str) -> Spans:
        """Look at the footage's head and cut it into segments, once: the spans, in container seconds."""
        if (known := leases.spans_of(self.store, job_id)) is not None:
            return known
        job = self.begin(job_id)
        self._check_searchable(job)
        footage = self.store.footage(job.of_id)
        info, spans = self.cut(footage)
        end_s = spans[-1][1] if spans else 0.0
        case = self.store.case(job.case_id)
        check_in_period(case, self.store.sightings(case.id), footage, seconds=end_s)
        with self.writing() as writing:
            uses.began(writing, job, self._photos(job), footage=footage, seconds=end_s)
            writing.change(Job, job_id, **planned(info, spans))
        return spans

    def cut(self, footage: Footage) -> tuple[FootageInfo, Spans]:
        """What a footage's head says, and the segments that it is looked at by, in container seconds."""
        path = self.store.files.path(footage.sha256)
        with named(footage):
            info = self.eyes.probe(path, max_pixels=self.limits.max_pixels)
            found = self.eyes.segments(path, self.limits.segment_s, max_pixels=self.limits.max_pixels)
        return info, [[s.start_s, s.end_s] for s in found]

    def look(self, footage: Footage, segment: Segment, engine: Engine, references: References) -> SegmentResult:
        """Who is seen in one segment, as this worker looks at footage."""
        with named(footage):
            return self.eyes.scan_segment(
                self.store.files.path(footage.sha256),
                segment,
                engine=engine,
                references=references,
                thoroughness=self.limits.thoroughness,
                min_face_px=self.limits.min_face_px,
                max_pixels=self.limits.max_pixels,
            )

    @for_machines
    def scan_segment(self, job_id: str, index: int, spans: Spans) -> None:
        """Scan one segment; its tracks, counts and new candidates are kept in one transaction.

        NotGoverned once the case was closed or its authority has ended: it is not searched on.
        """
        job = self.store.job(job_id)
        self._check_searchable(job)
        footage = self.store.footage(job.of_id)
        began_s = time.monotonic()
        result = self.look(footage, segment_of(index, spans), self.open_engine(job.engine), self._references(job))
        self._keep(job, footage, spans, result, began_s=began_s)

    @for_machines
    def give_up(self, job_id: str, index: int, spans: Spans, why: str) -> None:
        """Leave out a segment at which workers crash: nobody was looked for in it, and the coverage says so."""
        job = self.store.job(job_id)
        result = self.unseen(index, spans)
        self._keep(job, self.store.footage(job.of_id), spans, result, began_s=time.monotonic(), given_up=why)

    def unseen(self, index: int, spans: Spans) -> SegmentResult:
        """What a segment gives that is left out: nobody, and the coverage says so."""
        start_s, end_s = spans[index]
        nothing = Coverage(None, unreadable_spans_s=((start_s, end_s),), thoroughness=self.limits.thoroughness)
        return SegmentResult(segment_of(index, spans), (), nothing)

    def _keep(
        self, job: Job, footage: Footage, spans: Spans, result: SegmentResult, *, began_s: float, given_up: str = ""
    ) -> None:
        """Keep what a segment gave: its tracks, counts and new candidates, in one transaction."""
        job_id, index, engine = job.id, result.segment.index, self.open_engine(job.engine)
        kept: dict[str, Any] = {
            "tracks": [kept_track(self.store.files, track, footage) for track in result.tracks],
            "coverage": asdict(result.coverage),
        }
        pieces = pieces_of(job, result, floor=engine.info.review_floor)
        so_far = self.so_far(job_id, index, kept)
        offered = self._offers(job, footage, engine, so_far, pieces, spans)
        start_s, end_s = spans[index]
        pictures = [track[name] for track in kept["tracks"] for name in ("crop", "context")]
        with self.keeping(job_id, pictures) as writing:
            writing.put_segment(job_id, index, kept, end_s - start_s)
            for track in kept["tracks"]:
                put_derivatives(writing, derivatives_of(footage, track, made_by=f"scan {job_id}, {engine.info.name}"))
            leases.well_ended(writing, job_id, index)
            keeps_all = writing.keeps_vectors(job_id)
            for piece in pieces:
                if keeps_all or piece.is_candidate:
                    writing.put_kept_track(piece)
            settle(writing, offered)
            counts = counted(so_far, spans) | {"candidates": sum(offer.is_candidate for offer in offered)}
            worked_s = job.worked_s + time.monotonic() - began_s
            gone = [*job.given_up, *([(start_s, end_s, given_up)] if given_up else [])]
            models = dict(engine.info.models)
            writing.change(Job, job_id, models=models, worked_s=worked_s, note="", given_up=gone, **counts)

    def so_far(self, job_id: str, index: int, kept: dict[str, Any]) -> SoFar:
        """What every segment gave until now, in order, with this one's new result."""
        known = [(n, result) for n, result, _ in self.store.segments(job_id) if n != index]
        return sorted([*known, (index, kept)], key=lambda pair: pair[0])

    @for_machines
    def finish(self, job_id: str) -> None:
        """Add up what was looked at, group the candidates, and say the job is done.

        Where the reference photos changed meanwhile, what they ask for is asked for now.
        """
        job = self.store.job(job_id)
        whole = self.whole(job)
        # before it is said to be done: a worker that dies in between does it once more
        group_candidates(self.store, job.case_id, self.open_engine(job.engine))
        at = utc_now()
        with self.writing() as writing:
            writing.change(Job, job_id, state=JobState.DONE, ended_at=at, coverage=whole)
            writing.audit(
                at=at, by=WORKER, action="scan done", case_id=job.case_id, job=job_id, candidates=job.candidates
            )
            uses.ended(writing, job, "done", by=WORKER)
            writing.tidy_vectors(job)
            leases.forget_older(writing, job)
        jobs.references_changed(self.store, job.case_id, by=WORKER)

    def whole(self, job: Job) -> Coverage:
        """What all segments of a search looked at together."""
        coverages = [coverage_of(result["coverage"]) for _, result, _ in self.store.segments(job.id)]
        claimed = job.coverage.frames_claimed if job.coverage else None
        return combined([c for c in coverages if c is not None], frames_claimed=claimed)

    # comparing again

    @for_machines
    def recompare(self, job_id: str) -> None:
        """Compare all that was kept of a case with its reference photos as they are now."""
        job = self.begin(job_id)
        self._check_searchable(job)
        engine = self.open_engine(job.engine)
        with self.writing() as writing:
            uses.began(writing, job, self._photos(job))
        compared = compare_again(self.store, job, engine, self.eyes, max_pixels=self.limits.max_pixels)
        group_candidates(self.store, job.case_id, engine)
        at = utc_now()
        with self.writing() as writing:
            writing.change(Job, job_id, state=JobState.DONE, ended_at=at, candidates=compared.candidates)
            writing.audit(
                at=at, by=WORKER, action="compared again", case_id=job.case_id, job=job_id, **asdict(compared)
            )
            uses.ended(writing, replace(job, models=dict(engine.info.models)), "done", by=WORKER)
        jobs.references_changed(self.store, job.case_id, by=WORKER)

    # any job

    @for_machines
    def settle(self, job_id: str) -> None:
        """Once a job is done: ask for what changes of the reference photos meanwhile ask for; harmless to repeat."""
        jobs.references_changed(self.store, self.store.job(job_id).case_id, by=WORKER)

    @for_machines
    def fail(self, job_id: str, why: str) -> None:
        """Say on the job, in plain words, why it ended; what was found before stays."""
        job = self.store.job(job_id)
        at = utc_now()
        with self.writing() as writing:
            writing.change(Job, job_id, state=JobState.FAILED, error=why, ended_at=at, lease_run=None)
            writing.audit(at=at, by=WORKER, action=f"{job.kind} failed", case_id=job.case_id, job=job_id, why=why)
            if job.kind in ("scan", GALLERY):
                writing.forget_scan(job_id)
            if job.kind == GALLERY:
                gallery_ended(self.store, writing, job, "failed", by=WORKER)
            if job.kind in uses.KINDS:
                uses.ended(writing, job, "failed", by=WORKER)

    @for_machines
    def hold_back(self, job_id: str, why: str) -> None:
        """Pause a job that cannot go on until a person has done something; what it has is kept."""
        job = self.store.job(job_id)
        with self.writing() as writing:
            writing.change(Job, job_id, state=JobState.PAUSED, note=why, lease_run=None)
            leases.not_crashed(writing, job_id)
            writing.audit(
                at=utc_now(), by=WORKER, action=f"{job.kind} held back", case_id=job.case_id, job=job_id, why=why
            )

    # pieces

    def begin(self, job_id: str) -> Job:
        """Say that the job is being done."""
        started_at = self.store.job(job_id).started_at or utc_now()
        with self.writing() as writing:
            writing.change(Job, job_id, state=JobState.RUNNING, started_at=started_at)
        return self.store.job(job_id)

    def _check_searchable(self, job: Job) -> None:
        """NotGoverned where the case may not be searched; what it may keep no more is forgotten before it is used."""
        forget_expired(self.store, job.case_id)
        check_searchable(self.store.case(job.case_id), utc_now())

    def _photos(self, job: Job) -> list[Photo]:
        return [self.store.photo(id) for id in job.reference_ids]

    def _references(self, job: Job) -> References:
        """The vectors of the photos that stood in the case when the scan was asked for."""
        engine = self.open_engine(job.engine)
        return references_of(self.store, engine, self.eyes, job.reference_ids, max_pixels=self.limits.max_pixels)

    def _offers(
        self,
        job: Job,
        footage: Footage,
        engine: Engine,
        results: list[tuple[int, dict[str, Any]]],
        pieces: list[KeptTrack],
        spans: Spans,
    ) -> list[Offer]:
        """What becomes of every finished track; one that may go on is waited for."""
        vectors = candidates_vectors([*self.store.kept_tracks(job.id, candidates_only=True), *pieces])
        found = finished([(n, scanned_tracks(result, n, vectors)) for n, result in results], spans)
        return offers(Remembered(self.store, job.case_id, engine), footage, job.id, found, pictures_of(results))


def _made_of(photo: Photo, changes: Mapping[str, Any], *, by: str) -> Iterator[Derivative]:
    """What was made from a photo that was checked."""
    words = {
        "preview_sha256": "photo made smaller, with a box around the face",
        "crop_sha256": "face cut out of a photo",
    }
    for name, kind in words.items():
        if changes.get(name):
            yield Derivative(photo.case_id, changes[name], photo.sha256, kind, by, utc_now(), box_px=changes["box_px"])
