"""Pictures for the pages: small, re-encoded copies, made by a worker; the web process decodes nothing."""

from data.models import Match, Photo
from data.store import Store


def crop(store: Store, match: Match) -> bytes | None:
    """The face at the track's best moment, JPEG; None when it was not kept."""
    return store.files.read(match.track.crop_sha256) if match.track.crop_sha256 else None


def context(store: Store, match: Match) -> bytes | None:
    """The whole frame at that moment with a box around the face, JPEG; None when it was not kept."""
    return store.files.read(match.track.context_sha256) if match.track.context_sha256 else None


def reference(store: Store, photo: Photo) -> bytes | None:
    """The photo as the worker redrew it with a box around the face, JPEG; None until it was checked."""
    return store.files.read(photo.preview_sha256) if photo.preview_sha256 else None


def reference_face(store: Store, photo: Photo) -> bytes | None:
    """The face of a reference photo, cut like a candidate's, JPEG; None until one was found."""
    return store.files.read(photo.crop_sha256) if photo.crop_sha256 else None
