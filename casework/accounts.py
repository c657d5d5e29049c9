"""What an admin does with accounts, on the Accounts page or with `cli.py users`. None of it opens a case."""

import re
from datetime import timedelta
from uuid import uuid4

from casework import second_factor
from casework.access import needs
from casework.passwords import hashed, one_time_password
from data import account_rows as rows
from data.account_rows import Session
from data.errors import BadInput, Conflict
from data.models import Account, Permission, utc_now
from data.store import Store, Writing

ONE_TIME_LASTS = timedelta(days=7)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}[A-Za-z0-9]", re.ASCII)
_RESERVED = {"lastseen", "somebody", "worker", "inbox", "system"}
FULL_NAME_MOST = 120


@needs(Permission.MANAGE_ACCOUNTS)
def accounts(store: Store) -> list[Account]:
    """Every account, by name."""
    return rows.accounts(store)


@needs(Permission.MANAGE_ACCOUNTS)
def account_named(store: Store, name: str) -> Account:
    """NotFound when there is none of this name."""
    return rows.account_named(store, name.strip())


@needs(Permission.MANAGE_ACCOUNTS)
def add_account(
    store: Store, name: str, *, by: str, full_name: str = "", is_admin: bool = False
) -> tuple[Account, str]:
    """A new account, and its one-time password, which is kept nowhere and must be changed at the first sign-in."""
    account = _new(name, full_name, is_admin=is_admin, must_change_password=True)
    password = one_time_password()
    secret = {"password_hash": hashed(password), "password_until": account.created_at + ONE_TIME_LASTS}
    with store.writing() as writing:
        rows.add_account(writing, account, **secret)
        _audit(writing, by, "account added", account, is_admin=is_admin)
    return account, password


@needs(Permission.MANAGE_ACCOUNTS)
def disable_account(store: Store, account_id: str, *, by: str) -> Account:
    """Nobody signs in with it any more; its sessions and keys end now. What it did stays in the record."""
    account = rows.account(store, account_id)
    if account.name == by:
        raise Conflict(f"{account.name}: this is you; another admin, or the command line, can disable it")
    with store.writing() as writing:
        rows.change_account(writing, account.id, disabled_at=account.disabled_at or utc_now())
        ended = rows.end_sessions(writing, account.id)
        keys = rows.end_keys(writing, account.id)
        _audit(writing, by, "account disabled", account, sessions_ended=ended, keys_ended=keys)
    return rows.account(store, account.id)


@needs(Permission.MANAGE_ACCOUNTS)
def enable_account(store: Store, account_id: str, *, by: str) -> Account:
    """Sign-in with the account's own password works again."""
    account = rows.account(store, account_id)
    with store.writing() as writing:
        rows.change_account(writing, account.id, disabled_at=None)
        _audit(writing, by, "account enabled", account)
    return rows.account(store, account.id)


@needs(Permission.MANAGE_ACCOUNTS)
def reset_password(store: Store, account_id: str, *, by: str) -> str:
    """A one-time password for who forgot theirs; the old one and every session end now."""
    account = rows.account(store, account_id)
    password = one_time_password()
    values = {"password_hash": hashed(password), "password_until": utc_now() + ONE_TIME_LASTS}
    with store.writing() as writing:
        rows.change_account(writing, account.id, must_change_password=True, **values)
        _audit(writing, by, "one-time password made", account, sessions_ended=rows.end_sessions(writing, account.id))
    return password


@needs(Permission.MANAGE_ACCOUNTS)
def reset_second_factor(store: Store, account_id: str, *, by: str) -> None:
    """For who lost their telephone and their recovery codes; every session ends now."""
    account = rows.account(store, account_id)
    second_factor.remove(store, account, by=by)
    end_sessions(store, account_id, by=by)


@needs(Permission.MANAGE_ACCOUNTS)
def end_sessions(store: Store, account_id: str, *, by: str) -> int:
    """Sign the account out everywhere; how many sessions there were."""
    account = rows.account(store, account_id)
    with store.writing() as writing:
        ended = rows.end_sessions(writing, account.id)
        _audit(writing, by, "sessions ended", account, sessions_ended=ended)
    return ended


@needs(Permission.MANAGE_ACCOUNTS)
def sessions_of(store: Store, account_id: str) -> list[Session]:
    """The account's sessions, the one used last first."""
    return rows.sessions_of(store, account_id)


@needs(Permission.MANAGE_ACCOUNTS)
def link_outside(store: Store, account_id: str, outside_id: str, *, by: str) -> None:
    """Let who has this id at the OpenID provider sign in to this account: ISSUER|SUBJECT."""
    account = rows.account(store, account_id)
    issuer, bar, subject = outside_id.partition("|")
    if not (issuer.startswith("http") and bar and subject):
        raise BadInput("provider's id: write it as ISSUER|SUBJECT, such as https://login.example.org|4711")
    with store.writing() as writing:
        rows.change_account(writing, account.id, outside_id=outside_id)
        _audit(writing, by, "account linked to the provider", account, outside_id=outside_id)


def arrived_from_outside(store: Store, outside_id: str, *, name: str, full_name: str) -> Account:
    """The account of somebody whom the OpenID provider vouches for; a new one, without any role, at the first time.

    Conflict where an account of this name is there that is not theirs: an admin has to say that it is.
    """
    found = rows.credentials_outside(store, outside_id)
    if found is not None:
        return found.account
    account = _new(name, full_name, is_admin=False, must_change_password=False)
    try:
        with store.writing() as writing:
            rows.add_account(writing, account, outside_id=outside_id, password_hash="")
            _audit(writing, account.name, "account came from the provider", account, outside_id=outside_id)
    except Conflict as error:
        raise Conflict(
            f"{account.name}: there is an account of this name already; an admin can link it to you "
            f"(cli.py users link {account.name} '{outside_id}')"
        ) from error
    return account


def _new(name: str, full_name: str, *, is_admin: bool, must_change_password: bool) -> Account:
    name, full_name = name.strip(), " ".join(full_name.split())
    if not is_account_name(name):
        raise BadInput(
            f"name {name[:70]!r}: use 2 to 64 letters A to Z, digits and . _ @ -, and none of LastSeen's own names"
        )
    if len(full_name) > FULL_NAME_MOST:
        raise BadInput(f"full name: use at most {FULL_NAME_MOST} characters")
    return Account(
        uuid4().hex, name, full_name, utc_now(), is_admin=is_admin, must_change_password=must_change_password
    )  # fmt: skip


def is_account_name(name: str) -> bool:
    """Whether an account can be called so: only letters that cannot be taken for others."""
    return bool(_NAME.fullmatch(name)) and name.casefold() not in _RESERVED


def _audit(writing: Writing, by: str, action: str, account: Account, **details: object) -> None:
    writing.audit(at=utc_now(), by=by, action=action, case_id=None, account=account.name, **details)
