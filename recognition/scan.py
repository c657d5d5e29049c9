"""From footage and reference photos to tracks with times and similarities."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.models import Coverage, Thoroughness, in_utc
from recognition.attention import PLANS, Attention, Search
from recognition.attention import Box as Piece
from recognition.faces import Engine, EngineInfo, Faces, Float, joined
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

# each segment learns anew what calm is here, some 8 s
SEGMENT_S = 180.0

_EVERY_FRAME_FPS = 25.0  # only to begin with: a follower counts by the times themselves
_SHOTS_A_SECOND = 2.0
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
    thoroughness: Thoroughness = Thoroughness.BALANCED,
    min_face_px: float | None = None,
    max_pixels: int = MAX_PIXELS,
    keep_pictures: bool = True,
) -> SegmentResult:
    """Find, follow and compare the faces of one segment.

    Parameters
    ----------
    thoroughness
        How closely to look; `recognition.attention.PLANS` has what each means.
    min_face_px
        Smallest useful face, shorter side; None takes the engine's.
    keep_pictures
        Whether tracks at or above the engine's review floor keep crop and context.

    Raises
    ------
    UnreadableFootage
        The file cannot be opened at all; damage inside it is counted in the coverage instead.
    """
    plan = PLANS[thoroughness]
    smallest_px = (engine.info.min_face_px if min_face_px is None else min_face_px) * plan.smallest_share
    looking = _Looking(segment, engine, references, thoroughness, smallest_px, keep_pictures=keep_pictures)
    watcher = looking.attention if plan.has_gates else None
    for frame in frames(
        path, segment, sample_fps=plan.sample_fps, tally=looking.tally, max_pixels=max_pixels, watcher=watcher
    ):
        looking.look(frame)
    return looking.result()


def scan(
    path: Path,
    *,
    engine: Engine,
    references: References,
    thoroughness: Thoroughness = Thoroughness.BALANCED,
    segment_s: float = SEGMENT_S,
    min_face_px: float | None = None,
    max_pixels: int = MAX_PIXELS,
    keep_pictures: bool = False,
    at_once: int = 1,
    on_progress: Callable[[SegmentResult], None] | None = None,
) -> ScanResult:
    """Scan a whole footage, segment by segment, here and now. Parameters and errors as for `scan_segment`.

    `at_once` segments are scanned side by side, each in a thread of its own; the result is the same for any number.
    """
    begun = monotonic()
    info = probe(path, max_pixels=max_pixels)

    def one(segment: Segment) -> SegmentResult:
        return scan_segment(
            path,
            segment,
            engine=engine,
            references=references,
            thoroughness=thoroughness,
            min_face_px=min_face_px,
            max_pixels=max_pixels,
            keep_pictures=keep_pictures,
        )

    results: list[SegmentResult] = []
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        for result in pool.map(one, segments(path, segment_s, max_pixels=max_pixels)):
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


class _Looking:
    """The scan of one segment, picture by picture."""

    def __init__(
        self,
        segment: Segment,
        engine: Engine,
        references: References,
        thoroughness: Thoroughness,
        smallest_px: float,
        *,
        keep_pictures: bool,
    ) -> None:
        self.tally = Tally()
        self.attention = Attention(PLANS[thoroughness], face_px=smallest_px)
        self._thoroughness = thoroughness
        self._segment, self._engine, self._references = segment, engine, references
        self._smallest_px = smallest_px
        self._keep_pictures = keep_pictures
        self._follower = Follower(sample_fps=self.attention.plan.sample_fps or _EVERY_FRAME_FPS)
        self._live: dict[int, Track] = {}
        self._ended: list[Track] = []
        self._done: list[ScannedTrack] = []
        self._faces = Faces.empty()

    def look(self, frame: Frame) -> None:
        """Find the faces of one picture and follow them."""
        is_cut = self._follower.look(self.attention.grey(frame))
        search = self.attention.search(frame, self._faces.box_px, is_cut=is_cut)
        standing = self._faces[:0] if search.boxes is None else self._faces[_outside(self._faces, search.boxes)]
        found = self._found(frame, search)
        self.tally.faces_seen += len(found)
        self._faces = joined([standing, found])
        if len(self._faces) or self._live:
            is_found = np.arange(len(self._faces)) >= len(standing)
            begun = observe(
                frame, self._faces, self._follower, self._live, is_found=is_found, skipped_s=frame.skipped_s
            )
            self.tally.audit_tracks += begun if frame.is_audited else 0
            self._put_by()

    def result(self) -> SegmentResult:
        """What the segment gave, once every picture was looked at."""
        self._compare([*self._ended, *self._live.values()])
        coverage = replace(self.tally.coverage(), thoroughness=self._thoroughness.value)
        return SegmentResult(self._segment, tuple(sorted(self._done, key=_by_beginning)), coverage)

    def _found(self, frame: Frame, search: Search) -> Faces:
        """The faces where it is searched, in pixels of the picture."""
        smallest_px = self._smallest_px * search.face_share
        if search.boxes is None:
            found = self._engine.detect(frame.image_bgr, min_face_px=smallest_px)
        else:
            found = joined([self._in_piece(frame, box, smallest_px) for box in search.boxes])
        return found[found.size_px >= _SMALLEST_SHARE * self._smallest_px]

    def _in_piece(self, frame: Frame, box: Piece, smallest_px: float) -> Faces:
        x1, y1, x2, y2 = box
        piece = np.ascontiguousarray(frame.image_bgr[y1:y2, x1:x2])
        return self._engine.detect(piece, min_face_px=smallest_px).moved(x1, y1)

    def _put_by(self) -> None:
        """Compare the tracks that have ended, many at once: their pixels must not pile up."""
        self._ended += [self._live.pop(number) for number in sorted(self._live.keys() - self._follower.live)]
        if len(self._ended) >= _EMBED_AT_ONCE:
            self._compare(self._ended)
            self._ended = []

    def _compare(self, tracks: list[Track]) -> None:
        """Give the tracks their similarity, all shots embedded in one batch; pixels stay only with candidates."""
        # a face that only stood where it was found before has no shot of its own: the track that found it has
        tracks = [track for track in tracks if track.shots]
        if not tracks:
            return
        chosen = [track.shots[: _most_shots(track)] for track in tracks]
        vectors = self._engine.embed_crops([(shot.crop_bgr, shot.face) for shots in chosen for shot in shots])
        self.tally.faces_embedded += len(vectors)
        at = 0
        for track, shots in zip(tracks, chosen, strict=True):
            mine, at = vectors[at : at + len(shots)], at + len(shots)
            similarity = track_similarity(self._engine, mine, self._references.vectors)
            is_pictured = self._keep_pictures and similarity >= self._engine.info.review_floor
            self._done.append(_scanned(track, shots, self._segment, mine, similarity, with_pictures=is_pictured))


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
            "faces_seen": result.coverage.faces_seen,
            "faces_embedded": result.coverage.faces_embedded,
            "packets_skipped": result.coverage.packets_skipped,
            "quiet_s": result.coverage.quiet_s,
            "audited_s": result.coverage.audited_s,
            "audit_tracks": result.coverage.audit_tracks,
            "thoroughness": result.coverage.thoroughness,
            "frames_estimated": result.coverage.frames_estimated,
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


def _outside(faces: Faces, pieces: list[Piece]) -> NDArray[np.bool_]:
    """``(n,)`` which faces have their centre in none of the pieces."""
    centre = (faces.box_px[:, :2] + faces.box_px[:, 2:]) / 2
    inside = np.zeros(len(faces), dtype=bool)
    for x1, y1, x2, y2 in pieces:
        inside |= ((centre >= (x1, y1)) & (centre < (x2, y2))).all(axis=1)
    return ~inside


def _most_shots(track: Track) -> int:
    """How many shots of a track are worth comparing: one, and two more for each second it was seen, up to all kept."""
    return 1 + int(_SHOTS_A_SECOND * (track.end_s - track.start_s))


def _scanned(
    track: Track, shots: list[Shot], segment: Segment, vectors: Float, similarity: float, *, with_pictures: bool
) -> ScannedTrack:
    best = shots[0]
    return ScannedTrack(
        segment=segment.index,
        start_s=track.start_s,
        end_s=track.end_s,
        best_s=best.time_s,
        best_box_px=best.box_px,
        first_box_px=track.first_box_px,
        last_box_px=track.last_box_px,
        seen=track.seen,
        shots=len(shots),
        similarity=similarity,
        quality=best.quality,
        time_source=track.time_source,
        shot_px=tuple(shot.face_px for shot in shots),
        shot_quality=tuple(shot.quality for shot in shots),
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
