from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models import Mode, Sighting
from geo.distance import TOP_SPEED_M_S, destinations, distances_m
from geo.reach import reach_at, streets_within
from geo.streets import StreetNetwork
from geo.streets_build import Ways, build_network
from tests.factories import NOON, a_sighting

TOP = TOP_SPEED_M_S[Mode.WALK]


def seen(minute: float, lat: float = 60.0, lon: float = 25.0, **fields: float) -> Sighting:
    at = NOON + timedelta(minutes=minute)
    return a_sighting(f"s-{minute}", lat=lat, lon=lon, at=at, **({"radius_m": 0.0} | fields))


@given(
    bearings=st.lists(st.floats(0, 360), min_size=2, max_size=6),
    pace=st.lists(st.floats(0, 1), min_size=6, max_size=6),
    told=st.sets(st.integers(0, 6), min_size=1),
    moment=st.floats(0, 6),
    off=st.floats(0, 1),
    radius_m=st.floats(0, 500),
)
def test_wherever_a_walker_within_top_speed_was_is_within_reach(
    bearings: list[float], pace: list[float], told: set[int], moment: float, off: float, radius_m: float
) -> None:
    """A walk of ten-minute legs; some of its turns are sighted, each off by as much as its radius allows.

    The radius is a millimetre longer than that: a place reckoned twice over the sphere is the same to within less.
    """
    places = [(60.0, 25.0)]
    for bearing, share in zip(bearings, pace, strict=False):
        to = destinations(*places[-1], bearing, share * TOP * 600)
        places.append((float(to[0]), float(to[1])))
    sightings = [
        seen(10 * k, *(float(v) for v in destinations(*places[k], 77.0, off * radius_m)), radius_m=radius_m + 0.001)
        for k in told
        if k < len(places)
    ]
    moment = min(moment, len(places) - 1)
    leg = min(int(moment), len(places) - 2)
    part = moment - leg
    step = part * pace[leg] * TOP * 600
    at = destinations(*places[leg], bearings[leg], step)
    reach = reach_at(sightings, NOON + timedelta(minutes=10 * moment), mode=Mode.WALK)
    assert reach.contains(at[0], at[1])[0]
    assert not reach.is_contradicted or not sightings


def test_between_two_sightings_the_reach_is_a_lens_and_after_the_last_a_disc() -> None:
    two = [seen(0), seen(60, lat=60.02)]
    between = reach_at(two, NOON + timedelta(minutes=30), mode=Mode.WALK)
    assert len(between.circles) == 2
    assert between.contains([60.01, 60.0, 60.04], [25.0, 25.0, 25.0]).tolist() == [True, True, False]
    after = reach_at(two, NOON + timedelta(minutes=61), mode=Mode.WALK)
    assert [c.radius_m for c in after.circles] == [pytest.approx(60 * TOP, rel=0.01)]


def test_without_sightings_nothing_is_known_and_withdrawn_ones_do_not_count() -> None:
    nothing = reach_at([a_sighting(withdrawn_at=NOON)], NOON, mode=Mode.WALK)
    assert nothing.bounds == ()
    assert nothing.contains([0.0], [0.0])[0]


def test_sightings_that_contradict_each_other_are_told_of() -> None:
    reach = reach_at([seen(0), seen(10, lat=61.0)], NOON + timedelta(minutes=5), mode=Mode.WALK)
    assert reach.is_contradicted
    assert not reach_at([seen(0), seen(10, lat=61.0)], NOON + timedelta(minutes=5), mode=Mode.CAR).contains(
        [70.0], [25.0]
    )


def test_a_time_that_is_not_sure_bounds_from_both_sides() -> None:
    unsure = seen(0, lat=60.5, tolerance_s=3600.0)
    reach = reach_at([unsure, seen(10)], NOON + timedelta(minutes=20), mode=Mode.CAR)
    assert {bound.sighting.id for bound in reach.bounds} == {"s-0", "s-10"}


def cross() -> StreetNetwork:
    """Two streets that cross at (60, 25), each 4 km long with a corner every 50 m."""
    steps = np.arange(-40, 41) * 50.0
    north, east = destinations(60.0, 25.0, 0.0, steps), destinations(60.0, 25.0, 90.0, steps)
    lat, lon = np.concatenate([north[0], east[0]]), np.concatenate([north[1], east[1]])
    key = np.concatenate([np.arange(81), 1000 + np.arange(81)])
    key[121] = 40
    return build_network(Ways(key, lat, lon, np.array([0, 81, 162]), np.array([3, 3], np.uint8)))


def test_streets_within_reach_end_where_the_time_is_up() -> None:
    reach = reach_at([seen(0)], NOON + timedelta(minutes=10), mode=Mode.WALK)
    lines = streets_within(cross(), reach, mode=Mode.WALK)
    lat, lon = (np.array([place[axis] for line in lines for place in line]) for axis in (0, 1))
    away = distances_m(60.0, 25.0, lat, lon)
    assert 600 * TOP - 60 < away.max() < 600 * TOP + 60
    assert (lat > 60.005).any()
    assert (lon > 25.01).any()


def test_streets_between_two_sightings_lead_from_one_to_the_other() -> None:
    far = destinations(60.0, 25.0, 0.0, 1000.0)
    reach = reach_at([seen(0), seen(10, lat=float(far[0]))], NOON + timedelta(minutes=5), mode=Mode.WALK)
    lines = streets_within(cross(), reach, mode=Mode.WALK)
    lat = np.array([place[0] for line in lines for place in line])
    assert lat.min() > 60.0 - 0.0015
    assert lat.max() < 60.0 + 0.0105
    assert streets_within(StreetNetwork.empty(), reach, mode=Mode.WALK) == []
    assert streets_within(cross(), reach_at([], NOON, mode=Mode.WALK), mode=Mode.WALK) == []
