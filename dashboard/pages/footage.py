from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from casework import footage as footages
from casework import jobs
from casework.demo import HELD_BACK
from dashboard import parts, session
from data.clock import local_to_utc
from data.demo import demo_case
from data.errors import BadInput
from data.models import Footage, Job, JobState

case = parts.case_needed()
store = session.store()
settings = session.settings()
zone = ZoneInfo(case.timezone)

ranking = session.ranking(case)
ranked = {r.camera.id: (place, r) for place, r in enumerate(ranking.cameras, start=1)}
cameras = [r.camera for r in ranking.cameras]
cameras += sorted((c for c in session.cameras() if c.id not in ranked), key=lambda c: c.name)
by_id = {camera.id: camera for camera in cameras}
kept = store.footages(case.id)

parts.heading("Footage", case)
parts.tell()
if not cameras:
    st.info("There are no cameras yet. Footage belongs to a camera: import a list of them, or add one by hand.")
    st.page_link("pages/cameras.py", label="Add cameras", icon=":material/nest_cam_outdoor:")
    st.stop()
is_ready = any(photo.is_usable for photo in store.photos(case.id))
if not is_ready:
    st.info("A search needs a reference photo with one face. Add it on the Case page first.")
    st.page_link("pages/case.py", label="Go to the case", icon=":material/person_search:")


def camera_name(camera_id: str) -> str:
    camera = by_id[camera_id]
    place = f"{ranked[camera_id][0]}. " if camera_id in ranked else "not in the ranking: "
    return f"{place}{camera.name or camera.id}" + (f" · {camera.owner}" if camera.owner else "")


def chosen_camera() -> str:
    wanted = session.chosen("camera")
    if wanted not in by_id:  # chosen once: a ranking that moves meanwhile must not give the file another camera
        wanted = cameras[0].id
        session.choose("camera", wanted)
    session.set_widget("footage_camera", wanted)
    camera_id = st.selectbox(
        "From which camera",
        list(by_id),
        format_func=camera_name,
        key="footage_camera",
        on_change=lambda: session.choose("camera", session.widget("footage_camera")),
        help="In the order of the ranking: the first ones are worth asking first.",
    )
    if camera_id in ranked:
        r = ranked[camera_id][1]
        st.markdown(
            f"Ask for **{parts.local(r.start, case)}** to **{parts.local(r.end, case)}**{parts.recorder_words(r, case)}"
        )
    return str(camera_id)


def start_day(camera_id: str) -> date:
    """The day a recording from this camera most likely begins on, by the recorder's clock."""
    start = ranked[camera_id][1].recorder_start if camera_id in ranked else datetime.now(zone) - timedelta(hours=1)
    return start.astimezone(zone).date()


def demo_hint() -> None:
    if any(footage.original_name == HELD_BACK for footage in kept):
        return
    loaded = demo_case(store.sighting("demo-sighting-3").at + timedelta(hours=6))
    for clip in loaded.clips:
        if clip.file_name == HELD_BACK and clip.camera_id in by_id:
            start = clip.started_at.astimezone(zone)
            st.info(
                f"To try it: one clip was held back. Choose **{parts.plain(camera_name(clip.camera_id))}** and the "
                f"file `{settings.home / 'demo-clips' / HELD_BACK}`; the recorder's clock shows **{start:%Y/%m/%d}**, "
                f"**{start:%H:%M:%S}** at its start.",
                icon=":material/lightbulb:",
            )


def started_at(day: date, typed: str, second: bool | None) -> datetime:
    """The instant the recorder's clock meant; `second` tells which, in the hour that clocks repeat in autumn."""
    read = local_to_utc(day, parts.typed_time(typed), case.timezone)
    if not read.spread_s:
        session.forget("came_twice")
        return read.at
    spread = timedelta(seconds=read.spread_s)
    came_twice = (read.at - spread, read.at + spread)
    if second is None or session.recall("came_twice") != came_twice:
        session.keep("came_twice", came_twice)
        st.rerun()
    return came_twice[second]


