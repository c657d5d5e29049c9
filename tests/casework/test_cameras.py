import json
from dataclasses import replace
from datetime import date

import pytest

from casework import cameras
from casework.cameras import differences, file_columns, import_cameras, preview_import, remove_camera, save_camera
from data.errors import BadInput, Conflict, NotFound
from data.store import Store
from tests.factories import a_camera, a_case, a_footage
from tests.material import shared

BACKENDS = ("sqlite", "postgresql")

CSV = b"""id,name,lat,lon,heading,owner,retention_days
a,Library,60.17,24.94,90,City,7
b,Kiosk,60.18,24.95,NE,=cmd|' /C calc'!A0,5
c,Nowhere,99,24.95,,City,5
"""


def imported(store: Store, data: bytes, name: str = "list.csv", **options: object) -> cameras.ImportOutcome:
    return import_cameras(store, preview_import(store, data, name, **options), by="Ann")


def test_a_preview_tells_what_would_be_added_and_changes_nothing(store: Store) -> None:
    preview = preview_import(store, CSV, "list.csv")
    assert [camera.id for camera in preview.new] == ["a", "b"]
    assert [(problem.row, problem.row_kept) for problem in preview.read.problems] == [(4, False)]
    assert store.cameras() == []
    assert store.audit_entries() == []


def test_an_import_adds_the_new_cameras_and_is_in_the_record(store: Store) -> None:
    outcome = imported(store, CSV)
    assert (outcome.added, outcome.known, outcome.conflicts, outcome.rows_left_out) == (2, 0, 0, 1)
    assert [camera.headings_deg for camera in store.cameras()] == [(90.0,), (45.0,)]
    (entry,) = store.audit_entries()
    assert (entry.by, entry.action, entry.details["file"], entry.details["added"]) == (
        "Ann", "cameras imported", "list.csv", 2,
    )  # fmt: skip


def test_importing_the_same_file_again_adds_nothing(store: Store) -> None:
    imported(store, CSV)
    before = store.cameras()
    assert imported(store, CSV).known == 2
    assert store.cameras() == before


def test_two_people_who_import_the_same_preview_add_it_once(store: Store) -> None:
    first, second = preview_import(store, CSV, "list.csv"), preview_import(store, CSV, "list.csv")
    assert import_cameras(store, first, by="Ann").added == 2
    assert import_cameras(store, second, by="Ben").added == 0


def test_an_import_never_changes_a_camera_that_is_there_and_tells_what_it_says_otherwise(store: Store) -> None:
    known = a_camera("a", name="Library", lat=60.17, lon=24.94, owner="Somebody else", retention_days=30.0)
    save_camera(store, known, by="Ann")
    preview = preview_import(store, CSV, "list.csv")
    assert [differences(duplicate) for duplicate in preview.known] == [("headings_deg", "owner", "retention_days")]
    import_cameras(store, preview, by="Ann")
    assert store.camera("a") == known


def test_a_camera_of_another_list_with_the_same_id_gets_an_id_of_its_own(store: Store) -> None:
    elsewhere = a_camera("a", lat=10.0, lon=10.0)
    save_camera(store, elsewhere, by="Ann")
    preview = preview_import(store, CSV, "list.csv")
    assert [duplicate.new.id for duplicate in preview.conflicts] == ["a"]
    assert import_cameras(store, preview, by="Ann").conflicts == 1
    assert store.camera("a") == elsewhere
    assert store.camera("a@60.17000,24.94000").name == "Library"


def test_columns_with_unusual_names_can_be_told(store: Store) -> None:
    data = b"Kamera;Breite;Laenge\nTor;60.1;24.9\n"
    columns = file_columns(data, "x.csv")
    assert columns.columns == ("Kamera", "Breite", "Laenge")
    assert "lat" in columns.fields
    with pytest.raises(BadInput, match="latitude"):
        preview_import(store, data, "x.csv")
    preview = preview_import(store, data, "x.csv", mapping={"lat": "Breite", "lon": "Laenge", "name": "Kamera"})
    assert [(camera.name, camera.lat, camera.lon) for camera in preview.new] == [("Tor", 60.1, 24.9)]


def test_columns_are_guessed_from_their_names_and_osm_needs_none() -> None:
    columns = file_columns(CSV, "list.csv")
    assert columns.guess is not None
    assert (columns.guess["direction"], columns.guess["lat"]) == ("heading", "lat")
    osm = b'<osm version="0.6"><node id="1" lat="1" lon="2"><tag k="man_made" v="surveillance"/></node></osm>'
    assert file_columns(osm, "x.osm").columns == ()


