"""Passwords: which are taken, and how they are kept. By length and not by composition; common ones are refused."""

import secrets
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

from casework.password_strength import LEAST_BITS, guess_bits
from data.errors import BadInput

LEAST, MOST = 12, 256
"""Characters, as code points."""
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
_GROUPS, _LETTERS = 4, 5
_AT_ONCE = threading.BoundedSemaphore(2)
"""A hash takes 64 MiB on purpose; no crowd of callers may take that each."""


def check_password(password: str, known: Iterable[str] = ()) -> str:
    """The password as it is kept; BadInput where it is too short or too common. `known`: names of the account."""
    text = unicodedata.normalize("NFC", password)
    if len(text) < LEAST:
        raise BadInput(f"password: use {LEAST} characters or more; several words are fine")
    if len(text) > MOST:
        raise BadInput(f"password: use at most {MOST} characters")
    if "\0" in text:
        raise BadInput("password: holds a null character; take it out")
    if guess_bits(text, known) < LEAST_BITS:
        raise BadInput(
            "password: this one is common or follows a common pattern, so it would be tried early; "
            "use other words, or more of them"
        )
    return text


def hashed(password: str) -> str:
    """Argon2id, with a salt of its own."""
    with _AT_ONCE:
        return _hasher().hash(_encoded(password))


def is_right(password: str, kept: str) -> bool:
    """Whether it is the password of this hash. Takes as long where there is none: nobody learns which names exist."""
    with _AT_ONCE:
        try:
            return _hasher().verify(_encoded(password), kept or _nobodys(_hasher())) and bool(kept)
        except PwdlibError:
            return False


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher().current_hasher.check_needs_rehash(kept)


def one_time_password() -> str:
    """Random words of letters, 99 bits; easily read out and typed."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def _encoded(password: str) -> bytes:
    return unicodedata.normalize("NFC", password[: MOST + 1]).encode("utf-8", "replace")


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys(hasher: PasswordHash) -> str:
    return hasher.hash(secrets.token_bytes(16))
