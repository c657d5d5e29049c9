import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from recognition.calibration import (
    ALERT_FALSE_PER_1000_TRACKS,
    REVIEW_FALSE_PER_1000_TRACKS,
    SHIPPED,
    Calibration,
    file_name,
    find_calibration,
    read_calibration,
    to_text,
    write_calibration,
)
from recognition.calibration_fit import FOOTAGE_SHARES, fit
from recognition.comparisons import Comparisons
from recognition.engines import open_engine
from recognition.engines.thresholds import UNMEASURED_ARCFACE, thresholds
from tests.material import SHARED, shared


def drawn(seed: int, *, strangers: int = 20_000, genuine: int = 2_000, pairs: int = 1_000) -> Comparisons:
    """Strangers' similarities about .2, the same people's about .6, over all sizes of faces."""
    rng = np.random.default_rng(seed)
    n = strangers + genuine
    same = np.arange(n) < genuine
    return Comparisons(
        similarity=np.where(same, rng.normal(0.6, 0.1, n), rng.normal(0.2, 0.08, n)),
        face_px=rng.uniform(20, 120, n),
        quality=rng.uniform(0.3, 1, n),
        is_same=same,
        weight=np.ones(n),
        pair=np.where(same, -1 - np.arange(n) % 25, rng.integers(0, pairs, n)),
    )


def fitted(comparisons: Comparisons, models: dict[str, str] | None = None) -> Calibration:
    return fit(
        "made",
        models or {"a.onnx": "1" * 64},
        comparisons,
        footage_shares=FOOTAGE_SHARES,
        photos_power=0.8,
        people=60,
        source="made up",
        measured_on=date(2026, 11, 21),
    )


MADE = fitted(drawn(1))
OTHERS = drawn(2)
similarities = st.floats(-1, 1, allow_nan=False)
sizes_px = st.none() | st.floats(1, 2000, allow_nan=False)


@given(similarities, similarities, sizes_px)
def test_fewer_strangers_reach_more(a: float, b: float, face_px: float | None) -> None:
    low, high = sorted((a, b))
    assert MADE.tail_rate(low, face_px) >= MADE.tail_rate(high, face_px)
    assert 0 < MADE.false_match_rate(high, face_px).value <= MADE.false_match_rate(low, face_px).value <= 1


@pytest.mark.parametrize("rate", [0.1, 0.01, 0.003])
def test_strangers_never_seen_before_reach_a_threshold_as_often_as_it_says(rate: float) -> None:
    threshold = MADE.threshold_for(rate * 1000, 1000)
    observed = float((OTHERS.strangers >= threshold).mean())
    assert MADE.false_match_rate(threshold).value == pytest.approx(rate, rel=0.01)
    assert 0.4 * rate < observed < 1.2 * rate, "what is extrapolated errs to the cautious side"


def test_what_is_rarer_than_was_tried_is_a_bound() -> None:
    rate = MADE.false_match_rate(0.95, 50)
    tried = {tail.from_px: tail.tried for tail in MADE.tails}[40.0]
    assert rate.is_bound
    assert rate.value == pytest.approx(1 / tried)
    assert 900 < tried <= 1000
    assert not MADE.false_match_rate(0.3, 50).is_bound


@given(st.integers(0, 100_000), st.integers(0, 50), similarities)
def test_expected_strangers_are_rate_times_references_times_tracks(tracks: int, people: int, threshold: float) -> None:
    expected = MADE.expected_false(threshold, tracks, people)
    assert expected == pytest.approx(MADE.false_match_rate(threshold).value * tracks * people)


def test_expected_strangers_may_be_counted_by_the_sizes_of_the_faces() -> None:
    sizes = [25.0, 50.0, 50.0]
    rates = [MADE.false_match_rate(0.4, px).value for px in sizes]
    assert MADE.expected_false(0.4, sizes, 2) == pytest.approx(2 * sum(rates))
    assert MADE.expected_false(0.4, []) == 0


