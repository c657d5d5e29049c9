"""One tip as whoever decides on it sees it: what was said, what the file shows and says of itself, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from casework import tips
from casework.tips import Placed
from dashboard import parts, session
from dashboard.sighting_form import KINDS, REPORTED
from dashboard.words import measured, t
from data.clock import local_to_utc
from data.errors import BadPlace
from data.models import Case, Permission, SightingKind, StartedFrom
from data.tip_models import Tip, TipState
from geo.distance import distance_m

if TYPE_CHECKING:  # the frame loads no decoder
    from recognition.first_look import FirstLook


@dataclass(frozen=True)
class Offer:
    """A place or a time that somebody or something says; it counts once a person takes it."""

    words: str
    place: tuple[float, float, float] | None = None
    at: datetime | None = None
    note: str = ""


def card(case: Case, tip: Tip, *, is_searchable: bool) -> None:
    """A tip with everything that may be done with it now."""
    with st.container(border=True, key=f"tip_{tip.id}"):
        left, right = st.columns([1, 1.7], gap="medium")
        look = None
        may_edit = session.may(Permission.EDIT, case)
        with left:
            if tip.sha256 is None:
                st.caption(t(":material/hide_image: no photo, no video"))
            elif may_edit:
                look = _picture(tip)
            else:
                st.caption(t(":material/lock: the picture is for those who decide on it"))
        with right:
            _said(case, tip)
            if may_edit:
                _contact(tip)
        if not may_edit:
            return
        if tip.state is TipState.WAITING:
            _decide(case, tip, look, is_searchable=is_searchable)
        else:
            _decided(case, tip)


def _picture(tip: Tip) -> "FirstLook | None":
    looking = session.tip_look(tip)
    look, problem = looking.result() if looking.done() else (None, "")
    if look is not None:
        st.image(look.first_frame_jpeg, width="stretch", alt=t("what was sent with tip {number}", number=tip.number))
    elif problem:
        st.warning(parts.plain(problem), icon=":material/broken_image:")
    else:
        _look_under_way(tip, session.page_token())
    size = t("{n:.1f} MB", n=tip.size_bytes / 1e6)
    st.caption(f"{parts.plain(tip.file_name)} · {size} · SHA-256 {(tip.sha256 or '')[:16]}…")
    return look


@st.fragment(run_every=1)
def _look_under_way(tip: Tip, page: str) -> None:
    """Draws the page anew when the picture is there, if it is still the page that is looked at."""
    if session.tip_look(tip).done() and page == session.page_token():
        session.keep("drawn_for_worker", True)
        st.rerun()
    st.caption(t(":material/hourglass_top: a process of its own opens the file …"))


def _said(case: Case, tip: Tip) -> None:
    st.markdown(f"**{t('Tip {number}', number=tip.number)}** · {parts.local(tip.came_at, case)}")
    for line in tip.words.split("\n"):
        if line.strip():
            st.markdown(parts.plain(line))
    facts = []
    if tip.where_words:
        facts.append(f":material/signpost: {parts.plain(tip.where_words)}")
    if tip.lat is not None and tip.lon is not None:
        place = measured(f"{tip.lat:.5f}, {tip.lon:.5f} ± {tip.radius_m:.0f} m")
        facts.append(f":material/location_on: {place}")
    if tip.seen_at is not None:
        typed = t("typed: {words}", words=parts.plain(tip.seen_typed))
        facts.append(f":material/schedule: {parts.local(tip.seen_at, case)} :gray[({typed})]")
    if not (tip.words or facts):
        facts.append(t("No words came with it."))
    st.markdown("  \n".join(facts))


def _contact(tip: Tip) -> None:
    if not tip.has_contact:
        st.caption(t(":material/person_off: did not say how to be reached"))
        return
    shown = session.recall(f"tip_contact_{tip.id}")
    if shown is not None:
        st.markdown(f":material/call: {parts.plain(shown)}")
        return
    label = t("Show how to reach the tipster")
    if st.button(label, key=f"contact_{tip.id}", icon=":material/key:", help=t("That you read it is recorded.")):
        with parts.errors_shown():
            session.keep(f"tip_contact_{tip.id}", tips.read_contact(session.store(), tip.id, by=session.who()))
            st.rerun()


# what is offered


def offers(case: Case, tip: Tip, look: "FirstLook | None") -> Iterator[Offer]:
    """Places and times that the tipster or the file names, the tipster's first."""
    said = (tip.lat, tip.lon, tip.radius_m) if tip.lat is not None and tip.lon is not None else None
    if said is not None:
        yield Offer(t("the tipster"), place=said)
    if tip.seen_at is not None:
        yield Offer(t("the tipster"), at=tip.seen_at)
    if look is None:
        return
    taken, doubt = look.info.taken, t("Anybody can write anything there.")
    if taken.place is not None:
        note = doubt
        if said is not None:
            metres = distance_m(said[:2], taken.place)
            note = t("{n:,.0f} m from where the tipster says.", n=metres) + " " + doubt
        yield Offer(t("the file"), place=(*taken.place, taken.accuracy_m or 50.0), note=note)
    if taken.satellite_at is not None:
        yield Offer(t("the file, by satellite"), at=taken.satellite_at, note=doubt)
    if taken.shown is not None:
        zone = ZoneInfo(case.timezone)
        is_zoned = taken.shown.tzinfo is not None
        at = taken.shown if is_zoned else taken.shown.replace(tzinfo=zone)
        note = doubt if is_zoned else t("It names no time zone: the case's is taken.") + " " + doubt
        yield Offer(t("the file"), at=at, note=note)
    elif look.created_at is not None:
        yield Offer(t("the file"), at=look.created_at, note=doubt)


