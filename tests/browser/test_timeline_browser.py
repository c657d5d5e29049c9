"""The time line and the home page in a real browser: keys, zoom, clicks, and what stays while the case changes."""

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from data.models import Coverage, Job, JobState, RequestState, Subject
from data.store import Store, Writing, open_store
from tests.browser.conftest import AppServer, AppStarter, screenshot, settled
from tests.casework.made_requests import a_request
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_sighting, a_track
from tests.fakes import Anyone

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CAMERAS = 50
EVIL = "<img src=x onerror=alert(1)>"


def _add_camera(writing: Writing, n: int) -> None:
    """A camera with a request, a footage that was searched but for two minutes, and three candidates in it."""
    camera, footage, job, at = f"cam-{n}", f"f-{n}", f"j-{n}", NOON + timedelta(minutes=2 * n)
    writing.put_camera(a_camera(camera, name=f"Kiosk {n} {EVIL}", retention_days=3.0))
    minutes = {"from_at": at, "to_at": at + timedelta(minutes=20)}
    writing.add(a_request(f"r-{n}", camera_id=camera, state=RequestState.SENT, **minutes))
    known = {"sha256": f"{n:064x}", "started_at": at, "clock_uncertainty_s": 90.0}
    writing.add(a_footage(footage, camera_id=camera, **known))
    coverage = Coverage(9, unreadable_spans_s=((300.0, 420.0),))
    writing.add(a_job(job, of_id=footage, state=JobState.DONE, seconds_total=1800.0, coverage=coverage))
    writing.change(Job, job, spans=[[0.0, 1800.0]])
    for k in range(3):
        start_s = 400.0 * k
        track = a_track(f"t-{n}-{k}", scan_id=job, start_s=start_s, best_s=start_s + 2, end_s=start_s + 9)
        writing.put_track(track)
        writing.add_match(a_match(f"m-{n}-{k}", footage_id=footage, track=track))


@pytest.fixture(scope="module")
def served(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    """LastSeen on a home with a case of 50 cameras, each searched in part, and three sightings."""
    home = tmp_path_factory.mktemp("timeline")
    store = open_store(home).guarded(Anyone())
    with store.writing() as writing:
        writing.add_case(a_case(notes="Wears a red coat."))
        writing.add_case(a_case(id="case-2", number="2026-002", subject=Subject(f"Bo {EVIL}")))
        for n in range(CAMERAS):
            _add_camera(writing, n)
        for n in range(3):
            writing.add(a_sighting(f"s-{n}", at=NOON + timedelta(minutes=30 * n), tolerance_s=300.0, source=EVIL))
    store.close()
    return app_server(home=home)


def opened(page: Page, served: AppServer) -> Locator:
    page.goto(f"{served.url}/timeline?case=case-1")
    line = page.locator("section.line")
    line.locator("a.mark.sighting").first.wait_for()
    settled(page)
    return line


def focused(page: Page) -> str:
    """What a screen reader is told of the mark that has the focus."""
    return str(page.evaluate("() => document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label')"))


def test_the_time_line_is_walked_zoomed_and_left_by_keys_alone(page: Page, served: AppServer) -> None:
    line = opened(page, served)
    shown = line.locator(".range")
    expect(line.locator(".row.of-camera")).to_have_count(CAMERAS)
    screenshot(page, "timeline")
    whole = shown.inner_text()
    line.locator("a.mark.sighting").first.focus()
    assert focused(page).startswith("Sighting 1: ")
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("Sighting 2: ")
    for _ in range(3):
        page.keyboard.press("+")
    expect(shown).not_to_have_text(whole)
    page.keyboard.press("0")
    expect(shown).to_have_text(whole)
    page.keyboard.press("ArrowDown")
    assert "Kiosk 0" in focused(page)
    page.keyboard.press("Home")
    assert focused(page).startswith("Request: overwritten, Kiosk 0")
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("Footage: searched 93 %, unreadable 7 %")
    expect(line.locator(".tip")).to_contain_text("its clock may be wrong by 90 s either way")
    page.keyboard.press("Enter")
    page.wait_for_url("**/footage?case=case-1&camera=cam-0")


def test_zoom_pan_and_focus_stay_while_a_colleague_changes_the_case(
    page: Page, served: AppServer, store: Store
) -> None:
    line = opened(page, served)
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    box = line.locator(".row.of-camera .plot").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 20, steps=4)
    page.mouse.up()
    shown = line.locator(".range").inner_text()
    line.locator("a.mark.sighting").nth(1).focus()
    held, node = focused(page), line.element_handle()
    with store.writing() as writing:
        writing.add(a_sighting("s-new", at=NOON + timedelta(minutes=75)))
    expect(line.locator("a.mark.sighting")).to_have_count(4)
    assert line.locator(".range").inner_text() == shown
    assert focused(page) == held
    assert node is not None
    assert node.evaluate("(node) => node.isConnected"), "the picture was made anew"
    page.get_by_label("Find a camera").fill("kiosk 7")
    expect(line.locator(".row.of-camera:visible")).to_have_count(1)


def test_the_table_says_the_same_and_nothing_in_it_is_markup(page: Page, served: AppServer) -> None:
    opened(page, served)
    page.get_by_text("The same as a table").click()
    table = page.locator(".ls-table")
    expect(table).to_contain_text(f"Kiosk 0 {EVIL}")
    assert table.locator("img").count() == 0
    assert page.locator("section.line img").count() == 0


def test_what_a_search_finds_is_marked_and_opened_by_a_click(page: Page, served: AppServer) -> None:
    page.goto(served.url)
    field = page.get_by_role("textbox", name="Search")
    field.wait_for()
    settled(page)
    screenshot(page, "home")
    field.fill("red coat")
    field.press("Enter")
    expect(page.locator(".ls-hit mark")).to_have_text(["red", "coat"])
    field.fill("bo")
    field.press("Enter")
    expect(page.locator(".ls-hit mark")).to_have_text(["Bo"])
    assert page.locator(".ls-hit img").count() == 0
    page.get_by_role("button", name="Open 2026-002").click()
    page.wait_for_url("**/case?case=case-2")
