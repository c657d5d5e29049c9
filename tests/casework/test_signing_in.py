"""What of signing in shows only from inside: how long it takes, and what is kept."""

import time
from datetime import timedelta
from statistics import median

import pytest

from casework import signing_in
from casework.passwords import hashed
from casework.signing_in import Caller, Limits
from data import account_rows as rows
from data.errors import NotSignedIn
from data.models import Account, utc_now
from data.store import Store

BACKENDS = ("sqlite", "postgresql")
PASSWORD = "winding tea kettle road"


@pytest.fixture
def account(store: Store) -> Account:
    made = Account("account-1", "aino", "Aino Tutkija", utc_now())
    with store.writing() as writing:
        rows.add_account(writing, made, password_hash=hashed(PASSWORD))
    return made


def test_an_unknown_name_takes_as_long_as_a_wrong_password(store: Store, account: Account) -> None:
    def took(name: str, address: int) -> float:
        began = time.perf_counter()
        with pytest.raises(NotSignedIn):
            signing_in.sign_in(
                store, name, "wrong wrong wrong", caller=Caller(f"198.51.100.{address}"), limits=Limits()
            )
        return time.perf_counter() - began

    took("nobody-0", 200)
    known, unknown = [], []
    for number in range(4):
        unknown.append(took(f"nobody-{number}", number))
        known.append(took("aino", 100 + number))
    assert 0.4 < median(unknown) / median(known) < 2.5


def test_sessions_and_failures_of_long_ago_are_forgotten_at_the_next_sign_in(store: Store, account: Account) -> None:
    old = signing_in.open_session(
        store, account, caller=Caller(), limits=Limits(timedelta(hours=1), timedelta(microseconds=1)), how="test"
    )
    with store.writing() as writing:
        rows.add_failure(writing, at=utc_now() - timedelta(days=1), account_key="account-1", address="198.51.100.1")
    signing_in.sign_in(store, "aino", PASSWORD, caller=Caller(), limits=Limits())
    assert rows.session(store, signing_in.hash_of(old)) is None
    with store.writing() as writing:
        assert rows.failures(writing, utc_now() - timedelta(days=9), account_key="account-1") == []


def test_a_hash_of_weaker_settings_is_made_anew_when_the_password_is_there(store: Store, account: Account) -> None:
    from pwdlib.hashers.argon2 import Argon2Hasher

    weak = Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD.encode())
    with store.writing() as writing:
        rows.change_account(writing, account.id, password_hash=weak)
    signing_in.sign_in(store, "aino", PASSWORD, caller=Caller(), limits=Limits())
    kept = rows.credentials(store, account.id).password_hash
    assert kept != weak
    assert "m=65536" in kept


def test_credentials_and_tokens_are_not_shown_when_printed(store: Store, account: Account) -> None:
    token = signing_in.open_session(store, account, caller=Caller(), limits=Limits(), how="test")
    (session,) = rows.sessions_of(store, account.id)
    shown = repr(rows.credentials(store, account.id)) + repr(session)
    assert "argon2" not in shown
    assert signing_in.hash_of(token) not in shown
