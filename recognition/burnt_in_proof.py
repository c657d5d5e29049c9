"""The proof that burnt-in characters are a running clock, and the check of the digits that stood still meanwhile.

A clock advances by one second in every second of container time: shown = floor(t + c). Readings that share one c prove
the seconds, and how often a picture shows the next second tells c to about a frame. Hours and the date do not move
while we look. But the last digit of the seconds has shown all ten shapes in an order that cannot be mistaken, in the
same font, size and place: every other digit must look like the shape it was read as, more than like any other.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import cv2
import numpy as np

from recognition.burnt_in_glyphs import Sign, pitch_of
from recognition.burnt_in_times import Written
from recognition.faces import Float, Image

DAY_S = 86_400
LEAST_READINGS = 8
LEAST_SECONDS = 4  # different seconds that must have been shown
LEAST_AGREEING = 0.85  # of those that read a time at all
LEAST_LEGIBLE = 0.4  # agreeing ones, of all pictures looked at
# of the readings whose hour could be of 12: what AM and PM need, what may look like them by chance, what may follow
# the time unread (something that passes behind the text)
LEAST_HALVES = 0.5
MOST_STRAY_HALVES = 0.05
MOST_STRAYS = 0.3
_JITTER_S = 0.35  # by which recorders draw their clock early or late
# of the correlation that two pictures of one digit have in this clip (.83 to .98 were measured); different digits had
# .3 to .7, and .9 of it when small and heavily compressed
_THE_SAME = 0.93
_DRIFT_S = 0.5  # most by which the clock may run ahead or behind over the stretch


@dataclass(frozen=True)
class Reading:
    """One picture's line in which a time was read: when, what it says, and what it looked like."""

    time_s: float
    written: Written
    signs: tuple[Sign, ...]
    strip: Image


@dataclass(frozen=True)
class Proof:
    """What holds for all `agreeing` readings: shown = floor(time_s + c) seconds of the day, c between two bounds.

    `legible` is their share of all pictures looked at, 0 to 1; `days_on` the midnights passed since the first day.
    """

    least_s: float
    most_s: float
    agreeing: tuple[Reading, ...]
    days_on: tuple[int, ...]
    legible: float


