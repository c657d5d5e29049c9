"""The promise a ranking stands on: who keeps to the top speed is never outside a window, never past an unranked camera.

Walkers wander through made-up towns; sightings tell a few of their moments, wrong by no more than radius and tolerance.
"""

from functools import cache

import numpy as np
import pytest

from data.models import Camera, Mode, Sighting
from geo.distance import TOP_SPEED_M_S, destinations
from geo.legs import leg_view
from geo.prism import legs_of
from geo.ranking import rank
from geo.route import route_through
from geo.streets import StreetNetwork
from geo.walker import pace_of
from tests.factories import NOON, a_camera, a_sighting
from tests.geo.towns import Track, Walkers, cameras_in, grid_town, moment, roam

TOP_M_S = TOP_SPEED_M_S[Mode.WALK]
PLACES = {"Helsinki": (60.17, 24.94), "Fiji": (-16.8, 179.996), "Quito": (-0.2, -78.5)}
WALKS_A_TOWN = 400
ROUNDING_S = 1e-4


@cache
def town_and_cameras(name: str) -> tuple[StreetNetwork, list[Camera]]:
    streets = grid_town(*PLACES[name], seed=len(name))
    return streets, cameras_in(streets, 50, seed=len(name))


def told(track: Track, rng: np.random.Generator) -> tuple[list[int], list[Sighting]]:
    """One to three moments of a walk, and what witnesses say of them, in an order that is beyond doubt."""
    size = min(int(rng.integers(1, 4)), len(track.at_s))
    at = sorted(rng.choice(len(track.at_s), size=size, replace=False).tolist())
    gaps_s = np.diff(track.at_s[at])
    most_s = float(gaps_s.min()) / 2.1 if len(gaps_s) else 300.0
    seen = []
    for k in at:
        radius_m = float(rng.choice([0.0, 5.0, 50.0, 200.0])) * float(rng.uniform(0.5, 1.0))
        tolerance_s = min(float(rng.choice([0.0, 5.0, 60.0, 300.0])), most_s)
        seen.append(track.sighting(k, rng, radius_m=radius_m, tolerance_s=tolerance_s))
    return at, seen


def assert_no_moment_is_outside(
    track: Track, cameras: list[Camera], streets: StreetNetwork | None, rng: np.random.Generator
) -> int:
    """Every true pass lies in the window of the leg it was on, the open one included; returns how many there were."""
    at, seen = told(track, rng)
    now = moment(float(track.at_s[-1]) + float(rng.uniform(1, 600)))
    passes, count = track.passes(cameras), 0
    pace = pace_of(Mode.WALK)
    ends = [*at[1:], len(track.at_s) - 1]
    for leg, first, last in zip(legs_of(route_through(seen), now), at, ends, strict=False):
        when = leg_view(leg, cameras, streets, pace).when
        camera, k = np.nonzero(passes[:, first : last + 1])
        true_s = track.at_s[first + k]
        early = when.start_s[camera] - true_s
        late = true_s - when.end_s[camera]
        assert (early <= ROUNDING_S).all(), f"{leg}: a window starts {early.max()} s after the subject passed"
        assert (late <= ROUNDING_S).all(), f"{leg}: a window ends {late.max()} s before the subject passed"
        count += len(camera)
    return count


@pytest.mark.parametrize("name", PLACES)
def test_who_walks_the_streets_no_faster_than_the_top_speed_is_never_outside_a_window(name: str) -> None:
    streets, cameras = town_and_cameras(name)
    walkers, rng, passes = Walkers(streets, TOP_M_S), np.random.default_rng(7), 0
    for _ in range(WALKS_A_TOWN):
        track = walkers.wander(rng, edges=int(rng.integers(1, 14)))
        passes += assert_no_moment_is_outside(track, cameras, streets, rng)
    assert passes > 10 * WALKS_A_TOWN  # the walks do meet cameras


