"""The map in a real browser: offline, never mounted anew, its drawings and clicks reported, its words inert."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, AppServer, AppStarter, map_frame, screenshot, settled

pytestmark = pytest.mark.browser

PROBE = Path(__file__).with_name("map_probe") / "app.py"

PAINTED = "() => Boolean(window.map.LastSeen.cameras && window.map.LastSeen.cameras.painted_ms)"
"""The cameras without badges have come from the server and are drawn."""

PAYLOADS = [
    "<script>window.top.ran = 1</script>",
    "<img src=x onerror=window.top.ran=1>",
    "<svg onload=window.top.ran=1>",
    "`;window.top.ran=1;`",
    "${window.top.ran=1}",
    "$\\{window.top.ran=1}",
    "\\`;window.top.ran=1//",
    "';window.top.ran=1;'",
    '";window.top.ran=1;"',
    "</script><script>window.top.ran=1</script>",
    "</div><b onmouseover=window.top.ran=1>bold</b>",
    "\\2 \\u{2} \\x",
    "{{ 7*7 }} {% raw %}",
    "{{'alert'}}",
    "a\u2028window.top.ran=1\u2029b",
    "&lt;img src=x onerror=window.top.ran=1&gt;",
    "&#60;img src=x onerror=window.top.ran=1&#62;",
    "javascript:window.top.ran=1",
    "<!--",
    "]]>",
    "Ünïcode كاميرا 相機 📷",
    "map_div feature_group_0 drawnItems",
]


@pytest.fixture(scope="module")
def probe(app_server: AppStarter) -> AppServer:
    return app_server(PROBE, env={"PROBE_NAMES": json.dumps(PAYLOADS)})


def opened(page: Page, server: AppServer, query: str = "") -> Frame:
    page.goto(server.url + query)
    frame = map_frame(page)
    settled(page)
    return frame


def news(page: Page) -> dict[str, Any]:
    settled(page)
    return dict(json.loads(page.get_by_text(re.compile(r"^NEWS ")).inner_text().removeprefix("NEWS ")))


def tooltip_words(frame: Frame) -> list[str]:
    """The words of every badge's tooltip, as its HTML shows them."""
    return list(
        frame.evaluate(
            """() => {
            const words = [];
            window.map.LastSeen.groups.cameras.eachLayer((marker) => {
                const box = document.createElement('div');
                box.innerHTML = marker.getTooltip().getContent();
                box.querySelector('[hidden]').remove();
                words.push(box.innerText);
            });
            return words; }"""
        )
    )


def test_the_map_appears_without_any_outside_request(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)

    assert frame.locator(".ls-badge").count() > 20
    assert frame.locator(".leaflet-marker-icon .ls-drop").count() == 3
    expect(frame.locator(".ls-signs")).to_contain_text("Cameras to ask first")
    frame.wait_for_function(PAINTED)
    screenshot(page, "map_desktop")


def test_the_same_map_stays_through_reruns_while_its_layers_change(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)
    frame.evaluate("() => { window.map.getContainer().born = 'once'; window.map.panBy([60, 0], {animate: false}); }")
    middle = frame.evaluate("() => window.map.getCenter().lng")
    dots = "() => window.map.LastSeen.cameras._shown.cameras.length"
    frame.wait_for_function(PAINTED)
    before = frame.evaluate(dots)

    for _ in range(3):
        page.get_by_role("button", name="Again").click()
        settled(page)
    page.get_by_role("button", name="More cameras").click()
    settled(page)

    frame.wait_for_function(f"() => ({dots})() === {before + 15}")
    assert frame.evaluate("() => window.map.getContainer().born") == "once"
    assert frame.evaluate("() => window.map.getCenter().lng") == pytest.approx(middle)
    assert frame.evaluate("() => (window.feature_group || []).length") <= 1


