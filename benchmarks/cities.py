"""Invented cities, cameras and walkers, to measure the ranking where it was not tuned.

Three street plans (grid, organic, radial) and any real one; cameras beside the streets, half of them with a heading;
four kinds of walker who know nothing of how the ranking thinks:

    commuter    one goal, a perceived shortest way, may stand still once or twice
    errands     one to three stops on the way, each for minutes
    turn_averse keeps straight on wherever that does not cost too much
    wanderer    no goal: goes on as the street goes, turns at random, seldom back

Truth is taken every half second from the walker's place, not from the ranking's own geometry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Voronoi

from data.models import Camera, Sighting
from geo.streets import StreetNetwork
from geo.streets_build import Ways, build_network

M_PER_DEG = 111_195.0
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
STEP_S = 0.5
Rng = np.random.Generator


@dataclass(frozen=True)
class City:
    """A street network with cameras."""

    name: str
    streets: StreetNetwork
    cameras: tuple[Camera, ...]


@dataclass(frozen=True)
class Pass:
    """One camera that really had the walker in view, from when to when."""

    camera_id: str
    enter: datetime
    exit: datetime


@dataclass(frozen=True)
class Trip:
    """What an investigator knows of one walk, and what really happened after (open) or between (closed) sightings."""

    walker: str
    is_open: bool
    sightings: tuple[Sighting, ...]
    now: datetime
    passes: tuple[Pass, ...]


def network_from_xy(x: np.ndarray, y: np.ndarray, pairs: np.ndarray, origin: tuple[float, float]) -> StreetNetwork:
    """Vertices in metres around `origin`, joined in pairs."""
    flat = pairs.reshape(-1)
    lat = origin[0] + y[flat] / M_PER_DEG
    lon = origin[1] + x[flat] / (M_PER_DEG * np.cos(np.radians(origin[0])))
    starts = np.arange(0, len(flat) + 1, 2)
    return build_network(Ways(flat.astype(np.int64), lat, lon, starts, np.full(len(pairs), 3, np.uint8)))


def grid(rng: Rng) -> StreetNetwork:
    """Blocks of 80 by 110 m, one street in eight missing."""
    n = 15
    gx, gy = np.meshgrid(np.arange(n) * 80.0, np.arange(n) * 110.0)
    number = np.arange(n * n).reshape(n, n)
    pairs = np.concatenate(
        [
            np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], 1),
            np.stack([number[:-1].ravel(), number[1:].ravel()], 1),
        ]
    )
    pairs = pairs[rng.random(len(pairs)) > 0.125]
    return network_from_xy(gx.ravel(), gy.ravel(), pairs, (48.2, 16.37))


def organic(rng: Rng) -> StreetNetwork:
    """The borders between random cells, denser towards the middle."""
    seeds = np.concatenate([rng.normal(0, 450, (320, 2)), rng.uniform(-1000, 1000, (260, 2))])
    cells = Voronoi(seeds)
    inside = np.abs(cells.vertices).max(axis=1) < 950
    pairs = np.array([r for r in cells.ridge_vertices if min(r) >= 0 and inside[r].all()])
    pairs = pairs[rng.random(len(pairs)) > 0.06]
    return network_from_xy(cells.vertices[:, 0], cells.vertices[:, 1], pairs, (-33.45, -70.66))


def radial(rng: Rng) -> StreetNetwork:
    """Ten rings and eighteen spokes; some ring pieces missing, spokes begin at the second ring."""
    rings, spokes = 10, 18
    angle = np.arange(spokes) * 2 * np.pi / spokes
    radius = np.cumsum(rng.uniform(70, 130, rings))
    x, y = (radius[:, None] * np.cos(angle)).ravel(), (radius[:, None] * np.sin(angle)).ravel()
    number = np.arange(rings * spokes).reshape(rings, spokes)
    around = np.stack([number.ravel(), np.roll(number, -1, axis=1).ravel()], 1)
    outward = np.stack([number[:-1].ravel(), number[1:].ravel()], 1)
    pairs = np.concatenate([around[rng.random(len(around)) > 0.15], outward[rng.random(len(outward)) > 0.05]])
    return network_from_xy(x, y, pairs, (1.35, 179.999))  # across the antimeridian, for good measure


def place_cameras(streets: StreetNetwork, count: int, rng: Rng) -> tuple[Camera, ...]:
    """Cameras 2 to 14 m beside the streets, in clumps as in real towns; half know their heading."""
    edges = rng.choice(streets.edge_count, max(1, count // 2), p=streets.edge_length_m / streets.edge_length_m.sum())
    edges = np.concatenate([edges, rng.choice(edges, count - len(edges))])
    cameras = []
    for number, edge in enumerate(edges):
        corner = rng.integers(streets.shape_start[edge], streets.shape_start[edge + 1])
        away, around = rng.uniform(2, 14), rng.uniform(0, 2 * np.pi)
        lat = float(streets.shape_lat[corner]) + away * np.cos(around) / M_PER_DEG
        lon = float(streets.shape_lon[corner]) + away * np.sin(around) / (M_PER_DEG * np.cos(np.radians(lat)))
        lon = (lon + 180.0) % 360.0 - 180.0
        name = f"cam/{number}"
        if rng.random() < 0.5:
            cameras.append(Camera(name, name, lat, lon))
            continue
        heading = (np.degrees(around) + 180.0 + rng.uniform(-60, 60)) % 360.0  # looks at its street, roughly
        fov, range_m = float(rng.choice([60.0, 90.0, 110.0])), float(rng.choice([20.0, 30.0, 50.0]))
        cameras.append(Camera(name, name, lat, lon, (float(heading),), fov, range_m))
    return tuple(cameras)


def invented_cities(seed: int = 7) -> list[City]:
    """Grid, organic and radial, with 140 cameras each."""
    rng = np.random.default_rng(seed)
    networks = {"grid": grid(rng), "organic": organic(rng), "radial": radial(rng)}
    return [City(name, streets, place_cameras(streets, 140, rng)) for name, streets in networks.items()]


@dataclass(frozen=True)
class _Plan:
    """A walker's way as junctions, and the places along it where time is lost."""

    nodes: list[int]
    stops_s: dict[int, float]  # position in `nodes` -> seconds


