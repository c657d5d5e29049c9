"""What the segments of a search gave, put together: counts, tracks joined over their borders, pictures and vectors."""

from collections.abc import Sequence
from typing import Any

from casework.kept import picture_key, vectors_of
from casework.offering import Pictures
from data.models import Coverage, FaceVectors, Job, KeptTrack
from recognition.footage import FootageInfo, Segment
from recognition.joining import LONGEST_GAP_S
from recognition.scan import ScannedTrack, SegmentResult, join

Spans = list[list[float]]
SoFar = list[tuple[int, dict[str, Any]]]
"""(segment, what it gave) of the segments that are done."""


def planned(info: FootageInfo, spans: Spans) -> dict[str, Any]:
    """What a search's job says once its footage was cut."""
    seconds = sum(end_s - start_s for start_s, end_s in spans)
    coverage = Coverage(info.frames_claimed)
    return {
        "spans": spans, "note": "", "segments_total": len(spans), "seconds_total": seconds, "coverage": coverage,
    }  # fmt: skip


def counted(so_far: SoFar, spans: Spans) -> dict[str, Any]:
    """What a search's job says of the segments that are done."""
    return {
        "tracks": sum(len(result["tracks"]) for _, result in so_far),
        "segments_done": len(so_far),
        "seconds_done": sum(spans[n][1] - spans[n][0] for n, _ in so_far),
        "faces_seen": sum(result["coverage"]["faces_seen"] for _, result in so_far),
    }


def finished(results: Sequence[tuple[int, tuple[ScannedTrack, ...]]], spans: Spans) -> list[ScannedTrack]:
    """The tracks of the segments that are done, joined, without those that may go on in the next one."""
    whole = [SegmentResult(segment_of(n, spans), tracks, Coverage(None)) for n, tracks in results]
    read_to_s = spans[results[-1][0]][1]
    is_end = results[-1][0] == len(spans) - 1
    return [track for track in join(whole) if is_end or track.end_s + LONGEST_GAP_S < read_to_s]


def pictures_of(so_far: SoFar) -> Pictures:
    """The pictures of the tracks of these segments."""
    return {
        picture_key(kept["best_s"], kept["best_box_px"]): (kept["crop"], kept["context"])
        for _, result in so_far
        for kept in result["tracks"]
    }


def segment_of(index: int, spans: Spans) -> Segment:
    """The segment at this place."""
    start_s, end_s = spans[index]
    return Segment(index, start_s, end_s, of=len(spans))


def pieces_of(job: Job, result: SegmentResult, *, floor: float) -> list[KeptTrack]:
    """The vectors of a segment's tracks, as they are kept where they may be."""
    found = []
    for place, track in enumerate(result.tracks):
        vectors = vectors_of(track, job.engine)
        if vectors is not None:
            is_candidate = track.similarity >= floor
            where = (job.id, result.segment.index, place)
            found.append(KeptTrack(*where, job.case_id, job.of_id, is_candidate, vectors))
    return found


def candidates_vectors(kept: list[KeptTrack]) -> dict[tuple[int, int], FaceVectors]:
    """The vectors of candidates' pieces, by (segment, place)."""
    return {(piece.segment, piece.place): piece.vectors for piece in kept if piece.is_candidate}
