import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from data.models import Mode
from geo.walks import answer, parse_walk
from tests.factories import NOON, a_camera

SEEN = {"lat": 60.17, "lon": 24.94, "radius_m": 20, "time": "2026-03-02T12:00:00Z", "tolerance_s": 30}


def a_line(**fields: Any) -> str:
    told = {"id": "w-1", "mode": "walk", "sightings": [SEEN], "now": "2026-03-02T13:00:00Z"} | fields
    return json.dumps({key: value for key, value in told.items() if value is not ...})


def test_a_line_becomes_a_walk() -> None:
    walk = parse_walk(a_line(v_max_m_s=2.5))
    assert (walk.id, walk.mode, walk.v_max_m_s) == ("w-1", Mode.WALK, 2.5)
    assert walk.now == NOON + timedelta(hours=1)
    (seen,) = walk.sightings
    assert (seen.lat, seen.lon, seen.radius_m, seen.tolerance_s, seen.at) == (60.17, 24.94, 20, 30, NOON)


def test_times_in_any_zone_are_the_same_moment_in_utc() -> None:
    walk = parse_walk(a_line(now="2026-03-02T15:00:00+02:00"))
    assert walk.now == datetime(2026, 3, 2, 13, tzinfo=UTC)


def test_what_may_be_left_out_is_left_out() -> None:
    place_and_time = {key: SEEN[key] for key in ("lat", "lon", "time")}
    walk = parse_walk(a_line(now=..., mode=..., sightings=[place_and_time]))
    assert (walk.mode, walk.now, walk.v_max_m_s) == (Mode.WALK, NOON, None)
    assert (walk.sightings[0].radius_m, walk.sightings[0].tolerance_s) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"id": ...}, "no id"),
        ({"mode": "fly"}, "w-1.*fly"),
        ({"now": "2026-03-02T13:00:00"}, "w-1.*zone"),
        ({"now": "soon"}, "w-1, now.*soon"),
        ({"sightings": ...}, "w-1.*sightings"),
        ({"sightings": [SEEN, SEEN | {"lat": 91}]}, "sighting"),
        ({"sightings": [SEEN, SEEN | {"lat": "north"}]}, "w-1, sighting 2.*lat"),
        ({"sightings": [SEEN | {"time": "noon"}]}, "w-1, sighting 1.*noon"),
        ({"sightings": [SEEN | {"radius_m": -1}]}, "radius"),
        ({"sightings": [{"lat": 60, "lon": 25}]}, "w-1, sighting 1.*time"),
        ({"sightings": [7]}, "w-1"),
        ({"v_max_m_s": 0}, "w-1.*v_max_m_s"),
        ({"v_max_m_s": True}, "w-1.*v_max_m_s"),
    ],
)
def test_a_line_that_cannot_be_used_says_which_field(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parse_walk(a_line(**fields))


@pytest.mark.parametrize("line", ["", "nonsense", "[]", "7", "null", "{", '{"id":', "[" * 100_000, "NaN"])
def test_a_line_that_is_no_object_is_refused(line: str) -> None:
    with pytest.raises(BadInput, match="walks"):
        parse_walk(line)


ODD = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8)
    | st.sampled_from([0, -1, 1e300, 90, "2026-03-02T12:00:00Z", "0001-01-01T00:00:00+14:00"])
    | st.just("9999-12-31T23:59-14:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SEEN, "x"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def parsed_or_refused(line: str) -> None:
    try:
        walk = parse_walk(line)
    except BadInput:
        pass
    else:
        assert walk.now.tzinfo is UTC


@given(line=st.text(max_size=60))
def test_no_text_does_more_than_be_refused(line: str) -> None:
    parsed_or_refused(line)


@given(fields=st.dictionaries(st.sampled_from(["id", "mode", "now", "v_max_m_s", "sightings"]), ODD, max_size=3))
def test_no_value_of_a_field_does_more_than_be_refused(fields: dict[str, Any]) -> None:
    parsed_or_refused(a_line(**fields))


@given(fields=st.dictionaries(st.sampled_from(list(SEEN)), ODD, min_size=1, max_size=3))
def test_no_value_of_a_sighting_does_more_than_be_refused(fields: dict[str, Any]) -> None:
    parsed_or_refused(a_line(sightings=[SEEN, SEEN | fields]))


@pytest.mark.parametrize("field", ["lat", "lon", "radius_m", "tolerance_s"])
def test_a_whole_number_too_large_for_a_float_is_refused(field: str) -> None:
    with pytest.raises(BadInput):
        parse_walk(a_line(sightings=[SEEN | {field: 10**400}]))


def test_a_message_stays_one_line_whatever_the_id() -> None:
    with pytest.raises(BadInput) as refused:
        parse_walk(a_line(id="w\n1", mode="fly"))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("seen", "now"),
    [
        ({"tolerance_s": 1e12}, "2026-03-02T13:00:00Z"),
        ({"time": "0001-01-01T00:00:00Z"}, "0001-01-01T01:00:00Z"),
        ({"time": "9999-12-31T23:00:00Z"}, "9999-12-31T23:59:59Z"),
    ],
)
def test_times_at_the_ends_of_the_calendar_are_refused_or_answered(seen: dict[str, Any], now: str) -> None:
    try:
        walk = parse_walk(a_line(sightings=[SEEN | seen], now=now))
    except BadInput:
        return
    assert answer(walk, [a_camera()], None)["id"] == "w-1"


def test_an_answer_lists_cameras_best_first_in_utc_and_is_json() -> None:
    later = SEEN | {"lon": 24.95, "time": "2026-03-02T12:12:00Z"}
    walk = parse_walk(a_line(sightings=[SEEN, later], now="2026-03-02T12:12:00Z"))
    cameras = [a_camera("near", lon=24.945), a_camera("side", lat=60.1715, lon=24.945), a_camera("off", lat=61.0)]
    told = json.loads(json.dumps(answer(walk, cameras, None), allow_nan=False))
    assert told["id"] == "w-1"
    assert told["basis"] == "haversine"
    assert [c["camera_id"] for c in told["cameras"]] == ["near", "side"]
    scores = [c["score"] for c in told["cameras"]]
    assert scores == sorted(scores, reverse=True)
    for camera in told["cameras"]:
        assert camera["from"] <= camera["best_guess"] <= camera["to"]
        assert camera["from"].endswith("Z")
        assert camera["reasons"]


def test_the_top_speed_of_a_line_overrides_the_modes() -> None:
    far = [a_camera("far", lat=60.26)]  # 10 km in an hour
    assert not answer(parse_walk(a_line()), far, None)["cameras"]
    assert answer(parse_walk(a_line(v_max_m_s=4.0)), far, None)["cameras"]
