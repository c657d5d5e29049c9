"""Camera search in Chromium, with a film for a camera and a granted place: from the picture to the pin on the map."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from casework import review
from casework.footage import true_time
from casework.hits import BROWSER
from data.models import JobState, SightingKind, Verdict, utc_now
from data.store import Store
from tests.browser.accessible import faults
from tests.browser.conftest import PHONE, AppServer, AppStarter, Watch, map_frame, screenshot
from tests.browser.field import HERE, field_home, film

pytestmark = pytest.mark.browser
FRAMES = "**/api/v1/camera/frames"
ACCURACY_M = 12.0
PINS = """() => { const found = []; map.eachLayer((layer) => {
    if (layer.getLatLng && layer.getElement?.()?.querySelector('.ls-confirmed')) {
        const at = layer.getLatLng(); found.push([at.lat, at.lng]); } }); return found; }"""
FILMS = "if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia"
REFUSED = re.compile(r"status of (401|403|503)|ERR_FAILED|/_stcore/(health|host-config)\)$")
"""What Chromium itself writes down of answers that these tests make up, and of Streamlit's own questions."""


@pytest.fixture(scope="module")
def served(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory, camera_film: Path) -> AppServer:
    film(camera_film)
    return app_server(home=field_home(tmp_path_factory.mktemp("field")))


@pytest.fixture
def phone(page: Page, served: AppServer, chromium: BrowserContext, watch: Watch) -> Iterator[Page]:
    """The page on a telephone whose owner allows camera and place."""
    chromium.grant_permissions(["camera", "geolocation"], origin=served.address)
    chromium.set_geolocation({"latitude": HERE[0], "longitude": HERE[1], "accuracy": ACCURACY_M})
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{served.url}/camera?case=case-1")
    yield page
    chromium.clear_permissions()
    chromium.set_geolocation(None)
    watch.errors[:] = [error for error in watch.errors if not REFUSED.search(error)]


def status(page: Page, words: str | re.Pattern[str], *, within_s: float = 10) -> None:
    expect(page.locator("[data-part=status]")).to_contain_text(words, timeout=within_s * 1000)


def go(page: Page) -> None:
    page.locator("[data-part=go]").click()


def test_one_who_passes_the_camera_stands_on_the_map_where_it_was_once_two_people_have_confirmed(
    phone: Page, served: AppServer, store: Store
) -> None:
    began = utc_now()
    status(phone, "Ready")
    assert store.jobs(case_id="case-1")[0].kind == "photo", "nothing is asked before Start"
    go(phone)
    candidate = phone.locator("[data-part=found] > li")
    expect(candidate).to_have_count(1, timeout=60_000)
    expect(candidate).to_contain_text("Aino Example · 2026-001")
    expect(candidate).to_contain_text("strong lead")
    expect(candidate.get_by_role("img")).to_have_count(2)
    status(phone, "1 candidate. A lead, not an identification.")
    expect(phone.locator("[data-part=alarm]")).to_contain_text("Aino Example")
    expect(phone.locator("[data-part=place]")).to_contain_text("known to 12 m")
    expect(phone.locator("[data-part=count]")).to_contain_text(re.compile(r": [3-9]"), timeout=15_000)
    expect(candidate).to_have_count(1)  # she stays in view: one pass, one candidate
    screenshot(phone, "camera_search")
    go(phone)
    status(phone, "Camera and place are off")
    assert phone.evaluate("() => document.querySelector('video').srcObject") is None

    (footage,), (match,) = store.footages("case-1"), store.matches("case-1")
    spot = store.camera(footage.camera_id)
    assert ((spot.lat, spot.lon), spot.spot_of) == (pytest.approx(HERE), "case-1")
    assert began < true_time(footage, match.track.best_s) < utc_now()
    (job,) = [job for job in store.jobs(case_id="case-1") if job.kind == BROWSER]
    for _ in range(50):  # the page tells it on its way out, and waits for no answer
        if store.job(job.id).state is JobState.DONE:
            break
        phone.wait_for_timeout(200)
    assert (store.job(job.id).state, store.job(job.id).candidates) == (JobState.DONE, 1)

    for name in ("Rita", "Sam"):
        review.decide(store, match.id, verdict=Verdict.CONFIRM, by=name)
    (sighting,) = store.sightings("case-1")
    assert (sighting.kind, sighting.radius_m) == (SightingKind.CONFIRMED_MATCH, ACCURACY_M + 7)
    phone.set_viewport_size({"width": 1280, "height": 800})
    phone.goto(f"{served.url}/map?case=case-1")
    frame = map_frame(phone)
    frame.locator(".leaflet-marker-icon .ls-confirmed").first.wait_for()
    assert frame.evaluate(PINS)[0] == pytest.approx(list(HERE), abs=1e-6)
    screenshot(phone, "camera_search_map")


