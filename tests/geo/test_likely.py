"""Likely routes, the choice among cameras, and what looking in vain does to both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.models import Mode
from geo.choice import HEAD, order_and_scores
from geo.distance import TOP_SPEED_M_S
from geo.fields import disc_of, field_from
from geo.likely import Approach, LikelyRoutes, Stay, joined, routes_between, routes_onward
from geo.stretches import stretches_within
from geo.trees import Viewed, bits_of, unpacked
from geo.walker import pace_of, time_density
from tests.geo.plans import at, blocks, town

WALK = pace_of(Mode.WALK)


def routes_of(*sets, weight=None, count=70):
    """Routes given as the cameras on each."""
    row = np.repeat(np.arange(len(sets)), [len(s) for s in sets])
    owner = np.array([k for s in sets for k in s], dtype=np.int64)
    each = np.full(len(sets), 1 / len(sets)) if weight is None else np.array(weight)
    return LikelyRoutes(bits_of(owner, row, len(sets), count), each, count)


def viewed(streets, *places):
    lat, lon = np.array([at(*place) for place in places]).T
    return Viewed(streets, stretches_within(streets, lat, lon, 25.0))


def disc(streets, x, y, radius_m=10.0):
    return disc_of(streets, *at(x, y), radius_m)


@given(st.lists(st.sets(st.integers(0, 69)), min_size=1, max_size=9))
def test_sets_of_cameras_survive_being_packed(sets):
    told = routes_of(*sets)
    assert [set(np.flatnonzero(row).tolist()) for row in unpacked(told.cameras, 70)] == sets


def test_a_chance_is_the_share_of_routes_and_a_share_is_parted_among_a_routes_cameras():
    told = routes_of({0, 1}, {1}, set(), {64}, weight=[0.4, 0.3, 0.2, 0.1])
    assert told.chances()[[0, 1, 64, 65]] == pytest.approx([0.4, 0.7, 0.1, 0.0])
    assert told.shares()[[0, 1, 64]] == pytest.approx([0.2, 0.5, 0.1])


def test_looking_in_vain_weakens_the_routes_it_lies_on():
    empty = np.zeros(70)
    empty[0] = 0.5
    left = routes_of({0, 1}, {2}).without(empty)
    assert left.weight == pytest.approx([1 / 3, 2 / 3])
    assert left.chances()[[1, 2]] == pytest.approx([1 / 3, 2 / 3])


def test_a_camera_found_empty_for_certain_leaves_some_doubt():
    empty = np.zeros(70)
    empty[0] = 1.0
    assert 0 < routes_of({0}, {2}).without(empty).chances()[0] < 0.01


def test_the_only_street_between_two_sightings_is_on_every_route():
    street = town([[(-100, 0), (0, 0), (300, 0), (400, 0)], [(0, 0), (0, 200)]])
    view = viewed(street, (150, 5), (0, 180))
    told = routes_between(
        view, disc(street, 0, 0), disc(street, 300, 0), Stay(240, 0), WALK, samples=8, rng=np.random.default_rng(1)
    )
    chance = told.chances()
    assert chance[0] == pytest.approx(1.0)
    assert chance[1] < 0.3
    assert told.weight.sum() == pytest.approx(1.0)


def test_most_ways_are_direct_however_many_side_streets_tempt_and_though_there_is_time():
    alleys = range(10, 300, 10)
    street = town([[(x, 0) for x in range(0, 301, 10)], *([(x, 0), (x, 60)] for x in alleys)])
    view = viewed(street, *((x, 75) for x in alleys))
    told = routes_between(
        view, disc(street, 0, 0), disc(street, 300, 0), Stay(400, 0), WALK, samples=8, rng=np.random.default_rng(1)
    )
    is_direct = ~unpacked(told.cameras, len(alleys)).any(axis=1)
    assert told.weight[is_direct].sum() > 0.5


def test_a_long_time_makes_detours_likelier():
    town_ = blocks(8)
    view = viewed(town_, (350, 500))
    chances = [
        routes_between(
            view,
            disc(town_, 200, 200),
            disc(town_, 500, 200),
            Stay(s, 0),
            WALK,
            samples=16,
            rng=np.random.default_rng(1),
        ).chances()[0]
        for s in (230, 800)
    ]
    assert chances[1] > 2 * chances[0]


def test_no_street_between_two_sightings_gives_no_routes():
    islands = town([[(0, 0), (100, 0)], [(500, 0), (600, 0)]])
    view = viewed(islands, (50, 0))
    told = routes_between(
        view, disc(islands, 50, 0), disc(islands, 550, 0), Stay(600, 0), WALK, samples=4, rng=np.random.default_rng(1)
    )
    assert (len(told.weight), told.chances().tolist()) == (0, [0.0])


def test_a_camera_ahead_is_on_more_routes_than_one_behind():
    town_ = blocks(9)
    view = viewed(town_, (600, 400), (200, 400))
    before, here = disc(town_, 0, 400), disc(town_, 400, 400)
    field = field_from(town_, before)
    approach = Approach(field, 400.0, 300.0)
    ahead, behind = routes_onward(view, here, 600.0, WALK, approach, samples=16, rng=np.random.default_rng(1)).chances()
    assert ahead > 3 * behind
    alike = routes_onward(view, here, 600.0, WALK, None, samples=32, rng=np.random.default_rng(1)).chances()
    assert alike[0] == pytest.approx(alike[1], abs=0.2)


def test_no_route_goes_further_than_the_time_since_allows():
    street = town([[(0, 0), (2000, 0)]])
    view = viewed(street, (100, 0), (1000, 0))
    told = routes_onward(view, disc(street, 10, 0), 200.0, WALK, None, samples=32, rng=np.random.default_rng(1))
    assert told.chances()[0] > 0.5
    assert told.chances()[1] == 0.0


def test_routes_over_two_legs_hold_the_cameras_of_both():
    both = joined([routes_of({0}, {1}), routes_of({2})], 70)
    assert both.chances()[:3] == pytest.approx([0.5, 0.5, 1.0], abs=0.01)
    assert len(joined([routes_of({0}), LikelyRoutes(np.empty((0, 2), np.uint64), np.empty(0), 70)], 70).weight) == 0


def test_one_corner_does_not_take_the_first_places():
    told = routes_of({0, 1, 2}, {0, 1, 2}, {3}, count=4)
    order, score = order_and_scores(told, np.ones(4), told.chances(), np.full(4, 600.0))
    assert order[:2] == [0, 3]
    assert score[0] == 1.0


def test_of_two_equal_cameras_the_one_with_less_to_watch_comes_first():
    told = routes_of({0, 1}, count=2)
    order, _ = order_and_scores(told, np.ones(2), told.chances(), np.array([1200.0, 300.0]))
    assert order == [1, 0]


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 1000))
def test_all_cameras_are_ordered_once_and_scores_never_rise(count, seed):
    rng = np.random.default_rng(seed)
    sets = [set(np.flatnonzero(rng.random(count) < 0.2).tolist()) for _ in range(12)]
    told = routes_of(*sets, count=count)
    order, score = order_and_scores(told, rng.random(count), told.shares() + 1e-9, rng.uniform(0, 3600, count))
    assert sorted(order) == list(range(count))
    along = score[order]
    assert (np.diff(along) <= 1e-12).all()
    assert ((along > 0) & (along <= 1)).all()


def test_without_routes_worth_and_minutes_alone_decide():
    none = LikelyRoutes(np.empty((0, 1), np.uint64), np.empty(0), 3)
    order, _ = order_and_scores(none, np.ones(3), np.array([0.1, 0.9, 0.5]), np.full(3, 600.0))
    assert order == [1, 2, 0]
    assert HEAD == 20


def test_a_way_that_fits_the_time_is_likelier_than_one_far_too_long_or_short():
    short, right, long = time_density(600.0, np.array([100.0, 750.0, 2000.0]), WALK)
    assert right > short > 0
    assert right > long > 0
    assert time_density(600.0, np.array([np.inf]), WALK).tolist() == [0.0]


def test_a_top_speed_by_hand_moves_the_usual_pace():
    assert pace_of(Mode.WALK).top_m_s == TOP_SPEED_M_S[Mode.WALK]
    assert pace_of(Mode.WALK, 4.0).usual_m_s > WALK.usual_m_s
    assert pace_of(Mode.WALK, 1.0).usual_m_s == 0.75
