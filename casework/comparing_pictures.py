"""How alike the faces of two pictures are, that somebody holds in their hands: for a case, and in its record."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from casework.access import needs
from casework.face_desk import FaceDesk
from casework.governance import check_searchable
from data.errors import NoFace
from data.models import Permission, utc_now
from data.store import Store
from recognition.calibration import Calibration
from recognition.claims import pair_words
from recognition.faces import EngineInfo

if TYPE_CHECKING:
    from recognition.faces_in import PictureFaces

LEAD = "An investigative lead, not an identification: people decide, by more than a face."
MOST_PAIRS = 100


@dataclass(frozen=True)
class PairOfFaces:
    """Face `one` of the first picture and face `other` of the second; `words` say what their similarity is worth."""

    one: int
    other: int
    similarity: float
    is_lead: bool
    words: tuple[str, ...]


@dataclass(frozen=True)
class ComparedPictures:
    """The faces of both, and every pair of them, most alike first."""

    one: "PictureFaces"
    other: "PictureFaces"
    pairs: tuple[PairOfFaces, ...]


@needs(Permission.SEARCH)
def check_may_compare(store: Store, case_id: str) -> None:
    """NotGoverned where the case may not be searched."""
    check_searchable(store.case(case_id), utc_now())


@needs(Permission.SEARCH)
def compare_pictures(
    store: Store, case_id: str, desk: FaceDesk, one: bytes, other: bytes, *, by: str
) -> ComparedPictures:
    """Compare the faces of two pictures, which are kept nowhere; that it was done stands in the case's record.

    NotGoverned where the case may not be searched, NoFace where a picture shows none; else as `FaceDesk.faces`.
    """
    check_may_compare(store, case_id)
    first, second = desk.faces(one, name="one"), desk.faces(other, name="other")
    for name, found in (("one", first), ("other", second)):
        if not len(found):
            raise NoFace(f"{name}: shows no face that can be used; give one with the face larger and to the camera")
    pairs = _pairs(first, second, desk)
    with store.writing() as writing:
        writing.audit(
            at=utc_now(),
            by=by,
            action="pictures compared",
            case_id=case_id,
            one=hashlib.sha256(one).hexdigest(),
            other=hashlib.sha256(other).hexdigest(),
            engine=desk.comparer.info.name,
            similarity=round(pairs[0].similarity, 4),
        )
    return ComparedPictures(first, second, pairs)


def _pairs(one: "PictureFaces", other: "PictureFaces", desk: FaceDesk) -> tuple[PairOfFaces, ...]:
    info, calibration = desk.comparer.info, desk.calibration()
    alike = desk.comparer.similarity(one.vectors, other.vectors)
    best = np.argsort(-alike, axis=None, kind="stable")[:MOST_PAIRS]
    places = [divmod(int(at), alike.shape[1]) for at in best]
    return tuple(_pair(one, other, a, b, float(alike[a, b]), info, calibration) for a, b in places)


def _pair(
    one: "PictureFaces", other: "PictureFaces", a: int, b: int, similarity: float, info: EngineInfo,
    calibration: Calibration | None,
) -> PairOfFaces:  # fmt: skip
    face_px = float(min(one.faces.size_px[a], other.faces.size_px[b]))
    quality = float(min(one.quality[a], other.quality[b]))
    words = pair_words(
        calibration, similarity=similarity, face_px=face_px, quality=quality, review_floor=info.review_floor
    )
    return PairOfFaces(a, b, similarity, similarity >= info.review_floor, (*words, LEAD))
