from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from casework import live
from casework.addresses import parsed_networks
from casework.live import Watched
from dashboard import parts, session
from dashboard.glossary_terms import meaning
from dashboard.live_words import GAPS, picture_words, state_words
from dashboard.words import t, tn
from data.errors import BadInput
from data.live_models import LiveState
from data.models import Permission, utc_now

MOST_CAMERAS = 2000
USUAL_HOURS = 4
GAPS_SHOWN = 50
case = parts.case_needed()
store = session.store()
zone = ZoneInfo(case.timezone)
now = utc_now()

parts.heading(t("Live cameras"), case)
st.caption(
    t(
        "Cameras of the search area, watched for the person sought as it happens. Nothing is watched unless a "
        "supervisor turns it on, for a camera and until a time. Pictures are kept only of candidates; what was not "
        "seen, and when, is told below."
    )
)


def camera_name(camera_id: str) -> str:
    camera = store.camera(camera_id)
    return camera.name or camera.id


def share_words(one: Watched) -> str:
    words = t("watched for {span}", span=parts.span(one.watched_s(now)))
    gap_s = one.gap_s(now)
    if gap_s >= 1:
        words += t(", without a picture of use for {span}", span=parts.span(gap_s))
    return words + " · " + parts.counted(one.job.candidates, "candidate")


def gap_table(one: Watched) -> None:
    if not one.gaps:
        return
    shown = one.gaps[-GAPS_SHOWN:]
    with st.expander(tn("{n} gap", "{n} gaps", len(one.gaps)), icon=":material/timeline:"):
        st.caption(t("When nobody could have been seen there. The newest comes first."))
        st.dataframe(
            {
                t("From"): [parts.local(gap.from_at, case) for gap in reversed(shown)],
                t("To"): [parts.local(gap.to_at, case) if gap.to_at else t("goes on") for gap in reversed(shown)],
                t("What it was"): [t(GAPS[gap.state]) for gap in reversed(shown)],
                t("Why"): [gap.why for gap in reversed(shown)],
            },
            hide_index=True,
            width="stretch",
        )


def camera(one: Watched) -> None:
    watch = one.watch
    with st.container(border=True):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(f"#### {parts.plain(camera_name(watch.camera_id))}")
        left.caption(f"{parts.plain(watch.shown)} · " + t("until {at}", at=parts.local(watch.ends_at, case)))
        if one.is_on:
            st.markdown(state_words(one, case))
            if one.has_worker:
                st.markdown(f":gray[{picture_words(one, case)}]")
            if session.may(Permission.SEARCH, case) and right.button(
                t("Turn off"), key=f"off_{watch.job_id}", icon=":material/stop_circle:", width="stretch"
            ):
                with parts.errors_shown():
                    live.turn_off(store, watch.job_id, by=session.who())
                    session.keep("told", t("This camera is not watched any more."))
                    st.rerun()
        else:
            ended = one.job.ended_at or watch.ends_at
            why = parts.plain(one.job.note or one.job.error or "")
            st.markdown(":material/stop_circle: " + t("ended {at}: {why}", at=parts.local(ended, case), why=why))
        st.markdown(share_words(one), help=meaning("Candidate"))
        gap_table(one)


def end_typed(typed_day: date, typed_time: str) -> datetime:
    return datetime.combine(typed_day, parts.typed_time(typed_time), zone)


def turn_on() -> None:
    cameras = {camera.id: camera for camera in live.cameras_to_watch(store, case.id)[:MOST_CAMERAS]}
    if not cameras:
        st.info(t("There is no camera in the search area. Add one on the Cameras page, or draw the area wider."))
        return
    latest = live.latest_end(store, case.id)
    first = min(latest, now.replace(second=0, microsecond=0) + timedelta(hours=USUAL_HOURS)).astimezone(zone)
    key = f"turn_on_{len(known)}"  # once it is done the form is a new one: the address stays in no field
    with st.form(key, border=False):
        camera_id = st.selectbox(
            t("Camera"),
            list(cameras),
            format_func=lambda id: cameras[id].name or id,
            index=None,
            placeholder=t("choose a camera of the search area"),
        )
        address = st.text_input(
            t("Its address"),
            key=f"{key}_address",
            type="password",
            max_chars=2000,
            placeholder="rtsp://name:password@camera.example.org/stream",
            help=t(
                "RTSP (H.264, H.265, MJPEG) or HTTP (MJPEG). Name and password in it are encrypted, shown to nobody, "
                "and forgotten when the watch ends."
            ),
        )
        left, right = st.columns(2)
        day = left.date_input(t("Watch until"), value=first.date(), min_value=now.astimezone(zone).date())
        clock = right.text_input(t("at"), value=f"{first:%H:%M}", max_chars=8)
        st.caption(t("At most until {at}.", at=parts.local(latest, case)))
        is_covered = st.checkbox(
            t("The authority of this case covers watching this camera as it happens."),
            help=t(
                "In the EU, police who search live video of public places need an authorisation for it beforehand, by "
                "a judge or an independent authority (AI Act, Art. 5)."
            ),
        )
        if st.form_submit_button(t("Turn on"), type="primary", icon=":material/play_circle:"):
            with parts.errors_shown():
                if camera_id is None:
                    raise BadInput("camera: choose one")
                if not is_covered:
                    raise BadInput("authority: tick that it covers this; without it nothing is watched")
                wanted = session.settings()
                live.turn_on(
                    store, case.id, camera_id=camera_id, address=address, ends_at=end_typed(day, clock),
                    engine=wanted.engine, by=session.who(), queue=wanted.scan_queue,
                    allowed=parsed_networks(wanted.allowed_networks),
                )  # fmt: skip
                session.keep("told", t("A worker begins to watch this camera."))
                st.rerun()


parts.tell()
known = live.watched(store, case.id)
is_on = [one for one in known if one.is_on]
why_not = live.why_not_watched(store, case.id)
if parts.may(Permission.GOVERN, case):
    if why_not:
        st.info(t("No camera can be watched: {why}.", why=parts.plain(why_not)))
        with st.container(horizontal=True):
            st.page_link("pages/map.py", label=t("Go to the map"), icon=":material/map:")
            st.page_link("pages/case.py", label=t("Go to the case"), icon=":material/person_search:")
    else:
        with st.expander(t("Watch a camera"), expanded=not known, icon=":material/add_a_photo:"):
            turn_on()
if any(one.state is LiveState.WAITING for one in is_on):
    st.warning(t("No worker has one of these cameras. Is a worker running, and does it watch cameras?"))
if any(one.state is LiveState.DEAD for one in is_on):
    st.warning(t("A camera has been without a picture for 20 seconds or more: nobody is seen there."))
if not known:
    st.caption(t("No camera has been watched for this case."))
for one in known:
    camera(one)
if known:
    st.page_link("pages/review.py", label=t("Review the candidates"), icon=":material/fact_check:")
