"""What a worker does for a job, step by step. Each step may run twice and counts once."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from casework import jobs
from casework.comparing import compare_again, photo_vectors, references_of
from casework.grouping import group_candidates
from casework.kept import kept_track, picture_key, scanned_tracks, vectors_of
from casework.offering import WORKER, Offer, Remembered, offers, settle
from data.errors import BadInput, UnreadableImage
from data.models import Coverage, FaceVectors, Footage, Job, JobState, KeptTrack, Photo, Thoroughness, utc_now
from data.rows import coverage_of
from data.store import Store
from recognition.faces import Engine
from recognition.footage import Segment, probe, segments
from recognition.joining import LONGEST_GAP_S
from recognition.photos import check_photo
from recognition.scan import References, SegmentResult, join, scan_segment
from recognition.tally import combined

Spans = list[list[float]]


@dataclass(frozen=True)
class Limits:
    """How a worker looks at footage: see the settings of the same names."""

    segment_s: float = 180.0
    thoroughness: Thoroughness = Thoroughness.BALANCED
    min_face_px: float = 24.0
    max_pixels: int = 40_000_000


class Workshop:
    """A store, engines opened when first needed, and the steps of the jobs."""

    def __init__(self, store: Store, open_engine: Callable[[str], Engine], limits: Limits) -> None:
        self.store = store
        self.limits = limits
        self.open_engine = lru_cache(maxsize=2)(open_engine)

    # photos

    def check_photo(self, job_id: str) -> None:
        """Find the face in a reference photo; what is wrong with the photo is kept with it, for the page to say.

        With a photo more to compare with, all that was searched before is brought up to date.
        """
        job = self._begin(job_id)
        photo = self.store.photo(job.of_id)
        engine = self.open_engine(job.engine)
        max_pixels = self.limits.max_pixels
        try:
            found = check_photo(
                self.store.files.path(photo.sha256), engine, name=photo.original_name, max_pixels=max_pixels
            )
            photo_vectors(self.store, engine, photo, max_pixels=max_pixels)
        except (BadInput, UnreadableImage) as error:
            changes: dict[str, Any] = {"problem": str(error), "box_px": None, "quality": None}
        else:
            changes = {
                "problem": None,
                "box_px": found.box_px,
                "quality": found.quality,
                "preview_sha256": self.store.files.put_bytes(found.preview_jpeg, what=photo.original_name),
                "crop_sha256": self.store.files.put_bytes(found.crop_jpeg, what=photo.original_name),
            }
        with self.store.writing() as writing:
            writing.change(Photo, photo.id, **changes)
            writing.change(Job, job_id, state=JobState.DONE, ended_at=utc_now())
        jobs.references_changed(self.store, job.case_id, by=WORKER)

    # scans

    def plan(self, job_id: str) -> Spans:
        """Look at the footage's head and cut it into segments: the spans, in container seconds."""
        job = self._begin(job_id)
        footage = self.store.footage(job.of_id)
        path = self.store.files.path(footage.sha256)
        with named(footage):
            info = probe(path, max_pixels=self.limits.max_pixels)
            found = segments(path, self.limits.segment_s, max_pixels=self.limits.max_pixels)
        with self.store.writing() as writing:
            writing.change(
                Job,
                job_id,
                segments_total=len(found),
                seconds_total=sum(s.end_s - s.start_s for s in found),
                coverage=Coverage(info.frames_claimed),
            )
        return [[s.start_s, s.end_s] for s in found]

    def scan_segment(self, job_id: str, index: int, spans: Spans) -> None:
        """Scan one segment; its tracks, counts and new candidates are kept in one transaction."""
        job = self.store.job(job_id)
        footage = self.store.footage(job.of_id)
        segment = _segment(index, spans)
        engine = self.open_engine(job.engine)
        with named(footage):
            result = scan_segment(
                self.store.files.path(footage.sha256),
                segment,
                engine=engine,
                references=self._references(job),
                thoroughness=self.limits.thoroughness,
                min_face_px=self.limits.min_face_px,
                max_pixels=self.limits.max_pixels,
            )
        kept = {
            "tracks": [kept_track(self.store.files, track, footage) for track in result.tracks],
            "coverage": asdict(result.coverage),
        }
        pieces = _pieces(job, result, floor=engine.info.review_floor)
        so_far = [(n, r) for n, r, _ in self.store.segments(job_id) if n != index] + [(index, kept)]
        so_far.sort(key=lambda pair: pair[0])
        offered = self._offers(job, footage, engine, so_far, pieces, spans)
        with self.store.writing() as writing:
            writing.put_segment(job_id, index, kept, segment.end_s - segment.start_s)
            keeps_all = writing.keeps_vectors(job_id)
            for piece in pieces:
                if keeps_all or piece.is_candidate:
                    writing.put_kept_track(piece)
            settle(writing, offered)
            writing.change(
                Job,
                job_id,
                models=dict(engine.info.models),
                tracks=sum(len(r["tracks"]) for _, r in so_far),
                segments_done=len(so_far),
                seconds_done=sum(spans[n][1] - spans[n][0] for n, _ in so_far),
                faces_seen=sum(r["coverage"]["faces_seen"] for _, r in so_far),
                candidates=sum(offer.is_candidate for offer in offered),
            )

    def finish(self, job_id: str) -> None:
        """Add up what was looked at, group the candidates, and say the job is done.

        Where the reference photos changed meanwhile, what they ask for is asked for now.
        """
        job = self.store.job(job_id)
        coverages = [coverage_of(result["coverage"]) for _, result, _ in self.store.segments(job_id)]
        claimed = job.coverage.frames_claimed if job.coverage else None
        whole = combined([c for c in coverages if c is not None], frames_claimed=claimed)
        at = utc_now()
        with self.store.writing() as writing:
            writing.change(Job, job_id, state=JobState.DONE, ended_at=at, coverage=whole)
            writing.audit(
                at=at, by=WORKER, action="scan done", case_id=job.case_id, job=job_id, candidates=job.candidates
            )
            writing.tidy_vectors(job)
        group_candidates(self.store, job.case_id, self.open_engine(job.engine))
        jobs.references_changed(self.store, job.case_id, by=WORKER)

    # comparing again

    def recompare(self, job_id: str) -> None:
        """Compare all that was kept of a case with its reference photos as they are now."""
        job = self._begin(job_id)
        engine = self.open_engine(job.engine)
        compared = compare_again(self.store, job, engine, max_pixels=self.limits.max_pixels)
        group_candidates(self.store, job.case_id, engine)
        at = utc_now()
        with self.store.writing() as writing:
            writing.change(Job, job_id, state=JobState.DONE, ended_at=at, candidates=compared.candidates)
            writing.audit(
                at=at, by=WORKER, action="compared again", case_id=job.case_id, job=job_id, **asdict(compared)
            )
        jobs.references_changed(self.store, job.case_id, by=WORKER)

    # any job

    def fail(self, job_id: str, why: str) -> None:
        """Say on the job, in plain words, why it ended; what was found before stays."""
        job = self.store.job(job_id)
        at = utc_now()
        with self.store.writing() as writing:
            writing.change(Job, job_id, state=JobState.FAILED, error=why, ended_at=at)
            writing.audit(at=at, by=WORKER, action=f"{job.kind} failed", case_id=job.case_id, job=job_id, why=why)
            if job.kind == "scan":
                writing.forget_scan(job_id)

    # pieces

    def _begin(self, job_id: str) -> Job:
        with self.store.writing() as writing:
            writing.change(Job, job_id, state=JobState.RUNNING, started_at=utc_now())
        return self.store.job(job_id)

    def _references(self, job: Job) -> References:
        """The vectors of the photos that stood in the case when the scan was asked for."""
        engine = self.open_engine(job.engine)
        return references_of(self.store, engine, job.reference_ids, max_pixels=self.limits.max_pixels)

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
        vectors = _candidates_vectors([*self.store.kept_tracks(job.id, candidates_only=True), *pieces])
        whole = [
            SegmentResult(_segment(n, spans), scanned_tracks(result, n, vectors), Coverage(None))
            for n, result in results
        ]
        pictures = {
            picture_key(kept["best_s"], kept["best_box_px"]): (kept["crop"], kept["context"])
            for _, result in results
            for kept in result["tracks"]
        }
        read_to_s = spans[results[-1][0]][1]
        is_end = results[-1][0] == len(spans) - 1
        finished = [track for track in join(whole) if is_end or track.end_s + LONGEST_GAP_S < read_to_s]
        return offers(Remembered(self.store, job.case_id, engine), footage, job.id, finished, pictures)


class named:  # noqa: N801  reads as a word: with named(footage)
    """Errors inside speak of the footage by the name it came with, not by its hash."""

    def __init__(self, footage: Footage) -> None:
        self.footage = footage

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, BadInput):
            raise type(error)(str(error).replace(self.footage.sha256, self.footage.original_name)) from error


def _segment(index: int, spans: Spans) -> Segment:
    start_s, end_s = spans[index]
    return Segment(index, start_s, end_s, of=len(spans))


def _pieces(job: Job, result: SegmentResult, *, floor: float) -> list[KeptTrack]:
    """The vectors of a segment's tracks, as they are kept where they may be."""
    found = []
    for place, track in enumerate(result.tracks):
        vectors = vectors_of(track, job.engine)
        if vectors is not None:
            is_candidate = track.similarity >= floor
            where = (job.id, result.segment.index, place)
            found.append(KeptTrack(*where, job.case_id, job.of_id, is_candidate, vectors))
    return found


def _candidates_vectors(kept: list[KeptTrack]) -> dict[tuple[int, int], FaceVectors]:
    return {(piece.segment, piece.place): piece.vectors for piece in kept if piece.is_candidate}
