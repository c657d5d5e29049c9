"""Pieces that several pages show in the same way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from casework.review import LEAD
from dashboard import session
from data.errors import BadTime, LastSeenError
from data.models import Case, Job, JobState, Match, MatchState
from geo.ranking import RankedCamera
from recognition.licences import licence_of

STATE_WORDS = {
    MatchState.TO_REVIEW: "to review",
    MatchState.CONFIRMED: "confirmed",
    MatchState.REJECTED: "rejected",
    MatchState.UNSURE: "unsure",
}


def plain(text: str) -> str:
    """Text from people or files, so that Markdown shows it as typed: never a link, a picture, HTML or a formula."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|~<>$:&^=\"'" else c for c in text).replace("\n", " ")


# Below this the recogniser, not the detector, is the limit: found / true accept rate at FMR 1e-3 were .97 at 32 px
# and .55 at 24 px in noisy CCTV frames (FINDINGS.md).
USEFUL_FACE_PX = 32


@contextmanager
def errors_shown() -> Iterator[None]:
    """What went wrong, in its own plain words, where it happened."""
    try:
        yield
    except LastSeenError as error:
        st.error(plain(str(error)), icon=":material/error:")


def case_needed() -> Case:
    """The case at hand; without one, says what to do and ends the page."""
    case = session.case_or_none()
    if case is None:
        st.info("No case is open. Open one on the Cases page.", icon=":material/folder_open:")
        st.page_link("pages/cases.py", label="Go to Cases", icon=":material/folder_open:")
        st.stop()
    return case


def name_needed() -> str:
    """Who acts; a decision without a name is not taken."""
    name = session.who()
    if not name:
        st.warning("Type your name in the side bar first: it stands in the record under what you do.")
        st.stop()
    return name


def local(at: datetime, case: Case) -> str:
    """A time as the case's own clocks show it."""
    return f"{at.astimezone(ZoneInfo(case.timezone)):%a %d %b %Y, %H:%M:%S %Z}"


def short_time(at: datetime, case: Case) -> str:
    """Hours and minutes on the case's clocks, with the day where it is not today."""
    there = at.astimezone(ZoneInfo(case.timezone))
    same_day = there.date() == datetime.now(there.tzinfo).date()
    return f"{there:%H:%M}" if same_day else f"{there:%d %b %H:%M}"


def short_span(start: datetime, end: datetime, case: Case) -> str:
    """Both ends of a stretch of time, hours and minutes; the day only where it is not today."""
    zone = ZoneInfo(case.timezone)
    return f"{short_time(start, case)}–{end.astimezone(zone):%H:%M}"


def counted(number: int, thing: str) -> str:
    """ "1 candidate", "2 candidates"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def short_day(at: datetime | None, case: Case) -> str:
    """The day on the case's calendar; a question mark when unknown."""
    return f"{at.astimezone(ZoneInfo(case.timezone)):%d %b}" if at else "?"


def ago(span: timedelta) -> str:
    """ "3 h 20 min" for a stretch of time."""
    minutes = int(span.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


def span(seconds: float) -> str:
    """ "2 min" or "30 s" for a tolerance."""
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"


def typed_time(text: str) -> time:
    """A wall-clock time typed as 17:25 or 17:25:30; BadTime says how to write it."""
    try:
        return time.fromisoformat(text.strip().replace(".", ":"))
    except ValueError as error:
        raise BadTime("time: write it as 17:25 or 17:25:30") from error


def clock(seconds: float) -> str:
    """A place on a video's time line: 1:02:03.5."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"


def waiting(case: Case) -> int:
    """How many candidates nobody has decided on yet."""
    return len(session.store().matches(case.id, states=(MatchState.TO_REVIEW,)))


def recorder_words(ranked: RankedCamera, case: Case) -> str:
    """The same minutes as the recorder's clock shows them, when it is known to be off."""
    if not ranked.camera.clock_offset_s:
        return " (the recorder's clock is taken to be right)" if ranked.camera.clock_checked else ""
    zone = ZoneInfo(case.timezone)
    start, end = ranked.recorder_start.astimezone(zone), ranked.recorder_end.astimezone(zone)
    return f" (the recorder shows **{start:%H:%M:%S}** to **{end:%H:%M:%S}**)"


def similarity_words(match: Match) -> str:
    """A similarity with what it means, and what it does not."""
    value, alert, floor = match.track.similarity, match.alert_threshold, match.review_floor
    if value >= alert:
        strength = "above the alert threshold: a strong lead. Strangers rarely come this high, but some do"
    else:
        strength = "between the review floor and the alert threshold: a weak lead. Strangers come this high too"
    return (
        f"**Similarity {value:.2f}** · {strength}.  \n"
        f"Scale of this engine: review floor {floor:.2f}, alert threshold {alert:.2f}, 1 is the same picture. "
        "It is not a probability."
    )


def sidebar(case: Case | None) -> None:
    """The case at hand, what waits, and which engine compares the faces under which licence."""
    if case is not None:
        st.markdown(f"**{plain(case.subject.name)}**  \nCase {plain(case.number)}")
        if to_review := waiting(case):
            st.markdown(f":material/fact_check: {to_review} to review")
        running = len(session.store().jobs(case_id=case.id, open_only=True))
        if running:
            st.markdown(f":material/hourglass_top: {running} {'job' if running == 1 else 'jobs'} under way")
    engine = session.settings().engine
    st.caption(f"Engine: {plain(engine)}. {plain(licence_of(engine))}")
    st.caption(f"Every candidate is an {LEAD}.")


def job_line(job: Job) -> None:
    """One line on where a job stands, with a bar while it runs."""
    if job.state is JobState.QUEUED:
        st.markdown(":material/schedule: waiting for a worker")
    elif job.state is JobState.RUNNING:
        total = job.seconds_total or 0.0
        share = min(1.0, job.seconds_done / total) if total else 0.0
        words = f"searched {clock(job.seconds_done)} of {clock(total)}" if total else "looking at the file"
        st.progress(share, text=f"{words} · {counted(job.faces_seen, 'face')} seen · {counted(job.candidates, 'candidate')}")
    elif job.state is JobState.FAILED:
        st.error(plain(f"not finished: {job.error}"), icon=":material/error:")
    elif job.kind == "scan":
        st.markdown(f":material/check_circle: searched · {counted(job.candidates, 'candidate')}")
        coverage_line(job)


def coverage_line(job: Job) -> None:
    """What a finished scan really looked at, gaps first."""
    coverage = job.coverage
    if coverage is None:
        return
    if coverage.unreadable_spans_s or coverage.packets_unreadable:
        spans = ", ".join(f"{clock(a)} to {clock(b)}" for a, b in coverage.unreadable_spans_s) or "of unknown length"
        st.warning(
            f"Part of this footage could not be read ({spans}); {coverage.packets_unreadable} damaged packets. "
            "Nobody was looked for there. Ask the owner for a fresh export.",
            icon=":material/broken_image:",
        )
    claimed = coverage.frames_claimed if coverage.frames_claimed is not None else "an unknown number"
    st.caption(
        f"The file claims {claimed} frames; {coverage.frames_decoded} were decoded, {coverage.frames_examined} "
        f"examined, {counted(coverage.faces_seen, 'face')} seen."
    )
