"""How fast a scan is and what it finds, beside what a user would write instead, in the same run.

    python -m benchmarks.scan_speed                          everything (some 40 minutes on two cores)
    python -m benchmarks.scan_speed --quick                  shorter clips, fewer ways
    python -m benchmarks.scan_speed --only quiet --quick     one clip: quiet, noisy, noisy-b, still, hamilton, corridor
    python -m benchmarks.scan_speed --only quiet --ways ours decode      only some ways: decode keyframes ours every
                                                             naive-insightface face_recognition
    python -m benchmarks.scan_speed --engines insightface --thoroughness balanced

Each way runs in a process of its own; CPU is that of all its threads (and children), models loaded beforehand.
Clips are made from ../shared on the first run and kept in $LASTSEEN_BENCH.
"""

import argparse
import sys
from dataclasses import dataclass

from benchmarks.footage_made import made, plan_of
from benchmarks.made_cuts import busiest, cut, repeated
from benchmarks.made_seen import REAL, seen
from benchmarks.made_truth import Appearance, Clip, Score, score
from benchmarks.material import ENGINES, missing
from benchmarks.scan_ways import Outcome, Way, search

MADE = ("quiet", "noisy", "noisy-b", "still")
CLIPS = (*MADE, *REAL)
QUICK_CLIPS = ("quiet", "noisy", "still")
KINDS = ("decode", "keyframes", "face_recognition", "naive-insightface", "every", "ours")
STILL_S = 600.0
EVERY_FRAME_S, QUICK_EVERY_FRAME_S = 20.0, 8.0  # `every-frame` takes too long for a whole clip
DECODE, DLIB, NAIVE = "decode only, 2 threads", "face_recognition's loop", "naive InsightFace loop"
THOROUGHNESS = ("fast", "balanced", "every-frame")


HEADINGS = f"""\
  {"":39s}{"CPU ms":>8s}{"frames":>8s}{"wall /":>8s}{"f_r /":>8s}{"naive /":>8s}{"":>7s}{"recog-":>8s}\
{"false":>6s}{"else-":>6s}{"embedded":>10s}{"looked":>7s}{"peak":>6s}
  {"":39s}{"/ frame":>8s}{"/ s":>8s}{"decode":>8s}{"this":>8s}{"this":>8s}{"found":>7s}{"nised":>8s}\
{"cand.":>6s}{"where":>6s}{"of seen":>10s}{"at":>7s}{"MB":>6s}{"quiet":>7s}{"audit":>7s}"""
FOOTNOTE = """\
  wall / decode: wall time over that of decoding alone. f_r / this, naive / this: CPU of face_recognition's and of the
  naive InsightFace loop over this way's. Loops that look at fewer frames than there are were scaled up. Found: at one
  moment the face lies where the person's is. False cand.: strangers at or above the review floor
  (- where the truth does not hold every face).
  Quiet: share of the clip that the scan called quiet and skipped; audit: share of that examined all the same."""


@dataclass(frozen=True)
class Row:
    """One way on one clip (or on a part of it, then `frames` and the truth are the part's)."""

    label: str
    clip: Clip
    outcome: Outcome

    @property
    def score(self) -> Score:
        return score(self.clip.appearances, self.outcome.found, review_floor=self.outcome.review_floor)

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.outcome.cpu_s / self.clip.frames

    @property
    def fps(self) -> float:
        return self.clip.frames / self.outcome.wall_s


def short(engine: str) -> str:
    return engine.split("/")[0].split(":")[0]


def ways_for(options: argparse.Namespace) -> list[tuple[str, Way]]:
    """What to run, in the order of the table."""
    quick = options.quick
    ways = [
        (DECODE, Way("decode")),
        ("keyframes, decoded only", Way("keyframes")),
        (DLIB, Way("face_recognition", dense=20 if quick else 12, sparse=300)),
        (NAIVE, Way("naive-insightface", sparse=20 if quick else 10, block=25)),
    ]
    ways += [(f"keyframes, {short(e)}", Way("keyframes", e)) for e in options.engines]
    ways.append(("MTCNN + dlib, every frame", Way("every", "open", dense=8 if quick else 4, sparse=150)))
    scans = [(e, t) for e in options.engines for t in options.thoroughness]
    if quick:
        scans = [s for s in scans if s != ("open", "every-frame")]  # MTCNN on whole frames takes as long as all else
    ways += [(f"ours, {short(e)}, {t}", Way("ours", e, t)) for e, t in scans]
    if "balanced" in options.thoroughness and not quick:
        label = "ours, {}, balanced, 2 at once"
        ways += [(label.format(short(e)), Way("ours", e, "balanced", at_once=2)) for e in options.engines]
    return [(label, way) for label, way in ways if way.kind in options.ways]


