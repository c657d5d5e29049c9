"""Take in footage from a camera, and tell the true time of a moment in it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import BinaryIO

from casework.access import needs
from casework.cases import CLOCK_SLACK, check_still_here, new_id
from casework.senders import FOOTAGE
from casework.senders import arrived as to_use
from casework.spots import check_spot, put_spot
from casework.uploads import Desk
from data.errors import BadInput, BadTime, Conflict, NotFound
from data.files import chunks_of
from data.models import Camera, Footage, Permission, Provenance, StartedFrom, in_utc, utc_now
from data.store import Store, Writing
from data.upload_rows import add_footage as add_or_add_to
from data.upload_rows import remove_upload


def true_time(footage: Footage, time_s: float) -> datetime:
    """The true time of the moment `time_s` on the container's time line.

    The recorder showed `started_at` at container time 0, and its clock is `clock_offset_s` ahead of true time.
    """
    return footage.started_at + timedelta(seconds=time_s - footage.clock_offset_s)


@dataclass(frozen=True)
class Place:
    """Where a hand-held camera stood, within `radius_m`: `called` what or whose it is, `source` who or what says so."""

    lat: float
    lon: float
    radius_m: float
    called: str = ""
    source: str = "typed"


@dataclass(frozen=True)
class Details:
    """What a person says of a footage: its camera, what the recorder's clock showed at its start, how far that clock
    is ahead of true time, give or take how much (None: nobody knows), and how that was checked; make and model of the
    recorder, who took the file out of it, and how. `camera_id` is "" for one with a `place`: it is from no camera of
    the list, and a spot is put there (`casework.spots`)."""

    camera_id: str
    started_at: datetime
    clock_offset_s: float = 0.0
    clock_uncertainty_s: float | None = None
    clock_checked: str = ""
    started_from: StartedFrom = StartedFrom.TYPED
    recorder_make: str = ""
    exporter: str = ""
    export_notes: str = ""
    place: Place | None = None


@needs(Permission.ADD_FOOTAGE)
def add_footage(
    store: Store,
    case_id: str,
    *,
    camera_id: str,
    stream: BinaryIO,
    original_name: str,
    size_bytes: int,
    started_at: datetime,
    clock_offset_s: float,
    by: str,
    clock_uncertainty_s: float | None = None,
    clock_checked: str = "",
    how: str = "upload",
) -> Footage:
    """Keep a video file as evidence: write-once, hashed on arrival.

    The same bytes from the same camera are one footage, whose provenance tells of both times they came in. BadTime for
    a start in the future, DiskFull, before the first byte is written, when it would not fit.
    """
    details = Details(camera_id, started_at, clock_offset_s, clock_uncertainty_s, clock_checked)
    named = {"original_name": original_name, "by": by, "how": how}
    return keep_file(store, case_id, stream=stream, size_bytes=size_bytes, details=details, **named)


@needs(Permission.ADD_FOOTAGE)
def keep_file(
    store: Store,
    case_id: str,
    *,
    stream: BinaryIO,
    original_name: str,
    size_bytes: int,
    details: Details,
    by: str,
    how: str = "upload",
) -> Footage:
    """As `add_footage`, of a camera or of a place."""
    check_details(store, case_id, details)
    if size_bytes == 0:
        raise BadInput(f"{original_name}: the file is empty")
    store.files.check_room(size_bytes, original_name)
    content = store.files.put(chunks_of(stream), what=original_name)
    return keep_content(store, case_id, content, original_name=original_name, details=details, by=by, how=how)


@needs(Permission.ADD_FOOTAGE)
def keep_content(
    store: Store, case_id: str, content: tuple[str, int], *, original_name: str, details: Details, by: str, how: str
) -> Footage:
    """As `keep_file`, of a content (SHA-256 and size) that lies in the store's files already."""
    check_details(store, case_id, details)
    sha256, size_bytes = content
    came = Provenance(utc_now(), by, how, original_name)
    return _keep(store, _made(case_id, details, sha256, size_bytes, came), details.place)


