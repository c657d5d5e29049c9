"""Tells from packet sizes alone that nothing moved, so that a stretch of footage need not be decoded.

A fixed camera's encoder repeats itself: with nothing moving, the packets of each group of pictures (from one keyframe
to the next) have the same sizes, place by place, but for some noise. Somebody who passes adds to many packets in a row:
the sum over a window of w packets, over the square root of w, is 380 to 1,500 bytes for faces of 28 to 64 pixels and
at most 150 without anybody (1080p, light sensor noise, x264 crf 23; 2026-11). The gate learns the usual sizes only
from groups that were decoded and in which no picture showed a change. It keeps silent where sizes vary by themselves
as much as somebody would make them (a noisy sensor, a constant bitrate): a plain limit once called all 34 stretches of
such a clip quiet.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LEARN_FROM = 3
_REMEMBERED = 12
_WITHOUT_ONE_FROM = 6
_WINDOWS = (3, 6, 12, 24)  # packets: an eighth of a second to one second at 25 a second
_ABOVE_USUAL = 1.3
_LEAST_LIMIT = 12.0
_MOST_LIMIT = 220.0  # bytes x sqrt(packets): less than a passing face adds
_SHORTEST = 5


class CalmGate:
    """Says whether a group of pictures is calm, once it has learnt what calm is here."""

    def __init__(self) -> None:
        self._known: dict[int, deque[NDArray[np.float64]]] = {}

    def learn(self, sizes: Sequence[int]) -> None:
        """Take in the packet sizes in bytes, without the keyframe, of a group in which nothing changed."""
        if len(sizes) >= _SHORTEST:
            self._known.setdefault(len(sizes), deque(maxlen=_REMEMBERED)).append(np.asarray(sizes, np.float64))

    def is_calm(self, sizes: Sequence[int]) -> bool:
        """Whether these sizes are as usual; False while too little is known of groups of this length."""
        known = self._known.get(len(sizes))
        if known is None or len(known) < _LEARN_FROM:
            return False
        usual = np.stack(known)
        own = sorted(_excess(row - np.median(np.delete(usual, i, axis=0), axis=0)) for i, row in enumerate(usual))
        if len(own) >= _WITHOUT_ONE_FROM:
            own.pop()  # one group with a hiccup of the encoder must not silence the gate until it is forgotten
        if own[-1] > _MOST_LIMIT:
            return False
        limit = min(max(_ABOVE_USUAL * own[-1], _LEAST_LIMIT), _MOST_LIMIT)
        return _excess(np.asarray(sizes, np.float64) - np.median(usual, axis=0)) <= limit


def _excess(more: NDArray[np.float64]) -> float:
    """The greatest sum of `more` over a window, over the square root of the window's length.

    >>> _excess(np.array([0.0, 0.0, 3.0, 3.0, 3.0, 0.0]))  # doctest: +ELLIPSIS
    5.19...
    """
    sums = np.concatenate([[0.0], np.cumsum(more)])
    windows = [w for w in (*_WINDOWS, len(more)) if w <= len(more)]
    return max((float((sums[w:] - sums[:-w]).max()) / w**0.5 for w in windows), default=0.0)
