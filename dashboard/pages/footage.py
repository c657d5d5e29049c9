from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from casework import bundles, jobs, uploads
from casework import footage as footages
from casework.correcting import correct_footage, details_of
from casework.demo import HELD_BACK
from casework.gallery_parts import GALLERY, PART
from casework.spots import by_id as by_their_ids
from dashboard import footage_details, footage_words, gallery_part, job_line, parts, session
from dashboard.bundle_part import bundle_card
from dashboard.footage_details import Cameras, FileSays
from dashboard.upload_field import upload_field
from dashboard.words import t, tn
from data.demo import demo_case
from data.errors import NotGoverned
from data.models import Footage, Job, Permission, Upload

AT_ONCE = 25  # a ZIP may bring thousands: so many are drawn at first, the newest
case = parts.case_needed()
store = session.store()
desk = session.desk()
settings = session.settings()
zone = ZoneInfo(case.timezone)

ranking = session.ranking(case)
ranked = {r.camera.id: (place, r) for place, r in enumerate(ranking.cameras, start=1)}
cameras = [r.camera for r in ranking.cameras]
cameras += sorted((c for c in session.cameras().cameras if c.id not in ranked), key=lambda c: c.name)
by_id = {camera.id: camera for camera in cameras}
spots = by_their_ids(store.spots(case.id))
kept = store.footages(case.id)

parts.heading(t("Footage"), case)
parts.tell()
if not cameras:
    st.info(
        t(
            "There are no cameras yet: import a list of them, or add one by hand. Pictures and films from phones, "
            "social media or news need none: they belong to a place."
        )
    )
    st.page_link("pages/cameras.py", label=t("Add cameras"), icon=":material/nest_cam_outdoor:")
is_ready = any(photo.is_usable for photo in store.photos(case.id))
if not is_ready:
    st.info(t("A search needs a reference photo with one face. Add it on the Case page first."))
    st.page_link("pages/case.py", label=t("Go to the case"), icon=":material/person_search:")
why_not = jobs.why_no_search(store, case.id)
if why_not is not None:
    st.warning(
        t(
            "Footage can be added and is kept, but for this case {why_not} on the Case page.",
            why_not=parts.plain(why_not),
        ),
        icon=":material/policy:",
    )
    st.page_link("pages/case.py", label=t("Go to Authority"), icon=":material/policy:", query_params={"case": case.id})
is_searched = is_ready and why_not is None
may_add = session.may(Permission.ADD_FOOTAGE, case)
may_search = session.may(Permission.SEARCH, case)


def camera_name(camera_id: str) -> str:
    camera = by_id[camera_id]
    place = f"{ranked[camera_id][0]}. " if camera_id in ranked else t("not in the ranking: ")
    return f"{place}{camera.name or camera.id}" + (f" · {camera.owner}" if camera.owner else "")


def asked_minutes(camera_id: str) -> None:
    if camera_id in ranked:
        r = ranked[camera_id][1]
        st.markdown(
            t(
                "Ask for **{start}** to **{end}**{recorder_words}",
                start=parts.local(r.start, case),
                end=parts.local(r.end, case),
                recorder_words=parts.recorder_words(r, case),
            )
        )


def chosen_camera() -> str:
    """The camera in the address, or the first: chosen once, so that a ranking that moves gives no file another one."""
    wanted = session.chosen("camera")
    if wanted not in by_id:
        wanted = cameras[0].id if cameras else ""
        session.choose("camera", wanted)
    return wanted


def start_day(camera_id: str) -> date:
    """The day a recording from this camera most likely begins on, by the recorder's clock."""
    start = ranked[camera_id][1].recorder_start if camera_id in ranked else datetime.now(zone) - timedelta(hours=1)
    return start.astimezone(zone).date()


def middle() -> tuple[float, float] | None:
    """Where the map for a place begins: the last sighting, or the first camera."""
    known = [*((s.lat, s.lon) for s in reversed(store.sightings(case.id))), *((c.lat, c.lon) for c in cameras[:1])]
    return known[0] if known else None


CHOICE = Cameras(by_id, camera_name, asked_minutes, start_day, spots, middle())


