"""The pages without a browser: what is asked for, refused, kept and said."""

from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from casework import review
from dashboard import session
from data.models import Job, JobState, MatchState, Photo, Sighting, StartedFrom, Upload, Verdict
from data.store import Store, open_store
from recognition.first_look import FirstLook
from tests.dashboard.arriving import arrive
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_photo, a_sighting
from tests.fakes import Anyone

MAIN = Path(__file__).resolve().parents[2] / "dashboard" / "main.py"
CASE = "case-1"
# the night clocks were put back in Helsinki: 03:00 to 04:00 came twice
REPEATED_DAY = datetime(2025, 10, 26, tzinfo=UTC).date()


class Framed(PagesManager):
    """Runs main.py around every page, as app.py sees to: a folder "pages" is else taken for an older kind of app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        PagesManager.uses_pages_directory = False


def seen(look: FirstLook | None, problem: str = "") -> "Future[tuple[FirstLook | None, str]]":
    """What a process of its own would have seen in a file."""
    future: Future[tuple[FirstLook | None, str]] = Future()
    future.set_result((look, problem))
    return future


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home, and pages that know no other."""
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path))
    monkeypatch.setenv("LASTSEEN_FREE_DISK_MB", "1")
    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", Framed)
    monkeypatch.setattr(session, "first_look", lambda _: seen(None, "no film"))
    st.cache_resource.clear()
    yield tmp_path
    st.cache_resource.clear()


@pytest.fixture
def kept(home: Path) -> Iterator[Store]:
    """The store of the pages, with a case, three cameras north of its one sighting, and a usable photo."""
    store = open_store(home).guarded(Anyone())
    with store.writing() as writing:
        writing.add_case(a_case())
        for number in range(1, 4):
            writing.put_camera(a_camera(f"cam-{number}", lat=60.17 + number / 1000, owner="Owner *bold*"))
        writing.add(a_sighting(at=NOON))
        writing.add(a_photo())
    yield store
    store.close()


def page(name: str, **address: str) -> AppTest:
    """A page as it stands when it was opened by its address and somebody is signed in."""
    opened = AppTest.from_file(MAIN, default_timeout=20)
    for field, value in address.items():
        opened.query_params[field] = value
    opened.run()
    opened.switch_page(f"pages/{name}.py").run()
    assert not opened.exception, opened.exception
    return opened


def press(opened: AppTest, label: str) -> AppTest:
    next(button for button in opened.button if button.label == label).click().run()
    assert not opened.exception, opened.exception
    return opened


def words(opened: AppTest) -> str:
    """Everything that is said, warned and refused on the page."""
    blocks = (opened.main, opened.sidebar)
    kinds = [(b.title, b.markdown, b.caption, b.info, b.success, b.warning, b.error) for b in blocks]
    return "\n".join(element.value for block in kinds for kind in block for element in kind).replace("\\", "")


@pytest.mark.parametrize("name", ["case", "map", "footage", "review"])
def test_a_page_without_a_case_says_where_to_choose_one(home: Path, name: str) -> None:
    assert "No case is open" in words(page(name))
    assert "No case is open" in words(page(name, case="of-somebody-else"))


def test_a_case_is_opened_by_whoever_is_signed_in(home: Path) -> None:
    opened = page("cases")
    fields = {field.label: field for field in opened.text_input}
    fields["Case number *"].set_value("7/26")
    fields["Name of the missing person *"].set_value("Eeva *Esimerkki*")
    press(opened, "Open the case")

    store = open_store(home).guarded(Anyone())
    (case,) = store.cases()
    assert (case.number, case.subject.name) == ("7/26", "Eeva *Esimerkki*")
    assert opened.query_params["case"] == case.id
    assert ("Aino", "case opened") in [(entry.by, entry.action) for entry in store.audit_entries(case.id)]
    store.close()


def test_a_case_number_that_is_taken_is_refused_and_the_typed_words_stay(kept: Store) -> None:
    opened = page("cases")
    fields = {field.label: field for field in opened.text_input}
    fields["Case number *"].set_value("2026-001")
    fields["Name of the missing person *"].set_value("Second")
    press(opened, "Open the case")

    assert "there is a case with this number already" in words(opened)
    assert next(f.value for f in opened.text_input if f.label == "Name of the missing person *") == "Second"
    assert len(kept.cases()) == 1


def add_sighting(opened: AppTest, day: datetime, typed: str) -> None:
    fields = {field.label: field for field in [*opened.number_input, *opened.text_input, *opened.date_input]}
    fields["Latitude"].set_value(60.2)
    fields["Longitude"].set_value(24.9)
    fields["Date"].set_value(day.date())
    fields["Time"].set_value(typed)
    press(opened, "Add sighting")


