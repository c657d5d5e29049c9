"""Fifty people at one case at the same time: nothing that anybody was told is saved may be lost."""

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from casework import cameras, cases, jobs, references, requests, review, search
from data.errors import Conflict
from data.models import FootageRequest, Job, JobState, MatchState, RequestState, Verdict
from data.store import Store, open_store
from geo.drawn import Drawing, Stroke, drawing_from
from geo.shapes import circle
from tests.casework.reviewing import Reader
from tests.factories import NOON, a_camera, a_case, a_photo
from tests.fakes import Anyone

BACKENDS = ("sqlite", "postgresql")
EDITORS = 50


def by_all(edit: Callable[[str], object]) -> int:
    """Have all editors do it at the same moment; to how many it was said to be done, the others got a conflict."""
    start = threading.Barrier(EDITORS)

    def one(number: int) -> bool:
        start.wait()
        try:
            edit(f"editor {number}")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(EDITORS) as pool:
        return sum(pool.map(one, range(EDITORS)))


def add_a_line(store: Store, line: str) -> int:
    """Add a line to the case's notes as a person would: look, edit, save, look again after a conflict; the tries."""
    tries = 0
    while True:
        tries += 1
        seen = store.case("case-1")
        try:
            notes = f"{seen.notes}\n{line}"
            cases.change_case(store, seen, by=line, subject=seen.subject, mode=seen.mode, notes=notes)
        except Conflict:
            continue
        return tries


def opened(store: Store) -> Store:
    with store.writing() as writing:
        writing.add_case(a_case(notes=""))
    return store


def test_fifty_editors_of_one_case_lose_no_line(store: Store) -> None:
    opened(store)
    assert by_all(lambda line: add_a_line(store, line)) == EDITORS
    expected = {f"editor {number}" for number in range(EDITORS)}
    assert set(store.case("case-1").notes.splitlines()) - {""} == expected
    assert len(store.audit_entries("case-1", action="case changed")) == EDITORS


def _edit_in_a_process(home: Path, database_url: str, process: int, editors: int) -> None:
    store = open_store(home, database_url=database_url).guarded(Anyone())
    with ThreadPoolExecutor(editors) as pool:
        list(pool.map(lambda number: add_a_line(store, f"editor {process}.{number}"), range(editors)))
    store.close()


