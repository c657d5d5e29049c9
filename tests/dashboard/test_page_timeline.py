"""The time line page without a browser: what its picture is given, what its table says, and where a click leads."""

import json
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from casework import review
from casework.timeline import timeline
from dashboard import timeline_view
from dashboard.timeline_marks import FOOTAGE, in_order, lines, percent
from dashboard.timeline_table import html_of
from data.models import Coverage, Job, JobState, RequestState, Verdict
from data.store import Store
from tests.casework.made_requests import a_request
from tests.dashboard.test_pages import MAIN
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_sighting, a_track, an_account
from tests.fakes import SignedIn

EVIL = "</script><img src=x onerror=alert(1)>"
LATER = NOON + timedelta(hours=5)


@pytest.fixture
def kept(page_store: Store) -> Store:
    """A case with a sighting, a request, a searched footage with a hole, and a candidate that Aino has rejected."""
    with page_store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera(name=f"Kiosk {EVIL}"))
        writing.add(a_camera("cam-2", retention_days=2.0))
        writing.add(a_sighting(at=NOON, tolerance_s=300.0, source=EVIL))
        writing.add(a_request("r-2", camera_id="cam-2", state=RequestState.SENT))
        writing.add(a_footage(clock_uncertainty_s=20.0, original_name=EVIL))
        coverage = Coverage(9, unreadable_spans_s=((30.0, 45.0),))
        writing.add(a_job(state=JobState.DONE, seconds_total=180.0, coverage=coverage))
        writing.change(Job, "j-1", spans=[[0.0, 180.0]])
        for n in (1, 2):
            writing.put_track(a_track(f"t-{n}"))
            writing.add_match(a_match(f"m-{n}", track=a_track(f"t-{n}")))
    review.decide(page_store, "m-1", verdict=Verdict.REJECT, by="Aino", note=EVIL)
    return page_store


def told(store: Store) -> dict[str, Any]:
    line = timeline(store, a_case(), now=LATER)
    return timeline_view.told(line, a_case(), lines(line), *timeline_view.of_the_case(line))


def page(**address: str) -> AppTest:
    opened = AppTest.from_file(MAIN, default_timeout=20)
    for field, value in address.items():
        opened.query_params[field] = value
    opened.run()
    opened.switch_page("pages/timeline.py").run()
    assert not opened.exception, opened.exception
    return opened


def test_the_picture_is_given_times_and_states_of_everything(kept: Store) -> None:
    given = told(kept)
    kiosk, asked = given["rows"]
    noon = NOON.timestamp()
    assert [(m["kind"], m["look"]) for m in kiosk["marks"]] == [
        ("footage", "known"), ("candidate", "rejected"), ("candidate", "to_review"),
    ]  # fmt: skip
    footage = kiosk["marks"][0]
    assert [(looked, start - noon, end - noon) for looked, start, end in footage["parts"]] == [
        ("searched", 0, 30), ("unreadable", 30, 45), ("searched", 45, 180),
    ]  # fmt: skip
    assert footage["unsure"] == 20.0
    assert [(m["kind"], m["look"], m["at"] - noon) for m in asked["marks"]] == [
        ("request", "sent", 0), ("deadline", "sent", 2 * 86400),
    ]  # fmt: skip
    assert [(m["number"], m["at"] - noon, m["unsure"]) for m in given["sightings"]] == [(1, 0, 300.0)]
    assert [m["look"] for m in given["decisions"]] == ["reject"]
    assert kiosk["under"] == "searched 92 %, unreadable 8 %"
    json.dumps(given)


def test_a_colleague_s_blind_verdict_is_in_neither_picture_nor_table(kept: Store) -> None:
    review.decide(kept, "m-2", verdict=Verdict.CONFIRM, by="Bo", note="the scar, clearly")
    guarded = kept.guarded(SignedIn(an_account()))
    given = told(guarded)
    states = {mark["id"]: mark["look"] for row in given["rows"] for mark in row["marks"] if mark["kind"] == "candidate"}
    assert states["m-2"] == "to_review"
    line = timeline(guarded, a_case(), now=LATER)
    both = json.dumps(given) + html_of(in_order(line), a_case())
    assert "Bo" not in both
    assert "scar" not in both


def test_nothing_that_people_wrote_becomes_markup_in_the_table(kept: Store) -> None:
    made = html_of(in_order(timeline(kept, a_case(), now=LATER)), a_case())
    assert "<img" not in made
    assert made.count("&lt;img src=x") == 7, "the camera four times, a file, a source and a note"
    assert made.count("<tr>") == 1 + 7


def test_the_table_stands_in_order_of_time_and_every_line_leads_somewhere(kept: Store) -> None:
    marks = [mark for mark, _ in in_order(timeline(kept, a_case(), now=LATER))]
    assert [mark.at for mark in marks] == sorted(mark.at for mark in marks)
    made = html_of([(mark, "") for mark in marks], a_case())
    for address in ("/map?case=case-1", "/requests?case=case-1", "/footage?case=case-1&amp;camera=cam-1",
                    "/review?case=case-1&amp;match=m-2"):  # fmt: skip
        assert f'href="{address}"' in made


def test_the_page_shows_the_picture_and_a_case_without_times_says_what_to_do(kept: Store) -> None:
    with kept.writing() as writing:
        writing.add_case(a_case(id="case-2", number="2"))
    opened = page(case="case-1")
    assert opened.title[0].value.startswith("Time line")
    assert not opened.info
    empty = page(case="case-2")
    assert "Add where and when the person was last seen" in empty.info[0].value


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0 %"), (0.001, "1 %"), (0.5, "50 %"), (0.9999, "99 %"), (1.0, "100 %")]
)
def test_a_share_is_never_said_to_be_all_or_nothing_where_it_is_not(share: float, said: str) -> None:
    assert percent(share) == said


def test_only_marks_of_the_case_lead_anywhere(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr("streamlit.switch_page", lambda page, query_params: went.append((page, query_params)))
    monkeypatch.setattr("dashboard.session.choose", lambda name, value: None)
    marks = [mark for mark, _ in in_order(timeline(kept, a_case(), now=LATER))]
    for kind, of_id in (
        ("candidate", "m-2"),
        ("candidate", "of-another-case"),
        ("nonsense", "m-2"),
        (FOOTAGE, "cam-1"),
    ):
        timeline_view.go_to(a_case(), kind, of_id, marks)
    assert went == [
        ("pages/review.py", {"case": "case-1", "match": "m-2"}),
        ("pages/footage.py", {"case": "case-1", "camera": "cam-1"}),
    ]
