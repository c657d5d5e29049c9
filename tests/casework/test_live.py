"""A camera is watched live under the case's authority, and what it shows is told as what it is."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from casework import cases, governance, jobs, live, live_feed, live_health
from casework.addresses import parsed_networks
from casework.footage import true_time
from casework.live_address import judged, parsed
from casework.live_duty import LiveDuty
from casework.live_watch import LiveDuties, watch_live
from casework.scanning import Workshop
from casework.uses import uses
from data import leases, live_rows, schema
from data.errors import BadInput, BadTime, Conflict, NotGoverned, NotReachable
from data.live_models import LiveState, LiveWatch
from data.models import Area, Beat, JobState, utc_now
from data.store import Store
from recognition.faces import Image
from tests.casework.cameras_live import MjpegCamera, Publisher, RtspCamera
from tests.casework.scans import add_photo
from tests.factories import NOON
from tests.recognition.clips import GREEN, RED, grey, walking

HERE = parsed_networks("127.0.0.0/8")
FAST = LiveDuties(0.2, 4, HERE, governed_every_s=0.3, tell_every_s=0.2, frozen_after_s=1.0)


def empty() -> Iterator[Image]:
    return (grey(seed=n) for n in range(60))


def passing() -> Iterator[Image]:
    """Somebody in green walks by, then the person sought, then nobody."""
    return chain(walking(12, colours=(GREEN,), step=12.0), walking(24, step=8.0), empty())


@pytest.fixture
def governed(workshop: Workshop, case_id: str, tmp_path: Path) -> str:
    """A case that may have its camera watched."""
    camera = workshop.store.camera("cam-1")
    draw(workshop.store, case_id, camera.lat, camera.lon)
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    return case_id


def draw(store: Store, case_id: str, lat: float, lon: float, radius_m: float = 500.0) -> None:

    point = {"type": "Point", "coordinates": [lon, lat]}
    feature: dict[str, object] = {"type": "Feature", "geometry": point, "properties": {"radius": radius_m}}
    with store.writing() as writing:
        writing.put_area(Area(case_id, (feature,)))


def turned_on(store: Store, case_id: str, address: str, **changes: object) -> LiveWatch:
    known = {"camera_id": "cam-1", "ends_at": utc_now() + timedelta(hours=1), "engine": "fake", "by": "Sam"}
    return live.turn_on(store, case_id, address=address, allowed=HERE, **(known | changes))  # type: ignore[arg-type]


@contextmanager
def on_duty(workshop: Workshop, name: str = "w", duties: LiveDuties = FAST) -> Iterator[threading.Event]:
    """A worker that does nothing but watch; the event ends it."""
    run, stop = f"run of {name}", threading.Event()
    now = utc_now()
    beat = Beat(name, run, "here", 1, now, now, ("cpu",), "1", True)
    leases.beat(workshop.store, beat, is_first=True)
    duty = LiveDuty(workshop, run, ("cpu",), duties, stop)

    def claims() -> None:
        while not stop.wait(0.05):
            duty.claim()

    thread = threading.Thread(target=claims)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()
        duty.end()
        leases.leave(workshop.store, run)


def wait_until(is_so: Callable[[], object], *, seconds: float = 12.0) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come to that in time"
        time.sleep(0.05)


def state(workshop: Workshop, case_id: str) -> LiveState:
    return live.watched(workshop.store, case_id)[0].state


@contextmanager
def playing(camera: Publisher) -> Iterator[Publisher]:
    try:
        yield camera
    finally:
        camera.close()


@pytest.mark.parametrize("kind", [RtspCamera, MjpegCamera])
def test_who_passes_is_reported_once_with_time_and_place(
    workshop: Workshop, governed: str, kind: type[Publisher]
) -> None:
    store = workshop.store
    with playing(kind(passing, rate=20.0, user="ann", password="s3cret-w0rd")) as camera:
        began = utc_now()
        turned_on(store, governed, camera.url)  # type: ignore[attr-defined]
        with on_duty(workshop):
            wait_until(lambda: store.matches(governed))
            found = utc_now()
            wait_until(lambda: utc_now() - found > timedelta(seconds=1))
        (match,) = store.matches(governed)
        footage = store.footage(match.footage_id)
        assert began < true_time(footage, match.track.best_s) < found
        assert (footage.camera_id, match.track.shots) == ("cam-1", 3)
        assert store.files.has(match.track.crop_sha256 or "")
        assert "s3cret" not in str(
            [*store.audit_entries(governed), live.watched(store, governed), uses(store, governed)]
        )
        assert camera.refused == 1


def test_what_a_camera_shows_is_told_as_what_it_is(
    workshop: Workshop, governed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_health, "STALLED_AFTER_S", 0.6)
    monkeypatch.setattr(live_health, "DEAD_AFTER_S", 1.5)
    monkeypatch.setattr(live_health, "BLACK_AFTER_S", 0.4)
    monkeypatch.setattr(live_feed, "BACK_OFF_S", (0.2,))
    with playing(RtspCamera(empty)) as camera:
        turned_on(workshop.store, governed, camera.url)  # type: ignore[attr-defined]
        assert state(workshop, governed) is LiveState.WAITING
        with on_duty(workshop):

            def comes_to(wanted: LiveState) -> None:
                wait_until(lambda: state(workshop, governed) is wanted)

            comes_to(LiveState.WATCHING)
            camera.mood = "stalls"
            comes_to(LiveState.STALLED)
            comes_to(LiveState.DEAD)
            camera.mood = "plays"
            comes_to(LiveState.WATCHING)
            camera.mood = "black"
            comes_to(LiveState.BLACK)
            camera.mood = "plays"
            comes_to(LiveState.WATCHING)
            camera.mood = "freezes"
            comes_to(LiveState.FROZEN)
            camera.mood, camera.rate = "plays", 2.0
            comes_to(LiveState.WATCHING)
            camera.close()
            comes_to(LiveState.DISCONNECTED)
            live.turn_off(workshop.store, live.watched(workshop.store, governed)[0].job.id, by="Ann")
        (one,) = live.watched(workshop.store, governed)
        kinds = [gap.state for gap in one.gaps]
        assert kinds[-4:] == [LiveState.DEAD, LiveState.BLACK, LiveState.FROZEN, LiveState.DISCONNECTED]
        assert all(gap.to_at is not None and gap.from_at < gap.to_at for gap in one.gaps)
        assert all(before.to_at <= after.from_at for before, after in pairwise(one.gaps) if before.to_at)
        assert "ended the connection" in one.gaps[-1].why or "Connection refused" in one.gaps[-1].why


def test_closing_the_case_ends_the_watch_and_forgets_its_address(workshop: Workshop, governed: str) -> None:
    with playing(MjpegCamera(empty)) as camera:
        watch = turned_on(workshop.store, governed, camera.url)  # type: ignore[attr-defined]
        assert live_rows.sealed_address(workshop.store, watch.job_id)
        with on_duty(workshop):
            wait_until(lambda: state(workshop, governed) is LiveState.WATCHING)
            governance.close_case(workshop.store, governed, reason="found", by="Sam")
            wait_until(lambda: workshop.store.job(watch.job_id).state is JobState.DONE)
    (one,) = live.watched(workshop.store, governed)
    assert (one.job.note, one.is_on) == ("the case was closed", False)
    assert not live_rows.sealed_address(workshop.store, watch.job_id)
    assert [use.ending for use in uses(workshop.store, governed) if use.kind == "live"] == ["the case was closed"]


def test_another_worker_takes_a_watch_over_and_the_time_between_is_a_gap(workshop: Workshop, governed: str) -> None:
    store = workshop.store
    with playing(MjpegCamera(empty)) as camera:
        turned_on(store, governed, camera.url)  # type: ignore[attr-defined]
        with on_duty(workshop, "first"):
            wait_until(lambda: state(workshop, governed) is LiveState.WATCHING)
            with store.writing() as writing:  # as if it had been killed: it is heard of no more
                writing.connection.execute(sa.delete(schema.workers))
            assert state(workshop, governed) is LiveState.WAITING
            with on_duty(workshop, "second"):
                wait_until(lambda: state(workshop, governed) is LiveState.WATCHING)
        (one,) = live.watched(store, governed)
        assert [gap.why for gap in one.gaps if gap.state is LiveState.WAITING or gap.why] == ["no worker watched"]
        assert len([use for use in uses(store, governed) if use.kind == "live"]) == 1


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("its time was over", {"ends_at": NOON}),
        (None, {}),
    ],
)
def test_a_watch_goes_on_only_within_its_time(
    workshop: Workshop, governed: str, why: str | None, change: dict[str, datetime]
) -> None:
    watch = replace(turned_on(workshop.store, governed, "/dev/video0"), **change)  # type: ignore[arg-type]
    assert live.why_over(workshop.store, governed, watch, utc_now()) == why


def test_a_watch_ends_with_the_authority_and_where_the_area_leaves_it_out(workshop: Workshop, governed: str) -> None:
    store = workshop.store
    watch = turned_on(store, governed, "/dev/video0")
    ends = store.case(governed).expires_at
    assert ends is not None
    late = ends + timedelta(seconds=1)
    later = replace(watch, ends_at=late + timedelta(days=1))
    assert live.why_over(store, governed, later, late) == "the case's authority ended"
    draw(store, governed, 10.0, 10.0)
    assert "area" in str(live.why_over(store, governed, watch, utc_now()))


def test_nothing_is_watched_without_authority_area_photo_and_an_end(
    workshop: Workshop, store: Store, case_id: str, tmp_path: Path
) -> None:
    camera, url = store.camera("cam-1"), "rtsp://127.0.0.1/gate"
    with pytest.raises(NotGoverned, match="no search area is drawn"):
        turned_on(store, case_id, url)
    draw(store, case_id, 10.0, 10.0)
    with pytest.raises(NotGoverned, match="outside the case's search area"):
        turned_on(store, case_id, url)
    assert live.cameras_to_watch(store, case_id) == []
    draw(store, case_id, camera.lat, camera.lon)
    assert live.cameras_to_watch(store, case_id) == [camera]
    with pytest.raises(BadInput, match="no usable photo"):
        turned_on(store, case_id, url)
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    with pytest.raises(BadTime, match="has passed"):
        turned_on(store, case_id, url, ends_at=utc_now() - timedelta(minutes=1))
    with pytest.raises(BadTime, match="at most until"):
        turned_on(store, case_id, url, ends_at=utc_now() + timedelta(days=15))
    turned_on(store, case_id, url)
    with pytest.raises(Conflict, match="watched for this case already"):
        turned_on(store, case_id, url)
    other = cases.open_case(store, number="2", name="Eino", by="Ann").id
    with pytest.raises(NotGoverned, match="legal basis"):
        turned_on(store, other, url)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("rtsp://192.168.7.7/gate", "a private address"),
        ("http://169.254.169.254/latest", "where clouds keep their keys"),
        ("file:///etc/passwd", "begins with none of"),
        ("/dev/sda", "is given as /dev/video0"),
        ("rtsp://a%22nn:word@127.0.0.1/", "name or password"),
        ("rtsp://127.0.0.1/a b", "a character that belongs in none"),
        ("gate", "begins with none of"),
    ],
)
def test_an_address_that_leads_elsewhere_is_refused(address: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        judged(parsed(address), allowed=HERE)


def test_a_restored_backup_begins_to_watch_nobody(workshop: Workshop, governed: str) -> None:
    watch = turned_on(workshop.store, governed, "rtsp://127.0.0.1/gate")
    with workshop.store.writing() as writing:
        live_rows.not_watched_after_restore(writing.connection, utc_now())
    (one,) = live.watched(workshop.store, governed)
    assert (one.is_on, one.job.note) == (False, "it was watched when the backup was made")
    assert not live_rows.sealed_address(workshop.store, watch.job_id)


def test_a_watch_is_turned_off_and_not_paused_or_cancelled(workshop: Workshop, governed: str) -> None:
    watch = turned_on(workshop.store, governed, "rtsp://127.0.0.1/gate")
    for verb in (jobs.pause, jobs.cancel):
        with pytest.raises(Conflict, match="end it on the page where it was begun"):
            verb(workshop.store, watch.job_id, by="Ann")
    live.turn_off(workshop.store, watch.job_id, by="Ann")
    with pytest.raises(Conflict, match="not watched any more"):
        live.turn_off(workshop.store, watch.job_id, by="Ann")


def test_without_the_key_that_sealed_it_a_watch_waits_and_says_so(workshop: Workshop, governed: str) -> None:
    watch = turned_on(workshop.store, governed, "rtsp://127.0.0.1/gate")
    (workshop.store.database.home / "keys" / "seals.key").write_bytes(Fernet.generate_key())
    lease = leases.claim(workshop.store, "run", kind="live", queues=["cpu"])
    assert lease is not None
    with pytest.raises(NotReachable, match="copy its keys/seals.key here"):
        watch_live(workshop.under(lease), lease, FAST, is_stopping=lambda _: True)
    assert live.watched(workshop.store, governed)[0].watch == watch
