"""How good the ranking is, beside two plain ones: distance to the last sighting, and to the straight line.

  python -m benchmarks.ranking [WALKS]

On Helsinki by ../shared/ranking/score_walks.py where that is there, then on the invented cities of `cities`, with
WALKS (4 unless given) open and as many closed walks for each city and kind of walker. What the columns mean:

  recall@K   share of the cameras that really saw the walker among the first K
  hit@10     share of walks with at least one such camera among the first 10
  inside     share of true passes wholly inside the camera's window
  minutes    median minutes of footage watched, camera after camera, until the walker is first seen; a ranking without
             windows costs all the time there is
"""

import importlib.util
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median_low
from tempfile import TemporaryDirectory
from types import ModuleType

import numpy as np

from benchmarks.cities import WALKERS, City, Trip, invented_cities, trips
from data.importers import read_cameras
from data.models import Mode
from geo.distance import distances_m
from geo.ranking import rank
from geo.route import distances_to_route_m
from geo.streets_files import read_streets
from geo.walks import answer, parse_walk

SHARED = Path(__file__).resolve().parents[2] / "shared/ranking"


@dataclass(frozen=True)
class Listed:
    """One camera of an answer; without a window, times are None."""

    camera_id: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Score:
    """How one answer did; `inside` has one entry a true pass, and none for rankings without windows."""

    recall: tuple[float, float, float]
    hit: bool
    inside: tuple[bool, ...]
    minutes: float


Ranker = Callable[[City, Trip], list[Listed]]


def ours(city: City, trip: Trip) -> list[Listed]:
    ranking = rank(city.cameras, trip.sightings, now=trip.now, mode=Mode.WALK, streets=city.streets)
    return [Listed(c.camera.id, c.start.timestamp(), c.end.timestamp()) for c in ranking.cameras]


def by_last_sighting(city: City, trip: Trip) -> list[Listed]:
    lat, lon, last = *_places(city), trip.sightings[-1]
    return _nearest_first(city, distances_m(last.lat, last.lon, lat, lon))


def by_straight_line(city: City, trip: Trip) -> list[Listed]:
    ends = [(s.lat, s.lon) for s in trip.sightings]
    return _nearest_first(city, distances_to_route_m(*_places(city), ends))


RANKERS: dict[str, Ranker] = {
    "distance to last sighting": by_last_sighting,
    "distance to straight line": by_straight_line,
    "this ranking": ours,
}


def _places(city: City) -> tuple[np.ndarray, np.ndarray]:
    return np.array([c.lat for c in city.cameras]), np.array([c.lon for c in city.cameras])


def _nearest_first(city: City, away_m: np.ndarray) -> list[Listed]:
    return [Listed(city.cameras[k].id) for k in np.argsort(away_m, kind="stable")]


def scored(trip: Trip, listed: Sequence[Listed]) -> Score:
    """By the definitions of score_walks.py, but `inside` for open walks too."""
    seen = {p.camera_id: (p.enter.timestamp(), p.exit.timestamp()) for p in trip.passes}
    order = [camera.camera_id for camera in listed]
    five, ten, twenty = (len(seen.keys() & set(order[:k])) / len(seen) for k in (5, 10, 20))
    window = {c.camera_id: (c.start_s, c.end_s) for c in listed if c.start_s is not None and c.end_s is not None}
    # 2 ms, since windows are told to the millisecond
    inside = tuple(
        camera in window and window[camera][0] <= enter + 0.002 and leave - 0.002 <= window[camera][1]
        for camera, (enter, leave) in seen.items()
    )
    return Score((five, ten, twenty), ten > 0, inside if window else (), _minutes_watched(trip, listed, seen))


def _minutes_watched(trip: Trip, listed: Sequence[Listed], seen: dict[str, tuple[float, float]]) -> float:
    first = trip.sightings[-1 if trip.is_open else 0].at.timestamp()
    watched_s = 0.0
    for camera in listed:
        start_s = first if camera.start_s is None else camera.start_s
        end_s = trip.now.timestamp() if camera.end_s is None else camera.end_s
        watched_s += max(0.0, end_s - start_s)
        enter, leave = seen.get(camera.camera_id, (np.inf, -np.inf))
        if start_s <= leave and enter <= end_s:
            break
    return watched_s / 60.0


def print_row(name: str, what: str, scores: Sequence[Score]) -> None:
    recall = [fmean(s.recall[k] for s in scores) for k in range(3)]
    inside = [told for s in scores for told in s.inside]
    print(
        f"{name:28s} {what:18s} recall@5 {recall[0]:.3f}  @10 {recall[1]:.3f}  @20 {recall[2]:.3f}  "
        f"hit@10 {fmean(s.hit for s in scores):.3f}  inside {f'{fmean(inside):.3f}' if inside else '  -  '}  "
        f"minutes {median_low(s.minutes for s in scores):.0f}"
    )


def helsinki() -> None:
    """All walks of ../shared, judged by the script that lies beside them."""
    folder, script = SHARED / "helsinki", SHARED / "score_walks.py"
    if not (folder.is_dir() and script.is_file()):
        print("helsinki: skipped: no ../shared")
        return
    cameras = read_cameras((folder / "cameras.geojson").read_bytes(), "cameras.geojson").cameras
    begun = time.perf_counter()
    streets = read_streets(folder / "streets.geojson")
    loaded = time.perf_counter()
    walks = (folder / "walks.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [json.dumps(answer(parse_walk(walk), cameras, streets)) for walk in walks]
    done = time.perf_counter()
    print(f"helsinki: {len(walks)} walks, {len(cameras)} cameras; streets {loaded - begun:.1f} s, ", end="")
    print(f"ranking {done - loaded:.1f} s ({(done - loaded) / len(walks):.3f} s a walk)")
    with TemporaryDirectory() as place:
        told = Path(place) / "answers.jsonl"
        told.write_text("\n".join(answers) + "\n", encoding="utf-8")
        names = ("walks.jsonl", "truth.jsonl", "cameras.geojson")
        _loaded(script).main(*(str(folder / name) for name in names), str(told))


def _loaded(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def own_cities(count: int) -> None:
    """Invented cities, where nothing was tuned; a table for each, and ours by the kind of walker."""
    by_walker: dict[tuple[str, bool], list[Score]] = {}
    for city in invented_cities():
        print(f"{city.name}: {len(city.cameras)} cameras, half with a heading; {city.streets.edge_count} streets")
        for is_open in (False, True):
            walks = [t for seed, w in enumerate(WALKERS) for t in trips(city, w, count, is_open=is_open, seed=seed)]
            for name, ranker in RANKERS.items():
                scores = [scored(trip, ranker(city, trip)) for trip in walks]
                print_row(name, _kind(is_open), scores)
            for trip, score in zip(walks, scores, strict=True):  # the last ranker is ours
                by_walker.setdefault((trip.walker, is_open), []).append(score)
    print("this ranking, by the kind of walker, over these cities")
    for (walker, is_open), scores in sorted(by_walker.items(), key=lambda item: (item[0][1], item[0][0])):
        print_row(walker, f"{_kind(is_open)}, {len(scores)} walks", scores)


def _kind(is_open: bool) -> str:
    return "open" if is_open else "closed"


def main(count: int = 4) -> int:
    helsinki()
    own_cities(count)
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
