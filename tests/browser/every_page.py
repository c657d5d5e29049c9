"""The whole dashboard where there is no network: run by test_offline.py in a namespace of its own, never by the suite.

Every page that the navigation names must come up whole: its heading, its words in our letters, its icons drawn by our
font, every picture there, no answer missing, no word in the console; and the map with streets, pins and cameras.
"""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from casework.search import set_streets
from data.models import Coverage, JobState
from data.store import open_store
from tests.browser.conftest import PROBING, AppServer, AppStarter, Watch, map_frame, screenshot, settled
from tests.browser.map_probe.grounds import COLUMNS, ROWS
from tests.factories import a_camera, a_case, a_footage, a_job, a_match, a_sighting, a_track
from tests.fakes import Anyone

LETTERS = """() => document.fonts.ready.then(() => [...document.fonts].filter((font) => font.status === 'error')
    .map((font) => font.family))"""
PICTURES = "() => [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src)"
ICONS = """() => [...document.querySelectorAll('[data-testid=stIconMaterial]')]
    .filter((icon) => icon.offsetWidth > 2 * parseFloat(getComputedStyle(icon).fontSize))
    .map((icon) => icon.innerText)"""


@pytest.fixture(scope="module")
def served(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    home = tmp_path_factory.mktemp("offline")
    fill(home)
    return app_server(home=home)


def fill(home: Path) -> None:
    store = open_store(home)
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add_cameras([a_camera(f"cam-{n}", lat=60.163 + n * 0.001, lon=24.93 + n * 0.002) for n in range(8)])
        for n in range(3):
            writing.add(a_sighting(f"s-{n}", lat=60.164 + n * 0.001, lon=24.932 + n * 0.003))
        writing.add(a_footage())
        coverage = Coverage(100, 90, 5, 85, 40, 3, ((1.0, 2.0),))
        writing.add(a_job(state=JobState.DONE, coverage=coverage, seconds_total=60.0, seconds_done=60.0))
        writing.put_track(a_track())
        writing.add_match(a_match())
    lines = [{"type": "LineString", "coordinates": [(lon, lat) for lat, lon in line]} for line in [*ROWS, *COLUMNS]]
    features = [{"type": "Feature", "properties": {"highway": "residential"}, "geometry": line} for line in lines]
    path = home / "streets.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    set_streets(store.guarded(Anyone()), "case-1", path, name="town.osm", by="Ann")
    store.close()


def test_every_page_comes_up_whole(page: Page, served: AppServer, watch: Watch) -> None:
    missing: list[str] = []

    def heard(response: Response) -> None:
        if response.status >= 400 and not PROBING.search(response.url):
            missing.append(f"{response.status} {response.url}")

    page.on("response", heard)
    page.goto(f"{served.url}/?case=case-1")
    settled(page)
    links = page.get_by_test_id("stSidebarNavLink")
    names = [link.inner_text() for link in links.all()]
    assert len(names) >= 9
    for place, name in enumerate(names):
        links.nth(place).click()
        page.wait_for_function("(name) => document.title.includes(name)", arg=name.splitlines()[-1])
        expect(page.locator("h1, h2").first).to_be_visible()
        settled(page)
        if "/map" in page.url:
            frame = map_frame(page)
            frame.wait_for_function(
                """() => { const tiles = [...document.querySelectorAll('.leaflet-ls-ground-pane img')];
                    return tiles.length > 3 && tiles.every((tile) => tile.naturalWidth > 0); }"""
            )
            assert frame.locator(".ls-drop").count() >= 3
            assert "OpenStreetMap" in frame.locator(".leaflet-control-attribution").inner_text()
        assert page.get_by_test_id("stException").count() == 0, name
        for sign in (LETTERS, PICTURES, ICONS):
            assert page.evaluate(sign) == [], f"{name}: {sign}"
        screenshot(page, f"offline_{place:02}")
    for path in ("account", "sign-out"):
        page.goto(f"{served.address}/{path}")
        expect(page.locator("h1").first).to_be_visible()
    assert missing == []
