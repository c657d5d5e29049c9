from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import cos, hypot, radians

import cv2
import numpy as np
import pytest

from data.demo import DemoCase, demo_case
from data.demo_takes import TAKES, appearances, face_box_px
from data.errors import BadTime
from data.models import Sighting, SightingKind
from geo.ranking import rank

NOW = datetime(2026, 3, 2, 15, 10, 42, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo() -> DemoCase:
    return demo_case(NOW)


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot((a[0] - b[0]) * 111_320, (a[1] - b[1]) * 111_320 * cos(radians(a[0])))


def lines(demo: DemoCase) -> list[list[tuple[float, float]]]:
    return [[(lat, lon) for lon, lat in street["geometry"]["coordinates"]] for street in demo.streets["features"]]


def to_segment_m(place: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    parts = np.linspace(0, 1, 80)
    return min(metres(place, (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]))) for t in parts)


def to_streets_m(demo: DemoCase, place: tuple[float, float]) -> float:
    return min(to_segment_m(place, a, b) for line in lines(demo) for a, b in pairwise(line))


def test_the_demo_has_at_least_forty_cameras_with_owners_and_retention(demo: DemoCase) -> None:
    assert len(demo.cameras) >= 40
    assert len({camera.id for camera in demo.cameras}) == len(demo.cameras)
    assert len({camera.name for camera in demo.cameras}) == len(demo.cameras)
    assert all(camera.owner and "@" in camera.contact for camera in demo.cameras)
    assert all(3 <= (camera.retention_days or 0) <= 30 for camera in demo.cameras)


def test_the_cameras_vary_as_real_ones_do(demo: DemoCase) -> None:
    assert {camera.kind for camera in demo.cameras} == {"fixed", "dome", "ptz"}
    assert sum(not camera.headings_deg for camera in demo.cameras) >= 5
    assert any(len(camera.headings_deg) == 2 for camera in demo.cameras)
    assert any(camera.clock_offset_s == 180 for camera in demo.cameras)
    assert {camera.is_indoor for camera in demo.cameras} == {True, False, None}
    assert all(0 <= heading < 360 for camera in demo.cameras for heading in camera.headings_deg)


def test_every_invented_contact_is_at_an_address_that_cannot_exist(demo: DemoCase) -> None:
    assert all(".example" in camera.contact for camera in demo.cameras)
    assert all("invented" in camera.owner.lower() for camera in demo.cameras)


def test_she_was_last_seen_six_hours_before_the_demo_is_loaded(demo: DemoCase) -> None:
    times = [sighting.at for sighting in demo.sightings]
    assert times == sorted(times)
    assert timedelta(0) <= NOW - times[-1] - timedelta(hours=6) < timedelta(minutes=1)
    kinds = [sighting.kind for sighting in demo.sightings]
    assert kinds == [SightingKind.SEEN, SightingKind.CARD_PAYMENT, SightingKind.PHONE_FIX]


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(BadTime, match="now"):
        demo_case(NOW.replace(tzinfo=None))


def test_the_same_moment_gives_the_same_demo(demo: DemoCase) -> None:
    assert demo_case(NOW + timedelta(seconds=10)) == demo


def test_the_streets_are_one_connected_network_of_at_least_eighty_segments(demo: DemoCase) -> None:
    ways = [street["properties"]["nodes"] for street in demo.streets["features"]]
    segments = {frozenset(pair) for way in ways for pair in pairwise(way)}
    assert len(segments) >= 80
    reached, new = set(), {ways[0][0]}
    while new:
        reached |= new
        new = {node for segment in segments if segment & reached for node in segment} - reached
    assert reached == {node for way in ways for node in way}


def test_a_node_has_one_place_in_all_its_streets(demo: DemoCase) -> None:
    places: dict[int, tuple[float, float]] = {}
    for street, line in zip(demo.streets["features"], lines(demo), strict=True):
        assert len(street["properties"]["nodes"]) == len(line)
        for node, place in zip(street["properties"]["nodes"], line, strict=True):
            assert places.setdefault(node, place) == place


def test_cameras_and_sightings_lie_by_the_streets(demo: DemoCase) -> None:
    for thing in (*demo.cameras, *demo.sightings):
        assert to_streets_m(demo, (thing.lat, thing.lon)) < 35, thing