def demo_hint() -> None:
    if any(footage.original_name == HELD_BACK for footage in kept):
        return
    loaded = demo_case(store.sighting("demo-sighting-3").at + timedelta(hours=6))
    for clip in loaded.clips:
        if clip.file_name == HELD_BACK and clip.camera_id in by_id:
            start = clip.started_at.astimezone(zone)
            st.info(
                t(
                    "To try it: one clip was held back. Choose `{home}`, then **{camera_name}**; the recorder's "
                    "clock shows **{start:%Y/%m/%d}**, **{start2:%H:%M:%S}** at its start.",
                    home=settings.home / "demo-clips" / HELD_BACK,
                    camera_name=parts.plain(camera_name(clip.camera_id)),
                    start=start,
                    start2=start,
                ),
                icon=":material/lightbulb:",
            )


def waiting_card(upload: Upload) -> None:
    """A file that is here and whose details are still to be told."""
    words, button = st.columns([5, 1], vertical_alignment="top")
    words.markdown(t("**{name}** has arrived. Where and when was it recorded?", name=parts.plain(upload.name)))
    came = t("sent by {by}", by=parts.plain(upload.by)) if upload.by else t("sender not named")
    words.caption(
        t(
            "{megabytes:,.1f} MB · SHA-256 {start}… · {how} · {came}",
            megabytes=upload.size_bytes / 1e6,
            start=(upload.sha256 or "")[:16],
            how=upload.how,
            came=came,
        )
        + ("" if upload.case_id else t(" · came in without a case"))
    )
    if button.button(t("Discard"), key=f"discard_{upload.id}", width="stretch", help=t("Delete it; it is not kept.")):
        with parts.errors_shown():
            uploads.discard(desk, upload.id, case.id, by=session.who())
            st.rerun()
    if bundles.is_bundle(desk, upload.id):
        with parts.errors_shown():
            bundle_card(upload, case, CHOICE, label=add_label(), on_added=all_added)
        return
    looking = session.first_look(upload.id)
    look, problem = looking.result() if looking.done() else (None, "")
    left, right = st.columns([3, 1.2], gap="medium")
    with right:
        if look is not None:
            st.image(look.first_frame_jpeg, caption=t("its first picture"), width="stretch")
        elif problem:
            st.warning(parts.plain(problem), icon=":material/broken_image:")
        else:
            look_under_way(upload.id, session.page_token())
    with left, parts.errors_shown():
        details = footage_details.ask(
            case,
            CHOICE,
            f"new_{upload.id}",
            chosen=chosen_camera(),
            file=footage_details.says(upload.name, look, case),
            label=add_label(),
        )
        if details is not None:
            add(upload, details)


def add_label() -> str:
    return t("Add and search") if is_searched else t("Add")


def all_added(ids: list[str], words: str) -> None:
    """Files out of a ZIP are kept: each is searched, where it may be."""
    if is_searched and may_search:
        with parts.errors_shown():
            for footage_id in ids:
                jobs.request_scan(
                    store, footage_id, engine=settings.engine, queue=settings.scan_queue, by=session.who()
                )
    session.keep("told", words)
    st.rerun()


@st.fragment(run_every=1)
def look_under_way(upload_id: str, page: str) -> None:
    """Draws the page anew when the first picture is there, if it is still the page that is looked at."""
    if session.first_look(upload_id).done() and page == session.page_token():
        session.keep("drawn_for_worker", True)
        st.rerun()
    st.caption(t(":material/hourglass_top: looking for its first picture and its clock …"))


def add(upload: Upload, details: footages.Details) -> None:
    by = session.who()
    added = footages.add_uploaded(desk, upload.id, case.id, details=details, by=by)
    later = "" if is_ready else t(" It can be searched once the case has a reference photo.")
    later = later if why_not is None else t(" It is not searched: {why_not} on the Case page.", why_not=why_not)
    words = t("{name} is kept, SHA-256 {sha256}….{later}", name=upload.name, sha256=added.sha256[:16], later=later)
    if len(added.provenance) > 1:
        words = t(
            "{name}: these same bytes are in the case already, as {known}. It stays one item, whose "
            "record now says that it came in {times} times; its details stay as they were.",
            name=upload.name,
            known=added.original_name,
            times=len(added.provenance),
        )
    if is_searched and may_search and not store.jobs(of_id=added.id):
        try:
            jobs.request_scan(store, added.id, engine=settings.engine, queue=settings.scan_queue, by=by)
        except NotGoverned as error:  # it is kept all the same
            words += t(" It is not searched: {error}.", error=error)
    session.keep("told", words)
    st.rerun()


