import pandas as pd
import streamlit as st

from casework import cameras
from dashboard import parts, session
from dashboard.camera_form import KINDS, camera_form
from dashboard.camera_import import camera_import
from dashboard.street_import import street_import
from data.models import Camera, Permission

SHOWN = 500
store = session.store()
case = session.case_or_none()

may_edit = session.may(Permission.EDIT_CAMERAS)

st.title("Cameras")
known = session.cameras().cameras
if known:
    st.caption(f"{len(known):,} cameras, shared by all cases.")
else:
    st.info(
        "No cameras yet. Import the town's own list, a GeoJSON file, or an OpenStreetMap extract "
        "(man_made=surveillance); or add one by hand. The more you know of each (where it looks, how long it keeps "
        "its recordings, whose it is), the better the ranking and the requests.",
        icon=":material/videocam:",
    )

if parts.may(Permission.EDIT_CAMERAS):
    with (
        st.expander("Import cameras from a file", expanded=not known, icon=":material/upload_file:"),
        parts.errors_shown(),
    ):
        camera_import(case)
if case is not None and session.may(Permission.EDIT, case):
    with st.expander("Streets of this case", icon=":material/route:"), parts.errors_shown():
        street_import(case)
if may_edit:
    with st.expander("Add one camera by hand", icon=":material/add_location:"), parts.errors_shown():
        camera_form(None)


def matching(text: str) -> list[Camera]:
    words = text.casefold().split()
    if not words:
        return known
    return [c for c in known if all(word in _searched(c) for word in words)]


def _searched(camera: Camera) -> str:
    return f"{camera.name} {camera.id} {camera.owner} {camera.contact} {camera.kind} {camera.source}".casefold()


def looks(camera: Camera) -> str:
    return ", ".join(f"{heading:.0f}°" for heading in camera.headings_deg) or "?"


def edit(camera: Camera) -> None:
    with st.container(border=True):
        st.subheader(parts.plain(camera.name or camera.id))
        facts = [f"id {camera.id}", f"source {camera.source}" if camera.source else ""]
        facts.append(f'its source says it looks "{camera.direction_text}"' if camera.direction_text else "")
        st.caption(" · ".join(parts.plain(fact) for fact in facts if fact))
        if not may_edit:
            st.caption(parts.plain(f"clock: {camera.clock_checked or 'nobody said how it was checked'}"))
            return
        with parts.errors_shown():
            camera_form(camera)
        with parts.errors_shown():
            if st.button("Remove this camera", icon=":material/delete:"):
                cameras.remove_camera(store, camera.id, by=session.who())
                session.forget("edited_camera")
                session.keep("removed_camera", camera)
                st.rerun()


saved = session.recall("camera_saved")
if saved:
    st.success(parts.plain(saved), icon=":material/check_circle:")
    session.forget("camera_saved")
removed = session.recall("removed_camera")
if removed is not None:
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.markdown(f"{parts.plain(removed.name or removed.id)} is removed.")
    if button.button("Undo", icon=":material/undo:"):
        with parts.errors_shown():
            cameras.save_camera(store, removed, by=session.who())
            session.forget("removed_camera")
            st.rerun()
if known:
    text = st.text_input("Find", placeholder="name, owner, contact, kind or source", key="find_camera")
    found = matching(text)
    shown = found[:SHOWN]
    if not found:
        st.info("No camera has all of these words.")
    elif len(found) > SHOWN:
        st.caption(f"{len(found):,} cameras; the first {SHOWN} are shown. Type more of a name to find the others.")
    if found:
        chosen = st.dataframe(
            pd.DataFrame(
                {
                    "Name": [c.name or c.id for c in shown],
                    "Owner": [c.owner for c in shown],
                    "Looks": [looks(c) for c in shown],
                    "Kept (days)": [c.retention_days for c in shown],
                    "Clock ahead (s)": [c.clock_offset_s for c in shown],
                    "Kind": [KINDS.get(c.kind, c.kind) if c.kind else "" for c in shown],
                    "Contact": [c.contact for c in shown],
                    "Lat": [c.lat for c in shown],
                    "Lon": [c.lon for c in shown],
                    "Source": [c.source for c in shown],
                }
            ),
            hide_index=True,
            height=min(360, 38 + 35 * len(shown)),  # the heights of a header and a row
            on_select="rerun",
            selection_mode="single-row",
            key=f"cameras_{text}",
        )
        rows = chosen["selection"]["rows"]
        if rows and rows[0] < len(shown):
            edit(shown[rows[0]])
        else:
            st.caption(f"Select a row to see {'and correct ' if may_edit else ''}a camera.")
