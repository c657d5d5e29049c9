"""Where a camera that is watched live is reached: its address, judged, and the name and password inside it, kept apart.

An address with a password is never shown, logged or recorded: what is told of it is `shown`.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from casework.addresses import CAMERA_SCHEMES, Networks, Peer, Resolver, checked_address
from data.errors import BadInput

_DEVICE = re.compile(r"/dev/video\d{1,3}")


@dataclass(frozen=True)
class LiveAddress:
    """A camera's address in its parts. `url` holds no name and no password, `shown` no query either."""

    kind: str
    """rtsp, rtsps, http, https, or "usb" for a device of this machine."""
    url: str
    shown: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def parsed(text: str) -> LiveAddress:
    """The address as a person typed it; BadInput for what is none."""
    text = text.strip()
    if _DEVICE.fullmatch(text):
        return LiveAddress("usb", text, text)
    if text.startswith("/dev/"):
        raise BadInput("address: a camera of this machine is given as /dev/video0, /dev/video1 and so on")
    try:
        split = urlsplit(text)
        host, port = split.hostname or "", split.port
    except ValueError as error:
        raise BadInput("address: its host or port cannot be read") from error
    if split.scheme not in CAMERA_SCHEMES:
        raise BadInput("address: begins with none of rtsp://, rtsps://, http:// and https://, and is no /dev/video0")
    place = f"[{host}]" if ":" in host else host
    place = place if port is None else f"{place}:{port}"
    url = urlunsplit((split.scheme, place, split.path, split.query, ""))
    shown = urlunsplit((split.scheme, place, split.path[:80], "", ""))
    user, password = unquote(split.username or ""), unquote(split.password or "")
    if not f"{user}{password}".isprintable() or re.search(r'["\\]', user):
        raise BadInput("address: its name or password holds a character that belongs in none")
    return LiveAddress(split.scheme, url, shown, user, password)


def judged(address: LiveAddress, *, allowed: Networks, resolve: Resolver | None = None) -> Peer:
    """Where the address leads; BadInput where it may not be called, NotReachable for no such name."""
    return checked_address(address.url, schemes=CAMERA_SCHEMES, allowed=allowed, resolve=resolve)
