"""Who signs in, and how long they stay: passwords, sessions, and what ends them.

A session is a row; the browser holds a random token of which the row keeps the SHA-256. Every sign-in makes a new
token. `account_of` is asked at every request and every run of a page, on a store without a guard.
"""

import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from casework.passwords import hashed, is_outdated, is_right
from casework.slowing import REMEMBERED, key_of, take_turn
from data import account_rows as rows
from data.account_rows import Credentials, Session
from data.errors import NotSignedIn
from data.models import Account, utc_now
from data.store import Store, Writing

COOKIE, SECURE_COOKIE = "lastseen_session", "__Host-lastseen_session"
CODE_WITHIN = timedelta(minutes=10)
"""So long a password that was right waits for the second factor."""
SEEN_EVERY = timedelta(seconds=30)
_WRONG = "Name or password is wrong."


@dataclass(frozen=True)
class Limits:
    """How long a session lasts: without anybody at work in it, and at most."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)


@dataclass(frozen=True)
class Caller:
    """Where somebody signs in from, for the list of sessions and for slowing down.

    `mark`: what a browser has kept of an account that signed in with it before (`browser_mark`).
    """

    address: str = ""
    browser: str = ""
    mark: str = ""


def sign_in(store: Store, name: str, password: str, *, caller: Caller, limits: Limits) -> str:
    """The token of a new session; it `waits_for_code` where the account has a second factor.

    NotSignedIn, in the same words and after the same time, when the name is unknown, the password wrong or too old, or
    the account disabled. TooSoon after too many failures.
    """
    found = rows.credentials_named(store, name.strip())
    key = key_of(found.account.id if found else None, name)
    if found and hmac.compare_digest(caller.mark.encode("utf-8", "replace"), _mark_of(found).encode()):
        key += " in a browser it knows"  # a stranger who tries without end does not keep its owner out
    noted = take_turn(store, key, caller.address)
    right = is_right(password, found.password_hash if found else "")
    why = _why_not(found, right=right)
    if found is None or why:
        _note_failure(store, found, caller, why)
        raise NotSignedIn(_WRONG)
    how = "password"
    session, token = _session(found.account, caller, limits, how, waits=found.account.has_second_factor)
    with store.writing() as writing:
        rows.take_back_failure(writing, noted)
        _open(writing, session, found.account)
        if is_outdated(found.password_hash):
            rows.change_account(writing, found.account.id, password_hash=hashed(password))
    return token


def browser_mark(store: Store, account: Account) -> str:
    """What a browser keeps after a sign-in, so that failures elsewhere do not slow this one; until a new password."""
    return _mark_of(rows.credentials(store, account.id))


def _mark_of(known: Credentials) -> str:
    return hmac.digest(known.password_hash.encode(), f"browser of {known.account.id}".encode(), "sha256").hex()


def _why_not(found: Credentials | None, *, right: bool) -> str:
    if found is None:
        return "unknown name"
    if not right:
        return "wrong password"
    if found.account.disabled_at is not None:
        return "account disabled"
    if found.password_until is not None and found.password_until < utc_now():
        return "one-time password too old"
    return ""


def _note_failure(store: Store, found: Credentials | None, caller: Caller, why: str) -> None:
    """What was typed as a name is not written down where no account has it: it may be a password."""
    by = found.account.name if found else "somebody"
    with store.writing() as writing:
        writing.audit(
            at=utc_now(), by=by, action="sign-in failed", case_id=None, why=why, address=caller.address,
        )  # fmt: skip


def open_session(store: Store, account: Account, *, caller: Caller, limits: Limits, how: str) -> str:
    """The token of a new session for somebody who has proved elsewhere who they are; NotSignedIn where disabled.

    It `waits_for_code` as one with a password does, where the account has a second factor here.
    """
    if account.disabled_at is not None:
        raise NotSignedIn("This account is disabled.")
    session, token = _session(account, caller, limits, how, waits=account.has_second_factor)
    with store.writing() as writing:
        _open(writing, session, account)
    return token


def _session(account: Account, caller: Caller, limits: Limits, how: str, *, waits: bool) -> tuple[Session, str]:
    now, token = utc_now(), secrets.token_urlsafe(32)
    ends_at = now + (CODE_WITHIN if waits else limits.absolute)
    session = Session(
        secrets.token_hex(8), account.id, now, now, ends_at, limits.idle.total_seconds(), caller.address[:80],
        caller.browser[:200], how, waits, hash_of(token),
    )  # fmt: skip
    return session, token


def _open(writing: Writing, session: Session, account: Account) -> None:
    rows.tidy(writing, sessions_before=session.created_at, failures_before=session.created_at - 2 * REMEMBERED)
    rows.add_session(writing, session)
    writing.audit(
        at=session.created_at,
        by=account.name,
        action="password right, code awaited" if session.waits_for_code else "signed in",
        case_id=None,
        address=session.address,
        how=session.how,
        session=session.id,
    )


def passed_code(store: Store, session: Session, account: Account, *, limits: Limits, how: str) -> str:
    """The token of the session that takes the place of one that waited for its second factor."""
    caller = Caller(session.address, session.browser)
    fresh, token = _session(account, caller, limits, f"{session.how} and {how}", waits=False)
    with store.writing() as writing:
        if not rows.end_session(writing, token_hash=session.token_hash, account_id=account.id):
            raise NotSignedIn("Sign in again; this took too long.")
        _open(writing, fresh, account)
    return token


def renewed(store: Store, session: Session) -> str:
    """A new token for a session that goes on, such as after a new password; the old one is worth nothing."""
    token = secrets.token_urlsafe(32)
    with store.writing() as writing:
        if not rows.end_session(writing, token_hash=session.token_hash, account_id=session.account_id):
            raise NotSignedIn("The session has ended; sign in again.")
        rows.add_session(writing, replace(session, token_hash=hash_of(token)))
    return token


def token_in(cookies: Mapping[str, str]) -> str:
    """The session's token among a browser's cookies; empty when there is none."""
    return cookies.get(SECURE_COOKIE) or cookies.get(COOKIE) or ""


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def form_token(token: str) -> str:
    """What a form of this session's pages must bring along; no other site can know it."""
    return sha256(f"form of {token}".encode("utf-8", "replace")).hexdigest()


