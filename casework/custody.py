"""Keeps the record provable: the signing key, signed checkpoints of the chain, and the originals' regular checks.

The key never leaves the home folder and is in no backup: whoever has a backup could sign in its name. A home without
one makes a new one at first need, and the record announces it; what older keys signed stays verifiable.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from casework.access import checks_itself, for_machines
from data import audit_chain
from data.errors import BadInput, Damaged, NotFound
from data.evidence_rows import (
    CHANGED,
    KEY_MADE,
    MISSING,
    SOUND,
    add_checkpoint,
    announced_keys,
    cases_of,
    drop_file_checks,
    file_checks,
    last_checkpoint,
    newest_checkpoint,
    originals,
    put_file_check,
    tail,
)
from data.key_files import key_in
from data.models import FileCheck, utc_now
from data.store import Store

BY = "LastSeen"
HEAD = "lastseen audit head"
_KEY = "signing.pem"


# the key


@checks_itself
def sign(store: Store, document: dict[str, Any]) -> dict[str, Any]:
    """The document with `key` and `signature` added: Ed25519 over the RFC 8785 form of all but the signature.

    The first time the key is made and announced in the record, so call it outside of a transaction that writes.
    """
    key = _signing_key(store)
    signed = {name: value for name, value in document.items() if name != "signature"} | {"key": _public(key)}
    return signed | {"signature": base64.b64encode(key.sign(audit_chain.canonical(signed))).decode()}


def verify(document: dict[str, Any], *, public_key: str | None = None) -> bool:
    """Whether the document's signature is that of its key, and that key `public_key` where one is given."""
    signed = {name: value for name, value in document.items() if name != "signature"}
    try:
        key = bytes.fromhex(str(document["key"]))
        signature = base64.b64decode(str(document["signature"]), validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, audit_chain.canonical(signed))
    except (KeyError, ValueError, InvalidSignature):
        return False
    return public_key is None or str(document["key"]) == public_key


@checks_itself
def public_key(store: Store) -> str:
    """The key that others verify with: 64 hexadecimal digits."""
    return _public(_signing_key(store))


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _signing_key(store: Store) -> Ed25519PrivateKey:
    path = store.database.home / "keys" / _KEY
    content = key_in(path, _new_key)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as error:
        raise Damaged(f"{path}: is no signing key; move it away, and a new one is made and announced") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Damaged(f"{path}: is a key of another kind; move it away, and a new one is made and announced")
    if _public(key) not in announced_keys(store):
        with store.writing() as writing:
            writing.audit(at=utc_now(), by=BY, action=KEY_MADE, case_id=None, public_key=_public(key))
    return key


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


# checkpoints


@for_machines
def checkpoint(store: Store) -> dict[str, Any]:
    """Sign the record as it stands; where nothing was added since the last checkpoint, that one."""
    return checkpoint_now(store)


@checks_itself
def checkpoint_now(store: Store) -> dict[str, Any]:
    """As `checkpoint`, within an act that somebody may do.

    It says nothing of any case.
    """
    key = public_key(store)  # announced before the transaction: it would wait for itself
    with store.writing() as writing:
        last = last_checkpoint(writing.connection)
        end = audit_chain.tail_of(writing.connection)
        if last is not None and last["sequence"] == end.sequence and last["key"] == key:
            return last
        made_at = utc_now()
        document = {
            "kind": HEAD,
            "version": 1,
            "number": 1 if last is None else last["number"] + 1,
            "before": audit_chain.NOTHING if last is None else audit_chain.digest(last),
            "sequence": end.sequence,
            "hash": end.hash,
            "made_at": audit_chain.told(made_at),
        }
        signed = sign(store, document)
        add_checkpoint(writing, signed, made_at=made_at)
    return signed


@for_machines
def checkpoint_when_due(store: Store, *, every: timedelta) -> dict[str, Any] | None:
    """A checkpoint where the last is older than `every` and something was added since; None where none is due."""
    last, end = newest_checkpoint(store), tail(store)
    if end.sequence == (0 if last is None else last["sequence"]):
        return None
    if last is not None and utc_now() - datetime.fromisoformat(last["made_at"]).astimezone(UTC) < every:
        return None
    return checkpoint(store)


# originals


@for_machines
def check_originals(
    store: Store,
    *,
    older_than: timedelta,
    bytes_a_second: float,
    most_s: float,
    wait: Callable[[float], bool],
    clock: Callable[[], float],
) -> list[FileCheck]:
    """Read and hash the originals whose last check is older than that, longest ago first; what was checked.

    `wait` sleeps for so many seconds and says whether to go on; no more than `bytes_a_second` are read on average, and
    nothing new is begun after `most_s` seconds of `clock`. Damage goes into the record, once for each time it is new.
    """
    known, there, began_s = file_checks(store), originals(store), clock()
    done: list[FileCheck] = []
    gone = known.keys() - there
    if gone:
        with store.writing() as writing:
            drop_file_checks(writing, gone)
    since = utc_now() - older_than
    never = datetime.min.replace(tzinfo=UTC)
    due = sorted((known[name].checked_at if name in known else never, name) for name in there)
    for checked_at, sha256 in due:
        if checked_at > since or clock() - began_s > most_s:
            break
        outcome = _outcome(store, sha256, bytes_a_second, wait, clock)
        if outcome is None:
            break
        check = FileCheck(sha256, utc_now(), outcome)
        _keep(store, check, was=known.get(sha256))
        done.append(check)
    return done


@checks_itself
def check_original(store: Store, sha256: str) -> FileCheck:
    """Read and hash one original now, and keep what came of it."""
    outcome = _outcome(store, sha256, float("inf"), lambda _s: True, lambda: 0.0)
    check = FileCheck(sha256, utc_now(), outcome or MISSING)
    _keep(store, check, was=file_checks(store).get(sha256))
    return check


def _outcome(
    store: Store, sha256: str, bytes_a_second: float, wait: Callable[[float], bool], clock: Callable[[], float]
) -> str | None:
    """What came of it; None when `wait` says to stop."""
    digest, size, began_s = hashlib.sha256(), 0, clock()
    try:
        for chunk in store.files.chunks(sha256):
            digest.update(chunk)
            size += len(chunk)
            ahead_s = size / bytes_a_second - (clock() - began_s)
            if ahead_s > 0 and not wait(ahead_s):
                return None
    except NotFound:
        return MISSING
    return SOUND if digest.hexdigest() == sha256 else CHANGED


def _keep(store: Store, check: FileCheck, *, was: FileCheck | None) -> None:
    is_news = check.outcome != (SOUND if was is None else was.outcome)
    with store.writing() as writing:
        put_file_check(writing, check)
        for case_id in cases_of(store, check.sha256) if is_news else ():
            action = "original sound again" if check.outcome == SOUND else f"original {check.outcome}"
            writing.audit(at=check.checked_at, by=BY, action=action, case_id=case_id, sha256=check.sha256)


def read_public_key(text: str, where: str) -> str:
    """A public key as it was exported; BadInput when it is none."""
    found = text.strip().lower()
    if len(found) != 64 or set(found) - set("0123456789abcdef"):
        raise BadInput(f"{where}: is no public key; `cli.py audit key` writes one (64 hexadecimal digits)")
    return found
