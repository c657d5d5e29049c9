"""Text from people and files on every page, in Chromium: nothing of it runs, and it is shown as it was typed."""

import csv
import io
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Frame, Page, Request

from casework import request_papers, requests
from casework.signing_in import Caller, Limits, open_session
from data.models import utc_now
from data.store import open_store
from geo.ranking import Ranking
from tests.browser.conftest import AppServer, AppStarter, Watch, map_frame, settled
from tests.browser.planted import ADMIN, ANALYST, CASES, PAYLOADS, as_shown, everything, plant
from tests.fakes import Anyone

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIMITS = Limits(timedelta(hours=1), timedelta(hours=2))
PROJECT = Path(__file__).resolve().parents[2]
# what each page must show of every payload, field by field
SHOWN = {
    "cameras&view=streets": ("streets.name",),
    "case": (
        "subject.name", "subject.description", "case.number", "sighting.source", "photo.original_name",
        "photo.problem", "case.legal_basis", "case.authority_reference", "case.purpose",
    ),
    "alerts": ("recipient.name", "alert.why", "alert.left_by"),
    "tips": ("tippage.words", "tip.words", "tip.where_words", "tip.seen_typed"),
    "requests": ("camera.name", "camera.owner", "camera.contact", "footagerequest.note"),
    "footage": ("camera.name", "footage.original_name", "footage.added_by", "job.error", "job.retry_reason"),
    "review": ("camera.name", "footage.original_name"),
}  # fmt: skip
PAGES = (
    "", "case", "map", "cameras", "requests", "tips", "footage", "live", "review", "alerts", "record",
    "cameras&view=streets",
)  # fmt: skip
TEXT = """() => {
    const words = [document.body.textContent];
    for (const e of document.querySelectorAll('input, textarea')) words.push(e.value, e.placeholder || '');
    for (const e of document.querySelectorAll('[aria-label], [title], [alt]'))
        for (const name of ['aria-label', 'title', 'alt']) words.push(e.getAttribute(name) || '');
    return words.join(' \\u2016 ');
}"""