def compare(clip: Clip, options: argparse.Namespace) -> list[Row]:
    """Run all ways on one clip and print the table, a line as soon as it is known."""
    sought = len(clip.sought_appearances)
    print(f"\n{clip.name}: {clip.duration_s:.0f} s, {clip.width}x{clip.height}, {clip.how}")
    print(f"  {len(clip.appearances)} appearances, {sought} of the person sought ({clip.sought})")
    print(HEADINGS)
    rows: list[Row] = []
    for label, way in ways_for(options):
        is_cut = way.thoroughness == "every-frame" and clip.duration_s > EVERY_FRAME_S
        part = cut(clip, *busiest(clip, QUICK_EVERY_FRAME_S if options.quick else EVERY_FRAME_S)) if is_cut else clip
        row = Row(f"{label}{f' ({part.duration_s:.0f} s)' if is_cut else ''}", part, search(part, way))
        rows.append(row)
        print(line(row, rows, options), flush=True)
    on_screen = sum(len(a.times_s) for a in clip.appearances)
    print(f"{FOOTNOTE} {on_screen} faces on all frames.")
    return rows


def line(row: Row, rows: list[Row], options: argparse.Namespace) -> str:
    """One line of the table, with ratios to the rows above it."""
    by_label = {r.label: r for r in rows}

    def ratio(label: str, *, is_wall: bool = False) -> str:
        other = by_label.get(label)
        if other is None:
            return "-"
        return f"{other.fps / row.fps:.2f}" if is_wall else f"{other.cpu_ms / row.cpu_ms:.1f}x"

    result, outcome, clip = row.score, row.outcome, row.clip
    searched = outcome.looked_at > 0
    text = f"  {row.label:39s}{row.cpu_ms:8.2f}{row.fps:8.1f}{ratio(DECODE, is_wall=True):>8s}"
    text += f"{ratio(DLIB):>8s}{ratio(NAIVE):>8s}"
    if searched:
        text += f"{f'{len(result.found)}/{len(clip.appearances)}':>7s}"
        text += f"{f'{len(result.recognised)}/{len(clip.sought_appearances)}':>8s}"
        wrong = (
            ("-", "-") if clip.name in REAL else (result.false_candidates, result.elsewhere)
        )  # truth has holes there
        text += f"{wrong[0]:>6}{wrong[1]:>6}{f'{outcome.embedded}/{outcome.faces_seen}':>10s}{outcome.looked_at:7d}"
    else:
        text += " " * 44
    text += f"{outcome.peak_mb:6.0f}"
    if outcome.quiet_s:
        text += f"{outcome.quiet_s / clip.duration_s:7.0%}{outcome.audited_s / max(outcome.quiet_s, 1e-9):7.1%}"
        text += f" {outcome.audit_tracks} found by it" if outcome.audit_tracks else ""
    lost = [a for a in clip.appearances if searched and a.number not in result.found]
    return text + "".join(f"\n      missed: {described(a)}" for a in lost if options.missed)


def described(appearance: Appearance) -> str:
    """An appearance in one line, for whoever wants to know why it was missed."""
    a = appearance
    where = ", ".join(f"{v:.0f}" for v in a.boxes_px[0])
    return (
        f"{a.start_s:.2f}-{a.end_s:.2f} s {a.face_px:.0f} px {a.motion} light {a.light:.2f} blur {a.blur_px:.1f}"
        f" {'with' if a.has_body else 'no'} body, {a.person}, first at ({where})"
    )


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast a scan is and what it finds.")
    parser.add_argument("--quick", action="store_true", help="shorter clips, fewer frames for the slow ways")
    parser.add_argument("--only", nargs="+", choices=CLIPS, help="clips; all, or with --quick some")
    parser.add_argument("--ways", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument(
        "--engines", nargs="+", choices=[short(e) for e in ENGINES], default=[short(e) for e in ENGINES]
    )
    parser.add_argument("--thoroughness", nargs="+", choices=THOROUGHNESS, default=list(THOROUGHNESS))
    parser.add_argument("--missed", action="store_true", help="name each appearance that a way did not find")
    options = parser.parse_args(arguments)
    options.engines = [e for e in ENGINES if short(e) in options.engines]
    return options


def main(arguments: list[str] | None = None) -> int:
    if missing():
        print(f"scan speed: {missing()}")
        return 0
    options = options_of([] if arguments is None else arguments)
    for name in options.only or (QUICK_CLIPS if options.quick else CLIPS):
        clip = seen(name) if name in REAL else made(plan_of(name, quick=options.quick))
        compare(repeated(clip, STILL_S) if name == "still" and not options.quick else clip, options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
