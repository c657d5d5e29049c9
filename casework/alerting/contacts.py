"""Addresses that messages go to: checked when they are typed in, and never shown whole."""

import re
from collections.abc import Collection
from email.errors import HeaderParseError
from email.headerregistry import Address

from data.alert_models import AddressKind
from data.errors import BadInput

SETTINGS = {
    AddressKind.SMS: "LASTSEEN_TWILIO_ACCOUNT_SID",
    AddressKind.EMAIL: "LASTSEEN_SMTP_HOST",
    AddressKind.APPRISE: "LASTSEEN_APPRISE_SCHEMES",
}
"""By kind of address, the setting that is empty where it cannot be reached."""
_E164 = re.compile(r"\+[1-9]\d{6,14}")  # ITU-T E.164: at most 15 digits
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9]{0,31})://\S+")
_LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3
_LONGEST_URL = 2000


def checked_address(kind: AddressKind, text: str, *, apprise_schemes: Collection[str] = ()) -> str:
    """The address as it is kept; BadInput, without the address, when it is none or of a scheme that is not let in."""
    text = text.strip()
    match kind:
        case AddressKind.SMS:
            return _checked_number(text)
        case AddressKind.EMAIL:
            return _checked_email(text)
        case AddressKind.APPRISE:
            return _checked_url(text, apprise_schemes)


def shown(kind: AddressKind, address: str) -> str:
    """What may be shown of an address: enough for whoever gave it to know it again, too little to use it."""
    match kind:
        case AddressKind.SMS:
            return f"{address[:4]}…{address[-2:]}"
        case AddressKind.EMAIL:
            name, _, host = address.rpartition("@")
            return f"{name[:1]}…@{host}"
        case AddressKind.APPRISE:
            return f"{scheme_of(address)}://…"


def schemes_of(text: str) -> frozenset[str]:
    """Schemes parted by commas, in small letters."""
    return frozenset(part.strip().casefold().removesuffix("://") for part in text.split(",") if part.strip())


def scheme_of(url: str) -> str:
    """The scheme of an Apprise URL in small letters, "" for what is none."""
    found = _SCHEME.fullmatch(url)
    return found[1].casefold() if found else ""


def _checked_number(text: str) -> str:
    number = re.sub(r"[ ()./-]", "", text)
    if not _E164.fullmatch(number):
        raise BadInput("phone number: write it with + and the country's code, as in +358401234567")
    return number


def _checked_email(text: str) -> str:
    name, _, host = text.rpartition("@")
    try:
        text = f"{name}@{host.encode('idna').decode('ascii')}" if host else text
        is_address = bool(_EMAIL.fullmatch(text)) and len(text) <= _LONGEST_EMAIL
        Address(addr_spec=text if is_address else "<")
    except (UnicodeError, HeaderParseError, ValueError, IndexError) as error:
        raise BadInput("e-mail: this is no address such as name@example.org") from error
    return text


def _checked_url(text: str, schemes: Collection[str]) -> str:
    scheme = scheme_of(text)
    if not scheme or len(text) > _LONGEST_URL or not text.isprintable():
        raise BadInput("Apprise URL: this is none; it looks like slack://… or json://…")
    if scheme not in schemes:
        let_in = ", ".join(sorted(schemes)) or "none"
        raise BadInput(f"Apprise URL: {scheme} is not let in here (LASTSEEN_APPRISE_SCHEMES lets in: {let_in})")
    return text
