from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadPlace
from data.models import Mode
from geo.distance import distances_m
from geo.index import CameraIndex
from geo.ranking import rank
from geo.route import distances_to_route_m
from tests.factories import NOON, a_camera, a_sighting


def scattered(seed, lat, lon, count=400, spread_deg=0.3):
    rng = np.random.default_rng(seed)
    lats = np.clip(lat + rng.normal(0, spread_deg, count), -90, 90)
    return lats, (lon + rng.normal(0, spread_deg, count) / max(np.cos(np.radians(lat)), 0.01) + 180) % 360 - 180


@settings(deadline=None)
@given(
    st.integers(0, 50),
    st.sampled_from([0.0, 60.0, -89.9, 90.0]),
    st.sampled_from([0.0, 179.95, -180.0]),
    st.floats(1, 80_000),
)
def test_a_radius_finds_what_a_pass_over_all_finds(seed, lat, lon, radius_m):
    lats, lons = scattered(seed, lat, lon)
    found = CameraIndex(lats, lons).within(lat, lon, radius_m)
    assert sorted(found) == np.flatnonzero(distances_m(lat, lon, lats, lons) <= radius_m).tolist()


def test_a_radius_round_the_globe_finds_everything():
    lats, lons = scattered(1, 10.0, 20.0)
    assert len(CameraIndex(lats, lons).within(-10.0, -160.0, 30_000_000.0)) == len(lats)


@settings(deadline=None)
@given(st.integers(0, 50), st.sampled_from([0.0, 60.0, -89.5]), st.sampled_from([0.0, 179.99]), st.floats(20, 20_000))
def test_a_corridor_finds_what_a_pass_over_all_finds(seed, lat, lon, width_m):
    lats, lons = scattered(seed, lat, lon)
    route = list(zip(*scattered(seed + 1, lat, lon, count=6, spread_deg=0.1), strict=True))
    away = distances_to_route_m(lats, lons, route)
    unsure = np.abs(away - width_m / 2) < 1e-3
    found = np.isin(np.arange(len(lats)), CameraIndex(lats, lons).along(route, width_m))
    assert (found == (away <= width_m / 2))[~unsure].all()


def test_corridors_of_one_point_and_of_none():
    index = CameraIndex([60.0, 60.1], [25.0, 25.0])
    assert index.along([(60.0, 25.0)], 100.0).tolist() == [0]
    assert index.along([(60.0, 25.0), (60.0, 25.0)], 100.0).tolist() == [0]
    assert index.along([], 100.0).tolist() == []


@pytest.mark.parametrize("minutes_since", [0, 30])
def test_it_ranks_as_the_ranking_without_streets_does(minutes_since):
    lats, lons = scattered(3, 60.0, 25.0, spread_deg=0.01)
    cameras = [a_camera(str(k), lat=float(a), lon=float(b)) for k, (a, b) in enumerate(zip(lats, lons, strict=True))]
    seen = [a_sighting("a", lat=60.0, lon=24.98), a_sighting("b", lat=60.0, lon=25.0, at=NOON + timedelta(minutes=25))]
    now = NOON + timedelta(minutes=25 + minutes_since)
    fast = CameraIndex(lats, lons).ranked(seen, now=now, mode=Mode.WALK)
    slow = rank(cameras, seen, now=now, mode=Mode.WALK)
    chance = {int(r.camera.id): r.chance for r in slow.cameras}
    window = {int(r.camera.id): (r.start.timestamp(), r.end.timestamp()) for r in slow.cameras}
    assert {
        k: s for k, s in zip(fast.place.tolist(), fast.score.tolist(), strict=True) if k in chance
    } == pytest.approx(chance, rel=0.02)
    assert (np.diff(fast.score) <= 0).all()
    for place, start, end in zip(fast.place.tolist(), fast.start_s, fast.end_s, strict=True):
        if place in window:  # never narrower, and hardly wider
            assert window[place][0] - 0.5 < start <= window[place][0] + 0.002
            assert window[place][1] - 0.002 <= end < window[place][1] + 0.5


def test_without_sightings_or_places_nothing_is_ranked():
    assert len(CameraIndex([60.0], [25.0]).ranked([], now=NOON, mode=Mode.WALK).place) == 0
    assert len(CameraIndex([], []).ranked([a_sighting()], now=NOON + timedelta(1), mode=Mode.WALK).place) == 0
    assert len(CameraIndex([], [])) == 0


@pytest.mark.parametrize("place", [(91.0, 0.0), (0.0, 181.0), (float("nan"), 0.0), (0.0, float("nan"))])
def test_a_place_off_the_globe_is_refused(place):
    with pytest.raises(BadPlace):
        CameraIndex([60.0, place[0]], [25.0, place[1]])
