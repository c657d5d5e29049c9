"""The search area beside the map: its shapes by name, changed and added by numbers, every change taken back again.

What is drawn on the map and what is typed here are the same strokes (`geo.drawn`). A stroke that cannot be made is
told in a line above the list, and the map shows again what is kept.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from casework import search
from dashboard import parts, session
from dashboard.area_form import ICONS, NAMES, Kind, Typed, fields, kind_of, shape_of, summary, typed_of
from dashboard.words import t, tn
from data.errors import LastSeenError
from data.models import Case, Sighting, utc_now
from geo.area import Shape
from geo.drawn import MOST_NAME_CHARS, Drawing, Drawn, Stroke
from geo.shapes import Place, simpler
from geo.ways import ways_between

_EDITED, _SAID, _REFUSED, _ADDED = "area_edited", "area_said", "area_refused", "areas_added"
_TALL = 5
"""With more shapes than this, their list scrolls."""
_SAID_FOR = timedelta(minutes=10)
"""So long a change is offered to be taken back."""


@dataclass(frozen=True)
class _Said:
    """What the last change came to, and what takes it back."""

    words: str
    is_error: bool = False
    undo: tuple[Stroke, ...] = ()
    added: Drawn | None = None
    at: datetime = field(default_factory=utc_now)


def token(drawing: Drawing) -> str:
    """Changes whenever the map should load the drawing anew: it is another one, or a stroke of this tab was refused."""
    kept = hashlib.sha256(json.dumps(drawing.features).encode()).hexdigest()[:16]
    return f"{kept}:{session.recall(_REFUSED, 0)}"


def drawn_on_map(case: Case, drawing: Drawing, acts: Sequence[Mapping[str, Any]]) -> None:
    """Keep what somebody did on the map, and draw the page anew."""
    _change(case, drawing, lambda: drawing.strokes_of(acts))


def area_part(case: Case, drawing: Drawing, sightings: Sequence[Sighting], *, may_edit: bool) -> None:
    """The shapes by name, and ways to change them without a mouse."""
    edited: Drawn | None = session.recall(_EDITED)
    seen = session.drawn_from("areas", drawing)
    with st.container(key="area_part"):
        _said(case, drawing)  # first: just below the map, where it is seen
        st.subheader(t("Search area"), anchor=False)
        if not drawing.shapes:
            words = t("No area is drawn: all cameras are in the list.")
            st.caption(f"{words} {t('Draw one on the map, or type its numbers.')}" if may_edit else words)
        with st.container(height=320 if len(drawing.shapes) > _TALL else "content", border=False, gap="small"):
            for drawn in drawing.shapes:
                if may_edit and edited is not None and edited.id == drawn.id:
                    _edit(case, drawing, edited)
                else:
                    _row(case, drawing, drawn, seen.find(drawn.id) or drawn, may_edit=may_edit)
        if may_edit:
            _add(case, drawing, sightings)


def _change(case: Case, before: Drawing, strokes: Callable[[], Sequence[Stroke]], *, said: str = "") -> None:
    """Make the strokes and draw the page anew; a line on it says then what was done, or what was wrong."""
    try:
        wanted = strokes()
        search.draw(session.store(), case.id, wanted, by=session.who())
    except LastSeenError as error:
        session.keep(_REFUSED, session.recall(_REFUSED, 0) + 1)
        session.keep(_SAID, _Said(str(error), is_error=True))
    else:
        session.forget(_EDITED)
        if wanted:
            is_new = not said and len(wanted) == 1 and wanted[0].was is None
            undo = tuple(before.undoing(wanted))
            session.keep(_SAID, _Said(said or _words(wanted), undo=undo, added=wanted[0].now if is_new else None))
    st.rerun()


def _words(strokes: Sequence[Stroke]) -> str:
    if len(strokes) != 1 and not any(stroke.now for stroke in strokes):
        return tn("{n} area is deleted.", "{n} areas are deleted.", len(strokes))
    if len(strokes) != 1:
        return tn("{n} area is changed.", "{n} areas are changed.", len(strokes))
    was, now = strokes[0].was, strokes[0].now
    if now is None:
        return t("“{name}” is deleted.", name=was.name if was else "")
    if was is None:
        return t("“{name}” is added.", name=now.name)
    if was.name != now.name:
        return t("“{was}” is now called “{name}”.", was=was.name, name=now.name)
    return t("“{name}” is changed.", name=now.name)


def _said(case: Case, drawing: Drawing) -> None:
    said: _Said | None = session.recall(_SAID)
    if said is None or utc_now() - said.at > _SAID_FOR:
        return
    if said.is_error:
        st.error(parts.plain(said.words), icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="area_said"):
        st.markdown(f":material/check_circle: {parts.plain(said.words)}", width="content")
        if said.undo and st.button(t("Undo"), icon=":material/undo:", key="area_undo"):
            _change(case, drawing, lambda: said.undo, said=t("Taken back."))
        if (added := said.added) is not None:
            _name(case, drawing, added)


def _name(case: Case, drawing: Drawing, added: Drawn) -> None:
    """A shape just added gets its name here, without another form."""
    typed = st.text_input(
        t("Name of the new area"),
        placeholder=t("Give it a name"),
        max_chars=MOST_NAME_CHARS,
        key=f"area_named_{added.id}",
        label_visibility="collapsed",
        width=220,
    )
    if typed.strip():
        _change(case, drawing, lambda: _edited(drawing, added, typed, added.shape))


def _edited(drawing: Drawing, drawn: Drawn, name: str, shape: Shape) -> list[Stroke]:
    now = replace(drawing.new(shape, name=name or drawn.name), id=drawn.id)
    return [Stroke(drawn, now)] if now != drawn else []


def _row(case: Case, drawing: Drawing, drawn: Drawn, was: Drawn, *, may_edit: bool) -> None:
    """One shape; `was` is what stood here when a button was pressed."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"area_{drawn.id}"):
        icon, about = ICONS[kind_of(drawn.shape)], parts.plain(summary(drawn.shape))
        st.markdown(f"{icon} **{parts.plain(drawn.name)}**  \n:small[:gray[{about}]]", width="stretch")
        if not may_edit:
            return
        if st.button(t("Change"), icon=":material/edit:", type="tertiary", key=f"area_change_{drawn.id}"):
            session.keep(_EDITED, drawn)
            st.rerun()
        if st.button(t("Delete"), icon=":material/delete:", type="tertiary", key=f"area_delete_{drawn.id}"):
            _change(case, drawing, lambda: [Stroke(was, None)])


