"""Messages survive the way; anything else is Nonsense, and nothing worse."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recognition.apart_wire import Message, Nonsense, packed, received

numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
plain = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
parts = st.one_of(
    st.binary(max_size=50),
    arrays.arrays(np.float32, arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)),
    arrays.arrays(np.float64, arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)),
)


def read(data: bytes) -> Message:
    stream = io.BytesIO(data)

    def take(n: int) -> bytes:
        found = stream.read(n)
        if len(found) < n:
            raise EOFError
        return found

    return received(take)


@given(
    st.text(max_size=9),
    st.dictionaries(st.text(max_size=5), plain, max_size=4),
    st.dictionaries(st.text(), parts, max_size=8),
)
def test_a_message_arrives_as_it_was_sent(kind: str, value: dict[str, object], sent: dict[str, object]) -> None:
    found = read(packed(Message(kind, value, sent)))  # type: ignore[arg-type]
    assert (found.kind, found.value, list(found.parts)) == (kind, value, list(sent))
    for name, part in sent.items():
        there = found.parts[name]
        if isinstance(part, bytes):
            assert there == part
        else:
            assert isinstance(part, np.ndarray)
            assert isinstance(there, np.ndarray)
            assert (there.dtype, there.shape, there.tobytes()) == (part.dtype, part.shape, part.tobytes())


@given(st.binary(max_size=200), st.integers(0, 60), st.integers(0, 255))
def test_damaged_messages_are_nonsense_or_cut_short(noise: bytes, at: int, byte: int) -> None:
    sound = bytearray(packed(Message("track", {"a": 1}, {"b": np.ones(3, np.float32)})))
    sound[at % len(sound)] = byte
    for data in (noise, bytes(sound)):
        try:
            read(data)
        except (Nonsense, EOFError):
            continue


def test_what_is_too_long_or_no_number_is_not_sent() -> None:
    for value in ({"a": "x" * 70_000}, {"a": float("nan")}):
        with pytest.raises(ValueError, match="too long|not JSON compliant"):
            packed(Message("track", value))
