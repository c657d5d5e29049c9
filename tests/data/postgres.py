"""A real PostgreSQL server for tests: in a folder of its own, reached by a socket in it, gone with the test run.

`postgres_url` gives each test an empty database. Where there is no server, tests that ask for one skip and say so.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from data.store import open_store

MISSING = "skipped: no PostgreSQL server (apt-get install postgresql)"
_START_S = 30.0
# durability of the server is the server's; without it a test costs a fifth
_SETTINGS = ("fsync=off", "full_page_writes=off", "listen_addresses=", "max_connections=200", "shared_buffers=32MB")


def binaries() -> Path | None:
    """The folder of initdb and postgres; Debian keeps them off the PATH."""
    if (found := shutil.which("initdb")) and shutil.which("postgres"):
        return Path(found).resolve().parent
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    return next((folder for folder in newest_first if (folder / "initdb").is_file()), None)


@dataclass(frozen=True)
class Server:
    """A running server; `folder` holds its data, its socket and its log."""

    folder: Path
    password: str
    version: int

    @property
    def ordering(self) -> str:
        """An order of words unlike SQLite's, as an agency's server may have it: what relies on SQLite's shows."""
        return "LOCALE_PROVIDER icu ICU_LOCALE 'fi'" if self.version >= 15 else ""

    def url(self, database: str = "postgres") -> str:
        """What the setting database_url takes."""
        return f"postgresql+psycopg://lastseen:{self.password}@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        address = f"host={self.folder} user=lastseen password={self.password} dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


def _as_owner(*command: str | Path) -> list[str]:
    """The command as somebody whom PostgreSQL serves (never root), ended with the test run even when that is killed."""
    who = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *who, "--pdeathsig=QUIT", *map(str, command)]


def _prepare(folder: Path, programs: Path, password: str) -> None:
    (folder / "password").write_text(password)
    if os.geteuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres", "postgres")
    wanted = ["--username=lastseen", f"--pwfile={folder / 'password'}", "--auth=scram-sha-256", "--no-sync"]
    wanted += ["--encoding=UTF8", "--locale=C.UTF-8", "-D", str(folder / "data")]
    made = subprocess.run(_as_owner(programs / "initdb", *wanted), capture_output=True, text=True, cwd=folder)
    assert made.returncode == 0, made.stderr


def _await(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            server.execute("SELECT 1")
            return
        except psycopg.OperationalError:
            said = (server.folder / "log").read_text()
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for the whole test run."""
    programs = binaries()
    is_root = os.geteuid() == 0
    if programs is None or not shutil.which("setpriv") or (is_root and "postgres" not in _users()):
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="lastseen-pg-", dir="/tmp"))  # a socket's path must be short
    server = Server(folder, secrets.token_urlsafe(12), _version(programs))
    process = None
    try:
        _prepare(folder, programs, server.password)
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        command = _as_owner(programs / "postgres", "-D", folder / "data", "-k", folder, *settings)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        _await(server, process)
        yield server
    finally:
        if process is not None:
            process.send_signal(signal.SIGQUIT)  # at once, whoever is still connected
            process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _version(programs: Path) -> int:
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[2].split(".")[0])


def _users() -> set[str]:
    return {entry.pw_name for entry in pwd.getpwall()}


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The address of an empty database of this test's own."""
    yield from _database(postgres_server, f"TEMPLATE template0 {postgres_server.ordering}")


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the store's empty tables, to be copied: a migration for each test takes long."""
    postgres_server.execute(f"CREATE DATABASE with_tables TEMPLATE template0 {postgres_server.ordering}")
    open_store(tmp_path_factory.mktemp("tables"), database_url=postgres_server.url("with_tables")).close()
    return "with_tables"


@pytest.fixture
def postgres_store_url(postgres_server: Server, postgres_tables: str) -> Iterator[str]:
    """The address of a database of this test's own with the store's empty tables."""
    yield from _database(postgres_server, f"TEMPLATE {postgres_tables}")


def _database(server: Server, how: str) -> Iterator[str]:
    name = f"t{secrets.token_hex(6)}"
    server.execute(f"CREATE DATABASE {name} {how}")
    yield server.url(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")
