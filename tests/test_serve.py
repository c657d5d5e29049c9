"""What `make run` starts: web and worker together, stopped together."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from casework import accounts, cases
from casework.access import Machine, Person
from casework.signing_in import COOKIE
from data import account_rows as rows
from data.store import open_store
from settings import PROJECT
from tests.signing import first_sign_in

pytestmark = pytest.mark.timeout(120)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serving(home: Path, port: int) -> subprocess.Popen[str]:
    environment = os.environ | {"LASTSEEN_HOME": str(home), "PORT": str(port)}
    return subprocess.Popen(
        [sys.executable, str(PROJECT / "cli.py"), "serve"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def ask(url: str, *, method: str = "GET", **given: Any) -> httpx.Response:
    return httpx.request(method, url, timeout=30, trust_env=False, **given)


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"ended without {words!r}: {seen}")


def children_of(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(status.parent.name))
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that is in use already, so that no demonstration is made."""
    store = open_store(tmp_path / "home").guarded(Machine("tests"))
    cases.open_case(store, number="2026-1", name="Aino", by="Ann")
    store.close()
    return tmp_path / "home"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_web_and_worker_start_together_and_one_signal_stops_both(home: Path, stop: signal.Signals) -> None:
    port = free_port()
    process = serving(home, port)
    try:
        said = read_until(process, "LastSeen is running")
        assert f"http://localhost:{port}" in said
        url = f"http://127.0.0.1:{port}"
        once = given_out(said)
        assert ask(f"{url}/api/health").status_code == 200
        for path in ("/api/nothing", "/api/ready", "/_stcore/host-config"):
            assert ask(url + path).status_code == 401, path
        key = {"Authorization": f"Bearer {command('users', 'token', once.name, home=home)}"}
        assert ask(f"{url}/api/nothing", headers=key).status_code == 404
        token = first_sign_in(url, once.name, once.password)
        own = {"Cookie": f"{COOKIE}={token}"}
        answer = ask(f"{url}/_stcore/upload_file/a/b", method="PUT", content=b"x", headers=own)
        assert answer.status_code == 410, "files come in at /api/uploads alone"
        assert "2026-1" in names_of_cases(home, once.name), "who starts it works on the cases that are there"
        wait_until_ready(port, key)
        if stop is signal.SIGTERM:
            kill_the_worker(process)
        children = children_of(process.pid)
        assert len(children) == 2
        began_s = time.monotonic()
        process.send_signal(stop)
        assert process.wait(20) == 0
        assert time.monotonic() - began_s < 15
        assert not any(Path(f"/proc/{child}").exists() for child in children)
    finally:
        end(process)


@dataclass(frozen=True)
class Once:
    """The account that a first start makes, and its one-time password."""

    name: str
    password: str


def given_out(said: str) -> Once:
    found = re.search(r"Sign in as (\S+) with the one-time password  ([a-z2-9-]{23})\n", said)
    assert found is not None, said
    return Once(found[1], found[2])


def command(*words: str, home: Path) -> str:
    environment = os.environ | {"LASTSEEN_HOME": str(home)}
    ran = subprocess.run(
        [sys.executable, str(PROJECT / "cli.py"), *words], env=environment, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def names_of_cases(home: Path, name: str) -> set[str]:
    store = open_store(home)
    try:
        return {case.number for case in store.guarded(Person(store, rows.account_named(store, name))).cases()}
    finally:
        store.close()


def wait_until_ready(port: int, key: dict[str, str]) -> None:
    """Ask /api/ready until the worker has made itself known."""
    deadline = time.monotonic() + 30
    while ask(f"http://127.0.0.1:{port}/api/ready", headers=key).status_code != 200:
        assert time.monotonic() < deadline, "never ready"
        time.sleep(0.5)


def kill_the_worker(process: subprocess.Popen[str]) -> None:
    """Kill it, and see that it is started again and that this is said; the page goes on."""
    web, worker = sorted(children_of(process.pid))
    os.kill(worker, signal.SIGKILL)
    read_until(process, "worker was ended by SIGKILL; starting it again in 1 s")
    deadline = time.monotonic() + 10
    while len(children := set(children_of(process.pid))) < 2 or worker in children:
        assert time.monotonic() < deadline, "no new worker"
        time.sleep(0.1)
    assert web in children


def test_nothing_is_left_running_when_the_starter_is_killed(home: Path) -> None:
    store = open_store(home).guarded(Machine("tests"))
    accounts.add_account(store, "aino", by="tests")
    store.close()
    process = serving(home, free_port())
    try:
        said = read_until(process, "Password lost")
        assert "one-time password" not in said, "a password is made at the first start alone"
        assert "cli.py users password NAME" in said
        children = children_of(process.pid)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 20
        while any(Path(f"/proc/{child}").exists() for child in children):
            assert time.monotonic() < deadline, "children outlived the process that started them"
            time.sleep(0.2)
    finally:
        end(process)


def test_a_port_in_use_is_said_with_another_to_try(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        process = serving(home, port)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"port {port} is in use" in output
