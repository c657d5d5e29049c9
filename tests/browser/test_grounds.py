"""What lies under the map, in a real browser: each kind of base map, by day and by night, and what is said else."""

from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from dashboard.assets import vector_scripts
from tests.browser.conftest import AppServer, AppStarter, Watch, map_frame, screenshot, settled
from tests.browser.map_probe.grounds import MAKES

pytestmark = pytest.mark.browser

PROBE = Path(__file__).with_name("map_probe") / "app.py"
ANOTHER_FILE = """async (name) => {
    const ground = window.map.LastSeenGround;
    await ground.ask(`/${name}/tiles/info`);
    ground.choose('file'); }"""
NIGHT = "(is_night) => window.map.getContainer().classList.toggle('ls-night', is_night)"
PIXEL = """([lat, lon]) => {
    const at = window.map.latLngToContainerPoint([lat, lon]);
    const box = window.map.getContainer().getBoundingClientRect();
    for (const canvas of document.querySelectorAll('.ls-vectors canvas')) {
        const of = canvas.getBoundingClientRect();
        const x = box.x + at.x - of.x, y = box.y + at.y - of.y;
        if (!canvas.width || x < 0 || y < 0 || x >= of.width || y >= of.height) continue;
        const scale = canvas.width / of.width;
        const there = canvas.getContext('2d').getImageData(Math.floor(x * scale), Math.floor(y * scale), 1, 1).data;
        return [...there].slice(0, 3);
    }
    return null; }"""
LAKE, PARK, OPEN = (60.1674, 24.9400), (60.1640, 24.9294), (60.1639, 24.9266)
ON_A_STREET = (60.1638, 24.9256)


@pytest.fixture(scope="module")
def probe(app_server: AppStarter) -> AppServer:
    return app_server(PROBE, env={"PROBE_NAMES": "[]"})


def opened(page: Page, server: AppServer, file: str, also: str = "") -> Frame:
    page.goto(f"{server.url}?ground={file}&also={also}")
    frame = map_frame(page)
    settled(page)
    frame.wait_for_function("() => window.map.LastSeenGround.is_ready")
    return frame


def pictures_there(frame: Frame, part: str) -> None:
    """Wait until the map shows tiles whose addresses hold `part`, all of them loaded."""
    frame.wait_for_function(
        """(part) => { const tiles = [...document.querySelectorAll('.leaflet-ls-ground-pane img')];
            return tiles.length > 3 && tiles.every((tile) => tile.src.includes(part) && tile.naturalWidth > 0); }""",
        arg=part,
    )


def painted(frame: Frame, place: tuple[float, float], colour: str) -> None:
    """Wait until the vectors at a place have a colour."""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    frame.wait_for_function(f"([at, wanted]) => String(({PIXEL})(at)) === String(wanted)", arg=[place, wanted])


def test_the_reader_chooses_the_ground_and_the_choice_is_kept(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe, "pictures", "online,streets")
    words, choices = frame.locator(".leaflet-control-attribution"), frame.locator(".ls-grounds")

    pictures_there(frame, "/pictures/tiles/14/")
    expect(words).to_contain_text("Tiles & © A Town")  # and no markup of it
    screenshot(page, "ground_pictures_light")
    choices.locator("summary").click()
    choices.get_by_label("Online map").check()
    expect(words).to_contain_text("tiles of another <house>")
    choices.get_by_label("Streets of the case").check()
    pictures_there(frame, "?theme=light")
    expect(words).to_contain_text("streets of a <test>")
    screenshot(page, "ground_streets_light")

    frame = opened(page, probe, "pictures", "online,streets")
    pictures_there(frame, "?theme=light")
    frame.evaluate(NIGHT, True)
    pictures_there(frame, "?theme=dark")
    frame.locator(".ls-grounds summary").click()
    frame.get_by_label("No base map").check()
    expect(frame.locator(".leaflet-ls-ground-pane img")).to_have_count(0)
    frame.evaluate("() => localStorage.clear()")


def test_files_of_vectors_are_painted_whatever_their_make_by_day_and_by_night(page: Page, probe: AppServer) -> None:
    if not vector_scripts():
        pytest.skip("skipped: what draws vector maps is not installed (make vendor)")
    frame = opened(page, probe, "protomaps")
    painted(frame, LAKE, "#c3d9e8")
    expect(frame.locator(".leaflet-control-attribution")).to_contain_text("Tiles & © A Town")
    screenshot(page, "ground_vectors_light")

    for make in MAKES:
        frame.evaluate(NIGHT, False)
        frame.evaluate(ANOTHER_FILE, make)
        for place, colour in [(LAKE, "#c3d9e8"), (PARK, "#dfe9d8"), (OPEN, "#f2f1ee")]:
            painted(frame, place, colour if make != "plain" else "#f2f1ee")
        painted(frame, ON_A_STREET, "#ffffff")
        frame.evaluate(NIGHT, True)
        for place, colour in [(LAKE, "#16293a"), (PARK, "#1d2a24"), (OPEN, "#1b1f26")]:
            painted(frame, place, colour if make != "plain" else "#1b1f26")
    screenshot(page, "ground_vectors_dark")


def test_what_cannot_be_shown_is_said_and_the_streets_stand_in(page: Page, probe: AppServer, watch: Watch) -> None:
    frame = opened(page, probe, "broken", "streets,unarmed")
    expect(frame.locator(".ls-ground-note")).to_contain_text("broken.mbtiles: is no map file")
    pictures_there(frame, "/tiles/cases/case-1/")
    frame.evaluate("() => window.map.LastSeenGround.ask('/shortbread/tiles/info')")
    expect(frame.locator(".ls-ground-note")).to_have_text("What draws it is not installed.")
    pictures_there(frame, "/tiles/cases/case-1/")

    frame = opened(page, probe, "")
    expect(frame.locator(".ls-ground-note")).to_have_text("No base map yet.")
    watch.errors[:] = [error for error in watch.errors if "503" not in error]  # of the broken file
