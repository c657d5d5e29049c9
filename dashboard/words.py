"""The words of the pages, in the language of whoever reads them. English stands in the code; others are catalogues.

    t("Show more of {n}", n=3)                  a text; the first argument is written out, never put together
    tn("{n} camera", "{n} cameras", n)          a text that counts
    STATES = {State.SENT: later("sent")}        a text kept for later, then t(STATES[state])
    dated(at, "%a %d %b")                       a time with its names of days and months

`scripts/extract_words.py` finds them by these names. A person's text is only ever a value, never the text itself.
"""

import threading
from collections.abc import Mapping
from datetime import date

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.catalogues import ENGLISH, Language, chosen, language

LANGUAGE_COOKIE = "lastseen_language"
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


class _Speaking(threading.local):
    """The language of the run that this thread draws; without a run, the one last set by `speak`."""

    run: object = None
    language: Language = language(ENGLISH)


_speaking = _Speaking()


def reader() -> Language:
    """The language of whoever reads what this run draws."""
    run = get_script_run_ctx(suppress_warning=True)
    mark = run.cursors if run else None  # made anew at the start of each run
    if mark is not None and mark is not _speaking.run:
        _speaking.run = mark
        speak(asked_for())
    return _speaking.language


def asked_for() -> str:
    """The code of the language that the browser of this run asks for: by our cookie, or else by its own settings."""
    return chosen(st.context.cookies.get(LANGUAGE_COOKIE, ""), st.context.headers.get("Accept-Language", ""))


def speak(code: str) -> None:
    """Have this thread speak the language of that code."""
    _speaking.language = language(code)


def t(text: str, **values: object) -> str:
    """A text in the reader's language; `{name}` in it is filled from `values`, after it was translated."""
    spoken = reader()
    found = spoken.texts.gettext(text) if text else text
    return found.format_map(_in(spoken, values)) if values else found


def tn(one: str, many: str, n: int, **values: object) -> str:
    """A text that counts: `one` or `many` as the reader's language has it for `n`, which fills `{n}`."""
    spoken = reader()
    return spoken.texts.ngettext(one, many, n).format_map(_in(spoken, {"n": n, **values}))


def later(text: str) -> str:
    """A text that is kept, and shown by `t(...)` when somebody reads it: for tables made before anybody does."""
    return text


def dated(at: date, pattern: str) -> str:
    """A time by a pattern of strftime, with the days and months named as the reader's language names them."""
    spoken = reader()
    if spoken.code == ENGLISH:
        return at.strftime(pattern)
    days, months = spoken.locale.days["format"], spoken.locale.months["format"]
    names = {
        "%a": days["abbreviated"][at.weekday()], "%A": days["wide"][at.weekday()],
        "%b": months["abbreviated"][at.month], "%B": months["wide"][at.month],
    }  # fmt: skip
    for mark, name in names.items():
        pattern = pattern.replace(mark, name.replace("%", "%%"))
    return at.strftime(pattern)


def _in(spoken: Language, values: Mapping[str, object]) -> Mapping[str, object]:
    """Values that read from left to right stand apart in a text that does not: "12:05–12:40" stays in that order."""
    if not spoken.is_right_to_left:
        return values
    return {
        name: f"{_ISOLATE}{value}{_END_ISOLATE}" if isinstance(value, str) and value else value
        for name, value in values.items()
    }
