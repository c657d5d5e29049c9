"""Who looks at a live camera's pictures: this very process, or a child of its own for each camera that is watched."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from recognition.apart import PROGRAM, Apart, ChildLimits, Opening
from recognition.apart_checks import array_in, check_kind, count_in, jpeg_in, number_in
from recognition.apart_wire import Message, Nonsense
from recognition.faces import Engine
from recognition.live_look import MOST_FACES, LiveFace, LiveLook, LiveLooking

NOTHING = Path("/dev/null")
"""What the child of a camera may read: what it looks at is handed to it."""
_LOOK_S = 60.0
_MOST_DIMENSIONS = 4096


class LiveEyes(Protocol):
    """Looks at the pictures of one camera, one after the other."""

    def look(
        self, codec: str, packets: Sequence[bytes], *, min_face_px: float, max_pixels: int, is_new_start: bool
    ) -> LiveLook | None:
        """As `recognition.live_look.LiveLooking.look`; ChildKilled where the packets cost the child its life."""
        ...

    def close(self) -> None:
        """The camera is watched no more."""
        ...


class OwnLiveEyes:
    """Looks in this very process; for tests."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._looking: tuple[str, LiveLooking] | None = None

    def look(
        self, codec: str, packets: Sequence[bytes], *, min_face_px: float, max_pixels: int, is_new_start: bool
    ) -> LiveLook | None:
        if self._looking is None or self._looking[0] != codec:
            self._looking = codec, LiveLooking(codec, max_pixels=max_pixels)
        return self._looking[1].look(packets, self._engine, min_face_px=min_face_px, is_new_start=is_new_start)

    def close(self) -> None:
        self._looking = None


class ApartLiveEyes(Apart):
    """Looks in a child that can read no file and has no network; what a camera sends can harm nothing else."""

    def __init__(self, opening: Opening, limits: ChildLimits, *, program: str = PROGRAM) -> None:
        super().__init__(NOTHING, opening=opening, limits=limits, program=program)
        self._child.what = "the camera's picture"

    def look(
        self, codec: str, packets: Sequence[bytes], *, min_face_px: float, max_pixels: int, is_new_start: bool
    ) -> LiveLook | None:
        asked = {
            "codec": codec, "min_face_px": min_face_px, "max_pixels": max_pixels, "is_new_start": is_new_start,
        }  # fmt: skip
        lengths = np.array([len(packet) for packet in packets], np.float64)
        said = self._answers("live look", asked, _LOOK_S, data=b"".join(packets), lengths=lengths)
        with self._distrust():
            return look_heard(next(said))


# the child's side


def answered(request: Message, eyes: OwnLiveEyes, max_pixels: int) -> Iterator[Message]:
    """What the child does: "live look"."""
    asked: Mapping[str, Any] = request.value
    data, lengths = request.parts["data"], request.parts["lengths"]
    ends = np.cumsum(lengths).astype(int)
    packets = [bytes(data[end - int(length) : end]) for end, length in zip(ends, lengths, strict=True)]
    looked = eyes.look(
        asked["codec"],
        packets,
        min_face_px=float(asked["min_face_px"]),
        max_pixels=max_pixels,
        is_new_start=bool(asked["is_new_start"]),
    )
    yield look_said(looked)


def look_said(looked: LiveLook | None) -> Message:
    if looked is None:
        return Message("no picture")
    value = {
        "width": looked.size_px[0],
        "height": looked.size_px[1],
        "brightness": looked.brightness,
        "contrast": looked.contrast,
        "change": looked.change,
    }
    parts: dict[str, Any] = {}
    if looked.faces:
        parts["box_px"] = np.array([face.box_px for face in looked.faces], np.float32)
        parts["quality"] = np.array([face.quality for face in looked.faces], np.float64)
        parts["vectors"] = np.stack([face.vector for face in looked.faces]).astype(np.float32)
        parts["picture_jpeg"] = looked.picture_jpeg
    return Message("live look", value, parts)


def look_heard(message: Message) -> LiveLook | None:
    """The look, believed no further than it can be checked."""
    if message.kind == "no picture":
        return None
    check_kind(message, "live look")
    value = message.value
    size = count_in(value, "width"), count_in(value, "height")
    change = None if value.get("change") is None else number_in(value, "change")
    seen = (size, number_in(value, "brightness"), number_in(value, "contrast"), change)
    if "box_px" not in message.parts:
        return LiveLook(*seen)
    boxes = array_in(message, "box_px", "f4", 2)
    values = array_in(message, "quality", "f8", 1)
    vectors = array_in(message, "vectors", "f4", 2)
    n, dimensions = vectors.shape
    if (
        boxes.shape != (n, 4)
        or values.shape != (n,)
        or not 0 < n <= MOST_FACES
        or not 0 < dimensions <= _MOST_DIMENSIONS
    ):
        raise Nonsense("sends faces that do not belong together")
    faces = tuple(
        LiveFace((float(b[0]), float(b[1]), float(b[2]), float(b[3])), float(v), vector)
        for b, v, vector in zip(boxes, values, vectors, strict=True)
    )
    return LiveLook(*seen, faces, jpeg_in(message, "picture_jpeg", is_needed=True))
