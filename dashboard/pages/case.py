from io import BytesIO

import streamlit as st

from casework import cases, jobs, pictures
from dashboard import parts, session
from dashboard.sighting_form import KINDS, sighting_form
from data.models import JobState, Photo, utc_now

case = parts.case_needed()
store = session.store()
subject = case.subject

st.title(f"{parts.plain(subject.name)}")
sightings = store.sightings(case.id)
facts = [f"Case {parts.plain(case.number)}"]
if subject.birth_date:
    facts.append(f"born {subject.birth_date:%d %B %Y}")
if sightings:
    facts.append(f"last seen {parts.ago(utc_now() - sightings[-1].at)} ago")
st.markdown(" · ".join(facts))
if subject.description:
    st.markdown(parts.plain(subject.description))
if case.is_demo:
    st.caption(
        "Demonstration: the person, the owners and the events are invented. The face is scikit-image's astronaut "
        "photograph, and the clips show that same photograph: they demonstrate the loop, not its accuracy."
    )


def photo_card(photo: Photo) -> None:
    preview = pictures.reference(store, photo)
    if preview:
        st.image(preview)
    st.caption(parts.plain(photo.original_name))
    job = store.job(photo.job_id) if photo.job_id else None
    if photo.is_usable:
        st.markdown(f":material/check_circle: one face found · quality {photo.quality:.2f}")
    elif photo.problem:
        st.error(parts.plain(photo.problem), icon=":material/no_accounts:")
    elif job is not None and job.state is JobState.FAILED:
        st.error(parts.plain(job.error or "the check failed"), icon=":material/error:")
    else:
        st.markdown(":material/hourglass_top: looking for the face …")
    if st.button("Remove", key=f"remove_{photo.id}"):
        cases.remove_photo(store, photo.id, by=parts.name_needed())
        st.rerun()


def unchecked() -> bool:
    return any(not photo.is_usable and photo.problem is None for photo in store.photos(case.id))


@st.fragment(run_every=1 if unchecked() else None)
def photos() -> None:
    kept = store.photos(case.id)
    if not kept:
        st.info("No reference photo yet. Add one that shows only the missing person, face to the camera, and recent.")
    columns = st.columns(4)
    for number, photo in enumerate(kept):
        with columns[number % 4], st.container(border=True):
            photo_card(photo)
    if session.recall("was_unchecked") and not unchecked():
        session.keep("was_unchecked", False)
        st.rerun()
    session.keep("was_unchecked", unchecked())


st.header("Reference photos")
photos()
with st.form("add_photos", clear_on_submit=True, border=True):
    files = st.file_uploader(
        "Add photos (one face each)", type=["jpg", "jpeg", "png", "webp", "bmp"], accept_multiple_files=True
    )
    if st.form_submit_button("Add photos", type="secondary" if store.photos(case.id) else "primary"):
        by = parts.name_needed()
        for file in files:
            with parts.errors_shown():
                added = cases.add_photo(store, case.id, stream=BytesIO(file.getvalue()), original_name=file.name, by=by)
                jobs.check_photo(store, added.id, engine=session.settings().engine, by=by)
                session.keep("was_unchecked", True)
        if files:
            st.rerun()

st.header("Sightings")
if not sightings:
    st.info("No sighting yet. Add the last-known place below, or click it on the Map page.")
for number, sighting in enumerate(sightings, start=1):
    words, button = st.columns([6, 1], vertical_alignment="center")
    words.markdown(
        f"**{number}** · {parts.local(sighting.at, case)} ± {parts.span(sighting.tolerance_s)} · "
        f"{KINDS[sighting.kind]} · {sighting.lat:.5f}, {sighting.lon:.5f} ± {sighting.radius_m:.0f} m"
    )
    if sighting.source:
        words.caption(parts.plain(sighting.source))
    if sighting.match_id is None and button.button("Withdraw", key=f"withdraw_{sighting.id}"):
        cases.withdraw_sighting(store, sighting.id, by=parts.name_needed())
        session.keep("withdrawn", sighting.id)
        st.rerun()
withdrawn = session.recall("withdrawn")
if withdrawn and st.button("Undo: put the sighting back", icon=":material/undo:"):
    cases.restore_sighting(store, withdrawn, by=parts.name_needed())
    session.forget("withdrawn")
    st.rerun()
with st.expander("Add a sighting by hand", expanded=not sightings, icon=":material/add_location:"):
    sighting_form(case, place=None)
st.page_link("pages/map.py", label="Go to the map", icon=":material/map:")
