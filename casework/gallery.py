"""The people sought in all open cases together, to compare a face with: one to many.

With N people sought a stranger has N chances to look like one of them. So that a gallery offers as many strangers in a
thousand tracks as one case alone does, its review floor and alert threshold are raised: to the similarity that a
stranger reaches N times more rarely than the engine's own, by the engine's calibration
(`recognition.calibration.Calibration.shared`).
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import numpy as np

from casework.access import checks_itself, guard_of, needs
from casework.governance import check_searchable, lies_in_period, why_not_searchable
from casework.kept import rows_of
from data.errors import BadInput
from data.models import Case, Permission, utc_now
from data.store import Store
from recognition.calibration import Calibration
from recognition.faces import Comparer, EngineInfo, Float

LEAST_STEP = 0.02
"""An alert asks for more than a review, and a gallery without calibration for more than the engine's own threshold."""


class LeftOutFor(StrEnum):
    """Why a case is not compared with, in words that go on "not against 2 cases: …"."""

    NOT_YOURS = "you may not search footage there"
    NOT_GOVERNED = "closed, expired, or without a full authority"
    NO_PHOTO = "no usable reference photo"
    NOT_COMPARABLE = "photos that this engine has not looked at"
    OTHER_TIME = "another search period"


@dataclass(frozen=True)
class LeftOut:
    """A case that the asker sees and that is not compared with."""

    case_id: str
    why: LeftOutFor


@dataclass(frozen=True)
class Sought:
    """One case's person: ``(r, d)`` vectors of the reference photos, and from which photo each row is."""

    case_id: str
    photo_ids: tuple[str, ...]
    vectors: Float = field(repr=False)


@dataclass(frozen=True)
class Hit:
    """A face that reaches the gallery's floor with one case: the row of the face, and the photo that fits best."""

    row: int
    case_id: str
    photo_id: str
    similarity: float
    review_floor: float
    alert_threshold: float

    @property
    def may_alert(self) -> bool:
        return self.similarity >= self.alert_threshold


@dataclass(frozen=True)
class GalleryComparer:
    """An engine that says of itself what a gallery asks for."""

    engine: Comparer
    info: EngineInfo

    def similarity(self, a: Float, b: Float) -> Float:
        return self.engine.similarity(a, b)


