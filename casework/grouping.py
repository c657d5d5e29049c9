"""Candidates that look like one and the same unknown person, so that an analyst says "someone else" once.

Density clustering (DBSCAN: Ester et al. 1996) of the mean vectors of the tracks, with the engine's own similarity: two
candidates are neighbours from the engine's alert threshold on. Since one neighbour makes a candidate a core point, the
clusters are the connected parts of the graph of neighbours, and scipy finds those. A chain of alike faces can
hold two people: the pictures of all stand beside the button, and nobody is ever confirmed in bulk.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from casework.access import needs
from casework.kept import rows_of
from data.models import MatchState, Permission
from data.store import Store
from recognition.faces import Comparer, Float

GROUPED = (MatchState.TO_REVIEW, MatchState.HALF_CONFIRMED, MatchState.UNSURE)
"""A half confirmed one too: to whoever has yet to decide it must look like any other."""


@needs(Permission.SEARCH)
def group_candidates(store: Store, case_id: str, engine: Comparer) -> None:
    """Mark the candidates of one engine that nobody has confirmed or rejected with the group that they belong to."""
    open_ones = {m.id for m in store.matches(case_id, states=GROUPED) if m.engine == engine.info.name}
    vectors = {id: rows_of(v) for id, v in store.match_vectors(case_id, engine=engine.info.name).items()}
    ids = sorted(open_ones & vectors.keys())
    groups = alike(engine, [vectors[id] for id in ids])
    first = {group: ids[groups.index(group)] for group in groups if group is not None}
    with store.writing() as writing:
        writing.group_matches(
            (id, None if group is None else first[group]) for id, group in zip(ids, groups, strict=True)
        )


def alike(engine: Comparer, tracks: Sequence[Float]) -> list[int | None]:
    """For each track, given by its vectors, the number of its group; None for one that is like no other."""
    if len(tracks) < 2:
        return [None] * len(tracks)
    means = np.stack([_mean(vectors) for vectors in tracks])
    neighbours = engine.similarity(means, means) >= engine.info.alert_threshold
    np.fill_diagonal(neighbours, False)
    _, labels = connected_components(csr_array(neighbours), directed=False)
    sizes = np.bincount(labels)
    return [int(label) if sizes[label] > 1 else None for label in labels]


def _mean(vectors: Float) -> Float:
    """The mean, as long as the vectors are: similarities are defined at the engine's own scale."""
    mean = vectors.mean(axis=0)
    length = float(np.linalg.norm(mean))
    if length == 0.0:
        return np.asarray(mean, np.float32)
    return np.asarray(mean * (np.linalg.norm(vectors, axis=1).mean() / length), np.float32)
