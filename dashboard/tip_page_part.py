"""The public's page of a case: switched on and off, what it says, and its address."""

import streamlit as st

from casework import tip_door
from dashboard import parts, session
from dashboard.words import t
from data.models import Case, Permission
from data.tip_models import TipPage


def public_page(case: Case) -> None:
    """Where the public's page stands; for supervisors, the means to change it."""
    page = tip_door.page_of(session.store(), case.id)
    if page is not None and page.is_open:
        st.markdown(f":material/public: {t('The page for the public is **open**, at this address:')}")
        _address(page)
        label = t("What the page says, and how to close it")
    else:
        st.markdown(f":material/public_off: {t('There is no page for the public now: nobody can send a tip.')}")
        label = t("Open a page for the public")
    if not parts.may(Permission.GOVERN, case):
        return
    with st.expander(label, icon=":material/edit_note:"):
        st.caption(
            t(
                "Anybody who has its address can send a photo or a short video, a place, a time and words, without "
                "an account. They are shown your words below and nothing of the case, and are told a number."
            )
        )
        _form(case, page)
        if page is not None:
            _switches(case, page)


def _address(page: TipPage) -> None:
    public_url = session.settings().public_url.rstrip("/")
    st.code(f"{public_url or session.address_here()}/tips/{page.code}", language=None, wrap_lines=True)
    if not public_url:
        st.caption(
            t(
                "Others reach it only under a name that leads here from outside: whoever runs this server sets "
                "LASTSEEN_PUBLIC_URL, and lets /tips and /api/public through (docs/tips.md)."
            )
        )


def _form(case: Case, page: TipPage | None) -> None:
    with st.form("tip_page", border=False):
        agency = st.text_input(
            t("Whose page it is"), value=page.agency if page else "", max_chars=tip_door.LONGEST["agency"],
            placeholder=t("the name of your agency"),
        )  # fmt: skip
        words = st.text_area(
            t("What it says"), value=page.words if page else "", max_chars=tip_door.LONGEST["page"], height=140,
            placeholder=t("What you ask for, how to call you, what happens with what is sent."),
            help=t("Everybody can read this. Nothing of the case stands there but what you write."),
        )  # fmt: skip
        label = t("Save") if page is not None and page.is_open else t("Open the page for the public")
        if st.form_submit_button(label, type="primary", icon=":material/public:"):
            with parts.errors_shown():
                tip_door.open_page(session.store(), case.id, agency=agency, words=words, by=session.who())
                session.keep("told", t("The page for the public is open, and says what you wrote."))
                st.rerun()


def _switches(case: Case, page: TipPage) -> None:
    with st.container(horizontal=True), parts.errors_shown():
        if page.is_open and st.button(t("Close the page"), icon=":material/public_off:", width="content"):
            tip_door.close_page(session.store(), case.id, by=session.who())
            session.keep("told", t("The page is closed: its address answers as one that never was. Tips stay."))
            st.rerun()
        if st.button(
            t("Give it a new address"), icon=":material/cached:", width="content",
            help=t("The old address leads nowhere from then on: for when it got into the wrong hands."),
        ):  # fmt: skip
            tip_door.new_address(session.store(), case.id, by=session.who())
            session.keep("told", t("The page has a new address; the old one leads nowhere."))
            st.rerun()
