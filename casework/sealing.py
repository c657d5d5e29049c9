"""Seals texts that nobody may read out of the database or a backup alone, such as how to reach a tipster.

The key lies in `keys/seals.key` below the home folder and in no backup: who loses it loses what was sealed.
"""

from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken

from casework.access import checks_itself
from data.errors import NotReachable
from data.key_files import key_in
from data.store import Store

_KEY = "seals.key"


@checks_itself
def seal(store: Store, text: str) -> str:
    """The text encrypted and proved whole, with the name of the key; "" stays ""."""
    if not text:
        return ""
    key = _key(store)
    return f"{_name(key)}.{Fernet(key).encrypt(text.encode()).decode()}"


def unseal(store: Store, sealed: str) -> str:
    """The text again; NotReachable where it was sealed with a key that is not here.

    Only for verbs that have found out who asks.
    """
    if not sealed:
        return ""
    key, (name, _, token) = _key(store), sealed.partition(".")
    try:
        return Fernet(key).decrypt(token.encode()).decode()
    except InvalidToken as error:
        here = f"keys/{_KEY}"
        why = "is damaged" if name == _name(key) else f"was sealed on another machine; copy its {here} here"
        raise NotReachable(f"this text cannot be opened: it {why}") from error


def _key(store: Store) -> bytes:
    return key_in(store.database.home / "keys" / _KEY, Fernet.generate_key).strip()


def _name(key: bytes) -> str:
    return sha256(key).hexdigest()[:8]
