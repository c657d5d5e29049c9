"""Reads dlib's 68-landmark predictor from its own file with numpy.

The file (``shape_predictor_68_face_landmarks.dat``, 95 MiB) is one stream of 33 million integers, each a control byte
(low four bits: number of bytes that follow, high bit: negative) and its little-endian bytes. A float is two of them:
mantissa and exponent of two. Where an integer starts is known only from the one before it; jumps of doubled length
find all starts of a block in a few passes.
"""

import io

import numpy as np
from numpy.typing import NDArray

from data.errors import ModelMissing

BUILDER_VERSION = 1
LANDMARKS = 68
_CASCADES, _TREES, _SPLITS, _FEATURES = 15, 500, 15, 500
_BLOCK = 1 << 16
_WIDEST = 9

Ints = NDArray[np.int32]


def build_landmarks(data: bytes) -> dict[str, bytes]:
    """The predictor's arrays as "landmarks.npz".

    ``mean`` ``(68, 2)`` the mean shape in the unit square of the face box; ``anchors`` ``(15, 500)`` and ``deltas``
    ``(15, 500, 2)`` where each cascade looks, as a landmark and a shift from it; ``pairs`` ``(15, 500, 15, 2)`` and
    ``thresholds`` ``(15, 500, 15)`` the splits of its trees, ``leaves`` ``(15, 500, 16, 136)`` what they add.

    Raises
    ------
    ModelMissing
        When the file is not that predictor.
    """
    try:
        arrays = _arrays(_Numbers(_integers(np.frombuffer(data, np.uint8))))
    except (ValueError, IndexError) as error:
        raise ModelMissing("shape_predictor_68_face_landmarks.dat: not the predictor that is expected") from error
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return {"landmarks.npz": stream.getvalue()}


def _integers(data: NDArray[np.uint8]) -> Ints:
    """Every integer of the stream."""
    parts = []
    at = 0
    while at < len(data):
        block = np.zeros(_BLOCK + _WIDEST, np.uint8)
        piece = data[at : at + len(block)]
        block[: len(piece)] = piece
        starts, following = _starts(block[: min(_BLOCK, len(piece))])
        parts.append(_decoded(block, starts))
        at += following
    return np.concatenate(parts)


def _starts(block: NDArray[np.uint8]) -> tuple[NDArray[np.int32], int]:
    """Where the integers of a block that begins with one start, and where the next block begins."""
    size = len(block)
    following = np.arange(size, dtype=np.int32) + 1 + (block & 0x0F)
    jump = np.append(np.minimum(following, size), np.int32(size))
    starts = np.zeros(1, np.int32)
    while len(reached := jump[starts][jump[starts] < size]):
        starts = np.concatenate([starts, reached])
        jump = jump[jump]
    starts.sort()
    return starts, int(following[starts[-1]])


def _decoded(block: NDArray[np.uint8], starts: NDArray[np.int32]) -> Ints:
    control = block[starts]
    sizes = control & 0x0F
    if sizes.max() > 4:
        raise ValueError("an integer of more than four bytes")
    values = np.zeros(len(starts), np.int64)
    for byte in range(int(sizes.max())):
        values |= np.where(sizes > byte, block[starts + byte + 1].astype(np.int64) << (8 * byte), 0)
    return np.where(control & 0x80, -values, values).astype(np.int32)


class _Numbers:
    """Takes numbers off the stream, in order."""

    def __init__(self, values: Ints) -> None:
        self.values = values
        self.at = 0

    def expect(self, *expected: int) -> None:
        if self.integers(len(expected)).tolist() != list(expected):
            raise ValueError(f"not {expected}")

    def integers(self, count: int) -> Ints:
        taken = self.values[self.at : self.at + count]
        if len(taken) != count:
            raise ValueError("the stream ends early")
        self.at += count
        return taken


def _floats(pairs: Ints) -> NDArray[np.float32]:
    """Mantissas and exponents ``(…, 2k)`` as ``(…, k)`` floats."""
    return np.ldexp(pairs[..., 0::2].astype(np.float32), pairs[..., 1::2])


def _arrays(numbers: _Numbers) -> dict[str, NDArray[np.float32] | NDArray[np.int16]]:
    numbers.expect(1, -2 * LANDMARKS, -1)
    mean = _floats(numbers.integers(4 * LANDMARKS)).reshape(LANDMARKS, 2)
    numbers.expect(_CASCADES)
    pairs = np.empty((_CASCADES, _TREES, _SPLITS, 2), np.int16)
    thresholds = np.empty((_CASCADES, _TREES, _SPLITS), np.float32)
    leaves = np.empty((_CASCADES, _TREES, _SPLITS + 1, 2 * LANDMARKS), np.float32)
    for cascade in range(_CASCADES):
        pairs[cascade], thresholds[cascade], leaves[cascade] = _forest(numbers)
    numbers.expect(_CASCADES)
    anchors = np.stack([_anchors(numbers) for _ in range(_CASCADES)])
    numbers.expect(_CASCADES)
    deltas = np.stack([_deltas(numbers) for _ in range(_CASCADES)])
    return {
        "mean": mean, "pairs": pairs, "thresholds": thresholds, "leaves": leaves, "anchors": anchors, "deltas": deltas
    }  # fmt: skip


def _forest(numbers: _Numbers) -> tuple[Ints, NDArray[np.float32], NDArray[np.float32]]:
    """Splits and leaves of one cascade's trees, all alike in shape."""
    leaf = 2 + 4 * LANDMARKS
    length = 1 + 4 * _SPLITS + 1 + (_SPLITS + 1) * leaf
    numbers.expect(_TREES)
    trees = numbers.integers(_TREES * length).reshape(_TREES, length)
    splits = trees[:, 1 : 1 + 4 * _SPLITS].reshape(_TREES, _SPLITS, 4)
    ends = trees[:, 2 + 4 * _SPLITS :].reshape(_TREES, _SPLITS + 1, leaf)
    counts = trees[:, 0], trees[:, 1 + 4 * _SPLITS], ends[:, :, 0], ends[:, :, 1]
    if any((count != wanted).any() for count, wanted in zip(counts, (15, 16, -136, -1), strict=True)):
        raise ValueError("a tree of another shape")
    return splits[:, :, :2], _floats(splits[:, :, 2:])[:, :, 0], _floats(ends[:, :, 2:])


def _anchors(numbers: _Numbers) -> NDArray[np.int16]:
    numbers.expect(_FEATURES)
    return numbers.integers(_FEATURES).astype(np.int16)


def _deltas(numbers: _Numbers) -> NDArray[np.float32]:
    numbers.expect(_FEATURES)
    return _floats(numbers.integers(4 * _FEATURES)).reshape(_FEATURES, 2)
