"""What was done to cameras last in this tab: said once more at the next run, and taken back by a click."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from casework import cameras
from casework.camera_edits import Change, change_cameras, remove_cameras, undone
from dashboard import parts, session
from dashboard.words import t, tn
from data.models import Camera

_DONE = "cameras_done"


@dataclass(frozen=True)
class Done:
    """In words, and what it takes to undo it: changes, a camera that was removed, cameras that were added."""

    words: str
    changes: Sequence[Change] = ()
    removed: Camera | None = None
    added: Sequence[Camera] = ()


def done(what: Done) -> NoReturn:
    """Keep it in mind, and draw the page anew."""
    changed: dict[str, Camera | None] = {change.after.id: change.after for change in what.changes}
    changed |= {camera.id: camera for camera in what.added}
    if what.removed:
        changed[what.removed.id] = None
    session.cameras_changed(changed)
    session.keep(_DONE, what)
    st.rerun()


def last_done() -> Done | None:
    """What was done last, where it can still be undone or has yet to be said."""
    kept: Done | None = session.recall(_DONE)
    return kept


def what_was_done(*, may_undo: bool) -> None:
    """Say what was done last, and offer to take it back."""
    what = last_done()
    if what is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="cameras_done"):
        st.success(parts.plain(what.words), icon=":material/check_circle:", width="stretch")
        can_undo = may_undo and (what.changes or what.removed or what.added)
        if not can_undo:
            session.forget(_DONE)
        elif st.button(t("Undo"), icon=":material/undo:", key="cameras_undo"):
            _take_back(what)
        elif st.button(t("Close"), icon=":material/close:", key="cameras_close"):
            session.forget(_DONE)
            st.rerun()


def _take_back(what: Done) -> None:
    session.forget(_DONE)
    store, by = session.store(), session.who()
    if what.removed is not None:
        cameras.save_camera(store, what.removed, by=by)
        session.cameras_changed({what.removed.id: what.removed})
        session.keep(_DONE, Done(t("{name} is back.", name=what.removed.name or what.removed.id)))
    elif what.added:
        remove_cameras(store, what.added, by=by)
        session.cameras_changed(dict.fromkeys((camera.id for camera in what.added), None))
        words = tn("Taken back: {n:,} camera is gone.", "Taken back: {n:,} cameras are gone.", len(what.added))
        session.keep(_DONE, Done(words))
    else:
        back = undone(what.changes)
        change_cameras(store, back, by=by)
        session.cameras_changed({change.after.id: change.after for change in back})
        words = tn("Taken back: {n:,} camera is as it was.", "Taken back: {n:,} cameras are as they were.", len(back))
        session.keep(_DONE, Done(words, back))
    st.rerun()
