"""From the vectors of a track's shots to one similarity with the person sought.

The best single shot against the best fitting reference counts. On the clips of ../shared (49 tracks, 93 strangers'
photos; 2026-11) it was compared with means over the shots, as the distance between the weakest true track and the
value that one stranger's track in a thousand reaches, in standard deviations of the strangers' values: best shot 2.2,
mean of the best two 2.2, best three 1.6, mean weighted by quality 0.1 (mobile ArcFace); with dlib's network the order
is the same within 0.2. A mean pulls down a person who looks at the camera for one moment only. On degraded stills,
five shots a track, the means are level with it (true tracks found at one false in a thousand: dlib .95 best shot, .96
weighted mean; ArcFace .98 and .97).
A greatest value grows with the number of shots, so that thresholds hold for tracks of up to `SHOTS_KEPT` shots.
"""

from recognition.faces import Engine, Float


def track_similarity(engine: Engine, shots: Float, references: Float) -> float:
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
    return float(engine.similarity(shots, references).max())
