"""What everybody does with their own account: a new password, who is signed in where, keys for programs."""

import secrets
from datetime import timedelta

from casework.access import needs
from casework.passwords import check_password, hashed, is_right
from casework.signing_in import hash_of, renewed
from casework.slowing import key_of, take_turn
from data import account_rows as rows
from data.account_rows import Key, Session
from data.errors import BadInput, NotFound, NotSignedIn
from data.models import Account, Permission, utc_now
from data.store import Store

KEY_LASTS = timedelta(days=90)
KEY_LONGEST = timedelta(days=366)
KEY_PREFIX = "lastseen_"


def change_password(store: Store, session: Session, account: Account, *, old: str, new: str) -> str:
    """Take a new password, and end every other session; the token by which this one goes on.

    The old one is asked for, but by who has just signed in with a one-time password.
    """
    if not account.must_change_password:
        confirm_password(store, session, account, old)
    known = rows.credentials(store, account.id)
    if not known.password_hash:
        raise BadInput("password: this account signs in through your organisation and has none here")
    kept = check_password(new, (account.name, account.full_name))
    if is_right(kept, known.password_hash):
        raise BadInput("password: this is the one you have; choose another")
    made = hashed(kept)
    with store.writing() as writing:
        rows.change_account(
            writing, account.id, password_hash=made, must_change_password=False, password_until=None
        )  # fmt: skip
        ended = rows.end_sessions(writing, account.id, but=session.token_hash)
        writing.audit(
            at=utc_now(), by=account.name, action="password changed", case_id=None, other_sessions_ended=ended
        )
    return renewed(store, session)


def confirm_password(store: Store, session: Session, account: Account, password: str) -> None:
    """Before what matters most: the person at the keyboard is still the one who signed in. NotSignedIn when not.

    Whoever signs in through the organisation has no password here and is let through.
    """
    known = rows.credentials(store, account.id)
    if not known.password_hash:
        return
    noted = take_turn(store, key_of(account.id, ""), session.address)
    right = is_right(password, known.password_hash)
    with store.writing() as writing:
        if right:
            rows.take_back_failure(writing, noted)
        else:
            writing.audit(
                at=utc_now(), by=account.name, action="password asked again, wrong", case_id=None,
                address=session.address,
            )  # fmt: skip
    if not right:
        raise NotSignedIn("The password you have now is wrong.")


def sessions(store: Store, account: Account) -> list[Session]:
    """Where this account is signed in, the session used last first."""
    now = utc_now()
    return [
        known for known in rows.sessions_of(store, account.id)
        if now < known.ends_at and now < known.seen_at + timedelta(seconds=known.idle_s)
    ]  # fmt: skip


def end_session(store: Store, account: Account, session_id: str) -> None:
    """End one of one's own sessions, at once; NotFound when it is none."""
    with store.writing() as writing:
        if not rows.end_session(writing, id=session_id, account_id=account.id):
            raise NotFound("This session has ended already.")
        writing.audit(at=utc_now(), by=account.name, action="session ended", case_id=None, session=session_id)


def end_other_sessions(store: Store, session: Session, account: Account) -> int:
    """End all of one's own sessions but this one; how many there were."""
    with store.writing() as writing:
        ended = rows.end_sessions(writing, account.id, but=session.token_hash)
        writing.audit(at=utc_now(), by=account.name, action="other sessions ended", case_id=None, sessions_ended=ended)
    return ended


# keys for programs


@needs(Permission.MANAGE_ACCOUNTS)
def make_key(store: Store, account_id: str, *, purpose: str, by: str, lasts: timedelta = KEY_LASTS) -> tuple[Key, str]:
    """A key by which a program acts for the account at /api, and its token, which is kept nowhere."""
    account = rows.account(store, account_id)
    if not timedelta(0) < lasts <= KEY_LONGEST:
        raise BadInput(f"days: between 1 and {KEY_LONGEST.days}")
    token, now = KEY_PREFIX + secrets.token_urlsafe(32), utc_now()
    key = Key(secrets.token_hex(8), account.id, purpose[:120], now, now + lasts, None, hash_of(token))
    with store.writing() as writing:
        rows.add_key(writing, key)
        writing.audit(
            at=now, by=by, action="key made", case_id=None, account=account.name, key=key.id, purpose=key.purpose,
            ends_at=key.ends_at.isoformat(),
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
    if not token.startswith(KEY_PREFIX):
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
