from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from data.models import Mode
from geo.distance import Floats, destinations, distances_m
from geo.fields import disc_of, field_from
from geo.streets import ON_FOOT, ON_WHEELS, StreetNetwork
from geo.streets_build import LONGEST_PIECE_M, Ways, build_network
from geo.stretches import stretches_within
from tests.geo.towns import grid_town, town

CORNER = (60.17, 24.94)


def line_of(*metres_east: float) -> tuple[Floats, Floats]:
    return destinations(*CORNER, 90.0, np.array(metres_east))


def test_vertices_that_join_two_pieces_become_the_shape_of_one_edge() -> None:
    lats, lons = line_of(0, 50, 100, 150)
    streets = town([(0, 1, 2), (2, 3)], lats, lons)
    assert (streets.node_count, streets.edge_count) == (2, 1)
    assert streets.edge_length_m[0] == pytest.approx(150, abs=0.01)


def test_a_crossing_stays_a_junction() -> None:
    lats, lons = line_of(0, 100, 200, 100)
    lats[3] += 0.001
    streets = town([(0, 1, 2), (1, 3)], lats, lons)
    assert (streets.node_count, streets.edge_count) == (4, 3)


def test_two_ways_between_the_same_corners_keep_both_lengths() -> None:
    lats, lons = line_of(0, 50, 100, 50)
    lats[3] += 0.001
    streets = town([(0, 1, 2), (0, 3, 2)], lats, lons)
    pairs = {frozenset(pair) for pair in zip(streets.edge_u.tolist(), streets.edge_v.tolist(), strict=True)}
    assert len(pairs) == streets.edge_count
    assert all(len(pair) == 2 for pair in pairs)
    assert streets.edge_length_m.sum() == pytest.approx(100 + 2 * np.hypot(50, 111.195), abs=0.5)


def test_a_long_straight_is_cut_into_short_pieces_and_keeps_its_length() -> None:
    streets = town([(0, 1)], *line_of(0, 1234))
    assert streets.piece_length_m.max() <= LONGEST_PIECE_M + 0.01
    assert streets.edge_length_m.sum() == pytest.approx(1234, abs=0.05)


def test_a_street_across_the_antimeridian_is_as_long_as_any_other() -> None:
    lats, lons = destinations(-16.8, 179.999, 90.0, np.array([0.0, 500.0]))
    streets = town([(0, 1)], lats, lons)
    assert streets.edge_length_m.sum() == pytest.approx(500, abs=0.05)
    assert streets.bounds is not None
    _, west, _, east = streets.bounds
    assert west > 0 > east


@pytest.mark.parametrize("place", [CORNER, (-16.8, 179.996)])
def test_a_saved_network_is_read_back_as_it_was(tmp_path: Path, place: tuple[float, float]) -> None:
    streets = grid_town(*place)
    streets.save(tmp_path / "town.npz")
    again = StreetNetwork.load(tmp_path / "town.npz")
    for name in ("node_lat", "node_lon", "edge_u", "edge_v", "edge_use", "shape_start", "shape_lat", "shape_lon"):
        assert np.array_equal(getattr(streets, name), getattr(again, name))


@pytest.mark.parametrize("keep", [0, 1, 10, 200, -50])
def test_a_damaged_file_is_no_network_and_says_so(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "town.npz"
    grid_town(*CORNER).save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadInput, match=r"town\.npz"):
        StreetNetwork.load(path)


@pytest.mark.parametrize("at", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_with_a_wrong_byte_is_read_or_refused_but_never_breaks(tmp_path: Path, at: float) -> None:
    path = tmp_path / "town.npz"
    grid_town(*CORNER).save(path)
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= 0xFF
    path.write_bytes(bytes(content))
    with suppress(BadInput):
        StreetNetwork.load(path)


def test_cars_keep_to_their_streets_and_walkers_use_all() -> None:
    lats, lons = line_of(0, 100, 200)
    use = np.array([ON_FOOT | ON_WHEELS, ON_FOOT], dtype=np.uint8)
    key, start = np.array([0, 1, 1, 2]), np.array([0, 2, 4])
    streets = build_network(Ways(key, lats[key], lons[key], start, use))
    assert streets.used_by(Mode.WALK).edge_length_m.sum() == pytest.approx(200, abs=0.05)
    assert streets.used_by(Mode.CAR).edge_length_m.sum() == pytest.approx(100, abs=0.05)


def test_islands_are_told_apart() -> None:
    streets = town([(0, 1), (2, 3)], *line_of(0, 50, 200, 250))
    assert len(set(streets.component.tolist())) == 2


def test_a_network_of_nothing_has_no_streets_and_no_bounds() -> None:
    streets = StreetNetwork.empty()
    assert (streets.node_count, streets.edge_count, streets.bounds) == (0, 0, None)
    assert len(stretches_within(streets, [60.0], [25.0], 100.0).edge) == 0


def test_arrays_that_do_not_fit_are_refused() -> None:
    none, one = np.empty(0), np.zeros(1, np.int64)
    with pytest.raises(BadInput, match="street network"):
        StreetNetwork(none, none, one, one, np.zeros(1, np.uint8), np.array([0, 2]), np.zeros(2), np.zeros(2))


@given(x=st.floats(-300, 900), y=st.floats(-300, 900), radius_m=st.floats(0.5, 300))
def test_what_lies_within_a_disc_is_all_of_it_and_no_more(x: float, y: float, radius_m: float) -> None:
    streets = GRID
    lat, lon = (float(v) for v in destinations(*CORNER, np.degrees(np.arctan2(x, y)), np.hypot(x, y)))
    within = stretches_within(streets, lat, lon, radius_m)
    corner = np.arange(len(streets.shape_lat))
    edge = np.searchsorted(streets.shape_start, corner, side="right") - 1
    at_m = np.concatenate(
        [
            np.concatenate([[0.0], np.cumsum(streets.piece_length_m[streets.piece_edge == k])])
            for k in range(streets.edge_count)
        ]
    )
    away_m = distances_m(lat, lon, streets.shape_lat, streets.shape_lon)
    for k in np.flatnonzero(np.abs(away_m - radius_m) > 0.01):
        on_edge = within.edge == edge[k]
        held = bool(((within.from_m[on_edge] - 1e-6 <= at_m[k]) & (at_m[k] <= within.to_m[on_edge] + 1e-6)).any())
        assert held == (away_m[k] < radius_m)


def test_the_way_along_the_streets_is_never_shorter_than_the_straight_line() -> None:
    field = field_from(GRID, disc_of(GRID, *CORNER, 30.0))
    straight_m = distances_m(*CORNER, GRID.node_lat, GRID.node_lon) - 30.0 - field.disc.gap_m
    assert (field.node_m >= straight_m - 1e-3).all()


def test_a_place_far_from_every_street_is_off_the_network() -> None:
    assert disc_of(GRID, 61.0, 30.0, 10.0).gap_m == float("inf")
    lat, lon = destinations(*CORNER, 270.0, 500.0)
    near = disc_of(GRID, float(lat), float(lon), 10.0)
    assert near.is_off_network
    assert 400 < near.gap_m < 600


GRID = grid_town(*CORNER)
