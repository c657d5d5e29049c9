"""From footage and reference photos to tracks with times and similarities."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from data.models import Coverage, in_utc
from recognition.faces import Engine, EngineInfo, Faces, Float
from recognition.footage import MAX_PIXELS, FootageInfo, Frame, Segment, frames, probe, segments
from recognition.joining import join
from recognition.pictures import boxed, jpeg
from recognition.references import References, reference_vectors
from recognition.similarity import track_similarity
from recognition.tally import Tally, combined
from recognition.tracks import Follower, Shot, Track, observe

__all__ = [
    "References",
    "ScanResult",
    "ScannedTrack",
    "SegmentResult",
    "join",
    "reference_vectors",
    "scan",
    "scan_segment",
    "to_json",
]

SAMPLE_FPS = 8.0
SEGMENT_S = 60.0

_EMBED_AT_ONCE = 16  # tracks whose shots wait for one batch
# Detectors give boxes well below the size asked for (MTCNN 10 px at 24): such faces match anybody.
_SMALLEST_SHARE = 0.7

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class ScannedTrack:
    """One face followed, compared with the references. Times are container seconds, boxes pixels of the footage.

    `seen` counts the samples that show it, `shots` those compared: row i of `vectors`, ``(shots, d)`` in the engine's
    own space, comes from a face of ``shot_px[i]`` pixels (shorter side) and quality ``shot_quality[i]``, best first.
    `quality` is that of the best shot, which the
    JPEG pictures show; they are None below the review floor. `crop_jpeg` holds the face with half its size around
    it, `context_jpeg` the whole picture at no more than 960 px width.
    """

    segment: int
    start_s: float
    end_s: float
    best_s: float
    best_box_px: Box
    first_box_px: Box
    last_box_px: Box
    seen: int
    shots: int
    similarity: float
    quality: float
    time_source: str
    shot_px: tuple[float, ...] = ()
    shot_quality: tuple[float, ...] = ()
    vectors: Float | None = field(default=None, compare=False, repr=False)
    crop_jpeg: bytes | None = None
    context_jpeg: bytes | None = None


@dataclass(frozen=True)
class SegmentResult:
    """What one segment gave; tracks in the order of their beginning."""

    segment: Segment
    tracks: tuple[ScannedTrack, ...]
    coverage: Coverage


@dataclass(frozen=True)
class ScanResult:
    """What a whole footage gave; tracks most alike first."""

    info: FootageInfo
    sha256: str
    engine: EngineInfo
    coverage: Coverage
    tracks: tuple[ScannedTrack, ...]
    elapsed_s: float


def scan_segment(
    path: Path,
    segment: Segment,
    *,
    engine: Engine,
    references: References,
    sample_fps: float = SAMPLE_FPS,
    min_face_px: float | None = None,
    max_pixels: int = MAX_PIXELS,
    keep_pictures: bool = True,
) -> SegmentResult:
    """Find, follow and compare the faces of one segment.

    Parameters
    ----------
    sample_fps
        Pictures examined for each second of container time, above 0.
    min_face_px
        Smallest useful face, shorter side; None takes the engine's.
    keep_pictures
        Whether tracks at or above the engine's review floor keep crop and context.

    Raises
    ------
    UnreadableFootage
        The file cannot be opened at all; damage inside it is counted in the coverage instead.
    """
    smallest_px = engine.info.min_face_px if min_face_px is None else min_face_px
    tally = Tally()
    follower = Follower(sample_fps=sample_fps)
    live: dict[int, Track] = {}
    ended: list[Track] = []
    done: list[ScannedTrack] = []
    last: tuple[Frame, Faces] | None = None
    for frame in frames(path, segment, sample_fps=sample_fps, tally=tally, max_pixels=max_pixels):
        if last is not None and frame.shows_the_same_as(last[0]):
            faces = last[1]
        else:
            found = engine.detect(frame.image_bgr, min_face_px=smallest_px)
            faces = found[found.size_px >= _SMALLEST_SHARE * smallest_px]
        last = (frame, faces)
        tally.faces_seen += len(faces)
        observe(frame, faces, follower, live)
        ended += [live.pop(number) for number in sorted(live.keys() - follower.live)]
        if len(ended) >= _EMBED_AT_ONCE:
            done += _compared(ended, segment, engine, references, keep_pictures)
            ended = []
    done += _compared([*ended, *live.values()], segment, engine, references, keep_pictures)
    return SegmentResult(segment, tuple(sorted(done, key=_by_beginning)), tally.coverage())


def scan(
    path: Path,
    *,
    engine: Engine,
    references: References,
    segment_s: float = SEGMENT_S,
    sample_fps: float = SAMPLE_FPS,
    min_face_px: float | None = None,
    max_pixels: int = MAX_PIXELS,
    keep_pictures: bool = False,
    on_progress: Callable[[SegmentResult], None] | None = None,
) -> ScanResult:
    """Scan a whole footage, segment by segment, here and now. Parameters and errors as for `scan_segment`."""
    begun = monotonic()
    info = probe(path, max_pixels=max_pixels)
    results: list[SegmentResult] = []
    for segment in segments(path, segment_s, max_pixels=max_pixels):
        result = scan_segment(
            path,
            segment,
            engine=engine,
            references=references,
            sample_fps=sample_fps,
            min_face_px=min_face_px,
            max_pixels=max_pixels,
            keep_pictures=keep_pictures,
        )
        results.append(result)
        if on_progress is not None:
            on_progress(result)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return ScanResult(
        info=info,
        sha256=sha256,
        engine=engine.info,
        coverage=combined([result.coverage for result in results], frames_claimed=info.frames_claimed),
        tracks=tuple(sorted(join(results), key=lambda t: (-t.similarity, *_by_beginning(t)))),
        elapsed_s=monotonic() - begun,
    )


def to_json(result: ScanResult, *, include_all: bool = False, started_at: datetime | None = None) -> dict[str, Any]:
    """The scan as ``cli.py scan`` writes it: candidates, or every track, most alike first.

    With `started_at`, the aware time at container time 0, every moment also stands as true time in UTC
    (``start_at``, ``end_at``, and ``at`` of the best shot).
    """
    zero = None if started_at is None else in_utc(started_at, "started_at")
    ids = {id(t): f"t{n:04d}" for n, t in enumerate(sorted(result.tracks, key=_by_beginning), start=1)}
    floor = result.engine.review_floor
    return {
        "footage": {
            "sha256": result.sha256,
            "codec": result.info.codec,
            "width": result.info.width,
            "height": result.info.height,
            "duration_s": None if result.info.duration_s is None else round(result.info.duration_s, 3),
        },
        "engine": {
            "name": result.engine.name,
            "models": dict(result.engine.models),
            "review_floor": result.engine.review_floor,
            "alert_threshold": result.engine.alert_threshold,
        },
        "coverage": {
            "frames_claimed": result.coverage.frames_claimed,
            "packets_read": result.coverage.packets_read,
            "packets_unreadable": result.coverage.packets_unreadable,
            "frames_decoded": result.coverage.frames_decoded,
            "frames_examined": result.coverage.frames_examined,
            "unreadable_spans_s": [list(span) for span in result.coverage.unreadable_spans_s],
        },
        "tracks": [
            _track_json(track, ids[id(track)], floor=floor, zero=zero)
            for track in result.tracks
            if include_all or track.similarity >= floor
        ],
        "elapsed_s": round(result.elapsed_s, 3),
    }


def _track_json(track: ScannedTrack, track_id: str, *, floor: float, zero: datetime | None) -> dict[str, Any]:
    best: dict[str, Any] = {
        "time_s": round(track.best_s, 3),
        "box_px": [round(v, 1) for v in track.best_box_px],
    }
    found: dict[str, Any] = {
        "id": track_id,
        "start_s": round(track.start_s, 3),
        "end_s": round(track.end_s, 3),
        "similarity": round(track.similarity, 4),
        "is_candidate": track.similarity >= floor,
        "best": best,
        "shots": track.shots,
        "time_source": track.time_source,
    }
    if zero is not None:
        best["at"] = _at(zero, track.best_s)
        found["start_at"], found["end_at"] = _at(zero, track.start_s), _at(zero, track.end_s)
    return found


def _at(zero: datetime, time_s: float) -> str:
    return (zero + timedelta(seconds=time_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _compared(
    tracks: list[Track], segment: Segment, engine: Engine, references: References, keep_pictures: bool
) -> list[ScannedTrack]:
    """The tracks with their similarity, all shots embedded in one batch; pixels are dropped but for candidates."""
    if not tracks:
        return []
    vectors = engine.embed_crops([(shot.crop_bgr, shot.face) for track in tracks for shot in track.shots])
    found: list[ScannedTrack] = []
    at = 0
    for track in tracks:
        mine, at = vectors[at : at + len(track.shots)], at + len(track.shots)
        similarity = track_similarity(engine, mine, references.vectors)
        is_pictured = keep_pictures and similarity >= engine.info.review_floor
        found.append(_scanned(track, segment, mine, similarity, with_pictures=is_pictured))
    return found


def _scanned(track: Track, segment: Segment, vectors: Float, similarity: float, *, with_pictures: bool) -> ScannedTrack:
    best = track.shots[0]
    return ScannedTrack(
        segment=segment.index,
        start_s=track.start_s,
        end_s=track.end_s,
        best_s=best.time_s,
        best_box_px=best.box_px,
        first_box_px=track.first_box_px,
        last_box_px=track.last_box_px,
        seen=track.seen,
        shots=len(track.shots),
        similarity=similarity,
        quality=best.quality,
        time_source=track.time_source,
        shot_px=tuple(shot.face_px for shot in track.shots),
        shot_quality=tuple(shot.quality for shot in track.shots),
        vectors=vectors,
        crop_jpeg=jpeg(best.crop_bgr) if with_pictures else None,
        context_jpeg=_context(track, best) if with_pictures else None,
    )


def _context(track: Track, best: Shot) -> bytes | None:
    """The whole picture at the best moment, with a box around the face."""
    if track.context_bgr is None:
        return None
    return jpeg(boxed(track.context_bgr, best.box_px, scale=track.context_scale))


def _by_beginning(track: ScannedTrack) -> tuple[float, Box, float]:
    return track.start_s, track.first_box_px, track.end_s
