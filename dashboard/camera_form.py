"""One camera, new or to be corrected: its place and heading on a map or as numbers, and what is known of it.

What somebody has typed and not saved is kept in the tab for each camera, with the camera as it was when they began: so
what a colleague saves meanwhile is shown, and never overwritten unseen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn, cast

import streamlit as st

from casework import cameras, cases
from casework.camera_edits import Change, change_cameras, merged, verified
from dashboard import camera_fields, parts, session
from dashboard.camera_done import Done, done, last_done
from dashboard.camera_map import Pointed, camera_map, picked
from dashboard.camera_words import FIELDS, KINDS, shown, verified_words
from dashboard.words import t
from data.errors import BadInput, BadPlace, Conflict
from data.importers import parse_direction
from data.models import Camera, Case, utc_now

NEW = ""
_TYPED = (
    "name", "owner", "contact", "retention_days", "lat", "lon", "headings_deg", "fov_deg", "range_m", "clock_offset_s",
    "clock_checked", "kind", "is_indoor", "mount", "width_px", "height_px", "last_verified",
)  # fmt: skip


@dataclass(frozen=True)
class _Draft:
    """One editing: the camera as it was when it began (None for a new one), and the round its widgets belong to."""

    base: Camera | None
    round: int = 0

    def key(self, field: str) -> str:
        return f"camera-{self.base.id if self.base else NEW}-{self.round}-{field}"


def camera_form(camera: Camera | None, case: Case | None, *, near: tuple[float, float] | None) -> None:
    """Ask for a camera's facts; everything but its name and place may stay unknown."""
    draft = _draft(camera)
    _fill(draft)
    if camera is not None and camera != draft.base:
        _follow(draft, camera)
    key = draft.key("map")
    camera_map(_pointed(draft), case=case, key=key, near=near, on_pick=lambda: _take_pick(draft, key))
    camera_fields.place_fields(draft.key)
    camera_fields.owner_fields(draft.key)
    with st.expander(t("Clock, kind and picture"), icon=":material/tune:"):
        camera_fields.other_fields(draft.key)
    session.keep(f"typed:{_id(camera)}", {field: session.widget(draft.key(field)) for field in _TYPED})
    with st.container(key="camera_save"):  # stays in sight: what a press on Save brings up is not missed
        clashes = camera is not None and camera != draft.base
        if clashes:
            _clash(draft, cast(Camera, camera))
        _save_row(draft, is_open=not clashes)


def verify_button(camera: Camera) -> None:
    """One click for: somebody looked today, and all that stands here is true."""
    words, button = st.columns([1.5, 1], vertical_alignment="center")
    words.markdown(f":material/verified: {parts.plain(verified_words(camera))}")
    today = utc_now().date()
    if camera.last_verified == today and camera.verified_by == session.who():
        return
    if button.button(
        t("Verified today"),
        icon=":material/check:",
        width="stretch",
        help=t("Say that you looked today, and that what stands here is true."),
    ):
        changes = verified([camera], on=today, by=session.who())
        change_cameras(session.store(), changes, by=session.who())
        done(Done(t("{name} is verified.", name=camera.name or camera.id), changes))


def _id(camera: Camera | None) -> str:
    return camera.id if camera else NEW


def _draft(camera: Camera | None) -> _Draft:
    draft: _Draft | None = session.recall(f"draft:{_id(camera)}")
    if draft is None:
        draft = _Draft(camera)
        session.keep(f"draft:{_id(camera)}", draft)
    return draft


def _begin_anew(camera: Camera | None, base: Camera | None = None, typed: Mapping[str, Any] | None = None) -> None:
    """Widgets of a new round, filled from `base` and what was `typed`."""
    was: _Draft | None = session.recall(f"draft:{_id(camera)}")
    session.keep(f"draft:{_id(camera)}", _Draft(base or camera, was.round + 1 if was else 0))
    session.keep(f"typed:{_id(camera)}", dict(typed or {}))


