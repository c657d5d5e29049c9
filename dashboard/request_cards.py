"""How one owner's requests are shown, and the buttons that say what became of them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from casework import request_papers, requests
from casework.requests import OwnerRequests, RequestLine
from dashboard import parts, session
from dashboard.words import dated, later, t
from data.models import Case, Permission, RequestState

STATES = {
    RequestState.DRAFT: (later("draft, not sent"), ":material/edit_note:"),
    RequestState.SENT: (later("sent, waiting"), ":material/send:"),
    RequestState.RECEIVED: (later("received"), ":material/inbox:"),
    RequestState.REFUSED: (later("refused"), ":material/block:"),
    RequestState.EXPIRED: (later("overwritten"), ":material/timer_off:"),
}
STEPS = {
    RequestState.DRAFT: later("Not sent after all"),
    RequestState.SENT: later("Sent"),
    RequestState.RECEIVED: later("Received"),
    RequestState.REFUSED: later("Refused"),
    RequestState.EXPIRED: later("Overwritten already"),
}
NEXT = {RequestState.DRAFT: RequestState.SENT, RequestState.SENT: RequestState.RECEIVED}


def owner_card(case: Case, owner: OwnerRequests, *, now: datetime, names_person: bool) -> None:
    """One owner: contact, letter, and a line for each camera."""
    with st.container(border=True):
        words, buttons = st.columns([3, 2], vertical_alignment="center")
        contacts = " · ".join(parts.plain(contact) for contact in owner.contacts)
        words.markdown(
            f"**{parts.plain(owner.owner) or t('Owner not known')}**" + (f"  \n{contacts}" if contacts else "")
        )
        with buttons, st.container(horizontal=True, horizontal_alignment="right"):
            _owner_buttons(case, owner, now=now, names_person=names_person)
        for line in owner.lines:
            _line(case, line, now=now)


def _owner_buttons(case: Case, owner: OwnerRequests, *, now: datetime, names_person: bool) -> None:
    key = owner.lines[0].request.id
    drafts = [line for line in owner.lines if line.state is RequestState.DRAFT]
    if owner.to_ask:
        parts_of_name = (request_papers.file_part(case.number), request_papers.file_part(owner.owner))
        st.download_button(
            t("Letter to print"),
            request_papers.letter_html(case, owner, now=now, names_person=names_person),
            file_name=f"request-{'-'.join(parts_of_name)}.html",
            mime="text/html",
            key=f"letter_{key}",
            icon=":material/mail:",
            on_click="ignore",
        )
    may_edit = session.may(Permission.EDIT, case)
    if (
        may_edit
        and len(drafts) > 1
        and st.button(t("All {drafts} are sent", drafts=len(drafts)), key=f"all_sent_{key}", icon=":material/send:")
    ):
        set_states(drafts, RequestState.SENT)


def set_states(
    lines: list[RequestLine], state: RequestState, *, note: str | None = None, was_note: str | None = None
) -> None:
    by = session.who()
    with parts.errors_shown():
        for line in lines:
            requests.set_state(session.store(), line.request.id, state, by=by, note=note, was_note=was_note)
        st.rerun()


def _line(case: Case, line: RequestLine, *, now: datetime) -> None:
    words, buttons = st.columns([5, 2], vertical_alignment="top")
    state, icon = t(STATES[line.state][0]), STATES[line.state][1]
    told = [
        f"{icon} **{parts.plain(line.camera.name or line.camera.id)}** · {state}{_who(line, case)}",
        *_minutes(case, line),
        deadline_words(line, case, now),
        *_remarks(line),
    ]
    with words:
        st.markdown("  \n".join(words_ for words_ in told if words_))
        if line.request.note:
            st.caption(parts.plain(line.request.note))
    if session.may(Permission.EDIT, case):
        with buttons, st.container(horizontal=True, horizontal_alignment="right"):
            _buttons(line)


def ask_anew(line: RequestLine) -> None:
    case = parts.case_needed()
    by = session.who()
    with parts.errors_shown():
        ranking = session.ranking(case)
        requests.make_requests(session.store(), case, [line.camera.id], ranking=ranking, by=by)
        st.rerun()


def _who(line: RequestLine, case: Case) -> str:
    request = line.request
    if request.changed_at is None or request.state is RequestState.DRAFT:
        return ""
    return f" · {parts.plain(parts.short_time(request.changed_at, case))}, {parts.plain(request.changed_by)}"


def _minutes(case: Case, line: RequestLine) -> list[str]:
    when = request_papers.minutes_of(line, case.timezone)
    true = parts.plain(request_papers.span_words(when.start, when.end))
    recorder = parts.plain(request_papers.span_words(when.recorder_start, when.recorder_end))
    clock = parts.plain(request_papers.clock_words(line))
    if not line.request.clock_offset_s:
        return [t("Pull **{true}** ({clock})", true=true, clock=clock)]
    return [
        t("Pull **{true}** true time", true=true),
        t("The recorder shows **{recorder}** ({clock})", recorder=recorder, clock=clock),
    ]


def deadline_words(line: RequestLine, case: Case, now: datetime) -> str:
    """By when the owner has to act, in words: how long is left, or what is gone."""
    deadline, gone_at = line.request.deadline, line.request.gone_at
    if line.state in (RequestState.RECEIVED, RequestState.REFUSED):
        return ""
    if deadline is None or gone_at is None:
        return t(":material/help: When it is overwritten is not known: ask how long recordings are kept")
    shown = parts.plain(dated(deadline.astimezone(ZoneInfo(case.timezone)), "%a %d %b, %H:%M"))
    left_h = (deadline - now).total_seconds() / 3600
    if gone_at <= now:
        return t(":material/timer_off: Overwritten since {shown}, unless the owner kept it", shown=shown)
    if left_h <= 0:
        return t(":material/warning: **Being overwritten now**, since {shown}: part of it may be gone", shown=shown)
    left = t("{hours:.0f} h", hours=left_h) if left_h >= 1 else t("less than an hour")
    if line.is_pressing:
        return t(":material/warning: **Overwritten from {shown}, {left} left: pressing**", shown=shown, left=left)
    return t(
        ":material/schedule: Overwritten from {shown}, {left} left",
        shown=shown,
        left=left if left_h < 240 else t("{days:.0f} days", days=left_h / 24),
    )


def _remarks(line: RequestLine) -> list[str]:
    told = []
    if line.looks_received:
        names = ", ".join(footage.original_name for footage in line.footage)
        told.append(
            t(":material/videocam: **Footage is here:** {names}. Mark it as received?", names=parts.plain(names))
        )
    if line.is_open and line.minutes_moved:
        told.append(t(":material/update: The ranking now asks for other minutes: see Other."))
    if line.is_open and line.ranked is None:
        told.append(t(":material/info: This camera is not in the present ranking."))
    if line.is_open and line.asked_clock_is_wrong:
        told.append(t(":material/warning: The recorder's clock was corrected after this was sent: tell the owner."))
    return told


def _buttons(line: RequestLine) -> None:
    request = line.request
    was_note = session.drawn_from(f"note_{request.id}", request.note)
    step = RequestState.RECEIVED if line.looks_received else NEXT.get(line.state)
    if step is not None and st.button(
        t(STEPS[step]), key=f"next_{request.id}", icon=STATES[step][1],
        type="primary" if line.looks_received else "secondary",
    ):  # fmt: skip
        set_states([line], step)
    with st.popover(t("Other")):
        note = st.text_input(
            t("Note"), value=request.note, key=f"note_{request.id}", placeholder=t("who answered, and what")
        )
        if st.button(t("Keep the note"), key=f"keep_{request.id}", width="stretch", icon=":material/sticky_note_2:"):
            by = session.who()
            with parts.errors_shown():
                requests.set_note(session.store(), request.id, note, by=by, was_note=was_note)
                st.rerun()
        if (
            line.is_open
            and line.minutes_moved
            and st.button(
                t("Ask for the new minutes"), key=f"minutes_{request.id}", width="stretch", icon=":material/update:"
            )
        ):
            ask_anew(line)
        for state in STEPS:
            if state in requests.allowed_next(request.state) and st.button(
                t(STEPS[state]), key=f"to_{state}_{request.id}", width="stretch", icon=STATES[state][1]
            ):
                set_states([line], state, note=note, was_note=was_note)
        if request.state is RequestState.DRAFT and st.button(
            t("Remove the draft"), key=f"remove_{request.id}", width="stretch", icon=":material/delete:"
        ):
            by = session.who()
            with parts.errors_shown():
                requests.remove_draft(session.store(), request.id, by=by)
                st.rerun()
