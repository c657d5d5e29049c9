"""The streets of a case from a file."""

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from casework import search
from casework.uploads import bytes_path
from dashboard import parts, session
from dashboard.upload_field import upload_field, used_up
from dashboard.words import t
from data.errors import BadInput
from data.models import Case
from geo.streets_files import GEOJSON_SUFFIXES, OSM_SUFFIXES


def street_import(case: Case) -> None:
    """Say which streets the case has, and take others."""
    kept = session.store().streets(case.id)
    network = session.streets().of(session.store(), case.id)
    if kept is None or network is None:
        st.info(t("No streets yet: cameras are ranked by straight lines. With streets, by the ways a person can go."))
    else:
        st.markdown(
            t(
                "**{kept}** · {edge_count:,} stretches of street between {node_count:,} junctions and ends",
                kept=parts.plain(kept[1]),
                edge_count=network.edge_count,
                node_count=network.node_count,
            )
        )
    files = upload_field(
        t("Street file: OpenStreetMap (.osm, .osm.bz2, .osm.gz, .osm.pbf) or GeoJSON ways"),
        purpose="streets",
        case=case,
        types=["osm", "bz2", "gz", "pbf", "geojson", "json"],
        hint=t("Such as an extract of the town from OpenStreetMap. It takes the place of the present streets."),
    )
    if not st.button(t("Use these streets"), disabled=not files) or not files:
        return
    file, by = files[-1], session.who()
    with TemporaryDirectory() as folder, st.spinner(t("Reading the streets …")):
        # a name of ours: the reader goes by the ending, and the file's own name is anybody's text
        path = Path(folder) / f"streets{_suffix(file.name)}"
        path.symlink_to(bytes_path(session.desk(), file).absolute())
        search.set_streets(session.store(), case.id, path, name=file.name, by=by)
    used_up(file, case)
    st.rerun()


def _suffix(name: str) -> str:
    endings = sorted((*OSM_SUFFIXES, *GEOJSON_SUFFIXES), key=len, reverse=True)
    for ending in endings:
        if name.casefold().endswith(ending):
            return ending
    raise BadInput(t("{name}: is not one of {what}", name=name, what=", ".join((*OSM_SUFFIXES, *GEOJSON_SUFFIXES))))
