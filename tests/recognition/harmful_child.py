"""A child whose engine does what a conquered or overwhelmed one might; run by tests/recognition/test_apart.py.

What its engine does stands in the engine's name; "fake" finds coloured squares as `tests.fakes.FakeEngine` does.
"""

import ctypes
import json
import mmap
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from data.errors import BadInput
from recognition.apart_child import main
from recognition.faces import Faces, Image
from tests.fakes import FakeEngine

_SECRET = "/etc/passwd"


def _segfault() -> NoReturn:
    ctypes.string_at(0)
    raise AssertionError("unreachable")


def _abort() -> NoReturn:
    os.abort()


def _hog() -> None:
    kept = []
    while True:
        kept.append(np.ones(1 << 22))


def _hog_shared() -> None:
    """What no limit on private memory counts."""
    kept = []
    while True:
        piece = mmap.mmap(-1, 1 << 26)
        piece.write(b"x" * (1 << 26))
        kept.append(piece)


def _loop() -> None:
    while True:
        pass


def _sleep() -> None:
    signal.pause()


def _leave() -> None:
    os._exit(3)


def _attempts() -> NoReturn:
    """Try what must not be possible, and tell in an error what was."""
    own = Path(json.loads(sys.argv[1])["file"])
    beside = own.with_name("written")
    attempts: dict[str, Callable[[], Any]] = {
        "read": lambda: Path(_SECRET).read_bytes(),
        "read through proc": lambda: Path(f"/proc/self/root{_SECRET}").read_bytes(),
        "list the project": lambda: list(Path(__file__).resolve().parents[2].iterdir()),
        "list the folder": lambda: list(own.parent.iterdir()),
        "write": lambda: beside.write_bytes(b"x"),
        "write to the file": lambda: own.write_bytes(b"x"),
        "remove": lambda: own.unlink(),
        "connect": lambda: socket.create_connection(("127.0.0.1", 22), timeout=1),
        "send a datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
        "use a local socket": lambda: socket.socket(socket.AF_UNIX),
        "start a process": os.fork,
        "start a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "signal the parent": lambda: os.kill(os.getppid(), signal.SIGCONT),
        "change a mode": lambda: own.chmod(0o600),
        "change a time": lambda: os.utime(own, (1, 1)),
        "read the parent's memory": lambda: Path(f"/proc/{os.getppid()}/mem").read_bytes(),
        "read the parent's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        "raise the memory limit": _raise_limit,
    }
    done = []
    for name, attempt in attempts.items():
        try:
            attempt()
        except OSError:
            continue
        except ValueError:  # of the limit
            continue
        done.append(name)
    raise BadInput(f"done: {', '.join(done) or 'nothing'}; environment: {' '.join(sorted(os.environ))}")


def _raise_limit() -> None:
    import resource

    if os.geteuid() == 0:  # root may
        raise OSError
    resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


_DOES: dict[str, Callable[[], object]] = {
    "segfault": _segfault, "abort": _abort, "hog": _hog, "hog shared": _hog_shared, "loop": _loop, "sleep": _sleep,
    "leave": _leave, "attempts": _attempts, "fake": lambda: None,
}  # fmt: skip


class HarmfulEngine(FakeEngine):
    def detect(self, image_bgr: Image, *, min_face_px: float = 24.0) -> Faces:
        _DOES[self.name]()
        return super().detect(image_bgr, min_face_px=min_face_px)


if __name__ == "__main__":
    main(lambda name, **_: HarmfulEngine(name), code=("recognition", "data", "tests"))
