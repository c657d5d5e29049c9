"""RTP packets, made by FFmpeg and by hand, become the pictures that were sent; everything else is refused in words."""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from hypothesis import given
from hypothesis import strategies as st

from recognition.faces import Image
from recognition.live_look import LiveLooking
from recognition.live_packets import MOST_WAITING_BYTES, BadStream, LivePacket, Newest
from recognition.rtp import H264, Depacketizer, Rtp, h264, h265, rtp_of
from recognition.rtp_jpeg import jpeg
from tests.factories import NOON
from tests.fakes import FakeEngine
from tests.recognition.clips import walking


def sent(codec: str, pictures: list[Image]) -> Iterator[bytes]:
    """The RTP packets that FFmpeg makes of these pictures."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(0.2)
        with av.open(f"rtp://127.0.0.1:{heard.getsockname()[1]}", "w", format="rtp") as out:
            options = (
                {"preset": "ultrafast", "tune": "zerolatency"}
                if codec != "mjpeg"
                else {"huffman": "default", "threads": "1"}
            )
            options |= {"x265-params": "log-level=none:repeat-headers=1"} if codec == "libx265" else {}
            stream = out.add_stream(codec, rate=25, options=options)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height = pictures[0].shape[1], pictures[0].shape[0]
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.gop_size = 4
            for number, picture in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        with suppress(TimeoutError):
            while True:
                packet = heard.recv(1 << 16)
                if packet[1] < 200 or packet[1] > 207:  # no report (RTCP)
                    yield packet


@pytest.mark.parametrize(
    ("codec", "made", "name"),
    [("libx264", h264, "h264"), ("libx265", h265, "hevc"), ("mjpeg", jpeg, "mjpeg")],
)
def test_what_ffmpeg_sends_is_put_together_again(codec: str, made: object, name: str) -> None:
    pictures = list(walking(9, width=640, height=480))
    together: Depacketizer = made({})  # type: ignore[operator]
    packets = [whole for data in sent(codec, pictures) if (whole := together.push(rtp_of(data))) is not None]
    assert len(packets) == len(pictures)
    assert packets[0].is_keyframe
    looked = LiveLooking(name, max_pixels=10**6).look(
        [one.data for one in packets], FakeEngine(), min_face_px=20, is_new_start=True
    )
    assert looked is not None
    assert looked.size_px == (640, 480)
    ((x1, y1, _, _),) = [face.box_px for face in looked.faces]
    assert abs(x1 - 26) <= 3, "the newest picture, not an older one"
    assert abs(y1 - 20) <= 3


def a_packet(payload: bytes, sequence: int = 1, stamp: int = 9, *, is_marked: bool = True) -> Rtp:
    return rtp_of(struct.pack("!BBHII", 0x80, 96 | is_marked << 7, sequence, stamp, 1) + payload)


def test_parameter_sets_of_the_description_stand_before_a_keyframe_that_has_none() -> None:
    together = h264({"sprop-parameter-sets": "Z0IAHg==,aM48gA==,###"})
    whole = together.push(a_packet(b"\x65abc"))
    assert whole is not None
    assert whole.is_keyframe
    assert whole.data.count(b"\x00\x00\x00\x01") == 3
    assert together.push(a_packet(b"\x41abc", 2, 10)) == LivePacket(b"\x00\x00\x00\x01\x41abc", is_keyframe=False)


def test_a_picture_of_which_a_packet_was_lost_is_left_out() -> None:
    together = H264([])
    assert together.push(a_packet(b"\x7c\x85abc", 1, is_marked=False)) is None
    assert together.push(a_packet(b"\x7c\x45def", 3)) is None
    whole = together.push(a_packet(b"\x65abc", 4, 10))
    assert whole is not None, "the next one is whole again"


def test_a_forgotten_mark_ends_a_picture_with_the_next_stamp() -> None:
    together = H264([])
    assert together.push(a_packet(b"\x65abc", 1, 9, is_marked=False)) is None
    assert together.push(a_packet(b"\x41def", 2, 10, is_marked=False)) == LivePacket(
        b"\0\0\0\1\x65abc", is_keyframe=True
    )


@pytest.mark.parametrize(
    ("made", "payload", "words"),
    [
        (h264, b"\x19abc", "of a kind"),
        (h264, b"\x18\x00\xffab", "cut off"),
        (h265, b"\x64\x01abc", "of a kind"),
        (h265, b"\x40", "cut off"),
        (jpeg, b"\x00", "cut off"),
        (jpeg, b"\0\0\0\0\x05\x32\x10\x10abc", "of a kind"),
        (jpeg, b"\0\0\0\0\x01\xff\x10\x10\0\0\x00\x07abc", "tables"),
    ],
)
def test_packets_of_another_kind_are_refused_in_words(made: object, payload: bytes, words: str) -> None:
    with pytest.raises(BadStream, match=words):
        made({}).push(a_packet(payload))  # type: ignore[operator]


@given(st.lists(st.binary(max_size=60), max_size=8), st.sampled_from([h264, h265, jpeg]))
def test_no_bytes_do_more_than_be_refused(pieces: list[bytes], made: object) -> None:
    together: Depacketizer = made({})  # type: ignore[operator]
    for piece in pieces:
        with suppress(BadStream):
            together.push(rtp_of(piece))
        with suppress(BadStream):
            together.push(a_packet(piece))


def test_only_what_the_newest_picture_needs_waits() -> None:
    newest = Newest()
    assert newest.take() is None
    newest.put(LivePacket(b"lost", is_keyframe=False), NOON)
    assert newest.take() is None, "without a keyframe before it nothing can be made of it"
    for data, is_keyframe in ((b"K1", True), (b"p", False), (b"K2", True), (b"q", False)):
        newest.put(LivePacket(data, is_keyframe), NOON)
    waiting = newest.take()
    assert waiting is not None
    assert (waiting.packets, waiting.is_new_start, waiting.newest_at) == ((b"K2", b"q"), True, NOON)
    newest.put(LivePacket(b"r", is_keyframe=False), NOON)
    again = newest.take()
    assert again is not None
    assert (again.packets, again.is_new_start) == ((b"r",), False)


def test_what_waits_never_grows_beyond_its_bound() -> None:
    newest = Newest()
    newest.put(LivePacket(b"K", is_keyframe=True), NOON)
    piece = bytes(MOST_WAITING_BYTES // 4)
    for _ in range(9):
        newest.put(LivePacket(piece, is_keyframe=False), NOON)
    assert newest.take() is None
    newest.put(LivePacket(b"K", is_keyframe=True), NOON)
    assert newest.take() is not None


def test_a_damaged_packet_gives_no_picture_and_the_next_keyframe_does() -> None:
    looking, engine = LiveLooking("mjpeg", max_pixels=10**6), FakeEngine()
    assert looking.look([b"no picture"], engine, min_face_px=20, is_new_start=True) is None
    together = jpeg({})
    whole = [p for data in sent("mjpeg", list(walking(2))) if (p := together.push(rtp_of(data))) is not None]
    assert looking.look([whole[-1].data], engine, min_face_px=20, is_new_start=True) is not None


def test_a_picture_larger_than_allowed_is_not_looked_at() -> None:
    together = jpeg({})
    whole = [p for data in sent("mjpeg", list(walking(2))) if (p := together.push(rtp_of(data))) is not None]
    small = LiveLooking("mjpeg", max_pixels=320 * 240 - 1)
    assert small.look([whole[0].data], FakeEngine(), min_face_px=20, is_new_start=True) is None


def test_a_codec_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is none of"):
        LiveLooking("ffconcat", max_pixels=np.iinfo(int).max)