def card(footage: Footage, job: Job | None) -> None:
    words, button = st.columns([5, 1.2], vertical_alignment="top")
    camera = by_id.get(footage.camera_id) or spots[footage.camera_id]
    name = camera.name or footage.camera_id
    words.markdown(f"**{parts.plain(name)}** · {parts.plain(footage.original_name)}")
    words.caption(
        t(
            "starts {true_time} true time · {size_bytes:.1f} MB · SHA-256 {sha256}… · added by {added_by}",
            true_time=parts.local(footages.true_time(footage, 0.0), case),
            size_bytes=footage.size_bytes / 1e6,
            sha256=footage.sha256[:16],
            added_by=parts.plain(footage.added_by),
        )
    )
    is_open = job is not None and job.state in jobs.OPEN
    if job is not None and is_open:
        job_line.under_way(job.id)
    elif job is not None:
        job_line.line(job)
    label = t("Search again") if job else t("Search")
    if (
        may_search
        and not is_open
        and button.button(label, key=f"scan_{footage.id}", width="stretch", disabled=why_not is not None)
    ):
        with parts.errors_shown():
            by = session.who()
            jobs.request_scan(store, footage.id, engine=settings.engine, queue=settings.scan_queue, by=by)
            st.rerun()
    gallery_part.part(footage, galleries.get(footage.id), brought.get(footage.id))
    with st.expander(t("Details: camera, start, clock, where it came from"), icon=":material/schedule:"):
        footage_words.said_now(footage, case)
        if may_add and st.toggle(t("Correct them"), key=f"correct_{footage.id}"):
            correction(footage)


def correction(footage: Footage) -> None:
    st.caption(t("The file and the times inside it stay as they are; every true time that follows from this moves."))
    with parts.errors_shown():
        details = footage_details.ask(
            case,
            CHOICE,
            f"of_{footage.id}",
            chosen=footage.camera_id if footage.camera_id in by_id else chosen_camera(),
            file=FileSays(),
            said=details_of(footage),
            label=t("Save correction"),
        )
        if details is not None:
            session.keep(
                "told", footage_words.moved(correct_footage(store, footage, details=details, by=session.who()))
            )
            st.rerun()


def add_more() -> None:
    if case.is_demo:
        demo_hint()
    st.header(t("Add footage"), anchor=False)
    upload_field(
        t("Videos and pictures: the recorder's own export, uncut; from phones, social media, news as they came"),
        purpose=uploads.FOOTAGE,
        case=case,
        several=True,
        hint=t("Goes on after a lost connection or a closed page."),
        keeps=False,
    )
    here = uploads.waiting(desk, case.id)
    if not here and cameras:
        st.markdown(
            t(
                "Taken to be from **{camera_name}** until you say otherwise, file by file.",
                camera_name=parts.plain(camera_name(chosen_camera())),
            )
        )
        asked_minutes(chosen_camera())
    for arrived in here:
        with st.container(border=True):
            waiting_card(arrived)


if parts.may(Permission.ADD_FOOTAGE, case):
    add_more()

words, button = st.columns([5, 1.6], vertical_alignment="center")
words.header(t("In this case"), anchor=False)
if waiting := parts.waiting(case):
    label = tn("Review {n} candidate", "Review {n} candidates", waiting)
    if button.button(label, icon=":material/fact_check:", width="stretch"):
        st.switch_page("pages/review.py", query_params={"case": case.id})
if not kept:
    st.info(t("No footage yet. Ask the owner of a camera for the minutes named above, and add the file."))
newest_last = store.jobs(case_id=case.id)[::-1]
latest = {job.of_id: job for job in newest_last if job.kind == "scan"}
galleries = {job.of_id: job for job in newest_last if job.kind == GALLERY}
brought = {job.of_id: job for job in newest_last if job.kind == PART}
shown = session.recall("footage_shown", AT_ONCE)
for footage in kept[:shown]:
    with st.container(border=True):
        card(footage, latest.get(footage.id))
if len(kept) > shown:
    st.button(
        t("Show {n} more of {rest}", n=min(AT_ONCE, len(kept) - shown), rest=f"{len(kept) - shown:,}"),
        icon=":material/expand_more:",
        on_click=lambda: session.keep("footage_shown", shown + AT_ONCE),
    )
