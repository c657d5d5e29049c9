"""Redaction: of a film or a picture nobody is left to be seen but the person sought."""

import io
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import av
import cv2
import numpy as np
import pytest

from data.errors import UnreadableFootage
from recognition import redact_video
from recognition.apart import Apart, Opening
from recognition.engines import open_engine
from recognition.faces import Engine, Faces, Image
from recognition.redact import HOLD_S, Seen, Subject, cover, filled, overlap, redacted_picture
from recognition.redact_video import Redacted, redact_moment, redact_stretch
from tests.fakes import FakeEngine
from tests.material import SHARED, shared
from tests.recognition.clips import BLUE, GREEN, RED, grey, square, walking, write_clip

PIXELS = 40_000_000
RED_ONE = Subject(0.0, 3.0, 1.0, (60.0, 20.0, 100.0, 60.0))  # walking() has it at x = 10 + 50 by then


def pictures_of(film: Redacted) -> list[Image]:
    with av.open(io.BytesIO(film.content)) as container:
        return [np.asarray(picture.to_ndarray(format="bgr24"), np.uint8) for picture in container.decode(video=0)]


def colours_in(picture: Image) -> set[str]:
    """Whose squares are to be seen, told by a detector that misses none."""
    faces = FakeEngine().detect(picture, min_face_px=8)
    named = {"blue": 0, "green": 1, "red": 2}
    found = set()
    for x1, y1, x2, y2 in faces.box_px.astype(int):
        middle = picture[y1:y2, x1:x2].reshape(-1, 3).mean(axis=0)
        found.add(next(name for name, channel in named.items() if channel == int(np.argmax(middle))))
    return found


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "three.mp4", walking(75, colours=(RED, BLUE, GREEN)))


def test_only_the_subject_is_left_in_every_picture(three: Path) -> None:
    film = redact_stretch(three, 0.0, 3.0, [RED_ONE], engine=FakeEngine(), max_pixels=PIXELS)
    shown = [colours_in(picture) for picture in pictures_of(film)]
    assert (film.pictures, film.left, film.blanked, film.faces) == (75, 0, 0, 2)
    assert set.union(*shown) == {"red"}
    assert sum(bool(colours) for colours in shown) > 60


def test_the_subject_too_is_filled_outside_of_the_confirmed_track(three: Path) -> None:
    short = Subject(0.8, 1.2, 1.0, RED_ONE.best_box_px)
    film = redact_stretch(three, 0.0, 3.0, [short], engine=FakeEngine(), max_pixels=PIXELS)
    shown = [colours_in(picture) for picture in pictures_of(film)]
    assert shown[25] == {"red"}
    assert shown[2] == shown[70] == set()


def test_with_nobody_confirmed_everybody_is_filled(three: Path) -> None:
    film = redact_stretch(three, 0.0, 3.0, [], engine=FakeEngine(), max_pixels=PIXELS)
    assert set.union(*(colours_in(picture) for picture in pictures_of(film))) == set()


def test_a_number_that_goes_over_to_somebody_else_shows_nobody_else(tmp_path: Path) -> None:
    people = [RED] * 38 + [BLUE] * 37
    pictures = (square(grey(seed=i), colour, 10 + 2 * i, 20) for i, colour in enumerate(people))
    film = redact_stretch(
        write_clip(tmp_path / "switch.mp4", pictures), 0.0, 3.0, [RED_ONE], engine=FakeEngine(), max_pixels=PIXELS
    )
    shown = [colours_in(picture) for picture in pictures_of(film)]
    assert "blue" not in set.union(*shown)
    assert "red" in shown[2]


@dataclass
class Blinking(FakeEngine):
    """Finds nothing in seven pictures of ten."""

    looks: int = field(default=0)

    def detect(self, image_bgr: Image, *, min_face_px: float = 24.0) -> Faces:
        self.looks += 1
        if self.looks % 10 > 2:
            return Faces.empty()
        return super().detect(image_bgr, min_face_px=min_face_px)


def test_what_the_detector_misses_between_two_sightings_is_filled_all_the_same(three: Path) -> None:
    film = redact_stretch(three, 0.0, 3.0, [RED_ONE], engine=Blinking(), max_pixels=PIXELS)
    assert "blue" not in set.union(*(colours_in(picture) for picture in pictures_of(film)))


def test_a_face_that_shows_again_and_again_costs_the_whole_picture(three: Path) -> None:
    class Insisting(FakeEngine):
        def detect(self, image_bgr: Image, *, min_face_px: float = 24.0) -> Faces:
            found = super().detect(image_bgr, min_face_px=min_face_px)
            is_empty = not np.ptp(image_bgr.reshape(-1, 3), axis=0).max() > 12
            return found if is_empty or len(found) else Faces(*_a_face())

    film = redact_stretch(three, 0.0, 1.0, [], engine=Insisting(), max_pixels=PIXELS)
    assert film.left == 0
    assert film.blanked == film.pictures


def _a_face() -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return np.array([[200, 150, 230, 190]], np.float32), np.ones(1, np.float32), np.zeros((1, 5, 2), np.float32)


