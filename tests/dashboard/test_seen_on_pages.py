"""What a search could not see stands beside every result on the pages; damaged footage is never just "searched"."""

import pytest

from data.models import Coverage, JobState, MatchState, SightingKind
from data.schema import jobs
from data.store import Store
from tests.dashboard.test_pages import CASE, page, words
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_photo, a_sighting

DAMAGED = Coverage(2250, 2100, 12, 2050, 800, 7, ((20.0, 30.0),), frames_estimated=40)
SOUND = Coverage(100, 100, 0, 100, 50, frames_estimated=0)
COUNTS = "The file claims 2,250 frames; 2,100 packets were read, 2,050 frames decoded, 800 examined."
MISSING = "Part of this footage could not be read (0:20.0 to 0:30.0); 12 damaged packets."


@pytest.fixture
def kept(page_store: Store) -> Store:
    """A case with footage that was searched, a candidate of it, and the sighting that another one became."""
    store = page_store
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.put_camera(a_camera())
        writing.add(a_photo())
        writing.add(a_footage())
        writing.add(a_job(state=JobState.DONE, coverage=DAMAGED, seconds_total=90.0))
        writing.connection.execute(jobs.update().values(spans=[[0, 90]]))
        writing.put_segment("j-1", 0, {"tracks": [], "coverage": {"unreadable_spans_s": [[20, 30]]}}, 90.0)
        writing.put_track(a_match().track)
        writing.add_match(a_match(state=MatchState.CONFIRMED))
        writing.add(a_sighting(at=NOON, match_id="m-1", kind=SightingKind.CONFIRMED_MATCH))
    return store


def sound(store: Store) -> None:
    with store.writing() as writing:
        writing.change(type(a_job()), "j-1", coverage=SOUND)


@pytest.mark.parametrize("name", ["footage", "review", "case"])
def test_every_result_of_damaged_footage_says_so_with_the_three_counts(kept: Store, name: str) -> None:
    said = words(page(name, case=CASE, match="m-1"))
    assert COUNTS in said
    assert MISSING in said


def test_the_footages_line_shows_the_bar_in_words_and_the_kind_of_time(kept: Store) -> None:
    said = words(page("footage", case=CASE))
    assert "searched as far as it could be" in said
    assert "searched 1:20.0 · unreadable 0:10.0 (0:20.0 to 0:30.0)" in said
    assert "40 of 2,050 pictures have an estimated time" in said
    sound(kept)
    said = words(page("footage", case=CASE))
    assert "check_circle: searched ·" in said
    assert "Times come from the file." in said
    assert "could not be read" not in said


@pytest.mark.parametrize("name", ["review", "case"])
def test_the_kind_of_time_stands_beside_a_candidate_and_its_sighting(kept: Store, name: str) -> None:
    assert "Time: from the file." in words(page(name, case=CASE, match="m-1"))
