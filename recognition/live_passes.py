"""Puts the faces that a live camera shows every other second together into passes, and says which are to be reported.

A picture every two seconds is too seldom to follow motion: a walker moves several face widths between two. So faces
belong together by likeness first, and by place where likeness alone would not do.

A pass is reported once: when it was seen in three pictures and, taken together, reached the review floor, which is
calibrated for tracks taken together. It ends when nobody like it was seen for ten seconds; who comes back then passes
once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from recognition.faces import Comparer, Float
from recognition.live_look import Box, LiveFace, LiveLook
from recognition.similarity import track_similarity

COOL_DOWN_S = 10.0
FRAMES_NEEDED = 3
SHOTS_KEPT = 5
_MOST_PASSES = 64
_NEAR_SIZES = 4.0  # of a face: so far a walker gets in two seconds
_SAME_PLACE_IOU, _SAME_PLACE_S = 0.3, 1.0


@dataclass(frozen=True)
class PassShot:
    """One face of a pass, at a true time, in the picture of `size_px` that `picture_jpeg` holds."""

    at: datetime
    face: LiveFace
    size_px: tuple[int, int]
    picture_jpeg: bytes = field(repr=False)


@dataclass
class Pass:
    """One person passing: its best shots, how often it was seen, and how alike it is to the person sought."""

    first_at: datetime
    last_at: datetime
    last_box_px: Box
    shots: list[PassShot] = field(default_factory=list)
    seen: int = 0
    similarity: float = -1.0
    is_reported: bool = False

    @property
    def vectors(self) -> Float:
        return np.stack([shot.face.vector for shot in self.shots])


class Passes:
    """The passes of one camera, against the photos of one case.

    Parameters
    ----------
    references
        ``(r, d)`` vectors of the person sought, r >= 1.
    """

    def __init__(self, engine: Comparer, references: Float) -> None:
        self._engine = engine
        self._references = references
        self._open: list[Pass] = []
        self.begun = 0
        """How many passes there were so far."""

    @property
    def is_confirming(self) -> bool:
        """Whether somebody was seen who may be the one, and not yet often enough: the next picture is wanted soon."""
        floor = self._engine.info.review_floor
        return any(not one.is_reported and one.similarity >= floor and one.seen < FRAMES_NEEDED for one in self._open)

    def see(self, at: datetime, looked: LiveLook) -> tuple[Pass, ...]:
        """Enter the faces of a picture taken `at`; the passes that are to be reported now, each once."""
        self._open = [one for one in self._open if (at - one.last_at).total_seconds() <= COOL_DOWN_S]
        for face, one in self._matched(at, looked.faces):
            shot = PassShot(at, face, looked.size_px, looked.picture_jpeg or b"")
            self._enter(shot, one)
        # the oldest are let go where a crowd would fill the memory
        self._open = sorted(self._open, key=lambda one: one.last_at)[-_MOST_PASSES:]
        return tuple(self._due())

    def compare_with(self, references: Float) -> None:
        """Compare with other reference photos from now on."""
        self._references = references

    def _enter(self, shot: PassShot, one: Pass | None) -> None:
        if one is None:
            one = Pass(shot.at, shot.at, shot.face.box_px)
            self._open.append(one)
            self.begun += 1
        one.last_at, one.last_box_px, one.seen = shot.at, shot.face.box_px, one.seen + 1
        if one.is_reported:  # only its likeness is needed, to know it again
            shot = replace(shot, picture_jpeg=b"")
        kept = sorted([*one.shots, shot], key=lambda s: -s.face.quality)[:SHOTS_KEPT]
        one.shots = sorted(kept, key=lambda s: s.at)
        alike = track_similarity(self._engine, shot.face.vector[None], self._references)
        one.similarity = max(one.similarity, alike)

    def _due(self) -> list[Pass]:
        floor = self._engine.info.review_floor
        due = []
        for one in self._open:
            if one.is_reported or one.seen < FRAMES_NEEDED or one.similarity < floor:
                continue
            if not self._is_known(one):
                due.append(replace(one, shots=list(one.shots)))
            one.is_reported = True
            one.shots = [replace(shot, picture_jpeg=b"") for shot in one.shots]
        return due

    def _is_known(self, one: Pass) -> bool:
        """Whether a pass that was reported a moment ago is the same person, lost and found again."""
        return any(
            other.is_reported
            and other.last_at < one.first_at  # two who were seen at once are two
            and track_similarity(self._engine, one.vectors, other.vectors) >= self._engine.info.review_floor
            for other in self._open
            if other is not one
        )

    def _matched(self, at: datetime, faces: Sequence[LiveFace]) -> list[tuple[LiveFace, Pass | None]]:
        """Each face with the pass it belongs to; None for a new one. The most alike go together first."""
        pairs = [
            (self._likeness(at, face, one), n, m) for n, face in enumerate(faces) for m, one in enumerate(self._open)
        ]
        of_face: dict[int, int] = {}
        for likeness, n, m in sorted(pairs, key=lambda pair: -pair[0]):
            if likeness > 0 and n not in of_face and m not in of_face.values():
                of_face[n] = m
        return [(face, self._open[of_face[n]] if n in of_face else None) for n, face in enumerate(faces)]

    def _likeness(self, at: datetime, face: LiveFace, one: Pass) -> float:
        """How surely a face belongs to a pass, above 0; 0 where it does not."""
        info = self._engine.info
        alike = track_similarity(self._engine, one.vectors, face.vector[None])
        if alike >= info.alert_threshold:
            return 3.0 + alike
        if alike >= info.review_floor and _sizes_apart(face.box_px, one.last_box_px) <= _NEAR_SIZES:
            return 2.0 + alike
        is_soon = (at - one.last_at).total_seconds() <= _SAME_PLACE_S
        overlap = _overlap(face.box_px, one.last_box_px)
        return overlap if is_soon and overlap >= _SAME_PLACE_IOU else 0.0


def _sizes_apart(a: Box, b: Box) -> float:
    """How far two faces are from one another, in sizes of the larger one."""
    size = max(a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1], 1.0)
    return float(np.hypot((a[0] + a[2] - b[0] - b[2]) / 2, (a[1] + a[3] - b[1] - b[3]) / 2)) / size


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / both if both > 0 else 0.0
