"""Addresses that people type (cameras, webhooks) and that this machine then calls: where they may lead, and where not.

Whoever may type an address must not reach, through this server, what only this server reaches: itself, the house's own
network, a cloud's metadata service. An address is resolved once, every answer is judged, and the connection goes to the
judged number, so that a name that means something else a moment later (DNS rebinding) gains nothing; each redirect is
judged anew. Private networks can be let in by the setting allowed_networks.
"""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx

from data.errors import BadInput, NotReachable

Ip = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]
Resolver = Callable[[str, int], list[str]]

CAMERA_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})
WEBHOOK_SCHEMES = frozenset({"http", "https"})
DOWNLOAD_SCHEMES = frozenset({"https"})
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_LONGEST = 2000
_TIMEOUT_S = 30.0
_MOST_REDIRECTS = 5
_UNSAFE = re.compile(r"[^\x21-\x7e]|\\|[\"'<>`{}|^]")
# inet_aton, which resolvers use, reads 127.1, 0x7f.1, 0177.0.0.1 and 2130706433 as addresses
_LIKE_A_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|\d+)")
# Addresses that stand for other addresses (RFC 4291, 6052, 8215, 3056, 4380, 6666): what lies behind cannot be judged.
_STAND_INS = tuple(
    ip_network(text)
    for text in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16",
                 "2001::/32", "100::/64")
)  # fmt: skip
_NOBODYS = ip_network("0.0.0.0/8")  # RFC 1122: this very network; Linux takes it for this machine


@dataclass(frozen=True)
class Peer:
    """Where an address leads: the `host` that was written, and the one `ip` that was judged and is connected to.

    `shown` is the address without the name, password and query that it may hold.
    """

    scheme: str
    host: str
    port: int
    ip: str
    shown: str

    def __str__(self) -> str:
        return self.shown


