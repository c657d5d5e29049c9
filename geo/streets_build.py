"""From ways to a simplified street network: joined at shared vertices, only true junctions kept, and every shape."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.distance import Floats, distances_m
from geo.streets import Ints, StreetNetwork

LONGEST_PIECE_M = 100.0
"""Straight stretches are cut to this length, so that a search around a place stays small."""

LONGEST_EDGE_M = 200.0
"""Edges longer than this get junctions of degree two between, so that it can be told where on a country road the
subject has come to by now."""


@dataclass(frozen=True)
class Ways:
    """Ways as flat arrays: vertex keys (equal keys are one vertex), decimal degrees, and where each way starts."""

    key: Ints
    lat: Floats
    lon: Floats
    start: Ints  # shape (ways + 1,)
    use: NDArray[np.uint8]  # bits of streets.ON_FOOT, streets.ON_WHEELS, shape (ways,)


def build_network(ways: Ways) -> StreetNetwork:
    """
    Join ways where they share a vertex and simplify.

    Returns
    -------
    network
        Chains of vertices that join just two pieces of the same use become one edge with their shape kept. Where that
        would make a loop, two edges between the same junctions, or an edge much longer than LONGEST_EDGE_M, a vertex
        between stays a junction. Empty for no ways.
    """
    vertices, a, b, use = _pieces(ways)
    if not len(a):
        return StreetNetwork.empty()
    lat, lon, a, b, use = _cut(ways.lat[vertices], ways.lon[vertices], a, b, use)
    ends, other, piece = _incidence(len(lat), a, b)
    degree = np.diff(ends)
    keep = degree != 2
    twos = np.flatnonzero(degree == 2)
    keep[twos] = use[piece[ends[twos]]] != use[piece[ends[twos] + 1]]
    chains = _chains(keep, ends, other)
    split = _to_split(chains) + _to_shorten(chains, lat, lon)
    if split:
        keep[split] = True
        chains = _chains(keep, ends, other)
    return _network(chains, lat, lon, _chain_use(chains, ends, other, use[piece]))


def _pieces(ways: Ways) -> tuple[Ints, Ints, Ints, NDArray[np.uint8]]:
    """One index of a vertex for each distinct key, and the distinct pieces between two different vertices."""
    _, first, vertex = np.unique(ways.key, return_index=True, return_inverse=True)
    inside = np.ones(max(len(ways.key) - 1, 0), dtype=bool)
    inside[ways.start[1:-1] - 1] = False
    at = np.flatnonzero(inside)
    a, b = np.minimum(vertex[at], vertex[at + 1]), np.maximum(vertex[at], vertex[at + 1])
    use = np.repeat(ways.use, np.diff(ways.start))[at]
    differ = a != b
    a, b, use = a[differ], b[differ], use[differ]
    _, once, group = np.unique(a * np.int64(len(first)) + b, return_index=True, return_inverse=True)
    merged = np.zeros(len(once), dtype=np.uint8)
    np.bitwise_or.at(merged, group, use)
    return first, a[once], b[once], merged


def _cut(
    lat: Floats, lon: Floats, a: Ints, b: Ints, use: NDArray[np.uint8]
) -> tuple[Floats, Floats, Ints, Ints, NDArray[np.uint8]]:
    """Cut pieces longer than LONGEST_PIECE_M into equal parts with new vertices between."""
    parts = np.maximum(1, np.ceil(distances_m(lat[a], lon[a], lat[b], lon[b]) / LONGEST_PIECE_M)).astype(np.int64)
    which = np.repeat(np.arange(len(a)), parts)
    part = np.arange(len(which)) - np.repeat(np.cumsum(parts) - parts, parts)
    is_new = part > 0  # the start of every part but the first is a new vertex
    share = part[is_new] / parts[which[is_new]]
    turn = (lon[b] - lon[a] + 180.0) % 360.0 - 180.0
    new_lat = lat[a[which[is_new]]] + share * (lat[b] - lat[a])[which[is_new]]
    new_lon = (lon[a[which[is_new]]] + share * turn[which[is_new]] + 180.0) % 360.0 - 180.0
    number = np.full(len(which), -1, dtype=np.int64)
    number[is_new] = len(lat) + np.arange(int(is_new.sum()))
    first = np.where(is_new, number, a[which])
    is_end = part == parts[which] - 1
    last = np.where(is_end, b[which], np.roll(number, -1))
    return np.concatenate([lat, new_lat]), np.concatenate([lon, new_lon]), first, last, use[which]


def _incidence(count: int, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """For each vertex, where its neighbours start in the list of them; that list; the piece that leads to each."""
    here, there = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.argsort(here, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(here, minlength=count))])
    return ends, there[order], np.tile(np.arange(len(a)), 2)[order]


def _chains(keep: NDArray[np.bool_], ends: Ints, other: Ints) -> list[list[int]]:
    """All chains of vertices from one kept vertex to the next; a ring without any is cut at its first vertex."""
    kept, first, neighbours = keep.tolist(), ends.tolist(), other.tolist()
    done = bytearray(len(kept))
    chains: list[list[int]] = []

    def follow(start: int, step: int) -> list[int]:
        chain = [start, step]
        while not kept[step] and step != start:
            done[step] = 1
            left, right = neighbours[first[step]], neighbours[first[step] + 1]
            step = right if left == chain[-2] else left
            chain.append(step)
        return chain

    for start in range(len(kept)):
        if kept[start]:
            # a chain is met from both of its ends: take it once
            around = neighbours[first[start] : first[start + 1]]
            chains += [follow(start, step) for step in around if (start < step if kept[step] else not done[step])]
    for start in range(len(kept)):
        if not kept[start] and not done[start]:
            done[start] = 1
            chains.append(follow(start, neighbours[first[start]]))
    return chains


def _to_split(chains: Sequence[Sequence[int]]) -> list[int]:
    """Vertices that must stay junctions, so that no edge is a loop and no two edges join the same junctions."""
    split: list[int] = []
    taken: dict[tuple[int, int], Sequence[int]] = {}
    for chain in chains:
        if chain[0] == chain[-1]:
            split += [chain[0], chain[len(chain) // 3], chain[2 * len(chain) // 3]]
            continue
        ends = (min(chain[0], chain[-1]), max(chain[0], chain[-1]))
        twin = taken.setdefault(ends, chain)
        if twin is not chain:
            shorter, longer = sorted((twin, chain), key=len)
            split.append(longer[len(longer) // 2])
            taken[ends] = shorter
    return split


def _to_shorten(chains: Sequence[Sequence[int]], lat: Floats, lon: Floats) -> list[int]:
    """Vertices inside long chains, about LONGEST_EDGE_M apart."""
    vertex = np.fromiter((v for chain in chains for v in chain), dtype=np.int64)
    last = np.cumsum([len(chain) for chain in chains]) - 1
    piece_m = distances_m(lat[vertex[:-1]], lon[vertex[:-1]], lat[vertex[1:]], lon[vertex[1:]])
    piece_m[last[:-1]] = 0.0  # from the end of one chain to the start of the next there is no piece
    before_m = np.concatenate([[0.0], np.cumsum(piece_m)])
    first = np.concatenate([[0], last[:-1] + 1])
    along_m = before_m - np.repeat(before_m[first], np.diff(first, append=len(vertex)))
    # equal parts, so that no stump is left at the end
    whole_m = np.repeat(along_m[last], np.diff(first, append=len(vertex)))
    part_m = whole_m / np.maximum(np.ceil(whole_m / LONGEST_EDGE_M), 1.0)
    passes = np.diff(np.floor(along_m / np.maximum(part_m, 1e-9) + 1e-9), prepend=0.0) > 0
    passes[first] = passes[last] = False
    return [int(v) for v in vertex[passes]]


def _chain_use(chains: Sequence[Sequence[int]], ends: Ints, other: Ints, use: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Who may use each chain: the same all along it, so its first piece tells."""
    result = np.empty(len(chains), dtype=np.uint8)
    for number, chain in enumerate(chains):
        start = ends[chain[0]]
        result[number] = use[start + int(np.flatnonzero(other[start : ends[chain[0] + 1]] == chain[1])[0])]
    return result


def _network(chains: Sequence[Sequence[int]], lat: Floats, lon: Floats, use: NDArray[np.uint8]) -> StreetNetwork:
    corners = np.fromiter((v for chain in chains for v in chain), dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum([len(chain) for chain in chains])])
    junctions, ends = np.unique(np.stack([corners[starts[:-1]], corners[starts[1:] - 1]]), return_inverse=True)
    u, v = ends.reshape(2, -1)
    return StreetNetwork(lat[junctions], lon[junctions], u, v, use, starts, lat[corners], lon[corners])
