"""Finding names by what somebody types: without accents and case, from the beginnings of words, and with slips."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.distance import Floats
from geo.streets import Ints

MOST_WORDS = 8
MOST_CHARS = 100
"""Of a name or a question; what is longer is cut."""

MOST_LOOKED_AT = 500
"""Words with slips whose edits are counted, for each word typed."""

BEGUN = 1.0
"""Cost of a word of which only the beginning was typed."""
INNER = 1.0
"""Cost of a name that does not begin with what was typed."""
EDIT = 6.0
"""Cost of a letter too many, too few, wrong, or changed with its neighbour."""
JOINED = 0.5
"""Cost of words that are written as one where the name parts them, or the other way round."""
WHOLE = -3.0
"""Cost of the very name that was typed. One is what a doubling of the distance costs (`gazetteer`). Plain guesses."""

_ALIKE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
_APART = re.compile(r"[\W_]+")
_WITHIN = re.compile("['\u2019\u02bc`´]")
_BEGIN = 1  # a code point that no folded word holds
Codes = NDArray[np.uint32]
_HASH = np.uint64(0x9E3779B97F4A7C15)


def folded(text: str) -> str:
    """
    Text as it is compared: no accents, no case, words parted by one space.

    Examples
    --------
    >>> folded("  Mäkelän-KATU 5"), folded("Straße d'Été"), folded("İstanbul"), folded("Łódź")
    ('makelan katu 5', 'strasse dete', 'istanbul', 'lodz')
    >>> folded("--")
    ''
    """
    if text.isascii():  # most names, five times as fast
        return _APART.sub(" ", _WITHIN.sub("", text[:MOST_CHARS].lower())).strip()
    taken_apart = unicodedata.normalize("NFKD", text[: 4 * MOST_CHARS]).casefold()
    letters = "".join(c for c in unicodedata.normalize("NFKD", taken_apart) if not unicodedata.combining(c))
    return _APART.sub(" ", _WITHIN.sub("", letters.translate(_ALIKE))).strip()[:MOST_CHARS].strip()


def edits_allowed(word: str) -> int:
    """How many slips a word may have: none in short ones, where they would make another word.

    >>> [edits_allowed(word) for word in ("katu", "makel", "makelanka")]
    [0, 1, 2]
    """
    return 0 if len(word) < 5 else 1 if len(word) < 9 else 2  # so that one three of letters is left by them


@dataclass(frozen=True)
class _Lists:
    """Lists of numbers, one behind the other."""

    start: Ints
    number: Ints

    @classmethod
    def by(cls, key: Ints, number: Ints, count: int) -> "_Lists":
        order = np.argsort(key, kind="stable")
        return cls(np.concatenate([[0], np.cumsum(np.bincount(key, minlength=count))]), number[order])

    def of(self, keys: Ints) -> Ints:
        """All lists of some keys together."""
        counts = self.start[keys + 1] - self.start[keys]
        at = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.asarray(self.number[np.repeat(self.start[keys], counts) + at])

    def between(self, first: int, stop: int) -> Ints:
        """All lists of neighbouring keys."""
        return self.number[self.start[first] : self.start[stop]]


class NameIndex:
    """
    Names, ready to be searched.

    Parameters
    ----------
    names
        A name's number is its position here.
    """

    def __init__(self, names: Sequence[str]) -> None:
        wholes = [folded(name) for name in names]
        self._count = len(wholes)
        order = sorted(range(len(wholes)), key=wholes.__getitem__)
        self._wholes = [wholes[number] for number in order]
        self._whole_number = np.array(order, np.int64)
        places: dict[str, int] = {}
        word_of, name_of = [], []
        for number, whole in enumerate(wholes):
            words = whole.split(" ")[:MOST_WORDS] if whole else []
            joined = ["".join(words)] if len(words) > 1 else []
            for word in (*words, *joined):
                word_of.append(places.setdefault(word, len(places)))
                name_of.append(number)
        self._words = sorted(places)
        rank = np.empty(len(places), np.int64)
        rank[[places[word] for word in self._words]] = np.arange(len(places))
        keys = rank[np.array(word_of, np.int64)] if word_of else np.empty(0, np.int64)
        self._names = _Lists.by(keys, np.array(name_of, np.int64), len(places))
        self._slips = _Slips(self._words)

    def __len__(self) -> int:
        return self._count

    def find(self, text: str, *, enough: int = 10) -> tuple[Ints, Floats]:
        """
        All names that somebody who types `text` may mean.

        Parameters
        ----------
        text
            Every word of it must begin a word of the name, in any order.
        enough
            Names with slips are looked for only where there are fewer than so many without, and none of these holds
            every word whole.

        Returns
        -------
        numbers, costs
            Of equal length, ascending by number; the lower the cost the better. Empty where nothing is like it, and
            for a text without any letter or digit.
        """
        whole = folded(text)
        if not whole or not self._count:
            return np.empty(0, np.int64), np.empty(0)
        costs = self._costs(whole, with_slips=False)
        if np.isfinite(costs).sum() < enough and costs.min() > INNER:  # no name holds all of the words as typed
            costs = np.minimum(costs, self._costs(whole, with_slips=True))
        numbers = np.flatnonzero(np.isfinite(costs))
        return numbers, costs[numbers]

    def _costs(self, whole: str, *, with_slips: bool) -> Floats:
        words = whole.split(" ")[:MOST_WORDS]
        costs = self._word_costs(words[0], with_slips=with_slips)
        for word in words[1:]:
            costs = costs + self._word_costs(word, with_slips=with_slips)
        if len(words) > 1:
            costs = np.minimum(costs, self._word_costs("".join(words), with_slips=False) + JOINED)
        first = bisect_left(self._wholes, whole)
        begins = self._whole_number[first : bisect_left(self._wholes, whole + "\U0010ffff")]
        costs += INNER
        costs[begins] -= INNER
        same = self._whole_number[first : bisect_left(self._wholes, whole + "\x00")]
        costs[same] = WHOLE
        return costs

    def _word_costs(self, word: str, *, with_slips: bool) -> Floats:
        """What it costs each name to hold this word; infinite where it does not."""
        costs = np.full(self._count, np.inf)
        if with_slips:
            near, slip_costs = self._slips.near(word)
            for cost in np.unique(slip_costs)[::-1]:  # the lowest is written last
                costs[self._names.of(near[slip_costs == cost])] = cost
        first = bisect_left(self._words, word)
        stop = bisect_left(self._words, word + "\U0010ffff")
        costs[self._names.between(first, stop)] = BEGUN
        if first < stop and self._words[first] == word:
            costs[self._names.between(first, first + 1)] = 0.0
        return costs


class _Slips:
    """Words by the threes of letters in them, to find those that are few edits away."""

    def __init__(self, words: Sequence[str]) -> None:
        lengths = np.array([len(word) for word in words], np.int64)
        codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
        self._start = np.concatenate([[0], np.cumsum(lengths)])
        self._codes, self._lengths = codes, lengths
        word = np.repeat(np.arange(len(words)), lengths)
        at = np.arange(len(codes)) - self._start[word]
        threes = _threes(codes, at)
        self._three, key = np.unique(threes, return_inverse=True)
        self._words = _Lists.by(key.astype(np.int64), word, len(self._three))

    def near(self, word: str) -> tuple[Ints, Floats]:
        """Words, or words with beginnings, that are so many edits from `word` as it may have; and what they cost."""
        most = edits_allowed(word)
        if not most or not len(self._lengths):
            return np.empty(0, np.int64), np.empty(0)
        codes = np.frombuffer(word.encode("utf-32-le"), np.uint32)
        threes = np.unique(_threes(codes, np.arange(len(codes))))
        key = np.searchsorted(self._three, threes)
        known = key < len(self._three)
        known[known] = self._three[key[known]] == threes[known]
        shared = np.bincount(self._words.of(key[known]), minlength=len(self._lengths))
        # an edit changes three threes, neighbours that are exchanged four; the threes of a word end at its end
        enough = max(1, len(threes) - 4 * most)
        found = np.flatnonzero((shared >= enough) & (self._lengths >= len(word) - most))
        if len(found) > MOST_LOOKED_AT:  # those that share most; the others are hardly meant
            found = found[np.argpartition(-shared[found], MOST_LOOKED_AT)[:MOST_LOOKED_AT]]
        whole, begun = self._edits(codes, found)
        costs = np.minimum(EDIT * whole, EDIT * begun + BEGUN)
        is_near = (begun <= most) & (costs > 0)
        return found[is_near], costs[is_near]

    def _edits(self, codes: Codes, found: Ints) -> tuple[Floats, Floats]:
        """Edits from a word to others, and to the best beginning of each.

        Optimal string alignment, a row of the table for all words at once.
        """
        lengths = self._lengths[found]
        width = min(int(lengths.max(initial=0)), len(codes) + 3)
        column = np.arange(width)
        inside = column < lengths[:, None]
        others = np.where(inside, self._codes[np.where(inside, self._start[found][:, None] + column, 0)], 0)
        steps = np.arange(width + 1, dtype=np.int16)
        row = np.repeat(steps[None, :], len(found), axis=0)
        before = row
        for place, code in enumerate(codes):
            below = np.empty_like(row)
            below[:, 0] = place + 1
            np.minimum(row[:, :-1] + (others != code), row[:, 1:] + 1, out=below[:, 1:])
            if place and width > 1:
                exchanged = (others[:, 1:] == codes[place - 1]) & (others[:, :-1] == code)
                np.minimum(below[:, 2:], before[:, :-2] + 1, out=below[:, 2:], where=exchanged)
            below -= steps
            np.minimum.accumulate(below, axis=1, out=below)  # letters too few, one after the other
            below += steps
            before, row = row, below
        begun = np.where(steps <= lengths[:, None], row, MOST_CHARS).min(axis=1, initial=MOST_CHARS)
        whole = np.where(lengths <= width, row[np.arange(len(found)), np.minimum(lengths, width)], MOST_CHARS)
        return whole.astype(np.float64), begun.astype(np.float64)


def _threes(codes: Codes, at: Ints) -> NDArray[np.uint64]:
    """A hash of each letter with the two before it in its word, `at` being its place there."""
    before = np.where(at >= 1, np.roll(codes, 1), _BEGIN).astype(np.uint64)
    first = np.where(at >= 2, np.roll(codes, 2), _BEGIN).astype(np.uint64)
    return np.asarray((first * _HASH + before) * _HASH + codes)
