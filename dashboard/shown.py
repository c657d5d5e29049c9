"""Which pictures and downloads the pages show to whom: they lie at /media/HASH, for every tab of the process alike."""

import threading
from pathlib import PurePosixPath

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

_MOST_TABS = 2000
_lock = threading.Lock()
_tabs: dict[str, str] = {}
"""By tab, the id of the account that is at work in it; the tab bound last stands last."""


def note_tab(account_id: str) -> None:
    """The tab whose run this is works for that account from now on."""
    run = get_script_run_ctx()
    if run is None:
        return
    with _lock:
        _tabs.pop(run.session_id, None)
        _tabs[run.session_id] = account_id
        while len(_tabs) > _MOST_TABS:
            del _tabs[next(iter(_tabs))]


def has_tab(account_id: str) -> bool:
    """Whether somebody is at work as this account in a tab."""
    return bool(_tabs_of(account_id))


def is_shown_to(account_id: str, name: str) -> bool:
    """Whether a tab of this account shows the file of this name (HASH.jpg) at this moment."""
    mine = _tabs_of(account_id)
    if not mine:
        return False
    files = runtime.get_instance().media_file_mgr._files_by_session_and_coord  # it can be asked in no other way
    wanted = PurePosixPath(name).stem
    return any(wanted in tuple(files[tab].values()) for tab in mine if tab in files)


def _tabs_of(account_id: str) -> list[str]:
    with _lock:
        mine = [tab for tab, owner in _tabs.items() if owner == account_id]
    return [tab for tab in mine if runtime.get_instance().is_active_session(tab)] if runtime.exists() else []
