"""Who looked at a case stands in its record."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import session
from data.errors import DiskFull
from data.store import Store, open_store
from tests.factories import a_case
from tests.fakes import Anyone

MAIN = Path(__file__).resolve().parents[2] / "dashboard" / "main.py"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path))
    st.cache_resource.clear()
    store = open_store(tmp_path).guarded(Anyone())
    with store.writing() as writing:
        writing.add_case(a_case())
    yield store
    store.close()
    st.cache_resource.clear()


def opened() -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=20)
    page.query_params["case"] = "case-1"
    page.run()
    page.switch_page("pages/case.py").run()
    assert not page.exception, page.exception
    return page


def looks(store: Store) -> list[str]:
    return [entry.by for entry in store.audit_entries("case-1", action="case looked at")]


def test_a_tab_is_noted_once_an_hour_however_often_it_draws_itself(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened()
    page.run()
    assert looks(kept) == ["Aino"]
    monkeypatch.setattr(session, "LOOK_EVERY", session.LOOK_EVERY * 0)
    page.session_state["drawn_for_worker:case-1"] = True  # a page left open that draws itself anew is nobody's look
    page.run()
    assert looks(kept) == ["Aino"]
    page.run()
    assert len(looks(kept)) > 1


def test_a_full_disk_hides_no_case(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object, **_named: object) -> None:
        raise DiskFull("no room for an entry")

    monkeypatch.setattr(session.cases, "note_look", full)
    assert opened().title
    assert looks(kept) == []
