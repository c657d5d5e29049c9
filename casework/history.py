"""What was known at an hour of the case, and what was possible: for the time slider.

The store keeps things as they are now. How they were is read from when they were made, and from the record (audit).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from casework.access import needs
from casework.requests import state_at
from casework.review import seen_matches
from casework.timeline import Bar, Looked, Moment, bars_of, moment_of
from casework.verdicts import LEFT_OUT, state_of
from data.models import (
    AuditEntry,
    Camera,
    Case,
    Footage,
    FootageRequest,
    MatchState,
    Permission,
    RequestState,
    Review,
    Sighting,
    utc_now,
)
from data.store import Store
from data.timeline_rows import all_sightings
from geo.reach import Reach, reach_at

_STATES = {f"request {state}": state for state in RequestState} | {
    "request drafted": RequestState.DRAFT,
    "request draft changed": RequestState.DRAFT,
    "request draft removed": None,
}
"""What an action of the record made of a request; None: it was gone."""


_COMES_AND_GOES = ("sighting withdrawn", "sighting restored")


@dataclass(frozen=True)
class Known:
    """A case as it stood at `at`.

    `sightings` are those known by then, as they were told then. `reach` is where the subject can have been at that
    hour by them, `reach_now` by all that is known today: between two sightings it is a lens.
    """

    at: datetime
    sightings: tuple[Sighting, ...]
    requests: tuple[FootageRequest, ...]
    footages: tuple[Footage, ...]
    searched: frozenset[str]
    """Of those footages, the ones that a search had come to the end of."""
    moments: tuple[Moment, ...]
    reach: Reach
    reach_now: Reach


@dataclass(frozen=True)
class _Version:
    """What held from a moment on; None: it was withdrawn or removed."""

    since: datetime
    thing: Any


@dataclass(frozen=True)
class History:
    """A case with all its changes, read once, to be asked for many hours."""

    case: Case
    now: datetime
    extent: tuple[datetime, datetime]
    """From the first thing that happened or was told to now."""
    _standing: tuple[Sighting, ...]
    _sightings: tuple[tuple[_Version, ...], ...]
    _requests: tuple[tuple[_Version, ...], ...]
    _footages: tuple[Footage, ...]
    _searched: tuple[tuple[str, datetime], ...]
    _moments: tuple[tuple[Moment, tuple[Review, ...]], ...]

    def at(self, hour: datetime) -> Known:
        """The case as it stood then."""
        sightings = tuple(sorted(_then(self._sightings, hour), key=lambda sighting: sighting.at))
        requests = [replace(known, state=state_at(known, hour)) for known in _then(self._requests, hour)]
        return Known(
            at=hour,
            sightings=sightings,
            requests=tuple(sorted(requests, key=lambda request: (request.from_at, request.id))),
            footages=tuple(footage for footage in self._footages if footage.added_at <= hour),
            searched=frozenset(id for id, since in self._searched if since <= hour),
            moments=tuple(
                replace(moment, match=replace(moment.match, state=_state_then(moment, said, hour)))
                for moment, said in self._moments
                if moment.match.created_at <= hour
            ),
            reach=reach_at(sightings, hour, mode=self.case.mode),
            reach_now=reach_at(self._standing, hour, mode=self.case.mode),
        )


@needs(Permission.READ)
def history(store: Store, case: Case, *, now: datetime | None = None) -> History:
    """The case with all its changes; NotFound where there is no such case for whoever looks."""
    case, now = store.case(case.id), now or utc_now()
    entries = store.audit_entries(case.id)
    footages = {footage.id: footage for footage in store.footages(case.id)}
    bars = bars_of(store, case.id, footages.values())
    cameras = store.cameras_by_id(
        {f.camera_id for f in footages.values()} | _cameras_in(entries) | _asked_of(store, case)
    )
    said = seen_matches(store, case.id)
    sightings = all_sightings(store, case.id)
    ends = [s.at for s in sightings] + [bar.from_at for bar in bars] + [case.created_at]
    return History(
        case,
        now,
        (min(*ends, now), now),
        tuple(sighting for sighting in sightings if sighting.withdrawn_at is None),
        tuple(_versions(sighting, case, entries, cameras) for sighting in sightings),
        tuple(_requests(store, case, entries, cameras)),
        tuple(footages.values()),
        tuple((bar.footage.id, bar.job.ended_at) for bar in bars if bar.job and bar.job.ended_at and _is_searched(bar)),
        tuple((moment_of(match, footages[match.footage_id]), given) for match, given in said),
    )


@needs(Permission.READ)
def known_at(store: Store, case: Case, hour: datetime) -> Known:
    """What was known and possible at one hour; for many hours keep the `history`."""
    return history(store, case).at(hour)


def _then(things: Iterable[Sequence[_Version]], hour: datetime) -> list[Any]:
    """Of each thing, the version that held at an hour, where there was one."""
    found = []
    for versions in things:
        held = [version for version in versions if version.since <= hour]
        if held and held[-1].thing is not None:
            found.append(held[-1].thing)
    return found


# sightings


def _versions(
    sighting: Sighting, case: Case, entries: Sequence[AuditEntry], cameras: dict[str, Camera]
) -> tuple[_Version, ...]:
    """A sighting as it was told over time."""
    shown = replace(sighting, withdrawn_at=None)
    changes: list[_Version] = []
    for entry in reversed(entries):  # from what it is now, back to what it was
        if entry.action == "footage details corrected":
            was = _before(shown, entry, cameras)
            if was is not None:
                changes.append(_Version(entry.at, shown))
                shown = was
        elif entry.details.get("sighting") == sighting.id and entry.action in (
            "sighting withdrawn",
            "sighting restored",
        ):
            changes.append(_Version(entry.at, shown if entry.action == "sighting restored" else None))
    told = [_Version(sighting.created_at or case.created_at, shown), *reversed(changes)]
    if sighting.withdrawn_at is not None and all(v.thing is not None for v in told):
        told.append(_Version(sighting.withdrawn_at, None))  # by undoing a review, which the record tells elsewhere
    return tuple(told)


def _before(sighting: Sighting, entry: AuditEntry, cameras: dict[str, Camera]) -> Sighting | None:
    """The sighting as it was before its footage's details were corrected; None where that did not move it."""
    moved = entry.details.get("sightings")
    mine = [one for one in moved if one.get("id") == sighting.id] if isinstance(moved, list) else []
    if not mine:
        return None
    was = replace(sighting, at=datetime.fromisoformat(mine[0]["from"]))
    before = entry.details.get("before")
    camera = cameras.get(str(before.get("camera"))) if isinstance(before, dict) else None
    return was if camera is None else replace(was, lat=camera.lat, lon=camera.lon)


