"""What keeps web and worker running: stopped in order, started again after growing waits."""

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from casework import accounts, house
from casework.access import Machine, Person
from casework.house import Children, first_account, restart_wait_s
from data import account_rows as rows
from data.models import Permission
from data.store import Store
from tests.factories import a_case

ENDS_POLITELY = """
import signal, sys, time
def end(*_):
    with open("order.txt", "a") as out: out.write(sys.argv[1] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", file=open(sys.argv[1] + ".up", "w"))
time.sleep(60)
"""
DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, file=open(sys.argv[1] + ".tmp", "w"), flush=True)
import os; os.rename(sys.argv[1] + ".tmp", sys.argv[1] + ".up")
time.sleep(60)
"""


def python(script: str, name: str) -> list[str]:
    return [sys.executable, "-c", script, name]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(children: Children, until: list[Path], *, longest_s: float = 20) -> float:
    """Run the children until all these files are there, then stop; how long stopping took, in seconds."""
    stopped: list[float] = []

    def stop() -> None:
        deadline = time.monotonic() + longest_s
        while time.monotonic() < deadline and not all(path.exists() for path in until):
            time.sleep(0.02)
        stopped.append(time.monotonic())
        children.stop()

    threading.Thread(target=stop).start()
    assert children.run(address="127.0.0.1", port=free_port(), ready=lambda: None) == 0
    return time.monotonic() - stopped[0]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_page_is_stopped_before_the_worker(tmp_path: Path) -> None:
    children = Children({name: python(ENDS_POLITELY, name) for name in ("web", "worker")}, cwd=tmp_path)
    took_s = run(children, [tmp_path / "web.up", tmp_path / "worker.up"])
    assert (tmp_path / "order.txt").read_text().split() == ["web", "worker"]
    assert took_s < 5


def test_one_that_does_not_listen_is_killed_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "LAST_S", 0.3)
    commands = {"web": python(DEAF, "web"), "worker": python(ENDS_POLITELY, "worker")}
    children = Children(commands, cwd=tmp_path, stop_s=1.0)
    with capture_logs() as said:
        took_s = run(children, [tmp_path / "web.up", tmp_path / "worker.up"])
    assert took_s < 3
    assert [line["event"][:38] for line in said] == ["web did not end in time and was killed"]
    assert (tmp_path / "order.txt").read_text().split() == ["worker"]
    grandchild = int((tmp_path / "web.up").read_text())
    deadline = time.monotonic() + 5
    while is_running(grandchild) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(grandchild)


def test_one_that_keeps_dying_is_started_again_more_and_more_slowly_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "RESTART_S", 0.05)
    dies = "import os, sys, pathlib; p = pathlib.Path('died'); n = len(list(pathlib.Path('.').glob('died*')));" + (
        "pathlib.Path(f'died{n}').touch(); os.kill(os.getpid(), 9) if n else sys.exit(3)"
    )
    children = Children({"worker": python(dies, "worker")}, cwd=tmp_path)
    with capture_logs() as lines:
        run(children, [tmp_path / "died3"])
    said = [line["event"] for line in lines]
    assert said[0] == "worker ended with code 3; starting it again in 0 s"
    assert said[1].startswith("worker was ended by SIGKILL; starting it again")
    assert said[2].startswith("worker was ended by SIGKILL; it keeps dying (3 times in a row); next try in")
    assert "doctor" in said[2]


def test_the_waits_grow_and_stop_growing() -> None:
    assert [restart_wait_s(n) for n in (1, 2, 3, 4, 5, 6, 7, 20)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_stopping_does_not_wait_for_a_child_that_is_about_to_be_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "RESTART_S", 30.0)
    children = Children({"worker": python("open('died', 'w')", "worker")}, cwd=tmp_path)
    assert run(children, [tmp_path / "died"]) < 5


def test_the_signals_of_the_shell_do_not_reach_the_children_first(tmp_path: Path) -> None:
    children = Children({"worker": python(ENDS_POLITELY, "worker")}, cwd=tmp_path)
    groups: list[int] = []

    def look() -> None:
        while not (tmp_path / "worker.up").exists():
            time.sleep(0.02)
        groups.extend(os.getpgid(child.process.pid) for child in children._running.values())
        children.stop()

    threading.Thread(target=look).start()
    children.run(address="127.0.0.1", port=free_port(), ready=lambda: None)
    assert groups != [os.getpgrp()]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_an_empty_home_gets_one_account_that_works_on_what_is_there(store: Store) -> None:
    machine = store.guarded(Machine("first start"))
    with machine.writing() as writing:
        writing.add_case(a_case())
    said: list[str] = []
    first_account(machine, say=lambda words: said.append(str(words)))
    (account,) = rows.accounts(store)
    assert account.must_change_password
    assert not account.is_admin
    assert f"Sign in as {account.name} with the one-time password" in said[0]
    password = said[0].split()[-1]
    assert password not in repr(store.audit_entries())
    with store.writing() as writing:
        rows.change_account(writing, account.id, must_change_password=False)
    seen = store.guarded(Person(store, rows.account(store, account.id)))
    assert [case.id for case in seen.cases()] == ["case-1"]
    assert Person(store, rows.account(store, account.id)).may(Permission.GOVERN, "case-1")


def test_no_account_is_made_where_there_is_one(store: Store) -> None:
    machine = store.guarded(Machine("first start"))
    accounts.add_account(machine, "aino", by="tests")
    said: list[object] = []
    first_account(machine, say=said.append)
    assert said == []
    assert len(rows.accounts(store)) == 1


@pytest.mark.parametrize(
    ("user", "name"),
    [("aino", "aino"), ("root", "investigator"), ("a b", "investigator"), ("\u0430ino", "investigator")],
)
def test_the_first_account_is_called_as_the_machine_knows_its_user(
    store: Store, monkeypatch: pytest.MonkeyPatch, user: str, name: str
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: user)
    first_account(store.guarded(Machine("first start")), say=lambda _words: None)
    assert [account.name for account in rows.accounts(store)] == [name]
