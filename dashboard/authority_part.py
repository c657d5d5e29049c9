"""The part of the Case page that says what the case rests on, until when, and what may leave."""

from zoneinfo import ZoneInfo

import streamlit as st

from casework import governance
from dashboard import parts, session
from dashboard.authority_fields import authority_fields, last_day
from dashboard.words import t
from data.models import Case, Permission, utc_now


def searchable(case: Case) -> None:
    """Says at the head of the page why the case cannot be searched; nothing where it can."""
    if why := governance.why_not_searchable(case, utc_now()):
        st.warning(t("This case can be filled in, and {why} below.", why=parts.plain(why)), icon=":material/policy:")


def authority(case: Case) -> None:
    """What the case rests on, and for its supervisors the form for it."""
    may = session.may(Permission.GOVERN, case)
    period = governance.period(case, session.store().sightings(case.id))
    _facts(case)
    until = f" to **{parts.local(period.end, case)}**" if period.end else ""
    st.caption(
        t(
            "Searches footage from **{start}**{until}: {reason}.",
            start=parts.local(period.start, case),
            until=until,
            reason=parts.plain(period.reason),
        )
    )
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
        t("Legal basis"): case.legal_basis,
        t("Authority"): case.authority_reference,
        t("Purpose"): case.purpose,
        t("Owner"): case.owner,
        t("Until the end of"): f"{until:%d %B %Y}" if until else "",
    }
    lines = [
        f"{name}: **{parts.plain(text)}**" if text else t("{name}: :orange[**missing**]", name=name)
        for name, text in told.items()
    ]
    if case.legal_hold:
        lines.append(
            t(
                ":material/lock_clock: Legal hold, nothing is deleted: **{legal_hold}**",
                legal_hold=parts.plain(case.legal_hold),
            )
        )
    if case.closed_at:
        lines.append(t(":material/inventory_2: Closed on **{closed_at}**", closed_at=parts.local(case.closed_at, case)))
    st.markdown("  \n".join(lines))


def _form(case: Case) -> None:
    zone = ZoneInfo(case.timezone)
    was = session.drawn_from("authority", case)
    with st.form("authority", border=False):
        wanted = authority_fields(
            governance.authority_of(case), zone=zone, key=f"authority_{case.id}", asks_period=True
        )  # fmt: skip
        if st.form_submit_button(
            t("Save the authority"), type="secondary" if not governance.missing(case) else "primary"
        ):
            with parts.errors_shown():
                saved = governance.set_authority(session.store(), was, wanted, by=session.who())
                lacks = governance.missing(saved)
                left = (
                    t(" Still missing: {lacks}.", lacks=", ".join(lacks)) if lacks else t(" Footage can be searched.")
                )
                session.keep("told", t("Saved.{left}", left=left))
                st.rerun()


def _closing(case: Case) -> None:
    word = t("Open the case again") if case.closed_at else t("Close the case")
    with st.popover(word, width="stretch"), st.form("closing", border=False):
        reason = st.text_input(t("Why"), max_chars=2000, placeholder=t("found, alive"))
        if st.form_submit_button(word):
            with parts.errors_shown():
                change = governance.reopen_case if case.closed_at else governance.close_case
                change(session.store(), case.id, reason=reason, by=session.who())
                session.keep("told", t("The case is open again.") if case.closed_at else t("The case is closed."))
                st.rerun()


def _hold(case: Case) -> None:
    word = t("Lift the legal hold") if case.legal_hold else t("Set a legal hold")
    with st.popover(word, width="stretch"), st.form("hold", border=False):
        st.caption(t("While a legal hold lasts nothing of the case is deleted, by people or by clocks."))
        reason = st.text_input(t("Who ordered it, under which reference"), max_chars=2000)
        if st.form_submit_button(word):
            with parts.errors_shown():
                change = governance.lift_legal_hold if case.legal_hold else governance.set_legal_hold
                change(session.store(), case.id, reason=reason, by=session.who())
                session.keep("told", t("The legal hold is lifted.") if case.legal_hold else t("The legal hold stands."))
                st.rerun()


def _age(case: Case) -> None:
    if case.subject.birth_date is None:
        st.caption(
            t("Age unknown: taken for grown up. Enter the birth date of anybody under 18, for their pictures' sake.")
        )
        return
    if not governance.is_minor(case, utc_now()):
        return
    st.markdown(
        t(
            ":material/child_care: **Under 18.** Viewers see no pictures. Letters that name the person, and exports, "
            "are made only once they are released."
        )
    )
    if case.release_reason:
        st.markdown(t("Released: **{release_reason}**", release_reason=parts.plain(case.release_reason)))
        if st.button(t("Withdraw the release")):
            with parts.errors_shown():
                governance.withdraw_release(session.store(), case.id, by=session.who())
                st.rerun()
        return
    with st.popover(t("Release name and pictures")), st.form("release", border=False):
        reason = st.text_input(
            t("To whom, for what"), max_chars=2000, placeholder=t("letters to shops on the way to school")
        )
        if st.form_submit_button(t("Release")):
            with parts.errors_shown():
                governance.release_pictures(session.store(), case.id, reason=reason, by=session.who())
                st.rerun()
