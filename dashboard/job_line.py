"""A job as the pages show it: where it stands, what it found, what it could not see, and what may be done with it."""

from datetime import timedelta

import streamlit as st

from casework import jobs, seen
from casework.gallery_parts import GALLERY
from dashboard import coverage_bar, live, parts, session
from dashboard.glossary_terms import meaning
from dashboard.words import later, t
from data import leases
from data.errors import BadInput
from data.models import Coverage, Job, JobState, Permission, utc_now


@st.fragment
def under_way(job_id: str) -> None:
    """The line of an open job, kept up to date by itself."""
    with parts.errors_shown():
        job = session.store().job(job_id)
        line(job)
        live.job_part(job)


def line(job: Job) -> None:
    """Where a job stands, with a bar once it has begun, and its buttons."""
    if job.state in (JobState.QUEUED, JobState.PAUSED):
        _waits(job)
    elif job.state is JobState.RUNNING:
        st.progress(_share(job), text=f"{progress_words(job)} · {_seen_words(job)}{_left_words(job)}")
    elif job.state is JobState.FAILED:
        st.error(parts.plain(t("not finished: {error}", error=job.error)), icon=":material/error:")
    elif job.state is JobState.CANCELLED:
        stay = t(":material/cancel: cancelled. Candidates found before stay ({candidates}).", candidates=job.candidates)
        st.markdown(t(":material/cancel: cancelled. Candidates found before stay.") if job.kind == GALLERY else stay)
    elif job.kind in ("scan", GALLERY):
        is_whole = seen.is_whole(job)
        how = (
            t(":material/check_circle: searched")
            if is_whole
            else t(":material/broken_image: searched as far as it could be")
        )
        if job.kind == "scan":
            how += f" · {parts.counted(job.candidates, 'candidate')}"
        st.markdown(how, help=meaning("Candidate") if job.kind == "scan" else None)
        coverage_line(job)
    if job.retry_reason:
        st.caption(t("Tried again: {retry_reason}", retry_reason=parts.plain(job.retry_reason)))
    if job.kind == "scan" and job.state not in (JobState.QUEUED, JobState.RUNNING):  # those are drawn every second
        coverage_bar.bar(job)
    _gaps(job)
    if job.kind in ("scan", GALLERY) and session.may_in(Permission.SEARCH, job.case_id):
        _buttons(job)


def progress_words(job: Job) -> str:
    """How much of the footage was searched so far."""
    if not job.seconds_total:
        return t("looking at the file")
    return t("searched {done} of {total}", done=parts.clock(job.seconds_done), total=parts.clock(job.seconds_total))


def _left_words(job: Job) -> str:
    left = jobs.left_s(job)
    if left is None:
        return ""
    return (
        t(" · about {span} left", span=parts.ago(timedelta(seconds=left)))
        if left >= 60
        else t(" · less than a minute left")
    )


def _seen_words(job: Job) -> str:
    faces = parts.counted(job.faces_seen, "face")
    seen = t("{faces} seen · {candidates}", faces=faces, candidates=parts.counted(job.candidates, "candidate"))
    if job.kind == GALLERY:  # its candidates are other cases'
        seen = t("{faces} seen", faces=faces)
    return (
        t(
            "{seen} · {done} of {total} segments",
            seen=seen,
            done=job.segments_done,
            total=job.segments_total,
        )
        if job.segments_total
        else seen
    )


def _share(job: Job) -> float:
    return min(1.0, job.seconds_done / job.seconds_total) if job.seconds_total else 0.0


def _waits(job: Job) -> None:
    words = t(":material/pause_circle: paused") if job.state is JobState.PAUSED else _queue_words(job)
    if job.segments_done:
        st.progress(_share(job), text=f"{words} · {progress_words(job)} · {_seen_words(job)}")
    else:
        st.markdown(words)
    if job.note:
        st.info(parts.plain(job.note), icon=":material/info:")


def _queue_words(job: Job) -> str:
    """What it waits for: its turn, or that somebody starts a worker, once they had time to say that they live."""
    store = session.store()
    if any(job.queue in worker.queues and leases.is_alive(store, worker) for worker in leases.workers(store)):
        return t(":material/schedule: waiting for its turn")
    is_new = utc_now() - job.created_at < parts.QUEUED_LONG
    which = "" if job.queue == "cpu" else t(" for the queue {queue}", queue=job.queue)
    missing = "" if is_new else t("; none{which} is running (start one: make worker)", which=which)
    return t(":material/schedule: waiting for a worker{missing}", missing=missing)


