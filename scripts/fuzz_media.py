"""Damages footage and photos in thousands of ways and has each looked at in a confined child, as a worker does.

0 crashes without a stated reason, memory below the limit, and every lost picture counted: else it ends with code 1.
Each mutant follows from its number alone: ``--start 1234 --n 1`` makes that one again, ``--keep FILE`` writes it.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from time import monotonic

import cv2

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from recognition.references import reference_vectors  # noqa: E402  once the path is set
from tests.fakes import FakeEngine  # noqa: E402
from tests.recognition.clips import RED, grey, square  # noqa: E402
from tests.recognition.fuzzing import Fuzz, seeds  # noqa: E402
from tests.recognition.media_seeds import CLIPS, PHOTOS, PICTURES  # noqa: E402
from tests.recognition.mutants import mutant  # noqa: E402

_A_PHOTO_IN = 5


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--n", type=int, default=10_000, help="how many mutants")
    options.add_argument("--start", type=int, default=0, help="number of the first one")
    options.add_argument("--memory-mb", type=int, default=1024, help="memory a child may use")
    options.add_argument("--keep", type=Path, help="write the last mutant there")
    asked = options.parse_args()
    clips, photos = seeds(CLIPS), seeds(PHOTOS)
    begun = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        him = Path(folder) / "him.png"
        cv2.imwrite(str(him), square(grey(), RED, 100, 80, 60))
        sought = reference_vectors(FakeEngine(), [him])
        with Fuzz(Path(folder), sought, memory_mb=asked.memory_mb) as fuzz:
            for number in range(asked.start, asked.start + asked.n):
                is_photo = number % _A_PHOTO_IN == 0
                one = mutant(number, photos if is_photo else clips)
                if asked.keep:
                    asked.keep.write_bytes(one.content)
                if is_photo:
                    fuzz.photo(one)
                else:
                    fuzz.footage(one, pictures=PICTURES)
                done = number - asked.start + 1
                if done % 500 == 0:
                    sys.stdout.write(f"{done} of {asked.n} in {monotonic() - begun:.0f} s\n")
                    sys.stdout.flush()
    sys.stdout.write("\n".join(fuzz.result.lines()) + "\n")
    is_within = fuzz.result.peak_kib < asked.memory_mb << 10
    return 0 if not fuzz.result.problems and is_within and sum(fuzz.result.outcomes.values()) == asked.n else 1


if __name__ == "__main__":
    sys.exit(main())