@needs(Permission.ADD_FOOTAGE)
def add_uploaded(desk: Desk, upload_id: str, case_id: str, *, details: Details, by: str) -> Footage:
    """Keep a finished upload as evidence, with the details that a person gave.

    As `add_footage`; Conflict when it has not wholly arrived, NotFound when it was used or removed meanwhile.
    """
    store = desk.store
    arrived = to_use(store, upload_id)
    if arrived.sha256 is None or arrived.purpose != FOOTAGE:
        raise Conflict(f"{arrived.name}: has not wholly arrived")
    if arrived.case_id not in (case_id, None):
        raise Conflict(f"{arrived.name}: was sent for another case")
    check_details(store, case_id, details)
    came = Provenance(utc_now(), arrived.by or by, arrived.how, arrived.name)
    footage = _made(case_id, details, arrived.sha256, arrived.size_bytes, came)
    try:
        store.files.adopt(desk.partials.path(upload_id), arrived.sha256)
    except NotFound:
        store.files.path(arrived.sha256)  # adopted just before a power cut: its row is still to be written
    return _keep(store, footage, details.place, upload_id=upload_id, by=by)


@needs(Permission.READ)
def check_details(store: Store, case_id: str, details: Details) -> None:
    """NotFound for an unknown case or camera, or another case's spot; BadTime for a start in the future.

    BadPlace or BadInput for a place that is none.
    """
    store.case(case_id)
    if details.place is not None:
        check_place(details.place)
    else:
        camera = store.camera(details.camera_id)
        if camera.spot_of not in ("", case_id):
            raise NotFound(f"camera {camera.id}: not in the store")
    started_at, offset = in_utc(details.started_at, "footage start"), timedelta(seconds=details.clock_offset_s)
    if started_at - offset > utc_now() + CLOCK_SLACK:
        raise BadTime(f"footage start: {started_at:%d %B %Y %H:%M %Z} lies in the future; check date and time zone")


def _made(case_id: str, details: Details, sha256: str, size_bytes: int, came: Provenance) -> Footage:
    return Footage(
        id=new_id(),
        case_id=case_id,
        camera_id=details.camera_id,
        sha256=sha256,
        original_name=came.original_name,
        size_bytes=size_bytes,
        started_at=details.started_at,
        clock_offset_s=details.clock_offset_s,
        added_at=came.at,
        added_by=came.by,
        clock_uncertainty_s=details.clock_uncertainty_s,
        clock_checked=details.clock_checked.strip(),
        started_from=details.started_from,
        provenance=(came,),
        recorder_make=details.recorder_make.strip(),
        exporter=details.exporter.strip(),
        export_notes=details.export_notes.strip(),
    )


def check_place(place: Place) -> None:
    """BadPlace off the globe, BadInput for one that is not known well enough to say where somebody was."""
    check_spot(place.lat, place.lon, place.radius_m, place.called)


def put_place(writing: Writing, case_id: str, place: Place, *, by: str) -> Camera:
    """The spot at this place."""
    return put_spot(
        writing, case_id, lat=place.lat, lon=place.lon, radius_m=place.radius_m, name=place.called, by=by,
        source=place.source,
    )  # fmt: skip


def _keep(
    store: Store, footage: Footage, place: Place | None, *, upload_id: str | None = None, by: str = ""
) -> Footage:
    with store.writing() as writing:
        if upload_id is not None and not remove_upload(writing, upload_id):
            raise NotFound(f"{footage.original_name}: someone else used or removed it just now; look again")
        check_still_here(store, footage.sha256, footage.original_name)
        if place is not None:
            spot = put_place(writing, footage.case_id, place, by=by or footage.added_by)
            footage = replace(footage, camera_id=spot.id)
        kept_id = add_or_add_to(writing, footage)
        writing.audit(
            at=footage.added_at,
            by=by or footage.added_by,
            action="footage added" if kept_id == footage.id else "same footage came in again",
            case_id=footage.case_id,
            footage=kept_id,
            sha256=footage.sha256,
            name=footage.original_name,
            how=footage.provenance[-1].how,
        )
    return store.footage(kept_id)
