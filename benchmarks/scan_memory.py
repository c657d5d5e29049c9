"""Peak memory of a scan of 10 and of 60 minutes, each in a process of its own.

    python -m benchmarks.scan_memory              10 and 60 minutes of made footage, both engines
    python -m benchmarks.scan_memory --quick      2 and 10 minutes, one engine

The footage is the made quiet clip again and again, its packets copied. People appear in it all the time, so that
tracks add up as they would in a busy hour.
"""

import argparse
import sys

from benchmarks.footage_made import made, plan_of
from benchmarks.made_cuts import repeated
from benchmarks.material import ENGINES, missing
from benchmarks.scan_speed import short
from benchmarks.scan_ways import Way, search

GOAL_MB = 1000


def main(arguments: list[str] | None = None) -> int:
    if missing():
        print(f"scan memory: {missing()}")
        return 0
    parser = argparse.ArgumentParser(description="Peak memory of a scan.")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args([] if arguments is None else arguments)
    clip = made(plan_of("quiet", quick=options.quick))
    print(f"\npeak memory of a scan (goal: under {GOAL_MB} MB whatever the length), {clip.name} again and again")
    for engine in ENGINES[1:] if options.quick else ENGINES:
        for minutes in (2, 10) if options.quick else (10, 60):
            long = repeated(clip, 60.0 * minutes)
            outcome = search(long, Way("ours", engine, "balanced"))
            print(
                f"  {short(engine):12s} {minutes:3d} minutes {outcome.peak_mb:6.0f} MB   {len(outcome.found)} tracks"
                f"   {long.duration_s / outcome.wall_s:5.1f} times as fast as the footage plays",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
