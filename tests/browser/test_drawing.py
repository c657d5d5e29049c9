"""The search area in a real browser: drawn, named, edited, deleted, undone, typed; the list beside the map follows."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from casework import search
from data.models import utc_now
from data.store import open_store
from geo.drawn import Stroke, drawing_from
from geo.shapes import circle
from tests.browser.conftest import AppServer, AppStarter, map_frame, screenshot, settled
from tests.browser.test_map_browser import box_corner, drag
from tests.factories import a_camera, a_case, a_sighting
from tests.fakes import Anyone

pytestmark = pytest.mark.browser

NAME = "<b onmouseover=window.top.ran=1>Härbour</b> `${1}`"
PATIENT_MS = 20_000
FIRST, SECOND = (60.1700, 24.9400), (60.1720, 24.9440)
NEAR, BESIDE, FAR = (60.1700, 24.9404), (60.1711, 24.9423), (60.1722, 24.9385)


@pytest.fixture(scope="module")
def served(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    """A case with two sightings, and a camera near the first, one beside the way between them and one off it."""
    home = tmp_path_factory.mktemp("drawing")
    store = open_store(home)
    now = utc_now()
    with store.writing() as writing:
        writing.add_case(a_case())
        for number, place in enumerate((NEAR, BESIDE, FAR)):
            writing.add(a_camera(f"cam-{number}", lat=place[0], lon=place[1]))
        for number, place in enumerate((FIRST, SECOND)):
            at = now - timedelta(minutes=60 - 20 * number)
            writing.add(a_sighting(f"s-{number}", lat=place[0], lon=place[1], at=at))
    store.close()
    return app_server(home=home)


def test_areas_are_drawn_named_edited_deleted_undone_and_typed_and_the_list_follows(
    page: Page, served: AppServer
) -> None:
    page.goto(f"{served.url}/?case=case-1")
    settled(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Map").click()
    frame = map_frame(page)
    settled(page)
    frame.evaluate("() => { window.map.getContainer().born = 'once'; }")
    part = page.locator(".st-key-area_part")
    follows(page, frame, cameras=3, shapes=0)

    frame.locator(".leaflet-draw-draw-circle").click()
    drag(page, on_screen(page, frame, FIRST), on_screen(page, frame, (60.1700, 24.9409)))
    says(part, "“Area 1” is added")
    follows(page, frame, cameras=1, shapes=1)

    part.get_by_label("Name of the new area").fill(NAME)
    part.get_by_label("Name of the new area").press("Enter")
    says(frame.locator(".ls-area-name"), NAME)
    says(part, f"is now called “{NAME}”")

    further = on_screen(page, frame, (60.1712, 24.9425))
    frame.locator(".leaflet-draw-edit-edit").click()
    drag(page, middle_of(frame.locator(".leaflet-edit-resize")), further)
    screenshot(page, "drawing_edited")
    frame.get_by_role("link", name="Save", exact=True).click()
    says(part, f"“{NAME}” is changed")
    follows(page, frame, cameras=2, shapes=1)
    says(frame.locator(".ls-area-name"), NAME)

    part.get_by_role("button", name="Delete").click()
    follows(page, frame, cameras=3, shapes=0)
    says(part, f"“{NAME}” is deleted")
    part.get_by_role("button", name="Undo").click()
    follows(page, frame, cameras=2, shapes=1)
    says(frame.locator(".ls-area-name"), NAME)

    part.get_by_text("Corridor", exact=True).click()
    part.get_by_label("Width (m)", exact=True).fill("60")
    part.get_by_role("button", name="Add this area").click()
    follows(page, frame, cameras=2, shapes=2)
    says(part, "Corridor, 60 m wide, 2 places")

    added_by_somebody_else(served.home)
    frame.locator(".leaflet-draw-draw-polyline").click()
    frame.locator(".ls-width input").fill("40")
    for place in ((60.1722, 24.9380), (60.1722, 24.9388), (60.1722, 24.9388)):
        x, y = on_screen(page, frame, place)
        page.mouse.move(x, y)
        page.mouse.click(x, y)
        page.wait_for_timeout(120)  # Leaflet.draw takes no corner for 50 ms after the last
    says(part, "Corridor, 40 m wide, 2 places")
    follows(page, frame, cameras=3, shapes=4)
    says(part, "Theirs")
    screenshot(page, "drawing_corridors")

    frame.locator(".leaflet-draw-edit-remove").click()
    frame.get_by_role("link", name="Delete all").click()
    says(part, "4 areas are deleted")
    follows(page, frame, cameras=3, shapes=0)
    part.get_by_role("button", name="Undo").click()
    follows(page, frame, cameras=3, shapes=4)
    assert set(frame.locator(".ls-area-name").all_inner_texts()) == {NAME, "Area 1", "Area 2", "Theirs"}

    assert frame.evaluate("() => window.map.getContainer().born") == "once"
    assert page.evaluate("() => window.ran") is None


def says(where: Locator, words: str) -> None:
    expect(where).to_contain_text(words, timeout=PATIENT_MS)


def added_by_somebody_else(home: Path) -> None:
    store = open_store(home).guarded(Anyone())
    now = drawing_from(store.area("case-1").features)
    theirs = now.new(circle(*SECOND, 30.0), name="Theirs")
    search.draw(store, "case-1", [Stroke(None, theirs)], by="Ben")
    store.close()


def follows(page: Page, frame: Frame, *, cameras: int, shapes: int) -> None:
    """Wait until the list beside the map holds so many cameras, and the map so many shapes."""
    expect(page.locator(".st-key-ranked_list input[type=radio]")).to_have_count(cameras, timeout=PATIENT_MS)
    frame.wait_for_function(f"() => window.drawnItems.getLayers().length === {shapes}")
    settled(page)


def on_screen(page: Page, frame: Frame, place: tuple[float, float]) -> tuple[float, float]:
    """Where a place lies in the window, which shows the whole map then."""
    frame.frame_element().evaluate("(map) => map.scrollIntoView({block: 'center', behavior: 'instant'})")
    at = frame.evaluate(f"() => {{ const p = window.map.latLngToContainerPoint({list(place)}); return [p.x, p.y]; }}")
    x, y = box_corner(page)
    return x + at[0], y + at[1]


def middle_of(handle: Locator) -> tuple[float, float]:
    box = handle.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
