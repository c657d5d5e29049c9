from datetime import timedelta
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.distance import destinations, distances_m
from geo.route import distances_to_route_m, route_through, speeds_needed_m_s
from tests.factories import NOON, a_sighting


def test_the_route_follows_time_whatever_the_order_of_entry():
    later, earlier = a_sighting("b", at=NOON + timedelta(hours=1)), a_sighting("a", lat=60.2)
    assert [s.id for s in route_through([later, earlier]).sightings] == ["a", "b"]


def test_a_withdrawn_sighting_is_no_part_of_the_route():
    assert route_through([a_sighting(withdrawn_at=NOON)]).sightings == ()


def test_a_route_without_sightings_has_no_length():
    assert route_through([]).length_m == 0
    assert speeds_needed_m_s(route_through([])) == []


def test_the_speed_needed_gives_radius_and_tolerance_in_the_subjects_favour():
    a = a_sighting("a", lat=60.0, lon=25.0, radius_m=100, tolerance_s=30)
    b = a_sighting("b", lat=60.01, lon=25.0, radius_m=12, at=NOON + timedelta(seconds=940), tolerance_s=30)
    assert speeds_needed_m_s(route_through([a, b])) == pytest.approx([0.993], abs=0.001)


def test_two_places_at_one_moment_need_an_endless_speed():
    pair = [a_sighting("a"), a_sighting("b", lat=61.0)]
    assert speeds_needed_m_s(route_through(pair)) == [inf]


def test_the_same_place_at_one_moment_needs_none():
    assert speeds_needed_m_s(route_through([a_sighting("a"), a_sighting("b")])) == [0.0]


@given(
    st.floats(-80, 80), st.floats(-180, 180), st.floats(0, 360), st.floats(50, 5000), st.floats(0, 360),
    st.floats(0, 4000), st.floats(0, 1),
)  # fmt: skip
def test_distance_to_a_leg_is_that_to_its_nearest_point(lat, lon, bearing, length_m, off_deg, off_m, share):
    end = destinations(lat, lon, bearing, length_m)
    shares = np.linspace(0, 1, 2001)
    line = destinations(lat, lon, bearing, length_m * shares)
    beside = destinations(lat, lon, bearing, length_m * share)
    place = destinations(*beside, off_deg, off_m)
    nearest = distances_m(*place, *line).min()
    start = (lat, lon)
    found = distances_to_route_m(*place, [start, (float(end[0]), float(end[1]))])
    assert found == pytest.approx(nearest, abs=length_m / 2000 + 0.01)


def test_distance_to_one_point_and_to_none():
    assert distances_to_route_m(60.0, 25.0, [(60.001, 25.0)]) == pytest.approx(111.2, abs=0.1)
    assert distances_to_route_m([60.0, 61.0], [25.0, 25.0], []).tolist() == [inf, inf]


def test_a_leg_across_the_antimeridian_is_short():
    route = [(0.0, 179.99), (0.0, -179.99)]
    assert distances_to_route_m(0.001, 180.0, route) == pytest.approx(111.2, abs=0.1)
    assert distances_to_route_m(0.0, 0.0, route)[0] > 1e7
