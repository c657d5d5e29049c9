"""Rows of accounts, sessions, keys for programs, and failed sign-ins."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import schema
from data.errors import Conflict, NotFound
from data.models import Account
from data.rows import Row
from data.store import Store, Writing

_ACCOUNTS, _SESSIONS = schema.accounts, schema.sessions
_TOKENS, _FAILURES = schema.tokens, schema.sign_in_failures


@dataclass(frozen=True)
class Credentials:
    """What an account proves itself with; never shown, never logged."""

    account: Account
    password_hash: str = field(default="", repr=False)
    password_until: datetime | None = None
    totp_secret: str | None = field(default=None, repr=False)
    totp_step: int = 0
    recovery_hashes: tuple[str, ...] = field(default=(), repr=False)
    outside_id: str | None = None


@dataclass(frozen=True)
class Session:
    """One browser that is signed in, or waits for its second factor. `id` names it; its token is kept nowhere."""

    id: str
    account_id: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    idle_s: float
    address: str
    browser: str
    how: str
    waits_for_code: bool = False
    token_hash: str = field(default="", repr=False)


@dataclass(frozen=True)
class Key:
    """A token by which a program acts for an account."""

    id: str
    account_id: str
    purpose: str
    created_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    token_hash: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()


def account(store: Store, id: str) -> Account:
    return credentials(store, id).account


def account_named(store: Store, name: str) -> Account:
    """The account of this name, in whatever letters; NotFound when there is none."""
    found = credentials_named(store, name)
    if found is None:
        raise NotFound(f"account {name[:80]}: there is none of this name")
    return found.account


def accounts(store: Store) -> list[Account]:
    """Every account, by name."""
    with store.database.reading() as connection:
        rows = connection.execute(sa.select(_ACCOUNTS)).mappings()
        return sorted((_account_of(row) for row in rows), key=lambda known: known.name.casefold())


def account_count(store: Store) -> int:
    with store.database.reading() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(_ACCOUNTS)) or 0)


def credentials(store: Store, id: str) -> Credentials:
    found = _credentials(store, _ACCOUNTS.c.id == id)
    if found is None:
        raise NotFound(f"account {id[:80]}: not in the store")
    return found


def credentials_named(store: Store, name: str) -> Credentials | None:
    return _credentials(store, _ACCOUNTS.c.name_key == name_key(name))


def credentials_outside(store: Store, outside_id: str) -> Credentials | None:
    return _credentials(store, _ACCOUNTS.c.outside_id == outside_id)


def name_key(name: str) -> str:
    return name.casefold()


def _credentials(store: Store, where: sa.ColumnElement[bool]) -> Credentials | None:
    with store.database.reading() as connection:
        row = connection.execute(sa.select(_ACCOUNTS).where(where)).mappings().first()
    if row is None:
        return None
    return Credentials(
        _account_of(row), row["password_hash"], row["password_until"], row["totp_secret"], row["totp_step"],
        tuple(row["recovery_hashes"]), row["outside_id"],
    )  # fmt: skip


def _account_of(row: Row) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        full_name=row["full_name"],
        created_at=row["created_at"],
        is_admin=row["is_admin"],
        disabled_at=row["disabled_at"],
        must_change_password=row["must_change_password"],
        has_second_factor=row["totp_since"] is not None,
    )


def add_account(writing: Writing, account: Account, **secrets: Any) -> None:
    """Conflict when the name, or who they are at the provider, is taken."""
    values = {
        "id": account.id, "name": account.name, "name_key": name_key(account.name), "full_name": account.full_name,
        "created_at": account.created_at, "is_admin": account.is_admin, "disabled_at": account.disabled_at,
        "must_change_password": account.must_change_password,
    }  # fmt: skip
    try:
        writing.connection.execute(sa.insert(_ACCOUNTS).values(values | secrets))
    except sa.exc.IntegrityError as error:
        raise Conflict(f"{account.name}: there is an account of this name already") from error


def change_account(writing: Writing, id: str, **values: Any) -> None:
    try:
        changed = writing.connection.execute(sa.update(_ACCOUNTS).where(_ACCOUNTS.c.id == id).values(values)).rowcount
    except sa.exc.IntegrityError as error:
        raise Conflict("this person of the provider has another account here already") from error
    if changed != 1:
        raise NotFound(f"account {id[:80]}: not in the store")


def use_code(writing: Writing, account_id: str, step: int) -> bool:
    """Note that the code of this time step was used; False when it, or a later one, was used before."""
    where = sa.and_(_ACCOUNTS.c.id == account_id, _ACCOUNTS.c.totp_step < step)
    return writing.connection.execute(sa.update(_ACCOUNTS).where(where).values(totp_step=step)).rowcount == 1


def recovery_hashes(writing: Writing, account_id: str) -> list[str]:
    """Of the recovery codes that are left; read within the transaction."""
    query = sa.select(_ACCOUNTS.c.recovery_hashes).where(_ACCOUNTS.c.id == account_id)
    return list(writing.connection.execute(query).scalar_one())


# sessions


def add_session(writing: Writing, session: Session) -> None:
    values = {name: getattr(session, name) for name in _SESSIONS.c.keys()}  # noqa: SIM118  columns, no mapping
    writing.connection.execute(sa.insert(_SESSIONS).values(values))


def session(store: Store, token_hash: str) -> Session | None:
    """The session of this token, however old it is."""
    found = _sessions(store, _SESSIONS.c.token_hash == token_hash)
    return found[0] if found else None


def sessions_of(store: Store, account_id: str) -> list[Session]:
    """The account's sessions, the one used last first."""
    found = _sessions(store, _SESSIONS.c.account_id == account_id)
    return sorted(found, key=lambda known: known.seen_at, reverse=True)


