"""How fast very many cameras are searched and ranked, beside a plain numpy haversine pass over all, in the same run.

.venv/bin/python -m benchmarks.geo_speed
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

import numpy as np

from data.models import Mode, Sighting
from geo.index import CameraIndex, RankedPlaces

AT_MOST = {"radius of 2 km": 0.05, "500 m corridor of 200 points": 4.0, "everything ranked, closed": 2.5,
           "everything ranked, open": 2.5}  # fmt: skip
ROUNDS = 15
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def plain_pass(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """The formula as everybody writes it."""
    lat1, lon1, lat2, lon2 = np.radians(51.5), np.radians(0.0), np.radians(lat), np.radians(lon)
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    away_m: np.ndarray = 2 * 6_371_008.8 * np.arcsin(np.sqrt(h))
    return away_m


def side_by_side(plain: Callable[[], object], work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the work, and its share of the plain pass run right before it; medians of ROUNDS turns."""
    work()
    turns = [(seconds(plain), seconds(work)) for _ in range(ROUNDS)]
    return median(work_s for _, work_s in turns), median(work_s / plain_s for plain_s, work_s in turns)


def seconds(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def cameras(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """All in one region of 55 by 55 km around London, half of them in 40 clusters: as dense as it gets."""
    corners = (51.25, -0.4), (51.75, 0.4)
    towns = rng.uniform(*corners, (40, 2))
    clustered = towns[rng.integers(40, size=count // 2)] + rng.normal(0, 0.02, (count // 2, 2))
    places = np.concatenate([clustered, rng.uniform(*corners, (count - count // 2, 2))])
    return places[:, 0], places[:, 1]


def measure(count: int) -> list[tuple[str, float, float]]:
    """Name, seconds, and share of the plain pass of each query over `count` cameras."""
    rng = np.random.default_rng(5)
    lat, lon = cameras(count, rng)
    index = CameraIndex(lat, lon)
    steps = rng.normal((0.0015, 0.002), 0.001, (199, 2)).cumsum(axis=0)
    route = [(51.4, -0.3), *map(tuple, (np.array([51.4, -0.3]) + steps).tolist())]
    seen = [
        Sighting("a", "", 51.45, -0.2, 100.0, START),
        Sighting("b", "", 51.55, 0.1, 100.0, START + timedelta(minutes=45)),
    ]
    at_once, later = START + timedelta(minutes=45), START + timedelta(minutes=90)

    def ranked(now: datetime) -> RankedPlaces:
        return index.ranked(seen, now=now, mode=Mode.CAR, v_max_m_s=300.0)  # hardly any camera is out of reach

    ranked(later), index.along(route, 500.0)  # tree and vectors are made once
    works: dict[str, Callable[[], object]] = {
        "plain haversine pass": lambda: plain_pass(lat, lon),
        "radius of 2 km": lambda: index.within(51.5, 0.0, 2000.0),
        "500 m corridor of 200 points": lambda: index.along(route, 500.0),
        "everything ranked, closed": lambda: ranked(at_once),
        "everything ranked, open": lambda: ranked(later),
    }
    rows = [(name, *side_by_side(lambda: plain_pass(lat, lon), work)) for name, work in works.items()]
    listed = len(ranked(at_once).place)
    print(f"{count:,} cameras; the corridor holds {len(index.along(route, 500.0)):,}, the ranking lists {listed:,}")
    return rows


def main() -> int:
    """Print times and shares for 100,000 and 1,000,000 cameras."""
    for count in (100_000, 1_000_000):
        for name, took, share in measure(count):
            asked = f"asked: at most {AT_MOST[name]}" if name in AT_MOST else ""
            print(f"  {name:30s} {took * 1000:9.2f} ms  {share:7.3f} of the plain pass  {asked}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
