"""Search a footage for the people of all other open cases, on the Footage page: what it would cover, how far it is,
what it gave. It shows only cases that whoever looks sees."""

import streamlit as st

from casework import gallery_search, jobs
from dashboard import job_line, parts, session
from dashboard.words import t, tn
from data.models import Footage, Job, JobState, Permission


def part(footage: Footage, job: Job | None, brought_by: Job | None) -> None:
    """The newest such search of a footage, the one that brought it into this case, and the way to another one."""
    if brought_by is not None:
        _brought(brought_by)
    if job is not None:
        _shown(job)
    is_open = job is not None and job.state in jobs.OPEN
    if is_open or not session.may_in(Permission.SEARCH, footage.case_id) or len(session.store().cases()) < 2:
        return
    label = t("Search for all open cases again") if job is not None else t("Search for all open cases")
    if st.button(label, key=f"gallery_{footage.id}", icon=":material/groups:", width="content"):
        _ask(footage)


def _brought(part: Job) -> None:
    """What a search that was asked for in another case found in this footage for this one."""
    words = t(
        "found by a search of all open cases · {candidates}", candidates=parts.counted(part.candidates, "candidate")
    )
    st.markdown(f":material/groups: {words}")
    st.caption(
        t(
            "A hit counted there only from a higher similarity on. Search this footage for this person alone to see "
            "everything."
        )
    )
    job_line.coverage_line(part)


def _shown(job: Job) -> None:
    given = gallery_search.given(session.store(), job)
    against = tn("The person of {n} other open case", "The people of {n} other open cases", given.cases)
    st.markdown(f":material/groups: **{against}**")
    if job.state in jobs.OPEN:
        job_line.under_way(job.id)
    else:
        job_line.line(job)
    if job.state is JobState.DONE and given.dropped:
        st.warning(
            tn(
                "{n} of them could not be searched to the end: it was closed meanwhile, or whoever asked may no longer "
                "search there.",
                "{n} of them could not be searched to the end: they were closed meanwhile, or whoever asked may no "
                "longer search there.",
                given.dropped,
            ),
            icon=":material/policy:",
        )
    if given.left_out:
        st.caption(t("Not for others: {reasons}.", reasons=_reasons(given.left_out)))
    _found(given, is_done=job.state is JobState.DONE)


def _found(given: gallery_search.Given, *, is_done: bool) -> None:
    for case, candidates in given.found:
        words = t("Case {number}: {candidates}", number=case.number, candidates=parts.counted(candidates, "candidate"))
        st.page_link("pages/review.py", label=words, icon=":material/person_search:", query_params={"case": case.id})
    if not given.found and is_done:
        st.caption(t("No candidate in the cases that you see."))


def _ask(footage: Footage) -> None:
    """Ask once more, and say what it would cover: worked out only for who wants to know."""
    st.dialog(t("Search for all open cases"))(_dialog)(footage)


def _dialog(footage: Footage) -> None:
    reach = gallery_search.reach(session.store(), footage.id)
    n = len(reach.photo_ids)
    if not n:
        st.markdown(t("There is no other open case that you may search."))
    else:
        st.markdown(
            tn(
                "This footage is searched for the person of **{n}** other open case.",
                "This footage is searched for the people of **{n}** other open cases.",
                n,
            )
        )
        st.caption(
            t(
                "A hit counts only from a higher similarity on, so that all of them together bring no more strangers "
                "than one person does. Where something is found, that case gets the footage and the candidate; that it "
                "was searched stands in the record of each."
            )
        )
    if reach.left_out:
        st.caption(t("Not for others: {reasons}.", reasons=_reasons(reach.reasons)))
    if st.button(t("Search for them"), key=f"gallery_start_{footage.id}", type="primary", disabled=not n):
        _start(footage)


def _start(footage: Footage) -> None:
    wanted = session.settings()
    with parts.errors_shown():
        gallery_search.request_gallery(
            session.store(), footage.id, engine=wanted.engine, queue=wanted.scan_queue, by=session.who()
        )
        st.rerun()


def _reasons(reasons: dict[str, int]) -> str:
    return "; ".join(tn("{n} case: {why}", "{n} cases: {why}", n, why=t(why)) for why, n in reasons.items())