@dataclass(frozen=True)
class Gallery:
    """Whom faces are compared with, by one engine, and from which similarity on a hit counts."""

    engine: Comparer
    info: EngineInfo
    """The engine's, with the gallery's own floor and threshold."""
    sought: tuple[Sought, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def __len__(self) -> int:
        return len(self.sought)

    @property
    def comparer(self) -> GalleryComparer:
        """Compares as the engine does, at the gallery's floors: for offering tracks as candidates."""
        return GalleryComparer(self.engine, self.info)

    def hits(self, vectors: Float) -> tuple[Hit, ...]:
        """Which of n faces, ``(n, d)``, reach the floor with which cases, most alike first."""
        found = [hit for one in self.sought for hit in self._hits(one, vectors)]
        return tuple(sorted(found, key=lambda hit: (-hit.similarity, hit.row, hit.case_id)))

    def track_hits(self, shots: Float) -> tuple[Hit, ...]:
        """The same for ``(s, d)`` shots of one track, of which the best counts; `row` is that shot's."""
        best: dict[str, Hit] = {}
        for hit in self.hits(shots):
            best.setdefault(hit.case_id, hit)
        return tuple(best.values())

    def _hits(self, one: Sought, vectors: Float) -> list[Hit]:
        if not len(vectors):
            return []
        alike = self.engine.similarity(vectors, one.vectors)
        best = alike.argmax(axis=1)
        floor, alert = self.info.review_floor, self.info.alert_threshold
        return [
            Hit(row, one.case_id, one.photo_ids[best[row]], float(alike[row, best[row]]), floor, alert)
            for row in np.flatnonzero(alike.max(axis=1) >= floor).tolist()
        ]


@checks_itself
def gallery_of(
    store: Store,
    engine: Comparer,
    *,
    calibration: Calibration | None = None,
    case_ids: Collection[str] | None = None,
    at: datetime | None = None,
) -> Gallery:
    """The people sought in these cases, or in every open case that is seen here and may be searched.

    A case that is named must be one that may be searched: NotAllowed, NotFound, NotGoverned or BadInput (no usable
    photo) else. Of all cases together those that may not be are left out, and `left_out` says why. `at` is the true
    time of what is looked at: a case whose search period does not hold it is left out.
    """
    guard = guard_of(store)
    if case_ids is not None:
        for case_id in case_ids:
            guard.check(Permission.SEARCH, case_id)
            check_searchable(store.case(case_id), utc_now())
    sought, left_out = [], []
    span = None if at is None else (at, at)
    for case in store.cases() if case_ids is None else [store.case(id) for id in dict.fromkeys(case_ids)]:
        found = _sought(store, case, engine, span)
        if isinstance(found, Sought):
            sought.append(found)
        elif case_ids is not None:
            raise BadInput(f"case {case.number}: cannot be searched now: {found}")
        else:
            left_out.append(LeftOut(case.id, found))
    return Gallery(engine, shared(engine.info, calibration, len(sought)), tuple(sought), tuple(left_out))


def shared(info: EngineInfo, calibration: Calibration | None, people: int) -> EngineInfo:
    """The engine's info with floor and threshold for so many people sought; its own for one.

    Without a calibration nobody can say how much to raise them: hits then count from the engine's alert threshold on.
    """
    if people <= 1:
        return info
    if calibration is None:
        floor = info.alert_threshold
        return replace(info, review_floor=floor, alert_threshold=min(floor + LEAST_STEP, 1.0))
    floor, alert = (round(calibration.shared(own, people), 3) for own in (info.review_floor, info.alert_threshold))
    floor = max(floor, info.review_floor)
    return replace(info, review_floor=floor, alert_threshold=max(alert, info.alert_threshold, floor + LEAST_STEP))


def _sought(store: Store, case: Case, engine: Comparer, span: tuple[datetime, datetime] | None) -> Sought | LeftOutFor:
    """The case's person, or why the case is left out."""
    why = why_left_out(store, case, span)
    if why is not None:
        return why
    ids = usable_ids(store, case.id)
    if not ids:
        return LeftOutFor.NO_PHOTO
    return _vectors(store, case, ids, engine.info.name) or LeftOutFor.NOT_COMPARABLE


@needs(Permission.READ)
def usable_ids(store: Store, case_id: str) -> tuple[str, ...]:
    """The reference photos that can be compared with."""
    return tuple(photo.id for photo in store.photos(case_id) if photo.is_usable)


@needs(Permission.READ)
def why_left_out(store: Store, case: Case, span: tuple[datetime, datetime] | None) -> LeftOutFor | None:
    """Why whoever asks may not search this case in what was recorded in that span of true time; None where they may."""
    if not guard_of(store).may(Permission.SEARCH, case.id):
        return LeftOutFor.NOT_YOURS
    if why_not_searchable(case, utc_now()) is not None:
        return LeftOutFor.NOT_GOVERNED
    if span is not None and not lies_in_period(case, store.sightings(case.id), *span):
        return LeftOutFor.OTHER_TIME
    return None


def _vectors(store: Store, case: Case, photo_ids: tuple[str, ...], engine: str) -> Sought | None:
    kept = store.photo_vectors(photo_ids, engine=engine)
    rows = [(id, rows_of(of.vectors)) for id, of in sorted(kept.items())]
    if not rows:
        return None
    ids = tuple(id for id, vectors in rows for _ in vectors)
    return Sought(case.id, ids, np.concatenate([vectors for _, vectors in rows]))
