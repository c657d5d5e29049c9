"""What a child answers that was asked to redact: put into messages there, and read, trusting nothing, here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from recognition.apart_checks import count_in, jpeg_in, number_in, text_in
from recognition.apart_wire import Message, Nonsense
from recognition.faces import Engine
from recognition.redact import RedactedPicture, Subject, redacted_picture
from recognition.redact_video import Redacted, redact_moment, redact_stretch

_PIECE_BYTES = 8 << 20
_MOST_BYTES = 1 << 30
_CODECS = ("libx264", "mpeg4")


def subjects_asked(subjects: Sequence[Subject]) -> list[list[float]]:
    return [[one.start_s, one.end_s, one.best_s, *one.best_box_px] for one in subjects]


def _subjects(asked: Sequence[Sequence[float]]) -> list[Subject]:
    return [Subject(start, end, best, (x1, y1, x2, y2)) for start, end, best, x1, y1, x2, y2 in asked]


def answered(kind: str, asked: Mapping[str, Any], path: Any, engine: Engine, max_pixels: int) -> Iterator[Message]:
    """What the child does: "redact stretch", "redact moment" and "redact photo"."""
    if kind == "redact photo":
        from recognition.images import read_image

        x1, y1, x2, y2 = asked["box_px"]
        yield picture_said(redacted_picture(read_image(path, max_pixels=max_pixels), (x1, y1, x2, y2), engine))
        return
    subjects = _subjects(asked["subjects"])
    if kind == "redact moment":
        yield picture_said(redact_moment(path, subjects[0], engine=engine, max_pixels=max_pixels))
        return
    span = (float(asked["start_s"]), float(asked["end_s"]))
    yield from stretch_said(redact_stretch(path, *span, subjects, engine=engine, max_pixels=max_pixels))


def picture_said(picture: RedactedPicture | None) -> Message:
    if picture is None:
        return Message("redacted picture")
    parts = {"whole_jpeg": picture.whole_jpeg, "face_jpeg": picture.face_jpeg}
    return Message("redacted picture", {"filled": picture.filled, "left": picture.left}, parts)


def stretch_said(made: Redacted) -> Iterator[Message]:
    for start in range(0, len(made.content), _PIECE_BYTES):
        yield Message("piece", parts={"content": made.content[start : start + _PIECE_BYTES]})
    yield Message("redacted", {name: value for name, value in vars(made).items() if name != "content"})


def picture_heard(message: Message) -> RedactedPicture | None:
    if message.kind != "redacted picture":
        raise Nonsense("sends something else than a redacted picture")
    if not message.parts:
        return None
    return RedactedPicture(
        jpeg_in(message, "whole_jpeg", is_needed=True),
        jpeg_in(message, "face_jpeg", is_needed=True),
        count_in(message.value, "filled"),
        count_in(message.value, "left"),
    )


def stretch_heard(answers: Callable[[], Message]) -> Redacted:
    """The finished stretch; `answers` gives the next message."""
    content = bytearray()
    while (message := answers()).kind == "piece":
        piece = message.parts.get("content")
        if not isinstance(piece, bytes) or len(content) + len(piece) > _MOST_BYTES:
            raise Nonsense("sends a film that is none, or too long")
        content += piece
    value = message.value
    if message.kind != "redacted" or content[4:8] != b"ftyp" or text_in(value, "codec") not in _CODECS:
        raise Nonsense("sends a film that is none")
    names = ("pictures", "faces", "subject_pictures", "blanked", "left", "unreadable")
    counts = {name: count_in(value, name) for name in names}
    span = (number_in(value, "start_s"), number_in(value, "end_s"))
    return Redacted(bytes(content), *span, **counts, codec=text_in(value, "codec"))
