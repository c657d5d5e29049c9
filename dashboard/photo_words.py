"""What reference photos are good for, in words."""

from collections.abc import Sequence

from casework.jobs import last_renewal
from casework.references import PhotoClaim
from dashboard import parts, session
from dashboard.words import later, t, tn
from data.models import Case

# plain steps of the quality of a photo, 0 to 1 (recognition.quality), for words only: nothing is decided by them
GOOD_QUALITY, FAIR_QUALITY = 0.7, 0.45
# NIST IR 8280 (Grother, Ngan, Hanaoka 2019): false positives are elevated in children and in the elderly
CHILDREN = later("Children are taken for one another more often than adults are (NIST IR 8280).")


def quality_words(quality: float) -> str:
    """How good a photo of a face is, for a reader who knows no scale."""
    if quality >= GOOD_QUALITY:
        return t("good ({quality:.2f})", quality=quality)
    if quality >= FAIR_QUALITY:
        return t("fair ({quality:.2f})", quality=quality)
    return t("poor: a clearer one helps ({quality:.2f})", quality=quality)


def claim_words(claim: PhotoClaim) -> str:
    """What a photo's age takes from what a similarity with it can claim; empty when nothing is known to."""
    caution = t("A low similarity does not exclude, a high one still needs something beside the face.")
    if claim.is_old:
        ages = ""
        if claim.age_then is not None and claim.age_now is not None:
            ages = t("; the person was {age_then}, is {age_now}", age_then=claim.age_then, age_now=claim.age_now)
        years = parts.counted(claim.years_between or 0, "year")
        if claim.is_of_a_child:
            changes = t("The photo is {years} old{ages}: a face changes much in that time.", years=years, ages=ages)
        else:
            changes = t("The photo is {years} old{ages}: a face changes in that time.", years=years, ages=ages)
        return f"{changes} {caution}"
    if claim.is_of_a_child and claim.years_between is None:
        return t(
            "The person is {age_now} and the photo has no date: a child's face changes much. {caution}",
            age_now=claim.age_now,
            caution=caution,
        )
    return ""


def cautions(claims: Sequence[PhotoClaim]) -> list[str]:
    """The same for several photos: what holds of each, with their names, and what holds of children once."""
    names: dict[str, list[str]] = {}
    for claim in claims:
        if words := claim_words(claim):
            names.setdefault(words, []).append(parts.plain(claim.photo.original_name))
    said = [f"{', '.join(of)}: {words}" for words, of in names.items()]
    return [*said, t(CHILDREN)] if any(claim.is_of_a_child for claim in claims) else said


def renewal_words(case: Case) -> str:
    """What the last change of the reference photos set going; empty when there was none."""
    last = last_renewal(session.store(), case.id)
    if last is None:
        return ""
    at, renewal = last
    said = []
    if again := renewal.searched_again:
        said.append(tn("{n} recording is searched again", "{n} recordings are searched again", again))
    if once := renewal.compared_at_once:
        said.append(
            tn(
                "{n} recording was compared at once from what was kept",
                "{n} recordings were compared at once from what was kept",
                once,
            )
        )
    return t("Since the photos changed on {at}: {said}.", at=parts.local(at, case), said="; ".join(said))
