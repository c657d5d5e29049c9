"""One way of searching one clip, measured in a process of its own; `search` starts that process.

Loops that take a tenth of a second a frame and more are run on a subset (`subset`), and each kind of frame, with
somebody on it and with nobody, is weighted by how many there are.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from benchmarks.made_heads import strangers
from benchmarks.made_truth import Clip, Found, Sight, joined, read_clip
from benchmarks.material import cache_folder
from benchmarks.scan_loops import LOOKS, with_engine
from data.errors import NoFace, SeveralFaces
from data.models import Thoroughness
from recognition.engines import open_engine
from recognition.faces import Engine, Float
from recognition.references import reference_vectors
from recognition.scan import ScanResult, scan
from recognition.similarity import track_similarity


@dataclass(frozen=True)
class Way:
    """What to run: `kind` is a key of KINDS; `engine` and `thoroughness` where it has them."""

    kind: str
    engine: str = ""
    thoroughness: str = ""
    dense: int = 1
    sparse: int = 1
    block: int = 1
    at_once: int = 1
    each: int = 0
    with_strangers: bool = False


@dataclass(frozen=True)
class Outcome:
    """What it cost for the whole clip, and what it found. `looked_at` counts frames on which faces were searched."""

    wall_s: float
    cpu_s: float
    looked_at: int
    found: tuple[Found, ...] = ()
    review_floor: float = 1.0
    embedded: int = 0
    faces_seen: int = 0
    peak_mb: float = 0.0
    quiet_s: float = 0.0
    audited_s: float = 0.0
    audit_tracks: int = 0
    stranger_pairs: int = 0  # tracks x people who are nowhere in the clip
    stranger_candidates: int = 0


@dataclass(frozen=True)
class Cost:
    wall_s: float
    cpu_s: float


class Stopwatch:
    """Wall and CPU seconds of this process, its threads and its ended children, since the beginning."""

    def __init__(self) -> None:
        self._cpu, self._wall = _cpu_s(), time.perf_counter()

    def read(self) -> Cost:
        return Cost(time.perf_counter() - self._wall, _cpu_s() - self._cpu)


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _peak_mb() -> float:
    """This program's own highest resident memory; getrusage's still holds that of the parent before exec."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def search(clip: Clip, way: Way) -> Outcome:
    """Run a way in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scan_ways", json.dumps({"clip": str(clip.path), "way": asdict(way)})]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).resolve().parents[1], check=False)
    if done.returncode:
        raise RuntimeError(f"{way.kind} on {clip.name}: {done.stderr.strip().splitlines()[-1:]}")
    read = json.loads(done.stdout.splitlines()[-1])
    found = tuple(
        Found(tuple(Sight(s["time_s"], tuple(s["box_px"])) for s in f["sights"]), f["similarity"])
        for f in read.pop("found")
    )
    return Outcome(**read, found=found)


def decode_only(clip: Clip, _way: Way) -> Outcome:
    """PyAV, two threads, every frame decoded and dropped; the better of two runs."""
    costs = []
    for _ in range(2):
        watch = Stopwatch()
        with av.open(str(clip.path)) as container:
            container.streams.video[0].codec_context.thread_count = 2
            container.streams.video[0].thread_type = "AUTO"
            for _frame in container.decode(video=0):
                pass
        costs.append(watch.read())
    return Outcome(min(c.wall_s for c in costs), min(c.cpu_s for c in costs), 0)


def keyframes(clip: Clip, way: Way) -> Outcome:
    """Only keyframes are decoded; with an engine, every face in them is compared."""
    look, floor = with_engine(clip, way.engine) if way.engine else (None, 1.0)
    seen: list[tuple[Sight, float | None]] = []
    watch, n = Stopwatch(), 0
    with av.open(str(clip.path)) as container:
        container.streams.video[0].codec_context.skip_frame = "NONKEY"
        for frame in container.decode(video=0):
            n += 1
            if look is not None:
                seen += [
                    (Sight(frame.time, box), alike)
                    for box, alike in look(np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8))
                ]
    cost = watch.read()
    return Outcome(cost.wall_s, cost.cpu_s, n if look else 0, tuple(joined(seen)), floor, len(seen), len(seen))


def ours(clip: Clip, way: Way) -> Outcome:
    """LastSeen's scan."""
    engine = open_engine(way.engine, models_dir=cache_folder(), cache_dir=cache_folder())
    references = reference_vectors(engine, list(clip.references))
    engine.detect(np.zeros((360, 640, 3), np.uint8))
    how: dict[str, Any] = {"thoroughness": Thoroughness(way.thoroughness), "at_once": way.at_once}
    watch = Stopwatch()
    result = scan(clip.path, engine=engine, references=references, **how)
    cost = watch.read()
    found = tuple(
        Found(
            (Sight(t.start_s, t.first_box_px), Sight(t.best_s, t.best_box_px), Sight(t.end_s, t.last_box_px)),
            t.similarity,
        )
        for t in result.tracks
    )
    coverage = result.coverage
    alike = _to_strangers(engine, result) if way.with_strangers else []
    candidates = sum(value >= engine.info.review_floor for value in alike)
    return Outcome(
        cost.wall_s, cost.cpu_s, coverage.frames_examined, found, engine.info.review_floor,
        coverage.faces_embedded, coverage.faces_seen, quiet_s=coverage.quiet_s, audited_s=coverage.audited_s,
        audit_tracks=coverage.audit_tracks, stranger_pairs=len(alike), stranger_candidates=candidates,
    )  # fmt: skip


