"""What an attacker who can plant cookies gains: nothing. A browser has one session at a time."""

import pytest

from casework.signing_in import COOKIE, SECURE_COOKIE
from data import account_rows as rows
from data.models import Account
from data.store import Store
from tests.api.doors import PASSWORD, Browser, an_account_with, door

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def account(store: Store) -> Account:
    return an_account_with(store)


def token_of(store: Store, name: str, **more: str) -> str:
    browser = Browser(door(store), **more)
    browser.sign_in(name)
    assert browser.token is not None
    return browser.token


@pytest.mark.usefixtures("account")
def test_two_sessions_in_one_request_are_none(store: Store) -> None:
    """The door reads the first cookie of a name, the pages' library the last: each would believe another."""
    an_account_with(store, "eve")
    mine, planted = token_of(store, "aino"), token_of(store, "eve")
    asking = Browser(door(store))
    both = f"{COOKIE}={mine}; {COOKIE}={planted}"
    assert asking.get("/map", Cookie=both).status_code == 303
    assert asking.get("/map", Cookie=f"{COOKIE}={mine}; {COOKIE}={mine}").status_code == 200


@pytest.mark.usefixtures("account")
def test_over_an_encrypted_line_only_the_cookie_that_no_neighbour_can_plant_counts(store: Store) -> None:
    token = token_of(store, "aino", base="https://lastseen.example")
    asking = Browser(door(store), base="https://lastseen.example")
    assert asking.get("/map", Cookie=f"{SECURE_COOKIE}={token}").status_code == 200
    assert asking.get("/map", Cookie=f"{COOKIE}={token}").status_code == 303


def test_signing_in_again_ends_the_session_before(store: Store, account: Account) -> None:
    browser = Browser(door(store))
    browser.sign_in()
    (first,) = rows.sessions_of(store, account.id)
    token = browser.form_token("/account")
    browser.ask("POST", "/sign-in", data={"form": token, "name": "aino", "password": "wrong", "next": "/"})
    assert [known.id for known in rows.sessions_of(store, account.id)] == [first.id], "a wrong password ends nothing"
    fields = {"form": token, "name": "aino", "password": PASSWORD, "next": "/"}
    assert browser.ask("POST", "/sign-in", data=fields).status_code == 303
    (second,) = rows.sessions_of(store, account.id)
    assert second.id != first.id


def test_a_head_of_the_sign_in_page_is_no_form(store: Store) -> None:
    assert Browser(door(store)).ask("HEAD", "/sign-in").status_code == 200
