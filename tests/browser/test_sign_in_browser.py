"""Signing in with a real browser: the forms, the policy that every page must work under, and the end of a session."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from casework import accounts
from casework.access import Machine
from data.store import Store, open_store
from tests.browser.accessible import HIGH_CONTRAST, ON_A_MAP, USUAL, faults, faults_in
from tests.browser.conftest import DESKTOP, PHONE, AppServer, AppStarter, Watch, map_frame, screenshot, settled
from tests.factories import a_camera, a_case, a_footage, a_job, a_match, a_photo, a_sighting
from tests.signing import PASSWORD, supervises_everything

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = ("", "case", "map", "cameras", "requests", "footage", "review", "alerts", "tips", "live", "timeline",
         "record", "glossary")  # fmt: skip
MANY_PARTS = ("cameras", "review")
# Set before anything of a page runs; keeps what the browser refuses in the page and in every frame of it.
NOTING = """() => document.addEventListener('securitypolicyviolation', (e) => {
    const refused = (window.top.refused = window.top.refused || []);
    refused.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}`); })"""


@pytest.fixture(scope="module")
def served(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory) -> AppServer:
    """The web door alone, on a home with a case that has something on every page."""
    home = tmp_path_factory.mktemp("signing-in")
    store = open_store(home)
    with store.writing() as writing:
        writing.add_case(a_case())
        for thing in (a_camera(), a_sighting(), a_photo(), a_footage(), a_job()):
            writing.add(thing)
        writing.put_track(a_match().track)
        writing.add_match(a_match())
    store.close()
    return app_server(home=home)


@pytest.fixture
def store(served: AppServer) -> Iterator[Store]:
    opened = open_store(served.home)
    yield opened.guarded(Machine("tests"))
    opened.close()


def fill_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_new_account_signs_in_chooses_a_password_works_and_signs_out(
    page: Page, served: AppServer, store: Store, watch: Watch
) -> None:
    account, once = accounts.add_account(store, "bea", by="tests", full_name="Bea Tutkija")
    supervises_everything(store, account.id)
    page.context.clear_cookies()
    page.goto(f"{served.address}/case?case=case-1")
    assert page.url == f"{served.address}/sign-in?next=%2Fcase%3Fcase%3Dcase-1"
    for width, height in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        screenshot(page, f"sign_in_{width}")
    assert page.evaluate("() => document.activeElement.name") == "name"
    assert faults(page) == []
    fill_in(page, "bea", "not this one at all")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    watch.errors.clear()  # the browser tells of the 401
    fill_in(page, "bea", once)
    expect(page).to_have_url(f"{served.address}/sign-in/new-password?next=%2Fcase%3Fcase%3Dcase-1")
    screenshot(page, "new_password")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Keep it").click()
    expect(page).to_have_title("(1) Case · LastSeen", timeout=15_000)  # the page that was asked for at first
    settled(page)
    expect(page.get_by_test_id("stSidebar")).to_contain_text("Bea Tutkija")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Sign out").click()
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{served.address}/sign-in")
    page.go_back()
    page.reload()
    page.goto(f"{served.address}/case?case=case-1")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_the_account_pages_fit_a_telephone_and_the_qr_code_is_drawn_here(page: Page, served: AppServer) -> None:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{served.url}/account")
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert faults(page) == []
    screenshot(page, "account_phone")
    second = page.locator("form[action='/account/second-factor']")
    second.get_by_label("The password you have").fill(PASSWORD)
    second.get_by_role("button", name="Set it up").click()
    drawn = page.get_by_role("img", name="QR code").locator("svg")
    box = drawn.bounding_box()
    assert box is not None
    assert box["width"] > 150
    screenshot(page, "second_factor")
    for field in page.locator("input:not([type=hidden])").all():
        assert field.evaluate("(e) => e.labels.length") == 1, "each field has its label"


def test_no_page_needs_what_the_policy_forbids_nor_shuts_anybody_out(page: Page, served: AppServer) -> None:
    """Axe looks at each page on both grounds and with both contrasts while it is open anyway."""
    refused: list[str] = []
    shuts_out: list[str] = []
    page.add_init_script(f"({NOTING})()")
    for name in PAGES:
        page.goto(f"{served.url}/{name}?case=case-1")
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        if name == "map":
            map_frame(page)
        page.wait_for_timeout(500)
        refused += [f"{name}: {what}" for what in page.evaluate("() => window.refused || []")]
        shuts_out += [f"{name}: {what}" for what in faults_in(page, USUAL + HIGH_CONTRAST * (name in MANY_PARTS))]
        if name == "map":
            shuts_out += [f"the map's frame: {what}" for what in faults(map_frame(page), but=ON_A_MAP)]
    assert refused == []
    assert shuts_out == []


def test_the_pages_read_from_right_to_left_in_arabic_and_fit_a_telephone(page: Page, served: AppServer) -> None:
    arabic = {"name": "lastseen_language", "value": "ar", "url": served.url}
    page.context.add_cookies([arabic])  # type: ignore[list-item]
    try:
        for name in ("case", "review", "account"):
            page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
            page.goto(f"{served.address}/{name}?case=case-1")
            if name != "account":
                settled(page)
            expect(page.locator("html")).to_have_attribute("dir", "rtl", timeout=15_000)
            expect(page.locator("html")).to_have_attribute("lang", "ar")
            assert faults(page) == []
            screenshot(page, f"arabic_{name}")
            page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
            assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    finally:
        page.context.clear_cookies(name="lastseen_language")


def test_language_and_look_are_chosen_in_the_side_bar_and_stay(page: Page, served: AppServer) -> None:
    page.goto(f"{served.url}/glossary?case=case-1")
    settled(page)
    side_bar = page.get_by_test_id("stSidebar")
    try:
        side_bar.get_by_role("button", name="Language and look").click()
        page.get_by_role("combobox", name="Look").click()
        page.get_by_role("option", name="High contrast, white on black").click()
        expect(page.locator("html")).to_have_attribute("data-ls-contrast", "more", timeout=15_000)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(0, 0, 0)", timeout=15_000)
        page.goto(f"{served.address}/account")
        expect(page.locator("body")).to_have_css("background-color", "rgb(0, 0, 0)")
        assert faults(page) == []
    finally:
        page.context.clear_cookies(name="lastseen_look")


def test_an_inline_script_that_got_into_a_page_would_not_run(page: Page, served: AppServer, watch: Watch) -> None:
    page.goto(f"{served.url}/?case=case-1")
    settled(page)
    page.evaluate(
        """() => {
        document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran=1">');
        document.body.insertAdjacentHTML('beforeend', '<a id=l href="javascript:window.ran=2">l</a>');
        const s = document.createElement('script'); s.textContent = 'window.ran=3'; document.body.append(s);
        document.getElementById('l').click(); }"""
    )
    page.wait_for_timeout(500)
    assert page.evaluate("() => window.ran") is None
    assert any("Content Security Policy" in error for error in watch.errors)
    watch.errors.clear()


def test_the_description_of_the_api_is_drawn_and_tried_with_nothing_from_elsewhere(
    page: Page, served: AppServer, watch: Watch
) -> None:
    page.add_init_script(f"({NOTING})()")
    page.goto(f"{served.url}/api/v1/docs")
    listed = page.locator("#operations-cases-listCases")
    listed.locator(".opblock-summary-control").click()
    listed.get_by_role("button", name="Try it out").click()
    listed.get_by_role("button", name="Execute").click()
    expect(listed.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    expect(listed.locator(".live-responses-table .response-col_description").last).to_contain_text('"case-1"')
    assert page.evaluate("() => window.refused || []") == []
    assert (watch.outside, watch.errors) == ([], [])


def test_what_is_open_in_a_tab_is_gone_soon_after_its_session(
    page: Page, served: AppServer, store: Store, watch: Watch
) -> None:
    page.goto(f"{served.url}/case?case=case-1")
    settled(page)
    page.wait_for_selector("html[data-lastseen-live=heard]", state="attached")
    assert served.person is not None
    accounts.end_sessions(store, served.person.account_id, by="tests")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fcase%3Fcase%3Dcase-1"))
    watch.errors.clear()  # the browser tells of the closed websocket
