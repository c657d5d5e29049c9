"""Which cameras a filter lets through, and in what order."""

from datetime import date

import pytest

from casework.camera_filter import CameraFilter, CameraIndex, Lack, Order
from data.models import Camera
from geo.area import Circle, SearchArea
from tests.factories import a_camera


def camera(id: str, **fields: object) -> Camera:
    known = {"owner": "", "contact": "", "headings_deg": (), "range_m": None, "retention_days": None}
    return a_camera(id, **(known | {"name": f"Camera {id}", "last_verified": None} | fields))


TOWN = [
    camera("a", name="Library", owner="City", headings_deg=(90.0,), last_verified=date(2026, 1, 5), retention_days=7.0),
    camera("b", name="ärger", owner="City", contact="x@y", lat=61.0),
    camera("c", name="Kiosk", range_m=30.0, last_verified=date(2024, 1, 5), retention_days=3.0),
]


def ids(wanted: CameraFilter, order: Order = Order.NAME) -> list[str]:
    return [TOWN[place].id for place in CameraIndex(TOWN).found(wanted, order)]


@pytest.mark.parametrize(("wanted", "found"), [
    (CameraFilter(), "cab"),
    (CameraFilter(words="LIBRARY city"), "a"),
    (CameraFilter(words="ÄRGER"), "b"),
    (CameraFilter(words="nobody"), ""),
    (CameraFilter(owner="City"), "ab"),
    (CameraFilter(owner="Nobody"), ""),
    (CameraFilter(lacks=frozenset({Lack.HEADING})), "cb"),
    (CameraFilter(lacks=frozenset({Lack.HEADING, Lack.RANGE})), "b"),
    (CameraFilter(lacks=frozenset({Lack.OWNER})), "c"),
    (CameraFilter(lacks=frozenset({Lack.VERIFIED})), "b"),
    (CameraFilter(verified_before=date(2025, 1, 1)), "cb"),
    (CameraFilter(inside=SearchArea((Circle(61.0, TOWN[1].lon, 500.0),))), "b"),
])  # fmt: skip
def test_a_filter_lets_through_what_is_so(wanted: CameraFilter, found: str) -> None:
    assert "".join(ids(wanted, Order.NAME)) == "".join(sorted(found, key=["c", "a", "b"].index))


def test_cameras_are_sorted_as_asked() -> None:
    assert ids(CameraFilter(), Order.OWNER) == ["a", "b", "c"]  # without an owner last
    assert ids(CameraFilter(), Order.VERIFIED) == ["b", "c", "a"]  # never verified first
    assert ids(CameraFilter(), Order.RETENTION) == ["c", "a", "b"]


def test_what_is_not_known_is_counted_among_what_was_found() -> None:
    index = CameraIndex(TOWN)
    assert index.lacking(index.matching(CameraFilter(owner="City"))) == {
        Lack.HEADING: 1, Lack.RANGE: 2, Lack.RETENTION: 1, Lack.OWNER: 0, Lack.CONTACT: 1, Lack.VERIFIED: 1,
    }  # fmt: skip
    assert index.owners == [("City", 2)]


def test_no_cameras_are_no_trouble() -> None:
    index = CameraIndex([])
    assert list(index.found(CameraFilter(words="x", lacks=frozenset(Lack)), Order.OWNER)) == []
    assert index.owners == []


def test_an_index_that_is_patched_finds_what_one_made_anew_would() -> None:
    index = CameraIndex(TOWN)
    every = [CameraFilter(), CameraFilter(words="city"), CameraFilter(owner="City"), CameraFilter(words="zoo"),
             CameraFilter(lacks=frozenset({Lack.CONTACT})), CameraFilter(verified_before=date(2025, 1, 1)),
             CameraFilter(inside=SearchArea((Circle(61.0, TOWN[1].lon, 500.0),)))]  # fmt: skip
    for wanted in every:
        index.found(wanted, Order.OWNER), index.found(wanted, Order.VERIFIED)
    changed = [TOWN[0], camera("b", name="Zoo", contact="z"), TOWN[2]]
    patched, anew = index.patched(changed, [1]), CameraIndex(changed)
    for wanted in every:
        for order in Order:
            assert list(patched.found(wanted, order)) == list(anew.found(wanted, order))
    assert patched.owners == anew.owners
