"""Reads the date and time that a recorder burnt into its footage, so that nobody has to type it.

Always a suggestion for a person to confirm; nothing rather than something wrong. Pictures of the first seconds are
searched for lines of text (recognition.burnt_in_lines), read by a small network (recognition.burnt_in_glyphs) and
understood (recognition.burnt_in_times). Then comes the proof (recognition.burnt_in_proof): the clock must advance with
the container's time, and its digits must look alike.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from math import ceil
from pathlib import Path

import numpy as np

from recognition.burnt_in_glyphs import DIGIT_ROWS, Place, probabilities, read, signs, strip, windows
from recognition.burnt_in_lines import places, widened
from recognition.burnt_in_proof import DAY_S, Proof, Reading, likeness, proof
from recognition.burnt_in_times import written
from recognition.faces import Image
from recognition.footage import MAX_PIXELS, frames
from recognition.pictures import jpeg
from recognition.tally import Tally

LOOKED_AT_S = 11.2  # the last digit of the seconds shows all ten shapes
# not a simple part of a second: over some seconds the pictures fall on every part of a second, so that the moment at
# which the digit changes is met to about a frame
SAMPLE_FPS = 1 / 0.2837
_LONGEST_PX = 2048  # wider pictures are halved, or more, before they are searched
_FINDING = 6  # pictures in which lines are looked for
_MOST_CLOCKS = 4  # places read in all pictures
_ENOUGH = (True, 0.8)  # a date, and this confidence: no other place need be read
_UNPROVED = 0.8  # most confidence where digits could not be compared with known shapes
_TIMER_S = 2.0  # a time without a date that began with the footage is a counter of elapsed time


@dataclass(frozen=True)
class ClockReading:
    """What a burnt-in clock says; to be confirmed by a person.

    Parameters
    ----------
    text
        The line as it stands in the picture at `at_s`.
    shown
        Its date and time, in the recorder's own zone; only the time of day where no date can be read.
    at_s
        Container time of the first picture that shows it: the second began no more than `uncertainty_s` earlier.
    box_px
        Left, top, right, bottom in the upright picture.
    confidence
        Share of the pictures looked at in which the whole clock was read and agreed with all others to the second,
        0.4 to 1; at most 0.8 where not every digit could be compared with a shape that the seconds had shown.
    crop_jpeg
        That part of the first picture.
    order_in_doubt
        Whether day and month could also be the other way round; `candidates` then holds all meanings, `shown` among
        them, and else only `shown`.
    """

    text: str
    shown: datetime | time
    at_s: float
    uncertainty_s: float
    box_px: tuple[float, float, float, float]
    confidence: float
    crop_jpeg: bytes
    order_in_doubt: bool
    candidates: tuple[datetime | time, ...]


@dataclass(frozen=True)
class _Sampled:
    """Pictures of the first seconds: grey, `scale` times smaller than they are, and the first in colour."""

    times_s: tuple[float, ...]
    greys: tuple[Image, ...]
    scale: int
    first_bgr: Image


def read_clock(path: Path, *, max_pixels: int = MAX_PIXELS) -> ClockReading | None:
    """The clock burnt into the first seconds of footage; None where none is legible or what is read is no clock.

    Raises
    ------
    UnreadableFootage
        As for `recognition.footage.probe`.
    """
    sampled = _sampled(path, max_pixels)
    if sampled is None:
        return None
    best: ClockReading | None = None
    for place in _likely(sampled.greys):
        found = _proved(sampled, place)
        if found is not None and (best is None or _worth(found) > _worth(best)):
            best = found
        if best is not None and _worth(best) >= _ENOUGH:
            break
    return best


def _worth(reading: ClockReading) -> tuple[bool, float]:
    return isinstance(reading.shown, datetime), reading.confidence


def _sampled(path: Path, max_pixels: int) -> _Sampled | None:
    times: list[float] = []
    greys: list[Image] = []
    first_bgr, scale = None, 1
    for frame in frames(path, None, sample_fps=SAMPLE_FPS, tally=Tally(), max_pixels=max_pixels):
        if times and frame.time_s > times[0] + LOOKED_AT_S:
            break
        if first_bgr is None:
            first_bgr, scale = frame.image_bgr, ceil(max(frame.width, frame.height) / _LONGEST_PX)
        grey = np.clip(frame.grey(scale), 0, 255).astype(np.uint8)
        if greys and grey.shape != greys[0].shape:  # the picture changed its size: what follows is another matter
            break
        times.append(frame.time_s)
        greys.append(grey)
    return None if first_bgr is None else _Sampled(tuple(times), tuple(greys), scale, first_bgr)


def _likely(greys: Sequence[Image]) -> list[Place]:
    """Places at which a time of day can be read in at least one picture, the most legible first."""
    some = [greys[i] for i in sorted({round(k) for k in np.linspace(0, len(greys) - 1, _FINDING)})]
    scored = []
    for place in places(some):
        wide = widened(place, some[0].shape[1])
        tried = max(((_legible(some, p), p) for p in _nudged(wide, some)), key=lambda one: one[0])
        if tried[0][0]:
            scored.append(tried)
    scored.sort(key=lambda one: -one[0][0] - one[0][1])
    kept: list[Place] = []
    for _, place in scored:
        if not any(abs(place.top - k.top) < k.height / 2 and place.is_dark == k.is_dark for k in kept):
            kept.append(place)
    return kept[:_MOST_CLOCKS]


def _nudged(place: Place, some: Sequence[Image]) -> list[Place]:
    """The place, and where a time or many digits can be read, also a little higher, lower, larger and smaller."""
    digits = max(sum(sign.sign.isdigit() for sign in read(grey, place)) for grey in (some[0], some[-1]))
    if digits < 5:
        return [place]
    step = place.height * 0.09
    moves = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1), (-1, 1), (1, -1), (1, 1), (-1, -1))
    return [replace(place, top=place.top + a * step, bottom=place.bottom + b * step) for a, b in moves]


def _legible(some: Sequence[Image], place: Place) -> tuple[int, float]:
    """In how many pictures a time can be read, with a date counted twice, and the mean probability of its digits."""
    told, sure = 0, []
    for grey in some:
        reading = _read(0.0, grey, place)
        if reading is not None:
            said = reading.written
            sure += [reading.signs[i].probability for i in (*said.digits, *said.date_digits)]
            told += 1 + bool(said.days)
    return told, float(np.mean(sure)) if sure else 0.0


def _read(time_s: float, grey: Image, place: Place) -> Reading | None:
    cut = strip(grey, place)
    found = signs(probabilities(windows(cut)))
    said = written(found)
    return None if said is None else Reading(time_s, said, tuple(found), cut)


def _proved(sampled: _Sampled, place: Place) -> ClockReading | None:
    """The clock at `place`, if it is one."""
    readings = [
        reading
        for time_s, grey in zip(sampled.times_s, sampled.greys, strict=True)
        if (reading := _read(time_s, grey, place)) is not None
    ]
    proved = proof(readings, pictures=len(sampled.greys))
    if proved is None:
        return None
    days = _first_days(proved)
    alike = likeness(proved.agreeing, [tuple(day + timedelta(days=on) for day in days) for on in proved.days_on])
    if not alike.are_like:
        return None
    if not alike.dates_are_like:
        days = ()
    if not days and min(abs(proved.least_s), abs(proved.most_s)) < _TIMER_S:
        return None
    return _as_reading(sampled, place, proved, days, is_complete=alike.is_complete)


def _first_days(proved: Proof) -> tuple[date, ...]:
    """The dates that the first reading's day could be; empty where most readings show none or they contradict."""
    votes: Counter[tuple[date, ...]] = Counter()
    for reading, on in zip(proved.agreeing, proved.days_on, strict=True):
        if reading.written.days:
            votes[tuple(day - timedelta(days=on) for day in reading.written.days)] += 1
    if not votes:
        return ()
    # past midnight 12/03 has become 13/03, which can be read in one way only
    often = [set(days) for days, count in votes.items() if count > 1]
    kept = tuple(day for day in votes.most_common(1)[0][0] if all(day in days for days in often))
    agreeing = sum(count for days, count in votes.items() if set(days) & set(kept))
    return kept if agreeing >= max(4, 0.6 * len(proved.agreeing)) and agreeing >= 0.85 * votes.total() else ()


