"""Small made-up towns, and people who walk through them no faster than they can."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.models import Camera, Sighting
from geo.coverage import view_of
from geo.distance import Floats, bearings_deg, destinations, distances_m
from geo.streets import ON_FOOT, ON_WHEELS, StreetNetwork
from geo.streets_build import Ways, build_network
from tests.factories import NOON, a_sighting

NOON_S = NOON.timestamp()


def grid_town(lat: float, lon: float, *, side: int = 8, block_m: float = 90.0, seed: int = 1) -> StreetNetwork:
    """Crooked blocks with some streets missing; (lat, lon) is the south-west corner."""
    rng = np.random.default_rng(seed)
    east, north = np.meshgrid(np.arange(side) * block_m, np.arange(side) * block_m)
    east = east.ravel() + rng.uniform(-25, 25, side * side)
    north = north.ravel() + rng.uniform(-25, 25, side * side)
    lats, lons = destinations(lat, lon, np.degrees(np.arctan2(east, north)), np.hypot(east, north))
    ways = [(k, k + 1) for k in range(side * side) if (k + 1) % side]
    ways += [(k, k + side) for k in range(side * (side - 1))]
    return town([way for way in ways if rng.random() > 0.15], lats, lons)


def town(ways: Sequence[tuple[int, ...]], lats: Floats, lons: Floats) -> StreetNetwork:
    """Streets through numbered places."""
    key = np.array([k for way in ways for k in way], dtype=np.int64)
    start = np.concatenate([[0], np.cumsum([len(way) for way in ways])]).astype(np.int64)
    use = np.full(len(ways), ON_FOOT | ON_WHEELS, dtype=np.uint8)
    return build_network(Ways(key, np.asarray(lats)[key], np.asarray(lons)[key], start, use))


def cameras_in(streets: StreetNetwork, count: int, *, seed: int = 2) -> list[Camera]:
    """Cameras beside the streets: some see all round, some one way or two, near or far."""
    rng = np.random.default_rng(seed)
    corner = rng.integers(len(streets.shape_lat), size=count)
    lats, lons = destinations(
        streets.shape_lat[corner], streets.shape_lon[corner], rng.uniform(0, 360, count), rng.uniform(0.5, 20, count)
    )
    return [_camera(rng, f"cam-{k}", float(lats[k]), float(lons[k])) for k in range(count)]


def _camera(rng: np.random.Generator, id: str, lat: float, lon: float) -> Camera:
    headings = tuple(rng.uniform(0, 360, rng.integers(0, 3)).tolist())
    fov_deg = float(rng.uniform(20, 330)) if rng.random() < 0.7 else None
    range_m = float(rng.uniform(15, 60)) if rng.random() < 0.7 else None
    return Camera(id, f"Camera {id}", lat, lon, headings, fov_deg, range_m)


@dataclass(frozen=True)
class Track:
    """Where somebody truly was: places at rising POSIX seconds, close enough together to miss no camera for long."""

    lat: Floats
    lon: Floats
    at_s: Floats

    def sighting(self, k: int, rng: np.random.Generator, *, radius_m: float, tolerance_s: float) -> Sighting:
        """The truth at moment k, told wrongly by no more than radius and tolerance."""
        off_m = radius_m * 0.999 * float(np.sqrt(rng.random()))
        lat, lon = destinations(self.lat[k], self.lon[k], rng.uniform(0, 360), off_m)
        told_s = float(self.at_s[k]) + tolerance_s * float(rng.uniform(-0.999, 0.999))
        return a_sighting(
            f"s-{k}", lat=float(lat), lon=float(lon), radius_m=radius_m, tolerance_s=tolerance_s, at=moment(told_s)
        )

    def passes(self, cameras: list[Camera]) -> NDArray[np.bool_]:
        """
        Which camera truly sees which moment, shape ``(cameras, moments)``.

        A centimetre and a tenth of a degree inside the edges of its view, where no rounding reaches.
        """
        return np.stack([_sees(camera, self.lat, self.lon) for camera in cameras])


def _sees(camera: Camera, lat: Floats, lon: Floats) -> NDArray[np.bool_]:
    view = view_of(camera)
    away_m = distances_m(camera.lat, camera.lon, lat, lon)
    seen = np.asarray(away_m <= view.range_m - 0.01)
    if not view.headings_deg:
        return seen
    bearing = bearings_deg(camera.lat, camera.lon, lat, lon)
    off = np.stack([np.abs((bearing - heading + 180) % 360 - 180) for heading in view.headings_deg])
    return np.asarray(seen & (away_m > 0.5) & (off.min(axis=0) <= view.fov_deg / 2 - 0.1))


def moment(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Walkers:
    """People who wander through a town, turn back, stop, and go up to top speed."""

    streets: StreetNetwork
    top_m_s: float

    @cached_property
    def _edges_at(self) -> list[list[tuple[int, bool]]]:
        """For each junction, the edges that start from it and whether they do so at their first end."""
        around: list[list[tuple[int, bool]]] = [[] for _ in range(self.streets.node_count)]
        for edge, (u, v) in enumerate(zip(self.streets.edge_u, self.streets.edge_v, strict=True)):
            around[u].append((edge, True))
            around[v].append((edge, False))
        return around

    def _along(self, edge: int, at_m: Floats) -> tuple[Floats, Floats]:
        streets = self.streets
        corners = slice(streets.shape_start[edge], streets.shape_start[edge + 1])
        lats, lons = streets.shape_lat[corners], np.unwrap(streets.shape_lon[corners], period=360.0)
        corner_m = np.concatenate([[0.0], np.cumsum(distances_m(lats[:-1], lons[:-1], lats[1:], lons[1:]))])
        lon = np.interp(at_m, corner_m, lons)
        return np.interp(at_m, corner_m, lats), (lon + 180.0) % 360.0 - 180.0

    def wander(self, rng: np.random.Generator, *, edges: int, start_s: float = NOON_S) -> Track:
        """A walk over so many edges that starts and ends somewhere along one."""
        streets, parts, now_s = self.streets, [], start_s
        edge, forward = int(rng.integers(streets.edge_count)), bool(rng.random() < 0.5)
        brisk = rng.random() < 0.3  # at top speed all the way
        for n in range(edges):
            length_m = float(streets.edge_length_m[edge])
            first, last = rng.random() if n == 0 else 0.0, rng.random() if n == edges - 1 else 1.0
            first, last = min(first, last), max(first, last)
            gone_m = np.linspace(first, last, max(2, int(length_m * (last - first) / 3.0))) * length_m
            speed_m_s = self.top_m_s * (1.0 if brisk else float(rng.uniform(0.1, 1.0)))
            lat, lon = self._along(edge, gone_m if forward else length_m - gone_m)
            parts.append((lat, lon, now_s + (gone_m - gone_m[0]) / speed_m_s))
            rest_s = 0.0 if brisk or rng.random() < 0.8 else float(rng.uniform(0, 300))
            now_s = float(parts[-1][2][-1]) + rest_s
            junction = int(streets.edge_v[edge] if forward else streets.edge_u[edge])
            around = self._edges_at[junction]
            edge, forward = around[int(rng.integers(len(around)))]
        lats, lons, seconds = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Track(lats, lons, seconds)


def roam(rng: np.random.Generator, place: tuple[float, float], *, top_m_s: float, start_s: float = NOON_S) -> Track:
    """A walk across country: straight from corner to corner, wherever they are."""
    lat, lon, now_s = place[0], place[1], start_s
    parts = []
    for _ in range(int(rng.integers(1, 5))):
        bearing, length_m = rng.uniform(0, 360), rng.uniform(1, 600)
        gone_m = np.linspace(0, length_m, max(2, int(length_m / 8)))
        lats, lons = destinations(lat, lon, bearing, gone_m)
        parts.append((lats, lons, now_s + gone_m / (top_m_s * rng.choice([1.0, rng.uniform(0.1, 1.0)]))))
        lat, lon, now_s = float(lats[-1]), float(lons[-1]), float(parts[-1][2][-1])
    lat_column, lon_column, seconds = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Track(lat_column, lon_column, seconds)
