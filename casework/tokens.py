"""Tokens: by them a program acts at /api for an account, within the scopes it was given and no longer than it says."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from casework.access import needs
from casework.signing_in import hash_of
from data import account_rows as rows
from data.account_rows import Key
from data.errors import BadInput, Conflict, NotFound
from data.models import Account, Permission, utc_now
from data.store import Store

LASTS = timedelta(days=90)
LONGEST = timedelta(days=366)
PREFIX = "lastseen_"
MOST = 20
"""So many tokens an account may have at a time: of more nobody knows which is which."""
LONGEST_NAME = 80


class Scope(StrEnum):
    """What a token may be used for; whatever its account may not do, its tokens may not either."""

    READ = "read"
    WRITE = "write"
    REVIEW = "review"
    FACES = "faces"
    GOVERN = "govern"


def scopes_named(names: Collection[str] | None) -> frozenset[Scope]:
    """The scopes of these names, all without any; BadInput for a name that is none."""
    try:
        return frozenset(map(Scope, names)) if names else frozenset(Scope)
    except ValueError:
        raise BadInput(f"scope: one of {', '.join(Scope)}") from None


@needs(Permission.MANAGE_ACCOUNTS)
def make_key(
    store: Store,
    account_id: str,
    *,
    purpose: str,
    by: str,
    lasts: timedelta = LASTS,
    scopes: Collection[Scope] = frozenset(Scope),
) -> tuple[Key, str]:
    """A key by which a program acts for any account at /api, and its token, which is kept nowhere."""
    return _made(store, rows.account(store, account_id), purpose=purpose, by=by, lasts=lasts, scopes=scopes)


def make_own_key(
    store: Store, account: Account, *, name: str, lasts: timedelta, scopes: Collection[Scope]
) -> tuple[Key, str]:
    """The same for one's own account, whose password the page has asked for; it has a name to tell it by."""
    if not name.strip():
        raise BadInput("name: say which program will use it")
    return _made(store, account, purpose=name, by=account.name, lasts=lasts, scopes=scopes)


def _made(
    store: Store, account: Account, *, purpose: str, by: str, lasts: timedelta, scopes: Collection[Scope]
) -> tuple[Key, str]:
    if not timedelta(0) < lasts <= LONGEST:
        raise BadInput(f"days: between 1 and {LONGEST.days}")
    if not scopes:
        raise BadInput("scopes: choose at least one")
    if len(keys(store, account)) >= MOST:
        raise Conflict(f"{account.name} has {MOST} tokens already; end one that is no longer used")
    token, now = PREFIX + secrets.token_urlsafe(32), utc_now()
    named = " ".join(purpose.split())[:LONGEST_NAME]
    within = tuple(scope.value for scope in Scope if scope in scopes)
    key = Key(secrets.token_hex(8), account.id, named, now, now + lasts, None, hash_of(token), within)
    with store.writing() as writing:
        rows.add_key(writing, key)
        writing.audit(
            at=now, by=by, action="key made", case_id=None, account=account.name, key=key.id, purpose=key.purpose,
            ends_at=key.ends_at.isoformat(), scopes=" ".join(within),
        )  # fmt: skip
    return key, token


def keys(store: Store, account: Account) -> list[Key]:
    """The keys of this account's programs, the newest first."""
    return [known for known in rows.keys_of(store, account.id) if utc_now() < known.ends_at]


def end_key(store: Store, account: Account, key_id: str) -> None:
    """End a key of one's own; NotFound when it is none."""
    with store.writing() as writing:
        if not rows.end_key(writing, key_id, account_id=account.id):
            raise NotFound("This key has ended already.")
        writing.audit(at=utc_now(), by=account.name, action="key ended", case_id=None, key=key_id)


def key_and_account(store: Store, token: str) -> tuple[Key, Account] | None:
    """The key with this token and whose it is, while it lasts."""
    if not token.startswith(PREFIX):
        return None
    found = rows.key(store, hash_of(token))
    if found is None or utc_now() >= found.ends_at:
        return None
    account = rows.account(store, found.account_id)
    if account.disabled_at is not None:
        return None
    if found.used_at is None or utc_now() - found.used_at > timedelta(minutes=1):
        with store.writing() as writing:
            rows.use_key(writing, found.token_hash, utc_now())
    return found, account
