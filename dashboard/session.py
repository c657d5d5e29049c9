"""Who is at work in one browser tab, and what the tab remembers: the case it looks at. The only touch of session_state.

Each run of a page, and of a part that draws itself anew, asks anew whose session the browser's cookie names. What it
reads and does, it does as that account, through a store that shows no other cases (`casework.access`). What is kept
for all tabs together (`st.cache_resource`) holds no case's data that was not asked for as somebody.

The case stands in the address (?case=…) on every page, the chosen camera and match where they matter, so that
reloading or sharing the address keeps the place. Everything else lives in the store.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import streamlit as st
import structlog
from streamlit.runtime.scriptrunner import get_script_run_ctx

from casework import cases, signing_in
from casework.access import Machine, Person, guard_of
from casework.basemap import StreetMaps
from casework.board import Board, CameraSet
from casework.bundles import look_into
from casework.camera_search import CameraDesk
from casework.clues import look_at
from casework.face_desk import FaceDesk
from casework.finding import CameraNames
from casework.histories import Histories
from casework.history import Known
from casework.places import Places
from casework.pulse import Pulse, Pulses
from casework.pulse import moved as moved_in
from casework.search import Streets
from casework.senders import arrived
from casework.tips import look_at as look_at_tip
from casework.uploads import Desk, bytes_path, desk_at
from dashboard.shown import note_tab
from dashboard.terms import who_may_words
from dashboard.words import t
from data.errors import DiskFull, NotFound, NotReachable
from data.models import Account, Camera, Case, Permission, Sighting, Upload, utc_now
from data.store import Guard, Store, open_store
from data.tip_models import Tip
from geo.ranking import Ranking
from geo.streets import StreetNetwork
from recognition.calibration import Calibration, find_calibration
from settings import Settings

if TYPE_CHECKING:
    from recognition.apart import ChildLimits, Opening
    from recognition.bundle import Bundled
    from recognition.eyes import Eyes
    from recognition.first_look import FirstLook

log = structlog.get_logger("session")
LOOK_EVERY = timedelta(hours=1)
_CASE = "case"
_BOUND = "bound"
_CHOICES = ("camera", "match", "tip")
_MADE = "made"
_MADE_KEPT = 4
T = TypeVar("T")


@st.cache_resource
def settings() -> Settings:
    return Settings()


@st.cache_resource
def _whole_store() -> Store:
    """The store of this process, of which nobody's eyes are kept away: for the functions below alone."""
    wanted = settings()
    return open_store(
        wanted.home,
        database_url=wanted.database_url,
        files_url=wanted.files_url,
        free_bytes=wanted.free_disk_mb << 20,
        cache_bytes=wanted.cache_mb << 20,
    )


@dataclass(frozen=True)
class _Bound:
    """One run, and the account as which it works."""

    run: object
    account: Account
    store: Store


def _signed_in() -> Account | None:
    """Whose session the browser's cookie names at this moment."""
    return signing_in.account_of(_whole_store(), signing_in.token_in(st.context.cookies))


def _guard_for(account: Account) -> Guard:
    return Person(_whole_store(), account)


def _bound() -> _Bound:
    """This run's account and its store; says so and ends the run where nobody is signed in."""
    run = get_script_run_ctx()
    mark = run.cursors if run else None  # made anew at the start of each run
    known: _Bound | None = st.session_state.get(_BOUND)
    if known is not None and mark is not None and known.run is mark:
        return known
    account = _signed_in()
    if known is not None and (account is None or account.id != known.account.id):
        st.session_state.clear()  # what the tab remembers was somebody else's
    if account is None:
        if run is not None and run.fragment_ids_this_run:
            st.rerun()  # not this part alone: the whole page is somebody's who is gone
        st.info(t("You are not signed in, or your session has ended."), icon=":material/lock:")
        st.html(f'<a href="/sign-in" target="_self">{escape(t("Sign in"))}</a>')
        st.stop()
    bound = _Bound(mark, account, _whole_store().guarded(_guard_for(account)))
    st.session_state[_BOUND] = bound
    note_tab(account.id)
    return bound


def store() -> Store:
    """The store as whoever is signed in sees it."""
    return _bound().store


def account() -> Account:
    """Who is signed in."""
    return _bound().account


def who() -> str:
    """The name that stands under what is done here."""
    return account().name


def may(permission: Permission, case: Case | None = None) -> bool:
    """Whether whoever is signed in may, in this case or in the installation."""
    return may_in(permission, case.id if case else None)


def may_in(permission: Permission, case_id: str | None) -> bool:
    return guard_of(store()).may(permission, case_id)


def why_not(permission: Permission) -> str:
    """What a person is told who may not."""
    return t("You may not {what}: {why}.", what=t(permission), why=who_may_words(permission))


