"""Small films for people to look at in a page: any browser plays them, and faces are filled before they are encoded."""

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from recognition.faces import Image
from recognition.pictures import boxed
from recognition.redact import Box, Cover, Seen, filled, grown

_BITS_A_SECOND = 900_000
_TICKS = Fraction(1, 1000)  # WebM's own
_SHOWN_FOR_S = 0.35


def film_of(pictures: Sequence[tuple[float, Image]], made: Cover, *, width_px: int, rate: int) -> bytes:
    """The pictures as WebM (VP8, no sound), all other faces filled, the candidate's in a box.

    Parameters
    ----------
    pictures
        (container seconds, picture), in order; all shrunk alike from pictures `width_px` wide. Empty: nothing is given.
    made
        What to fill, in pixels of the footage.
    rate
        Pictures a second at most, above 0.
    """
    if not pictures:
        return b""
    out = io.BytesIO()
    height, width = pictures[0][1].shape[:2]
    scale = width / max(1, width_px)
    # +bitexact: the container tells no version and no time
    with av.open(out, "w", format="webm", options={"fflags": "+bitexact"}) as container:
        assert isinstance(container, OutputContainer)  # noqa: S101  it was opened to be written
        # "realtime" would let the clock of this machine have a part in the result
        options = {"deadline": "good", "cpu-used": "5", "threads": "1", "flags": "+bitexact"}
        stream = container.add_stream("libvpx", rate=rate, options=options)
        assert isinstance(stream, VideoStream)  # noqa: S101
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate, stream.gop_size = _BITS_A_SECOND, rate
        stream.codec_context.time_base = stream.time_base = _TICKS
        for time_s, image in pictures:
            boxes = [_times(box, scale) for box in made.boxes_at(time_s)]
            picture = _fitted(filled(image, boxes), height, width)
            own = _own_at(made.subject, time_s)
            encoded = VideoFrame.from_ndarray(
                picture if own is None else boxed(picture, grown(own, 0.15), scale=scale), format="bgr24"
            )
            encoded.pts, encoded.time_base = int((time_s - pictures[0][0]) * 1000), _TICKS
            container.mux(stream.encode(encoded))
        container.mux(stream.encode(None))
    return out.getvalue()


def _fitted(image_bgr: Image, height: int, width: int) -> Image:
    """One picture at the size of the first; recordings change theirs now and then."""
    if image_bgr.shape[:2] == (height, width):
        return image_bgr
    return np.asarray(cv2.resize(image_bgr, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _times(box: Box, by: float) -> Box:
    return box[0] * by, box[1] * by, box[2] * by, box[3] * by


def _own_at(own: Sequence[Seen], time_s: float) -> Box | None:
    """Where the candidate's face is at a time, straight from look to look; None where it was not found about then."""
    near = [one for one in own if abs(one.time_s - time_s) <= _SHOWN_FOR_S]
    if not near:
        return None
    before = max((one for one in near if one.time_s <= time_s), key=lambda one: one.time_s, default=near[0])
    after = min((one for one in near if one.time_s >= time_s), key=lambda one: one.time_s, default=near[-1])
    gap = after.time_s - before.time_s
    share = 0.0 if gap <= 0 else (time_s - before.time_s) / gap
    x1, y1, x2, y2 = (a + (b - a) * share for a, b in zip(before.box_px, after.box_px, strict=True))
    return x1, y1, x2, y2