def _graph(streets: StreetNetwork, weight: np.ndarray) -> csr_array:
    u, v, n = streets.edge_u, streets.edge_v, streets.node_count
    return csr_array((np.tile(weight, 2), (np.concatenate([u, v]), np.concatenate([v, u]))), shape=(n, n))


def _way(streets: StreetNetwork, weight: np.ndarray, start: int, goal: int) -> list[int]:
    before = dijkstra(_graph(streets, weight), indices=start, return_predecessors=True)[1]
    way = [goal]
    while way[-1] != start:
        way.append(int(before[way[-1]]))
    return way[::-1]


def _anywhere(streets: StreetNetwork, rng: Rng) -> int:
    main = np.flatnonzero(streets.component == np.bincount(streets.component).argmax())
    return int(rng.choice(main))


def commuter(streets: StreetNetwork, rng: Rng) -> _Plan:
    weight = streets.edge_length_m * rng.lognormal(0.0, 0.25, streets.edge_count)
    way = _way(streets, weight, _anywhere(streets, rng), _anywhere(streets, rng))
    stops = {int(rng.integers(len(way))): float(rng.exponential(150)) for _ in range(rng.binomial(2, 0.3))}
    return _Plan(way, stops)


def errands(streets: StreetNetwork, rng: Rng) -> _Plan:
    weight = streets.edge_length_m * rng.lognormal(0.0, 0.15, streets.edge_count)
    here = _anywhere(streets, rng)
    way, stops = [here], {}
    for _ in range(int(rng.integers(2, 4))):
        away = dijkstra(_graph(streets, weight), indices=way[-1])
        near = np.flatnonzero((away > 150) & (away < 900))
        leg = _way(streets, weight, way[-1], int(rng.choice(near)) if len(near) else _anywhere(streets, rng))
        way += leg[1:]
        stops[len(way) - 1] = float(rng.uniform(60, 480))
    stops.pop(len(way) - 1, None)
    return _Plan(way, stops)


