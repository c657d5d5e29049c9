"""What pages left open follow, what they tell, and that they pass for nobody's work."""

from dataclasses import replace

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from casework.pulse import Pulse, pulse
from dashboard.live import FOLLOWS, is_by_hand
from dashboard.live_news import between
from data.models import JobState, Review, Verdict
from data.store import Store
from tests.casework.reviewing import Reader
from tests.factories import NOON, a_job


def message(*widgets: tuple[str, str], by_itself: bool = False) -> bytes:
    asked = BackMsg()
    asked.rerun_script.is_auto_rerun = by_itself
    for id, value in widgets:
        state = asked.rerun_script.widget_states.widgets.add()
        state.id, state.json_trigger_value = id, value
    return bytes(asked.SerializeToString())


def test_what_a_page_left_open_asks_for_is_nobodys_work() -> None:
    own = "$$STREAMLIT_INTERNAL_KEY_$$ID-0a1b-lastseen-live__events"
    assert is_by_hand(message())
    assert is_by_hand(message(("$$STREAMLIT_INTERNAL_KEY_$$ID-0a1b-upload-footage__events", "[1]")))
    assert not is_by_hand(message((own, '[{"event":"changed"}]')))
    assert not is_by_hand(message((own.replace("live__", "live-job-j-1__"), "[1]")))
    assert not is_by_hand(message(by_itself=True))
    assert not is_by_hand(b"\xff\xff no message at all")
    assert not is_by_hand(BackMsg(app_heartbeat=True).SerializeToString())


def test_pages_follow_parts_that_have_a_mark(store_with_match: Store) -> None:
    marks = pulse(store_with_match.guarded(Reader("Ann")), "case-1").marks
    for page, follows in FOLLOWS.items():
        assert page == "" or set(follows) <= marks.keys()


@pytest.fixture
def before(store_with_match: Store) -> Pulse:
    return pulse(store_with_match.guarded(Reader("Ann")), "case-1")


def told(before: Pulse, now: Pulse, *, is_by_itself: bool = True) -> list[str]:
    return [one.words for one in between(before, now, reader="Ann", is_by_itself=is_by_itself)]


def test_new_candidates_are_told_of_once(before: Pulse) -> None:
    more = frozenset({"m-2", "m-3"})
    now = replace(before, candidates=before.candidates | more, to_review=before.to_review | more)
    assert told(before, now) == ["2 new candidates to review."]
    assert told(now, now) == []
    assert told(replace(now, to_review=frozenset()), now) == [], "one that comes back is not new"


def test_a_search_that_ends_is_told_of_with_what_it_found(before: Pulse) -> None:
    def ended(state: JobState, found: int) -> Pulse:
        return replace(before, jobs={"j-1": a_job(state=state, candidates=found)})

    assert told(before, ended(JobState.DONE, 0)) == ["clip.mp4 is searched: no candidate."]
    assert told(before, ended(JobState.DONE, 1)) == ["clip.mp4 is searched: 1 candidate."]
    assert told(before, ended(JobState.FAILED, 1)) == ["The search of clip.mp4 did not finish."]
    assert told(before, ended(JobState.CANCELLED, 1)) == []
    assert told(ended(JobState.DONE, 1), ended(JobState.DONE, 1)) == []


def test_a_colleagues_decision_is_told_of_and_ones_own_is_not(before: Pulse) -> None:
    def said(by: str, verdict: Verdict, *ids: str) -> Pulse:
        return replace(before, verdicts={id: Review(id, "m-1", verdict, by, "", NOON) for id in ids})

    assert told(before, said("Ben", Verdict.CONFIRM, "r-1")) == ["Ben confirmed a candidate."]
    assert told(before, said("Ben", Verdict.REJECT, "r-1", "r-2")) == ["Ben rejected 2 candidates."]
    assert told(before, said("Ann", Verdict.REJECT, "r-1")) == []


def test_what_somebody_added_in_this_very_tab_is_no_news_to_them(before: Pulse) -> None:
    now = replace(before, sightings=before.sightings | {"s-9"}, requests={"r-1": "sent"})
    assert told(before, now) == ["1 new sighting on the map.", "1 request has moved on."]
    assert told(before, now, is_by_itself=False) == []
