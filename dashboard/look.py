"""In which language and look each reader has the pages: chosen in the side bar, kept in two cookies of their browser.

Nothing of it is in the store: it is a matter of the eyes at one screen, not of the account.
"""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboard import session
from dashboard.catalogues import language, languages
from dashboard.looks import LOOK_COOKIE, LOOKS, SYSTEM, known_look
from dashboard.words import LANGUAGE_COOKIE, reader, t

_SCRIPT = Path(__file__).with_name("static") / "lastseen-look.js"
_look = st.components.v2.component("lastseen_look", js=_SCRIPT.read_text(encoding="utf-8"))


def look_of_reader() -> str:
    """The look this browser has chosen; empty when it has chosen none, and follows its system."""
    return known_look(st.context.cookies.get(LOOK_COOKIE, ""))


def wear(paths: Sequence[str]) -> None:
    """Give the page its language, its reading direction and its look, as they are or as they were just chosen."""
    spoken = reader()
    _look(
        key="look",
        height=1,
        data={
            "language": spoken.code,
            "direction": spoken.direction,
            "look": look_of_reader(),
            "paths": list(paths),
            "save": _just_chosen(),
        },
    )


def _now() -> dict[str, str]:
    return {LANGUAGE_COOKIE: reader().code, LOOK_COOKIE: look_of_reader() or SYSTEM}


def _just_chosen() -> dict[str, str]:
    """The cookies to set: what the fields hold and the page does not have yet."""
    known = {LANGUAGE_COOKIE: languages(), LOOK_COOKIE: tuple(LOOKS)}
    wanted = {name: session.widget(name) for name in known}
    return {name: code for name, code in wanted.items() if code in known[name] and code != _now()[name]}


def choice() -> None:
    """Ask for language and look; the next run, which the answer causes, has the browser take them."""
    now, codes, looks = _now(), languages(), list(LOOKS)
    with st.popover(t("Language and look"), icon=":material/contrast:", width="stretch"):
        st.selectbox(
            t("Language"), codes, index=codes.index(now[LANGUAGE_COOKIE]), key=LANGUAGE_COOKIE,
            format_func=lambda code: language(code).own_name.capitalize(),
        )  # fmt: skip
        st.selectbox(
            t("Look"), looks, index=looks.index(now[LOOK_COOKIE]), key=LOOK_COOKIE,
            format_func=lambda look: t(LOOKS[look]),
        )  # fmt: skip
        st.caption(t("Kept in this browser alone."))
