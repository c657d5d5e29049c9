"""What a ranking does at the edges: little evidence, wrong evidence, odd places and odd clocks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from data.errors import BadTime
from data.models import Camera, Mode, Sighting
from geo.area import Circle, SearchArea
from geo.distance import destinations, distance_m
from geo.on_streets import field_of, seen_by
from geo.ranked import Examined, RankedCamera, Ranking, Window
from geo.ranking import rank
from geo.reasons import Facts, reasons_for
from geo.streets import StreetNetwork
from tests.factories import NOON, a_camera, a_sighting
from tests.geo.towns import cameras_in, grid_town, town

HOUR = timedelta(hours=1)
CORNER = (60.17, 24.94)


@cache
def helsinki() -> tuple[StreetNetwork, tuple[Camera, ...]]:
    streets = grid_town(*CORNER)
    return streets, tuple(cameras_in(streets, 40))


def at_junction(streets: StreetNetwork, k: int, minutes: float = 0.0, **fields: Any) -> Sighting:
    known = {"lat": float(streets.node_lat[k]), "lon": float(streets.node_lon[k]), "radius_m": 20.0}
    return a_sighting(f"s-{k}", **(known | {"at": NOON + timedelta(minutes=minutes)} | fields))


def east_of(place: tuple[float, float], away_m: float, bearing: float = 90.0) -> dict[str, Any]:
    lat, lon = destinations(*place, bearing, away_m)
    return {"lat": float(lat), "lon": float(lon)}


def walk_rank(cameras: Any, sightings: Any, *, now: datetime | None = None, **fields: Any) -> Ranking:
    last = max((s.at for s in sightings), default=NOON)
    return rank(cameras, sightings, now=now or last, **({"mode": Mode.WALK} | fields))


def ids(ranked: Any) -> list[str]:
    return [r.camera.id for r in ranked]


def only(ranking: Ranking, id: str) -> RankedCamera:
    (found,) = [r for r in ranking.cameras if r.camera.id == id]
    return found


@pytest.mark.parametrize("on_streets", [True, False])
def test_one_sighting_alone_ranks_what_has_been_in_reach_since(on_streets: bool) -> None:
    streets, cameras = helsinki()
    seen = at_junction(streets, 20)
    ranking = walk_rank(cameras, [seen], now=NOON + timedelta(minutes=3), streets=streets if on_streets else None)
    assert ranking.basis == ("streets" if on_streets else "haversine")
    assert ranking.cameras
    assert len(ranking.cameras) + ranking.out_of_reach == len(cameras)
    for ranked in ranking.cameras:
        assert distance_m((seen.lat, seen.lon), (ranked.camera.lat, ranked.camera.lon)) <= 20 + 60 + 1.9 * 180 + 5
        assert ranked.end == NOON + timedelta(minutes=3)


def test_a_single_sighting_made_just_now_is_no_silent_nothing() -> None:
    ranking = walk_rank([a_camera()], [a_sighting()], now=NOON)
    assert ranking.cameras or ranking.warnings


@pytest.mark.parametrize("on_streets", [True, False])
def test_sightings_that_contradict_each_other_say_the_speed_needed_and_still_rank(on_streets: bool) -> None:
    streets, cameras = helsinki()
    first, second = at_junction(streets, 0), at_junction(streets, streets.node_count - 1, minutes=1)
    ranking = walk_rank(cameras, [first, second], streets=streets if on_streets else None)
    (warning,) = ranking.warnings
    gap_m = distance_m((first.lat, first.lon), (second.lat, second.lon)) - 40
    assert "contradict" in warning
    assert float(warning.split(" m/s")[0].split()[-1]) >= round(gap_m / 60, 1) > 1.9
    assert "1.9 m/s" in warning
    assert ranking.cameras
    assert all(NOON <= r.start <= r.end <= NOON + timedelta(minutes=1) for r in ranking.cameras)


def test_two_places_at_one_moment_are_called_that_and_still_rank() -> None:
    far = a_sighting("s-2", **east_of((60.171, 24.941), 5000))
    ranking = walk_rank([a_camera()], [a_sighting(), far])
    assert "two places at once" in ranking.warnings[0]
    assert ids(ranking.cameras) == ["cam-1"]


def test_a_walk_that_is_just_possible_is_no_contradiction() -> None:
    later = a_sighting("s-2", **east_of((60.171, 24.941), 1.89 * 600 + 60), at=NOON + timedelta(minutes=10))
    assert walk_rank([a_camera()], [a_sighting(), later]).warnings == ()


@pytest.mark.parametrize("on_streets", [True, False])
def test_the_same_place_twice_ranks_what_can_be_reached_and_left_again(on_streets: bool) -> None:
    streets, cameras = helsinki()
    twice = [at_junction(streets, 20), at_junction(streets, 20, minutes=10)]
    ranking = walk_rank(cameras, twice, streets=streets if on_streets else None)
    assert ranking.warnings == ()
    assert ranking.cameras
    for ranked in ranking.cameras:
        assert ranked.distance_m <= 1.9 * 300 * 1.01
        assert ranked.start <= ranked.best_guess <= ranked.end
        assert ranked.start - NOON == pytest.approx(NOON + timedelta(minutes=10) - ranked.end, abs=timedelta(seconds=9))


def test_the_same_sighting_entered_twice_still_ranks() -> None:
    ranking = walk_rank([a_camera(lat=60.171, lon=24.941)], [a_sighting("s-1"), a_sighting("s-2")], now=NOON + HOUR)
    assert ids(ranking.cameras) == ["cam-1"]


@pytest.mark.parametrize("lat", [-16.8, 60.17])
def test_a_town_across_the_antimeridian_is_ranked_like_the_same_town_elsewhere(lat: float) -> None:
    windows = []
    for lon in (179.996, 10.0):
        streets = grid_town(lat, lon, seed=5)
        cameras = cameras_in(streets, 40, seed=5)
        ranking = walk_rank(cameras, [at_junction(streets, 1), at_junction(streets, 40, minutes=20)], streets=streets)
        windows.append({r.camera.id: (r.start, r.end) for r in ranking.cameras})
    across, elsewhere = windows
    assert len(across) > 5
    assert across.keys() == elsewhere.keys()
    for id, (start, end) in across.items():
        assert abs(start - elsewhere[id][0]) < timedelta(seconds=0.1)
        assert abs(end - elsewhere[id][1]) < timedelta(seconds=0.1)


@pytest.mark.parametrize("lat", [89.9995, -89.9995, 90.0])
def test_a_camera_beyond_the_pole_is_as_near_as_the_way_over_it(lat: float) -> None:
    camera = a_camera(lat=lat, lon=-150.0)
    seen = a_sighting(lat=lat, lon=30.0)
    (ranked,) = walk_rank([camera], [seen], now=NOON + HOUR).cameras
    over_m = 2 * (90 - abs(lat)) * 111_195.0
    assert ranked.distance_m == pytest.approx(max(0.0, over_m - 30 - 25), abs=0.1)


def test_streets_at_the_pole_are_walked_like_any_other() -> None:
    lats = np.full(6, 89.999)
    lons = np.array([-180.0, -120.0, -60.0, 0.0, 60.0, 120.0])
    ring = town([(0, 1, 2, 3, 4, 5, 0)], lats, lons)
    seen = [a_sighting(lat=89.999, lon=0.0), a_sighting("s-2", lat=89.999, lon=120.0, at=NOON + HOUR)]
    ranking = walk_rank([a_camera(lat=89.999, lon=60.0)], seen, streets=ring)
    assert ids(ranking.cameras) == ["cam-1"]
    assert ranking.warnings == ()


@pytest.mark.parametrize(
    ("first", "second", "fold"),
    [
        ("2026-03-29T02:50", "2026-03-29T04:10", 0),  # 20 minutes: the clocks go forward between
        ("2026-10-25T03:50", "2026-10-25T03:10", 1),  # 20 minutes: they go back
    ],
)
def test_a_daylight_saving_change_moves_no_window(first: str, second: str, fold: int) -> None:
    zone = ZoneInfo("Europe/Helsinki")
    at, then = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (first, second))
    local = [a_sighting(at=at), a_sighting("s-2", at=then.replace(fold=fold))]
    start = local[0].at
    utc = [a_sighting(at=start), a_sighting("s-2", at=start + timedelta(minutes=20))]
    ranking = walk_rank([a_camera()], local)
    assert ranking == walk_rank([a_camera()], utc)
    (ranked,) = ranking.cameras
    assert start <= ranked.start <= ranked.end <= start + timedelta(minutes=20)
    assert ranked.start.tzinfo is UTC


@pytest.mark.parametrize("off_m", [500.0, 50_000.0])
def test_a_sighting_off_the_network_is_said_and_still_ranks(off_m: float) -> None:
    streets, cameras = helsinki()
    off = a_sighting("s-9", **east_of(CORNER, off_m, bearing=270.0))
    ranking = walk_rank(cameras, [off], now=NOON + timedelta(hours=20), streets=streets)
    assert any("off the street network" in w or "far from the street network" in w for w in ranking.warnings)
    assert len(ranking.cameras) == len(cameras)


def test_an_island_of_streets_is_bounded_by_straight_lines_and_says_so() -> None:
    lats, lons = zip(*[tuple(east_of(CORNER, m).values()) for m in (0, 300, 400, 700)], strict=True)
    islands = town([(0, 1), (2, 3)], np.array(lats), np.array(lons))
    here, there = a_camera("here", **east_of(CORNER, 200)), a_camera("there", **east_of(CORNER, 500))
    seen = a_sighting(lat=lats[0], lon=lons[0])
    ranking = walk_rank([there, here], [seen], now=NOON + HOUR, streets=islands)
    assert ids(ranking.cameras) == ["here", "there"]
    told = only(ranking, "there")
    assert "no street that leads" in told.reasons[0]
    assert told.start - NOON <= timedelta(seconds=(500 - 30 - 25) / 1.9)


def test_two_sightings_on_two_islands_still_rank_what_lies_between() -> None:
    lats, lons = zip(*[tuple(east_of(CORNER, m).values()) for m in (0, 300, 400, 700)], strict=True)
    islands = town([(0, 1), (2, 3)], np.array(lats), np.array(lons))
    seen = [
        a_sighting(lat=lats[0], lon=lons[0]),
        a_sighting("s-2", lat=lats[3], lon=lons[3], at=NOON + timedelta(minutes=15)),
    ]
    ranking = walk_rank([a_camera(**east_of(CORNER, 350))], seen, streets=islands)
    assert ids(ranking.cameras) == ["cam-1"]


def test_an_area_without_a_camera_suggests_the_nearest_beyond_it() -> None:
    cameras = [a_camera(f"c-{m}", **east_of(CORNER, m)) for m in (900, 300, 600, 1200)]
    area = SearchArea((Circle(*CORNER, 100.0),))
    seen = a_sighting(lat=CORNER[0], lon=CORNER[1])
    ranking = walk_rank(cameras, [seen], now=NOON + HOUR, area=area)
    assert ranking.cameras == ()
    assert ids(ranking.nearest_beyond) == ["c-300", "c-600", "c-900"]
    assert ranking.outside_area == 4


def test_an_area_hides_cameras_and_changes_no_score() -> None:
    streets, cameras = helsinki()
    seen = [at_junction(streets, 20)]
    everywhere = walk_rank(cameras, seen, now=NOON + HOUR, streets=streets)
    area = SearchArea((Circle(seen[0].lat, seen[0].lon, 200.0),))
    inside = walk_rank(cameras, seen, now=NOON + HOUR, streets=streets, area=area)
    assert 0 < len(inside.cameras) < len(everywhere.cameras)
    assert [r for r in everywhere.cameras if r in inside.cameras] == list(inside.cameras)
    assert inside.outside_area == len(everywhere.cameras) - len(inside.cameras)
    assert inside.nearest_beyond == ()


def test_a_heading_of_0_and_one_of_360_rank_alike() -> None:
    streets, cameras = helsinki()
    seen = [at_junction(streets, 20), at_junction(streets, 44, minutes=15)]
    north, full_turn = (
        walk_rank([replace(c, headings_deg=(h,), fov_deg=90.0) for c in cameras], seen, streets=streets)
        for h in (0.0, 360.0)
    )
    assert ids(north.cameras) == ids(full_turn.cameras)
    assert [(r.start, r.end) for r in north.cameras] == [(r.start, r.end) for r in full_turn.cameras]


@pytest.mark.parametrize("on_streets", [True, False])
def test_a_radius_larger_than_the_city_excludes_nobody(on_streets: bool) -> None:
    streets, cameras = helsinki()
    seen = [at_junction(streets, 0, radius_m=50_000.0), at_junction(streets, 1, minutes=1, radius_m=50_000.0)]
    ranking = walk_rank(cameras, seen, streets=streets if on_streets else None)
    assert len(ranking.cameras) == len(cameras)
    assert {(r.start, r.end) for r in ranking.cameras} == {(NOON, NOON + timedelta(minutes=1))}


def test_without_sightings_nothing_is_ranked_and_that_is_said() -> None:
    ranking = walk_rank([a_camera()], [])
    assert ranking.cameras == ()
    assert "No sightings" in ranking.warnings[0]


def test_without_cameras_nothing_is_ranked_and_that_is_said() -> None:
    ranking = walk_rank([], [a_sighting()], now=NOON + HOUR)
    assert ranking.cameras == ()
    assert "No cameras" in ranking.warnings[0]


def test_withdrawn_sightings_do_not_count() -> None:
    wrong = a_sighting("s-2", lat=10.0, lon=10.0, withdrawn_at=NOON)
    kept = walk_rank([a_camera()], [a_sighting()], now=NOON + HOUR)
    assert walk_rank([a_camera()], [wrong, a_sighting()], now=NOON + HOUR) == kept


def test_a_sighting_in_the_future_is_questioned() -> None:
    ranking = walk_rank([a_camera()], [a_sighting()], now=NOON - HOUR)
    assert "future" in ranking.warnings[0]


def test_a_present_without_a_zone_is_refused() -> None:
    with pytest.raises(BadTime):
        walk_rank([a_camera()], [a_sighting()], now=datetime.fromisoformat("2026-03-02T13:00"))


def test_an_empty_network_is_no_network() -> None:
    ranking = walk_rank([a_camera()], [a_sighting()], now=NOON + HOUR, streets=StreetNetwork.empty())
    assert ranking.basis == "haversine"
    assert ids(ranking.cameras) == ["cam-1"]


def test_trains_keep_to_no_street_and_that_is_said() -> None:
    streets, cameras = helsinki()
    ranking = walk_rank(
        cameras, [at_junction(streets, 0)], now=NOON + HOUR, streets=streets, mode=Mode.PUBLIC_TRANSPORT
    )
    assert ranking.basis == "haversine"
    assert "straight lines" in ranking.warnings[0]


def test_the_same_input_gives_the_same_ranking_in_whatever_order_sightings_come() -> None:
    streets, cameras = helsinki()
    seen = [at_junction(streets, 3), at_junction(streets, 30, minutes=15), at_junction(streets, 44, minutes=25)]
    first = walk_rank(cameras, seen, now=NOON + HOUR, streets=streets)
    field_of.cache_clear()
    seen_by.cache_clear()
    assert walk_rank(cameras, seen[::-1], now=NOON + HOUR, streets=grid_town(*CORNER)) == first


def two_ways() -> tuple[StreetNetwork, list[Sighting], list[Camera]]:
    """From A to B by a northern or a southern way, equally long; two cameras at one northern corner, one southern."""
    xs, ys = np.array([0.0, 0.0, 400.0, 400.0, 400.0, 0.0]), np.array([0.0, 200.0, 200.0, 0.0, -200.0, -200.0])
    lats, lons = destinations(*CORNER, np.degrees(np.arctan2(xs, ys)), np.hypot(xs, ys))
    streets = town([(0, 1, 2, 3), (3, 4, 5, 0)], lats, lons)
    a = a_sighting("a", lat=float(lats[0]), lon=float(lons[0]), radius_m=5.0)
    b = a_sighting("b", lat=float(lats[3]), lon=float(lons[3]), radius_m=5.0, at=NOON + timedelta(minutes=11))
    north = east_of((float(lats[1]), float(lons[1])), 200)
    south = east_of((float(lats[5]), float(lons[5])), 200)
    cameras = [a_camera("north-1", **north), a_camera("north-2", **north), a_camera("south", **south)]
    return streets, [a, b], cameras


def test_the_second_camera_covers_the_other_way_rather_than_the_same_corner_again() -> None:
    streets, seen, cameras = two_ways()
    order = ids(walk_rank(cameras, seen, streets=streets).cameras)
    assert len(order) == 3
    assert "south" in order[:2]


def test_footage_examined_in_vain_lowers_its_camera_and_lifts_the_other_way() -> None:
    streets, seen, cameras = two_ways()
    before = walk_rank(cameras, seen, streets=streets)
    looked = [Examined(id, NOON - HOUR, NOON + HOUR, chance=0.95) for id in ("north-1", "north-2")]
    after = walk_rank(cameras, seen, streets=streets, examined=looked)
    assert ids(after.cameras)[0] == "south"
    assert only(after, "north-1").chance < only(before, "north-1").chance
    assert only(after, "south").chance > only(before, "south").chance
    assert any("examined" in reason for reason in only(after, "north-1").reasons)


def test_footage_examined_for_other_minutes_says_nothing_of_these() -> None:
    streets, seen, cameras = two_ways()
    before = walk_rank(cameras, seen, streets=streets)
    looked = [Examined("north-1", NOON - 3 * HOUR, NOON - 2 * HOUR), Examined("unknown", NOON, NOON + HOUR)]
    assert walk_rank(cameras, seen, streets=streets, examined=looked) == before


def test_footage_examined_in_vain_lowers_its_camera_without_streets_too() -> None:
    _, seen, cameras = two_ways()
    looked = [Examined("south", NOON - HOUR, NOON + HOUR, chance=0.95)]
    assert ids(walk_rank(cameras, seen, examined=looked).cameras)[-1] == "south"


@pytest.mark.parametrize(
    ("days_later", "words"),
    [(1.0, "overwritten on 5 March"), (3.02, "being overwritten now"), (9.0, "overwritten since 5 March")],
)
def test_reasons_tell_whether_the_recording_is_still_there(days_later: float, words: str) -> None:
    window = Window(NOON, NOON + HOUR, NOON)
    now = NOON + timedelta(days=days_later)
    facts = Facts(a_camera(retention_days=3), window, None, 0.0, on_street=False, is_open=False, now=now)
    assert any(words in reason for reason in reasons_for(facts))


def test_a_recording_is_overwritten_so_many_days_after_the_last_minute_of_its_window() -> None:
    (ranked,) = walk_rank([a_camera(retention_days=3)], [a_sighting()], now=NOON + HOUR).cameras
    assert ranked.overwritten_at == ranked.end + timedelta(days=3)
    (unknown,) = walk_rank([a_camera()], [a_sighting()], now=NOON + HOUR).cameras
    assert unknown.overwritten_at is None


def test_reasons_tell_the_window_in_the_recorders_own_clock_too() -> None:
    seen = [a_sighting(), a_sighting("s-2", at=NOON + timedelta(minutes=19))]
    camera = a_camera(lat=60.171, lon=24.941, clock_offset_s=180.0)
    (ranked,) = walk_rank([camera], seen).cameras
    assert any("12:00 to 12:19 UTC (recorder shows 12:03 to 12:22)" in reason for reason in ranked.reasons)
    assert ranked.recorder_start == ranked.start + timedelta(minutes=3)
    assert ranked.recorder_end == ranked.end + timedelta(minutes=3)
    assert ranked.recorder_best_guess == ranked.best_guess + timedelta(minutes=3)


def test_reasons_do_not_speak_of_a_clock_that_is_right() -> None:
    (ranked,) = walk_rank([a_camera()], [a_sighting()], now=NOON + HOUR).cameras
    assert not any("recorder shows" in reason for reason in ranked.reasons)


def test_reasons_tell_of_routes_and_of_an_unknown_heading() -> None:
    streets, seen, cameras = two_ways()
    told = only(walk_rank(cameras, seen, streets=streets), "south").reasons
    assert any("of 40 likely routes" in reason for reason in told)
    assert any("heading unknown" in reason for reason in told)


def test_a_camera_behind_the_walker_ranks_below_one_ahead() -> None:
    streets, _ = helsinki()
    middle = [at_junction(streets, 0), at_junction(streets, 27, minutes=8)]
    come, there = (middle[0].lat, middle[0].lon), (middle[1].lat, middle[1].lon)
    ahead = a_camera("ahead", lat=2 * there[0] - come[0], lon=2 * there[1] - come[1])
    behind = a_camera("behind", lat=come[0], lon=come[1])
    order = ids(walk_rank([behind, ahead], middle, now=NOON + HOUR).cameras)
    assert order == ["ahead", "behind"]


SIGHTINGS = st.lists(
    st.builds(
        lambda lat, lon, radius_m, minutes, tolerance_s: a_sighting(
            lat=lat, lon=lon, radius_m=radius_m, tolerance_s=tolerance_s, at=NOON + timedelta(minutes=minutes)
        ),
        st.floats(60.16, 60.19) | st.floats(-90, 90),
        st.floats(24.93, 24.96) | st.floats(-180, 180),
        st.floats(0, 1e5),
        st.floats(-600, 600),
        st.floats(0, 1e4),
    ),
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(
    sightings=SIGHTINGS,
    minutes=st.floats(-700, 2000),
    mode=st.sampled_from(Mode),
    on_streets=st.booleans(),
    speed=st.none() | st.floats(0.01, 100),
)
def test_whatever_was_seen_every_camera_is_ranked_in_order_or_counted(
    sightings: list[Sighting], minutes: float, mode: Mode, on_streets: bool, speed: float | None
) -> None:
    told = sorted(sightings, key=lambda s: s.at)
    # shorter legs than that overflow in time_density: the test below
    assume(all((b.at - a.at).total_seconds() > 1 + (a.tolerance_s + b.tolerance_s) / 300 for a, b in pairwise(told)))
    streets, cameras = helsinki()
    ranking = rank(
        cameras, sightings, now=NOON + timedelta(minutes=minutes), mode=mode, v_max_m_s=speed,
        streets=streets if on_streets else None,
    )  # fmt: skip
    scores = [r.score for r in ranking.cameras]
    assert all(later <= sooner * (1 + 1e-12) for sooner, later in pairwise(scores))
    assert all(0 < score <= 1 for score in scores)
    assert all(0 <= r.chance <= 1 + 1e-9 and r.start <= r.best_guess <= r.end and r.reasons for r in ranking.cameras)
    assert len(set(ids(ranking.cameras))) == len(ranking.cameras)
    if ranking.cameras:
        assert len(ranking.cameras) + ranking.out_of_reach == len(cameras)


def test_two_sightings_at_one_moment_with_much_doubt_are_ranked_without_a_warning() -> None:
    streets, cameras = helsinki()
    twice = [at_junction(streets, 20), at_junction(streets, 21, tolerance_s=400.0)]
    assert walk_rank(cameras, twice, streets=streets).cameras
