from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.burnt_in_glyphs import Sign
from recognition.burnt_in_times import FIRST_YEAR, LAST_YEAR, Written, written

PITCH = 12.0


def said(text: str) -> Written | None:
    """What the parser makes of characters that stand as in `text`, all read surely."""
    return written([Sign(sign, PITCH * i, 0.99) for i, sign in enumerate(text) if sign != " "])


@pytest.mark.parametrize(
    ("text", "days", "second_of_day"),
    [
        ("2026-03-02 15:10:07", [date(2026, 3, 2)], 54607),
        ("2026/03/02 15:10:07", [date(2026, 3, 2)], 54607),
        ("22-03-2026 15:10:07", [date(2026, 3, 22)], 54607),
        ("03/22/2026 03:10:07 PM", [date(2026, 3, 22)], 54607),
        ("22.03.2026 00:00:00", [date(2026, 3, 22)], 0),
        ("2026-03-02 M?? 15:10:07", [date(2026, 3, 2)], 54607),
        ("15:10:07 22/03/2026", [date(2026, 3, 22)], 54607),
        ("03/22/2026 12:00:01 AM", [date(2026, 3, 22)], 1),
        ("03/22/2026 12:00:01 PM", [date(2026, 3, 22)], 43201),
        ("C?M01 15:10:07", [], 54607),
        ("15-10-07", [], 54607),
        ("03-02-26 15:10:07", [], 54607),
        ("2026 15:10:07.031", [], 54607),
        ("22.032026 15:1007", [date(2026, 3, 22)], 54607),
        ("22-03-2026 15 10:07", [date(2026, 3, 22)], 54607),
    ],
)
def test_usual_layouts_are_understood(text: str, days: list[date], second_of_day: int) -> None:
    made = said(text)
    assert made is not None
    assert (list(made.days), made.second_of_day) == (days, second_of_day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15:10",
        "25:10:07",
        "15:61:07",
        "115:10:07",
        "15:10:071",
        "15:10:07 15:10:07",
        "2026-03-02",
        "12 34 56",
        "123456",
        "00:03:20/00:10:00",
        "2026-03-02 2026-03-03 15:10:07",
    ],
)
def test_what_holds_no_time_or_several_is_not_understood(text: str) -> None:
    assert said(text) is None


def test_day_and_month_that_could_be_either_are_both_kept_day_first() -> None:
    made = said("03/04/2025 15:10:07")
    assert made is not None
    assert made.days == (date(2025, 4, 3), date(2025, 3, 4))


@pytest.mark.parametrize("text", ["2026-02-30 15:10:07", "31/31/2026 15:10:07", "1789-07-14 15:10:07"])
def test_a_date_that_is_not_in_the_calendar_is_left_out(text: str) -> None:
    made = said(text)
    assert made is not None
    assert made.days == ()


def test_a_letter_after_the_time_that_was_not_read_leaves_the_half_of_the_day_open() -> None:
    for text in ("03:10:07 ?M", "03:10:07 ?", "03:10:07 P"):
        made = said(text)
        assert made is not None
        assert made.half == "?"


@given(st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)), st.times(), st.sampled_from(["-", "/", "."]))
def test_the_date_that_was_written_is_among_those_understood(day: date, clock, sign: str) -> None:
    text = day.strftime(f"%d{sign}%m{sign}") + f"{day.year} {clock:%H:%M:%S}"
    made = said(text)
    assert made is not None
    assert day in made.days
    assert made.second_of_day == clock.hour * 3600 + clock.minute * 60 + clock.second


@given(st.text("0123456789:-/.APM? ", max_size=40))
def test_any_jumble_is_understood_or_not_without_an_error(text: str) -> None:
    made = said(text)
    assert made is None or 0 <= made.second_of_day < 86_400
