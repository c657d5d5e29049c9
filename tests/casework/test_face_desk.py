"""The desk looks at one picture after the other in a confined child, and outlives whatever a picture does to it."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from casework import face_desk
from casework.face_desk import MOST_BYTES, PICTURES_A_CHILD, PLACES, FaceDesk
from data.errors import ChildKilled, TooLarge, TooMany, UnreadableImage
from recognition.apart import ChildLimits, Opening
from recognition.faces import Scale
from recognition.faces_in import faces_in
from tests.fakes import FakeEngine
from tests.recognition.clips import BLUE, RED, grey, square

Made = Callable[..., FaceDesk]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    desks: list[FaceDesk] = []

    def make(engine: str = "fake") -> FaceDesk:
        desks.append(
            FaceDesk(
                lambda: Opening(engine, tmp_path, tmp_path),
                lambda: ChildLimits(1024),
                max_pixels=1_000_000,
                calibration_of=lambda _models: None,
                program="tests.recognition.harmful_child",
            )
        )
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


def two_people() -> bytes:
    image = square(square(grey(), RED, 40, 80, 60), BLUE, 180, 80, 50)
    return bytes(cv2.imencode(".png", image)[1])


def test_it_sees_what_this_process_would_see(made: Made) -> None:
    desk, here = made(), faces_in(two_people(), FakeEngine(), max_pixels=1_000_000)
    there = desk.faces(two_people())
    assert (there.width_px, there.height_px, len(there)) == (320, 240, 2)
    assert np.array_equal(there.faces.box_px, here.faces.box_px)
    assert np.array_equal(there.faces.points_px, here.faces.points_px)
    assert np.array_equal(there.vectors, here.vectors)
    assert np.allclose(there.quality, here.quality)
    assert there.landmarks_px is None


def test_one_child_serves_many_pictures_and_tells_what_its_engine_is(made: Made) -> None:
    desk = made()
    desk.faces(two_people())
    child = desk._child
    desk.faces(two_people())
    assert desk._child is child
    info = desk.comparer.info
    assert (info.name, info.review_floor, info.alert_threshold, info.scale) == ("fake", 0.8, 0.95, Scale.COSINE)
    one, other = desk.faces(two_people()).vectors
    assert desk.comparer.similarity(one[None], other[None]) < 0.5


def test_a_picture_that_cannot_be_used_costs_the_child_nothing(made: Made) -> None:
    desk = made()
    desk.faces(two_people())
    child = desk._child
    with pytest.raises(UnreadableImage, match="face.png: the picture is damaged"):
        desk.faces(two_people()[:2000], name="face.png")
    with pytest.raises(UnreadableImage, match="more than the 1,000,000 allowed"):
        desk.faces(bytes(cv2.imencode(".png", np.zeros((1001, 1000, 3), np.uint8))[1]))
    assert desk._child is child
    assert len(desk.faces(two_people())) == 2


@pytest.mark.parametrize("picture", [b"", b"<svg/>", b"RIF", b"#EXTM3U\nhttp://example.org"])
def test_what_is_no_picture_takes_no_place_and_starts_no_child(made: Made, picture: bytes) -> None:
    desk = made()
    with pytest.raises(UnreadableImage, match="no picture of a known kind"):
        desk.faces(picture)
    with pytest.raises(TooLarge, match="at most"):
        desk.faces(b"\xff\xd8\xff" + b"x" * MOST_BYTES)
    assert desk._child is None


def test_a_child_that_a_picture_kills_is_named_by_the_picture_and_replaced(made: Made) -> None:
    desk = made("segfault")
    for _ in range(2):
        with pytest.raises(ChildKilled, match=r"party\.jpg: the process that looked at it crashed"):
            desk.faces(two_people(), name="party.jpg")


def test_more_pictures_than_there_are_places_are_told_to_come_again(made: Made) -> None:
    desk = made()
    desk._turn.acquire()
    waiting = [threading.Thread(target=desk.faces, args=(two_people(),)) for _ in range(PLACES)]
    for thread in waiting:
        thread.start()
    while desk._places._value:
        time.sleep(0.01)
    with pytest.raises(TooMany, match="in a few seconds"):
        desk.faces(two_people())
    desk._turn.release()
    for thread in waiting:
        thread.join()
    assert len(desk.faces(two_people())) == 2


def test_who_waits_too_long_for_their_turn_is_told_to_come_again(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_desk, "WAIT_S", 0.01)
    desk = made()
    with desk._turn, pytest.raises(TooMany, match="later"):
        desk.faces(two_people())


def test_a_child_is_replaced_after_so_many_pictures_and_ends_when_nobody_asks(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = made()
    desk.faces(two_people())
    first = desk._child
    desk._pictures = PICTURES_A_CHILD
    desk.faces(two_people())
    assert desk._child is not first
    assert first is not None
    assert not first.is_alive
    monkeypatch.setattr(face_desk, "IDLE_S", 0.0)
    desk._end_idle()
    assert desk._child is None


def test_the_web_process_loads_no_decoder_and_no_model_for_it() -> None:
    libraries = "{'av', 'cv2', 'PIL', 'onnxruntime'}"
    script = f"import sys, casework.face_desk, api.faces; print(sorted({libraries} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
