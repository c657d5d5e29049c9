"""Who is at the other end of a request: address, encryption of the line, and what the browser says of the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from data.errors import BadInput

UNNAMED_PEER = "127.0.0.1"
Network = IPv4Network | IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """The setting trusted_proxies: addresses and networks, parted by commas."""
    found = []
    for word in (part.strip() for part in text.split(",")):
        if word:
            try:
                found.append(ip_network(word, strict=False))
            except ValueError as error:
                raise BadInput(f"trusted_proxies: {word[:60]} is neither an address nor a network") from error
    return tuple(found)


@dataclass(frozen=True)
class Line:
    """How a request came here."""

    address: str
    is_secure: bool
    host: str

    @property
    def origin(self) -> str:
        return f"{'https' if self.is_secure else 'http'}://{self.host}"


def line_of(scope: Scope, headers: Headers, proxies: Iterable[Network]) -> Line:
    """What our peer says of it is believed only where the peer is one of our `proxies`."""
    proxies = tuple(proxies)
    host, port = scope.get("client") or ("", -1)
    # uvicorn believes any process of this machine about who called, and then names no port
    peer = UNNAMED_PEER if port == 0 else str(host)
    is_secure = scope.get("scheme") in ("https", "wss")
    address = peer
    if _is_among(peer, proxies):
        chain = [part.strip() for part in ",".join(headers.getlist("x-forwarded-for")).split(",") if part.strip()]
        address = next((hop for hop in reversed(chain) if not _is_among(hop, proxies)), peer)
        is_secure = is_secure or headers.get("x-forwarded-proto", "").strip().casefold() == "https"
    return Line(address[:64], is_secure, headers.get("host", ""))


def _is_among(address: str, proxies: Iterable[Network]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in proxies)


def cookies_of(headers: Headers) -> dict[str, str]:
    """The cookies of a request; none when they cannot be read.

    A name that stands there with two values counts for nothing: a neighbouring site can plant a second one, and the
    pages' library would believe the last where the door believes the first.
    """
    found: dict[str, set[str]] = {}
    for part in "; ".join(headers.getlist("cookie")).split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.setdefault(name, set()).add(value.strip('"'))
    return {name: values.pop() for name, values in found.items() if len(values) == 1}


def is_from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that a page of another site is behind this request. Programs say nothing."""
    host = headers.get("host", "").casefold()
    if any(urlsplit(origin).netloc.casefold() != host for origin in headers.getlist("origin")):
        return True
    return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def local_path(text: str) -> str:
    """A path on this very server, to go on to after signing in; "/" for whatever else it is."""
    if not text.startswith("/") or text.startswith(("//", "/\\")) or len(text) > 2000:
        return "/"
    if any(ord(c) < 33 or c == "\\" or ord(c) == 127 for c in text):
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    is_own_door = parts.path.startswith(("/sign-", "/api/", "/_stcore/", "/media/", "/static/", "/app/", "/component/"))
    return "/" if parts.scheme or parts.netloc or is_own_door else text