def _gaps(job: Job) -> None:
    """The stretches that were left out because they crash whoever looks at them."""
    if not job.given_up:
        return
    told = "; ".join(f"{parts.clock(start)} to {parts.clock(end)} ({why})" for start, end, why in job.given_up)
    st.warning(
        t(
            "Left out after repeated crashes: {told}. Nobody was looked for there. The file may be damaged "
            "or harmful; ask the owner for a fresh export, or try again.",
            told=parts.plain(told),
        ),
        icon=":material/broken_image:",
    )


def _buttons(job: Job) -> None:
    if job.state in jobs.OPEN:
        with st.container(horizontal=True, gap="small"):
            if job.state is JobState.PAUSED:
                _button(job, later("Resume"), ":material/play_arrow:", later("Go on where it stopped."))
            else:
                _button(job, later("Pause"), ":material/pause:", later("What was searched so far is kept."))
                if job.state is JobState.QUEUED:
                    _button(job, later("First"), ":material/vertical_align_top:", later("Before all others that wait."))
            _cancel(job)
    elif job.kind != GALLERY and (job.state in (JobState.FAILED, JobState.CANCELLED) or job.given_up):
        _retry(job)


def _button(job: Job, label: str, icon: str, tip: str) -> None:
    act = {"Pause": jobs.pause, "Resume": jobs.resume, "First": jobs.put_first}[label]
    if st.button(t(label), key=f"{label.lower()}_{job.id}", icon=icon, help=t(tip), width="content"):
        with parts.errors_shown():
            act(session.store(), job.id, by=session.who())
            st.rerun()


def _cancel(job: Job) -> None:
    with st.popover(t("Cancel"), icon=":material/close:", width="content"):
        st.markdown(t("Candidates found so far stay. The rest of the footage is not searched."))
        if st.button(t("Yes, cancel this search"), key=f"cancel_{job.id}", type="primary"):
            with parts.errors_shown():
                jobs.cancel(session.store(), job.id, by=session.who())
                st.rerun()


def _retry(job: Job) -> None:
    with (
        st.popover(t("Try again"), icon=":material/replay:", width="content"),
        st.form(f"retry_{job.id}", border=False),
    ):
        reason = st.text_input(t("Why should it go better this time? *"), key=f"retry_reason_{job.id}")
        if st.form_submit_button(t("Search again from the beginning"), key=f"retry_button_{job.id}"):
            with parts.errors_shown():
                if not reason.strip():
                    raise BadInput(t("reason: say in a few words why it should go better this time"))
                jobs.retry(session.store(), job.id, reason=reason, by=session.who())
                st.rerun()


def coverage_line(job: Job) -> None:
    """What a finished scan really looked at, gaps first."""
    coverage = job.coverage
    if coverage is None:
        return
    if missing := seen.missing_words(job):
        st.warning(
            t("{missing} Nobody was looked for there. Ask the owner for a fresh export.", missing=parts.plain(missing)),
            icon=":material/broken_image:",
        )
    thoroughness = (
        t(" Thoroughness: {thoroughness}.", thoroughness=parts.plain(coverage.thoroughness))
        if coverage.thoroughness
        else ""
    )
    st.caption(
        t(
            "{counts} {faces} seen.{skipped} {times}{thoroughness}",
            counts=seen.counts_words(coverage),
            faces=parts.counted(coverage.faces_seen, "face"),
            skipped=_skipped_words(coverage),
            times=seen.times_words(coverage),
            thoroughness=thoroughness,
        )
    )


def _skipped_words(coverage: Coverage) -> str:
    """What was not decoded because nothing moved, and what the check of that found."""
    if not coverage.packets_skipped:
        return ""
    words = t(" {quiet} in which nothing moved were skipped.", quiet=parts.clock(coverage.quiet_s))
    if not coverage.audited_s:
        return words
    found = (
        t("{faces} besides", faces=parts.counted(coverage.audit_tracks, "face"))
        if coverage.audit_tracks
        else t("nobody")
    )
    return t(
        "{words} {audited} more of that kind were examined as a check and showed {found}.",
        words=words,
        audited=parts.clock(coverage.audited_s),
        found=found,
    )
