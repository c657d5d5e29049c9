"""A ZIP of pictures and films from phones, social media or news: each becomes footage of its own, at its own place.

What the files say of their times and places is shown to a person, who says what of it counts; only then is anything
kept. Files that still lack a place or a time stay in the ZIP, for another round.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from casework.access import checks_itself, needs
from casework.clues import LEAST_RADIUS_M, is_believable
from casework.footage import Details, Place, check_details, keep_content
from casework.senders import FOOTAGE, arrived
from casework.uploads import Desk
from data.clock import local_to_utc
from data.errors import BadInput, Conflict, LastSeenError
from data.models import Permission, StartedFrom, utc_now

if TYPE_CHECKING:  # pages use this module, and must not load a decoder
    from recognition.bundle import Bundled

_HEAD = b"PK\x03\x04"
FROM_FILE = "the file's metadata"


@dataclass(frozen=True)
class Handful:
    """What a person says of many files at once.

    `uses_times`, `uses_places`: what a file says of itself counts; `started_at` and `place` (or `camera_id`) are for
    those that say nothing, or for all. Times without a zone are by the clocks of `timezone`.
    """

    timezone: str
    uses_times: bool = True
    uses_places: bool = True
    started_at: datetime | None = None
    place: Place | None = None
    camera_id: str = ""
    clock_uncertainty_s: float | None = None
    called: str = ""
    exporter: str = ""
    export_notes: str = ""


@dataclass(frozen=True)
class Taken:
    """What became of the files that were to be taken: footage ids, how many were here already, and who failed why."""

    added: tuple[str, ...] = ()
    known: int = 0
    failed: tuple[str, ...] = ()


@checks_itself
def is_bundle(desk: Desk, upload_id: str) -> bool:
    """Whether a file that has arrived begins as a ZIP."""
    with desk.partials.path(arrived(desk.store, upload_id).id).open("rb") as file:
        return file.read(len(_HEAD)) == _HEAD


@checks_itself
def look_into(
    desk: Desk, upload_id: str, *, max_pixels: int, memory_mb: int
) -> "tuple[tuple[Bundled, ...] | None, str]":
    """What a process of its own finds in a ZIP that has arrived; None and the reason where it can find nothing."""
    from recognition.apart import ChildLimits  # a decoder's libraries, in the web process only when needed
    from recognition.apart_bundle import BundleApart

    name = upload_id
    try:
        name = arrived(desk.store, upload_id).name
        with BundleApart(desk.partials.path(upload_id), limits=ChildLimits(memory_mb=memory_mb)) as apart:
            return apart.bundle(max_pixels=max_pixels), ""
    except (LastSeenError, FileNotFoundError) as error:
        return None, str(error).replace(upload_id, name)


def taken_at(one: "Bundled", timezone: str) -> tuple[datetime, float] | None:
    """When the file says that it was taken, give or take how many seconds; None where it does not say."""
    shown = one.taken.shown
    if shown is None or not is_believable(shown):
        return None
    if shown.tzinfo is not None:
        return shown, 0.0
    try:
        read = local_to_utc(shown.date(), shown.time(), timezone)
    except LastSeenError:  # an hour that no clock showed
        return None
    return read.at, read.spread_s


def place_of(one: "Bundled", called: str) -> Place | None:
    """Where the file says that it was taken; None where it does not say."""
    taken = one.taken
    if taken.lat is None or taken.lon is None:
        return None
    radius_m = max(taken.accuracy_m or 0.0, LEAST_RADIUS_M)
    return Place(round(taken.lat, 6), round(taken.lon, 6), radius_m, called or taken.device, FROM_FILE)


def details_for(one: "Bundled", said: Handful) -> Details | None:
    """The details of one file, by what it and a person say; None where it lacks a time or a place."""
    own_time = taken_at(one, said.timezone) if said.uses_times else None
    own_place = place_of(one, said.called) if said.uses_places else None
    started_at = own_time[0] if own_time else said.started_at
    place = own_place or said.place
    if started_at is None or not (place or said.camera_id):
        return None
    uncertainty_s = said.clock_uncertainty_s
    if own_time and own_time[1]:
        uncertainty_s = (uncertainty_s or 0.0) + own_time[1]
    return Details(
        camera_id="" if place else said.camera_id,
        started_at=started_at,
        clock_uncertainty_s=uncertainty_s,
        clock_checked="not checked: as the file says" if own_time else "",
        started_from=StartedFrom.FILE_METADATA if own_time else StartedFrom.TYPED,
        recorder_make=one.taken.device,
        exporter=said.exporter,
        export_notes=said.export_notes,
        place=replace(place, called=place.called or said.called) if place else None,
    )


@needs(Permission.ADD_FOOTAGE)
def add_bundled(
    desk: Desk,
    upload_id: str,
    case_id: str,
    *,
    chosen: "Sequence[tuple[Bundled, Details]]",
    memory_mb: int,
    by: str,
    on_progress: Callable[[int], object] = lambda _: None,
) -> Taken:
    """Keep files out of a ZIP that has arrived, each with its details; the ZIP stays.

    Files whose bytes the case has already are left as they are, so that it can be asked for once more after whatever
    cut it off. What is wrong with a single file is told, and the others are kept.
    """
    from recognition.apart import ChildLimits
    from recognition.apart_bundle import BundleApart

    upload = arrived(desk.store, upload_id)
    if upload.sha256 is None or upload.purpose != FOOTAGE:
        raise Conflict(f"{upload.name}: has not wholly arrived")
    if upload.case_id not in (case_id, None):
        raise Conflict(f"{upload.name}: was sent for another case")
    done = Taken()
    known = {footage.sha256 for footage in desk.store.footages(case_id)}
    how = f"{upload.how}, out of {upload.name} (SHA-256 {upload.sha256[:16]}…)"
    with BundleApart(desk.partials.path(upload.id), limits=ChildLimits(memory_mb=memory_mb)) as apart:
        for number, (one, details) in enumerate(chosen, start=1):
            try:
                done = _one(desk, case_id, apart.content(one.number, most_bytes=desk.max_upload_bytes), one, details,
                            known=known, done=done, by=by, how=how)  # fmt: skip
            except BadInput as error:
                done = replace(done, failed=(*done.failed, f"{one.name}: {error}"))
            on_progress(number)
    with desk.store.writing() as writing:
        writing.audit(
            at=utc_now(), by=by, action="files taken out of a ZIP", case_id=case_id, upload=upload.id,
            name=upload.name, sha256=upload.sha256, added=len(done.added), known=done.known, failed=len(done.failed),
        )  # fmt: skip
    return done


def _one(
    desk: Desk, case_id: str, pieces: Iterator[bytes], one: "Bundled", details: Details, *, known: set[str],
    done: Taken, by: str, how: str,
) -> Taken:  # fmt: skip
    """Keep one file; its bytes are hashed as they come out of the ZIP."""
    check_details(desk.store, case_id, details)
    desk.store.files.check_room(one.size_bytes, one.name)
    content = desk.store.files.put(pieces, what=one.name)
    if content[0] in known:
        return replace(done, known=done.known + 1)
    kept = keep_content(desk.store, case_id, content, original_name=one.name, details=details, by=by, how=how)
    known.add(kept.sha256)
    return replace(done, added=(*done.added, kept.id))
