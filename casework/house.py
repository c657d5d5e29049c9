"""Get one laptop's installation ready, and keep its processes running: what `make run` does."""

import ctypes
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from casework.demo import load_demo
from casework.scanning import Workshop

STOP_S = 10.0
RESTART_S = 2.0


def prepare(workshop: Workshop, home: Path, *, engine: str, say: Callable[[str], object]) -> str | None:
    """Build the embedded recogniser, and load the demonstration case into an empty store.

    Returns the id of the case to open on: the newest one's; None when there is none.
    """
    if not any(home.glob("engines/*")):
        say("Building the embedded recogniser (once) …")
        workshop.open_engine(engine)
    if not workshop.store.cases():
        say("Making the demonstration case and its clips (once) …")
        load_demo(workshop, home, engine=engine)
    cases = workshop.store.cases()
    return cases[0].id if cases else None


def _end_with_parent() -> None:
    """On Linux, ask the kernel to stop this child when its parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Children:
    """Processes that live and end together; one that dies by itself is started again."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, cwd: Path) -> None:
        self.commands = commands
        self.cwd = cwd
        self._stopping = threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def stop(self) -> None:
        self._stopping.set()

    def run(self, *, address: str, port: int, ready: Callable[[], None]) -> int:
        """Run until `stop`; `ready` is called once when the port answers. The exit code to leave with."""
        if _answers(address, port):
            sys.stderr.write(f"port {port} is in use; choose another: PORT={port + 1} make run\n")
            return 1
        for name in self.commands:
            self._start(name)
        told = False
        while not self._stopping.wait(0.2):
            for name, process in list(self._running.items()):
                if process.poll() is not None and not self._stopping.is_set():
                    sys.stderr.write(f"{name} ended with code {process.returncode}; starting it again\n")
                    time.sleep(RESTART_S)
                    self._start(name)
            if not told and _answers(address, port):
                told = True
                ready()
        return self._end()

    def _start(self, name: str) -> None:
        # a session of their own: Ctrl-C reaches us alone, and we stop them in order
        self._running[name] = subprocess.Popen(
            self.commands[name],
            cwd=self.cwd,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )

    def _end(self) -> int:
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in self._running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return 0


def _answers(address: str, port: int) -> bool:
    host = "127.0.0.1" if address in ("0.0.0.0", "") else address  # noqa: S104
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False
