import sys
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager

from dashboard import session
from tests.factories import an_account
from tests.fakes import SignedIn


class _FramedPages(PagesManager):
    """Runs main.py around every page, as app.py sees to: AppTest takes a folder "pages" for an older kind of app."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        PagesManager.uses_pages_directory = False


@pytest.fixture(autouse=True)
def _pages_as_the_app_runs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", _FramedPages)
    # AppTest leaves the page as __main__, which processes that later tests spawn would run
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aino is signed in, and may do everything; tests of roles sign in others (test_roles.py)."""
    monkeypatch.setattr(session, "_signed_in", an_account)
    monkeypatch.setattr(session, "_guard_for", SignedIn)
