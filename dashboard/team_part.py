"""Who works on a case, and the supervisors' means to change it."""

import streamlit as st

from casework import team as teams
from casework.team import Member
from dashboard import parts, session
from dashboard.terms import role_words
from dashboard.words import t
from data.models import Case, Permission, Role


def team(case: Case) -> None:
    """Everybody with a role in the case; for its supervisors, the forms that give roles and take them away."""
    members = teams.members(session.store(), case.id)
    may_govern = session.may(Permission.GOVERN, case)
    for member in members:
        _member(case, member, may_govern=may_govern)
    if not members:
        st.caption(
            t(
                "Nobody has a role here. Whoever has a shell on this machine appoints a supervisor: see "
                "docs/operations.md."
            )
        )
    if parts.may(Permission.GOVERN, case):
        _give(case)


def _member(case: Case, member: Member, *, may_govern: bool) -> None:
    account = member.account
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        ended = t(" · account disabled") if account.disabled_at else ""
        full = f" ({parts.plain(account.full_name)})" if account.full_name else ""
        st.markdown(f"**{parts.plain(account.name)}**{full}{ended}", width="content")
        for held in member.roles:
            if not may_govern:
                st.markdown(f":gray[{t(held.role)}]", width="content")
            elif st.button(
                t(held.role),
                key=f"take_{account.id}_{held.role}",
                icon=":material/close:",
                width="content",
                help=t(
                    "Take this role away. Given by {by}, {at}.",
                    by=parts.plain(held.given_by),
                    at=parts.local(held.given_at, case),
                ),
            ):
                with parts.errors_shown():
                    teams.take_role(session.store(), case.id, account.name, held.role, by=session.who())
                    session.keep("told", t("{name} is not {role} here any more.", name=account.name, role=t(held.role)))
                    st.rerun()


def _give(case: Case) -> None:
    with st.form("give_role", border=False, clear_on_submit=True):
        left, right = st.columns([1, 2])
        name = left.text_input(t("Account"), placeholder=t("the name they sign in with"), max_chars=80)
        role = right.selectbox(t("Role"), list(Role), format_func=role_words)
        if st.form_submit_button(t("Give this role"), icon=":material/person_add:") and role is not None:
            with parts.errors_shown():
                member = teams.give_role(session.store(), case.id, name, role, by=session.who())
                session.keep("told", t("{name} is {role} here now.", name=member.account.name, role=t(role)))
                st.rerun()
