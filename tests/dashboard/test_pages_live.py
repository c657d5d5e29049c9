"""Cameras that are watched live, as their page turns them on and off and tells what they show."""

from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from casework import live
from data import leases, live_rows
from data.live_models import LiveGap, LiveState
from data.models import Area, Beat, Job, JobState, utc_now
from data.store import Store
from tests.dashboard.test_pages import CASE, home, page, press, words  # noqa: F401
from tests.dashboard.test_pages import kept as with_case  # noqa: F401
from tests.factories import a_photo

ADDRESS = "rtsp://ann:s3cret@203.0.113.7/gate"


@pytest.fixture
def kept(with_case: Store, monkeypatch: pytest.MonkeyPatch) -> Store:  # noqa: F811
    monkeypatch.setenv("LASTSEEN_ALLOWED_NETWORKS", "203.0.113.0/24")
    return with_case


def ready(store: Store) -> str:
    """A drawn area around the first camera and a usable photo; the camera's id."""
    camera = store.cameras()[0]
    point = {"type": "Point", "coordinates": [camera.lon, camera.lat]}
    with store.writing() as writing:
        writing.put_area(Area(CASE, ({"type": "Feature", "geometry": point, "properties": {"radius": 90.0}},)))
        if not any(photo.is_usable for photo in store.photos(CASE)):
            writing.add(a_photo("p-live", box_px=(0.0, 0.0, 9.0, 9.0)))
    return camera.id


def fill(opened: AppTest, camera_id: str) -> None:
    opened.selectbox(key=next(b.key for b in opened.selectbox if b.label == "Camera")).set_value(camera_id)
    next(field for field in opened.text_input if field.label == "Its address").set_value(ADDRESS)


def test_without_an_area_the_page_says_what_is_missing(kept: Store) -> None:
    opened = page("live", case=CASE)
    assert "No camera can be watched:" in words(opened)
    assert "No camera has been watched for this case." in words(opened)


def test_a_camera_is_turned_on_with_a_tick_for_the_authority_and_turned_off(kept: Store) -> None:
    camera_id = ready(kept)
    opened = page("live", case=CASE)
    fill(opened, camera_id)
    press(opened, "Turn on")
    assert "tick that it covers this" in words(opened)
    assert live.watched(kept, CASE) == []
    next(box for box in opened.checkbox if "covers watching" in box.label).check()
    press(opened, "Turn on")
    assert "A worker begins to watch this camera." in words(opened)
    (one,) = live.watched(kept, CASE)
    assert one.watch.camera_id == camera_id
    assert "no worker watches it yet" in words(opened)
    assert "rtsp://203.0.113.7/gate" in words(opened)
    assert "s3cret" not in str(opened._tree), "nor does a field still hold it"
    press(opened, "Turn off")
    assert "This camera is not watched any more." in words(opened)
    assert "turned off" in words(opened)


def test_what_a_camera_shows_and_its_gaps_are_told(kept: Store) -> None:
    camera_id = ready(kept)
    now = utc_now()
    with kept.writing() as writing:
        job = Job("watch-1", "live", CASE, camera_id, "fake", JobState.RUNNING, now, started_at=now, lease_run="run")
        writing.add(job)
        watch = live.LiveWatch(job.id, CASE, camera_id, "rtsp://gate/*x*", now, now + timedelta(hours=1))
        told = replace(watch, state=LiveState.DEAD, state_since=now, why="it sends nothing", rate=2.0, looks=7, faces=3)
        live_rows.add_watch(writing, replace(told, last_picture_at=now, width_px=640, height_px=480), sealed="x")
        live_rows.put_gap(writing, LiveGap("gap-1", job.id, CASE, LiveState.DEAD, now - timedelta(seconds=50), now))
    leases.beat(kept, Beat("w", "run", "here", 1, now, now, ("cpu",), "1", True), is_first=True)
    opened = page("live", case=CASE)
    shown = words(opened)
    assert "dead: no picture for 20 seconds or more" in shown
    assert "it sends nothing" in shown
    assert "2.0 pictures a second (slow)" in shown
    assert "640 × 480 pixels" in shown
    assert any(r"gate/\*x\*" in line.value for line in opened.caption), opened.caption
    assert opened.dataframe[0].value["What it was"].to_list() == ["no picture"]
