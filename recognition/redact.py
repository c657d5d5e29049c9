"""Which parts of a footage's pictures are filled so that nobody is to be seen but the person sought.

Every face that is not the subject's confirmed one is covered by a rectangle of one colour before anything is encoded:
nothing of it is in the export. A box is grown on all sides, goes on where the detector lost the face between two
sightings of it (straight from one to the other), and stands for a while before the first and after the last.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from recognition.faces import Engine, Faces, Float, Image, joined
from recognition.pictures import boxed, jpeg, shrunk

FILL_BGR = (40, 40, 40)
HOLD_S = 1.0
"""How long before the first and after the last sighting of a face its place stays filled."""
GROWN = 0.4
"""By how much of its size a box is grown on each side: hair, ears and chin lie outside of a detector's box."""
SMALLEST_PX = 16.0
"""Smallest face looked for; below it the recogniser and people alike cannot tell who it is (FINDINGS.md)."""
LOOKS_A_SECOND = 8.0
BETWEEN_LOOKS_S = 1.5 / LOOKS_A_SECOND
ROUNDS = 4
_SAME_FACE = 0.3
_SAME_BOX = 0.5
_DOUBLE = 0.6
_SAME_MOMENT_S = 0.35
_CONTEXT_PX = 960
_FACE_PX = 320

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Subject:
    """A confirmed track of the person sought: from when to when, and where it was at one moment. Container seconds."""

    start_s: float
    end_s: float
    best_s: float
    best_box_px: Box


@dataclass(frozen=True)
class Seen:
    """A face in one picture; `number` is the same for one person's faces as long as they can be followed.

    `vector`, ``(1, d)``, tells whose it is; None where nobody needs to know.
    """

    time_s: float
    number: int
    box_px: Box
    vector: Float | None = field(default=None, compare=False, repr=False)


@dataclass
class Cover:
    """What is filled, picture by picture.

    Attributes
    ----------
    strangers
        By number, the faces to be covered, in order of time.
    subject
        The subject's faces: nothing else may be left uncovered.
    shown
        (number, from, to): while the confirmed track of a followed face lasts, it is not covered, although it is before
        and after.
    doubtful
        Faces of a confirmed track that do not look like its best: each is covered until the next look.
    """

    strangers: dict[int, list[Seen]] = field(default_factory=dict)
    subject: list[Seen] = field(default_factory=list)
    shown: list[tuple[int, float, float]] = field(default_factory=list)
    doubtful: list[Seen] = field(default_factory=list)
    _extra: int = -1

    def add(self, time_s: float, box_px: Box) -> None:
        """Cover one more face, around this moment."""
        self.strangers[self._extra] = [Seen(time_s, self._extra, box_px)]
        self._extra -= 1

    def boxes_at(self, time_s: float) -> Iterator[Box]:
        """The boxes to be filled in the picture shown at `time_s`, grown; they may reach over its edge."""
        own = {number for number, start_s, end_s in self.shown if start_s <= time_s <= end_s}
        for number, seen in self.strangers.items():
            if number not in own:
                yield from (grown(box) for box in _standing(seen, time_s))
        yield from (grown(one.box_px) for one in self.doubtful if abs(one.time_s - time_s) <= BETWEEN_LOOKS_S)

    def is_subject(self, time_s: float, box_px: Box) -> bool:
        """Whether a face found in the export is the subject's."""
        return any(overlap(own, box_px) >= _SAME_FACE or _lies_in(box_px, own) for own in self._subject_at(time_s))

    def _subject_at(self, time_s: float) -> Iterator[Box]:
        """Where the subject's face is at that time, going straight from one sighting to the next."""
        place = bisect_right(self.subject, time_s, key=lambda one: one.time_s)
        nearest = self.subject[max(0, place - 1) : place + 1]
        nearest = [one for one in nearest if abs(one.time_s - time_s) <= _SAME_MOMENT_S]
        yield from (one.box_px for one in nearest)
        if len(nearest) == 2:
            a, b = nearest
            yield _between(a.box_px, b.box_px, (time_s - a.time_s) / (b.time_s - a.time_s))