def _offer(case: Case, tip: Tip, look: "FirstLook | None") -> None:
    """Nothing of it counts before somebody presses its button."""
    for number, offer in enumerate(offers(case, tip, look)):
        words, button = st.columns([4, 1.2], vertical_alignment="center")
        if offer.place is not None:
            lat, lon, radius_m = offer.place
            shown = measured(f"{lat:.5f}, {lon:.5f} ± {radius_m:.0f} m")
        else:
            shown = parts.local(offer.at or tip.came_at, case)
        note = f"  \n:small[{parts.plain(offer.note)}]" if offer.note else ""
        words.markdown(f"**{shown}** · {t('says {who}', who=offer.words)}{note}")
        if button.button(t("Use this"), key=f"use_{tip.id}_{number}", width="stretch"):
            _use(case, tip, offer)


def _use(case: Case, tip: Tip, offer: Offer) -> None:
    if offer.place is not None:
        for name, value in zip(("lat", "lon", "radius"), offer.place, strict=True):
            session.set_widget(f"{name}_{tip.id}", float(value))
    if offer.at is not None:
        there = offer.at.astimezone(ZoneInfo(case.timezone))
        session.set_widget(f"day_{tip.id}", there.date())
        session.set_widget(f"time_{tip.id}", f"{there:%H:%M:%S}")


# what is decided


def _decide(case: Case, tip: Tip, look: "FirstLook | None", *, is_searchable: bool) -> None:
    with st.expander(t("Decide on it"), expanded=session.chosen("tip") == tip.id, icon=":material/rule:"):
        _offer(case, tip, look)
        typed = _fields(case, tip)
        with st.container(horizontal=True), parts.errors_shown():
            if st.button(t("Take as a sighting"), key=f"take_{tip.id}", type="primary", icon=":material/add_location:"):
                _take(tip, typed)
            if tip.sha256 is not None:
                _search_button(case, tip, typed, is_searchable=is_searchable)
        with st.container(horizontal=True, vertical_alignment="bottom"), parts.errors_shown():
            reason = st.text_input(
                t("Why nothing follows from it"), key=f"reason_{tip.id}", max_chars=400, width="stretch",
                placeholder=t("somebody else, a joke, known already …"),
            )  # fmt: skip
            if st.button(t("Dismiss"), key=f"dismiss_{tip.id}", icon=":material/block:"):
                tips.dismiss(session.store(), tip.id, reason=reason, by=session.who())
                _done(t("Tip {number} is dismissed.", number=tip.number))
            if tip.is_doubtful and st.button(t("Not doubtful"), key=f"trust_{tip.id}", icon=":material/thumb_up:"):
                tips.trust(session.store(), tip.id, by=session.who())
                _done(t("Tip {number} stands with the others now.", number=tip.number))


