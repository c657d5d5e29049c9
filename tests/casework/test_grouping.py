from pathlib import Path

import numpy as np
import pytest

from casework.grouping import alike
from casework.scanning import Workshop
from recognition.faces import Float
from tests.casework.reviewing import confirm_by_two
from tests.casework.scans import ORANGE, add_photo, match_in, scanned
from tests.fakes import FakeEngine
from tests.recognition.clips import RED

BACKENDS = ("sqlite", "postgresql")


def turned(*degrees: float) -> list[Float]:
    """Tracks of one vector each, by their angle: the cosine of the difference is their similarity."""
    angles = np.radians(degrees)
    return [np.array([[np.cos(a), np.sin(a), 0]], np.float32) for a in angles]


@pytest.mark.parametrize(
    ("tracks", "groups"),
    [
        ([], []),
        (turned(0), [None]),
        (turned(0, 60), [None, None]),
        (turned(0, 10, 90), [0, 0, None]),
        (turned(0, 90, 10, 100), [0, 1, 0, 1]),
        (turned(0, 15, 30), [0, 0, 0]),  # a chain: its ends are less alike, its links are
    ],
)
def test_candidates_as_alike_as_an_alert_are_one_group(tracks: list[Float], groups: list[int | None]) -> None:
    assert alike(FakeEngine(alert_threshold=0.95), tracks) == groups


def test_a_mean_is_as_long_as_its_vectors() -> None:
    wide = np.concatenate(turned(-40, 40))
    assert alike(FakeEngine(alert_threshold=0.99), [wide, *turned(0)]) == [0, 0]


def test_a_bystander_in_several_recordings_is_one_group_of_what_nobody_has_decided_on(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    store = workshop.store
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    first, second, sought = (
        match_in(store, case_id, scanned(workshop, case_id, tmp_path, colour)) for colour in (ORANGE, ORANGE, RED)
    )
    groups = [store.match(m.id).group_id for m in (first, second, sought)]
    assert groups[0] is not None
    assert groups == [groups[0], groups[0], None]
    confirm_by_two(store, first.id)
    scanned(workshop, case_id, tmp_path, RED)
    assert store.match(second.id).group_id is None