def test_her_true_way_is_walked_at_a_walking_pace_and_passes_every_sighting(demo: DemoCase) -> None:
    for (t0, *a), (t1, *b) in pairwise(demo.truth.path):
        assert metres((a[0], a[1]), (b[0], b[1])) / (t1 - t0).total_seconds() <= 1.6
    for sighting in demo.sightings:
        there = [
            place_at(demo, sighting.at + timedelta(seconds=s)) for s in (-sighting.tolerance_s, 0, sighting.tolerance_s)
        ]
        assert min(metres(place, (sighting.lat, sighting.lon)) for place in there) <= sighting.radius_m + 1


def place_at(demo: DemoCase, at: datetime) -> tuple[float, float]:
    seconds = [(time - NOW).total_seconds() for time, _, _ in demo.truth.path]
    lat, lon = (np.interp((at - NOW).total_seconds(), seconds, [p[i] for p in demo.truth.path]) for i in (1, 2))
    return float(lat), float(lon)


def test_she_is_before_each_camera_when_its_clip_shows_her(demo: DemoCase) -> None:
    cameras = {camera.id: camera for camera in demo.cameras}
    assert len(demo.truth.passages) == 3
    for passage in demo.truth.passages:
        camera = cameras[passage.camera_id]
        assert metres(place_at(demo, passage.from_at), (camera.lat, camera.lon)) <= (camera.range_m or 0)


def test_a_clip_starts_on_its_recorders_clock_and_is_not_yet_overwritten(demo: DemoCase) -> None:
    cameras = {camera.id: camera for camera in demo.cameras}
    shown = [clip for clip in demo.clips if clip.shows_subject]
    assert len(demo.clips) >= 4
    assert len(shown) >= 3
    for clip, passage in zip(shown, demo.truth.passages, strict=True):
        offset = timedelta(seconds=cameras[clip.camera_id].clock_offset_s)
        assert clip.started_at - offset + timedelta(seconds=clip.appearances[0][0]) == passage.from_at
        assert clip.started_at < NOW < clip.started_at + timedelta(days=cameras[clip.camera_id].retention_days or 0)
    assert any(cameras[clip.camera_id].clock_offset_s for clip in shown)


def test_the_appearances_told_are_those_that_the_clips_show(demo: DemoCase) -> None:
    for clip in demo.clips:
        spans = appearances(TAKES[clip.camera_id], clip.duration_s)
        assert np.allclose(np.array(spans), np.array(clip.appearances), atol=0.05)


def test_her_face_is_between_thirty_and_ninety_pixels_wide_while_she_is_seen(demo: DemoCase) -> None:
    for clip in demo.clips:
        take = TAKES[clip.camera_id]
        for walker in (walker for walker in take.walkers if walker.head == "subject"):
            for time_s in np.linspace(*clip.appearances[0], 20):
                box = face_box_px(take.scene, walker, float(time_s))
                assert box is not None
                assert 30 <= box[2] - box[0] <= 90


def test_cameras_that_made_clips_see_as_wide_as_their_clips_show(demo: DemoCase) -> None:
    cameras = {camera.id: camera for camera in demo.cameras}
    for clip in demo.clips:
        camera, scene = cameras[clip.camera_id], TAKES[clip.camera_id].scene
        assert (camera.width_px, camera.height_px) == (scene.width_px, scene.height_px)
        assert camera.fov_deg == pytest.approx(2 * np.degrees(np.arctan(scene.width_px / 2 / scene.focal_px)), abs=0.6)


def test_the_reference_photo_is_a_picture_of_head_and_shoulders(demo: DemoCase) -> None:
    (photo,) = demo.photos
    image = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (340, 340, 3)


def test_a_clip_without_appearances_does_not_show_her(demo: DemoCase) -> None:
    clip = demo.clips[0]
    assert clip.shows_subject
    assert not replace(clip, appearances=()).shows_subject


def test_each_clip_of_her_is_at_a_camera_near_the_top_once_the_one_before_is_confirmed(demo: DemoCase) -> None:
    cameras = {camera.id: camera for camera in demo.cameras}
    sightings = list(demo.sightings)
    orders = []
    for passage in demo.truth.passages:
        ranked = rank(demo.cameras, sightings, now=NOW, mode=demo.case.mode).cameras
        orders.append([place.camera.id for place in ranked])
        (found,) = [place for place in ranked[:10] if place.camera.id == passage.camera_id]
        assert found.start <= passage.from_at <= passage.to_at <= found.end
        there = cameras[passage.camera_id]
        kind = SightingKind.CONFIRMED_MATCH
        sightings.append(Sighting(passage.camera_id, demo.case.id, there.lat, there.lon, 20, passage.from_at, 2, kind))
    assert orders[0] != orders[1] != orders[2]