def store_of(account: Account) -> Store:
    """The store as an account sees it, for what is asked of this process outside the pages."""
    return _whole_store().guarded(_guard_for(account))


def store_now_of(account: Account) -> Store:
    """The same, of the account as it stands at this moment: for an answer that goes on long after it was asked for."""
    return store_of(signing_in.as_it_stands(_whole_store(), account))


def open_doors_store() -> Store:
    """The whole store, for the door that finds out who asks."""
    return _whole_store()


@st.cache_resource
def _desk() -> Desk:
    wanted = settings()
    return desk_at(
        _whole_store(),
        wanted.home,
        max_upload_mb=wanted.max_upload_mb,
        max_uploads=wanted.max_uploads,
        free_bytes=wanted.free_disk_mb << 20,
    )


def desk() -> Desk:
    """Where files come in, for whoever is signed in."""
    return replace(_desk(), store=store())


def desk_of(account: Account | None) -> Desk:
    """The same outside the pages: for an account, or, without one, for this machine's own tidying up."""
    return replace(_desk(), store=_whole_store().guarded(Machine("web door")) if account is None else store_of(account))


@st.cache_resource
def _lookers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="first-look")  # each look is a process; one at a time


@st.cache_resource(max_entries=200)
def _first_look(upload_id: str, _desk: Desk) -> "Future[tuple[FirstLook | None, str]]":
    limits = {"max_pixels": settings().max_pixels, "memory_mb": settings().child_memory_mb}
    return _lookers().submit(look_at, _desk, upload_id, **limits)


@st.cache_resource(max_entries=50)
def _bundle_look(upload_id: str, _desk: Desk) -> "Future[tuple[tuple[Bundled, ...] | None, str]]":
    limits = {"max_pixels": settings().max_pixels, "memory_mb": settings().child_memory_mb}
    return _lookers().submit(look_into, _desk, upload_id, **limits)


def bundle_look(upload_id: str) -> "Future[tuple[tuple[Bundled, ...] | None, str]]":
    """What a process of its own finds in a ZIP that has arrived, as soon as it has; None and why where it cannot."""
    arrived(store(), upload_id)
    return _bundle_look(upload_id, desk())


def first_look(upload_id: str) -> "Future[tuple[FirstLook | None, str]]":
    """What a process of its own sees in a file that has arrived, as soon as it has; None and why where it cannot."""
    arrived(store(), upload_id)  # it may have been looked at for somebody else before
    return _first_look(upload_id, desk())


@st.cache_resource(max_entries=100)
def _tip_look(tip_id: str, _store: Store) -> "Future[tuple[FirstLook | None, str]]":
    limits = {"max_pixels": settings().max_pixels, "memory_mb": settings().child_memory_mb}
    return _lookers().submit(look_at_tip, _store, tip_id, **limits)


def tip_look(tip: Tip) -> "Future[tuple[FirstLook | None, str]]":
    """The same of what the public sent, for those alone who may decide on it."""
    guard_of(store()).check(Permission.EDIT, tip.case_id)
    return _tip_look(tip.id, store())


@st.cache_resource
def _calibration(sha256s: tuple[str, ...]) -> Calibration | None:
    return find_calibration({sha256: sha256 for sha256 in sha256s}, settings().calibrations_dir)


def calibration(models: Mapping[str, str]) -> Calibration | None:
    """What is known of the similarities of these model files (name to SHA-256); None where nobody measured them."""
    return _calibration(tuple(sorted(models.values())))


@st.cache_resource
def _face_desk() -> FaceDesk:
    wanted = settings()

    def opening() -> "Opening":
        from recognition.apart import Opening

        return Opening(wanted.engine, **wanted.opening)

    def limits() -> "ChildLimits":
        from recognition.apart import ChildLimits

        return ChildLimits(wanted.child_memory_mb, wanted.child_segment_s)

    return FaceDesk(opening, limits, max_pixels=wanted.max_pixels, calibration_of=calibration)


def face_desk() -> FaceDesk:
    """What looks at pictures for this process; it keeps nothing of any."""
    return _face_desk()


@st.cache_resource
def camera_desk() -> CameraDesk:
    """What cameras in the field search with, and the searches under way."""
    wanted = settings()

    @cache
    def eyes() -> "Eyes":
        from recognition.apart import ChildLimits, Opening
        from recognition.eyes import ApartEyes

        limits = ChildLimits(wanted.child_memory_mb, wanted.child_segment_s)
        return ApartEyes(lambda name: Opening(name, **wanted.opening), limits)

    return CameraDesk(_face_desk(), eyes, wanted.max_pixels)


@st.cache_resource
def streets() -> Streets:
    """Street networks of the cases looked at, loaded once for all tabs; given out only for cases that one sees."""
    return Streets()


@st.cache_resource
def _board() -> Board:
    return Board(_whole_store(), streets())


