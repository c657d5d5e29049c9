"""Where in a picture to look for faces: where it has changed since it was last looked at, and round faces at hand.

One rule: every place that differs from what it showed when it was last searched is searched again. A still scene
costs a comparison of small brightness pictures, a passer-by a search of the piece that moved. Whole pictures are
searched at intervals besides, and whenever most of the picture has changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from data.models import Thoroughness
from recognition.calm import CalmGate
from recognition.decoding import Frame
from recognition.faces import Float

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Search:
    """Pieces of a picture to search, ``(x1, y1, x2, y2)`` in pixels (None: the whole), and the smallest face to find in
    them, as a share of the smallest one sought."""

    boxes: list[Box] | None
    face_share: float = 1.0


@dataclass(frozen=True)
class Plan:
    """How closely to look. `sample_fps` None: every frame. `audited`: every n-th calm stretch is examined all the same.

    `whole_every_s` and `whole_every_still_s` lie between searches of whole pictures while something moves and while
    nothing does; `smallest_share` is the smallest face sought, as a share of the smallest useful one asked for.
    """

    sample_fps: float | None
    whole_every_s: float
    whole_every_still_s: float
    audited: int
    smallest_share: float = 1.0
    has_gates: bool = True


PLANS = {
    Thoroughness.FAST: Plan(5.0, 4.0, 60.0, 40, smallest_share=4 / 3),
    Thoroughness.BALANCED: Plan(10.0, 2.0, 30.0, 20),
    Thoroughness.EVERY_FRAME: Plan(None, 0.0, 0.0, 1, has_gates=False),
}

_CELLS_A_FACE = 4  # the smallest face covers 4 x 4 cells
_LEAST_CHANGE = 5.0  # of 255 grey levels, averaged over a cell
_MOST_CHANGE = 12.0
_NOISES = 5.0
_LEAST_CELLS = 3  # changed cells side by side; fewer are noise
_MARGIN_FACES = 2.0  # searched round a change, in smallest faces: a head need not move with the shoulders
_LEAST_PIECE_PX = 160
_WHOLE_SHARE = 0.5  # of the picture: from here on pieces cost as much as the whole
# Searching at every sample all that moves costs too much where much does. Below a tenth of the picture no place waits;
# above, up to half a second: a face in view for 1 s is met at least once, and from then on followed at every sample.
_LITTLE_SHARE = 0.1
_BUSY_S = 0.5
# whole pictures that are searched because most of them moves are searched for faces of 30 px and more, not 24: two
# thirds of the time; the next regular search of the whole finds the smaller
_BUSY_FACE = 1.25
_AUDIT_EVERY_S = 1.0


class Attention:
    """Remembers what each place of the picture showed when it was last searched.

    Parameters
    ----------
    face_px
        The smallest face sought, shorter side in pixels of the footage.
    """

    def __init__(self, plan: Plan, *, face_px: float) -> None:
        self.plan = plan
        self.changes = 0
        self._cell_px = max(1, int(face_px / _CELLS_A_FACE))
        self._face_px = face_px
        self._seen: Float | None = None
        self._before: Float | None = None
        self._whole_at_s = -np.inf
        self._moving_at_s = -np.inf
        self._noise = 0.0
        self._gate = CalmGate()
        self._calm = 0

    def grey(self, frame: Frame) -> Float:
        """The picture with one pixel for each cell, upright."""
        return frame.grey(self._cell_px)

    def is_calm(self, sizes: Sequence[int]) -> bool:
        """Whether packets of these sizes, which follow a keyframe, show nothing that moves."""
        return self._gate.is_calm(sizes)

    def learn(self, sizes: Sequence[int]) -> None:
        """Packets of these sizes showed no change in any picture."""
        self._gate.learn(sizes)

    def is_audited(self) -> bool:
        """Whether the next calm stretch is to be examined all the same: each n-th, not the first."""
        self._calm += 1
        return self._calm % self.plan.audited == self.plan.audited // 2

    def has_changed(self, frame: Frame) -> bool:
        """Whether any place differs from what it showed when it was last searched; remembers nothing."""
        thumbnail = self.grey(frame)
        return self._seen is None or self._seen.shape != thumbnail.shape or bool(self._changed(thumbnail).any())

    def is_due(self, time_s: float) -> bool:
        """Whether the whole picture should be searched although nothing changed."""
        return time_s - self._whole_at_s >= self.plan.whole_every_still_s

    def search(self, frame: Frame, faces_px: Float, *, is_cut: bool = False) -> Search:
        """Where to search this picture now; what is given counts as searched.

        `faces_px` ``(n, 4)`` are the boxes of the faces at hand.
        """
        if not self.plan.has_gates:
            return Search(None)
        thumbnail = self.grey(frame)
        if self._seen is None or self._seen.shape != thumbnail.shape or is_cut:
            self.changes += 1  # at the first picture too: encoders begin with packets of unusual sizes
            return self._whole(frame, thumbnail)
        self._note_noise(thumbnail)
        changed = self._changed(thumbnail)
        self.changes += bool(changed.any())
        if self._is_whole_due(frame, is_still=not changed.any()):
            return self._whole(frame, thumbnail)
        if not changed.any():
            return Search([])
        return self._moving(frame, thumbnail, changed, faces_px)

    def _is_whole_due(self, frame: Frame, *, is_still: bool) -> bool:
        """Whether it is time to search the whole picture, however little changed."""
        wait_s = self.plan.whole_every_still_s if is_still else self.plan.whole_every_s
        return frame.time_s - self._whole_at_s >= (min(wait_s, _AUDIT_EVERY_S) if frame.is_audited else wait_s)

    def _moving(self, frame: Frame, thumbnail: Float, changed: NDArray[np.bool_], faces_px: Float) -> Search:
        """Where something moves. The more does, the longer places without a face at hand wait between two searches."""
        boxes = self._with_faces(self._boxes(changed, frame), faces_px, frame, always=False)
        share = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in boxes) / (frame.width * frame.height)
        if share > _LITTLE_SHARE and frame.time_s - self._moving_at_s < min(1.0, share / _WHOLE_SHARE) * _BUSY_S:
            boxes = self._with_faces([], faces_px, frame, always=True)
        else:
            self._moving_at_s = frame.time_s
            if share > _WHOLE_SHARE:
                return self._whole(frame, thumbnail, _BUSY_FACE)
        self._remember(thumbnail, boxes)
        return Search(boxes)

    def _whole(self, frame: Frame, thumbnail: Float, face_share: float = 1.0) -> Search:
        self._seen = thumbnail.copy()
        self._moving_at_s = frame.time_s
        if face_share == 1.0:
            self._whole_at_s = frame.time_s
        return Search(None, face_share)

    def _note_noise(self, thumbnail: Float) -> None:
        """Follow how much cells differ from one sample to the next without anything moving: the median does."""
        if self._before is not None and self._before.shape == thumbnail.shape:
            now = 1.48 * float(np.median(np.abs(thumbnail - self._before)))
            self._noise += 0.1 * (now - self._noise)
        self._before = thumbnail

    def _changed(self, thumbnail: Float) -> NDArray[np.bool_]:
        """The cells that differ from when they were last searched, in groups large enough to be more than noise."""
        assert self._seen is not None  # noqa: S101  callers look first
        least = float(np.clip(_NOISES * self._noise, _LEAST_CHANGE, _MOST_CHANGE))
        differs = (np.abs(thumbnail - self._seen) > least).astype(np.uint8)
        if not differs.any():
            return np.zeros(differs.shape, dtype=bool)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(differs, connectivity=8)
        is_large = stats[:, cv2.CC_STAT_AREA] >= _LEAST_CELLS
        is_large[0] = False
        return np.asarray(is_large[labels], dtype=bool)

    def _boxes(self, changed: NDArray[np.bool_], frame: Frame) -> list[Box]:
        """Boxes round the changed places, with room for a head that did not move; they do not overlap."""
        reach = round(_MARGIN_FACES * _CELLS_A_FACE)
        grown = cv2.dilate(changed.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
        corners = stats[1:, :2], stats[1:, :2] + stats[1:, 2:4]
        low, high = (corner * self._cell_px for corner in corners)
        return disjoint([_at_least(a[0], a[1], b[0], b[1], frame) for a, b in zip(low, high, strict=True)])

    def _with_faces(self, boxes: list[Box], faces_px: Float, frame: Frame, *, always: bool) -> list[Box]:
        """The boxes with every face at hand that they touch wholly inside; with `always`, with every face at hand."""
        wanted = list(boxes)
        for x1, y1, x2, y2 in faces_px.tolist():
            half = max(x2 - x1, y2 - y1)
            round_it = _at_least(x1 - half, y1 - half, x2 + half, y2 + half, frame)
            if always or any(_touch((int(x1), int(y1), int(x2), int(y2)), box) for box in boxes):
                wanted.append(round_it)
        return disjoint(wanted)

    def _remember(self, thumbnail: Float, boxes: list[Box]) -> None:
        """The boxes' places count as searched as they are now; not their rims, where a face may have been cut."""
        assert self._seen is not None  # noqa: S101
        rim = round(self._face_px / 2 / self._cell_px)
        for x1, y1, x2, y2 in boxes:
            top, left = round(y1 / self._cell_px), round(x1 / self._cell_px)
            bottom, right = round(y2 / self._cell_px), round(x2 / self._cell_px)
            rows = slice(top + rim if top else 0, bottom - rim if bottom < thumbnail.shape[0] else None)
            columns = slice(left + rim if left else 0, right - rim if right < thumbnail.shape[1] else None)
            self._seen[rows, columns] = thumbnail[rows, columns]


def disjoint(boxes: list[Box]) -> list[Box]:
    """The same places with boxes that overlap made one, until none do.

    >>> disjoint([(0, 0, 4, 4), (8, 0, 12, 4), (3, 3, 9, 5)])
    [(0, 0, 12, 5)]
    """
    found: list[Box] = []
    for box in boxes:
        merged = box
        while touching := [other for other in found if _touch(merged, other)]:
            found = [other for other in found if other not in touching]
            every = [merged, *touching]
            merged = (
                min(b[0] for b in every),
                min(b[1] for b in every),
                max(b[2] for b in every),
                max(b[3] for b in every),
            )
        found.append(merged)
    return found


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _at_least(x1: float, y1: float, x2: float, y2: float, frame: Frame) -> Box:
    """A box of whole pixels inside the picture, of no side below 160 pixels where the picture has them."""
    wide, high = max(0.0, _LEAST_PIECE_PX - (x2 - x1)) / 2, max(0.0, _LEAST_PIECE_PX - (y2 - y1)) / 2
    left, top = max(0, int(x1 - wide)), max(0, int(y1 - high))
    return left, top, min(frame.width, int(x2 + wide) + 1), min(frame.height, int(y2 + high) + 1)