def _to_strangers(engine: Engine, result: ScanResult) -> list[float]:
    """The similarity of each track with each person who is nowhere in made footage."""
    found: list[float] = []
    for photos in strangers().values():
        usable = [vectors for photo in photos if (vectors := _vectors(engine, photo)) is not None]
        if usable:
            all_photos = np.concatenate(usable)
            found += [track_similarity(engine, t.vectors, all_photos) for t in result.tracks if t.vectors is not None]
    return found


def _vectors(engine: Engine, photo: Path) -> Float | None:
    try:
        return reference_vectors(engine, [photo]).vectors
    except (NoFace, SeveralFaces):
        return None


def loop(clip: Clip, way: Way) -> Outcome:
    """What a user would write: OpenCV reads every frame, every face is found and compared; on the frames `way` names.

    What is run is measured with the reading of its frames, and counts for its kind of frame, busy or empty.
    """
    look, floor = LOOKS[way.kind](clip) if way.kind in LOOKS else with_engine(clip, way.engine)
    times = _times(clip.path)
    busy = [any(a.box_at(t) is not None for a in clip.appearances) for t in times]
    due = subset(busy, way)
    spent: dict[bool, list[Cost]] = {True: [], False: []}
    seen: list[tuple[Sight, float | None]] = []
    capture = cv2.VideoCapture(str(clip.path))
    for time_s, is_busy, is_due in zip(times, busy, due, strict=True):
        if not is_due:
            capture.grab()
            continue
        watch = Stopwatch()
        is_read, image = capture.read()
        if not is_read:
            break
        faces = look(np.asarray(image, dtype=np.uint8))
        spent[is_busy].append(watch.read())
        seen += [(Sight(time_s, box), alike) for box, alike in faces]
    weights = {kind: 1.0 if way.each else busy.count(kind) / max(1, len(costs)) for kind, costs in spent.items()}
    return Outcome(
        sum(weights[kind] * sum(c.wall_s for c in costs) for kind, costs in spent.items()),
        sum(weights[kind] * sum(c.cpu_s for c in costs) for kind, costs in spent.items()),
        sum(due), tuple(joined(seen)), floor, len(seen), len(seen),
    )  # fmt: skip


def subset(busy: list[bool], way: Way) -> list[bool]:
    """Which frames to run: one of `dense` with somebody on them, of the others `block` in a row of `sparse` blocks.

    With `each`, one of so many frames whoever is on them, as a loop at a lower rate does.
    """
    if way.each:
        return [at % way.each == 0 for at in range(len(busy))]
    met = {True: 0, False: 0}
    due: list[bool] = []
    for is_busy in busy:
        at = met[is_busy]
        due.append(at % way.dense == 0 if is_busy else at // way.block % way.sparse == 0)
        met[is_busy] += 1
    return due


def _times(path: Path) -> list[float]:
    """When each frame is shown, in order; nothing is decoded."""
    with av.open(str(path)) as container:
        found = [float(p.pts * p.time_base) for p in container.demux(video=0) if p.pts is not None and p.time_base]
    return sorted(found)


KINDS: dict[str, Callable[[Clip, Way], Outcome]] = {
    "decode": decode_only,
    "keyframes": keyframes,
    "ours": ours,
    "every": loop,
    "naive-insightface": loop,
    "face_recognition": loop,
}


def main(argument: str) -> int:
    asked = json.loads(argument)
    clip, way = read_clip(Path(asked["clip"])), Way(**asked["way"])
    if clip is None:
        print(f"{asked['clip']}: no such clip with truth", file=sys.stderr)
        return 2
    outcome = asdict(KINDS[way.kind](clip, way))
    outcome["peak_mb"] = _peak_mb()
    print(json.dumps(outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
