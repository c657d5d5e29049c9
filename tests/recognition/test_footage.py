import gc
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from data.models import Coverage
from recognition.footage import Frame, frames, probe
from recognition.tally import Tally
from recognition.timeline import Placed
from tests.material import shared
from tests.recognition.clips import RED, grey, square, turned, walking, write_clip


def read(path: Path, *, sample_fps: float | None = None) -> tuple[list[Frame], Coverage]:
    tally = Tally()
    found = list(frames(path, None, sample_fps=sample_fps, tally=tally))
    return found, tally.coverage()


def times(path: Path) -> list[float]:
    return [frame.time_s for frame in read(path)[0]]


def steps(n: int, rate: float = 25.0, start: float = 0.0) -> list[float]:
    return [start + i / rate for i in range(n)]


@pytest.mark.parametrize(
    ("name", "codec", "rate", "start"),
    [
        ("a.mp4", "libx264", 25, 0.0),
        ("a.mkv", "libx264", 25, 0.0),
        ("a.mkv", "libx265", 25, 0.0),
        ("a.ts", "libx264", 25, 0.0),
        ("a.mpg", "mpeg2video", 25, 0.0),
        ("a.avi", "libx264", 25, 0.0),
        ("a.avi", "mpeg4", 25, 0.0),
        ("a.avi", "mjpeg", 25, 0.0),
        ("a.flv", "libx264", 25, 0.08),
        ("a.webm", "libvpx-vp9", 25, 0.0),
    ],
)
def test_every_picture_has_its_time_whatever_the_container(
    tmp_path: Path, name: str, codec: str, rate: int, start: float
) -> None:
    base = Fraction(1, rate)
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = write_clip(tmp_path / name, walking(20), codec=codec, rate=rate, time_base=base, pix_fmt=pix_fmt)
    found, coverage = read(path)
    assert [frame.time_s for frame in found] == pytest.approx(steps(20, rate, start), abs=0.0006)
    assert {frame.time_source for frame in found} == {"container"}
    assert (coverage.packets_read, coverage.frames_decoded, coverage.frames_examined) == (20, 20, 20)
    assert coverage.packets_unreadable == 0
    assert coverage.unreadable_spans_s == ()


def test_pictures_come_in_the_order_shown_although_b_frames_are_stored_otherwise(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "b.avi", walking(30, step=4), b_frames=3, time_base=Fraction(1, 25))
    lefts = [int(np.flatnonzero(frame.image_bgr[30, :, 2] > 160)[0]) for frame in read(path)[0]]
    assert lefts == sorted(lefts)
    assert times(path) == pytest.approx(steps(30))


def test_a_variable_frame_rate_keeps_its_gaps(tmp_path: Path) -> None:
    seconds = [0.0, 0.04, 0.08, 2.5, 2.54, 9.0]
    path = write_clip(tmp_path / "v.mp4", walking(6), time_of=lambda i: seconds[i])
    found, coverage = read(path)
    assert [frame.time_s for frame in found] == pytest.approx(seconds, abs=1e-4)
    assert coverage.unreadable_spans_s == ()


def test_a_rate_of_29_97_does_not_drift(tmp_path: Path) -> None:
    rate = Fraction(30_000, 1001)
    path = write_clip(tmp_path / "n.mp4", walking(300, width=64, height=48), rate=rate)
    assert times(path)[-1] == pytest.approx(299 * 1001 / 30_000, abs=1e-4)


def test_a_video_that_starts_late_keeps_its_offset(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "late.mp4", walking(5), time_of=lambda i: Fraction(3) + Fraction(i, 25))
    assert times(path)[0] == pytest.approx(3.0, abs=1e-4)


def test_a_transport_stream_begins_at_zero_wherever_its_clock_stands(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "late.ts", walking(10), time_of=lambda i: Fraction(50_000) + Fraction(i, 25))
    assert times(path) == pytest.approx(steps(10), abs=1e-4)


def test_a_fragment_of_a_running_recording_begins_at_zero(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "f.mkv", walking(5), time_of=lambda i: Fraction(7200) + Fraction(i, 25))
    assert times(path) == pytest.approx(steps(5), abs=0.002)


def test_an_mpeg_clock_that_goes_round_does_not_turn_time_back(tmp_path: Path) -> None:
    wrap_s = Fraction(1 << 33, 90_000)
    path = write_clip(tmp_path / "w.ts", walking(50), time_of=lambda i: wrap_s - 1 + Fraction(i, 25))
    found, _ = read(path)
    assert [frame.time_s for frame in found] == pytest.approx(steps(50), abs=1e-3)
    assert {frame.time_source for frame in found} == {"container"}


@pytest.mark.parametrize("later_first", [True, False])
def test_spliced_recordings_run_on_and_say_that_times_are_estimated(tmp_path: Path, later_first: bool) -> None:
    early = write_clip(tmp_path / "e.ts", walking(20), time_of=lambda i: Fraction(i, 25))
    late = write_clip(tmp_path / "l.ts", walking(20), time_of=lambda i: Fraction(500) + Fraction(i, 25))
    parts = (late, early) if later_first else (early, late)
    path = tmp_path / "spliced.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    found, coverage = read(path)
    at = [frame.time_s for frame in found]
    assert at == sorted(at)
    assert coverage.frames_decoded == 40
    if later_first:
        assert at == pytest.approx(steps(40), abs=0.05)
        assert [frame.time_source for frame in found] == ["container"] * 20 + ["estimated"] * 20
    else:
        assert at[20] == pytest.approx(500, abs=0.2), "a jump ahead is what the container says"


