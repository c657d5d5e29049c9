from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from zoneinfo import ZoneInfo

import streamlit as st

from casework import cases, governance, jobs, pictures, references, seen
from dashboard import alerts_part, authority_part, parts, photo_words, retention_part, session
from dashboard.glossary_terms import meaning
from dashboard.sighting_form import KINDS, sighting_form
from dashboard.sighting_import import sighting_import
from dashboard.team_part import team
from dashboard.upload_field import upload_field, used_up
from dashboard.words import dated, measured, t
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
facts = [t("Case {number}", number=parts.plain(case.number)), t(parts.MODES[case.mode])]
if subject.birth_date:
    facts.insert(1, t("born {day}", day=dated(subject.birth_date, "%d %B %Y")))
if sightings:
    facts.append(t("last seen {span} ago", span=parts.ago(utc_now() - sightings[-1].at)))
words, button = st.columns([4, 1], vertical_alignment="top")
words.markdown(" · ".join(facts) + (f"  \n{parts.plain(subject.description)}" if subject.description else ""))
if is_ready and button.button(t("Go to the map"), type="primary", icon=":material/map:", width="stretch"):
    st.switch_page("pages/map.py", query_params={"case": case.id})
if case.is_demo:
    st.caption(
        t(
            "Demonstration: the person, the owners and the events are invented. The face is scikit-image's astronaut "
            "photograph, and the clips show that same photograph: they demonstrate the loop, not its accuracy."
        )
    )
if not may_edit:
    st.caption(f":material/lock: {parts.plain(session.why_not(Permission.EDIT))}")
parts.tell()
authority_part.searchable(case)
alerts_part.notice(case)
if pictures.are_hidden(store, case.id):
    st.caption(t(":material/child_care: The person is under 18: pictures are for those alone who work with them."))


def photo_card(photo: Photo) -> None:
    preview = pictures.reference(store, photo)
    if preview:
        st.image(preview, width="stretch", alt=t("reference photo with a box around the face found"))
    st.caption(parts.plain(photo.original_name))
    job = store.job(photo.job_id) if photo.job_id else None
    has_failed = job is not None and job.state is JobState.FAILED
    if photo.is_usable:
        st.markdown(
            t(
                ":material/check_circle: one face found · quality {quality}",
                quality=photo_words.quality_words(photo.quality or 0.0),
            )
        )
        if photo.id in misfits:
            st.markdown(t(":material/warning: **does not fit the others**"))
        photo_date(photo)
    elif photo.problem:
        st.error(parts.plain(photo.problem), icon=":material/no_accounts:")
    elif has_failed and job is not None:
        st.error(parts.plain(job.error or t("the check failed")), icon=":material/error:")
    else:
        st.markdown(t(":material/hourglass_top: looking for the face …"))
    if not may_edit:
        return
    with parts.errors_shown():
        if has_failed and st.button(t("Check again"), key=f"again_{photo.id}", width="stretch"):
            jobs.check_photo(store, photo.id, engine=engine, by=session.who())
            st.rerun()
        if st.button(t("Remove"), key=f"remove_{photo.id}", width="stretch"):
            references.remove_photo(store, photo.id, by=session.who())
            session.keep("removed_photo", photo)
            st.rerun()


def photo_date(photo: Photo) -> None:
    taken = t("taken {day}", day=dated(photo.taken_on, "%d %b %Y")) if photo.taken_on else ""
    label = taken or t("when taken?")
    if not may_edit:
        st.caption(taken or t("when taken: not known"))
        return
    was = session.drawn_from(f"photo_{photo.id}", photo)
    with st.popover(label, width="stretch"), st.form(f"dated_{photo.id}", border=False):
        taken_on = st.date_input(
            t("Taken on"), value=photo.taken_on, min_value=subject.birth_date or "1900-01-01", max_value="today"
        )
        st.caption(t("Leave it empty when nobody knows; a guess of the year is better than nothing."))
        if st.form_submit_button(t("Save the date")):
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
            t(
                "Does not look like the person in the other photos: {names}. Make sure that it shows the person "
                "who is sought; if in doubt, remove it: candidates are compared with every photo.",
                names=names,
            ),
            icon=":material/compare:",
        )
    if words := photo_words.renewal_words(case):
        st.caption(words)
    job = next((job for job in store.jobs(case_id=case.id) if job.kind == "recompare"), None)
    if job is not None and job.state is JobState.FAILED:
        st.error(
            t("Comparing again was not finished: {why}", why=parts.plain(job.error or "")), icon=":material/error:"
        )
        if may_edit and st.button(t("Compare again")):
            with parts.errors_shown():
                jobs.references_changed(store, case.id, by=session.who())
                st.rerun()


def photo_form() -> None:
    files = upload_field(
        t("Add photos of the person alone, face to the camera, as recent as possible"),
        purpose="photo",
        case=case,
        types=["jpg", "jpeg", "png", "webp", "bmp"],
        several=True,
    )
    if not st.button(t("Add photos"), type="secondary" if is_ready else "primary"):
        return
    with parts.errors_shown():
        by = session.who()
        if not files:
            raise BadInput(t("photos: choose one or more first, and wait until they have arrived"))
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
        if st.button(
            t("Undo: put {name} back", name=parts.plain(removed.original_name)),
            icon=":material/undo:",
        ):
            references.restore_photo(store, removed.id, by=session.who())
            session.forget("removed_photo")
            st.rerun()


