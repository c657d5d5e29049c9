"""Messages between a process and its child: a small JSON head and raw bytes, with bounds that a reader can trust.

The child may have been conquered by the file it looks at, so nothing it says is unpickled, evaluated, or believed to
be as long as it claims: heads and bodies are limited, and each array's size follows from a checked shape.

A message is ``head length, body length`` (two unsigned 32-bit integers, network order), the head as UTF-8 JSON
``{"kind": …, "value": {…}, "parts": [[name, type, shape], …]}``, and the parts' bytes one after the other.
"""

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_HEAD_BYTES = 1 << 16
MOST_BODY_BYTES = 1 << 26
_MOST_PARTS = 8
_LENGTHS = struct.Struct("!II")
_TYPES: dict[str, np.dtype[Any]] = {"f4": np.dtype("<f4"), "f8": np.dtype("<f8"), "bytes": np.dtype("u1")}

Part = NDArray[Any] | bytes


class Nonsense(ValueError):
    """What was received is no message, or not the one that was due; it stays within `recognition.apart`."""


@dataclass(frozen=True)
class Message:
    """What is said (`kind`), plain values, and named arrays or bytes."""

    kind: str
    value: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)


def packed(message: Message) -> bytes:
    """The message as bytes. ValueError where a float is not finite or a bound is passed."""
    described = []
    bodies = []
    for name, part in message.parts.items():
        if isinstance(part, bytes):
            described.append([name, "bytes", [len(part)]])
            bodies.append(part)
        else:
            kind = "f4" if part.dtype == np.float32 else "f8"
            described.append([name, kind, list(part.shape)])
            bodies.append(np.ascontiguousarray(part, _TYPES[kind]).tobytes())
    head = json.dumps(
        {"kind": message.kind, "value": dict(message.value), "parts": described}, allow_nan=False
    ).encode()
    body = b"".join(bodies)
    if len(head) > MOST_HEAD_BYTES or len(body) > MOST_BODY_BYTES:
        raise ValueError(f"a message of {len(head)} + {len(body)} bytes is too long")
    return _LENGTHS.pack(len(head), len(body)) + head + body


def received(take: Callable[[int], bytes]) -> Message:
    """The next message; `take` gives exactly so many bytes. Nonsense where it is none."""
    head_bytes, body_bytes = _LENGTHS.unpack(take(_LENGTHS.size))
    if head_bytes > MOST_HEAD_BYTES or body_bytes > MOST_BODY_BYTES:
        raise Nonsense(f"claims a message of {head_bytes} + {body_bytes} bytes")
    try:
        head = json.loads(take(head_bytes))
        kind, value, described = head["kind"], head["value"], head["parts"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Nonsense("sends a head that cannot be read") from error
    if not (isinstance(kind, str) and isinstance(value, dict) and isinstance(described, list)):
        raise Nonsense("sends a head of another form")
    return Message(kind, value, _parts(described, take(body_bytes)))


def _parts(described: list[Any], body: bytes) -> dict[str, Part]:
    if len(described) > _MOST_PARTS:
        raise Nonsense("sends too many parts")
    found: dict[str, Part] = {}
    at = 0
    for entry in described:
        name, kind, shape = _described(entry)
        # whole numbers of Python: a product of them cannot overflow
        size = _TYPES[kind].itemsize
        for side in shape:
            size *= side
        if at + size > len(body):
            raise Nonsense("sends less than it claims")
        piece = body[at : at + size]
        found[name] = piece if kind == "bytes" else np.frombuffer(piece, _TYPES[kind]).reshape(shape).copy()
        at += size
    if at != len(body):
        raise Nonsense("sends more than it claims")
    return found


def _described(entry: Any) -> tuple[str, str, tuple[int, ...]]:
    if not (isinstance(entry, list) and len(entry) == 3):
        raise Nonsense("describes a part in another form")
    name, kind, shape = entry
    is_shape = isinstance(shape, list) and 1 <= len(shape) <= 3 and all(type(n) is int and n >= 0 for n in shape)
    if not (isinstance(name, str) and kind in _TYPES and is_shape):
        raise Nonsense("describes a part in another form")
    return name, kind, tuple(shape)
