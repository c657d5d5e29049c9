"""What one browser tab remembers: the case it looks at and who is at work. The only touch of session_state.

The case stands in the address (?case=…) on every page, the chosen camera and match where they matter, so that
reloading or sharing the address keeps the place. Everything else lives in the store.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote, unquote

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from casework import search
from casework.clues import look_at
from casework.search import Streets
from casework.uploads import Desk, bytes_path, desk_at
from dashboard.map import write_street_sheet
from data.errors import NotFound
from data.models import Camera, Case, Upload
from data.store import Store, open_store
from geo.ranking import Ranking
from recognition.calibration import Calibration, find_calibration
from settings import Settings

if TYPE_CHECKING:
    from recognition.first_look import FirstLook

_CASE = "case"
_NAME = "who"
_NAME_COOKIE = "lastseen_name"
_CHOICES = ("camera", "match")
_MADE = "made"
_MADE_KEPT = 4
T = TypeVar("T")


@st.cache_resource
def settings() -> Settings:
    return Settings()


@st.cache_resource
def store() -> Store:
    wanted = settings()
    return open_store(
        wanted.home,
        database_url=wanted.database_url,
        files_url=wanted.files_url,
        free_bytes=wanted.free_disk_mb << 20,
        cache_bytes=wanted.cache_mb << 20,
    )


@st.cache_resource
def desk() -> Desk:
    """Where files come in."""
    wanted = settings()
    return desk_at(
        store(),
        wanted.home,
        max_upload_mb=wanted.max_upload_mb,
        max_uploads=wanted.max_uploads,
        free_bytes=wanted.free_disk_mb << 20,
    )


@st.cache_resource
def _lookers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="first-look")  # each look is a process; one at a time


@st.cache_resource(max_entries=200)
def first_look(upload_id: str) -> "Future[tuple[FirstLook | None, str]]":
    """What a process of its own sees in a file that has arrived, as soon as it has; None and why where it cannot."""
    limits = {"max_pixels": settings().max_pixels, "memory_mb": settings().child_memory_mb}
    return _lookers().submit(look_at, desk(), upload_id, **limits)


@st.cache_resource
def _calibration(sha256s: tuple[str, ...]) -> Calibration | None:
    return find_calibration({sha256: sha256 for sha256 in sha256s}, settings().calibrations_dir)


def calibration(models: Mapping[str, str]) -> Calibration | None:
    """What is known of the similarities of these model files (name to SHA-256); None where nobody measured them."""
    return _calibration(tuple(sorted(models.values())))


@st.cache_resource
def streets() -> Streets:
    """Street networks of the cases looked at, loaded once for all tabs."""
    return Streets(store())


def street_sheet(case: Case) -> str:
    """The address of the case's streets as the map draws them; empty without streets."""
    network = streets().of(case.id)
    if network is None:
        return ""
    return "/street-sheets/" + write_street_sheet(settings().home / "street-sheets", network.lines())


def content(upload: Upload) -> bytes:
    """The bytes of a file that has arrived; for lists and photos, not for footage."""
    return bytes_path(desk(), upload).read_bytes()


def cameras() -> list[Camera]:
    return store().cameras()


def ranking(case: Case) -> Ranking:
    """The case's ranking as it is now."""
    return search.ranking(store(), case, streets=streets().of(case.id))


def case_or_none() -> Case | None:
    """The case in the address, or else the one this tab looked at last."""
    case_id = st.query_params.get(_CASE) or st.session_state.get(_CASE)
    if not case_id:
        return None
    try:
        case = store().case(case_id)
    except NotFound:
        leave_case()
        return None
    st.session_state[_CASE] = case_id
    if st.query_params.get(_CASE) != case_id:
        st.query_params[_CASE] = case_id
    return case


def enter_case(case_id: str) -> None:
    st.session_state[_CASE] = case_id
    for name in _CHOICES:
        st.query_params.pop(name, None)
    st.query_params[_CASE] = case_id


