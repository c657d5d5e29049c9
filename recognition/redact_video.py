"""A stretch of footage encoded anew, with everybody's face filled but the subject's: no sound, no metadata.

The pictures are read three times: some of them to find and follow every face, all of them to fill and encode, and, from
what was encoded, all of them to look for faces that are left. Those are filled too, and it is encoded again; one in
which a face is found even then is filled as a whole. Pictures whose very bytes were looked at before are not searched
again: groups of them are encoded apart, so that a change in one changes no other.
"""

import hashlib
import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import floor
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from data.errors import UnreadableFootage
from recognition.decoding import Frame
from recognition.faces import Engine, Image
from recognition.footage import Segment, frames, segments
from recognition.redact import (
    FILL_BGR,
    HOLD_S,
    LOOKS_A_SECOND,
    ROUNDS,
    Box,
    Cover,
    RedactedPicture,
    Seen,
    Subject,
    boxes_of,
    cover,
    filled,
    found_in,
    redacted_picture,
)
from recognition.tally import Tally
from recognition.tracks import Follower

_STRETCH_S = 5.0
_TICKS = Fraction(1, 60_000)  # MPEG-4 takes no finer ones
_USUAL_RATE = 25
_GROUP = 25  # pictures from one keyframe to the next
_CELL_PX = 8
_SAME_MOMENT_S = 1e-3
_QUALITY = {
    # a constant quantiser: what one group of pictures costs has no part in how another is encoded
    "libx264": {
        "preset": "veryfast",
        "qp": "22",
        "threads": "1",
        "x264-params": "scenecut=0:open-gop=0:rc-lookahead=0",
    },
    "mpeg4": {"qmin": "3", "qmax": "3", "threads": "1"},
}
_EXACT = "+bitexact"
Searched = dict[tuple[str, int], list[Box]]


@dataclass(frozen=True)
class Redacted:
    """A stretch as it may be handed on: MP4, its zero at `start_s` of the footage.

    Attributes
    ----------
    faces
        How many other people's faces were followed and filled.
    blanked
        Pictures that were filled as a whole, since a face was found in them again and again.
    left
        Other people's faces found in the finished file; above 0 it must not be handed on.
    unreadable
        Packets of the stretch that could not be decoded; they are not in the export.
    """

    content: bytes
    start_s: float
    end_s: float
    pictures: int
    faces: int
    subject_pictures: int
    blanked: int
    left: int
    unreadable: int
    codec: str


def redact_stretch(
    path: Path, start_s: float, end_s: float, subjects: Sequence[Subject], *, engine: Engine, max_pixels: int
) -> Redacted:
    """Redact the pictures from `start_s` to `end_s` (container seconds) around the subject's confirmed tracks.

    Raises
    ------
    UnreadableFootage
        No picture can be decoded there.
    """
    stretch = _Stretch(path, start_s, end_s, max_pixels)
    made = cover(_followed(stretch, engine, subjects), subjects, is_alike=partial(_is_alike, engine))
    if not stretch.times:
        raise UnreadableFootage(f"{path.name}: no picture can be decoded from {start_s:.1f} s to {end_s:.1f} s")
    people = len(made.strangers)
    blank: set[int] = set()
    searched: Searched = {}
    for attempt in range(ROUNDS + 1):
        content, codec = _encoded(stretch, made, blank)
        left = _left(content, stretch.written, made, engine, searched)
        if not left:
            break
        if attempt == ROUNDS:
            break
        if attempt == ROUNDS - 1:
            blank |= {number for number, _ in left}
        for number, box in left:
            made.add(stretch.written[number], box)
    return Redacted(
        content=content,
        start_s=stretch.written[0],
        end_s=stretch.written[-1],
        pictures=len(stretch.written),
        faces=people,
        subject_pictures=len({one.time_s for one in made.subject}),
        blanked=len(blank),
        left=len(left),
        unreadable=stretch.tally.packets_unreadable,
        codec=codec,
    )


def redact_moment(path: Path, subject: Subject, *, engine: Engine, max_pixels: int) -> RedactedPicture | None:
    """The picture at the subject's best moment with every other face filled; None where it cannot be decoded."""
    best: Frame | None = None
    for frame in _Stretch(path, subject.best_s - 0.5, subject.best_s + 0.5, max_pixels).frames():
        if best is None or abs(frame.time_s - subject.best_s) < abs(best.time_s - subject.best_s):
            best = frame
    return None if best is None else redacted_picture(best.image_bgr, subject.best_box_px, engine)


class _Stretch:
    """Some seconds of a footage, to be read several times."""

    def __init__(self, path: Path, start_s: float, end_s: float, max_pixels: int) -> None:
        self.path, self.start_s, self.end_s, self.max_pixels = path, start_s, end_s, max_pixels
        self.tally = Tally()
        self.times: list[float] = []
        self.written: list[float] = []
        self._segments: tuple[Segment, ...] | None = None

    def frames(self) -> Iterator[Frame]:
        """The pictures of the stretch, in the order in which they are shown."""
        if self._segments is None:
            found = segments(self.path, _STRETCH_S, max_pixels=self.max_pixels)
            self._segments = tuple(s for s in found if s.of == 1 or _meet(s, self.start_s, self.end_s))
        self.tally = Tally()
        for segment in self._segments:
            for frame in frames(
                self.path, segment, sample_fps=None, tally=self.tally, max_pixels=self.max_pixels
            ):  # fmt: skip
                if self.start_s <= frame.time_s <= self.end_s:
                    yield frame


