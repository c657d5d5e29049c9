import numpy as np
import pytest

from recognition.comparisons import compare, joined
from recognition.made_tracks import Compared
from tests.fakes import FakeEngine


def shown(person: str, source: str, *rows: tuple[float, float, float], pool: str = "p", px: float = 50.0) -> Compared:
    vectors = np.array(rows or [(1, 0, 0)], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Compared(person, pool, source, vectors, (px,) * len(vectors), (0.8,) * len(vectors))


def test_named_people_are_the_same_or_strangers() -> None:
    found = compare(FakeEngine(), [shown("anna", "1")], [shown("anna", "2", (1, 1, 0)), shown("bert", "3", (0, 1, 0))])
    assert found.genuine == pytest.approx([2**-0.5])
    assert found.strangers == pytest.approx([0])


def test_a_picture_is_never_compared_with_itself() -> None:
    assert len(compare(FakeEngine(), [shown("anna", "1")], [shown("anna", "1"), shown("bert", "1")]).similarity) == 0


def test_people_without_a_name_are_strangers_only_to_other_pools() -> None:
    passer_by = shown("", "clip#1", pool="street")
    photos = [shown("anna", "1"), shown("bert", "2", pool="street")]
    found = compare(FakeEngine(), [passer_by], photos)
    assert found.is_same.tolist() == [False]


def test_the_best_shot_counts() -> None:
    found = compare(FakeEngine(), [shown("anna", "1", (0, 1, 0), (1, 0, 0))], [shown("anna", "2", (1, 0, 0))])
    assert found.similarity == pytest.approx([1.0])


def test_many_pictures_of_two_people_are_one_pair() -> None:
    tracks = [shown("anna", "1"), shown("anna", "2"), shown("bert", "3")]
    photos = [shown("bert", "4"), shown("bert", "5"), shown("anna", "6"), shown("carl", "7")]
    found = compare(FakeEngine(), tracks, photos)
    assert len(found.strangers) == 4 + 1 + 3
    assert found.pairs_of_strangers() == 3
    assert found.pairs_of_strangers(1.1) == 0


def test_a_class_of_sizes_ends_before_its_upper_edge() -> None:
    tracks = [shown("anna", str(px), px=px) for px in (27.9, 28.0, 39.9, 40.0)]
    found = compare(FakeEngine(), tracks, [shown("bert", "b")])
    assert found.of_class(28, 40).face_px.tolist() == [28.0, 39.9]


def test_strangers_of_footage_weigh_as_much_as_those_of_made_tracks() -> None:
    photos = [shown("bert", "b")]
    made = compare(FakeEngine(), [shown("anna", str(i)) for i in range(8)], photos)
    footage = compare(FakeEngine(), [shown("", f"c{i}", pool="street") for i in range(2)], photos)
    both = joined(made, footage)
    assert both.weight[:8].sum() == pytest.approx(both.weight[8:].sum())
    assert both.pairs_of_strangers() == 1 + 2


def test_how_many_are_found_at_a_rate_of_false_matches() -> None:
    angles = np.linspace(0, np.pi / 2, 101)
    photos = [shown("bert", f"b{i}", (np.cos(a), np.sin(a), 0)) for i, a in enumerate(angles)]
    photos += [shown("anna", "a1", (1, 0.1, 0)), shown("anna", "a2", (0.5, 1, 0))]
    found = compare(FakeEngine(), [shown("anna", "a")], photos)
    assert found.found_at(0.5) == 0.5
    assert found.found_at(1.0) == 1.0


def test_nothing_gives_no_comparison() -> None:
    for tracks, photos in (([], []), ([shown("anna", "1")], []), ([], [shown("anna", "1")])):
        found = compare(FakeEngine(), tracks, photos)
        assert len(found.similarity) == found.pairs_of_strangers() == found.found_at(0.01) == 0