def _edit(case: Case, drawing: Drawing, drawn: Drawn) -> None:
    """The name and numbers of one shape, as it was when somebody began to change it."""
    first = typed_of(drawn.shape)
    with st.form(f"area_edit_{drawn.id}"):
        name = st.text_input(t("Name"), drawn.name, max_chars=MOST_NAME_CHARS)
        typed = fields(first, key=f"area_edit_{drawn.id}")
        with st.container(horizontal=True):
            is_kept = st.form_submit_button(t("Save"), type="primary")
            is_left = st.form_submit_button(t("Cancel"))
    if is_left:
        session.forget(_EDITED)
        st.rerun()
    if is_kept:

        def strokes() -> list[Stroke]:
            return _edited(drawing, drawn, name, drawn.shape if typed == first else shape_of(typed))

        _change(case, drawing, strokes)


def _add(case: Case, drawing: Drawing, sightings: Sequence[Sighting]) -> None:
    turn = session.recall(_ADDED, 0)  # after each shape the choice and its form are empty again
    kind = st.segmented_control(
        t("Add an area by typing its numbers"),
        list(Kind),
        format_func=lambda kind: f"{ICONS[kind]} {t(NAMES[kind])}",
        key=f"area_add_{case.id}_{turn}",
        help=t("The same as drawing on the map, for those who would rather type."),
    )
    if kind is None:
        return
    last = sightings[-1] if sightings else None
    first = Typed(kind, middle=f"{last.lat:.6f}, {last.lon:.6f}" if last else "")
    with st.form(f"area_new_{turn}_{kind}"):
        name = st.text_input(t("Name"), max_chars=MOST_NAME_CHARS, placeholder=t("may stay empty"))
        typed = fields(first, key=f"area_new_{turn}_{kind}", has_route=len(sightings) > 1)
        is_wanted = st.form_submit_button(t("Add this area"), type="primary", icon=":material/add:")
    if is_wanted:

        def strokes() -> list[Stroke]:
            route = _route(case, sightings, within_m=typed.width_m / 20) if typed.follows_route else ()
            made = drawing.new(shape_of(typed, route), name=name)
            session.keep(_ADDED, turn + 1)
            return [Stroke(None, made)]

        _change(case, drawing, strokes)


def _route(case: Case, sightings: Sequence[Sighting], *, within_m: float) -> tuple[Place, ...]:
    """Where the person probably went, with no more corners than somebody can move by hand."""
    streets = session.streets().of(session.store(), case.id)
    ways = ways_between(tuple(sightings), streets, mode=case.mode)
    return simpler([place for way in ways for place in way.places], within_m)
