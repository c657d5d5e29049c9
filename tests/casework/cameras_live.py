"""Cameras that are no cameras: an RTSP and an MJPEG server on loopback, which play made pictures as they are told.

The RTSP server makes its own packets (RFC 6184), by other code than that which reads them.
"""

import base64
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Literal

import av
import cv2

from recognition.faces import Image

Mood = Literal["plays", "stalls", "freezes", "black", "away"]
_MOST_PAYLOAD = 1200


@dataclass
class Publisher:
    """What all such cameras have in common. `pictures` gives them again from the beginning, each time it is called.

    `mood` may be changed at any time; `drop` ends all connections, and one that is away hangs up on every new one.
    `user` and `password` are asked for where set.
    """

    pictures: Callable[[], Iterator[Image]]
    rate: float = 12.0
    user: str = ""
    password: str = ""
    mood: Mood = "plays"
    connections: int = 0
    refused: int = 0
    requests: list[str] = field(default_factory=list)
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._is_over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def close(self) -> None:
        self._is_over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.drop()

    def drop(self) -> None:
        """End every connection, as a cable does that is pulled."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def shown(self) -> Iterator[Image]:
        """The pictures in the present mood, without end, at the rate; a frozen camera repeats its last one."""
        last: Image | None = None
        pictures = self.pictures()
        while not self._is_over.is_set():
            time.sleep(1.0 / self.rate)
            if self.mood == "stalls":
                continue
            if last is None or self.mood != "freezes":
                last = next(pictures, None)
            if last is None:
                pictures = self.pictures()
                continue
            yield last * 0 if self.mood == "black" else last

    def _accept(self) -> None:
        while not self._is_over.is_set():
            try:
                made, _ = self._listening.accept()
            except OSError:
                return
            if self.mood == "away":
                made.close()
                continue
            self._open.append(made)
            self.connections += 1
            threading.Thread(target=self._serve_quietly, args=(made,), daemon=True).start()

    def _serve_quietly(self, made: socket.socket) -> None:
        with suppress(OSError, EOFError):
            self._serve(made)
        made.close()

    def _serve(self, made: socket.socket) -> None:
        raise NotImplementedError


class RtspCamera(Publisher):
    """Plays H.264 over RTSP, interleaved; a keyframe every `GOP` pictures."""

    GOP = 24

    @property
    def url(self) -> str:
        who = f"{self.user}:{self.password}@" if self.user else ""
        return f"rtsp://{who}127.0.0.1:{self.port}/live"

    def _serve(self, made: socket.socket) -> None:
        reader = made.makefile("rb")
        while True:
            lines = []
            while (line := reader.readline().decode()) not in ("\r\n", ""):
                lines.append(line.strip())
            if not lines:
                raise EOFError
            self._reply(made, lines)

    def _reply(self, made: socket.socket, lines: list[str]) -> None:
        method, url, _ = lines[0].split()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.requests.append(lines[0])
        if self.user and not self._is_known(method, url, headers.get("authorization", "")):
            self.refused += 1
            realm = 'WWW-Authenticate: Digest realm="gate", nonce="n0nce", qop="auth", algorithm=MD5\r\n'
            self._say(made, headers, "401 Unauthorized", realm)
        elif method == "DESCRIBE":
            sdp = (
                "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=gate\r\nt=0 0\r\na=control:*\r\n"
                "m=audio 0 RTP/AVP 0\r\na=control:audio\r\n"
                "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
                "a=control:video\r\n"
            )
            self._say(made, headers, "200 OK", f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\n", sdp)
        elif method == "SETUP":
            extra = f"Transport: {headers['transport']}\r\nSession: 7;timeout=60\r\n"
            self._say(made, headers, "200 OK", extra)
        else:
            self._say(made, headers, "200 OK", "Session: 7\r\n")
        if method == "PLAY":
            threading.Thread(target=self._play, args=(made,), daemon=True).start()

    def _say(self, made: socket.socket, asked: dict[str, str], status: str, extra: str = "", body: str = "") -> None:
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        made.sendall(f"RTSP/1.0 {status}\r\nCSeq: {asked.get('cseq', '')}\r\n{extra}{length}\r\n{body}".encode())

    def _is_known(self, method: str, url: str, said: str) -> bool:
        told = dict(part.strip().partition("=")[::2] for part in said.removeprefix("Digest ").split(","))
        told = {name: value.strip('"') for name, value in told.items()}

        def hashed(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  as RFC 2617 has it

        who = hashed(f"{self.user}:gate:{self.password}")
        words = f"{who}:n0nce:{told.get('nc')}:{told.get('cnonce')}:auth:{hashed(f'{method}:{url}')}"
        return told.get("uri") == url and told.get("response") == hashed(words)

    def _play(self, made: socket.socket) -> None:
        sequence = count(65_530)  # it wraps soon
        with suppress(OSError):
            for stamp, unit_list in enumerate(coded(self.shown(), gop=self.GOP)):
                packets = [payload for unit in unit_list for payload in _payloads(unit)]
                for n, payload in enumerate(packets):
                    mark = 0x80 if n == len(packets) - 1 else 0
                    head = struct.pack("!BBHII", 0x80, 96 | mark, next(sequence) & 0xFFFF, stamp * 3000, 99)
                    made.sendall(b"$\x00" + struct.pack("!H", len(head) + len(payload)) + head + payload)


class MjpegCamera(Publisher):
    """Sends JPEGs in one HTTP answer."""

    @property
    def url(self) -> str:
        who = f"{self.user}:{self.password}@" if self.user else ""
        return f"http://{who}127.0.0.1:{self.port}/video.mjpg?size=small"

    def _serve(self, made: socket.socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            piece = made.recv(4096)
            if not piece:
                return
            asked += piece
        self.requests.append(asked.split(b"\r\n")[0].decode())
        known = b"Basic " + base64.b64encode(f"{self.user}:{self.password}".encode())
        if self.user and known not in asked:
            self.refused += 1
            made.sendall(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n')
            return
        made.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=--odd\r\n\r\n")
        for picture in self.shown():
            data = cv2.imencode(".jpg", picture)[1].tobytes()
            made.sendall(
                b"----odd\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data) + data + b"\r\n"
            )


def coded(pictures: Iterator[Image], *, gop: int) -> Iterator[list[bytes]]:
    """Each picture as H.264: its NAL units, parameter sets before every keyframe."""
    context: av.VideoCodecContext | None = None
    for picture in pictures:
        if context is None:
            height, width = picture.shape[:2]
            made = av.CodecContext.create("libx264", "w")
            assert isinstance(made, av.VideoCodecContext)
            context = made
            context.width, context.height, context.pix_fmt = width, height, "yuv420p"
            context.time_base = Fraction(1, 25)
            context.gop_size, context.max_b_frames = gop, 0
            context.options = {"preset": "ultrafast", "tune": "zerolatency", "threads": "1"}
        for packet in context.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")):
            yield units_of(bytes(packet))


def units_of(data: bytes) -> list[bytes]:
    """The NAL units of an Annex B picture."""
    pieces = data.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [piece for piece in pieces if piece]


def _payloads(unit: bytes) -> Iterator[bytes]:
    if len(unit) <= _MOST_PAYLOAD:
        yield unit
        return
    first, body = unit[0], unit[1:]
    for at in range(0, len(body), _MOST_PAYLOAD):
        piece = body[at : at + _MOST_PAYLOAD]
        start = 0x80 if at == 0 else 0
        end = 0x40 if at + _MOST_PAYLOAD >= len(body) else 0
        yield bytes([(first & 0xE0) | 28, start | end | (first & 0x1F)]) + piece
