"""On the Footage page: what a search of all open cases would cover, how it goes, and what it gave."""

import pytest

from casework import gallery_search
from casework.gallery_parts import FOUND, PART, part_id
from data.models import Coverage, JobState
from data.store import Store
from tests.dashboard.test_job_line import keys, page, press, words
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_photo

BUTTON, START = "gallery_f-1", "gallery_start_f-1"


@pytest.fixture
def kept(page_store: Store) -> Store:
    """Footage of case-1; case-2 has a photo, case-3 has none."""
    with page_store.writing() as writing:
        for number in (1, 2, 3):
            writing.add_case(a_case(id=f"case-{number}", number=f"K-{number}"))
        writing.add(a_photo("p-2", case_id="case-2"))
        writing.put_camera(a_camera())
        writing.add(a_footage())
    return page_store


def test_it_is_asked_for_after_a_look_at_what_it_would_cover_and_says_what_it_found(kept: Store) -> None:
    opened = press(page(), BUTTON)
    told = "\n".join(element.value for element in (*opened.markdown, *opened.caption))
    assert "**1** other open case" in told
    assert "Not for others: 1 case: no usable reference photo." in told
    assert START in {button.key for button in opened.button}
    job = gallery_search.request_gallery(kept, "f-1", engine="open", by="Ann")  # as the dialog's button does
    opened = page()
    assert "The person of 1 other open case" in words(opened)
    assert {f"pause_{job.id}", f"first_{job.id}"} <= keys(opened)
    assert BUTTON not in keys(opened)
    part = a_job(part_id(job.id, "case-2"), kind=PART, case_id="case-2", state=JobState.DONE, candidates=2)
    with kept.writing() as writing:
        writing.add(part)
        done = {"state": JobState.DONE, "ended_at": NOON, "coverage": Coverage(100, packets_read=100)}
        writing.change(type(job), job.id, **done)
    opened = page()
    assert "searched" in words(opened)
    assert any("Case K-2: 2 candidates" in str(link.proto.label) for link in opened.get("page_link"))
    assert BUTTON in keys(opened)


def test_footage_that_another_cases_search_brought_says_so_and_can_be_searched_closer(kept: Store) -> None:
    with kept.writing() as writing:
        fields = {"case_id": "case-1", "state": JobState.DONE, "candidates": 1, "coverage": Coverage(100, 100)}
        writing.add(a_job("part-1", kind=PART, **fields))
        writing.audit(at=NOON, by="worker", action=FOUND, case_id="case-1", job="part-1", people=7)
        writing.add(a_photo())
    opened = page()
    assert "found by a search of all open cases · 1 candidate" in words(opened)
    assert "Search this footage for this person alone" in words(opened)
    assert "scan_f-1" in keys(opened)


def test_nobody_is_offered_it_who_sees_no_other_case(page_store: Store) -> None:
    with page_store.writing() as writing:
        writing.add_case(a_case())
        writing.put_camera(a_camera())
        writing.add(a_footage())
    assert BUTTON not in keys(page())
