"""Cameras from CSV, GeoJSON, OpenStreetMap and Overpass, friendly and hostile."""

import bz2
import gzip
import io
import json
import time
from contextlib import suppress
from datetime import date

import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.importers import find_duplicates, not_yet_known, read_cameras
from data.importers.files import Kind, unpacked
from data.models import Camera
from tests.material import shared

CSV = "id,name,lat,lon,heading\nA1,High Street,53.4645,-2.2847,338-23\nA2,Mill Lane,53.4650,-2.2850,90;180\n"
OSM = (
    '<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">'
    '<node id="7" lat="60.1" lon="24.9"><tag k="man_made" v="surveillance"/><tag k="camera:direction" v="SSW"/>'
    '<tag k="operator" v="City"/><tag k="camera:type" v="panning"/><tag k="surveillance" v="outdoor"/></node>'
    '<node id="8" lat="60.2" lon="24.8"><tag k="highway" v="crossing"/></node></osm>'
)


def geojson(*features: dict) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def point(lat, lon, *, feature_id=None, **properties) -> dict:
    feature = {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}
    return feature if feature_id is None else {**feature, "id": feature_id}


def osm_pbf(tmp_path) -> bytes:
    path = tmp_path / "cameras.osm.pbf"
    tags = {"man_made": "surveillance", "direction": "90"}
    with osmium.SimpleWriter(str(path)) as writer:
        for number in range(1, 200):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(24.9, 60 + number / 1000), tags=tags))
    return path.read_bytes()


def only(cameras) -> Camera:
    (camera,) = cameras
    return camera


def test_traffords_csv_and_geojson_are_the_same_163_cameras():
    table = shared("interchange/trafford_cctv_cameras.csv")
    collection = shared("interchange/trafford_cctv_cameras.geojson")
    first = read_cameras(table.read_bytes(), table.name)
    second = read_cameras(collection.read_bytes(), collection.name)
    assert len(first.cameras) == len(second.cameras) == 163
    assert first.problems == second.problems == ()
    assert first.cameras[0].name == "Trafford Wharf Road"
    known = find_duplicates(second.cameras, first.cameras)
    assert [(pair.new.id, pair.is_conflict) for pair in known] == [(camera.id, False) for camera in first.cameras]


def test_61768_real_cameras_are_read_in_seconds_and_every_heading_not_understood_is_listed():
    path = shared("interchange/osm_alpr_us.json.gz")
    began = time.process_time()
    found = read_cameras(path.read_bytes(), path.name)
    assert time.process_time() - began < 10  # 2 s
    assert len(found.cameras) == 61_768
    assert found.cameras[0].id == "node/31431226"
    listed = [problem for problem in found.problems if problem.field == "directionCardinal"]
    assert len(listed) == len(found.problems) == 195
    assert sum(bool(camera.direction_text) and not camera.headings_deg for camera in found.cameras) == 195


def test_every_helsinki_camera_keeps_its_osm_id():
    found = read_cameras(shared("ranking/helsinki/cameras.geojson").read_bytes(), "cameras.geojson")
    assert len({camera.id for camera in found.cameras}) == 221
    assert all(camera.id.startswith("node/") for camera in found.cameras)


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("utf-16"),
        CSV.encode("utf-16-le"),
        CSV.encode("utf-16-be"),
        CSV.replace("\n", "\r\n").encode(),
        CSV.replace(";", "/").replace(",", ";").replace("/", ",").replace("90,180", "90, 180").encode(),
        CSV.replace(",", "\t").encode(),
        CSV.replace(",", "|").encode(),
        ("\n\n" + CSV + "\n,,,,\n").encode(),
        CSV.replace("Lane", "La\0ne").encode(),
        gzip.compress(CSV.encode()),
        bz2.compress(CSV.encode()),
    ],
)
def test_a_csv_file_is_read_whatever_its_encoding_separator_and_packing(data):
    found = read_cameras(data, "council.csv")
    assert [camera.name for camera in found.cameras] == ["High Street", "Mill Lane"]
    assert found.cameras[0].headings_deg == (0.5,)
    assert found.cameras[0].fov_deg == 45
    assert found.cameras[1].headings_deg == (90, 180)
    assert found.problems == ()


