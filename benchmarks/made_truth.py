"""What is really to be seen in a clip, and whether something found is one of its appearances."""

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

Box = tuple[float, float, float, float]

SAME_FACE_IOU = 0.3  # detectors differ in where a face ends: MTCNN's and SCRFD's boxes of one face overlap by .5 to .9
SAME_MOMENT_S = 0.06  # a frame and a half at 25 frames a second
SIZE_CLASSES_PX = ((24, 32), (32, 48), (48, 64), (64, 1000))
TIME_CLASSES_S = ((0.5, 1.0), (1.0, 2.0), (2.0, 1000.0))


@dataclass(frozen=True)
class Appearance:
    """One person on screen for a while: `boxes_px` (x1, y1, x2, y2) of the face at `times_s`, ascending.

    `face_px` is the face's shorter side (the largest, where it changes), `light` the share of the still's brightness,
    `blur_px` the defocus as a Gaussian's sigma.
    """

    number: int
    person: str
    is_sought: bool
    start_s: float
    end_s: float
    face_px: float
    motion: str
    times_s: tuple[float, ...]
    boxes_px: tuple[Box, ...]
    blur_px: float = 0.0
    light: float = 1.0
    has_body: bool = False

    @property
    def visible_s(self) -> float:
        return self.end_s - self.start_s

    def box_at(self, time_s: float) -> Box | None:
        """The face's box at that moment; None when the person is not on screen then."""
        after = bisect_left(self.times_s, time_s)
        near = [i for i in (after - 1, after) if 0 <= i < len(self.times_s)]
        best = min(near, key=lambda i: abs(self.times_s[i] - time_s), default=None)
        if best is None or abs(self.times_s[best] - time_s) > SAME_MOMENT_S:
            return None
        return self.boxes_px[best]


@dataclass(frozen=True)
class Sight:
    """One face seen at one moment."""

    time_s: float
    box_px: Box


@dataclass(frozen=True)
class Found:
    """What a way of searching gave for one face: where it was seen, and how alike it is (None: not compared)."""

    sights: tuple[Sight, ...]
    similarity: float | None = None


@dataclass(frozen=True)
class Clip:
    """A clip with its truth. `references` are photos of the person `sought`, none of which was pasted into it."""

    name: str
    path: Path
    how: str
    width: int
    height: int
    frames: int
    duration_s: float
    sought: str
    references: tuple[Path, ...]
    appearances: tuple[Appearance, ...]

    @property
    def sought_appearances(self) -> tuple[Appearance, ...]:
        return tuple(a for a in self.appearances if a.is_sought)


@dataclass
class Score:
    """What a way found in a clip: `found` and `recognised` hold the appearances' numbers."""

    found: set[int] = field(default_factory=set)
    recognised: set[int] = field(default_factory=set)
    elsewhere: int = 0  # things found where nobody is
    false_candidates: int = 0  # strangers, or nobody, at or above the review floor


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def shows(found: Found, appearance: Appearance) -> bool:
    """Whether at one moment at least the found face lies where the person's face is."""
    return any(
        (box := appearance.box_at(sight.time_s)) is not None and overlap(box, sight.box_px) >= SAME_FACE_IOU
        for sight in found.sights
    )


def score(appearances: Sequence[Appearance], everything: Iterable[Found], *, review_floor: float) -> Score:
    """Which appearances were found, which of the sought person's were recognised, and what was wrong."""
    result = Score()
    for found in everything:
        shown = [a for a in appearances if shows(found, a)]
        result.found |= {a.number for a in shown}
        result.elsewhere += not shown
        if found.similarity is None or found.similarity < review_floor:
            continue
        right = {a.number for a in shown if a.is_sought}
        result.recognised |= right
        result.false_candidates += not right
    return result


def of_class(
    appearances: Iterable[Appearance], size_px: tuple[float, float], visible_s: tuple[float, float]
) -> list[Appearance]:
    """Those with a face and a time on screen from the first to below the second number."""
    return [
        a
        for a in appearances
        if size_px[0] <= round(a.face_px, 3) < size_px[1] and visible_s[0] <= round(a.visible_s, 3) < visible_s[1]
    ]


def write_clip_truth(clip: Clip) -> None:
    """Beside the clip, as JSON, complete or not at all."""
    target = truth_path(clip.path)
    part = target.with_suffix(".part")
    part.write_text(json.dumps(asdict(clip), default=str))
    part.replace(target)


def read_clip(path: Path) -> Clip | None:
    """The clip at `path` with its truth, when both are there."""
    if not (path.is_file() and truth_path(path).is_file()):
        return None
    read = json.loads(truth_path(path).read_text())
    appearances = tuple(
        Appearance(**a | {"times_s": tuple(a["times_s"]), "boxes_px": tuple(tuple(b) for b in a["boxes_px"])})
        for a in read["appearances"]
    )
    references = tuple(Path(p) for p in read["references"])
    return Clip(**read | {"path": path, "references": references, "appearances": appearances})


def truth_path(path: Path) -> Path:
    return path.with_suffix(".truth.json")


def joined(seen: Iterable[tuple[Sight, float | None]], *, apart_s: float = 1.0) -> list[Found]:
    """Single faces, ascending in time, put together where they follow one another at one place.

    So that a loop without a tracker is counted like one: its false finds by the face, not by the frame.
    """
    open_: list[tuple[list[Sight], list[float]]] = []
    closed: list[tuple[list[Sight], list[float]]] = []
    for sight, similarity in seen:
        closed += [o for o in open_ if sight.time_s - o[0][-1].time_s > apart_s]
        open_ = [o for o in open_ if sight.time_s - o[0][-1].time_s <= apart_s]
        best = max(open_, key=lambda o: overlap(o[0][-1].box_px, sight.box_px), default=None)
        if best is None or overlap(best[0][-1].box_px, sight.box_px) < SAME_FACE_IOU / 2:
            best = ([], [])
            open_.append(best)
        best[0].append(sight)
        best[1].extend([] if similarity is None else [similarity])
    return [Found(tuple(sights), max(alike, default=None)) for sights, alike in closed + open_]
