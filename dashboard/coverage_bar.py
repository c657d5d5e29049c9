"""A footage as a bar: which stretches were searched, which could not be read, which were not searched."""

from html import escape

import streamlit as st

from casework import seen
from casework.seen import Sight, Stretch
from dashboard import session
from dashboard.glossary_terms import meaning
from dashboard.words import t
from data.models import Job

# each has its own pattern and its own words beside it, not only a colour
_LOOKS = {
    Sight.SEARCHED: "background:#0f766e",
    Sight.UNREADABLE: "background:repeating-linear-gradient(45deg,#b91c1c 0 4px,#fff 4px 8px)",
    Sight.LEFT_OUT: "background:repeating-linear-gradient(90deg,#b45309 0 3px,#fff 3px 6px)",
    Sight.NOT_SEARCHED: "background:#fff;box-shadow:inset 0 0 0 1px #6b7280",
}
_LEAST_SHARE = 0.004  # a lost second of an hour must still be seen
_BAR = "display:flex;height:14px;width:100%;border-radius:3px;overflow:hidden"


def bar(job: Job) -> None:
    """The bar of one scan, and in words how long each kind of stretch is; nothing before the file was looked at."""
    row = seen.stretches(session.store(), job)
    whole_s = sum(stretch.length_s for stretch in row)
    if not row or whole_s <= 0:
        return
    st.html(f'<div role="img" aria-label="{escape(words(row))}" style="{_BAR}">{"".join(_pieces(row, whole_s))}</div>')
    st.caption(words(row), help=meaning("Searched, not searched, unreadable"))


def words(row: tuple[Stretch, ...]) -> str:
    """ "searched 0:50.0 · unreadable 0:10.0 (0:20.0 to 0:30.0)"."""
    told = []
    for sight in Sight:
        of_kind = [stretch for stretch in row if stretch.sight is sight]
        if not of_kind:
            continue
        where = ", ".join(
            t("{start} to {end}", start=seen.clock(s.start_s), end=seen.clock(s.end_s)) for s in of_kind[:4]
        )
        more = t(" and {n} more", n=len(of_kind) - 4) if len(of_kind) > 4 else ""
        place = "" if sight is Sight.SEARCHED else f" ({where}{more})"
        told.append(f"{t(sight)} {seen.clock(sum(s.length_s for s in of_kind))}{place}")
    return " · ".join(told)


def _pieces(row: tuple[Stretch, ...], whole_s: float) -> list[str]:
    shares = [max(_LEAST_SHARE, stretch.length_s / whole_s) for stretch in row]
    return [
        f'<span style="flex:{share:.5f} 0 0;{_LOOKS[stretch.sight]}"></span>'
        for share, stretch in zip(shares, row, strict=True)
    ]
