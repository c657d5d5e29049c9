"""Get one laptop's installation ready, and keep its processes running: what `make run` does."""

import ctypes
import getpass
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from casework import team
from casework.access import for_machines
from casework.accounts import add_account, is_account_name
from casework.demo import load_demo
from casework.scanning import Workshop
from data import account_rows
from data.store import Store

log = structlog.get_logger("serve")
STOP_S = 14.0
"""In this time everything has ended; web and worker need about one second each when nothing is under way."""
LAST_S = 10.0
"""So much of it is the worker's, which hands back what it works on; the page may wait for an upload for the rest."""
RESTART_S = 1.0
LONGEST_WAIT_S = 60.0
STEADY_S = 60.0
"""A child that lived so long and died is not one that keeps dying."""
KEEPS_DYING = 3
BY, NOBODYS = "first start", "investigator"


@for_machines
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


@for_machines
def first_account(store: Store, *, say: Callable[[str], object]) -> None:
    """Where nobody has an account yet, make one, and say its one-time password: once, and kept nowhere.

    It works on every case that has no supervisor; accounts are managed with `cli.py users` then.
    """
    if account_rows.account_count(store):
        return
    account, password = add_account(store, _own_name(), by=BY)
    team.adopt(store, account.name, by=BY)
    say(f"\n  Sign in as {account.name} with the one-time password  {password}")
    say("  It is shown this once. You choose a password of your own when you first sign in.\n")


def _own_name() -> str:
    """The name under which whoever starts LastSeen is known to this machine, where it can be one here."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        return NOBODYS
    return name if is_account_name(name) and name != "root" else NOBODYS


def _end_with_parent() -> None:
    """On Linux, ask the kernel to stop this child when its parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


@dataclass
class _Child:
    """One process, how often it died lately, and when it may be started again."""

    process: "subprocess.Popen[bytes]"
    started: float
    deaths: int = 0
    again_at: float | None = None


class Children:
    """Processes that live and end together; one that dies by itself is started again, after growing waits."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, cwd: Path, stop_s: float = STOP_S) -> None:
        self.commands = commands
        self.cwd = cwd
        self._stop_s = stop_s
        self._stopping = threading.Event()
        self._running: dict[str, _Child] = {}

    def stop(self) -> None:
        self._stopping.set()

    def run(self, *, address: str, port: int, ready: Callable[[], None]) -> int:
        """Run until `stop`; `ready` is called once when the port answers. The exit code to leave with."""
        if _answers(address, port):
            sys.stderr.write(f"port {port} is in use; choose another: PORT={port + 1} make run\n")
            return 1
        for name in self.commands:
            self._running[name] = self._start(name)
        told = False
        while not self._stopping.wait(0.2):
            for name, child in self._running.items():
                self._look_after(name, child)
            if not told and _answers(address, port):
                told = True
                ready()
        return self._end()

    def _look_after(self, name: str, child: _Child) -> None:
        """Start a child again that died: soon at first, later and later while it keeps dying."""
        now = time.monotonic()
        if child.again_at is not None:
            if now >= child.again_at:
                self._running[name] = replace(self._start(name), deaths=child.deaths)
        elif child.process.poll() is not None:
            child.deaths = 1 if now - child.started > STEADY_S else child.deaths + 1
            wait_s = restart_wait_s(child.deaths)
            child.again_at = now + wait_s
            log.warning(f"{name} {_ending(child.process.returncode)}; {_again(child.deaths, wait_s)}")

    def _start(self, name: str) -> _Child:
        # a session of their own: Ctrl-C reaches us alone, and we stop them in order
        process = subprocess.Popen(
            self.commands[name], cwd=self.cwd, start_new_session=True, preexec_fn=_end_with_parent
        )  # fmt: skip
        return _Child(process, time.monotonic())

    def _end(self) -> int:
        """Stop one after the other, the page first: it takes in work that the worker would no longer do."""
        deadline = time.monotonic() + self._stop_s
        for name, child in self._running.items():
            child.process.terminate()
            # each may use what is left, but for a moment that every later one must have
            self._wait(name, child.process, deadline - LAST_S * (len(self._running) - 1 - self._place(name)))
        return 0

    def _place(self, name: str) -> int:
        return list(self._running).index(name)

    def _wait(self, name: str, process: "subprocess.Popen[bytes]", deadline: float) -> None:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning(f"{name} did not end in time and was killed; what it had acknowledged is kept")
            os.killpg(process.pid, signal.SIGKILL)  # the group is its own: what it started ends with it
            process.wait()


def restart_wait_s(deaths: int) -> float:
    """How long to wait before a child is started that died so many times in a row."""
    return float(min(RESTART_S * 2 ** (deaths - 1), LONGEST_WAIT_S))


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _again(deaths: int, wait_s: float) -> str:
    if deaths < KEEPS_DYING:
        return f"starting it again in {wait_s:.0f} s"
    return f"it keeps dying ({deaths} times in a row); next try in {wait_s:.0f} s. cli.py doctor says what is wrong"


def _answers(address: str, port: int) -> bool:
    host = "127.0.0.1" if address in ("0.0.0.0", "") else address  # noqa: S104
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False