def sessions_among(store: Store, token_hashes: Collection[str]) -> list[Session]:
    """Those of these sessions that are there, of accounts that are not disabled."""
    return _sessions(store, _SESSIONS.c.token_hash.in_(token_hashes))


def session_and_account(store: Store, token_hash: str) -> tuple[Session, Account] | None:
    """What a token stands for, however old it is, in one look."""
    names = {name: _SESSIONS.c[name].label(f"session_{name}") for name in _SESSIONS.c.keys()}  # noqa: SIM118
    query = sa.select(_ACCOUNTS, *names.values()).join(_SESSIONS, _SESSIONS.c.account_id == _ACCOUNTS.c.id)
    with store.database.reading() as connection:
        row = connection.execute(query.where(_SESSIONS.c.token_hash == token_hash)).mappings().first()
    if row is None:
        return None
    return Session(**{name: row[f"session_{name}"] for name in names}), _account_of(row)


def _sessions(store: Store, where: sa.ColumnElement[bool]) -> list[Session]:
    query = sa.select(_SESSIONS).join(_ACCOUNTS, _ACCOUNTS.c.id == _SESSIONS.c.account_id)
    with store.database.reading() as connection:
        rows = connection.execute(query.where(where, _ACCOUNTS.c.disabled_at.is_(None))).mappings()
        return [Session(**row) for row in rows]


def see_session(writing: Writing, token_hash: str, at: datetime) -> None:
    """Note that somebody was at work in it."""
    where = sa.and_(_SESSIONS.c.token_hash == token_hash, _SESSIONS.c.seen_at < at)
    writing.connection.execute(sa.update(_SESSIONS).where(where).values(seen_at=at))


def end_session(writing: Writing, *, token_hash: str | None = None, id: str | None = None, account_id: str) -> bool:
    """End one session of the account; whether there was one."""
    which = _SESSIONS.c.token_hash == token_hash if id is None else _SESSIONS.c.id == id
    return (
        writing.connection.execute(sa.delete(_SESSIONS).where(which, _SESSIONS.c.account_id == account_id)).rowcount
        == 1
    )


