"""Cameras from a file: which column means what, what would happen, and only then the adding of them."""

from collections.abc import Mapping, Sequence
from statistics import median

import pandas as pd
import streamlit as st

from casework import cameras
from casework.cameras import FileColumns, ImportPreview
from dashboard import imports, parts, session
from dashboard.camera_done import Done, done
from dashboard.camera_map import places_map
from dashboard.camera_words import FIELDS, looks, shown
from dashboard.upload_field import upload_field, used_up
from dashboard.words import later, t, tn
from data.importers import UNITS, Duplicate
from data.models import Camera, Case, Upload

KINDS_OF_FILE = ["csv", "tsv", "txt", "json", "geojson", "osm", "xml", "pbf", "gz", "bz2"]
FIRST_FIELDS = ("lat", "lon", "name", "direction", "range_m", "owner", "contact", "retention_days", "clock_offset_s")
SHOWN = 200
ON_MAP = 500
UNIT_WORDS = {
    "m": later("metres"), "ft": later("feet"), "km": later("kilometres"), "days": later("days"),
    "hours": later("hours"), "weeks": later("weeks"), "seconds": later("seconds"), "minutes": later("minutes"),
}  # fmt: skip
UNIT_OF = {
    "range_m": later("Range is in"),
    "retention_days": later("Recordings are kept for"),
    "clock_offset_s": later("Clock is ahead by"),
}


def camera_import(case: Case | None) -> None:
    """Upload, choose columns, see what would happen, add."""
    files = upload_field(
        t("File with cameras: CSV, GeoJSON, OpenStreetMap or Overpass JSON, plain or packed (.gz, .bz2)"),
        purpose="cameras",
        case=case,
        types=KINDS_OF_FILE,
    )
    if not files:
        st.caption(t("Nothing is added before you have seen what the file holds."))
        return
    file = files[-1]
    data = session.content(file)
    columns = session.once(f"camera_columns_{file.id}", lambda: cameras.file_columns(data, file.name))
    above = st.container()
    mapping, units = _columns(columns, file) if columns.columns else ({}, {})
    preview: ImportPreview | None = None
    with above, parts.errors_shown():  # beside the columns, where it is put right
        preview = session.once(
            f"camera_preview_{file.id}_{sorted(mapping.items())}_{sorted(units.items())}",
            lambda: cameras.preview_import(
                session.store(), data, file.name, mapping=mapping, units=units, near=_near(case)
            ),
        )
    if preview is not None:
        _result(preview, columns, file, case)


def _result(preview: ImportPreview, columns: FileColumns, file: Upload, case: Case | None) -> None:
    """What would happen, and the button that does it."""
    _numbers(preview)
    _add(preview, file, case)
    _suspicions(preview, columns, file)
    imports.show_problems(preview.read.problems)
    if preview.read.ignored:
        st.caption(t("Columns not used: {names}", names=parts.plain(", ".join(preview.read.ignored)[:400])))
    _new(preview, case)
    _conflicts(preview.conflicts)
    _known(preview.known)


def _columns(columns: FileColumns, file: Upload) -> tuple[dict[str, str], dict[str, str]]:
    """What the user says of the columns: which holds which field, and in what unit its bare numbers are."""
    remembered = session.once(
        f"camera_remembered_{file.id}", lambda: cameras.remembered_columns(session.store(), columns.columns)
    )
    guess = {**(columns.guess or {}), **remembered}
    for field, column in session.recall("camera_swap", {}).items():
        session.set_widget(f"map_{file.id}_{field}", column)
    session.forget("camera_swap")
    has_places = columns.has_places or {"lat", "lon"} <= guess.keys()
    with st.expander(t("Which column means what"), expanded=not has_places, icon=":material/view_column:"):
        words = t("Guessed from the names of the columns. Change what is wrong.")
        if remembered:
            words += " " + t("Some are as somebody chose them in an earlier import.")
        st.caption(words)
        first = [field for field in FIRST_FIELDS if field in columns.fields]
        key = f"map_{file.id}"
        changed = imports.column_choice(first, columns.columns, guess, key=key, samples=columns.samples)
        with st.popover(t("More fields"), icon=":material/more_horiz:", width="content"):
            others = [field for field in columns.fields if field not in first]
            changed |= imports.column_choice(others, columns.columns, guess, key=key, samples=columns.samples)
        mapping = {**remembered, **changed}
        units = _units({**guess, **changed}, file)
    return mapping, units


def _units(mapped: Mapping[str, str], file: Upload) -> dict[str, str]:
    """In what the numbers of these columns are, where they do not say so themselves; only what is not usual."""
    asked = [field for field in UNITS if mapped.get(field)]
    if not asked:
        return {}
    units = {}
    for cell, field in zip(st.columns(3), asked, strict=False):
        unit = cell.selectbox(
            t(UNIT_OF[field]),
            UNITS[field],
            format_func=lambda unit: t(UNIT_WORDS[unit]),
            key=f"unit_{file.id}_{field}",
            help=t("For numbers that stand alone; one that says its unit, as 30 ft, is read by it."),
        )
        if unit and unit != UNITS[field][0]:
            units[field] = unit
    return units


def _near(case: Case | None) -> tuple[float, float] | None:
    """Where cameras should be, by the case or by those that are known: lets exchanged latitudes be noticed."""
    sightings = session.store().sightings(case.id) if case else []
    if sightings:
        return sightings[-1].lat, sightings[-1].lon
    known = session.cameras().cameras
    return (median(c.lat for c in known), median(c.lon for c in known)) if known else None


