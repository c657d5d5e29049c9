"""What the map shows of a case at an hour, from the store to the pins."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.hours import now_layers, then_content, time_axis
from dashboard.map_layers import Layers, PinKind, pin_mark
from data.errors import NotFound
from data.models import JobState, MatchState, RequestState
from data.store import Store
from geo.streets import StreetNetwork
from tests.casework.made_requests import a_request
from tests.dashboard.test_pages import CASE
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_sighting, a_track, an_account
from tests.geo.towns import grid_town

HOUR = timedelta(hours=1)


@pytest.fixture
def kept(page_store: Store) -> Store:
    """Two sightings, of which the second was told late; footage of two cameras, searched, a candidate in the first."""
    with page_store.writing() as writing:
        writing.add_case(a_case())
        for id, lon in (("cam-1", 24.94), ("cam-2", 24.95)):
            writing.add(a_camera(id, lat=60.17, lon=lon, retention_days=None))
        writing.add(a_sighting("s-1"))
        writing.add(a_sighting("s-2", lat=60.175, at=NOON + HOUR, created_at=NOON + 3 * HOUR))
        for number in (1, 2):
            writing.add(a_footage(f"f-{number}", camera_id=f"cam-{number}"))
            done = {"state": JobState.DONE, "seconds_total": 60.0, "ended_at": NOON + 2 * HOUR}
            writing.add(a_job(f"j-{number}", of_id=f"f-{number}", **done))
        track = a_track(scan_id="j-1")
        writing.put_track(track)
        writing.add_match(a_match(track=track, created_at=NOON + 2 * HOUR))
        writing.add(a_request("r-1", state=RequestState.SENT))
        writing.add(a_request("r-2", from_at=NOON - HOUR))
    return page_store


def shown(store: Store, *, streets: StreetNetwork | None = None, now: datetime = NOON + 4 * HOUR) -> Layers:
    cameras = {camera.id: camera for camera in store.cameras()}
    return now_layers(store, store.case(CASE), store.sightings(CASE), cameras, streets, now=now)


def then(hours: float) -> Any:
    return then_content(an_account(), CASE, NOON + hours * HOUR)


def test_a_camera_carries_one_sign_for_all_its_requests_with_what_still_is_to_be_done(kept: Store) -> None:
    (pin,) = shown(kept).requests

    assert (pin.camera_id, pin.state) == ("cam-1", "draft")
    assert "draft, not sent" in pin.label
    assert "sent, waiting" in pin.label


def test_looked_at_and_nothing_seen_is_said_only_where_no_candidate_is_left(kept: Store) -> None:
    assert [pin.camera_id for pin in shown(kept).looked] == ["cam-2"]

    with kept.writing() as writing:
        writing.set_match_state("m-1", MatchState.REJECTED)
    assert [pin.camera_id for pin in shown(kept).looked] == ["cam-1", "cam-2"]
    assert "1 of 1 recordings" in shown(kept).looked[0].label


def test_where_the_person_can_be_is_drawn_and_said(kept: Store) -> None:
    layers = shown(kept, now=NOON + HOUR + timedelta(minutes=10))

    assert layers.reach.words == "at most 1.2 km from sighting 2"
    assert len(layers.reach.rings) == 1
    assert [pin.is_last for pin in layers.sightings] == [False, True]


def test_the_way_and_the_reach_follow_the_streets_where_there_are_any(kept: Store) -> None:
    town = grid_town(60.169, 24.938, side=12)
    soon = shown(kept, streets=town, now=NOON + HOUR + timedelta(minutes=1))
    late = shown(kept, streets=town, now=NOON + 9 * HOUR)

    assert [way.is_by_streets for way in soon.ways] == [True]
    assert 0 < len(soon.reach.streets) < town.edge_count
    assert late.reach.streets == []  # all of them: nothing to be told apart


def test_sightings_that_contradict_one_another_are_said_instead_of_drawn(kept: Store) -> None:
    with kept.writing() as writing:
        writing.add(a_sighting("s-3", lat=61.0, at=NOON + HOUR + timedelta(minutes=5)))

    reach = shown(kept, now=NOON + HOUR + timedelta(minutes=2)).reach

    assert reach.rings == ()
    assert "contradict one another" in reach.words


def test_an_hour_shows_what_was_known_then_and_what_was_told_later_as_such(kept: Store) -> None:
    early, late = then(1.5), then(3.5)

    assert [(pin["number"], pin["later"], pin["last"]) for pin in early["sightings"]] == [
        (1, False, False),
        (2, True, True),
    ]
    assert [pin["later"] for pin in late["sightings"]] == [False, False]
    assert (early["matches"], early["looked"]) == ([], [])
    assert [pin["id"] for pin in late["matches"]] == [pin_mark(PinKind.MATCH, "m-1", 60.17, 24.94)]
    assert len(late["looked"]) == 1


def test_what_was_possible_at_an_hour_goes_by_all_that_is_known_today(kept: Store) -> None:
    assert then(0.5)["reach"]["words"] == "at most 3.5 km from sighting 1 and 3.5 km from sighting 2"
    assert then(-1)["ways"] == then(0.5)["ways"] == []
    assert len(then(1)["ways"]) == 1


def test_an_hour_of_a_case_that_is_not_there_is_not_told(kept: Store) -> None:
    with pytest.raises(NotFound):
        then_content(an_account(), "another", NOON)


def test_the_hours_go_from_before_the_first_sighting_to_now(kept: Store) -> None:
    axis = time_axis(kept.case(CASE), kept.sightings(CASE), now=NOON + 4 * HOUR)

    assert axis.start <= NOON - HOUR
    assert axis.end == NOON + 4 * HOUR
    assert axis.marks == [NOON, NOON + HOUR]
    assert axis.url == f"/api/v1/known?case={CASE}"
