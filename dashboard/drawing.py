"""The search area as the map takes it: tools for static/lastseen-drawing.js, and the shapes with their names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote

from dashboard.text import map_text
from dashboard.words import t
from geo.area import Corridor
from geo.drawn import Drawing
from geo.shapes import outlines, sides

WIDTH_M = 200.0
"""How wide a corridor is before anybody has said anything else."""


@dataclass(frozen=True)
class Tools:
    """What there is to draw with; constant while the map stands. `group` is the name streamlit-folium looks for."""

    draws: bool = False
    words: Mapping[str, object] = field(default_factory=dict)
    width_m: float = WIDTH_M
    group: str = "drawnItems"


NO_TOOLS = Tools()


def tools(*, draws: bool) -> Tools:
    """The drawing tools, in the reader's language; where `draws` is not, the area is only shown."""
    return Tools(draws, {"local": _leaflet_words(), "width": t("Width")})


def on_map(drawing: Drawing) -> list[dict[str, object]]:
    """The shapes as the map is given them: with corridors' borders, and names that no script can take for code."""
    features = []
    for drawn in drawing.shapes:
        feature = drawn.feature
        told: dict[str, object] = {
            name: value
            for name, value in dict(feature["properties"]).items()  # type: ignore[call-overload]
            if name != "name"
        }
        told["label"] = quote(unescape(map_text(drawn.name)), safe="")
        told["upright"] = sides(drawn.shape) is not None
        if isinstance(drawn.shape, Corridor):
            told["outline"] = [[list(place) for place in ring] for ring in outlines(drawn.shape)]
        features.append(feature | {"properties": told})
    return features


def _leaflet_words() -> dict[str, object]:
    """All texts of Leaflet.draw 1.0.2, in its own order."""
    shape_end = t("Let go to finish.")
    return {
        "draw": {
            "toolbar": {
                "actions": {"title": t("Stop drawing"), "text": t("Cancel")},
                "finish": {"title": t("Finish the shape"), "text": t("Finish")},
                "undo": {"title": t("Take back the last corner"), "text": t("Delete last point")},
                "buttons": {
                    "polyline": t("Draw a corridor"),
                    "polygon": t("Draw a polygon"),
                    "rectangle": t("Draw a rectangle"),
                    "circle": t("Draw a circle"),
                    "marker": "",
                    "circlemarker": "",
                },
            },
            "handlers": {
                "circle": {"tooltip": {"start": t("Press in the middle and drag.")}, "radius": t("Radius")},
                "circlemarker": {"tooltip": {"start": ""}},
                "marker": {"tooltip": {"start": ""}},
                "polygon": {
                    "tooltip": {
                        "start": t("Click the first corner."),
                        "cont": t("Click the next corner."),
                        "end": t("Click the first corner to finish."),
                    }
                },
                "polyline": {
                    "error": t("The sides must not cross."),
                    "tooltip": {
                        "start": t("Click where the corridor begins."),
                        "cont": t("Click the next place along it."),
                        "end": t("Click the last place again to finish."),
                    },
                },
                "rectangle": {"tooltip": {"start": t("Press in a corner and drag.")}},
                "simpleshape": {"tooltip": {"end": shape_end}},
            },
        },
        "edit": {
            "toolbar": {
                "actions": {
                    "save": {"title": t("Keep the changes"), "text": t("Save")},
                    "cancel": {"title": t("Leave everything as it was"), "text": t("Cancel")},
                    "clearAll": {"title": t("Delete all areas"), "text": t("Delete all")},
                },
                "buttons": {
                    "edit": t("Change areas"),
                    "editDisabled": t("No area to change"),
                    "remove": t("Delete areas"),
                    "removeDisabled": t("No area to delete"),
                },
            },
            "handlers": {
                "edit": {
                    "tooltip": {
                        "text": t("Drag the handles, then press Save."),
                        "subtext": t("Cancel leaves everything as it was."),
                    }
                },
                "remove": {"tooltip": {"text": t("Click the areas to delete, then press Save.")}},
            },
        },
    }