def test_a_program_may_send_a_picture_as_json_and_learns_that_it_shows_nobody(served: AppServer, store: Store) -> None:
    grey = cv2.imencode(".jpg", np.full((240, 320, 3), 128, np.uint8))[1].tobytes()
    told = {
        "picture": base64.b64encode(grey).decode(), "search": "a-program-s-search", "case": "case-1", "lat": HERE[0],
        "lon": HERE[1], "accuracy_m": 9.5, "taken_at": utc_now().isoformat(),
    }  # fmt: skip
    assert served.person is not None
    with httpx.Client(base_url=served.address, headers=served.person.headers, trust_env=False, timeout=60) as program:
        before = len(store.footages("case-1"))
        answer = program.post("/api/v1/camera/frames", json=told)
        assert answer.status_code == 200, answer.text
        looked = answer.json()
        assert (looked["faces"], looked["candidates"], looked["cases_searched"]) == ([], [], 1)
        assert looked["said"] == "No face in view. Come closer, or turn the camera to faces."
        wrong = program.post("/api/v1/camera/frames", json=told | {"picture": "bm8gSlBFRw=="})
        assert (wrong.status_code, wrong.json()["detail"]) == (422, "picture: is no JPEG")
        assert len(store.footages("case-1")) == before


def test_the_page_alone_may_ask_for_camera_and_place(served: AppServer) -> None:
    assert served.person is not None
    for path, is_open in (("/camera", True), ("/account", False), ("/case", False), ("/cameras", False)):
        answer = httpx.get(served.address + path, headers=served.person.headers, trust_env=False)
        told = answer.headers["permissions-policy"]
        assert ("camera=(self)" in told, "geolocation=(self)" in told) == (is_open, is_open), path
        assert "microphone=()" in told
    policy = httpx.get(f"{served.address}/camera", headers=served.person.headers, trust_env=False).headers
    assert "script-src 'self';" in policy["content-security-policy"]
    assert "unsafe" not in policy["content-security-policy"]


# what is missing is said


def test_without_permission_it_says_what_to_allow(phone: Page, chromium: BrowserContext, served: AppServer) -> None:
    chromium.clear_permissions()
    go(phone)
    status(phone, "The camera is not allowed for this page")
    expect(phone.locator("[data-part=go]")).to_have_text("Start")
    chromium.grant_permissions(["camera"], origin=served.address)
    go(phone)
    status(phone, "The place is not allowed for this page")
    expect(phone.locator("[data-part=count]")).to_be_empty()
    assert not faults(phone)


