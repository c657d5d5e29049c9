"""Camera search: what of a camera's pictures is kept, what is not, who may, and what the record tells of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest

from casework import camera_search, cases, governance, jobs, review
from casework.access import Machine
from casework.camera_search import CameraDesk, Frame, Looked
from casework.camera_searches import end_left_over
from casework.hits import BROWSER
from casework.scanning import Workshop
from casework.uses import uses
from data.errors import BadInput, BadPlace, Conflict, NotAllowed, NotGoverned, TooLarge, TooMany
from data.models import JobState, Permission, Verdict, utc_now
from data.store import Store
from tests.casework.field_desk import PERSON, STRANGER, THIRD, camera_desk, picture
from tests.factories import an_account, an_authority
from tests.fakes import SignedIn

HERE = (60.1708, 24.9375)
ID = "search-of-a-test"


@pytest.fixture
def desk() -> CameraDesk:
    return camera_desk()


@pytest.fixture
def sought(store: Store, case_id: str, workshop: Workshop) -> str:
    """The case with a checked photo of the person."""
    return with_photo(store, workshop, case_id, PERSON)


def with_photo(store: Store, workshop: Workshop, case_id: str, colour: tuple[int, int, int]) -> str:
    photo = cases.add_photo(store, case_id, stream=BytesIO(picture(colour)), original_name="p.jpg", by="Ann")
    workshop.check_photo(jobs.check_photo(store, photo.id, engine="fake", by="Ann").id)
    return case_id


def a_frame(*people: tuple[int, int, int], at: datetime | None = None, **fields: object) -> Frame:
    arrived = at or utc_now()
    known = {"lat": HERE[0], "lon": HERE[1], "accuracy_m": 12.0, "arrived_at": arrived, "taken_at": arrived}
    return Frame(**({"jpeg": picture(*people)} | known | fields))  # type: ignore[arg-type]


def looked(store: Store, desk: CameraDesk, frame: Frame, case_id: str | None, *, id: str = ID) -> Looked:
    return camera_search.look(store, desk, frame, search_id=id, case_id=case_id, by="Ann")


def test_a_picture_of_strangers_is_forgotten(store: Store, desk: CameraDesk, sought: str) -> None:
    files = set(store.files.hashes())
    seen = looked(store, desk, a_frame(STRANGER, THIRD), sought)

    assert (len(seen.found), seen.candidates) == (2, ())
    assert (store.footages(sought), store.matches(sought), store.spots(sought)) == ([], [], [])
    assert set(store.files.hashes()) == files
    assert seen.found.vectors.size == 0


def test_a_picture_of_the_person_is_kept_with_its_place_time_and_accuracy(
    store: Store, desk: CameraDesk, sought: str
) -> None:
    at = utc_now()
    seen = looked(store, desk, a_frame(STRANGER, PERSON, at=at), sought)

    (one,), (footage,), (match,) = seen.candidates, store.footages(sought), store.matches(sought)
    assert (one.match_id, one.is_new, one.is_strong) == (match.id, True, True)
    spot = store.camera(footage.camera_id)
    assert (spot.lat, spot.lon, spot.range_m, spot.spot_of) == (*HERE, 12.0 + camera_search.REACH_M, sought)
    assert (footage.started_at, footage.provenance[-1].how, footage.added_by) == (at, "browser camera", "Ann")
    assert (match.track.crop_sha256 is not None, store.job(match.track.scan_id).kind) == (True, BROWSER)
    box = seen.found.faces.box_px[one.face]
    assert match.track.best_box_px == pytest.approx(tuple(box.tolist()))


def test_two_people_make_a_sighting_of_it_where_the_camera_stood(store: Store, desk: CameraDesk, sought: str) -> None:
    at = utc_now() - timedelta(seconds=5)
    (one,) = looked(store, desk, a_frame(PERSON, arrived_at=at + timedelta(seconds=2), taken_at=at), sought).candidates
    review.decide(store, one.match_id, verdict=Verdict.CONFIRM, by="Rita")
    sighting = review.decide(store, one.match_id, verdict=Verdict.CONFIRM, by="Sam")

    assert sighting is not None
    assert (sighting.lat, sighting.lon, sighting.at) == (*HERE, at)
    assert (sighting.radius_m, sighting.tolerance_s) == (12.0 + camera_search.REACH_M, 2.0)


def test_one_who_stays_in_view_is_one_candidate_and_a_much_better_picture_one_more(
    store: Store, desk: CameraDesk, sought: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = (180, 85, 150)  # less alike
    first = looked(store, desk, a_frame(far), sought).candidates[0]
    again = looked(store, desk, a_frame(far), sought).candidates[0]
    assert (first.is_new, again.is_new, again.match_id) == (True, False, first.match_id)

    better = looked(store, desk, a_frame(PERSON), sought).candidates[0]
    assert better.similarity > first.similarity + camera_search.BETTER
    assert (better.is_new, len(store.matches(sought))) == (True, 2)

    now = camera_search.monotonic() + 60
    monkeypatch.setattr("casework.camera_searches.monotonic", lambda: now)
    assert looked(store, desk, a_frame(PERSON), sought).candidates[0].is_new


def test_two_like_the_person_in_one_picture_are_two_candidates(store: Store, desk: CameraDesk, sought: str) -> None:
    seen = looked(store, desk, a_frame(PERSON, PERSON), sought)
    assert len(seen.candidates) == 2


def test_the_time_is_the_devices_where_it_can_be_and_else_the_arrival(
    store: Store, desk: CameraDesk, sought: str
) -> None:
    now = utc_now()
    for said, kept, off_s in (
        (now - timedelta(seconds=3), now - timedelta(seconds=3), -3.0),
        (now - timedelta(hours=2), now, -7200.0),
        (now + timedelta(minutes=5), now, 300.0),
        (None, now, None),
    ):
        seen = looked(store, desk, a_frame(STRANGER, arrived_at=now, taken_at=said), sought)
        assert (seen.at, seen.clock_off_s) == (kept, off_s)


UNUSABLE: tuple[tuple[dict[str, object], type[Exception], str], ...] = (
    ({"jpeg": b"GIF89a"}, BadInput, "no JPEG"),
    ({"jpeg": b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00"}, BadInput, "EXIF"),
    ({"jpeg": b"\xff\xd8\xff" + bytes(camera_search.MOST_BYTES)}, TooLarge, "at most"),
    ({"jpeg": b"\xff\xd8\xff\xe0 not a picture"}, BadInput, "picture of the camera"),
    ({"lat": 91.0}, BadPlace, "latitude"),
    ({"accuracy_m": 50_000.0}, BadInput, "50,000 m"),
    ({"accuracy_m": float("nan")}, BadInput, "place"),
    ({"taken_at": datetime(2026, 1, 1)}, BadInput, "time zone"),  # noqa: DTZ001  that is what is wrong
)


def test_what_cannot_be_used_is_refused_in_one_line(store: Store, desk: CameraDesk, sought: str) -> None:
    for changed, error, words in UNUSABLE:
        with pytest.raises(error, match=words) as refused:
            looked(store, desk, replace(a_frame(PERSON), **changed), sought)  # type: ignore[arg-type]
        assert "\n" not in str(refused.value)
    assert store.footages(sought) == []


def test_the_record_and_the_log_of_uses_tell_of_the_search_from_its_beginning_to_its_end(
    store: Store, desk: CameraDesk, sought: str
) -> None:
    looked(store, desk, a_frame(STRANGER), sought)
    looked(store, desk, a_frame(PERSON), sought)
    (began,) = uses(store, sought)
    assert (began.kind, began.asked_by, began.ended_at, len(began.matches)) == (BROWSER, "Ann", None, 1)

    camera_search.end(store, desk, ID, by="Ann")
    camera_search.end(store, desk, ID, by="Ann")  # twice does no harm
    (ended,) = uses(store, sought)
    (job,) = [job for job in store.jobs(case_id=sought) if job.kind == BROWSER]
    assert (ended.ending, job.state, job.candidates, job.faces_seen) == ("done", JobState.DONE, 1, 2)
    assert job.coverage is not None
    assert job.coverage.frames_examined == 2
    told = [entry.action for entry in store.audit_entries(sought)]
    assert (told.count("camera search began"), told.count("camera search ended")) == (1, 1)


def test_a_search_of_which_nothing_comes_any_more_ends_by_itself(store: Store, desk: CameraDesk, sought: str) -> None:
    looked(store, desk, a_frame(STRANGER), sought)
    assert desk.searches.end_silent(store) == 0
    assert desk.searches.end_silent(store, silent_s=-1) == 1
    assert {job.state for job in store.jobs(case_id=sought)} == {JobState.DONE}
    looked(store, desk, a_frame(STRANGER), sought)  # the next picture begins another one
    assert len(uses(store, sought)) == 2


def test_searches_that_a_killed_web_door_left_end_when_it_starts_again(
    store: Store, desk: CameraDesk, sought: str
) -> None:
    looked(store, desk, a_frame(STRANGER), sought)
    machine = store.guarded(Machine("web door"))
    assert (end_left_over(machine), end_left_over(machine)) == (1, 0)
    assert uses(store, sought)[0].ending == "ended with the web door"
    monotonic_later(desk)
    with pytest.raises(Conflict, match="ended by somebody else"):
        looked(store, desk, a_frame(STRANGER), sought)


def monotonic_later(desk: CameraDesk) -> None:
    """What was read of photos and authorities has grown old."""
    for search in desk.searches._running.values():
        search.gallery_s -= camera_search.GALLERY_S


def test_a_case_is_searched_no_more_once_it_is_closed(store: Store, desk: CameraDesk, sought: str) -> None:
    looked(store, desk, a_frame(STRANGER), sought)
    governance.close_case(store, sought, reason="found", by="Ann")
    with pytest.raises(NotGoverned, match="closed"):
        looked(store, desk, a_frame(PERSON), sought)
    assert store.footages(sought) == []


def test_new_photos_count_within_seconds_and_are_another_use(
    store: Store, desk: CameraDesk, sought: str, workshop: Workshop
) -> None:
    assert looked(store, desk, a_frame(THIRD), sought).candidates == ()
    with_photo(store, workshop, sought, THIRD)
    monotonic_later(desk)
    assert looked(store, desk, a_frame(THIRD), sought).candidates[0].is_new
    assert [len(use.references) for use in uses(store, sought)] == [1, 2]


def test_one_picture_at_a_time_and_one_case_for_a_search(store: Store, desk: CameraDesk, sought: str) -> None:
    with desk.searches.turn(ID, by="Ann", case_id=sought), pytest.raises(TooMany, match="one at a time"):
        looked(store, desk, a_frame(STRANGER), sought)
    with pytest.raises(Conflict, match="another case"):
        looked(store, desk, a_frame(STRANGER), None)
    with pytest.raises(BadInput, match="id of its own"):
        looked(store, desk, a_frame(STRANGER), sought, id="x y")


# all open cases at once


@pytest.fixture
def two(store: Store, sought: str, workshop: Workshop) -> tuple[str, str]:
    other = cases.open_case(store, number="2", name="Zed", authority=an_authority(), by="Ann").id
    return sought, with_photo(store, workshop, other, THIRD)


def test_a_supervisor_searches_for_the_people_of_all_open_cases(
    store: Store, desk: CameraDesk, two: tuple[str, str]
) -> None:
    cases.open_case(store, number="3", name="Nobody", authority=an_authority(), by="Ann")
    seen = looked(store, desk, a_frame(THIRD, STRANGER, PERSON), None)

    assert {(one.case.id, one.face) for one in seen.candidates} == {
        (two[0], face_of(seen, 2)),
        (two[1], face_of(seen, 0)),
    }
    assert (seen.cases, [left.why.value for left in seen.left_out]) == (2, ["no usable reference photo"])
    for case_id in two:
        assert len(store.matches(case_id)) == len(store.footages(case_id)) == len(uses(store, case_id)) == 1
        assert store.camera(store.footages(case_id)[0].camera_id).spot_of == case_id


def face_of(seen: Looked, place: int) -> int:
    """The row of the face that stands at this place from the left."""
    rows = sorted(range(len(seen.found)), key=lambda row: float(seen.found.faces.box_px[row, 0]))
    return rows[place]


def test_for_many_people_sought_a_face_must_be_more_alike(store: Store, desk: CameraDesk, two: tuple[str, str]) -> None:
    paler = (180, 85, 150)
    alone = looked(store, desk, a_frame(paler), two[0])
    together = looked(store, desk, a_frame(paler), None, id="all-of-them")
    assert (len(alone.candidates), together.candidates) == (1, ())


def test_a_case_that_is_closed_meanwhile_leaves_the_search_and_the_rest_goes_on(
    store: Store, desk: CameraDesk, two: tuple[str, str]
) -> None:
    looked(store, desk, a_frame(STRANGER), None)
    governance.close_case(store, two[1], reason="found", by="Ann")
    monotonic_later(desk)
    seen = looked(store, desk, a_frame(THIRD, PERSON), None)
    assert [one.case.id for one in seen.candidates] == [two[0]]
    assert uses(store, two[1])[0].ending == "done"


class Analyst(SignedIn):
    """Searches one case, and supervises none."""

    def __init__(self, case_id: str) -> None:
        super().__init__(an_account("Ann"))
        self._case_id = case_id

    def may(self, permission: Permission, case_id: str | None = None) -> bool:
        return case_id == self._case_id and permission is not Permission.GOVERN

    def may_anywhere(self, permission: Permission) -> bool:
        return permission is not Permission.GOVERN


def test_who_supervises_no_case_searches_one_at_a_time(store: Store, desk: CameraDesk, two: tuple[str, str]) -> None:
    mine = store.guarded(Analyst(two[0]))
    assert [choice.case.id for choice in camera_search.choices(mine)] == [two[0]]
    assert not camera_search.may_search_all(mine)
    with pytest.raises(NotAllowed, match="only who supervises"):
        looked(mine, desk, a_frame(PERSON), None)


def test_cases_that_cannot_be_searched_now_say_why(store: Store, sought: str) -> None:
    cases.open_case(store, number="0", name="New", by="Ann")
    closed = cases.open_case(store, number="9", name="Old", authority=an_authority(), by="Ann")
    governance.close_case(store, closed.id, reason="found", by="Ann")
    found = camera_search.choices(store)
    assert [(choice.case.number, choice.why_not is None) for choice in found] == [("1", True), ("0", False)]
    assert "legal basis" in (found[1].why_not or "")


def test_a_set_aside_face_says_so(store: Store, desk: CameraDesk, sought: str) -> None:
    pale = (180, 85, 150)
    (first,) = looked(store, desk, a_frame(pale), sought).candidates
    review.decide(store, first.match_id, verdict=Verdict.REJECT, by="Rita")
    (again,) = looked(store, desk, a_frame(pale), sought, id="another-search").candidates
    assert (again.is_set_aside, again.is_new) == (True, True)