def test_sound_and_metadata_stay_behind(tmp_path: Path) -> None:
    path = tmp_path / "talking.mp4"
    with av.open(str(path), "w") as container:
        container.metadata["comment"] = "the agent's name"
        video, sound = container.add_stream("libx264", rate=25), container.add_stream("aac", rate=8000)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        for number, image in enumerate(walking(25)):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = number
            container.mux(video.encode(frame))
        noise = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        noise.sample_rate = 8000
        container.mux(sound.encode(noise))
        for stream in (video, sound):
            container.mux(stream.encode(None))
    film = redact_stretch(path, 0.0, 2.0, [RED_ONE], engine=FakeEngine(), max_pixels=PIXELS)
    assert b"agent" not in film.content
    assert b"Lavf" not in film.content
    with av.open(io.BytesIO(film.content)) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_pictures_of_an_odd_and_changing_size_are_shown_whole_enough(tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "odd.mkv",
        (square(grey(321, 241), BLUE, 100, 80) for _ in range(10)),
        pix_fmt="yuv444p",
    )
    film = redact_stretch(clip, 0.0, 1.0, [], engine=FakeEngine(), max_pixels=PIXELS)
    assert pictures_of(film)[0].shape == (240, 320, 3)
    assert colours_in(pictures_of(film)[5]) == set()


def test_without_the_better_encoder_another_serves(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact_video.av, "codecs_available", {"mpeg4"})
    film = redact_stretch(three, 0.0, 1.0, [RED_ONE], engine=FakeEngine(), max_pixels=PIXELS)
    assert film.codec == "mpeg4"
    assert set.union(*(colours_in(picture) for picture in pictures_of(film))) == {"red"}


def test_where_nothing_can_be_decoded_nothing_is_made(three: Path) -> None:
    with pytest.raises(UnreadableFootage, match="no picture can be decoded"):
        redact_stretch(three, 100.0, 120.0, [], engine=FakeEngine(), max_pixels=PIXELS)


def test_a_picture_shows_the_subject_alone() -> None:
    image = square(square(grey(), RED, 50, 80), BLUE, 200, 80)
    made = redacted_picture(image, (50.0, 80.0, 90.0, 120.0), FakeEngine())
    whole, face = (cv2.imdecode(np.frombuffer(j, np.uint8), 1) for j in (made.whole_jpeg, made.face_jpeg))
    assert made.left == 0
    assert "blue" not in colours_in(whole)
    assert colours_in(face) == {"red"}


def test_the_moment_of_a_match_comes_with_everybody_else_filled(three: Path) -> None:
    made = redact_moment(three, RED_ONE, engine=FakeEngine(), max_pixels=PIXELS)
    assert made is not None
    assert made.filled == 2
    assert {"blue", "green"}.isdisjoint(colours_in(cv2.imdecode(np.frombuffer(made.whole_jpeg, np.uint8), 1)))


def test_a_confined_child_does_the_same(three: Path, tmp_path: Path) -> None:
    opening = Opening("fake", models_dir=tmp_path / "models", cache_dir=tmp_path / "engines")
    own = redact_stretch(three, 0.0, 1.0, [RED_ONE], engine=FakeEngine(), max_pixels=PIXELS)
    with Apart(three, opening=opening, program="tests.recognition.harmful_child") as child:
        assert child.redact_stretch(0.0, 1.0, [RED_ONE], max_pixels=PIXELS) == own
        moment = child.redact_moment(RED_ONE, max_pixels=PIXELS)
        assert moment == redact_moment(three, RED_ONE, engine=FakeEngine(), max_pixels=PIXELS)


def test_a_face_between_two_sightings_is_covered_where_it_went_straight() -> None:
    made = cover([Seen(0.0, 1, (0, 0, 20, 20)), Seen(4.0, 1, (100, 0, 120, 20))], [])
    (box,) = made.boxes_at(2.0)
    assert overlap(box, (50, 0, 70, 20)) > 0.25
    assert list(made.boxes_at(4.0 + HOLD_S + 0.1)) == []
    assert list(made.boxes_at(4.0 + HOLD_S - 0.1))


def test_filling_leaves_no_trace_of_what_it_covers() -> None:
    noisy = np.random.default_rng(1).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    other = np.random.default_rng(2).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    boxes = [(-5.0, -5.0, 200.0, 200.0)]
    assert (filled(noisy, boxes) == filled(other, boxes)).all()
    assert (noisy != other).any(), "the originals stay as they are"


@cache
def real_engine() -> Engine:
    return open_engine("open", models_dir=SHARED / "models", cache_dir=Path(mkdtemp()), threads=2)


def test_a_detector_finds_nobody_in_a_redacted_film_of_real_people() -> None:
    clip = shared("faces/face_recognition/short_hamilton_clip.mp4")
    film = redact_stretch(clip, 1.0, 2.0, [], engine=real_engine(), max_pixels=PIXELS)
    assert film.faces
    found = [len(real_engine().detect(picture)) for picture in pictures_of(film)]
    assert film.left == 0
    assert sum(found) == 0
