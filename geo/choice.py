"""The order in which to ask: what each camera adds to those already chosen, for each minute to be watched."""

import numpy as np

from geo.distance import Floats
from geo.likely import LikelyRoutes
from geo.trees import unpacked

HEAD = 20
"""How many cameras are ordered by what they add; the rest follow by chance."""

WORTH_AGAIN = 0.1
"""What seeing the subject once more on the same route is worth beside the first time. A plain guess."""

_ROUTES = 600  # equal routes the choice is made on
_SHORTEST_S = 30.0  # fetching any footage costs as much as watching this


def order_and_scores(routes: LikelyRoutes, seen: Floats, worth: Floats, cost_s: Floats) -> tuple[list[int], Floats]:
    """
    Order cameras and score them.

    The HEAD cameras of the greatest worth are taken greedily: next comes the one with the most new routes, by weight,
    for each minute of its window. Greedy choice is within a factor of 4 of the least mean time to the first hit (Feige,
    Lovasz and Tetali 2004, Algorithmica 40:219-234). All others follow by worth.

    Parameters
    ----------
    routes
        Likely routes.
    seen
        Chance that a camera shows the subject when it is passed, 0 to 1, shape ``(n,)``.
    worth
        What decides who is among the first, above 0, shape ``(n,)``.
    cost_s
        Length of each window in seconds.

    Returns
    -------
    order
        Indices of all n cameras, best first.
    score
        Above 0, at most 1, never rising along `order`; 1 for the first. Shape ``(n,)``, by camera. Empty for n = 0.
    """
    by_worth = np.argsort(-worth, kind="stable")
    head, rest = list(map(int, by_worth[:HEAD])), by_worth[HEAD:]
    equal = routes.drawn(_ROUTES)
    on_route = unpacked(equal.cameras, equal.camera_count)[:, head] * seen[head]
    minutes = np.maximum(cost_s[head], _SHORTEST_S) / 60.0
    left = equal.weight.copy()  # what is still to be had of each route
    score = np.zeros(len(worth))
    order: list[int] = []
    open_ = np.ones(len(head), dtype=np.bool_)
    gain_before = np.inf
    for _ in head:
        gain = np.where(open_, (left @ on_route + 1e-3 * worth[head]) / minutes, -1.0)
        best = int(gain.argmax())
        open_[best] = False
        left *= 1.0 - (1.0 - WORTH_AGAIN) * on_route[:, best]
        order.append(head[best])
        gain_before = min(gain_before, float(gain[best]))
        score[head[best]] = gain_before
    if len(rest):
        score[rest] = gain_before * worth[rest] / max(worth[rest[0]], 1e-300)
    first = max(score[order[0]], 1e-300) if order else 1.0
    return [*order, *map(int, rest)], np.maximum(score / first, 1e-12)