def turn_averse(streets: StreetNetwork, rng: Rng) -> _Plan:
    """Dijkstra over directed edges where a turn costs up to 60 m."""
    u, v = np.concatenate([streets.edge_u, streets.edge_v]), np.concatenate([streets.edge_v, streets.edge_u])
    length, angle = np.tile(streets.edge_length_m, 2), _angles(streets)
    order = np.argsort(u, kind="stable")
    starts = np.searchsorted(u[order], np.arange(streets.node_count + 1))
    counts = (starts[1:] - starts[:-1])[v]
    first = np.repeat(np.arange(len(u)), counts)
    second = order[np.repeat(starts[v], counts) + np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)]
    turn = np.abs((angle[second] - angle[first] + np.pi) % (2 * np.pi) - np.pi)
    onward = np.flatnonzero(second % len(streets.edge_u) != first % len(streets.edge_u))
    cost = (length[second] + 60.0 * np.minimum(turn / (np.pi / 2), 1.5))[onward]
    graph = csr_array((cost, (first[onward], second[onward])), shape=(len(u), len(u)))
    begin = int(rng.choice(np.flatnonzero(np.isin(u, _anywhere(streets, rng)))))
    weight, before = dijkstra(graph, indices=begin, return_predecessors=True)
    reachable = np.flatnonzero(np.isfinite(weight))
    edge = int(rng.choice(reachable))
    way = [int(v[edge])]
    while edge != begin:
        way.append(int(u[edge]))
        edge = int(before[edge])
    return _Plan([*way, int(u[begin])][::-1], {})


def wanderer(streets: StreetNetwork, rng: Rng) -> _Plan:
    angle, m = _angles(streets), streets.edge_count
    neighbours: dict[int, list[tuple[int, float, float]]] = {}
    for k, (a, b) in enumerate(zip(streets.edge_u.tolist(), streets.edge_v.tolist(), strict=True)):
        neighbours.setdefault(a, []).append((b, float(angle[k]), float(streets.edge_length_m[k])))
        neighbours.setdefault(b, []).append((a, float(angle[m + k]), float(streets.edge_length_m[k])))
    way, heading, left_m = [_anywhere(streets, rng)], float(rng.uniform(-np.pi, np.pi)), float(rng.uniform(600, 2500))
    while left_m > 0:
        choices = neighbours[way[-1]]
        pull = np.array([2.5 * np.cos(a - heading) for _, a, _ in choices])
        pick = choices[int(rng.choice(len(choices), p=np.exp(pull) / np.exp(pull).sum()))]
        way.append(pick[0])
        heading, left_m = pick[1], left_m - pick[2]
    return _Plan(way, {int(rng.integers(len(way))): float(rng.exponential(120))})


WALKERS: dict[str, Callable[[StreetNetwork, Rng], _Plan]] = {
    "commuter": commuter,
    "errands": errands,
    "turn_averse": turn_averse,
    "wanderer": wanderer,
}


def _angles(streets: StreetNetwork) -> np.ndarray:
    """Direction of every edge from its first to its last junction, then the other way round; radians."""
    lat, lon = streets.node_lat, streets.node_lon
    east = ((lon[streets.edge_v] - lon[streets.edge_u] + 180) % 360 - 180) * np.cos(np.radians(lat[streets.edge_u]))
    forth = np.arctan2(lat[streets.edge_v] - lat[streets.edge_u], east)
    return np.concatenate([forth, forth + np.pi])


