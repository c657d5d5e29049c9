"""What is asked of every footage: its camera, when it began by the recorder's clock, and how far that clock is off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from casework.clues import Clue, PlaceClue, clues, place_clue
from casework.footage import Details
from dashboard import parts, session, spot_fields
from dashboard.words import later, t
from data.clock import local_to_utc
from data.models import Camera, Case, StartedFrom

if TYPE_CHECKING:  # pages must not load a decoder
    from recognition.first_look import FirstLook

SOURCE_WORDS = {
    StartedFrom.TYPED: later("typed"),
    StartedFrom.FILE_METADATA: later("the file's metadata"),
    StartedFrom.FILE_NAME: later("the file's name"),
    StartedFrom.BURNT_IN_CLOCK: later("the burnt-in clock"),
    StartedFrom.OWN_CLOCK: later("the clock of this machine, at the moment"),
}


@dataclass(frozen=True)
class Cameras:
    """The cameras to choose from, in order, how each is called, and what is said under the one chosen."""

    by_id: Mapping[str, Camera]
    name: Callable[[str], str]
    say_when: Callable[[str], None]
    start_day: Callable[[str], date]
    spots: Mapping[str, Camera] = field(default_factory=dict)
    near: tuple[float, float] | None = None


@dataclass(frozen=True)
class FileSays:
    """What a file itself says: of its start, of its place, of its device; and whether a hand held its camera."""

    clues: Sequence[Clue] = ()
    place: PlaceClue | None = None
    device: str = ""
    is_handheld: bool = False


def says(name: str, look: "FirstLook | None", case: Case) -> FileSays:
    """What a file that has arrived tells of itself; one that tells more than a recorder would is from a hand."""
    place = place_clue(look)
    device = look.info.taken.device if look is not None else ""
    is_handheld = place is not None or bool(device) or (look is not None and look.info.is_still)
    return FileSays(clues(name, look, timezone=case.timezone), place, device, is_handheld)


def ask(
    case: Case, cameras: Cameras, key: str, *, chosen: str, file: FileSays, said: Details | None = None, label: str
) -> Details | None:
    """Ask for the details under `key`; None until the button `label` was pressed. `said` is what they are now."""
    place, camera_id = None, ""
    spot = cameras.spots.get(said.camera_id) if said else None
    if is_place := spot_fields.asks_place(
        key, has_cameras=bool(cameras.by_id), is_handheld=file.is_handheld if said is None else spot is not None
    ):
        place = spot_fields.ask_place(
            case, key, clue=file.place, said=spot, near=cameras.near, called=file.device
        )  # fmt: skip
    else:
        camera_id = _camera(cameras, key, chosen)
        cameras.say_when(camera_id)
    _offer(key, camera_id, file.clues)
    with st.form(key, border=False):
        day, typed = _start(case, cameras, key, camera_id, said)
        offset_s, uncertainty_s, checked = _clock(cameras.by_id.get(camera_id), f"{key}_{camera_id}", said)
        recorder_make, exporter, export_notes = _origin(key, said, file.device, is_place=is_place)
        second = _which_hour(case, key)
        if not st.form_submit_button(label, type="primary", icon=":material/check:"):
            return None
    return Details(
        camera_id=camera_id,
        place=spot_fields.needed(place) if is_place else None,
        started_at=_started_at(case, key, day, typed, second),
        clock_offset_s=offset_s,
        clock_uncertainty_s=uncertainty_s,
        clock_checked=checked,
        started_from=_source(key, day, typed, said),
        recorder_make=recorder_make,
        exporter=exporter,
        export_notes=export_notes,
    )


def _camera(cameras: Cameras, key: str, chosen: str) -> str:
    """Which camera; asked for once, so that a ranking that moves meanwhile gives the file no other one."""
    name = f"{key}_camera"
    kept = session.recall(name)
    wanted = kept if kept in cameras.by_id else chosen
    session.keep(name, wanted)
    session.set_widget(name, wanted)
    camera_id = st.selectbox(
        t("From which camera"),
        list(cameras.by_id),
        format_func=cameras.name,
        key=name,
        on_change=lambda: session.keep(name, session.widget(name)),
        help=t("In the order of the ranking: the first ones are worth asking first."),
    )
    return str(camera_id)


def _offer(key: str, camera_id: str, clues: Sequence[Clue]) -> None:
    """What the file itself says of its start. Nothing of it counts before somebody presses its button."""
    if not clues:
        return
    st.markdown(t("**The file itself says when it began.** Compare with the picture before you use one:"))
    for number, clue in enumerate(clues):
        words, button = st.columns([4, 1], vertical_alignment="center")
        shown = f"{clue.shown:%a %d %b %Y, %H:%M:%S}" if isinstance(clue.shown, datetime) else f"{clue.shown:%H:%M:%S}"
        words.markdown(f"**{shown}** · {t(SOURCE_WORDS[clue.source])}  \n:small[{parts.plain(clue.note)}]")
        if clue.crop_jpeg:
            words.image(clue.crop_jpeg, width=260)
        if button.button(t("Use this"), key=f"{key}_use_{number}", width="stretch"):
            session.set_widget(f"{key}_time", f"{clue.shown:%H:%M:%S}")
            if isinstance(clue.shown, datetime):
                session.set_widget(f"{key}_{camera_id}_day", clue.shown.date())
            session.keep(f"{key}_clue", clue)


def _start(case: Case, cameras: Cameras, key: str, camera_id: str, said: Details | None) -> tuple[date, str]:
    zone = ZoneInfo(case.timezone)
    now = said.started_at.astimezone(zone) if said else None
    left, right = st.columns(2)
    day_key, time_key = f"{key}_{camera_id}_day", f"{key}_time"
    if session.widget(day_key) is None:
        session.set_widget(day_key, now.date() if now else cameras.start_day(camera_id))
    if session.widget(time_key) is None:
        session.set_widget(time_key, f"{now:%H:%M:%S}" if now else "")
    day = left.date_input(t("Recorder's date at the start *") if camera_id else t("Its date *"), key=day_key)
    typed = right.text_input(
        t("Recorder's time at the start *") if camera_id else t("Its time *"),
        placeholder="17:25:30",
        key=time_key,
        help=t(
            "What the burnt-in clock shows in the first frame, in the case's time zone, {timezone}.",
            timezone=case.timezone,
        )
        if camera_id
        else t("What the device's clock showed, in the case's time zone, {timezone}.", timezone=case.timezone),
    )
    return day, typed


def _clock(camera: Camera | None, key: str, said: Details | None) -> tuple[float, float | None, str]:
    """How far the clock is off; `camera` is None for one in somebody's hand."""
    is_same = said is not None and (camera is None or said.camera_id == camera.id)
    left, middle, right = st.columns([1.3, 1, 1.7])
    offset_s = left.number_input(
        t("Recorder is ahead of true time by (s)") if camera else t("Its clock is ahead of true time by (s)"),
        value=float(said.clock_offset_s if said and is_same else camera.clock_offset_s if camera else 0.0),
        step=1.0,
        format="%.1f",
        key=f"{key}_offset",
        help=t("Negative when it is behind. Compare the recorder's clock with a phone's."),
    )
    uncertainty_s = middle.number_input(
        t("Give or take (s)"),
        value=said.clock_uncertainty_s if said and is_same else None,
        min_value=0.0,
        step=1.0,
        format="%.1f",
        placeholder=t("not known"),
        key=f"{key}_uncertainty",
        help=t("How far that may be wrong. It widens the time of every sighting that rests on this footage."),
    )
    checked = right.text_input(
        t("How the clock was checked"),
        value=said.clock_checked if said and is_same else camera.clock_checked if camera else "",
        max_chars=300,
        placeholder=t("compared with a phone on …; not checked"),
        key=f"{key}_checked",
    )
    return offset_s, uncertainty_s, checked


