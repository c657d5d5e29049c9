from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.models import Mode, Sighting
from geo.distance import distance_m
from geo.streets import StreetNetwork
from geo.ways import ways_between
from tests.factories import NOON, a_sighting
from tests.geo.towns import grid_town, town

TOWN = grid_town(60.0, 24.0)
CORNERS = st.integers(0, len(TOWN.shape_lat) - 1)


def seen_at(*places: tuple[float, float]) -> tuple[Sighting, ...]:
    return tuple(
        a_sighting(f"s-{k}", lat=lat, lon=lon, at=NOON + k * timedelta(hours=1)) for k, (lat, lon) in enumerate(places)
    )


def length_m(places: tuple[tuple[float, float], ...]) -> float:
    return sum(distance_m(a, b) for a, b in pairwise(places))


@settings(max_examples=40, deadline=None)
@given(CORNERS, CORNERS)
def test_a_way_runs_along_streets_no_shorter_than_the_straight_line_or_the_way_back(a: int, b: int) -> None:
    ends = [(float(TOWN.shape_lat[k]), float(TOWN.shape_lon[k])) for k in (a, b)]

    (way,) = ways_between(seen_at(*ends), TOWN, mode=Mode.WALK)
    (back,) = ways_between(seen_at(*reversed(ends)), TOWN, mode=Mode.WALK)

    assert way.is_by_streets == back.is_by_streets
    assert length_m(way.places) >= distance_m(*ends) - 1.0
    assert length_m(way.places) == pytest.approx(length_m(back.places), abs=2.0)
    if way.is_by_streets:  # no leg jumps over a block: each is part of one straight piece of street
        longest = float(TOWN.piece_length_m.max())
        assert max((distance_m(p, q) for p, q in pairwise(way.places)), default=0.0) <= longest + 2.0


def test_the_way_on_one_street_goes_from_door_to_door_and_not_by_its_ends() -> None:
    street = town([(0, 1)], np.array([60.0, 60.0]), np.array([24.0, 24.01]))

    (way,) = ways_between(seen_at((60.0, 24.004), (60.0, 24.002)), street, mode=Mode.WALK)

    assert way.is_by_streets
    assert length_m(way.places) == pytest.approx(distance_m((60.0, 24.004), (60.0, 24.002)), abs=2.0)


def test_the_way_takes_the_detour_that_the_streets_take() -> None:
    lats, lons = np.array([60.0, 60.004, 60.004, 60.0]), np.array([24.0, 24.0, 24.004, 24.004])
    around = town([(0, 1), (1, 2), (2, 3)], lats, lons)

    (way,) = ways_between(seen_at((60.0, 24.0), (60.0, 24.004)), around, mode=Mode.WALK)

    assert length_m(way.places) == pytest.approx(float(around.edge_length_m.sum()), rel=0.01)


@pytest.mark.parametrize("streets", [None, StreetNetwork.empty()])
def test_without_streets_ways_are_straight_lines(streets: StreetNetwork | None) -> None:
    (way,) = ways_between(seen_at((60.0, 24.0), (60.1, 24.1)), streets, mode=Mode.WALK)

    assert (way.places, way.is_by_streets) == (((60.0, 24.0), (60.1, 24.1)), False)


def test_a_sighting_far_from_every_street_and_parts_that_do_not_meet_are_joined_by_straight_lines() -> None:
    two = town([(0, 1), (2, 3)], np.array([60.0, 60.0, 60.1, 60.1]), np.array([24.0, 24.01, 24.0, 24.01]))
    ways = ways_between(seen_at((60.0, 24.0), (60.1, 24.0), (60.05, 24.0)), two, mode=Mode.WALK)

    assert [way.is_by_streets for way in ways] == [False, False]


def test_one_sighting_has_no_way() -> None:
    assert ways_between(seen_at((60.0, 24.0)), TOWN, mode=Mode.WALK) == []