def test_the_same_map_stays_through_an_hour_and_twenty_live_updates_with_its_view_and_drawing(
    page: Page, probe: AppServer
) -> None:
    frame = opened(page, probe)
    x, y = box_corner(page)
    frame.evaluate("() => { window.map.getContainer().born = 'once'; window.map.panBy([40, 0], {animate: false}); }")
    frame.locator(".leaflet-draw-draw-circle").click()
    drag(page, (x + 300, y + 150), (x + 350, y + 150))
    expect_news(page, "areas", lambda areas: len(areas) == 1)
    choose_hour(frame, 0.2)
    expect(frame.locator(".leaflet-marker-icon .ls-drop")).to_have_count(1)
    standing = "() => { const {lat, lng} = window.map.getCenter(); return [lat, lng, window.map.getZoom()]; }"
    before, hour = frame.evaluate(standing), frame.locator(".ls-clock").inner_text()

    page.get_by_role("button", name="Twenty updates").click()
    page.get_by_text(re.compile("^UPDATES 20$")).wait_for(timeout=60_000)
    settled(page)

    assert frame.evaluate("() => window.map.getContainer().born") == "once"
    assert frame.evaluate(standing) == pytest.approx(before)
    assert frame.evaluate("() => Object.keys(window.drawnItems._layers).length") == 1
    assert frame.locator(".ls-clock").inner_text() == hour
    expect(frame.locator(".leaflet-marker-icon .ls-drop")).to_have_count(1)
    frame.get_by_role("button", name="Now", exact=True).click()
    expect(frame.locator(".leaflet-marker-icon .ls-drop")).to_have_count(3)
    expect(frame.locator(".leaflet-marker-icon .ls-more")).to_have_text("+12")  # 20 candidates of one camera, 8 pins


def test_hours_are_shown_without_a_run_of_the_page(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)
    page.wait_for_timeout(1000)  # a map that has just appeared tells the page so, which draws it once more
    settled(page)
    drops, runs = frame.locator(".leaflet-marker-icon .ls-drop"), page.get_by_text(re.compile("^RUNS ")).inner_text()

    for share, count in ((0.05, 0), (0.3, 2), (0.9, 3)):
        choose_hour(frame, share)
        expect(drops).to_have_count(count)
    choose_hour(frame, 0.2)
    expect(frame.locator(".ls-clock")).to_have_text(re.compile(r"^Mon 2 Mar, 15:\d\d$"))  # the case's own clocks
    expect(frame.locator(".ls-then-note")).to_contain_text("told later")
    expect(frame.locator(".ls-reach")).to_have_count(1)
    screenshot(page, "map_hour")
    frame.get_by_role("slider").press("End")
    expect(drops).to_have_count(3)
    expect(frame.locator(".ls-then-note")).to_be_hidden()
    frame.get_by_role("button", name="Play the hours").click()
    expect(drops).to_have_count(0)
    frame.get_by_role("button", name="Pause").click()

    assert page.get_by_text(re.compile("^RUNS ")).inner_text() == runs


def test_a_layer_that_is_switched_off_stays_off_through_updates_and_when_the_map_is_opened_again(
    page: Page, probe: AppServer
) -> None:
    frame = opened(page, probe)
    if not frame.locator(".ls-signs[open]").count():
        frame.locator(".ls-signs > summary").click()
    frame.get_by_label("Candidates to review").uncheck()
    expect(frame.locator(".leaflet-marker-icon .ls-to_review")).to_have_count(0)

    page.get_by_role("button", name="Again").click()
    settled(page)
    expect(frame.locator(".leaflet-marker-icon .ls-to_review")).to_have_count(0)
    frame = opened(page, probe)
    expect(frame.locator(".leaflet-marker-icon .ls-to_review")).to_have_count(0)
    assert frame.locator(".leaflet-marker-icon .ls-confirmed").count() > 0
    if not frame.locator(".ls-signs[open]").count():
        frame.locator(".ls-signs > summary").click()
    frame.get_by_label("Candidates to review").check()
    expect(frame.locator(".leaflet-marker-icon .ls-to_review")).to_have_count(2)


