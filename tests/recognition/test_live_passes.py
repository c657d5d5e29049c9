"""Faces seen every other second become passes: who may be the one is reported once each time, after three pictures."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from recognition.apart import ChildLimits, Opening
from recognition.apart_wire import Message, Nonsense
from recognition.faces import Float
from recognition.live_eyes import ApartLiveEyes, OwnLiveEyes, look_heard, look_said
from recognition.live_look import LiveFace, LiveLook
from recognition.live_passes import Pass, Passes
from recognition.rtp import Depacketizer, rtp_of
from recognition.rtp_jpeg import jpeg
from tests.factories import NOON
from tests.fakes import FakeEngine
from tests.recognition.clips import walking
from tests.recognition.test_rtp import sent

SOUGHT, STRANGER = np.array([1, 0, 0], np.float32), np.array([0, 1, 0], np.float32)
ALIKE = np.array([0.9, 0.43589, 0], np.float32)
"""Above the review floor with the person sought, below the alert threshold."""


def a_face(vector: Float, x: float = 0.0, quality: float = 0.5) -> LiveFace:
    return LiveFace((x, 10.0, x + 40.0, 50.0), quality, vector)


def seen(passes: Passes, at_s: float, *faces: LiveFace) -> tuple[Pass, ...]:
    return passes.see(NOON + timedelta(seconds=at_s), LiveLook((640, 480), 90.0, 30.0, 5.0, faces, b"jpeg"))


@pytest.fixture
def passes() -> Passes:
    return Passes(FakeEngine(), SOUGHT[None])


def test_a_pass_is_reported_once_and_after_three_pictures(passes: Passes) -> None:
    reported = [seen(passes, 2.0 * n, a_face(SOUGHT, x=100.0 * n)) for n in range(8)]
    assert [len(one) for one in reported] == [0, 0, 1, 0, 0, 0, 0, 0]
    ((one,),) = [found for found in reported if found]
    assert [shot.at for shot in one.shots] == [NOON + timedelta(seconds=2 * n) for n in range(3)]
    assert all(shot.picture_jpeg == b"jpeg" for shot in one.shots)


def test_who_may_be_the_one_is_looked_at_again_soon(passes: Passes) -> None:
    seen(passes, 0, a_face(STRANGER))
    assert not passes.is_confirming
    seen(passes, 2, a_face(SOUGHT))
    assert passes.is_confirming
    for at_s in (2.4, 2.8):
        seen(passes, at_s, a_face(SOUGHT))
    assert not passes.is_confirming


def test_who_comes_back_within_ten_seconds_is_the_same_pass_and_later_a_new_one(passes: Passes) -> None:
    times = [0, 2, 4, 13.9, 16, 18, 28.1, 30, 32]
    assert [len(seen(passes, at_s, a_face(SOUGHT))) for at_s in times] == [0, 0, 1, 0, 0, 0, 0, 0, 1]


def test_strangers_are_never_reported_and_two_people_are_two_passes(passes: Passes) -> None:
    for n in range(6):
        found = seen(passes, 2.0 * n, a_face(STRANGER, x=300.0 - 40 * n), a_face(SOUGHT, x=40.0 * n))
        assert len(found) == (n == 2)


def test_two_seen_at_once_are_both_reported(passes: Passes) -> None:
    found = [seen(passes, 0.4 * n, a_face(SOUGHT, x=0.0), a_face(ALIKE, x=500.0)) for n in range(3)]
    assert sorted(round(one.similarity, 2) for one in found[2]) == [0.9, 1.0]


def test_a_pass_keeps_its_best_pictures_and_those_of_strangers_are_let_go(passes: Passes) -> None:
    for n in range(40):
        seen(passes, 2.0 * n, a_face(STRANGER, quality=n / 40))
    (one,) = passes._open
    assert len(one.shots) == 5
    assert seen(passes, 100.0) == ()
    assert passes._open == []


def test_other_photos_count_from_then_on(passes: Passes) -> None:
    for n in range(3):
        assert not seen(passes, 2.0 * n, a_face(STRANGER))
    passes.compare_with(STRANGER[None])
    assert len(seen(passes, 6.0, a_face(STRANGER))) == 1


def jpegs(n: int) -> list[bytes]:
    together: Depacketizer = jpeg({})
    whole = (together.push(rtp_of(data)) for data in sent("mjpeg", list(walking(n))))
    return [one.data for one in whole if one is not None]


def test_a_confined_process_sees_what_this_one_sees(tmp_path: Path) -> None:
    packets = jpegs(3)
    limits = {"min_face_px": 24.0, "max_pixels": 10**6}
    own, apart = (
        OwnLiveEyes(FakeEngine()),
        ApartLiveEyes(Opening("fake", tmp_path, tmp_path), ChildLimits(), program="tests.recognition.harmful_child"),
    )
    try:
        assert apart.confinement.network == "none" or apart.confinement.has_filter
        for packet in packets:
            here = own.look("mjpeg", [packet], is_new_start=True, **limits)  # type: ignore[arg-type]
            there = apart.look("mjpeg", [packet], is_new_start=True, **limits)  # type: ignore[arg-type]
            assert here is not None
            assert there is not None
            assert (there.size_px, there.change, there.brightness) == (here.size_px, here.change, here.brightness)
            assert there.picture_jpeg == here.picture_jpeg
            assert [face.box_px for face in there.faces] == [face.box_px for face in here.faces]
        assert apart.look("mjpeg", [b"none"], is_new_start=True, **limits) is None  # type: ignore[arg-type]
    finally:
        apart.close()


def test_a_conquered_child_cannot_make_up_faces_that_do_not_belong_together() -> None:
    said = look_said(LiveLook((640, 480), 90.0, 30.0, None, (a_face(SOUGHT),), b"\xff\xd8\xffx\xff\xd9"))
    assert look_heard(said) is not None
    for name, wrong in (("box_px", np.zeros((2, 4), np.float32)), ("vectors", np.zeros((1, 0), np.float32))):
        with pytest.raises(Nonsense):
            look_heard(Message(said.kind, said.value, {**said.parts, name: wrong}))
    with pytest.raises(Nonsense):
        look_heard(Message(said.kind, {**said.value, "brightness": float("nan")}, said.parts))
