"""From which similarity on a track is offered for review, and from which it may alert the team.

Measured on ../shared with LastSeen's own scan (8 samples a second, the five best shots of a track, the greatest of
their similarities): 52 or 53 tracks of eight clips against photos of 189 strangers, some 9,700 pairs, none of one
person. A track has several shots, so strangers reach further than in pairs of stills: docs/decisions/0003-engines.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Similarities on one recogniser's own scale; `measured` says how often strangers reach them."""

    review_floor: float
    alert_threshold: float
    measured: dict[str, str]


DLIB = Thresholds(
    review_floor=0.42,
    alert_threshold=0.55,
    measured={"false_match_rate_at_review_floor": "0.006", "highest_stranger": "0.53"},
)

# what InsightFace's own examples and published calibrations take for cosines of ArcFace vectors lies between .40 and
# .55; a pack that nobody measured here alerts only at the upper end
ARCFACE = Thresholds(review_floor=0.32, alert_threshold=0.55, measured={})

# by the SHA-256 of a pack's recognition model
_MEASURED = {
    # w_mobilefacenet.onnx of the test pack; with every frame of whole clips compared, strangers reached .52 too
    "61e9e03c97c8e441cfcdbc0052ab32a3e135270d5b2a59dec6b0f7100d97f118": Thresholds(
        review_floor=0.32,
        alert_threshold=0.53,
        measured={"false_match_rate_at_review_floor": "0.0025", "highest_stranger": "0.43 (0.52 with MTCNN)"},
    ),
}


def arcface_thresholds(sha256: str) -> Thresholds:
    """Those of the recognition model with that hash; cautious ones for a model that was not measured."""
    return _MEASURED.get(sha256, ARCFACE)
