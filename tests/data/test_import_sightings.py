"""Sightings from CSV, GeoJSON and GPX, friendly and hostile."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from data.importers import read_sightings
from data.models import SightingKind
from tests.material import shared

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def track(points, *, name="walk", version="1/1") -> bytes:
    inner = "".join(
        f'<trkpt lat="{lat}" lon="{lon}">{f"<time>{at}</time>" if at else ""}</trkpt>' for lat, lon, at in points
    )
    head = f'<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/{version}">'
    return f"{head}<trk><name>{name}</name><trkseg>{inner}</trkseg></trk></gpx>".encode()


def test_a_csv_file_of_sightings_is_read_with_radius_tolerance_kind_and_source():
    data = b"time,lat,lon,accuracy,tolerance,type,reported by\n2026-03-01T09:00:00Z,51.5,-0.1,30 m,5 min,phone,O2\n"
    (sighting,) = read_sightings(data, "s.csv", case_id="c", mapping={"source": "reported by"}).sightings
    assert (sighting.case_id, sighting.lat, sighting.lon) == ("c", 51.5, -0.1)
    assert (sighting.at, sighting.radius_m, sighting.tolerance_s) == (NINE, 30, 300)
    assert (sighting.kind, sighting.source) == (SightingKind.PHONE_FIX, "O2")


def test_rows_that_do_not_say_get_the_radius_and_tolerance_asked_for():
    data = b"when,lat,lon\n2026-03-01T09:00:00Z,51.5,-0.1\n"
    (sighting,) = read_sightings(data, "s.csv", case_id="c", radius_m=200, tolerance_s=0).sightings
    assert (sighting.radius_m, sighting.tolerance_s, sighting.source) == (200, 0, "s.csv")


@pytest.mark.parametrize("when", ["2026-07-01,09:12", "2026-07-01,9:12", "2026-07-01,2026-07-01 09:12"])
def test_a_date_and_a_time_of_day_are_read_in_the_zone_given(when):
    data = f"date,time,lat,lon\n{when},51.5,-0.1\n".encode()
    (sighting,) = read_sightings(data, "s.csv", case_id="c", timezone="Europe/London").sightings
    assert sighting.at == datetime(2026, 7, 1, 8, 12, tzinfo=UTC)
    without = read_sightings(data, "s.csv", case_id="c")
    assert without.sightings == ()
    assert "no time zone" in without.problems[0].message


def test_the_skipped_hour_is_left_out_and_the_repeated_hour_keeps_both_instants():
    data = b"time,lat,lon\n2026-03-29 01:30,51.5,-0.1\n2026-10-25 01:30,51.5,-0.1\n"
    found = read_sightings(data, "s.csv", case_id="c", timezone="Europe/London", tolerance_s=60)
    (sighting,) = found.sightings
    reach = timedelta(seconds=sighting.tolerance_s - 60)
    assert sighting.at - reach == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert sighting.at + reach == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert [(problem.row, problem.row_kept) for problem in found.problems] == [(2, False), (3, True)]


def test_an_unknown_zone_is_said_in_every_row_and_breaks_nothing():
    found = read_sightings(b"time,lat,lon\n2026-03-01 09:00,51.5,-0.1\n", "s.csv", case_id="c", timezone="Mars/Base")
    assert found.sightings == ()
    assert "no time zone" in found.problems[0].message


def test_a_time_in_the_future_is_left_out():
    data = b"time,lat,lon\n2026-03-01T09:00Z,1,2\n2026-03-01T10:00Z,1,2\n"
    found = read_sightings(data, "s.csv", case_id="c", now=NINE)
    assert len(found.sightings) == 1
    assert "in the future" in found.problems[0].message


def test_no_file_can_bring_a_confirmed_match():
    data = b"time,lat,lon,kind\n2026-03-01T09:00Z,1,2,confirmed_match\n"
    found = read_sightings(data, "s.csv", case_id="c")
    assert found.sightings[0].kind is SightingKind.STATEMENT
    assert found.problems[0].field == "kind"


def test_bad_rows_are_left_out_and_the_others_stay():
    data = b"time,lat,lon,radius\nyesterday,1,2,\n,1,2,\n:,1,2,\n2026-03-01T09:00Z,1,200,\n2026-03-01T09:00Z,1,2,-4\n"
    found = read_sightings(data, "s.csv", case_id="c")
    assert len(found.sightings) == 1
    assert found.sightings[0].radius_m == 50
    assert [(problem.row, problem.field) for problem in found.problems] == [
        (2, "time"),
        (3, "time"),
        (4, "time"),
        (5, "lat, lon"),
        (6, "radius"),
    ]
    assert found.rows_left_out == 4


def test_geojson_points_with_times_are_sightings():
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [24.9, 60.1]}}
    feature["properties"] = {"time": "2026-03-01T09:00:00Z", "radius_m": 25, "tolerance_s": 30}
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    (sighting,) = read_sightings(data, "s.geojson", case_id="c").sightings
    assert (sighting.lat, sighting.lon, sighting.radius_m, sighting.tolerance_s) == (60.1, 24.9, 25, 30)


def test_importing_again_gives_the_same_ids_and_another_case_others():
    data = b"id,time,lat,lon\n1,2026-03-01T09:00Z,1,2\n,2026-03-01T09:10Z,1,2\n"
    ids = [sighting.id for sighting in read_sightings(data, "s.csv", case_id="c").sightings]
    assert ids == [sighting.id for sighting in read_sightings(data, "renamed.csv", case_id="c").sightings]
    assert not set(ids) & {sighting.id for sighting in read_sightings(data, "s.csv", case_id="d").sightings}


def test_a_repeated_row_is_left_out_and_a_repeated_id_kept_apart():
    data = b"id,time,lat,lon\n1,2026-03-01T09:00Z,1,2\n1,2026-03-01T09:00Z,1,2\n1,2026-03-01T10:00Z,1,2\n"
    found = read_sightings(data, "s.csv", case_id="c")
    assert len({sighting.id for sighting in found.sightings}) == 2
    assert [(problem.row, problem.row_kept) for problem in found.problems] == [(3, False), (4, True)]


def test_a_file_without_a_time_column_is_refused_by_name():
    with pytest.raises(BadInput, match=r"^s.csv: has no column for time among lat, lon"):
        read_sightings(b"lat,lon\n1,2\n", "s.csv", case_id="c")


def test_an_osm_file_holds_no_sightings():
    with pytest.raises(BadInput, match="holds no sightings"):
        read_sightings(b'<osm version="0.6"></osm>', "x.osm", case_id="c")


def test_leuvens_route_has_no_times_and_says_so_once_a_line():
    found = read_sightings(shared("interchange/leuven_route.gpx").read_bytes(), "leuven_route.gpx", case_id="c")
    assert found.sightings == ()
    assert [problem.message for problem in found.problems] == [
        "1 of 1 points of waypoints have no time; left out",
        "65 of 65 points of Leuven Stadswandeling   5 km TR have no time; left out",
    ]


@pytest.mark.parametrize("version", ["1/0", "1/1"])
def test_a_short_track_gives_each_point_100_m_apart(version):
    points = [(50 + n / 1000, 4.7, f"2026-03-01T09:0{n}:00Z") for n in range(5)]
    found = read_sightings(track(points, version=version), "t.gpx", case_id="c")
    assert [sighting.at for sighting in found.sightings] == [NINE + timedelta(minutes=n) for n in range(5)]
    assert {sighting.kind for sighting in found.sightings} == {SightingKind.PHONE_FIX}
    assert found.notes == ()


def test_a_long_track_is_thinned_but_keeps_its_first_and_last_point():
    points = [(50 + n / 10_000, 4.7, f"{NINE + timedelta(seconds=8 * n):%Y-%m-%dT%H:%M:%SZ}") for n in range(5000)]
    found = read_sightings(track(points), "t.gpx", case_id="c")
    assert 25 <= len(found.sightings) <= 50
    assert found.sightings[0].at == NINE
    assert found.sightings[-1].at == NINE + timedelta(seconds=8 * 4999)
    assert f"{len(found.sightings)} of 5000 points kept" in found.notes[0]


def test_someone_who_stays_in_one_place_is_seen_every_ten_minutes():
    points = [(50, 4.7, f"2026-03-01T{9 + n // 60:02}:{n % 60:02}:00Z") for n in range(121)]
    found = read_sightings(track(points), "t.gpx", case_id="c")
    assert [sighting.at for sighting in found.sightings] == [NINE + timedelta(minutes=10 * n) for n in range(13)]


def test_waypoints_and_routes_with_times_are_read_and_bad_ones_reported():
    data = b'<gpx><wpt lat="1" lon="2"><time>2026-03-01T09:00:00Z</time><name>Pub</name></wpt><wpt lat="x" lon="2">'
    data += b'<time>2026-03-01T09:00:00Z</time></wpt><rte><rtept lat="1" lon="3"><time>09:00</time></rtept></rte></gpx>'
    found = read_sightings(data, "w.gpx", case_id="c")
    assert [sighting.source for sighting in found.sightings] == ["w.gpx: Pub"]
    assert [problem.row for problem in found.problems] == [2, 3]


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><gpx><wpt><name>&b;</name></wpt></gpx>',
        b'<!DOCTYPE gpx SYSTEM "http://evil.example/x.dtd"><gpx></gpx>',
        b'<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx><wpt><name>&x;</name></wpt></gpx>',
        b"<gpx><trk>",
        b'<?xml version="1.0" encoding="nonsense"?><gpx></gpx>',
        b"<gpx>&undefined;</gpx>",
    ],
)
def test_entities_document_types_and_damaged_xml_are_refused_by_name(data):
    with pytest.raises(BadInput, match=r"^e.gpx: (holds a document type|is damaged GPX)"):
        read_sightings(data, "e.gpx", case_id="c")


def test_a_deeply_nested_gpx_file_breaks_nothing():
    data = b"<gpx>" + b"<trk>" * 100_000 + b"</trk>" * 100_000 + b"</gpx>"
    assert read_sightings(data, "deep.gpx", case_id="c").sightings == ()


SEEDS = [
    b"time,lat,lon,radius\n2026-03-01T09:00Z,1,2,5\n",
    track([(50, 4.7, "2026-03-01T09:00:00Z"), (50.1, 4.7, "2026-03-01T09:30:00Z")]),
]


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=100).map(lambda tail: b"<gpx>" + tail + b"</gpx>")))
def test_random_bytes_raise_nothing_but_bad_input(data):
    with suppress(BadInput):
        read_sightings(data, "random", case_id="c", timezone="Europe/Paris")


@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4)), max_size=6))
def test_damaged_files_raise_nothing_but_bad_input(seed, cuts):
    data = bytearray(seed)
    for place, piece in cuts:
        data[place % len(data) : place % len(data) + 2] = piece or b"\x00"
    try:
        found = read_sightings(bytes(data), "damaged", case_id="c", timezone="Europe/Paris")
    except BadInput:
        return
    assert all(sighting.at.tzinfo is UTC for sighting in found.sightings)