@dataclass(frozen=True)
class Planted:
    """The running web door on a store full of payloads, and a token for each account."""

    server: AppServer
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def planted(app_server: AppStarter, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    home = tmp_path_factory.mktemp("planted")
    store = open_store(home)
    accounts = plant(store, home)
    tokens = {
        name: open_session(store, account, caller=Caller(browser=everything(0)), limits=LIMITS, how="test")
        for name, account in accounts.items()
    }
    store.close()
    return Planted(app_server(home=home), tokens)


@pytest.fixture
def watched(page: Page, planted: Planted, watch: Watch) -> Iterator[Page]:
    """A page of the analyst; a dialog, a request that a payload asked for, or a flag that one set fails the test."""
    harm: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        harm.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if ("pwn" in request.url or "evil" in request.url) and "/sign-in?" not in request.url:
            harm.append(request.url)

    page.on("dialog", on_dialog)
    page.on("request", on_request)
    planted.server.become(planted.tokens[ANALYST])
    yield page
    page.goto("about:blank")  # nothing of it asks on once nobody is signed in
    planted.server.become("")
    assert harm == []
    assert watch.outside == []


def flags(page: Page) -> list[str]:
    """What ran, in any frame."""
    return [str(ran) for frame in page.frames if (ran := frame.evaluate("() => window.top.ran || window.ran"))]


def shown(page: Page) -> str:
    return as_shown(page.evaluate(TEXT))


def shown_in_time(page: Page, fields: Sequence[str]) -> str:
    """What is shown once all of these are, or after five seconds: what was folded is drawn when it is opened."""
    for _ in range(20):
        text = shown(page)
        if all(f"⟦{field}⟧" in text for field in fields):
            break
        page.wait_for_timeout(250)
    return text


def touched(page: Page) -> None:
    """Open what is folded, move over what answers to the mouse."""
    page.evaluate("() => document.querySelectorAll('details:not([open]) > summary').forEach((e) => e.click())")
    page.evaluate(
        """() => { for (const e of document.querySelectorAll('main *'))
            for (const kind of ['mouseover', 'mouseenter', 'focus']) e.dispatchEvent(new Event(kind)); }"""
    )


def assert_shown(text: str, field: str, payloads: tuple[str, ...] = PAYLOADS) -> None:
    missing = [payload for payload in payloads if as_shown(payload) not in text]
    assert not missing, f"{field}: not shown as typed: {missing}"
    assert f"⟦{field}⟧" in text


@pytest.mark.parametrize("name", PAGES)
def test_no_page_runs_what_it_shows(watched: Page, planted: Planted, name: str) -> None:
    page, _, view = name.partition("&")
    if not (PROJECT / f"dashboard/pages/{page or 'cases'}.py").exists():
        pytest.skip(f"skipped: there is no page {page}")
    place = PAGES.index(name) % CASES
    query = f"?case=case-{place}&match=m-{place}-{len(PAYLOADS)}&camera=cam-{len(PAYLOADS) + place}&{view}"
    watched.goto(f"{planted.server.address}/{page}{query}")
    settled(watched)
    touched(watched)
    text = shown_in_time(watched, SHOWN.get(name, ()))
    assert flags(watched) == []
    for field in SHOWN.get(name, ()):
        assert_shown(text, field)
    assert "Traceback" not in text


@pytest.mark.parametrize("place", range(CASES))
def test_the_map_has_all_its_pins_and_their_words(watched: Page, planted: Planted, place: int) -> None:
    watched.goto(f"{planted.server.address}/map?case=case-{place}")
    frame = map_frame(watched)
    settled(watched)
    groups = "window.map.LastSeen.groups"
    pins = frame.evaluate(
        f"""() => {{ const n = (g) => {{ let k = 0; g.eachLayer((l) => {{ k += l.eachLayer ? n(l) : 1; }});
            return k; }}; const g = {groups};
            return [n(g.cameras), n(g.sightings), n(g.waiting) + n(g.decided)]; }}"""
    )
    assert frame.locator(".ls-area-name").count() == len(PAYLOADS)
    assert pins == [len(PAYLOADS) + CASES, 2 * (len(PAYLOADS) + 1), len(PAYLOADS) + 1]  # a sighting has a circle too
    words = as_shown(" ‖ ".join(tooltips(frame)))
    for field in ("camera.name", "sighting.source"):
        assert_shown(words, field)
    streets = as_shown(frame.evaluate("() => document.querySelector('.leaflet-control-attribution').textContent"))
    assert_shown(streets, "streets.name")
    for badge in frame.locator(".leaflet-marker-icon").all()[:40]:
        badge.dispatch_event("mouseover")
    opened = as_shown(frame.evaluate("() => document.querySelector('.ls-legend.ls-signs').textContent"))
    assert "Cameras to ask first" in opened
    assert flags(watched) == []


def tooltips(frame: Frame) -> list[str]:
    """The words of every pin's tooltip and popup, as their HTML shows them."""
    return list(
        frame.evaluate(
            """() => {
            const words = [];
            const read = (html) => { const box = document.createElement('div');
                box.innerHTML = html.replaceAll('<br>', ' '); words.push(box.textContent); };
            const walk = (group) => group.eachLayer((layer) => {
                if (layer.getTooltip && layer.getTooltip()) read(layer.getTooltip().getContent());
                if (layer.getPopup && layer.getPopup()) read(layer.getPopup().getContent());
                if (layer.words) read(layer.words.words || '');
                if (layer.eachLayer) walk(layer); });
            for (const group of Object.values(window.map.LastSeen.groups)) if (group.eachLayer) walk(group);
            return words; }"""
        )
    )


def test_the_letter_to_an_owner_runs_nothing(page: Page, planted: Planted, watch: Watch) -> None:
    store = open_store(planted.server.home).guarded(Anyone())
    case = store.case("case-0")
    told = requests.lines(store, case, ranking=Ranking((), ()), now=utc_now())
    letters = [
        request_papers.letter_html(case, owner, now=utc_now(), names_person=True) for owner in requests.by_owner(told)
    ]
    store.close()
    ran: list[str] = []
    page.on("request", lambda request: ran.append(request.url))
    text = ""
    for letter in letters:
        page.set_content(letter)
        text += as_shown(page.evaluate(TEXT)) + " ‖ "
        assert flags(page) == []
        assert page.evaluate("() => document.querySelectorAll('script, iframe, img, svg, a, link').length") == 0
    assert [url for url in ran if not url.startswith("about:")] == []
    for field in ("camera.name", "camera.owner", "camera.contact", "camera.clock_checked", "subject.name"):
        assert_shown(text, field)


def test_the_doors_own_pages_run_nothing(watched: Page, planted: Planted) -> None:
    for name, path in ((ANALYST, "/account"), (ADMIN, "/account"), (ADMIN, "/accounts")):
        planted.server.become(planted.tokens[name])
        watched.goto(planted.server.address + path)
        text = shown(watched)
        assert flags(watched) == []
        assert_shown(text, "account.full_name")
    planted.server.become("")
    for payload in PAYLOADS:
        answer = watched.goto(f"{planted.server.address}/sign-in?next={quoted(payload)}&error={quoted(payload)}")
        assert answer is not None
        assert flags(watched) == []


def test_a_list_and_a_film_with_such_names_columns_and_values_run_nothing(watched: Page, planted: Planted) -> None:
    names = [payload[:200].replace("/", "⁄") for payload in PAYLOADS]
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["lat", "lon", "name", "owner", "direction", *PAYLOADS])
    for number, payload in enumerate(PAYLOADS):
        writer.writerow([60.2 + number / 1000, 25.0, payload, payload, payload, *PAYLOADS])
    watched.goto(f"{planted.server.address}/cameras?case=case-0&view=import")
    settled(watched)
    touched(watched)
    given = {"name": f"{names[0]}.csv", "mimeType": "text/csv", "buffer": table.getvalue().encode()}
    watched.locator("input[type=file]").first.set_input_files([given])  # type: ignore[list-item]
    watched.get_by_text("Columns not used").first.wait_for(state="attached")
    settled(watched)
    touched(watched)
    assert as_shown(PAYLOADS[0]) in shown(watched)
    assert flags(watched) == []

    watched.goto(f"{planted.server.address}/footage?case=case-0")
    settled(watched)
    films = [{"name": f"{name}.mp4", "mimeType": "video/mp4", "buffer": b"ffconcat"} for name in names[:3]]
    watched.locator("input[type=file]").first.set_input_files(films)  # type: ignore[arg-type]
    named, until = [as_shown(str(film["name"])) for film in films], time.monotonic() + 40
    while not all(name in shown(watched) for name in named):
        assert time.monotonic() < until, "a film's name is not shown as it is written"
        watched.wait_for_timeout(200)
    settled(watched)
    touched(watched)
    assert flags(watched) == []


def quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def test_every_payload_is_another_one_and_there_are_enough() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 15
    assert all(re.search(r"\S", payload) for payload in PAYLOADS)
