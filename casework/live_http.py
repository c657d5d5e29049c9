"""Cameras that send JPEG over HTTP: pictures one after the other in one answer (MJPEG), or one picture an answer."""

import re
from collections.abc import Iterator
from time import sleep

import httpx

from casework.addresses import Networks, Resolver, guarded_client
from casework.live_address import LiveAddress
from casework.live_stream import TIMEOUT_S
from data.errors import NotReachable
from recognition.live_packets import MOST_PACKET_BYTES, BadStream, LivePacket

_SCHEMES = frozenset({"http", "https"})
_MOST_HEAD_BYTES = 1 << 16
_STILL_EVERY_S = 1.0
_BEGINS, _ENDS = b"\xff\xd8\xff", b"\xff\xd9"


class HttpStream:
    """A camera that sends JPEG; see `casework.live_stream.Stream`."""

    codec = "mjpeg"

    def __init__(self, address: LiveAddress, *, allowed: Networks = (), resolve: Resolver | None = None) -> None:
        self._address = address
        self._client = guarded_client(schemes=_SCHEMES, allowed=allowed, timeout_s=TIMEOUT_S, resolve=resolve)
        self._auth: httpx.Auth | None = None
        self._answer: httpx.Response | None = None
        is_open = False
        try:
            self._answer = self._asked()
            is_open = True
        finally:
            if not is_open:
                self.close()

    def packets(self) -> Iterator[LivePacket]:
        """Whole pictures as they come; NotReachable or BadStream where that ends."""
        answer = self._answer
        try:
            while answer is not None:
                kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if kind == "image/jpeg":
                    yield self._still(answer)
                    sleep(_STILL_EVERY_S)
                    answer = self._answer = self._asked()
                elif kind.startswith("multipart/"):
                    yield from pictures_of(answer.iter_raw())
                    raise NotReachable(f"{self._address.shown}: the camera ended the connection")
                else:
                    raise BadStream(
                        f"answers with {kind[:40] or 'nothing'!r}, which is no JPEG; give the address of its MJPEG"
                    )
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise self._broke(error) from error

    def close(self) -> None:
        """Hang up."""
        if self._answer is not None:
            self._answer.close()
        self._client.close()

    def _still(self, answer: httpx.Response) -> LivePacket:
        found = b""
        for piece in answer.iter_raw():
            found += piece
            if len(found) > MOST_PACKET_BYTES:
                raise BadStream(f"sends a picture of more than {MOST_PACKET_BYTES >> 20} MiB")
        answer.close()
        return LivePacket(found, is_keyframe=True)

    def _asked(self) -> httpx.Response:
        try:
            answer = self._sent()
            if answer.status_code == httpx.codes.UNAUTHORIZED and self._auth is None and self._address.user:
                who = (self._address.user, self._address.password)
                is_digest = answer.headers.get("WWW-Authenticate", "").lower().startswith("digest")
                self._auth = httpx.DigestAuth(*who) if is_digest else httpx.BasicAuth(*who)
                answer.close()
                answer = self._sent()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._broke(error) from error
        if answer.status_code == httpx.codes.OK:
            return answer
        answer.close()
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            words = "refuses this name and password" if self._address.user else "asks for a name and a password"
            raise NotReachable(f"{self._address.shown}: {words}")
        raise NotReachable(f"{self._address.shown}: answered {answer.status_code}")

    def _sent(self) -> httpx.Response:
        request = self._client.build_request("GET", self._address.url, headers={"Accept-Encoding": "identity"})
        return self._client.send(request, auth=self._auth, stream=True)

    def _broke(self, error: Exception) -> NotReachable:
        if isinstance(error, httpx.TimeoutException):
            return NotReachable(f"{self._address.shown}: sent nothing for {TIMEOUT_S:.0f} seconds")
        return NotReachable(f"{self._address.shown}: cannot be reached ({type(error).__name__})")


def pictures_of(pieces: Iterator[bytes]) -> Iterator[LivePacket]:
    """The JPEGs in a multipart answer, by the lengths that its parts say, else from a JPEG's first to its last bytes.

    Boundaries are not looked at: cameras write them in every wrong way.
    """
    held = bytearray()
    for piece in pieces:
        held += piece
        while (found := _first(held)) is not None:
            start, end = found
            yield LivePacket(bytes(held[start:end]), is_keyframe=True)
            del held[:end]
        if len(held) > MOST_PACKET_BYTES + _MOST_HEAD_BYTES:
            raise BadStream(f"sends a picture of more than {MOST_PACKET_BYTES >> 20} MiB")


def _first(held: bytearray) -> tuple[int, int] | None:
    """Where the first whole JPEG begins and ends; None where there is none yet."""
    start = held.find(_BEGINS)
    if start < 0:
        if len(held) > _MOST_HEAD_BYTES:
            raise BadStream("sends something that is no JPEG")
        return None
    said = re.findall(rb"(?i)content-length:\s*(\d{1,9})", bytes(held[:start]))
    if said:
        end = start + int(said[-1])
        if end - start > MOST_PACKET_BYTES:
            raise BadStream(f"sends a picture of more than {MOST_PACKET_BYTES >> 20} MiB")
        return (start, end) if end <= len(held) else None
    ends = held.find(_ENDS, start + len(_BEGINS))
    return (start, ends + len(_ENDS)) if ends >= 0 else None
