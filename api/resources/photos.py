"""/api/v1/photos: the reference photos of a case, with which faces are compared."""

from collections.abc import Callable
from datetime import date, datetime

from fastapi import APIRouter, Response

from api.resources.looks import Looks
from api.resources.shapes import JPEG, Day, Said, Shown, jpeg_answer
from api.rest import CONFLICT, Asks, Id, router
from casework import cases, jobs, pictures, references, uploads
from casework.uploads import Desk
from data.errors import NotFound
from data.models import Account, Photo

PURPOSE = "photo"


class PhotoOut(Shown):
    """A reference photo. Until a worker has looked at it, `box_px` and `problem` are null; `job_id` is that look.

    `box_px` is the one face in it, `problem` says why there is none to compare with, `taken_on` is null where nobody
    knows.
    """

    id: str
    case_id: str
    original_name: str
    sha256: str
    added_at: datetime
    taken_on: date | None
    is_usable: bool
    box_px: list[float] | None
    quality: float | None
    problem: str | None
    job_id: str | None
    removed_at: datetime | None


class PhotoIn(Said):
    """An upload for the purpose `photo` that has wholly arrived."""

    upload_id: Id


class TakenIn(Said):
    """The day on which a photo was taken; null: nobody knows."""

    taken_on: Day | None


class RenewalOut(Shown):
    """What a change of the photos set going: recordings searched again, and those compared at once."""

    searched_again: int
    compared_at_once: int


def photos_router(looks: Looks, *, desk_of: Callable[[Account], Desk], engine: str) -> APIRouter:
    """The routes of photos; `desk_of` gives the desk at which files come in, `engine` looks for the face."""
    routes = router("photos")
    one = "/photos/{photo_id}"

    @routes.get("/cases/{case_id}/photos", operation_id="listPhotos")
    def list_photos(case_id: Id, asks: Asks) -> list[PhotoOut]:
        """The case's photos, oldest first."""
        return [PhotoOut.of(photo) for photo in asks.store.photos(looks.case(asks, case_id).id)]

    @routes.post("/cases/{case_id}/photos", operation_id="addPhoto", status_code=201, responses=CONFLICT)
    def add_photo(case_id: Id, said: PhotoIn, asks: Asks, response: Response) -> PhotoOut:
        """Keep an upload as a reference photo; a worker then looks for the one face in it."""
        photo = _taken_over(desk_of(asks.account), case_id, said.upload_id, by=asks.name)
        jobs.check_photo(asks.store, photo.id, engine=engine, by=asks.name)
        response.headers["Location"] = f"/api/v1/photos/{photo.id}"
        return PhotoOut.of(asks.store.photo(photo.id))

    @routes.get(one, operation_id="readPhoto")
    def read_photo(photo_id: Id, asks: Asks) -> PhotoOut:
        """One photo, a removed one too."""
        photo = asks.store.photo(photo_id)
        looks.case(asks, photo.case_id)
        return PhotoOut.of(photo)

    @routes.get(f"{one}/picture", operation_id="readPicture", response_class=Response, responses=JPEG)
    def read_picture(photo_id: Id, asks: Asks) -> Response:
        """The photo as a worker redrew it, with a box around the face, JPEG."""
        photo = asks.store.photo(photo_id)
        looks.case(asks, photo.case_id)
        return jpeg_answer(pictures.reference(asks.store, photo))

    @routes.put(f"{one}/taken-on", operation_id="datePhoto", responses=CONFLICT)
    def date_photo(photo_id: Id, said: TakenIn, asks: Asks) -> PhotoOut:
        """Say on which day the photo was taken."""
        references.set_taken_on(asks.store, photo_id, said.taken_on, by=asks.name)
        return PhotoOut.of(asks.store.photo(photo_id))

    @routes.delete(one, operation_id="removePhoto", responses=CONFLICT)
    def remove_photo(photo_id: Id, asks: Asks) -> RenewalOut:
        """Take the photo out of the case, and compare again what rested on it."""
        return RenewalOut.of(references.remove_photo(asks.store, photo_id, by=asks.name))

    @routes.post(f"{one}/restore", operation_id="restorePhoto", responses=CONFLICT)
    def restore_photo(photo_id: Id, asks: Asks) -> RenewalOut:
        """Undo a removal."""
        return RenewalOut.of(references.restore_photo(asks.store, photo_id, by=asks.name))

    return routes


def _taken_over(desk: Desk, case_id: str, upload_id: str, *, by: str) -> Photo:
    arrived = uploads.finished(desk, [upload_id], purpose=PURPOSE)
    if not arrived or arrived[0].case_id != case_id:
        raise NotFound(f"upload {upload_id}: no photo for this case has wholly arrived under this id")
    with uploads.bytes_path(desk, arrived[0]).open("rb") as stream:
        photo = cases.add_photo(desk.store, case_id, stream=stream, original_name=arrived[0].name, by=by)
    uploads.used_up(desk, arrived[0])
    return photo
