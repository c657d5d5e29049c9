"""Things to test with: each valid as it is, each field replaceable."""

from datetime import UTC, datetime, timedelta
from typing import Any

from casework.governance import Authority
from data.models import (
    Account,
    Camera,
    Case,
    FaceTrack,
    Footage,
    Job,
    JobState,
    Match,
    MatchState,
    Mode,
    Photo,
    Sighting,
    Subject,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_AGO, FAR_AWAY = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)
GOVERNED: dict[str, Any] = {
    "legal_basis": "Police Act 2:1 (invented)",
    "authority_reference": "PD 17/26",
    "purpose": "to find Aino",
    "owner": "Ann",
    "expires_at": FAR_AWAY,
    "search_from": LONG_AGO,
}
"""What a case needs before it may be searched."""


def a_case(**fields: Any) -> Case:
    known = {"id": "case-1", "number": "2026-001", "subject": Subject("Aino Example"), "mode": Mode.WALK}
    return Case(**(known | {"timezone": "Europe/Helsinki", "created_at": NOON} | GOVERNED | fields))


def an_authority(**fields: Any) -> Authority:
    """All that a case needs before it may be searched."""
    known = {"legal_basis": "Police Act 2:1 (invented)", "reference": "PD 17/26", "purpose": "to find Aino"}
    return Authority(**(known | {"owner": "Ann", "expires_at": FAR_AWAY, "search_from": LONG_AGO} | fields))


def an_account(name: str = "Aino", **fields: Any) -> Account:
    return Account(**({"id": f"account-{name}", "name": name, "full_name": "", "created_at": NOON} | fields))


def a_camera(id: str = "cam-1", **fields: Any) -> Camera:
    return Camera(**({"id": id, "name": f"Camera {id}", "lat": 60.17, "lon": 24.94} | fields))


def a_sighting(id: str = "s-1", **fields: Any) -> Sighting:
    known = {"id": id, "case_id": "case-1", "lat": 60.171, "lon": 24.941, "radius_m": 30.0, "at": NOON}
    return Sighting(**(known | {"created_at": NOON} | fields))


def a_photo(id: str = "p-1", **fields: Any) -> Photo:
    known = {"id": id, "case_id": "case-1", "sha256": "ab" * 32, "original_name": "photo.jpg", "added_at": NOON}
    return Photo(**(known | {"box_px": (1.0, 2.0, 3.0, 4.0), "quality": 0.9} | fields))


def a_footage(id: str = "f-1", **fields: Any) -> Footage:
    known = {"id": id, "case_id": "case-1", "camera_id": "cam-1", "sha256": "cd" * 32, "original_name": "clip.mp4"}
    known |= {"size_bytes": 1000, "started_at": NOON, "clock_offset_s": 0.0, "added_at": NOON + timedelta(hours=1)}
    return Footage(**(known | fields))


def a_job(id: str = "j-1", **fields: Any) -> Job:
    known = {"id": id, "kind": "scan", "case_id": "case-1", "of_id": "f-1", "engine": "fake"}
    return Job(**(known | {"state": JobState.QUEUED, "created_at": NOON} | fields))


def a_track(id: str = "t-1", **fields: Any) -> FaceTrack:
    known = {"id": id, "scan_id": "j-1", "segment": 0, "start_s": 10.0, "end_s": 14.0, "best_s": 12.5}
    known |= {"best_box_px": (10.0, 20.0, 60.0, 80.0), "shots": 5, "similarity": 0.7, "quality": 0.8}
    return FaceTrack(**(known | {"time_source": "container"} | fields))


def a_match(id: str = "m-1", **fields: Any) -> Match:
    known = {"id": id, "case_id": "case-1", "footage_id": "f-1", "track": a_track(), "engine": "fake"}
    known |= {"review_floor": 0.4, "alert_threshold": 0.55, "state": MatchState.TO_REVIEW, "created_at": NOON}
    return Match(**(known | fields))
