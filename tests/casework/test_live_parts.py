"""The parts of watching live: what a camera describes, how it asks for a password, and what its pictures tell."""

import pytest

from casework.live_address import parsed
from casework.live_feed import Line
from casework.live_health import Health
from casework.live_http import pictures_of
from casework.live_rtsp import login, media_of
from data.live_models import LiveState
from recognition.live_look import LiveLook
from recognition.live_packets import BadStream

OPEN, SHUT = Line(is_open=True, codec="h264"), Line(why="rtsp://gate: the camera ended the connection", tries=1)


def a_look(*, brightness: float = 90.0, contrast: float = 30.0, change: float | None = 9.0) -> LiveLook:
    return LiveLook((640, 480), brightness, contrast, change)


def states(*looks: tuple[float, Line, LiveLook | None, bool]) -> list[LiveState]:
    health = Health(0.0, interval_s=2.0)
    return [
        health.judge(at_s, line, looked, has_packets=has_packets).state for at_s, line, looked, has_packets in looks
    ]


def test_silence_is_stalled_after_five_seconds_and_dead_after_twenty() -> None:
    looks = [(2.0, OPEN, a_look(), True), *((at_s, OPEN, None, False) for at_s in (4.0, 7.1, 21.0, 22.0))]
    assert states(*looks) == [LiveState.WATCHING] * 2 + [LiveState.STALLED] * 2 + [LiveState.DEAD]


def test_a_lost_connection_is_told_at_once_and_is_dead_after_twenty_seconds() -> None:
    looks = [(2.0, OPEN, a_look(), True), (3.0, SHUT, None, False), (22.5, SHUT, None, False)]
    assert states(*looks) == [LiveState.WATCHING, LiveState.DISCONNECTED, LiveState.DEAD]


def test_a_camera_that_never_answered_is_dead_after_twenty_seconds_too() -> None:
    assert states((1.0, Line(), None, False), (19.0, SHUT, None, False), (20.0, SHUT, None, False)) == [
        LiveState.CONNECTING, LiveState.DISCONNECTED, LiveState.DEAD,
    ]  # fmt: skip


def test_what_cannot_be_decoded_is_unreadable() -> None:
    assert states((2.0, OPEN, a_look(), True), (8.0, OPEN, None, True))[-1] is LiveState.UNREADABLE


def test_darkness_is_black_after_five_seconds_and_a_dark_scene_with_contrast_is_not() -> None:
    dark = a_look(brightness=16.0, contrast=1.0)
    assert states(*((2.0 * n, OPEN, dark, True) for n in range(1, 5)))[-1] is LiveState.BLACK
    night = a_look(brightness=16.0, contrast=14.0)
    assert states(*((2.0 * n, OPEN, night, True) for n in range(1, 9)))[-1] is LiveState.WATCHING


def test_the_same_picture_for_half_a_minute_is_frozen_since_it_last_changed() -> None:
    health = Health(0.0, interval_s=2.0)
    for n in range(1, 21):
        shown = health.judge(2.0 * n, OPEN, a_look(change=9.0 if n < 4 else 0.0), has_packets=True)
    assert shown.state is LiveState.FROZEN
    assert shown.since_s < 12.0
    assert health.judge(42.0, OPEN, a_look(), has_packets=True).state is LiveState.WATCHING


def test_the_light_that_comes_back_after_darkness_is_no_frozen_picture() -> None:
    dark = [(2.0 * n, OPEN, a_look(brightness=0.0, contrast=0.0, change=0.0), True) for n in range(1, 30)]
    light = [(60.0 + 2.0 * n, OPEN, a_look(), True) for n in range(5)]
    assert states(*dark, *light)[-6:] == [LiveState.BLACK, *[LiveState.WATCHING] * 5]


def test_two_pictures_a_second_are_no_gap() -> None:
    assert set(states(*((2.0 * n, OPEN, a_look(), True) for n in range(1, 30)))) == {LiveState.WATCHING}


def test_the_first_video_that_can_be_read_is_taken() -> None:
    sdp = (
        "v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\nm=video 0 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n"
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 h265/90000\r\na=fmtp:96 sprop-sps=QgEB; sprop-pps=RAHB\r\na=control:v\r\n"
    )
    media = media_of(sdp)
    assert (media.codec, media.control, media.parameters) == ("H265", "v", {"sprop-sps": "QgEB", "sprop-pps": "RAHB"})
    assert media_of("m=video 0 RTP/AVP 26\na=control:x\n").codec == "JPEG"


@pytest.mark.parametrize(
    ("sdp", "words"), [("v=0\r\n", "no video"), ("m=video 0 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n", "only VP8")]
)
def test_a_camera_without_such_a_video_is_told_what_to_set(sdp: str, words: str) -> None:
    with pytest.raises(BadStream, match=f"{words}; set the camera to H.264"):
        media_of(sdp)


def test_a_password_goes_out_as_the_standards_have_it() -> None:
    # RFC 2069's way, with the numbers of its example, put right by erratum 749
    told = login(
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"', "Mufasa", "CircleOfLife"
    )
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in told("GET", "/dir/index.html")
    assert login('Basic realm="x"', "Aladdin", "open sesame")("GET", "/") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    with pytest.raises(BadStream, match="does not know"):
        login('Digest algorithm=ROT13, realm="x", nonce="y"', "a", "b")


def test_an_address_is_shown_without_what_is_secret_in_it() -> None:
    address = parsed("rtsp://ann:p%40ss@camera.example.org:8554/live?token=abc")
    assert (address.user, address.password) == ("ann", "p@ss")
    assert address.url == "rtsp://camera.example.org:8554/live?token=abc"
    assert address.shown == "rtsp://camera.example.org:8554/live"
    assert "p@ss" not in repr(address)


def test_pictures_are_found_by_their_lengths_and_by_their_marks() -> None:
    one, two = b"\xff\xd8\xffone\xff\xd9more\xff\xd9", b"\xff\xd8\xfftwo\xff\xd9"
    told = b"--x\r\nContent-Length: %d\r\n\r\n" % len(one) + one + b"\r\n--x\r\n\r\n" + two + b"\r\n"
    found = [packet.data for packet in pictures_of(bytes([byte]) for byte in told)]
    assert found == [one, two]
    with pytest.raises(BadStream, match="no JPEG"):
        list(pictures_of(iter([b"x" * 70_000])))
