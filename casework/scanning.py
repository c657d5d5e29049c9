"""What a worker does for a job, step by step. Each step may run twice and counts once."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from data.errors import BadInput, UnreadableImage
from data.models import Coverage, FaceTrack, Footage, Job, JobState, Match, MatchState, Photo, utc_now
from data.store import Store, Writing, coverage_of
from recognition.faces import Engine
from recognition.footage import Segment, probe, segments
from recognition.joining import LONGEST_GAP_S
from recognition.photos import check_photo
from recognition.scan import References, ScannedTrack, SegmentResult, join, reference_vectors, scan_segment
from recognition.tally import combined

Spans = list[list[float]]


@dataclass(frozen=True)
class Limits:
    """How a worker looks at footage: see the settings of the same names."""

    segment_s: float = 60.0
    sample_fps: float = 8.0
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
        """Find the face in a reference photo; what is wrong with the photo is kept with it, for the page to say."""
        job = self._begin(job_id)
        photo = self.store.photo(job.of_id)
        try:
            found = check_photo(
                self.store.files.path(photo.sha256),
                self.open_engine(job.engine),
                name=photo.original_name,
                max_pixels=self.limits.max_pixels,
            )
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
                sample_fps=self.limits.sample_fps,
                min_face_px=self.limits.min_face_px,
                max_pixels=self.limits.max_pixels,
            )
        kept = {"tracks": [self._kept_track(t, footage) for t in result.tracks], "coverage": asdict(result.coverage)}
        earlier = [(n, r) for n, r, _ in self.store.segments(job_id) if n != index]
        so_far = sorted([*earlier, (index, kept)], key=lambda pair: pair[0])
        candidates = self._candidates(job, footage, engine, so_far, spans)
        with self.store.writing() as writing:
            writing.put_segment(job_id, index, kept, segment.end_s - segment.start_s)
            for match in candidates:
                self._offer(writing, match)
            writing.change(
                Job,
                job_id,
                segments_done=len(so_far),
                seconds_done=sum(spans[n][1] - spans[n][0] for n, _ in so_far),
                faces_seen=sum(r["coverage"]["faces_seen"] for _, r in so_far),
                candidates=len(candidates),
            )

    def finish(self, job_id: str) -> None:
        """Add up what was looked at, and say the job is done."""
        job = self.store.job(job_id)
        coverages = [coverage_of(result["coverage"]) for _, result, _ in self.store.segments(job_id)]
        claimed = job.coverage.frames_claimed if job.coverage else None
        whole = combined([c for c in coverages if c is not None], frames_claimed=claimed)
        at = utc_now()
        with self.store.writing() as writing:
            writing.change(Job, job_id, state=JobState.DONE, ended_at=at, coverage=whole)
            writing.audit(
                at=at, by="worker", action="scan done", case_id=job.case_id, job=job_id, candidates=job.candidates
            )

    def fail(self, job_id: str, why: str) -> None:
        """Say on the job, in plain words, why it ended; what was found before stays."""
        job = self.store.job(job_id)
        at = utc_now()
        with self.store.writing() as writing:
            writing.change(Job, job_id, state=JobState.FAILED, error=why, ended_at=at)
            writing.audit(at=at, by="worker", action=f"{job.kind} failed", case_id=job.case_id, job=job_id, why=why)

    # pieces

    def _begin(self, job_id: str) -> Job:
        with self.store.writing() as writing:
            writing.change(Job, job_id, state=JobState.RUNNING, started_at=utc_now())
        return self.store.job(job_id)

    @cached_property
    def _references_of(self) -> Callable[[str, tuple[str, ...]], References]:
        @lru_cache(maxsize=4)
        def of(engine: str, sha256s: tuple[str, ...]) -> References:
            paths = [self.store.files.path(sha256) for sha256 in sha256s]
            return reference_vectors(self.open_engine(engine), paths, max_pixels=self.limits.max_pixels)

        return of

    def _references(self, job: Job) -> References:
        """The vectors of the photos that stood in the case when the scan was asked for."""
        return self._references_of(job.engine, tuple(self.store.photo(id).sha256 for id in job.reference_ids))

    def _kept_track(self, track: ScannedTrack, footage: Footage) -> dict[str, Any]:
        """A track as it is kept: plain values, pictures by hash."""
        kept = asdict(replace(track, crop_jpeg=None, context_jpeg=None, vectors=None))
        del kept["vectors"]
        for name, picture in (("crop", track.crop_jpeg), ("context", track.context_jpeg)):
            del kept[f"{name}_jpeg"]
            kept[name] = self.store.files.put_bytes(picture, what=footage.original_name) if picture else None
        return kept

    def _candidates(
        self, job: Job, footage: Footage, engine: Engine, results: list[tuple[int, dict[str, Any]]], spans: Spans
    ) -> list[Match]:
        """A match for every finished track at or above the review floor; one that may go on is waited for."""
        pictures = {_key(kept): kept for _, result in results for kept in result["tracks"]}
        whole = [SegmentResult(_segment(n, spans), _tracks(r), Coverage(None)) for n, r in results]
        read_to_s = spans[results[-1][0]][1]
        is_end = results[-1][0] == len(spans) - 1
        return [
            _match(job, footage, engine, track, pictures)
            for track in join(whole)
            if track.similarity >= engine.info.review_floor and (is_end or track.end_s + LONGEST_GAP_S < read_to_s)
        ]

    def _offer(self, writing: Writing, match: Match) -> None:
        """Put a candidate up for review, unless it is there: a decision once taken is never asked for again."""
        writing.put_track(match.track)
        if not any(known.id == match.id for known in self.store.matches(match.case_id)):
            writing.add_match(match)


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


def _tracks(result: dict[str, Any]) -> tuple[ScannedTrack, ...]:
    """Tracks as `join` wants them; their pictures are found again by `_key`."""
    found = []
    for kept in result["tracks"]:
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in kept.items()}
        del values["crop"], values["context"]
        found.append(ScannedTrack(**values, crop_jpeg=b"" if kept["crop"] else None))
    return tuple(found)


def _key(track: dict[str, Any]) -> tuple[float, tuple[float, ...]]:
    return track["best_s"], tuple(track["best_box_px"])


def _match(
    job: Job, footage: Footage, engine: Engine, track: ScannedTrack, pictures: dict[Any, dict[str, Any]]
) -> Match:
    kept = pictures[(track.best_s, tuple(track.best_box_px))]
    # the same track of the same footage is the same match, whichever scan found it
    identity = f"{footage.case_id} {footage.id} {job.engine} {track.start_s:.3f} {track.first_box_px}"
    match_id = hashlib.sha256(identity.encode()).hexdigest()[:32]
    face = FaceTrack(
        id=match_id,
        scan_id=job.id,
        segment=track.segment,
        start_s=track.start_s,
        end_s=track.end_s,
        best_s=track.best_s,
        best_box_px=track.best_box_px,
        shots=track.shots,
        similarity=track.similarity,
        quality=track.quality,
        time_source=track.time_source,
        crop_sha256=kept["crop"],
        context_sha256=kept["context"],
    )
    return Match(
        id=match_id,
        case_id=job.case_id,
        footage_id=footage.id,
        track=face,
        engine=job.engine,
        review_floor=engine.info.review_floor,
        alert_threshold=engine.info.alert_threshold,
        state=MatchState.TO_REVIEW,
        created_at=utc_now(),
    )