@given(st.floats(0.001, 500), st.integers(1, 100_000), st.integers(1, 10))
def test_a_threshold_lets_as_many_strangers_through_as_were_allowed(allowed: float, tracks: int, people: int) -> None:
    threshold = MADE.threshold_for(allowed, tracks, people)
    assert -1 <= threshold <= 1
    if -1 < threshold < 1:
        assert MADE.tail_rate(threshold) * tracks * people == pytest.approx(allowed, rel=0.02)


def test_more_people_sought_or_more_tracks_ask_for_a_higher_threshold() -> None:
    one = MADE.threshold_for(1, 1000)
    assert one < MADE.threshold_for(1, 1000, 5) < MADE.threshold_for(1, 20_000)


def test_more_photos_of_one_person_let_more_strangers_through() -> None:
    one, five = (MADE.false_match_rate(0.4, photos=photos).value for photos in (1, 5))
    assert five == pytest.approx(one * 5**0.8, rel=0.05)


@given(similarities, similarities, st.floats(1, 500), st.floats(0, 1))
def test_more_similarity_is_never_less_evidence(a: float, b: float, face_px: float, quality: float) -> None:
    low, high = sorted((a, b))
    least, greatest = MADE.bounds(face_px)
    assert least <= MADE.llr(low, face_px, quality) <= MADE.llr(high, face_px, quality) <= greatest


def test_evidence_is_for_the_person_where_the_same_people_lie_and_against_where_strangers_do() -> None:
    assert MADE.llr(0.6, 60, 0.8) > 1
    assert MADE.llr(0.2, 60, 0.8) < -1
    assert MADE.bounds(60) == pytest.approx((-np.log10(25), np.log10(1000)), abs=0.01)


def test_the_best_of_several_photos_is_less_evidence_than_a_single_one() -> None:
    one, four = (MADE.llr(0.45, 60, 0.8, photos=photos) for photos in (1, 4))
    assert one - four == pytest.approx(0.8 * np.log10(4))


def test_a_class_with_too_few_strangers_is_left_to_its_neighbour() -> None:
    whole = drawn(3)
    small = whole.face_px < 28
    few = Comparisons(*(getattr(whole, name)[~small] for name in Comparisons.__dataclass_fields__))
    calibration = fitted(few)
    assert [tail.from_px for tail in calibration.tails] == [28.0, 40.0, 64.0]
    assert calibration.tail_rate(0.4, 20) == calibration.tail_rate(0.4, 30)


def test_a_stored_calibration_is_read_back(tmp_path: Path) -> None:
    write_calibration(MADE, tmp_path / "deep" / "made.json")
    assert read_calibration(tmp_path / "deep" / "made.json") == MADE
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["made.json"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:200],
        lambda text: "[]",
        lambda text: text.replace('"engine"', '"motor"'),
        lambda text: text.replace('"version": 1', '"version": 99'),
        lambda text: text.replace('"version": 1,', ""),
        lambda text: json.dumps(json.loads(text) | {"tails": []}),
        lambda text: json.dumps(json.loads(text) | {"evidence": [1, 2]}),
        lambda text: json.dumps(json.loads(text) | {"models": None}),
        lambda text: text.replace('"scale": 0', '"scale": -0'),
        lambda text: text.replace('"footage_share": 0', '"footage_share": "x'),
        lambda text: json.dumps(json.loads(text) | {"photos_power": float("nan")}),
        lambda text: "\udcff",
        lambda text: "",
    ],
)
def test_a_damaged_calibration_is_named(tmp_path: Path, change: object) -> None:
    path = tmp_path / "own.json"
    path.write_bytes(change(to_text(MADE)).encode("utf-8", "surrogateescape"))  # type: ignore[operator]
    with pytest.raises(BadInput, match=r"own\.json"):
        find_calibration(MADE.models, tmp_path)


