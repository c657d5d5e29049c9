"""Small towns, walkers and cameras for the geo tests; places in metres around an origin."""

from collections.abc import Sequence

import numpy as np

from data.models import Camera
from geo.streets import StreetNetwork
from geo.streets_build import Ways, build_network

M_PER_DEG = 111_195.0
ORIGIN = (60.17, 24.94)

Place = tuple[float, float]


def at(x_m: float, y_m: float, origin: Place = ORIGIN) -> Place:
    """``(lat, lon)`` of a place in metres east and north of the origin."""
    lon = origin[1] + x_m / (M_PER_DEG * np.cos(np.radians(origin[0])))
    return origin[0] + y_m / M_PER_DEG, float((lon + 180.0) % 360.0 - 180.0)


def town(lines: Sequence[Sequence[Place]], origin: Place = ORIGIN, use: int = 3) -> StreetNetwork:
    """A network of lines given as (x, y) metres; they join where corners are equal."""
    corners = [corner for line in lines for corner in line]
    numbers = {corner: number for number, corner in enumerate(dict.fromkeys(corners))}
    lat, lon = np.array([at(x, y, origin) for x, y in corners]).T
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    keys = np.array([numbers[c] for c in corners], dtype=np.int64)
    return build_network(Ways(keys, lat, lon, starts, np.full(len(lines), use, np.uint8)))


def blocks(n: int = 6, side_m: float = 100.0, origin: Place = ORIGIN) -> StreetNetwork:
    """A square grid of n by n crossings."""
    rows = [[(x * side_m, y * side_m) for x in range(n)] for y in range(n)]
    return town([*rows, *[list(column) for column in zip(*rows, strict=True)]], origin)


def crooked(seed: int, origin: Place = ORIGIN) -> StreetNetwork:
    """A grid with crossings pushed about, streets missing and bends in the others."""
    rng = np.random.default_rng(seed)
    n = 6
    where = {
        (i, j): (i * 90.0 + rng.uniform(-30, 30), j * 90.0 + rng.uniform(-30, 30)) for i in range(n) for j in range(n)
    }
    lines = []
    for (i, j), a in where.items():
        for b in (where.get((i + 1, j)), where.get((i, j + 1))):
            if b is not None and rng.random() > 0.15:
                bend = ((a[0] + b[0]) / 2 + rng.uniform(-15, 15), (a[1] + b[1]) / 2 + rng.uniform(-15, 15))
                lines.append([a, bend, b])
    return town(lines, origin)


def stroll(streets: StreetNetwork, rng: np.random.Generator, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A random walk along whole edges, now and then back: metres walked, lat and lon, a corner of the shapes each."""
    edges_at: dict[int, list[int]] = {}
    for k, (u, v) in enumerate(zip(streets.edge_u.tolist(), streets.edge_v.tolist(), strict=True)):
        edges_at.setdefault(u, []).append(k)
        edges_at.setdefault(v, []).append(k)
    here, last = int(streets.edge_u[rng.integers(streets.edge_count)]), -1
    along, lat, lon, walked = [], [], [], 0.0
    for _ in range(length):
        ahead = [k for k in edges_at[here] if k != last or rng.random() < 0.1] or edges_at[here]
        last = int(rng.choice(ahead))
        corners = slice(int(streets.shape_start[last]), int(streets.shape_start[last + 1]))
        forth = int(streets.edge_u[last]) == here
        way = 1 if forth else -1
        y, x = streets.shape_lat[corners][::way], streets.shape_lon[corners][::way]
        pieces = streets.piece_length_m[streets.piece_edge == last][::way]
        lat.append(y), lon.append(x), along.append(walked + np.concatenate([[0.0], np.cumsum(pieces)]))
        walked = float(along[-1][-1])
        here = int(streets.edge_v[last] if forth else streets.edge_u[last])
    return np.concatenate(along), np.concatenate(lat), np.concatenate(lon)


def cameras_around(streets: StreetNetwork, count: int, rng: np.random.Generator) -> list[Camera]:
    """Cameras within 20 m of corners of the streets; some all round, some with one or two headings."""
    cameras = []
    for number in range(count):
        corner = rng.integers(len(streets.shape_lat))
        origin = float(streets.shape_lat[corner]), float(streets.shape_lon[corner])
        lat, lon = at(rng.uniform(-15, 15), rng.uniform(-15, 15), origin)
        headings = tuple(rng.uniform(0, 360, rng.integers(3)).tolist())
        fov, range_m = (
            (float(rng.choice([40.0, 90.0, 200.0])), float(rng.choice([15.0, 40.0]))) if headings else (None, None)
        )
        cameras.append(Camera(f"c{number}", f"Camera {number}", lat, lon, headings, fov, range_m))
    return cameras
