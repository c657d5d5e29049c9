"""Still pictures as footage: one picture at container time 0, upright, scanned and shown as any other."""

import io
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from data.errors import UnreadableFootage
from recognition.apart import Apart
from recognition.cutting import pictures_at
from recognition.first_look import first_look
from recognition.footage import frames, probe, segments
from recognition.references import reference_vectors
from recognition.scan import scan
from recognition.stills import STILL_S
from recognition.tally import Tally
from tests.fakes import FakeEngine
from tests.recognition.made_heic import a_heic
from tests.recognition.made_stills import PHONE_EXIF, a_still, an_exif

PIXELS = 1_000_000
KINDS = {"JPEG": "jpeg", "PNG": "png", "WEBP": "webp", "AVIF": "avif"}


def written(folder: Path, content: bytes, name: str = "IMG_1") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_one_frame_at_time_zero(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, a_still(kind))
    info = probe(path)
    assert (info.codec, info.width, info.height, info.frames_claimed, info.is_still) == (KINDS[kind], 64, 48, 1, True)
    (segment,) = segments(path, 180.0)
    assert (segment.start_s, segment.end_s, segment.of) == (0.0, STILL_S, 1)
    tally = Tally()
    (frame,) = frames(path, segment, sample_fps=5.0, tally=tally)
    assert (frame.time_s, frame.time_source, frame.width, frame.height) == (0.0, "container", 64, 48)
    assert frame.image_bgr.shape == (48, 64, 3)
    assert frame.grey(8).shape == (6, 8)
    counts = tally.coverage()
    assert (counts.frames_claimed, counts.packets_read, counts.frames_decoded, counts.frames_examined) == (1, 1, 1, 1)
    assert counts.packets_unreadable == 0
    assert counts.unreadable_spans_s == ()


def test_a_heic_is_footage_with_all_that_it_says(tmp_path: Path) -> None:
    info = probe(written(tmp_path, a_heic(exif=an_exif(**PHONE_EXIF).tobytes())))
    assert (info.codec, info.width, info.height) == ("heif", 128, 64)
    assert info.taken.device == "Apple iPhone 13"
    assert info.taken.place == pytest.approx((60.17, 24.94))
    (frame,) = frames(written(tmp_path, a_heic()), None, sample_fps=None, tally=Tally())
    assert frame.image_bgr[30, 10].tolist() == pytest.approx([0, 0, 255], abs=12), "blue, green, red"


@pytest.mark.parametrize(("orientation", "red_at"), [(1, (5, 5)), (3, (42, 58)), (6, (5, 42)), (8, (58, 5))])
def test_a_picture_taken_sideways_is_shown_upright(tmp_path: Path, orientation: int, red_at: tuple[int, int]) -> None:
    path = written(tmp_path, a_still("PNG", orientation=orientation))
    info = probe(path)
    assert (info.width, info.height) == ((48, 64) if orientation in (6, 8) else (64, 48))
    (frame,) = frames(path, None, sample_fps=None, tally=Tally())
    assert frame.image_bgr.shape[:2] == (info.height, info.width)
    assert frame.image_bgr[red_at].tolist() == [0, 0, 255]


def test_a_picture_is_scanned_and_cut_as_any_footage(tmp_path: Path) -> None:
    engine = FakeEngine()
    image = np.full((200, 300, 3), 120, np.uint8)
    image[60:140, 100:180] = (0, 0, 255)
    path = written(tmp_path, bytes(cv2.imencode(".png", image)[1]))
    result = scan(path, engine=engine, references=reference_vectors(engine, [path]), keep_pictures=True)
    (track,) = result.tracks
    assert (track.start_s, track.best_s, track.end_s, track.time_source) == (0.0, 0.0, 0.0, "container")
    assert track.similarity == pytest.approx(1.0, abs=1e-3)
    assert track.crop_jpeg is not None
    assert result.coverage.frames_examined == 1
    cut = pictures_at(path, 0.0, (10.0, 10.0, 60.0, 60.0), max_pixels=PIXELS)
    assert cut is not None
    assert all(one.startswith(b"\xff\xd8") for one in cut)
    assert first_look(path, max_pixels=PIXELS).first_frame_jpeg.startswith(b"\xff\xd8")


def test_jpegs_one_after_the_other_are_a_film_and_not_one_picture(tmp_path: Path) -> None:
    film = written(tmp_path, a_still() * 31, "c.mjpeg")
    tally = Tally()
    assert len(list(frames(film, None, sample_fps=None, tally=tally))) == 31


def test_the_preview_that_a_phone_adds_does_not_make_a_picture_a_film(tmp_path: Path) -> None:
    stream = io.BytesIO()
    first, second = (Pillow.new("RGB", (64, 48), colour) for colour in ("white", "black"))
    first.save(stream, "MPO", save_all=True, append_images=[second])
    assert probe(written(tmp_path, stream.getvalue())).is_still


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_picture_that_is_cut_off_is_told_and_counted_as_unreadable(tmp_path: Path, keep: float) -> None:
    rng = np.random.default_rng(7)
    noise = cv2.imencode(".jpg", rng.integers(0, 255, (400, 600, 3), np.uint8))[1].tobytes()
    path = written(tmp_path, noise[: int(len(noise) * keep)])
    with pytest.raises(UnreadableFootage, match="damaged or cut off"):
        probe(path)
    tally = Tally()
    assert list(frames(path, None, sample_fps=None, tally=tally)) == []
    assert tally.coverage().packets_unreadable == 1
    assert tally.coverage().unreadable_spans_s == ((0.0, STILL_S),)


def test_a_picture_larger_than_is_safe_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = written(tmp_path, a_still("PNG", size=(1001, 1000)))
    for look in (lambda: probe(path, max_pixels=PIXELS), lambda: segments(path, 1.0, max_pixels=PIXELS)):
        with pytest.raises(UnreadableFootage, match="1,000,000 allowed"):
            look()


def test_a_heic_whose_header_lies_about_its_size_costs_no_more_than_it_says(tmp_path: Path) -> None:
    path = written(tmp_path, a_heic(claims=(60_000, 60_000)))
    with pytest.raises(UnreadableFootage):
        probe(path, max_pixels=PIXELS)
    small = written(tmp_path, a_heic(width=1280, height=1280, claims=(8, 8)))
    with Apart(small) as child, suppress(UnreadableFootage):
        assert child.probe(max_pixels=PIXELS).width <= 1280


def test_a_child_tells_all_that_a_picture_says(tmp_path: Path) -> None:
    path = written(tmp_path, a_still(orientation=6, **PHONE_EXIF))
    with Apart(path) as child:
        assert child.first_look(max_pixels=PIXELS).info == probe(path)
