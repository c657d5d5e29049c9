"""Values out of a message from a child that may have been conquered: of the right kind and in range, or Nonsense."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from recognition.apart_wire import Message, Nonsense

_MOST_TEXT = 200
_MOST_JPEG_BYTES = 32 << 20
_FAR = 1e12  # no time in seconds, place in pixels or count is larger

Box = tuple[float, float, float, float]


def check_kind(message: Message, kind: str) -> None:
    if message.kind != kind:
        raise Nonsense(f"sends {message.kind[:20]!r} where {kind!r} was due")


def number_in(value: Mapping[str, Any], name: str) -> float:
    found = value.get(name)
    if type(found) not in (int, float) or abs(found) > _FAR or not math.isfinite(found):  # type: ignore[arg-type]
        raise Nonsense(f"sends a {name} that is no number")
    return float(found)  # type: ignore[arg-type]


def count_in(value: Mapping[str, Any], name: str) -> int:
    found = value.get(name)
    if type(found) is not int or not 0 <= found <= _FAR:
        raise Nonsense(f"sends a {name} that is no count")
    return found


def count_or_none_in(value: Mapping[str, Any], name: str) -> int | None:
    return None if value.get(name) is None else count_in(value, name)


def text_in(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or len(found) > _MOST_TEXT or not found.isprintable():
        raise Nonsense(f"sends a {name} that is no plain text")
    return found


def box_in(value: Mapping[str, Any], name: str) -> Box:
    found = value.get(name)
    if not isinstance(found, list) or len(found) != 4:
        raise Nonsense(f"sends a {name} that is no box")
    x1, y1, x2, y2 = (number_in({name: side}, name) for side in found)
    return x1, y1, x2, y2


def moment_of(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise Nonsense("sends a time without a zone")
        return at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:  # Nonsense among them
        raise Nonsense("sends a time that is none") from error


def clock_of(text: Any) -> datetime | time:
    """A recorder's own date and time, or time of day, without a zone."""
    try:
        shown = datetime.fromisoformat(text) if "T" in text else time.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise Nonsense("sends a clock that is none") from error
    if shown.tzinfo is not None:
        raise Nonsense("sends a clock with a zone")
    return shown


def array_in(message: Message, name: str, kind: str, dimensions: int) -> NDArray[Any]:
    found = message.parts.get(name)
    if not isinstance(found, np.ndarray) or found.dtype != np.dtype(f"<{kind}") or found.ndim != dimensions:
        raise Nonsense(f"sends {name} in another form")
    if not np.isfinite(found).all():
        raise Nonsense(f"sends {name} that are no numbers")
    return found


def floats_in(message: Message, name: str) -> tuple[float, ...]:
    return tuple(float(v) for v in array_in(message, name, "f8", 1))


@overload
def jpeg_in(message: Message, name: str, *, is_needed: Literal[True]) -> bytes: ...
@overload
def jpeg_in(message: Message, name: str) -> bytes | None: ...
def jpeg_in(message: Message, name: str, *, is_needed: bool = False) -> bytes | None:
    """A picture as it is shown to people, which must begin and end as JPEG does."""
    found = message.parts.get(name)
    if found is None and not is_needed:
        return None
    if not isinstance(found, bytes) or len(found) > _MOST_JPEG_BYTES:
        raise Nonsense(f"sends a {name} that is no picture")
    if not (found.startswith(b"\xff\xd8\xff") and found.endswith(b"\xff\xd9")):
        raise Nonsense(f"sends a {name} that is no JPEG")
    return found