def test_a_place_is_found_by_its_name_with_the_keyboard_and_names_stay_text(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)
    search = frame.get_by_role("combobox", name="Find a street or place")

    search.fill("nowhere")
    expect(frame.get_by_role("status").filter(has_text="Nothing of that name")).to_be_visible()
    search.fill("koti")
    expect(frame.get_by_role("option")).to_have_count(2)
    assert "<img src=x onerror" in frame.get_by_role("option").nth(1).inner_text()
    search.press("ArrowDown")
    expect(frame.get_by_role("option").nth(0)).to_have_attribute("aria-selected", "true")
    search.press("Enter")

    frame.wait_for_function("() => window.map.getCenter().distanceTo([60.1655, 24.9355]) < 5")
    expect(frame.locator(".leaflet-tooltip", has_text="Kotikatu")).to_be_visible()
    search.press("Escape")
    expect(frame.locator(".leaflet-tooltip", has_text="Kotikatu")).to_have_count(0)
    assert page.evaluate("() => window.ran") is None


def test_distances_are_measured_with_mouse_or_keyboard_and_choose_no_place(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)
    x, y = box_corner(page)
    frame.get_by_role("button", name="Measure distances").click()
    frame.wait_for_function("() => window.map.getContainer().classList.contains('ls-measuring')")
    for dx, dy in ((250, 150), (350, 150), (350, 250)):
        page.mouse.click(x + dx, y + dy)
        page.wait_for_timeout(320)  # slower than a double click
    frame.get_by_role("button", name="Measure distances").click()

    note = frame.locator(".ls-measure-note")
    expect(note).to_have_text(re.compile(r"^[\d.]+ k?m in all; last stretch [\d.]+ k?m, bearing 180°$"))
    assert news(page) == {"place": None, "pin": None, "areas": None}
    frame.locator(".leaflet-container").focus()
    page.keyboard.press("Escape")
    expect(note).to_have_text("")


def test_coordinates_follow_the_pointer(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)
    x, y = box_corner(page)

    away = """() => { const [lat, lng] = document.querySelector('.ls-where').innerText.split(', ').map(Number);
        const here = window.map.containerPointToLatLng([300, 200]);
        return Math.max(Math.abs(lat - here.lat), Math.abs(lng - here.lng)); }"""
    for _ in range(50):  # a map that has just appeared may still find its place under the pointer
        page.mouse.move(x + 310, y + 200)
        page.mouse.move(x + 300, y + 200)
        if frame.evaluate(away) < 2e-4:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"it says {frame.locator('.ls-where').inner_text()}, {frame.evaluate(away)} degrees away")


def test_a_printed_map_has_its_title_legend_and_hour_and_no_tools(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)
    frame.evaluate("() => { window.print = () => { window.printed = true; }; }")
    frame.get_by_role("button", name="Print the map").click()
    frame.wait_for_function("() => window.printed")

    expect(frame.locator(".ls-print-head")).to_contain_text("Map <probe>")
    expect(frame.locator(".ls-signs")).to_contain_text("last known")
    for tools in (".ls-hours", ".ls-search", ".leaflet-control-zoom"):
        expect(frame.locator(tools)).to_be_hidden()
    screenshot(page, "map_print")
    frame.evaluate("() => { window.dispatchEvent(new Event('afterprint')); }")
    expect(frame.locator(".ls-hours")).to_be_visible()
    expect(frame.locator(".ls-print-head")).to_have_count(0)


def test_going_to_a_place_works_twice_and_keeps_the_map(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)
    frame.evaluate("() => { window.map.getContainer().born = 'once'; }")
    there = "() => window.map.getCenter().distanceTo([60.1691, 24.9484]) < 20 && window.map.getZoom() === 17"

    for _ in range(2):
        page.get_by_role("button", name="Go to the last sighting").click()
        frame.wait_for_function(there)
        frame.evaluate("() => { window.map.setView([60.16, 24.93], 13, {animate: false}); }")

    assert frame.evaluate("() => window.map.getContainer().born") == "once"
    page.get_by_role("button", name="Go to the last sighting").click()
    frame.wait_for_function(there)
    frame.locator(".ls-signs > summary").click()
    screenshot(page, "map_near_with_legend")