def _fill(draft: _Draft) -> None:
    """Give each field what was typed in it last, or else what is known; one that is not drawn for a run forgets it."""
    typed = session.recall(f"typed:{_id(draft.base)}", {})
    for field in _TYPED:
        if not session.has_widget(draft.key(field)):
            session.set_widget(draft.key(field), typed.get(field, _known(draft.base, field)))


def _known(camera: Camera | None, field: str) -> Any:
    if field == "headings_deg":
        return _headings(camera)
    if field == "clock_offset_s":
        return camera.clock_offset_s if camera else 0.0
    if field == "kind":
        return camera.kind if camera and camera.kind in KINDS else ""
    empty = "" if field in ("name", "owner", "contact", "clock_checked", "mount") else None
    return getattr(camera, field) if camera else empty


def _headings(camera: Camera | None) -> str:
    return "; ".join(f"{heading:g}" for heading in camera.headings_deg) if camera else ""


def _mine(draft: _Draft) -> Camera:
    """The camera as it stands in the fields; BadInput where it makes no sense."""
    typed = {field: session.widget(draft.key(field)) for field in _TYPED}
    if typed["lat"] is None or typed["lon"] is None or not str(typed["name"] or "").strip():
        raise BadInput("camera: it needs a name, a latitude and a longitude")
    base = draft.base or Camera(f"camera-{cases.new_id()[:12]}", "", 0.0, 0.0, source=f"entered by {session.who()}")
    values = typed | {
        "headings_deg": _typed_headings(typed["headings_deg"] or "", draft.base),
        **{field: typed[field] or None for field in ("retention_days", "fov_deg", "range_m", "width_px", "height_px")},
        **{field: typed[field] or "" for field in ("owner", "contact", "clock_checked", "kind", "mount")},
        "clock_offset_s": typed["clock_offset_s"] or 0.0,
    }
    if values["last_verified"] != base.last_verified:
        values["verified_by"] = session.who() if values["last_verified"] else ""
    if base.kind not in KINDS and not values["kind"]:
        values["kind"] = base.kind
    return replace(base, **cast(dict[str, Any], values))


def _understood(draft: _Draft) -> Camera | None:
    """The camera as it stands in the fields; None where it makes no sense yet, or none of them is shown."""
    if not session.has_widget(draft.key("name")):
        return None
    try:
        return _mine(draft)
    except (BadInput, BadPlace):
        return None


def _typed_headings(text: str, camera: Camera | None) -> tuple[float, ...]:
    if camera is not None and text == _headings(camera):
        return camera.headings_deg
    direction = parse_direction(text)
    if not direction.understood:
        raise BadInput(f"looks towards: {text!r} is not understood; write 90, NE, or several as 90; 180")
    return direction.headings_deg


def _pointed(draft: _Draft) -> Pointed:
    """The camera as far as its fields make sense."""
    typed = {field: session.widget(draft.key(field)) for field in ("lat", "lon", "headings_deg", "fov_deg", "range_m")}
    try:
        headings = _typed_headings(typed.pop("headings_deg") or "", draft.base)
    except BadInput:
        headings = ()
    fov, range_m = typed.pop("fov_deg") or None, typed.pop("range_m") or None
    return Pointed(of=_id(draft.base), headings_deg=headings, fov_deg=fov, range_m=range_m, **typed)


def _take_pick(draft: _Draft, key: str) -> None:
    """What was picked on the map goes into the fields."""
    pick = picked(key)
    if pick is None or pick.of != _id(draft.base):
        return
    if pick.lat is not None and pick.lon is not None:
        session.set_widget(draft.key("lat"), pick.lat)
        session.set_widget(draft.key("lon"), pick.lon)
    session.set_widget(draft.key("headings_deg"), "; ".join(f"{heading:g}" for heading in pick.headings_deg))


