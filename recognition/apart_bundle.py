"""A child that looks into a ZIP of pictures and films; what it says is read, trusting nothing, here."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from recognition.apart import Apart
from recognition.apart_checks import check_kind, count_in, text_in
from recognition.apart_taken import taken_heard, taken_said
from recognition.apart_wire import Message, Nonsense
from recognition.bundle import FILM, MOST_MEMBERS, PICTURE, Bundled, bundled, content

_MOST_TEXT = 200


class BundleApart(Apart):
    """One ZIP in the hands of one child."""

    def bundle(self, *, max_pixels: int) -> tuple[Bundled, ...]:
        """As `recognition.bundle.bundled`."""
        with self._distrust():
            said = self._answers("bundle", {"max_pixels": max_pixels}, self._survey_s)
            return _bundle_heard(lambda: next(said))

    def content(self, number: int, *, most_bytes: int) -> Iterator[bytes]:
        """As `recognition.bundle.content`."""
        asked = {"number": number, "most_bytes": most_bytes, "max_pixels": 1}
        with self._distrust():
            for message in self._answers("bundled content", asked, self._survey_s):
                if message.kind == "content ends":
                    return
                yield _piece_heard(message)


def answered(kind: str, asked: Mapping[str, Any], path: Path, max_pixels: int) -> Iterator[Message]:
    """What the child does."""
    if kind == "bundle":
        for one in bundled(path, max_pixels=max_pixels):
            yield Message("member", _told(one))
        yield Message("bundle ends")
        return
    for piece in content(path, int(asked["number"]), most_bytes=int(asked["most_bytes"])):
        yield Message("piece", parts={"content": piece})
    yield Message("content ends")


def _told(one: Bundled) -> dict[str, Any]:
    value = {"number": one.number, "name": one.name, "size_bytes": one.size_bytes, "kind": one.kind}
    why = "".join(letter if letter.isprintable() else " " for letter in one.why)[:_MOST_TEXT]
    return value | {"why": why, "taken": taken_said(one.taken)}


def _bundle_heard(say: Callable[[], Message]) -> tuple[Bundled, ...]:
    found: list[Bundled] = []
    while (message := say()).kind != "bundle ends":
        found.append(_member_heard(message))
        if len(found) > MOST_MEMBERS or (len(found) > 1 and found[-1].number <= found[-2].number):
            raise Nonsense("sends files that no archive holds")
    return tuple(found)


def _member_heard(message: Message) -> Bundled:
    check_kind(message, "member")
    value = message.value
    kind = text_in(value, "kind")
    if kind not in ("", PICTURE, FILM):
        raise Nonsense("sends a kind that is none")
    name = text_in(value, "name")
    if not name:
        raise Nonsense("sends a file without a name")
    return Bundled(
        count_in(value, "number"), name, count_in(value, "size_bytes"), kind, taken_heard(value.get("taken")),
        text_in(value, "why"),
    )  # fmt: skip


def _piece_heard(message: Message) -> bytes:
    check_kind(message, "piece")
    piece = message.parts.get("content")
    if not isinstance(piece, bytes) or not piece:
        raise Nonsense("sends no bytes")
    return piece
