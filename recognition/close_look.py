"""A close look at one candidate: its face upright at one scale, shots of its track, a small film of the moment.

Everybody's face but the candidate's own is filled before the film is encoded, in the way of `recognition.redact`. The
film is for people who work on the case, in a page: it is not searched again for faces that were missed, as one that
leaves the house is (`recognition.redact_video`). All of it takes one reading of some seconds of footage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import floor
from pathlib import Path

import cv2
import numpy as np

from recognition.decoding import Frame
from recognition.engines.alignment import upright_chip
from recognition.faces import Engine, Faces, Float, Image
from recognition.film import film_of
from recognition.footage import frames, segments
from recognition.pictures import jpeg, shrunk
from recognition.redact import SMALLEST_PX, Box, Seen, Subject, cover, grown, overlap
from recognition.tally import Tally
from recognition.tracks import Follower

CHIP_PX = 288
"""Both sides of an upright face: large enough for a page, too small to ship a picture of the street."""
EYES = np.array([[0.36, 0.42], [0.64, 0.42]], np.float32)
"""Where the eyes stand in it, as shares of its sides."""
AROUND_S = 2.0
"""The film begins and ends so long before and after the track, but is no longer than `LONGEST_S`."""
LONGEST_S = 8.0
PICTURES_A_SECOND = 10
LOOKS_A_SECOND = 5.0
SHOTS = 6
_FILM_PX = 800
_DETECT_PX, _MOST_DETECT_PX = 1280, 1920
_GOOD_FACE_PX = 24.0
_CELL_PX = 8
_CROP_PX = 420
_MOST_FACES = 16
_STRETCH_S = 5.0
_PROFILE = 0.24  # of the box's width: nearer to one another than that, the eyes tell the turn of a head, not its size

Points = Float
__all__ = ["CHIP_PX", "SHOTS", "CloseLook", "Shot", "close_look", "upright_face"]


@dataclass(frozen=True)
class Shot:
    """One face of the track, upright, as JPEG: when it was (container seconds), and its box in the footage's pixels."""

    time_s: float
    box_px: Box
    face_jpeg: bytes


@dataclass(frozen=True)
class CloseLook:
    """What a look gives.

    Attributes
    ----------
    best
        The face at the track's best moment.
    shots
        Others of the track, in order of time; empty where the face was not found a second time.
    film
        WebM (VP8), without sound, its zero at `start_s` of the footage; empty where nothing could be encoded.
    covered
        How many other people's faces were followed and filled.
    """

    best: Shot
    shots: tuple[Shot, ...]
    film: bytes
    start_s: float
    end_s: float
    covered: int


