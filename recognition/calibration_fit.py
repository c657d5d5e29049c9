"""Fits a calibration to comparisons of tracks with photos."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from scipy.optimize import minimize
from scipy.stats import chi2

from recognition.calibration import LARGEST_PX, SMALLEST_PX, Calibration, Tail
from recognition.comparisons import Comparisons, Double
from recognition.faces import Engine
from recognition.made_tracks import Compared
from recognition.similarity import photo_similarities

CLASSES_PX = (0.0, 28.0, 40.0, 64.0)
# of tracks in the clips of ../shared (2026-11), for calibrations that are fitted without footage
FOOTAGE_SHARES = (0.15, 0.15, 0.38, 0.32)

_TAIL_SHARE = 0.01  # strangers above this share's quantile give the fall of the tail
_LEAST_IN_TAIL = 10
_GRID = 60
_LEAST_SCALE = 0.005
_RIDGE = 1e-6
_PHOTOS = 4
_UNKNOWN_POWER = 0.5
LEAST_OF_CLASS = 1000


def shares_of(footage: Sequence[Compared]) -> tuple[float, ...]:
    """For each of `CLASSES_PX` the share of tracks in footage, none of them 0 (one track is added to each)."""
    sizes = np.array([track.face_px for track in footage])
    counts = 1 + np.histogram(sizes, [*CLASSES_PX, np.inf])[0]
    return tuple(float(share) for share in counts / counts.sum())


def fit(
    engine: str,
    models: dict[str, str],
    comparisons: Comparisons,
    *,
    footage_shares: Sequence[float],
    photos_power: float,
    people: int,
    source: str,
    measured_on: date,
) -> Calibration:
    """The calibration of an engine from comparisons.

    Parameters
    ----------
    engine, models
        Its name, and the SHA-256 of each of its files.
    footage_shares
        For each of `CLASSES_PX` the share of tracks in footage; each above 0.
    photos_power
        See `photos_power`, the function.
    people
        How many persons the comparisons hold.
    source
        Where the pictures come from, for people.
    """
    tails: list[Tail] = []
    for from_px, to_px, share in zip(CLASSES_PX, [*CLASSES_PX[1:], np.inf], footage_shares, strict=True):
        part = comparisons.of_class(from_px, to_px)
        if len(part.strangers) >= LEAST_OF_CLASS:
            tails.append(tail_of(part, from_px, share))
    return Calibration(
        engine=engine,
        models=dict(models),
        measured_on=measured_on.isoformat(),
        source=source,
        people=people,
        genuine=int(comparisons.is_same.sum()),
        strangers=int((~comparisons.is_same).sum()),
        pairs=comparisons.pairs_of_strangers(),
        known=len(np.unique(comparisons.pair[comparisons.is_same])),
        photos_power=photos_power,
        tails=tuple(tails),
        evidence=evidence_of(comparisons),
    )


def tail_of(part: Comparisons, from_px: float, footage_share: float) -> Tail:
    """The tail of strangers' similarities in one class: the weighted shares as counted, then an exponential fall.

    The fall is the mean excess over the threshold that one stranger in a hundred passes, the maximum-likelihood
    estimate for an exponential tail, at its upper 95 % limit for as many independent excesses as there are pairs of
    people in the tail: what lies beyond hangs on the few who look alike, and is promised cautiously.
    """
    similarity, weight = part.strangers, part.weight[~part.is_same]
    order = np.argsort(-similarity, kind="stable")
    falling, weights = similarity[order], weight[order] / weight.sum()
    reached = np.cumsum(weights)
    in_tail = max(_LEAST_IN_TAIL, int(np.searchsorted(reached, _TAIL_SHARE)) + 1)
    start = falling[in_tail - 1]
    excess = float(np.average(falling[:in_tail] - start, weights=weights[:in_tail]))
    people = part.pairs_of_strangers(start)
    scale = max(excess * 2 * people / float(chi2.ppf(0.05, 2 * people)), _LEAST_SCALE)
    wanted = np.geomspace(reached[in_tail - 1], 1.0, _GRID)
    at = np.unique(np.round(falling[np.minimum(np.searchsorted(reached, wanted), len(falling) - 1)], 5))
    rate = np.array([weights[falling >= value - 1e-9].sum() for value in at])
    keep = np.append(True, np.diff(rate) < 0)
    return Tail(
        from_px=from_px,
        tried=part.pairs_of_strangers(),
        footage_share=round(footage_share, 4),
        similarity=tuple(float(v) for v in at[keep]),
        rate=tuple(min(1.0, float(f"{v:.5g}")) for v in rate[keep]),
        scale=round(scale, 5),
    )


def evidence_of(comparisons: Comparisons) -> tuple[float, float, float, float, float]:
    """The numbers of `Calibration.llr`, base 10: constant, similarity, size, quality, similarity x size.

    Logistic regression in which the same persons and the strangers weigh the same, so that the odds are the likelihood
    ratio (Brummer and du Preez, 2006); similarity never counts against the person.
    """
    same = comparisons.is_same
    size = np.log2(np.clip(comparisons.face_px, SMALLEST_PX, LARGEST_PX) / SMALLEST_PX)
    similarity = comparisons.similarity
    inputs = np.stack([np.ones(len(same)), similarity, size, comparisons.quality, similarity * size], axis=1)
    totals = [max(float(comparisons.weight[rows].sum()), 1.0) for rows in (same, ~same)]
    weight = comparisons.weight * np.where(same, 0.5 / totals[0], 0.5 / totals[1])
    sign = np.where(same, 1.0, -1.0)

    def loss(beta: Double) -> tuple[float, Double]:
        margin = sign * (inputs @ beta)
        slope = -sign * weight / (1 + np.exp(np.clip(margin, -500, 500)))
        penalty = _RIDGE * beta[1:]
        value = float((weight * np.logaddexp(0, -margin)).sum() + (penalty * beta[1:]).sum() / 2)
        return value, inputs.T @ slope + np.append(0.0, penalty)

    free, rising = (None, None), (0.0, None)
    found = minimize(loss, np.zeros(5), jac=True, method="L-BFGS-B", bounds=[free, rising, free, free, rising])
    a, b, c, d, e = (round(float(v / np.log(10)), 5) for v in found.x)
    return a, b, c, d, e


def photos_power(
    engine: Engine, tracks: Sequence[Compared], photos: Sequence[Compared], *, at_rate: float = 0.01
) -> float:
    """How the rate of false matches grows with the photos r of one person, as the power of r; 0 to 1.

    Of persons with at least `_PHOTOS` photos: the rate with the best fitting of so many, against that of single ones at
    the similarity which the share `at_rate` of strangers reach. 0.5 where no person has so many.
    """
    named = {photo.person for photo in photos if photo.person}
    albums = [[photo for photo in photos if photo.person == person] for person in sorted(named)]
    albums = [album[:_PHOTOS] for album in albums if len(album) >= _PHOTOS]
    single: list[Double] = []
    best: list[Double] = []
    for album in albums:
        vectors = np.concatenate([photo.vectors[:1] for photo in album])
        for track in tracks:
            if track.person != album[0].person and (track.person or track.pool != album[0].pool):
                found = photo_similarities(engine, track.vectors, vectors).astype(np.float64)
                single.append(found)
                best.append(found.max(keepdims=True))
    if not single:
        return _UNKNOWN_POWER
    threshold = np.quantile(np.concatenate(single), 1 - at_rate)
    grown = float((np.concatenate(best) >= threshold).mean()) / at_rate
    return round(float(np.clip(np.log(max(grown, 1.0)) / np.log(_PHOTOS), 0.0, 1.0)), 3)
