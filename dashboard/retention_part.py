"""The part of the Case page that says how long what is kept, and where it is destroyed."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from casework import cases, purging, retention
from casework.retention import Clock
from dashboard import parts, session
from dashboard.authority_fields import end_of, last_day
from dashboard.words import dated, t, tn
from data.models import Case, Permission, utc_now

SHOWN = 12
USUAL_VECTORS = timedelta(days=30)


def clocks(case: Case) -> None:
    """What is kept until when, and why until then."""
    days = session.settings().retention_days
    found = retention.clocks(session.store(), case.id, default_days=days, desk=session.desk())
    st.markdown("  \n".join(_line(clock, case) for clock in found[:SHOWN]))
    if len(found) > SHOWN:
        with st.popover(t("{found} more", found=len(found) - SHOWN)):
            st.markdown("  \n".join(_line(clock, case) for clock in found[SHOWN:]))
    if any(clock.is_due(utc_now()) for clock in found):
        st.warning(
            t("Something is due. Evidence is destroyed by a supervisor, never by a clock."), icon=":material/timer:"
        )
    if session.may(Permission.GOVERN, case):
        _change(case, [clock for clock in found if clock.kind in ("case", "footage", "photo")])


def _line(clock: Clock, case: Case) -> str:
    name = parts.plain(clock.name)
    if clock.until is None:
        return f"{t(clock.kind)} {name}: {parts.plain(clock.reason)}"
    day = f"**{dated(clock.until.astimezone(ZoneInfo(case.timezone)) - timedelta(seconds=1), '%d %b %Y')}**"
    if clock.is_held:
        return t(
            ":material/lock_clock: {kind} {name}: legal hold; else until {day}", kind=t(clock.kind), name=name, day=day
        )
    due = t(":red[due since]") if clock.is_due(utc_now()) else t("until")
    how = t(", goes by itself") if clock.goes_by_itself else ""
    return f"{t(clock.kind)} {name}: {due} {day}, {parts.plain(clock.reason)}{how}"


def _change(case: Case, found: list[Clock]) -> None:
    zone, store, by = ZoneInfo(case.timezone), session.store(), session.who()
    with st.popover(t("Keep something shorter or longer")), st.form("retention", border=False):
        labels = {f"{t(clock.kind)} {clock.name}": clock for clock in found}
        clock = labels[st.selectbox(t("What"), list(labels)) or next(iter(labels))]
        day = st.date_input(t("Until the end of (empty: by the default)"), value=None)
        reason = st.text_input(t("Why"), max_chars=2000, placeholder=t("lent by its owner for a month"))
        if st.form_submit_button(t("Keep it until then")):
            with parts.errors_shown():
                until = end_of(day, zone)
                if clock.kind == "case":
                    retention.keep_case_until(store, case.id, until, reason=reason, by=by)
                elif clock.kind == "footage":
                    retention.keep_footage_until(store, clock.id, until, reason=reason, by=by)
                else:
                    retention.keep_photo_until(store, clock.id, until, reason=reason, by=by)
                session.keep("told", t("Saved."))
                st.rerun()


def face_vectors(case: Case) -> None:
    """Whether bystanders' vectors are kept, under which permission, and until when."""
    if case.keeps_vectors:
        _kept(case)
        return
    st.markdown(
        t(
            "When a photo is added or removed, footage is searched again from the start. If the face vectors of "
            "**everyone seen** are kept, bystanders too, that takes seconds. Vectors are biometric data: they are "
            "kept only where the authority of this case says so, and for a time. Without it only those of candidates "
            "are kept, with the candidate."
        )
    )
    if not session.may(Permission.GOVERN, case):
        return
    with st.form("vectors", border=False):
        permitted = st.checkbox(t("The authority permits it for this case"))
        left, right = st.columns(2)
        reason = left.text_input(
            t("Where it says so, and why it is needed"), max_chars=2000, placeholder=t("order 17/26, p. 2")
        )
        day = right.date_input(t("Deleted after"), value=_usual_end(case))
        if st.form_submit_button(t("Keep face vectors from now on")):
            with parts.errors_shown():
                _keep(case, reason if permitted else "", day)


