"""The cameras and rankings kept in memory: always those of the store as it is now."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from casework.board import RANKED_AGAIN, Board
from casework.search import Streets
from data.models import Case, Sighting
from data.store import Store
from geo.clusters import View
from tests.factories import NOON, a_camera, a_case

WORLD = View(-90, -180, 90, 180, 12)


class Clock:
    """A clock that is set by hand, and a count of how often the store gave all cameras."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def case(store: Store) -> Case:
    with store.writing() as writing:
        writing.add_case(a_case())
        for number in range(5):
            writing.add(a_camera(f"cam-{number}", lat=60.0 + number / 500, lon=24.0))
        writing.add(Sighting("s1", "case-1", 60.0, 24.0, 20.0, NOON - timedelta(minutes=40), created_at=NOON))
    return store.case("case-1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(store: Store, clock: Clock) -> Board:
    return Board(store, Streets(), now=clock)


def test_a_view_shows_each_camera_with_its_place_in_the_ranking(board: Board, case: Case) -> None:
    seen = board.seen(case, View(59.9, 23.9, 60.1, 24.1, 17))

    ranks = {camera.id: rank for camera, rank, _ in seen.single}
    assert ranks == {r.camera.id: place for place, r in enumerate(board.ranking(case).cameras, start=1)}
    assert len(ranks) == 5


def test_a_cluster_names_the_first_of_its_cameras_to_ask(board: Board, case: Case) -> None:
    (group,) = board.seen(case, replace(WORLD, zoom=3)).groups

    assert group.count == 5
    assert group.best_rank == 1
    assert group.first.id == board.ranking(case).cameras[0].camera.id


def test_a_new_camera_and_a_new_sighting_show_at_once(board: Board, case: Case, store: Store) -> None:
    before = board.token(case)
    with store.writing() as writing:
        writing.add(a_camera("cam-new", lat=60.0001, lon=24.0))
    assert len(board.cameras().cameras) == 6
    with_camera = board.token(case)
    first = board.ranking(case)
    with store.writing() as writing:
        writing.add(Sighting("s2", case.id, 60.008, 24.0, 20.0, NOON - timedelta(minutes=20), created_at=NOON))

    assert board.ranking(case) != first
    assert len({before, with_camera, board.token(case)}) == 3


def test_nothing_is_ranked_again_while_nothing_changed_and_no_minute_has_passed(
    board: Board, case: Case, clock: Clock
) -> None:
    first = board.ranking(case)
    assert board.ranking(case) is first
    assert board.cameras() is board.cameras()
    clock.now += RANKED_AGAIN

    assert board.ranking(case) is not first


def test_a_camera_that_was_corrected_or_removed_is_so_on_the_board(board: Board, case: Case, store: Store) -> None:
    board.cameras()
    with store.writing() as writing:
        writing.put_camera(a_camera("cam-1", name="Renamed"))
        writing.remove_camera("cam-2")

    names = {camera.id: camera.name for camera in board.cameras().cameras}
    assert names["cam-1"] == "Renamed"
    assert "cam-2" not in names
