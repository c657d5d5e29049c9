import pytest

from casework import cases
from casework.sightings_import import import_sightings, preview_sightings, sighting_columns
from data.errors import BadInput
from data.models import Case
from data.store import Store
from tests.factories import a_case
from tests.material import shared

BACKENDS = ("sqlite", "postgresql")

CSV = b"time,lat,lon,source\n2026-03-02 12:00,60.17,24.94,Ann\n2026-03-02 12:30,60.18,24.95,Ben\n2099-01-01,60,24,Cid\n"


@pytest.fixture
def case(store: Store) -> Case:
    with store.writing() as writing:
        writing.add_case(a_case())
    return store.case("case-1")


def test_a_preview_tells_what_would_be_added_in_the_case_s_own_time_zone(store: Store, case: Case) -> None:
    preview = preview_sightings(store, case, CSV, "x.csv", radius_m=80.0, tolerance_s=120.0)
    assert [f"{s.at:%H:%M}" for s in preview.new] == ["10:00", "10:30"]
    assert {(s.radius_m, s.tolerance_s) for s in preview.new} == {(80.0, 120.0)}
    assert [problem.row for problem in preview.read.problems] == [4]
    assert store.sightings(case.id) == []


def test_an_import_adds_sightings_once_and_is_in_the_record(store: Store, case: Case) -> None:
    preview = preview_sightings(store, case, CSV, "x.csv")
    assert len(import_sightings(store, case, preview, by="Ann")) == 2
    assert import_sightings(store, case, preview, by="Ben") == ()
    kept = store.sightings(case.id)
    assert len(kept) == 2
    assert all(s.created_at is not None for s in kept)
    assert [(e.by, len(e.details["added"])) for e in store.audit_entries(case.id)] == [("Ann", 2), ("Ben", 0)]


def test_a_sighting_withdrawn_stays_withdrawn_when_its_file_comes_again(store: Store, case: Case) -> None:
    (first, _) = import_sightings(store, case, preview_sightings(store, case, CSV, "x.csv"), by="Ann")
    cases.withdraw_sighting(store, first.id, by="Ann")
    again = preview_sightings(store, case, CSV, "x.csv")
    assert (len(again.new), len(again.known)) == (0, 2)
    import_sightings(store, case, again, by="Ann")
    assert len(store.sightings(case.id)) == 1


def test_columns_can_be_told(store: Store, case: Case) -> None:
    data = b"wann;breite;laenge\n2026-03-02T12:00:00Z;60.17;24.94\n"
    assert sighting_columns(data, "x.csv") == (("wann", "breite", "laenge"), {})
    with pytest.raises(BadInput):
        preview_sightings(store, case, data, "x.csv")
    mapping = {"time": "wann", "lat": "breite", "lon": "laenge"}
    assert len(preview_sightings(store, case, data, "x.csv", mapping=mapping).new) == 1


def test_a_gpx_track_needs_no_columns(store: Store, case: Case) -> None:
    gpx = shared("interchange/leuven_route.gpx").read_bytes()
    assert sighting_columns(gpx, "leuven_route.gpx") == ((), {})
    preview_sightings(store, case, gpx, "leuven_route.gpx")
