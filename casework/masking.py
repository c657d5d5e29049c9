"""Takes secrets out of what is about to be logged or shown: passwords in URLs, keys, tokens, query strings."""

import re
from collections.abc import Collection, Mapping
from typing import Any

MASK = "***"
LEAST_SECRET = 4  # a shorter one would blot out half the log wherever its letters occur
_WORDS = (
    r"pass(?:word|wd|phrase)?|pwd|secret(?:[_-]?(?:access[_-]?)?key)?|token|credentials?|authorization"
    r"|api[_-]?key|access[_-]?key|private[_-]?key"
)
_NAMED = re.compile(rf"(?:^|[_\-.]|PG)(?:{_WORDS}|session[_-]?id|cookie|signature)(?:$|[_\-.])", re.IGNORECASE)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # user:password@ in any URL; up to the last @ of the word, for recorders' passwords hold unescaped @ and /
    (re.compile(r"""([a-z0-9+.\-]{1,20}://[^\s:/@'"<>]{0,200}):[^\s'"<>]{1,500}@""", re.IGNORECASE), rf"\1:{MASK}@"),
    # a token alone before the @
    (re.compile(r"""(https?://)[^\s:/@'"<>]{1,500}@""", re.IGNORECASE), rf"\1{MASK}@"),
    # what a browser asked for: the path may stay, the query names people and carries keys
    (re.compile(r"\b((?:GET|POST|PUT|PATCH|HEAD|DELETE|OPTIONS) [^\s?]*)\?[^\s\"]*"), r"\1"),
    (re.compile(r"\b(Bearer|Basic|Digest) +[A-Za-z0-9+/=._~\-]{6,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b"), MASK),
    # password=…, "secret_key": "…", X-Amz-Signature=…
    (
        re.compile(
            rf"""((?:{_WORDS}|signature|\bsig)["']?\s{{0,9}}[=:]\s{{0,9}})(?!\s*(?:Bearer|Basic|Digest) )"""
            r"""("[^"]*"|'[^']*'|[^\s,;&"'}\])]+)""",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
)


def mask(text: str, secrets: Collection[str] = ()) -> str:
    """`text` without what looks like a secret, and without each of the `secrets` themselves."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= LEAST_SECRET:
            text = text.replace(secret, MASK)
    for pattern, put in _PATTERNS:
        text = pattern.sub(put, text)
    return text


def masked(value: Any, secrets: Collection[str] = ()) -> Any:
    """`mask` in every text of nested lists and mappings; the whole value under a key that names a secret."""
    if isinstance(value, str):
        return mask(value, secrets)
    if isinstance(value, bytes):
        return mask(value.decode("utf-8", "replace"), secrets)
    if isinstance(value, Mapping):
        return {key: MASK if names_a_secret(str(key)) and v else masked(v, secrets) for key, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(v, secrets) for v in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask(str(value), secrets)


def names_a_secret(name: str) -> bool:
    """Whether a value called so is not to be shown: password, api_key, SMTP_TOKEN, …"""
    return bool(_NAMED.search(name)) and name not in ("PWD", "OLDPWD")  # the shell's working directories


def secrets_in(url: str) -> list[str]:
    """The password that a setting's URL carries, as it is written there, to be masked wherever else it turns up."""
    found = re.match(r"[a-zA-Z][a-zA-Z0-9+.\-]*://[^\s:/@]*:([^\s]+)@", url)
    return [found[1]] if found else []
