"""cli.py users: accounts from the shell."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from casework import tokens
from cli import app
from data import account_rows as rows
from data.store import Store, open_store


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["users", *words])
    assert done.exit_code == code, done.output
    return done.output.strip()


def opened(home: Path) -> Store:
    return open_store(home)


def test_an_account_is_added_listed_disabled_and_enabled(home: Path) -> None:
    said = run("add", "aino", "--full-name", "Aino Tutkija")
    assert re.search(r"\n[a-z2-9]{5}(-[a-z2-9]{5}){3}$", said)
    run("add", "chief", "--admin")
    assert run("list") == "aino (Aino Tutkija): must choose a password\nchief: admin, must choose a password"
    assert run("disable", "AINO") == "account aino is disabled"
    assert run("list").startswith("aino (Aino Tutkija): disabled")
    assert run("enable", "aino") == "account aino can sign in again"
    (first, _) = json.loads(run("list", "--json", "-"))
    assert first["name"] == "aino"
    assert not {"password", "password_hash", "totp_secret"} & set(first)


def test_what_cannot_be_is_said_in_one_line(home: Path) -> None:
    assert "There is no account yet" in run("list")
    assert "use 2 to 64 letters" in run("add", "a b", code=3)
    run("add", "aino")
    assert "of this name already" in run("add", "Aino", code=1)
    for command in ("password", "disable", "enable", "token", "sign-out", "second-factor-off"):
        assert "there is none of this name" in run(command, "nobody", code=1)


def test_a_new_one_time_password_takes_the_place_of_the_old_one(home: Path) -> None:
    run("add", "aino")
    store = opened(home)
    before = rows.credentials_named(store, "aino")
    password = run("password", "aino")
    after = rows.credentials_named(store, "aino")
    assert before is not None
    assert after is not None
    assert before.password_hash != after.password_hash
    assert after.account.must_change_password
    assert password not in repr(store.audit_entries())
    store.close()


def test_a_key_for_a_program_is_printed_once_and_works(home: Path) -> None:
    run("add", "aino")
    token = run("token", "aino", "--purpose", "nightly upload", "--days", "7", "--scope", "read", "--scope", "write")
    store = opened(home)
    found = tokens.key_and_account(store, token)
    assert found is not None
    assert (found[0].purpose, found[1].name) == ("nightly upload", "aino")
    assert (found[0].ends_at - found[0].created_at).days == 7
    assert found[0].scopes == ("read", "write")
    database = store.database.readers.url.database
    store.close()
    assert token.encode() not in Path(str(database)).read_bytes()
