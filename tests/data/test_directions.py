"""What sources say about where a camera looks."""

import gzip
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importers.directions import Form, heading, parse_direction
from tests.material import shared


@pytest.mark.parametrize(
    ("text", "headings_deg", "width_deg"),
    [
        ("12", (12,), None),
        (" 012 ", (12,), None),
        ("12.5", (12.5,), None),
        ("12,5", (12.5,), None),
        ("12°", (12,), None),
        ("12 degrees", (12,), None),
        ("0", (0,), None),
        ("360", (0,), None),
        ("-10", (350,), None),
        ("−10", (350,), None),
        ("338-23", (0.5,), 45),
        ("338–23", (0.5,), 45),
        ("338 - 23", (0.5,), 45),
        ("337,5-22,5", (0,), 45),
        ("337.5° - 22.5°", (0,), 45),
        ("-10-20", (5,), 30),
        ("10-350", (180,), 340),
        ("0-360", (180,), 360),
        ("90;180", (90, 180), None),
        ("90; 180;", (90, 180), None),
        ("65, 180", (65, 180), None),
        ("90,125,270", (90, 125, 270), None),
        ("90,270", (90, 270), None),
        ("95, 95", (95,), None),
        ("-5;125", (355, 125), None),
        ("338-23;82-127", (0.5, 104.5), 45),
        ("180;nw", (180, 315), None),
        ("N", (0,), None),
        ("nne", (22.5,), None),
        ("NbE", (11.25,), None),
        ("north", (0,), None),
        ("North-East", (45,), None),
        ("south southwest", (202.5,), None),
        ("north by east", (11.25,), None),
        ("N-E", (45,), 90),
        ("NW-NE", (0,), 90),
    ],
)
def test_a_direction_is_understood_in_every_usual_form(text, headings_deg, width_deg):
    direction = parse_direction(text)
    assert (direction.headings_deg, direction.width_deg) == (headings_deg, width_deg)
    assert direction.understood
    assert direction.text == text


@pytest.mark.parametrize(
    "text",
    [
        *("NB", "forward", "both", "null", "900", "370", "270230", "11:00", "345;270:360", "Clockwise 180", "315;400"),
        *(
            ";",
            "90,45",
            "10--20",
            "90-90",
            "N-S",
            "N-W",
            "N E",
            "north-east-south-east",
            "٣",
            "nan",
            "1e2",
            "9" * 10_000,
        ),
    ],
)
def test_what_may_mean_something_else_is_kept_verbatim_without_a_heading(text):
    direction = parse_direction(text)
    assert not direction.understood
    assert (direction.headings_deg, direction.width_deg, direction.text) == ((), None, text)


def test_a_list_of_unequal_ranges_takes_the_widest():
    assert parse_direction("0-10;90-150;200").width_deg == 60


def test_an_empty_direction_is_unknown_and_no_problem():
    direction = parse_direction("  ")
    assert (direction.headings_deg, direction.understood, direction.form) == ((), True, Form.EMPTY)


@given(st.text(max_size=60))
def test_no_text_makes_the_parser_fail_or_leave_the_circle(text):
    direction = parse_direction(text)
    assert all(0 <= degrees < 360 for degrees in direction.headings_deg)
    assert direction.width_deg is None or 0 < direction.width_deg <= 360
    assert direction.text == text


@given(st.text(alphabet="0123456789-–;,. nsewbNSEW°+", max_size=30))
def test_no_text_that_looks_like_a_direction_makes_the_parser_leave_the_circle(text):
    direction = parse_direction(text)
    assert all(0 <= degrees < 360 for degrees in direction.headings_deg)
    assert direction.understood == bool(direction.headings_deg) or direction.form is Form.EMPTY


@given(st.floats(-1e9, 1e9))
def test_a_heading_always_lies_on_the_circle(degrees):
    assert 0 <= heading(degrees) < 360


@given(st.lists(st.integers(0, 3599).map(lambda tenths: tenths / 10), min_size=1, max_size=8, unique=True))
def test_a_list_of_headings_is_read_back_as_it_was_written(headings_deg):
    assert parse_direction(";".join(map(str, headings_deg))).headings_deg == tuple(headings_deg)


@given(st.integers(0, 359), st.integers(1, 359))
def test_a_range_is_read_back_as_its_middle_and_width(start, width):
    direction = parse_direction(f"{start}-{(start + width) % 360}")
    assert direction.headings_deg == ((start + width / 2) % 360,)
    assert direction.width_deg == width


def test_every_direction_of_61768_real_cameras_is_understood_or_listed():
    rows = json.loads(gzip.decompress(shared("interchange/osm_alpr_us.json.gz").read_bytes()))
    read = [parse_direction(row.get("directionCardinal") or "") for row in rows]
    assert Counter(direction.form for direction in read) == {
        Form.NUMBER: 54_288,
        Form.RANGE: 3_137,
        Form.LIST: 2_031,
        Form.COMPASS: 450,
        Form.EMPTY: 1_667,
        Form.NOT_UNDERSTOOD: 195,
    }
