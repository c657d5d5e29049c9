"""How people move, as far as the ranking supposes it: for likelihoods only. Windows rest on the top speed alone."""

from dataclasses import dataclass

import numpy as np

from data.models import Mode
from geo.distance import TOP_SPEED_M_S, USUAL_SPEED_M_S, Floats

PACE_SPREAD = 0.15
"""Standard deviation of the logarithm of a person's usual pace: 0.2 m/s of 1.3. A plain guess."""

REST_SHARE = 0.3
"""Share of legs on which the subject stands still for a while. A plain guess: the missing are no commuters."""

REST_MIX: tuple[tuple[float, float], ...] = ((0.6, 300.0), (0.4, 1800.0))
"""How long such rests are: shares, and means in seconds of exponential distributions. A plain guess: short and long."""

_QUANTILES = np.linspace(-1.8, 1.8, 9)  # standard scores at which paces are tried
_QUANTILE_WEIGHTS = np.exp(-(_QUANTILES**2) / 2) / np.exp(-(_QUANTILES**2) / 2).sum()


@dataclass(frozen=True)
class Pace:
    """Usual and top speed of a subject in metres a second; the usual one is taken to vary by PACE_SPREAD."""

    usual_m_s: float
    top_m_s: float

    def drawn_m_s(self, rng: np.random.Generator) -> float:
        """One pace at random, no faster than the top speed."""
        return float(min(self.usual_m_s * np.exp(PACE_SPREAD * rng.standard_normal()), self.top_m_s))


def pace_of(mode: Mode, v_max_m_s: float | None = None) -> Pace:
    """
    The pace of a way of travel.

    Parameters
    ----------
    v_max_m_s
        Top speed given by hand, in place of the mode's. A higher one lifts the usual pace in proportion (a runner), a
        lower one caps it at three quarters.
    """
    usual, top = USUAL_SPEED_M_S[mode], TOP_SPEED_M_S[mode]
    if v_max_m_s is None:
        return Pace(usual, top)
    lifted = usual * max(1.0, v_max_m_s / top)
    return Pace(min(lifted, 0.75 * v_max_m_s), v_max_m_s)


def time_density(time_s: float, length_m: Floats, pace: Pace, tolerance_s: float = 0.0) -> Floats:
    """
    How well a time fits ways of given lengths.

    A person goes at a log-normal pace and, with REST_SHARE, stands still for a time drawn from REST_MIX.

    Parameters
    ----------
    time_s
        Seconds between two sightings, above 0.
    length_m
        Lengths of ways in metres, shape ``(n,)``; infinity allowed.
    tolerance_s
        Seconds by which `time_s` may be off; blurs the pace.

    Returns
    -------
    density
        A second, shape ``(n,)``, never 0 for finite lengths. A way that asks for more than the top speed keeps a
        thousandth: sightings are sometimes wrong.
    """
    # with more doubt than time, any pace fits about as well as any other
    spread = float(np.hypot(PACE_SPREAD, min(tolerance_s / time_s, 3.0)))
    finite = np.isfinite(length_m)
    usual_s = np.maximum(np.where(finite, length_m, 1.0) / pace.usual_m_s, 5.0)
    score = np.log(time_s / usual_s) / spread
    density = (1.0 - REST_SHARE) * np.exp(-(score**2) / 2.0) / (spread * np.sqrt(2.0 * np.pi) * time_s)
    for weight, quantile in zip(_QUANTILE_WEIGHTS, _QUANTILES, strict=True):
        rest_s = time_s - usual_s * np.exp(-quantile * spread)
        for share, mean_s in REST_MIX:
            rested = np.exp(-np.maximum(rest_s, 0.0) / mean_s) / mean_s
            density += REST_SHARE * weight * share * np.where(rest_s > 0.0, rested, 0.0)
    too_fast = length_m > pace.top_m_s * (time_s + tolerance_s) * 1.02
    return np.where(finite, np.where(too_fast, 1e-3 * density, density) + 1e-9 / time_s, 0.0)
