"""Spots: where a camera stood that somebody held in their hand."""

from dataclasses import replace
from io import BytesIO

import pytest

from casework import cameras, purging
from casework.camera_edits import Change, change_cameras, remove_cameras
from casework.correcting import correct_footage, details_of
from casework.export_papers import cameras_used
from casework.footage import Details, Place, check_details, keep_file, true_time
from casework.review import candidates
from casework.spots import put_spot
from data.errors import BadInput, BadPlace, Conflict, NotFound
from data.models import Footage, Permission
from data.store import Store
from data.writing import CAMERAS, of_case
from tests.casework.reviewing import confirm_by_two
from tests.factories import NOON, a_camera, a_case, a_job, a_match
from tests.fakes import Anyone

PICTURE = b"as if it were a picture"
PHONE = Place(60.2, 24.9, 35.0, "Sari's phone", "the file's metadata")


@pytest.fixture
def town(store: Store) -> Store:
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add_case(a_case(id="case-2", number="2026-002"))
        writing.add(a_camera())
    return store


def kept(store: Store, content: bytes = PICTURE, *, place: Place | None = PHONE, camera_id: str = "") -> Footage:
    return keep_file(
        store, "case-1", stream=BytesIO(content), size_bytes=len(content), original_name="IMG_1.jpg",
        details=Details(camera_id, NOON, place=place), by="Ann",
    )  # fmt: skip


def with_candidate(store: Store, footage: Footage) -> None:
    with store.writing() as writing:
        writing.add(a_job(of_id=footage.id))
        writing.put_track(a_match().track)
        writing.add_match(replace(a_match(), footage_id=footage.id))


def test_footage_with_a_place_stands_at_a_spot_that_only_its_case_knows(town: Store) -> None:
    before = town.changes(CAMERAS, of_case("case-1"))
    spot = town.camera(kept(town).camera_id)
    assert (spot.lat, spot.lon, spot.range_m, spot.name) == (60.2, 24.9, 35.0, "Sari's phone")
    assert (spot.spot_of, spot.source, spot.verified_by) == ("case-1", "the file's metadata", "Ann")
    assert [camera.id for camera in town.cameras()] == ["cam-1"]
    assert town.spots("case-1") == [spot]
    assert town.spots("case-2") == town.spots("") == []
    after = town.changes(CAMERAS, of_case("case-1"))
    assert after[0] == before[0], "the cameras did not change"
    assert after[1] > before[1]


def test_pictures_of_one_place_share_a_spot_and_the_record_tells_of_it_once(town: Store) -> None:
    first, second = kept(town, b"one"), kept(town, b"two")
    elsewhere = kept(town, b"three", place=replace(PHONE, lon=24.91))
    assert first.camera_id == second.camera_id != elsewhere.camera_id
    told = [entry.details for entry in town.audit_entries("case-1", action="spot put")]
    assert [(one["lat"], one["lon"], one["place_from"]) for one in told] == [
        (60.2, 24.9, "the file's metadata"), (60.2, 24.91, "the file's metadata"),
    ]  # fmt: skip


def test_a_confirmed_candidate_becomes_a_sighting_as_uncertain_as_its_spot(town: Store) -> None:
    footage = kept(town)
    with_candidate(town, footage)
    assert [candidate.camera.name for candidate in candidates(town, "case-1")] == ["Sari's phone"]
    confirm_by_two(town, "m-1", note="the scarf")
    (sighting,) = town.sightings("case-1")
    assert (sighting.lat, sighting.lon, sighting.radius_m) == (60.2, 24.9, 35.0)
    assert sighting.at == true_time(footage, a_match().track.best_s)
    assert sighting.source.startswith("Sari's phone, confirmed by ")