def _usual_end(case: Case) -> date | None:
    end = utc_now() + USUAL_VECTORS
    return last_day(end if case.expires_at is None else min(end, case.expires_at), ZoneInfo(case.timezone))


def _keep(case: Case, reason: str, day: date | None) -> None:
    until = end_of(day, ZoneInfo(case.timezone))
    if until is not None and case.expires_at is not None:
        until = min(until, case.expires_at)
    cases.keep_vectors(session.store(), case.id, keeps=True, reason=reason, expires_at=until, by=session.who())
    session.keep("told", t("Face vectors are kept from now on."))
    st.rerun()


def _kept(case: Case) -> None:
    kept = parts.counted(session.store().kept_track_count(case.id), "track")
    until = t(" until {at}", at=parts.local(case.vectors_expire_at, case)) if case.vectors_expire_at else ""
    st.markdown(
        t(
            "The face vectors of everyone seen are kept for this case{until} ({vectors_reason}): of "
            "**{kept}** now. Footage that was searched before this was allowed has none until it is "
            "searched again.",
            until=until,
            vectors_reason=parts.plain(case.vectors_reason),
            kept=kept,
        )
    )
    if not session.may(Permission.GOVERN, case):
        return
    if not session.recall("forgets_vectors"):
        if st.button(t("Stop, and delete those kept"), icon=":material/delete:"):
            session.keep("forgets_vectors", True)
            st.rerun()
        return
    st.warning(t("Delete the vectors of {kept}? They come back only by searching the footage again.", kept=kept))
    with st.container(horizontal=True):
        if st.button(t("Delete them"), type="primary"):
            with parts.errors_shown():
                forgotten = cases.keep_vectors(session.store(), case.id, keeps=False, by=session.who())
                session.forget("forgets_vectors")
                session.keep(
                    "told",
                    tn(
                        "The face vectors of {n} track are deleted.",
                        "The face vectors of {n} tracks are deleted.",
                        forgotten,
                    ),
                )
                st.rerun()
        if st.button(t("Keep them")):
            session.forget("forgets_vectors")
            st.rerun()


def destroying(case: Case) -> None:
    """Destroy a footage, a photo, or the whole case, for good; for supervisors."""
    store = session.store()
    st.markdown(
        t(
            "Destroys rows, files and face vectors for good, and blanks the record's details; its chain goes on "
            "verifying. A signed certificate says what was destroyed. **Backups and exports that were made before "
            "are not reached.** Name nobody in the reason: it stays in the record."
        )
    )
    items = {f"{t('footage')} {footage.original_name}": footage.id for footage in store.footages(case.id)}
    photos = {f"{t('photo')} {photo.original_name}": photo.id for photo in store.photos(case.id)}
    with st.form("destroy_item", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        what = st.selectbox(t("One item"), [*items, *photos], index=None, placeholder=t("footage or photo"))
        why = st.text_input(t("Why this"), max_chars=2000, key="destroy_item_why")
        if st.form_submit_button(t("Destroy this item")) and what:
            with parts.errors_shown():
                if what in items:
                    purging.destroy_footage(store, items[what], reason=why, by=session.who())
                else:
                    purging.destroy_photo(store, photos[what], reason=why, by=session.who())
                session.keep("told", t("Destroyed. The certificate stands in the record."))
                st.rerun()
    with st.form("destroy_case", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            t("The whole case: type its number, {number}", number=parts.plain(case.number)), max_chars=60
        )
        reason = st.text_input(t("Why"), max_chars=2000, placeholder=t("its period has ended"))
        if st.form_submit_button(t("Destroy the case"), type="primary"):
            with parts.errors_shown():
                done = purging.purge_case(store, case.id, typed_number=typed, reason=reason, by=session.who())
                session.leave_case()
                rest = "" if done.document else t(" The files behind it are overwritten within the hour.")
                words = t(
                    "The case is destroyed. Its certificate is {id} (cli.py audit certificates).{rest}",
                    id=done.id,
                    rest=rest,
                )
                session.keep("told", words)
                st.switch_page("pages/cases.py")
