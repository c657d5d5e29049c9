"""The whole loop in a real browser, as its users go round it: `cli.py serve` on an empty home, with its worker."""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import insightface
import numpy as np
import pytest
from playwright.sync_api import Frame, Locator, Page, TimeoutError, expect
from skimage import data as pictures

from casework.footage import true_time
from data import role_rows
from data.models import CaseRole, Match, MatchState, Role, Sighting, SightingKind, utc_now
from data.store import Store
from data.writing import of_case
from tests.browser.conftest import DESKTOP, PHONE, PROJECT, AppServer, AppStarter, Watch, map_frame, screenshot, settled
from tests.material import shared
from tests.signing import TESTER, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ZONE = ZoneInfo("Europe/Helsinki")
ARCADE_CLIP = "brahe-arcade-middle.mp4"
FIRST, SECOND = (60.4527, 22.2650), (60.4517, 22.2700)  # two places of the demonstration's town
CONFIRMED_PIN = ".leaflet-marker-icon .ls-drop.ls-confirmed"
# A picture or film is gone from its address when its page was left while the browser asked for it.
LEFT = re.compile(r"/media/\w+\.(webm|jpg|png)\)$")


@pytest.fixture(scope="module")
def served(app_server: AppStarter) -> AppServer:
    """LastSeen as `make run` starts it, on a home that was empty."""
    return app_server(command=[sys.executable, str(PROJECT / "cli.py"), "serve"], ready_s=180)


@pytest.fixture(autouse=True)
def _as_the_first_person(served: AppServer) -> None:
    """A test before this one may have gone on as a second person."""
    served.token = served.person.token if served.person else ""


@pytest.fixture
def watch(watch: Watch) -> Iterator[Watch]:
    """As every browser test's, but for the questions that Streamlit itself asks at the wrong address."""
    yield watch
    watch.errors[:] = [error for error in watch.errors if not LEFT.search(error)]


@dataclass(frozen=True)
class Story:
    """Whose case a test opens, where she was last seen, and what was recorded of her."""

    number: str
    name: str
    photo: Path
    clip: Path


def test_the_demonstration_case_is_there_with_its_cameras_and_sightings(page: Page, served: AppServer) -> None:
    page.goto(f"{served.url}/map?case=demo-case")
    frame = map_frame(page)

    expect(page).to_have_title(re.compile(r"(\(\d+\) )?Map · LastSeen"))
    expect(frame.locator(".leaflet-marker-icon .ls-drop")).to_have_count(3)
    assert frame.locator(".ls-badge").count() >= 20
    assert ranked(page)[0][0].startswith("1 ")
    side_bar = page.get_by_test_id("stSidebar")
    expect(side_bar).to_contain_text("Elin Exempel")
    expect(side_bar).to_contain_text("Engine: open. MTCNN weights MIT")
    expect(side_bar).to_contain_text("investigative lead, not an identification")
    go(page, "Cases")
    page.get_by_test_id("stMain").get_by_test_id("stBaseButton-primary").filter(has_text="Open").first.wait_for()
    screenshot(page, "cases")


def test_no_page_is_wider_than_the_window(page: Page, served: AppServer) -> None:
    page.goto(f"{served.url}/case?case=demo-case")
    for name in ("Cases", "Case", "Map", "Cameras", "Requests", "Footage", "Review", "Time line"):
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        go(page, name)
        page.get_by_role("heading", level=1, name="Elin" if name == "Case" else name).wait_for()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        for width, height in (DESKTOP, (1920, 1080), PHONE):
            page.set_viewport_size({"width": width, "height": height})
            for box in ("documentElement", "querySelector('[data-testid=stMain]')"):
                measured = f"() => [document.{box}.scrollWidth, document.{box}.clientWidth]"
                until(lambda measured=measured: fits(page, measured), f"{name} is wider than {width} pixels")


def fits(page: Page, measured: str) -> bool:
    wide, shown = page.evaluate(measured)
    return bool(wide <= shown)


def test_a_case_made_by_hand_goes_once_round_the_loop(
    page: Page, served: AppServer, store: Store, tmp_path: Path
) -> None:
    photo = tmp_path / "astronaut.png"
    cv2.imwrite(str(photo), cv2.cvtColor(pictures.astronaut(), cv2.COLOR_RGB2BGR))
    story = Story("2026-0001", "Eeva Esimerkki", photo, served.home / "demo-clips" / ARCADE_CLIP)

    go_round(page, served, store, story, thorough=True)


