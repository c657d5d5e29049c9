"""What everybody does with their own account: a new password, and who is signed in where."""

from datetime import timedelta

from casework.passwords import check_password, hashed, is_right
from casework.signing_in import renewed
from casework.slowing import key_of, take_turn
from data import account_rows as rows
from data.account_rows import Session
from data.errors import BadInput, NotFound, NotSignedIn
from data.models import Account, utc_now
from data.store import Store


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
