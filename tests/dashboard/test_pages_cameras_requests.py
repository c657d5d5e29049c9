"""The pages as a person uses them, without a browser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data.models import RequestState, utc_now
from data.store import Store
from settings import PROJECT
from tests.dashboard.arriving import arrive, put_in_field
from tests.factories import a_camera, a_case, a_footage, a_sighting

HOSTILE = '<img src=x onerror="alert(1)"> **bold** [link](http://x) $x$ :material/bolt: `c`'
CSV = b"id,name,lat,lon,heading,owner\na,Library,60.17,24.94,90,City\nb,Kiosk,60.18,24.95,upwards,Kiosk\n"


@pytest.fixture
def store(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store that the pages open too."""
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    yield store
    st.cache_resource.clear()


def page(name: str, *, case: str | None = None) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "dashboard" / "main.py"), default_timeout=30)
    if case:
        app.query_params["case"] = case
    app.run()
    return app.switch_page(f"pages/{name}.py").run()


def view(app: AppTest, name: str) -> AppTest:
    """The cameras page with another of its views open."""
    app.session_state["cameras_view"] = name
    return app.run()


def put(app: AppTest, store: Store, name: str, data: bytes, purpose: str, case: str = "") -> None:
    """A file in the page's upload field."""
    home = store.files.folder.parent
    put_in_field(app, arrive(store, home, name, data, purpose=purpose, case_id=case or None), case=case)


def words(app: AppTest) -> str:
    """Everything the page says in Markdown."""
    kinds = (app.markdown, app.caption, app.info, app.success, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def markup_in(app: AppTest) -> list[str]:
    """What of HOSTILE stands on the page without a backslash before it."""
    return re.findall(r"(?<!\\)(?:<img|\*\*bold|\[link|\$x|:material/bolt|`c)", words(app))


def button(app: AppTest, label: str) -> Any:
    found = [b for b in app.button if b.label.startswith(label)]
    assert found, f"no button {label!r} among {[b.label for b in app.button]}"
    return found[0]


def with_ranking(store: Store, **fields: object) -> None:
    """A case whose ranking holds three cameras of two owners."""
    now = utc_now()
    with store.writing() as writing:
        writing.add_case(a_case())
        for number, owner in enumerate(("City", "City", "Kiosk"), start=1):
            known = {"owner": owner, "retention_days": float(number), "lat": 60.17 + number / 10_000}
            writing.add(a_camera(f"cam-{number}", **(known | fields)))
        writing.add(a_sighting("s-1", at=now - timedelta(hours=3)))
        writing.add(a_sighting("s-2", at=now - timedelta(hours=2), lat=60.172))


def test_without_cameras_the_page_says_how_to_get_some(store: Store) -> None:
    assert store.cameras() == []
    app = page("cameras")
    assert not app.exception
    assert "No cameras yet" in words(app)


def test_a_file_is_shown_before_it_is_added(store: Store) -> None:
    app = page("cameras")
    put(app, store, "list.csv", CSV, "cameras")
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["2", "0", "0", "0"]
    assert any("upwards" in str(frame.value.to_dict()) for frame in app.dataframe)
    assert store.cameras() == []
    button(app, "Add 2 cameras").click().run()
    assert not app.exception
    assert [camera.name for camera in store.cameras()] == ["Library", "Kiosk"]
    assert store.audit_entries()[-1].by == "Aino"
    assert "2 cameras added" in words(app)


def test_a_column_can_be_chosen_where_the_guess_fails(store: Store) -> None:
    app = page("cameras")
    data = b"Kamera,Breite,Laenge\nTor,60.1,24.9\n"
    put(app, store, "list.csv", data, "cameras")
    assert "latitude" in words(app)
    for field, column in (("lat", "Breite"), ("lon", "Laenge"), ("name", "Kamera")):
        next(box for box in app.selectbox if box.key and box.key.endswith(f"_{field}")).set_value(column)
    app.run()
    button(app, "Add 1 camera").click().run()
    assert [camera.name for camera in store.cameras()] == ["Tor"]


def test_a_file_of_another_kind_is_refused_in_plain_words(store: Store) -> None:
    app = page("cameras")
    put(app, store, "track.xml", b'<gpx version="1.1"></gpx>', "cameras")
    assert not app.exception
    assert "is a GPX file" in words(app).replace("\\", "")
    assert store.cameras() == []


def test_a_camera_is_added_by_hand(store: Store) -> None:
    app = view(page("cameras"), "add")
    values = {"Name *": "Gate", "Owner": "City", "Looks towards": "NE; 180"}
    for box in app.text_input:
        if box.label in values:
            box.set_value(values[box.label])
    numbers = {"Latitude *": 60.1, "Longitude *": 24.9, "Recordings are kept for (days)": 4.0}
    for number in app.number_input:
        if number.label in numbers:
            number.set_value(numbers[number.label])
    button(app, "Add camera").click().run()
    assert not app.exception
    (camera,) = store.cameras()
    assert (camera.name, camera.headings_deg, camera.retention_days) == ("Gate", (45.0, 180.0), 4.0)
    assert camera.source == "entered by Aino"


def test_a_heading_that_is_not_understood_is_said_and_nothing_is_kept(store: Store) -> None:
    app = view(page("cameras"), "add")
    for box in app.text_input:
        if box.label in ("Name *", "Looks towards"):
            box.set_value("upwards")
    for number in app.number_input:
        if number.label in ("Latitude *", "Longitude *"):
            number.set_value(1.0)
    button(app, "Add camera").click().run()
    assert "is not understood" in words(app)
    assert store.cameras() == []


def test_cameras_are_found_by_words_of_their_owner(store: Store) -> None:
    with_ranking(store)
    app = page("cameras")
    app.text_input(key="find_camera").set_value("kiosk cam-3").run()
    assert [list(frame.value["Name"]) for frame in app.dataframe] == [["Camera cam-3"]]
    app.text_input(key="find_camera").set_value("nobody").run()
    assert "No camera is so" in words(app)


def test_without_a_ranking_the_requests_page_says_what_is_missing(store: Store) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())
    app = page("requests", case="case-1")
    assert not app.exception
    assert "No camera is ranked yet" in words(app)


