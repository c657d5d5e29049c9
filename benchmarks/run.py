"""Every benchmark of speed, one after the other, for `make bench`. That of the ranking's worth is `make bench-ranking`.

python -m benchmarks.run
"""

import sys

from benchmarks import geo_speed, scan_speed


def main() -> int:
    failed = 0
    for heading, benchmark in (("Places", geo_speed.main), ("Footage", scan_speed.main)):
        print(f"\n== {heading} ==", flush=True)
        failed |= benchmark()
    return failed


if __name__ == "__main__":
    sys.exit(main())