def test_a_csv_file_with_every_field_fills_the_whole_camera():
    header = (
        "Camera ID,Site Name,Latitude,Longitude,Heading,FOV,Range,Resolution,Camera Type,Mount,Indoor,Owner,Contact"
    )
    header += ",Retention (days),Clock offset,Clock checked,Last verified"
    row = "7,Café,53.4,-2.2,NE,80°,40 m,1920x1080,PTZ,Pole,no,Council,a@b.example,31,-0:03:20,phone,2026-02-01"
    header = header.replace("Retention (days)", "Retention days")
    found = read_cameras(f"{header}\n{row}\n".encode(), "all.csv")
    assert found.problems == ()
    assert only(found.cameras) == Camera(
        id="7",
        name="Café",
        lat=53.4,
        lon=-2.2,
        headings_deg=(45.0,),
        fov_deg=80,
        range_m=40,
        width_px=1920,
        height_px=1080,
        kind="ptz",
        mount="pole",
        is_indoor=False,
        owner="Council",
        contact="a@b.example",
        retention_days=31,
        clock_offset_s=-200,
        clock_checked="phone",
        direction_text="NE",
        source="all.csv",
        last_verified=date(2026, 2, 1),
    )


def test_latin_1_is_read_and_said():
    found = read_cameras("id,name,lat,lon\n1,Café,53.4,-2.2\n".encode("latin-1"), "old.csv")
    assert only(found.cameras).name == "Café"
    assert found.notes == ("is not UTF-8; read as Windows-1252",)


def test_quoted_newlines_and_formulas_stay_plain_text_on_one_line():
    found = read_cameras(b'id,name,lat,lon\n1,"=cmd|\' /C calc\'!A0\nsecond ""line""",53.4,-2.2\n', "f.csv")
    assert only(found.cameras).name == "=cmd|' /C calc'!A0 second \"line\""


def test_decimal_commas_are_read_where_the_separator_is_a_semicolon():
    camera = only(read_cameras(b"name;lat;lon;heading\nMarkt;50,8794;4,69997;337,5\n", "be.csv").cameras)
    assert (camera.lat, camera.lon, camera.headings_deg) == (50.8794, 4.69997, (337.5,))


def test_the_column_mapping_can_be_told_and_is_told_back():
    data = b"Standort;B;L;Blick\nMarkt;50.8;4.7;W\n"
    with pytest.raises(
        BadInput, match=r"^de.csv: has no column for latitude and longitude among Standort, B, L, Blick"
    ):
        read_cameras(data, "de.csv")
    mapping = {"name": "Standort", "lat": "B", "lon": "L", "direction": "Blick"}
    found = read_cameras(data, "de.csv", mapping=mapping)
    assert only(found.cameras).headings_deg == (270,)
    assert found.mapping == {field: (column,) for field, column in mapping.items()}


def test_a_mapping_to_nothing_ignores_a_column():
    found = read_cameras(CSV.encode(), "a.csv", mapping={"direction": ""})
    assert found.cameras[0].headings_deg == ()
    assert found.ignored == ("heading",)


@pytest.mark.parametrize("mapping", [{"lat": "nowhere"}, {"colour": "name"}])
def test_a_mapping_that_names_nothing_is_refused(mapping):
    with pytest.raises(BadInput, match=r"nowhere|colour"):
        read_cameras(CSV.encode(), "a.csv", mapping=mapping)


def test_a_national_grid_is_not_taken_for_degrees():
    with pytest.raises(BadInput, match="converted to WGS 84"):
        read_cameras(b"id,easting,northing\n1,381000,398000\n", "bng.csv")
    found = read_cameras(b"id,x,y\n1,381000,398000\n", "bng.csv")
    assert found.cameras == ()
    assert "national grid" in only(found.problems).message


def test_a_bad_row_is_left_out_and_a_bad_field_left_unknown_while_the_others_stay():
    data = b"id,lat,lon,fov,range,heading,retention_days\n1,x,2,,,,\n2,91,2,,,,\n3,nan,2,,,,\n4,1,inf,,,,\n5,,2,,,,\n"
    data += b"6,1,2,400,-3,NB,soon\n7,1,2,90,25,90,30,extra\n"
    found = read_cameras(data, "mixed.csv")
    assert [camera.id for camera in found.cameras] == ["6", "7"]
    sixth = found.cameras[0]
    assert (sixth.fov_deg, sixth.range_m, sixth.headings_deg, sixth.direction_text) == (None, None, (), "NB")
    assert [(problem.row, problem.field) for problem in found.problems if not problem.row_kept] == [
        (2, "lat"),
        (3, "lat, lon"),
        (4, "lat"),
        (5, "lon"),
        (6, "lat"),
    ]
    noted = {problem.field: problem.value for problem in found.problems if problem.row == 7}
    assert noted == {"fov": "400", "range": "-3", "heading": "NB", "retention_days": "soon"}
    assert found.rows_left_out == 5


