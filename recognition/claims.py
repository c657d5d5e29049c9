"""What may be said of a candidate, in plain words: how often strangers look as alike, and what the face cannot show."""

from recognition.calibration import Calibration, Rate

NOT_CALIBRATED = (
    "This recognition engine is not calibrated: nobody measured how often strangers reach this similarity, and its "
    "thresholds are cautious values that others published. Measure it with: cli.py calibrate."
)


def candidate_words(
    calibration: Calibration | None,
    *,
    similarity: float,
    face_px: float,
    quality: float,
    tracks: int,
    references: int = 1,
    photos: int = 1,
) -> tuple[str, ...]:
    """The plain sentences that stand beside a candidate.

    Parameters
    ----------
    calibration
        Of the engine that made the similarity; None where it has none.
    similarity, face_px, quality
        Of the track, and of its best shot: shorter side in pixels, quality 0 to 1.
    tracks
        How many tracks the scan found.
    references, photos
        Persons sought, and reference photos of this one.
    """
    if calibration is None:
        return (NOT_CALIBRATED,)
    rate = calibration.false_match_rate(similarity, face_px, photos=photos)
    return (
        stranger_words(rate, tracks=tracks, references=references),
        evidence_words(calibration, calibration.llr(similarity, face_px, quality, photos=photos), face_px),
        measured_words(calibration),
    )


def pair_words(
    calibration: Calibration | None, *, similarity: float, face_px: float, quality: float, review_floor: float
) -> tuple[str, ...]:
    """What may be said of two faces that were compared with each other.

    Parameters
    ----------
    calibration
        Of the engine that made the similarity; None where it has none.
    similarity
        On the engine's own scale.
    face_px, quality
        Of the worse of the two: shorter side in pixels, quality 0 to 1.
    review_floor
        The engine's.
    """
    side = "reaches" if similarity >= review_floor else "stays below"
    floor = f"A similarity of {similarity:.2f} {side} {review_floor:.2f}, from which on candidates are offered."
    if calibration is None:
        return floor, NOT_CALIBRATED
    often = rate_in_words(calibration.false_match_rate(similarity, face_px))
    return (
        floor,
        f"{often[0].upper()}{often[1:]} reaches this similarity at this face size.",
        evidence_words(calibration, calibration.llr(similarity, face_px, quality), face_px),
        measured_words(calibration),
    )


def stranger_words(rate: Rate, *, tracks: int, references: int = 1) -> str:
    """How often strangers reach a similarity, and how many would in this scan.

    >>> stranger_words(Rate(0.0005), tracks=340)
    "About 1 stranger in 2,000 reaches this similarity at this face size; in this scan's 340 tracks about 0.2 would."
    >>> stranger_words(Rate(0.0001, is_bound=True), tracks=340).partition("; ")[2]
    "in this scan's 340 tracks at most 0.03 would."
    """
    often = rate_in_words(rate)
    people = "" if references == 1 else f" compared with {references:,} people"
    of_scan = (
        f"in this scan's {tracks:,} track{'s' * (tracks != 1)}{people} {expected_words(rate, tracks * references)}"
    )
    return f"{often[0].upper()}{often[1:]} reaches this similarity at this face size; {of_scan} would."


def threshold_words(calibration: Calibration | None, threshold: float, *, tracks: int, references: int = 1) -> str:
    """What stands beside a threshold: how many strangers this scan is expected to show at it."""
    if calibration is None:
        return NOT_CALIBRATED
    rate = calibration.false_match_rate(threshold)
    people = "" if references == 1 else f" and {references:,} people sought"
    expected = expected_words(rate, tracks * references)
    return f"With {tracks:,} tracks{people}, {expected} strangers are expected at or above {threshold:.2f}."


def expected_words(rate: Rate, comparisons: int) -> str:
    """How many strangers pass in so many comparisons.

    >>> expected_words(Rate(0.0005), 340), expected_words(Rate(0.02), 340), expected_words(Rate(0.0005), 0)
    ('about 0.2', 'about 7', 'none')
    """
    expected = rate.value * comparisons
    if not expected:
        return "none"
    digits = 0 if expected >= 5 else 1 if expected >= 0.1 else 2
    if expected < 0.005:
        return "fewer than 0.01"
    return f"{'at most' if rate.is_bound else 'about'} {expected:,.{digits}f}"


def rate_in_words(rate: Rate) -> str:
    """How often strangers reach a similarity.

    >>> rate_in_words(Rate(0.00043))
    'about 1 stranger in 2,300'
    >>> rate_in_words(Rate(0.0001, is_bound=True))
    'at most 1 stranger in 10,000'
    >>> rate_in_words(Rate(0.9))
    'nearly every stranger'
    """
    one_in = 1 / rate.value
    if one_in < 1.5:
        return "nearly every stranger"
    return f"{'at most' if rate.is_bound else 'about'} 1 stranger in {_two_digits(one_in):,}"


def evidence_words(calibration: Calibration, llr: float, face_px: float) -> str:
    """What a log-likelihood ratio (base 10) of a face of that size says for or against the person.

    The number of comparisons limits what may be said: at the limit the words are "more than".
    """
    least, greatest = calibration.bounds(face_px)
    times = 10 ** abs(llr)
    if times < 2:
        return "The similarity itself tells the person from a stranger no better than chance."
    more = "more than" if llr <= least or llr >= greatest else "about"
    likelier, than = ("the person sought", "a stranger") if llr > 0 else ("a stranger", "the person sought")
    return f"Such a similarity is {more} {_two_digits(times):,} times likelier for {likelier} than for {than}."


def measured_words(calibration: Calibration) -> str:
    """What the numbers rest on."""
    strangers, pairs, month = _two_digits(calibration.strangers), calibration.pairs, calibration.measured_on[:7]
    return f"Measured on {strangers:,} comparisons of {pairs:,} pairs of strangers ({calibration.source}), {month}."


def _two_digits(number: float) -> int:
    """The number rounded to two digits.

    >>> _two_digits(2345.6), _two_digits(7.4)
    (2300, 7)
    """
    whole = round(number)
    return round(whole, min(0, 2 - len(str(whole))))
