"""From the vectors of a track's shots to one similarity with the person sought.

The best single shot against the best fitting reference photo counts. ``python -m benchmarks.verification`` compares
it with the mean of the best two, the shot of best quality, plain and quality-weighted means and mixtures, on tracks
made from stills and on footage whose people are known (2026-11). With ArcFace it finds more true tracks at one
stranger in a thousand (.749 against .712 for the weighted mean), and on footage, with SCRFD, the weakest true track
stands 3.0 standard deviations above the strangers' level against 0.6: a mean pulls down a person who looks at the
camera for one moment only. On MTCNN's tracks means are ahead on footage by 0.3 to 0.6, with dlib's network also on
made tracks by .02. Means over several reference photos gain .01 where all photos are of one age, and lose on footage;
photos of a missing person may lie years apart, so the best fitting one counts.
A greatest value grows with the number of shots and photos: recognition.calibration is fitted to whole tracks, and
reckons with the photos.
"""

from dataclasses import dataclass

import numpy as np

from recognition.faces import Comparer, EngineInfo, Float, Scale


@dataclass(frozen=True)
class Scales:
    """Compares vectors as an engine does, without its nets: for a process that loads no model."""

    info: EngineInfo

    def similarity(self, a: Float, b: Float) -> Float:
        """``(n, m)`` similarities of the rows of `a` to the rows of `b`."""
        return cosines(a, b) if self.info.scale is Scale.COSINE else closeness(a, b)


def cosines(a: Float, b: Float) -> Float:
    """``(n, m)`` cosines of unit vectors, -1 to 1."""
    return np.asarray(np.clip(a @ b.T, -1, 1), dtype=np.float32)


def closeness(a: Float, b: Float) -> Float:
    """``(n, m)``: 1 - Euclidean distance, so that dlib's familiar tolerance of 0.6 reads 0.4; may be below 0."""
    squares = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1) - 2 * (a @ b.T)
    return np.asarray(1 - np.sqrt(np.maximum(squares, 0)), dtype=np.float32)


def track_similarity(engine: Comparer, shots: Float, references: Float) -> float:
    """How alike a track and the person of the references are, on the engine's own scale; at most 1.

    Parameters
    ----------
    engine
        The engine that made all the vectors.
    shots
        ``(s, d)`` vectors of the track's best shots, s >= 1.
    references
        ``(r, d)`` vectors of the person sought, r >= 1.

    Raises
    ------
    ValueError
        There are no shots or no references.
    """
    return float(photo_similarities(engine, shots, references).max())


def photo_similarities(engine: Comparer, shots: Float, photos: Float) -> Float:
    """``(r,)`` similarity of one track with each of r photos, as `track_similarity` has it for that photo alone."""
    return np.asarray(engine.similarity(shots, photos).max(axis=0), dtype=np.float32)
