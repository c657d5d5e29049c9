"""A closer look at a candidate: faces upright at one scale, and a film in which nobody else is to be seen."""

import io
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from recognition.apart import Apart, Opening
from recognition.apart_close_look import look_heard, look_said
from recognition.apart_wire import Message, Nonsense
from recognition.close_look import CHIP_PX, EYES, SHOTS, close_look, found_face, upright_face
from recognition.faces import Device, Float, Image
from recognition.redact import Subject
from tests.fakes import FakeEngine
from tests.recognition.clips import BLUE, RED, grey, square, walking, write_clip
from tests.recognition.test_redact import colours_in

PIXELS = 40_000_000
SUBJECT = Subject(0.0, 3.0, 1.0, (60.0, 20.0, 100.0, 60.0))  # walking() has it at x = 10 + 50 by then


def face_at(x: float, y: float, apart: float, tilt: float = 0.0) -> tuple[Image, Float]:
    """A picture with two dots for eyes, so far apart and so tilted (degrees), and the face's five points."""
    image, turn = grey(400, 400, noise=1), np.deg2rad(tilt)
    across = np.array([np.cos(turn), np.sin(turn)]) * apart
    eyes = np.array([[x, y], [x + across[0], y + across[1]]])
    for eye in eyes:
        cv2.circle(image, tuple(eye.round().astype(int)), 6, (255, 255, 255), -1)
    return image, np.vstack([eyes, eyes.mean(axis=0)[None] + [[0.0, apart]] * 3]).astype(np.float32)


def brightest(chip: Image) -> list[tuple[int, int]]:
    """The middles of the white dots, from left to right."""
    _, _, _, middles = cv2.connectedComponentsWithStats((chip[:, :, 0] > 200).astype(np.uint8))
    return sorted((round(x), round(y)) for x, y in middles[1:])


@pytest.mark.parametrize(("apart", "tilt"), [(40, 0), (90, 0), (60, 25)])
def test_the_eyes_of_every_face_stand_at_the_same_places(apart: float, tilt: float) -> None:
    image, points = face_at(150, 150, apart, tilt)
    box = (points[0, 0] - apart * 0.8, 150 - apart, points[0, 0] + apart * 1.8, 150 + apart * 2)
    found = brightest(upright_face(image, points, box))
    wanted = [tuple((eye * CHIP_PX).round().astype(int)) for eye in EYES]
    assert np.abs(np.array(found) - np.array(wanted)).max() <= 2


def test_a_face_in_profile_is_sized_by_its_box() -> None:
    image, points = face_at(150, 150, 8)
    chip = upright_face(image, points, (100.0, 100.0, 200.0, 230.0))
    assert 30 < np.ptp(np.nonzero((chip[:, :, 0] > 200).any(axis=0))) < 60, "not as far apart as eyes from the front"


def test_the_film_shows_the_candidate_and_covers_everybody_else(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "two.mp4", walking(75, colours=(RED, BLUE)))
    looked = close_look(path, SUBJECT, engine=FakeEngine(), max_pixels=PIXELS)
    assert looked is not None
    with av.open(io.BytesIO(looked.film)) as container:
        assert container.streams.video[0].codec_context.name == "vp8"
        assert not container.streams.audio
        shown = [colours_in(np.asarray(one.to_ndarray(format="bgr24"), np.uint8)) for one in container.decode(video=0)]
    assert looked.covered == 1
    assert len(shown) >= 25
    assert "blue" not in set.union(*shown)
    assert sum("red" in colours for colours in shown) > 20
    assert (looked.start_s, round(looked.end_s, 1)) == (0.0, 2.9)


def test_the_strip_holds_some_shots_of_the_same_person_and_the_best_apart(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "two.mp4", walking(75, colours=(RED, BLUE)))
    looked = close_look(path, SUBJECT, engine=FakeEngine(), max_pixels=PIXELS)
    assert looked is not None
    times = [shot.time_s for shot in looked.shots]
    assert len(times) == SHOTS
    assert times == sorted(times)
    assert looked.best.time_s == pytest.approx(1.0, abs=0.05)
    for shot in (looked.best, *looked.shots):
        chip = cv2.imdecode(np.frombuffer(shot.face_jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert chip.shape == (CHIP_PX, CHIP_PX, 3)
        assert int(np.argmax(chip[CHIP_PX // 2, CHIP_PX // 2])) == 2, "red, as the candidate is"


def test_a_long_stay_is_shown_around_its_best_moment_alone(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "long.mp4", walking(100, step=1.5), rate=5)
    looked = close_look(
        path, Subject(0.0, 20.0, 10.0, (85.0, 20.0, 125.0, 60.0)), engine=FakeEngine(), max_pixels=PIXELS
    )
    assert looked is not None
    assert 5.9 <= looked.start_s < looked.end_s <= 14.1
    assert len(looked.film) < 2_000_000


def test_where_nothing_can_be_decoded_there_is_no_look(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "short.mp4", walking(20))
    assert (
        close_look(path, Subject(60.0, 62.0, 61.0, (0.0, 0.0, 9.0, 9.0)), engine=FakeEngine(), max_pixels=PIXELS)
        is None
    )


def test_what_a_child_says_of_a_look_is_heard_as_it_was_and_nothing_else(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "one.mp4", walking(30))
    looked = close_look(path, SUBJECT, engine=FakeEngine(), max_pixels=PIXELS)
    assert looked is not None
    said = iter(
        [Message(m.kind, {**m.value, "box_px": [*m.value.get("box_px", [])]}, m.parts) for m in look_said(looked)]
    )
    assert look_heard(lambda: next(said)) == looked
    with pytest.raises(Nonsense):
        look_heard(lambda: Message("close look", {"start_s": 0.0, "end_s": 1.0, "covered": 0}, {"film": b"<html>"}))
    shot = next(look_said(looked))
    with pytest.raises(Nonsense):
        look_heard(lambda: shot)


def test_a_confined_child_sees_what_this_process_sees(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "two.mp4", walking(40, colours=(RED, BLUE)))
    opening = Opening("fake", models_dir=tmp_path / "models", cache_dir=tmp_path / "engines", device=Device.CPU)
    with Apart(path, opening=opening, program="tests.recognition.harmful_child") as child:
        apart = child.close_look(SUBJECT, max_pixels=PIXELS)
    assert apart is not None
    assert apart == close_look(path, SUBJECT, engine=FakeEngine(), max_pixels=PIXELS)


def test_a_face_that_is_no_more_found_at_its_box_is_cut_by_the_box() -> None:
    image = square(grey(), RED, 100, 100, 40)
    assert found_face(image, (100.0, 100.0, 140.0, 140.0), FakeEngine()).shape == (CHIP_PX, CHIP_PX, 3)
    assert found_face(grey(), (300.0, 200.0, 400.0, 300.0), FakeEngine()).shape == (CHIP_PX, CHIP_PX, 3)
