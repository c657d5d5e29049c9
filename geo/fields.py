"""Distance fields: the least way along the streets from a sighting's disc to any point of the network."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.distance import Floats
from geo.streets import Ints, StreetNetwork
from geo.stretches import Stretches, stretches_within

_ALMOST_NOTHING_M = 1e-9  # scipy takes a stored zero for no edge at all


@dataclass(frozen=True)
class Disc:
    """
    Where on the streets a sighting can have been.

    `within` are the stretches inside its radius. Where the radius meets no street, they are the nearest stretches to
    be had, and `gap_m` is what lies between them and the radius, in a straight line; infinite without any street.
    """

    within: Stretches
    gap_m: float

    @property
    def is_off_network(self) -> bool:
        """Whether no street lies within the sighting's radius."""
        return self.gap_m > 0


def disc_of(streets: StreetNetwork, lat: float, lon: float, radius_m: float) -> Disc:
    """
    The streets a sighting can have been made on.

    Parameters
    ----------
    lat, lon, radius_m
        The sighting's place in decimal degrees, and by how many metres it may be off.

    Returns
    -------
    disc
        Looks further in steps of double size, up to 20 km beyond the radius, before it gives up.
    """
    reach_m = 0.0
    while reach_m < 20_000.0:
        within = stretches_within(streets, lat, lon, max(radius_m + reach_m, 0.5))
        if len(within.edge):
            return _nearest(streets, lat, lon, radius_m, reach_m) if reach_m else Disc(within, 0.0)
        reach_m = 2.0 * reach_m + 10.0
    return Disc(stretches_within(StreetNetwork.empty(), lat, lon, 0.0), float("inf"))


def _nearest(streets: StreetNetwork, lat: float, lon: float, radius_m: float, reach_m: float) -> Disc:
    """The nearest street within reach, found by halving to a metre."""
    low, high = 0.0, reach_m
    while high - low > 1.0:
        middle = (low + high) / 2.0
        found = len(stretches_within(streets, lat, lon, radius_m + middle).edge)
        low, high = (low, middle) if found else (middle, high)
    return Disc(stretches_within(streets, lat, lon, radius_m + high), low)


@dataclass(frozen=True)
class Field:
    """Least metres from a disc to every junction, shape ``(n,)``; infinity where no street leads."""

    streets: StreetNetwork
    disc: Disc
    node_m: Floats

    def least_m(self, stretches: Stretches) -> Floats:
        """Least metres from the disc to any point of each stretch, shape ``(stretches,)``."""
        streets, edge = self.streets, stretches.edge
        by_u = self.node_m[streets.edge_u[edge]] + stretches.from_m
        by_v = self.node_m[streets.edge_v[edge]] + streets.edge_length_m[edge] - stretches.to_m
        least = np.minimum(by_u, by_v)
        source = self.disc.within
        # a stretch on an edge the disc itself lies on can be nearer than by way of either end
        for k in range(len(source.edge)):
            same = np.flatnonzero(edge == source.edge[k])
            gap = np.maximum(stretches.from_m[same] - source.to_m[k], source.from_m[k] - stretches.to_m[same])
            least[same] = np.minimum(least[same], np.maximum(gap, 0.0) + self.disc.gap_m)
        return least


def field_from(streets: StreetNetwork, disc: Disc) -> Field:
    """
    The distance field of a disc: one Dijkstra from all of its stretches at once.

    Returns
    -------
    field
        All infinite when the disc meets no street.
    """
    source, length = disc.within, streets.edge_length_m[disc.within.edge]
    ends = np.concatenate([streets.edge_u[source.edge], streets.edge_v[source.edge]])
    away_m = np.concatenate([source.from_m, length - source.to_m]) + min(disc.gap_m, 1e12)
    return Field(streets, disc, distances_from(streets, streets.edge_length_m, ends, away_m)[0])


def distances_from(streets: StreetNetwork, edge_weight: Floats, ends: Ints, away: Floats) -> tuple[Floats, Ints]:
    """
    Least weight from one source, joined to some junctions, to every junction.

    Parameters
    ----------
    edge_weight
        Weight of each edge, above 0, shape ``(m,)``.
    ends, away
        Junctions the source is joined to, and the weight to each; shape ``(s,)``.

    Returns
    -------
    weight, before
        Of each junction, shape ``(n,)``: infinity where no street leads; the junction before it on the least way, n
        where that is the source itself, negative where there is none.
    """
    count = streets.node_count
    indptr, indices, edges = streets.links
    graph = csr_array(
        (
            np.concatenate([edge_weight[edges], np.maximum(away, _ALMOST_NOTHING_M)]),
            np.concatenate([indices, ends.astype(indices.dtype)]),
            np.concatenate([indptr, [len(indices) + len(ends)]]).astype(indices.dtype),
        ),
        shape=(count + 1, count + 1),
    )
    weight, before = dijkstra(graph, directed=True, indices=count, return_predecessors=True)
    return weight[:count], before[:count].astype(np.int64)
