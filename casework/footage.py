"""Take in footage from a camera, and tell the true time of a moment in it."""

from datetime import datetime, timedelta
from typing import BinaryIO

from casework.cases import CLOCK_SLACK, new_id
from data.errors import BadInput, BadTime, Conflict
from data.files import chunks_of
from data.models import Footage, in_utc, utc_now
from data.store import Store


def true_time(footage: Footage, time_s: float) -> datetime:
    """The true time of the moment `time_s` on the container's time line.

    The recorder showed `started_at` at container time 0, and its clock is `clock_offset_s` ahead of true time.
    """
    return footage.started_at + timedelta(seconds=time_s - footage.clock_offset_s)


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
) -> Footage:
    """Keep a video file as evidence: write-once, hashed on arrival.

    BadTime for a start in the future, Conflict when this camera's same file is in the case already,
    DiskFull, before the first byte is written, when it would not fit.
    """
    store.case(case_id)
    store.camera(camera_id)
    if in_utc(started_at, "footage start") - timedelta(seconds=clock_offset_s) > utc_now() + CLOCK_SLACK:
        raise BadTime(f"footage start: {started_at:%d %B %Y %H:%M %Z} lies in the future; check date and time zone")
    if size_bytes == 0:
        raise BadInput(f"{original_name}: the file is empty")
    store.files.check_room(size_bytes, original_name)
    sha256, kept_bytes = store.files.put(chunks_of(stream), what=original_name)
    for other in store.footages(case_id):
        if other.sha256 == sha256 and other.camera_id == camera_id:
            raise Conflict(f"{original_name}: this file of this camera is in the case already ({other.original_name})")
    footage = Footage(
        id=new_id(),
        case_id=case_id,
        camera_id=camera_id,
        sha256=sha256,
        original_name=original_name,
        size_bytes=kept_bytes,
        started_at=started_at,
        clock_offset_s=clock_offset_s,
        added_at=utc_now(),
        added_by=by,
    )
    with store.writing() as writing:
        writing.add(footage)
        writing.audit(
            at=footage.added_at, by=by, action="footage added", case_id=case_id, footage=footage.id, sha256=sha256
        )
    return footage
