"""What people type cannot add a header or a recipient to a mail."""

from email import message_from_string
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.mail_words import LONGEST, header_words, mail_address
from data.errors import BadInput
from tests.browser.planted import PAYLOADS

INJECTIONS = (
    "x\r\nBcc: all@evil.example", "x\nBcc: all@evil.example", "x\rBcc: all@evil.example", "x\r\n\r\n<html>body",
    "x\u2028Bcc: a@evil.example", "x\x85Bcc: a@evil.example", "x\x0bBcc: a@evil.example", "x\x00y", "\r\n x",
    "=?utf-8?q?x=0D=0ABcc:_a@evil.example?=", "a\u202egnp",
)  # fmt: skip


@pytest.mark.parametrize("text", [*INJECTIONS, *PAYLOADS, "", "x" * 9999])
def test_a_subject_stays_one_header(text: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = header_words(text)
    mail["To"] = "room@example.org"
    mail.set_content("body")
    read = message_from_string(mail.as_string())
    assert set(read.keys()) == {"Subject", "To", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert read.get_payload() == "body\n"
    assert len(header_words(text)) <= LONGEST


@given(st.text())
def test_no_text_whatever_ends_a_line(text: str) -> None:
    assert len(header_words(text).splitlines()) <= 1


@pytest.mark.parametrize("address", ["a@b.example", "first.last+tag@mail.example.org", "x'y@ex-ample.fi"])
def test_plain_addresses_pass(address: str) -> None:
    assert mail_address(address) == address


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@", "@b", "a@b@c", "a@b,c@d", "a@b;c@d", "A <a@b.example>", "a@b.example\r\nBcc: c@d", "a@b\n",
     "a@b\x00",
     '"a b"@c.example', "a@[127.0.0.1]", "a@b..example", "a @b.example", "a@-b.example", "a@b.example-",
     "ä@b.example", "a@b.example%0aBcc:x@y", "a@b (c)", "x" * 65 + "@b.example"],
)  # fmt: skip
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="mail address"):
        mail_address(address)
