"""A ZIP of pictures and films that waits on the Footage page: what is in it, and what of it counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from casework import bundles
from casework.bundles import Handful, details_for
from casework.footage import Details, Place
from dashboard import parts, session, spot_fields
from dashboard.camera_map import places_map
from dashboard.footage_details import Cameras
from dashboard.words import later, t, tn
from data.clock import local_to_utc
from data.errors import BadTime
from data.models import Case, Upload

if TYPE_CHECKING:  # pages must not load a decoder
    from recognition.bundle import Bundled

OWN, ALL = "own", "all"
WHICH = {
    OWN: later("as each file says; this for those that say nothing"),
    ALL: later("this for all of them, whatever they say"),
}
MOST_ROWS, MOST_NAMED = 1000, 5
Added = Callable[[list[str], str], None]


@dataclass(frozen=True)
class _Typed:
    """What was given by hand so far."""

    uses_times: bool
    uses_places: bool
    timezone: str
    started_at: datetime | None
    place: Place | None
    camera_id: str


def bundle_card(upload: Upload, case: Case, cameras: Cameras, *, label: str, on_added: Added) -> None:
    """Show what is in the ZIP and ask what counts; `on_added` gets the ids of the footage it became, and words."""
    looking = session.bundle_look(upload.id)
    if not looking.done():
        _under_way(upload.id, session.page_token())
        return
    found, problem = looking.result()
    if found is None:
        st.warning(parts.plain(problem), icon=":material/folder_zip:")
        return
    usable = [one for one in found if not one.why]
    _tell(found, usable, case)
    if not usable:
        return
    key = f"zip_{upload.id}"
    typed = _ask(case, cameras, key, usable)
    _confirm(upload, case, key, usable, typed, label=label, on_added=on_added)


@st.fragment(run_every=1)
def _under_way(upload_id: str, page: str) -> None:
    if session.bundle_look(upload_id).done() and page == session.page_token():
        session.keep("drawn_for_worker", True)
        st.rerun()
    st.caption(t(":material/hourglass_top: looking at what is in it …"))


def _tell(found: "Sequence[Bundled]", usable: "Sequence[Bundled]", case: Case) -> None:
    zone = ZoneInfo(case.timezone)
    pictures = sum(one.kind == "picture" for one in usable)
    timed = sum(bundles.taken_at(one, case.timezone) is not None for one in usable)
    placed = [place for one in usable if (place := bundles.place_of(one, "")) is not None]
    st.markdown(
        t(
            "In it: **{pictures}** and **{films}**. {timed} say when they were taken, {placed} say where.",
            pictures=tn("{n:,} picture", "{n:,} pictures", pictures),
            films=tn("{n:,} film", "{n:,} films", len(usable) - pictures),
            timed=timed,
            placed=len(placed),
        )
    )
    left_out = [one for one in found if one.why]
    if left_out:
        named = "; ".join(f"{one.name}: {one.why}" for one in left_out[:MOST_NAMED])
        st.caption(
            tn("{n:,} file is left out: {named}", "{n:,} files are left out: {named}", len(left_out),
               named=parts.plain(named) + (" …" if len(left_out) > MOST_NAMED else ""))
        )  # fmt: skip
    with st.expander(t("What each file says of itself"), icon=":material/table_rows:"):
        st.dataframe([_row(one, case.timezone, zone) for one in usable[:MOST_ROWS]], hide_index=True, width="stretch")
        if len(usable) > MOST_ROWS:
            st.caption(t("The first {n:,} are shown.", n=MOST_ROWS))


def _row(one: "Bundled", timezone: str, zone: ZoneInfo) -> dict[str, str]:
    at, place = bundles.taken_at(one, timezone), bundles.place_of(one, "")
    assumed = one.taken.shown is not None and one.taken.shown.tzinfo is None
    return {
        t("File"): one.name,
        t("Taken"): "" if at is None else f"{at[0].astimezone(zone):%Y-%m-%d %H:%M:%S}" + (" ?" if assumed else ""),
        t("Where"): "" if place is None else f"{place.lat:.5f}, {place.lon:.5f} ± {place.radius_m:.0f} m",
        t("Device"): one.taken.device,
    }


def _ask(case: Case, cameras: Cameras, key: str, usable: "Sequence[Bundled]") -> _Typed:
    """What counts; none of it before the button is pressed."""
    left, right = st.columns(2)
    times = left.radio(t("When"), [OWN, ALL], format_func=lambda one: t(WHICH[one]), key=f"{key}_when")
    timezone = _timezone(case, key, usable) if times == OWN else case.timezone
    day, clock = left.columns(2)
    on = day.date_input(t("Date"), value=None, key=f"{key}_day", max_value=datetime.now(ZoneInfo(case.timezone)).date())
    at = clock.text_input(t("Time"), placeholder="17:25", key=f"{key}_time",
                          help=t("In the case's time zone, {timezone}.", timezone=case.timezone))  # fmt: skip
    places = right.radio(t("Where"), [OWN, ALL], format_func=lambda one: t(WHICH[one]), key=f"{key}_places")
    with right:
        place, camera_id = _place(case, cameras, key)
    return _Typed(times == OWN, places == OWN, timezone, _moment(on, at, case), place, camera_id)


def _timezone(case: Case, key: str, usable: "Sequence[Bundled]") -> str:
    """The zone of clocks whose files do not name theirs."""
    silent = sum(one.taken.shown is not None and one.taken.shown.tzinfo is None for one in usable)
    if not silent:
        return case.timezone
    zones = sorted(available_timezones())
    place = zones.index(case.timezone) if case.timezone in zones else 0
    return str(
        st.selectbox(
            tn("{n:,} file does not name its time zone; its clock was set to",
               "{n:,} files do not name their time zone; their clocks were set to", silent),
            zones, index=place, key=f"{key}_zone",
        )
    )  # fmt: skip


def _place(case: Case, cameras: Cameras, key: str) -> tuple[Place | None, str]:
    """A place or a camera by hand; nothing where nothing was given."""
    if not st.toggle(t("Give a place by hand"), key=f"{key}_by_hand"):
        return None, ""
    if spot_fields.asks_place(key, has_cameras=bool(cameras.by_id), is_handheld=True):
        return spot_fields.ask_place(case, key, clue=None, said=None, near=cameras.near, called=""), ""
    chosen = st.selectbox(t("From which camera"), list(cameras.by_id), format_func=cameras.name, key=f"{key}_camera")
    return None, str(chosen)


def _moment(day: date | None, typed: str, case: Case) -> datetime | None:
    if day is None and not typed:
        return None
    if day is None or not typed:
        raise BadTime(t("time: give the date and the time, or neither"))
    read = local_to_utc(day, parts.typed_time(typed), case.timezone)
    if read.spread_s:
        raise BadTime(t("time: it came twice that night, when the clocks were put back; add these files one by one"))
    return read.at


def _confirm(
    upload: Upload, case: Case, key: str, usable: "Sequence[Bundled]", typed: _Typed, *, label: str, on_added: Added
) -> None:
    """Show on a map where the files would stand, and take them over once somebody says so."""
    with st.form(key, border=False):
        left, right = st.columns([1, 2])
        uncertainty_s = left.number_input(
            t("Times are right to within (s)"), value=None, min_value=0.0, step=60.0, placeholder=t("not known"),
            key=f"{key}_uncertainty",
        )  # fmt: skip
        exporter = right.text_input(t("Where they are from"), max_chars=200, key=f"{key}_from",
                                    placeholder=t("who handed them over; which account or page"))  # fmt: skip
        said = Handful(
            typed.timezone, typed.uses_times, typed.uses_places, typed.started_at, typed.place, typed.camera_id,
            clock_uncertainty_s=uncertainty_s, exporter=exporter,
        )  # fmt: skip
        chosen = [(one, details) for one in usable if (details := details_for(one, said)) is not None]
        _show(chosen, usable, case, key)
        if not st.form_submit_button(label, type="primary", icon=":material/check:", disabled=not chosen):
            return
    _add(upload, case, chosen, on_added)


def _show(chosen: "Sequence[tuple[Bundled, Details]]", usable: "Sequence[Bundled]", case: Case, key: str) -> None:
    places = list(dict.fromkeys((d.place.lat, d.place.lon, False) for _, d in chosen if d.place is not None))
    if places:
        places_map(places[:MOST_ROWS], case=case, key=f"{key}_shown")
    st.markdown(
        tn("**{n:,} file** has a time and a place so.", "**{n:,} files** have a time and a place so.", len(chosen))
        + " "
        + t("Compare a few with what they show: anybody can change what a file says of itself.")
    )
    if len(chosen) < len(usable):
        lacking = len(usable) - len(chosen)
        st.caption(
            tn("{n:,} lacks one of them, and stays here.", "{n:,} lack one of them, and stay here.", lacking)
        )  # fmt: skip


def _add(upload: Upload, case: Case, chosen: "Sequence[tuple[Bundled, Details]]", on_added: Added) -> None:
    bar = st.progress(0.0, t("Taking them over …"))
    taken = bundles.add_bundled(
        session.desk(), upload.id, case.id, chosen=chosen, memory_mb=session.settings().child_memory_mb,
        by=session.who(), on_progress=lambda done: bar.progress(done / len(chosen)),
    )  # fmt: skip
    words = tn("{n:,} file of {name} is kept.", "{n:,} files of {name} are kept.", len(taken.added), name=upload.name)
    if taken.known:
        words += " " + tn("{n:,} was in the case already.", "{n:,} were in the case already.", taken.known)
    if taken.failed:
        failed = "; ".join(taken.failed[:MOST_NAMED])
        words += " " + tn("{n:,} could not be kept: {failed}", "{n:,} could not be kept: {failed}", len(taken.failed),
                          failed=failed)  # fmt: skip
    words += " " + t("Discard the ZIP when nothing in it is needed any more.")
    on_added(list(taken.added), words)
