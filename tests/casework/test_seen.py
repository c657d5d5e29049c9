"""What of a footage was really seen: three counts, what is missing, the kind of time; never "whole" in doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.seen import (
    Sight,
    Stretch,
    counts_words,
    is_whole,
    missing_words,
    result_words,
    stretches,
    time_words,
    times_words,
)
from casework.uses import BROWSER
from dashboard.coverage_bar import words
from data.models import Coverage, Job, JobState
from data.schema import jobs
from data.store import Store
from tests.factories import a_camera, a_case, a_footage, a_job, a_match, a_track

SOUND = Coverage(100, packets_read=100, frames_decoded=100, frames_examined=50, frames_estimated=0)
DAMAGED = Coverage(100, 90, 5, 85, 40, 3, ((20.0, 30.0),), frames_estimated=10)


def done(coverage: Coverage | None, **fields: object) -> Job:
    return a_job(state=JobState.DONE, coverage=coverage, **fields)


def test_a_sound_footage_is_whole_and_says_its_three_counts() -> None:
    assert is_whole(done(SOUND))
    assert counts_words(SOUND) == "The file claims 100 frames; 100 packets were read, 100 frames decoded, 50 examined."
    assert times_words(SOUND) == "Times come from the file."


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (Coverage(100, 100, 1, 100), "could not be read (of unknown length); 1 damaged packets"),
        (Coverage(None, 100, 0, 100, 0, 0, ((1.0, 2.0),)), "could not be read (0:01.0 to 0:02.0)"),
        (Coverage(40, 13, 0, 1), "The file claims 27 frames more than it gave"),
    ],
)
def test_whatever_is_missing_is_said_and_then_nothing_is_called_whole(coverage: Coverage, said: str) -> None:
    job = done(coverage)
    assert said in missing_words(job)
    assert not is_whole(job)
    assert said in result_words(job, a_match())


def test_a_part_left_out_after_crashes_is_missing_but_not_called_damaged() -> None:
    job = done(Coverage(100, 100, 0, 100, 0, 0, ((10.0, 20.0),)), given_up=((10.0, 20.0, "killed"),))
    assert missing_words(job) == "10.0 s were left out after repeated crashes."
    assert not is_whole(job)


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.DONE])
def test_a_search_that_is_not_done_is_never_whole(state: JobState) -> None:
    job = a_job(state=state, coverage=SOUND)
    assert not is_whole(job)
    assert "not searched to its end" in result_words(job, a_match())


def test_the_kind_of_time_is_said_of_the_footage_and_of_each_candidate() -> None:
    assert times_words(DAMAGED).startswith("10 of 85 pictures have an estimated time")
    assert times_words(Coverage(None, 5, 0, 5, frames_estimated=5)).startswith("All times are estimated")
    assert times_words(Coverage(100, frames_decoded=5)) == ""  # kept before this was counted
    assert time_words(a_match()) == "Time: from the file."
    assert time_words(a_match(track=a_track(time_source="estimated"))).startswith("Time: estimated")
    told = result_words(done(DAMAGED), a_match(track=a_track(time_source="estimated")))
    assert told.startswith("Time: estimated")
    assert "0:20.0 to 0:30.0" in told
    assert "The file claims 100 frames; 90 packets were read, 85 frames decoded" in told


def test_many_lost_stretches_are_counted_and_not_all_listed() -> None:
    spans = tuple((float(n), n + 0.5) for n in range(100))
    assert "and 95 more" in missing_words(done(Coverage(None, 9, 9, 0, 0, 0, spans)))


@pytest.fixture
def scanned(store: Store) -> Store:
    """A scan of three segments of 30 s, two of which are done."""
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera())
        writing.add(a_footage())
        writing.add(a_job(state=JobState.RUNNING))
        spans = [[0.0, 30.0], [30.0, 60.0], [60.0, 90.0]]
        writing.connection.execute(jobs.update().values(spans=spans))
        for n, lost in ((0, []), (2, [[70.0, 75.0]])):
            kept = {"tracks": [], "coverage": {"frames_claimed": None, "unreadable_spans_s": lost}}
            writing.put_segment("j-1", n, kept, 30.0)
    return store


def test_the_bar_shows_what_was_searched_what_not_and_what_could_not_be_read(scanned: Store) -> None:
    row = stretches(scanned, scanned.job("j-1"))
    assert row == (
        Stretch(Sight.SEARCHED, 0.0, 30.0),
        Stretch(Sight.NOT_SEARCHED, 30.0, 60.0),
        Stretch(Sight.SEARCHED, 60.0, 70.0),
        Stretch(Sight.UNREADABLE, 70.0, 75.0),
        Stretch(Sight.SEARCHED, 75.0, 90.0),
    )
    assert words(row) == (
        "searched 0:55.0 · unreadable 0:05.0 (1:10.0 to 1:15.0) · not searched 0:30.0 (0:30.0 to 1:00.0)"
    )


def test_a_finished_scan_takes_the_spans_of_the_whole_and_cuts_what_sticks_out(scanned: Store) -> None:
    coverage = Coverage(None, 1, 1, 0, 0, 0, ((85.0, 99.0),))
    with scanned.writing() as writing:
        writing.change(Job, "j-1", state=JobState.DONE, coverage=coverage, given_up=[[30.0, 60.0, "killed"]])
    row = stretches(scanned, scanned.job("j-1"))
    assert [(s.sight, s.start_s, s.end_s) for s in row] == [
        (Sight.SEARCHED, 0.0, 30.0),
        (Sight.LEFT_OUT, 30.0, 60.0),
        (Sight.SEARCHED, 60.0, 85.0),
        (Sight.UNREADABLE, 85.0, 90.0),
    ]


def test_a_scan_that_was_not_cut_into_segments_yet_has_no_bar(store_with_match: Store) -> None:
    assert stretches(store_with_match, store_with_match.job("j-1")) == ()


@given(st.builds(Coverage, st.none() | st.integers(0, 10**6), *[st.integers(0, 10**6)] * 5))
def test_whole_means_that_nothing_at_all_is_known_to_be_missing(coverage: Coverage) -> None:
    if is_whole(done(coverage)):
        assert coverage.packets_unreadable == 0
        assert coverage.unreadable_spans_s == ()
        assert (coverage.frames_claimed or 0) <= coverage.packets_read


def test_of_a_search_at_the_moment_nobody_is_told_of_a_file_that_was_not_searched_to_its_end() -> None:
    began, ended = a_job(kind=BROWSER, state=JobState.RUNNING), done(Coverage(None, 7, 0, 7, 7, 9), kind=BROWSER)
    assert result_words(began, a_match()).endswith("only the pictures of a hit are kept.")
    assert result_words(ended, a_match()).endswith("7 pictures were searched in all.")
