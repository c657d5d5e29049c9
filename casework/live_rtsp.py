"""RTSP (RFC 2326) over one TCP connection, with the pictures interleaved in it: a client for watching a camera.

The connection goes to the judged number and to no other: whatever addresses the camera names, they are only asked for
over this same connection. Passwords go out as Digest (RFC 7616) where the camera can, else as Basic.
"""

import hashlib
import re
import secrets
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urljoin, urlsplit

from casework.addresses import Networks, Resolver, connect
from casework.live_address import LiveAddress, judged
from casework.live_stream import TIMEOUT_S
from data.errors import NotReachable
from recognition.live_packets import BadStream, LivePacket
from recognition.rtp import Depacketizer, h264, h265, rtp_of
from recognition.rtp_jpeg import jpeg

_MOST_HEAD_BYTES, _MOST_BODY_BYTES = 1 << 16, 1 << 18
_PICTURES = 0
"""The channel that the pictures come on; reports about them come on the next one, and are passed over."""
_CODECS: dict[str, tuple[str, Callable[[Mapping[str, str]], Depacketizer]]] = {
    "H264": ("h264", h264),
    "H265": ("hevc", h265),
    "JPEG": ("mjpeg", jpeg),
}
_STATIC_JPEG = "26"  # RFC 3551
_ALIVE_SHARE = 0.4  # of the session's time-out


@dataclass(frozen=True)
class _Answer:
    code: int
    reason: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass
class _Wire:
    """The connection, read through a buffer of its own."""

    socket: socket.socket
    shown: str
    _held: bytearray = field(default_factory=bytearray)

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise NotReachable(f"{self.shown}: the connection broke ({_why(error)})") from error

    def take(self, n: int) -> bytes:
        while len(self._held) < n:
            self._more()
        taken = bytes(self._held[:n])
        del self._held[:n]
        return taken

    def take_to(self, mark: bytes, most: int) -> bytes:
        while (end := self._held.find(mark)) < 0:
            if len(self._held) > most:
                raise BadStream("sends an answer without an end")
            self._more()
        taken = bytes(self._held[:end])
        del self._held[: end + len(mark)]
        return taken

    def _more(self) -> None:
        try:
            piece = self.socket.recv(1 << 16)
        except TimeoutError as error:
            raise NotReachable(f"{self.shown}: sent nothing for {TIMEOUT_S:.0f} seconds") from error
        except OSError as error:
            raise NotReachable(f"{self.shown}: the connection broke ({_why(error)})") from error
        if not piece:
            raise NotReachable(f"{self.shown}: the camera ended the connection")
        self._held += piece


