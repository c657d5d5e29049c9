"""The open cases on the home page, each with why it needs somebody, in plain words that lead to where it is done."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import streamlit as st

from casework.urgency import CaseCard, Deadline, Need
from dashboard import parts, session
from dashboard.words import later, t, tn
from data.models import Case, RequestState, utc_now

NEEDS = {
    Need.FOOTAGE_GOES: (later("Footage is going"), ":material/timer:"),
    Need.SEARCHES_STAND_STILL: (later("Search stands still"), ":material/error:"),
    Need.CANDIDATES_WAIT: (later("Candidates wait"), ":material/fact_check:"),
    Need.FOOTAGE_TO_ASK: (later("Footage to ask for"), ":material/outgoing_mail:"),
    Need.SEARCHES_RUN: (later("Searches run"), ":material/hourglass_top:"),
    Need.NOTHING: (later("Nothing waits"), ":material/check:"),
}
PAGES = {
    Need.FOOTAGE_GOES: "requests",
    Need.SEARCHES_STAND_STILL: "footage",
    Need.CANDIDATES_WAIT: "review",
    Need.FOOTAGE_TO_ASK: "requests",
    Need.SEARCHES_RUN: "footage",
}


def card(told: CaseCard, *, is_first: bool) -> None:
    """One case: who, when last seen, what it needs, and the way in."""
    case = told.case
    with st.container(border=True, gap="xsmall"):
        words, button = st.columns([6, 1], vertical_alignment="top", wrap=False)
        with words.container(gap="xxsmall"):
            st.markdown(f"**{parts.plain(case.subject.name)}** · {_number(case)}")
            st.caption(_seen_words(told), help=_seen_help(told))
        if button.button(
            t("Open"),
            key=f"open_{case.id}",
            type="primary" if is_first else "secondary",
            width="stretch",
            help=t("Open case {number}", number=parts.plain(case.number)),
        ):
            session.enter_case(case.id)
            st.switch_page("pages/case.py", query_params={"case": case.id})
        for need in told.needs:
            _reason(told, need)
        if aside := _aside(told):
            st.caption(aside)


def need_words(need: Need) -> str:
    return t(NEEDS[need][0])


def deadline_words(deadline: Deadline, case: Case, now: datetime) -> str:
    """What is overwritten and how long is left, for a label: what people typed in it is plain."""
    camera = parts.plain(deadline.camera_name)
    at = parts.plain(parts.short_time(deadline.at, case))
    if deadline.at <= now:
        return t("{camera}: is being overwritten now, since {at}; part of it may be gone", camera=camera, at=at)
    return t("{camera}: overwritten from {at}, {left} left", camera=camera, at=at, left=parts.ago(deadline.at - now))


def _number(case: Case) -> str:
    told = t("case {number}", number=parts.plain(case.number))
    return f"{told} · {t('demonstration, invented')}" if case.is_demo else told


def _seen_words(told: CaseCard) -> str:
    if told.last_seen is None or told.since_seen is None:
        return t("no sighting yet")
    at = parts.plain(parts.local(told.last_seen.at, told.case))
    return t("last seen **{span}** ago · {at}", span=parts.ago(told.since_seen), at=at)


def _seen_help(told: CaseCard) -> str:
    if told.last_seen is None:
        return t("Add where and when the person was last seen: from it follow the cameras to ask.")
    return t("Since the last sighting that stands, withdrawn ones not counted, by the clocks of the case.")


def _reason(told: CaseCard, need: Need) -> None:
    words, icon = WORDS[need](told), NEEDS[need][1]
    if need not in PAGES:
        st.caption(f"{icon} {words}")
        return
    st.page_link(
        f"pages/{PAGES[need]}.py",
        label=words,
        icon=icon,
        query_params={"case": told.case.id},
        help=t(HELP[need]) if need in HELP else None,
    )


def _footage_goes(told: CaseCard) -> str:
    now = utc_now()
    pressing = [deadline for deadline in told.deadlines if deadline.is_pressing(now)]
    words = deadline_words(pressing[0], told.case, now)
    is_sent = pressing[0].request.state is RequestState.SENT
    words += " · " + (t("asked for, no answer yet") if is_sent else t("not asked for yet"))
    more = len(pressing) - 1
    return f"{words} · {tn('{n} more is as pressing', '{n} more are as pressing', more)}" if more else words


def _stuck(told: CaseCard) -> str:
    return tn(
        "{n} search or check failed or is paused, and nobody has tried again",
        "{n} searches or checks failed or are paused, and nobody has tried again",
        told.stuck,
    )


def _waiting(told: CaseCard) -> str:
    return tn("{n} candidate is not settled yet", "{n} candidates are not settled yet", told.waiting)


def _to_ask(told: CaseCard) -> str:
    return tn("{n} request is drafted and not sent", "{n} requests are drafted and not sent", told.drafts)


def _running(told: CaseCard) -> str:
    return tn("{n} search or check is under way", "{n} searches or checks are under way", told.under_way)


def _nothing(_told: CaseCard) -> str:
    return t("Nothing waits here.")


WORDS: dict[Need, Callable[[CaseCard], str]] = {
    Need.FOOTAGE_GOES: _footage_goes,
    Need.SEARCHES_STAND_STILL: _stuck,
    Need.CANDIDATES_WAIT: _waiting,
    Need.FOOTAGE_TO_ASK: _to_ask,
    Need.SEARCHES_RUN: _running,
    Need.NOTHING: _nothing,
}
HELP = {
    Need.CANDIDATES_WAIT: later(
        "Counted are all that are not confirmed or rejected, also those that wait for a second person or a supervisor."
    ),
}


def _aside(told: CaseCard) -> str:
    facts = []
    if told.sent:
        facts.append(tn("{n} request is out", "{n} requests are out", told.sent))
    if told.confirmed:
        facts.append(tn("{n} confirmed candidate", "{n} confirmed candidates", told.confirmed))
    return " · ".join(facts)


def all_deadlines(cards: Sequence[CaseCard]) -> list[tuple[Deadline, Case]]:
    """The deadlines of these cases, the next first."""
    pairs = [(deadline, told.case) for told in cards for deadline in told.deadlines]
    return sorted(pairs, key=lambda pair: (pair[0].at, pair[0].request.id))


WITHIN = {
    "any": (later("at any time"), None),
    "day": (later("in the last 24 hours"), timedelta(days=1)),
    "three": (later("in the last 3 days"), timedelta(days=3)),
    "week": (later("in the last 7 days"), timedelta(days=7)),
}