def test_where_the_device_cannot_tell_its_place_it_can_be_typed(
    phone: Page, chromium: BrowserContext, served: AppServer
) -> None:
    chromium.clear_permissions()
    chromium.grant_permissions(["camera"], origin=served.address)
    sent: list[dict[str, str]] = []
    phone.route(FRAMES, lambda route: (sent.append(route.request.headers), answered(route, nobody())))
    phone.get_by_text("Options").click()
    field = phone.get_by_label("Where you stand")
    field.fill("by the church")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("60,1699 24,9384")
    expect(phone.locator("[data-part=place]")).to_contain_text("as typed: 60.16990, 24.93840")
    go(phone)
    status(phone, "No face in view")
    assert (sent[0]["frame-place-from"], sent[0]["frame-lat"]) == ("typed", "60.1699000")
    go(phone)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("Object.defineProperty(window, 'isSecureContext', { value: false })", "not opened over https"),
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })", "gives no camera to pages"),
        (
            f"{FILMS} = () => Promise.reject(new DOMException('', 'NotFoundError'))",
            "no camera that the browser can use",
        ),
        (
            f"{FILMS} = () => Promise.reject(new DOMException('', 'NotReadableError'))",
            "Another program uses the camera",
        ),
    ],
    ids=["no https", "old browser", "no camera", "camera in use"],
)
def test_what_the_browser_lacks_is_said(phone: Page, served: AppServer, script: str, words: str) -> None:
    phone.add_init_script(script)
    phone.goto(f"{served.url}/camera")
    if "no camera that" in words or "Another" in words:
        go(phone)
    status(phone, words)


def nobody(**changed: object) -> dict[str, object]:
    told = {
        "width_px": 640, "height_px": 480, "faces": [], "candidates": [], "said": "No face in view.", "clock_said": "",
        "not_searched_said": "",
    }  # fmt: skip
    return told | changed


def answered(route: Route, told: dict[str, object], status: int = 200, **headers: str) -> None:
    route.fulfill(status=status, body=json.dumps(told), content_type="application/json", headers=headers)


def test_trouble_on_the_way_is_said_and_it_goes_on_by_itself(phone: Page) -> None:
    answers = iter(
        [
            lambda route: route.abort(),
            lambda route: answered(route, {"detail": "many wait"}, 503, **{"Retry-After": "2"}),
            lambda route: answered(route, nobody(clock_said="This device's clock is 3 minutes behind.")),
            lambda route: answered(route, {"detail": "sign in first"}, 401),
        ]
    )
    phone.route(FRAMES, lambda route: next(answers)(route))
    go(phone)
    status(phone, "No connection to LastSeen. Nothing is stored meanwhile")
    status(phone, "LastSeen is busy. The next picture goes in 2 s.")
    status(phone, "No face in view")
    expect(phone.locator("[data-part=clock]")).to_contain_text("3 minutes behind")
    status(phone, "Your session has ended")
    expect(phone.get_by_role("link", name="Sign in")).to_have_attribute("href", "/sign-in?next=%2Fcamera")
    expect(phone.locator("[data-part=go]")).to_have_text("Start")


def test_a_refusal_stops_it_and_stands_there_as_text(phone: Page) -> None:
    words = "case 7: <img src=x onerror=window.ran=1> was closed"
    phone.route(FRAMES, lambda route: answered(route, {"detail": words}, 403))
    go(phone)
    status(phone, f"Not searched: {words}")
    assert phone.evaluate("() => window.ran") is None


def test_it_reads_well_by_keyboard_in_the_dark_and_in_arabic(
    phone: Page, served: AppServer, chromium: BrowserContext
) -> None:
    phone.emulate_media(color_scheme="dark")
    assert not faults(phone)
    phone.locator("[data-part=case]").focus()
    for _ in range(3):
        phone.keyboard.press("Tab")
    assert phone.evaluate("() => document.activeElement.dataset.part") == "go"
    box = phone.locator("[data-part=go]").bounding_box()
    assert box is not None
    assert box["height"] >= 60
    assert box["y"] > PHONE[1] * 0.8  # where the thumb is
    chromium.add_cookies([{"name": "lastseen_language", "value": "ar", "url": served.address}])
    try:
        phone.goto(f"{served.url}/camera")
        assert phone.evaluate("() => document.documentElement.dir") == "rtl"
        assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert not faults(phone)
        screenshot(phone, "camera_search_arabic")
    finally:
        chromium.clear_cookies(name="lastseen_language")
        phone.emulate_media(color_scheme=None)