def _meet(segment: Segment, start_s: float, end_s: float) -> bool:
    is_early = segment.index < segment.of - 1 and segment.end_s < start_s
    return not is_early and (segment.index == 0 or segment.start_s <= end_s)


def _is_alike(engine: Engine, best: Seen, other: Seen) -> bool:
    """Whether a face that was followed may be shown as that of the subject's best moment."""
    if best.vector is None or other.vector is None:
        return False
    return float(engine.similarity(best.vector, other.vector)[0, 0]) >= engine.info.review_floor


def _followed(stretch: _Stretch, engine: Engine, subjects: Sequence[Subject]) -> Iterator[Seen]:
    """The faces of some pictures of each second, numbered; while a subject may be there, with whose they are."""
    follower = Follower(sample_fps=LOOKS_A_SECOND)
    slot: int | None = None
    for frame in stretch.frames():
        stretch.times.append(frame.time_s)
        here = floor(frame.time_s * LOOKS_A_SECOND)
        if here == slot:
            continue
        slot = here
        follower.look(frame.grey(_CELL_PX))
        faces = found_in(frame.image_bgr, engine)
        numbers = follower.update(frame.time_s, faces.box_px)
        is_wanted = any(one.start_s - 1 <= frame.time_s <= one.end_s + 1 for one in subjects) and len(faces)
        vectors = engine.embed(frame.image_bgr, faces) if is_wanted else None
        for row, (number, box) in enumerate(zip(numbers, boxes_of(faces), strict=True)):
            yield Seen(frame.time_s, int(number), box, None if vectors is None else vectors[row : row + 1])


def _encoded(stretch: _Stretch, made: Cover, blank: set[int]) -> tuple[bytes, str]:
    """The stretch with everything filled, as MP4, and the name of its codec; `stretch.written` has its times."""
    out = io.BytesIO()
    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    stretch.written = []
    # +bitexact: the container tells no version and no time
    with av.open(out, "w", format="mp4", options={"fflags": _EXACT}) as container:
        assert isinstance(container, OutputContainer)  # noqa: S101  it was opened to be written
        stream = container.add_stream(codec, rate=_USUAL_RATE, options={**_QUALITY[codec], "flags": _EXACT})
        assert isinstance(stream, VideoStream)  # noqa: S101
        stream.pix_fmt, stream.gop_size = "yuv420p", _GROUP
        stream.codec_context.time_base = stream.time_base = _TICKS
        size: tuple[int, int] | None = None
        last = -1
        for frame in stretch.frames():
            if size is None:
                size = (frame.width - frame.width % 2, frame.height - frame.height % 2)
                stream.width, stream.height = size
            place = round((frame.time_s - (stretch.written[0] if stretch.written else frame.time_s)) / _TICKS)
            if place <= last:  # a picture out of order cannot be shown
                continue
            last = place
            picture = _picture(frame, made, size, is_blank=len(stretch.written) in blank)
            stretch.written.append(frame.time_s)
            encoded = VideoFrame.from_ndarray(picture, format="bgr24")
            encoded.pts, encoded.time_base = place, _TICKS
            container.mux(stream.encode(encoded))
        container.mux(stream.encode(None))
    return out.getvalue(), codec


def _picture(frame: Frame, made: Cover, size: tuple[int, int], *, is_blank: bool) -> Image:
    """One picture of the export; one of another size than the first is shown on an empty one of that size."""
    width, height = size
    canvas = np.full((height, width, 3), FILL_BGR, np.uint8)
    if not is_blank:
        image = filled(frame.image_bgr, made.boxes_at(frame.time_s))[:height, :width]
        canvas[: image.shape[0], : image.shape[1]] = image
    return canvas


def _left(
    content: bytes, written: Sequence[float], made: Cover, engine: Engine, searched: Searched
) -> list[tuple[int, Box]]:
    """(place of the picture, box) of each face in the finished file that is not the subject's."""
    groups = _groups(content)
    starts = [start for start, _ in groups]
    found = []
    with av.open(io.BytesIO(content), format="mp4") as container:
        assert isinstance(container, InputContainer)  # noqa: S101  it was opened to be read
        for number, picture in enumerate(container.decode(video=0)):
            group = groups[max(0, bisect_right(starts, picture.pts or 0) - 1)]
            key = (group[1], (picture.pts or 0) - group[0])
            if key not in searched:
                image = np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
                searched[key] = boxes_of(found_in(image, engine))
            time_s = written[min(number, len(written) - 1)]
            found += [(number, box) for box in searched[key] if not made.is_subject(time_s, box)]
    return found


def _groups(content: bytes) -> list[tuple[int, str]]:
    """The place in time of each keyframe, and the hash of all that is encoded until the next."""
    found: list[tuple[int, Any]] = []
    with av.open(io.BytesIO(content), format="mp4") as container:
        assert isinstance(container, InputContainer)  # noqa: S101
        for packet in container.demux(video=0):
            if packet.pts is None:
                continue
            if packet.is_keyframe or not found:
                found.append((packet.pts, hashlib.sha256()))
            found[-1][1].update(f"{packet.pts - found[-1][0]} {packet.size} ".encode() + bytes(packet))
    return [(start, digest.hexdigest()) for start, digest in found]


__all__ = ["HOLD_S", "Redacted", "redact_moment", "redact_stretch"]