def parsed_networks(text: str) -> Networks:
    """The setting allowed_networks, as ``10.0.0.0/8, fd00::/8``; BadInput for anything else."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(ip_network(part))
        except ValueError as error:
            raise BadInput(f"LASTSEEN_ALLOWED_NETWORKS: {part[:60]!r} is no network such as 10.0.0.0/8") from error
    return tuple(found)


def checked_address(
    url: str, *, schemes: frozenset[str], allowed: Networks = (), resolve: Resolver | None = None
) -> Peer:
    """Where `url` leads, judged; BadInput with the reason where it may not be called, NotReachable for no such name.

    All answers of the resolver must pass: a name that means a private address as well is not one to be trusted.
    """
    split = _split(url, schemes)
    host, port = split.hostname or "", split.port or _PORTS[split.scheme]
    shown = _shown(split)
    for ip in (found := _ips(host, port, shown, resolve or _resolved)):
        if (why := forbidden(ip, allowed)) is not None:
            where = "" if str(ip) == host else f" leads to {ip}, which"
            raise BadInput(f"{shown}:{where} is {why}; an admin can let its network in with LASTSEEN_ALLOWED_NETWORKS")
    return Peer(split.scheme, host, port, str(found[0]), shown)


def forbidden(ip: Ip, allowed: Networks = ()) -> str | None:
    """Why an address may not be called, in a few words; None where it may."""
    if any(ip in network for network in allowed if network.version == ip.version):
        return None
    if isinstance(ip, IPv4Address) and ip in _NOBODYS:
        return "an address of this machine itself"
    if isinstance(ip, IPv6Address) and ip.scope_id:
        return "an address of one network card's own"
    for is_so, words in (
        (ip.is_loopback, "an address of this machine itself"),
        (ip.is_unspecified, "no address"),
        (ip.is_multicast, "a group of machines"),
        (ip.is_link_local, "an address of the nearest cable's own, where clouds keep their keys"),
        (any(ip in net for net in _STAND_INS if net.version == ip.version), "an address that stands for another one"),
        (ip.is_private or (isinstance(ip, IPv6Address) and ip.is_site_local), "a private address"),
        (ip.is_reserved or not ip.is_global, "an address that is not on the internet"),
    ):
        if is_so:
            return words
    return None


def connect(peer: Peer, *, timeout_s: float, allowed: Networks = ()) -> socket.socket:
    """A connection to the judged number, looked at once more when it stands; for what is no HTTP."""
    try:
        made = socket.create_connection((peer.ip, peer.port), timeout=timeout_s)
    except OSError as error:
        raise NotReachable(f"{peer}: does not answer ({error.strerror or error})") from error
    reached = ip_address(made.getpeername()[0])
    if str(reached) != peer.ip or forbidden(reached, allowed) is not None:
        made.close()
        raise BadInput(f"{peer}: led to {reached}, which was not what was judged")
    return made


class GuardedTransport(httpx.BaseTransport):
    """httpx's transport for addresses that people typed: judges each request, redirects included, when it connects.

    The request goes to the judged number; the name stays in the Host line and in the certificate's check.
    """

    def __init__(
        self, *, schemes: frozenset[str], allowed: Networks = (), resolve: Resolver | None = None, **options: Any
    ) -> None:
        self._schemes, self._allowed, self._resolve = schemes, allowed, resolve
        # a connection that stays open belongs to a number, and two names may share one
        limits = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.HTTPTransport(limits=limits, trust_env=False, **options)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        peer = checked_address(str(request.url), schemes=self._schemes, allowed=self._allowed, resolve=self._resolve)
        request.extensions = {**request.extensions, "sni_hostname": peer.host}
        request.url = request.url.copy_with(host=peer.ip)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def guarded_client(
    *,
    schemes: frozenset[str] = WEBHOOK_SCHEMES,
    allowed: Networks = (),
    timeout_s: float = _TIMEOUT_S,
    resolve: Resolver | None = None,
) -> httpx.Client:
    """A client for addresses that people typed. It takes no proxy from the environment, which would resolve anew."""
    transport = GuardedTransport(schemes=schemes, allowed=allowed, resolve=resolve)
    return httpx.Client(
        transport=transport, timeout=timeout_s, follow_redirects=True, max_redirects=_MOST_REDIRECTS, trust_env=False
    )


@contextmanager
def fetched(
    url: str,
    *,
    schemes: frozenset[str] = DOWNLOAD_SCHEMES,
    allowed: Networks = (),
    resolve: Resolver | None = None,
) -> Iterator[tuple[Iterator[bytes], int | None]]:
    """What lies at `url`, in pieces, and how many bytes the other side says it is; NotReachable where it does not come.

    The sender's own packing is not undone: a small answer cannot become a large one.
    """
    shown = _shown(_split(url, schemes))
    with guarded_client(schemes=schemes, allowed=allowed, resolve=resolve) as client:
        try:
            with client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise NotReachable(f"{shown}: answered {answer.status_code}")
                length = answer.headers.get("Content-Length", "")
                yield answer.iter_raw(1 << 20), int(length) if length.isascii() and length.isdigit() else None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise NotReachable(f"{shown}: cannot be fetched ({type(error).__name__})") from error


def _split(url: str, schemes: frozenset[str]) -> SplitResult:
    """The parts of an address that is written in the usual way; every odd spelling is refused."""
    if not url or len(url) > _LONGEST:
        raise BadInput(f"address: must have 1 to {_LONGEST} characters")
    if _UNSAFE.search(url):
        raise BadInput("address: holds a character that belongs in none; write others as %xx, and names as xn--…")
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        raise BadInput("address: its host or port cannot be read") from error
    if split.scheme not in schemes:
        raise BadInput(f"address: begins with {split.scheme[:20]!r}; it may begin with {', '.join(sorted(schemes))}")
    host = split.hostname or ""
    is_name = re.fullmatch(r"(?!-)[a-z0-9_-]{1,63}(\.(?!-)[a-z0-9_-]{1,63})*\.?", host) is not None
    if not (is_name or re.fullmatch(r"[0-9a-f:.]+", host)) or port == 0:
        raise BadInput("address: its host or port cannot be read")
    return split


def _ips(host: str, port: int, shown: str, resolve: Resolver) -> list[Ip]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    if ":" in host or _LIKE_A_NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise BadInput(f"{shown}: is an address in an odd spelling; write it as four numbers with dots")
    try:
        found = [ip_address(text) for text in resolve(host, port)]
    except (OSError, ValueError, UnicodeError) as error:
        raise NotReachable(f"{shown}: there is no such name") from error
    if not found:
        raise NotReachable(f"{shown}: there is no such name")
    return found


def _resolved(host: str, port: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


def _shown(split: SplitResult) -> str:
    """An address for messages: no name, no password, no query."""
    host = split.hostname or ""
    host = f"[{host}]" if ":" in host else host
    place = host if split.port is None else f"{host}:{split.port}"
    return urlunsplit((split.scheme, place, split.path[:80], "", ""))
