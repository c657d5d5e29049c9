"""A stranger's tip in a real browser: sent from a phone without an account, decided on by the team, on the map."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from casework import tip_door, tips
from data.store import Store, open_store
from data.tip_models import TipState
from tests.browser.accessible import faults
from tests.browser.conftest import DESKTOP, PHONE, AppServer, AppStarter, map_frame, screenshot, settled
from tests.factories import a_case, a_sighting

pytestmark = pytest.mark.browser

HERE = {"latitude": 60.1712, "longitude": 24.9405, "accuracy": 15}
HOSTILE = "<img src=/pwn onerror=\"window.top.ran='tip'\"> in a *red* coat"


@pytest.fixture(scope="module")
def served(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    home = tmp_path_factory.mktemp("tips")
    store = open_store(home)
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_sighting(lat=60.170, lon=24.940))
    store.close()
    return app_server(home=home)


def test_a_stranger_s_tip_reaches_the_map_only_by_the_team(
    page: Page, served: AppServer, store: Store, chromium: BrowserContext, tmp_path: Path
) -> None:
    address = opened_for_the_public(page, served, store)
    team = served.token
    served.become("")
    chromium.grant_permissions(["geolocation"], origin=served.address)
    chromium.set_geolocation(HERE)  # type: ignore[arg-type]
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    number = sent_from_a_phone(page, address, tmp_path / "photo.jpg")
    chromium.clear_permissions()

    (tip,) = tips.tips(store, "case-1")
    assert (tip.number, tip.words, tip.is_doubtful) == (number, HOSTILE, False)
    assert (tip.lat, tip.lon, tip.radius_m) == (HERE["latitude"], HERE["longitude"], 20.0)
    assert len(store.sightings("case-1")) == 1

    served.become(team)
    page.set_viewport_size({"width": DESKTOP[0], "height": 1400})
    taken_from_the_map(page, served, number)
    reported = next(sighting for sighting in store.sightings("case-1") if sighting.id != "s-1")
    assert (reported.lat, reported.lon, reported.match_id) == (HERE["latitude"], HERE["longitude"], None)
    assert tips.tips(store, "case-1")[0].state is TipState.TAKEN
    assert page.evaluate("() => window.top.ran") is None


def opened_for_the_public(page: Page, served: AppServer, store: Store) -> str:
    page.goto(f"{served.url}/tips?case=case-1")
    page.get_by_text("Open a page for the public").click()
    page.get_by_role("textbox", name="Whose page it is").fill("City police")
    page.get_by_role("textbox", name="What it says").fill("Have you seen her?")
    page.get_by_role("button", name="Open the page for the public").click()
    expect(page.get_by_text("at this address")).to_be_visible()
    settled(page)
    known = tip_door.page_of(store, "case-1")
    assert known is not None
    expect(page.get_by_text(f"{served.address}/tips/{known.code}")).to_be_visible()
    return f"{served.address}/tips/{known.code}"


def sent_from_a_phone(page: Page, address: str, photo: Path) -> str:
    """Fill in the page and send it; the number that its sender is told."""
    Image.new("RGB", (640, 480), "darkred").save(photo)
    page.goto(address)
    expect(page.get_by_role("heading", name="City police")).to_be_visible()
    assert "Aino" not in page.content()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("What did you see?").fill(HOSTILE)
    page.get_by_label("A photo or a short video").set_input_files(photo)
    page.get_by_role("button", name="Use my position").click()
    expect(page.get_by_text("Chosen: 60.17120, 24.94050")).to_be_visible()
    expect(page.locator(".pin")).to_be_visible()
    assert faults(page, but=frozenset({"aria-allowed-role"})) == []
    screenshot(page, "tips-public")
    page.wait_for_timeout(tip_door.PERSON_NEEDS.total_seconds() * 1000)  # as a person would
    page.get_by_role("button", name="Send").click()
    shown = page.locator(".once")
    expect(shown).to_be_visible()
    expect(page.get_by_text("Thank you. Your report has arrived.")).to_be_focused()
    return shown.inner_text()


def taken_from_the_map(page: Page, served: AppServer, number: str) -> None:
    """Find the tip on the map, go to it, and take it as a sighting."""
    page.goto(f"{served.url}/?case=case-1")
    settled(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Map").click()
    frame = map_frame(page)
    settled(page)
    expect(page.get_by_text("1 tip waits")).to_be_visible()
    settled(page)
    frame.locator(".leaflet-marker-icon .ls-tipped").click()
    page.wait_for_url("**/tips?*", timeout=30_000)
    expect(page.get_by_text(f"Tip {number}").first).to_be_visible()
    expect(page.get_by_role("img", name=f"what was sent with tip {number}")).to_be_visible(timeout=60_000)
    settled(page)
    page.get_by_text("Time", exact=True).last.scroll_into_view_if_needed()
    page.get_by_role("textbox", name="Time", exact=True).fill("00:00")
    page.get_by_role("textbox", name="Time", exact=True).press("Tab")
    settled(page)
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')")  # drawn anew, and faded until then
    page.wait_for_timeout(300)
    assert faults(page, but=frozenset({"target-size"})) == []  # parts of the page library's own date field
    screenshot(page, "tips-triage")
    page.get_by_role("button", name="Take as a sighting").click()
    expect(page.get_by_text("stands on the map as a reported sighting")).to_be_visible()
