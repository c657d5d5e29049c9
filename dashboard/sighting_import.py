"""Sightings from a file: look first, then add."""

import pandas as pd
import streamlit as st

from casework import sightings_import
from casework.sightings_import import SightingsPreview
from dashboard import imports, parts, session
from dashboard.sighting_form import KINDS
from dashboard.upload_field import upload_field, used_up
from dashboard.words import t, tn
from data.importers.columns import SIGHTING_COLUMNS
from data.models import Case, Sighting

SHOWN = 200


def sighting_import(case: Case) -> None:
    """An expander: upload, choose columns, see what would be added, add."""
    with st.expander(t("Import sightings from a file"), icon=":material/upload_file:"), parts.errors_shown():
        _import(case)


def _import(case: Case) -> None:
    files = upload_field(
        t("CSV, GeoJSON or GPX, such as a phone's track"),
        purpose="sightings",
        case=case,
        types=["csv", "tsv", "txt", "json", "geojson", "gpx", "gz", "bz2"],
    )
    if not files:
        st.caption(
            t("Times without a time zone are read in the case's own, {timezone}.", timezone=parts.plain(case.timezone))
        )
        return
    file = files[-1]
    data = session.content(file)
    columns, guess = session.once(
        f"sighting_columns_{file.id}", lambda: sightings_import.sighting_columns(data, file.name)
    )
    mapping: dict[str, str] = {}
    if columns:
        with st.expander(t("Which column means what"), icon=":material/view_column:"):
            mapping = imports.column_choice(tuple(SIGHTING_COLUMNS), columns, guess, key=f"smap_{file.id}")
    left, right = st.columns(2)
    radius_m = left.number_input(t("Within (m), where the file does not say"), 0.0, 50_000.0, 50.0, step=10.0)
    minutes = right.number_input(t("Give or take (min), where the file does not say"), 0.0, 1440.0, 1.0)
    preview = session.once(
        f"sighting_preview_{file.id}_{sorted(mapping.items())}_{radius_m}_{minutes}",
        lambda: sightings_import.preview_sightings(
            session.store(), case, data, file.name, mapping=mapping, radius_m=radius_m, tolerance_s=minutes * 60
        ),
    )
    _show(case, preview)
    new = len(preview.new)
    if new and st.button(
        tn("Add {n} sighting", "Add {n} sightings", new), type="primary", icon=":material/add_location:"
    ):
        added = sightings_import.import_sightings(session.store(), case, preview, by=session.who())
        used_up(file, case)
        session.forget_made()
        st.toast(tn("{n} sighting added.", "{n} sightings added.", len(added)))
        st.rerun()


def _show(case: Case, preview: SightingsPreview) -> None:
    known = t(" · {known:,} imported before, left as they are", known=len(preview.known)) if preview.known else ""
    st.markdown(t("**{new:,} new**{known}", new=len(preview.new), known=known))
    for note in preview.read.notes:
        st.warning(parts.plain(note), icon=":material/info:")
    imports.show_problems(preview.read.problems)
    if preview.new:
        st.dataframe(_table(case, preview.new[:SHOWN]), hide_index=True)
    if len(preview.new) > SHOWN:
        st.caption(t("The first {shown} of {new:,}.", shown=SHOWN, new=len(preview.new)))


def _table(case: Case, sightings: tuple[Sighting, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            t("Time"): [parts.local(s.at, case) for s in sightings],
            "± (s)": [s.tolerance_s for s in sightings],
            t("Lat"): [s.lat for s in sightings],
            t("Lon"): [s.lon for s in sightings],
            t("Within (m)"): [s.radius_m for s in sightings],
            t("Rests on"): [t(KINDS[s.kind]) for s in sightings],
            t("Source"): [s.source for s in sightings],
        }
    )
