"""A case is searched only under an authority, within its period, and until it ends; the worker asks again."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import cases, governance, jobs, pictures, uses
from casework.access import Machine, Person
from casework.governance import Authority
from casework.request_papers import letter_html
from casework.requests import OwnerRequests
from casework.scanning import Workshop
from casework.working import Working
from data import leases
from data.errors import BadInput, BadTime, Conflict, NotAllowed, NotGoverned
from data.models import Account, Beat, JobState, Permission, Subject, utc_now
from data.store import Store
from tests.casework.reviewing import confirm_by_two
from tests.casework.scans import add_clip, add_photo, run_scan
from tests.factories import FAR_AWAY, NOON, a_case, a_footage, a_photo, a_sighting, an_authority
from tests.recognition.clips import RED, walking, write_clip

FIELDS = ("legal_basis", "authority_reference", "purpose", "owner", "expires_at")
SAID = ("legal basis", "authority's reference", "purpose", "owner", "expiry")


@given(st.lists(st.booleans(), min_size=5, max_size=5))
def test_all_that_is_missing_is_named_and_nothing_else(there: list[bool]) -> None:
    empty = {name: None if name == "expires_at" else "" for name, has in zip(FIELDS, there, strict=True) if not has}
    case = replace(a_case(), **empty)
    if all(there):
        governance.check_searchable(case, NOON)
        return
    with pytest.raises(NotGoverned) as refused:
        governance.check_searchable(case, NOON)
    assert [name for name in SAID if name in str(refused.value)] == [
        name for name, has in zip(SAID, there, strict=True) if not has
    ]


def test_a_case_is_searched_until_the_very_moment_its_authority_ends() -> None:
    case = a_case(expires_at=NOON)
    governance.check_searchable(case, NOON - timedelta(microseconds=1))
    with pytest.raises(NotGoverned, match="expired on 02 March 2026"):
        governance.check_searchable(case, NOON)
    with pytest.raises(NotGoverned, match="was closed"):
        governance.check_searchable(a_case(closed_at=NOON), NOON)


@pytest.mark.parametrize(
    ("starts", "offset_s", "seconds", "is_inside"),
    [
        (timedelta(), 0.0, 60.0, True),
        (timedelta(seconds=-30), 0.0, 60.0, True),
        (timedelta(seconds=-61), 0.0, 60.0, False),
        (timedelta(seconds=-61), 0.0, None, True),  # nobody knows yet how long it is; a worker asks again
        (timedelta(seconds=-61), -30.0, 60.0, True),
        (timedelta(days=-8), 0.0, None, False),
        (timedelta(hours=2), 0.0, 60.0, True),
        (timedelta(hours=2, seconds=1), 0.0, 60.0, False),
    ],
)
def test_footage_wholly_outside_the_period_is_refused_in_true_time(
    starts: timedelta, offset_s: float, seconds: float | None, is_inside: bool
) -> None:
    case = a_case(search_from=NOON, search_to=NOON + timedelta(hours=2))
    footage = a_footage(started_at=NOON + starts, clock_offset_s=offset_s)
    if is_inside:
        governance.check_in_period(case, [], footage, seconds=seconds)
        return
    with pytest.raises(NotGoverned, match=r"clip.mp4: .*wholly outside.*a supervisor widens the search period"):
        governance.check_in_period(case, [], footage, seconds=seconds)


def test_the_period_follows_from_the_first_sighting_where_nothing_is_typed() -> None:
    case = a_case(search_from=None)
    sightings = [a_sighting(at=NOON, tolerance_s=600.0), a_sighting("s-2", at=NOON + timedelta(days=3))]
    known = governance.period(case, sightings)
    assert (known.start, known.end) == (NOON - timedelta(days=1, minutes=10), FAR_AWAY)
    assert governance.period(case, []).start == case.created_at - timedelta(days=30)
    of_old = [a_sighting(at=NOON - timedelta(days=4000))]
    assert governance.period(case, of_old).start == case.created_at - timedelta(days=365)


def test_no_search_is_asked_for_without_an_authority(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    store = workshop.store
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(store, case_id, write_clip(tmp_path / "clip.mp4", walking(30)))
    case = governance.set_authority(store, store.case(case_id), an_authority(purpose=" "), by="Ann")
    with pytest.raises(NotGoverned, match="purpose is missing"):
        jobs.request_scan(store, footage.id, engine="fake", by="Ann")
    assert jobs.references_changed(store, case_id, by="Ann") == jobs.Renewal()
    assert store.jobs(of_id=footage.id) == []
    narrow = an_authority(search_from=NOON + timedelta(days=30), search_to=None)
    governance.set_authority(store, case, narrow, by="Ann")
    with pytest.raises(NotGoverned, match="wholly outside"):
        jobs.request_scan(store, footage.id, engine="fake", by="Ann")


def test_a_search_under_way_stops_where_the_case_is_closed_and_goes_on_when_it_is_open_again(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    store = workshop.store
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(store, case_id, write_clip(tmp_path / "clip.mp4", walking(100, colours=(RED,))))
    job = jobs.request_scan(store, footage.id, engine="fake", by="Ann")
    leases.beat(store, Beat("w", "run", "here", 1, utc_now(), utc_now(), ("cpu",), "2", True), is_first=True)
    lease = leases.claim_job(store, "run", job.id)
    assert lease is not None
    steps = Working(workshop, name="w", crashes_allowed=2, is_stopping=lambda: False, put_off=lambda _: None)
    spans = steps.plan(lease)
    assert steps.segment(lease, 0, spans)
    governance.close_case(store, case_id, reason="found", by="Ann")
    assert not steps.segment(lease, 1, spans)
    held = store.job(job.id)
    assert (held.state, held.segments_done) == (JobState.PAUSED, 1)
    assert "was closed" in held.note
    with pytest.raises(NotGoverned, match="was closed"):
        jobs.resume(store, job.id, by="Ann")
    governance.reopen_case(store, case_id, reason="missing again", by="Ann")
    assert jobs.resume(store, job.id, by="Ann").state is JobState.QUEUED


def test_the_authority_is_kept_as_typed_and_told_in_the_record(store: Store) -> None:
    case = cases.open_case(store, number="7", name="Aino", by="Ann")
    assert len(governance.missing(case)) == 5
    wanted = Authority(" Police Act ", "17/26", "to find Aino", "Ann", FAR_AWAY)
    saved = governance.set_authority(store, case, wanted, by="Ann")
    assert governance.authority_of(saved) == replace(wanted, legal_basis="Police Act")
    assert store.case(case.id) == saved
    with pytest.raises(Conflict, match="someone else changed"):
        governance.set_authority(store, case, wanted, by="Ben")
    with pytest.raises(BadTime, match="expiry: .* has passed"):
        governance.set_authority(store, saved, replace(wanted, expires_at=NOON), by="Ann")
    with pytest.raises(BadTime, match="ends before it begins"):
        governance.set_authority(
            store, saved, replace(wanted, search_from=NOON, search_to=NOON - timedelta(days=1)), by="Ann"
        )
    with pytest.raises(BadInput, match="legal basis: has 2,001 characters"):
        governance.set_authority(store, saved, replace(wanted, legal_basis="x" * 2001), by="Ann")
    (entry,) = store.audit_entries(case.id, action="authority set")
    assert entry.details["after"]["legal_basis"] == "Police Act"  # type: ignore[index]


def test_a_machine_never_governs(store: Store) -> None:
    case = cases.open_case(store, number="7", name="Aino", by="Ann")
    with pytest.raises(NotAllowed):
        governance.set_authority(store.guarded(Machine("worker")), case, an_authority(), by="worker")


# the log of uses


def test_each_use_is_logged_as_the_ai_act_lists_it(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    store = workshop.store
    photo = add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(store, case_id, write_clip(tmp_path / "clip.mp4", walking(50, colours=(RED,))))
    job_id = run_scan(workshop, footage)
    (match,) = store.matches(case_id)
    (use,) = uses.uses(store, case_id)
    assert (use.job_id, use.asked_by, use.ending) == (job_id, "Ann", "done")
    assert use.ended_at is not None
    assert use.began_at <= use.ended_at
    assert use.references == ({"photo": photo.id, "sha256": photo.sha256},)
    assert (use.footage_sha256, use.input_from) == (footage.sha256, NOON)
    assert use.input_to is not None
    assert timedelta(seconds=1) < use.input_to - NOON < timedelta(seconds=3)
    assert [(m.match_id, m.verified) for m in use.matches] == [(match.id, None)]
    (told_all,) = uses.uses(store, case_id, with_open=True)
    assert told_all.matches[0].verified == ()
    assert use.models == {"colours": "0" * 64}

    confirm_by_two(store, match.id)
    (use,) = uses.uses(store, case_id)
    assert [(v.by, v.verdict) for v in use.matches[0].verified or ()] == [("Ann", "confirm"), ("Ben", "confirm")]
    told = uses.to_json([use])[0]
    assert told["matches"][0]["verified"][1]["by"] == "Ben"
    assert told["input_from"] == NOON.isoformat()


def test_a_second_search_is_a_use_of_its_own(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(workshop.store, case_id, write_clip(tmp_path / "clip.mp4", walking(50, colours=(RED,))))
    first, second = run_scan(workshop, footage), run_scan(workshop, footage)
    found = uses.uses(workshop.store, case_id)
    assert [use.job_id for use in found] == [first, second]
    assert [len(use.matches) for use in found] == [1, 1]


# under 18


def child(**fields: object) -> Subject:
    return Subject("Aino", birth_date=date(2015, 6, 1), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("born", "is_minor"),
    [(date(2008, 3, 3), True), (date(2008, 3, 2), False), (None, False), (date(2008, 2, 29), False)],
)
def test_somebody_is_under_18_until_their_birthday_by_the_calendar_of_the_place(
    born: date | None, is_minor: bool
) -> None:
    assert governance.is_minor(a_case(subject=Subject("Aino", birth_date=born)), NOON) is is_minor
    late = datetime.fromisoformat("2026-03-02T22:30:00+00:00")  # the 3rd of March already in Helsinki
    assert not governance.is_minor(a_case(subject=Subject("Aino", birth_date=date(2008, 3, 3))), late)


class Viewer(Person):
    """Somebody who may read and no more."""

    def __init__(self) -> None:
        self.account = Account("v", "Vera", "Vera", NOON)
        self.name = "Vera"

    def sees(self, case_id: str) -> bool:
        return True

    def may(self, permission: Permission, case_id: str | None = None) -> bool:
        return permission is Permission.READ


def test_pictures_of_a_child_are_hidden_from_viewers_and_those_of_a_grown_up_are_not(store: Store) -> None:
    content = store.files.put_bytes(b"\xff\xd8a face", what="p")
    with store.writing() as writing:
        writing.add_case(a_case(subject=child()))
        writing.add(a_photo(preview_sha256=content, crop_sha256=content))
    viewer = store.guarded(Viewer())
    photo = viewer.photo("p-1")
    assert pictures.are_hidden(viewer, "case-1")
    assert pictures.reference(viewer, photo) is None
    assert pictures.reference_face(viewer, photo) is None
    assert pictures.reference(store, photo) == b"\xff\xd8a face"
    with store.writing() as writing:
        writing.change_case(a_case(subject=Subject("Aino", birth_date=date(1980, 1, 1))))
    assert pictures.reference(viewer, photo) == b"\xff\xd8a face"


def test_a_childs_name_leaves_only_by_a_release_with_a_reason(store: Store) -> None:
    case = cases.open_case(store, number="7", name="Aino", birth_date=date(2015, 6, 1), by="Ann")
    owner = OwnerRequests("Kiosk", ())
    assert "Aino" not in letter_html(case, owner, now=NOON)
    with pytest.raises(NotAllowed, match="under 18"):
        letter_html(case, owner, now=NOON, names_person=True)
    with pytest.raises(BadInput, match="to whom and for what"):
        governance.release_pictures(store, case.id, reason=" ", by="Sue")
    released = governance.release_pictures(store, case.id, reason="shops on the way to school", by="Sue")
    assert "Aino" in letter_html(released, owner, now=NOON, names_person=True)
    assert store.audit_entries(case.id, action="pictures released")[0].by == "Sue"
    with pytest.raises(NotAllowed):
        governance.check_release(governance.withdraw_release(store, case.id, by="Sue"), NOON)


def test_who_may_not_govern_cannot_make_a_child_grown_up(store: Store) -> None:
    class Analyst(Viewer):
        def may(self, permission: Permission, case_id: str | None = None) -> bool:
            return permission in (Permission.READ, Permission.EDIT)

    case = cases.open_case(store, number="7", name="Aino", birth_date=date(2015, 6, 1), by="Ann")
    grown = Subject("Aino", birth_date=date(1990, 6, 1))
    with pytest.raises(NotAllowed):
        cases.change_case(
            store.guarded(Analyst()), case, by="Vera", subject=grown, mode=case.mode, notes=""
        )  # fmt: skip
    assert store.case(case.id).subject.birth_date == date(2015, 6, 1)