class RtspStream:
    """A camera that plays; see `casework.live_stream.Stream`."""

    def __init__(self, address: LiveAddress, *, allowed: Networks = (), resolve: Resolver | None = None) -> None:
        self._address = address
        peer = judged(address, allowed=allowed, resolve=resolve)
        made = connect(peer, timeout_s=TIMEOUT_S, allowed=allowed)
        made.settimeout(TIMEOUT_S)
        self._socket = _encrypted(made, peer.host, address.shown) if address.kind == "rtsps" else made
        self._wire = _Wire(self._socket, address.shown)
        self._count = 0
        self._login: Callable[[str, str], str] | None = None
        self._session: str | None = None
        self._alive_every_s = 20.0
        is_open = False
        try:
            self.codec, self._depacketizer = self._play()
            is_open = True
        finally:
            if not is_open:
                self.close()

    def packets(self) -> Iterator[LivePacket]:
        """Whole pictures as they come; NotReachable or BadStream where that ends."""
        said_at = monotonic()
        while True:
            channel, data = self._next()
            if channel == _PICTURES:
                made = self._depacketizer.push(rtp_of(data))
                if made is not None:
                    yield made
            if monotonic() - said_at > self._alive_every_s:
                self._send("OPTIONS", self._address.url)
                said_at = monotonic()

    def close(self) -> None:
        """Hang up; a camera that is asked to stop might answer late or never."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _play(self) -> tuple[str, Depacketizer]:
        described = self._asked("DESCRIBE", self._address.url, {"Accept": "application/sdp"})
        base = described.headers.get("content-base") or described.headers.get("content-location") or self._address.url
        media = media_of(described.body.decode("utf-8", "replace"))
        track = _control(base, media.control, self._address.url)
        asked = {"Transport": f"RTP/AVP/TCP;unicast;interleaved={_PICTURES}-{_PICTURES + 1}"}
        ready = self._asked("SETUP", track, asked)
        if "interleaved" not in ready.headers.get("transport", "interleaved"):
            raise BadStream("does not send its pictures over the same connection (RTP over TCP)")
        session, _, rest = ready.headers.get("session", "").partition(";")
        self._session = session.strip() or None
        if (found := re.search(r"timeout=(\d{1,5})", rest)) is not None:
            self._alive_every_s = max(1.0, int(found[1]) * _ALIVE_SHARE)
        self._asked("PLAY", _control(base, "*", self._address.url), {"Range": "npt=0.000-"})
        codec, depacketizer = _CODECS[media.codec]
        return codec, depacketizer(media.parameters)

    def _asked(self, method: str, url: str, headers: Mapping[str, str]) -> _Answer:
        """The answer to a request; with name and password once the camera asks for them."""
        answer = self._answered(method, url, headers)
        if answer.code == 401 and self._login is None and self._address.user:
            self._login = login(answer.headers.get("www-authenticate", ""), self._address.user, self._address.password)
            answer = self._answered(method, url, headers)
        if answer.code == 401:
            words = "refuses this name and password" if self._address.user else "asks for a name and a password"
            raise NotReachable(f"{self._address.shown}: {words}")
        if answer.code != 200:
            raise NotReachable(f"{self._address.shown}: answered {method} with {answer.code} {answer.reason}")
        return answer

    def _answered(self, method: str, url: str, headers: Mapping[str, str]) -> _Answer:
        self._send(method, url, headers)
        while True:
            first = self._wire.take(1)
            if first == b"$":  # a picture that was under way
                self._interleaved()
                continue
            answer = self._answer(first)
            if answer.headers.get("cseq", "").strip() in ("", str(self._count)):
                return answer

    def _send(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._count += 1
        lines = {"CSeq": str(self._count), "User-Agent": "LastSeen", **(headers or {})}
        if self._login is not None:
            lines["Authorization"] = self._login(method, url)
        if self._session is not None:
            lines["Session"] = self._session
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._wire.send(f"{method} {url} RTSP/1.0\r\n{text}\r\n".encode("latin-1", "replace"))

    def _next(self) -> tuple[int, bytes]:
        """The next interleaved packet; answers to what keeps the session alive are passed over."""
        while True:
            first = self._wire.take(1)
            if first == b"$":
                return self._interleaved()
            if first not in (b"\r", b"\n"):
                self._answer(first)

    def _interleaved(self) -> tuple[int, bytes]:
        head = self._wire.take(3)
        return head[0], self._wire.take(int.from_bytes(head[1:]))

    def _answer(self, first: bytes) -> _Answer:
        lines = (first + self._wire.take_to(b"\r\n\r\n", _MOST_HEAD_BYTES)).decode("latin-1").lstrip().split("\r\n")
        status = re.fullmatch(r"RTSP/\d\.\d (\d{3}) ?(.*)", lines[0])
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _MOST_BODY_BYTES:
            raise BadStream("sends an answer that is too long")
        body = self._wire.take(int(length))
        if status is None:
            if re.match(r"[A-Z_]+ \S+ RTSP/", lines[0]):  # the camera asks us something, which needs no answer
                return _Answer(0, "", {"cseq": "-"})
            raise BadStream("answers with something that is no RTSP")
        reason = "".join(letter for letter in status[2][:60] if letter.isprintable())
        return _Answer(int(status[1]), reason, headers, body)


@dataclass(frozen=True)
class Media:
    """The pictures of a session description: their codec, where they are asked for, and their format's parameters."""

    codec: str
    control: str
    parameters: Mapping[str, str]


