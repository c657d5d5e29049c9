"""A camera plugged into the machine: its JPEGs as they come, and in plain words what is wrong where there is none."""

from itertools import islice
from pathlib import Path

import av
import pytest
from av.container import InputContainer

from data.errors import NotReachable
from recognition.live_look import LiveLooking
from recognition.live_packets import BadStream
from recognition.live_usb import UsbStream
from tests.fakes import FakeEngine
from tests.recognition.clips import walking, write_clip


def device(path: Path) -> InputContainer:
    return av.open(str(path))


def test_every_picture_that_a_plugged_in_camera_gives_can_be_looked_at(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "camera.mkv", walking(4), codec="mjpeg", pix_fmt="yuvj420p")
    looking = LiveLooking("mjpeg", max_pixels=10**6)
    packets = UsbStream("/dev/video9", opened=lambda _: device(clip)).packets()
    for packet in islice(packets, 4):
        looked = looking.look([packet.data], FakeEngine(), min_face_px=20, is_new_start=True)
        assert looked is not None
        assert len(looked.faces) == 1
    with pytest.raises(NotReachable, match="/dev/video9: ended"):
        next(packets)


def test_a_camera_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(NotReachable, match="/dev/video250: there is no such camera on the machine"):
        UsbStream("/dev/video250")


def test_a_device_that_gives_no_jpeg_is_told_what_is_needed(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "camera.mkv", walking(4))
    with pytest.raises(BadStream, match="gives h264; this program reads MJPEG"):
        UsbStream("/dev/video9", opened=lambda _: device(clip))


def test_a_device_that_is_no_camera_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "video0").write_bytes(b"no camera")
    with pytest.raises(NotReachable, match="cannot be opened; is it in use, and a camera"):
        UsbStream(str(tmp_path / "video0"))