def proof(readings: Sequence[Reading], *, pictures: int) -> Proof | None:
    """The common offset of the readings; None where they are no clock that runs with the container's time.

    `pictures` is how many were looked at, those in which no time was read among them.
    """
    told = _without_doubt(readings)
    if len(told) < LEAST_READINGS:
        return None
    times = np.array([reading.time_s for reading in told])
    low = np.array([reading.written.second_of_day for reading in told]) - times
    around = _around_the_day(low)
    near = np.abs(around) <= 1 + _JITTER_S
    if near.sum() < max(LEAST_READINGS, LEAST_AGREEING * len(told)) or near.sum() < LEAST_LEGIBLE * pictures:
        return None
    agreeing = [told[i] for i in np.flatnonzero(near)]
    times, around = times[near], around[near]
    if len({reading.written.second_of_day for reading in agreeing}) < LEAST_SECONDS or _drifts(times, around):
        return None
    pivot = float(low[near][0] - around[0])  # past midnight they are a day apart: that of the first day
    least, most = _common(around)
    holds = (around <= least + _JITTER_S) & (around + 1 >= most - _JITTER_S)
    if holds.sum() < max(LEAST_READINGS, LEAST_AGREEING * len(told)):
        return None
    kept = [agreeing[i] for i in np.flatnonzero(holds)]
    middle = pivot + (least + most) / 2
    days = [int((r.time_s + middle) // DAY_S) for r in kept]
    return Proof(
        least_s=pivot + least,
        most_s=pivot + most,
        agreeing=tuple(kept),
        days_on=tuple(day - days[0] for day in days),
        legible=len(kept) / pictures,
    )


def _without_doubt(readings: Sequence[Reading]) -> list[Reading]:
    """The readings of a time; empty where it stays in doubt whether it is of 12 hours or of 24."""
    early = [reading.written.half for reading in readings if reading.written.hour <= 12]
    halves, unread = sum(half in ("A", "P") for half in early), early.count("?")
    if halves > LEAST_HALVES * len(early):
        return [reading for reading in readings if reading.written.half in ("A", "P")]
    if halves > MOST_STRAY_HALVES * len(early) or unread > MOST_STRAYS * len(early):
        return []
    return list(readings)


def _around_the_day(low: Float) -> Float:
    """Offsets as differences to the one that most others are near to, -half a day to half a day."""
    apart = (low[:, None] - low[None, :] + DAY_S / 2) % DAY_S - DAY_S / 2
    best = int((np.abs(apart) <= 1).sum(axis=0).argmax())
    return np.asarray(apart[:, best])


def _drifts(times: Float, around: Float) -> bool:
    """Whether the clock runs faster or slower than the container's time."""
    span = float(times.max() - times.min())
    slope = float(np.polyfit(times - times.mean(), around, 1)[0])
    return abs(slope) * span > max(_DRIFT_S, 0.05 * span)


def _common(around: Float) -> tuple[float, float]:
    """Bounds of the offset that most readings allow: each allows from its own to one second more."""
    edges = np.unique(np.concatenate([around, around + 1]))
    middles = (edges[1:] + edges[:-1]) / 2
    counts = ((around[None, :] <= middles[:, None]) & (middles[:, None] < around[None, :] + 1)).sum(axis=1)
    best = int(counts.argmax())
    return float(edges[best]), float(edges[best + 1])


@dataclass(frozen=True)
class Likeness:
    """Whether the still digits look as they were read: `are_like` of the time, `dates_are_like` of the date.

    `is_complete` where every one of them could be compared; short footage does not show all ten shapes.
    """

    are_like: bool
    dates_are_like: bool
    is_complete: bool


def likeness(agreeing: Sequence[Reading], days: Sequence[tuple[date, ...]]) -> Likeness:
    """Compare each digit with the shapes that the last digit of the seconds went through.

    `days` are the meanings of the date on the day of each reading; readings that show none of them were outvoted.
    """
    shapes: dict[str, list[Float]] = defaultdict(list)
    seen: dict[tuple[bool, int, str], list[Float]] = defaultdict(list)
    reach = _reach(agreeing)
    for reading, meant in zip(agreeing, days, strict=True):
        for role, i in enumerate(reading.written.digits):
            patch = _patch(reading.strip, reading.signs[i].column, reach)
            if role == len(reading.written.digits) - 1:
                shapes[reading.signs[i].sign].append(patch)
            else:
                seen[False, role, reading.signs[i].sign].append(patch)
        if not set(meant) & set(reading.written.days):
            continue
        for role, i in enumerate(reading.written.date_digits):
            seen[True, role, reading.signs[i].sign].append(_patch(reading.strip, reading.signs[i].column, reach))
    known = {digit: _template(patches) for digit, patches in shapes.items()}
    scores = {
        place: {digit: _match(np.mean(patches, axis=0), shape) for digit, shape in known.items()}
        for place, patches in seen.items()
    }
    alike = [score[place[2]] for place, score in scores.items() if place[2] in score]
    too_alike = _THE_SAME * float(np.median(alike)) if alike else 0.0
    fine = {False: True, True: True}
    for (is_date, _, digit), score in scores.items():
        # a shape that the seconds have not shown must at least be none that they have
        fine[is_date] &= score[digit] >= max(score.values()) if digit in known else max(score.values()) < too_alike
    return Likeness(fine[False], fine[True], all(place[2] in known for place in scores))


def _reach(agreeing: Sequence[Reading]) -> int:
    """Half the columns that belong to one digit."""
    pitches = [pitch_of(reading.signs) for reading in agreeing]
    return max(4, round(float(np.median(pitches)) * 0.5))


def _patch(strip: Image, column: float, reach: int) -> Float:
    size = (2 * reach + 1 + 4, strip.shape[0])
    middle = (column, (strip.shape[0] - 1) / 2)
    cut = cv2.getRectSubPix(strip, size, middle).astype(np.float32)
    return np.asarray((cut - cut.mean()) / (cut.std() + 6.0), np.float32)


def _template(patches: Sequence[Float]) -> Float:
    """The mean shape, without the edge that gives room to shift it."""
    return np.ascontiguousarray(np.mean(patches, axis=0)[1:-1, 2:-2], np.float32)


def _match(patch: Float, shape: Float) -> float:
    """The best correlation over small shifts, -1 to 1."""
    return float(cv2.matchTemplate(np.asarray(patch, np.float32), shape, cv2.TM_CCOEFF_NORMED).max())
