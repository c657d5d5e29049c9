"""Pages left open follow their case by themselves: what a worker or a colleague does is there without a click."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from casework import review
from casework.access import Person
from data import account_rows, role_rows
from data.models import Account, CaseRole, Job, JobState, Role, Verdict
from data.store import Store, open_store
from tests.browser.conftest import AppServer, AppStarter, map_frame, screenshot, settled
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_photo, a_sighting, a_track

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEWS = "#ls-news .ls-news-one"
PATIENT_MS = 15_000
BEN = Account("ben-id", "ben", "Ben", NOON)


@pytest.fixture(scope="module")
def served(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    """The web door alone, without a worker: the tests do what one would do."""
    home = tmp_path_factory.mktemp("live")
    store = open_store(home)
    with store.writing() as writing:
        writing.add_case(a_case())
        for thing in (a_camera(), a_sighting(), a_photo(), a_footage()):
            writing.add(thing)
        writing.add(a_job(state=JobState.RUNNING, seconds_total=600.0, seconds_done=60.0, worked_s=20.0))
        account_rows.add_account(writing, BEN)
    store.close()
    server = app_server(home=home)
    store = open_store(home)
    with store.writing() as writing:
        role_rows.give(writing, CaseRole("case-1", BEN.id, Role.REVIEWER, NOON, "tests"))
    store.close()
    return server


@pytest.fixture
def store(served: AppServer) -> Iterator[Store]:
    opened = open_store(served.home)
    yield opened
    opened.close()


def a_worker_finds(store: Store, match_id: str) -> None:
    track = a_track(f"t-{match_id}")
    with store.writing() as writing:
        writing.put_track(track)
        writing.add_match(a_match(match_id, track=track))


def listening(page: Page) -> None:
    """Wait until the page is drawn and has been told how its case stands."""
    settled(page)
    page.wait_for_function("() => document.documentElement.dataset.lastseenLive === 'heard'")


def asked_by(page: Page) -> list[bytes | str]:
    """All that the pages' websocket sends to the server from now on."""
    sent: list[bytes | str] = []
    page.on("websocket", lambda line: line.on("framesent", lambda frame: sent.append(frame)))
    return sent


def test_a_search_is_seen_to_go_on_and_a_page_at_rest_asks_for_nothing(
    page: Page, served: AppServer, store: Store
) -> None:
    sent = asked_by(page)
    page.goto(f"{served.url}/footage?case=case-1")
    listening(page)
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("searched 1:00.0 of 10:00.0", timeout=PATIENT_MS)
    page.wait_for_timeout(1500)
    at_rest = len(sent)
    page.wait_for_timeout(1500)
    assert len(sent) == at_rest
    with store.writing() as writing:
        writing.change(Job, "j-1", seconds_done=300.0, worked_s=100.0)
    expect(main).to_contain_text("searched 5:00.0 of 10:00.0", timeout=PATIENT_MS)
    assert len(sent) == at_rest + 1, "one part of the page is drawn anew, once"


def test_a_candidate_that_arrives_is_told_of_and_what_is_half_typed_stays(
    page: Page, served: AppServer, store: Store
) -> None:
    a_worker_finds(store, "m-1")
    page.goto(f"{served.url}/review?case=case-1&match=m-1")
    listening(page)
    expect(page).to_have_title("(1) Review · LastSeen", timeout=PATIENT_MS)
    note = page.get_by_role("textbox", name="Note")
    note.press_sequentially("her coat, and")
    a_worker_finds(store, "m-2")
    expect(page.locator(NEWS)).to_contain_text("1 new candidate to review.", timeout=PATIENT_MS)
    expect(page).to_have_title("(2) Review · LastSeen", timeout=PATIENT_MS)
    expect(page.get_by_test_id("stSidebar")).to_contain_text("2 to review", timeout=PATIENT_MS)
    expect(page.get_by_test_id("stMain")).to_contain_text("To review (2)", timeout=PATIENT_MS)
    settled(page)
    assert note.input_value() == "her coat, and"
    note.press_sequentially(" her walk")
    expect(note).to_have_value("her coat, and her walk")
    screenshot(page, "live_news")
    page.locator(NEWS).get_by_role("button", name="Dismiss").click()
    expect(page.locator(NEWS)).to_have_count(0)
    a_worker_finds(store, "m-2b")
    expect(page.locator(NEWS)).to_have_count(1, timeout=PATIENT_MS)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Cases", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Cases")).to_be_visible(timeout=PATIENT_MS)
    expect(page.locator(NEWS)).to_have_count(0, timeout=2_000)  # by itself it goes after 45 s


def test_what_a_colleague_says_is_there_at_once_but_for_who_has_yet_to_decide(
    page: Page, served: AppServer, store: Store
) -> None:
    for number in (3, 4):
        a_worker_finds(store, f"m-{number}")
    ben = store.guarded(Person(store, BEN))
    sent = asked_by(page)
    page.goto(f"{served.url}/case?case=case-1")
    listening(page)
    page.wait_for_timeout(1500)
    title, at_rest = page.title(), len(sent)
    review.decide(ben, "m-3", verdict=Verdict.CONFIRM, by="ben", note="her coat")
    page.wait_for_timeout(2500)
    assert (page.title(), len(sent)) == (title, at_rest)
    expect(page.locator(NEWS)).to_have_count(0)
    review.decide(ben, "m-4", verdict=Verdict.REJECT, by="ben")
    expect(page.locator(NEWS)).to_contain_text("ben rejected a candidate.", timeout=PATIENT_MS)
    waits = int(title[1 : title.index(")")])
    expect(page).to_have_title(f"({waits - 1}) Case · LastSeen", timeout=PATIENT_MS)
    page.locator(NEWS).get_by_role("link", name="Open Review").click()
    expect(page).to_have_url(re.compile("/review"), timeout=PATIENT_MS)


def test_the_map_stays_as_it_is_while_its_pins_follow(page: Page, served: AppServer, store: Store) -> None:
    page.goto(f"{served.url}/map?case=case-1")
    frame = map_frame(page)
    listening(page)
    frame.evaluate("() => { map.setView([60.19, 24.91], 14, {animate: false}); map.getContainer().mine = true; }")
    drops = frame.locator(".leaflet-marker-icon .ls-drop")
    before = drops.count()
    with store.writing() as writing:
        writing.add(a_sighting("s-2", lat=60.181, lon=24.92))
    expect(drops).to_have_count(before + 1, timeout=PATIENT_MS)
    settled(page)
    assert frame.evaluate("() => [map.getContainer().mine, map.getCenter().lat.toFixed(2), map.getZoom()]") == [
        True, "60.19", 14,
    ]  # fmt: skip


def test_the_list_of_cases_follows_too_and_counts_what_waits_in_all(
    page: Page, served: AppServer, store: Store
) -> None:
    page.goto(f"{served.url}/")
    listening(page)
    before = page.title()
    a_worker_finds(store, "m-9")
    expect(page).not_to_have_title(before, timeout=PATIENT_MS)
    assert re.match(r"\(\d+\) ", page.title())
