import numpy as np
import pytest
from haversine import Unit, haversine
from hypothesis import given
from hypothesis import strategies as st

from data.models import Mode
from geo.distance import (
    TOP_SPEED_M_S,
    USUAL_SPEED_M_S,
    bearings_deg,
    destinations,
    distance_m,
    distances_m,
    local_xy_m,
)

LATS = st.floats(-90, 90)
LONS = st.floats(-180, 180)
PLACES = st.tuples(LATS, LONS)


@given(a=PLACES, b=PLACES)
def test_distances_are_those_of_the_haversine_library(a: tuple[float, float], b: tuple[float, float]) -> None:
    expected = haversine(a, b, unit=Unit.METERS)
    assert distance_m(a, b) == expected
    assert float(distances_m(*a, *b)) == pytest.approx(expected, rel=1e-9, abs=1e-3)


@given(a=PLACES, b=PLACES, c=PLACES)
def test_a_detour_is_never_shorter_and_the_way_back_is_as_long(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]
) -> None:
    assert float(distances_m(*a, *c)) <= float(distances_m(*a, *b) + distances_m(*b, *c)) + 1e-2
    assert float(distances_m(*a, *b)) == pytest.approx(float(distances_m(*b, *a)), abs=1e-3)


@given(place=st.tuples(st.floats(-89.9, 89.9), LONS), bearing=st.floats(0, 360), away_m=st.floats(0.1, 1_000_000))
def test_a_place_reached_on_a_bearing_lies_as_far_away_and_on_that_bearing(
    place: tuple[float, float], bearing: float, away_m: float
) -> None:
    lat, lon = destinations(*place, bearing, away_m)
    assert -90 <= float(lat) <= 90
    assert -180 <= float(lon) <= 180
    assert float(distances_m(*place, lat, lon)) == pytest.approx(away_m, rel=1e-6, abs=1e-3)
    off = (float(bearings_deg(*place, lat, lon)) - bearing + 180) % 360 - 180
    assert abs(off) * away_m < 0.1 * max(away_m, 1.0)  # the arc between them, to a tenth of a degree


@given(a=PLACES, b=PLACES)
def test_bearings_run_from_0_up_to_but_never_360(a: tuple[float, float], b: tuple[float, float]) -> None:
    assert 0 <= float(bearings_deg(*a, *b)) < 360


@pytest.mark.parametrize(
    ("to", "bearing"), [((1.0, 0.0), 0), ((0.0, 1.0), 90), ((-1.0, 0.0), 180), ((0.0, -1.0), 270), ((0.0, 0.0), 0)]
)
def test_bearings_run_clockwise_from_north(to: tuple[float, float], bearing: float) -> None:
    assert float(bearings_deg(0.0, 0.0, *to)) == pytest.approx(bearing)


def test_antipodes_are_half_the_globe_apart_and_not_nan() -> None:
    assert float(distances_m(12.3, 45.6, -12.3, -134.4)) == pytest.approx(np.pi * 6_371_008.8, rel=1e-9)


@given(origin=PLACES, place=PLACES)
def test_the_local_plane_keeps_distances_from_its_origin_even_at_the_poles(
    origin: tuple[float, float], place: tuple[float, float]
) -> None:
    x, y = local_xy_m(*place, origin)
    assert float(np.hypot(x, y)) == pytest.approx(float(distances_m(*origin, *place)), abs=1e-3)


def test_no_places_have_no_distances() -> None:
    assert distances_m([], [], 60.0, 25.0).shape == (0,)


@pytest.mark.parametrize("mode", Mode)
def test_every_way_of_travel_has_a_usual_speed_below_its_top_speed(mode: Mode) -> None:
    assert 0 < USUAL_SPEED_M_S[mode] < TOP_SPEED_M_S[mode]
