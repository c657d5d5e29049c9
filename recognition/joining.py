"""Makes one track again of one that a segment boundary cut in two."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from recognition.scan import ScannedTrack, SegmentResult

Box = tuple[float, float, float, float]

LONGEST_GAP_S = 1.0
LEAST_OVERLAP = 0.3


def join(results: "list[SegmentResult]") -> "tuple[ScannedTrack, ...]":
    """The tracks of all segments, in the order of their beginning, those cut by a boundary made one.

    The last track of one segment and the first of the next are one when no more than 1 s lies between them and
    their boxes, each widened to twice its size, overlap by 0.3 (intersection over union); the pairs that overlap
    most are joined first. A joined track reaches from the first's start to the last's end, has all shots, the
    greater similarity, and the best shot of the better quality.
    """
    ordered = sorted(results, key=lambda result: result.segment.index)
    tracks: list[ScannedTrack] = []
    open_ends: list[int] = []
    previous: SegmentResult | None = None
    for result in ordered:
        is_next = previous is not None and result.segment.index == previous.segment.index + 1
        links = _links([tracks[i] for i in open_ends], list(result.tracks)) if is_next else {}
        ends: list[int] = []
        for row, track in enumerate(result.tracks):
            if row in links:
                place = open_ends[links[row]]
                tracks[place] = _joined(tracks[place], track)
            else:
                place = len(tracks)
                tracks.append(track)
            ends.append(place)
        open_ends, previous = ends, result
    return tuple(sorted(tracks, key=lambda t: (t.start_s, t.first_box_px, t.end_s)))


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes after widening each to twice its size, 0 to 1.

    >>> overlap((0, 0, 2, 2), (0, 0, 2, 2))
    1.0
    >>> overlap((0, 0, 2, 2), (100, 0, 102, 2))
    0.0
    """
    (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = _wide(a), _wide(b)
    width, height = min(ax2, bx2) - max(ax1, bx1), min(ay2, by2) - max(ay1, by1)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - shared)


def _links(before: "list[ScannedTrack]", after: "list[ScannedTrack]") -> dict[int, int]:
    """For rows of `after`, the row of `before` that each goes on from."""
    pairs = [
        (-overlap(a.last_box_px, b.first_box_px), i, j)
        for i, a in enumerate(before)
        for j, b in enumerate(after)
        if 0 <= b.start_s - a.end_s <= LONGEST_GAP_S
    ]
    links: dict[int, int] = {}
    taken: set[int] = set()
    for negative, i, j in sorted(pairs):
        if -negative >= LEAST_OVERLAP and j not in links and i not in taken:
            links[j] = i
            taken.add(i)
    return links


def _joined(a: "ScannedTrack", b: "ScannedTrack") -> "ScannedTrack":
    better = b if b.quality > a.quality else a
    pictured = better if better.crop_jpeg is not None else (a if a.crop_jpeg is not None else b)
    return replace(
        pictured,
        segment=a.segment,
        start_s=a.start_s,
        end_s=max(a.end_s, b.end_s),
        first_box_px=a.first_box_px,
        last_box_px=b.last_box_px,
        seen=a.seen + b.seen,
        shots=a.shots + b.shots,
        similarity=max(a.similarity, b.similarity),
        time_source=a.time_source if a.time_source == b.time_source else "estimated",
        shot_px=a.shot_px + b.shot_px,
        shot_quality=a.shot_quality + b.shot_quality,
        vectors=a.vectors
        if b.vectors is None
        else b.vectors
        if a.vectors is None
        else np.vstack([a.vectors, b.vectors]),
    )


def _wide(box: Box) -> Box:
    x1, y1, x2, y2 = box
    dx, dy = (x2 - x1) / 2, (y2 - y1) / 2
    return x1 - dx, y1 - dy, x2 + dx, y2 + dy
