"""Pieces that several pages show in the same way."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, time, timedelta
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

import streamlit as st

from casework import review
from casework.access import guard_of
from casework.gallery_parts import people_sought
from dashboard import live, session
from dashboard.words import dated, later, later_n, t, tn
from data.errors import BadTime, LastSeenError
from data.models import Case, Match, MatchState, Mode, Permission
from geo.ranking import RankedCamera
from recognition.claims import candidate_words, threshold_words
from recognition.licences import licence_of

MODES = {
    Mode.WALK: later("on foot"),
    Mode.BICYCLE: later("by bicycle"),
    Mode.CAR: later("by car"),
    Mode.PUBLIC_TRANSPORT: later("by public transport"),
}
STATE_WORDS = {
    MatchState.TO_REVIEW: later("to review"),
    MatchState.HALF_CONFIRMED: later("confirmed by one, a second person is needed"),
    MatchState.DISPUTED: later("in dispute"),
    MatchState.CONFIRMED: later("confirmed"),
    MatchState.REJECTED: later("rejected"),
    MatchState.UNSURE: later("unsure"),
    MatchState.SET_ASIDE: later("set aside"),
    MatchState.DROPPED: later("below the review floor now"),
}


_COUNTED = {
    "candidate": later_n("{n:,} candidate", "{n:,} candidates"),
    "other candidate": later_n("{n:,} other candidate", "{n:,} other candidates"),
    "face": later_n("{n:,} face", "{n:,} faces"),
    "recording": later_n("{n:,} recording", "{n:,} recordings"),
    "remark": later_n("{n:,} remark", "{n:,} remarks"),
    "request": later_n("{n:,} request", "{n:,} requests"),
    "row": later_n("{n:,} row", "{n:,} rows"),
    "sighting": later_n("{n:,} sighting", "{n:,} sightings"),
    "track": later_n("{n:,} track", "{n:,} tracks"),
    "year": later_n("{n:,} year", "{n:,} years"),
}

_MARKS = frozenset("\\`*_{}[]()#+-.!|~<>$:&^=\"'")
_JOINERS = frozenset("\u200c\u200d")  # Persian, Hindi and emoji are spelled with them
# The pages make links of bare addresses, and icons of :material/home: and :smile:, after all escapes are read; a
# joiner, which nobody sees, keeps them text. Clock times need none.
_ADDRESS = re.compile(r"https?:(?=//)|www(?=\.)|@|:(?=(?!\d\d:)[\w/+-]+:)", re.IGNORECASE)


def plain(text: str) -> str:
    """Text from people or files, so that Markdown shows it as typed: never a link, a picture, HTML or a formula.

    Direction overrides, which would show a name in another order than it was written, are left out.
    """
    seen = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cs") or c in _JOINERS)
    unlinked = _ADDRESS.sub(lambda found: f"{found[0]}\u2060", " ".join(seen.split()))
    return "".join(f"\\{c}" if c in _MARKS else c for c in unlinked)


_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?", re.ASCII)

QUEUED_LONG = timedelta(minutes=2)


@contextmanager
def errors_shown() -> Iterator[None]:
    """What went wrong, in its own plain words, where it happened."""
    try:
        yield
    except LastSeenError as error:
        _say("error", str(error))


def _say(how: str, words: str) -> None:
    session.keep("said", (how, words))
    {"error": _fail, "done": _done}[how](plain(words))


def _fail(words: str) -> None:
    st.error(words, icon=":material/error:")


def _done(words: str) -> None:
    st.success(words, icon=":material/check_circle:")


def still_said() -> None:
    """What was said last, once more, where a worker and not the user has had the page drawn again; else forgotten."""
    said = session.recall("said")
    if said is not None and session.recall("drawn_for_worker"):
        _say(*said)
    else:
        session.forget("said")
    session.keep("by_itself", bool(session.recall("drawn_for_worker")))
    session.forget("drawn_for_worker")


def heading(title: str, case: Case) -> None:
    """The page's title, and whose case it shows."""
    st.title(f"{title} :gray[:small[{plain(case.subject.name)} · {plain(case.number)}]]", anchor=False)


def tell() -> None:
    """Says once what was just done (`session.keep("told", …)`)."""
    if told := session.recall("told"):
        session.forget("told")
        _say("done", told)


def case_needed() -> Case:
    """The case at hand; without one, says what to do and ends the page."""
    case = session.case_or_none()
    if case is None:
        st.info(t("No case is open, or the one in the address is not kept here."), icon=":material/folder_open:")
        st.page_link("pages/cases.py", label=t("Choose or open a case"), icon=":material/folder_open:")
        st.stop()
    return case


def signed_in() -> None:
    """Who is at work in this tab, and the way to their own account."""
    known = session.account()
    links = [("/account", t("Your account"))]
    links += [("/accounts", t("Accounts"))] if known.is_admin else []
    links += [("/sign-out", t("Sign out"))]
    st.markdown(f":material/account_circle: **{plain(known.full_name or known.name)}**")
    st.html(" · ".join(f'<a href="{to}" target="_self">{escape(words)}</a>' for to, words in links))


def may(permission: Permission, case: Case | None = None) -> bool:
    """Whether this may be done here; says who may, once and plainly, where it may not."""
    if session.may(permission, case):
        return True
    st.caption(f":material/lock: {plain(session.why_not(permission))}")
    return False


def local(at: datetime, case: Case) -> str:
    """A time as the case's own clocks show it."""
    return dated(at.astimezone(ZoneInfo(case.timezone)), "%a %d %b %Y, %H:%M:%S %Z")


