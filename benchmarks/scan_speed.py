"""How fast a scan is, beside what a user would write instead, in the same run: wall time and CPU, as ratios.

  python -m benchmarks.scan_speed

Uses the Hamilton clip and the test pack of ../shared; says so and leaves where they are missing.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
from insightface.app import FaceAnalysis

from recognition.engines import open_engine
from recognition.scan import reference_vectors, scan

SHARED = Path(__file__).resolve().parents[2] / "shared"
CLIP = SHARED / "faces/face_recognition/short_hamilton_clip.mp4"
PERSON = SHARED / "faces/face_recognition/lin-manuel-miranda.png"
PACK = SHARED / "models/test_small"


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """(wall seconds, CPU seconds of this process) of the work."""
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def decode_only() -> None:
    with av.open(str(CLIP)) as container:
        for _ in container.decode(video=0):
            pass


def naive_insightface() -> Callable[[], None]:
    """The loop of most examples: OpenCV, every frame, detection and recognition of every face."""
    app = FaceAnalysis(name="test_small", root=str(SHARED), allowed_modules=["detection", "recognition"])
    app.prepare(ctx_id=-1, det_size=(640, 640))

    def loop() -> None:
        capture = cv2.VideoCapture(str(CLIP))
        while True:
            read, image = capture.read()
            if not read:
                break
            app.get(image)

    return loop


def ours(engine_name: str, cache: Path) -> Callable[[], None]:
    engine = open_engine(engine_name, models_dir=cache, cache_dir=cache)
    references = reference_vectors(engine, [PERSON])
    return lambda: print(
        f"    first similarity {scan(CLIP, engine=engine, references=references).tracks[0].similarity:.3f}"
    )


def main() -> int:
    if not (CLIP.exists() and PACK.exists()):
        print("scan speed: skipped: no ../shared")
        return 0
    with TemporaryDirectory() as folder:
        ways = {
            "decode only (PyAV, one thread)": decode_only,
            "naive InsightFace loop": naive_insightface(),
            "ours, insightface:test_small": ours(f"insightface:{PACK}", Path(folder)),
            "ours, open": ours("open", Path(folder)),
        }
        results = {name: timed(work) for name, work in ways.items()}
    naive_wall, naive_cpu = results["naive InsightFace loop"]
    print(f"scan of {CLIP.name} (9 s, 640x360, crowded)")
    for name, (wall, cpu) in results.items():
        print(f"  {name:34s} {wall:6.2f} s wall {cpu:6.2f} s CPU   {naive_wall / wall:5.1f}x / {naive_cpu / cpu:5.1f}x")
    print("  (last columns: naive loop's wall time and CPU divided by this way's)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
