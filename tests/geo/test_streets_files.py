import json
from time import perf_counter

import pytest

from data.errors import BadInput
from geo.streets import ON_FOOT, ON_WHEELS, StreetNetwork
from geo.streets_files import read_streets, use_of
from tests.material import shared

OSM = """<?xml version='1.0'?><osm version="0.6">
<node id="1" lat="60.0" lon="25.0" version="1"/><node id="2" lat="60.001" lon="25.0" version="1"/>
<node id="3" lat="60.002" lon="25.0" version="1"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="99"/><nd ref="3"/><tag k="highway" v="steps"/></way>
<way id="2" version="1"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="3" version="1"><nd ref="1"/><nd ref="3"/><tag k="building" v="yes"/></way>
<way id="4" version="1"><nd ref="1"/><nd ref="3"/><tag k="highway" v="proposed"/></way></osm>"""


def way(coordinates, kind="LineString", **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def written(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def geojson(path, *features):
    return written(path, {"type": "FeatureCollection", "features": list(features)})


def test_ways_join_at_equal_ids_and_not_at_equal_places(tmp_path):
    crossing = way([[25, 60], [25.002, 60]], nodes=[1, 2]), way([[25.001, 59.999], [25.001, 60.001]], nodes=[3, 4])
    bridge = way([[25, 60], [25, 60.001]], nodes=[5, 6])
    assert read_streets(geojson(tmp_path / "s.geojson", *crossing, bridge)).component.max() == 2


def test_without_ids_ways_join_at_equal_places(tmp_path):
    ways = way([[25, 60], [25.001, 60]]), way([[25.001, 60.00000001], [25.001, 60.001]], nodes=[7, 8])
    assert read_streets(geojson(tmp_path / "s.geojson", *ways)).component.max() == 0


def test_points_and_areas_are_passed_over_and_multilines_are_taken(tmp_path):
    features = way([25, 60], "Point"), way([[[25, 60], [25, 60.001]], [[26, 60], [26, 60.001]]], "MultiLineString")
    assert read_streets(geojson(tmp_path / "s.json", *features)).edge_count == 2


def test_an_osm_file_gives_its_highways_cut_where_nodes_are_missing(tmp_path):
    network = read_streets(written(tmp_path / "town.osm", OSM))
    assert network.edge_length_m.sum() == pytest.approx(222.4, abs=0.1)
    assert sorted(network.edge_use.tolist()) == [ON_FOOT, ON_FOOT | ON_WHEELS]


def test_the_use_of_a_way_follows_its_tag():
    assert [use_of(tag) for tag in (None, "footway", "motorway", "primary", "construction")] == [3, 1, 2, 3, 0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("s.geojson", ""),
        ("s.geojson", "[1, 2]"),
        ("s.geojson", "[" * 100_000),
        ("s.geojson", {"features": 5}),
        ("s.geojson", {"features": [way([[25, 95], [25, 60]])]}),
        ("s.geojson", {"features": [way([["a", 60], [25, 60]])]}),
        ("s.geojson", {"features": [way(None)]}),
        ("s.geojson", {"features": [7]}),
        ("s.geojson", {"features": []}),
        ("s.geojson", {"features": [way([[25, 60]])]}),
        ("s.osm", "no xml"),
        ("s.osm", "<osm/>"),
        ("s.osm.pbf", "no protobuf"),
        ("s.osm.bz2", "no bzip2"),
        ("s.shp", "no"),
    ],
)
def test_what_holds_no_streets_is_refused_by_name(tmp_path, name, content):
    with pytest.raises(BadInput, match=rf"^{name}"):
        read_streets(written(tmp_path / name, content))


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(BadInput, match=r"gone\.osm"):
        read_streets(tmp_path / "gone.osm")


def test_west_oakland_is_read_from_its_packed_osm_file():
    network = read_streets(shared("interchange/West-Oakland.osm.bz2"))
    assert network.edge_count == pytest.approx(89, abs=5)
    assert network.edge_length_m.sum() == pytest.approx(8781, rel=0.01)


def test_helsinki_is_read_and_reloaded(tmp_path):
    network = read_streets(shared("ranking/helsinki/streets.geojson"))
    assert network.edge_length_m.sum() == pytest.approx(98_319, rel=0.001)
    network.save(tmp_path / "h.npz")
    start = perf_counter()
    again = StreetNetwork.load(tmp_path / "h.npz")
    assert again.edge_count == network.edge_count
    assert perf_counter() - start < 1.0
