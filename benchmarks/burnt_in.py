"""How well burnt-in clocks are read: `python -m benchmarks.burnt_in [--clips 240] [--seed 1] [--only negative|clocks]`.

Every clip is made here (benchmarks.made_clocks), read once and thrown away. Counted for each clip with a clock:

- right: the time at `at_s` is what the picture shows there (to a frame and a tenth of a second) and the date is the
  true one, or among the candidates where the reading itself says that day and month are in doubt;
- time only: as right, and no date claimed;
- none: nothing claimed;
- wrong: all else. For a clip without a running clock everything but none is wrong.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from benchmarks.made_clocks import BLACK, CORNERS, EDGES, GREEN, LAYOUTS, SCENES, WHITE, YELLOW, Clip, write
from benchmarks.made_letters import HELD_OUT, families
from benchmarks.material import SHARED
from recognition.burnt_in import ClockReading, read_clock

SIZES = ((640, 360), (1280, 720), (1920, 1080))
CRFS = (20, 26, 32, 36)
_DIGIT_SHARES = (0.022, 0.026, 0.032, 0.04)  # of the picture's height, as recorders have them
_START = datetime(2026, 3, 2, 15, 10, 7)  # noqa: DTZ001 - a recorder's clock has no zone
# moments just before a minute, an hour, a day, a year turns, and any
_EDGES_OF_TIME = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2025-12-31T23:59:54", "2026-02-28T23:59:55", "2026-05-07T09:59:53",
        "2026-07-19T12:59:56", "2024-02-28T23:59:56", "2026-08-08T11:59:57",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What came out of one clip."""

    clip: Clip
    verdict: str
    cpu_s: float
    late_s: float | None
    said: str


