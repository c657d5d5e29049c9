"""Watches a camera live for long: a real worker and the real recogniser, a camera played from footage on loopback.

    python scripts/live_test.py --minutes 30            (make live-test)

A man walks by again and again; now and then the woman sought comes along. She must be reported once each time, with
time and place, and nobody else. In between the camera stalls, freezes, goes black and hangs up, and each must stand
among the gaps. The memory of the worker and of the process that looks at the pictures must not grow.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import av  # noqa: E402  once the path is set
import cv2  # noqa: E402

from casework import cases, jobs, live  # noqa: E402
from casework.addresses import parsed_networks  # noqa: E402
from casework.footage import true_time  # noqa: E402
from data.models import Area, utc_now  # noqa: E402
from data.store import Store, open_store  # noqa: E402
from recognition.faces import Image  # noqa: E402
from tests.casework.cameras_live import Mood, RtspCamera  # noqa: E402
from tests.factories import a_camera, an_authority  # noqa: E402
from tests.fakes import Anyone  # noqa: E402

CLIPS = ROOT.parent / "shared" / "faces" / "intel_corridor"
RATE = 12.0
STRANGER_S = 18.0
"""So long the man is there alone between two of her passes."""
MOODS: tuple[tuple[float, Mood], ...] = (
    (0.30, "stalls"), (0.34, "plays"), (0.44, "freezes"), (0.52, "plays"), (0.60, "black"), (0.64, "plays"),
    (0.72, "away"), (0.75, "plays"),
)  # fmt: skip
"""What the camera does, by share of the time."""


@dataclass
class Stage:
    """Plays the clips, and notes when she was to be seen."""

    passes: list[tuple[datetime, datetime]] = field(default_factory=list)

    def pictures(self) -> Iterator[Image]:
        stranger, both = (
            _frames("head-pose-face-detection-male.gif"),
            _frames("head-pose-face-detection-female-and-male.gif"),
        )
        while True:
            for _ in range(round(STRANGER_S * RATE / len(stranger))):
                yield from stranger
            began = utc_now()
            yield from both
            self.passes.append((began, utc_now()))


def _frames(name: str) -> list[Image]:
    with av.open(str(CLIPS / name)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def _case(store: Store, home: Path, url: str, minutes: float) -> str:
    with store.writing() as writing:
        writing.put_camera(a_camera(range_m=8.0))
    case = cases.open_case(store, number="live", name="Woman of the corridor", authority=an_authority(), by="test")
    camera = store.camera("cam-1")
    point = {"type": "Point", "coordinates": [camera.lon, camera.lat]}
    with store.writing() as writing:
        writing.put_area(Area(case.id, ({"type": "Feature", "geometry": point, "properties": {"radius": 100.0}},)))
    path = home / "photo.png"
    cv2.imwrite(str(path), _frames("head-pose-face-detection-female.gif")[0])
    with path.open("rb") as stream:
        photo = cases.add_photo(store, case.id, stream=stream, original_name="photo.png", by="test")
    jobs.check_photo(store, photo.id, engine="open", by="test")
    until = time.monotonic() + 120
    while not store.photo(photo.id).is_usable:
        if time.monotonic() > until:
            raise SystemExit(f"the photo was not taken: {store.photo(photo.id).problem}")
        time.sleep(0.5)
    ends_at = utc_now() + timedelta(minutes=minutes + 5)
    live.turn_on(
        store, case.id, camera_id="cam-1", address=url, ends_at=ends_at, engine="open", by="test",
        allowed=parsed_networks("127.0.0.0/8"),
    )  # fmt: skip
    return case.id


def _memory_mb(pid: int) -> dict[str, float]:
    """Resident memory of the worker, and of the largest process that it started, in MiB."""
    found = {"worker": _resident_mb(pid)}
    children = Path(f"/proc/{pid}/task").glob("*/children")
    for child in {int(word) for path in children for word in path.read_text().split()}:
        found["eyes"] = max(found.get("eyes", 0.0), _resident_mb(child))
    return found


def _resident_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    except OSError:
        return 0.0


def _in_moods(camera: RtspCamera, seconds: float, over: threading.Event) -> None:
    began = time.monotonic()
    for share, mood in MOODS:
        if over.wait(max(0.0, began + share * seconds - time.monotonic())):
            return
        camera.mood = mood
        if mood == "away":
            camera.drop()


def main(minutes: float, out: Path | None) -> int:
    stage = Stage()
    camera = RtspCamera(stage.pictures, rate=RATE)
    with tempfile.TemporaryDirectory(prefix="live-test-") as folder:
        home = Path(folder)
        told = {"LASTSEEN_HOME": folder, "LASTSEEN_ALLOWED_NETWORKS": "127.0.0.0/8", "LASTSEEN_THREADS": "1"}
        store = open_store(home).guarded(Anyone())
        command = [sys.executable, str(ROOT / "cli.py"), "worker"]
        with (home / "worker.log").open("wb") as log:
            worker = subprocess.Popen(command, env=os.environ | told, cwd=ROOT, stdout=log, stderr=log)
        try:
            report = _watch(store, home, camera, stage, worker.pid, minutes)
        finally:
            worker.terminate()
            worker.wait(30)
            camera.close()
        report["worker_log"] = (home / "worker.log").read_text()[-2000:]
    text = json.dumps(report, indent=1, default=str)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)
    sys.stdout.write(text + "\n")
    return 0 if report["is_well"] else 1


def _watch(
    store: Store, home: Path, camera: RtspCamera, stage: Stage, worker_pid: int, minutes: float
) -> dict[str, object]:
    case_id = _case(store, home, camera.url, minutes)
    over = threading.Event()
    began, seconds = time.monotonic(), minutes * 60
    threading.Thread(target=_in_moods, args=(camera, seconds, over), daemon=True).start()
    memory: list[dict[str, float]] = []
    while time.monotonic() - began < seconds:
        time.sleep(5.0)
        memory.append(_memory_mb(worker_pid))
    over.set()
    (watched,) = live.watched(store, case_id)
    found = sorted(
        (true_time(store.footage(m.footage_id), m.track.best_s), round(m.track.similarity, 3))
        for m in store.matches(case_id)
    )
    first = watched.watch.started_at
    seen = [one for one in stage.passes if one[0] > first and not _in_gap(one, watched.gaps)]
    slack = timedelta(seconds=3)
    of_pass = [[at for at, _ in found if start - slack <= at <= end + slack] for start, end in seen]
    in_gaps = [one for one in stage.passes if _in_gap(one, watched.gaps)]
    stray = [at for at, _ in found if not any(s - slack <= at <= e + slack for s, e in stage.passes)]
    thirds = [memory[len(memory) * k // 3 : len(memory) * (k + 1) // 3] for k in range(3)]
    growth = {
        name: round(
            statistics.median(m.get(name, 0.0) for m in thirds[2])
            - statistics.median(m.get(name, 0.0) for m in thirds[1]),
            1,
        )
        for name in ("worker", "eyes")
    }
    once = sum(len(times) == 1 for times in of_pass)
    return {
        "minutes": minutes,
        "looks": watched.watch.looks,
        "faces": watched.watch.faces,
        "passes_to_be_seen": len(seen),
        "reported_once": once,
        "reported_never": sum(not times for times in of_pass),
        "reported_more_than_once": sum(len(times) > 1 for times in of_pass),
        "passes_within_gaps": len(in_gaps),
        "reported_at_no_pass": [str(at) for at in stray],
        "similarities": [similarity for _, similarity in found],
        "gaps": [
            {
                "state": gap.state,
                "seconds": round(((gap.to_at or utc_now()) - gap.from_at).total_seconds(), 1),
                "why": gap.why,
            }
            for gap in watched.gaps
        ],
        "memory_mb": {
            name: [round(statistics.median(m.get(name, 0.0) for m in third), 1) for third in thirds]
            for name in ("worker", "eyes")
        },
        "growth_last_third_mb": growth,
        "is_well": 0 < once == len(seen) and not stray and all(value < 15 for value in growth.values()),
        "state": asdict(watched.watch)["state"],
    }


def _in_gap(one: tuple[datetime, datetime], gaps: tuple[live.LiveGap, ...]) -> bool:
    return any(gap.from_at <= one[1] and (gap.to_at is None or gap.to_at >= one[0]) for gap in gaps)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    sys.exit(main(given.minutes, given.out))