def test_a_real_person_in_real_footage_goes_once_round_the_loop(
    page: Page, served: AppServer, store: Store, tmp_path: Path
) -> None:
    clip = shared("faces/intel_corridor/head-pose-face-detection-female-and-male.gif")
    photo = tmp_path / "reference.png"
    alone = cv2.VideoCapture(str(shared("faces/intel_corridor/head-pose-face-detection-female.gif")))
    assert cv2.imwrite(str(photo), alone.read()[1])

    go_round(page, served, store, Story("2026-0002", "Real Footage", photo, clip))


def test_a_candidate_on_the_map_leads_to_its_review(page: Page, served: AppServer, store: Store) -> None:
    page.goto(f"{served.url}/map?case=demo-case")
    frame = map_frame(page)
    waiting = frame.locator(".leaflet-marker-icon:has(.ls-diamond.ls-to_review)")
    waiting.first.wait_for(timeout=60_000)
    fourth = page.locator(".st-key-ranked_list").get_by_role("radio").nth(3)
    fourth.check(force=True)
    expect(page.locator(".st-key-camera_card")).to_contain_text("4. ")
    frame.wait_for_function("() => document.querySelector('.ls-selected')?.innerText === '4'")
    frame.wait_for_function(
        """() => { const tiles = [...document.querySelectorAll('.leaflet-ls-ground-pane img')];
            return tiles.length > 3 && tiles.every((tile) => tile.src.includes('/tiles/cases/') && tile.naturalWidth);
        }"""
    )
    page.wait_for_timeout(1000)
    settled(page)
    expect(fourth).to_be_checked()
    fourth.blur()
    keep(page, "map")

    waiting.first.focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/review\?case=demo-case&match=\w+"), timeout=10_000)
    match = store.match(match_in(page.url))
    expect(page.get_by_test_id("stMain")).to_contain_text(f"Similarity {match.track.similarity:.2f}")
    verdicts = page.locator(".st-key-verdicts").get_by_role("button")
    expect(verdicts).to_have_count(3)
    for verdict in verdicts.all():
        expect(verdict).to_be_in_viewport(ratio=1)
    page.mouse.move(5, 5)  # off the pictures, whose buttons would show
    pictures_loaded(page)
    page.wait_for_timeout(300)
    keep(page, "review")


def test_the_map_is_the_same_through_ranking_hours_and_live_updates_of_its_candidates(
    page: Page, served: AppServer, store: Store
) -> None:
    page.goto(f"{served.url}/map?case=demo-case")
    frame = map_frame(page)
    waiting = frame.locator(".leaflet-marker-icon .ls-to_review, .leaflet-marker-icon .ls-unsure")
    waiting.first.wait_for(timeout=60_000)
    settled(page)
    frame.evaluate("() => { map.getContainer().born = 'once'; map.setView([60.4522, 22.2672], 16, {animate: false}); }")
    x, y = on_screen(page, frame, SECOND)
    frame.locator(".leaflet-draw-draw-circle").click()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=3)
    page.mouse.up()
    expect(page.get_by_test_id("stMain")).to_contain_text("outside the drawn area", timeout=15_000)  # ranked anew
    settled(page)
    same = """() => [map.getContainer().born, map.getZoom(), map.getCenter().toString(),
        JSON.stringify(drawnItems.getLayers().map((shape) => [shape.getLatLng(), shape.getRadius()]))]"""
    before = frame.evaluate(same)
    slider = frame.get_by_role("slider")
    slider.press("Home")
    expect(frame.locator(".leaflet-marker-icon.ls-ghost")).to_have_count(3)
    slider.press("End")
    expect(frame.locator(".leaflet-marker-icon.ls-ghost")).to_have_count(0)

    match = next(match for match in store.matches("demo-case") if match.state is MatchState.TO_REVIEW)
    count = waiting.count()
    for update in range(4):  # twenty of them in test_map_browser.py, where one takes no second
        with store.writing() as writing:
            writing.set_match_state(match.id, MatchState.SET_ASIDE if update % 2 == 0 else MatchState.TO_REVIEW)
            writing.changed(of_case("demo-case"))
        expect(waiting).to_have_count(count - 1 if update % 2 == 0 else count, timeout=15_000)

    assert frame.evaluate(same) == before
    page.locator(".st-key-area_part").get_by_role("button", name="Delete").click()
    expect(page.get_by_test_id("stMain")).not_to_contain_text("outside the drawn area", timeout=15_000)


