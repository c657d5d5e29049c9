"""One child process under watch: what it may say is read with a time limit, and it is ended when it takes too much."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from data.errors import ChildKilled
from recognition.apart_wire import Message, packed, received

PROJECT = Path(__file__).resolve().parents[1]

_LOOK_EVERY_S = 0.1
_PIECE_BYTES = 1 << 16
_DEATH_S, _DYING_S = 5.0, 0.005
_NEAR = 0.8
# Linux ends a child with the *thread* that started it: this one lives as long as the process
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="apart")
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONPATH": str(PROJECT),
    "PYTHONDONTWRITEBYTECODE": "1",
    # idle threads and heaps for each of them count as memory
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "CUDA_CACHE_DISABLE": "1",  # there is nowhere to write it
}
_HANDED_ON = ("LD_LIBRARY_PATH",)


class ChildProcess:
    """A running child. Every way it can fail is a ChildKilled that names `what` and says why.

    Parameters
    ----------
    program
        Name of the module to run.
    start
        Plain values for it, given as JSON on its command line.
    what
        What errors call the file it looks at.
    memory_mb
        Resident memory at which it is ended; it also limits itself.
    """

    def __init__(self, program: str, start: Mapping[str, Any], *, what: str, memory_mb: int) -> None:
        self.what = what
        self._memory_mb = memory_mb
        self._nearest_bytes = 0
        given = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
        command = [sys.executable, "-s", "-m", program, json.dumps({**start, "parent_pid": os.getpid()})]
        self._process = _STARTER.submit(_started, command, _ENVIRONMENT | given).result()
        assert self._process.stdin is not None  # noqa: S101  both were asked for
        assert self._process.stdout is not None  # noqa: S101
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        for fd in (self._to, self._from):
            os.set_blocking(fd, False)

    @property
    def is_alive(self) -> bool:
        """Whether it runs, as far as is known without asking."""
        if self._process.returncode is not None:
            return False
        # not waited for: until it is, its number cannot be another's, and the group can still be ended
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: Message, *, limit_s: float) -> None:
        """Hand the child a request."""
        if not self.is_alive:
            raise self._died()
        data, until_s = memoryview(packed(message)), monotonic() + limit_s
        while data:
            self._wait(until_s, limit_s, for_writing=True)
            try:
                data = data[os.write(self._to, data) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise self._died() from None

    def receive(self, *, limit_s: float, until_s: float) -> Message:
        """The next message, which must be here `until_s` (monotonic); `limit_s` is what is said when it is not.

        Raises
        ------
        Nonsense
            It is no message.
        """
        return received(lambda n: self._take(n, until_s, limit_s))

    def end(self, why: str) -> ChildKilled:
        """End the child and give the reason as an error to raise."""
        self.close()
        return ChildKilled(self.what, why)

    def close(self) -> None:
        """End the child and all it started. May be called twice."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _take(self, n: int, until_s: float, limit_s: float) -> bytes:
        found = bytearray()
        while len(found) < n:
            self._wait(until_s, limit_s, for_writing=False)
            try:
                piece = os.read(self._from, min(n - len(found), _PIECE_BYTES))
            except BlockingIOError:
                continue
            if not piece:
                raise self._died()
            found += piece
        return bytes(found)

    def _wait(self, until_s: float, limit_s: float, *, for_writing: bool) -> None:
        """Until the pipe is ready; meanwhile the child's memory and the time are watched."""
        reads, writes = ([], [self._to]) if for_writing else ([self._from], [])
        while True:
            self._watch()
            left_s = until_s - monotonic()
            if left_s <= 0:
                raise self.end(f"took longer than {limit_s:.0f} s")
            if any(select.select(reads, writes, [], min(left_s, _LOOK_EVERY_S))):
                return

    def _watch(self) -> None:
        """End a child that holds more memory than it may: its own limit leaves out what processes share."""
        try:
            fields = Path(f"/proc/{self._process.pid}/statm").read_bytes().split()
        except OSError:  # gone, or no Linux
            return
        page = os.sysconf("SC_PAGE_SIZE")
        if len(fields) < 6:
            return
        resident, private = int(fields[1]) * page, int(fields[5]) * page
        self._nearest_bytes = max(self._nearest_bytes, resident, private)
        if resident > self._memory_mb << 20:
            raise self.end(self._too_much)

    @property
    def _too_much(self) -> str:
        return f"needed more than {self._memory_mb} MiB of memory"

    def _died(self) -> ChildKilled:
        """Why the child is gone, from how it ended."""
        until_s = monotonic() + _DEATH_S
        while self.is_alive and monotonic() < until_s:
            sleep(_DYING_S)
        if self.is_alive:
            return self.end("stopped answering")
        self.close()
        return ChildKilled(self.what, self._reason(self._process.returncode))

    def _reason(self, code: int) -> str:
        if code >= 0:
            return f"ended without an answer (code {code})"
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        if name == "SIGXCPU":
            return "computed for longer than it may"
        if self._nearest_bytes > _NEAR * (self._memory_mb << 20):
            return f"{self._too_much} ({name})"
        if name == "SIGKILL":
            return "was killed, most likely because the machine ran out of memory"
        return f"crashed ({name})"


def _started(command: list[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libraries repeat what the file says
        cwd=PROJECT,
        env=dict(environment),
        start_new_session=True,
        bufsize=0,
    )
