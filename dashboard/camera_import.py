"""Cameras from a file: look first, then add."""

import pandas as pd
import streamlit as st

from casework import cameras
from casework.cameras import ImportPreview
from dashboard import imports, parts, session
from dashboard.upload_field import upload_field, used_up
from data.importers import Duplicate
from data.models import Camera, Case

KINDS_OF_FILE = ["csv", "tsv", "txt", "json", "geojson", "osm", "xml", "pbf", "gz", "bz2"]
SHOWN = 200


def camera_import(case: Case | None) -> None:
    """Upload, choose columns, see what would happen, add."""
    added = session.recall("cameras_added")
    if added:
        st.success(added, icon=":material/check_circle:")
        session.forget("cameras_added")
    files = upload_field(
        "File with cameras: CSV, GeoJSON, OpenStreetMap or Overpass JSON, plain or packed (.gz, .bz2)",
        purpose="cameras",
        case=case,
        types=KINDS_OF_FILE,
    )
    if not files:
        st.caption("Nothing is added before you have seen what the file holds.")
        return
    file = files[-1]
    data = session.content(file)
    columns = session.once(f"camera_columns_{file.id}", lambda: cameras.file_columns(data, file.name))
    mapping: dict[str, str] = {}
    if columns.columns:
        with st.expander("Which column means what", expanded=not _has_places(columns), icon=":material/view_column:"):
            st.caption("Guessed from the names of the columns. Change what is wrong.")
            guess = columns.guess or {}
            mapping = imports.column_choice(columns.fields, columns.columns, guess, key=f"map_{file.id}")
    preview = session.once(
        f"camera_preview_{file.id}_{sorted(mapping.items())}",
        lambda: cameras.preview_import(session.store(), data, file.name, mapping=mapping, near=_near(case)),
    )
    _show(preview)
    new = len(preview.new)
    if not new:
        st.info("Nothing to add: every camera of this file is known already.")
    elif st.button(f"Add {new:,} {'camera' if new == 1 else 'cameras'}", type="primary", icon=":material/add:"):
        outcome = cameras.import_cameras(session.store(), preview, by=session.who())
        session.keep("cameras_added", f"{outcome.added:,} cameras added, {outcome.known:,} were known already.")
        used_up(file, case)
        session.forget_made()
        st.rerun()


def _has_places(columns: cameras.FileColumns) -> bool:
    return columns.has_places or {"lat", "lon"} <= (columns.guess or {}).keys()


def _near(case: Case | None) -> tuple[float, float] | None:
    """Where the case's cameras should be: lets exchanged latitudes and longitudes be noticed."""
    sightings = session.store().sightings(case.id) if case else []
    return (sightings[-1].lat, sightings[-1].lon) if sightings else None


def _show(preview: ImportPreview) -> None:
    new, known, conflicts = st.columns(3)
    new.metric("New", f"{len(preview.new):,}", border=True)
    known.metric("Known already, left as they are", f"{len(preview.known):,}", border=True)
    conflicts.metric("Same id as another camera, get their own", f"{len(preview.conflicts):,}", border=True)
    for note in preview.read.notes:
        st.warning(parts.plain(note), icon=":material/info:")
    imports.show_problems(preview.read.problems)
    if preview.read.ignored:
        st.caption("Columns not used: " + parts.plain(", ".join(preview.read.ignored)[:400]))
    _new(preview.new)
    _conflicts(preview.conflicts)
    _known(preview.known)


def _new(new: tuple[Camera, ...]) -> None:
    if not new:
        return
    with st.expander("The new cameras, as they were understood", icon=":material/visibility:"):
        table = {
            "Name": [c.name for c in new[:SHOWN]],
            "Lat": [c.lat for c in new[:SHOWN]],
            "Lon": [c.lon for c in new[:SHOWN]],
            "Looks (°)": [", ".join(f"{h:g}" for h in c.headings_deg) for c in new[:SHOWN]],
            "Owner": [c.owner for c in new[:SHOWN]],
            "Kept (days)": [c.retention_days for c in new[:SHOWN]],
            "Clock ahead (s)": [c.clock_offset_s for c in new[:SHOWN]],
        }
        st.dataframe(pd.DataFrame(table), hide_index=True)
        if len(new) > SHOWN:
            st.caption(f"The first {SHOWN} of {len(new):,}.")


def _conflicts(conflicts: tuple[Duplicate, ...]) -> None:
    if not conflicts:
        return
    with st.expander("Same id as another camera", icon=":material/call_split:", expanded=True):
        st.caption("They stand too far apart to be one camera, so each is added under an id of its own.")
        _duplicates(conflicts, {})


def _known(known: tuple[Duplicate, ...]) -> None:
    differing = {d.new.id: fields for d in known if (fields := cameras.differences(d))}
    if not known:
        return
    title = "Known already" + (f": the file says something else of {len(differing):,}" if differing else "")
    with st.expander(title, icon=":material/content_copy:"):
        st.caption("No camera is overwritten. Correct one by hand in the list below where the file knows better.")
        _duplicates(sorted(known, key=lambda d: d.new.id not in differing), differing)


def _duplicates(duplicates: list[Duplicate] | tuple[Duplicate, ...], differing: dict[str, tuple[str, ...]]) -> None:
    shown = duplicates[:SHOWN]
    table = {
        "In the file": [d.new.name for d in shown],
        "Known as": [d.existing.name or d.existing.id for d in shown],
        "Why": [d.reason for d in shown],
    }
    if differing:
        table["The file says otherwise"] = [_otherwise(d, differing.get(d.new.id, ())) for d in shown]
    st.dataframe(pd.DataFrame(table), hide_index=True)
    if len(duplicates) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(duplicates):,}.")


def _otherwise(duplicate: Duplicate, fields: tuple[str, ...]) -> str:
    words = (
        f"{name}: {getattr(duplicate.new, name)} instead of {getattr(duplicate.existing, name)}" for name in fields
    )
    return "; ".join(words)
