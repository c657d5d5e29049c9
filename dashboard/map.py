"""The map of a case, pure: values in, folium objects out. `map_view.py` shows it and reads its clicks.

The base map is made of constants, so that streamlit-folium never mounts it anew and drawings, panned view and open
tooltips survive every rerun. Everything that changes travels as one JSON value in a feature group and is drawn by
static/lastseen-map.js: one folium object instead of hundreds at about two milliseconds each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import folium
from branca.element import MacroElement
from folium.template import Template

from dashboard.assets import MapLinks
from dashboard.drawing import NO_TOOLS, Tools
from dashboard.map_layers import CaseOnMap, content
from dashboard.map_words import map_words
from dashboard.words import reader

BADGES = 20
"""Ranked cameras that are markers with their number; the others are drawn on a canvas."""


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
    language: str = "en"


NO_GROUND = Ground()


def base_map(
    links: MapLinks,
    *,
    cameras_url: str = "",
    places_url: str = "",
    ground: Ground = NO_GROUND,
    drawing: Tools = NO_TOOLS,
) -> folium.Map:
    """The map without anything of the case that may change: ground, scale, drawing tools.

    Every argument must stay the same while a case is open. The addresses are those of
    /api/v1/cameras and /api/v1/places, up to what each question adds; an empty one leaves its tool out.
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
    begin = {"cameras_url": cameras_url, "places_url": places_url, "badges": BADGES, "ground": asdict(ground)}
    base.add_child(
        _Begin(
            begin
            | {
                "drawing": asdict(drawing),
                "words": map_words(),
                "language": reader().code,
                "direction": reader().direction,
            }
        )
    )
    return base


def case_layers(case: CaseOnMap) -> list[folium.FeatureGroup]:
    """The case as feature groups for `st_folium(feature_group_to_add=...)`; one group, drawn by our own script."""
    group = folium.FeatureGroup(name="case")
    group.add_child(_Show(content(case)))
    return [group]


class _Begin(MacroElement):
    """Readies the map: ground, panes, legend. Belongs to the base map."""

    _template = Template(
        "{% macro script(this, kwargs) %}LastSeen.begin({{ this._parent.get_name() }}, {{ this.content|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, given: dict[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Begin"
        self.content = given


class _Show(MacroElement):
    """Draws the case; belongs to a feature group of the map."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "LastSeen.show({{ this._parent._parent.get_name() }}, {{ this.content|tojson }});{% endmacro %}"
    )

    def __init__(self, given: dict[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Show"
        self.content = given
