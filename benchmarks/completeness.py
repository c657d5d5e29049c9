"""How many of the people who appear a scan finds, by face size and by time on screen, beside the naive loops.

    python -m benchmarks.completeness                 240 appearances (about 40 minutes on two cores)
    python -m benchmarks.completeness --quick         48 appearances, fewer ways (about 3 minutes)
    python -m benchmarks.completeness --engines insightface --thoroughness balanced every-frame
    python -m benchmarks.completeness --scenes quiet --missed

Composites (benchmarks.footage_made): heads of ../shared, the person sought and strangers, in the empty room and in the
swaying noisy scene, every class of size and time equally often, two people at once at most, each in a half of the
picture. False candidates: tracks at or above the review floor for people who are nowhere in the clip, an hour of
footage and person sought.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from benchmarks.footage_made import RATE, Plan, made, plan_of, role
from benchmarks.made_heads import Head, strangers
from benchmarks.made_people import Role
from benchmarks.made_scenes import WIDTH
from benchmarks.made_truth import SIZE_CLASSES_PX, TIME_CLASSES_S, Appearance, Clip, of_class, score
from benchmarks.material import ENGINES, missing
from benchmarks.scan_speed import THOROUGHNESS, described, short
from benchmarks.scan_ways import Outcome, Way, search

SCENES = ("quiet", "noisy")
ROUNDS, QUICK_ROUNDS = 10, 2  # appearances of each class of size and time, in each scene
LANES = 2
LARGEST_PX, LONGEST_S = 96.0, 4.0
LONGEST_GAP_S = 3.0
_MEAN_S = 2.0 + LONGEST_GAP_S / 2  # of an appearance and the gap after it
PROMISED_PX, PROMISED_S = 32.0, 1.0  # what `balanced` promises to find

FOOTNOTE = f"""\
  promised: a face of {PROMISED_PX:.0f} px or more for {PROMISED_S:g} s or more. Elsewhere: tracks on nobody.
  False candidates: in an hour, for each of {{people}} people who are nowhere in it (candidates/tracks x people)."""


def plan_for(scene: str, *, quick: bool) -> Plan:
    """A crowded form of the quiet or noisy clip."""
    n = len(SIZE_CLASSES_PX) * len(TIME_CLASSES_S) * (QUICK_ROUNDS if quick else ROUNDS)
    seconds = int(n / LANES * _MEAN_S) + 8
    return replace(plan_of(scene), name=f"crowd-{scene}", seconds=seconds, appearances=n, seed=20 + SCENES.index(scene))


def crowd(plan: Plan, heads: list[Head]) -> list[Role]:
    """Who appears: classes of size and time in a random order, in each half of the picture one after the other."""
    rng = np.random.default_rng(plan.seed)
    classes = list(product(SIZE_CLASSES_PX, TIME_CLASSES_S))
    order = [classes[i % len(classes)] for i in range(plan.appearances)]
    rng.shuffle(order)
    sought = [h for h in heads if h.person == plan.sought]
    others = [h for h in heads if h.person != plan.sought]
    free_s = [0.5] * LANES
    roles: list[Role] = []
    for i, (sizes, times) in enumerate(order):
        lane = int(np.argmin(free_s))
        face_px = float(np.floor(rng.uniform(sizes[0], min(sizes[1], LARGEST_PX))))
        visible_s = round(float(rng.uniform(times[0], min(times[1], LONGEST_S))) * RATE - 0.5) / RATE
        start_s = round((free_s[lane] + float(rng.uniform(0.0, LONGEST_GAP_S))) * RATE) / RATE
        head = sought[i % len(sought)] if i % 4 == 0 else others[i % len(others)]
        free_s[lane] = start_s + visible_s
        if free_s[lane] < plan.seconds:
            roles.append(_in_lane(role(i, head, i % 4 == 0, start_s, max(visible_s, times[0]), face_px, rng), lane))
    return roles


def _in_lane(person: Role, lane: int) -> Role:
    """The same person, walking half as far, in one half of the picture."""
    return replace(person, x=(person.x + lane * WIDTH) / LANES, vx=person.vx / LANES)


@dataclass(frozen=True)
class Watched:
    """What one way made of all the clips."""

    label: str
    clips: tuple[Clip, ...]
    outcomes: tuple[Outcome, ...]

    def recall(self, choose: Callable[[tuple[Appearance, ...]], list[Appearance]]) -> tuple[int, int]:
        """(found, all) of the appearances that `choose` picks."""
        found = total = 0
        for clip, outcome in zip(self.clips, self.outcomes, strict=True):
            numbers = score(clip.appearances, outcome.found, review_floor=outcome.review_floor).found
            chosen = choose(clip.appearances)
            found, total = found + sum(a.number in numbers for a in chosen), total + len(chosen)
        return found, total


def ways_for(options: argparse.Namespace) -> list[tuple[str, Way]]:
    ways = [("naive InsightFace, 1 frame/s", Way("naive-insightface", each=RATE))]
    if not options.quick:
        ways.append(("MTCNN, every 3rd frame", Way("every", "open", dense=3, sparse=10**6)))
    for engine in options.engines:
        for thoroughness in options.thoroughness:
            if options.quick and (thoroughness == "every-frame" or (thoroughness == "fast" and engine == "open")):
                continue
            label = f"ours, {short(engine)}, {thoroughness}"
            ways.append((label, Way("ours", engine, thoroughness, with_strangers=True)))
    return ways


def report(clips: list[Clip], options: argparse.Namespace) -> list[Watched]:
    """Run all ways on the clips and print recall by classes, a line as soon as it is known."""
    total = sum(len(c.appearances) for c in clips)
    seconds = sum(c.duration_s for c in clips)
    print(f"\ncompleteness: {total} appearances in {seconds:.0f} s of {', '.join(c.name for c in clips)}")
    names = [f"{a:.0f}-{b - 1:.0f} px" if b < 999 else f"{a:.0f}+ px" for a, b in SIZE_CLASSES_PX]
    names += [f"{a:g}-{b:g} s" if b < 999 else f"{a:g}+ s" for a, b in TIME_CLASSES_S]
    columns = "".join(f"{name:>10s}" for name in [*names, "promised", "all"])
    print(f"  {'found, of all in each class':32s}{columns}{'recognised':>12s}{'false cand./h':>15s}{'elsewhere':>11s}")
    found: list[Watched] = []
    for label, way in ways_for(options):
        watched = Watched(label, tuple(clips), tuple(search(c, way) for c in clips))
        found.append(watched)
        print(line(watched), flush=True)
        if options.missed:
            print(missed(watched))
    print(FOOTNOTE.format(people=len(strangers())))
    return found


def line(watched: Watched) -> str:
    always, any_size = (0.0, 10**6), (0.0, 10**6)
    cells = [watched.recall(lambda all_, s=s: of_class(all_, s, always)) for s in SIZE_CLASSES_PX]  # type: ignore[misc]
    cells += [watched.recall(lambda all_, t=t: of_class(all_, any_size, t)) for t in TIME_CLASSES_S]  # type: ignore[misc]
    cells.append(watched.recall(lambda all_: of_class(all_, (PROMISED_PX, 10**6), (PROMISED_S, 10**6))))
    cells.append(watched.recall(list))
    scores = [
        score(c.appearances, o.found, review_floor=o.review_floor)
        for c, o in zip(watched.clips, watched.outcomes, strict=True)
    ]
    recognised = sum(len(s.recognised) for s in scores)
    sought = sum(len(c.sought_appearances) for c in watched.clips)
    text = (
        f"  {watched.label:32s}" + "".join(f"{f'{a}/{n}':>10s}" for a, n in cells) + f"{f'{recognised}/{sought}':>12s}"
    )
    pairs = sum(o.stranger_pairs for o in watched.outcomes)
    hours = sum(c.duration_s for c in watched.clips) / 3600
    hits = sum(o.stranger_candidates for o in watched.outcomes)
    text += f"{f'{hits / hours / len(strangers()):.1f} ({hits}/{pairs})':>15s}" if pairs else f"{'':15s}"
    return text + f"{sum(s.elsewhere for s in scores):11d}"


def missed(watched: Watched) -> str:
    """The appearances that `balanced` promises and that were not found, one a line."""
    lines = []
    for clip, outcome in zip(watched.clips, watched.outcomes, strict=True):
        numbers = score(clip.appearances, outcome.found, review_floor=outcome.review_floor).found
        lines += [
            f"      missed in {clip.name}: {described(a)}"
            for a in of_class(clip.appearances, (PROMISED_PX, 10**6), (PROMISED_S, 10**6))
            if a.number not in numbers
        ]
    return "\n".join(lines) or "      nothing promised was missed"


def main(arguments: list[str] | None = None) -> int:
    if missing():
        print(f"completeness: {missing()}")
        return 0
    parser = argparse.ArgumentParser(description="How many of the people who appear a scan finds.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=list(SCENES))
    parser.add_argument(
        "--engines", nargs="+", choices=[short(e) for e in ENGINES], default=[short(e) for e in ENGINES]
    )
    parser.add_argument("--thoroughness", nargs="+", choices=THOROUGHNESS, default=list(THOROUGHNESS))
    parser.add_argument("--missed", action="store_true", help="name what was promised and not found")
    options = parser.parse_args([] if arguments is None else arguments)
    options.engines = [e for e in ENGINES if short(e) in options.engines]
    report([made(plan_for(scene, quick=options.quick), crowd) for scene in options.scenes], options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
