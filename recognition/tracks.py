"""Follows faces from sample to sample, and keeps the best few shots of each.

Following is OC-SORT (Cao et al., CVPR 2023) from the `trackers` package: 0, 3 and 4 identity switches at 25, 5
and 2 samples a second where greedy overlap makes 2, 71 and 105 (FINDINGS.md). Shots are chosen by quality and
time alone, never by similarity to the person sought: that would make every stranger look as alike as they can.
"""

from dataclasses import dataclass, field
from math import floor

import cv2
import numpy as np
from numpy.typing import NDArray
from supervision import Detections
from trackers import OCSORTTracker

from recognition.decoding import Frame
from recognition.faces import Faces, Float, Image
from recognition.quality import quality
from recognition.timeline import CONTAINER

SHOTS_KEPT = 5

_LOST_AFTER_S = 1.0
_WIDENED = 2.0  # a face moves by its own width between samples; a box twice as wide still overlaps
_LEAST_OVERLAP = 0.25
_MOMENT_S = 0.25  # two shots of one moment would tell the recogniser the same thing twice
_MARGIN = 0.5  # of the face's size, on each side of a kept shot
_LARGEST_FACE_PX = 224.0
_CONTEXT_PX = 960
_CUT_CORRELATION = 0.5
_CUT_DIFFERENCE = 10.0  # of 255


class Follower:
    """Numbers the faces of successive samples so that one person's faces share a number.

    Parameters
    ----------
    sample_fps
        Samples a second; above 0.
    """

    def __init__(self, *, sample_fps: float) -> None:
        self._tracker = OCSORTTracker(
            lost_track_buffer=round(_LOST_AFTER_S * 30),  # the package counts in frames of a 30th of a second
            frame_rate=sample_fps,
            minimum_consecutive_frames=1,
            minimum_iou_threshold=_LEAST_OVERLAP,
            high_conf_det_threshold=0.0,  # the engine has already decided what is a face
        )
        self._step_s = 1.0 / sample_fps
        self._last_s: float | None = None
        self._thumbnail: Float | None = None
        # by identity of the tracker's objects, which are held here so that no identity is used twice
        self._numbers: dict[int, tuple[object, int]] = {}
        self._issued = 0

    @property
    def live(self) -> frozenset[int]:
        """Numbers that may still come again."""
        return frozenset(number for _, number in self._numbers.values())

    def look(self, grey: Float) -> bool:
        """See a sample small and grey; True where it shows another scene: every face in it is then a new one."""
        thumbnail = np.asarray(cv2.resize(grey, (32, 18), interpolation=cv2.INTER_AREA), dtype=np.float32)
        is_new = self._thumbnail is not None and is_cut(self._thumbnail, thumbnail)
        self._thumbnail = thumbnail
        if is_new:
            self._tracker.reset()
            self._numbers, self._last_s = {}, None
        return is_new

    def update(self, time_s: float, box_px: Float) -> NDArray[np.intp]:
        """``(n,)`` the number of each of n boxes seen at `time_s`; every box gets one, at once."""
        # OC-SORT skips a sample that is not later than the one before (damaged footage may hold such)
        if self._last_s is not None and time_s <= self._last_s:
            time_s = self._last_s + self._step_s / 10
        self._last_s = time_s
        wide = _widened(box_px)
        self._tracker.update(Detections(xyxy=wide, confidence=np.ones(len(wide), np.float32)), timestamp=time_s)
        return self._numbered(wide)

    def _numbered(self, wide: NDArray[np.float64]) -> NDArray[np.intp]:
        """The numbers of the tracker's own tracks; it names a new one only at its second face."""
        found = np.full(len(wide), -1, dtype=np.intp)
        numbers: dict[int, tuple[object, int]] = {}
        for tracklet in self._tracker.tracks:
            key = id(tracklet)
            number = self._numbers[key][1] if key in self._numbers else -1
            if tracklet.time_since_update == 0:
                rows = np.flatnonzero((wide == tracklet.last_observation).all(axis=1) & (found < 0))
                if len(rows):
                    if number < 0:
                        number, self._issued = self._issued, self._issued + 1
                    found[rows[0]] = number
            if number >= 0:
                numbers[key] = (tracklet, number)
        self._numbers = numbers
        for row in np.flatnonzero(found < 0):
            found[row], self._issued = self._issued, self._issued + 1
        return found


@dataclass(frozen=True)
class Shot:
    """One face at one moment: a piece of the picture around it, and where it lies in the whole picture.

    `face` holds the same single face in pixels of `crop_bgr`, `box_px` its box in pixels of the footage.
    """

    time_s: float
    time_source: str
    box_px: tuple[float, float, float, float]
    quality: float
    crop_bgr: Image
    face: Faces

    @property
    def face_px(self) -> float:
        """Shorter side of the face in pixels of the footage."""
        x1, y1, x2, y2 = self.box_px
        return min(x2 - x1, y2 - y1)