def test_requests_are_drafted_for_the_cameras_chosen_and_grouped_by_owner(store: Store) -> None:
    with_ranking(store)
    app = page("requests", case="case-1")
    assert not app.exception
    assert len(app.multiselect[0].value) == 3
    button(app, "Draft 3 requests").click().run()
    assert not app.exception
    assert [request.state for request in store.requests("case-1")] == [RequestState.DRAFT] * 3
    assert "3 requests drafted" in words(app)
    assert words(app).count("**City**") == 1
    assert len(app.download_button) == 3  # the table, and a letter each
    assert app.multiselect[0].value == []


def test_a_request_is_marked_as_sent_and_then_as_received(store: Store) -> None:
    with_ranking(store)
    app = page("requests", case="case-1")
    button(app, "Draft 3 requests").click().run()
    request = store.requests("case-1")[0]
    app.button(key=f"next_{request.id}").click().run()
    assert store.request(request.id).state is RequestState.SENT
    app.button(key=f"next_{request.id}").click().run()
    assert store.request(request.id).state is RequestState.RECEIVED
    assert not app.exception


def test_all_of_one_owner_are_marked_as_sent_at_once(store: Store) -> None:
    with_ranking(store)
    app = page("requests", case="case-1")
    button(app, "Draft 3 requests").click().run()
    button(app, "All 2 are sent").click().run()
    states = {request.camera_id: request.state for request in store.requests("case-1")}
    assert (states["cam-1"], states["cam-2"], states["cam-3"]) == (
        RequestState.SENT, RequestState.SENT, RequestState.DRAFT,
    )  # fmt: skip


def test_a_refusal_is_kept_with_its_note(store: Store) -> None:
    with_ranking(store)
    app = page("requests", case="case-1")
    button(app, "Draft 3 requests").click().run()
    request = store.requests("case-1")[0]
    app.text_input(key=f"note_{request.id}").set_value("wants a court's order")
    app.button(key=f"to_refused_{request.id}").click().run()
    kept = store.request(request.id)
    assert (kept.state, kept.note) == (RequestState.REFUSED, "wants a court's order")


def test_footage_that_is_here_is_told(store: Store) -> None:
    with_ranking(store)
    with store.writing() as writing:
        writing.add(a_footage(started_at=utc_now() - timedelta(hours=3)))
    app = page("requests", case="case-1")
    button(app, "Draft 3 requests").click().run()
    assert words(app).count("Footage is here") == 1


def test_hostile_words_are_shown_as_they_were_typed(store: Store) -> None:
    with_ranking(store, name=HOSTILE, owner=HOSTILE, contact=HOSTILE, clock_checked=HOSTILE)
    app = page("requests", case="case-1")
    button(app, "Draft 3 requests").click().run()
    assert not app.exception
    assert not markup_in(app)
    request = store.requests("case-1")[0]
    with store.writing() as writing:
        writing.change_request(replace(request, note=HOSTILE), was=RequestState.DRAFT)
    assert not markup_in(app.run())
    assert not markup_in(page("cameras", case="case-1"))


def test_sightings_of_a_file_are_shown_before_they_are_added(store: Store) -> None:
    with_ranking(store)
    app = page("case", case="case-1")
    data = b"time,lat,lon,source\n2026-03-02 12:00,60.17,24.94,<b>Ann</b>\n"
    put(app, store, "seen.csv", data, "sightings", case="case-1")
    assert not app.exception
    assert len(store.sightings("case-1")) == 2
    button(app, "Add 1 sighting").click().run()
    assert not app.exception
    assert len(store.sightings("case-1")) == 3
    assert not re.search(r"(?<!\\)<b>", words(app))


def test_streets_of_a_file_become_the_case_s_own(store: Store) -> None:
    with_ranking(store)
    app = view(page("cameras", case="case-1"), "streets")
    ways = (
        b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"highway":"residential"},'
        b'"geometry":{"type":"LineString","coordinates":[[24.94,60.17],[24.95,60.17],[24.95,60.18]]}}]}'
    )
    put(app, store, "ways.geojson", ways, "streets", case="case-1")
    button(app, "Use these streets").click().run()
    assert not app.exception
    assert store.streets("case-1") is not None
    assert "junctions" in words(app)
