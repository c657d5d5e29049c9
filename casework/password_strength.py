"""How easily a password is guessed by who tries common ones first: words people choose, walks on the keyboard, repeats.

No list of leaked passwords lies in this project, since all of them are somebody's. This is our own: about three hundred
words that such passwords are built of, and the patterns that join them. What it cannot know is a password that leaked
without following any of them (docs/decisions/0018-sign-in.md).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from math import inf, log2
from pathlib import Path

LEAST_BITS = 32.0
"""About four thousand million tries; a slowed sign-in (casework.slowing) allows half a million a year."""

_ROWS = (
    "`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiopü", "asdfghjklöä", "yxcvbnm,.-",
    "azertyuiop", "qsdfghjklm", "wxcvbn", "1234567890", "01234567890", "abcdefghijklmnopqrstuvwxyz",
    "qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0", "qaswdefrgthyjukilo", "!\"#¤%&/()=", "!@#$%^&*()_+", "159753", "147258369",
    "963852741", "13579", "24680",
)  # fmt: skip
_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "8": "b"}
)
_YEAR = re.compile(r"(19[3-9]\d|20[0-4]\d)", re.ASCII)
_DATE = re.compile(r"(0?[1-9]|[12]\d|3[01])[./-]?(0?[1-9]|1[0-2])[./-]?((19|20)?\d\d)", re.ASCII)
_BITS_WORD, _BITS_WALK, _BITS_YEAR, _BITS_DATE, _BITS_AGAIN = 8.5, 6.0, 6.5, 12.0, 3.0


def guess_bits(password: str, known: Iterable[str] = ()) -> float:
    """The logarithm of how many tries find it, for who tries common pieces first; `known` are words of this account.

    The cheapest way to put the password together out of words, walks, years, repeats and single characters.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    period = (text + text).find(text, 1)
    if 0 < period < len(text):  # one piece again and again, however often
        return guess_bits(text[:period], known) + _BITS_AGAIN + log2(len(text) / period)
    plain = text.translate(_LEET) if len(text.translate(_LEET)) == len(text) else text
    words = _words() | {word.casefold() for name in known for word in re.split(r"[\W_]+", name) if len(word) >= 3}
    best = [0.0] + [inf] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - 40), end):
            best[end] = min(best[end], best[start] + _piece(text, plain, start, end, words))
    return best[-1]


def _piece(text: str, plain: str, start: int, end: int, words: frozenset[str] | set[str]) -> float:
    piece, length = text[start:end], end - start
    if length == 1:
        again = start > 0 and text[start] == text[start - 1]
        return 0.3 if again else _character_bits(piece)
    if start >= length and text[start - length : start] == piece:  # the same again
        return _BITS_AGAIN
    found = inf
    if piece in words or plain[start:end] in words:
        found = _BITS_WORD
    elif piece[::-1] in words:
        found = _BITS_WORD + 1
    if length >= 3 and _is_walk(piece):
        found = min(found, _BITS_WALK + log2(length) / 2)
    if length == 4 and _YEAR.fullmatch(piece):
        found = min(found, _BITS_YEAR)
    if length >= 6 and _DATE.fullmatch(piece):
        found = min(found, _BITS_DATE)
    return found


def _character_bits(character: str) -> float:
    if character.isascii() and (character.isdigit() or character in " !.-_?*#@$,"):
        return 3.3
    return 4.7 if character.isascii() else 6.5


def _is_walk(piece: str) -> bool:
    return any(piece in row for row in _walks())


@cache
def _walks() -> tuple[str, ...]:
    return tuple(walk for row in _ROWS for walk in (row + row, row[::-1] + row[::-1]))


@cache
def _words() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
