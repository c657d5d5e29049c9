"""The second factor: codes of an authenticator (TOTP, RFC 6238), each taken once, and recovery codes."""

import hmac
import secrets
import time
from hashlib import sha256
from io import BytesIO

import pyotp
import segno

from casework.signing_in import Limits, passed_code, session_of
from casework.slowing import key_of, take_turn
from data import account_rows as rows
from data.account_rows import Credentials
from data.errors import BadInput, NotSignedIn
from data.models import Account, utc_now
from data.store import Store

ISSUER = "LastSeen"
STEP_S = 30
BEGUN_STEPS = 20
"""How many steps, ten minutes, a secret waits for its first code: it is shown again meanwhile."""
RECOVERY_CODES, _LETTERS = 10, "abcdefghjkmnpqrstuvwxyz23456789"
_WRONG = "This code is wrong or was used before. Wait for the next one."


def begin(store: Store, account: Account) -> str:
    """A new secret for the account's authenticator; it counts once a code proves that it arrived (`finish`)."""
    if account.has_second_factor:
        raise BadInput("second factor: there is one; remove it first")
    secret = pyotp.random_base32()
    with store.writing() as writing:
        # a code of a time before the secret was made counts for nothing, and by this the secret's age is known
        rows.change_account(writing, account.id, totp_secret=secret, totp_since=None, totp_step=_step_now() - 2)
    return secret


def begun(store: Store, account: Account) -> str:
    """The secret that waits for its first code; BadInput when none does, or has waited too long."""
    known = rows.credentials(store, account.id)
    is_late = _step_now() - known.totp_step > BEGUN_STEPS + 2
    if known.totp_secret is None or account.has_second_factor or is_late:
        raise BadInput("second factor: this took too long, or was done already; begin anew")
    return known.totp_secret


def picture(account: Account, secret: str) -> str:
    """The secret as a QR code, drawn here, as SVG."""
    address = pyotp.TOTP(secret).provisioning_uri(name=account.name, issuer_name=ISSUER)
    out = BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=5, border=4, xmldecl=False, svgclass=None, lineclass=None
    )
    return out.getvalue().decode("utf-8")


def finish(store: Store, account: Account, code: str) -> list[str]:
    """Switch the second factor on; the recovery codes, which are shown this once."""
    begun(store, account)
    step = _step_of(rows.credentials(store, account.id), code)
    if step is None:
        raise BadInput("code: does not fit; is the clock of the telephone right? Try the next one")
    codes = _recovery_codes()
    with store.writing() as writing:
        rows.use_code(writing, account.id, step)
        rows.change_account(writing, account.id, totp_since=utc_now(), recovery_hashes=[_hash(code) for code in codes])
        writing.audit(at=utc_now(), by=account.name, action="second factor switched on", case_id=None)
    return codes


def new_recovery_codes(store: Store, account: Account) -> list[str]:
    """Ten new ones; the old ones are worth nothing from now on."""
    codes = _recovery_codes()
    with store.writing() as writing:
        rows.change_account(writing, account.id, recovery_hashes=[_hash(code) for code in codes])
        writing.audit(at=utc_now(), by=account.name, action="new recovery codes", case_id=None)
    return codes


def remove(store: Store, account: Account, *, by: str) -> None:
    """Switch the second factor off and forget its secret and recovery codes."""
    with store.writing() as writing:
        rows.change_account(
            writing, account.id, totp_secret=None, totp_since=None, totp_step=0, recovery_hashes=[]
        )  # fmt: skip
        writing.audit(at=utc_now(), by=by, action="second factor removed", case_id=None, account=account.name)


def give_code(store: Store, token: str, code: str, *, limits: Limits) -> str:
    """The token of a full session for one that waits; NotSignedIn when the code is wrong or used, or it waits no more.

    A recovery code does instead, and is used up.
    """
    found = session_of(store, token, waiting=True)
    if found is None:
        raise NotSignedIn("This took too long. Sign in again.")
    session, account = found
    noted = take_turn(store, key_of(account.id, ""), session.address)
    how = _taken(store, account, code)
    with store.writing() as writing:
        if how:
            rows.take_back_failure(writing, noted)
        else:
            writing.audit(
                at=utc_now(), by=account.name, action="sign-in failed", case_id=None, why="wrong code",
                address=session.address,
            )  # fmt: skip
    if not how:
        raise NotSignedIn(_WRONG)
    return passed_code(store, session, account, limits=limits, how=how)


def _taken(store: Store, account: Account, code: str) -> str:
    """How the code proved somebody, used up in the same moment; empty when it did not."""
    known = rows.credentials(store, account.id)
    step = _step_of(known, code)
    given = _hash(code)
    with store.writing() as writing:
        if step is not None:
            return "code" if rows.use_code(writing, account.id, step) else ""
        left = rows.recovery_hashes(writing, account.id)
        if not any(hmac.compare_digest(given, kept) for kept in left):
            return ""
        rows.change_account(writing, account.id, recovery_hashes=[kept for kept in left if kept != given])
        writing.audit(
            at=utc_now(), by=account.name, action="recovery code used", case_id=None, codes_left=len(left) - 1
        )
    return "recovery code"


def _step_of(known: Credentials, code: str) -> int | None:
    """The time step that this code belongs to: the present one, the one before or the one after."""
    typed = "".join(code.split())
    if known.totp_secret is None or not (len(typed) == 6 and typed.isascii() and typed.isdigit()):
        return None
    now = _step_now()
    totp = pyotp.TOTP(known.totp_secret, interval=STEP_S)
    steps = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(totp.generate_otp(step), typed)]
    return steps[-1] if steps else None


def _step_now() -> int:
    return int(time.time()) // STEP_S


def _recovery_codes() -> list[str]:
    groups = [["".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4)] for _ in range(RECOVERY_CODES)]
    return ["-".join(group) for group in groups]


def _hash(code: str) -> str:
    return sha256("".join(c for c in code.casefold() if c.isalnum()).encode("utf-8", "replace")).hexdigest()
