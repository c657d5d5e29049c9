"""The upload field in a real browser: pause, remove, reload, the keyboard, a telephone."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FileChooser, Page, expect

from casework.uploads import desk_at, discard, waiting
from data import upload_rows as rows
from data.store import Store, open_store
from tests.browser.conftest import PHONE, AppServer, AppStarter, screenshot, settled
from tests.factories import a_camera, a_case, a_photo, a_sighting
from tests.fakes import Anyone
from tests.recognition.made_stills import PHONE_EXIF, a_still, a_zip

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW_BYTES_S = 600_000


@pytest.fixture(scope="module")
def served(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    """The web door alone, on a home with one case and one camera."""
    home = tmp_path_factory.mktemp("uploads")
    store = open_store(home).guarded(Anyone())
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera())
        writing.add(a_sighting(at=datetime.now(UTC) - timedelta(hours=3)))
        writing.add(a_photo())
    store.close()
    return app_server(home=home)


@pytest.fixture(autouse=True)
def nothing_left(served: AppServer, store: Store) -> Iterator[None]:
    """No test finds what another one left waiting on the page."""
    yield
    desk = desk_at(store, served.home, max_upload_mb=1, max_uploads=9, free_bytes=0)
    for upload in waiting(desk, "case-1"):
        discard(desk, upload.id, "case-1", by="tests")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "hall <b>north [1].mp4"
    path.write_bytes(os.urandom(3_000_000))
    return path


def opened(page: Page, served: AppServer) -> None:
    page.goto(f"{served.url}/footage?case=case-1")
    page.get_by_role("button", name="Choose files").wait_for()
    settled(page)
    expect(page.get_by_test_id("stMain")).not_to_contain_text("looking for its first picture", timeout=40_000)
    settled(page)


def slow_line(page: Page, bytes_s: int) -> None:
    told = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": bytes_s}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", told)


def discard_all(page: Page) -> None:
    page.get_by_role("button", name="Discard").first.click()
    expect(page.get_by_text("has arrived. Where")).to_have_count(0)


def test_an_upload_is_paused_goes_on_after_a_reload_and_arrives_whole(
    page: Page, served: AppServer, store: Store, film: Path
) -> None:
    opened(page, served)
    slow_line(page, SLOW_BYTES_S)
    page.locator("input[type=file]").set_input_files(film)
    row = page.locator("li.file")
    expect(row.locator(".name")).to_have_text(film.name)
    expect(row.locator(".state")).to_contain_text("/s ·", timeout=20_000)
    screenshot(page, "upload_under_way")
    page.get_by_role("button", name=f"Pause {film.name}").click()
    expect(row.locator(".state")).to_contain_text("paused")
    expect(page.get_by_role("button", name=f"Resume {film.name}")).to_be_visible()

    page.reload()
    row = page.locator("li.file")
    expect(row.locator(".state")).to_contain_text("Choose the same file again to go on.")
    slow_line(page, -1)
    settled(page)
    page.locator("input[type=file]").set_input_files(film)
    expect(page.get_by_text("has arrived. Where")).to_have_count(1, timeout=30_000)
    expect(page.locator("li.file")).to_have_count(0)

    (upload,) = rows.uploads(store)
    assert upload.sha256 == hashlib.sha256(film.read_bytes()).hexdigest()
    assert upload.name == film.name
    expect(page.get_by_test_id("stMain")).not_to_contain_text("looking for its first picture", timeout=40_000)
    discard_all(page)
    assert rows.uploads(store) == []


def test_several_files_at_once_and_one_that_is_removed(
    page: Page, served: AppServer, store: Store, tmp_path: Path
) -> None:
    opened(page, served)
    slow_line(page, SLOW_BYTES_S)
    films = [tmp_path / f"{name}.mp4" for name in ("one", "two", "three")]
    for film in films:
        film.write_bytes(os.urandom(2_000_000))
    (tmp_path / "nothing.mp4").touch()
    page.locator("input[type=file]").set_input_files([*films, tmp_path / "nothing.mp4"])
    expect(page.locator("li.file")).to_have_count(4)
    expect(page.locator("li.file", has_text="nothing.mp4")).to_contain_text("The file is empty.")
    expect(page.locator("li.file", has_text="three.mp4")).to_contain_text("waits for its turn")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    screenshot(page, "uploads_phone")
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for name in ("three", "two", "nothing"):
        page.get_by_role("button", name=f"Remove {name}.mp4").click()
    expect(page.locator("li.file")).to_have_count(1)
    slow_line(page, -1)
    expect(page.get_by_text("one.mp4 has arrived. Where")).to_have_count(1, timeout=30_000)
    desk = desk_at(store, served.home, max_upload_mb=1, max_uploads=9, free_bytes=0)
    assert [upload.name for upload in waiting(desk, "case-1")] == ["one.mp4"]
    assert len(desk.partials.ids()) == 1


def test_the_field_is_used_with_the_keyboard_alone(page: Page, served: AppServer, tmp_path: Path) -> None:
    # long before the key is pressed: Playwright's waiting for a chooser does not wait until Chromium knows of it
    choosers: list[FileChooser] = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    opened(page, served)
    film = tmp_path / "by-keyboard.mp4"
    film.write_bytes(os.urandom(1000))
    choose = page.get_by_role("button", name="Choose files")
    for _ in range(40):
        page.keyboard.press("Tab")
        if choose.evaluate("(e) => e.getRootNode().activeElement === e"):
            break
    assert choose.evaluate("(e) => getComputedStyle(e).outlineStyle !== 'none'"), "nothing shows the focus"
    page.keyboard.press("Enter")
    for _ in range(80):
        if choosers:
            break
        page.wait_for_timeout(100)
    choosers[0].set_files(film)
    expect(page.get_by_text("by-keyboard.mp4 has arrived. Where")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="by-keyboard.mp4 has arrived.")).to_have_count(1)


def test_a_picture_from_a_phone_is_added_at_the_place_and_time_that_it_says_once_somebody_says_so(
    page: Page, served: AppServer, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "IMG_0001.jpg"
    path.write_bytes(a_still(size=(640, 480), orientation=6, **PHONE_EXIF))
    opened(page, served)
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_test_id("stMain")).to_contain_text("The file itself says 60.17000, 24.94000", timeout=30_000)
    settled(page)
    screenshot(page, "picture_offers")
    expect(page.locator(".leaflet-container")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Use this place").click()
    expect(page.get_by_role("spinbutton", name="Latitude")).to_have_value("60.170000")
    settled(page)
    page.get_by_role("button", name="Use this", exact=True).first.click()
    expect(page.get_by_role("textbox", name="Its time")).to_have_value("14:00:05")
    settled(page)
    screenshot(page, "picture_confirmed")
    page.get_by_role("button", name="Add and search").click()
    expect(page.get_by_text("IMG_0001.jpg is kept")).to_be_visible(timeout=20_000)
    (footage,) = store.footages("case-1")
    spot = store.camera(footage.camera_id)
    assert (spot.lat, spot.lon, spot.range_m, spot.name) == (60.17, 24.94, 25.0, "Apple iPhone 13")
    assert footage.started_at == datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)


def test_a_zip_of_pictures_is_taken_over_in_rounds(page: Page, served: AppServer, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "from the aunt.zip"
    said = [PHONE_EXIF | {"lat": (60.0, 10.0, float(n))} for n in range(8)]
    pictures = {f"DCIM/IMG_{n}.jpg": a_still(**one) for n, one in enumerate(said)}
    path.write_bytes(a_zip({**pictures, "screenshot.png": a_still("PNG"), "notes.txt": b"hello"}))
    opened(page, served)
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("In it: 9 pictures and 0 films")).to_be_visible(timeout=30_000)
    settled(page)
    screenshot(page, "zip_arrived")
    before = len(store.footages("case-1"))
    page.get_by_test_id("stForm").filter(has_text="have a time and a place").get_by_role("button").last.click()
    expect(page.get_by_text("8 files of from the aunt.zip are kept.")).to_be_visible(timeout=30_000)
    assert len(store.footages("case-1")) == before + 8
    settled(page)
    screenshot(page, "zip_taken_over")