@dataclass(frozen=True)
class _Typed:
    """The fields of the card as they stand."""

    case: Case
    lat: float | None
    lon: float | None
    radius_m: float
    day: date
    clock: str
    minutes: float
    kind: SightingKind
    source: str

    def placed(self) -> Placed:
        if self.lat is None or self.lon is None:
            raise BadPlace(t("place: type latitude and longitude, or use one that is offered"))
        read = local_to_utc(self.day, parts.typed_time(self.clock), self.case.timezone)
        return Placed(
            self.lat, self.lon, self.radius_m, read.at, self.minutes * 60 + read.spread_s, time_from=StartedFrom.TYPED
        )


def _fields(case: Case, tip: Tip) -> _Typed:
    first = tip.seen_at or tip.came_at
    there = first.astimezone(ZoneInfo(case.timezone))
    known = {
        "lat": tip.lat, "lon": tip.lon, "radius": tip.radius_m or 100.0, "day": there.date(),
        "time": f"{there:%H:%M:%S}" if tip.seen_at else "", "minutes": 5.0,
        "source": t("Public tip {number}", number=tip.number),
    }  # fmt: skip
    for name, value in known.items():
        if not session.has_widget(f"{name}_{tip.id}"):
            session.set_widget(f"{name}_{tip.id}", value)
    left, middle, right = st.columns(3)
    lat = left.number_input(t("Latitude"), -90.0, 90.0, step=0.0001, format="%.6f", key=f"lat_{tip.id}")
    lon = middle.number_input(t("Longitude"), -180.0, 180.0, step=0.0001, format="%.6f", key=f"lon_{tip.id}")
    radius_m = right.number_input(t("Within (m)"), 0.0, 20_000.0, step=10.0, key=f"radius_{tip.id}")
    day = left.date_input(t("Date"), key=f"day_{tip.id}")
    zone = t("In the case's time zone, {timezone}.", timezone=case.timezone)
    clock = middle.text_input(t("Time"), placeholder="17:25", help=zone, key=f"time_{tip.id}")
    minutes = right.number_input(t("Give or take (min)"), 0.0, 1440.0, key=f"minutes_{tip.id}")
    kind = left.selectbox(
        t("What it rests on"), REPORTED, format_func=lambda kind: t(KINDS[kind]), key=f"kind_{tip.id}"
    )
    source = middle.text_input(t("Source"), max_chars=400, key=f"source_{tip.id}")
    return _Typed(case, lat, lon, radius_m, day, clock, minutes, kind, source)


def _take(tip: Tip, typed: _Typed) -> None:
    tips.take_as_sighting(
        session.store(), tip.id, typed.placed(), source=typed.source, kind=typed.kind, by=session.who()
    )
    _done(t("Tip {number} stands on the map as a reported sighting.", number=tip.number))


def _search_button(case: Case, tip: Tip, typed: _Typed, *, is_searchable: bool) -> None:
    may = session.may(Permission.ADD_FOOTAGE, case) and session.may(Permission.SEARCH, case)
    label = t("Search again") if tip.footage_id else t("Search the photo or video")
    if not st.button(label, key=f"search_{tip.id}", icon=":material/search:", disabled=not (may and is_searchable)):
        return
    wanted = session.settings()
    tips.search_file(
        session.store(), tip.id, typed.placed(), engine=wanted.engine, queue=wanted.scan_queue, by=session.who()
    )
    _done(t("The file of tip {number} is searched as footage: see the Footage page.", number=tip.number))


def _decided(case: Case, tip: Tip) -> None:
    at = parts.local(tip.decided_at, case) if tip.decided_at else ""
    by = parts.plain(tip.decided_by)
    words = t("Taken as a sighting by {by}, {at}", by=by, at=at)
    if tip.state is TipState.DISMISSED:
        words = t("Dismissed by {by}, {at}: {reason}", by=by, at=at, reason=parts.plain(tip.reason))
    with st.container(horizontal=True, vertical_alignment="center"), parts.errors_shown():
        st.caption(words)
        if st.button(t("Undo"), key=f"undo_{tip.id}", icon=":material/undo:", width="content"):
            tips.undo(session.store(), tip.id, by=session.who())
            _done(t("Tip {number} waits again.", number=tip.number))


def _done(words: str) -> None:
    session.keep("told", words)
    st.rerun()
