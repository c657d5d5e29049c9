"""From the vectors of a track's shots to one similarity with the person sought."""

from recognition.faces import Engine, Float


def track_similarity(engine: Engine, shots: Float, weights: Float, references: Float) -> float:
    """How alike a track and the person of the references are, on the engine's own scale.

    Parameters
    ----------
    shots
        ``(s, d)`` vectors of the track's best shots, s >= 1.
    weights
        ``(s,)`` their quality, 0 to 1.
    references
        ``(r, d)`` vectors of the person sought, r >= 1.
    """
    return combined_similarity(engine.similarity(shots, references), weights)


def combined_similarity(matrix: Float, weights: Float) -> float:
    """One similarity from those of each shot to each reference, ``(s, r)`` with s, r >= 1."""
    by_shot = matrix.max(axis=1)
    return float(by_shot.max())