@dataclass
class Track:
    """One face followed: its extent, how often it was seen, and its best shots, best first."""

    number: int
    start_s: float
    end_s: float
    first_box_px: tuple[float, float, float, float]
    last_box_px: tuple[float, float, float, float]
    seen: int = 0
    time_source: str = CONTAINER
    shots: list[Shot] = field(default_factory=list)
    context_bgr: Image | None = None
    context_scale: float = 1.0  # pixels of the context for one of the footage

    def wants(self, time_s: float, quality: float) -> bool:
        """Whether a shot of this quality would be kept."""
        rival = self._rival(time_s)
        return rival is None or quality > rival.quality

    def keep(self, shot: Shot) -> bool:
        """Keep a shot that `wants` agreed to; True if it is now the best."""
        rival = self._rival(shot.time_s)
        kept = [other for other in self.shots if other is not rival]
        self.shots = sorted([*kept, shot], key=lambda s: (-s.quality, s.time_s))
        return self.shots[0] is shot

    def _rival(self, time_s: float) -> Shot | None:
        """The kept shot that a new one must beat: of the same moment, or the worst when all places are taken."""
        moment = floor(time_s / _MOMENT_S)
        for shot in self.shots:
            if floor(shot.time_s / _MOMENT_S) == moment:
                return shot
        return self.shots[-1] if len(self.shots) >= SHOTS_KEPT else None


def observe(
    frame: Frame,
    faces: Faces,
    follower: Follower,
    tracks: dict[int, Track],
    *,
    is_found: NDArray[np.bool_] | None = None,
    skipped_s: float = 0.0,
) -> int:
    """Enter the faces of one sample into `tracks`, by number; shots and contexts are kept where they are better.

    Parameters
    ----------
    is_found
        ``(n,)`` which faces were found in this very picture (None: all); the others stand where nothing changed.
    skipped_s
        Seconds before this sample in which nothing moved and nothing was looked at: faces are followed across them.

    Returns
    -------
    int
        How many tracks began.
    """
    numbers = follower.update(frame.time_s - skipped_s, faces.box_px)
    found = np.arange(len(faces)) if is_found is None else np.flatnonzero(is_found)
    values = np.zeros(len(faces), np.float32)
    if len(found):
        values[found] = quality(frame.image_bgr, faces[found])
    context: Image | None = None
    begun = 0
    for row, number in enumerate(numbers):
        x1, y1, x2, y2 = (float(v) for v in faces.box_px[row])
        box = (x1, y1, x2, y2)
        track = tracks.get(int(number))
        if track is None:
            track = tracks[int(number)] = Track(int(number), frame.time_s, frame.time_s, box, box)
            begun += 1
        # a spliced recording may show its pictures in another order than that of their times
        track.start_s, track.end_s = min(track.start_s, frame.time_s), max(track.end_s, frame.time_s)
        track.last_box_px, track.seen = box, track.seen + 1
        if frame.time_source != CONTAINER:
            track.time_source = frame.time_source
        if row not in found or not track.wants(frame.time_s, float(values[row])):
            continue
        crop, face = cut_out(frame.image_bgr, faces[[row]])
        if track.keep(Shot(frame.time_s, frame.time_source, box, float(values[row]), crop, face)):
            context = shrunk_context(frame.image_bgr) if context is None else context
            track.context_bgr, track.context_scale = context, context.shape[1] / frame.image_bgr.shape[1]
    return begun


def cut_out(image_bgr: Image, face: Faces) -> tuple[Image, Faces]:
    """The surroundings of a single face, and the face in their pixels; faces above 224 px are shrunk to that."""
    height, width = image_bgr.shape[:2]
    x1, y1, x2, y2 = (float(v) for v in face.box_px[0])
    margin = _MARGIN * max(x2 - x1, y2 - y1)
    left, top = max(0, int(x1 - margin)), max(0, int(y1 - margin))
    right, bottom = min(width, int(x2 + margin) + 1), min(height, int(y2 + margin) + 1)
    if right <= left or bottom <= top:  # a box wholly off the picture
        left, top, right, bottom = 0, 0, width, height
    crop = image_bgr[top:bottom, left:right]
    scale = min(1.0, _LARGEST_FACE_PX / max(x2 - x1, y2 - y1, 1.0))
    if scale < 1.0:
        size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    offset = np.array([left, top], np.float32)
    moved = Faces(
        (face.box_px - np.tile(offset, 2)) * scale,
        face.score,
        (face.points_px - offset) * scale,
    )
    return np.ascontiguousarray(crop), moved


def shrunk_context(image_bgr: Image) -> Image:
    """The whole picture at no more than 960 pixels width, to show where a face was."""
    height, width = image_bgr.shape[:2]
    if width <= _CONTEXT_PX:
        return image_bgr.copy()
    size = (_CONTEXT_PX, max(1, round(height * _CONTEXT_PX / width)))
    return np.asarray(cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def is_cut(before: Float, after: Float) -> bool:
    """Whether two thumbnails (grey, ``(18, 32)``) show different scenes: another camera of a switcher, a film's cut.

    People passing a CCTV camera leave the correlation of such thumbnails above .74 at 8 samples a second, the cuts of
    the Hamilton clip bring it to .01 to .37. A picture too even to correlate (night) must differ in brightness too.
    """
    if float(np.abs(before - after).mean()) < _CUT_DIFFERENCE:
        return False
    a, b = before - before.mean(), after - after.mean()
    return float((a * b).sum()) < _CUT_CORRELATION * float(np.sqrt((a * a).sum() * (b * b).sum()))


def _widened(box_px: Float) -> NDArray[np.float64]:
    """The boxes at twice their size around the same centres."""
    box = np.asarray(box_px, dtype=np.float64).reshape(-1, 4)
    centre = (box[:, :2] + box[:, 2:]) / 2
    half = np.maximum((box[:, 2:] - box[:, :2]) * _WIDENED / 2, 0.5)
    return np.hstack([centre - half, centre + half])
