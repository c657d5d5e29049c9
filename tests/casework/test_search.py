import json
from datetime import timedelta
from pathlib import Path

import pytest

from casework import review, search
from data.demo_town import demo_streets
from data.errors import BadInput, Conflict
from data.models import Coverage, JobState, Sighting, Verdict
from data.store import Store
from geo.area import Shape
from geo.drawn import Drawing, Stroke, drawing_from
from geo.shapes import circle
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_sighting

BACKENDS = ("sqlite", "postgresql")

CIRCLE = circle(60.17, 24.94, 300.0)


@pytest.fixture
def town(store: Store) -> Store:
    """A case with two sightings and three cameras: near, between, and far off."""
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera("near", lat=60.1701, lon=24.9401))
        writing.add(a_camera("between", lat=60.1730, lon=24.9430))
        writing.add(a_camera("far", lat=60.3000, lon=24.9400))
        writing.add(a_sighting("s-1", lat=60.1700, lon=24.9400, at=NOON))
        writing.add(a_sighting("s-2", lat=60.1760, lon=24.9460, at=NOON + timedelta(minutes=15)))
    return store


def order(store: Store) -> list[str]:
    now = NOON + timedelta(minutes=16)
    return [r.camera.id for r in search.ranking(store, store.case("case-1"), streets=None, now=now).cameras]


def added(store: Store, shape: Shape = CIRCLE) -> Drawing:
    now = drawing_from(store.area("case-1").features)
    return search.draw(store, "case-1", [Stroke(None, now.new(shape))], by="Ann")


def test_a_drawn_circle_hides_the_cameras_outside_it_and_counts_them(town: Store) -> None:
    added(town)
    ranking = search.ranking(town, town.case("case-1"), streets=None, now=NOON + timedelta(hours=3))
    assert [r.camera.id for r in ranking.cameras] == ["near"]
    assert ranking.outside_area >= 1


def test_a_stroke_that_does_not_fit_is_refused_and_the_area_stays(town: Store) -> None:
    (drawn,) = added(town).shapes
    kept = town.area("case-1")
    with pytest.raises(Conflict, match="Area 1"):
        search.draw(town, "case-1", [Stroke(drawn, None), Stroke(drawn, None)], by="Ann")
    assert town.area("case-1") == kept


def test_taking_the_area_away_brings_all_cameras_back(town: Store) -> None:
    before = order(town)
    after = added(town)
    search.draw(town, "case-1", [Stroke(drawn, None) for drawn in after.shapes], by="Ann")
    assert order(town) == before
    assert len(town.audit_entries("case-1", action="search area drawn")) == 2


def test_a_stroke_that_changes_nothing_leaves_no_entry(town: Store) -> None:
    (drawn,) = added(town).shapes
    search.draw(town, "case-1", [Stroke(drawn, drawn)], by="Ann")
    assert len(town.audit_entries("case-1", action="search area drawn")) == 1


def test_a_new_sighting_moves_the_ranking(town: Store) -> None:
    before = order(town)
    with town.writing() as writing:
        writing.add(a_sighting("s-3", lat=60.1730, lon=24.9400, at=NOON + timedelta(minutes=16)))
    with town.writing() as writing:
        writing.change(Sighting, "s-1", withdrawn_at=NOON)
    assert order(town) != before


def searched(store: Store, camera_id: str, *, candidate: bool) -> None:
    with store.writing() as writing:
        writing.add(a_footage(camera_id=camera_id, started_at=NOON - timedelta(minutes=1)))
        done = a_job(state=JobState.DONE, seconds_total=1200.0, coverage=Coverage(100, frames_decoded=50))
        writing.add(done)
        if candidate:
            writing.put_track(a_match().track)
            writing.add_match(a_match())


def test_footage_searched_in_vain_lowers_its_camera_by_the_share_that_was_read(town: Store) -> None:
    searched(town, "between", candidate=False)
    (examined,) = search.examined_in_vain(town, "case-1")
    assert (examined.camera_id, examined.start) == ("between", NOON - timedelta(minutes=1))
    assert examined.end == NOON + timedelta(minutes=19)
    assert examined.chance == pytest.approx(0.4)


def test_footage_with_a_candidate_counts_as_searched_in_vain_only_once_it_is_rejected(town: Store) -> None:
    searched(town, "between", candidate=True)
    assert search.examined_in_vain(town, "case-1") == []
    review.decide(town, "m-1", verdict=Verdict.REJECT, by="Ann")
    assert len(search.examined_in_vain(town, "case-1")) == 1


def test_streets_given_to_a_case_are_used_and_loaded_once(town: Store, tmp_path: Path) -> None:
    path = tmp_path / "streets.geojson"
    path.write_text(json.dumps(demo_streets()))
    streets = search.Streets()
    assert streets.of(town, "case-1") is None
    search.set_streets(town, "case-1", path, name="streets.geojson", by="Ann")
    network = streets.of(town, "case-1")
    assert network is not None
    assert network.edge_count > 80
    assert streets.of(town, "case-1") is network


def test_a_file_that_holds_no_streets_is_refused(town: Store, tmp_path: Path) -> None:
    path = tmp_path / "streets.geojson"
    path.write_text("{}")
    with pytest.raises(BadInput, match=r"streets\.geojson"):
        search.set_streets(town, "case-1", path, name="streets.geojson", by="Ann")
    assert town.streets("case-1") is None
