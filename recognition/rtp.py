"""From RTP packets to whole coded pictures: H.264 (RFC 6184), H.265 (RFC 7798) and JPEG (recognition.rtp_jpeg).

Written in Python so that what a stranger's camera sends is parsed where no wrong length can harm; only whole pictures
go on to a decoder, in a confined process. Interleaving and multiple time stamps in one packet (STAP-B, MTAP, DONs),
which cameras over TCP do not use, are refused in plain words.
"""

import base64
import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from recognition.live_packets import MOST_PACKET_BYTES, BadStream, LivePacket

_START = b"\x00\x00\x00\x01"
_HEADER_BYTES = 12
_VERSION = 2


@dataclass(frozen=True)
class Rtp:
    """One RTP packet (RFC 3550): its payload, whether it is marked as a picture's last, and the picture's stamp."""

    payload: bytes = field(repr=False)
    is_marked: bool
    kind: int
    sequence: int
    stamp: int


def rtp_of(data: bytes) -> Rtp:
    """The packet; BadStream where it is none."""
    if len(data) < _HEADER_BYTES or data[0] >> 6 != _VERSION:
        raise BadStream("sends packets that are no RTP")
    first, second, sequence, stamp = struct.unpack("!BBHI", data[:8])
    at = _HEADER_BYTES + 4 * (first & 0x0F)
    if first & 0x10:  # an extension: two bytes of its own, a length in words, the words
        if len(data) < at + 4:
            raise BadStream("sends an RTP packet that is cut off")
        at += 4 + 4 * int.from_bytes(data[at + 2 : at + 4])
    end = len(data) - (data[-1] if first & 0x20 else 0)
    if at > end:
        raise BadStream("sends an RTP packet that is cut off")
    return Rtp(data[at:end], bool(second & 0x80), second & 0x7F, sequence, stamp)


class Depacketizer(Protocol):
    """Puts the packets of one stream together."""

    def push(self, packet: Rtp) -> LivePacket | None:
        """The picture that a packet completes; None where it completes none."""
        ...


class _Units:
    """The NAL units of the picture that is coming in; for H.264 and H.265 alike."""

    def __init__(self, sets: list[bytes]) -> None:
        self._sets = sets
        self._units: list[bytes] = []
        self._bytes = 0
        self._piece: bytearray | None = None
        self._stamp: int | None = None
        self._is_lost = False
        self._sequence: int | None = None

    def push(self, packet: Rtp) -> LivePacket | None:
        done = None
        if self._stamp is not None and packet.stamp != self._stamp:  # its mark was forgotten
            done = self._done()
        self._stamp = packet.stamp
        if self._sequence is not None and packet.sequence != (self._sequence + 1) & 0xFFFF:
            self._is_lost, self._piece = True, None
        self._sequence = packet.sequence
        if packet.payload:
            self._add(packet.payload)
        if packet.is_marked:
            done = self._done() or done
        return done

    def _add(self, payload: bytes) -> None:
        raise NotImplementedError

    def _is_key(self, unit: bytes) -> bool:
        raise NotImplementedError

    def _is_set(self, unit: bytes) -> bool:
        raise NotImplementedError

    def _whole(self, unit: bytes) -> None:
        self._bytes += len(unit)
        if self._bytes > MOST_PACKET_BYTES:
            raise BadStream(f"sends a picture of more than {MOST_PACKET_BYTES >> 20} MiB")
        self._units.append(unit)

    def _several(self, payload: bytes) -> None:
        """Whole units in one packet, each after its length."""
        at = 0
        while at + 2 <= len(payload):
            length = int.from_bytes(payload[at : at + 2])
            unit = payload[at + 2 : at + 2 + length]
            if not unit or len(unit) != length:
                raise BadStream("sends a packet that is cut off")
            self._whole(unit)
            at += 2 + length

    def _fragment(self, head: bytes, payload: bytes, *, is_first: bool, is_last: bool) -> None:
        if is_first:
            self._piece = bytearray(head)
        if self._piece is None:  # its beginning was lost
            self._is_lost = True
            return
        self._piece += payload
        if len(self._piece) > MOST_PACKET_BYTES:
            raise BadStream(f"sends a picture of more than {MOST_PACKET_BYTES >> 20} MiB")
        if is_last:
            self._whole(bytes(self._piece))
            self._piece = None

    def _done(self) -> LivePacket | None:
        units, is_lost = self._units, self._is_lost
        self._units, self._bytes, self._piece, self._is_lost = [], 0, None, False
        if not units or is_lost:
            return None
        is_key = any(self._is_key(unit) for unit in units)
        if is_key and not any(self._is_set(unit) for unit in units):
            units = [*self._sets, *units]
        return LivePacket(b"".join(_START + unit for unit in units), is_key)


