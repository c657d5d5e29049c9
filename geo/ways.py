"""The least way along the streets from one sighting to the next, as a line to be drawn: a guess to begin with."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from data.models import Mode, Sighting
from geo.distance import Floats, distances_m
from geo.fields import disc_of, distances_from
from geo.route import route_through
from geo.streets import Ints, StreetNetwork

FARTHEST_FROM_STREETS_M = 300.0
"""A sighting farther from any street is joined by a straight line: its way is not known by the streets."""

Places = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Way:
    """From one sighting to the next, places as ``(lat, lon)``; a straight line where no street leads."""

    places: Places
    is_by_streets: bool


@dataclass(frozen=True)
class _Stop:
    """A point on an edge, by metres from the edge's first junction."""

    edge: int
    at_m: float


def ways_between(sightings: tuple[Sighting, ...], streets: StreetNetwork | None, *, mode: Mode) -> list[Way]:
    """
    The least ways from each sighting to the next, in order of time.

    Parameters
    ----------
    sightings
        In any order; withdrawn ones are left out. Each counts with the middle of its disc.
    streets
        The case's network; only what `mode` can use counts. None: straight lines.

    Returns
    -------
    ways
        One fewer than there are sightings; empty without any.
    """
    seen = route_through(sightings).sightings
    ends = [((a.lat, a.lon), (b.lat, b.lon)) for a, b in pairwise(seen)]
    if streets is None or not streets.edge_count:
        return [Way(pair, is_by_streets=False) for pair in ends]
    usable = streets.used_by(mode)
    return [_way(usable, *pair) for pair in ends]


@lru_cache(maxsize=256)
def _way(streets: StreetNetwork, a: tuple[float, float], b: tuple[float, float]) -> Way:
    start, goal = _stop(streets, *a), _stop(streets, *b)
    found = None if start is None or goal is None else _along_streets(streets, start, goal)
    return Way((a, b), is_by_streets=False) if found is None else Way((a, *found, b), is_by_streets=True)


def _stop(streets: StreetNetwork, lat: float, lon: float) -> _Stop | None:
    """The nearest point of a street; None where none is near."""
    disc = disc_of(streets, lat, lon, 0.0)
    if not len(disc.within.edge) or disc.gap_m > FARTHEST_FROM_STREETS_M:
        return None
    within = disc.within
    return _Stop(int(within.edge[0]), float(within.from_m[0] + within.to_m[0]) / 2.0)


def _along_streets(streets: StreetNetwork, start: _Stop, goal: _Stop) -> Places | None:
    """The least way between two points of the network; None where no street leads."""
    u, v = streets.edge_u, streets.edge_v
    length = streets.edge_length_m
    ends = np.array([u[start.edge], v[start.edge]])
    away_m, before = distances_from(streets, length, ends, np.array([start.at_m, length[start.edge] - start.at_m]))
    by_u = away_m[u[goal.edge]] + goal.at_m
    by_v = away_m[v[goal.edge]] + length[goal.edge] - goal.at_m
    direct = abs(goal.at_m - start.at_m) if start.edge == goal.edge else np.inf
    if direct <= min(by_u, by_v):
        return _part(streets, start.edge, start.at_m, goal.at_m) if np.isfinite(direct) else None
    last = int(u[goal.edge] if by_u <= by_v else v[goal.edge])
    nodes = [last]
    while before[nodes[-1]] != streets.node_count:
        nodes.append(int(before[nodes[-1]]))
    nodes.reverse()
    first_m = 0.0 if nodes[0] == u[start.edge] else float(length[start.edge])
    last_m = 0.0 if last == u[goal.edge] else float(length[goal.edge])
    places = list(_part(streets, start.edge, start.at_m, first_m))
    for here, there in pairwise(nodes):
        edge = _edge(streets, here, there)
        ahead = int(u[edge]) == here
        places += _part(streets, edge, 0.0 if ahead else float(length[edge]), float(length[edge]) if ahead else 0.0)
    places += _part(streets, goal.edge, last_m, goal.at_m)
    return tuple(place for k, place in enumerate(places) if not k or place != places[k - 1])


def _edge(streets: StreetNetwork, here: int, there: int) -> int:
    """The edge between two junctions that are neighbours."""
    starts, led_to, taken = streets.links
    row = slice(int(starts[here]), int(starts[here + 1]))
    return int(taken[row][np.flatnonzero(led_to[row] == there)[0]])


def _part(streets: StreetNetwork, edge: int, from_m: float, to_m: float) -> Places:
    """The shape of an edge from one point to another, either way round."""
    row = slice(int(streets.shape_start[edge]), int(streets.shape_start[edge + 1]))
    lat, lon = streets.shape_lat[row], streets.shape_lon[row]
    along: Floats = np.concatenate([[0.0], np.cumsum(distances_m(lat[:-1], lon[:-1], lat[1:], lon[1:]))])
    low, high = min(from_m, to_m), max(from_m, to_m)
    inner: Ints = np.flatnonzero((along > low) & (along < high))
    at = np.concatenate([[low], along[inner], [high]])
    unwrapped = np.unwrap(lon, period=360.0)
    places = list(zip(np.interp(at, along, lat).tolist(), np.interp(at, along, unwrapped).tolist(), strict=True))
    return tuple(places if from_m <= to_m else places[::-1])