def test_a_drawn_circle_reports_its_new_radius_after_an_edit(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)
    x, y = box_corner(page)
    frame.locator(".leaflet-draw-draw-circle").click()
    drag(page, (x + 300, y + 150), (x + 360, y + 150))
    expect_news(page, "areas", lambda areas: len(areas) == 1)
    first = news(page)["areas"][0]["properties"]["radius"]

    frame.locator(".leaflet-draw-edit-edit").click()
    drag(page, *resize_handle(page, frame, by=80))
    frame.get_by_role("link", name="Save", exact=True).click()

    expect_news(page, "areas", lambda areas: areas[0]["properties"]["radius"] > first * 1.5)
    shown = frame.evaluate("() => { let r = 0; window.drawnItems.eachLayer((c) => { r = c.getRadius(); }); return r; }")
    assert news(page)["areas"][0]["properties"]["radius"] == pytest.approx(shown)
    assert news(page)["place"] is None  # the click that ends a drawing chooses no place
    screenshot(page, "map_area")


def test_a_drawn_polygon_survives_reruns_a_page_switch_and_can_be_cleared(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)
    x, y = box_corner(page)
    frame.locator(".leaflet-draw-draw-polygon").click()
    for dx, dy in ((250, 100), (450, 120), (400, 300), (250, 100)):
        page.mouse.move(x + dx, y + dy)
        page.mouse.click(x + dx, y + dy)
        page.wait_for_timeout(120)  # Leaflet.draw takes no corner for 50 ms after the last
    expect_news(page, "areas", lambda areas: areas[0]["geometry"]["type"] == "Polygon")
    assert len(news(page)["areas"][0]["geometry"]["coordinates"][0]) == 4

    page.get_by_role("button", name="More cameras").click()
    settled(page)
    drawn = "() => window.drawnItems.getLayers().length"
    assert frame.evaluate(drawn) == 1

    page.get_by_text("Other", exact=True).click()
    page.get_by_text("another page").wait_for()
    page.get_by_text("Map", exact=True).click()
    frame = map_frame(page)
    assert frame.evaluate(drawn) == 1

    page.get_by_role("button", name="Clear the area").click()
    frame.wait_for_function("() => window.drawnItems.getLayers().length === 0")


def test_clicks_on_pins_reach_python_even_where_pins_share_a_place(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)

    for selector, expected in [
        (".leaflet-marker-icon:has(.ls-badge:text-is('4'))", {"kind": "camera", "id": "cam-3"}),
        (".leaflet-marker-icon:has(.ls-drop text:text-is('1'))", {"kind": "sighting", "id": "s-1"}),
        (".leaflet-marker-icon:has(.ls-diamond.ls-confirmed)", {"kind": "match", "id": "m-3"}),
        (".leaflet-marker-icon:has(.ls-badge:text-is('7'))", {"kind": "camera", "id": "cam-6"}),
    ]:
        frame.locator(selector).click()
        expect_news(page, "pin", lambda pin, expected=expected: pin == expected)
    frame.locator(".leaflet-marker-icon:has(.ls-badge:text-is('4'))").focus()
    page.keyboard.press("Enter")
    expect_news(page, "pin", lambda pin: pin["id"] == "cam-3")
    assert news(page)["place"] is None
    frame.wait_for_function("() => document.querySelector('.ls-selected').innerText === '4'")


def test_a_click_on_a_camera_without_a_badge_reaches_python(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)

    frame.wait_for_function(PAINTED)
    click_place(page, frame, "() => L.latLng(window.map.LastSeen.cameras._shown.cameras[9].slice(3, 5))")

    expect_news(page, "pin", lambda pin: pin == {"kind": "camera", "id": "cam-29"})