def _origin(key: str, said: Details | None, device: str, *, is_place: bool) -> tuple[str, str, str]:
    """From what recorder or device the file is, who took it out, and how: what a court will ask."""
    left, right = st.columns(2)
    spot_fields.fill_once(f"{key}_recorder", said.recorder_make if said else device)
    recorder_make = left.text_input(
        t("Device's make and model") if is_place else t("Recorder's make and model"),
        max_chars=200,
        placeholder=t("as on its label; empty when not known"),
        key=f"{key}_recorder",
    )
    exporter = right.text_input(
        t("Handed over by") if is_place else t("Exported from the recorder by"),
        value=said.exporter if said else "",
        max_chars=200,
        placeholder=t("name and office"),
        key=f"{key}_exporter",
    )
    notes = st.text_input(
        t("Notes on the export"),
        value=said.export_notes if said else "",
        max_chars=500,
        placeholder=t("format, player, medium, who was there"),
        key=f"{key}_notes",
    )
    return recorder_make, exporter, notes


def _started_at(case: Case, key: str, day: date, typed: str, second: bool | None) -> datetime:
    """The instant the recorder's clock meant; `second` tells which, in the hour that clocks repeat in autumn."""
    read = local_to_utc(day, parts.typed_time(typed), case.timezone)
    if not read.spread_s:
        session.forget(f"{key}_came_twice")
        return read.at
    spread = timedelta(seconds=read.spread_s)
    came_twice = (read.at - spread, read.at + spread)
    if second is None or session.recall(f"{key}_came_twice") != came_twice:
        session.keep(f"{key}_came_twice", came_twice)
        st.rerun()
    return came_twice[second]


def _which_hour(case: Case, key: str) -> bool | None:
    """Whether the second of two equal hours is meant; None while nobody has said."""
    came_twice = session.recall(f"{key}_came_twice")
    if came_twice is None:
        return None
    first, last = (parts.local(at, case) for at in came_twice)
    st.warning(
        t(
            "This time came twice that night: the clocks were put back. Say which one the recorder meant, then press "
            "the button again. Many recorders never change their clock: they stay on one of the two all year."
        ),
        icon=":material/schedule:",
    )
    words = {False: t("the first, {at}", at=first), True: t("the second, an hour later, {at}", at=last)}
    said: bool | None = st.radio(
        t("Which one"), [False, True], index=None, format_func=words.__getitem__, key=f"{key}_which"
    )
    return said


def _source(key: str, day: date, typed: str, said: Details | None) -> StartedFrom:
    """Where the start comes from: an offer counts as such only while nobody has typed something else over it."""
    clue: Clue | None = session.recall(f"{key}_clue")
    if clue is None:
        return said.started_from if said else StartedFrom.TYPED
    is_its_time = parts.typed_time(typed).replace(microsecond=0) == _time_of(clue)
    is_its_day = not isinstance(clue.shown, datetime) or clue.shown.date() == day
    return clue.source if is_its_time and is_its_day else StartedFrom.TYPED


def _time_of(clue: Clue) -> object:
    return clue.shown.time() if isinstance(clue.shown, datetime) else clue.shown
