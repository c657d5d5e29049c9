"""Where benchmarks find real material, where they keep what they make of it, and what they say when it is missing."""

import os
from pathlib import Path
from tempfile import gettempdir

SHARED = Path(__file__).resolve().parents[2] / "shared"
FACES = SHARED / "faces"
PACK = SHARED / "models" / "test_small"
CORRIDOR = FACES / "intel_corridor" / "one-by-one-person-detection.mp4"
HAMILTON = FACES / "face_recognition" / "short_hamilton_clip.mp4"

ENGINES = ("open", f"insightface:{PACK}")


def cache_folder() -> Path:
    """$LASTSEEN_BENCH, or a folder beside other temporary files; made clips are found there again."""
    folder = Path(os.environ.get("LASTSEEN_BENCH") or Path(gettempdir()) / "lastseen-bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def missing() -> str:
    """What to print instead of a benchmark whose material is not here; empty when it is."""
    return "" if FACES.is_dir() and PACK.is_dir() else "skipped: no ../shared"
