"""100,000 cameras on the map: from navigation to painted, and from pan to painted, beside what folium offers.

.venv/bin/python -m benchmarks.map_cameras [--quick]

Ours is the served page, signed in, in the system's Chromium: sign-in, Streamlit's start and the case's other layers are
in its time. Folium's are bare pages from this machine's disk, with nothing but the cameras on them, and scripts without
a network. Painted means the second animation frame after the cameras were drawn. Medians; where one page takes a
minute it is timed once.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import folium
import numpy as np
from folium.plugins import FastMarkerCluster
from playwright.sync_api import Browser, Frame, Page, Route, sync_playwright

from casework.signing_in import COOKIE
from dashboard.assets import _texts_of_wheel
from data.models import Camera, Sighting, utc_now
from data.store import open_store
from tests.browser.conftest import chromium_path
from tests.factories import a_case
from tests.serving import served_app
from tests.signing import sign_in

MANY, FEWER = 100_000, 10_000
ROUNDS = 10
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
PAN = """() => new Promise(done => {
  const map = %s, began = performance.now();
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
  %s
  map.panBy([Math.random() < 0.5 ? 300 : -300, 60], {animate: false});
})"""
OURS = ("window.map", "map.once('ls:cameras', painted);")
READY = "() => window.map && map.LastSeen && map.LastSeen.cameras && map.LastSeen.cameras.painted_ms !== undefined"


def places(count: int) -> list[tuple[float, float]]:
    """Half of them in forty towns of a region of 55 by 55 km."""
    rng = np.random.default_rng(5)
    corners = (51.25, -0.4), (51.75, 0.4)
    towns = rng.uniform(*corners, (40, 2))
    clustered = towns[rng.integers(40, size=count // 2)] + rng.normal(0, 0.02, (count // 2, 2))
    found = np.concatenate([clustered, rng.uniform(*corners, (count - count // 2, 2))])
    return [(lat, lon) for lat, lon in found.tolist()]


def camera(number: int, lat: float, lon: float) -> Camera:
    heading = (float(number % 360),) if number % 3 else ()
    return Camera(f"c{number}", f"Camera {number}", lat, lon, headings_deg=heading, owner=f"Owner {number % 50}")


def filled(home: Path) -> None:
    """A store with a case, a sighting, and very many cameras."""
    store = open_store(home)
    now = utc_now()
    with store.writing() as writing:
        writing.add_case(replace(a_case(), created_at=now))
        writing.add(Sighting("s-1", "case-1", 51.5, 0.0, 50.0, now, created_at=now))
        writing.add_cameras([camera(number, *place) for number, place in enumerate(places(MANY))])
    store.close()


def ours(browser: Browser, folder: Path, rounds: int) -> tuple[list[float], list[float], int]:
    """Seconds to the first painting, milliseconds from pan to painted, and bytes of a view's answer."""
    home = folder / "home"
    home.mkdir()
    filled(home)
    with served_app(home) as address:
        token = sign_in(address, home, "bench").token
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        first, sent = [], []
        for _ in range(rounds + 1):  # the first warms the server's caches, and is not counted
            page = context.new_page()
            page.on("response", lambda r: sent.append(len(r.body())) if "/api/v1/cameras" in r.url else None)
            began = time.perf_counter()
            page.goto(f"{address}/map?case=case-1")
            frame = _map_frame(page)
            frame.wait_for_function(READY, timeout=120_000)
            frame.evaluate(PAINTED)
            first.append(time.perf_counter() - began)
            pans, drawn = [], []
            for _ in range(rounds + 1):
                pans.append(frame.evaluate(PAN % OURS))
                drawn.append(frame.evaluate("() => map.LastSeen.cameras.painted_ms"))
            page.close()
        context.close()
    print(f"  the first page of a cold server: {first[0]:.2f} s")
    print(f"  of a pan, from asking the server to drawn: {median(drawn[1:]):.1f} ms; the rest are two frames")
    return first[1:], pans[1:], int(median(sent))


