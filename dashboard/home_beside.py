"""Beside the cases on the home page: what is overwritten next, and which searches are at work, over all cases."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from casework.jobs import left_s
from casework.urgency import CaseCard, Deadline
from dashboard import parts, session
from dashboard.home_cards import all_deadlines
from dashboard.words import t, tn
from data import leases
from data.models import Job, JobState, utc_now

FIRST = 6


def deadlines(cards: Sequence[CaseCard]) -> None:
    """What recorders will overwrite next, of all that was asked for or is to be."""
    st.header(
        t("Overwritten next"),
        anchor=False,
        help=t("The first minute of what was asked for, by how long each recorder keeps its recordings."),
    )
    now, told = utc_now(), all_deadlines(cards)
    if not told:
        st.caption(t("No request has a known deadline. Tell on the Cameras page how long each recorder keeps."))
    for deadline, case in told[:FIRST]:
        icon = ":material/warning:" if deadline.is_pressing(now) else ":material/schedule:"
        st.page_link(
            "pages/requests.py",
            label=f"{_soon(deadline, now)} · {parts.plain(deadline.camera_name)} · {parts.plain(case.subject.name)}",
            icon=icon,
            query_params={"case": case.id},
        )
    if len(told) > FIRST:
        st.caption(tn("and {n} later one", "and {n} later ones", len(told) - FIRST))


def _soon(deadline: Deadline, now: datetime) -> str:
    if deadline.at <= now:
        return f"**{t('now')}**"
    return f"**{t('in {span}', span=parts.ago(deadline.at - now))}**"


def at_work(cards: Sequence[CaseCard]) -> None:
    """The searches and checks of all cases, by case."""
    st.header(t("At work"), anchor=False, help=t("Searches of footage and checks of photos, over all your cases."))
    busy = [told for told in cards if told.under_way or told.stuck]
    if not busy:
        st.caption(t("No search is running and none waits."))
    for told in busy[:FIRST]:
        st.page_link(
            "pages/footage.py",
            label=f"**{parts.plain(told.case.subject.name)}** · {' · '.join(_jobs_words(told))}",
            icon=":material/error:" if told.stuck else ":material/hourglass_top:",
            query_params={"case": told.case.id},
        )
        if told.jobs.get(JobState.RUNNING):
            _progress(told)
    if len(busy) > FIRST:
        st.caption(tn("and {n} more case", "and {n} more cases", len(busy) - FIRST))
    if any(told.jobs.get(JobState.QUEUED) for told in busy) and not _has_worker():
        st.warning(t("No worker is running, so searches wait. Start one: make worker"), icon=":material/warning:")


def _jobs_words(told: CaseCard) -> list[str]:
    count = told.jobs.get
    counts = (
        (count(JobState.RUNNING, 0), t("running")),
        (count(JobState.QUEUED, 0), t("waiting")),
        (count(JobState.PAUSED, 0), t("paused")),
        (count(JobState.FAILED, 0), t("failed")),
    )
    return [f"{n} {words}" for n, words in counts if n]


def _progress(told: CaseCard) -> None:
    running = [
        job
        for job in session.store().jobs(case_id=told.case.id, open_only=True)
        if job.state is JobState.RUNNING and job.seconds_total
    ]
    total_s = sum(job.seconds_total or 0.0 for job in running)
    if total_s:
        share = min(1.0, sum(job.seconds_done for job in running) / total_s)
        st.progress(share, text=t("searched {share}", share=f"{share * 100:.0f} %") + _left(running))


def _left(running: Sequence[Job]) -> str:
    known = [left for job in running if (left := left_s(job)) is not None]
    return f" · {t('about {time} left', time=parts.ago(timedelta(seconds=max(known))))}" if known else ""


def _has_worker() -> bool:
    store = session.store()
    return any(leases.is_alive(store, worker) for worker in leases.workers(store))
