"""What a child answers that was asked for a close look: put into messages there, and read, trusting nothing, here."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from recognition.apart_checks import box_in, check_kind, count_in, jpeg_in, number_in
from recognition.apart_wire import Message, Nonsense
from recognition.close_look import SHOTS, CloseLook, Shot, close_look, found_face
from recognition.faces import Engine
from recognition.pictures import jpeg
from recognition.redact import Box, Subject

_MOST_FILM_BYTES = 32 << 20
_WEBM = b"\x1a\x45\xdf\xa3"


def subject_asked(subject: Subject) -> list[float]:
    return [subject.start_s, subject.end_s, subject.best_s, *subject.best_box_px]


def answered(kind: str, asked: Mapping[str, Any], path: Path, engine: Engine, max_pixels: int) -> Iterator[Message]:
    """What the child does: "close look" and "upright face"."""
    if kind == "upright face":
        x1, y1, x2, y2 = asked["box_px"]
        yield Message("face", parts={"face_jpeg": photo_face(path, engine, (x1, y1, x2, y2), max_pixels=max_pixels)})
        return
    start_s, end_s, best_s, x1, y1, x2, y2 = asked["subject"]
    looked = close_look(path, Subject(start_s, end_s, best_s, (x1, y1, x2, y2)), engine=engine, max_pixels=max_pixels)
    yield from look_said(looked)


def photo_face(path: Path, engine: Engine, box_px: Box, *, max_pixels: int) -> bytes:
    """The face of a reference photo, upright, as JPEG."""
    from recognition.images import read_image

    return jpeg(found_face(read_image(path, max_pixels=max_pixels), box_px, engine))


def look_said(looked: CloseLook | None) -> Iterator[Message]:
    if looked is None:
        yield Message("nothing")
        return
    for shot in (looked.best, *looked.shots):
        value = {"time_s": shot.time_s, "box_px": list(shot.box_px)}
        yield Message("shot", value, {"face_jpeg": shot.face_jpeg})
    value = {"start_s": looked.start_s, "end_s": looked.end_s, "covered": looked.covered}
    yield Message("close look", value, {"film": looked.film})


def face_heard(message: Message) -> bytes:
    check_kind(message, "face")
    return jpeg_in(message, "face_jpeg", is_needed=True)


def look_heard(answers: Callable[[], Message]) -> CloseLook | None:
    """The look; `answers` gives the next message."""
    shots: list[Shot] = []
    while (message := answers()).kind == "shot":
        box = box_in(message.value, "box_px")
        shots.append(Shot(number_in(message.value, "time_s"), box, jpeg_in(message, "face_jpeg", is_needed=True)))
        if len(shots) > SHOTS + 1:
            raise Nonsense("sends too many shots")
    if message.kind == "nothing" and not shots:
        return None
    check_kind(message, "close look")
    film = message.parts.get("film")
    if not shots or not isinstance(film, bytes) or len(film) > _MOST_FILM_BYTES or (film and film[:4] != _WEBM):
        raise Nonsense("sends a film that is none")
    value = message.value
    span = number_in(value, "start_s"), number_in(value, "end_s")
    return CloseLook(shots[0], tuple(shots[1:]), film, *span, covered=count_in(value, "covered"))