def _map_frame(page: Page) -> Frame:
    handle = page.locator("iframe[title*='folium']").first.element_handle(timeout=120_000)
    frame = handle.content_frame() if handle else None
    assert frame is not None
    return frame


def bare(
    browser: Browser, path: Path, made: folium.Map, rounds: int, shows: str
) -> tuple[list[float], list[float], int]:
    """The same of one of folium's own pages, painted once it `shows` something."""
    made.save(path)
    texts = {url.rpartition("/")[2]: text for url, text in _texts_of_wheel().items()}  # addresses differ by release

    def offline(route: Route) -> None:
        text = texts.get(route.request.url.rpartition("/")[2])
        if route.request.url.startswith("file:"):
            route.fallback()
        elif text is None:
            route.abort()
        else:
            route.fulfill(
                body=text, content_type="text/css" if route.request.url.endswith("css") else "text/javascript"
            )

    first: list[float] = []
    pans: list[float] = []
    for _ in range(rounds):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(600_000)
        page.route("**/*", offline)
        began = time.perf_counter()
        page.goto(path.as_uri(), wait_until="load", timeout=600_000)
        if shows:
            page.wait_for_selector(shows, timeout=120_000)
        page.evaluate(PAINTED)
        first.append(time.perf_counter() - began)
        if not pans:
            pans = [page.evaluate(PAN % (made.get_name(), "painted();")) for _ in range(rounds)]
        page.close()
    return first, pans, path.stat().st_size


def with_markers(count: int) -> folium.Map:
    made = _empty()
    for number, place in enumerate(places(count)):
        folium.Marker(place, tooltip=f"Camera {number}").add_to(made)
    return made


def with_clusters(count: int) -> folium.Map:
    made = _empty()
    FastMarkerCluster(places(count)).add_to(made)  # type: ignore[no-untyped-call]
    return made


def with_geojson(count: int) -> folium.Map:
    made = _empty()
    features = [
        {"type": "Feature", "properties": {"name": f"Camera {n}"},
         "geometry": {"type": "Point", "coordinates": [lon, lat]}}
        for n, (lat, lon) in enumerate(places(count))
    ]  # fmt: skip
    folium.GeoJson(
        json.dumps({"type": "FeatureCollection", "features": features}), marker=folium.Circle(radius=5)
    ).add_to(made)
    return made


def _empty() -> folium.Map:
    return folium.Map((51.5, 0.0), zoom_start=11, tiles=None, maxZoom=19)


FOLIUM: dict[str, tuple[Callable[[int], folium.Map], tuple[int, ...], str]] = {
    "folium Marker": (with_markers, (FEWER,), ".leaflet-marker-icon"),  # a hundred thousand end in no page at all
    "folium FastMarkerCluster": (with_clusters, (FEWER, MANY), ".marker-cluster"),
    "folium GeoJson": (with_geojson, (FEWER, MANY), "path.leaflet-interactive"),
}


def main(options: list[str]) -> int:
    rounds = 3 if "--quick" in options else ROUNDS
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        first, pans, sent = ours(browser, Path(folder), rounds)
        our_first, our_pan = median(first), median(pans)
        print(f"{'LastSeen, 100,000 cameras':<36}{our_first:8.2f} s{our_pan:10.1f} ms a pan{sent:12,} bytes a view")
        for name, (make, counts, shows) in FOLIUM.items():
            for count in counts:
                turns = 1 if make is with_markers else min(3, rounds)
                first, pans, sent = bare(browser, Path(folder) / "bare.html", make(count), turns, shows)
                what = f"{name}, {count:,}"
                times = f"{median(first) / our_first:6.1f} and {median(pans) / our_pan:6.1f} times ours"
                print(f"{what:<36}{median(first):8.2f} s{median(pans):10.1f} ms a pan{sent:12,} bytes a page   {times}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