def short_time(at: datetime, case: Case) -> str:
    """Hours and minutes on the case's clocks, with the day where it is not today."""
    there = at.astimezone(ZoneInfo(case.timezone))
    same_day = there.date() == datetime.now(there.tzinfo).date()
    return f"{there:%H:%M}" if same_day else dated(there, "%d %b %H:%M")


def short_span(start: datetime, end: datetime, case: Case) -> str:
    """Both ends of a stretch of time, hours and minutes; the day where it is not today."""
    there = [at.astimezone(ZoneInfo(case.timezone)) for at in (start, end)]
    if there[0].date() != there[1].date():
        return " – ".join(dated(end, "%d %b %H:%M") for end in there)
    return f"{short_time(start, case)}–{there[1]:%H:%M}"


def counted(number: int, thing: str) -> str:
    """ "1 candidate", "2 candidates": of the things that `_COUNTED` knows."""
    return tn(*_COUNTED.get(thing, (f"{{n:,}} {thing}", f"{{n:,}} {thing}s")), number)


def short_day(at: datetime | None, case: Case) -> str:
    """The day on the case's calendar; a question mark when unknown."""
    return dated(at.astimezone(ZoneInfo(case.timezone)), "%d %b") if at else "?"


def ago(span: timedelta) -> str:
    """ "3 h 20 min" for a stretch of time."""
    minutes = int(span.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return t("{days} d {hours} h", days=days, hours=hours)
    return t("{hours} h {rest:02d} min", hours=hours, rest=rest) if hours else t("{rest} min", rest=rest)


def span(seconds: float) -> str:
    """ "2 min" or "30 s" for a tolerance."""
    return t("{n:.0f} min", n=seconds / 60) if seconds >= 120 else t("{n:.0f} s", n=seconds)


def typed_time(text: str) -> time:
    """A wall-clock time typed as 17:25 or 17:25:30; BadTime says how to write it."""
    with suppress(ValueError):
        if found := _CLOCK.fullmatch(text.strip()):
            hour, minute, second = (int(part or 0) for part in found.groups())
            return time(hour, minute, second)
    raise BadTime("time: write it as 17:25 or 17:25:30")


def clock(seconds: float) -> str:
    """A place on a video's time line: 1:02:03.5."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"


def waiting(case: Case) -> int:
    """How many candidates wait for the person who looks."""
    return review.waiting(session.store(), case.id)


def recorder_words(ranked: RankedCamera, case: Case) -> str:
    """The same minutes as the recorder's clock shows them, when it is known to be off."""
    if not ranked.camera.clock_offset_s:
        return t(" (the recorder's clock is taken to be right)") if ranked.camera.clock_checked else ""
    zone = ZoneInfo(case.timezone)
    start, end = ranked.recorder_start.astimezone(zone), ranked.recorder_end.astimezone(zone)
    return t(" (the recorder shows **{start:%H:%M:%S}** to **{end:%H:%M:%S}**)", start=start, end=end)


def similarity_words(match: Match) -> str:
    """A similarity with what it means."""
    if match.track.similarity >= match.alert_threshold:
        strength = t("above the alert threshold: a strong lead. Strangers rarely come this high, but some do")
    else:
        strength = t("between the review floor and the alert threshold: a weak lead. Strangers come this high too")
    return f"**{t('Similarity {n:.2f}', n=match.track.similarity)}** · {strength}."


def chance_words(match: Match) -> str:
    """How often strangers come as high as a match, and how many would in its scan."""
    job = session.store().job(match.track.scan_id)
    x1, y1, x2, y2 = match.track.best_box_px
    words = candidate_words(
        session.calibration(job.models),
        similarity=match.track.similarity,
        face_px=min(x2 - x1, y2 - y1),
        quality=match.track.quality,
        tracks=job.tracks,
        references=people_sought(session.store(), job),
        photos=max(1, sum(photo.is_usable for photo in session.store().photos(match.case_id))),
    )
    return "  \n".join(words)


def scale_words(match: Match) -> str:
    """What the numbers of the engine that found a match mean, and what they do not."""
    job = session.store().job(match.track.scan_id)
    people = people_sought(session.store(), job)
    expected = threshold_words(
        session.calibration(job.models), match.alert_threshold, tracks=job.tracks, references=people
    )
    words = t(
        "Similarities of this engine: review floor {floor:.2f}, alert threshold {alert:.2f}, 1 is the same picture. "
        "They are no probability.",
        floor=match.review_floor,
        alert=match.alert_threshold,
    )
    return f"{words} {expected}"


def camera_link(case: Case | None) -> None:
    """The way to the page for the field, for whoever may search; it is no page of Streamlit's."""
    if guard_of(session.store()).may_anywhere(Permission.SEARCH):
        to = f"/camera?case={quote(case.id, safe='')}" if case and session.may(Permission.SEARCH, case) else "/camera"
        st.html(f'<a href="{escape(to)}" target="_self">{escape(t("Camera search"))}</a>')


def sidebar(case: Case | None, *, url_path: str) -> None:
    """The case at hand, what waits, and which engine compares the faces under which licence."""
    if case is not None:
        number = t("Case {number}", number=plain(case.number))
        st.markdown(f"**{plain(case.subject.name)}**  \n{number}")
    live.frame(url_path, case)
    camera_link(case)
    engine = session.settings().engine
    st.caption(f"{t('Engine: {engine}.', engine=plain(engine))} {plain(licence_of(engine))}")
    st.caption(t("Every candidate is an investigative lead, not an identification."))
