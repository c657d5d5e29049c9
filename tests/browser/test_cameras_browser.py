"""The camera manager in a real browser: a camera is placed and turned on the map, by hand and by keys; the list."""

from math import cos, hypot, radians

import pytest
from playwright.sync_api import Page, expect

from data.models import Camera
from data.store import Store, open_store
from tests.browser.accessible import faults_in
from tests.browser.conftest import AppServer, AppStarter, screenshot, settled
from tests.factories import a_case
from tests.fakes import Anyone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACE = (60.17, 24.94)
MANY = 3_000
HEADER_PX, ROW_PX, TICK_PX = 38, 35, 16


@pytest.fixture(scope="module")
def served(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    """The web door alone, on a home with one case and many cameras."""
    home = tmp_path_factory.mktemp("cameras")
    store = open_store(home).guarded(Anyone())
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(Camera("gate", "A gate", *PLACE, owner="City", headings_deg=(90.0,), range_m=40.0))
        writing.add_cameras([Camera(f"c-{n}", f"Camera {n:05}", 60.0 + n / 1e5, 25.0) for n in range(MANY)])
    store.close()
    return app_server(home=home)


def test_a_camera_is_placed_and_turned_on_the_map_by_hand_and_by_keys(
    page: Page, served: AppServer, store: Store
) -> None:
    page.goto(f"{served.url}/cameras?case=case-1&camera=gate")
    page.locator(".picker .hand.arm").wait_for()
    settled(page)
    looks = page.get_by_role("textbox", name="Looks towards")
    box = page.locator(".picker .map").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(middle[0] - 120, middle[1])  # what it looks at lies west of it
    expect(looks).to_have_value("270")
    expect(page.get_by_text("Not saved yet: Looks towards")).to_be_visible()
    page.locator(".picker .hand.arm").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(looks).to_have_value("286")
    page.get_by_role("button", name="Place", exact=True).click()
    page.mouse.click(middle[0] + 100, middle[1])
    expect(page.get_by_text("Longitude, Looks towards")).to_be_visible()
    page.get_by_role("spinbutton", name="Latitude").fill("60.171")  # and numbers move the camera on the map
    page.keyboard.press("Tab")
    expect(page.locator(".picker .said")).to_contain_text("60.17100")
    screenshot(page, "camera-placed-on-the-map")
    settled(page)
    assert faults_in(page, (("light", "usual"),)) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A gate is saved.")).to_be_visible()
    saved = store.camera("gate")
    assert (saved.lat, saved.headings_deg, saved.owner) == (60.171, (286.0,), "City")
    assert 5 < hypot(saved.lon - PLACE[1]) * 111_195 * cos(radians(PLACE[0])) < 100
    page.get_by_role("button", name="Undo").click()
    expect(looks).to_have_value("90", timeout=20_000)  # drawn three times over
    assert (store.camera("gate").lat, store.camera("gate").lon) == PLACE


def test_of_a_long_list_one_leaf_is_sent_and_ticked_rows_are_changed_together(
    page: Page, served: AppServer, store: Store
) -> None:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: sent.append(len(data))))
    page.goto(f"{served.url}/cameras?case=case-1")
    expect(page.get_by_text("1 to 50 of 3,001")).to_be_visible()
    settled(page)
    assert sum(sent) < 100_000
    table = page.get_by_test_id("stDataFrame").bounding_box()
    assert table is not None

    def row(number: int) -> float:
        return float(table["y"] + HEADER_PX + ROW_PX * (number + 0.5))

    page.mouse.click(table["x"] + 120, row(2))
    expect(page.get_by_role("heading", name="Camera 00001")).to_be_visible()
    settled(page)
    for number in (1, 2):
        page.mouse.click(table["x"] + TICK_PX, row(number))
        settled(page)
    expect(page.get_by_text("2 cameras ticked")).to_be_visible()
    page.get_by_role("button", name="All verified today").click()
    expect(page.get_by_text("2 cameras are changed.")).to_be_visible()
    assert {camera.id for camera in store.cameras() if camera.last_verified} == {"c-0", "c-1"}
