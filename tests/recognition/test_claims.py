import pytest

from recognition.calibration import Rate
from recognition.claims import (
    NOT_CALIBRATED,
    candidate_words,
    evidence_words,
    expected_words,
    rate_in_words,
    threshold_words,
)
from tests.recognition.test_calibration import MADE


def words(similarity: float, face_px: float = 60, tracks: int = 340, **more: int) -> list[str]:
    return list(candidate_words(MADE, similarity=similarity, face_px=face_px, quality=0.8, tracks=tracks, **more))


def test_a_candidate_says_how_often_strangers_are_as_alike_and_how_many_this_scan_has() -> None:
    strangers, evidence, measured = words(0.4)
    assert strangers.startswith("About 1 stranger in ")
    assert "at this face size; in this scan's 340 tracks about " in strangers
    assert "likelier for the person sought than for a stranger" in evidence
    assert measured == "Measured on 20,000 comparisons of 1,000 pairs of strangers (made up), 2026-11."


def test_what_is_rarer_than_was_tried_is_said_as_a_limit() -> None:
    assert words(0.95)[0].startswith("At most 1 stranger in 990 ")
    assert "tracks at most 0.3" in words(0.95)[0]
    assert "more than 990 times" in words(0.95)[1]


def test_an_engine_without_calibration_says_so_and_claims_nothing() -> None:
    said = candidate_words(None, similarity=0.9, face_px=20, quality=1, tracks=5)
    assert said == (NOT_CALIBRATED,)


def test_several_people_sought_are_counted() -> None:
    assert "340 tracks compared with 3 people" in words(0.4, references=3)[0]


def test_a_scan_of_one_track_is_not_plural() -> None:
    assert "this scan's 1 track " in words(0.4, tracks=1)[0]


def test_no_track_means_no_stranger() -> None:
    assert "0 tracks none would" in words(0.4, tracks=0)[0]


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (Rate(1.0), "nearly every stranger"),
        (Rate(0.5), "about 1 stranger in 2"),
        (Rate(0.0123), "about 1 stranger in 81"),
        (Rate(1e-6, is_bound=True), "at most 1 stranger in 1,000,000"),
    ],
)
def test_rates_in_words(rate: Rate, said: str) -> None:
    assert rate_in_words(rate) == said


@pytest.mark.parametrize(
    ("expected", "said"),
    [(1000, "about 1,000"), (4.44, "about 4.4"), (0.044, "about 0.04"), (0.001, "fewer than 0.01")],
)
def test_expected_strangers_in_words(expected: float, said: str) -> None:
    assert expected_words(Rate(expected / 10_000), 10_000) == said


@pytest.mark.parametrize(
    ("llr", "said"),
    [
        (0.0, "no better than chance"),
        (0.25, "no better than chance"),
        (1.0, "about 10 times likelier for the person sought than for a stranger"),
        (-1.0, "about 10 times likelier for a stranger than for the person sought"),
        (MADE.bounds(60)[0], "more than 25 times likelier for a stranger"),
    ],
)
def test_evidence_in_words(llr: float, said: str) -> None:
    assert said in evidence_words(MADE, llr, 60)


def test_beside_a_threshold_stands_how_many_strangers_this_scan_will_show() -> None:
    threshold = MADE.threshold_for(3, 1000)
    said = threshold_words(MADE, threshold, tracks=1000)
    assert said == f"With 1,000 tracks, about 3.0 strangers are expected at or above {threshold:.2f}."
    assert "and 2 people sought, about 6 strangers" in threshold_words(MADE, threshold, tracks=1000, references=2)
    assert threshold_words(None, 0.5, tracks=3) == NOT_CALIBRATED