def test_footage_of_one_case_is_searched_for_the_person_of_another(
    page: Page, served: AppServer, store: Store, tmp_path: Path
) -> None:
    photo = tmp_path / "astronaut.png"
    cv2.imwrite(str(photo), cv2.cvtColor(pictures.astronaut(), cv2.COLOR_RGB2BGR))
    case_id = open_case(page, served, Story("2026-0004", "Anna Annanpoika", photo, photo))
    add_photo(page, photo)
    page.goto(f"{served.url}/footage?case=demo-case")
    main = page.get_by_test_id("stMain")
    settled(page)
    footage = next(one for one in store.footages("demo-case") if one.original_name == ARCADE_CLIP)
    page.locator(f".st-key-gallery_{footage.id}").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("A hit counts only from a higher similarity on")
    settled(page)
    screenshot(page, "gallery_dialog")
    dialog.get_by_role("button", name="Search for them").click()

    to_case = main.get_by_role("link", name=re.compile("Case 2026-0004: [1-9]"))
    to_case.wait_for(timeout=90_000)
    settled(page)
    screenshot(page, "gallery_found")
    to_case.click()

    expect(page).to_have_url(re.compile(rf"/review\?case={case_id}&match=\w+"))
    match = store.match(match_in(page.url))
    assert match.case_id == case_id
    assert match.state is MatchState.TO_REVIEW, "nobody has said yet that it is her"
    expect(main).to_contain_text(f"Similarity {match.track.similarity:.2f}")
    expect(main).to_contain_text("investigative lead, not an identification")
    assert store.footage(match.footage_id).case_id == case_id, "the case has footage of its own"
    go(page, "Footage")
    expect(main).to_contain_text("found by a search of all open cases · 1 candidate")
    screenshot(page, "gallery_brought")


def test_what_a_file_cannot_be_used_for_is_said_on_the_page(
    page: Page, served: AppServer, store: Store, tmp_path: Path
) -> None:
    group, nobody, text = tmp_path / "group.jpg", tmp_path / "nobody.png", tmp_path / "not-a-film.mp4"
    group.write_bytes((Path(insightface.__file__).parent / "data/images/t1.jpg").read_bytes())
    cv2.imwrite(str(nobody), np.full((300, 300, 3), 128, np.uint8))
    text.write_text("I am no film")
    story = Story(
        "2026-0003", "[Erika](https://evil.example) <b>Esimerkki</b> $x$ :smile: " + "Pitkä" * 20, group, text
    )

    open_case(page, served, story)
    main = page.get_by_test_id("stMain")
    settled(page)
    page.locator("input[type=file]").first.set_input_files([group, nobody])
    expect(page.locator(".file[data-state=arrived]")).to_have_count(2)
    settled(page)
    page.get_by_role("button", name="Add photos").click()
    expect(main).to_contain_text("group.jpg: shows 6 faces", timeout=40_000)
    expect(main).to_contain_text("nobody.png: shows no face", timeout=40_000)
    assert main.locator("a[href*=evil]").count() == 0
    screenshot(page, "photos_refused")

    page.goto(f"{served.url}/footage?case=demo-case&camera=demo-cam-25")
    add_footage(page, text, datetime.now(ZONE) - timedelta(hours=2))
    expect(main).to_contain_text("not finished: not-a-film.mp4", timeout=30_000)
    screenshot(page, "footage_refused")


def test_a_decision_can_be_taken_with_the_keyboard_alone(page: Page, served: AppServer, store: Store) -> None:
    page.goto(f"{served.url}/review?case=demo-case")
    settled(page)
    page.get_by_role("button", name="Cannot tell").wait_for()
    match_id = match_in(page.url)

    tab_to(page, "Note")
    page.keyboard.type("face turned away")
    tab_to(page, "Cannot tell")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("stMain")).to_contain_text("Cannot tell: ")
    assert [(r.by, r.note) for r in store.reviews(match_id)] == [(TESTER, "face turned away")]
    tab_to(page, "Undo")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stMain")).to_contain_text("Taken back: ")
    assert store.match(match_id).state is MatchState.TO_REVIEW


