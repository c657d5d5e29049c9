"""The part of the Case page that says what the case rests on, until when, and what may leave."""

from zoneinfo import ZoneInfo

import streamlit as st

from casework import governance
from dashboard import parts, session
from dashboard.authority_fields import authority_fields, last_day
from data.models import Case, Permission, utc_now


def searchable(case: Case) -> None:
    """Says at the head of the page why the case cannot be searched; nothing where it can."""
    if why := governance.why_not_searchable(case, utc_now()):
        st.warning(f"This case can be filled in, and {parts.plain(why)} below.", icon=":material/policy:")


def authority(case: Case) -> None:
    """What the case rests on, and for its supervisors the form for it."""
    may = session.may(Permission.GOVERN, case)
    period = governance.period(case, session.store().sightings(case.id))
    _facts(case)
    until = f" to **{parts.local(period.end, case)}**" if period.end else ""
    st.caption(f"Searches footage from **{parts.local(period.start, case)}**{until}: {parts.plain(period.reason)}.")
    if not may:
        st.caption(parts.plain(session.why_not(Permission.GOVERN)))
        return
    _form(case)
    left, right = st.columns(2, gap="medium")
    with left:
        _closing(case)
    with right:
        _hold(case)
    _age(case)


def _facts(case: Case) -> None:
    until = last_day(case.expires_at, ZoneInfo(case.timezone))
    told = {
        "Legal basis": case.legal_basis,
        "Authority": case.authority_reference,
        "Purpose": case.purpose,
        "Owner": case.owner,
        "Until the end of": f"{until:%d %B %Y}" if until else "",
    }
    lines = [
        f"{name}: **{parts.plain(text)}**" if text else f"{name}: :orange[**missing**]" for name, text in told.items()
    ]
    if case.legal_hold:
        lines.append(f":material/lock_clock: Legal hold, nothing is deleted: **{parts.plain(case.legal_hold)}**")
    if case.closed_at:
        lines.append(f":material/inventory_2: Closed on **{parts.local(case.closed_at, case)}**")
    st.markdown("  \n".join(lines))


def _form(case: Case) -> None:
    zone = ZoneInfo(case.timezone)
    was = session.drawn_from("authority", case)
    with st.form("authority", border=False):
        wanted = authority_fields(
            governance.authority_of(case), zone=zone, key=f"authority_{case.id}", asks_period=True
        )  # fmt: skip
        if st.form_submit_button("Save the authority", type="secondary" if not governance.missing(case) else "primary"):
            with parts.errors_shown():
                saved = governance.set_authority(session.store(), was, wanted, by=session.who())
                lacks = governance.missing(saved)
                left = f" Still missing: {', '.join(lacks)}." if lacks else " Footage can be searched."
                session.keep("told", f"Saved.{left}")
                st.rerun()


def _closing(case: Case) -> None:
    word = "Open the case again" if case.closed_at else "Close the case"
    with st.popover(word, width="stretch"), st.form("closing", border=False):
        reason = st.text_input("Why", max_chars=2000, placeholder="found, alive")
        if st.form_submit_button(word):
            with parts.errors_shown():
                change = governance.reopen_case if case.closed_at else governance.close_case
                change(session.store(), case.id, reason=reason, by=session.who())
                session.keep("told", "The case is open again." if case.closed_at else "The case is closed.")
                st.rerun()


def _hold(case: Case) -> None:
    word = "Lift the legal hold" if case.legal_hold else "Set a legal hold"
    with st.popover(word, width="stretch"), st.form("hold", border=False):
        st.caption("While a legal hold lasts nothing of the case is deleted, by people or by clocks.")
        reason = st.text_input("Who ordered it, under which reference", max_chars=2000)
        if st.form_submit_button(word):
            with parts.errors_shown():
                change = governance.lift_legal_hold if case.legal_hold else governance.set_legal_hold
                change(session.store(), case.id, reason=reason, by=session.who())
                session.keep("told", "The legal hold is lifted." if case.legal_hold else "The legal hold stands.")
                st.rerun()


def _age(case: Case) -> None:
    if case.subject.birth_date is None:
        st.caption(
            "Age unknown: taken for grown up. Enter the birth date of anybody under 18, for their pictures' sake."
        )
        return
    if not governance.is_minor(case, utc_now()):
        return
    st.markdown(
        ":material/child_care: **Under 18.** Viewers see no pictures. Letters that name the person, and exports, are "
        "made only once they are released."
    )
    if case.release_reason:
        st.markdown(f"Released: **{parts.plain(case.release_reason)}**")
        if st.button("Withdraw the release"):
            with parts.errors_shown():
                governance.withdraw_release(session.store(), case.id, by=session.who())
                st.rerun()
        return
    with st.popover("Release name and pictures"), st.form("release", border=False):
        reason = st.text_input("To whom, for what", max_chars=2000, placeholder="letters to shops on the way to school")
        if st.form_submit_button("Release"):
            with parts.errors_shown():
                governance.release_pictures(session.store(), case.id, reason=reason, by=session.who())
                st.rerun()
