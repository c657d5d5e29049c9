"""Tokens on the page My account: made after the password, shown once, ended at once."""

import re

import pytest

from casework import tokens
from data.models import Account
from data.store import Store
from tests.api.doors import PASSWORD, Browser, an_account_with, door

PAGE = "/account"
FORM = "/account/tokens"
GOOD = {"name": "recorder <b>7</b>", "scope-read": "1", "scope-faces": "1", "days": "30", "password": PASSWORD}
pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def account(store: Store) -> Account:
    return an_account_with(store)


@pytest.fixture
def browser(store: Store, account: Account) -> Browser:
    browser = Browser(door(store))
    assert browser.sign_in().status_code == 303
    return browser


def test_a_token_is_shown_once_and_kept_as_a_hash(store: Store, account: Account, browser: Browser) -> None:
    made = browser.send(FORM, GOOD, page=PAGE)
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    assert "recorder &lt;b&gt;7&lt;/b&gt;" in made.text
    token = re.search(rf"{tokens.PREFIX}[\w-]{{43}}", made.text)
    assert token is not None
    found = tokens.key_and_account(store, token[0])
    assert found is not None
    assert (found[1].id, found[0].scopes, found[0].purpose) == (account.id, ("read", "faces"), "recorder <b>7</b>")
    again = browser.get(PAGE)
    assert token[0] not in again.text
    assert "recorder &lt;b&gt;7&lt;/b&gt;" in again.text
    record = [entry for entry in store.audit_entries(None) if entry.action == "key made"]
    assert [entry.details["scopes"] for entry in record] == ["read faces"]
    assert token[0].removeprefix(tokens.PREFIX) not in str(record)


@pytest.mark.parametrize(("wrong", "words"), [
    ({"password": "not it"}, "wrong"), ({"name": " "}, "name"), ({"days": "367"}, "days"), ({"days": "0"}, "days"),
    ({"days": "-1"}, "days"), ({"days": "٣"}, "days"), ({"days": ""}, "days"),
])  # fmt: skip
def test_no_token_is_made_of_what_is_wrong(
    store: Store, account: Account, browser: Browser, wrong: dict[str, str], words: str
) -> None:
    answer = browser.send(FORM, GOOD | wrong, page=PAGE)
    assert answer.status_code in (400, 403, 422)
    assert words in answer.text
    assert tokens.keys(store, account) == []


def test_a_token_without_a_scope_is_not_made(store: Store, account: Account, browser: Browser) -> None:
    answer = browser.send(FORM, {name: value for name, value in GOOD.items() if "scope" not in name}, page=PAGE)
    assert "scopes: choose at least one" in answer.text
    assert tokens.keys(store, account) == []


def test_a_form_from_elsewhere_makes_none(store: Store, account: Account, browser: Browser) -> None:
    assert browser.send(FORM, GOOD, page=PAGE, Origin="https://evil.example").status_code == 403
    assert browser.ask("POST", FORM, data=GOOD).status_code == 403
    assert tokens.keys(store, account) == []


def test_an_ended_token_opens_nothing_and_nobody_ends_anothers(store: Store, browser: Browser) -> None:
    other = an_account_with(store, "bea")
    theirs, _ = tokens.make_key(store, other.id, purpose="", by="tests")
    token = re.search(rf"{tokens.PREFIX}[\w-]{{43}}", browser.send(FORM, GOOD, page=PAGE).text)
    assert token is not None
    program = Browser(door(store), headers={"Authorization": f"Bearer {token[0]}"})
    assert program.get("/api/v1/x").status_code == 200
    assert browser.send("/account/keys", {"id": theirs.id}, page=PAGE).status_code == 404
    found = tokens.key_and_account(store, token[0])
    assert found is not None
    assert browser.send("/account/keys", {"id": found[0].id}, page=PAGE).status_code == 303
    assert program.get("/api/v1/x").status_code == 401
    assert tokens.keys(store, other) == [theirs]


def test_no_more_tokens_than_a_person_can_tell_apart(
    store: Store, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST", 1)
    assert browser.send(FORM, GOOD, page=PAGE).status_code == 200
    assert "1 tokens already" in browser.send(FORM, GOOD, page=PAGE).text