@dataclass
class _Looked:
    """The pictures of the moment, small, and the faces that were found in some of them."""

    pictures: list[tuple[float, Image]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    crops: dict[tuple[float, int], tuple[bytes, Points, Box]] = field(default_factory=dict)
    best: tuple[float, Image] | None = None
    width: int = 0


def close_look(path: Path, subject: Subject, *, engine: Engine, max_pixels: int) -> CloseLook | None:
    """Look at a track once more, close by; None where nothing can be decoded at its best moment.

    Raises
    ------
    UnreadableFootage
        As for `recognition.footage.probe`.
    """
    span = span_of(subject)
    looked = _looked(path, subject, span, engine, max_pixels)
    if looked.best is None:
        return None
    made = cover(looked.seen, [subject], is_alike=partial(_is_alike, engine))
    own = [one for one in made.subject if (one.time_s, one.number) in looked.crops]
    best_s, best_jpeg = looked.best[0], _best(looked, subject, own, engine)
    shots = [_shot(looked, one) for one in _spread(own, best_s)]
    times = [time_s for time_s, _ in looked.pictures]
    return CloseLook(
        best=Shot(best_s, subject.best_box_px, best_jpeg),
        shots=tuple(shots),
        film=film_of(looked.pictures, made, width_px=looked.width, rate=PICTURES_A_SECOND),
        start_s=times[0] if times else best_s,
        end_s=times[-1] if times else best_s,
        covered=len(made.strangers),
    )


def span_of(subject: Subject) -> tuple[float, float]:
    """From when to when the film goes, in container seconds: around the track, or, of a long one, its best moment.

    >>> span_of(Subject(10.0, 12.0, 11.0, (0, 0, 9, 9))), span_of(Subject(10.0, 90.0, 50.0, (0, 0, 9, 9)))
    ((8.0, 14.0), (46.0, 54.0))
    """
    half = LONGEST_S / 2
    start = max(0.0, subject.start_s - AROUND_S, subject.best_s - half)
    return start, min(subject.end_s + AROUND_S, start + LONGEST_S, subject.best_s + half)


def upright_face(image_bgr: Image, points_px: Points, box_px: Box) -> Image:
    """``(CHIP_PX, CHIP_PX, 3)`` the face with its eyes at `EYES`: two of them are of one size and lie upon one another.

    Where the eyes stand too near one another to tell the head's size, or lie outside of the box, it is sized by its
    box.
    """
    width = box_px[2] - box_px[0]
    eyes = np.asarray(points_px, np.float64)[:2]
    apart = float(np.hypot(*(eyes[1] - eyes[0])))
    middle = eyes.mean(axis=0)
    is_within = box_px[0] <= middle[0] <= box_px[2] and box_px[1] <= middle[1] <= box_px[3]
    if not is_within or apart < _PROFILE * width or eyes[1][0] <= eyes[0][0]:
        eyes = _usual_eyes(box_px)
    return upright_chip(image_bgr, eyes.astype(np.float32), EYES * CHIP_PX, CHIP_PX, smooth=True)


def _usual_eyes(box_px: Box) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Where a detector's box of a face from the front has the eyes."""
    x1, y1, x2, y2 = box_px
    width, height = x2 - x1, y2 - y1
    return np.array([[x1 + 0.31 * width, y1 + 0.4 * height], [x1 + 0.69 * width, y1 + 0.4 * height]])


def found_face(image_bgr: Image, box_px: Box, engine: Engine) -> Image:
    """The face at a box, upright; by its eyes where they are found there."""
    x1, y1, x2, y2 = grown(box_px, 0.8)
    height, width = image_bgr.shape[:2]
    left, top = max(0, floor(x1)), max(0, floor(y1))
    piece = np.ascontiguousarray(image_bgr[top : min(height, int(y2) + 1), left : min(width, int(x2) + 1)])
    if piece.size == 0:
        return upright_face(image_bgr, _usual_eyes(box_px).astype(np.float32), box_px)
    least = 0.5 * min(box_px[2] - box_px[0], box_px[3] - box_px[1])
    faces = engine.detect(piece, min_face_px=max(SMALLEST_PX, least))
    own = (box_px[0] - left, box_px[1] - top, box_px[2] - left, box_px[3] - top)
    row = max(range(len(faces)), key=lambda one: overlap(_box(faces, one), own), default=None)
    if row is None or overlap(_box(faces, row), own) <= 0:
        return upright_face(piece, _usual_eyes(own).astype(np.float32), own)
    return upright_face(piece, faces.points_px[row], _box(faces, row))


def _box(faces: Faces, row: int) -> Box:
    x1, y1, x2, y2 = (float(v) for v in faces.box_px[row])
    return x1, y1, x2, y2


def _looked(path: Path, subject: Subject, span: tuple[float, float], engine: Engine, max_pixels: int) -> _Looked:
    """Read the moment once: each picture made small, some of them searched for faces."""
    found, follower = _Looked(), Follower(sample_fps=LOOKS_A_SECOND)
    slot = look_slot = -1
    for frame in _frames(path, span, max_pixels):
        is_best = frame.time_s <= subject.best_s + 1e-3
        if is_best or found.best is None:
            found.best = (frame.time_s, frame.image_bgr)
        here, look_here = floor(frame.time_s * PICTURES_A_SECOND), floor(frame.time_s * LOOKS_A_SECOND)
        if here != slot:
            slot = here
            found.pictures.append((frame.time_s, _small(frame.image_bgr)))
            found.width = frame.image_bgr.shape[1]
        if look_here != look_slot:
            look_slot = look_here
            _look(frame, follower, subject, engine, found)
    return found


def _frames(path: Path, span: tuple[float, float], max_pixels: int) -> Iterator[Frame]:
    for segment in segments(path, _STRETCH_S, max_pixels=max_pixels):
        is_far = segment.of > 1 and (segment.start_s > span[1] or segment.end_s < span[0])
        if is_far and not (segment.index == segment.of - 1 and segment.start_s <= span[1]):
            continue
        for frame in frames(path, segment, sample_fps=None, tally=Tally(), max_pixels=max_pixels):
            if frame.time_s > span[1] + _STRETCH_S:
                break
            if span[0] <= frame.time_s <= span[1]:
                yield frame


def _small(image_bgr: Image) -> Image:
    """The picture as the film shows it: even sides, as the codec wants them."""
    small = shrunk(image_bgr, _FILM_PX)
    return np.ascontiguousarray(small[: small.shape[0] // 2 * 2, : small.shape[1] // 2 * 2])


def _look(frame: Frame, follower: Follower, subject: Subject, engine: Engine, found: _Looked) -> None:
    """Find the faces of one picture and number them; while the subject may be there, also whose they are."""
    image = frame.image_bgr
    searched = shrunk(image, _detect_px(image, subject))
    scale = image.shape[1] / searched.shape[1]
    faces = engine.detect(searched, min_face_px=_least_px(image, searched, subject))
    follower.look(frame.grey(_CELL_PX))
    numbers = follower.update(frame.time_s, faces.box_px * np.float32(scale))
    is_wanted = subject.start_s - 1 <= frame.time_s <= subject.end_s + 1 and len(faces)
    vectors = engine.embed(searched, faces) if is_wanted else None
    for row, number in enumerate(numbers):
        x1, y1, x2, y2 = (v * scale for v in _box(faces, row))
        vector = None if vectors is None else vectors[row : row + 1]
        found.seen.append(Seen(frame.time_s, int(number), (x1, y1, x2, y2), vector))
        if is_wanted and row < _MOST_FACES:
            crop = _crop(image, faces.points_px[row] * np.float32(scale), (x1, y1, x2, y2))
            found.crops[(frame.time_s, int(number))] = crop


def _detect_px(image_bgr: Image, subject: Subject) -> int:
    """How large a picture is searched: so that the subject's face can be found in it, within bounds."""
    x1, y1, x2, y2 = subject.best_box_px
    wanted = max(image_bgr.shape[:2]) * _GOOD_FACE_PX / max(1.0, min(x2 - x1, y2 - y1))
    return int(min(_MOST_DETECT_PX, max(_DETECT_PX, wanted)))


def _least_px(image_bgr: Image, searched_bgr: Image, subject: Subject) -> float:
    """The smallest face looked for, in pixels of the picture that is searched.

    It is one that people could tell in the film, where a face under `SMALLEST_PX` is nobody's; and the subject's.
    """
    longest = max(searched_bgr.shape[:2])
    x1, y1, x2, y2 = subject.best_box_px
    own = 0.6 * min(x2 - x1, y2 - y1) * longest / max(image_bgr.shape[:2])
    return float(max(SMALLEST_PX, min(SMALLEST_PX * longest / min(longest, _FILM_PX), own)))


def _crop(image_bgr: Image, points_px: Points, box_px: Box) -> tuple[bytes, Points, Box]:
    """The surroundings of a face as JPEG, with its points and box in their pixels: many wait in memory at once."""
    height, width = image_bgr.shape[:2]
    x1, y1, x2, y2 = grown(box_px, 0.8)
    left, top = min(max(0, floor(x1)), width - 1), min(max(0, floor(y1)), height - 1)
    piece = image_bgr[top : max(top + 1, min(height, int(y2) + 1)), left : max(left + 1, min(width, int(x2) + 1))]
    small = shrunk(piece, _CROP_PX)
    scale = small.shape[1] / piece.shape[1]
    moved = (np.asarray(points_px, np.float32) - np.array([left, top], np.float32)) * np.float32(scale)
    box = ((box_px[0] - left) * scale, (box_px[1] - top) * scale)
    return jpeg(small), moved, (*box, (box_px[2] - left) * scale, (box_px[3] - top) * scale)


def _is_alike(engine: Engine, best: Seen, other: Seen) -> bool:
    if best.vector is None or other.vector is None:
        return False
    return float(engine.similarity(best.vector, other.vector)[0, 0]) >= engine.info.review_floor


def _best(looked: _Looked, subject: Subject, own: Sequence[Seen], engine: Engine) -> bytes:
    """The face at the best moment; of a picture that was searched just then, as it was found there."""
    assert looked.best is not None  # noqa: S101  asked for by `close_look`
    time_s, image = looked.best
    for one in own:
        if one.time_s == time_s:
            return _shot(looked, one).face_jpeg
    return jpeg(found_face(image, subject.best_box_px, engine))


def _shot(looked: _Looked, one: Seen) -> Shot:
    content, points, box = looked.crops[(one.time_s, one.number)]
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return Shot(one.time_s, one.box_px, jpeg(upright_face(np.asarray(image, np.uint8), points, box)))


def _spread(own: Sequence[Seen], best_s: float) -> list[Seen]:
    """At most `SHOTS` of the track's faces, evenly over its time, without that of the best moment."""
    others = [one for one in own if abs(one.time_s - best_s) > 0.5 / LOOKS_A_SECOND]
    if len(others) <= SHOTS:
        return others
    places = np.linspace(0, len(others) - 1, SHOTS).round().astype(int)
    return [others[place] for place in places]