def test_a_click_on_bare_ground_gives_its_coordinates(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe)

    click_place(page, frame, "() => L.latLng(60.1740, 24.9530)")

    expect_news(page, "place", lambda place: place == pytest.approx([60.1740, 24.9530], abs=2e-4))
    frame.locator(".ls-draft").wait_for()
    assert news(page)["pin"] is None


def test_hostile_names_are_shown_and_never_run(page: Page, probe: AppServer) -> None:
    frame = opened(page, probe, "?hostile")

    shown = tooltip_words(frame)
    frame.wait_for_function(PAINTED)
    dots = tips_of_dots(frame)
    for badge in frame.locator(".leaflet-marker-icon:has(.ls-badge)").all():
        badge.hover(force=True)
    page.wait_for_timeout(200)

    for payload in PAYLOADS:
        assert re.sub(r"[\u2028\u2029]", " ", payload) in [*shown, *dots]
    assert page.evaluate("() => window.ran") is None
    assert frame.evaluate("() => window.ran") is None
    frame.locator(".leaflet-marker-icon:has(.ls-badge:text-is('1'))").click(force=True)
    expect_news(page, "pin", lambda pin: pin["id"] == "cam-0")


@pytest.mark.parametrize(("size", "look"), [(DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")])
def test_the_map_fits_small_windows_and_the_night(
    page: Page, probe: AppServer, size: tuple[int, int], look: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme="dark" if look == "dark" else "light")
    frame = opened(page, probe)

    width = frame.evaluate("() => window.map.getContainer().getBoundingClientRect().width")
    assert width <= size[0]
    frame.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert frame.evaluate("() => window.map.getContainer().classList.contains('ls-night')") == (look == "dark")
    frame.wait_for_function(PAINTED)
    screenshot(page, f"map_{'phone' if size == PHONE else 'desktop'}_{look}")


def choose_hour(frame: Frame, share: float) -> None:
    """Move the time slider to a share of its length, as a hand would."""
    frame.evaluate(
        """(share) => {
            const slider = document.querySelector('.ls-hours input');
            slider.value = Number(slider.min) + share * (slider.max - slider.min);
            slider.dispatchEvent(new Event('input')); }""",
        share,
    )


def tips_of_dots(frame: Frame) -> list[str]:
    """The first line of the tooltip of every camera on the canvas, without its rank, as the page shows it."""
    return list(
        frame.evaluate(
            """() => {
            const cameras = window.map.LastSeen.cameras;
            return cameras._targets.map((target) => {
                cameras._over = null;
                cameras._hover({originalEvent: {target: window.map.getContainer()}, layerPoint: target.where});
                return cameras._tip.getElement().firstChild.firstChild.innerText.replace(/^[0-9]+[.] /, '');
            }); }"""
        )
    )


def box_corner(page: Page) -> tuple[float, float]:
    """Upper left corner of the map in the window."""
    box = page.locator("iframe[title='streamlit_folium.st_folium']").bounding_box()
    assert box is not None
    return box["x"], box["y"]


def click_place(page: Page, frame: Frame, where: str) -> None:
    """Click the map at the place that the JavaScript function `where` tells."""
    at = frame.evaluate(f"() => {{ const p = window.map.latLngToContainerPoint(({where})()); return [p.x, p.y]; }}")
    x, y = box_corner(page)
    page.mouse.click(x + at[0], y + at[1])


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()


def resize_handle(page: Page, frame: Frame, *, by: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """From the resize handle of the circle being edited to a point `by` pixels further out."""
    handle = frame.locator(".leaflet-edit-resize").bounding_box()
    assert handle is not None
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    return (x, y), (x + by, y - by)


def expect_news(page: Page, name: str, is_right: Any, timeout_ms: int = 8000) -> None:
    """Wait until Python tells news called `name` that `is_right` accepts."""
    waited, seen = 0, None
    while waited < timeout_ms:
        seen = news(page)[name]
        if seen and is_right(seen):
            return
        page.wait_for_timeout(100)
        waited += 100
    pytest.fail(f"no right news of {name} in {timeout_ms} ms; the last was {seen}")
