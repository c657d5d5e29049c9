"""Whom faces are compared with, and from which similarity on: the floor rises with the people who are sought."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import cases, governance
from casework.access import Person
from casework.gallery import Gallery, LeftOutFor, Sought, gallery_of, shared
from casework.scanning import Workshop
from data import account_rows, role_rows
from data.errors import BadInput, NotFound, NotGoverned
from data.models import CaseRole, Role
from data.store import Store
from recognition.calibration import SHIPPED, read_calibration
from recognition.faces import EngineInfo, Float
from tests.casework.scans import add_photo
from tests.factories import NOON, an_account, an_authority
from tests.fakes import FakeEngine
from tests.recognition.clips import BLUE, GREEN, RED

CALIBRATION = read_calibration(SHIPPED / "open.json")
OPEN = EngineInfo("open", "", dict(CALIBRATION.models), 0.44, 0.542, "")


def colour(bgr: tuple[int, int, int]) -> Float:
    row = np.array([bgr], np.float32)
    return np.asarray(row / np.linalg.norm(row), np.float32)


@pytest.fixture
def three(workshop: Workshop, case_id: str, tmp_path: Path) -> list[str]:
    """Three open cases, of a red, a blue and a green person."""

    def opened(number: str) -> str:
        return cases.open_case(workshop.store, number=number, name="X", authority=an_authority(), by="Ann").id

    ids = [case_id, opened("2"), opened("3")]
    for id, of in zip(ids, (RED, BLUE, GREEN), strict=True):
        add_photo(workshop, id, tmp_path, colours=(of,))
    return ids


def test_one_case_is_searched_at_the_engines_own_floor(store: Store, engine: FakeEngine, three: list[str]) -> None:
    gallery = gallery_of(store, engine, case_ids=three[:1])
    assert len(gallery) == 1
    assert (gallery.info.review_floor, gallery.info.alert_threshold) == (0.8, 0.95)
    (hit,) = gallery.hits(np.concatenate([colour(BLUE), colour(RED)]))
    (photo,) = store.photos(three[0])
    assert (hit.row, hit.case_id, hit.photo_id, hit.review_floor) == (1, three[0], photo.id, 0.8)
    assert hit.may_alert


def test_each_face_is_compared_with_everybody_most_alike_first(
    store: Store, engine: FakeEngine, three: list[str]
) -> None:
    gallery = gallery_of(store, engine)
    found = gallery.hits(np.concatenate([colour(GREEN), colour((100, 100, 100)), colour((10, 10, 230))]))
    assert [(hit.row, hit.case_id) for hit in found] == [(0, three[2]), (2, three[0])]
    assert found[0].similarity >= found[1].similarity >= gallery.info.review_floor
    assert gallery.hits(np.zeros((0, 3), np.float32)) == ()


def test_of_a_track_the_best_shot_counts_for_each_case(engine: FakeEngine) -> None:
    gallery = Gallery(engine, engine.info, (Sought("a", ("p",), colour(RED)), Sought("b", ("q", "r"), np.concatenate(
        [colour(BLUE), colour((20, 20, 230))]))))  # fmt: skip
    found = gallery.track_hits(np.concatenate([colour((30, 30, 230)), colour(RED)]))
    assert {(hit.case_id, hit.photo_id) for hit in found} == {("a", "p"), ("b", "r")}
    assert max(found, key=lambda hit: hit.similarity).row == 1


def test_cases_that_may_not_be_searched_are_left_out_of_all_and_refused_by_name(
    workshop: Workshop, store: Store, engine: FakeEngine, three: list[str]
) -> None:
    governance.close_case(store, three[1], reason="found", by="Ann")
    bare = cases.open_case(store, number="4", name="X", authority=an_authority(), by="Ann").id
    gallery = gallery_of(store, engine)
    assert {one.case_id for one in gallery.sought} == {three[0], three[2]}
    assert {(one.case_id, one.why) for one in gallery.left_out} == {
        (three[1], LeftOutFor.NOT_GOVERNED), (bare, LeftOutFor.NO_PHOTO),
    }  # fmt: skip
    with pytest.raises(NotGoverned, match="was closed"):
        gallery_of(store, engine, case_ids=[three[1]])
    with pytest.raises(BadInput, match="no usable reference photo"):
        gallery_of(store, engine, case_ids=[bare])


def test_photos_that_another_engine_looked_at_compare_with_nothing(store: Store, three: list[str]) -> None:
    gallery = gallery_of(store, FakeEngine(name="another"))
    assert len(gallery) == 0
    assert {one.why for one in gallery.left_out} == {LeftOutFor.NOT_COMPARABLE}


def test_a_moment_outside_a_cases_search_period_leaves_it_out(
    store: Store, engine: FakeEngine, three: list[str]
) -> None:
    case = store.case(three[0])
    ends = an_authority(search_to=NOON)
    governance.set_authority(store, case, ends, by="Ann")
    assert len(gallery_of(store, engine, at=NOON)) == 3
    later = gallery_of(store, engine, at=NOON + timedelta(seconds=1))
    assert [(one.case_id, one.why) for one in later.left_out] == [(three[0], LeftOutFor.OTHER_TIME)]


def test_nobody_is_compared_with_a_case_that_they_do_not_see_or_may_not_search(
    store: Store, engine: FakeEngine, three: list[str]
) -> None:
    ann = an_account("Anna")
    with store.writing() as writing:
        account_rows.add_account(writing, ann)
        role_rows.give(writing, CaseRole(three[0], ann.id, Role.ANALYST, NOON, "test"))
        role_rows.give(writing, CaseRole(three[1], ann.id, Role.REVIEWER, NOON, "test"))
    seen = store.guarded(Person(store, ann))
    gallery = gallery_of(seen, engine)
    assert [one.case_id for one in gallery.sought] == [three[0]]
    assert [(one.case_id, one.why) for one in gallery.left_out] == [(three[1], LeftOutFor.NOT_YOURS)]
    with pytest.raises(NotFound):
        gallery_of(seen, engine, case_ids=[three[2]])


@given(st.integers(1, 5000))
def test_all_together_bring_no_more_strangers_than_one(people: int) -> None:
    info = shared(OPEN, CALIBRATION, people)
    for together, alone in ((info.review_floor, 0.44), (info.alert_threshold, 0.542)):
        assert people * CALIBRATION.tail_rate(together) <= CALIBRATION.tail_rate(alone) * 1.05
        assert alone <= together <= 1.0
    assert info.alert_threshold > info.review_floor


def test_more_people_ask_for_more_likeness() -> None:
    floors = [shared(OPEN, CALIBRATION, people).review_floor for people in (1, 2, 10, 100, 1000)]
    assert floors == sorted(floors)
    assert floors[0] == 0.44
    assert len(set(floors)) == 5


def test_without_a_calibration_hits_count_from_the_alert_threshold_on() -> None:
    info = shared(OPEN, None, 2)
    assert (info.review_floor, info.alert_threshold) == (0.542, 0.562)
    assert shared(OPEN, None, 1) == OPEN