def sighting_line(number: int, sighting: Sighting) -> None:
    words, button = st.columns([5, 1.6], vertical_alignment="top")
    source = f"  \n:gray[{parts.plain(sighting.source)}]" if sighting.source else ""
    place = measured(f"{sighting.lat:.5f}, {sighting.lon:.5f} ± {sighting.radius_m:.0f} m")
    words.markdown(
        f"**{number}** · **{parts.local(sighting.at, case)}** ± {parts.span(sighting.tolerance_s)} · "
        f"{t(KINDS[sighting.kind])}  \n{place}{source}"
    )
    if sighting.match_id is not None:
        match = store.match(sighting.match_id)
        words.caption(parts.plain(seen.result_words(store.job(match.track.scan_id), match)))
        if button.button(t("See match"), key=f"match_{sighting.id}", width="stretch"):
            session.choose("match", sighting.match_id)
            st.switch_page("pages/review.py", query_params={"case": case.id, "match": sighting.match_id})
    elif may_edit and button.button(t("Withdraw"), key=f"withdraw_{sighting.id}", width="stretch"):
        with parts.errors_shown():
            cases.withdraw_sighting(store, sighting.id, by=session.who())
            session.keep("withdrawn", sighting.id)
            st.rerun()


def undo_withdrawal() -> None:
    withdrawn = session.recall("withdrawn")
    if withdrawn is None:
        return
    with parts.errors_shown():
        if st.button(t("Undo: put the sighting back"), icon=":material/undo:"):
            cases.restore_sighting(store, withdrawn, by=session.who())
            session.forget("withdrawn")
            st.rerun()


def correction_form() -> None:
    was = session.drawn_from("case", case)
    with st.form("correct_case", border=False):
        left, right = st.columns(2)
        name = left.text_input(t("Name of the missing person"), value=subject.name, max_chars=200)
        birth_date = right.date_input(
            t("Birth date"), value=subject.birth_date, min_value="1900-01-01", max_value="today"
        )
        modes = list(parts.MODES)
        mode = left.selectbox(
            t("How they move"), modes, index=modes.index(case.mode), format_func=lambda mode: t(parts.MODES[mode])
        )
        description = right.text_input(t("Description"), value=subject.description, max_chars=2000)
        notes = st.text_area(t("Notes"), value=case.notes, max_chars=20_000)
        if not st.form_submit_button(t("Save")):
            return
        with parts.errors_shown():
            changed = replace(subject, name=name.strip(), birth_date=birth_date, description=description.strip())
            cases.change_case(store, was, by=session.who(), subject=changed, mode=mode, notes=notes)
            session.keep("told", t("Saved."))
            st.rerun()


left, right = st.columns(2, gap="medium")
with left:
    st.header(t("Reference photos"), anchor=False, help=meaning("Quality of a photo"))
    if not photos:
        st.info(t("No reference photo yet. A search compares faces with these photos, so add one first."))
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
        with st.expander(t("Add photos"), expanded=not is_ready, icon=":material/add_photo_alternate:"):
            photo_form()
    elif may_edit:
        photo_form()
with right:
    st.header(t("Sightings"), anchor=False, help=meaning("± m and ± min"))
    if not sightings:
        st.info(
            t("No sighting yet. Click the last-known place on the map, or type it below.")
            if may_edit
            else t("No sighting yet.")
        )
    for number, sighting in enumerate(sightings, start=1):
        sighting_line(number, sighting)
    if may_edit:
        undo_withdrawal()
        with st.expander(t("Add a sighting by hand"), icon=":material/add_location:"):
            sighting_form(case, place=None)
        sighting_import(case)
    if not is_ready:
        st.page_link("pages/map.py", label=t("Go to the map"), icon=":material/map:")
if may_edit:
    with st.expander(t("Correct the case, notes"), icon=":material/edit:"):
        correction_form()
elif case.notes:
    with st.expander(t("Notes"), icon=":material/notes:"):
        st.markdown(parts.plain(case.notes))
cannot_search = governance.why_not_searchable(case, utc_now()) is not None
with st.expander(t("Authority"), icon=":material/policy:", expanded=cannot_search):
    authority_part.authority(case)
with st.expander(t("Team"), icon=":material/group:"):
    team(case)
with st.expander(t("Who is told"), icon=":material/notifications:"):
    alerts_part.who_is_told(case)
with st.expander(t("Face vectors of people seen"), icon=":material/fingerprint:", expanded=case.keeps_vectors):
    retention_part.face_vectors(case)
with st.expander(t("How long what is kept"), icon=":material/timer:"):
    retention_part.clocks(case)
if session.may(Permission.GOVERN, case):
    with st.expander(t("Destroy"), icon=":material/delete_forever:"):
        retention_part.destroying(case)