def as_it_stands(store: Store, account: Account) -> Account:
    """An account that was found earlier, as it is at this moment: it may have been disabled meanwhile."""
    return rows.account(store, account.id)


def account_of(store: Store, token: str) -> Account | None:
    """Who is signed in with this token now; None when nobody is."""
    found = session_of(store, token)
    return found[1] if found else None


def session_of(store: Store, token: str, *, waiting: bool = False) -> tuple[Session, Account] | None:
    """The session of a token and whose it is, while it lasts; with `waiting`, one that waits for its second factor."""
    if not token:
        return None
    found = rows.session_and_account(store, hash_of(token))
    if found is None or found[1].disabled_at is not None or not _lasts(found[0]):
        return None
    return found if found[0].waits_for_code is waiting else None


def _lasts(session: Session, now: datetime | None = None) -> bool:
    now = now or utc_now()
    return now < session.ends_at and now < session.seen_at + timedelta(seconds=session.idle_s)


def lasting(store: Store, token_hashes: Collection[str]) -> set[str]:
    """Those of these sessions and programs' keys that still last; what is open for the others is to be closed."""
    asked = list(token_hashes)
    now = utc_now()
    found = {session.token_hash for session in rows.sessions_among(store, asked) if _lasts(session, now)}
    return found | {key.token_hash for key in rows.keys_among(store, asked) if now < key.ends_at}


def seen(store: Store, session: Session) -> None:
    """Note that somebody is at work in this session; at most twice a minute, or as often as a short limit needs."""
    now = utc_now()
    if now - session.seen_at >= min(SEEN_EVERY, timedelta(seconds=session.idle_s / 4)):
        with store.writing() as writing:
            rows.see_session(writing, session.token_hash, now)


def sign_out(store: Store, session: Session, account: Account) -> None:
    """End this session, at once and everywhere."""
    with store.writing() as writing:
        if rows.end_session(writing, token_hash=session.token_hash, account_id=account.id):
            writing.audit(at=utc_now(), by=account.name, action="signed out", case_id=None, session=session.id)