def track(streets: StreetNetwork, plan: _Plan, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Where the walker is every STEP_S seconds: lat and lon, with a pace that drifts between 0.7 and 1.85 m/s."""
    edge_of = {(a, b): k for k, (a, b) in enumerate(zip(streets.edge_u.tolist(), streets.edge_v.tolist(), strict=True))}
    pace = float(np.clip(rng.normal(1.3, 0.2), 0.75, 1.8))
    lat, lon = [], []
    for number, (a, b) in enumerate(zip(plan.nodes, plan.nodes[1:], strict=False)):
        k = edge_of.get((a, b), edge_of.get((b, a), -1))
        corners = slice(streets.shape_start[k], streets.shape_start[k + 1])
        step = 1 if streets.edge_u[k] == a else -1
        y, x = streets.shape_lat[corners][::step], np.unwrap(streets.shape_lon[corners][::step], period=360)
        along = np.concatenate(
            [[0], np.cumsum(np.hypot(np.diff(y), np.diff(x) * np.cos(np.radians(y[0]))) * M_PER_DEG)]
        )
        speed = float(np.clip(pace * rng.normal(1, 0.08), 0.7, 1.85))
        steps = np.arange(0, along[-1], speed * STEP_S)
        wait = np.zeros(int(plan.stops_s.get(number, 0.0) / STEP_S))
        places = np.concatenate([wait, steps])
        lat.append(np.interp(places, along, y))
        lon.append(np.interp(places, along, x))
    return np.concatenate(lat), (np.concatenate(lon) + 180) % 360 - 180


def passes(city: City, lat: np.ndarray, lon: np.ndarray, first: int, last: int) -> tuple[Pass, ...]:
    """Every camera with the walker in view between two steps; its first stretch there."""
    found = []
    for camera in city.cameras:
        north = (lat[first:last] - camera.lat) * M_PER_DEG
        east = ((lon[first:last] - camera.lon + 180) % 360 - 180) * M_PER_DEG * np.cos(np.radians(camera.lat))
        seen = np.hypot(north, east) <= (camera.range_m or 25.0)
        if camera.headings_deg:
            off = (np.degrees(np.arctan2(east, north)) - camera.headings_deg[0] + 180) % 360 - 180
            seen &= np.abs(off) <= (camera.fov_deg or 90.0) / 2
        at = np.flatnonzero(seen)
        if len(at):
            end = at[np.flatnonzero(np.diff(at, append=10**9) > 1)[0]]
            found.append(Pass(camera.id, _moment(first + at[0]), _moment(first + end)))
    return tuple(found)


def _moment(step: float) -> datetime:
    return START + timedelta(seconds=float(step) * STEP_S)


def _sighting(lat: float, lon: float, step: int, rng: Rng) -> Sighting:
    """A report that lies up to 30 m off, and says 40 m."""
    away, around = 30.0 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
    north, east = away * np.cos(around) / M_PER_DEG, away * np.sin(around) / (M_PER_DEG * np.cos(np.radians(lat)))
    return Sighting(f"s{step}", "case", lat + north, (lon + east + 180) % 360 - 180, 40.0, _moment(step))


def trips(city: City, walker: str, count: int, *, is_open: bool, seed: int) -> list[Trip]:
    """
    Walks of one kind that at least one camera saw.

    Open walks are last sighted after 30 to 60 % of the way. "Now" is the end of the walk for a third of them, in its
    middle for a third, and up to 20 minutes after it for a third: nobody knows when a missing person stops walking.
    """
    rng = np.random.default_rng(seed)
    found: list[Trip] = []
    while len(found) < count:
        plan = WALKERS[walker](city.streets, rng)
        if len(plan.nodes) < 6:
            continue
        lat, lon = track(city.streets, plan, rng)
        end, seen = len(lat) - 1, 0
        sightings = [_sighting(lat[0], lon[0], 0, rng)]
        if is_open:
            seen = int(end * rng.uniform(0.3, 0.6))
        sightings.append(_sighting(lat[seen if is_open else end], lon[seen if is_open else end], seen or end, rng))
        now = [end, int(seen + (end - seen) * rng.uniform(0.4, 1.0)), end + int(rng.uniform(60, 1200) / STEP_S)]
        until = now[int(rng.integers(3))] if is_open else end
        real = passes(city, lat, lon, seen, min(until, end) + 1)
        if real and end * STEP_S > 240:
            found.append(Trip(walker, is_open, tuple(sightings), _moment(until), real))
    return found
