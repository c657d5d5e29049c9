import numpy as np
import pytest

from recognition.similarity import photo_similarities, track_similarity
from tests.fakes import FakeEngine


def vectors(*rows: tuple[float, float, float]) -> np.ndarray:
    found = np.array(rows, np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_the_best_shot_counts() -> None:
    shots = vectors((1, 0, 0), (0, 1, 0), (1, 1, 0))
    assert track_similarity(FakeEngine(), shots, vectors((0, 1, 0))) == pytest.approx(1.0)
    assert track_similarity(FakeEngine(), shots[:1], vectors((0, 1, 0))) == pytest.approx(0.0)


def test_the_reference_that_fits_best_counts() -> None:
    shots = vectors((1, 0, 0))
    assert track_similarity(FakeEngine(), shots, vectors((0, 1, 0), (1, 0.1, 0))) > 0.99


def test_the_order_of_shots_and_references_does_not_matter() -> None:
    shots, references = vectors((1, 0.2, 0), (0.3, 1, 0), (1, 1, 1)), vectors((0, 1, 0.4), (1, 0.1, 0))
    assert track_similarity(FakeEngine(), shots, references) == track_similarity(
        FakeEngine(), shots[::-1], references[::-1]
    )


def test_nothing_has_no_similarity() -> None:
    with pytest.raises(ValueError, match="zero-size"):
        track_similarity(FakeEngine(), vectors((1, 0, 0))[:0], vectors((1, 0, 0)))


def test_each_photo_by_itself_has_the_similarity_that_it_alone_would_give() -> None:
    shots, photos = vectors((1, 0.2, 0), (0.3, 1, 0)), vectors((0, 1, 0.4), (1, 0.1, 0), (0, 0, 1))
    alone = [track_similarity(FakeEngine(), shots, photos[[row]]) for row in range(3)]
    assert photo_similarities(FakeEngine(), shots, photos) == pytest.approx(alone)
    assert track_similarity(FakeEngine(), shots, photos) == pytest.approx(max(alone))
