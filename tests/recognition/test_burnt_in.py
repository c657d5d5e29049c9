from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest

from benchmarks.burnt_in import IMPOSTORS
from benchmarks.made_clocks import BLACK, GREEN, YELLOW, Clip, pictures, write
from data.demo import demo_case
from data.demo_clips import frames as demo_frames
from data.demo_takes import FRAME_RATE, TAKES
from data.errors import UnreadableFootage
from recognition.burnt_in import ClockReading, read_clock
from tests.material import shared
from tests.recognition.clips import turned, write_clip

SMALL = Clip(size=(640, 360), height_px=12, rate=8, seconds=11.6, seed=3)


def read_made(folder: Path, clip: Clip) -> ClockReading | None:
    return read_clock(write(folder / "clip.mp4", clip))


def assert_right(reading: ClockReading | None, clip: Clip) -> ClockReading:
    """The reading is what the picture shows at its time, and the second had begun no more than a picture before."""
    assert reading is not None
    assert isinstance(reading.shown, datetime)
    late_s = (clip.start + timedelta(seconds=reading.at_s) - reading.shown).total_seconds()
    assert -0.02 <= late_s <= 1 / clip.rate + 0.02
    assert 0 < reading.uncertainty_s <= 2 / clip.rate
    return reading


@pytest.mark.parametrize(
    "clip",
    [
        SMALL,
        replace(SMALL, family="dots 5x7", height_px=14, edge="box", layout="%d-%m-%Y %H:%M:%S", corner="bottom right"),
        replace(SMALL, family="dots 8x10", colour=YELLOW, layout="%Y/%m/%d %a %H:%M:%S", scene="pan"),
        replace(SMALL, family="Pillow", colour=BLACK, layout="%H:%M:%S %d.%m.%Y", corner="bottom left"),
        replace(SMALL, family="OpenCV bold", colour=GREEN, layout="%m/%d/%Y %I:%M:%S %p", scene="noise", crf=32),
    ],
    ids=["outline", "dots in a box", "yellow dots before a pan", "black", "green with PM"],
)
def test_a_clock_is_read_in_small_pictures(clip: Clip, tmp_path: Path) -> None:
    start = datetime.fromisoformat("2026-04-23T15:10:07.300")
    assert_right(read_made(tmp_path, replace(clip, start=start)), replace(clip, start=start))


@pytest.mark.parametrize(("size", "height_px"), [((1280, 720), 18), ((2560, 1440), 34)])
def test_a_clock_is_read_in_large_pictures(size: tuple[int, int], height_px: int, tmp_path: Path) -> None:
    clip = Clip(size=size, height_px=height_px, rate=4, seconds=11.2, corner="top right", scene="still")
    reading = assert_right(read_made(tmp_path, clip), clip)
    left, top, right, bottom = reading.box_px
    assert left > size[0] / 2
    assert right <= size[0]
    assert bottom - top == pytest.approx(height_px, abs=height_px * 0.2)
    assert reading.confidence >= 0.9


def test_a_year_that_turns_while_we_look_is_followed(tmp_path: Path) -> None:
    clip = replace(SMALL, start=datetime.fromisoformat("2025-12-31T23:59:54.500"), layout="%d-%m-%Y %H:%M:%S")
    reading = assert_right(read_made(tmp_path, clip), clip)
    assert not reading.order_in_doubt
    assert reading.candidates == (reading.shown,)


def test_day_and_month_in_doubt_are_said_to_be(tmp_path: Path) -> None:
    clip = replace(SMALL, start=datetime.fromisoformat("2025-04-03T15:10:07.300"), layout="%d/%m/%Y %H:%M:%S")
    reading = assert_right(read_made(tmp_path, clip), clip)
    assert reading.order_in_doubt
    assert [day.date().isoformat() for day in reading.candidates] == ["2025-04-03", "2025-03-04"]


def test_a_day_that_turns_settles_which_is_the_day(tmp_path: Path) -> None:
    clip = replace(SMALL, start=datetime.fromisoformat("2025-04-12T23:59:54.500"), layout="%d/%m/%Y %H:%M:%S")
    reading = assert_right(read_made(tmp_path, clip), clip)
    assert not reading.order_in_doubt


def test_without_a_date_the_time_alone_is_given(tmp_path: Path) -> None:
    reading = read_made(tmp_path, replace(SMALL, layout="%H:%M:%S"))
    assert reading is not None
    assert not isinstance(reading.shown, datetime)
    assert reading.shown.isoformat() == "15:10:08"
    assert reading.at_s == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("name", IMPOSTORS)
def test_what_is_no_running_clock_gives_nothing(name: str, tmp_path: Path) -> None:
    assert read_made(tmp_path, replace(SMALL, seconds=7.5, says=IMPOSTORS[name])) is None


def test_footage_to_be_turned_upright_is_read_upright(tmp_path: Path) -> None:
    clip = replace(SMALL, size=(480, 640))
    lying = (np.rot90(picture).copy() for picture in pictures(clip))
    reading = assert_right(read_clock(turned(write_clip(tmp_path / "clip.mp4", lying, rate=clip.rate))), clip)
    assert reading.box_px[3] < 80
    crop = cv2.imdecode(np.frombuffer(reading.crop_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert crop.shape[1] > 3 * crop.shape[0]


def test_short_footage_is_trusted_less_and_very_short_footage_not_at_all(tmp_path: Path) -> None:
    reading = assert_right(read_made(tmp_path, replace(SMALL, seconds=6)), SMALL)
    assert reading.confidence <= 0.8
    assert read_made(tmp_path, replace(SMALL, seconds=2)) is None


def test_the_demo_clips_clock_is_read(tmp_path: Path) -> None:
    demo = demo_case(datetime.fromisoformat("2026-03-02T15:10:00+00:00"))
    clip = demo.clips[0]
    zone = demo.case.timezone
    shown = islice(demo_frames(TAKES[clip.camera_id], clip, "CAMERA", zone), int(7 * FRAME_RATE))
    reading = read_clock(write_clip(tmp_path / "clip.mp4", shown, rate=FRAME_RATE, codec_options={"crf": "26"}))
    assert reading is not None
    assert isinstance(reading.shown, datetime)
    truth = (clip.started_at + timedelta(seconds=reading.at_s)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert timedelta() <= truth - reading.shown <= timedelta(seconds=0.1)


def test_real_footage_without_a_clock_gives_nothing() -> None:
    assert read_clock(shared("faces/face_recognition/short_hamilton_clip.mp4")) is None
    assert read_clock(shared("faces/intel_corridor/one-by-one-person-detection.mp4")) is None


def test_what_is_no_footage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no video")
    with pytest.raises(UnreadableFootage):
        read_clock(path)
    with pytest.raises(UnreadableFootage):
        read_clock(write(path, replace(SMALL, seconds=1)), max_pixels=1000)
