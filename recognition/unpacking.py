"""Has the recogniser's files unpacked that a confined child may read and not write: done once, by a process of its own.

That process looks at installed weights alone, whose hashes are known, and at nobody's pictures. ``python -m
recognition.unpacking FOLDER`` is its other side.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

PROJECT = Path(__file__).resolve().parents[1]
_LIMIT_S = 180.0
_SETS = ("dlib-*", "mtcnn-*", "landmarks-*")
log = structlog.get_logger("faces")


def is_unpacked(cache_dir: Path) -> bool:
    """Whether all that is ever unpacked lies there."""
    return all(any(cache_dir.glob(pattern)) for pattern in _SETS)


def unpack(cache_dir: Path) -> None:
    """Have it unpacked into this folder; what goes wrong is for the log, for the child says itself what it lacks."""
    command = [sys.executable, "-s", "-m", "recognition.unpacking", str(cache_dir)]
    try:
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, timeout=_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        log.warning("unpacking the recogniser took too long", seconds=_LIMIT_S)
        return
    if done.returncode:
        log.warning("the recogniser could not be unpacked", why=done.stderr.decode(errors="replace")[-300:])


def main() -> None:
    """Unpack into the folder on the command line what is installed."""
    from data.errors import ModelMissing
    from recognition.engines import open_dlib, open_mtcnn
    from recognition.engines.landmarks import open_landmarks

    cache_dir = Path(sys.argv[1])
    sets: list[Callable[[], object]] = [
        lambda: open_mtcnn(cache_dir, 1), lambda: open_dlib(cache_dir, 1), lambda: open_landmarks(cache_dir),
    ]  # fmt: skip
    for built in sets:
        try:
            built()
        except ModelMissing as error:
            sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    main()
