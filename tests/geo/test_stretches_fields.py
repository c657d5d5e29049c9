"""Stretches and distance fields, against brute force: points a metre apart along every street."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.coverage import covers, view_of
from geo.distance import distances_m
from geo.fields import disc_of, field_from
from geo.stretches import stretches_in_view, stretches_within
from tests.geo.plans import at, blocks, cameras_around, crooked, town

NETWORKS = [crooked(1), crooked(2), blocks(4, 80.0)]


def dense(network, step_m=1.0):
    """Points along all edges: edge, metres along it, lat, lon."""
    edge, along, lat, lon = [], [], [], []
    for k in range(network.edge_count):
        corners = slice(network.shape_start[k], network.shape_start[k + 1])
        own = np.concatenate([[0.0], np.cumsum(network.piece_length_m[network.piece_edge == k])])
        places = np.linspace(0.0, own[-1], int(own[-1] / step_m) + 2)
        edge.append(np.full(len(places), k)), along.append(places)
        lat.append(np.interp(places, own, network.shape_lat[corners]))
        lon.append(np.interp(places, own, network.shape_lon[corners]))
    return tuple(np.concatenate(v) for v in (edge, along, lat, lon))


def owned(stretches, owner, edge, along, slack_m=0.0):
    inside = np.zeros(len(edge), bool)
    for k in np.flatnonzero(stretches.owner == owner):
        inside |= (
            (edge == stretches.edge[k])
            & (along >= stretches.from_m[k] - slack_m)
            & (along <= stretches.to_m[k] + slack_m)
        )
    return inside


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(NETWORKS), st.integers(0, 10_000))
def test_stretches_are_the_points_a_camera_covers(network, seed):
    cameras = cameras_around(network, 5, np.random.default_rng(seed))
    stretches = stretches_in_view(
        network, [c.lat for c in cameras], [c.lon for c in cameras], [view_of(c) for c in cameras]
    )
    edge, along, lat, lon = dense(network)
    for k, camera in enumerate(cameras):
        seen = covers(camera, lat, lon)
        assert not (seen & ~owned(stretches, k, edge, along, 0.05)).any()
        surely = owned(stretches, k, edge, along, -0.05)
        assert not (surely & ~seen).any()


def test_a_camera_that_looks_away_from_the_street_owns_none_of_it():
    street = town([[(0, 0), (200, 0)]])
    camera = cameras_around(street, 1, np.random.default_rng(0))[0]
    lat, lon = at(100, 10)
    away = type(camera)("c", "c", lat, lon, (0.0,), 90.0, 30.0)
    towards = type(camera)("c", "c", lat, lon, (180.0,), 90.0, 30.0)
    stretches = stretches_in_view(street, [lat, lat], [lon, lon], [view_of(away), view_of(towards)])
    assert stretches.owns_any.tolist() == [False, True]
    assert (stretches.to_m - stretches.from_m).sum() == pytest.approx(20, abs=0.1)  # 10 m off, 45 degrees to each side


@pytest.mark.parametrize("heading", [0.0, 360.0])
def test_heading_0_and_360_see_the_same_street(heading):
    street = town([[(0, 0), (200, 0)]])
    lat, lon = at(100, -10)
    camera = cameras_around(street, 1, np.random.default_rng(0))[0]
    north = type(camera)("c", "c", lat, lon, (heading,), 90.0, 30.0)
    stretches = stretches_in_view(street, [lat], [lon], [view_of(north)])
    assert [*stretches.from_m, *stretches.to_m] == pytest.approx([90, 110], abs=0.1)


def test_a_range_larger_than_the_town_owns_all_of_it():
    network = NETWORKS[0]
    stretches = stretches_within(network, *at(100, 100), 1e9)
    assert (stretches.to_m - stretches.from_m).sum() == pytest.approx(network.edge_length_m.sum())


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(NETWORKS), st.integers(0, 10_000), st.sampled_from([0.0, 8.0, 40.0, 120.0]))
def test_a_field_is_the_least_way_from_the_disc_to_each_stretch(network, seed, radius_m):
    rng = np.random.default_rng(seed)
    edge, along, lat, lon = dense(network)
    origin = rng.integers(len(lat))
    centre = lat[origin] + rng.normal() * 3e-5, lon[origin] + rng.normal() * 6e-5
    disc = disc_of(network, *centre, radius_m)
    field = field_from(network, disc)
    near = distances_m(*centre, lat, lon)
    if not disc.is_off_network:
        sources = np.flatnonzero(near <= max(radius_m, 0.5) + 0.02)
        reach = brute_force_m(network, edge, along, sources)
        cameras = cameras_around(network, 8, rng)
        stretches = stretches_in_view(
            network, [c.lat for c in cameras], [c.lon for c in cameras], [view_of(c) for c in cameras]
        )
        least = field.least_m(stretches)
        for k in range(len(stretches.edge)):
            inside = (
                (edge == stretches.edge[k]) & (along >= stretches.from_m[k] - 0.6) & (along <= stretches.to_m[k] + 0.6)
            )
            true_m = reach[inside].min()
            # a disc that only just touches an island may start there where the points a metre apart do not
            if np.isfinite(true_m):
                assert least[k] == pytest.approx(true_m, abs=4.0)
    else:
        assert disc.gap_m == pytest.approx(max(near.min() - radius_m, 0), abs=3.0)


def brute_force_m(network, edge, along, sources):
    """Least ways between points a metre apart, the ends of edges being joined to their junctions."""
    n = len(edge)
    chain = np.flatnonzero(np.diff(edge) == 0)
    first = np.flatnonzero(np.diff(edge, prepend=-1) != 0)
    last = np.append(first[1:], n) - 1
    a = np.concatenate([chain, first, last])
    b = np.concatenate([chain + 1, n + network.edge_u, n + network.edge_v])
    w = np.concatenate([np.diff(along)[chain], np.full(2 * network.edge_count, 1e-9)])
    size = n + network.node_count
    graph = csr_array((np.tile(w, 2), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(size, size))
    if not len(sources):
        return np.full(n, np.inf)
    return dijkstra(graph, indices=sources, min_only=True)[:n]


def test_an_island_is_out_of_reach():
    islands = town([[(0, 0), (100, 0)], [(500, 0), (600, 0)]])
    field = field_from(islands, disc_of(islands, *at(10, 0), 5.0))
    assert np.isinf(field.node_m).sum() == 2


def test_a_sighting_off_the_streets_starts_from_the_nearest_one():
    street = town([[(0, 0), (200, 0)]])
    disc = disc_of(street, *at(100, 80), 30.0)
    assert disc.is_off_network
    assert disc.gap_m == pytest.approx(50, abs=1.5)
    field = field_from(street, disc)
    ends = [street.node_lon.argmin(), street.node_lon.argmax()]
    assert field.node_m[ends] == pytest.approx([150, 150], abs=20)


def test_a_sighting_on_another_continent_meets_no_street():
    street = town([[(0, 0), (200, 0)]])
    disc = disc_of(street, -33.0, 151.0, 100.0)
    assert disc.gap_m == np.inf
    assert np.isinf(field_from(street, disc).node_m).all()