def test_swapped_latitude_and_longitude_are_reported_and_never_put_right_in_silence():
    impossible = read_cameras(b"id,lat,lon\n1,-122.3,37.8\n", "us.csv")
    assert impossible.cameras == ()
    assert "look swapped" in only(impossible.problems).message
    rows = "".join(f"{n},53.4{n},-2.2{n}\n" for n in range(9))
    one = read_cameras(f"id,lat,lon\n{rows}9,-2.2,53.4\n".encode(), "uk.csv")
    assert len(one.cameras) == 10
    assert (one.cameras[9].lat, one.cameras[9].lon) == (-2.2, 53.4)
    assert only(one.problems).row == 11
    whole = read_cameras(b"id,lat,lon\n1,24.9,60.1\n", "fi.csv", near=(60.17, 24.94))
    assert whole.notes == ("1 of 1 places look as if latitude and longitude were swapped",)


def test_a_camera_at_0_0_is_pointed_out():
    assert "probably unknown" in only(read_cameras(b"id,lat,lon\n1,0,0\n", "z.csv").problems).message


def test_an_id_used_twice_keeps_both_cameras_unless_they_stand_at_one_place():
    found = read_cameras(b"id,lat,lon\n1,53.4,-2.2\n1,53.4,-2.2\n1,53.5,-2.2\n", "twice.csv")
    assert [camera.id for camera in found.cameras] == ["1", "1#4"]
    assert [(problem.row, problem.row_kept) for problem in found.problems] == [(3, False), (4, True)]


def test_a_camera_without_an_id_gets_the_same_one_at_every_import():
    first = read_cameras(b"name,lat,lon\nHigh Street,53.4,-2.2\n", "a.csv")
    again = read_cameras(b"name,lat,lon\nMill Lane,53.5,-2.2\nHigh Street,53.4,-2.2\n", "b.csv")
    assert first.cameras[0].id == again.cameras[1].id
    assert first.cameras[0].id.startswith("row-")


def test_geojson_cameras_carry_their_osm_properties():
    properties = {"camera:direction": "338-23", "camera:fov": 60, "camera:range": 25.5, "camera:type": "fixed"}
    properties |= {"camera:mount": "pole", "indoor": False, "operator": "City", "contact:email": "a@b.example"}
    found = read_cameras(geojson(point(60.1, 24.9, feature_id="node/5", **properties)), "c.geojson")
    camera = only(found.cameras)
    assert (camera.id, camera.headings_deg, camera.fov_deg, camera.range_m) == ("node/5", (0.5,), 60, 25.5)
    assert (camera.kind, camera.mount, camera.is_indoor) == ("fixed", "pole", False)
    assert (camera.owner, camera.contact) == ("City", "a@b.example")


def test_a_geojson_id_comes_from_the_feature_or_else_its_properties_as_text():
    features = [point(1, 2, feature_id=5, id="x"), point(1, 3, id=1002.0), point(1, 4, **{"@id": "node/9"})]
    assert [camera.id for camera in read_cameras(geojson(*features), "c.json").cameras] == ["5", "1002", "node/9"]


def test_camera_angle_is_never_a_width_but_kept_and_reported():
    found = read_cameras(geojson(point(1, 2, direction="90", **{"camera:angle": "15"})), "c.json")
    camera = only(found.cameras)
    assert camera.fov_deg is None
    assert camera.source == "c.json (camera:angle=15)"
    assert only(found.problems).field == "camera:angle"
    with pytest.raises(BadInput, match="camera:angle"):
        read_cameras(geojson(point(1, 2, **{"camera:angle": 5})), "c.json", mapping={"fov_deg": "camera:angle"})