def test_a_corrected_place_moves_the_sightings_that_rest_on_it(town: Store) -> None:
    footage = kept(town)
    with_candidate(town, footage)
    confirm_by_two(town, "m-1", note="the scarf")
    there = replace(details_of(footage), camera_id="", place=Place(60.3, 24.8, 80.0, "Sari's phone"))
    moved = correct_footage(town, footage, details=there, by="Ann")
    assert moved.is_elsewhere
    (sighting,) = town.sightings("case-1")
    assert (sighting.lat, sighting.lon, sighting.radius_m) == (60.3, 24.8, 80.0)
    back = correct_footage(town, moved.footage, details=replace(there, camera_id="cam-1", place=None), by="Ann")
    assert back.footage.camera_id == "cam-1"
    assert town.sightings("case-1")[0].lat == a_camera().lat


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (replace(PHONE, lat=91.0), BadPlace),
        (replace(PHONE, lon=float("nan")), BadPlace),
        (replace(PHONE, radius_m=-1.0), BadInput),
        (replace(PHONE, radius_m=50_000.0), BadInput),
        (replace(PHONE, radius_m=float("inf")), BadInput),
    ],
)
def test_a_place_that_is_none_is_refused_before_anything_is_kept(
    town: Store, place: Place, error: type[Exception]
) -> None:
    with pytest.raises(error):
        kept(town, place=place)
    assert town.footages("case-1") == town.spots("case-1") == []


def test_another_case_cannot_have_its_footage_from_a_spot(town: Store) -> None:
    spot_id = kept(town).camera_id
    with pytest.raises(NotFound):
        check_details(town, "case-2", Details(spot_id, NOON))
    check_details(town, "case-1", Details(spot_id, NOON))


def test_a_spot_cannot_be_changed_or_removed_among_the_cameras(town: Store) -> None:
    spot = town.camera(kept(town).camera_id)
    with pytest.raises(BadInput, match="is a spot"):
        cameras.save_camera(town, spot, by="Ann")
    with pytest.raises(Conflict):
        cameras.save_camera(town, replace(spot, spot_of=""), by="Ann")
    with pytest.raises(Conflict, match="is a spot"):
        cameras.remove_camera(town, spot.id, by="Ann")
    with pytest.raises(Conflict):
        change_cameras(town, [Change(spot, replace(spot, spot_of=""))], by="Ann")
    with pytest.raises(Conflict):
        remove_cameras(town, [spot], by="Ann")
    assert town.camera(spot.id) == spot


def test_who_does_not_see_the_case_finds_no_spot(town: Store) -> None:
    spot_id = kept(town).camera_id

    class Elsewhere(Anyone):
        def sees(self, case_id: str) -> bool:
            return case_id == "case-2"

        def may(self, permission: Permission, case_id: str | None = None) -> bool:
            return case_id == "case-2" and super().may(permission, case_id)

    elsewhere = town.guarded(Elsewhere())
    with pytest.raises(NotFound):
        elsewhere.camera(spot_id)
    assert elsewhere.cameras_by_id([spot_id, "cam-1"]).keys() == {"cam-1"}
    assert elsewhere.spots("case-1") == []


def test_a_spot_goes_with_its_last_footage(town: Store) -> None:
    first, second = kept(town, b"one"), kept(town, b"two")
    purging.destroy_footage(town, first.id, reason="asked by Sari", by="Ann")
    assert [spot.id for spot in town.spots("case-1")] == [second.camera_id]
    purging.destroy_footage(town, second.id, reason="asked by Sari", by="Ann")
    assert town.spots("case-1") == []
    (told,) = town.audit_entries("case-1", action="spot put")
    assert "lat" not in told.details, "nor does the record know where it was"


def test_a_spot_goes_with_its_case(town: Store) -> None:
    kept(town)
    with town.writing() as writing:
        put_spot(writing, "case-2", lat=60.0, lon=24.0, radius_m=10.0, name="", by="Ann")
    purging.purge_case(town, "case-1", typed_number="2026-001", reason="its time is over", by="Ann")
    assert town.spots("case-1") == []
    assert [spot.name for spot in town.spots("case-2")] == ["hand-held camera"]
    assert [camera.id for camera in town.cameras()] == ["cam-1"]


def test_an_export_of_the_case_tells_where_its_footage_was_taken(town: Store) -> None:
    spot_id = kept(town).camera_id
    assert [camera.id for camera in cameras_used(town, town.case("case-1"))] == [spot_id]
