"""What a similarity is worth: how often strangers reach it, and how many of them a scan will offer.

A calibration belongs to the exact model files of one engine. It is fitted on tracks (several shots, the best of which
counts) against single photos of people who are not on them, by size of face; docs/calibration.md says in plain words
what the numbers mean, and recognition.calibration_fit makes them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp, isfinite, log2, log10
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from data.errors import BadInput

SHIPPED = Path(__file__).parent / "engines" / "calibrations"
VERSION = 1

# Strangers in a thousand tracks that may be offered for review, and that may alert the team, when one person is sought.
REVIEW_FALSE_PER_1000_TRACKS = 3.0
ALERT_FALSE_PER_1000_TRACKS = 0.1

SMALLEST_PX = 24.0
LARGEST_PX = 96.0  # from here on a larger face tells the recogniser nothing more


@dataclass(frozen=True)
class Rate:
    """A share of strangers, 0 to 1.

    Where `is_bound`, it is rarer than was tried: `value` is then one in the pairs of people that were.
    """

    value: float
    is_bound: bool = False


@dataclass(frozen=True)
class Tail:
    """How strangers' similarities lie for faces from `from_px` up to the next class.

    `tried` is the number of different pairs of people compared, each in several pictures; `rate[i]` is the share of the
    comparisons at or above `similarity[i]` (ascending). Above the last of them
    the rate falls by a factor of e every `scale`: strangers' similarities fall off faster than that (a normal
    distribution does), so the estimate errs to the cautious side. `footage_share` is the share of tracks in real
    footage that have faces of this class.
    """

    from_px: float
    tried: int
    footage_share: float
    similarity: tuple[float, ...]
    rate: tuple[float, ...]
    scale: float

    def at(self, similarity: float) -> float:
        """The rate at a similarity, never 0, falling strictly above the first entry."""
        last = self.similarity[-1]
        if similarity >= last:
            return self.rate[-1] * exp(-(similarity - last) / self.scale)
        return exp(float(np.interp(similarity, self.similarity, np.log(self.rate))))


@dataclass(frozen=True)
class Calibration:
    """What strangers reach with one engine, and what a similarity says for and against one person.

    `models` maps the engine's files to their SHA-256; `measured_on` is an ISO date. `genuine` and `strangers` count the
    comparisons of a track with one photo of the same person or of another one, `people` everybody, `known` those seen
    in several pictures, `pairs` the different pairs of strangers.
    `evidence` holds the five numbers of `llr`; `photos_power` how the rate grows with the photos of one person.
    """

    engine: str
    models: dict[str, str]
    measured_on: str
    source: str
    people: int
    genuine: int
    strangers: int
    known: int
    pairs: int
    photos_power: float
    tails: tuple[Tail, ...]
    evidence: tuple[float, float, float, float, float]

    def false_match_rate(self, similarity: float, face_px: float | None = None, *, photos: int = 1) -> Rate:
        """Share of tracks of strangers that reach a similarity with one person.

        Parameters
        ----------
        similarity
            On the engine's own scale.
        face_px
            Shorter side of the face in the track's best shot, pixels; None takes the sizes as footage has them.
        photos
            Reference photos of the person; the best fitting counts, so more of them let more strangers through.
        """
        tails = self.tails if face_px is None else (self._tail(face_px),)
        whole = sum(tail.footage_share for tail in tails)
        many = max(1, photos) ** self.photos_power
        value = sum(tail.footage_share * min(1.0, tail.at(similarity) * many) for tail in tails) / whole
        least = sum(tail.footage_share * min(1.0, many / tail.tried) for tail in tails) / whole
        return Rate(max(value, least), is_bound=value < least)

    def expected_false(self, threshold: float, tracks: int | Sequence[float], references: int = 1) -> float:
        """Strangers that a scan will offer at a threshold: rate x references x tracks.

        Parameters
        ----------
        threshold
            Similarity from which a track is offered.
        tracks
            How many tracks the scan has, or the face size of each in pixels.
        references
            Persons sought. Several photos of one person count once: see `photos` of `false_match_rate`.
        """
        if isinstance(tracks, int | np.integer):
            return self.false_match_rate(threshold).value * tracks * references
        return sum(self.false_match_rate(threshold, px).value for px in tracks) * references

    def threshold_for(self, expected_false: float, tracks: int, references: int = 1) -> float:
        """The similarity at which a scan of so many tracks offers about `expected_false` strangers; at most 1.

        Below the rate that was tried it is extrapolated; `false_match_rate` there gives a bound.
        """
        wanted = expected_false / max(tracks * references, 1)
        low, high = -1.0, 1.0
        if wanted >= self.tail_rate(low):
            return low
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if self.tail_rate(middle) > wanted else (low, middle)
        return high

    def shared(self, threshold: float, people: int) -> float:
        """The similarity at which `people` sought together are offered as many strangers as one is at `threshold`.

        A track of a stranger is compared with each of them, so that about ``people x rate`` strangers pass: the rate at
        the shared threshold is that at `threshold` divided by `people` (Bonferroni's bound; looks that are alike make
        it cautious). Several photos of one person count once, as in `expected_false`.
        """
        return max(threshold, self.threshold_for(self.tail_rate(threshold), 1, max(people, 1)))

    def llr(self, similarity: float, face_px: float, quality: float, *, photos: int = 1) -> float:
        """Base-10 logarithm of how much likelier the similarity is for the person than for a stranger.

        Logistic regression on similarity, size and quality (0 to 1) of a track against one photo; with several, it is
        as much less as strangers reach the best of them more often. Never beyond what was tried, see `bounds`.
        """
        constant, by_similarity, by_size, by_quality, by_both = self.evidence
        size = log2(min(max(face_px, SMALLEST_PX), LARGEST_PX) / SMALLEST_PX)
        value = constant + (by_similarity + by_both * size) * similarity + by_size * size + by_quality * quality
        least, greatest = self.bounds(face_px)
        return min(max(value - self.photos_power * log10(max(1, photos)), least), greatest)

    def tail_rate(self, similarity: float, face_px: float | None = None) -> float:
        """As `false_match_rate`, extrapolated also below what was tried: for finding thresholds."""
        tails = self.tails if face_px is None else (self._tail(face_px),)
        whole = sum(tail.footage_share for tail in tails)
        return sum(tail.footage_share * tail.at(similarity) for tail in tails) / whole

    def bounds(self, face_px: float) -> tuple[float, float]:
        """Least and greatest value of `llr`: logarithms of how many people, and pairs of strangers, were tried."""
        return -log10(max(self.known, 1)), log10(self._tail(face_px).tried)

    def _tail(self, face_px: float) -> Tail:
        return next((tail for tail in reversed(self.tails) if face_px >= tail.from_px), self.tails[0])


def find_calibration(models: Mapping[str, str], folder: Path | None = None) -> Calibration | None:
    """The calibration of exactly these model files (name to SHA-256), or None where nobody measured them.

    One in `folder` (an agency's own) goes before the one that comes with LastSeen.

    Raises
    ------
    BadInput
        A file in `folder` is damaged; the message names it.
    """
    wanted = sorted(models.values())
    for place in (folder, SHIPPED):
        files = [] if place is None else sorted(place.glob("*.json"))
        found = [known for known in map(read_calibration, files) if sorted(known.models.values()) == wanted]
        if found:
            return max(found, key=lambda known: known.measured_on)
    return None


def read_calibration(path: Path) -> Calibration:
    """A stored calibration.

    Raises
    ------
    BadInput
        The file is no calibration, or its numbers cannot be; the message names the file.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        calibration = TypeAdapter(Calibration).validate_python(read)
    except ValueError as error:
        raise BadInput(f"{path.name}: is no calibration, or damaged; run cli.py calibrate again") from error
    if read.get("version") != VERSION:
        raise BadInput(f"{path.name}: is a calibration of another version of LastSeen; run cli.py calibrate again")
    if not _is_sound(calibration):
        raise BadInput(f"{path.name}: holds impossible numbers; run cli.py calibrate again")
    return calibration


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Store it at `path`, complete or not at all; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(to_text(calibration), encoding="utf-8")
    part.replace(path)


def to_text(calibration: Calibration) -> str:
    """The calibration as the JSON that `read_calibration` reads."""
    return json.dumps({"version": VERSION} | asdict(calibration), indent=1, allow_nan=False) + "\n"


def file_name(engine: str) -> str:
    """Name of the file for an engine's calibration: ``insightface:buffalo_l`` gives ``insightface-buffalo_l.json``."""
    return "".join(c if c.isalnum() or c in "_-+" else "-" for c in engine).strip("-") + ".json"


def _is_sound(calibration: Calibration) -> bool:
    numbers = [*calibration.evidence, calibration.photos_power]
    return bool(calibration.tails) and bool(np.isfinite(numbers).all()) and all(map(_is_falling, calibration.tails))


def _is_falling(tail: Tail) -> bool:
    similarity, rate = np.array(tail.similarity, np.float64), np.array(tail.rate, np.float64)
    return bool(
        len(similarity) == len(rate) > 1
        and np.isfinite(similarity).all()
        and (np.diff(similarity) > 0).all()
        and (np.diff(rate) < 0).all()
        and 0 < rate[-1] < rate[0] <= 1
        and all(isfinite(v) and v > 0 for v in (tail.scale, tail.tried, tail.footage_share))
    )
