"""A small map on which a camera's place and heading are picked, or on which the places of a file are shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import quote

import streamlit as st

from dashboard import session
from dashboard.assets import map_links
from dashboard.ground import ground_of
from dashboard.words import t
from data.models import Case

_STATIC = Path(__file__).with_name("static")
_SCRIPTS = ("leaflet.js", "lastseen-ground.js")
_STYLES = ("leaflet.css", "lastseen-map.css", "lastseen-ground.css")
_HTML = """<div class="picker">
<div class="tools" role="group" hidden>
  <button type="button" data-do="place"></button><button type="button" data-do="heading"></button>
  <button type="button" data-do="another"></button><button type="button" data-do="none"></button>
</div>
<div class="map"></div>
<p class="hint"></p>
<p class="said" role="status" aria-live="polite"></p>
</div>"""
_map = st.components.v2.component(
    "lastseen_place",
    html=_HTML,
    css=(_STATIC / "lastseen-place.css").read_text(encoding="utf-8"),
    js=(_STATIC / "lastseen-place.js").read_text(encoding="utf-8"),
)
MOST_HEADINGS = 16


@dataclass(frozen=True)
class Picked:
    """What somebody picked for the camera `of`; the `n`-th time on this map."""

    of: str
    lat: float | None
    lon: float | None
    headings_deg: tuple[float, ...]
    n: int


@dataclass(frozen=True)
class Pointed:
    """A camera on the small map: its id ("" for a new one), place, and where it looks."""

    of: str = ""
    lat: float | None = None
    lon: float | None = None
    headings_deg: tuple[float, ...] = ()
    fov_deg: float | None = None
    range_m: float | None = None


def camera_map(
    camera: Pointed,
    *,
    case: Case | None,
    key: str,
    near: tuple[float, float] | None,
    on_pick: Callable[[], None] | None,
    turns: bool = True,
) -> None:
    """Show the camera on a map, to be moved and turned where `on_pick` is given: it then asks `picked(key)`.

    One that `turns` not has a place alone.
    """
    known = picked(key)
    _show(camera, case=case, key=key, near=near, editable=on_pick is not None, n=known.n if known else 0,
          on_pick=on_pick or _nothing, turns=turns)  # fmt: skip


def places_map(places: Sequence[tuple[float, float, bool]], *, case: Case | None, key: str) -> None:
    """Show places of (lat, lon, whether it looks wrong)."""
    points = [[lat, lon, int(odd)] for lat, lon, odd in places]
    _show(Pointed(), case=case, key=key, near=None, editable=False, n=0, on_pick=_nothing, points=points)


def picked(key: str) -> Picked | None:
    """What was picked last on the map with this key; None where nothing was, or nothing that makes sense."""
    state = session.widget(key)
    value = state.get("picked") if isinstance(state, Mapping) else None
    try:
        return _checked(value) if value else None
    except (KeyError, TypeError, ValueError):
        return None


def _checked(value: Mapping[str, Any]) -> Picked:
    lat, lon = (None if value[name] is None else float(value[name]) for name in ("lat", "lon"))
    headings = tuple(float(heading) % 360.0 for heading in value["headings"][:MOST_HEADINGS])
    if not all(isfinite(number) for number in (*headings, lat or 0.0, lon or 0.0)):
        raise ValueError("not a number")
    if lat is not None and lon is not None:
        lat, lon = max(-90.0, min(90.0, lat)), (lon + 180.0) % 360.0 - 180.0 if abs(lon) > 180.0 else lon
    return Picked(str(value["of"]), lat, lon, headings, int(value["n"]))


def _nothing() -> None:
    """For a map on which nothing is picked."""


def _show(
    camera: Pointed,
    *,
    case: Case | None,
    key: str,
    near: tuple[float, float] | None,
    editable: bool,
    n: int,
    on_pick: Callable[[], None],
    points: Sequence[Sequence[float]] = (),
    turns: bool = True,
) -> None:
    links = map_links()
    _map(
        key=key,
        data={
            "scripts": [url for name, url in links.scripts if name in _SCRIPTS],
            "styles": [url for name, url in links.styles if name in _STYLES],
            "ground": asdict(ground_of(case)),
            "cameras_url": f"/api/v1/cameras?case={quote(case.id, safe='')}" if case else "",
            "of": camera.of,
            "lat": camera.lat,
            "lon": camera.lon,
            "headings": list(camera.headings_deg),
            "fov": camera.fov_deg,
            "range": camera.range_m,
            "near": list(near) if near else None,
            "points": list(points),
            "editable": editable,
            "turns": turns,
            "n": n,
            "words": _words(),
        },
        on_picked_change=on_pick,
    )


def _words() -> dict[str, str]:
    return {
        "place": t("Place"),
        "heading": t("Direction"),
        "another": t("One more direction"),
        "none": t("No direction"),
        "map": t("Map of the camera"),
        "camera": t("The camera: arrow keys move it"),
        "heading_of": t("Direction; arrow keys turn it, Delete removes it:"),
        "click_place": t("Click the map where the camera stands, or type its place below."),
        "move_place": t("Click the map where the camera stands, or drag it there."),
        "click_heading": t("Click what the camera looks at, or drag its arm round."),
        "looks": t("looks"),
        "unknown": t("in an unknown direction"),
        "failed": t("The map cannot be shown; type the numbers instead."),
    }
