"""Rows of the tables as values of data.models, and back."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from data import schema
from data.models import (
    Camera,
    Case,
    Coverage,
    FaceTrack,
    FaceVectors,
    Footage,
    FootageRequest,
    Job,
    JobState,
    KeptTrack,
    Match,
    MatchState,
    Mode,
    Photo,
    PhotoVectors,
    Provenance,
    RequestState,
    Sighting,
    SightingKind,
    StartedFrom,
    Subject,
    Upload,
)

T = TypeVar("T")
Row = sa.RowMapping
TABLES: dict[type, sa.Table] = {
    Photo: schema.photos,
    Camera: schema.cameras,
    Sighting: schema.sightings,
    Footage: schema.footage,
    Job: schema.jobs,
    FootageRequest: schema.requests,
    Upload: schema.uploads,
}
_TUPLES = {"headings_deg", "box_px", "best_box_px", "reference_ids", "queues"}


def to_row(thing: Any) -> dict[str, Any]:
    row = {f.name: getattr(thing, f.name) for f in fields(thing)}
    if isinstance(row.get("coverage"), Coverage):
        row["coverage"] = asdict(row["coverage"])
    if isinstance(thing, Footage):
        row["provenance"] = [asdict(entry) | {"at": entry.at.isoformat()} for entry in thing.provenance]
    return row


def provenance_of(kept: list[dict[str, str]]) -> tuple[Provenance, ...]:
    """Provenance entries as they were kept in JSON."""
    return tuple(Provenance(**(entry | {"at": datetime.fromisoformat(entry["at"])})) for entry in kept)  # type: ignore[arg-type]


def coverage_of(kept: dict[str, Any] | None) -> Coverage | None:
    """A Coverage as it was kept in JSON."""
    if kept is None:
        return None
    spans = tuple((float(a), float(b)) for a, b in kept["unreadable_spans_s"])
    return Coverage(**{**kept, "unreadable_spans_s": spans})


def plain(model: type[T], row: Row) -> T:
    """A model whose fields are the row's columns."""
    values = {f.name: row[f.name] for f in fields(model)}  # type: ignore[arg-type]
    for name in _TUPLES & values.keys():
        values[name] = None if values[name] is None else tuple(values[name])
    if model is Sighting:
        values["kind"] = SightingKind(values["kind"])
    if model is Footage:
        values |= {
            "started_from": StartedFrom(values["started_from"]),
            "provenance": provenance_of(values["provenance"]),
        }
    if model is FootageRequest:
        values["state"] = RequestState(values["state"])
    if model is Job:
        given_up = tuple((float(start), float(end), str(why)) for start, end, why in values["given_up"])
        values |= {
            "state": JobState(values["state"]),
            "coverage": coverage_of(values["coverage"]),
            "given_up": given_up,
        }
    return model(**values)


def case_of(row: Row) -> Case:
    subject = Subject(row["subject_name"], row["subject_birth_date"], row["subject_description"])
    own = {f.name: row[f.name] for f in fields(Case) if f.name != "subject"}
    return Case(**(own | {"subject": subject, "mode": Mode(row["mode"])}))


def case_row(case: Case) -> dict[str, Any]:
    row = to_row(case)
    subject = row.pop("subject")
    return row | {
        "subject_name": subject.name,
        "subject_birth_date": subject.birth_date,
        "subject_description": subject.description,
    }


def match_of(row: Row) -> Match:
    track = plain(FaceTrack, {f.name: row[f"of_track_{f.name}"] for f in fields(FaceTrack)})  # type: ignore[arg-type]
    own = {f.name: row[f.name] for f in fields(Match) if f.name not in ("track", "state")}
    return Match(**own, track=track, state=MatchState(row["state"]))


def matches_with_tracks() -> sa.Select[Any]:
    track_columns = [c.label(f"of_track_{c.name}") for c in schema.tracks.c]
    return sa.select(schema.matches, *track_columns).join(
        schema.tracks, schema.matches.c.track_id == schema.tracks.c.id
    )


def vectors_of(row: Row) -> FaceVectors:
    return FaceVectors(row["engine"], row["dimensions"], row["data"], tuple(row["px"]), tuple(row["quality"]))


def kept_track_of(row: Row) -> KeptTrack:
    own = {f.name: row[f.name] for f in fields(KeptTrack) if f.name != "vectors"}
    return KeptTrack(**own, vectors=vectors_of(row))


def photo_vectors_of(row: Row) -> PhotoVectors:
    return PhotoVectors(row["photo_id"], vectors_of(row), dict(row["likeness"]), row["review_floor"])


_AT_ONCE = 500
"""Values in one query; SQLite takes some 32,000, older ones 999."""


def in_parts(ids: Collection[str]) -> Iterable[list[str]]:
    """Ids in lists short enough for one query."""
    wanted = sorted(set(ids))
    return (wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE))
