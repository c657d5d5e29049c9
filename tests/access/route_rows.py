"""Who is let through to each resource of the API, with which answer: one row a route, written by hand.

Where a route would change what the next row needs, what is asked for is refused once it was allowed (409, 422).
"""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Who is let through with which answer; everybody else who is signed in gets 403 or 404."""

    letters: str
    status: tuple[int, ...]
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    form: tuple[tuple[str, str], ...] = ()


def said(letters: str, status: tuple[int, ...], path: str, **body: object) -> Row:
    """A row whose request says something."""
    return Row(letters, status, path, (("Content-Type", "application/json"),), json.dumps(body).encode())


READ, ANY, EDIT, REVIEW, GOVERN, CAMERAS = "VARSU", "VARSUMO", "AS", "RS", "S", "ASO"
V1, CASE, ONE = "/api/v1", "/api/v1/cases/{case_id}", "/api/v1/cases/case-1"
GATE = {"name": "Gate", "lat": 60.1, "lon": 24.9}
CLIP = {"camera_id": "cam-1", "started_at": "2199-01-01T00:00:00Z"}
SEEN = {"lat": 60.1, "lon": 24.9, "at": "2026-03-01T10:00:00Z"}
NEVER = {"at": "2190-01-01T00:00:00Z"}
TIPS = f"{CASE}/tips"
SIGHTING, RECORD, JOB, MATCH, PHOTO, REQUEST = (
    f"{CASE}/sightings/{{sighting_id}}", f"{V1}/cameras/records/{{camera_id:path}}", f"{V1}/jobs/{{job_id}}",
    f"{V1}/matches/{{match_id}}", f"{V1}/photos/{{photo_id}}", f"{V1}/requests/{{request_id}}",
)  # fmt: skip
RESOURCES: dict[tuple[str, str], Row] = {
    ("GET", f"{V1}/cases"): Row(ANY, (200,), f"{V1}/cases?number=none"),
    ("POST", f"{V1}/cases"): said("VARSUO", (201, 409), f"{V1}/cases", number="2026-100", name="Bo"),
    ("GET", CASE): Row(READ, (200,), ONE),
    ("PATCH", CASE): said(EDIT, (200,), ONE, notes="looked for at the station"),
    ("PUT", f"{CASE}/authority"): said(GOVERN, (422,), f"{ONE}/authority", expires_at="2000-01-01T00:00:00Z"),
    ("POST", f"{CASE}/close"): said(GOVERN, (422,), f"{ONE}/close", reason=" "),
    ("POST", f"{CASE}/reopen"): said(GOVERN, (409,), f"{ONE}/reopen", reason="x"),
    ("GET", f"{CASE}/team"): Row(READ, (200,), f"{ONE}/team"),
    ("PUT", f"{CASE}/team/{{account}}/{{role}}"): Row(GOVERN, (200,), f"{ONE}/team/Vera/viewer"),
    ("DELETE", f"{CASE}/team/{{account}}/{{role}}"): Row(GOVERN, (409,), f"{ONE}/team/Sam/supervisor"),
    ("GET", f"{CASE}/sightings"): Row(READ, (200,), f"{ONE}/sightings"),
    ("POST", f"{CASE}/sightings"): said(EDIT, (201,), f"{ONE}/sightings", **SEEN),
    ("GET", SIGHTING): Row(READ, (200,), f"{ONE}/sightings/s-1"),
    ("DELETE", SIGHTING): Row(EDIT, (409,), f"{ONE}/sightings/s-gone"),
    ("POST", f"{SIGHTING}/restore"): Row(EDIT, (409,), f"{ONE}/sightings/s-1/restore"),
    ("GET", TIPS): Row(READ, (200,), f"{ONE}/tips"),
    ("GET", f"{TIPS}/{{tip_id}}"): Row(READ, (200,), f"{ONE}/tips/{{tip}}"),
    ("POST", f"{TIPS}/{{tip_id}}/contact"): Row(EDIT, (200,), f"{ONE}/tips/{{tip}}/contact"),
    ("POST", f"{TIPS}/{{tip_id}}/sighting"): said(EDIT, (422,), f"{ONE}/tips/{{tip}}/sighting", **SEEN | NEVER),
    ("POST", f"{TIPS}/{{tip_id}}/search"): said(EDIT, (422,), f"{ONE}/tips/{{tip}}/search", **SEEN | NEVER),
    ("POST", f"{TIPS}/{{tip_id}}/dismiss"): said(EDIT, (422,), f"{ONE}/tips/{{tip}}/dismiss", reason=" "),
    ("POST", f"{TIPS}/{{tip_id}}/undo"): Row(EDIT, (409,), f"{ONE}/tips/{{tip}}/undo"),
    ("POST", f"{TIPS}/{{tip_id}}/trust"): Row(EDIT, (200,), f"{ONE}/tips/{{tip}}/trust"),
    ("GET", f"{CASE}/tip-page"): Row(READ, (200,), f"{ONE}/tip-page"),
    ("PUT", f"{CASE}/tip-page"): said(GOVERN, (200,), f"{ONE}/tip-page", agency="Police", words="Seen?"),
    ("DELETE", f"{CASE}/tip-page"): Row(GOVERN, (204,), f"{ONE}/tip-page"),
    ("POST", f"{CASE}/tip-page/new-address"): Row(GOVERN, (200,), f"{ONE}/tip-page/new-address"),
    ("GET", f"{V1}/cameras"): Row(READ, (200,), f"{V1}/cameras?case=case-1&bbox=-180,-85,180,85&zoom=3"),
    ("GET", f"{V1}/cameras/records"): Row(ANY, (200,)),
    ("POST", f"{V1}/cameras/records"): said(CAMERAS, (201,), "", **GATE),
    ("GET", RECORD): Row(ANY, (200,), f"{V1}/cameras/records/cam-1"),
    ("PUT", RECORD): said(CAMERAS, (200,), f"{V1}/cameras/records/cam-2", **GATE),
    ("DELETE", RECORD): Row(CAMERAS, (409,), f"{V1}/cameras/records/cam-1"),
    ("GET", f"{CASE}/ranking"): Row(READ, (200,), f"{ONE}/ranking"),
    ("GET", f"{CASE}/photos"): Row(READ, (200,), f"{ONE}/photos"),
    ("POST", f"{CASE}/photos"): said(EDIT, (404,), f"{ONE}/photos", upload_id="none"),
    ("GET", PHOTO): Row(READ, (200,), f"{V1}/photos/p-1"),
    ("GET", f"{PHOTO}/picture"): Row(READ, (200,), f"{V1}/photos/p-1/picture"),
    ("PUT", f"{PHOTO}/taken-on"): said(EDIT, (422,), f"{V1}/photos/p-1/taken-on", taken_on="2199-01-01"),
    ("DELETE", PHOTO): Row(EDIT, (409,), f"{V1}/photos/p-gone"),
    ("POST", f"{PHOTO}/restore"): Row(EDIT, (409,), f"{V1}/photos/p-1/restore"),
    ("GET", f"{CASE}/live"): Row(READ, (200,), f"{ONE}/live"),
    ("POST", f"{CASE}/live"): said(
        GOVERN, (422, 403), f"{ONE}/live", camera_id="cam-1", address="rtsp://x", ends_at="2199-01-01T00:00:00Z"
    ),
    ("DELETE", f"{CASE}/live/{{job_id}}"): Row(EDIT, (409,), f"{ONE}/live/j-1"),
    ("GET", f"{CASE}/requests"): Row(READ, (200,), f"{ONE}/requests"),
    ("POST", f"{CASE}/requests"): said(EDIT, (422,), f"{ONE}/requests", camera_ids=["none"]),
    ("GET", REQUEST): Row(READ, (200,), f"{V1}/requests/r-1"),
    ("PATCH", REQUEST): said(EDIT, (200,), f"{V1}/requests/r-1", note="called twice"),
    ("DELETE", REQUEST): Row(EDIT, (409,), f"{V1}/requests/r-1"),
    ("GET", f"{CASE}/footage"): Row(READ, (200,), f"{ONE}/footage"),
    ("POST", f"{CASE}/footage"): said(EDIT, (404,), f"{ONE}/footage", upload_id="none", **CLIP),
    ("GET", f"{CASE}/footage-waiting"): Row(EDIT, (200,), f"{ONE}/footage-waiting"),
    ("GET", f"{V1}/footage/{{footage_id}}"): Row(READ, (200,), f"{V1}/footage/f-1"),
    ("PUT", f"{V1}/footage/{{footage_id}}/details"): said(EDIT, (422,), f"{V1}/footage/f-1/details", **CLIP),
    ("POST", f"{V1}/footage/{{footage_id}}/scans"): Row(EDIT, (409,), f"{V1}/footage/f-2/scans"),
    ("GET", f"{V1}/footage/{{footage_id}}/gallery"): Row(READ, (200,), f"{V1}/footage/f-1/gallery"),
    ("POST", f"{V1}/footage/{{footage_id}}/gallery"): Row(EDIT, (422,), f"{V1}/footage/f-1/gallery"),
    ("POST", f"{V1}/faces"): Row(CAMERAS, (422,), f"{V1}/faces"),
    ("POST", f"{V1}/faces/compare"): said(EDIT, (422,), f"{V1}/faces/compare?case_id=case-1"),
    ("GET", f"{CASE}/jobs"): Row(READ, (200,), f"{ONE}/jobs"),
    ("GET", JOB): Row(READ, (200,), f"{V1}/jobs/j-1"),
    ("GET", f"{JOB}/stretches"): Row(READ, (200,), f"{V1}/jobs/j-1/stretches"),
    ("GET", f"{JOB}/events"): Row(READ, (200,), f"{V1}/jobs/j-1/events"),
    **{("POST", f"{JOB}/{step}"): Row(EDIT, (409,), f"{V1}/jobs/j-1/{step}") for step in ("pause", "resume", "cancel")},
    ("POST", f"{JOB}/first"): Row(EDIT, (409,), f"{V1}/jobs/j-1/first"),
    ("POST", f"{JOB}/retry"): said(EDIT, (422,), f"{V1}/jobs/j-1/retry", reason=" "),
    ("GET", f"{CASE}/record"): Row("SU", (200,), f"{ONE}/record"),
    ("GET", f"{CASE}/matches"): Row(READ, (200,), f"{ONE}/matches"),
    ("GET", MATCH): Row(READ, (200,), f"{V1}/matches/m-1"),
    ("GET", f"{MATCH}/crop"): Row(READ, (200,), f"{V1}/matches/m-1/crop"),
    ("GET", f"{MATCH}/context"): Row(READ, (200,), f"{V1}/matches/m-1/context"),
    ("POST", f"{MATCH}/reviews"): said(REVIEW, (409,), f"{V1}/matches/m-1/reviews", verdict="undo"),
    ("POST", f"{MATCH}/settlement"): said(
        GOVERN, (422,), f"{V1}/matches/m-disputed/settlement", confirms=True, reason=" "
    ),
    ("POST", f"{MATCH}/bring-back"): Row(REVIEW, (409,), f"{V1}/matches/m-1/bring-back"),
    ("POST", f"{V1}/matches/rejections"): said(REVIEW, (422,), "", match_ids=["m-1", "m-1"]),
    ("DELETE", f"{V1}/matches/rejections/{{together_id}}"): Row(REVIEW, (404,), f"{V1}/matches/rejections/none"),
}
"""The routes of `api.resources` that stand for what the pages show and do."""
