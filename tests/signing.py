"""Signs in at a served LastSeen as a person would: an account from the machine's shell, then the real forms."""

import re
from dataclasses import dataclass
from pathlib import Path

import httpx

from casework import accounts
from casework.access import Machine
from casework.signing_in import COOKIE
from data import role_rows
from data.models import CaseRole, Role, utc_now
from data.store import Store, open_store

PASSWORD = "winding tea kettle road"
TESTER = "tester"


@dataclass(frozen=True)
class SignedIn:
    """An account at a served LastSeen, and the token of its session."""

    name: str
    account_id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What a browser of this session would send along with a request that changes something."""
        return {"Cookie": f"{COOKIE}={self.token}", "X-LastSeen": "1"}


def has_a_door(url: str) -> bool:
    """Whether sign-in is asked for there; a probe of a test may be a page alone."""
    return httpx.get(f"{url}/case", follow_redirects=False, trust_env=False).status_code == 303


def sign_in(
    url: str, home: Path, name: str = TESTER, *, is_admin: bool = False, database_url: str = "", roles: bool = True
) -> SignedIn:
    """A new account, supervisor of every case that is there, signed in with a password of its own."""
    store = open_store(home, database_url=database_url)
    try:
        machine = store.guarded(Machine("tests"))
        account, once = accounts.add_account(machine, name, by="tests", is_admin=is_admin)
        if roles and not is_admin:
            supervises_everything(store, account.id)
    finally:
        store.close()
    return SignedIn(account.name, account.id, first_sign_in(url, name, once))


def supervises_everything(store: Store, account_id: str) -> None:
    with store.writing() as writing:
        for case in store.cases():
            role_rows.give(writing, CaseRole(case.id, account_id, Role.SUPERVISOR, utc_now(), "tests"))


def first_sign_in(url: str, name: str, once: str, password: str = PASSWORD) -> str:
    """The token of a session, after a one-time password was given and one of one's own chosen."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as browser:
        answer = posted(browser, "/sign-in", name=name, password=once)
        assert answer.headers["location"].startswith("/sign-in/new-password"), answer.text
        answer = posted(browser, "/sign-in/new-password", new=password, again=password)
        assert answer.status_code == 303, answer.text
        return str(browser.cookies[COOKIE])


def posted(browser: httpx.Client, path: str, *, page: str = "", **fields: str) -> httpx.Response:
    """Fill in the form on a page and send it."""
    found = browser.get(page or path)
    token = re.search(r'name="form" value="([0-9a-f]+)"', found.text)
    assert token is not None, f"{page or path}: {found.status_code} {found.headers.get('location')} {found.text[:300]}"
    return browser.post(path, data={"form": token[1]} | fields)
