from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from zoneinfo import ZoneInfo

import streamlit as st

from casework import cases, governance, jobs, pictures, references, seen
from dashboard import authority_part, parts, photo_words, retention_part, session
from dashboard.sighting_form import KINDS, sighting_form
from dashboard.sighting_import import sighting_import
from dashboard.team_part import team
from dashboard.upload_field import upload_field, used_up
from data.errors import BadInput
from data.models import JobState, Permission, Photo, Sighting, Upload, utc_now

CARD_PX = 146  # three beside one another in half of a laptop's window, two on a telephone
case = parts.case_needed()
store = session.store()
engine = session.settings().engine
subject = case.subject
sightings = store.sightings(case.id)
photos = store.photos(case.id)
is_ready = any(photo.is_usable for photo in photos)
may_edit = session.may(Permission.EDIT, case)
misfits = references.misfits(store, photos, engine=engine)
compared_on = (sightings[-1].at if sightings else utc_now()).astimezone(ZoneInfo(case.timezone)).date()

st.title(parts.plain(subject.name), anchor=False)
facts = [f"Case {parts.plain(case.number)}", parts.MODES[case.mode]]
if subject.birth_date:
    facts.insert(1, f"born {subject.birth_date:%d %B %Y}")
if sightings:
    facts.append(f"last seen {parts.ago(utc_now() - sightings[-1].at)} ago")
words, button = st.columns([4, 1], vertical_alignment="top")
words.markdown(" · ".join(facts) + (f"  \n{parts.plain(subject.description)}" if subject.description else ""))
if is_ready and button.button("Go to the map", type="primary", icon=":material/map:", width="stretch"):
    st.switch_page("pages/map.py", query_params={"case": case.id})
if case.is_demo:
    st.caption(
        "Demonstration: the person, the owners and the events are invented. The face is scikit-image's astronaut "
        "photograph, and the clips show that same photograph: they demonstrate the loop, not its accuracy."
    )
if not may_edit:
    st.caption(f":material/lock: {parts.plain(session.why_not(Permission.EDIT))}")
parts.tell()
authority_part.searchable(case)
if pictures.are_hidden(store, case.id):
    st.caption(":material/child_care: The person is under 18: pictures are for those alone who work with them.")


def photo_card(photo: Photo) -> None:
    preview = pictures.reference(store, photo)
    if preview:
        st.image(preview, width="stretch", alt="reference photo with a box around the face found")
    st.caption(parts.plain(photo.original_name))
    job = store.job(photo.job_id) if photo.job_id else None
    has_failed = job is not None and job.state is JobState.FAILED
    if photo.is_usable:
        st.markdown(
            f":material/check_circle: one face found · quality {photo_words.quality_words(photo.quality or 0.0)}"
        )
        if photo.id in misfits:
            st.markdown(":material/warning: **does not fit the others**")
        photo_date(photo)
    elif photo.problem:
        st.error(parts.plain(photo.problem), icon=":material/no_accounts:")
    elif has_failed and job is not None:
        st.error(parts.plain(job.error or "the check failed"), icon=":material/error:")
    else:
        st.markdown(":material/hourglass_top: looking for the face …")
    if not may_edit:
        return
    with parts.errors_shown():
        if has_failed and st.button("Check again", key=f"again_{photo.id}", width="stretch"):
            jobs.check_photo(store, photo.id, engine=engine, by=session.who())
            st.rerun()
        if st.button("Remove", key=f"remove_{photo.id}", width="stretch"):
            references.remove_photo(store, photo.id, by=session.who())
            session.keep("removed_photo", photo)
            st.rerun()


def photo_date(photo: Photo) -> None:
    label = f"taken {photo.taken_on:%d %b %Y}" if photo.taken_on else "when taken?"
    if not may_edit:
        st.caption(f"taken {photo.taken_on:%d %b %Y}" if photo.taken_on else "when taken: not known")
        return
    was = session.drawn_from(f"photo_{photo.id}", photo)
    with st.popover(label, width="stretch"), st.form(f"dated_{photo.id}", border=False):
        taken_on = st.date_input(
            "Taken on", value=photo.taken_on, min_value=subject.birth_date or "1900-01-01", max_value="today"
        )
        st.caption("Leave it empty when nobody knows; a guess of the year is better than nothing.")
        if st.form_submit_button("Save the date"):
            with parts.errors_shown():
                references.set_taken_on(store, photo.id, taken_on, by=session.who(), was=was)
                st.rerun()


def what_photos_claim(usable: Sequence[Photo]) -> None:
    said = photo_words.cautions([references.claim(case, photo, compared_on) for photo in usable])
    if said:
        st.caption("  \n".join(said))
    if misfits:
        names = ", ".join(parts.plain(photo.original_name) for photo in usable if photo.id in misfits)
        st.warning(
            f"Does not look like the person in the other photos: {names}. Make sure that it shows the person who is "
            "sought; if in doubt, remove it: candidates are compared with every photo.",
            icon=":material/compare:",
        )
    if words := photo_words.renewal_words(case):
        st.caption(words)
    job = next((job for job in store.jobs(case_id=case.id) if job.kind == "recompare"), None)
    if job is not None and job.state is JobState.FAILED:
        st.error(f"Comparing again was not finished: {parts.plain(job.error or '')}", icon=":material/error:")
        if may_edit and st.button("Compare again"):
            with parts.errors_shown():
                jobs.references_changed(store, case.id, by=session.who())
                st.rerun()


