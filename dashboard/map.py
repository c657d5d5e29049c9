"""The map of a case, pure: values in, folium objects out. `map_view.py` shows it and reads its clicks.

The base map is made of constants, so that streamlit-folium never mounts it anew and drawings, panned view and open
tooltips survive every rerun. Everything that changes travels as one JSON value in a feature group and is drawn by
static/lastseen-map.js: one folium object instead of hundreds at about two milliseconds each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import isfinite

import folium
from branca.element import MacroElement
from folium.plugins import Draw
from folium.template import Template

from dashboard.assets import MapLinks
from dashboard.text import map_text

Place = tuple[float, float]  # (lat, lon) in degrees

BADGES = 20
"""Ranked cameras that are markers with their number; the others are drawn on a canvas."""

ID_MARK = "\u2063"
"""Stands in a tooltip between its words and the hidden id; `map_text` lets it through from nowhere."""

_DRAWN = {"color": "#0f766e", "weight": 3, "dashArray": "8 5", "fillColor": "#0f766e", "fillOpacity": 0.07}


class PinKind(StrEnum):
    """What a pin stands for; part of the id a click brings back."""

    CAMERA = "camera"
    SIGHTING = "sighting"
    MATCH = "match"


class MatchLook(StrEnum):
    """How a match is drawn: each has its own letter and shape, not only a colour."""

    TO_REVIEW = "to_review"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"
    HALF_CONFIRMED = "half_confirmed"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class View:
    """The stretch of land to show. The map goes there when it appears, and again whenever `token` changes."""

    south: float
    west: float
    north: float
    east: float
    token: str = ""

    @classmethod
    def around(cls, places: Iterable[Place], *, token: str = "") -> "View":
        """The smallest view that holds `places`, the short way round the globe; the whole globe when there is none."""
        lats, lons = zip(*places, strict=True) if (places := list(places)) else ((), ())
        if not lats:
            return cls(-60.0, -180.0, 75.0, 180.0, token)
        shifted = [lon % 360.0 for lon in lons]
        if max(shifted) - min(shifted) < max(lons) - min(lons):
            lons = tuple(shifted)
        return cls(min(lats), min(lons), max(lats), max(lons), token)


@dataclass(frozen=True)
class CameraPin:
    """A camera. `rank` counts from 1; None means not ranked. `sectors` are rings of (lat, lon) from geo.coverage."""

    id: str
    lat: float
    lon: float
    label: str
    rank: int | None = None
    sectors: Sequence[Sequence[Place]] = ()
    is_selected: bool = False
    has_footage: bool = False


@dataclass(frozen=True)
class SightingPin:
    """A sighting; `number` is its place in the order of time, from 1."""

    id: str
    lat: float
    lon: float
    label: str
    number: int
    radius_m: float = 0.0
    is_confirmed_match: bool = False
    is_last: bool = False


@dataclass(frozen=True)
class MatchPin:
    """A match, at the place of its camera."""

    id: str
    lat: float
    lon: float
    label: str
    look: MatchLook = MatchLook.TO_REVIEW


@dataclass(frozen=True)
class CaseOnMap:
    """Everything of one case that the map shows. `route` runs in the order of time.

    `cameras` are those drawn as markers of their own: up to rank BADGES, selected, or with footage. All others are
    fetched by static/lastseen-cameras.js, anew whenever `cameras_token` changes.

    `areas` are the stored GeoJSON features of the search area. They are loaded when the map appears, and again whenever
    `areas_token` changes: give a new token when the area was changed elsewhere than on this map.
    `draft` is a place just chosen for a new sighting, with its radius in metres.
    """

    view: View
    cameras: Sequence[CameraPin] = ()
    cameras_token: str = ""
    sightings: Sequence[SightingPin] = ()
    matches: Sequence[MatchPin] = ()
    route: Sequence[Place] = ()
    areas: Sequence[dict[str, object]] = ()
    areas_token: str = ""
    draft: tuple[float, float, float] | None = field(default=None)


@dataclass(frozen=True)
class Ground:
    """What can lie under the map, for static/lastseen-ground.js; an empty address stands for none.

    `file` is where the map file tells of itself, `vector` the scripts that draw vectors, `online` and `streets` are
    addresses of tiles with {z}, {x}, {y}. The attributions have passed `map_text`.
    """

    file: str = ""
    vector: Sequence[str] = ()
    online: str = ""
    online_attribution: str = ""
    streets: str = ""
    streets_attribution: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


NO_GROUND = Ground()


def base_map(
    links: MapLinks,
    *,
    cameras_url: str = "",
    ground: Ground = NO_GROUND,
) -> folium.Map:
    """The map without anything of the case that may change: ground, scale, drawing tools.

    Every argument must stay the same while a case is open.
    """
    base = folium.Map(
        location=(20.0, 0.0),
        zoom_start=2,
        tiles=None,
        maxZoom=19,
        minZoom=2,
        zoomSnap=0.5,
        zoomDelta=1,
    )
    base.default_js, base.default_css = list(links.scripts), list(links.styles)
    base.add_child(_Begin({"cameras_url": cameras_url, "badges": BADGES, "ground": asdict(ground)}))
    draw = Draw(  # type: ignore[no-untyped-call]
        show_geometry_on_click=False,
        draw_options={
            "polyline": False,
            "marker": False,
            "circlemarker": False,
            "circle": {"shapeOptions": _DRAWN},
            "polygon": {"shapeOptions": _DRAWN, "allowIntersection": False},
            # its size label breaks Leaflet.draw 1.0 in strict mode
            "rectangle": {"shapeOptions": _DRAWN, "showArea": False},
        },
    )
    draw.default_js, draw.default_css = [], []
    base.add_child(draw)
    return base


def case_layers(case: CaseOnMap) -> list[folium.FeatureGroup]:
    """The case as feature groups for `st_folium(feature_group_to_add=...)`; one group, drawn by our own script."""
    group = folium.FeatureGroup(name="case")
    group.add_child(_Show(_content(case)))
    return [group]


class _Begin(MacroElement):
    """Readies the map: ground, panes, legend. Belongs to the base map."""

    _template = Template(
        "{% macro script(this, kwargs) %}LastSeen.begin({{ this._parent.get_name() }}, {{ this.content|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, content: dict[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Begin"
        self.content = content


class _Show(MacroElement):
    """Draws the case; belongs to a feature group of the map."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "LastSeen.show({{ this._parent._parent.get_name() }}, {{ this.content|tojson }});{% endmacro %}"
    )

    def __init__(self, content: dict[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Show"
        self.content = content


def _content(case: CaseOnMap) -> dict[str, object]:
    view = case.view
    return {
        "view": {"bounds": [[view.south, view.west], [view.north, view.east]], "token": view.token},
        "areas": {"features": list(case.areas), "token": case.areas_token},
        # best rank last, so that it lies on top
        "cameras": [_camera(pin) for pin in sorted(case.cameras, key=lambda pin: -(pin.rank or 10**9))],
        "cameras_token": case.cameras_token,
        "sightings": [_sighting(pin) for pin in case.sightings],
        "matches": _matches(case.matches),
        "route": [list(place) for place in case.route],
        "draft": list(case.draft) if case.draft else None,
    }


def _pin(kind: PinKind, pin: CameraPin | SightingPin | MatchPin) -> dict[str, object]:
    if not (isfinite(pin.lat) and isfinite(pin.lon)):  # JSON has no NaN: it would blank the whole map
        raise ValueError(f"{kind} {pin.id}: ({pin.lat}, {pin.lon}) is not a place")
    words = "<br>".join(map_text(line) for line in pin.label.split("\n"))
    return {"lat": pin.lat, "lon": pin.lon, "words": words, "id": pin_mark(kind, pin.id, pin.lat, pin.lon)}


def pin_mark(kind: PinKind, pin_id: str, lat: float, lon: float) -> str:
    """The hidden end of a tooltip by which a click tells its pin."""
    return f"{ID_MARK}{kind}:{map_text(pin_id)}@{lat!r},{lon!r}"


def _camera(pin: CameraPin) -> dict[str, object]:
    return _pin(PinKind.CAMERA, pin) | {
        "rank": pin.rank,
        "selected": pin.is_selected,
        "footage": pin.has_footage,
        "sectors": [[list(place) for place in ring] for ring in pin.sectors],
    }


def _sighting(pin: SightingPin) -> dict[str, object]:
    return _pin(PinKind.SIGHTING, pin) | {
        "number": pin.number,
        "radius_m": pin.radius_m,
        "confirmed": pin.is_confirmed_match,
        "last": pin.is_last,
    }


def _matches(pins: Sequence[MatchPin]) -> list[dict[str, object]]:
    """Matches of one camera fanned out by `slot`, those that wait for a review first."""
    order = list(MatchLook)
    taken: Counter[Place] = Counter()
    drawn = []
    for pin in sorted(pins, key=lambda pin: order.index(pin.look)):
        slot = taken[(pin.lat, pin.lon)]
        taken[(pin.lat, pin.lon)] += 1
        drawn.append(_pin(PinKind.MATCH, pin) | {"look": str(pin.look), "slot": slot})
    return drawn
