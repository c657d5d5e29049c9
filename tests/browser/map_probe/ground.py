"""A page with a map on a ground that the address names, and nothing of any case."""

from dashboard.assets import map_links, vector_scripts
from dashboard.map import Ground, base_map
from dashboard.map_layers import CaseOnMap, View
from dashboard.map_view import show
from tests.browser.map_probe.grounds import EAST, NORTH, SOUTH, WEST

WORDS = {
    "title": "Base map", "file": "Map file", "online": "Online map", "streets": "Streets of the case",
    "none": "No base map", "nothing": "No base map yet.", "unusable": "The map file cannot be shown.",
    "no_vector": "What draws it is not installed.", "silent": "The base map does not answer.",
}  # fmt: skip


def ground_of(file: str, also: str = "streets") -> Ground:
    """The ground of a file of `grounds.files`, and of what else `also` names."""
    return Ground(
        file=f"/{file}/tiles/info" if file else "",
        vector=vector_scripts() if "unarmed" not in also else (),
        online="/pictures/tiles/{z}/{x}/{y}" if "online" in also else "",
        online_attribution="tiles of another &#60;house&#62;",
        streets="/none/tiles/cases/case-1/{z}/{x}/{y}{r}.png?theme={theme}" if "streets" in also else "",
        streets_attribution="streets of a &#60;test&#62;",
        words=WORDS,
    )


def ground_page(file: str, also: str) -> None:
    view = View.around([(SOUTH + 0.008, WEST + 0.008), (NORTH - 0.008, EAST - 0.012)])
    show(base_map(map_links(), ground=ground_of(file, also)), CaseOnMap(view), key="map_ground")