def test_features_that_bring_their_place_need_no_columns_for_it() -> None:
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [24, 60]}, "properties": {"name": "x"}}
    columns = file_columns(json.dumps({"type": "FeatureCollection", "features": [point]}).encode(), "x.geojson")
    assert columns.has_places
    assert not {"lat", "lon"} & set(columns.fields)


def test_a_correction_keeps_what_was_before_in_the_record(store: Store) -> None:
    camera = save_camera(store, a_camera(retention_days=7.0, last_verified=date(2026, 1, 2)), by="Ann")
    save_camera(store, replace(camera, retention_days=3.0, headings_deg=(370.0, -10.0)), by="Ben")
    assert store.camera("cam-1").headings_deg == (10.0, 350.0)
    entry = store.audit_entries()[-1]
    assert (entry.by, entry.action) == ("Ben", "camera changed")
    assert entry.details["changes"] == {"headings_deg": [[], [10.0, 350.0]], "retention_days": [7.0, 3.0]}


def test_saving_a_camera_unchanged_leaves_no_trace(store: Store) -> None:
    camera = save_camera(store, a_camera(), by="Ann")
    save_camera(store, camera, by="Ann")
    assert [entry.action for entry in store.audit_entries()] == ["camera added"]


@pytest.mark.parametrize(("fields", "says"), [
    ({"id": " "}, "camera id"), ({"headings_deg": (float("nan"),)}, "heading"), ({"width_px": 0}, "pixels"),
    ({"retention_days": 1e9}, "retention"), ({"retention_days": 0.0}, "retention"), ({"clock_offset_s": 1e12}, "clock"),
    ({"clock_offset_s": float("nan")}, "clock"), ({"range_m": float("inf")}, "range"), ({"lat": 91.0}, "latitude"),
])  # fmt: skip
def test_a_camera_that_makes_no_sense_is_refused_naming_the_field(
    store: Store, fields: dict[str, object], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        save_camera(store, a_camera(**({"id": "cam-1"} | fields)), by="Ann")
    assert store.cameras() == []


def test_numbers_beyond_the_calendar_are_left_out_of_an_import(store: Store) -> None:
    data = b"name,lat,lon,retention_days,clock_offset_s\nx,1,2,999999999,999999999999\n"
    preview = preview_import(store, data, "x.csv")
    assert [(c.retention_days, c.clock_offset_s) for c in preview.new] == [(None, 0.0)]
    assert len(preview.read.problems) == 2


def test_texts_are_kept_on_one_line(store: Store) -> None:
    assert save_camera(store, a_camera(name="a\nb\x00c", owner="  x "), by="Ann").name == "a b c"
    assert store.camera("cam-1").owner == "x"


def test_a_camera_goes_only_when_nothing_refers_to_it(store: Store) -> None:
    save_camera(store, a_camera(), by="Ann")
    save_camera(store, a_camera("cam-2"), by="Ann")
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_footage())
    with pytest.raises(Conflict, match="cam-1"):
        remove_camera(store, "cam-1", by="Ann")
    remove_camera(store, "cam-2", by="Ann")
    assert [camera.id for camera in store.cameras()] == ["cam-1"]
    assert store.audit_entries()[-1].details["was"]["name"] == "Camera cam-2"
    with pytest.raises(NotFound):
        remove_camera(store, "cam-2", by="Ann")


def test_of_an_import_that_fails_half_way_nothing_stays(store: Store) -> None:
    preview = preview_import(store, CSV, "list.csv")
    doubled = replace(preview, read=replace(preview.read, cameras=(*preview.new, preview.new[0])))
    with pytest.raises(Conflict):
        import_cameras(store, doubled, by="Ann")
    assert store.cameras() == []
    assert store.audit_entries() == []


def test_trafford_s_list_in_two_formats_is_163_cameras(store: Store) -> None:
    csv_file, geojson = (
        shared("interchange/trafford_cctv_cameras.csv"),
        shared("interchange/trafford_cctv_cameras.geojson"),
    )
    assert imported(store, csv_file.read_bytes(), csv_file.name).added == 163
    outcome = imported(store, geojson.read_bytes(), geojson.name)
    assert (outcome.added, outcome.known, len(store.cameras())) == (0, 163, 163)
