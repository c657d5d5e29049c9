from collections.abc import Sequence

import streamlit as st

from casework import cameras
from dashboard import camera_form, parts, session
from dashboard.camera_bulk import camera_bulk
from dashboard.camera_done import Done, done, what_was_done
from dashboard.camera_import import camera_import
from dashboard.camera_list import camera_list
from dashboard.camera_map import Pointed, camera_map
from dashboard.camera_words import FIELDS, shown, verified_words
from dashboard.street_import import street_import
from dashboard.words import later, t, tn
from data.models import Camera, Permission

LIST, IMPORT, ADD, STREETS = "list", "import", "add", "streets"
VIEWS = {
    LIST: (":material/list:", later("List")),
    IMPORT: (":material/upload_file:", later("Import from a file")),
    ADD: (":material/add_location:", later("Add one")),
    STREETS: (":material/route:", later("Streets of this case")),
}
TOLD = (
    "owner", "contact", "headings_deg", "range_m", "fov_deg", "retention_days", "clock_offset_s", "clock_checked",
    "kind", "is_indoor",
)  # fmt: skip
case = session.case_or_none()
may_edit = session.may(Permission.EDIT_CAMERAS)


def near() -> tuple[float, float] | None:
    """Where somebody who adds a camera probably wants to look."""
    sightings = session.store().sightings(case.id) if case else []
    if sightings:
        return sightings[-1].lat, sightings[-1].lon
    known = session.cameras().cameras
    return (known[0].lat, known[0].lon) if known else None


def view() -> str:
    """What is shown below the title: the list, or one of the ways to get more cameras."""
    offered = [LIST]
    if may_edit:
        offered += [IMPORT, ADD]
    if case is not None and session.may(Permission.EDIT, case):
        offered.append(STREETS)
    if len(offered) == 1:
        return LIST
    go = st.query_params.pop("view", None) or session.recall("cameras_go")  # the address, or what was just done
    if go in offered:
        session.forget("cameras_go")
        session.set_widget("cameras_view", go)
    elif not session.has_widget("cameras_view"):
        session.set_widget("cameras_view", LIST if session.cameras().cameras else IMPORT)
    chosen = st.segmented_control(
        t("What to do"),
        offered,
        format_func=lambda name: f"{VIEWS[name][0]} {t(VIEWS[name][1])}",
        key="cameras_view",
        label_visibility="collapsed",
    )
    return chosen or LIST


def facts(camera: Camera) -> None:
    """What is known of a camera, for who may not change it."""
    place = Pointed(camera.id, camera.lat, camera.lon, camera.headings_deg, camera.fov_deg, camera.range_m)
    camera_map(place, case=case, key=f"camera_map_{camera.id}", near=None, on_pick=None)
    lines = [f"- {t(FIELDS[name])}: {parts.plain(shown(name, getattr(camera, name)))}" for name in TOLD]
    st.markdown("\n".join([*lines, f"- {parts.plain(verified_words(camera))}"]))


@st.fragment
def one_camera(camera_id: str) -> None:
    """The chosen camera: its facts, to be corrected by who may."""
    camera = session.cameras().by_id.get(camera_id)
    if camera is None:
        st.info(t("This camera is not in the list any more."), icon=":material/videocam_off:")
        return
    st.subheader(parts.plain(camera.name or camera.id), anchor=False)
    known = [f"id {camera.id}", t("source {source}", source=camera.source) if camera.source else ""]
    if camera.direction_text:
        known.append(t('its source says it looks "{words}"', words=camera.direction_text))
    st.caption(" · ".join(parts.plain(fact) for fact in known if fact))
    if not may_edit:
        facts(camera)
        return
    with parts.errors_shown():
        camera_form.verify_button(camera)
    with parts.errors_shown():
        camera_form.camera_form(camera, case, near=near())
    with parts.errors_shown():
        if st.button(t("Remove this camera"), icon=":material/delete:", key=f"remove_{camera.id}"):
            cameras.remove_camera(session.store(), camera.id, by=session.who())
            session.choose("camera", None)
            done(Done(t("{name} is removed.", name=camera.name or camera.id), removed=camera))


@st.fragment
def new_camera() -> None:
    with parts.errors_shown():
        camera_form.camera_form(None, case, near=near())


def the_list() -> None:
    if not session.cameras().cameras:
        st.info(t("The list is empty. Import the town's cameras from a file, or add one."), icon=":material/videocam:")
        return
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        listed = camera_list(case)
        is_of_several = len(listed.ticked) > 1
        if may_edit and listed.found and not is_of_several:
            with st.expander(t("Change all that were found"), icon=":material/edit_note:"):
                several(listed.found, tn("{n:,} camera found", "{n:,} cameras found", len(listed.found)), picked=False)
    with right:
        if is_of_several and may_edit:
            several(listed.ticked, tn("{n} camera ticked", "{n} cameras ticked", len(listed.ticked)), picked=True)
        elif (chosen := session.chosen("camera")) is not None:
            one_camera(chosen)
        elif may_edit:
            st.info(
                t("Click a camera to see and correct it. Tick several to change them together."),
                icon=":material/ads_click:",
            )
        else:
            st.caption(t("Click a camera to see what is known of it."))


def several(chosen: Sequence[Camera], words: str, *, picked: bool) -> None:
    st.subheader(words, anchor=False)
    with parts.errors_shown():
        camera_bulk(chosen, picked=picked)


st.title(t("Cameras"), anchor=False)
count = len(session.cameras().cameras)
if count:
    st.caption(tn("{n:,} camera, shared by all cases.", "{n:,} cameras, shared by all cases.", count))
else:
    st.info(
        t(
            "No cameras yet. Import the town's own list, a GeoJSON file, or an OpenStreetMap extract "
            "(man_made=surveillance); or add one by hand. The more you know of each (where it looks, how long it keeps "
            "its recordings, whose it is), the better the ranking and the requests."
        ),
        icon=":material/videocam:",
    )
if not may_edit:
    parts.may(Permission.EDIT_CAMERAS)
with parts.errors_shown():
    what_was_done(may_undo=may_edit)
match view():
    case "import":
        with parts.errors_shown():
            camera_import(case)
    case "add":
        new_camera()
    case "streets":
        with parts.errors_shown():
            street_import(parts.case_needed())
    case _:
        the_list()
