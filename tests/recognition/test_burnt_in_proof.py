from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from recognition.burnt_in_glyphs import STRIP_ROWS, Sign
from recognition.burnt_in_proof import DAY_S, Proof, Reading, likeness, proof
from recognition.burnt_in_times import written

STEP_S = 0.28
PITCH = 14


def reading(text: str, time_s: float, *, looks_like: str = "") -> Reading:
    """A line in which each digit is drawn as a bright bar of its own height; `looks_like` is what is drawn."""
    strip = np.full((STRIP_ROWS, PITCH * (len(text) + 2)), 20, np.uint8)
    for i, sign in enumerate(looks_like or text):
        if sign.isdigit():
            middle = PITCH * (i + 1)
            strip[4 + int(sign) : 26 - int(sign) // 2, middle - 3 : middle + 3 - int(sign) // 3] = 220
    found = [Sign(sign, float(PITCH * (i + 1)), 0.99) for i, sign in enumerate(text) if sign != " "]
    said = written(found)
    assert said is not None
    return Reading(time_s, said, tuple(found), strip)


def told(
    clock: Callable[[float], datetime], *, seconds: float = 11.0, layout: str = "%Y-%m-%d %H:%M:%S"
) -> list[Reading]:
    return [reading(clock(t).strftime(layout), t) for t in np.arange(0, seconds, STEP_S).tolist()]


def running(start: str, rate: float = 1.0) -> Callable[[float], datetime]:
    return lambda time_s: datetime.fromisoformat(start) + timedelta(seconds=time_s * rate)


def proved(readings: list[Reading]) -> Proof | None:
    return proof(readings, pictures=len(readings))


def test_a_running_clock_is_proved_and_its_offset_bounded_to_about_a_picture() -> None:
    made = proved(told(running("2026-03-02T15:10:07.300")))
    assert made is not None
    truth = 15 * 3600 + 10 * 60 + 7.3
    assert made.least_s <= truth <= made.most_s
    assert made.most_s - made.least_s < 0.1
    assert made.legible == 1.0


@pytest.mark.parametrize("rate", [0, 0.5, 0.9, 1.1, 2, -1, 60])
def test_what_does_not_run_with_the_footage_is_no_clock(rate: float) -> None:
    assert proved(told(running("2026-03-02T15:10:07.300", rate))) is None


def test_midnight_is_one_clock_whose_day_goes_on() -> None:
    made = proved(told(running("2026-03-02T23:59:55")))
    assert made is not None
    assert (made.days_on[0], made.days_on[-1]) == (0, 1)
    assert made.least_s <= DAY_S - 5 <= made.most_s


def test_midnight_in_the_very_middle_does_not_make_it_noon() -> None:
    readings = told(running("2026-03-02T23:59:56"))
    middle = next(i for i, r in enumerate(readings) if r.written.hour == 0)
    made = proved(readings[: 2 * middle])
    assert made is not None
    assert made.least_s <= DAY_S - 4 <= made.most_s


def test_too_little_is_no_proof() -> None:
    assert proved(told(running("2026-03-02T15:10:07"), seconds=2.5)) is None
    assert proved([]) is None


def test_a_clock_that_most_pictures_do_not_show_is_not_believed() -> None:
    readings = told(running("2026-03-02T15:10:07"))
    assert proof(readings, pictures=3 * len(readings)) is None


def test_single_misreadings_are_outvoted() -> None:
    readings = told(running("2026-03-02T15:10:07"))
    readings[5] = reading("2026-03-02 18:10:08", readings[5].time_s)
    made = proved(readings)
    assert made is not None
    assert len(made.agreeing) == len(readings) - 1


def test_half_of_the_day_in_doubt_is_no_proof() -> None:
    layout = "%Y-%m-%d %I:%M:%S ?"
    assert proved(told(running("2026-03-02T09:10:07"), layout=layout)) is None
    assert proved(told(running("2026-03-02T09:10:07"), layout="%Y-%m-%d %I:%M:%S %p")) is not None


def test_a_still_digit_that_looks_like_another_shape_is_found_out() -> None:
    readings = told(running("2026-03-02T15:10:07"))
    days = [readings[0].written.days] * len(readings)
    assert likeness(readings, days).are_like
    assert likeness(readings, days).dates_are_like
    for is_date, wrong in ((False, "2026-03-02 18:10:%S"), (True, "2026-03-08 15:10:%S")):
        drawn = [
            reading(r.written.text, r.time_s, looks_like=running("2026-03-02T15:10:07")(r.time_s).strftime(wrong))
            for r in readings
        ]
        found = likeness(drawn, days)
        assert (found.are_like, found.dates_are_like) == (is_date, not is_date)


def test_a_date_that_was_outvoted_is_not_compared() -> None:
    readings = told(running("2026-03-02T15:10:07"))
    odd = reading("2026-03-07 15:10:07", 0.0, looks_like="2026-03-02 15:10:07")
    assert likeness([odd, *readings], [(date(2026, 3, 2),)] * (len(readings) + 1)).dates_are_like