def leave_case() -> None:
    st.session_state.pop(_CASE, None)
    st.query_params.pop(_CASE, None)


def chosen(name: str) -> str | None:
    """The id of the "camera" or "match" in the address, or else the one this tab chose last in this case."""
    value = st.query_params.get(name) or recall(name)
    if value and (st.query_params.get(name), recall(name)) != (value, value):
        choose(name, value)
    return value or None


def choose(name: str, value: str | None) -> None:
    """Choose a "camera" or a "match", in the address too; None chooses none."""
    if value is None:
        forget(name)
        st.query_params.pop(name, None)
        return
    keep(name, value)
    st.query_params[name] = value


def who() -> str:
    """The name that stands under what is done here. Sign-in will replace it."""
    typed = st.session_state.get(_NAME)
    return str(unquote(st.context.cookies.get(_NAME_COOKIE, "")) if typed is None else typed).strip()


def ask_name() -> None:
    # A widget's own key is dropped when its page is left; the copy under _NAME is not. A reload forgets both, so a
    # cookie of this browser session keeps the name; quoted, it holds no character that means anything to a script.
    typed = st.text_input(
        "Your name",
        value=who(),
        max_chars=80,
        key="who_typed",
        placeholder="stands under what you do",
        help="Stands in the record under every decision you make. There is no sign-in yet: see the README's limits.",
    )
    st.session_state[_NAME] = typed
    kept = quote(str(typed).strip(), safe="")
    if kept != st.context.cookies.get(_NAME_COOKIE, ""):
        words = f"{_NAME_COOKIE}={kept}; path=/; SameSite=Strict"
        st.html(f"<script>document.cookie = '{words}'</script>", unsafe_allow_javascript=True)


def recall(name: str, default: Any = None) -> Any:
    """Something this tab keeps for one case: a selected camera, a clicked place."""
    return st.session_state.get(_key(name), default)


def keep(name: str, value: Any) -> None:
    st.session_state[_key(name)] = value


def forget(name: str) -> None:
    st.session_state.pop(_key(name), None)


def drawn_from(name: str, now: T) -> T:
    """What `now` was when this tab last drew it: the state from which the user chose what this run is to do.

    A run reads the store anew before it learns which button was pressed; what somebody else changed in between must not
    pass for what the user saw.
    """
    was = cast(T, recall(f"drawn:{name}", now))
    keep(f"drawn:{name}", now)
    return was


def set_widget(key: str, value: Any) -> None:
    """Give a widget its value, before it is shown in this run; one whose words changed has else forgotten it."""
    st.session_state[key] = value


def widget(key: str) -> Any:
    """The value of a widget as the browser sent it, in the function that is called when it changes."""
    return st.session_state.get(key)


def page_token() -> str:
    """Which page this run draws. A fragment's own run may still name a page that was left: the browser asks for it by
    the last page it knows, and a full rerun from there would throw the click in the navigation away."""
    run = get_script_run_ctx()
    return run.page_script_hash if run else ""


def area_token(shapes: Sequence[Mapping[str, Any]], *, drawn_here: bool = False) -> str:
    """A token that changes whenever the search area was changed elsewhere than on this tab's map."""
    now = json.dumps(list(shapes), sort_keys=True)
    token, seen = recall("area", (0, now))
    if seen != now and not drawn_here:
        token += 1
    keep("area", (token, now))
    return str(token)


def once(name: str, make: Callable[[], T]) -> T:
    """What `make` gave when it was last asked for under `name`: a file is read once, not at every click."""
    made = st.session_state.setdefault(_MADE, {})
    if name not in made:
        while len(made) >= _MADE_KEPT:
            made.pop(next(iter(made)))
        made[name] = make()
    return cast(T, made[name])


def forget_made() -> None:
    st.session_state.pop(_MADE, None)


def _key(name: str) -> str:
    return f"{name}:{st.session_state.get(_CASE, '')}"