def _standing(seen: Sequence[Seen], time_s: float) -> list[Box]:
    """Where a face that was seen so is taken to be: all its places near that time, and those between them."""
    place = bisect_right(seen, time_s, key=lambda one: one.time_s)
    before, after = seen[max(0, place - 2) : place], seen[place : place + 2]
    found = []
    if before and after:
        a, b = before[-1], after[0]
        share = (time_s - a.time_s) / (b.time_s - a.time_s)
        found.append(_between(a.box_px, b.box_px, share))
        # over a longer gap nobody knows the way that was taken: both ends are covered too
        found += [end.box_px for end in (a, b) if abs(end.time_s - time_s) <= HOLD_S]
    elif before and time_s - before[-1].time_s <= HOLD_S:
        found += _held(before[-2:], time_s)
    elif after and after[0].time_s - time_s <= HOLD_S:
        found += _held(after[1::-1], time_s)
    return found


def _held(last: Sequence[Seen], time_s: float) -> list[Box]:
    """The place where a face was last, and, where it moved, where it would have gone on to."""
    end = last[-1]
    if len(last) < 2 or last[0].time_s == end.time_s:
        return [end.box_px]
    share = (time_s - last[0].time_s) / (end.time_s - last[0].time_s)
    on = _between(last[0].box_px, end.box_px, min(share, 1 + HOLD_S / abs(end.time_s - last[0].time_s)))
    return [end.box_px, on, around(end.box_px, on)] if overlap(grown(end.box_px), grown(on)) else [end.box_px, on]


def _between(a: Box, b: Box, share: float) -> Box:
    x1, y1, x2, y2 = (p + (q - p) * share for p, q in zip(a, b, strict=True))
    return x1, y1, x2, y2


def around(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def grown(box: Box, by: float = GROWN) -> Box:
    dx, dy = (box[2] - box[0]) * by, (box[3] - box[1]) * by
    return box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy


def overlap(a: Box, b: Box) -> float:
    """Intersection over union; 0 where the boxes do not meet."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _lies_in(inner: Box, outer: Box) -> bool:
    """Whether the middle of a box lies in the other, which is not much smaller: the same face, boxed otherwise."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    is_within = outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]
    return is_within and (inner[2] - inner[0]) <= 2 * (outer[2] - outer[0])


def cover(
    seen: Iterable[Seen], subjects: Sequence[Subject], *, is_alike: Callable[[Seen, Seen], bool] = lambda _a, _b: True
) -> Cover:
    """What is to be filled, given every face that was found and the subject's confirmed tracks.

    A followed face is the subject's where it is the one that overlaps most with a confirmed track's best box at its
    best moment, only while that track lasts, and only as long as it is alike the face at that moment: where two people
    pass each other, a number may go over to the other one. A second box on the same face is no stranger.
    """
    everyone = sorted(seen, key=lambda one: one.time_s)
    made = Cover()
    for subject in subjects:
        best = _best_of(everyone, subject)
        if best is not None:
            span = (subject.start_s - _SAME_MOMENT_S, subject.end_s + _SAME_MOMENT_S)
            mine = [one for one in everyone if one.number == best.number and span[0] <= one.time_s <= span[1]]
            made.subject += [one for one in mine if is_alike(best, one)]
            made.shown.append((best.number, *span))
            made.doubtful += [one for one in mine if not is_alike(best, one)]
    made.subject = sorted(set(made.subject), key=lambda one: one.time_s)
    own = set(made.subject)
    by_time: dict[float, list[Seen]] = defaultdict(list)
    for one in own:
        by_time[one.time_s].append(one)
    for one in everyone:
        is_double = any(overlap(one.box_px, mine.box_px) >= _SAME_BOX for mine in by_time[one.time_s])
        if one not in own and not is_double:
            made.strangers.setdefault(one.number, []).append(one)
    return made


def _best_of(everyone: Sequence[Seen], subject: Subject) -> Seen | None:
    """The subject's face at its best moment."""
    near = [one for one in everyone if abs(one.time_s - subject.best_s) <= _SAME_MOMENT_S]
    near = [one for one in near if overlap(one.box_px, subject.best_box_px) >= _SAME_FACE]
    return max(
        near,
        key=lambda one: (overlap(one.box_px, subject.best_box_px), -abs(one.time_s - subject.best_s)),
        default=None,
    )


def filled(image_bgr: Image, boxes: Iterable[Box]) -> Image:
    """A copy with the boxes filled; nothing of what they cover remains."""
    drawn = image_bgr.copy()
    height, width = drawn.shape[:2]
    for x1, y1, x2, y2 in boxes:
        left, top = max(0, int(np.floor(x1))), max(0, int(np.floor(y1)))
        right, bottom = min(width, int(np.ceil(x2))), min(height, int(np.ceil(y2)))
        if right > left and bottom > top:
            drawn[top:bottom, left:right] = FILL_BGR
    return drawn


def found_in(image_bgr: Image, engine: Engine) -> Faces:
    """All faces that can be found, each once.

    The picture is searched twice, from two smallest sizes: a detector looks at a picture in steps of size, and finds
    now and then from one row of steps what it misses from another.
    """
    found = engine.detect(image_bgr, min_face_px=SMALLEST_PX)
    again = engine.detect(image_bgr, min_face_px=max(engine.info.min_face_px, SMALLEST_PX + 1))
    known = boxes_of(found)
    fresh = [
        row for row, box in enumerate(boxes_of(again)) if not any(overlap(box, other) >= _DOUBLE for other in known)
    ]
    return joined([found, again[fresh]]) if fresh else found


def boxes_of(faces: Faces) -> list[Box]:
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in faces.box_px]


