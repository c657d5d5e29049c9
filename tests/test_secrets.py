"""Secrets that are planted where secrets live come out nowhere: log, page, export, traceback, doctor, backup."""

import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from casework.signing_in import COOKIE
from data.store import open_store
from settings import PROJECT
from tests.browser.conftest import free_port, stop, streamlit_command, wait_until_ready
from tests.signing import PASSWORD, SignedIn, sign_in

pytestmark = pytest.mark.slow

PLANTED = {
    "LASTSEEN_SMTP_URL": "smtps://post:planted-SMTP-8f2c@mail.example:465",
    "LASTSEEN_SMTP_PASSWORD": "planted-SMTP-8f2c",
    "LASTSEEN_TWILIO_AUTH_TOKEN": "planted-TWILIO-71ab",
    "TWILIO_AUTH_TOKEN": "planted-TWILIO-71ab",
    "LASTSEEN_RTSP_URL": "rtsp://admin:planted-RTSP-55de@192.0.2.7:554/stream1",
    "CAMERA_PASSWORD": "planted-RTSP-55de",
    "LASTSEEN_OIDC_CLIENT_SECRET": "planted-OIDC-90cd",
    "AWS_SECRET_ACCESS_KEY": "planted-AWS-33aa",
    "PGPASSWORD": "planted-DB-44bb",
}
DATABASE = "postgresql+psycopg://lastseen:planted-DB-44bb@127.0.0.1:9/lastseen"
WORDS = ("planted-SMTP-8f2c", "planted-TWILIO-71ab", "planted-RTSP-55de", "planted-OIDC-90cd", "planted-AWS-33aa",
         "planted-DB-44bb")  # fmt: skip
PATHS = (
    "/", "/case", "/map", "/footage", "/review", "/record", "/sign-in", "/account", "/accounts", "/api/health",
    "/api/nothing-here", "/api/docs", "/api/openapi.json", "/_stcore/health", "/_stcore/host-config", "/app/static/x",
    "/tiles/cases/x/1/0/0.png", "/api/uploads", "/api/uploads/none", "/sign-in/oidc", "/media/x", "/../settings.py",
    "/.env", "/api/health?token=planted-RTSP-55de&password=planted-SMTP-8f2c",
)  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A web door that runs among planted secrets, and somebody who is signed in there."""

    url: str
    home: Path
    log: Path
    person: SignedIn


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home, port = tmp_path_factory.mktemp("home"), free_port()
    log = tmp_path_factory.mktemp("log") / "server.log"
    environment = {**os.environ, **PLANTED, "LASTSEEN_HOME": str(home), "PORT": str(port), "PYTHONPATH": str(PROJECT)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            streamlit_command(PROJECT / "app.py", port), cwd=PROJECT, env=environment, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process, log)
        yield Served(url, home, log, sign_in(url, home))
    finally:
        with suppress(ProcessLookupError):
            stop(process)


def no_secret_in(text: str, where: str, *more: str) -> None:
    found = [word for word in (*WORDS, *more) if word in text]
    assert not found, f"{where} shows {found}"


def test_no_page_and_no_answer_shows_one_to_anybody(served: Served) -> None:
    headers = {"Authorization": "Bearer planted-RTSP-55de", "X-Forwarded-For": "planted-SMTP-8f2c"}
    for cookies in ({}, {COOKIE: served.person.token}):
        with httpx.Client(base_url=served.url, cookies=cookies, trust_env=False, timeout=20) as browser:
            for path in PATHS:
                for method in ("GET",) if cookies else ("GET", "POST"):
                    answer = browser.request(method, path, headers=headers if not cookies else {"X-LastSeen": "1"})
                    no_secret_in(answer.text, f"{method} {path}", served.person.token, PASSWORD)
                    said = " ".join(
                        f"{name}: {value}" for name, value in answer.headers.items() if name != "set-cookie"
                    )
                    no_secret_in(said, f"the headers of {method} {path}", served.person.token)
                    assert "Traceback" not in answer.text


def test_the_log_holds_none_even_of_what_callers_sent(served: Served) -> None:
    with httpx.Client(base_url=served.url, trust_env=False, timeout=20) as browser:
        browser.get(f"/sign-in?next=/case&token={served.person.token}")
        browser.post("/sign-in", data={"name": "planted-DB-44bb", "password": "planted-TWILIO-71ab"})
        browser.get("/case", headers=served.person.headers)
    log = served.log.read_text(errors="replace")
    assert "uvicorn" in log
    no_secret_in(log, "the log", served.person.token, PASSWORD)


def test_what_breaks_inside_is_told_without_one(served: Served) -> None:
    """The database loses a table under the feet of the door: every page breaks, and no trace leaks."""
    database = served.home / "store.sqlite"
    with sqlite3.connect(database) as broken:
        broken.execute("ALTER TABLE sessions RENAME TO sessions_gone")
    try:
        for path in ("/", "/case", "/account", "/api/uploads"):
            # each on a connection of its own: the server ends one on which something broke
            answer = httpx.get(f"{served.url}{path}", headers=served.person.headers, trust_env=False, timeout=20)
            assert answer.status_code >= 300
            no_secret_in(answer.text, f"the broken {path}", served.person.token)
            for inside in ("Traceback", "sqlite", "sqlalchemy", "SELECT ", str(served.home)):
                assert inside not in answer.text, f"{path} tells of {inside}"
    finally:
        with sqlite3.connect(database) as mended:
            mended.execute("ALTER TABLE sessions_gone RENAME TO sessions")
    no_secret_in(served.log.read_text(errors="replace"), "the log of what broke", served.person.token)


def test_the_store_and_a_backup_hold_no_token_and_no_password(served: Served, tmp_path: Path) -> None:
    copy = tmp_path / "backup.tar"
    told = shell("backup", str(copy), home=served.home)
    no_secret_in(told, "the backup's words", served.person.token, PASSWORD)
    with tarfile.open(copy) as archive:
        contents = b"".join(f.read() for entry in archive if entry.isfile() and (f := archive.extractfile(entry)))
    store = open_store(served.home)
    with store.database.reading() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    store.close()
    for what, text in (("the database", dump), ("the backup", contents.decode(errors="replace"))):
        no_secret_in(text, what, served.person.token, PASSWORD)


def shell(*command: str, home: Path, **more: str) -> str:
    """What a command prints, on both streams, among the planted secrets."""
    environment = {**os.environ, **PLANTED, "LASTSEEN_HOME": str(home), **more}
    done = subprocess.run(
        [sys.executable, str(PROJECT / "cli.py"), *command], cwd=PROJECT, env=environment, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_the_doctor_names_what_is_wrong_and_no_secret(tmp_path: Path) -> None:
    told = shell("doctor", home=tmp_path, LASTSEEN_DATABASE_URL=DATABASE)
    assert "127.0.0.1" in told  # it does say which database
    listed = shell("doctor", "--json", "-", home=tmp_path, LASTSEEN_DATABASE_URL=DATABASE)
    assert json.loads(listed)
    no_secret_in(told + listed, "the doctor")


@pytest.mark.parametrize("command", [("users", "list")])
def test_a_command_that_fails_tells_no_secret(tmp_path: Path, command: tuple[str, ...]) -> None:
    told = shell(
        *command, home=tmp_path, LASTSEEN_DATABASE_URL=DATABASE, LASTSEEN_FILES_URL="s3://k:planted-AWS-33aa@b/"
    )
    no_secret_in(told, f"cli.py {' '.join(command)}")
