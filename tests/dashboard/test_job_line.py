"""The line of a job: what it says, and what its buttons do."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from casework.jobs import left_s
from dashboard import session
from data import leases
from data.models import Beat, Coverage, Job, JobState
from data.store import Store
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_photo

MAIN = Path(__file__).resolve().parents[2] / "dashboard" / "main.py"
CASE = "case-1"


@pytest.fixture
def kept(page_store: Store) -> Store:
    """The store of the pages: a case with a photo, and footage that a search is asked for."""
    store = page_store
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.put_camera(a_camera())
        writing.add(a_photo())
        writing.add(a_footage())
        writing.add(a_job())
    return store


def page() -> AppTest:
    opened = AppTest.from_file(MAIN, default_timeout=20)
    opened.query_params["case"] = CASE
    opened.run()
    opened.switch_page("pages/footage.py").run()
    assert not opened.exception, opened.exception
    return opened


def words(opened: AppTest) -> str:
    main = opened.main
    kinds = (main.markdown, main.info, main.warning, main.error, main.success, main.caption)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def press(opened: AppTest, key: str) -> AppTest:
    opened.button(key=key).click().run()
    assert not opened.exception
    return opened


def keys(opened: AppTest) -> set[Any]:
    return {button.key for button in opened.button}


def running(store: Store, **fields: Any) -> None:
    known = {"state": JobState.RUNNING, "started_at": NOON, "segments_total": 60, "seconds_total": 3600.0}
    with store.writing() as writing:
        writing.change(Job, "j-1", **(known | fields))


def test_the_time_left_is_told_from_the_measured_speed_only() -> None:
    assert left_s(a_job(seconds_total=3600.0)) is None
    assert left_s(a_job(seconds_total=3600.0, seconds_done=1200.0, worked_s=60.0)) == 120.0


def test_a_search_under_way_tells_segments_faces_and_the_time_left(kept: Store) -> None:
    running(kept, segments_done=20, seconds_done=1200.0, worked_s=60.0, faces_seen=5)
    (bar,) = page().get("progress")
    assert bar.proto.text == (
        "searched 20:00.0 of 1:00:00.0 · 5 faces seen · 0 candidates · 20 of 60 segments · about 2 min left"
    )


def test_a_search_can_be_paused_and_goes_on_when_it_is_resumed(kept: Store) -> None:
    running(kept, segments_done=20, seconds_done=1200.0, worked_s=60.0)
    opened = press(page(), "pause_j-1")
    assert kept.job("j-1").state is JobState.PAUSED
    (bar,) = opened.get("progress")
    assert ":material/pause_circle: paused · searched 20:00.0" in bar.proto.text
    press(opened, "resume_j-1")
    assert kept.job("j-1").state is JobState.QUEUED
    assert [e.action for e in kept.audit_entries(CASE)] == ["case looked at", "scan paused", "scan resumed"]
    assert {e.by for e in kept.audit_entries(CASE)} == {"Aino"}


def test_a_search_is_cancelled_only_by_a_second_button_that_says_what_happens(kept: Store) -> None:
    opened = page()
    assert "Candidates found so far stay. The rest of the footage is not searched." in words(opened)
    press(opened, "cancel_j-1")
    assert kept.job("j-1").state is JobState.CANCELLED
    assert "cancelled. Candidates found before stay (0)." in words(opened)


def test_a_search_that_waits_can_be_put_first(kept: Store) -> None:
    with kept.writing() as writing:
        writing.change(Job, "j-1", priority=0)
        writing.add(a_job("j-2", of_id="f-2", priority=4))
    press(page(), "first_j-1")
    assert kept.job("j-1").priority == 5


def test_nobody_stops_a_search_after_the_session_has_ended(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = page()
    monkeypatch.setattr(session, "_signed_in", lambda: None)
    assert "You are not signed in" in words(press(opened, "pause_j-1"))
    assert kept.job("j-1").state is JobState.QUEUED


def test_a_search_is_tried_again_with_a_reason(kept: Store) -> None:
    running(kept, state=JobState.FAILED, error="no pack `none`", segments_done=3)
    opened = press(page(), "retry_button_j-1")
    assert "say in a few words why" in words(opened)
    opened.text_input(key="retry_reason_j-1").set_value("the pack is installed now")
    press(opened, "retry_button_j-1")
    job = kept.job("j-1")
    assert (job.state, job.segments_done, job.error) == (JobState.QUEUED, 0, None)
    assert kept.audit_entries(CASE)[-1].details["reason"] == "the pack is installed now"
    assert "Tried again: the pack is installed now" in words(opened)


def test_a_part_left_out_after_crashes_is_named_and_not_called_damaged(kept: Store) -> None:
    coverage = Coverage(100, frames_decoded=50, unreadable_spans_s=((60.0, 120.0),))
    running(kept, state=JobState.DONE, given_up=[(60.0, 120.0, "was killed for memory")], coverage=coverage)
    opened = page()
    said = words(opened)
    assert "Left out after repeated crashes: 1:00.0 to 2:00.0 (was killed for memory)" in said
    assert "damaged packets" not in said
    assert "retry_button_j-1" in keys(opened)


def test_what_a_worker_cannot_do_now_is_said_on_the_job(kept: Store) -> None:
    with kept.writing() as writing:
        writing.change(Job, "j-1", note="worker a-1: the folder /mnt/evidence is not on this machine")
    assert "is not on this machine" in words(page())


def test_a_search_that_waits_tells_whether_any_worker_runs(kept: Store) -> None:
    assert "waiting for a worker; none is running (start one: make worker)" in words(page())
    leases.beat(kept, Beat("w", "run", "host", 1, NOON, NOON, ("cpu",), "2", True), is_first=True)
    assert "waiting for its turn" in words(page())