def board_of(account: Account, case_id: str) -> tuple[Board, Case]:
    """What a case's map shows of the cameras, outside the pages: for an account that sees the case."""
    return _board(), store_of(account).case(case_id)


@st.cache_resource
def _histories() -> Histories:
    return Histories()


def known_then(
    account: Account, case_id: str, hour: datetime
) -> tuple[Known, Case, list[Sighting], StreetNetwork | None]:
    """What was known of a case at an hour, with today's sightings, outside the pages: for an account that sees it."""
    seen = store_of(account)
    case = seen.case(case_id)
    return _histories().at(seen, account.id, case, hour), case, seen.sightings(case_id), streets().of(seen, case_id)


def cameras_of(_account: Account) -> CameraSet:
    """All cameras, outside the pages: for whoever is signed in."""
    return _board().cameras()


@st.cache_resource
def places() -> Places:
    """Names of places, for whoever has been found to see the case."""
    return Places(_whole_store(), settings().gazetteer_file)


@st.cache_resource
def _camera_names() -> CameraNames:
    return CameraNames(lambda _store: list(_board().cameras().cameras))


def camera_names() -> CameraNames:
    """The names of all cameras, to find them by; cameras belong to no case."""
    store()  # nobody who is not signed in
    return _camera_names()


@st.cache_resource
def street_maps() -> StreetMaps:
    """Tiles of the cases' streets, each drawn once."""
    return StreetMaps(streets())


def content(upload: Upload) -> bytes:
    """The bytes of a file that has arrived; for lists and photos, not for footage."""
    return bytes_path(desk(), upload).read_bytes()


def cameras() -> CameraSet:
    """All cameras; they belong to no case."""
    store()  # nobody who is not signed in
    return _board().cameras()


def cameras_changed(changed: Mapping[str, Camera | None]) -> None:
    """These cameras were just written here, None for one removed: 100,000 others need not be read again."""
    store()  # nobody who is not signed in
    _board().patch(changed)


def ranking(case: Case) -> Ranking:
    """The case's ranking, not older than a minute; of the case as it is now."""
    return _board().ranking(store().case(case.id))


def rank_of(case: Case) -> Mapping[str, int]:
    """By camera, its place in the case's ranking, from 1."""
    return _board().rank_of(store().case(case.id))


def with_footage(case: Case) -> frozenset[str]:
    """Ids of the cameras of which the case has footage."""
    return _board().with_footage(store().case(case.id))


def cameras_token(case: Case) -> str:
    """Changes whenever a view of the case's cameras may show something else."""
    return _board().token(store().case(case.id))


@st.cache_resource
def _pulses() -> Pulses:
    return Pulses()


def pulse(case_id: str) -> Pulse:
    """What whoever is signed in may know of a case, or of all (HOME), at this moment."""
    return _pulses().of(store(), case_id)


def pulse_of(account: Account, case_id: str) -> Pulse:
    """The same outside the pages; of an account as it stands at this moment."""
    return _pulses().of(store_now_of(account), case_id)


def moved() -> tuple[int, int]:
    """Stays as it is for as long as nobody writes anything that a page shows."""
    return moved_in(_whole_store())


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
    _note_look(case)
    return case


def _note_look(case: Case) -> None:
    """Who looks at a case stands in its record, once an hour for each tab. A full disk hides no case from anybody."""
    now = utc_now()
    is_by_itself = recall("drawn_for_worker") or recall("by_itself")
    if is_by_itself or now - recall("looked", now - 2 * LOOK_EVERY) < LOOK_EVERY:
        return  # what draws itself anew on a page left open is nobody's look
    keep("looked", now)
    try:
        cases.note_look(store(), case.id, by=who())
    except (DiskFull, NotReachable) as error:
        log.warning("a look at a case could not be recorded", who=who(), case=case.id, why=str(error))


def enter_case(case_id: str) -> None:
    st.session_state[_CASE] = case_id
    for name in _CHOICES:
        st.query_params.pop(name, None)
    st.query_params[_CASE] = case_id


def leave_case() -> None:
    st.session_state.pop(_CASE, None)
    st.query_params.pop(_CASE, None)


def address_here() -> str:
    """The address under which this browser reached us, without a path."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def chosen(name: str) -> str | None:
    """The id of the "camera", "match" or "tip" in the address, or else the one this tab chose last in this case."""
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


def has_widget(key: str) -> bool:
    """Whether the widget was on the page in the last run, or was given its value in this one."""
    return key in st.session_state


def page_token() -> str:
    """Which page this run draws. A fragment's own run may still name a page that was left: the browser asks for it by
    the last page it knows, and a full rerun from there would throw the click in the navigation away."""
    run = get_script_run_ctx()
    return run.page_script_hash if run else ""


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
