"""The street network: junctions, edges with their shapes, and quick answers about both.

An edge runs from one junction to another along a shape; everything on it is addressed by metres from its first end.
Streets are taken as passable both ways: a subject on foot is, and a bound that must never exclude has to be.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from data.errors import BadInput
from data.models import Mode
from geo.distance import EARTH_RADIUS_M, Floats, distances_m, local_xy_m
from geo.route import unit_vectors

Ints = NDArray[np.int64]

ON_FOOT = 1
ON_WHEELS = 2
"""Bits of `edge_use`: who may use an edge."""

_FORMAT = 1
_FIELDS = ("node_lat", "node_lon", "edge_u", "edge_v", "edge_use", "shape_start", "shape_lat", "shape_lon")


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """
    A simplified network: junctions of degree two only on long edges, no two edges between the same junctions, no loop.

    Parameters
    ----------
    node_lat, node_lon
        Junctions, decimal degrees, shape ``(n,)``.
    edge_u, edge_v
        First and last junction of each edge, shape ``(m,)``.
    edge_use
        Bits ON_FOOT and ON_WHEELS, shape ``(m,)``.
    shape_start
        Where each edge's shape begins in `shape_lat` and `shape_lon`, shape ``(m + 1,)``.
    shape_lat, shape_lon
        Corners of all edges, ends included, first to last, decimal degrees; no two neighbours further apart than
        `streets_build.LONGEST_PIECE_M`.
    """

    node_lat: Floats
    node_lon: Floats
    edge_u: Ints
    edge_v: Ints
    edge_use: NDArray[np.uint8]
    shape_start: Ints
    shape_lat: Floats
    shape_lon: Floats

    def __post_init__(self) -> None:
        n, m = len(self.node_lat), len(self.edge_u)
        shapes = {len(self.edge_v), len(self.edge_use), len(self.shape_start) - 1}
        if shapes != {m} or len(self.node_lon) != n or len(self.shape_lat) != len(self.shape_lon):
            raise BadInput("street network: its arrays do not fit each other")
        if m and (self.edge_u.min() < 0 or self.edge_v.min() < 0 or max(self.edge_u.max(), self.edge_v.max()) >= n):
            raise BadInput("street network: an edge ends at a junction that does not exist")
        if (
            self.shape_start[0] != 0
            or self.shape_start[-1] != len(self.shape_lat)
            or (np.diff(self.shape_start) < 2).any()
        ):
            raise BadInput("street network: its shapes do not fit its edges")

    @classmethod
    def empty(cls) -> "StreetNetwork":
        """A network without any street."""
        none, whole = np.empty(0), np.empty(0, np.int64)
        return cls(none, none, whole, whole, np.empty(0, np.uint8), np.zeros(1, np.int64), none, none)

    @property
    def node_count(self) -> int:
        """Number of junctions."""
        return len(self.node_lat)

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.edge_u)

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """South, west, north, east in decimal degrees, west > east across the antimeridian; None without streets."""
        if not self.edge_count:
            return None
        lon = np.sort(self.shape_lon)
        gaps = np.diff(lon, append=lon[0] + 360.0)
        widest = int(gaps.argmax())  # the network lies on the other side of its widest empty stretch
        west, east = float(lon[(widest + 1) % len(lon)]), float(lon[widest])
        return float(self.shape_lat.min()), west, float(self.shape_lat.max()), east

    @cached_property
    def piece_length_m(self) -> Floats:
        """Length of each straight piece between neighbouring corners, metres, shape ``(k,)``."""
        first = self._piece_first
        return distances_m(
            self.shape_lat[first], self.shape_lon[first], self.shape_lat[first + 1], self.shape_lon[first + 1]
        )

    @cached_property
    def piece_edge(self) -> Ints:
        """Edge of each piece, shape ``(k,)``."""
        return np.repeat(np.arange(self.edge_count), np.diff(self.shape_start) - 1)

    @cached_property
    def piece_offset_m(self) -> Floats:
        """Metres from the edge's first junction to the start of each piece, shape ``(k,)``."""
        before = np.concatenate([[0.0], np.cumsum(self.piece_length_m)])
        first_piece = self.shape_start[:-1] - np.arange(self.edge_count)
        return np.asarray(before[:-1] - before[first_piece[self.piece_edge]])

    @cached_property
    def edge_length_m(self) -> Floats:
        """Length of each edge along its shape, metres, shape ``(m,)``."""
        lengths = np.bincount(self.piece_edge, weights=self.piece_length_m, minlength=self.edge_count)
        return lengths.astype(np.float64)

    @cached_property
    def _piece_first(self) -> Ints:
        """Corner each piece starts at: all corners but the last of each edge."""
        is_last = np.zeros(len(self.shape_lat), dtype=bool)
        is_last[self.shape_start[1:] - 1] = True
        return np.flatnonzero(~is_last)

    @cached_property
    def links(self) -> tuple[NDArray[np.int32], NDArray[np.int32], Ints]:
        """Both directions of every edge as the rows of a sparse matrix: row starts, junction led to, edge taken."""
        here = np.concatenate([self.edge_u, self.edge_v])
        order = np.argsort(here, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(here, minlength=self.node_count))]).astype(np.int32)
        there = np.concatenate([self.edge_v, self.edge_u])[order].astype(np.int32)
        return starts, there, order % max(self.edge_count, 1)

    @cached_property
    def component(self) -> NDArray[np.int32]:
        """Number of the connected part that each junction belongs to, shape ``(n,)``."""
        links = csr_array((np.ones(self.edge_count), (self.edge_u, self.edge_v)), shape=(self.node_count,) * 2)
        labels: NDArray[np.int32] = connected_components(links, directed=False)[1]
        return labels

    @cached_property
    def node_xy_m(self) -> Floats:
        """Junctions as metres east and north of the first one, shape ``(n, 2)``."""
        origin = (self.node_lat[:1], self.node_lon[:1])
        return np.stack(local_xy_m(self.node_lat, self.node_lon, origin), axis=1)

    @cached_property
    def _tree(self) -> tuple[cKDTree, float]:
        """Middles of all pieces as unit vectors, and half of the longest piece in metres."""
        vectors = unit_vectors(self.shape_lat, self.shape_lon)
        middles = vectors[self._piece_first] + vectors[self._piece_first + 1]
        middles /= np.linalg.norm(middles, axis=1, keepdims=True)
        return cKDTree(middles), float(self.piece_length_m.max()) / 2.0

    def pieces_near(self, lat: ArrayLike, lon: ArrayLike, range_m: ArrayLike) -> tuple[Ints, Ints]:
        """
        Pairs of a place and a piece that may lie within its range.

        Parameters
        ----------
        lat, lon
            Decimal degrees, shape ``(p,)``.
        range_m
            Metres, broadcast to ``(p,)``.

        Returns
        -------
        place, piece
            Indices, both of shape ``(pairs,)``, by place. Holds every piece in range, and some just beyond.
        """
        lats = np.atleast_1d(np.asarray(lat, np.float64))
        if not self.edge_count or not len(lats):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        tree, half_m = self._tree
        reach = np.minimum((np.broadcast_to(range_m, lats.shape) + half_m) * 1.001 + 0.01, np.pi * EARTH_RADIUS_M)
        found = tree.query_ball_point(unit_vectors(lats, lon), 2.0 * np.sin(reach / (2.0 * EARTH_RADIUS_M)))
        counts = np.array([len(f) for f in found])
        pieces = np.concatenate([np.asarray(f, np.int64) for f in found]) if counts.sum() else np.empty(0, np.int64)
        return np.repeat(np.arange(len(lats)), counts), pieces

    def piece_ends_xy_m(self, pieces: Ints, lat: Floats, lon: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Ends of pieces as metres east and north of one place each: x1, y1, x2, y2, all of shape ``(pairs,)``."""
        first = self._piece_first[pieces]
        x1, y1 = local_xy_m(self.shape_lat[first], self.shape_lon[first], (lat, lon))
        x2, y2 = local_xy_m(self.shape_lat[first + 1], self.shape_lon[first + 1], (lat, lon))
        return x1, y1, x2, y2

    def used_by(self, mode: Mode) -> "StreetNetwork":
        """The part that a way of travel can use; this network itself when that is all of it."""
        return _part(self, ON_WHEELS if mode is Mode.CAR else ON_FOOT | ON_WHEELS)

    def lines(self) -> Iterator[list[tuple[float, float]]]:
        """Every edge as a list of ``(lat, lon)``, for drawing."""
        for start, stop in zip(self.shape_start[:-1], self.shape_start[1:], strict=True):
            yield list(zip(self.shape_lat[start:stop].tolist(), self.shape_lon[start:stop].tolist(), strict=True))

    def save(self, path: Path) -> None:
        """Write the network as one .npz file."""
        with path.open("wb") as file:
            np.savez(file, format=np.array(_FORMAT), **{name: getattr(self, name) for name in _FIELDS})

    @classmethod
    def load(cls, path: Path) -> "StreetNetwork":
        """
        Read a network written by `save`.

        Raises
        ------
        BadInput
            When the file is no such network, is damaged, or was written by another version.
        """
        try:
            # opened here, since numpy leaves a file it cannot read open
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                if int(arrays["format"]) != _FORMAT:
                    raise BadInput(f"{path.name}: written by another version; import the streets again")
                return cls(*(arrays[name] for name in _FIELDS))
        except (ValueError, KeyError, OSError, EOFError, TypeError, AttributeError, BadZipFile, zlib.error) as error:
            if isinstance(error, BadInput | FileNotFoundError):
                raise
            raise BadInput(
                f"{path.name}: is no saved street network, or is damaged; import the streets again"
            ) from error


@lru_cache(maxsize=8)
def _part(streets: StreetNetwork, use: int) -> StreetNetwork:
    keep = (streets.edge_use & use) != 0
    return streets if keep.all() else part_of(streets, keep)


def part_of(streets: StreetNetwork, keep_edge: NDArray[np.bool_]) -> StreetNetwork:
    """Some edges of a network, with all of its junctions, so that these keep their numbers."""
    corners = np.repeat(keep_edge, np.diff(streets.shape_start))
    starts = np.concatenate([[0], np.cumsum(np.diff(streets.shape_start)[keep_edge])])
    return StreetNetwork(
        streets.node_lat, streets.node_lon, streets.edge_u[keep_edge], streets.edge_v[keep_edge],
        streets.edge_use[keep_edge], starts, streets.shape_lat[corners], streets.shape_lon[corners],
    )  # fmt: skip


def trimmed(streets: StreetNetwork, keep_node: NDArray[np.bool_]) -> tuple[StreetNetwork, Ints]:
    """
    The part of a network between some of its junctions, renumbered.

    Returns
    -------
    network, edge_number
        The part, and the new number of each old edge, -1 where it was left out; shape ``(m,)``.
    """
    keep_edge = keep_node[streets.edge_u] & keep_node[streets.edge_v]
    node_number = np.cumsum(keep_node) - 1
    part = part_of(streets, keep_edge)
    network = StreetNetwork(
        streets.node_lat[keep_node], streets.node_lon[keep_node], node_number[part.edge_u], node_number[part.edge_v],
        part.edge_use, part.shape_start, part.shape_lat, part.shape_lon,
    )  # fmt: skip
    return network, np.where(keep_edge, np.cumsum(keep_edge) - 1, -1)
