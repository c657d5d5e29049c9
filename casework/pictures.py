"""Pictures for the pages: small, re-encoded copies, made by a worker; the web process decodes nothing.

Of a subject under 18, photos and whatever a camera may have seen of them are for those alone who work with them.
"""

from casework.access import guard_of, needs
from casework.governance import is_minor
from data.errors import NotAllowed
from data.models import Match, Permission, Photo, utc_now
from data.store import Store


@needs(Permission.READ)
def are_hidden(store: Store, case_id: str) -> bool:
    """Whether the pictures are kept from whoever looks: the subject is under 18, and none of their roles covers it."""
    if not is_minor(store.case(case_id), utc_now()):
        return False
    try:
        guard_of(store).check(Permission.SEE_PHOTOS, case_id)
    except NotAllowed:
        return True
    return False


@needs(Permission.READ)
def crop(store: Store, match: Match) -> bytes | None:
    """The face at the track's best moment, JPEG; None when it was not kept, or is hidden."""
    return _picture(store, match.case_id, match.track.crop_sha256)


@needs(Permission.READ)
def context(store: Store, match: Match) -> bytes | None:
    """The whole frame at that moment with a box around the face, JPEG; None when it was not kept, or is hidden."""
    return _picture(store, match.case_id, match.track.context_sha256)


@needs(Permission.READ)
def reference(store: Store, photo: Photo) -> bytes | None:
    """The photo as the worker redrew it with a box around the face, JPEG; None until it was checked, or hidden."""
    return _picture(store, photo.case_id, photo.preview_sha256)


@needs(Permission.READ)
def reference_face(store: Store, photo: Photo) -> bytes | None:
    """The face of a reference photo, cut like a candidate's, JPEG; None until one was found, or hidden."""
    return _picture(store, photo.case_id, photo.crop_sha256)


def _picture(store: Store, case_id: str, sha256: str | None) -> bytes | None:
    return None if sha256 is None or are_hidden(store, case_id) else store.files.read(sha256)
