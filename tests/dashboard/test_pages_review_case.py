"""The Review and Case pages without a browser: speeds, groups, what was set aside, small faces, photos, vectors."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from casework import jobs, review
from casework.kept import face_vectors
from dashboard.hours import now_layers
from dashboard.map_layers import MatchLook
from data.models import Case, JobState, MatchState, Photo, PhotoVectors, Subject, Verdict
from data.store import Store
from tests.casework.reviewing import Reader
from tests.dashboard.test_pages import CASE, page, press, words
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_photo, a_sighting, a_track

ENGINE = "open"


@pytest.fixture
def kept(page_store: Store) -> Store:
    """The store of the pages: a case with a sighting, a photo, and two candidates at one camera."""
    store = page_store
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.put_camera(a_camera())
        writing.add(a_sighting(at=NOON))
        writing.add(a_photo())
        writing.add(a_footage(started_at=NOON + timedelta(minutes=10)))
        writing.add(a_job(state=JobState.DONE))
    candidate(store, "m-1")
    candidate(store, "m-2", similarity=0.6)
    return store


def candidate(store: Store, id: str, **fields: object) -> None:
    of_match = {name: fields.pop(name) for name in ("state", "like_match_id", "group_id") if name in fields}
    track = a_track(f"track-{id}", **fields)
    with store.writing() as writing:
        writing.put_track(track)
        writing.add_match(a_match(id, track=track, engine=ENGINE, **of_match))


def change(store: Store, case: Case) -> None:
    with store.writing() as writing:
        writing.change_case(case)


def test_the_speed_needed_stands_beside_a_candidate_in_words(kept: Store) -> None:
    assert "from the sighting before, 02 Mar 14:00: a walk: less than 1 km/h needed" in words(
        page("review", case=CASE, match="m-1")
    ).replace("**", "")


def test_a_face_too_small_to_go_by_asks_for_a_note_and_is_confirmed_with_one(kept: Store) -> None:
    candidate(kept, "small", best_box_px=(0.0, 0.0, 24.0, 30.0))
    opened = page("review", case=CASE, match="small")
    assert "The face is only 24 pixels wide. Below 32 it cannot be confirmed on the face alone" in words(opened)

    press(opened, "It is this person")
    assert "note: the face is only 24 pixels wide, too small to confirm on the face alone" in words(opened)
    assert kept.match("small").state is MatchState.TO_REVIEW

    next(f for f in opened.text_input if f.label == "Note").set_value("the same torn coat")
    press(opened, "It is this person")
    assert kept.match("small").state is MatchState.HALF_CONFIRMED
    assert "stands on the map once a second person confirms it too" in words(opened)
    assert kept.reviews("small")[0].note == "the same torn coat"


def test_the_second_person_is_told_nothing_of_the_first_and_both_of_what_follows(kept: Store) -> None:
    review.decide(kept, "m-1", verdict=Verdict.CONFIRM, by="Ben", note="a scar I know")
    opened = page("review", case=CASE, match="m-1")
    assert opened.get("button_group")[0].value == "To review"
    assert not any(word in words(opened) for word in ("Ben", "scar", "second person is needed", "Second needed"))
    assert "2 to review" in words(opened)

    press(opened, "It is this person")

    assert kept.match("m-1").state is MatchState.CONFIRMED
    assert "Its pin stands on the map." in words(opened)
    assert "a scar I know" in words(page("review", case=CASE, match="m-1"))


def test_a_pin_on_the_map_tells_the_second_person_nothing_of_the_first(kept: Store) -> None:
    review.decide(kept, "m-1", verdict=Verdict.CONFIRM, by="Ben")
    case, cameras = kept.case(CASE), {camera.id: camera for camera in kept.cameras()}
    found = {
        name: {pin.id: pin for pin in now_layers(kept.guarded(Reader(name)), case, [], cameras, None, now=NOON).matches}
        for name in ("Aino", "Ben")
    }
    assert found["Aino"]["m-1"].look is found["Aino"]["m-2"].look is MatchLook.TO_REVIEW
    assert found["Aino"]["m-1"].label == "to review: similarity 0.70\nCamera cam-1"
    assert found["Ben"]["m-1"].look is MatchLook.HALF_CONFIRMED
    assert "a second person is needed" in found["Ben"]["m-1"].label


def test_who_confirmed_alone_learns_how_to_get_a_second_person(kept: Store) -> None:
    press(page("review", case=CASE, match="m-1"), "It is this person")
    opened = page("review", case=CASE, match="m-1")
    assert opened.get("button_group")[0].value == "Second needed"
    assert "cli.py users add NAME" in words(opened)
    press(opened, "Take my decision back")
    assert kept.match("m-1").state is MatchState.TO_REVIEW


def test_a_dispute_is_settled_by_a_supervisor_who_is_neither_with_a_reason(kept: Store) -> None:
    for by, verdict in (("Ben", Verdict.CONFIRM), ("Cai", Verdict.REJECT)):
        review.decide(kept, "m-1", verdict=verdict, by=by)
    opened = page("review", case=CASE, match="m-1")
    assert opened.get("button_group")[0].value == "Disputed"
    press(opened, "Settle: it is this person")
    assert "reason: say why" in words(opened)
    next(f for f in opened.text_input if f.label == "Why the one is right").set_value("the tattoo is hers")
    press(opened, "Settle: it is this person")
    assert kept.match("m-1").state is MatchState.CONFIRMED
    assert "Settled as confirmed" in words(opened)


def test_what_was_set_aside_stands_under_its_own_heading_and_can_be_brought_back(kept: Store) -> None:
    candidate(kept, "aside", state=MatchState.SET_ASIDE, like_match_id="m-2")
    opened = page("review", case=CASE, match="aside")
    assert opened.get("button_group")[0].value == "Set aside"
    assert "looks like someone rejected before. Nobody has decided on this one." in words(opened)

    press(opened, "Bring back to the queue")

    assert kept.match("aside").state is MatchState.TO_REVIEW
    assert kept.audit_entries(CASE)[-1].by == "Aino"


def test_one_person_in_many_recordings_is_rejected_once_and_taken_back_once(kept: Store) -> None:
    for number in range(3):
        candidate(kept, f"same-{number}", group_id="same-0")
    opened = page("review", case=CASE, match="same-1")
    assert "Looks like the same person as **2 other candidates**" in words(opened)

    press(opened, "Someone else: reject all 3")

    assert "Someone else: 3 candidates that look like one person." in words(opened)
    assert [kept.match(f"same-{n}").state for n in range(3)] == [MatchState.REJECTED] * 3
    assert opened.query_params["match"] == "m-1"
    press(opened, "Undo")
    assert [kept.match(f"same-{n}").state for n in range(3)] == [MatchState.TO_REVIEW] * 3
    assert [r.verdict for r in kept.reviews("same-2")] == [Verdict.REJECT, Verdict.UNDO]


def test_a_group_is_no_longer_offered_for_what_was_decided_on(kept: Store) -> None:
    candidate(kept, "open", group_id="g")
    candidate(kept, "done", group_id="g", state=MatchState.CONFIRMED)
    for match in ("open", "done"):
        opened = page("review", case=CASE, match=match)
        assert "Looks like the same person" not in words(opened)


def test_an_old_photo_of_a_child_lowers_what_is_claimed_on_both_pages(kept: Store) -> None:
    change(kept, a_case(subject=Subject("Aino Example", birth_date=date(2010, 6, 1))))
    opened = page("case", case=CASE)
    assert "photo.jpg: The person is 15 and the photo has no date" in words(opened)
    next(f for f in opened.date_input if f.label == "Taken on").set_value(date(2020, 1, 15))
    press(opened, "Save the date")

    assert kept.photo("p-1").taken_on == date(2020, 1, 15)
    said = "The photo is 6 years old; the person was 9, is 15: a face changes much in that time."
    assert said in words(opened)
    assert said in words(page("review", case=CASE))


def test_the_recent_photo_of_an_adult_needs_no_words(kept: Store) -> None:
    change(kept, a_case(subject=Subject("Aino Example", birth_date=date(1980, 6, 1))))
    with kept.writing() as writing:
        writing.change(Photo, "p-1", taken_on=date(2025, 1, 1))
    assert "a face changes" not in words(page("case", case=CASE))
    assert "a face changes" not in words(page("review", case=CASE))


def test_a_photo_that_does_not_fit_and_the_quality_of_each_are_told(kept: Store) -> None:
    with kept.writing() as writing:
        writing.add(a_photo("p-2", sha256="ef" * 32, original_name="other.jpg", quality=0.3))
        vectors = face_vectors(ENGINE, np.zeros((1, 3), np.float32))
        writing.put_photo_vectors(PhotoVectors("p-1", vectors, {}, 0.42))
        writing.put_photo_vectors(PhotoVectors("p-2", vectors, {"p-1": 0.2}, 0.42))
    said = words(page("case", case=CASE))
    assert "quality good (0.90)" in said
    assert "quality poor: a clearer one helps (0.30)" in said
    assert "Does not look like the person in the other photos: photo.jpg, other.jpg." in said
    assert "do not fit one another" in words(page("review", case=CASE))


def test_what_a_change_of_photos_set_going_is_said(kept: Store) -> None:
    at = datetime(2026, 3, 2, 13, tzinfo=UTC)
    with kept.writing() as writing:
        counts = {"searched_again": 3, "compared_at_once": 1}
        writing.audit(at=at, by="Aino", action=jobs.REFERENCES_CHANGED, case_id=CASE, references=[], **counts)
    assert (
        "Since the photos changed on Mon 02 Mar 2026, 15:00:00 EET: 3 recordings are searched again; 1 recording was "
        "compared at once from what was kept."
    ) in words(page("case", case=CASE))


def test_a_comparison_that_failed_says_why_and_can_be_asked_for_again(kept: Store) -> None:
    with kept.writing() as writing:
        writing.add(a_job("again", kind="recompare", of_id=CASE, state=JobState.FAILED, error="no pack `none`"))
    opened = page("case", case=CASE)
    assert "Comparing again was not finished: no pack `none`" in words(opened)
    press(opened, "Compare again")
    assert "recompare" in {job.kind for job in kept.jobs(case_id=CASE, open_only=True)}
    assert "not finished" not in words(opened)


def test_vectors_are_kept_only_with_permission_and_deleted_only_when_meant(kept: Store) -> None:
    opened = page("case", case=CASE)
    assert "bystanders too" in words(opened)
    next(f for f in opened.text_input if f.label.startswith("Where it says so")).set_value("order 17/26, p. 2")
    press(opened, "Keep face vectors from now on")
    assert "reason: say where the authority permits it" in words(opened)
    assert not kept.case(CASE).keeps_vectors
    next(c for c in opened.checkbox if c.label.startswith("The authority permits")).check()
    press(opened, "Keep face vectors from now on")
    assert kept.case(CASE).keeps_vectors
    assert kept.case(CASE).vectors_reason == "order 17/26, p. 2"

    press(opened, "Stop, and delete those kept")
    assert kept.case(CASE).keeps_vectors, "nobody has said yes"
    press(opened, "Keep them")
    press(opened, "Stop, and delete those kept")
    press(opened, "Delete them")
    assert not kept.case(CASE).keeps_vectors
    assert "The face vectors of 0 tracks are deleted." in words(opened)


def test_a_removed_photo_sets_another_search_going(kept: Store) -> None:
    with kept.writing() as writing:
        writing.add(a_photo("p-2", sha256="ef" * 32, original_name="other.jpg"))
    opened: AppTest = page("case", case=CASE)
    press(opened, "Remove")
    assert sorted(job.kind for job in kept.jobs(case_id=CASE, open_only=True)) == ["recompare", "scan"]
    assert "1 recording is searched again" in words(opened)