def _save_row(draft: _Draft, *, is_open: bool) -> None:
    """Save, or take back what is typed; what is not saved yet is said. Not `is_open` while a clash is to be settled."""
    base = draft.base
    unsaved = _unsaved(draft)
    with st.container(horizontal=True, vertical_alignment="center"):
        save = st.button(
            t("Add camera") if base is None else t("Save"),
            type="primary",
            icon=":material/save:",
            disabled=not is_open or (base is not None and not unsaved),
            key=draft.key("save"),
        )
        if unsaved and base is not None and st.button(t("Discard"), icon=":material/undo:", key=draft.key("discard")):
            _begin_anew(base)
            st.rerun()
        if unsaved:
            st.caption(t("Not saved yet: {fields}", fields=", ".join(unsaved)))
    if save:
        _save(draft)


def _unsaved(draft: _Draft) -> list[str]:
    """The names of the fields that say something else than what is kept; the fields themselves where they make none."""
    base, mine = draft.base, _understood(draft)
    if base is None:
        return []
    if mine is None:
        return [t("something that is not understood")]
    return [t(FIELDS[name]) for name in Change(base, mine).fields if name != "verified_by"]


def _save(draft: _Draft) -> None:
    base, mine = draft.base, _mine(draft)
    try:
        saved = cameras.save_camera(session.store(), mine, by=session.who(), was=base)
    except Conflict:
        if base is None or base.id not in session.cameras().by_id:
            raise
        st.rerun()  # what the colleague saved is shown beside what is typed here
    _begin_anew(base, base=saved if base else None)
    if base is None:
        session.choose("camera", saved.id)
        session.keep("cameras_go", "list")
        done(Done(t("{name} is added.", name=saved.name), added=(saved,)))
    done(Done(t("{name} is saved.", name=saved.name), (Change(base, saved),)))


def _follow(draft: _Draft, theirs: Camera) -> None:
    """The camera was saved since this editing began: gone on from there, where nobody has to decide anything."""
    base, mine = cast(Camera, draft.base), _understood(draft)
    if mine == base:
        _begin_anew(theirs)  # nothing was typed: the colleague's camera is simply shown
        st.rerun()
    elif mine is not None and (own := last_done()) and Change(base, theirs) in own.changes:  # this tab changed it
        _go_on(merged(base, mine, theirs, theirs_first=True), theirs)


def _clash(draft: _Draft, theirs: Camera) -> None:
    """A colleague saved this camera meanwhile: both editings are shown, and one click settles it."""
    base, mine = cast(Camera, draft.base), _understood(draft)
    if mine is None:
        words = t("Somebody else changed this camera. Correct what is not understood first.")
        st.warning(words, icon=":material/group:")
        return
    st.warning(t("Somebody else changed this camera while you were editing it."), icon=":material/group:")
    changed = Change(base, theirs).fields
    both = [name for name in changed if name in Change(base, mine).fields]
    lines = [
        f"- {t(FIELDS[name])}: {parts.plain(shown(name, getattr(base, name)))} → "
        f"**{parts.plain(shown(name, getattr(theirs, name)))}**"
        + (f" · {t('you typed')} **{parts.plain(shown(name, getattr(mine, name)))}**" if name in both else "")
        for name in changed
    ]
    st.markdown("\n".join(lines))
    with st.container(horizontal=True):
        take = st.button(
            t("Take theirs, keep my other changes") if both else t("Go on with both"),
            icon=":material/merge:",
            key=draft.key("theirs"),
        )
        keep = bool(both) and st.button(t("Keep what I typed"), icon=":material/edit:", key=draft.key("mine"))
    if take or keep:
        _go_on(merged(base, mine, theirs, theirs_first=take), theirs)


def _go_on(result: Camera, base: Camera) -> NoReturn:
    """Go on editing with `result` in the fields, of which `base` is kept."""
    _begin_anew(base, typed={name: _known(result, name) for name in _TYPED})
    st.rerun()
