from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import parts
from data.errors import BadTime
from tests.factories import NOON, a_case

MARKS = set("\\`*_{}[]()#+-.!|~<>$:&^=\"'")


@given(st.text(max_size=200))
def test_no_mark_of_markdown_is_left_unescaped(text: str) -> None:
    shown = parts.plain(text)
    after_escapes = shown.replace("\\\\", "")
    for before, mark in zip(" " + after_escapes, after_escapes, strict=False):
        assert mark not in MARKS - {"\\"} or before == "\\"
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://evil.example", "https:\u2060//evil.example"),
        ("WWW.evil.example", "WWW\u2060.evil.example"),
        ("name@evil.example", "name@\u2060evil.example"),
        (":material/home: :smile: :100:", ":\u2060material/home: :\u2060smile: :\u2060100:"),
        ("at 14:10:12", "at 14:10:12"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("  two\n\tlines ", "two lines"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_addresses_stay_text_and_nothing_turns_the_reading_round(text: str, shown: str) -> None:
    assert parts.plain(text).replace("\\", "") == shown


def test_a_stretch_of_time_names_the_day_of_both_ends_where_they_differ() -> None:
    case = a_case()
    assert parts.short_span(NOON, NOON + timedelta(hours=1), case) == "02 Mar 14:00–15:00"
    assert parts.short_span(NOON, NOON + timedelta(hours=11), case) == "02 Mar 14:00 – 03 Mar 01:00"
    today = datetime.now(UTC).replace(hour=12, minute=0)
    assert parts.short_span(today, today + timedelta(minutes=5), a_case(timezone="UTC")) == "12:00–12:05"


@pytest.mark.parametrize(("typed", "hour", "second"), [("17:25", 17, 0), (" 17.25.30 ", 17, 30), ("7:25:01", 7, 1)])
def test_wall_clock_times_are_read_with_points_or_colons(typed: str, hour: int, second: int) -> None:
    assert (parts.typed_time(typed).hour, parts.typed_time(typed).second) == (hour, second)


@pytest.mark.parametrize("typed", ["", "soon", "25:00", "7.25 pm", "1725", "17", "17:25+02:00"])
def test_other_words_are_no_time(typed: str) -> None:
    with pytest.raises(BadTime, match="write it as 17:25"):
        parts.typed_time(typed)


@pytest.mark.parametrize(
    ("span", "words"),
    [(timedelta(minutes=5), "5 min"), (timedelta(hours=3, minutes=4), "3 h 04 min"), (timedelta(days=2), "2 d 0 h")],
)
def test_how_long_ago_is_said_in_the_two_largest_units(span: timedelta, words: str) -> None:
    assert parts.ago(span) == words