@dataclass(frozen=True)
class RedactedPicture:
    """A picture with everybody filled but the subject, the subject's face cut out of it, and what was done."""

    whole_jpeg: bytes
    face_jpeg: bytes
    filled: int
    left: int


def redacted_picture(image_bgr: Image, kept_px: Box, engine: Engine) -> RedactedPicture:
    """Fill every face but that at `kept_px`, until a look at the finished JPEG finds no other.

    `left` counts the faces that were still found in the last one; then the picture must not be shown.
    """
    covered: list[Box] = []
    for _ in range(ROUNDS):
        found = boxes_of(found_in(filled(image_bgr, covered), engine))
        others = [box for box in found if overlap(box, kept_px) < _SAME_FACE and not _lies_in(box, kept_px)]
        if not others:
            break
        covered += [grown(box) for box in others]
    clean = filled(image_bgr, covered)
    whole = shrunk(clean, _CONTEXT_PX)
    scale = whole.shape[1] / clean.shape[1]
    drawn = jpeg(boxed(whole, kept_px, scale=scale))
    shown_px = _scaled(kept_px, scale)
    found = boxes_of(found_in(_read(drawn), engine))
    left = [box for box in found if overlap(shown_px, box) < _SAME_FACE and not _lies_in(box, shown_px)]
    return RedactedPicture(drawn, jpeg(shrunk(_cut(clean, kept_px), _FACE_PX)), len(covered), len(left))


def _read(content: bytes) -> Image:
    from recognition.images import read_image

    return read_image(content)


def _scaled(box: Box, by: float) -> Box:
    return box[0] * by, box[1] * by, box[2] * by, box[3] * by


def _cut(image_bgr: Image, box: Box) -> Image:
    height, width = image_bgr.shape[:2]
    x1, y1, x2, y2 = grown(box, 0.5)
    left, top = min(max(0, int(x1)), width - 1), min(max(0, int(y1)), height - 1)
    return image_bgr[top : max(top + 1, min(height, int(y2) + 1)), left : max(left + 1, min(width, int(x2) + 1))]