def test_a_sighting_typed_in_the_cases_zone_is_kept_in_true_time(kept: Store) -> None:
    opened = page("case", case=CASE)
    add_sighting(opened, datetime(2026, 1, 15, tzinfo=UTC), "17.25")

    assert datetime(2026, 1, 15, 15, 25, tzinfo=UTC) in {s.at for s in kept.sightings(CASE)}
    assert "Thu 15 Jan 2026, 17:25:00 EET" in words(opened)


@pytest.mark.parametrize(
    ("day", "typed", "refusal"),
    [
        (datetime(2026, 1, 15, tzinfo=UTC), "half past five", "write it as 17:25"),
        (datetime(2026, 3, 29, tzinfo=UTC), "03:30", "does not exist in Europe/Helsinki"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(kept: Store, day: datetime, typed: str, refusal: str) -> None:
    opened = page("case", case=CASE)
    add_sighting(opened, day, typed)

    assert refusal in words(opened)
    assert len(kept.sightings(CASE)) == 1
    assert next(f.value for f in opened.text_input if f.label == "Time") == typed


def test_a_withdrawn_sighting_can_be_put_back(kept: Store) -> None:
    opened = page("case", case=CASE)
    press(opened, "Withdraw")
    assert kept.sightings(CASE) == []
    press(opened, "Undo: put the sighting back")
    assert len(kept.sightings(CASE)) == 1


def test_a_removed_photo_can_be_put_back(kept: Store) -> None:
    opened = page("case", case=CASE)
    press(opened, "Remove")
    assert kept.photos(CASE) == []
    next(button for button in opened.button if button.label.startswith("Undo: put photo")).click().run()
    assert len(kept.photos(CASE)) == 1


def test_a_photo_check_that_failed_says_why_and_can_be_asked_for_again(kept: Store) -> None:
    with kept.writing() as writing:
        writing.add(
            a_job("check", kind="photo", of_id="p-2", state=JobState.FAILED, error="insightface: no pack `none`")
        )
        writing.add(Photo("p-2", CASE, "ef" * 32, "second.jpg", NOON, job_id="check"))
    opened = page("case", case=CASE)
    assert "insightface: no pack `none`" in words(opened)

    press(opened, "Check again")

    assert kept.photo("p-2").job_id != "check"
    assert [job.kind for job in kept.jobs(case_id=CASE, open_only=True)] == ["photo"]


def sent(kept: Store, name: str = "clip.mp4", content: bytes = b"not really a film") -> Upload:
    """A footage that has arrived and waits for its details."""
    return arrive(kept, kept.files.folder.parent, name, content, case_id=CASE)


def add_footage(opened: AppTest, typed: str, *, day: datetime | None = None) -> None:
    next(f for f in opened.text_input if f.label.startswith("Recorder's time")).set_value(typed)
    if day is not None:
        opened.date_input[0].set_value(day)
    press(opened, next(b.label for b in opened.button if b.label in ("Add and search", "Add")))


def test_footage_is_kept_with_the_recorders_clock_and_a_search_is_asked_for(kept: Store) -> None:
    sent(kept, "a_b*c.mp4")
    opened = page("footage", case=CASE, camera="cam-2")
    opened.number_input[0].set_value(90.0)
    opened.number_input[1].set_value(2.0)
    next(f for f in opened.text_input if f.label == "How the clock was checked").set_value("with a phone")
    add_footage(opened, "14:00:30", day=NOON.date())

    (footage,) = kept.footages(CASE)
    assert (footage.camera_id, footage.clock_offset_s, footage.clock_uncertainty_s) == ("cam-2", 90.0, 2.0)
    assert (footage.clock_checked, footage.started_from) == ("with a phone", StartedFrom.TYPED)
    assert [(entry.how, entry.by, entry.original_name) for entry in footage.provenance] == [
        ("upload", "Aino", "a_b*c.mp4")
    ]
    assert footage.started_at == NOON + timedelta(seconds=30)
    assert [job.of_id for job in kept.jobs(case_id=CASE, open_only=True)] == [footage.id]
    assert "a_b*c.mp4 is kept, SHA-256" in words(opened)
    assert "starts Mon 02 Mar 2026, 13:59:00 EET true time" in words(opened)


@pytest.mark.parametrize(("second", "hour"), [(False, 0), (True, 1)])
def test_an_hour_that_came_twice_is_asked_about_and_never_guessed(kept: Store, second: bool, hour: int) -> None:
    sent(kept)
    opened = page("footage", case=CASE)
    add_footage(opened, "03:30", day=REPEATED_DAY)
    assert kept.footages(CASE) == []
    assert "This time came twice" in words(opened)
    assert "EEST" in opened.radio[-1].options[0]
    assert "EET" in opened.radio[-1].options[1]

    press(opened, "Add and search")
    assert kept.footages(CASE) == [], "nobody has said which hour"
    opened.radio[-1].set_value(second)
    press(opened, "Add and search")

    assert [f.started_at for f in kept.footages(CASE)] == [datetime(2025, 10, 26, hour, 30, tzinfo=UTC)]


def test_a_ranking_that_moves_gives_the_file_no_other_camera(kept: Store) -> None:
    sent(kept)
    opened = page("footage", case=CASE)
    assert opened.selectbox[0].value == "cam-1"
    with kept.writing() as writing:
        writing.add(a_sighting("s-2", lat=60.173, at=NOON + timedelta(minutes=5)))
    opened.run()
    assert opened.selectbox[0].options[0].startswith("1. Camera cam-3")

    add_footage(opened, "14:06", day=NOON.date())

    assert [footage.camera_id for footage in kept.footages(CASE)] == ["cam-1"]


def test_footage_from_the_future_is_refused(kept: Store) -> None:
    sent(kept)
    opened = page("footage", case=CASE)
    add_footage(opened, "12:00", day=datetime.now(UTC) + timedelta(days=2))

    assert "lies in the future" in words(opened)
    assert kept.footages(CASE) == []


def test_footage_without_a_reference_photo_is_kept_and_waits(kept: Store) -> None:
    with kept.writing() as writing:
        writing.change(Photo, "p-1", removed_at=NOON)
    sent(kept)
    opened = page("footage", case=CASE)
    add_footage(opened, "14:00", day=NOON.date())

    assert len(kept.footages(CASE)) == 1
    assert kept.jobs(case_id=CASE) == []
    assert "It can be searched once the case has a reference photo" in words(opened)


def test_what_the_file_says_of_its_start_is_offered_and_counts_only_when_someone_takes_it(kept: Store) -> None:
    sent(kept, "ch01_20260302140500.mp4")
    opened = page("footage", case=CASE)
    assert "Mon 02 Mar 2026, 14:05:00** · the file's name" in words(opened)
    assert next(f.value for f in opened.text_input if f.label.startswith("Recorder's time")) == ""

    press(opened, "Use this")
    press(opened, "Add and search")

    (footage,) = kept.footages(CASE)
    assert (footage.started_at, footage.started_from) == (NOON + timedelta(minutes=5), StartedFrom.FILE_NAME)


def test_an_offer_that_somebody_typed_over_counts_as_typed(kept: Store) -> None:
    sent(kept, "ch01_20260302140500.mp4")
    opened = page("footage", case=CASE)
    press(opened, "Use this")
    add_footage(opened, "14:06")
    (footage,) = kept.footages(CASE)
    assert (footage.started_at, footage.started_from) == (NOON + timedelta(minutes=6), StartedFrom.TYPED)


def test_the_same_bytes_again_are_one_footage_with_two_entries(kept: Store) -> None:
    for name in ("first.mp4", "again.mp4"):
        sent(kept, name)
        opened = page("footage", case=CASE)
        add_footage(opened, "14:00", day=NOON.date())
    (footage,) = kept.footages(CASE)
    assert [entry.original_name for entry in footage.provenance] == ["first.mp4", "again.mp4"]
    assert "these same bytes are in the case already, as first.mp4" in words(opened)
    assert len(kept.jobs(case_id=CASE)) == 1


def test_several_files_get_details_of_their_own_and_one_can_be_discarded(kept: Store) -> None:
    sent(kept, "one.mp4", b"1")
    two = sent(kept, "two.mp4", b"2")
    opened = page("footage", case=CASE)
    assert "one.mp4** has arrived" in words(opened)
    assert "two.mp4** has arrived" in words(opened)
    opened.button(key=f"discard_{two.id}").click().run()
    assert "two.mp4" not in words(opened)
    add_footage(opened, "14:00", day=NOON.date())
    assert [footage.original_name for footage in kept.footages(CASE)] == ["one.mp4"]


def test_corrected_details_move_what_follows_from_them_and_say_so(kept: Store) -> None:
    with_match(kept)
    review.decide(kept, "m-1", verdict=Verdict.CONFIRM, by="Ben")
    press(page("review", case=CASE), "It is this person")
    opened = page("footage", case=CASE)
    opened.toggle[0].set_value(True).run()
    next(f for f in opened.number_input if f.label.startswith("Recorder is ahead")).set_value(60.0)
    press(opened, "Save correction")

    assert "All true times of clip.mp4 are 60 s earlier: 1 candidate, 1 sighting on the map" in words(opened)
    sighting = kept.sightings(CASE)[-1]
    assert sighting.at == NOON + timedelta(minutes=9, seconds=12.5)


def test_a_search_that_failed_says_why_beside_its_footage(kept: Store) -> None:
    with kept.writing() as writing:
        writing.add(a_footage(original_name="broken.mp4"))
        writing.add(a_job(state=JobState.FAILED, error="broken.mp4: no picture could be decoded"))
    assert "not finished: broken.mp4: no picture could be decoded" in words(page("footage", case=CASE))


def test_a_search_under_way_tells_how_far_it_came(kept: Store) -> None:
    with kept.writing() as writing:
        writing.add(a_footage())
        writing.add(a_job())
        writing.change(
            Job, "j-1", state=JobState.RUNNING, seconds_total=3600.0, seconds_done=61.0, faces_seen=3, candidates=1
        )
    opened = page("footage", case=CASE)
    (bar,) = opened.get("progress")
    assert bar.proto.text.startswith("searched 1:01.0 of 1:00:00.0 · 3 faces seen · 1 candidate")
    assert "1 job under way" in words(opened)


def test_what_was_said_stays_when_a_worker_has_the_page_drawn_again(kept: Store) -> None:
    sent(kept)
    opened = page("footage", case=CASE)
    press(opened, "Add and search")
    assert "time: write it as" in words(opened)

    opened.session_state[f"drawn_for_worker:{CASE}"] = True
    assert "time: write it as" in words(opened.run())
    assert "time: write it as" not in words(opened.run())


def with_match(store: Store) -> None:
    with store.writing() as writing:
        writing.add(a_footage(started_at=NOON + timedelta(minutes=10)))
        writing.add(a_job(state=JobState.DONE))
        writing.put_track(a_match().track)
        writing.add_match(a_match())


def test_a_confirmed_match_becomes_a_sighting_and_the_page_says_what_moved(kept: Store) -> None:
    with_match(kept)
    review.decide(kept, "m-1", verdict=Verdict.CONFIRM, by="Ben")
    opened = page("review", case=CASE)
    assert opened.query_params["match"] == "m-1"
    press(opened, "It is this person")

    sighting = kept.sightings(CASE)[-1]
    assert (sighting.match_id, sighting.at) == ("m-1", NOON + timedelta(minutes=10, seconds=12.5))
    assert "Confirmed: Camera cam-1, Mon 02 Mar 2026, 14:10:12 EET. Its pin stands on the map." in words(opened)
    assert "First to ask before" in words(opened)
    assert "First to ask now" in words(opened)

    press(opened, "Undo")
    assert kept.match("m-1").state is MatchState.HALF_CONFIRMED
    assert [s.id for s in kept.sightings(CASE)] == ["s-1"]


def test_a_decision_after_the_session_has_ended_is_not_taken(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with_match(kept)
    opened = page("review", case=CASE)
    monkeypatch.setattr(session, "_signed_in", lambda: None)
    press(opened, "Someone else")

    assert words(opened).strip() == "You are not signed in, or your session has ended."
    assert kept.reviews("m-1") == []


def test_a_match_in_the_address_is_shown_under_its_own_heading(kept: Store) -> None:
    with_match(kept)
    press(page("review", case=CASE), "Someone else")

    opened = page("review", case=CASE, match="m-1")

    assert opened.get("button_group")[0].value == "Rejected"
    assert "rejected by Aino" in words(opened)


def test_the_camera_in_the_address_is_chosen_in_the_list_and_explained(kept: Store) -> None:
    opened = page("map", case=CASE, camera="cam-2")
    assert opened.radio[0].value == "cam-2"
    assert "Owner *bold*" in words(opened)

    opened.radio[0].set_value("cam-3").run()

    assert opened.query_params["camera"] == "cam-3"
    with kept.writing() as writing:
        writing.add(a_sighting("s-2", lat=60.172, at=NOON + timedelta(minutes=5)))
    assert opened.run().radio[0].value == "cam-3", "the list forgot the choice when its words changed"


def test_a_case_without_a_sighting_says_what_to_do_on_the_map(kept: Store) -> None:
    with kept.writing() as writing:
        writing.change(Sighting, "s-1", withdrawn_at=NOON)
    opened = page("map", case=CASE)
    assert "Click the map where the person was last seen" in words(opened)
    assert not opened.radio
