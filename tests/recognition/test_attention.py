from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.models import Thoroughness
from recognition.attention import PLANS, Attention, disjoint
from recognition.faces import Float, Image
from tests.recognition.clips import RED, grey, square

NOBODY = np.zeros((0, 4), np.float32)


@dataclass
class Still:
    """A picture at a moment, as a decoder gives it."""

    image: Image
    time_s: float
    is_audited: bool = False

    @property
    def width(self) -> int:
        return self.image.shape[1]

    @property
    def height(self) -> int:
        return self.image.shape[0]

    def grey(self, cell_px: int) -> Float:
        size = (self.width // cell_px, self.height // cell_px)
        return cv2.resize(self.image[:, :, 1], size, interpolation=cv2.INTER_AREA).astype(np.float32)


def attention(plan: Thoroughness = Thoroughness.BALANCED) -> Attention:
    return Attention(PLANS[plan], face_px=24)


def scene(seed: int = 0) -> Image:
    return grey(960, 540, seed=seed)


def pieces(
    looking: Attention, image: Image, time_s: float, faces: Float = NOBODY
) -> list[tuple[int, int, int, int]] | None:
    return looking.search(Still(image, time_s), faces).boxes  # type: ignore[arg-type]


def test_the_first_picture_is_searched_whole_and_the_same_again_not_at_all() -> None:
    looking = attention()
    assert pieces(looking, scene(), 0.0) is None
    assert pieces(looking, scene(), 0.1) == []
    assert pieces(looking, scene(seed=1), 0.2) == [], "the sensor's noise is no change"


def test_only_the_place_that_changed_is_searched() -> None:
    looking = attention()
    pieces(looking, scene(), 0.0)
    (found,) = pieces(looking, square(scene(), RED, 600, 300), 0.1) or []
    x1, y1, x2, y2 = found
    assert x1 <= 576
    assert y1 <= 276
    assert x2 >= 664
    assert y2 >= 364
    assert (x2 - x1) * (y2 - y1) < 960 * 540 / 4
    assert pieces(looking, square(scene(), RED, 600, 300), 0.2) == [], "it stands there now, and was searched"


def test_what_left_is_searched_too() -> None:
    looking = attention()
    pieces(looking, square(scene(), RED, 600, 300), 0.0)
    assert len(pieces(looking, scene(), 0.1) or []) == 1


def test_slow_change_adds_up() -> None:
    looking = attention()
    pieces(looking, scene(), 0.0)
    searched = []
    for step in range(1, 12):
        image = scene()
        image[300:340, 600:640] += np.uint8(step)
        searched += pieces(looking, image, step / 10) or []
    assert searched


def test_while_something_moves_whole_pictures_are_searched_at_intervals() -> None:
    looking = attention()
    whole = []
    for sample in range(60):
        image = square(scene(), RED, 100 + 8 * sample, 300)
        if pieces(looking, image, sample / 10) is None:
            whole.append(sample / 10)
    assert whole == pytest.approx([0.0, 2.0, 4.0])


def test_a_still_scene_is_searched_whole_every_half_minute() -> None:
    looking = attention()
    whole = [t for t in range(0, 91, 2) if pieces(looking, scene(), float(t)) is None]
    assert whole == [0, 30, 60, 90]


def test_where_everything_moves_faces_at_hand_are_followed_between_whole_searches() -> None:
    looking = attention()
    face = np.array([[600, 300, 640, 340]], np.float32)
    found = []
    for sample in range(8):
        image = np.full((540, 960, 3), 60 + 60 * (sample % 2), np.uint8)
        found.append(pieces(looking, image, sample / 10, face))
    assert found[0] is None
    assert sum(answer is None for answer in found) <= 5
    followed = [answer for answer in found if answer]
    assert followed
    assert all(x1 <= 600 and y1 <= 300 and x2 >= 640 and y2 >= 340 for ((x1, y1, x2, y2),) in followed)


def test_an_audited_picture_is_searched_whole() -> None:
    looking = attention()
    pieces(looking, scene(), 0.0)
    assert looking.search(Still(scene(), 1.1, is_audited=True), NOBODY).boxes is None  # type: ignore[arg-type]


def test_every_frame_means_every_frame() -> None:
    looking = attention(Thoroughness.EVERY_FRAME)
    assert all(pieces(looking, scene(), i / 25) is None for i in range(5))


def test_a_face_that_a_change_touches_is_searched_whole() -> None:
    looking = attention()
    pieces(looking, scene(), 0.0)
    face = np.array([[400, 200, 480, 300]], np.float32)
    changed = scene()
    changed[280:320, 460:500] += 60
    (found,) = pieces(looking, changed, 0.1, face) or []
    x1, y1, x2, y2 = found
    assert x1 <= 400
    assert y1 <= 200
    assert x2 >= 480
    assert y2 >= 300


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 40), st.integers(1, 40)), max_size=12))
def test_merged_pieces_cover_all_and_never_overlap(raw: list[tuple[int, int, int, int]]) -> None:
    boxes = [(x, y, x + w, y + h) for x, y, w, h in raw]
    merged = disjoint(boxes)
    for x1, y1, x2, y2 in boxes:
        assert any(a <= x1 and b <= y1 and c >= x2 and d >= y2 for a, b, c, d in merged)
    for i, a in enumerate(merged):
        for b in merged[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
