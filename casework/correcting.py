"""Correct what was said of a footage: its camera, its start, its recorder's clock. The file itself never changes.

Times in a footage are kept as the container has them; everything true is derived from the details. Candidates,
coverage and request matching follow by themselves; sightings that rest on a match are moved in the same transaction.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from casework.access import needs
from casework.footage import Details, check_details, put_place, true_time
from casework.review import sighting_of
from data.models import Footage, Permission, Sighting, utc_now
from data.store import Store
from data.upload_rows import correct_footage as correct_row
from data.upload_rows import move_sighting


@dataclass(frozen=True)
class Moved:
    """What a correction moved: true times by `by_s` seconds, so many candidates, and these sightings (as they are now).

    `is_elsewhere`: the footage belongs to another camera now, so the places moved too.
    """

    footage: Footage
    by_s: float
    candidates: int
    sightings: tuple[Sighting, ...]
    is_elsewhere: bool


def details_of(footage: Footage) -> Details:
    """What is said of a footage now."""
    return Details(
        footage.camera_id,
        footage.started_at,
        footage.clock_offset_s,
        footage.clock_uncertainty_s,
        footage.clock_checked,
        footage.started_from,
        footage.recorder_make,
        footage.exporter,
        footage.export_notes,
    )


@needs(Permission.ADD_FOOTAGE)
def correct_footage(store: Store, was: Footage, *, details: Details, by: str) -> Moved:
    """Give the footage other details. Conflict when they are no longer as they `was`; BadTime for a future start."""
    check_details(store, was.case_id, details)
    now = replace(
        was,
        camera_id=details.camera_id,
        started_at=details.started_at,
        clock_offset_s=details.clock_offset_s,
        clock_uncertainty_s=details.clock_uncertainty_s,
        clock_checked=details.clock_checked.strip(),
        started_from=details.started_from,
        recorder_make=details.recorder_make.strip(),
        exporter=details.exporter.strip(),
        export_notes=details.export_notes.strip(),
    )
    with store.writing() as writing:
        if details.place is not None:
            camera = put_place(writing, was.case_id, details.place, by=by)
            now = replace(now, camera_id=camera.id)
        else:
            camera = store.camera(now.camera_id)
        correct_row(writing, was, now)
        matches = {match.id: match for match in store.matches(was.case_id) if match.footage_id == was.id}
        moved = []
        for before in store.sightings(was.case_id):
            match = matches.get(before.match_id or "")
            after = _moved(before, sighting_of(match, now, camera)) if match else before
            if after != before and move_sighting(writing, after):
                moved.append((before, after))
        writing.audit(
            at=utc_now(), by=by, action="footage details corrected", case_id=was.case_id, footage=was.id,
            before=_told(was), after=_told(now),
            sightings=[{"id": b.id, "from": _iso(b.at), "to": _iso(a.at)} for b, a in moved],
        )  # fmt: skip
    by_s = (true_time(now, 0.0) - true_time(was, 0.0)).total_seconds()
    sightings = tuple(after for _, after in moved)
    return Moved(store.footage(was.id), by_s, len(matches), sightings, now.camera_id != was.camera_id)


def _moved(before: Sighting, derived: Sighting) -> Sighting:
    """The sighting of a match, where and when it is derived to be now."""
    return replace(
        before, lat=derived.lat, lon=derived.lon, radius_m=derived.radius_m, at=derived.at,
        tolerance_s=derived.tolerance_s,
    )  # fmt: skip


def _told(footage: Footage) -> dict[str, object]:
    return {
        "camera": footage.camera_id,
        "started_at": _iso(footage.started_at),
        "clock_offset_s": footage.clock_offset_s,
        "clock_uncertainty_s": footage.clock_uncertainty_s,
        "clock_checked": footage.clock_checked,
        "started_from": footage.started_from.value,
        "recorder_make": footage.recorder_make,
        "exporter": footage.exporter,
        "export_notes": footage.export_notes,
    }


def _iso(at: datetime) -> str:
    return at.isoformat()