def test_candidates_are_gone_through_by_single_keys_that_rest_while_somebody_types(
    page: Page, served: AppServer, store: Store
) -> None:
    page.goto(f"{served.url}/review?case=demo-case")
    main = page.get_by_test_id("stMain")
    page.locator(".st-key-moment video").wait_for(timeout=60_000)
    settled(page)
    match_id = match_in(page.url)
    before = len(store.reviews(match_id))

    page.keyboard.press("m")
    page.keyboard.type("yes, no, unsure? jkzpb")
    expect(typing(page, "Note")).to_have_value("yes, no, unsure? jkzpb")
    page.keyboard.press("Escape")
    settled(page)
    assert match_in(page.url) == match_id
    assert len(store.reviews(match_id)) == before

    page.keyboard.press("p")
    page.wait_for_function("() => document.querySelector('.st-key-moment video').currentTime > 0.2")
    page.keyboard.press("p")
    page.keyboard.press("z")
    large = page.locator(".lastseen-keys dialog img")
    expect(large).to_have_count(2)
    page.keyboard.press("z")
    expect(large).not_to_have_count(2)  # the other shots
    page.keyboard.press("z")
    expect(large).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator(".lastseen-keys .help")).to_contain_text("It is this person")
    screenshot(page, "review_keys")
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("u")
    page.get_by_label("Use these keys").check()
    page.keyboard.press("?")
    assert len(store.reviews(match_id)) == before, "the keys were switched off"

    ready = page.locator(f".lastseen-keys[data-match='{match_id}']")
    page.keyboard.press("j")
    expect(ready).to_have_count(0)
    expect(main).to_contain_text("Candidate 2 of")
    settled(page)
    page.keyboard.press("k")
    expect(ready).to_have_count(1)
    expect(main).to_contain_text("Candidate 1 of")
    settled(page)
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(main).to_contain_text("Cannot tell: ")
    settled(page)
    assert len(store.reviews(match_id)) == before + 1, "one key, one verdict"
    page.keyboard.press("b")
    expect(main).to_contain_text("Taken back: ")
    assert store.match(match_id).state is MatchState.TO_REVIEW
    settled(page)
    page.keyboard.type("a noun")
    page.wait_for_timeout(700)
    assert len(store.reviews(match_id)) == before + 2, "words typed beside the field are no commands"


def match_in(url: str) -> str:
    """The candidate that an address names."""
    found = re.search(r"[?&]match=(\w+)", url)
    assert found is not None, url
    return found[1]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of that name has the focus, and see that the focus is visible on the way."""
    for _ in range(40):
        page.keyboard.press("Tab")
        label, ring = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            return [e.getAttribute('aria-label') || e.innerText || '',
                    s.outlineStyle !== 'none' || s.boxShadow !== 'none' || e.tagName === 'INPUT' ||
                    e.tagName === 'MAIN' || e.tagName === 'BODY']; }"""
        )
        assert ring, f"nothing shows that {label!r} has the focus"
        if label.split("\n")[-1] == name:  # an icon's name stands before a button's own
            return
    pytest.fail(f"{name} cannot be reached with Tab")


def go_round(page: Page, served: AppServer, store: Store, story: Story, *, thorough: bool = False) -> None:
    """Open a case, tell what is known, search footage, confirm, see the pin and the ranking, take it back.

    Who opens the case and draws on the map is its supervisor; a thorough walk has its analyst add the footage.
    """
    last_seen = datetime.now(ZONE).replace(second=0, microsecond=0) - timedelta(hours=3)
    started_at = last_seen + timedelta(minutes=4)
    case_id = open_case(page, served, story)
    add_photo(page, story.photo)
    click_sighting(page, FIRST, last_seen - timedelta(minutes=10), "left the museum")
    click_sighting(page, SECOND, last_seen, "bought tea")
    if thorough:
        draw_circle(page)
    before = ranked(page)
    camera_id = choose_first_camera(page, reloads=thorough)

    if thorough:
        works_as(page, served, store, case_id, Role.ANALYST, "analyst")
    offset_s = add_footage(page, story.clip, started_at)
    if thorough:
        expect(page.get_by_test_id("stMain")).to_contain_text(re.compile(r"searched · \d+ candidate"), timeout=90_000)
        address = page.url
        served.become(served.person.token if served.person else "")
        page.goto(address)
    match = found_at(page, store, case_id)
    best = started_at + timedelta(seconds=match.track.best_s - offset_s)
    assert true_time(store.footage(match.footage_id), match.track.best_s) == best
    confirm(page, case_id, match, best)
    assert confirmed(store, case_id) is None
    second_opinion(page, served, store, case_id, match)

    sighting = confirmed(store, case_id)
    camera = store.camera(camera_id)
    assert sighting is not None
    assert (sighting.at, sighting.lat, sighting.lon) == (best, camera.lat, camera.lon)
    see_pin(page, sighting, best)
    until(lambda: ranked(page) != before, "the ranking has not moved")
    screenshot(page, f"map_confirmed_{story.number}")
    if thorough:
        undo(page, store, case_id, match)
        go(page, "Map")
        expect(map_frame(page).locator(CONFIRMED_PIN)).to_have_count(0)
        until(lambda: ranked(page) == before, "the ranking is not as it was before")


