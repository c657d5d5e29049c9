"""Which of very many places a view shows, alone or together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput, BadPlace
from geo.clusters import Clusters, View, mercator_y

WORLD = View(-90, -180, 90, 180, 0)
places = st.lists(
    st.tuples(st.floats(-90, 90, allow_nan=False), st.floats(-180, 180, allow_nan=False)), min_size=0, max_size=60
)


def of(found: list[tuple[float, float]]) -> Clusters:
    return Clusters([lat for lat, _ in found], [lon for _, lon in found])


@given(places, st.integers(0, 24))
def test_the_whole_world_shows_every_place_once(found: list[tuple[float, float]], zoom: int) -> None:
    shown = of(found).seen(View(-90, -180, 90, 180, zoom))
    assert len(shown.places) + int(shown.count.sum()) == len(found)
    assert len(set(shown.places.tolist())) == len(shown.places)
    assert not set(shown.places.tolist()) & set(shown.first.tolist())
    assert (shown.count >= 2).all()


@given(places, st.integers(0, 20), st.floats(-80, 70), st.floats(-540, 540), st.floats(0.1, 100))
def test_a_view_holds_what_lies_in_it_on_whichever_turn_of_the_globe(
    found: list[tuple[float, float]], zoom: int, south: float, west: float, width: float
) -> None:
    view = View(south, west, south + 10, west + width, zoom)
    shown = of(found).seen(view)
    total = len(shown.places) + int(shown.count.sum())
    slack = 1e-6

    def holds(lat: float, lon: float, slack: float) -> bool:
        east_of = (lon - west + slack) % 360
        return south - slack <= lat <= south + 10 + slack and east_of <= width + 2 * slack

    assert sum(holds(*place, -slack) for place in found) <= total <= sum(holds(*place, slack) for place in found)


@given(places, st.floats(-80, 70), st.floats(-540, 540), st.floats(0.1, 100))
def test_what_lies_within_a_view_is_what_it_shows_whatever_its_zoom(
    found: list[tuple[float, float]], south: float, west: float, width: float
) -> None:
    clusters = of(found)
    within = clusters.within(View(south, west, south + 10, west + width, 0)).tolist()
    assert within == sorted(set(within))
    shown = clusters.seen(View(south, west, south + 10, west + width, 24))
    assert len(within) == len(shown.places) + int(shown.count.sum())
    assert set(shown.places.tolist()) <= set(within)


def test_a_cluster_stands_in_the_middle_of_its_members_and_knows_their_box_and_the_first_of_them() -> None:
    shown = of([(60.0, 24.0), (60.001, 24.002), (61.0, 28.0)]).seen(View(59, 23, 62, 29, 8), order=[5, 2, 9])
    assert shown.places.tolist() == [2]
    assert shown.count.tolist() == [2]
    assert shown.first.tolist() == [1]
    assert shown.lat == pytest.approx([60.0005])
    assert shown.lon == pytest.approx([24.001])
    assert shown.box[0] == pytest.approx([60.0, 24.0, 60.001, 24.002])


def test_panning_does_not_regroup_what_stays_in_sight() -> None:
    rng = np.random.default_rng(3)
    many = Clusters(rng.uniform(60, 60.4, 4000), rng.uniform(24, 25, 4000))
    one = many.seen(View(60.0, 24.0, 60.4, 25.0, 12))
    two = many.seen(View(60.0, 24.1, 60.4, 25.1, 12))
    shared = {tuple(row) for row in np.column_stack((one.lat, one.lon, one.count)).tolist() if row[1] > 24.2}
    assert shared
    assert shared <= {tuple(row) for row in np.column_stack((two.lat, two.lon, two.count)).tolist()}


def test_close_by_only_what_lies_upon_one_another_is_grouped() -> None:
    mast = [(60.0, 24.0), (60.0, 24.0), (60.0004, 24.0008)]
    shown = of(mast).seen(View(59.9, 23.9, 60.1, 24.1, 19))
    assert shown.count.tolist() == [2]
    assert shown.places.tolist() == [2]


def test_a_view_never_holds_more_than_the_screen_has_cells() -> None:
    rng = np.random.default_rng(5)
    many = Clusters(rng.uniform(48, 49, 100_000), rng.uniform(2, 3, 100_000))
    for zoom in range(6, 20):
        half = 0.5 * 360 * 1920 / (256 << zoom)
        shown = many.seen(View(48.5 - half / 3, 2.5 - half, 48.5 + half / 3, 2.5 + half, zoom))
        assert len(shown.places) + len(shown.count) < 3200


def test_the_mercator_edge_holds_the_poles() -> None:
    assert mercator_y(np.array([90.0, 0.0, -90.0])) == pytest.approx([0.0, 0.5, 1.0], abs=1e-9)
    assert len(of([(90, 0), (-90, 0)]).seen(WORLD).places) == 2


@pytest.mark.parametrize(
    "edges",
    [
        (1, 0, 0, 1, 3),
        (float("nan"), 0, 1, 1, 3),
        (0, 0, 91, 1, 3),
        (0, 0, 1, 1, 99),
        (0, 0, 1, 1, -1),
        (0, 1e9, 1, 1, 3),
    ],
)
def test_a_view_that_is_none_is_refused(edges: tuple[float, ...]) -> None:
    with pytest.raises((BadInput, BadPlace)):
        View(*edges)


def test_a_place_off_the_globe_is_refused() -> None:
    with pytest.raises(BadPlace):
        Clusters([91.0], [0.0])