def clocks(count: int, seed: int) -> Iterator[Clip]:
    """Clips with a running clock, every property drawn by chance."""
    random = np.random.default_rng(seed)
    fonts = families()
    for number in range(count):
        size = SIZES[number % len(SIZES)]
        if random.random() < 0.3:
            start = _EDGES_OF_TIME[int(random.integers(len(_EDGES_OF_TIME)))]
        else:
            start = datetime(2015, 1, 1) + timedelta(seconds=float(random.uniform(0, 12 * 365 * 86400)))  # noqa: DTZ001
        colour = (WHITE, WHITE, WHITE, YELLOW, GREEN, BLACK)[int(random.integers(6))]
        edge = str(random.choice(EDGES)) if colour is not BLACK else str(random.choice(["outline", "box"]))
        yield Clip(
            size=size,
            start=start + timedelta(milliseconds=int(random.integers(1000))),
            layout=LAYOUTS[int(random.integers(len(LAYOUTS)))],
            family=fonts[number // len(SIZES) % len(fonts)],
            height_px=max(9, round(size[1] * float(random.choice(_DIGIT_SHARES)))),
            colour=colour,
            edge=edge,
            corner=str(random.choice(CORNERS)),
            scene=str(random.choice(SCENES)),
            crf=CRFS[int(random.integers(len(CRFS)))],
            rate=15 if size[1] > 700 else 25,
            seconds=11.8,
            seed=number + 1000 * seed,
        )


def over_real_footage(count: int, seed: int) -> Iterator[Clip]:
    """Clips as `clocks` gives them, before real street, corridor and stage; none without ../shared."""
    names = ("facenet_street/street.mp4", "intel_corridor/one-by-one-person-detection.mp4")
    paths = [SHARED / "faces" / name for name in (*names, "face_recognition/short_hamilton_clip.mp4")]
    paths = [path for path in paths if path.is_file()]
    for number, clip in enumerate(clocks(count if paths else 0, seed + 100)):
        yield replace(clip, scene="real", behind=paths[number // len(SIZES) % len(paths)])


def _running(rate: float, layout: str = "%Y-%m-%d %H:%M:%S") -> Callable[[float], str]:
    return lambda t: (_START + timedelta(seconds=t * rate)).strftime(layout)


def _jumping(time_s: float) -> str:
    return f"12:{int(time_s * 7919) % 60:02d}:{int(time_s * 104729) % 60:02d}"


# what is no clock, or one that cannot be believed
IMPOSTORS: dict[str, Callable[[float], str]] = {
    "no text": lambda _: "",
    "still clock": _running(0),
    "counter twice as fast": _running(2),
    "counter half as fast": _running(0.5),
    "a tenth too fast": _running(1.1),
    "runs backward": _running(-1),
    "number plate": lambda _: "AB 12 34 56",
    "still text like a time": lambda _: "CAM 12:34:56",
    "counts elapsed time": lambda t: f"00:00:{int(t):02d}",
    "jumps": _jumping,
    "counts pictures": lambda t: f"{int(t * 15):08d}",
    "speed and place": lambda t: f"{int(30 + 5 * np.sin(t)):02d} KMH 52.{int(t * 50):04d} 13.4050",
}


def impostors(rounds: int, seed: int) -> Iterator[tuple[str, Clip]]:
    """Clips without a believable clock, each kind in several fonts and sizes."""
    random = np.random.default_rng(seed + 500)
    fonts = families()
    for number in range(rounds):
        for name, says in IMPOSTORS.items():
            size = SIZES[int(random.integers(2))]
            yield (
                name,
                Clip(
                    size=size,
                    family=str(random.choice(fonts)),
                    height_px=max(9, round(size[1] * float(random.choice(_DIGIT_SHARES)))),
                    edge=str(random.choice(EDGES)),
                    corner=str(random.choice(CORNERS)),
                    scene=str(random.choice(SCENES)),
                    crf=CRFS[int(random.integers(3))],
                    seconds=11.8,
                    seed=number + 7000,
                    says=says,
                ),
            )


def verdict(clip: Clip, reading: ClockReading | None) -> tuple[str, float | None]:
    """Right, time only, none or wrong, and by how much `at_s` is late, s."""
    if reading is None:
        return "none", None
    if clip.says is not None:
        return "wrong", None
    truth = clip.start + timedelta(seconds=reading.at_s)
    if not isinstance(reading.shown, datetime):
        shown = datetime.combine(truth.date(), reading.shown)
        late = (truth - shown + timedelta(hours=12)) % timedelta(days=1) - timedelta(hours=12)
        kind = "time only"
    else:
        nearest = min(reading.candidates, key=lambda c: abs(truth - c))  # type: ignore[operator]
        late, kind = truth - nearest, "right"  # type: ignore[operator]
    late_s = late.total_seconds()
    return (kind if -0.1 <= late_s <= 1 / clip.rate + 0.1 or _holds(clip, reading, late_s) else "wrong"), late_s


def _holds(clip: Clip, reading: ClockReading, late_s: float) -> bool:
    """A second that had begun before the first picture cannot be dated better than by that picture."""
    return reading.at_s < 1 / clip.rate and 0 <= late_s < 1


def run(clips: Iterator[tuple[str, Clip]], folder: Path) -> Iterator[tuple[str, Outcome]]:
    """Make, read and judge each clip."""
    for name, clip in clips:
        path = write(folder / "clip.mp4", clip)
        started = time.process_time()
        reading = read_clock(path)
        cpu_s = time.process_time() - started
        judged, late_s = verdict(clip, reading)
        yield (
            name,
            Outcome(clip, judged, cpu_s, late_s, "" if reading is None else f"{reading.text!r} {reading.candidates}"),
        )


def _table(outcomes: list[Outcome], title: str, key: Callable[[Clip], str]) -> None:
    print(f"\n{title:28} right  time only  none  wrong")
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        rows[key(outcome.clip)][outcome.verdict] += 1
    for name, counts in sorted(rows.items()):
        print(f"{name:28} {counts['right']:5} {counts['time only']:10} {counts['none']:5} {counts['wrong']:6}")


def _report(outcomes: list[Outcome]) -> None:
    _table(outcomes, "all", lambda _: "all")
    _table(outcomes, "size", lambda c: f"{c.size[1]}p")
    _table(outcomes, "font", lambda c: c.family + (" *" if c.family in HELD_OUT else ""))
    print("* never trained on")
    _table(outcomes, "x264 CRF", lambda c: str(c.crf))
    _table(outcomes, "edge", lambda c: c.edge + (" (black)" if c.colour is BLACK else ""))
    _table(outcomes, "scene", lambda c: c.scene)
    _table(outcomes, "height of digits, px", lambda c: f"{c.height_px:02d}")
    _table(outcomes, "layout", lambda c: c.layout)
    late = sorted(o.late_s for o in outcomes if o.late_s is not None and o.verdict != "wrong")
    if late:
        print(f"\nat_s late by: median {late[len(late) // 2]:.3f} s, most {late[-1]:.3f} s, least {late[0]:.3f} s")


def _real() -> None:
    print("\nreal footage in ../shared/faces (none has a clock burnt in):")
    paths = sorted(p for p in (SHARED / "faces").rglob("*") if p.suffix in (".mp4", ".gif"))
    for path in paths:
        started = time.process_time()
        print(f"  {path.name}: {read_clock(path)} ({time.process_time() - started:.1f} s CPU)", flush=True)
    if not paths:
        print("  skipped: no ../shared")


def main(arguments: list[str]) -> int:
    """Make, read, count, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("clocks", "negative", "real"))
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    wrong = 0
    with TemporaryDirectory() as folder:
        if chosen.only in (None, "clocks"):
            outcomes = []
            clips = [*clocks(chosen.clips, chosen.seed), *over_real_footage(chosen.clips // 4, chosen.seed)]
            for _, outcome in run((("clock", clip) for clip in clips), Path(folder)):
                outcomes.append(outcome)
                if outcome.verdict != "right":
                    print(f"{outcome.verdict}: {outcome.clip.text(0)} {outcome.clip} {outcome.said}", flush=True)
            _report(outcomes)
            for size in SIZES:
                cpu = [o.cpu_s for o in outcomes if o.clip.size == size]
                print(f"CPU {size[1]}p: median {np.median(cpu):.2f} s, most {max(cpu):.2f} s")
            wrong += sum(o.verdict == "wrong" for o in outcomes)
        if chosen.only in (None, "negative"):
            said: dict[str, Counter[str]] = defaultdict(Counter)
            for name, outcome in run(impostors(max(1, chosen.clips // 40), chosen.seed), Path(folder)):
                said[name][outcome.verdict] += 1
                if outcome.verdict == "wrong":
                    print(f"wrong: {name} {outcome.clip} {outcome.said}", flush=True)
                    wrong += 1
            print("\nno clock to be believed        none  wrong")
            for name, counts in said.items():
                print(f"{name:28} {counts['none']:6} {counts['wrong']:6}")
    if chosen.only in (None, "real"):
        _real()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
