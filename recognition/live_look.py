"""Looks at the newest picture of a camera that is watched live: can anything be seen, and which faces are there.

What a camera sends comes in packets. Only the newest picture counts; those before it are decoded where the codec needs
them, and never kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import av
import cv2
import numpy as np
from av.codec.context import ThreadType
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from recognition.faces import Engine, Faces, Float, Image
from recognition.pictures import jpeg
from recognition.quality import quality

CODECS = ("h264", "hevc", "mjpeg")
MOST_FACES = 64
"""So many faces of one picture are compared, the clearest ones."""
_SMALL = (160, 90)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class LiveFace:
    """One face of a picture: its box in pixels, how good a shot it is (0 to 1), and its vector, ``(d,)``."""

    box_px: Box
    quality: float
    vector: Float


@dataclass(frozen=True)
class LiveLook:
    """What a picture shows. `brightness` and `contrast` are mean and standard deviation of its grey, 0 to 255.

    `change` is the mean difference from the picture looked at before, on a small grey copy, 0 to 255; None for the
    first. `picture_jpeg` is the picture where it has a face, else None.
    """

    size_px: tuple[int, int]
    brightness: float
    contrast: float
    change: float | None
    faces: tuple[LiveFace, ...] = ()
    picture_jpeg: bytes | None = None


class LiveLooking:
    """Decodes one camera's packets and looks at the newest picture; not for two threads at once."""

    def __init__(self, codec: str, *, max_pixels: int) -> None:
        if codec not in CODECS:
            raise ValueError(f"{codec[:20]!r} is none of {CODECS}")
        context = av.CodecContext.create(codec, "r")
        assert isinstance(context, VideoCodecContext)  # noqa: S101  all of CODECS are video
        context.thread_type = ThreadType.NONE
        # a picture of more pixels is refused before memory is taken for it
        context.options = {"max_pixels": str(max_pixels), "flags": "+low_delay"}
        self._context = context
        self._max_pixels = max_pixels
        self._before: Float | None = None

    def look(
        self, packets: Sequence[bytes], engine: Engine, *, min_face_px: float, is_new_start: bool
    ) -> LiveLook | None:
        """What the newest picture of these packets shows; None where none of them gives a picture.

        Parameters
        ----------
        packets
            In the order in which they came; Annex B for H.264 and H.265, with their parameter sets.
        min_face_px
            Smallest face to look for, shorter side.
        is_new_start
            Whether the first packet needs none of those that were given before.
        """
        newest = self._newest(packets, is_new_start=is_new_start)
        if newest is None:
            return None
        image: Image = np.asarray(newest.to_ndarray(format="bgr24"), np.uint8)
        grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), _SMALL, interpolation=cv2.INTER_AREA)
        small = grey.astype(np.float32)
        change = None if self._before is None else float(np.abs(small - self._before).mean())
        self._before = small
        faces = engine.detect(image, min_face_px=min_face_px)
        faces = faces[np.argsort(-faces.score, kind="stable")[:MOST_FACES]]
        found = _found(image, faces, engine)
        size = (int(image.shape[1]), int(image.shape[0]))
        picture = jpeg(image) if found else None
        return LiveLook(size, float(small.mean()), float(small.std()), change, found, picture)

    def _newest(self, packets: Sequence[bytes], *, is_new_start: bool) -> VideoFrame | None:
        """The last picture that comes out; damaged packets give none."""
        if is_new_start and self._context.is_open:
            self._context.flush_buffers()
        newest: VideoFrame | None = None
        for data in packets:
            try:
                for frame in self._context.decode(av.Packet(data)):
                    if frame.width * frame.height <= self._max_pixels:
                        newest = frame
            except (av.FFmpegError, ValueError):
                continue
        return newest


def _found(image: Image, faces: Faces, engine: Engine) -> tuple[LiveFace, ...]:
    if not len(faces):
        return ()
    values, vectors = quality(image, faces), engine.embed(image, faces)
    return tuple(
        LiveFace(_box(box), float(value), np.asarray(vector, np.float32))
        for box, value, vector in zip(faces.box_px, values, vectors, strict=True)
    )


def _box(sides: Float) -> Box:
    x1, y1, x2, y2 = (float(side) for side in sides)
    return x1, y1, x2, y2
