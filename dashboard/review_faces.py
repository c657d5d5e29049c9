"""The pictures of the review page: faces beside one another, the track's shots, the film, the whole picture."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from casework import close_looks, pictures
from casework.close_looks import Looked
from casework.footage import true_time
from casework.review import Candidate
from dashboard import parts, session
from dashboard.words import t
from data.models import Case, JobState, Permission, Photo, utc_now

FACE_PX, SHOT_PX = 344, 80
IMPATIENT = timedelta(minutes=2)


def inline(jpeg: bytes) -> str:
    """A picture within the page itself.

    One behind an address of its own is gone as soon as the next candidate is drawn, which is often before the browser
    has fetched it when somebody goes through the queue by the keys.
    """
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"


def faces(candidate: Candidate, photos: Sequence[Photo], looked: Looked) -> None:
    """The best reference photo and the candidate's best shot, at one scale as soon as a closer look was taken."""
    store = session.store()
    upright = [face for photo in photos if (face := close_looks.upright_reference(store, photo))]
    cut = [face for photo in photos if (face := pictures.reference_face(store, photo))]
    is_aligned = bool(looked.face and upright)
    known = upright if is_aligned else cut
    crop = looked.face.jpeg if looked.face and is_aligned else pictures.crop(store, candidate.match)
    left, right = st.columns(2, wrap=False, gap="small")
    with left, st.container(key="face_reference", gap="xsmall"):
        st.markdown(f"**{t('Reference')}**", help=_scale_help() if is_aligned else None)
        if known:
            st.image(inline(known[0]), width=FACE_PX, alt=t("face in the reference photo"))
        _others(known[1:])
    with right, st.container(key="face_candidate", gap="xsmall"):
        st.markdown(f"**{t('Candidate')}**")
        if crop:
            st.image(inline(crop), width=FACE_PX, alt=t("face of the candidate"))
    _shots(candidate, looked)


def _scale_help() -> str:
    return t("Both faces are turned upright and enlarged or made smaller until their eyes are equally far apart.")


def _others(known: Sequence[bytes]) -> None:
    if known:
        with st.container(horizontal=True, gap="xsmall", key="other_references"):
            for face in known:
                st.image(inline(face), width=SHOT_PX, alt=t("face in another reference photo"))


def _shots(candidate: Candidate, looked: Looked) -> None:
    """The strip of the track's other shots, each with its distance in time from the best one."""
    if not looked.shots:
        return
    best_s = candidate.match.track.best_s
    with st.container(horizontal=True, gap="xsmall", key="shots"):
        for shot in looked.shots:
            words = t("{seconds} s", seconds=f"{shot.at_s - best_s:+.1f}")
            st.image(inline(shot.jpeg), width=SHOT_PX, caption=words, alt=t("the candidate's face, {when}", when=words))


def film(case: Case, candidate: Candidate, looked: Looked) -> None:
    """The film of the moment, or when it will be there."""
    with st.container(key="moment"):
        if looked.film:
            st.video(looked.film, format="video/webm", loop=True, muted=True, alt=t("film of the moment"))
            from_at = true_time(candidate.footage, looked.film_from_s)
            st.caption(
                t(
                    "From {time} on. Made from the footage for this page: all other faces covered, no sound.",
                    time=parts.local(from_at, case),
                )
            )
        elif looked.is_under_way and looked.job is not None:
            age = utc_now() - looked.job.created_at
            st.fragment(_waits, run_every=1 if age < IMPATIENT else 20)(looked.job.id)
        elif looked.job is not None and looked.job.state is JobState.FAILED:
            st.caption(f":material/videocam_off: {t('No film: {why}', why=parts.plain(looked.job.error or ''))}")
            if session.may(Permission.REVIEW, case) and st.button(t("Try again"), icon=":material/refresh:"):
                with parts.errors_shown():
                    close_looks.ask_again(session.store(), candidate.match.id, by=session.who())
                    st.rerun()
        elif looked.is_done:
            st.caption(f":material/videocam_off: {t('Nothing of the moment could be made into a film.')}")


def _waits(job_id: str) -> None:
    """Says that a worker is at it, and has the page drawn again when the worker is done."""
    job = session.store().job(job_id)
    if job.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED):
        st.rerun()
    with st.container(border=True, height=180, horizontal_alignment="center", vertical_alignment="center"):
        if utc_now() - job.created_at < IMPATIENT:
            words = t("A worker looks closer: the film and more shots stand here in some seconds.")
        else:
            words = t("No worker has come to this yet. The Footage page says whether one is running.")
        st.caption(f":material/hourglass_top: {words}")


def whole(candidate: Candidate) -> None:
    """The whole picture at the best moment."""
    with st.container(key="frame"):
        if picture := pictures.context(session.store(), candidate.match):
            words = t("The whole picture at the best moment; the box marks the face.")
            st.image(inline(picture), caption=words, alt=t("whole picture at the best moment"))
