"""The reference photos of a case: take one out or put it back, say when it was taken, and what each can claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from casework.access import needs
from casework.governance import whole_years
from casework.jobs import Renewal, references_changed
from data.errors import BadTime, Conflict
from data.models import Case, Permission, Photo, utc_now
from data.store import Store

ADULT_YEARS = 18
OLD_YEARS = 5
"""From when on a photo is called old: a plain choice, not a measurement; of somebody not grown up, after one year."""


@dataclass(frozen=True)
class PhotoClaim:
    """What must be known of a photo before a similarity with it is believed.

    `years_between` lie between the photo and the moment it is compared with; None when the photo has no date.
    `age_then` and `age_now` are the subject's ages at both; None without a birth date.
    """

    photo: Photo
    years_between: int | None
    age_then: int | None
    age_now: int | None

    @property
    def is_of_a_child(self) -> bool:
        """Whether the subject was not grown up in the photo, or is not now; a photo without a date may be either."""
        age = self.age_now if self.age_then is None else self.age_then
        return age is not None and age < ADULT_YEARS

    @property
    def is_old(self) -> bool:
        """Whether the face may have changed much since."""
        return self.years_between is not None and self.years_between >= (1 if self.is_of_a_child else OLD_YEARS)


def claim(case: Case, photo: Photo, at: date) -> PhotoClaim:
    """What is known of a photo that is compared with a face seen `at` that day."""
    born, taken = case.subject.birth_date, photo.taken_on
    return PhotoClaim(
        photo=photo,
        years_between=None if taken is None else max(0, whole_years(taken, at)),
        age_then=None if born is None or taken is None else max(0, whole_years(born, taken)),
        age_now=None if born is None else max(0, whole_years(born, at)),
    )


def newest_claim(case: Case, photos: Sequence[Photo], at: date) -> PhotoClaim | None:
    """The claim of the most recent photo, dated ones first: what the photos together are good for; None without."""
    claims = [claim(case, photo, at) for photo in photos if photo.is_usable]
    return min(claims, key=lambda c: (c.years_between is None, c.years_between or 0), default=None)


@needs(Permission.READ)
def misfits(store: Store, photos: Sequence[Photo], *, engine: str) -> frozenset[str]:
    """Ids of the photos that do not fit their siblings: may they show somebody else?

    Two photos fit when their similarity reaches the review floor that the engine had when they were checked. Flagged is
    what fits fewer than half of its siblings: of two that disagree both are, since nobody can tell which is wrong.
    """
    usable = [photo.id for photo in photos if photo.is_usable]
    kept = store.photo_vectors(usable, engine=engine)
    fits = {
        frozenset((id, other)): similarity >= of.review_floor
        for id, of in kept.items()
        for other, similarity in of.likeness.items()
        if other in kept
    }
    found = set()
    for id in kept:
        mine = [is_fit for pair, is_fit in fits.items() if id in pair]
        if mine and sum(mine) * 2 < len(mine):
            found.add(id)
    return frozenset(found)


@needs(Permission.EDIT)
def set_taken_on(store: Store, photo_id: str, taken_on: date | None, *, by: str, was: Photo | None = None) -> None:
    """Say on which day the photo was taken; None: nobody knows. BadTime for the future and before the birth.

    `was` is the photo as the editor saw it: Conflict when somebody else dated it meanwhile.
    """
    photo = store.photo(photo_id)
    born = store.case(photo.case_id).subject.birth_date
    at = utc_now()
    if taken_on is not None and taken_on > at.date():
        raise BadTime(f"{photo.original_name}: {taken_on} lies in the future")
    if taken_on is not None and born is not None and taken_on < born:
        raise BadTime(f"{photo.original_name}: {taken_on} is before the subject's birth, {born}")
    with store.writing() as writing:
        if was is not None and store.photo(photo_id).taken_on != was.taken_on:
            raise Conflict(f"{photo.original_name}: someone else dated this photo just now; look again")
        writing.change(Photo, photo_id, taken_on=taken_on)
        writing.audit(
            at=at, by=by, action="photo dated", case_id=photo.case_id, photo=photo_id,
            taken_on=taken_on.isoformat() if taken_on else None,
        )  # fmt: skip


@needs(Permission.EDIT)
def remove_photo(store: Store, photo_id: str, *, by: str) -> Renewal:
    """Take a reference photo out of the case, and compare again what rested on it; the file stays for the record."""
    at = utc_now()
    with store.writing() as writing:
        photo = store.photo(photo_id)
        if photo.removed_at is not None:
            raise Conflict(f"{photo.original_name}: someone else removed this photo just now")
        writing.change(Photo, photo_id, removed_at=at)
        writing.audit(at=at, by=by, action="photo removed", case_id=photo.case_id, photo=photo_id)
    return references_changed(store, photo.case_id, by=by)


@needs(Permission.EDIT)
def restore_photo(store: Store, photo_id: str, *, by: str) -> Renewal:
    """Undo `remove_photo`; Conflict when the same picture was added again meanwhile."""
    with store.writing() as writing:
        photo = store.photo(photo_id)
        if any(other.sha256 == photo.sha256 for other in store.photos(photo.case_id)):
            raise Conflict(f"{photo.original_name}: this photo is in the case already")
        writing.change(Photo, photo_id, removed_at=None)
        writing.audit(at=utc_now(), by=by, action="photo restored", case_id=photo.case_id, photo=photo_id)
    return references_changed(store, photo.case_id, by=by)
