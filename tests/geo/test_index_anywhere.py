"""The index gives what looking at every camera would give, at any place on the globe and on any scale."""

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.models import Mode
from geo.distance import destinations, distance_m, distances_m
from geo.index import CameraIndex
from geo.prism import Leg, windows
from geo.route import distances_to_route_m
from geo.straight import ahead, chances_between, chances_onward
from geo.walker import pace_of
from tests.factories import NOON, a_sighting

EDGE_M = 1e-3  # so near to the edge, rounding may tell either way
RANGE_M = 25.0

lats = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, -89.9999, 0.0, 60.17, 89.9999, 90.0]))
lons = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, -179.9999, 0.0, 24.94, 179.9999, 180.0]))
seeds = st.integers(0, 2**32 - 1)


def places_around(lat, lon, reach_m, seed, count=200):
    """Places up to `reach_m` away, a few anywhere, and both poles and both sides of the antimeridian."""
    rng = np.random.default_rng(seed)
    near = destinations(lat, lon, rng.uniform(0, 360, count), reach_m * np.sqrt(rng.random(count)))
    far = np.degrees(np.arcsin(rng.uniform(-1, 1, 30))), rng.uniform(-180, 180, 30)
    special = np.array([90.0, -90.0, lat, lat, lat]), np.array([lon, lon, 180.0, -180.0, lon])
    return np.concatenate([near[0], far[0], special[0]]), np.concatenate([near[1], far[1], special[1]])


def way_from(lat, lon, step_m, count, seed):
    """A route of so many points; now and then it stands still for one."""
    rng = np.random.default_rng(seed)
    points = [(lat, lon)]
    while len(points) < count:
        stride = 0.0 if rng.random() < 0.1 else step_m * rng.uniform(0.01, 1.0)
        onward = destinations(*points[-1], rng.uniform(0, 360), stride)
        points.append((float(onward[0]), float(onward[1])))
    return points


@settings(max_examples=150, deadline=None)
@given(lats, lons, st.floats(0, 7.3), seeds)
def test_a_radius_of_any_size_finds_what_looking_at_every_camera_finds(lat, lon, size, seed):
    radius_m = 10.0**size
    places = places_around(lat, lon, 2.0 * radius_m, seed)
    found = CameraIndex(*places).within(lat, lon, radius_m)
    assert sorted(found) == list(np.flatnonzero(distances_m(lat, lon, *places) <= radius_m))


@settings(max_examples=120, deadline=None)
@given(lats, lons, st.floats(0.5, 6), st.floats(0, 4.5), st.integers(1, 12), seeds)
def test_a_corridor_of_any_size_finds_what_looking_at_every_camera_finds(lat, lon, step, width, count, seed):
    step_m, width_m = 10.0**step, 10.0**width
    points = way_from(lat, lon, step_m, count, seed)
    # around one of its corners, and along it
    around = places_around(*points[seed % count], step_m + 2.0 * width_m, seed)
    beside = [places_around(*point, 2.0 * width_m, seed, count=20) for point in points]
    places = tuple(np.concatenate([around[k], *(b[k] for b in beside)]) for k in (0, 1))
    away_m = distances_to_route_m(*places, points)
    found = CameraIndex(*places).along(points, width_m).tolist()
    assert len(set(found)) == len(found)
    assert set(np.flatnonzero(away_m <= width_m / 2 - EDGE_M)) <= set(found)
    assert set(found) <= set(np.flatnonzero(away_m <= width_m / 2 + EDGE_M))


def test_a_narrow_corridor_holds_cameras_half_way_along_a_leg_of_many_kilometres():
    ends, share = ((60.0, 179.0), (60.5, -179.5)), np.linspace(0.0, 1.0, 400)
    bearing = np.degrees(np.arctan2(*_east_north(*ends)))
    beside = destinations(*ends[0], bearing, share * distance_m(*ends))
    assert len(CameraIndex(*beside).along(ends, 2.0)) == 400


def _east_north(a, b):
    turn, lat, to_lat = np.radians([b[1] - a[1], a[0], b[0]])
    north = np.cos(lat) * np.sin(to_lat) - np.sin(lat) * np.cos(to_lat) * np.cos(turn)
    return np.sin(turn) * np.cos(to_lat), north


def test_a_circle_across_the_antimeridian_holds_cameras_on_both_sides():
    index = CameraIndex([0.0, 0.0, 0.0, 0.0], [179.995, -179.995, 180.0, 179.9])
    assert sorted(index.within(0.0, -180.0, 1_000.0)) == [0, 1, 2]


def test_a_circle_around_a_pole_holds_cameras_at_every_longitude():
    lon = np.arange(-180.0, 181.0, 30.0)
    index = CameraIndex(np.full(len(lon), 89.995), lon)
    assert len(index.within(89.999, 17.0, 1_000.0)) == len(lon)
    assert len(index.within(-89.999, 17.0, 1_000.0)) == 0


def test_a_corridor_runs_straight_over_the_pole_and_across_the_antimeridian():
    over_pole = CameraIndex([90.0, 89.9, 89.9], [0.0, 10.0, 100.0]).along([(89.8, 10.0), (89.8, -170.0)], 500.0)
    across = CameraIndex([0.001, 0.0], [180.0, 0.0]).along([(0.0, 179.9), (0.0, -179.9)], 500.0)
    assert (over_pole.tolist(), across.tolist()) == ([0, 1], [0])


@settings(max_examples=60, deadline=None)
@given(lats, lons, st.floats(0, 4), seeds, st.booleans())
def test_scores_are_those_of_straight_lines_and_windows_never_narrower(lat, lon, size, seed, is_open):
    first, last = (
        a_sighting(f"s-{k}", lat=p[0], lon=p[1], radius_m=40.0, at=NOON + timedelta(minutes=40 * k))
        for k, p in enumerate(way_from(lat, lon, 10.0**size, 2, seed))
    )
    places = places_around(last.lat, last.lon, 3_000.0, seed)
    now = last.at + timedelta(minutes=30 if is_open else 0)
    ranked = CameraIndex(*places).ranked([first, last], now=now, mode=Mode.WALK)
    since_m, to_m = (distances_m(s.lat, s.lon, *places) for s in (first, last))
    pace, come_m = pace_of(Mode.WALK), distance_m((first.lat, first.lon), (last.lat, last.lon))
    if is_open:
        leg = Leg(last, None, last.at.timestamp() - last.tolerance_s, now.timestamp(), first)
        score = chances_onward(to_m, pace, leg.length_s) * ahead(to_m, since_m, come_m)
        when = windows(leg, np.maximum(0.0, to_m - 40.0 - RANGE_M), to_m, pace.top_m_s)
    else:
        leg = Leg(first, last, first.at.timestamp() - first.tolerance_s, last.at.timestamp() + last.tolerance_s)
        score = chances_between(since_m, to_m, come_m, pace, leg.length_s)
        when = windows(leg, *(np.maximum(0.0, away - 40.0 - RANGE_M) for away in (since_m, to_m)), pace.top_m_s)
    assert set(np.flatnonzero(when.start_s <= when.end_s)) <= set(ranked.place)
    assert (np.diff(ranked.score) <= 0.0).all()
    np.testing.assert_allclose(ranked.score, score[ranked.place], rtol=0.03)
    assert (ranked.start_s <= when.start_s[ranked.place] + 1e-3).all()
    assert (ranked.end_s >= when.end_s[ranked.place] - 1e-3).all()
