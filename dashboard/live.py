"""What makes pages left open follow their case: the same small part on every page, begun once by the frame.

A line from the server (api.events) tells the browser which marks of the case have moved; the part compares them with
those that the page was drawn with, and asks for a run of its own only where the page would look different. So an idle
page costs no run at all, and what was typed, the map's view and a drawing half made stay (lastseen-live.js).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import streamlit as st
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg

from casework.pulse import HOME, Pulse, job_mark
from dashboard import live_news, session
from dashboard.assets import STATIC_DIR, link_to
from dashboard.words import t, tn
from data.errors import NotFound
from data.models import Case, Job

_KEY = "lastseen-live"
_NEWS_KEPT = 4
_ALL = ("case", "sightings", "area", "requests", "footage", "jobs", "matches", "cameras", "alerts", "tips")
FOLLOWS: dict[str, tuple[str, ...]] = {
    "": ("cases",),
    "case": ("case", "sightings", "footage", "alerts"),
    "map": ("sightings", "area", "matches", "requests", "footage", "cameras", "tips"),
    "cameras": ("cameras",),
    "requests": ("requests", "sightings", "area", "footage", "cameras"),
    "footage": ("footage", "jobs", "matches", "sightings", "case", "cameras"),
    "live": ("live", "jobs", "matches", "area", "cameras"),
    "review": ("matches", "sightings"),
    "tips": ("tips", "case"),
    "alerts": ("alerts",),
}
"""By page, the parts of a case that it shows (`casework.pulse`); a page that is not named here shows all."""
_SAID = ("jobs", "matches", "alerts", "tips")
"""What the frame itself says of the case, on every page."""
_LOADER = """export default function (component) {
  let gone = false, hide = null, tries = 0;
  const load = () => import(`${location.origin}${component.data.script}${tries ? `&try=${tries}` : ""}`).then(
    (live) => { if (!gone) hide = live.show(component); },
    async () => {  // the server is away, or the session has ended before this came
      const answer = await fetch("/sign-in/state", { cache: "no-store" }).catch(() => null);
      const next = encodeURIComponent(location.pathname + location.search);
      if (answer?.status === 401) location.replace(`/sign-in?next=${next}`);
      else if (!gone && ++tries) setTimeout(load, 3000);
    });
  load();
  return () => { gone = true; hide?.(); };
}"""
_part = st.components.v2.component(
    "lastseen_live",
    css=(STATIC_DIR / "lastseen-live.css").read_text(encoding="utf-8"),
    js=_LOADER,
    isolate_styles=False,
)


@dataclass(frozen=True)
class _Drawn:
    """What a page was drawn with: which page, of which case, and what was known of it before it read anything."""

    page: str
    follows: tuple[str, ...]
    case: Case | None
    watched: str
    pulse: Pulse


def frame(url_path: str, case: Case | None) -> None:
    """Have this page follow its case, and say what waits; before the page reads anything of it."""
    watched = HOME if case is None or not url_path else case.id
    follows = FOLLOWS.get(url_path, _ALL)
    drawn = _Drawn(session.page_token(), follows, case, watched, session.pulse(watched))
    st.fragment(_follow)(drawn)


def by_hand_token(name: str, now: str) -> str:
    """Changes when `now` does, but not where a colleague or a worker and not this tab's user had the page drawn."""
    was, number = session.recall(f"by_hand:{name}", (now, 0))
    if was != now and not session.recall("by_itself"):
        number += 1
    session.keep(f"by_hand:{name}", (now, number))
    return str(number)


def job_part(job: Job) -> None:
    """Within a fragment: have it run again whenever the line of this job would look different."""
    name = f"job {job.id}"
    _part(
        key=f"{_KEY}-job-{job.id}",
        data={"script": _url("lastseen-live.js"), "follows": [name], "drawn": {name: job_mark(job)}},
        on_changed_change=_nothing,
        height=1,
    )


def _follow(drawn: _Drawn) -> None:
    """What waits in the case at hand; draws the whole page again when what it shows has changed since."""
    try:
        now = session.pulse(drawn.watched)
        of_case = session.pulse(drawn.case.id) if drawn.case else None
    except NotFound:  # the role in this case was taken away meanwhile: nothing of it stays on the page
        st.rerun()
    is_old = any(now.marks.get(name) != drawn.pulse.marks.get(name) for name in drawn.follows)
    is_old = is_old and drawn.page == session.page_token()
    if of_case is not None:
        _said(of_case)
    _part(
        key=_KEY,
        data={
            "script": _url("lastseen-live.js"),
            "line": _url("lastseen-live-line.js"),
            "case": drawn.watched,
            "follows": sorted({*drawn.follows, *_SAID}) if drawn.watched else list(drawn.follows),
            "drawn": dict(now.marks),
            "words": {"news": t("News"), "dismiss": t("Dismiss")},
            "news": _news(drawn.case, of_case, is_by_itself=is_old) if drawn.case and of_case else [],
        },
        on_changed_change=_nothing,
        height=1,
    )
    if is_old:  # what is told above is there at once, however long the page takes
        session.keep("drawn_for_worker", True)
        st.rerun()


def _said(now: Pulse) -> None:
    lines = []
    if now.to_review:
        lines.append(":material/fact_check: " + t("{n} to review", n=len(now.to_review)))
    if now.under_way:
        lines.append(":material/hourglass_top: " + tn("{n} job under way", "{n} jobs under way", now.under_way))
    if now.tips:
        lines.append(":material/forum: " + tn("{n} tip waits", "{n} tips wait", now.tips))
    st.markdown("  \n".join(lines) or ":material/check: " + t("nothing waits"))
    if now.alert_trouble:
        words = tn("{n} alert went wrong", "{n} alerts went wrong", now.alert_trouble)
        st.page_link("pages/alerts.py", label=f":red[**{words}**]", icon=":material/notifications_active:")


def _news(case: Case, now: Pulse, *, is_by_itself: bool) -> list[Mapping[str, str]]:
    """The last news of this case in this tab, each with an id by which the browser shows it once."""
    before: Pulse = session.recall("live:known", now)
    session.keep("live:known", now)
    told, number = session.recall("live:news", ([], 0))
    for one in live_news.between(before, now, reader=session.who(), is_by_itself=is_by_itself):
        number += 1
        to = f"/{one.page}?case={quote(case.id, safe='')}" if one.page else ""
        told = [*told, {"id": f"{case.id}-{number}", "text": one.words, "to": to, "label": one.label}][-_NEWS_KEPT:]
    session.keep("live:news", (told, number))
    return list(told)


def _nothing() -> None:
    """That the browser asks for a run is all there is to it."""


_url = cache(link_to)  # the part is drawn with every page


def is_by_hand(frame: bytes) -> bool:
    """Whether a message of the browser was caused by somebody, and not by a part of the page that draws itself anew."""
    message = BackMsg()
    try:
        message.ParseFromString(frame)
    except DecodeError:
        return False
    if message.WhichOneof("type") != "rerun_script" or message.rerun_script.is_auto_rerun:
        return False
    return not any(
        _KEY in widget.id and widget.json_trigger_value for widget in message.rerun_script.widget_states.widgets
    )