def _numbers(preview: ImportPreview) -> None:
    first, second, third, fourth = st.columns(4)
    first.metric(t("New"), f"{len(preview.new):,}", border=True, help=t("These would be added."))
    second.metric(
        t("Known already"),
        f"{len(preview.known):,}",
        border=True,
        help=t("They are left as they are; none is changed."),
    )
    third.metric(
        t("Same id, another place"), f"{len(preview.conflicts):,}", border=True,
        help=t("They stand too far from the camera with their id to be it, so they are added under ids of their own."),
    )  # fmt: skip
    fourth.metric(
        t("Rows left out"), f"{preview.read.rows_left_out:,}", border=True, help=t("Below stands why, row by row.")
    )


def _add(preview: ImportPreview, file: Upload, case: Case | None) -> None:
    new = len(preview.new)
    if not new:
        st.info(t("Nothing to add: every camera of this file is known already."), icon=":material/content_copy:")
    elif st.button(tn("Add {n:,} camera", "Add {n:,} cameras", new), type="primary", icon=":material/add:"):
        outcome = cameras.import_cameras(session.store(), preview, by=session.who())
        used_up(file, case)
        session.forget_made()
        added = tn("{n:,} camera added.", "{n:,} cameras added.", outcome.added)
        if outcome.known:
            added += " " + tn("{n:,} was known already.", "{n:,} were known already.", outcome.known)
        session.keep("cameras_go", "list")
        done(Done(added, added=outcome.cameras))


def _suspicions(preview: ImportPreview, columns: FileColumns, file: Upload) -> None:
    """What holds for the file as a whole; exchanged latitudes and longitudes are put right by a click."""
    for note in preview.read.notes:
        st.warning(parts.plain(note), icon=":material/info:")
    lat, lon = (preview.read.mapping.get(field, ("",))[0] for field in ("lat", "lon"))
    swapped = sum("look swapped" in problem.message for problem in preview.read.problems)
    if not (swapped > len(preview.read.cameras) / 2 and lat and lon and columns.columns):
        return
    if st.button(t("Exchange latitude and longitude"), icon=":material/swap_horiz:", key=f"swap_{file.id}"):
        session.keep("camera_swap", {"lat": lon, "lon": lat})
        st.rerun()


def _new(preview: ImportPreview, case: Case | None) -> None:
    new = preview.new
    if not new:
        return
    st.subheader(t("The new cameras, as they were understood"), anchor=False)
    odd = {problem.value for problem in preview.read.problems if problem.row_kept and problem.field == "lat, lon"}
    table, on_map = st.columns([1.25, 1], gap="medium")
    with table:
        _table(new)
    with on_map:
        places = [(c.lat, c.lon, f"{c.lat:.10g}, {c.lon:.10g}" in odd) for c in new]
        step = max(1, len(places) // ON_MAP)
        places_map([place for n, place in enumerate(places) if place[2] or n % step == 0], case=case, key="import_map")
        if odd:
            st.caption(t("Red rings: places that look wrong; see the remarks."))


def _table(new: Sequence[Camera]) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                t("Name"): [c.name for c in new[:SHOWN]],
                t("Lat"): [c.lat for c in new[:SHOWN]],
                t("Lon"): [c.lon for c in new[:SHOWN]],
                t("Looks"): [looks(c.headings_deg) for c in new[:SHOWN]],
                t("Range (m)"): [c.range_m for c in new[:SHOWN]],
                t("Owner"): [c.owner for c in new[:SHOWN]],
                t("Kept (days)"): [c.retention_days for c in new[:SHOWN]],
                t("Clock ahead (s)"): [c.clock_offset_s for c in new[:SHOWN]],
            }
        ),
        hide_index=True,
        height=340,
    )
    if len(new) > SHOWN:
        st.caption(t("The first {shown} of {n}.", shown=SHOWN, n=f"{len(new):,}"))


def _conflicts(conflicts: tuple[Duplicate, ...]) -> None:
    if not conflicts:
        return
    with st.expander(t("Same id as another camera"), icon=":material/call_split:", expanded=True):
        st.caption(t("They stand too far apart to be one camera, so each is added under an id of its own."))
        _duplicates(conflicts, {})


def _known(known: tuple[Duplicate, ...]) -> None:
    differing = {d.new.id: fields for d in known if (fields := cameras.differences(d))}
    if not known:
        return
    title = t("Known already")
    if differing:
        title = t("Known already: the file says something else of {n}", n=f"{len(differing):,}")
    with st.expander(title, icon=":material/content_copy:"):
        st.caption(t("No camera is overwritten. Correct one by hand in the list where the file knows better."))
        _duplicates(sorted(known, key=lambda d: d.new.id not in differing), differing)


def _duplicates(duplicates: Sequence[Duplicate], differing: Mapping[str, Sequence[str]]) -> None:
    rows = duplicates[:SHOWN]
    table = {
        t("In the file"): [d.new.name for d in rows],
        t("Known as"): [d.existing.name or d.existing.id for d in rows],
        t("Why"): [d.reason for d in rows],
    }
    if differing:
        table[t("The file says otherwise")] = [_otherwise(d, differing.get(d.new.id, ())) for d in rows]
    st.dataframe(pd.DataFrame(table), hide_index=True)
    if len(duplicates) > SHOWN:
        st.caption(t("The first {shown} of {n}.", shown=SHOWN, n=f"{len(duplicates):,}"))


def _otherwise(duplicate: Duplicate, fields: Sequence[str]) -> str:
    return "; ".join(
        t(
            "{field}: {new} instead of {known}",
            field=t(FIELDS.get(name, name)),
            new=shown(name, getattr(duplicate.new, name)),
            known=shown(name, getattr(duplicate.existing, name)),
        )
        for name in fields
    )
