"""Every benchmark of speed and of the scan's worth, one after the other, for `make bench`.

    python -m benchmarks.run                         all (hours on two cores); --quick some minutes
    python -m benchmarks.run scan memory --quick     only some: places map parts pages scan completeness faces workers
                                                     clock memory

That of the ranking's worth is `make bench-ranking`.
"""

import sys
from collections.abc import Callable

from benchmarks import (
    burnt_in,
    completeness,
    geo_speed,
    map_cameras,
    map_parts,
    pages,
    scan_memory,
    scan_speed,
    verification,
    workers,
)

PARTS: dict[str, tuple[str, Callable[[list[str]], int]]] = {
    "places": ("Places", lambda _: geo_speed.main()),
    "map": ("100,000 cameras on the map", map_cameras.main),
    "parts": ("What answers around the map", map_parts.main),
    "pages": ("A run of each page", pages.main),
    "scan": ("The scan's speed, and what it finds", scan_speed.main),
    "completeness": ("The scan's completeness", completeness.main),
    "faces": ("Telling people apart", lambda _: verification.main()),
    "workers": ("Two workers beside one", lambda given: workers.main(["--rounds", "1"] if given else [])),
    "clock": ("Burnt-in clocks", lambda given: burnt_in.main(["--clips", "24" if given else "240"])),
    "memory": ("The scan's memory", scan_memory.main),
}


def main(arguments: list[str]) -> int:
    options = [a for a in arguments if a == "--quick"]
    names = [a for a in arguments if a not in options] or list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"{unknown[0]!r} is no part; choose from {', '.join(PARTS)}, and --quick", file=sys.stderr)
        return 2
    failed = 0
    for name in names:
        heading, benchmark = PARTS[name]
        print(f"\n== {heading} ==", flush=True)
        failed |= benchmark(options)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
