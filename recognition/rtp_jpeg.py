"""JPEG over RTP (RFC 2435): the tables that are not sent are put back, as the RFC's own appendices make them."""

import struct
from collections.abc import Mapping

from recognition.live_packets import MOST_PACKET_BYTES, BadStream, LivePacket
from recognition.rtp import Depacketizer, Rtp

# RFC 2435, appendix A: quantizers of quality 50, in zigzag order
_LUMA = (16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51,
         61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77,
         113, 121, 112, 100, 120, 92, 101, 103, 99)  # fmt: skip
_CHROMA = (17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, *(99,) * 50)
# ITU-T T.81, annex K.3: (class and id, counts by length, values)
_AC_LUMA = bytes.fromhex(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a"
    "434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9"
    "aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
)
_AC_CHROMA = bytes.fromhex(
    "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a3536373839"
    "3a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7"
    "a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
)
_DC = bytes(range(12))
_HUFFMAN = (
    (0x00, bytes.fromhex("00010501010101010100000000000000"), _DC),
    (0x10, bytes.fromhex("0002010303020403050504040000017d"), _AC_LUMA),
    (0x01, bytes.fromhex("00030101010101010101010000000000"), _DC),
    (0x11, bytes.fromhex("00020102040403040705040400010277"), _AC_CHROMA),
)


class _Jpeg:
    """Puts the packets of one stream together."""

    def __init__(self) -> None:
        self._head = b""
        self._scan = bytearray()
        self._stamp: int | None = None
        self._tables: dict[int, bytes] = {}

    def push(self, packet: Rtp) -> LivePacket | None:
        data = packet.payload
        if len(data) < 8:
            raise BadStream("sends a packet that is cut off")
        offset, kind, q, width, height = int.from_bytes(data[1:4]), data[4], data[5], data[6], data[7]
        at, restart = 8, 0
        if 64 <= kind <= 127:
            restart, at = int.from_bytes(data[8:10]), 12
        if offset == 0:
            tables, at = self._quantizers(data, q, at)
            self._head = _headers(kind & 0x3F, width * 8, height * 8, tables, restart)
            self._scan, self._stamp = bytearray(), packet.stamp
        if packet.stamp != self._stamp or offset != len(self._scan):  # a packet was lost
            self._stamp = None
            return None
        self._scan += data[at:]
        if len(self._scan) > MOST_PACKET_BYTES:
            raise BadStream(f"sends a picture of more than {MOST_PACKET_BYTES >> 20} MiB")
        if not packet.is_marked:
            return None
        end = b"" if self._scan.endswith(b"\xff\xd9") else b"\xff\xd9"
        self._stamp = None
        return LivePacket(self._head + bytes(self._scan) + end, is_keyframe=True)

    def _quantizers(self, data: bytes, q: int, at: int) -> tuple[bytes, int]:
        """Both tables, 64 bytes each, and where the picture begins after them."""
        if q < 128:
            return _tables_of(q), at
        precision, length = data[at + 1 : at + 2], int.from_bytes(data[at + 2 : at + 4])
        tables = data[at + 4 : at + 4 + length]
        if length == 0 and q in self._tables:
            return self._tables[q], at + 4
        if precision != b"\x00" or length not in (64, 128) or len(tables) != length:
            raise BadStream("sends JPEG with tables that this program does not read")
        self._tables[q] = tables if length == 128 else tables * 2
        return self._tables[q], at + 4 + length


def jpeg(_parameters: Mapping[str, str]) -> Depacketizer:
    """For JPEG, whose format line has no parameters."""
    return _Jpeg()


def _tables_of(q: int) -> bytes:
    """The tables of a quality of 1 to 99 (RFC 2435, section 4.2)."""
    factor = min(max(q, 1), 99)
    scale = 5000 // factor if factor < 50 else 200 - factor * 2
    return bytes(min(max((value * scale + 50) // 100, 1), 255) for value in (*_LUMA, *_CHROMA))


def _headers(kind: int, width: int, height: int, tables: bytes, restart: int) -> bytes:
    if kind not in (0, 1) or not width or not height:
        raise BadStream("sends JPEG of a kind that this program does not read")
    sampling = 0x21 if kind == 0 else 0x22
    found = b"\xff\xd8" + b"".join(
        b"\xff\xdb" + struct.pack("!HB", 67, n) + tables[64 * n : 64 * n + 64] for n in range(2)
    )
    if restart:
        found += b"\xff\xdd" + struct.pack("!HH", 4, restart)
    found += b"\xff\xc0" + struct.pack("!HBHHB", 17, 8, height, width, 3)
    found += bytes((1, sampling, 0, 2, 0x11, 1, 3, 0x11, 1))
    for id, counts, values in _HUFFMAN:
        found += b"\xff\xc4" + struct.pack("!HB", 19 + len(values), id) + counts + values
    return found + b"\xff\xda" + struct.pack("!HB", 12, 3) + bytes((1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0))