def _cameras_in(entries: Iterable[AuditEntry]) -> set[str]:
    """Cameras from which footage was taken away by a correction."""
    told = [e.details.get("before") for e in entries if e.action == "footage details corrected"]
    return {str(before.get("camera")) for before in told if isinstance(before, dict)}


# requests


def _asked_of(store: Store, case: Case) -> set[str]:
    return {request.camera_id for request in store.requests(case.id)}


def _requests(
    store: Store, case: Case, entries: Sequence[AuditEntry], cameras: dict[str, Camera]
) -> list[tuple[_Version, ...]]:
    """Each request over time; drafts that were removed are in the record alone."""
    rows = {request.id: request for request in store.requests(case.id)}
    found: dict[str, list[_Version]] = {}
    for entry in entries:
        id = str(entry.details.get("request", ""))
        if entry.action not in _STATES or not id:
            continue
        told = _told(entry, case, rows.get(id), cameras)
        found.setdefault(id, []).append(_Version(entry.at, told))
    for id, request in rows.items():
        if id not in found:  # from before there was a record, or from a demonstration
            found[id] = [_Version(request.created_at, _with_retention(request, cameras))]
    return [tuple(versions) for versions in found.values()]


def _told(
    entry: AuditEntry, case: Case, row: FootageRequest | None, cameras: dict[str, Camera]
) -> FootageRequest | None:
    """The request as an entry of the record left it."""
    state, minutes = _STATES[entry.action], entry.details.get("minutes")
    if state is None or not isinstance(minutes, dict):
        return None if state is None or row is None else _with_retention(replace(row, state=state), cameras)
    request = FootageRequest(
        id=str(entry.details["request"]),
        case_id=case.id,
        camera_id=str(entry.details.get("camera", row.camera_id if row else "")),
        from_at=datetime.fromisoformat(str(minutes["from"])),
        to_at=datetime.fromisoformat(str(minutes["to"])),
        clock_offset_s=float(minutes.get("clock_offset_s", 0.0)),
        retention_days=row.retention_days if row else None,
        score=row.score if row else 0.0,
        state=state,
        created_at=row.created_at if row else entry.at,
        created_by=row.created_by if row else entry.by,
        changed_at=entry.at,
        changed_by=entry.by,
        note=str(entry.details.get("note", "")),
    )
    return _with_retention(request, cameras)


def _with_retention(request: FootageRequest, cameras: dict[str, Camera]) -> FootageRequest:
    """A recorder overwrites by its present setting, whatever was known of it then."""
    camera = cameras.get(request.camera_id)
    return request if camera is None else replace(request, retention_days=camera.retention_days)


# footage and candidates


def _is_searched(bar: Bar) -> bool:
    return bool(bar.share(Looked.NOT_SEARCHED) == 0.0)


def _state_then(moment: Moment, said: Sequence[Review], hour: datetime) -> MatchState:
    """What the verdicts given by then made of a candidate. When it was set aside or dropped is not kept; as it is now
    holds for all of its time."""
    given = [review for review in said if review.at <= hour]
    if not said and moment.match.state in LEFT_OUT:
        return moment.match.state
    return state_of(given) if given else MatchState.TO_REVIEW
