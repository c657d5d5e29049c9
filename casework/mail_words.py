"""Words from people on their way into a mail's head, where a line end would begin another header."""

import re
import unicodedata

from data.errors import BadInput

LONGEST = 200
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII
)
_LINE_ENDS = frozenset("\u2028\u2029\x85")


def header_words(text: str) -> str:
    """`text` as a subject or a name in a mail: one line, nothing unseen, at most LONGEST characters.

    >>> header_words("Camera 4\\r\\nBcc: all@example.org")
    'Camera 4 Bcc: all@example.org'
    """
    seen = "".join(" " if c in _LINE_ENDS or unicodedata.category(c) == "Cc" else c for c in text)
    kept = "".join(c for c in seen if unicodedata.category(c) not in ("Cf", "Cs"))
    # RFC 2047: a mail program decodes what stands between =? and ?=, line ends and all
    return " ".join(kept.replace("=?", "= ?").split())[:LONGEST]


def mail_address(text: str) -> str:
    """`text` as one plain address; BadInput for a list, a name with it, or anything a mail server might read otherwise.

    >>> mail_address(" control.room@example.org ")
    'control.room@example.org'
    """
    address = text.strip(" ")
    if not _ADDRESS.fullmatch(address) or ".." in address:
        raise BadInput("mail address: write one address, such as name@example.org, and nothing else")
    return address
