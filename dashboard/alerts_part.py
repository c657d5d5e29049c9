"""The part of the Case page that says who is told of the case's news, and by which rules; and the notice where one
of their messages went wrong."""

from datetime import time

import streamlit as st

from casework.alerting import ledger, rules
from casework.alerting.contacts import SETTINGS, schemes_of
from casework.alerting.rules import Contact
from dashboard import parts, session
from dashboard.alert_words import (
    AUDIENCES,
    KINDS,
    LANGUAGES,
    PINS,
    kinds_set_up,
    rules_words,
    told_of,
    trouble_words,
)
from dashboard.words import t
from data.alert_models import AddressKind, AlertRules, Audience, Language, PinLink, Recipient
from data.models import Case, Permission

_MINUTES = 60


def notice(case: Case) -> None:
    """Says loudly, with the way there, where messages went wrong and nobody has looked into it; else nothing."""
    if wrong := ledger.trouble(session.store(), case.id):
        st.error(trouble_words(wrong), icon=":material/notifications_active:")
        st.page_link("pages/alerts.py", label=t("Look into it"), icon=":material/notifications:")


def who_is_told(case: Case) -> None:
    """Who is told of what; for supervisors, the forms that change it."""
    whom, may = rules.recipients(session.store(), case.id), session.may(Permission.GOVERN, case)
    if not whom:
        st.info(t("Nobody is told of this case's news yet."), icon=":material/notifications_off:")
    reached = kinds_set_up()
    for one in whom:
        _recipient(one, may=may, is_reached=one.kind in reached)
    _not_set_up(reached)
    known = rules.alert_rules(session.store(), case.id)
    st.caption(rules_words(known))
    st.page_link("pages/alerts.py", label=t("What was sent, and what waits"), icon=":material/notifications:")
    if parts.may(Permission.GOVERN, case):
        left, right = st.columns(2, gap="medium")
        with left, st.popover(t("Add somebody"), icon=":material/person_add:", width="stretch"):
            _add(case)
        with right, st.popover(t("Limit, quiet hours, name"), icon=":material/tune:", width="stretch"):
            _rules(case, known)


def _recipient(one: Recipient, *, may: bool, is_reached: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        how = t("{kind} {address}", kind=t(KINDS[one.kind]), address=parts.plain(one.address))
        language = LANGUAGES[one.language]
        st.markdown(
            f"**{parts.plain(one.name)}** · {t(AUDIENCES[one.audience])} · {how} · {language}  \n:gray[{told_of(one)}]",
            width="stretch",
        )
        if not is_reached:
            st.markdown(f":orange[:material/cloud_off: {t('cannot be reached from here')}]", width="content")
        if not may:
            return
        if st.button(t("Send a test"), key=f"test_{one.id}", icon=":material/send:"):
            with parts.errors_shown():
                ledger.ask_test(session.store(), one.id, by=session.who())
                session.keep("told", t("A test is on its way to {name}; Alerts says what became of it.", name=one.name))
                st.rerun()
        with st.popover(t("Remove"), key=f"remove_{one.id}"):
            _remove(one)


def _remove(one: Recipient) -> None:
    st.markdown(t("What waits for them is not sent, and their address is forgotten."))
    if st.button(t("Tell {name} nothing more", name=parts.plain(one.name)), key=f"really_{one.id}", type="primary"):
        with parts.errors_shown():
            rules.remove_recipient(session.store(), one.id, by=session.who())
            session.keep("told", t("{name} is told nothing more.", name=one.name))
            st.rerun()


def _not_set_up(reached: frozenset[AddressKind]) -> None:
    lacking = [kind for kind in AddressKind if kind not in reached]
    lines = [
        t("Not set up here: {kind}. Whoever runs this machine sets {setting}.", kind=t(KINDS[k]), setting=SETTINGS[k])
        for k in lacking
    ]
    if lines:
        st.caption(":material/settings: " + "  \n".join(line.replace("_", r"\_") for line in lines))


def _add(case: Case) -> None:
    with st.form("add_recipient", border=False):
        name = st.text_input(t("Name"), max_chars=80, placeholder=t("Mother, Search desk …"))
        kinds, audiences = list(AddressKind), list(Audience)
        kind = st.selectbox(t("How"), kinds, index=kinds.index(AddressKind.EMAIL), format_func=lambda k: t(KINDS[k]))
        address = st.text_input(t("Address"), max_chars=2000, placeholder="+358401234567, name@example.org, slack://…")
        audience = st.selectbox(t("What they are to the case"), audiences, format_func=lambda a: t(AUDIENCES[a]))
        st.caption(t("Only the team is told of what no two people have confirmed."))
        leads = st.checkbox(t("New candidates above the alert threshold, as leads (team only)"))
        confirmed = st.checkbox(t("Matches that two people confirmed, and corrections"), value=True)
        wakes = st.checkbox(t("Confirmed matches in quiet hours too"), value=True)
        language = st.selectbox(t("Language"), list(Language), format_func=LANGUAGES.__getitem__)
        link = st.selectbox(t("Link in an SMS"), list(PinLink), format_func=PINS.__getitem__)
        st.caption(t("The link goes to a map of others: whoever opens it tells them the place."))
        if st.form_submit_button(t("Add"), type="primary"):
            with parts.errors_shown():
                contact = Contact(
                    name, kind, address, audience, language or Language.ENGLISH, leads, confirmed, wakes,
                    link or PinLink.OPENSTREETMAP,
                )  # fmt: skip
                _keep(case, contact)


def _keep(case: Case, contact: Contact) -> None:
    schemes = schemes_of(session.settings().apprise_schemes)
    added = rules.add_recipient(session.store(), case.id, contact, by=session.who(), apprise_schemes=schemes)
    session.keep("told", t("{name} is told from now on. Send a test, to see that it arrives.", name=added.name))
    st.rerun()


def _rules(case: Case, known: AlertRules) -> None:
    with st.form("alert_rules", border=False):
        left, right = st.columns(2)
        limit = left.number_input(t("Messages of leads, at most"), 1, 1000, known.limit)
        minutes = right.number_input(t("in so many minutes"), 1, 10_080, known.window_s // _MINUTES)
        quiet_from = left.time_input(t("Quiet from"), value=_clock(known.quiet_from))
        quiet_to = right.time_input(t("Quiet to"), value=_clock(known.quiet_to))
        st.caption(t("Times of the case's zone, {zone}. Both empty: no quiet hours.", zone=parts.plain(case.timezone)))
        names = st.checkbox(t("Call the person by their first name, not by the case number"), known.names_subject)
        if st.form_submit_button(t("Save the rules"), type="primary"):
            with parts.errors_shown():
                wanted = AlertRules(
                    case.id, names, _typed(quiet_from), _typed(quiet_to), int(limit), int(minutes) * _MINUTES
                )
                rules.set_rules(session.store(), case.id, wanted, by=session.who())
                session.keep("told", t("Saved."))
                st.rerun()


def _clock(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


def _typed(clock: time | None) -> str:
    return f"{clock:%H:%M}" if clock else ""
