"""The words of the pages, in the language of whoever reads them. English stands in the code; others are catalogues.

    t("Show more of {n}", n=3)                  a text; the first argument is written out, never put together
    tn("{n} camera", "{n} cameras", n)          a text that counts
    STATES = {State.SENT: later("sent")}        a text kept for later, then t(STATES[state])
    dated(at, "%a %d %b")                       a time with its names of days and months

`scripts/extract_words.py` finds them by these names. A person's text is only ever a value, never the text itself.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.catalogues import ENGLISH, Language, chosen, language

LANGUAGE_COOKIE = "lastseen_language"
_ISOLATE, _LEFT_TO_RIGHT, _END_ISOLATE = "\u2068", "\u2066", "\u2069"


_speaking: ContextVar[tuple[object, str]] = ContextVar("speaking", default=(None, ENGLISH))
"""The mark of the run that is drawn, and its language; without a run, the language last set by `speak`."""


def reader() -> Language:
    """The language of whoever reads what this run draws, or this request is answered with."""
    run = get_script_run_ctx(suppress_warning=True)
    mark = run.cursors if run else None  # made anew at the start of each run
    known, code = _speaking.get()
    if mark is not None and mark is not known:
        code = asked_for()
        _speaking.set((mark, code))
    return language(code)


def asked_for() -> str:
    """The code of the language that the browser of this run asks for: by our cookie, or else by its own settings."""
    return chosen(st.context.cookies.get(LANGUAGE_COOKIE, ""), st.context.headers.get("Accept-Language", ""))


def speak(code: str) -> None:
    """Have this run, or this request, speak the language of that code."""
    _speaking.set((_speaking.get()[0], code))


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


def later_n(one: str, many: str) -> tuple[str, str]:
    """The same for a text that counts: `tn(*kept, n)`."""
    return one, many


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
    return _apart(spoken, at.strftime(pattern))


def measured(text: str) -> str:
    """Numbers with their units, as coordinates: they keep their order in a text that is read from right to left."""
    return f"{_LEFT_TO_RIGHT}{text}{_END_ISOLATE}" if reader().is_right_to_left else text


def _apart(spoken: Language, text: str) -> str:
    return f"{_ISOLATE}{text}{_END_ISOLATE}" if spoken.is_right_to_left and text else text


def _in(spoken: Language, values: Mapping[str, object]) -> Mapping[str, object]:
    """Values that read from left to right stand apart in a text that does not: "12:05–12:40" stays in that order."""
    if not spoken.is_right_to_left:
        return values
    return {name: _apart(spoken, value) if isinstance(value, str) else value for name, value in values.items()}