class H264(_Units):
    """RFC 6184, packetization modes 0 and 1."""

    _AGGREGATE, _FRAGMENT, _LAST_SINGLE = 24, 28, 23
    _IDR, _SPS = 5, 7

    def _add(self, payload: bytes) -> None:
        kind = payload[0] & 0x1F
        if 1 <= kind <= self._LAST_SINGLE:
            self._whole(payload)
        elif kind == self._AGGREGATE:
            self._several(payload[1:])
        elif kind == self._FRAGMENT and len(payload) > 2:
            head = bytes([(payload[0] & 0xE0) | (payload[1] & 0x1F)])
            self._fragment(head, payload[2:], is_first=bool(payload[1] & 0x80), is_last=bool(payload[1] & 0x40))
        else:
            raise BadStream(f"sends H.264 in packets of a kind ({kind}) that this program does not read")

    def _is_key(self, unit: bytes) -> bool:
        return unit[0] & 0x1F == self._IDR

    def _is_set(self, unit: bytes) -> bool:
        return unit[0] & 0x1F == self._SPS


class H265(_Units):
    """RFC 7798 without decoding order numbers."""

    _AGGREGATE, _FRAGMENT, _SPS = 48, 49, 33
    _KEYS = range(16, 22)  # pictures that decoding can begin with

    def _add(self, payload: bytes) -> None:
        kind = payload[0] >> 1 & 0x3F
        if len(payload) < 3:
            raise BadStream("sends a packet that is cut off")
        if kind < self._AGGREGATE:
            self._whole(payload)
        elif kind == self._AGGREGATE:
            self._several(payload[2:])
        elif kind == self._FRAGMENT:
            head = bytes([(payload[0] & 0x81) | (payload[2] & 0x3F) << 1, payload[1]])
            self._fragment(head, payload[3:], is_first=bool(payload[2] & 0x80), is_last=bool(payload[2] & 0x40))
        else:
            raise BadStream(f"sends H.265 in packets of a kind ({kind}) that this program does not read")

    def _is_key(self, unit: bytes) -> bool:
        return unit[0] >> 1 & 0x3F in self._KEYS

    def _is_set(self, unit: bytes) -> bool:
        return unit[0] >> 1 & 0x3F == self._SPS


def h264(parameters: Mapping[str, str]) -> Depacketizer:
    """For H.264, by the parameters of its format line (``fmtp``)."""
    return H264(_sets(parameters.get("sprop-parameter-sets", "")))


def h265(parameters: Mapping[str, str]) -> Depacketizer:
    """For H.265, by the parameters of its format line."""
    if parameters.get("sprop-max-don-diff", "0") != "0":
        raise BadStream("sends H.265 out of order, which this program does not read")
    names = ("sprop-vps", "sprop-sps", "sprop-pps")
    return H265([one for name in names for one in _sets(parameters.get(name, ""))])


def _sets(text: str) -> list[bytes]:
    """Parameter sets in base64, parted by commas; those that are none are left out, for the stream repeats them."""
    found = []
    for part in filter(None, text.split(",")):
        try:
            found.append(base64.b64decode(part, validate=True))
        except binascii.Error:
            continue
    return [one for one in found if one]
