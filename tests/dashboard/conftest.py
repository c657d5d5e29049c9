from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from dashboard import session
from data.store import Store, open_store
from tests.factories import an_account
from tests.fakes import Anyone, SignedIn


class _FramedPages(PagesManager):
    """Runs main.py around every page, as app.py sees to: AppTest takes a folder "pages" for an older kind of app."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        PagesManager.uses_pages_directory = False


@pytest.fixture(autouse=True)
def _pages_as_the_app_runs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", _FramedPages)


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aino is signed in, and may do everything; tests of roles sign in others (test_roles.py)."""
    monkeypatch.setattr(session, "_signed_in", an_account)
    monkeypatch.setattr(session, "_guard_for", SignedIn)


@pytest.fixture
def page_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty store, which the pages of this test open too."""
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path))
    monkeypatch.setenv("LASTSEEN_FREE_DISK_MB", "1")
    st.cache_resource.clear()
    store = open_store(tmp_path).guarded(Anyone())
    yield store
    store.close()
    st.cache_resource.clear()