@pytest.mark.parametrize(
    "place", [*PLACES.values(), (89.999, 10.0), (-89.9995, -179.9999), (0.0, 180.0)], ids=lambda p: f"{p[0]},{p[1]}"
)
def test_who_walks_across_country_is_never_outside_a_window(place: tuple[float, float]) -> None:
    rng, passes = np.random.default_rng(8), 0
    for _ in range(400):
        track = roam(rng, place, top_m_s=TOP_M_S)
        cameras = beside(track, rng)
        passes += assert_no_moment_is_outside(track, cameras, None, rng)
    assert passes > 2000


def beside(track: Track, rng: np.random.Generator) -> list[Camera]:
    near = rng.integers(len(track.lat), size=6)
    lats, lons = destinations(track.lat[near], track.lon[near], rng.uniform(0, 360, 6), rng.uniform(0, 60, 6))
    return [
        a_camera(f"c-{k}", lat=float(lats[k]), lon=float(lons[k]), range_m=float(rng.uniform(5, 80))) for k in range(6)
    ]


@pytest.mark.parametrize("name", PLACES)
def test_no_camera_that_was_truly_passed_is_left_out_of_the_ranking(name: str) -> None:
    streets, cameras = town_and_cameras(name)
    walkers, rng = Walkers(streets, TOP_M_S), np.random.default_rng(9)
    for n in range(60):
        track = walkers.wander(rng, edges=int(rng.integers(1, 14)))
        at, seen = told(track, rng)
        now = moment(float(track.at_s[-1]) + 60.0)
        network = streets if n % 3 else None
        ranking = rank(cameras, seen, now=now, mode=Mode.WALK, streets=network)
        spans = {r.camera.id: [(r.start, r.end), *((w.start, w.end) for w in r.earlier)] for r in ranking.cameras}
        for camera, k in np.argwhere(track.passes(cameras)):
            if k < at[0]:  # nobody is asked about the time before the first sighting
                continue
            true_at, windows = moment(float(track.at_s[k])), spans.get(cameras[camera].id, [])
            assert any(start <= true_at <= end for start, end in windows), (cameras[camera].id, true_at, windows)


def test_a_walker_who_is_too_fast_can_be_outside_so_the_property_has_teeth() -> None:
    streets, cameras = town_and_cameras("Helsinki")
    walkers, rng = Walkers(streets, 1.3 * TOP_M_S), np.random.default_rng(7)

    def walk_on() -> None:
        for _ in range(WALKS_A_TOWN):
            track = walkers.wander(rng, edges=int(rng.integers(1, 14)))
            assert_no_moment_is_outside(track, cameras, streets, rng)

    with pytest.raises(AssertionError, match="a window"):
        walk_on()


def test_two_sightings_whose_order_is_in_doubt_exclude_neither_order() -> None:
    """Truly at A at noon, at B 100 s later; both are told as "half a minute to two past, give or take"."""
    start_s = NOON.timestamp()
    lat, lon = (float(v) for v in destinations(0.0, 0.0, 90.0, 150.0))
    first = a_sighting("a", lat=0.0, lon=0.0, radius_m=0.0, at=moment(start_s + 51), tolerance_s=52.0)
    second = a_sighting("b", lat=lat, lon=lon, radius_m=0.0, at=moment(start_s + 49), tolerance_s=52.0)
    beside_a = a_camera(lat=0.0, lon=0.0, range_m=5.0)
    (ranked,) = rank([beside_a], [first, second], now=moment(start_s + 51), mode=Mode.WALK).cameras
    assert ranked.start <= NOON <= ranked.end


def test_a_straight_walk_on_the_ellipsoid_is_not_outside_its_window() -> None:
    """A degree of latitude at the equator is 110,574 m on WGS 84 and 111,195 m on the sphere."""
    cameras = [a_camera(lat=1.0, lon=0.0, range_m=25.0)]
    seen = [a_sighting(lat=0.0, lon=0.0, radius_m=0.0)]
    (ranked,) = rank(cameras, seen, now=moment(NOON.timestamp() + 86_400), mode=Mode.WALK).cameras
    assert ranked.start <= moment(NOON.timestamp() + (110_574.3 - 25.0) / TOP_M_S)
