"""Wall clocks and ISO texts as true time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.clock import local_to_utc, parse_time, read_time
from data.errors import BadTime


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T09:12:00Z",
        "2026-03-01 09:12Z",
        "2026-03-01T10:12:00+01:00",
        "2026-03-01 10:12 +0100",
        "20260301T091200Z",
        "2026-03-01t09:12:00z",
        " 2026-03-01T04:12:00.000-05:00 ",
    ],
)
def test_a_time_with_an_offset_needs_no_zone(text):
    assert parse_time(text) == datetime(2026, 3, 1, 9, 12, tzinfo=UTC)


def test_a_time_without_an_offset_is_read_in_the_zone_given():
    assert parse_time("2026-07-01 09:12", "Europe/London") == datetime(2026, 7, 1, 8, 12, tzinfo=UTC)


def test_a_time_without_offset_or_zone_is_refused_naming_the_field():
    with pytest.raises(BadTime, match=r"^started-at: .* has no time zone"):
        parse_time("2026-07-01 09:12", field="started-at")


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "09:12", "2026-03-01", "01/03/2026 09:12", "2026-02-30 09:12", "2026-03-01 25:00"),
        *(
            "1772355120",
            "2026-03-01 09:12 CET",
            "0001-01-01T00:00+23:59",
            "9999-12-31T23:59-23:59",
            "1899-12-31 00:00Z",
            "x" * 5000,
        ),
    ],
)
def test_nonsense_is_refused_on_one_short_line(text):
    with pytest.raises(BadTime) as error:
        parse_time(text, "Europe/London")
    assert len(str(error.value)) < 200
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["", "Mars/Base", "Europe", "../../etc/passwd", "/etc/passwd", "x" * 3000, "a\0b"])
def test_a_zone_that_does_not_exist_is_refused(name):
    with pytest.raises(BadTime, match=r"no time zone|has no time zone"):
        parse_time("2026-07-01 09:12", name)


def test_the_hour_that_spring_skips_does_not_exist():
    with pytest.raises(BadTime, match="does not exist in Europe/London"):
        local_to_utc(date(2026, 3, 29), time(1, 30), "Europe/London")


def test_the_hour_that_autumn_repeats_keeps_both_instants_in_the_tolerance():
    read = local_to_utc(date(2026, 10, 25), time(1, 30), "Europe/London")
    reach = timedelta(seconds=read.spread_s)
    assert read.at - reach == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read.at + reach == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert "came twice" in read.note


def test_where_one_instant_is_needed_the_repeated_hour_is_refused():
    with pytest.raises(BadTime, match="came twice"):
        parse_time("2026-10-25 01:30", "Europe/London")
    assert parse_time("2026-10-25 01:30+01:00", "Europe/London") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(
    st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.times(),
    st.sampled_from(
        ["Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "UTC", "Asia/Kolkata"]
    ),
)
def test_a_wall_clock_time_is_the_true_time_or_within_its_spread_or_refused(day, clock, zone_name):
    try:
        read = local_to_utc(day, clock, zone_name)
    except BadTime:
        return
    for end in {-1, 1}:
        instant = read.at + end * timedelta(seconds=read.spread_s)
        assert instant.astimezone(ZoneInfo(zone_name)).replace(tzinfo=None) == datetime.combine(day, clock)


@given(st.text(max_size=40))
def test_no_text_raises_anything_but_bad_time(text):
    try:
        read = read_time(text, "Europe/Paris")
    except BadTime:
        return
    assert read.at.tzinfo is UTC
