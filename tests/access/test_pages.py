"""Every page as everybody: it opens without an error, and shows nothing of a case that one may not see."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import session
from data import role_rows
from data.models import Role
from tests.access.scene import ANONYMOUS, EVERYBODY, OTHERS_SECRETS, PEOPLE, SECRETS, Scene
from tests.dashboard.conftest import _FramedPages

MAIN = Path(__file__).resolve().parents[2] / "dashboard" / "main.py"
PAGES = sorted(path.stem for path in (MAIN.parent / "pages").glob("*.py"))
READS_ONLY = {"viewer", "auditor"}
WITH_A_ROLE = {"viewer", "analyst", "reviewer", "supervisor", "auditor"}
LOOKING = ("Go to the map", "Open", "Previous", "Next", "See match", "Show more", "Letter to print", "Review ")
"""Buttons that change nothing."""
OFFERED = {"Open the case", "Verify the whole record", "Sign it now, to keep elsewhere", "Read and hash"}
"""What is theirs all the same: a case of their own, and, on the page of the record, an auditor's work."""


@pytest.fixture
def signed_in_as(
    scene_for: Callable[[str], Scene], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Scene]]:
    """Serve the pages of a town to somebody; their real roles count."""
    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", _FramedPages)
    monkeypatch.setenv("LASTSEEN_FREE_DISK_MB", "1")

    def sign_in(who: str) -> Scene:
        scene = scene_for(who)
        monkeypatch.setenv("LASTSEEN_HOME", str(scene.home))
        monkeypatch.setattr(session, "_signed_in", lambda: scene.account)
        st.cache_resource.clear()
        return scene

    yield sign_in
    st.cache_resource.clear()


def opened(name: str, app: AppTest | None = None, **address: str) -> AppTest:
    is_first = app is None
    app = app or AppTest.from_file(MAIN, default_timeout=30)
    for field, value in address.items():
        app.query_params[field] = value
    if is_first:
        app.run()
    return app.switch_page(f"pages/{name}.py").run()


def everything(app: AppTest) -> str:
    """All that the browser is sent, not only what has words."""
    found: list[str] = []

    def walk(node: Any) -> None:
        found.append(str(node.proto) if getattr(node, "proto", None) is not None else "")
        for child in getattr(node, "children", {}).values():
            walk(child)

    walk(app._tree)
    return "\n".join(found)


def changing(app: AppTest) -> list[str]:
    """Labels of the buttons that do something."""
    return [b.label for b in app.button if not b.label.startswith(LOOKING)]


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_page_opens_for_everybody_and_shows_only_their_cases(
    who: str, signed_in_as: Callable[[str], Scene]
) -> None:
    scene = signed_in_as(who)
    before = scene.whole.database.counts()
    app = None
    for name in PAGES:
        app = opened(name, app, case="case-1", match="m-1", camera="cam-1")
        assert not app.exception, f"{name}: {app.exception[0].message}"
        shown = everything(app)
        assert not [secret for secret in OTHERS_SECRETS if secret in shown and who != "other"], name
        if who in WITH_A_ROLE:
            assert name == "cameras" or SECRETS[1] in shown, f"{who} does not see the case on {name}"
        else:
            assert not [secret for secret in SECRETS if secret in shown], f"{name} as {who}"
        if who == ANONYMOUS:
            assert "You are not signed in" in shown
            assert not app.button, name
        if who in READS_ONLY:
            assert set(changing(app)) <= OFFERED, f"{name} offers {who} what they may not do"
    if who in READS_ONLY | {"admin", ANONYMOUS}:
        looks = len(scene.whole.audit_entries("case-1", action="case looked at"))
        assert looks == (who in READS_ONLY)
        assert scene.whole.database.counts() == before | {"audit": before["audit"] + looks}, "looking changed something"


def test_somebody_of_another_case_sees_their_own_and_not_this_one(signed_in_as: Callable[[str], Scene]) -> None:
    signed_in_as("other")
    shown = everything(opened("cases"))
    assert OTHERS_SECRETS[1] in shown
    assert not [secret for secret in SECRETS if secret in shown]


def test_what_a_tab_remembers_goes_when_somebody_else_signs_in(
    signed_in_as: Callable[[str], Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in_as("analyst")
    app = opened("case", case="case-1")
    assert SECRETS[1] in everything(app)
    monkeypatch.setattr(session, "_signed_in", lambda: PEOPLE["other"])
    app.query_params.clear()
    shown = everything(app.run())
    assert not [secret for secret in SECRETS if secret in shown]


def test_a_role_that_is_taken_away_ends_with_the_next_run(signed_in_as: Callable[[str], Scene]) -> None:
    scene = signed_in_as("viewer")
    app = opened("case", case="case-1")
    assert SECRETS[1] in everything(app)
    with scene.whole.writing() as writing:
        role_rows.take(writing, "case-1", PEOPLE["viewer"].id, Role.VIEWER)
    shown = everything(app.run())
    assert not [secret for secret in SECRETS if secret in shown]


def test_a_supervisor_gives_and_takes_roles_on_the_case_page(signed_in_as: Callable[[str], Scene]) -> None:
    scene = signed_in_as("supervisor")
    app = opened("case", case="case-1")
    next(field for field in app.text_input if field.label == "Account").set_value("olga")
    next(box for box in app.selectbox if box.label == "Role").set_value(Role.REVIEWER)
    next(button for button in app.button if button.label == "Give this role").click().run()
    assert not app.exception
    assert "Olga is reviewer here now" in everything(app)
    assert [case.id for case in scene.seen_by("other").store.cases()] == ["case-1", "case-2"]

    app.button(key=f"take_{PEOPLE['other'].id}_reviewer").click().run()
    assert [case.id for case in scene.seen_by("other").store.cases()] == ["case-2"]
    app.button(key=f"take_{PEOPLE['supervisor'].id}_supervisor").click().run()
    assert "the last supervisor stays" in everything(app)


def test_a_viewer_sees_who_to_ask_for_more(signed_in_as: Callable[[str], Scene]) -> None:
    signed_in_as("viewer")
    shown = everything(opened("case", case="case-1")).replace("\\", "")
    assert "You may not change the case: it needs the role analyst or supervisor" in shown
    assert "Sam" in shown