def open_case(page: Page, served: AppServer, story: Story) -> str:
    page.goto(served.url)
    settled(page)
    page.get_by_text("New case", exact=True).click()
    typing(page, "Case number *").fill(story.number)
    typing(page, "Name of the missing person *").fill(story.name)
    typing(page, "Legal basis").fill("Police Act 2:1 (invented)")
    typing(page, "Authority and its reference").fill("Turku Police, 17/26 (invented)")
    typing(page, "Purpose").fill("to find a missing person")
    page.get_by_role("button", name="Open the case").click()
    expect(page).to_have_url(re.compile(r"/case\?case=\w+$"))
    page.get_by_role("heading", name="Reference photos").wait_for()
    shown = page.get_by_role("heading", level=1).inner_text()
    assert shown.replace("\u2060", "") == story.name  # the joiner keeps an address from becoming a link
    screenshot(page, "new_case")
    return page.url.rpartition("case=")[2]


def add_photo(page: Page, photo: Path) -> None:
    settled(page)
    page.locator("input[type=file]").first.set_input_files(photo)
    expect(page.locator(".file[data-state=arrived]")).to_have_count(1)
    settled(page)
    page.get_by_role("button", name="Add photos").click()
    expect(page.get_by_test_id("stMain")).to_contain_text("one face found", timeout=40_000)
    pictures_loaded(page)
    screenshot(page, "case")
    page.get_by_role("button", name="Go to the map").click()


def click_sighting(page: Page, place: tuple[float, float], at: datetime, source: str) -> None:
    frame = map_frame(page)
    settled(page)
    before = frame.locator(".leaflet-marker-icon .ls-drop").count()
    x, y = on_screen(page, frame, place)
    page.mouse.click(x, y)
    frame.locator(".ls-draft").wait_for()
    expect(typing(page, "Latitude")).to_have_value(re.compile(rf"^{place[0]:.2f}"))
    type_date(page.get_by_test_id("stDateInput"), at)
    typing(page, "Time").fill(f"{at:%H:%M}")
    typing(page, "Source").fill(source)
    page.get_by_role("button", name="Add sighting").click()
    expect(frame.locator(".leaflet-marker-icon .ls-drop")).to_have_count(before + 1)
    expect(frame.locator(".ls-draft")).to_have_count(0)
    settled(page)


def draw_circle(page: Page) -> None:
    """Draw, with the mouse, a circle around the last sighting that leaves cameras outside; delete it, type it anew."""
    frame = map_frame(page)
    all_of_them = len(ranked(page))
    x, y = on_screen(page, frame, SECOND)
    frame.locator(".leaflet-draw-draw-circle").click()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=3)
    page.mouse.move(x + 120, y, steps=3)
    page.mouse.up()
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("outside the drawn area")
    settled(page)
    until(lambda: 0 < len(ranked(page)) < all_of_them, "the list is not filtered")
    screenshot(page, "map_circle")
    part = page.locator(".st-key-area_part")
    part.get_by_role("button", name="Delete").click()
    expect(main).not_to_contain_text("outside the drawn area")
    frame.wait_for_function("() => window.drawnItems.getLayers().length === 0")
    part.get_by_text("Circle", exact=True).click()
    part.get_by_role("button", name="Add this area").click()
    expect(main).to_contain_text("outside the drawn area")
    frame.wait_for_function("() => window.drawnItems.getLayers().length === 1")
    settled(page)