def test_a_calibration_never_applies_to_other_model_files(tmp_path: Path) -> None:
    write_calibration(MADE, tmp_path / "made.json")
    assert find_calibration({"renamed.onnx": "1" * 64}, tmp_path) == MADE
    assert find_calibration({"a.onnx": "2" * 64}, tmp_path) is None
    assert find_calibration({"a.onnx": "1" * 64, "b.onnx": "3" * 64}, tmp_path) is None
    assert find_calibration({}, tmp_path / "nothing") is None


def test_an_agencys_own_calibration_goes_before_the_one_that_came_with_lastseen(tmp_path: Path) -> None:
    shipped = read_calibration(SHIPPED / "open.json")
    own = replace(shipped, source="our own photos", measured_on="2020-01-01")
    write_calibration(own, tmp_path / "open.json")
    assert find_calibration(shipped.models, tmp_path) == own
    assert find_calibration(shipped.models) == shipped


@pytest.mark.parametrize(
    ("engine", "name"), [("open", "open.json"), ("insightface:/a b/../c", "insightface--a-b----c.json")]
)
def test_a_calibration_is_stored_under_the_engines_name(engine: str, name: str) -> None:
    assert file_name(engine) == name


def test_thresholds_follow_from_how_many_strangers_may_pass() -> None:
    found = thresholds(MADE, UNMEASURED_ARCFACE, review_rate=5, alert_rate=0.5)
    assert MADE.tail_rate(found.review_floor) == pytest.approx(5e-3, rel=0.05)
    assert MADE.tail_rate(found.alert_threshold) == pytest.approx(5e-4, rel=0.05)
    assert found.measured["strangers_at_review_floor"] == "about 1 stranger in 200"
    assert "made up" in found.measured["calibration"]


def test_an_alert_asks_for_more_than_a_review_whatever_the_settings() -> None:
    found = thresholds(MADE, UNMEASURED_ARCFACE, review_rate=1, alert_rate=900)
    assert found.alert_threshold > found.review_floor


def test_models_that_nobody_measured_get_cautious_thresholds_and_say_so() -> None:
    found = thresholds(None, UNMEASURED_ARCFACE, review_rate=5, alert_rate=0.5)
    assert found == UNMEASURED_ARCFACE
    assert "nobody measured" in found.measured["calibration"]


def test_the_open_engine_is_calibrated_and_heeds_what_may_pass(tmp_path: Path) -> None:
    usual = open_engine("open", models_dir=tmp_path, cache_dir=tmp_path, threads=1).info
    shipped = find_calibration(usual.models)
    assert shipped is not None
    assert shipped.threshold_for(REVIEW_FALSE_PER_1000_TRACKS, 1000) == pytest.approx(usual.review_floor, abs=1e-3)
    assert shipped.threshold_for(ALERT_FALSE_PER_1000_TRACKS, 1000) == pytest.approx(usual.alert_threshold, abs=1e-3)
    lax = open_engine("open", models_dir=tmp_path, cache_dir=tmp_path, threads=1, review_rate=50, alert_rate=1).info
    assert lax.review_floor < usual.review_floor
    assert lax.alert_threshold < usual.alert_threshold


def test_the_open_engine_takes_the_calibration_made_here(tmp_path: Path) -> None:
    shipped = read_calibration(SHIPPED / "open.json")
    stricter = tuple(replace(t, similarity=tuple(v + 0.1 for v in t.similarity)) for t in shipped.tails)
    write_calibration(replace(shipped, tails=stricter), tmp_path / "own" / "open.json")
    usual, own = (
        open_engine("open", models_dir=tmp_path, cache_dir=tmp_path, threads=1, calibrations_dir=folder).info
        for folder in (None, tmp_path / "own")
    )
    assert own.review_floor == pytest.approx(usual.review_floor + 0.1, abs=2e-3)


def test_the_test_pack_is_calibrated_too(tmp_path: Path) -> None:
    shared("models/test_small")
    info = open_engine(
        f"insightface:{SHARED}/models/test_small", models_dir=tmp_path, cache_dir=tmp_path, threads=1
    ).info
    assert find_calibration(info.models) is not None