def _as_reading(
    sampled: _Sampled, place: Place, proved: Proof, days: tuple[date, ...], *, is_complete: bool
) -> ClockReading:
    first = proved.agreeing[0]
    middle = (proved.least_s + proved.most_s) / 2
    # the first second that begins within the footage, or else the first that was read
    begun = ceil(sampled.times_s[0] + middle)
    reading = next((r for r in proved.agreeing if int((r.time_s + middle) // 1) >= begun), first)
    shown_s = int((reading.time_s + middle) // 1)
    at_s = max(sampled.times_s[0], shown_s - proved.least_s)
    base_day = int((first.time_s + middle) // DAY_S)
    meanings: tuple[datetime | time, ...] = tuple(
        datetime.combine(day, time()) + timedelta(seconds=shown_s - base_day * DAY_S) for day in days
    )
    if not meanings:
        minutes, second = divmod(shown_s % DAY_S, 60)
        meanings = (time(minutes // 60, minutes % 60, second),)
    box = _box(reading, place, sampled)
    return ClockReading(
        text=reading.written.text,
        shown=meanings[0],
        at_s=at_s,
        uncertainty_s=proved.most_s - proved.least_s,
        box_px=box,
        confidence=round(min(proved.legible, 1.0 if is_complete else _UNPROVED), 3),
        crop_jpeg=_crop(sampled.first_bgr, box),
        order_in_doubt=len(meanings) > 1,
        candidates=meanings,
    )


def _box(reading: Reading, place: Place, sampled: _Sampled) -> tuple[float, float, float, float]:
    columns = [reading.signs[i].column for i in (*reading.written.digits, *reading.written.date_digits)]
    px = place.height / DIGIT_ROWS
    left, right = place.left + (min(columns) - 10) * px, place.left + (max(columns) + 10) * px
    high, wide = sampled.greys[0].shape
    scale = sampled.scale
    return (
        round(max(0.0, left) * scale, 1),
        round(max(0.0, place.top) * scale, 1),
        round(min(float(wide), right) * scale, 1),
        round(min(float(high), place.bottom) * scale, 1),
    )


def _crop(image_bgr: Image, box_px: tuple[float, float, float, float]) -> bytes:
    left, top, right, bottom = box_px
    room = bottom - top
    part = image_bgr[max(0, round(top - room)) : round(bottom + room), max(0, round(left - room)) : round(right + room)]
    return jpeg(np.ascontiguousarray(part))
