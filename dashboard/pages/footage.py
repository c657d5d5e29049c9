from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from casework import footage as footages
from casework import jobs
from dashboard import parts, session
from data.clock import local_to_utc
from data.models import JobState

case = parts.case_needed()
store = session.store()
settings = session.settings()
zone = ZoneInfo(case.timezone)

st.title("Footage")
ranking = session.ranking(case)
ranked = {r.camera.id: (place, r) for place, r in enumerate(ranking.cameras, start=1)}
cameras = [r.camera for r in ranking.cameras]
cameras += sorted((c for c in store.cameras() if c.id not in ranked), key=lambda c: c.name)


def camera_name(camera_id: str) -> str:
    camera = by_id[camera_id]
    place = f"{ranked[camera_id][0]}. " if camera_id in ranked else "not in the ranking: "
    return f"{place}{camera.name or camera.id}" + (f" · {camera.owner}" if camera.owner else "")


by_id = {camera.id: camera for camera in cameras}
if not cameras:
    st.info("There are no cameras yet. Import a camera file with: cli.py cameras import FILE")
    st.stop()
if not any(photo.is_usable for photo in store.photos(case.id)):
    st.info("A search needs a reference photo with one face. Add it on the Case page first.")
    st.page_link("pages/case.py", label="Go to the case", icon=":material/person_search:")

st.header("Add footage")
chosen = session.recall("camera") or st.query_params.get("camera")
ids = list(by_id)
camera_id = st.selectbox(
    "From which camera",
    ids,
    index=ids.index(chosen) if chosen in by_id else 0,
    format_func=camera_name,
    help="In the order of the ranking: the first ones are worth asking first.",
)
session.keep("camera", camera_id)
camera = by_id[camera_id]
if camera_id in ranked:
    wanted = ranked[camera_id][1]
    st.markdown(
        f"Ask for **{parts.local(wanted.start, case)}** to **{parts.local(wanted.end, case)}**"
        + parts.recorder_words(wanted, case)
    )
    start_guess = wanted.recorder_start.astimezone(zone)
else:
    start_guess = datetime.now(zone) - timedelta(hours=1)
file = st.file_uploader(
    "Video file",
    max_upload_size=settings.max_upload_mb,
    help="The recorder's own export, uncut. Any usual video format.",
)
with st.form(f"footage_{camera_id}", border=False):
    left, middle, right = st.columns(3)
    day = left.date_input("Recorder's date at the start *", value=start_guess.date())
    typed = middle.text_input(
        "Recorder's time at the start *",
        placeholder="17:25:30",
        help=f"What the burnt-in clock shows in the first frame, in the case's time zone, {case.timezone}.",
    )
    offset_s = right.number_input(
        "Recorder is ahead of true time by (s)",
        value=float(camera.clock_offset_s),
        step=1.0,
        help="Negative when it is behind. Compare the recorder's clock with a phone's.",
    )
    sent = st.form_submit_button("Add and search", type="primary", disabled=file is None)
if sent and file is not None:
    by = parts.name_needed()
    with parts.errors_shown():
        read = local_to_utc(day, parts.typed_time(typed), case.timezone)
        if read.note:
            st.warning(parts.plain(read.note))
        added = footages.add_footage(
            store,
            case.id,
            camera_id=camera_id,
            stream=file,
            original_name=file.name,
            size_bytes=file.size,
            started_at=read.at,
            clock_offset_s=offset_s,
            by=by,
        )
        jobs.request_scan(store, added.id, engine=settings.engine, by=by)
        st.rerun()

st.header("In this case")


def is_busy() -> bool:
    return bool(store.jobs(case_id=case.id, open_only=True))


@st.fragment(run_every=1 if is_busy() else None)
def listing() -> None:
    kept = store.footages(case.id)
    if not kept:
        st.info("No footage yet. Choose a camera above, ask its owner for the minutes named there, and add the file.")
    latest = {job.of_id: job for job in reversed(store.jobs(case_id=case.id)) if job.kind == "scan"}
    for footage in kept:
        job = latest.get(footage.id)
        with st.container(border=True):
            words, button = st.columns([5, 1], vertical_alignment="center")
            name = store.camera(footage.camera_id).name or footage.camera_id
            words.markdown(f"**{parts.plain(name)}** · {parts.plain(footage.original_name)}")
            words.caption(
                f"starts {parts.local(footages.true_time(footage, 0.0), case)} true time · "
                f"{footage.size_bytes / 1e6:.1f} MB · SHA-256 {footage.sha256[:16]}…"
            )
            if job is not None:
                parts.job_line(job)
            if (job is None or job.state in (JobState.DONE, JobState.FAILED)) and button.button(
                "Search again" if job else "Search", key=f"scan_{footage.id}", width="stretch"
            ):
                with parts.errors_shown():
                    jobs.request_scan(store, footage.id, engine=settings.engine, by=parts.name_needed())
                    st.rerun()
    if session.recall("was_busy") and not is_busy():
        session.keep("was_busy", False)
        st.rerun()
    session.keep("was_busy", is_busy())


listing()
waiting = parts.waiting(case)
if waiting:
    st.page_link("pages/review.py", label=f"Review {parts.counted(waiting, 'candidate')}", icon=":material/fact_check:")