def which_hour() -> bool | None:
    """Whether the second of two equal hours is meant; None while nobody has said."""
    came_twice = session.recall("came_twice")
    if came_twice is None:
        return None
    first, last = (parts.local(at, case) for at in came_twice)
    st.warning(
        "This time came twice that night: the clocks were put back. Say which one the recorder meant, then press "
        "the button again. Many recorders never change their clock: they stay on one of the two all year.",
        icon=":material/schedule:",
    )
    words = {False: f"the first, {first}", True: f"the second, an hour later, {last}"}
    said: bool | None = st.radio("Which one", [False, True], index=None, format_func=words.__getitem__)
    return said


def footage_form(camera_id: str) -> None:
    camera = by_id[camera_id]
    name = f"footage_{case.id}_{session.recall('footage_added', 0)}"  # a new name empties the form
    with st.form(name, border=False):
        file = st.file_uploader(
            "Video file *",
            key=f"{name}_file",
            max_upload_size=settings.max_upload_mb,
            help="The recorder's own export, uncut. Any usual video format.",
        )
        left, middle, right = st.columns(3)
        day = left.date_input(
            "Recorder's date at the start *", value=start_day(camera_id), key=f"{name}_{camera_id}_day"
        )
        typed = middle.text_input(
            "Recorder's time at the start *",
            placeholder="17:25:30",
            key=f"{name}_time",
            help=f"What the burnt-in clock shows in the first frame, in the case's time zone, {case.timezone}.",
        )
        offset_s = right.number_input(
            "Recorder is ahead of true time by (s)",
            value=float(camera.clock_offset_s),
            step=1.0,
            format="%.1f",
            key=f"{name}_{camera_id}_offset",
            help="Negative when it is behind. Compare the recorder's clock with a phone's.",
        )
        second = which_hour()
        if not st.form_submit_button("Add and search" if is_ready else "Add", type="primary", icon=":material/upload:"):
            return
        with parts.errors_shown():
            by = parts.name_needed()
            if file is None:
                raise BadInput("video file: choose it first")
            added = footages.add_footage(
                store,
                case.id,
                camera_id=camera_id,
                stream=file,
                original_name=file.name,
                size_bytes=file.size,
                started_at=started_at(day, typed, second),
                clock_offset_s=offset_s,
                by=by,
            )
            session.keep("footage_added", session.recall("footage_added", 0) + 1)
            session.forget("came_twice")
            later = "" if is_ready else " It can be searched once the case has a reference photo."
            session.keep("told", f"{added.original_name} is kept, SHA-256 {added.sha256[:16]}….{later}")
            if is_ready:
                jobs.request_scan(store, added.id, engine=settings.engine, by=by)
            st.rerun()


def card(footage: Footage, job: Job | None) -> None:
    words, button = st.columns([5, 1.2], vertical_alignment="top")
    name = by_id[footage.camera_id].name or footage.camera_id
    words.markdown(f"**{parts.plain(name)}** · {parts.plain(footage.original_name)}")
    words.caption(
        f"starts {parts.local(footages.true_time(footage, 0.0), case)} true time · "
        f"{footage.size_bytes / 1e6:.1f} MB · SHA-256 {footage.sha256[:16]}… · added by {parts.plain(footage.added_by)}"
    )
    is_open = job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
    if job is not None and is_open:
        parts.job_under_way(job.id)
    elif job is not None:
        parts.job_line(job)
    label = "Search again" if job else "Search"
    if not is_open and button.button(label, key=f"scan_{footage.id}", width="stretch"):
        with parts.errors_shown():
            jobs.request_scan(store, footage.id, engine=settings.engine, by=parts.name_needed())
            st.rerun()


if case.is_demo:
    demo_hint()
st.header("Add footage", anchor=False)
footage_form(chosen_camera())

words, button = st.columns([5, 1.6], vertical_alignment="center")
words.header("In this case", anchor=False)
if waiting := parts.waiting(case):
    label = f"Review {parts.counted(waiting, 'candidate')}"
    if button.button(label, icon=":material/fact_check:", width="stretch"):
        st.switch_page("pages/review.py", query_params={"case": case.id})
if not kept:
    st.info("No footage yet. Choose a camera above, ask its owner for the minutes named there, and add the file.")
latest = {job.of_id: job for job in reversed(store.jobs(case_id=case.id)) if job.kind == "scan"}
for footage in kept:
    with st.container(border=True):
        card(footage, latest.get(footage.id))
