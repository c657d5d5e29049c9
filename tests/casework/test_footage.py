"""Footage taken in and corrected: one item for the same bytes, details that move what is derived and nothing else."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import uploads
from casework.clues import Clue, clues, start_in_name
from casework.correcting import correct_footage, details_of
from casework.footage import Details, add_footage, add_uploaded, true_time
from casework.uploads import Desk, desk_at
from data.errors import BadInput, BadTime, Conflict, NotFound
from data.models import Footage, StartedFrom, Upload, utc_now
from data.store import Store
from recognition.burnt_in import ClockReading
from recognition.first_look import FirstLook
from recognition.footage import FootageInfo
from tests.casework.reviewing import confirm_by_two
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match

CLIP = b"not really a film"


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add_case(a_case(id="case-2", number="2026-002"))
        writing.add(a_camera())
        writing.add(a_camera("cam-2", lat=60.2))
    return desk_at(store, tmp_path / "home", max_upload_mb=1, max_uploads=50, free_bytes=0)


def arrived(desk: Desk, name: str = "clip.mp4", content: bytes = CLIP, **fields: str) -> Upload:
    begun = uploads.begin_upload(desk, name=name, size_bytes=len(content), by="Aino", **fields)  # type: ignore[arg-type]
    with uploads.receive(desk, begun.id, offset=0) as receiving:
        receiving.write(content)
        return receiving.finish()


def given_details(**fields: object) -> Details:
    return replace(Details("cam-1", NOON, 30.0, 2.0, "with a phone", StartedFrom.FILE_NAME), **fields)  # type: ignore[arg-type]


def test_an_upload_becomes_footage_with_what_a_person_said_of_it(desk: Desk) -> None:
    upload = arrived(desk, "a.mp4", case_id="case-1")
    kept = add_uploaded(desk, upload.id, "case-1", details=given_details(), by="Ann")
    assert (kept.clock_offset_s, kept.clock_uncertainty_s, kept.clock_checked) == (30.0, 2.0, "with a phone")
    assert kept.started_from is StartedFrom.FILE_NAME
    assert desk.store.files.read(kept.sha256) == CLIP
    assert kept.sha256 == hashlib.sha256(CLIP).hexdigest()
    assert [(e.by, e.how, e.original_name) for e in kept.provenance] == [("Aino", "upload", "a.mp4")]
    assert uploads.waiting(desk, "case-1") == []
    assert desk.partials.ids() == []
    with pytest.raises(NotFound):
        add_uploaded(desk, upload.id, "case-1", details=given_details(), by="Ann")


def test_the_same_bytes_from_the_same_camera_are_one_item_that_came_in_twice(desk: Desk) -> None:
    first = add_uploaded(desk, arrived(desk, "a.mp4").id, "case-1", details=given_details(), by="Ann")
    later = given_details(started_at=NOON + timedelta(hours=1))
    again = add_uploaded(desk, arrived(desk, "b.mp4").id, "case-1", details=later, by="Ben")
    assert again.id == first.id
    assert again.started_at == NOON, "its details stay as they were"
    assert [entry.original_name for entry in again.provenance] == ["a.mp4", "b.mp4"]
    assert [entry.action for entry in desk.store.audit_entries("case-1")] == [
        "footage added", "same footage came in again",
    ]  # fmt: skip

    other = add_uploaded(desk, arrived(desk).id, "case-1", details=given_details(camera_id="cam-2"), by="Ann")
    elsewhere = add_uploaded(desk, arrived(desk).id, "case-2", details=given_details(), by="Ann")
    assert len({first.id, other.id, elsewhere.id}) == 3


def test_footage_from_before_provenance_was_kept_tells_its_first_time_too(desk: Desk) -> None:
    sha256 = hashlib.sha256(CLIP).hexdigest()
    with desk.store.writing() as writing:
        writing.add(a_footage(sha256=sha256, added_by="Old", original_name="old.mp4"))
    again = add_footage(
        desk.store, "case-1", camera_id="cam-1", stream=BytesIO(CLIP), original_name="new.mp4", size_bytes=len(CLIP),
        started_at=NOON, clock_offset_s=0.0, by="Ann", how="command line",
    )  # fmt: skip
    assert [(e.by, e.original_name) for e in again.provenance] == [("Old", "old.mp4"), ("Ann", "new.mp4")]


def test_a_file_adopted_just_before_the_power_went_is_still_added(desk: Desk) -> None:
    upload = arrived(desk)
    desk.store.files.adopt(desk.partials.path(upload.id), upload.sha256 or "")
    assert add_uploaded(desk, upload.id, "case-1", details=given_details(), by="Ann").sha256 == upload.sha256


def test_a_file_for_another_case_or_of_another_kind_is_not_added(desk: Desk) -> None:
    with pytest.raises(Conflict, match="another case"):
        add_uploaded(desk, arrived(desk, case_id="case-2").id, "case-1", details=given_details(), by="Ann")
    with pytest.raises(Conflict, match="not wholly arrived"):
        add_uploaded(desk, arrived(desk, purpose="photo").id, "case-1", details=given_details(), by="Ann")
    half = uploads.begin_upload(desk, name="half.mp4", size_bytes=5)
    with pytest.raises(Conflict, match=r"half\.mp4: has not wholly arrived"):
        add_uploaded(desk, half.id, "case-1", details=given_details(), by="Ann")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"started_at": utc_now() + timedelta(days=1)}, BadTime),
        ({"clock_uncertainty_s": -1.0}, BadInput),
        ({"clock_offset_s": float("nan")}, (BadInput, ValueError)),
        ({"camera_id": "nobody's"}, NotFound),
    ],
)
def test_details_that_cannot_be_true_are_refused_and_the_file_still_waits(
    desk: Desk, fields: dict[str, object], error: type[Exception]
) -> None:
    upload = arrived(desk, case_id="case-1")
    with pytest.raises(error):
        add_uploaded(desk, upload.id, "case-1", details=given_details(**fields), by="Ann")
    assert [waiting.id for waiting in uploads.waiting(desk, "case-1")] == [upload.id]
    assert desk.store.footages("case-1") == []


# corrections


@pytest.fixture
def confirmed(desk: Desk) -> Footage:
    """A footage with one candidate, which two people have confirmed."""
    with desk.store.writing() as writing:
        writing.add(a_footage(clock_uncertainty_s=1.0))
        writing.add(a_job())
        writing.put_track(a_match().track)
        writing.add_match(a_match())
    confirm_by_two(desk.store, "m-1", note="the scarf")
    return desk.store.footage("f-1")


def test_a_corrected_offset_moves_true_times_and_no_stored_one(desk: Desk, confirmed: Footage) -> None:
    store = desk.store
    before, track = store.sightings("case-1")[-1], store.match("m-1").track
    wanted = replace(details_of(confirmed), clock_offset_s=90.0, clock_uncertainty_s=5.0, clock_checked="with a phone")
    moved = correct_footage(store, confirmed, details=wanted, by="Ben")

    assert (moved.by_s, moved.candidates, moved.is_elsewhere) == (-90.0, 1, False)
    after = store.sightings("case-1")[-1]
    assert after == moved.sightings[0]
    assert after.id == before.id
    assert after.at == before.at - timedelta(seconds=90)
    assert after.tolerance_s == before.tolerance_s + 4.0
    footage = store.footage("f-1")
    assert footage.started_at == confirmed.started_at, "what the recorder showed stays what it showed"
    assert store.match("m-1").track == track
    assert footage.sha256 == confirmed.sha256
    assert true_time(footage, 10.0) == NOON - timedelta(seconds=80)
    entry = store.audit_entries("case-1")[-1]
    assert (entry.action, entry.by) == ("footage details corrected", "Ben")
    assert entry.details["before"]["clock_offset_s"] == 0.0  # type: ignore[index]
    assert entry.details["after"]["clock_offset_s"] == 90.0  # type: ignore[index]
    assert entry.details["sightings"][0]["from"] == before.at.isoformat()  # type: ignore[index]


def test_a_corrected_camera_moves_its_sightings_to_where_it_stands(desk: Desk, confirmed: Footage) -> None:
    moved = correct_footage(desk.store, confirmed, details=replace(details_of(confirmed), camera_id="cam-2"), by="Ben")
    assert moved.is_elsewhere
    assert (moved.by_s, desk.store.sightings("case-1")[-1].lat) == (0.0, 60.2)


def test_the_second_of_two_who_correct_at_once_is_told(desk: Desk, confirmed: Footage) -> None:
    correct_footage(desk.store, confirmed, details=replace(details_of(confirmed), clock_offset_s=1.0), by="Ann")
    with pytest.raises(Conflict, match="someone else corrected"):
        correct_footage(desk.store, confirmed, details=replace(details_of(confirmed), clock_offset_s=2.0), by="Ben")
    assert desk.store.footage("f-1").clock_offset_s == 1.0


def test_a_camera_that_has_the_same_file_cannot_get_it_twice(desk: Desk) -> None:
    add_uploaded(desk, arrived(desk).id, "case-1", details=given_details(), by="Ann")
    other = add_uploaded(desk, arrived(desk).id, "case-1", details=given_details(camera_id="cam-2"), by="Ann")
    with pytest.raises(Conflict, match="has this same file"):
        correct_footage(desk.store, other, details=replace(details_of(other), camera_id="cam-1"), by="Ann")


def test_a_correction_into_the_future_is_refused(desk: Desk, confirmed: Footage) -> None:
    late = replace(details_of(confirmed), started_at=utc_now() + timedelta(hours=2))
    with pytest.raises(BadTime):
        correct_footage(desk.store, confirmed, details=late, by="Ann")
    assert desk.store.footage("f-1") == confirmed


# what a file says of its start


@pytest.mark.parametrize(
    "name",
    [
        "20250305_172530.mp4", "2025-03-05 17-25-30.mp4", "ch01_20250305172530.mp4", "2025.03.05-17.25.30.avi",
        "NVR_ch1_main_20250305172530_20250305173000.mp4", "VID_20250305_172530123.mp4", "2025-03-05T17:25:30Z.mkv",
        "hall [2025_03_05 17_25_30] north.dav",
    ],
)  # fmt: skip
def test_the_start_is_read_from_the_names_that_recorders_give(name: str) -> None:
    assert start_in_name(name) == datetime(2025, 3, 5, 17, 25, 30)  # noqa: DTZ001  a recorder's own clock


@pytest.mark.parametrize(
    "name", ["IMG_0001.mp4", "20251305_172530.mp4", "20250305_256199.mp4", "19700101_000003.mp4", "120250305172530.mp4",
             "2025-03-05.mp4", ""],
)  # fmt: skip
def test_a_name_without_a_time_says_nothing(name: str) -> None:
    assert start_in_name(name) is None


@given(st.text())
def test_no_name_breaks_the_reading(name: str) -> None:
    start_in_name(name)


def look(created_at: datetime | None = None, clock: ClockReading | None = None) -> FirstLook:
    info = FootageInfo("h264", 640, 360, 10.0, 250, 0.0, "container", 0, "mov", created_at)
    return FirstLook(info, b"jpeg", clock)


def reading(shown: datetime | time, **fields: object) -> ClockReading:
    known = {"text": "05.03.2025 17:25:32", "shown": shown, "at_s": 2.0, "uncertainty_s": 0.3, "confidence": 0.9}
    known |= {"box_px": (0, 0, 9, 9), "crop_jpeg": b"crop", "order_in_doubt": False, "candidates": (shown,)}
    return ClockReading(**(known | fields))  # type: ignore[arg-type]


def test_every_clue_is_offered_and_says_what_to_mind() -> None:
    shown = datetime(2025, 3, 5, 17, 25, 32)  # noqa: DTZ001
    seen = look(datetime(2025, 3, 5, 15, 25, 40, tzinfo=UTC), reading(shown))
    found = clues("20250305_172531.mp4", seen, timezone="Europe/Helsinki")
    assert [(clue.source, clue.shown) for clue in found] == [
        (StartedFrom.BURNT_IN_CLOCK, datetime(2025, 3, 5, 17, 25, 30)),  # noqa: DTZ001  two seconds before it was read
        (StartedFrom.FILE_NAME, datetime(2025, 3, 5, 17, 25, 31)),  # noqa: DTZ001
        (StartedFrom.FILE_METADATA, datetime(2025, 3, 5, 17, 25, 40)),  # noqa: DTZ001
    ]
    assert all(clue.note for clue in found)


def test_a_clock_without_a_date_or_with_two_meanings_is_offered_as_such() -> None:
    assert clues("x", look(clock=reading(time(0, 0, 1))), timezone="UTC")[0].shown == time(23, 59, 59)
    both = (datetime(2025, 3, 5, 17, 0, 2), datetime(2025, 5, 3, 17, 0, 2))  # noqa: DTZ001
    doubtful = clues("x", look(clock=reading(both[0], order_in_doubt=True, candidates=both)), timezone="UTC")
    assert len(doubtful) == 2
    assert "the other way round" in doubtful[0].note


def test_a_file_that_says_nothing_offers_nothing() -> None:
    nothing: list[Clue] = []
    assert clues("clip.mp4", None, timezone="UTC") == nothing
    assert clues("clip.mp4", look(datetime(1970, 1, 1, tzinfo=UTC)), timezone="UTC") == nothing