def end_sessions(writing: Writing, account_id: str, *, but: str = "") -> int:
    """End all sessions of an account but the one with this token hash; how many there were."""
    where = sa.and_(_SESSIONS.c.account_id == account_id, _SESSIONS.c.token_hash != but)
    return writing.connection.execute(sa.delete(_SESSIONS).where(where)).rowcount


def tidy(writing: Writing, *, sessions_before: datetime, failures_before: datetime) -> None:
    """Forget sessions and keys that ended before, and failures from before these times."""
    writing.connection.execute(sa.delete(_SESSIONS).where(_SESSIONS.c.ends_at < sessions_before))
    writing.connection.execute(sa.delete(_TOKENS).where(_TOKENS.c.ends_at < sessions_before))
    writing.connection.execute(sa.delete(_FAILURES).where(_FAILURES.c.at < failures_before))


# keys for programs


def add_key(writing: Writing, key: Key) -> None:
    values = {name: getattr(key, name) for name in _TOKENS.c.keys()}  # noqa: SIM118
    writing.connection.execute(sa.insert(_TOKENS).values(values))


def key(store: Store, token_hash: str) -> Key | None:
    found = _keys(store, _TOKENS.c.token_hash == token_hash)
    return found[0] if found else None


def keys_of(store: Store, account_id: str) -> list[Key]:
    """The account's keys, the newest first."""
    found = _keys(store, _TOKENS.c.account_id == account_id)
    return sorted(found, key=lambda known: known.created_at, reverse=True)


def keys_among(store: Store, token_hashes: Collection[str]) -> list[Key]:
    return _keys(store, _TOKENS.c.token_hash.in_(token_hashes))


def _keys(store: Store, where: sa.ColumnElement[bool]) -> list[Key]:
    query = sa.select(_TOKENS).join(_ACCOUNTS, _ACCOUNTS.c.id == _TOKENS.c.account_id)
    with store.database.reading() as connection:
        rows = connection.execute(query.where(where, _ACCOUNTS.c.disabled_at.is_(None))).mappings()
        return [Key(**dict(row) | {"scopes": tuple(row["scopes"])}) for row in rows]


def use_key(writing: Writing, token_hash: str, at: datetime) -> None:
    writing.connection.execute(sa.update(_TOKENS).where(_TOKENS.c.token_hash == token_hash).values(used_at=at))


def end_key(writing: Writing, id: str, *, account_id: str) -> bool:
    """Whether there was one."""
    where = sa.and_(_TOKENS.c.id == id, _TOKENS.c.account_id == account_id)
    return writing.connection.execute(sa.delete(_TOKENS).where(where)).rowcount == 1


def end_keys(writing: Writing, account_id: str) -> int:
    return writing.connection.execute(sa.delete(_TOKENS).where(_TOKENS.c.account_id == account_id)).rowcount


# failures


def failures(writing: Writing, since: datetime, *, account_key: str = "", address: str = "") -> list[datetime]:
    """When tries at this account, or from this address, failed, oldest first; read within the transaction."""
    which = _FAILURES.c.account_key == account_key if account_key else _FAILURES.c.address == address
    query = sa.select(_FAILURES.c.at).where(which, _FAILURES.c.at >= since).order_by(_FAILURES.c.at, _FAILURES.c.id)
    return list(writing.connection.execute(query).scalars())


def add_failure(writing: Writing, *, at: datetime, account_key: str, address: str) -> int:
    """Note a try as failed, before it is known to be; its number, by which it is taken back."""
    result = writing.connection.execute(
        sa.insert(_FAILURES).values(at=at, account_key=account_key, address=address).returning(_FAILURES.c.id)
    )
    return int(result.scalar_one())


def take_back_failure(writing: Writing, number: int) -> None:
    writing.connection.execute(sa.delete(_FAILURES).where(_FAILURES.c.id == number))
