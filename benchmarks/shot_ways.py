"""Ways to make one similarity of several shots and photos, side by side; part of benchmarks.verification."""

from collections.abc import Callable
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from benchmarks.people import People
from recognition.calibration_fit import CLASSES_PX
from recognition.comparisons import Comparisons, best_shot, compare
from recognition.faces import Engine, Float
from recognition.made_tracks import Compared
from recognition.similarity import photo_similarities

Double = NDArray[np.float64]
Score = Callable[[Engine, Compared, Float], Float]


def best_two(engine: Engine, track: Compared, photos: Float) -> Float:
    return np.asarray(np.sort(engine.similarity(track.vectors, photos), axis=0)[-2:].mean(axis=0), np.float32)


def first_shot(engine: Engine, track: Compared, photos: Float) -> Float:
    return photo_similarities(engine, track.vectors[:1], photos)


def mean(engine: Engine, track: Compared, photos: Float) -> Float:
    return _of_mean(engine, track, photos, np.ones(len(track.vectors)))


def weighted_mean(engine: Engine, track: Compared, photos: Float) -> Float:
    return _of_mean(engine, track, photos, np.array(track.shot_quality) ** 2)


def half_and_half(engine: Engine, track: Compared, photos: Float) -> Float:
    both = np.stack([best_shot(engine, track, photos), weighted_mean(engine, track, photos)])
    return np.asarray(both.mean(axis=0), np.float32)


def _of_mean(engine: Engine, track: Compared, photos: Float, weights: Double) -> Float:
    return photo_similarities(engine, _mean_vector(track.vectors, weights), photos)


def _mean_vector(vectors: Float, weights: Double) -> Float:
    """``(1, d)`` weighted mean, brought back to the vectors' usual length."""
    length = float(np.linalg.norm(vectors, axis=1).mean())
    vector = np.average(vectors, axis=0, weights=np.maximum(weights, 1e-6))
    return np.asarray(vector[None] * length / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


WAYS: dict[str, Score] = {
    "best shot (in use)": best_shot,
    "best two": best_two,
    "shot of best quality": first_shot,
    "plain mean": mean,
    "quality-weighted mean": weighted_mean,
    "best shot and weighted mean": half_and_half,
}


def best_shot_of_both(engine: Engine, track: Compared, photos: Float) -> Float:
    mean_alike = best_shot(engine, track, _mean_vector(photos, np.ones(len(photos))))
    return np.asarray((best_shot(engine, track, photos).max() + mean_alike) / 2, np.float32)


ALBUM = 3
ALBUM_WAYS: dict[str, tuple[Score, bool]] = {
    "best shot, best fitting photo (in use)": (best_shot, False),
    "best shot, quality-weighted mean of the photos": (best_shot, True),
    "best shot, half best photo and half plain mean": (best_shot_of_both, False),
    "quality-weighted means of shots and of photos": (weighted_mean, True),
    "quality-weighted mean of shots, best photo": (weighted_mean, False),
}


def print_aggregation(engine: Engine, people: People) -> None:
    """Ways to make one similarity of a track, on tracks made from stills and on footage."""
    print("\nseveral shots to one answer: TAR at FMR 1e-2 / 1e-3 of made tracks by face size")
    edges = [*CLASSES_PX, inf]
    names = [f"{max(a, 17):.0f} to {b:.0f} px" for a, b in pairwise(edges)]
    print(f"  {'':28} " + " | ".join(f"{name:>13}" for name in [*names, "all"]))
    for way, score in WAYS.items():
        compared = compare(engine, people.made, people.photos, score=score)
        cells = [_tar(compared.of_class(a, b)) for a, b in pairwise(edges)]
        print(f"  {way:28} " + " | ".join(f"{cell:>13}" for cell in [*cells, _tar(compared)]))


def _tar(compared: Comparisons) -> str:
    return f"{compared.found_at(1e-2):.3f} / {compared.found_at(1e-3):.3f}"


def print_ways_with_albums(engine: Engine, people: People) -> None:
    """Ways to use several reference photos: tracks of a person's other pictures, and of strangers, against an album."""
    print(f"\n{ALBUM} reference photos of one person, TAR at FMR 1e-2 / 1e-3 of all made tracks")
    named = sorted({photo.person for photo in people.photos})
    albums = [[photo for photo in people.photos if photo.person == name][:ALBUM] for name in named]
    albums = [album for album in albums if len(album) == ALBUM]
    for way, (of_track, is_mean) in ALBUM_WAYS.items():
        genuine: list[float] = []
        strangers: list[float] = []
        for album in albums:
            vectors = np.concatenate([photo.vectors for photo in album])
            if is_mean:
                vectors = _mean_vector(vectors, np.array([photo.quality for photo in album]) ** 2)
            sources = {photo.source for photo in album}
            for track in people.made:
                is_known = track.person or track.pool != album[0].pool
                if is_known and track.source not in sources:
                    alike = float(of_track(engine, track, vectors).max())
                    (genuine if track.person == album[0].person else strangers).append(alike)
        cells = [f"{(np.array(genuine) > np.quantile(strangers, 1 - rate)).mean():.3f}" for rate in (1e-2, 1e-3)]
        print(f"  {way:48} {' / '.join(cells)} ({len(genuine)} and {len(strangers)} comparisons, {len(albums)} people)")


_MEANS: dict[str, tuple[Score, bool]] = {"best shot, mean of references": (best_shot, True)}


def _reference(other: Compared, *, is_mean: bool) -> Float:
    return _mean_vector(other.vectors, np.array(other.shot_quality) ** 2) if is_mean else other.vectors


def print_ways_on_footage(engine: Engine, people: People) -> None:
    """The same ways on tracks of real footage whose people are known: is the weakest right one above the strangers?"""
    print("\nthe same on footage: right tracks (against photos, or a track in another clip), and strangers")
    known = [track for track in people.footage if track.person]
    for way, (score, is_mean) in ({way: (score, False) for way, score in WAYS.items()} | _MEANS).items():
        strangers = compare(engine, people.footage, people.photos, score=score).strangers
        right = [
            float(score(engine, track, _reference(other, is_mean=is_mean)).max())
            for track in known
            for other in (*known, *people.photos)
            if other.person == track.person and other.source.partition("#")[0] != track.source.partition("#")[0]
        ]
        level = float(np.quantile(strangers, 0.999))
        apart = [(value - level) / float(strangers.std()) for value in (min(right), float(np.median(right)))]
        print(f"  {way:28} right {min(right):.2f} to {max(right):.2f} ({len(right)}), one stranger in 1,000", end=" ")
        print(
            f"{level:.3f} of {len(strangers)}; weakest right one {apart[0]:+.1f} sd above that, median {apart[1]:+.1f}"
        )
