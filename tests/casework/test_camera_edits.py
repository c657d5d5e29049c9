"""Many cameras changed together, and two people at one camera."""

from dataclasses import replace
from datetime import date

import pytest

from casework.board import Board
from casework.camera_edits import Change, change_cameras, merged, planned, remove_cameras, undone, verified
from casework.cameras import import_cameras, preview_import, remembered_columns, save_camera
from casework.search import Streets
from data.errors import BadInput, Conflict
from data.models import Camera
from data.store import Store
from tests.factories import a_camera, a_case, a_footage

BACKENDS = ("sqlite", "postgresql")
TODAY = date(2026, 3, 2)


def kept(store: Store, count: int, **fields: object) -> list[Camera]:
    cameras = [a_camera(f"cam-{number}", **({"owner": "City"} | fields)) for number in range(1, count + 1)]
    with store.writing() as writing:
        writing.add_cameras(cameras)
    return store.cameras()


def test_a_plan_names_only_the_cameras_that_would_change(store: Store) -> None:
    cameras = [*kept(store, 2), a_camera("other", owner="Kiosk")]
    plan = planned(cameras, {"owner": " City\n", "retention_days": None})
    assert [(change.before.id, change.fields) for change in plan if change.before.id == "other"] == [
        ("other", ("owner",) if cameras[-1].retention_days is None else ("owner", "retention_days"))
    ]
    assert all(change.after.owner == "City" for change in plan)
    with pytest.raises(BadInput, match="retention"):
        planned(cameras, {"retention_days": -1.0})


def test_many_cameras_are_changed_at_once_and_taken_back_to_the_letter(store: Store) -> None:
    before = kept(store, 3)
    plan = planned(before, {"owner": "Harbour", "retention_days": 3.0})
    change_cameras(store, plan, by="Ann")
    assert {(camera.owner, camera.retention_days) for camera in store.cameras()} == {("Harbour", 3.0)}
    change_cameras(store, undone(plan), by="Ann")
    assert store.cameras() == before
    first, second = store.audit_entries(action="cameras changed")
    assert (first.by, first.details["cameras"]) == ("Ann", 3)
    assert first.details["changes"]["cam-2"]["owner"] == ["City", "Harbour"]
    assert second.details["changes"]["cam-2"]["owner"] == ["Harbour", "City"]


def test_where_one_camera_is_no_longer_as_it_was_seen_none_is_changed(store: Store) -> None:
    before = kept(store, 3)
    plan = planned(before, {"owner": "Harbour"})
    save_camera(store, replace(before[1], contact="new"), by="Ben")
    with pytest.raises(Conflict, match="someone else changed or removed Camera cam-2"):
        change_cameras(store, plan, by="Ann")
    assert {camera.owner for camera in store.cameras()} == {"City"}
    assert store.audit_entries(action="cameras changed") == []


def test_a_change_is_not_taken_back_over_what_a_colleague_did_since(store: Store) -> None:
    plan = planned(kept(store, 1), {"owner": "Harbour"})
    change_cameras(store, plan, by="Ann")
    save_camera(store, replace(store.camera("cam-1"), owner="Port"), by="Ben")
    with pytest.raises(Conflict):
        change_cameras(store, undone(plan), by="Ann")
    assert store.camera("cam-1").owner == "Port"


def test_verified_says_when_and_by_whom_and_again_by_another_on_the_same_day(store: Store) -> None:
    change_cameras(store, verified(kept(store, 1), on=TODAY, by="Ann"), by="Ann")
    camera = store.camera("cam-1")
    assert (camera.last_verified, camera.verified_by) == (TODAY, "Ann")
    assert verified([camera], on=TODAY, by="Ann") == ()
    assert verified([camera], on=TODAY, by="Ben")[0].after.verified_by == "Ben"


def test_a_large_change_is_told_in_several_entries_of_the_record(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casework.camera_edits.ENTRY_OF", 2)
    change_cameras(store, planned(kept(store, 5), {"mount": "pole"}), by="Ann")
    assert [entry.details["cameras"] for entry in store.audit_entries(action="cameras changed")] == [2, 2, 1]


def test_an_import_is_taken_back_unless_somebody_has_worked_with_it(store: Store) -> None:
    data = b"name,lat,lon\nGate,60.1,24.9\nDoor,60.2,24.9\n"
    added = import_cameras(store, preview_import(store, data, "c.csv"), by="Ann").cameras
    remove_cameras(store, added, by="Ann")
    assert store.cameras() == []
    added = import_cameras(store, preview_import(store, data, "c.csv"), by="Ann").cameras
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_footage(camera_id=added[1].id))
    with pytest.raises(Conflict, match="all of them stay"):
        remove_cameras(store, added, by="Ann")
    assert len(store.cameras()) == 2


def test_two_edits_of_one_camera_become_one_and_the_clash_goes_as_was_chosen() -> None:
    base = a_camera(owner="City", contact="", mount="")
    mine, theirs = replace(base, owner="Mine", contact="me"), replace(base, owner="Theirs", mount="pole")
    took, held = (merged(base, mine, theirs, theirs_first=first) for first in (True, False))
    assert (took.owner, took.contact, took.mount) == ("Theirs", "me", "pole")
    assert (held.owner, held.contact, held.mount) == ("Mine", "me", "pole")


def test_columns_that_somebody_chose_are_remembered_for_the_next_file(store: Store) -> None:
    data = b"Kamera,Breite,Laenge\nTor,60.1,24.9\n"
    mapping = {"lat": "Breite", "lon": "Laenge", "name": "Kamera"}
    import_cameras(store, preview_import(store, data, "a.csv", mapping=mapping), by="Ann")
    assert remembered_columns(store, ("Kamera", "Breite", "Laenge", "Notiz")) == mapping
    assert remembered_columns(store, ("Kamera",)) == {"name": "Kamera"}
    assert remembered_columns(store, ("x", "y")) == {}


def test_the_board_takes_over_a_change_without_reading_all_cameras_anew(store: Store) -> None:
    kept(store, 3)
    board = Board(store, Streets())
    board.cameras()
    saved = save_camera(store, replace(store.camera("cam-2"), owner="Port"), by="Ann")
    board.patch({saved.id: saved})
    untouched = board.cameras().by_id["cam-1"]
    assert board.cameras().by_id["cam-2"] == saved
    assert board.cameras().cameras == store.cameras()
    save_camera(store, replace(saved, owner="Ben's"), by="Ben")
    save_camera(store, a_camera("cam-9"), by="Ann")
    board.patch({"cam-9": a_camera("cam-9")})  # somebody else wrote in between: all are read anew
    assert board.cameras().by_id["cam-2"].owner == "Ben's"
    assert board.cameras().cameras == store.cameras()
    assert untouched == board.cameras().by_id["cam-1"]


def test_a_change_shows_in_its_fields() -> None:
    camera = a_camera()
    assert Change(camera, replace(camera, owner="x", lat=1.0)).fields == ("lat", "owner")