def choose_first_camera(page: Page, *, reloads: bool) -> str:
    """Choose in the list, see it chosen on the map; choose on the map, see it chosen in the list."""
    frame = map_frame(page)
    rows = page.locator(".st-key-ranked_list")
    rows.get_by_role("radio").nth(1).check(force=True)
    frame.wait_for_function("() => document.querySelector('.ls-selected')?.innerText === '2'")
    frame.locator(".leaflet-marker-icon:has(.ls-badge:text-is('1'))").focus()  # a sighting's pin may lie over it
    page.keyboard.press("Enter")
    expect(rows.get_by_role("radio").nth(0)).to_be_checked()
    expect(page.locator(".st-key-camera_card")).to_contain_text("Ask for")
    expect(page).to_have_url(re.compile(r"camera="))
    camera_id = page.url.rpartition("camera=")[2]
    if reloads:
        page.reload()
        expect(rows.get_by_role("radio").nth(0)).to_be_checked()
        map_frame(page).wait_for_function("() => document.querySelector('.ls-selected')?.innerText === '1'")
        page.wait_for_timeout(1000)  # a map that has just appeared tells the page so, which draws it once more
        settled(page)
    page.get_by_role("button", name="Add footage").click()
    expect(page).to_have_url(re.compile(rf"/footage\?.*camera={camera_id}"))
    return camera_id


def add_footage(page: Page, clip: Path, started_at: datetime) -> float:
    """Upload a clip and tell its details; the recorder's offset in seconds as the form showed it."""
    settled(page)
    page.locator("input[type=file]").first.set_input_files(clip)
    expect(page.get_by_test_id("stMain")).to_contain_text(f"{clip.name} has arrived")
    settled(page)  # then, with its first picture or the reason why there is none, the page is drawn once more
    expect(page.get_by_test_id("stMain")).not_to_contain_text("looking for its first picture", timeout=40_000)
    settled(page)
    offset = typing(page, "Recorder is ahead of true time by (s)")
    offset_s = float(offset.input_value())
    type_date(page.get_by_test_id("stDateInput"), started_at)
    typing(page, "Recorder's time at the start *").fill(f"{started_at:%H:%M:%S}")
    page.get_by_role("button", name="Add and search").click()
    expect(page.get_by_test_id("stMain")).to_contain_text(f"{clip.name} is kept, SHA-256")
    expect(page.get_by_test_id("stMain")).to_contain_text(re.compile("waiting for a worker|looking at|searched"))
    screenshot(page, "footage")
    return offset_s


def found_at(page: Page, store: Store, case_id: str) -> Match:
    """Wait for the search's end, as its user does; the best candidate."""
    to_review = page.get_by_role("button", name=re.compile(r"Review \d+ candidate"))
    to_review.wait_for(timeout=90_000)
    expect(page.get_by_test_id("stMain")).to_contain_text(re.compile(r"searched · \d+ candidate"), timeout=60_000)
    settled(page)
    to_review.click()
    return store.matches(case_id)[0]


def confirm(page: Page, case_id: str, match: Match, best: datetime) -> None:
    expect(page).to_have_url(re.compile(rf"/review\?case={case_id}&match={match.id}"))
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text(f"{best:%H:%M:%S}")
    expect(main).to_contain_text(f"Similarity {match.track.similarity:.2f}")
    pictures_loaded(page)
    page.reload()
    expect(page).to_have_url(re.compile(rf"/review\?case={case_id}&match={match.id}"))
    yes = page.get_by_role("button", name="It is this person")
    expect(yes).to_be_in_viewport(ratio=1, timeout=20_000)
    typing(page, "Note").fill("the same scarf")
    pictures_loaded(page)
    settled(page)
    screenshot(page, "review_by_hand")
    yes.click()
    expect(main).to_contain_text("It stands on the map once a second person confirms it too")
    screenshot(page, "review_half_confirmed")


def works_as(page: Page, served: AppServer, store: Store, case_id: str, role: Role, name: str) -> None:
    """Somebody with that role in the case, and in no other, goes on where this page stands."""
    address = page.url
    person = sign_in(served.address, served.home, f"{name}-{case_id[:8]}", roles=False)
    with store.writing() as writing:
        role_rows.give(writing, CaseRole(case_id, person.account_id, role, utc_now(), TESTER))
    served.become(person.token)
    page.goto(address)