def test_a_stream_without_times_is_estimated_and_says_so(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "raw.h264", walking(20))
    found, _ = read(path)
    assert [frame.time_s for frame in found] == pytest.approx(steps(20))
    assert {frame.time_source for frame in found} == {"estimated"}


def test_the_first_picture_of_the_hamilton_clip_is_at_0_852_s() -> None:
    path = shared("faces/face_recognition/short_hamilton_clip.mp4")
    with av.open(str(path)) as container:
        expected = [frame.time for frame in container.decode(video=0)]
    found, coverage = read(path)
    assert probe(path).first_frame_s == pytest.approx(0.852, abs=5e-4)
    assert [frame.time_s for frame in found] == expected
    assert (coverage.frames_claimed, coverage.packets_read, coverage.frames_decoded) == (275, 275, 275)


def test_a_gif_is_footage(tmp_path: Path) -> None:
    path = shared("faces/intel_corridor/head-pose-face-detection-female.gif")
    found, coverage = read(path)
    assert len(found) == coverage.frames_decoded == 23
    assert [round(frame.time_s, 2) for frame in found[:3]] == [0.0, 0.08, 0.17]
    assert found[0].image_bgr.shape == (270, 480, 3)


def test_rotation_is_applied(tmp_path: Path) -> None:
    pictures = [square(grey(320, 240), RED, 0, 0) for _ in range(3)]
    path = turned(write_clip(tmp_path / "phone.mp4", pictures))
    info = probe(path)
    image = read(path)[0][0].image_bgr
    assert (info.width, info.height, info.rotation_deg) == (240, 320, 90)
    assert image.shape == (320, 240, 3)
    assert image[20, 220, 2] > 150, "what was upper left is upper right after a quarter turn clockwise"
    assert abs(int(image[20, 20, 2]) - 90) < 30


def test_a_change_of_size_on_the_way_is_followed(tmp_path: Path) -> None:
    small = write_clip(tmp_path / "s.h264", walking(10, width=160, height=120))
    large = write_clip(tmp_path / "l.h264", walking(10, width=640, height=480))
    path = tmp_path / "both.h264"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    found, coverage = read(path)
    assert [frame.image_bgr.shape[:2] for frame in found] == [(120, 160)] * 10 + [(480, 640)] * 10
    assert coverage.frames_decoded == 20


@pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "gray", "yuv444p"])
def test_unusual_pixels_become_bgr(tmp_path: Path, pix_fmt: str) -> None:
    codec = "ffv1" if pix_fmt == "gray" else "libx264"
    path = write_clip(tmp_path / "p.mkv", walking(5, width=322, height=242), codec=codec, pix_fmt=pix_fmt)
    image = read(path)[0][0].image_bgr
    assert image.shape == (242, 322, 3)
    assert image.dtype == np.uint8
    assert 70 < image[200:, 200:].mean() < 110


def test_odd_sides_are_no_trouble(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "odd.mkv", walking(3, width=161, height=121), pix_fmt="yuv444p")
    assert read(path)[0][0].image_bgr.shape == (121, 161, 3)


def test_interlaced_pictures_are_read(tmp_path: Path) -> None:
    options = {"x264-params": "interlaced=1"}
    path = write_clip(tmp_path / "i.ts", walking(20), codec_options=options)
    found, coverage = read(path)
    assert len(found) == 20
    assert coverage.packets_unreadable == 0


def test_sampling_takes_the_first_picture_of_each_slot_of_container_time(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "s.mp4", walking(50))
    found, coverage = read(path, sample_fps=5)
    assert [frame.time_s for frame in found] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8])
    assert (coverage.frames_decoded, coverage.frames_examined) == (50, 10)


def test_packets_are_let_go_once_they_are_decoded(tmp_path: Path) -> None:
    """PyAV keeps a packet's opaque value for ever if that value leads back to the packet."""
    path = write_clip(tmp_path / "a.mp4", walking(400, width=64, height=48))
    assert len(read(path)[0]) == 400
    gc.collect()
    assert sum(isinstance(thing, Placed) for thing in gc.get_objects()) < 10


def test_two_decoders_side_by_side_do_not_mix_their_pictures_up(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", walking(60), time_of=lambda i: Fraction(i * i, 25))
    pairs = zip(*(frames(path, None, sample_fps=None, tally=Tally()) for _ in range(2)), strict=True)
    assert all(a.time_s == b.time_s and a.time_source == b.time_source == "container" for a, b in pairs)


def test_what_a_footage_is_stands_in_its_head(tmp_path: Path) -> None:
    info = probe(shared("faces/intel_corridor/one-by-one-person-detection.mp4"))
    assert (info.codec, info.width, info.height, info.frames_claimed) == ("h264", 768, 432, 1394)
    assert info.duration_s == pytest.approx(139.4)
    assert info.created_at == datetime(2017, 9, 26, 16, 57, 49, tzinfo=UTC)