def test_only_points_become_cameras_and_each_other_shape_is_a_problem():
    ring = [[[0, 0], [0, 1], [1, 1], [0, 0]]]
    features = [
        point(1, 2),
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": ring}},
        {"type": "Feature", "properties": {}, "geometry": None},
        {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": ["1", None]}},
        point(True, 1),
        point(float("nan"), 1),
        point(95, 1),
        "nonsense",
    ]
    found = read_cameras(geojson(*features), "c.json")
    assert len(found.cameras) == 1
    assert [problem.row for problem in found.problems] == [2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_a_crs_member_that_says_wgs_84_is_honoured(name):
    collection = {"type": "FeatureCollection", "features": [point(1, 2)]}
    collection["crs"] = {"type": "name", "properties": {"name": name}}
    assert len(read_cameras(json.dumps(collection).encode(), "c.json").cameras) == 1


@pytest.mark.parametrize("crs", [{"type": "name", "properties": {"name": "EPSG:27700"}}, "EPSG:3857", {"type": "link"}])
def test_another_crs_is_refused(crs):
    for value in ({"type": "FeatureCollection", "features": [point(1, 2)], "crs": crs}, {**point(1, 2), "crs": crs}):
        with pytest.raises(BadInput, match=r"^c.json: crs is .* convert the file to WGS 84"):
            read_cameras(json.dumps(value).encode(), "c.json")


def test_osm_xml_gives_its_surveillance_nodes():
    for data in (OSM.encode(), bz2.compress(OSM.encode()), gzip.compress(OSM.encode())):
        found = read_cameras(data, "x.osm")
        camera = only(found.cameras)
        assert found.kind is Kind.OSM_XML
        assert (camera.id, camera.headings_deg, camera.owner) == ("node/7", (202.5,), "City")
        assert (camera.kind, camera.is_indoor) == ("ptz", False)


def test_osm_pbf_gives_its_surveillance_nodes(tmp_path):
    found = read_cameras(osm_pbf(tmp_path), "x.osm.pbf")
    assert found.kind is Kind.OSM_PBF
    assert len(found.cameras) == 199
    assert found.cameras[0].headings_deg == (90,)


def test_a_guard_is_no_camera():
    found = read_cameras(OSM.replace("camera:type", "surveillance:type").replace("panning", "guard").encode(), "x.osm")
    assert found.cameras == ()
    assert "guard" in only(found.problems).message


def test_a_real_osm_extract_without_cameras_gives_none():
    found = read_cameras(shared("interchange/West-Oakland.osm.bz2").read_bytes(), "West-Oakland.osm.bz2")
    assert (found.cameras, found.problems) == ((), ())


def test_overpass_json_gives_nodes_and_ways_with_a_centre():
    tags = {"man_made": "surveillance", "direction": "E"}
    elements = [
        {"type": "node", "id": 1, "lat": 60.1, "lon": 24.9, "tags": tags},
        {"type": "way", "id": 2, "center": {"lat": 60.2, "lon": 24.8}, "tags": tags},
        {"type": "way", "id": 3, "tags": tags},
        {"type": "node", "id": 4, "lat": 60.1, "lon": 24.9},
    ]
    found = read_cameras(json.dumps({"elements": elements}).encode(), "overpass.json")
    assert [camera.id for camera in found.cameras] == ["node/1", "way/2"]
    assert only(found.problems).value == "way/3"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no header"),
        (b"\x00" * 100, "no header"),
        (b"{", "not valid JSON"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b'{"features": 3}', "neither a GeoJSON"),
        (b"[1" + b"0" * 5000 + b"]", "not valid JSON"),
        (b"<html><body>Sign in</body></html>", "neither OpenStreetMap"),
        (b"<kml></kml>", "neither OpenStreetMap"),
        (b'<gpx version="1.1"></gpx>', "import it as sightings"),
        (b"<osm", "damaged OSM data"),
        (OSM.encode()[:-30], "damaged OSM data"),
        (OSM.replace("?>", '?><!DOCTYPE osm [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>', 1).encode(), "damaged OSM data"),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c\x10" + b"\xff" * 50, "damaged OSM data"),
        (b"PK\x03\x04 sheet", "Excel"),
        (gzip.compress(b"id,lat,lon\n")[:-5], "damaged or cut short"),
        (b"BZh91AY&SY" + b"x" * 50, "damaged or cut short"),
        (",".join(f"c{n}" for n in range(5000)).encode(), "column names"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name_on_one_line(data, told):
    with pytest.raises(BadInput, match=told) as error:
        read_cameras(data, "../../in\nbox/bad.file")
    assert str(error.value).startswith("bad.file: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_bomb_stops_at_the_limit(pack):
    bomb = pack(bytes(30 * 2**20))
    assert len(bomb) < 100_000
    with pytest.raises(BadInput, match="more than 10 MiB"):
        unpacked(bomb, "bomb.gz", max_bytes=10 * 2**20)


def test_a_huge_field_costs_its_row_only():
    found = read_cameras(b"id,name,lat,lon\n1," + b"x" * 200_000 + b",1,2\n2,ok,3,4\n", "huge.csv")
    assert only(found.cameras).id == "2"
    assert only(found.problems).row == 2


def test_long_and_broken_text_is_clipped_and_storable():
    data = json.dumps({"type": "FeatureCollection", "features": [point(1, 2, id="a", name="\ud800" + "n" * 9000)]})
    camera = only(read_cameras(data.encode(), "c.json").cameras)
    assert len(camera.name.encode()) < 1000


def test_cameras_without_ids_are_recognised_by_place_and_name_or_heading():
    known = [
        Camera(id="a", name="High Street / Mill Lane", lat=53.4, lon=-2.2),
        Camera(id="b", name="b", lat=53.5, lon=-2.2, headings_deg=(90,)),
        Camera(id="c", name="Mast", lat=53.6, lon=-2.2, headings_deg=(90,)),
        Camera(id="d", name="Post Office", lat=53.7, lon=179.99999),
    ]
    new = [
        Camera(id="1", name="high street, mill lane", lat=53.40001, lon=-2.20001),
        Camera(id="2", name="2", lat=53.50001, lon=-2.2, headings_deg=(92,)),
        Camera(id="3", name="Mast", lat=53.6, lon=-2.2, headings_deg=(270,)),
        Camera(id="4", name="Post Ofice", lat=53.7, lon=-179.99999),
        Camera(id="5", name="High Street / Mill Lane", lat=53.4005, lon=-2.2),
        Camera(id="6", name="Bank", lat=53.4, lon=-2.2),
    ]
    pairs = [(pair.new.id, pair.existing.id, pair.reason.split(",")[0]) for pair in find_duplicates(new, known)]
    assert pairs == [("1", "a", "same name"), ("2", "b", "same heading"), ("4", "d", "similar name")]


def test_the_same_id_far_away_is_a_conflict_and_no_duplicate():
    pair = only(find_duplicates([Camera("7", "x", 53.4, -2.2)], [Camera("7", "x", 51.5, -0.1)]))
    assert pair.is_conflict
    assert "same id, but" in pair.reason


def test_only_cameras_that_are_not_known_yet_are_left_to_add_and_none_overwrites_another():
    known = [Camera("7", "x", 51.5, -0.1), Camera("8", "y", 51.6, -0.1)]
    new = [Camera("7", "x", 53.4, -2.2), Camera("8", "y", 51.6, -0.1), Camera("9", "z", 51.7, -0.1)]
    to_add = not_yet_known(new, known)
    assert [camera.id for camera in to_add] == ["7@53.40000,-2.20000", "9"]
    assert not_yet_known(new, [*known, *to_add]) == ()


SEEDS = [CSV.encode(), geojson(point(60.1, 24.9, name="x", direction="N-E")), OSM.encode(), gzip.compress(CSV.encode())]


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_bad_input(data):
    with suppress(BadInput):
        read_cameras(data, "random")


@settings(max_examples=200)
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4)), max_size=6))
def test_damaged_files_raise_nothing_but_bad_input(seed, cuts):
    data = bytearray(seed)
    for place, piece in cuts:
        data[place % len(data) : place % len(data) + 2] = piece or b"\x00"
    try:
        found = read_cameras(bytes(data), "damaged")
    except BadInput:
        return
    assert all(0 <= heading < 360 for camera in found.cameras for heading in camera.headings_deg)


def test_a_damaged_pbf_raises_nothing_but_bad_input(tmp_path):
    whole = osm_pbf(tmp_path)
    for place in range(0, len(whole), max(1, len(whole) // 150)):
        damaged = io.BytesIO(whole)
        damaged.seek(place)
        damaged.write(b"\xff\x07")
        with suppress(BadInput):
            read_cameras(damaged.getvalue(), "x.osm.pbf")
    for length in range(30, len(whole), max(1, len(whole) // 40)):
        with suppress(BadInput):
            read_cameras(whole[:length], "x.osm.pbf")