def photo_form() -> None:
    files = upload_field(
        "Add photos of the person alone, face to the camera, as recent as possible",
        purpose="photo",
        case=case,
        types=["jpg", "jpeg", "png", "webp", "bmp"],
        several=True,
    )
    if not st.button("Add photos", type="secondary" if is_ready else "primary"):
        return
    with parts.errors_shown():
        by = session.who()
        if not files:
            raise BadInput("photos: choose one or more first, and wait until they have arrived")
        keep_photos(files, by)


def keep_photos(files: Sequence[Upload], by: str) -> None:
    kept = 0
    for file in files:
        stream = BytesIO(session.content(file))
        used_up(file, case)
        with parts.errors_shown():
            added = cases.add_photo(store, case.id, stream=stream, original_name=file.name, by=by)
            jobs.check_photo(store, added.id, engine=engine, by=by)
            kept += 1
    if kept == len(files):
        st.rerun()


def undo_removal() -> None:
    removed = session.recall("removed_photo")
    if removed is None:
        return
    with parts.errors_shown():
        if st.button(f"Undo: put {parts.plain(removed.original_name)} back", icon=":material/undo:"):
            references.restore_photo(store, removed.id, by=session.who())
            session.forget("removed_photo")
            st.rerun()


def sighting_line(number: int, sighting: Sighting) -> None:
    words, button = st.columns([5, 1.6], vertical_alignment="top")
    source = f"  \n:gray[{parts.plain(sighting.source)}]" if sighting.source else ""
    words.markdown(
        f"**{number}** · **{parts.local(sighting.at, case)}** ± {parts.span(sighting.tolerance_s)} · "
        f"{KINDS[sighting.kind]}  \n{sighting.lat:.5f}, {sighting.lon:.5f} ± {sighting.radius_m:.0f} m{source}"
    )
    if sighting.match_id is not None:
        match = store.match(sighting.match_id)
        words.caption(parts.plain(seen.result_words(store.job(match.track.scan_id), match)))
        if button.button("See match", key=f"match_{sighting.id}", width="stretch"):
            session.choose("match", sighting.match_id)
            st.switch_page("pages/review.py", query_params={"case": case.id, "match": sighting.match_id})
    elif may_edit and button.button("Withdraw", key=f"withdraw_{sighting.id}", width="stretch"):
        with parts.errors_shown():
            cases.withdraw_sighting(store, sighting.id, by=session.who())
            session.keep("withdrawn", sighting.id)
            st.rerun()


def undo_withdrawal() -> None:
    withdrawn = session.recall("withdrawn")
    if withdrawn is None:
        return
    with parts.errors_shown():
        if st.button("Undo: put the sighting back", icon=":material/undo:"):
            cases.restore_sighting(store, withdrawn, by=session.who())
            session.forget("withdrawn")
            st.rerun()


def correction_form() -> None:
    was = session.drawn_from("case", case)
    with st.form("correct_case", border=False):
        left, right = st.columns(2)
        name = left.text_input("Name of the missing person", value=subject.name, max_chars=200)
        birth_date = right.date_input("Birth date", value=subject.birth_date, min_value="1900-01-01", max_value="today")
        modes = list(parts.MODES)
        mode = left.selectbox("How they move", modes, index=modes.index(case.mode), format_func=parts.MODES.__getitem__)
        description = right.text_input("Description", value=subject.description, max_chars=2000)
        notes = st.text_area("Notes", value=case.notes, max_chars=20_000)
        if not st.form_submit_button("Save"):
            return
        with parts.errors_shown():
            changed = replace(subject, name=name.strip(), birth_date=birth_date, description=description.strip())
            cases.change_case(store, was, by=session.who(), subject=changed, mode=mode, notes=notes)
            session.keep("told", "Saved.")
            st.rerun()


left, right = st.columns(2, gap="medium")
with left:
    st.header("Reference photos", anchor=False)
    if not photos:
        st.info("No reference photo yet. A search compares faces with these photos, so add one first.")
    usable = [photo for photo in photos if photo.is_usable]
    with st.container(horizontal=True, gap="small"):
        for photo in usable:
            with st.container(border=True, width=CARD_PX):
                photo_card(photo)
    for photo in photos:
        if photo not in usable:
            with st.container(border=True):
                photo_card(photo)
    what_photos_claim(usable)
    if may_edit:
        undo_removal()
    if may_edit and photos:
        with st.expander("Add photos", expanded=not is_ready, icon=":material/add_photo_alternate:"):
            photo_form()
    elif may_edit:
        photo_form()
with right:
    st.header("Sightings", anchor=False)
    if not sightings:
        st.info("No sighting yet." + (" Click the last-known place on the map, or type it below." if may_edit else ""))
    for number, sighting in enumerate(sightings, start=1):
        sighting_line(number, sighting)
    if may_edit:
        undo_withdrawal()
        with st.expander("Add a sighting by hand", icon=":material/add_location:"):
            sighting_form(case, place=None)
        sighting_import(case)
    if not is_ready:
        st.page_link("pages/map.py", label="Go to the map", icon=":material/map:")
if may_edit:
    with st.expander("Correct the case, notes", icon=":material/edit:"):
        correction_form()
elif case.notes:
    with st.expander("Notes", icon=":material/notes:"):
        st.markdown(parts.plain(case.notes))
cannot_search = governance.why_not_searchable(case, utc_now()) is not None
with st.expander("Authority", icon=":material/policy:", expanded=cannot_search):
    authority_part.authority(case)
with st.expander("Team", icon=":material/group:"):
    team(case)
with st.expander("Face vectors of people seen", icon=":material/fingerprint:", expanded=case.keeps_vectors):
    retention_part.face_vectors(case)
with st.expander("How long what is kept", icon=":material/timer:"):
    retention_part.clocks(case)
if session.may(Permission.GOVERN, case):
    with st.expander("Destroy", icon=":material/delete_forever:"):
        retention_part.destroying(case)
