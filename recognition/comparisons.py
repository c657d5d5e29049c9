"""Many tracks against many photos: similarities of the same people and of strangers, for calibrating and judging."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recognition.faces import Engine, Float
from recognition.made_tracks import Compared
from recognition.similarity import photo_similarities

Double = NDArray[np.float64]


@dataclass(frozen=True)
class Comparisons:
    """n comparisons of a track with one photo, as parallel arrays of length n.

    `face_px` and `quality` are those of the track. `pair` is a number for the two people who are compared: many
    comparisons are of the same two, and two who look alike do so in all of them.
    """

    similarity: Double
    face_px: Double
    quality: Double
    is_same: NDArray[np.bool_]
    weight: Double
    pair: NDArray[np.int64]

    def of_class(self, from_px: float, to_px: float) -> "Comparisons":
        """Those of tracks whose best face is `from_px` to below `to_px` pixels."""
        rows = (self.face_px >= from_px) & (self.face_px < to_px)
        return Comparisons(*(getattr(self, column.name)[rows] for column in fields(self)))

    @property
    def genuine(self) -> Double:
        """Similarities of the same people."""
        return self.similarity[self.is_same]

    @property
    def strangers(self) -> Double:
        """Similarities of strangers."""
        return self.similarity[~self.is_same]

    def pairs_of_strangers(self, at_least: float = -np.inf) -> int:
        """How many different pairs of people are behind the strangers at or above a similarity."""
        return len(np.unique(self.pair[~self.is_same & (self.similarity >= at_least)]))

    def found_at(self, false_match_rate: float) -> float:
        """Share of the same people above the similarity that this share of strangers exceeds (TAR at FMR); else 0."""
        if not len(self.strangers) or not len(self.genuine):
            return 0.0
        return float((self.genuine > np.quantile(self.strangers, 1 - false_match_rate)).mean())


@dataclass(frozen=True)
class _Shown:
    """Numbers for who is on n tracks or photos: person (0 where nobody knows), pool, picture, and person or picture."""

    person: NDArray[np.int64]
    pool: NDArray[np.int64]
    source: NDArray[np.int64]
    who: NDArray[np.int64]

    @classmethod
    def of(cls, shown: Sequence[Compared], numbers: dict[tuple[str, str], int]) -> Self:
        def numbered(kind: str, values: list[str]) -> NDArray[np.int64]:
            found = [0 if not value else numbers.setdefault((kind, value), len(numbers) + 1) for value in values]
            return np.array(found, np.int64)

        return cls(
            numbered("person", [one.person for one in shown]),
            numbered("pool", [one.pool for one in shown]),
            numbered("source", [one.source for one in shown]),
            numbered("who", [one.person or one.source for one in shown]),
        )


def best_shot(engine: Engine, track: Compared, photos: Float) -> Float:
    """``(r,)`` similarity of a track with each of the photos' ``(r, d)`` vectors, as a scan has it."""
    return photo_similarities(engine, track.vectors, photos)


def compare(
    engine: Engine,
    tracks: Sequence[Compared],
    photos: Sequence[Compared],
    *,
    score: Callable[[Engine, Compared, Float], Float] = best_shot,
) -> Comparisons:
    """Every track with every photo of which it is known whether they show the same person; each photo by itself.

    Known is that of two named people, and of people from different pools; two faces of one picture are left out.
    """
    if not photos:
        return _NOTHING
    numbers: dict[tuple[str, str], int] = {}
    shown, here = _Shown.of(photos, numbers), _Shown.of(tracks, numbers)
    vectors = np.concatenate([photo.vectors[:1] for photo in photos])
    parts: list[Comparisons] = [_NOTHING]
    for row, track in enumerate(tracks):
        are_named = (shown.person > 0) & (here.person[row] > 0)
        is_known = (are_named | (shown.pool != here.pool[row])) & (shown.source != here.source[row])
        known = np.flatnonzero(is_known)
        low, high = (order(shown.who[known], here.who[row]) for order in (np.minimum, np.maximum))
        parts.append(
            Comparisons(
                similarity=score(engine, track, vectors)[known].astype(np.float64),
                face_px=np.full(len(known), track.face_px),
                quality=np.full(len(known), track.quality),
                is_same=(are_named & (shown.person == here.person[row]))[known],
                weight=np.ones(len(known)),
                pair=low * _MOST_NUMBERS + high,
            )
        )
    return _stacked(parts)


def joined(made: Comparisons, footage: Comparisons) -> Comparisons:
    """Both together; the strangers of footage, though far fewer, weigh as much as those of made tracks.

    The numbers of `pair` are those of each: a pair of people in both counts twice.
    """
    evened = len(made.strangers) / max(len(footage.strangers), 1)
    return _stacked([made, replace(footage, weight=footage.weight * evened, pair=-footage.pair)])


def _stacked(parts: Sequence[Comparisons]) -> Comparisons:
    names = [column.name for column in fields(Comparisons)]
    return Comparisons(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


_MOST_NUMBERS = 1 << 31
_NO_NUMBER = np.zeros(0)
_NOTHING = Comparisons(_NO_NUMBER, _NO_NUMBER, _NO_NUMBER, np.zeros(0, np.bool_), _NO_NUMBER, np.zeros(0, np.int64))
