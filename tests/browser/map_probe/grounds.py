"""Grounds for the probe's map: streets, pictures, and one town in the words of three makes of vector tiles."""

import json
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from api.tiles import tile_routes
from casework import search
from casework.basemap import StreetMaps
from casework.search import Streets
from data.store import Store, open_store
from data.tiles import TilesFile
from tests.api.asking import as_account
from tests.data.made_tiles import Place, png, write_mbtiles, write_pmtiles
from tests.data.made_vectors import Drawn, vector_tiles
from tests.factories import a_case, an_account
from tests.fakes import Anyone

SOUTH, WEST, NORTH, EAST = 60.155, 24.92, 60.179, 24.9596
ROWS = [[(60.155 + row * 0.0016, 24.92 + column * 0.0004) for column in range(100)] for row in range(16)]
COLUMNS = [[(60.155 + row * 0.0002, 24.92 + column * 0.0028) for row in range(121)] for column in range(15)]
PARK = [(60.1632, 24.9282), (60.1646, 24.9282), (60.1646, 24.9306), (60.1632, 24.9306)]
LAKE = [(60.1664, 24.9366), (60.1694, 24.9366), (60.1694, 24.9418), (60.1664, 24.9418)]
HOUSE = [(60.1650, 24.9340), (60.1654, 24.9340), (60.1654, 24.9350), (60.1650, 24.9350)]
HOSTILE = "<b onclick=window.top.ran=1>Tiles</b> & © A Town"

MAKES: dict[str, dict[str, tuple[str, dict[str, str | int]]]] = {
    "protomaps": {
        "row": ("roads", {"kind": "minor_road"}), "column": ("roads", {"kind": "major_road"}),
        "park": ("landuse", {"kind": "park"}), "lake": ("water", {"kind": "lake"}),
        "house": ("buildings", {"kind": "building"}),
    },
    "openmaptiles": {
        "row": ("transportation", {"class": "minor"}), "name": ("transportation_name", {"class": "minor"}),
        "column": ("transportation", {"class": "primary"}),
        "park": ("landcover", {"class": "grass", "subclass": "park"}), "lake": ("water", {"class": "lake"}),
        "house": ("building", {"render_height": 5}),
    },
    "shortbread": {
        "row": ("streets", {"kind": "residential"}), "name": ("street_labels", {"kind": "residential"}),
        "column": ("streets", {"kind": "secondary"}),
        "park": ("land", {"kind": "park"}), "lake": ("water_polygons", {"kind": "water"}),
        "house": ("buildings", {"housenumber": "7"}),
    },
    "plain": {"row": ("my_streets", {"oneway": 1}), "column": ("my_streets", {"highway": "primary"})},
}  # fmt: skip
"""What stands where in the words of each make; "plain" is none that is known."""


def town(make: str) -> list[Drawn]:
    words = MAKES[make]
    drawn = [Drawn(words["row"][0], row[::33], words["row"][1]) for row in ROWS]
    layer, said = words.get("name", words["row"])  # names have layers of their own in some makes
    drawn += [Drawn(layer, row[::33], said | {"name": f"Row {number}"}) for number, row in enumerate(ROWS)]
    drawn += [Drawn(words["column"][0], [c[0], c[60], c[120]], words["column"][1]) for c in COLUMNS]
    for name, corners in (("park", PARK), ("lake", LAKE), ("house", HOUSE)):
        if name in words:
            drawn.append(Drawn(words[name][0], corners, words[name][1], is_area=True))
    return drawn


def pictures() -> dict[Place, bytes]:
    """Grey tiles, dark and light as on a chess board."""
    return {
        (14, x, y): png(230 if (x + y) % 2 else 200) for x in range(9320, 9335) for y in range(4735, 4755)
    }  # fmt: skip


def files(folder: Path) -> dict[str, TilesFile]:
    """A map file of each kind."""
    bounds = tuple(round(degrees * 10_000_000) for degrees in (WEST, SOUTH, EAST, NORTH))
    made = {}
    for make in MAKES:
        layers = sorted({layer for layer, _ in MAKES[make].values()})
        said = {"attribution": HOSTILE, "vector_layers": [{"id": layer} for layer in layers]}
        tiles = vector_tiles(town(make), (12, 13, 14))
        made[make] = write_pmtiles(
            folder / f"{make}.pmtiles", tiles, kind=1, packing=2, said=said, bounds_e7=bounds  # type: ignore[arg-type]
        )  # fmt: skip
    made["pictures"] = write_mbtiles(folder / "pictures.mbtiles", pictures(), attribution=HOSTILE)
    made["broken"] = folder / "broken.mbtiles"
    made["broken"].write_bytes(b"no map")
    return {name: TilesFile(path) for name, path in made.items()}


def with_streets(home: Path) -> Store:
    """A store with a case whose streets are the probe's."""
    store = open_store(home / "store").guarded(Anyone())
    with store.writing() as writing:
        writing.add_case(a_case())
    lines = [{"type": "LineString", "coordinates": [(lon, lat) for lat, lon in line]} for line in [*ROWS, *COLUMNS]]
    features = [{"type": "Feature", "properties": {"highway": "residential"}, "geometry": line} for line in lines]
    path = home / "streets.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    search.set_streets(store, "case-1", path, name="streets.geojson", by="Ann")
    return store


def ground_routes(home: Path) -> list[BaseRoute]:
    """The routes of tiles once for each map file, below its name, and once without one: /none/tiles/cases/case-1/…"""
    store, maps = with_streets(home), StreetMaps(Streets())
    routes: list[BaseRoute] = []
    for name, file in [*files(home).items(), ("none", None)]:
        inner = Starlette(routes=tile_routes(file, streets=lambda: maps, store_of=lambda _: store))
        routes.append(Mount(f"/{name}", as_account(an_account(), inner)))
    return routes