def second_opinion(page: Page, served: AppServer, store: Store, case_id: str, match: Match) -> None:
    """Another account confirms what the first one confirmed, and learns nothing of that before."""
    page.goto(f"{served.address}/review?case={case_id}&match={match.id}")
    works_as(page, served, store, case_id, Role.REVIEWER, "second")
    settled(page)
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text(f"Similarity {match.track.similarity:.2f}")
    for words in (TESTER, "the same scarf", "second person is needed", "Second needed"):
        expect(page.locator("body")).not_to_contain_text(words)
    typing(page, "Note").fill("her way of walking")
    pictures_loaded(page)
    settled(page)
    screenshot(page, "review_second_opinion")
    page.get_by_role("button", name="It is this person").click()
    expect(main).to_contain_text("Its pin stands on the map")
    expect(main).to_contain_text("First to ask now")
    screenshot(page, "review_confirmed")


def see_pin(page: Page, sighting: Sighting, best: datetime) -> None:
    go(page, "Map")
    frame = map_frame(page)
    expect(frame.locator(CONFIRMED_PIN)).to_have_count(1)
    told = frame.evaluate(
        """() => { let told = null; window.map.LastSeen.groups.sightings.eachLayer((layer) => {
        const words = layer.getTooltip && layer.getTooltip() ? layer.getTooltip().getContent() : '';
        if (words.includes('confirmed match')) told = [layer.getLatLng().lat, layer.getLatLng().lng, words]; });
        return told; }"""
    )
    assert told[:2] == pytest.approx([sighting.lat, sighting.lon])
    assert f"{best:%H:%M:%S}" in told[2]
    expect(page.get_by_test_id("stMain")).to_contain_text("a confirmed match")


def undo(page: Page, store: Store, case_id: str, match: Match) -> None:
    go(page, "Review")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_test_id("stMain")).to_contain_text("Taken back")
    assert confirmed(store, case_id) is None
    assert store.match(match.id).state is MatchState.HALF_CONFIRMED


def confirmed(store: Store, case_id: str) -> Sighting | None:
    return next((s for s in store.sightings(case_id) if s.kind is SightingKind.CONFIRMED_MATCH), None)


def ranked(page: Page) -> list[tuple[str, str]]:
    """Each row of the ranked list: place and name, and the first minute to ask for (the last may be the present)."""
    settled(page)
    rows = page.locator(".st-key-ranked_list [data-testid=stRadioOption]")
    rows.first.wait_for()
    told = [re.fullmatch(r"(.+)\nask for (.+?) ?–.*", words.strip()) for words in rows.all_inner_texts()]
    return [(found[1], found[2]) for found in told if found]


def pictures_loaded(page: Page) -> None:
    """Wait for the pictures: a page that is left earlier takes them away while the browser still asks for them."""
    page.wait_for_function(
        "() => document.images.length && [...document.images].every((i) => i.complete && i.naturalWidth)"
    )


def until(is_so: Callable[[], bool], otherwise: str, timeout_s: float = 8.0) -> None:
    """Wait until something is so; a page that says it has run may still be drawing."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


def on_screen(page: Page, frame: Frame, place: tuple[float, float]) -> tuple[float, float]:
    """Where a place of the map lies in the window."""
    where = f"window.map.latLngToContainerPoint(L.latLng({place[0]}, {place[1]}))"
    x, y = frame.evaluate(f"() => {{ const p = {where}; return [p.x, p.y]; }}")
    box = page.locator("iframe[title='streamlit_folium.st_folium']").bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def go(page: Page, name: str) -> None:
    """Go to a page by the side bar.

    As a user would, click again where nothing happened: when a map or a field sends its value in the very moment of
    the click, Streamlit's page sends it under the page that is left, and the server takes the later wish (about one
    click in 250 while a worker changes the case every .3 s; seen in the websocket's messages).
    """
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True)
    address = re.compile(f"/{'' if name == 'Cases' else name.lower().replace(' ', '')}([?]|$)")
    for attempt in range(3):
        link.click()
        try:
            page.wait_for_url(address, timeout=5_000, wait_until="commit")
        except TimeoutError:
            if attempt == 2:
                raise
        else:
            return


def typing(page: Page, label: str) -> Locator:
    """The input that carries this label."""
    return page.locator(f'input[aria-label="{label}"]')


def type_date(field: Locator, at: datetime) -> None:
    field.get_by_role("spinbutton").first.click()
    field.page.keyboard.type(f"{at:%Y%m%d}")
    field.page.keyboard.press("Tab")


def keep(page: Page, name: str) -> None:
    """A picture for the README; kept on request only, so that a test run leaves the tree as it was."""
    taken = screenshot(page, name)
    if os.environ.get("LASTSEEN_KEEP_SCREENSHOTS") == "1":
        folder = PROJECT / "docs" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(taken, folder / f"{name}.png")
