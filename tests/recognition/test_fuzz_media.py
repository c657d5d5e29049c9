"""A short run of `make fuzz-media`: damaged files cost a worker nothing, and what is lost is counted."""

from pathlib import Path

import cv2
import pytest

from recognition.references import References, reference_vectors
from tests.fakes import FakeEngine
from tests.recognition.clips import RED, grey, square
from tests.recognition.fuzzing import Fuzz, seeds
from tests.recognition.media_seeds import CLIPS, PHOTOS, PICTURES
from tests.recognition.mutants import Mutant, mutant

MEMORY_MB = 1024
# what once went wrong: a track that ended before its best shot, one without a shot, packets beside one another
ONCE_WRONG = (2, 4944, 1808, 2688, 4866)
FOOTAGE, PHOTO = (*range(3, 61), *ONCE_WRONG), range(2001, 2021)


@pytest.fixture(scope="module")
def him(tmp_path_factory: pytest.TempPathFactory) -> References:
    path = tmp_path_factory.mktemp("him") / "him.png"
    cv2.imwrite(str(path), square(grey(), RED, 100, 80, 60))
    return reference_vectors(FakeEngine(), [path])


@pytest.fixture(scope="module")
def clips() -> dict[str, bytes]:
    return seeds(CLIPS)


def test_damaged_files_end_in_a_reason_or_in_counts_that_hold(
    tmp_path: Path, him: References, clips: dict[str, bytes]
) -> None:
    photos = seeds(PHOTOS)
    with Fuzz(tmp_path, him, memory_mb=MEMORY_MB) as fuzz:
        for number in FOOTAGE:
            fuzz.footage(mutant(number, clips), pictures=PICTURES)
        for number in PHOTO:
            fuzz.photo(mutant(number, photos))
    result = fuzz.result
    assert result.problems == []
    assert sum(result.outcomes.values()) == len(FOOTAGE) + len(PHOTO)
    assert result.outcomes["read"] > 40
    assert result.plain_counts > 30
    assert result.lost_said >= 9 * result.lost_unknowable.total()
    assert 0 < result.peak_kib < MEMORY_MB << 10 or not Path("/proc").exists()


def test_sound_files_of_every_kind_are_read_to_the_last_picture(
    tmp_path: Path, him: References, clips: dict[str, bytes]
) -> None:
    with Fuzz(tmp_path, him, memory_mb=MEMORY_MB) as fuzz:
        for number, (name, content) in enumerate(clips.items()):
            fuzz.footage(Mutant(number, name, content, ()), pictures=PICTURES)
    assert fuzz.result.problems == []
    assert fuzz.result.pictures_read == PICTURES * len(CLIPS)
    assert fuzz.result.lost_pictures == 0


def test_a_mutant_follows_from_its_number_alone(clips: dict[str, bytes]) -> None:
    assert mutant(17, clips) == mutant(17, dict(reversed(clips.items())))
    assert mutant(17, clips).content != mutant(18, clips).content
