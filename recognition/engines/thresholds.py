"""From which similarity on a track is offered for review, and from which it may alert the team.

Both follow from how many strangers in a thousand tracks may pass, through the calibration of the engine's own model
files. Models that nobody measured get cautious values from what others published, and say so.
"""

from dataclasses import dataclass, field

from recognition.calibration import Calibration
from recognition.claims import rate_in_words

_LEAST_STEP = 0.02  # an alert asks for more than a review, whatever the settings


@dataclass(frozen=True)
class Thresholds:
    """Similarities on one engine's own scale; `measured` says in words what they rest on."""

    review_floor: float
    alert_threshold: float
    measured: dict[str, str] = field(default_factory=dict)


_NOT_CALIBRATED = {"calibration": "none: nobody measured these model files with LastSeen; cli.py calibrate does"}
# dlib's usual tolerance of 0.6 reads 0.4
UNMEASURED_DLIB = Thresholds(0.42, 0.55, _NOT_CALIBRATED)
# what InsightFace's own examples and published calibrations take for cosines of ArcFace vectors lies between .40 and
# .55; models that nobody measured alert only at the upper end
UNMEASURED_ARCFACE = Thresholds(0.32, 0.55, _NOT_CALIBRATED)


def thresholds(
    calibration: Calibration | None, unmeasured: Thresholds, *, review_rate: float, alert_rate: float
) -> Thresholds:
    """Those at which as many strangers in a thousand tracks pass as the rates say, for one person with one photo.

    Parameters
    ----------
    calibration
        Of the engine's own model files; None where there is none.
    unmeasured
        What to take then.
    review_rate, alert_rate
        Strangers in a thousand tracks, above 0.
    """
    if calibration is None:
        return unmeasured
    review = round(calibration.threshold_for(review_rate, 1000), 3)
    alert = max(round(calibration.threshold_for(alert_rate, 1000), 3), review + _LEAST_STEP)
    return Thresholds(
        review,
        alert,
        {
            "calibration": f"{calibration.source}, {calibration.measured_on}",
            "strangers_at_review_floor": rate_in_words(calibration.false_match_rate(review)),
            "strangers_at_alert_threshold": rate_in_words(calibration.false_match_rate(alert)),
        },
    )