def media_of(sdp: str) -> Media:
    """The first video that this program reads (RFC 8866); BadStream, with what there was, where there is none."""
    other: list[str] = []
    for part in re.split(r"(?m)^m=", sdp)[1:]:
        lines = part.replace("\r", "").split("\n")
        words = lines[0].split()
        if len(words) < 4 or words[0] != "video":
            continue
        kind = words[3]
        told = {name: value for name, _, value in (line[2:].partition(":") for line in lines if line.startswith("a="))}
        mapped = re.search(rf"(?m)^a=rtpmap:{re.escape(kind)} +([A-Za-z0-9-]+)/", "\n".join(lines))
        codec = mapped[1].upper() if mapped else "JPEG" if kind == _STATIC_JPEG else kind
        codec = "H265" if codec == "HEVC" else codec
        if codec in _CODECS:
            formats = [line.partition(" ")[2] for line in lines if line.startswith(f"a=fmtp:{kind} ")]
            pairs = (pair.strip().partition("=") for text in formats for pair in text.split(";"))
            return Media(codec, told.get("control", ""), {name: value for name, _, value in pairs})
        other.append(codec[:20])
    found = f"only {', '.join(other)}" if other else "no video"
    raise BadStream(f"offers {found}; set the camera to H.264, H.265 or MJPEG")


def login(asked: str, user: str, password: str) -> Callable[[str, str], str]:
    """What to answer a camera that asks for a name and a password, by method and address."""
    told = dict(re.findall(r'(\w+)="?([^",]*)"?', asked))
    if not asked.lower().startswith("digest"):
        words = b64encode(f"{user}:{password}".encode()).decode()
        return lambda _method, _url: f"Basic {words}"
    named = told.get("algorithm", "MD5").upper()
    digest = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}.get(named)
    if digest is None:
        raise BadStream("asks for a password in a way that this program does not know")
    realm, nonce, counted = told.get("realm", ""), told.get("nonce", ""), 0

    def hashed(text: str) -> str:
        return digest(text.encode()).hexdigest()

    def answer(method: str, url: str) -> str:
        nonlocal counted
        counted += 1
        who, what = hashed(f"{user}:{realm}:{password}"), hashed(f"{method}:{url}")
        fields = {"username": user, "realm": realm, "nonce": nonce, "uri": url}
        if "auth" in told.get("qop", "").split(","):
            own, count = secrets.token_hex(8), f"{counted:08x}"
            fields["response"] = hashed(f"{who}:{nonce}:{count}:{own}:auth:{what}")
            end = f', qop=auth, nc={count}, cnonce="{own}"'
        else:
            fields["response"], end = hashed(f"{who}:{nonce}:{what}"), ""
        if "opaque" in told:
            fields["opaque"] = told["opaque"]
        if "algorithm" in told:
            end += f", algorithm={named}"
        return "Digest " + ", ".join(f'{name}="{value}"' for name, value in fields.items()) + end

    return answer


def _control(base: str, control: str, asked: str) -> str:
    """Where a track is asked for: never elsewhere than where we are connected to, whatever the camera names."""
    if not control or control == "*":
        found = base if base.startswith("rtsp") else asked
    elif "://" in control:
        found = control
    elif base.startswith("rtsp"):
        found = base.rstrip("/") + "/" + control.lstrip("/")
    else:
        found = urljoin(asked, control)
    if re.search(r"[^\x21-\x7e]", found) or len(found) > 2000:
        raise BadStream("names an address that is none")
    split, own = urlsplit(found), urlsplit(asked)
    return split._replace(scheme=own.scheme, netloc=own.netloc).geturl()


def _encrypted(made: socket.socket, host: str, shown: str) -> socket.socket:
    try:
        return ssl.create_default_context().wrap_socket(made, server_hostname=host)
    except (ssl.SSLError, OSError) as error:
        made.close()
        raise NotReachable(f"{shown}: its certificate is not one that this machine trusts ({_why(error)})") from error


def _why(error: OSError) -> str:
    return str(error.strerror or error)[:100]