def test_fifty_editors_in_two_processes_lose_no_line(store: Store, tmp_path: Path, database_url: str) -> None:
    opened(store)
    context = multiprocessing.get_context("spawn")
    where = (tmp_path / "home", database_url)
    processes = [context.Process(target=_edit_in_a_process, args=(*where, number, EDITORS // 2)) for number in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(90)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(set(store.case("case-1").notes.splitlines()) - {""}) == EDITORS


def test_of_fifty_who_saw_the_same_case_one_saves_and_the_others_hear_of_it(store: Store) -> None:
    seen = opened(store).case("case-1")
    saved = by_all(
        lambda name: cases.change_case(store, seen, by=name, subject=seen.subject, mode=seen.mode, notes=name)
    )
    assert saved == 1
    assert store.case("case-1").notes == store.audit_entries("case-1", action="case changed")[0].by


def test_of_fifty_who_saw_the_same_camera_one_saves(store: Store) -> None:
    seen = cameras.save_camera(store, a_camera(), by="Ann")
    assert by_all(lambda name: cameras.save_camera(store, replace(seen, owner=name), by=name, was=seen)) == 1
    assert len(store.audit_entries(action="camera changed")) == 1


def test_a_camera_that_was_removed_meanwhile_does_not_come_back_by_a_correction(store: Store) -> None:
    seen = cameras.save_camera(store, a_camera(), by="Ann")
    cameras.remove_camera(store, seen.id, by="Ben")
    with pytest.raises(Conflict, match="someone else removed it"):
        cameras.save_camera(store, replace(seen, owner="x"), by="Ann", was=seen)


def test_of_fifty_who_draw_on_the_same_map_every_shape_is_kept(store: Store) -> None:
    opened(store)

    def draw(name: str) -> None:
        shape = circle(60.1, 24.9, 100.0 + int(name.split()[1]))
        search.draw(store, "case-1", [Stroke(None, Drawing().new(shape, name=name))], by=name)

    assert by_all(draw) == 50
    assert len(drawing_from(store.area("case-1").features).shapes) == 50


def test_of_fifty_who_move_the_same_shape_one_does(store: Store) -> None:
    opened(store)
    drawn = Drawing().new(circle(60.1, 24.9, 100.0))
    search.draw(store, "case-1", [Stroke(None, drawn)], by="Ann")

    def move(name: str) -> None:
        moved = replace(drawn, shape=circle(60.1, 24.9, 200.0 + int(name.split()[1])))
        search.draw(store, "case-1", [Stroke(drawn, moved)], by=name)

    assert by_all(move) == 1
    assert len(store.audit_entries("case-1", action="search area drawn")) == 2


@pytest.mark.parametrize(("verdict", "stand"), [(Verdict.REJECT, 1), (Verdict.CONFIRM, 2)])
def test_of_fifty_verdicts_on_what_all_saw_undecided_as_many_stand_as_it_takes(
    store_with_match: Store, verdict: Verdict, stand: int
) -> None:
    store = store_with_match

    def decide(name: str) -> None:
        review.decide(store, "m-1", verdict=verdict, by=name, seen=MatchState.TO_REVIEW)

    assert by_all(decide) == stand
    assert len(store.reviews("m-1")) == stand
    assert store.match("m-1").state is (MatchState.REJECTED if stand == 1 else MatchState.CONFIRMED)
    assert len(store.sightings("case-1")) == stand - 1


def test_verdicts_of_those_who_saw_the_ones_before_all_count(store_with_match: Store) -> None:
    store = store_with_match

    def decide(name: str) -> None:
        while True:
            try:
                (seen,) = review.candidates(store.guarded(Reader(name)), "case-1")
                review.decide(store, "m-1", verdict=Verdict.CONFIRM, by=name, seen=seen.match.state)
            except Conflict:
                continue
            return

    assert by_all(decide) == EDITORS
    assert len(store.reviews("m-1")) == EDITORS
    assert len(store.sightings("case-1")) == 1  # each confirmation replaces the sighting of the one before


def test_a_decision_is_taken_back_once(store_with_match: Store) -> None:
    store = store_with_match
    review.decide(store, "m-1", verdict=Verdict.CONFIRM, by="Ann")
    seen = MatchState.HALF_CONFIRMED
    undone = by_all(lambda _tab: review.decide(store, "m-1", verdict=Verdict.UNDO, by="Ann", seen=seen))
    assert undone == 1
    assert store.match("m-1").state is MatchState.TO_REVIEW


def test_a_request_is_sent_once_and_its_note_is_never_overwritten_unseen(store: Store) -> None:
    opened(store)
    with store.writing() as writing:
        writing.add(a_camera())
        writing.add(FootageRequest("r-1", "case-1", "cam-1", NOON, NOON, 0.0, None, 1.0, RequestState.DRAFT, NOON))
    assert by_all(lambda name: requests.set_state(store, "r-1", RequestState.SENT, by=name)) == 1
    assert by_all(lambda name: requests.set_note(store, "r-1", name, by=name, was_note="")) == 1
    note = store.request("r-1").note
    assert note.startswith("editor")
    with pytest.raises(Conflict, match=f"to '{note}'"):
        requests.set_state(store, "r-1", RequestState.REFUSED, by="Ann", note="no", was_note="")


def test_the_same_photo_from_fifty_is_one_photo(store: Store) -> None:
    opened(store)
    added = by_all(
        lambda name: cases.add_photo(store, "case-1", stream=BytesIO(b"picture"), original_name="a.jpg", by=name)
    )
    assert added == 1
    (photo,) = store.photos("case-1")
    assert by_all(lambda name: references.remove_photo(store, photo.id, by=name)) == 1
    assert by_all(lambda name: references.restore_photo(store, photo.id, by=name)) == 1


def test_a_photo_is_dated_by_one_of_those_who_saw_no_date(store: Store) -> None:
    opened(store)
    with store.writing() as writing:
        writing.add(a_photo())
    seen = store.photo("p-1")
    day = NOON.date()
    dated = by_all(
        lambda name: references.set_taken_on(
            store, "p-1", day.replace(year=1971 + int(name.split()[1])), by=name, was=seen
        )
    )
    assert dated == 1


def test_a_footage_is_searched_once_however_many_ask(store_with_match: Store) -> None:
    store = store_with_match
    with store.writing() as writing:
        writing.change(Job, "j-1", state=JobState.DONE)
        writing.add(a_photo(box_px=(0.0, 0.0, 50.0, 50.0)))
    assert by_all(lambda name: jobs.request_scan(store, "f-1", engine="fake", by=name)) == 1
    assert len(store.jobs(of_id="f-1", open_only=True)) == 1
