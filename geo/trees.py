"""Trees of least ways over the streets, each junction carrying the set of cameras that its way from the root passes.

Sets of cameras are rows of 64-bit words, camera k being bit ``k % 64`` of word ``k // 64``. Sets and lengths are
gathered along whole trees by doubling: a junction takes over what its ancestor at distance 1, 2, 4, ... has gathered.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.distance import Floats
from geo.fields import distances_from
from geo.streets import Ints, StreetNetwork
from geo.stretches import Stretches

Bits = NDArray[np.uint64]


def bits_of(owner: Ints, row: Ints, rows: int, owner_count: int) -> Bits:
    """Sets of owners, one for each row, shape ``(rows, words)``."""
    bits = np.zeros((rows, (owner_count + 63) // 64), dtype=np.uint64)
    np.bitwise_or.at(bits, (row, owner // 64), np.uint64(1) << (owner % 64).astype(np.uint64))
    return bits


def unpacked(bits: Bits, owner_count: int) -> NDArray[np.uint8]:
    """Sets as ones and zeros, shape ``(rows, owner_count)``."""
    as_bytes = np.ascontiguousarray(bits.astype("<u8", copy=False)).view(np.uint8)
    return np.unpackbits(as_bytes, axis=1, bitorder="little", count=owner_count)


@dataclass(frozen=True)
class Point:
    """A point on an edge, `at_m` metres from the edge's first junction."""

    edge: int
    at_m: float


@dataclass(frozen=True)
class Tree:
    """
    Least ways from one point to all junctions.

    `length_m` is the true length of each way, infinite where none leads; `cameras` the set of cameras it passes.
    """

    length_m: Floats
    cameras: Bits


@dataclass(frozen=True, eq=False)
class Viewed:
    """A street network together with the stretches of it that cameras see."""

    streets: StreetNetwork
    seen: Stretches

    @cached_property
    def edge_cameras(self) -> Bits:
        """Cameras that see any of each edge; the last row, for no edge, is empty. Shape ``(m + 1, words)``."""
        return bits_of(self.seen.owner, self.seen.edge, self.streets.edge_count + 1, self.seen.owner_count)

    @cached_property
    def _edge_numbers(self) -> tuple[Ints, Ints]:
        """Sorted keys of ordered pairs of junctions, and the edge that joins each."""
        streets = self.streets
        n = np.int64(max(streets.node_count, 1))
        keys = np.concatenate([streets.edge_u * n + streets.edge_v, streets.edge_v * n + streets.edge_u])
        order = np.argsort(keys)
        return keys[order], order % max(streets.edge_count, 1)

    def edges_between(self, a: Ints, b: Ints) -> Ints:
        """The edge that joins each pair of neighbouring junctions."""
        keys, edges = self._edge_numbers
        found: Ints = edges[np.searchsorted(keys, a * np.int64(max(self.streets.node_count, 1)) + b)]
        return found

    def cameras_along(self, edge: int, from_m: float, to_m: float) -> Bits:
        """The set of cameras that see any of a part of one edge, shape ``(words,)``."""
        start, stop = np.searchsorted(self._by_edge[0], [edge, edge + 1])
        rows = self._by_edge[1][start:stop]
        rows = rows[(self.seen.from_m[rows] <= to_m) & (self.seen.to_m[rows] >= from_m)]
        owner = self.seen.owner[rows]
        row: Bits = bits_of(owner, np.zeros(len(owner), np.int64), 1, self.seen.owner_count)[0]
        return row

    @cached_property
    def _by_edge(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.seen.edge, kind="stable")
        return self.seen.edge[order], order

    def tree(self, stretch: Floats, root: Point, *, reach_m: float = np.inf) -> Tree:
        """
        The least ways from a point, with the cameras each passes.

        Parameters
        ----------
        stretch
            How much longer than it is the subject feels each edge to be, above 0, shape ``(m,)``.
        root
            Where all ways start.
        reach_m
            True length after which cameras no longer count: the subject has not come so far yet.
        """
        streets, n = self.streets, self.streets.node_count
        u, v = int(streets.edge_u[root.edge]), int(streets.edge_v[root.edge])
        to_v_m = float(streets.edge_length_m[root.edge]) - root.at_m
        felt = stretch[root.edge] * np.array([root.at_m, to_v_m])
        _, before = distances_from(streets, streets.edge_length_m * stretch, np.array([u, v]), felt)
        # row n stands for the root: its own parent, no length, the cameras that see it
        parent = np.append(np.where(before >= 0, before, n), n)
        inner = np.flatnonzero((before >= 0) & (before != n))
        edge = np.full(n + 1, streets.edge_count)
        edge[inner] = self.edges_between(before[inner], inner)
        own_m = np.append(streets.edge_length_m, 0.0)[edge]
        cameras = self.edge_cameras[edge]
        cameras[n] = self.cameras_along(root.edge, root.at_m, root.at_m)
        for end, end_m, low_m, high_m in ((u, root.at_m, 0.0, root.at_m), (v, to_v_m, root.at_m, root.at_m + to_v_m)):
            if before[end] == n:
                own_m[end], cameras[end] = end_m, self.cameras_along(root.edge, low_m, high_m)
        length_m, hops = _summed(own_m, parent)
        cameras[length_m - own_m > reach_m] = 0
        for ancestor in hops:
            cameras |= cameras[ancestor]
        length_m[:n][before < 0] = np.inf
        return Tree(length_m[:n], cameras[:n])


def _summed(own: Floats, parent: Ints) -> tuple[Floats, list[Ints]]:
    """Sums along the ways to the root, and everyone's ancestors 1, 2, 4, ... steps up for gathering more that way."""
    total, ancestor, hops = own, parent, []
    while True:
        hops.append(ancestor)
        total = total + total[ancestor]
        further = ancestor[ancestor]
        if np.array_equal(further, ancestor):
            return total, hops
        ancestor = further
