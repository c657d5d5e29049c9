"""The Footage page with pictures from somebody's hand: their places and times count once somebody says so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from casework import clues
from dashboard import session
from data.models import StartedFrom
from data.store import Store
from data.upload_rows import uploads
from recognition.first_look import FirstLook
from recognition.footage import FootageInfo
from recognition.taken import Taken
from tests.dashboard.arriving import arrive
from tests.dashboard.test_pages import seen
from tests.factories import NOON, a_case, a_photo, a_sighting
from tests.recognition.made_stills import PHONE_EXIF, a_still, a_zip

MAIN = Path(__file__).resolve().parents[2] / "dashboard" / "main.py"
CASE = "case-1"
SHOWN = datetime(2026, 3, 2, 14, 0, 5)  # noqa: DTZ001  a phone's clock, whose zone the file does not name
PHONE = Taken(SHOWN, "DateTimeOriginal", None, 60.17, 24.94, 8.0, "Apple iPhone 13")


@pytest.fixture
def kept(page_store: Store) -> Store:
    with page_store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_sighting(at=NOON - timedelta(days=1)))
        writing.add(a_photo())
    return page_store


def looked(taken: Taken, *, is_still: bool = True) -> FirstLook:
    info = FootageInfo("jpeg", 64, 48, None, 1, 0.0, "container", 0, "jpeg", None, taken, is_still)
    return FirstLook(info, a_still(), None)


def opened(kept: Store) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.switch_page("pages/footage.py")
    app.query_params["case"] = CASE
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def words(app: AppTest) -> str:
    assert not app.exception, app.exception
    told = [*app.markdown, *app.caption, *app.success, *app.error, *app.warning, *app.info]
    return " ".join(str(element.value) for element in told).replace("\\", "")


def test_a_picture_is_added_without_any_camera_where_and_when_it_says_once_somebody_says_so(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "first_look", lambda _: seen(looked(PHONE)))
    arrive(kept, kept.files.folder.parent, "IMG_1.jpg", a_still(), case_id=CASE)
    app = opened(kept)
    assert "belong to a place" in words(app)
    assert "60.17000, 24.94000" in words(app)
    press(app, "Add and search")
    assert "place: use what the file says" in words(app)
    assert kept.footages(CASE) == []
    press(app, "Use this place")
    press(app, "Use this")
    press(app, "Add and search")
    assert "IMG_1.jpg is kept" in words(app)
    (footage,) = kept.footages(CASE)
    spot = kept.camera(footage.camera_id)
    assert (spot.lat, spot.lon, spot.range_m) == (60.17, 24.94, clues.LEAST_RADIUS_M)
    assert (spot.name, spot.source) == ("Apple iPhone 13", "the file's metadata")
    assert footage.started_at == datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
    assert (footage.started_from, footage.recorder_make) == (StartedFrom.FILE_METADATA, "Apple iPhone 13")
    assert [job.of_id for job in kept.jobs(case_id=CASE, open_only=True)] == [footage.id]


def put_zip(kept: Store, members: dict[str, bytes]) -> None:
    arrive(kept, kept.files.folder.parent, "from the aunt.zip", a_zip(members), case_id=CASE)


def opened_with_zip(kept: Store) -> AppTest:
    app = opened(kept)
    session._bundle_look(upload_id(kept), session._desk()).result(60)
    return app.run()


def upload_id(kept: Store) -> str:
    return uploads(kept)[0].id


def test_a_zip_of_pictures_becomes_footage_each_where_and_when_it_says(kept: Store) -> None:
    north = PHONE_EXIF | {"lat": (61.0, 0.0, 0.0)}
    put_zip(
        kept,
        {
            "DCIM/IMG_1.jpg": a_still(**PHONE_EXIF),
            "DCIM/IMG_2.jpg": a_still(size=(80, 40), **north),
            "silent.png": a_still("PNG"),
            "<b>notes</b>.txt": b"hello",
        },
    )
    app = opened_with_zip(kept)
    assert "**3 pictures** and **0 films**. 2 say when they were taken, 2 say where." in words(app)
    assert "<b>notes</b>" not in words(app).replace("&lt;", "<") or "is no picture or film" in words(app)
    assert "**2 files** have a time and a place so." in words(app)
    press(app, "Add and search")
    assert "2 files of from the aunt.zip are kept." in words(app)
    footages = kept.footages(CASE)
    assert {footage.original_name for footage in footages} == {"DCIM/IMG_1.jpg", "DCIM/IMG_2.jpg"}
    assert {kept.camera(footage.camera_id).lat for footage in footages} == {60.17, 61.0}
    assert {footage.started_at for footage in footages} == {datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)}
    assert {job.of_id for job in kept.jobs(case_id=CASE, open_only=True)} == {footage.id for footage in footages}
    (provenance,) = footages[0].provenance
    assert provenance.how.startswith("upload, out of from the aunt.zip (SHA-256 ")


def test_what_a_zip_does_not_say_is_given_by_hand_and_what_is_here_already_stays_as_it_is(kept: Store) -> None:
    put_zip(kept, {"1.jpg": a_still(**PHONE_EXIF), "silent.png": a_still("PNG")})
    press(opened_with_zip(kept), "Add and search")
    app = opened_with_zip(kept)
    next(one for one in app.toggle if one.label == "Give a place by hand").set_value(True).run()
    for label, value in (("Latitude *", 60.2), ("Longitude *", 24.9)):
        next(one for one in app.number_input if one.label == label).set_value(value)
    app.run()
    next(one for one in app.date_input if one.label == "Date").set_value(NOON.date())
    next(one for one in app.text_input if one.label == "Time").set_value("13:30")
    app.run()
    assert "**2 files** have a time and a place so." in words(app)
    press(app, "Add and search")
    assert "1 file of from the aunt.zip is kept. 1 was in the case already." in words(app)
    silent = next(footage for footage in kept.footages(CASE) if footage.original_name == "silent.png")
    spot = kept.camera(silent.camera_id)
    assert (spot.lat, spot.lon, spot.source) == (60.2, 24.9, "typed")
    assert silent.started_at == datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    assert silent.started_from is StartedFrom.TYPED


def test_a_zip_that_cannot_be_read_says_so_and_still_waits(kept: Store) -> None:
    arrive(kept, kept.files.folder.parent, "cut.zip", a_zip({"1.jpg": a_still()})[:60], case_id=CASE)
    app = opened_with_zip(kept)
    assert "cut.zip: is no ZIP archive, or a damaged one" in words(app)
    assert [upload.name for upload in uploads(kept)] == ["cut.zip"]
