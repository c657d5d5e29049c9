"""What a camera search says of a picture, in the asker's language."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from casework.camera_search import Candidate, Looked
from casework.gallery import LeftOut, LeftOutFor
from casework.review import USEFUL_FACE_PX
from dashboard.words import dated, later, later_n, t, tn
from data.models import Case

CLOCK_OFF_S = 30.0
"""A device's clock that is off by less is not worth a word: the time of this machine is what counts."""
LEFT_OUT_SHOWN = {
    LeftOutFor.NOT_YOURS: later("you may not search footage there"),
    LeftOutFor.NOT_GOVERNED: later("closed, expired, or without a full authority"),
    LeftOutFor.NO_PHOTO: later("no usable reference photo"),
    LeftOutFor.NOT_COMPARABLE: later("photos that this engine has not looked at"),
    LeftOutFor.OTHER_TIME: later("another search period"),
}
_NOBODY_LIKE = later_n("{n} face, not like the person sought.", "{n} faces, none like the person sought.")
_NOBODY_LIKE_ANY = later_n(
    "{n} face, like none of the people sought.", "{n} faces, none like any of the people sought."
)


def said_of_picture(looked: Looked) -> str:
    """The line under the camera's picture."""
    faces = looked.found.faces
    if looked.candidates:
        return tn("{n} candidate. A lead, not an identification.",
                  "{n} candidates. Leads, not identifications.", len(looked.candidates))  # fmt: skip
    if not len(faces):
        return t("No face in view. Come closer, or turn the camera to faces.")
    if float(faces.size_px.max()) < USEFUL_FACE_PX:
        return t("Faces are too far away to compare well. Come closer.")
    return tn(*(_NOBODY_LIKE if looked.cases == 1 else _NOBODY_LIKE_ANY), len(faces))


def case_title(case: Case) -> str:
    return f"{case.subject.name} · {case.number}"


def said_of(one: Candidate) -> str:
    """What a similarity means, and what it does not."""
    if one.is_set_aside:
        words = t("Set aside: more like a candidate whom somebody has rejected.")
    elif one.is_strong:
        words = t("A strong lead: above the alert threshold. Strangers rarely come this high, but some do.")
    else:
        words = t("A weak lead: between review floor and alert threshold. Strangers come this high too.")
    return f"{t('Similarity {n:.2f}.', n=one.similarity)} {words}"


def seen_words(at: datetime, case: Case) -> str:
    return t("Seen at {when}", when=dated(at.astimezone(ZoneInfo(case.timezone)), "%H:%M:%S %Z"))


def clock_words(off_s: float | None) -> str:
    """Empty unless the device's clock is far off."""
    if off_s is None or abs(off_s) <= CLOCK_OFF_S:
        return ""
    minutes = max(1, round(abs(off_s) / 60))
    if off_s > 0:
        return tn("This device's clock is {n} minute ahead; the time of LastSeen is kept.",
                  "This device's clock is {n} minutes ahead; the time of LastSeen is kept.", minutes)  # fmt: skip
    return tn("This device's clock is {n} minute behind; the time of LastSeen is kept.",
              "This device's clock is {n} minutes behind; the time of LastSeen is kept.", minutes)  # fmt: skip


def left_out_words(left_out: Sequence[LeftOut]) -> str:
    """Which cases are not searched, by why; empty where all are."""
    if not left_out:
        return ""
    counts = Counter(one.why for one in left_out)
    reasons = "; ".join(f"{n} × {t(LEFT_OUT_SHOWN[why])}" for why, n in counts.most_common())
    return tn("Not searched: {n} case ({reasons}).", "Not searched: {n} cases ({reasons}).", len(left_out),
              reasons=reasons)  # fmt: skip
