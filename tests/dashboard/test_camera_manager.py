"""The camera manager as a person uses it, without a browser: filters, change of many, and two people at one camera."""

import pytest
from streamlit.testing.v1 import AppTest

from casework.camera_edits import change_cameras, planned
from dashboard import camera_list
from data.models import Area, Camera, utc_now
from data.store import Store
from settings import PROJECT
from tests.dashboard.arriving import arrive, put_in_field
from tests.factories import a_camera, a_case

AREA = {
    "type": "Feature",
    "properties": {"radius": 300.0},
    "geometry": {"type": "Point", "coordinates": [24.94, 60.17]},
}


@pytest.fixture
def town(page_store: Store) -> Store:
    """A case with an area, and five cameras: one in the area, one with nothing known of it."""
    known = {"owner": "City", "headings_deg": (90.0,), "range_m": 30.0, "retention_days": 7.0}
    with page_store.writing() as writing:
        writing.add_case(a_case())
        writing.put_area(Area("case-1", (AREA,)))
        writing.add_cameras(
            [a_camera(f"cam-{n}", name=f"Gate {n}", lat=60.17 + n / 50, lon=24.94, **known) for n in range(4)]
        )
        writing.add(Camera("bare", "Bare pole", 61.0, 25.0))
    return page_store


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "dashboard" / "main.py"), default_timeout=30)
    for name, value in ({"case": "case-1"} | query).items():
        app.query_params[name] = value
    app.run()
    app.switch_page("pages/cameras.py").run()
    assert not app.exception
    return app


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Name"]) if app.dataframe else []


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.success, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    found = [button for button in app.button if button.label == label]
    assert found, f"no button {label!r} among {[button.label for button in app.button]}"
    return found[0].click().run()


def edited(app: AppTest, camera: Camera, field: str, value: str) -> AppTest:
    box = next(
        box for box in app.text_input if (box.key or "").startswith(f"camera-{camera.id}-") and box.key.endswith(field)
    )
    return box.set_value(value).run()


def test_filters_leave_what_is_looked_for_and_count_what_is_not_known(town: Store) -> None:
    app = opened()
    assert names(app) == ["Bare pole", "Gate 0", "Gate 1", "Gate 2", "Gate 3"]
    assert "no heading: 1" in words(app)
    app.pills(key="camera_lacks").set_value(["heading"]).run()
    assert names(app) == ["Bare pole"]
    app.pills(key="camera_lacks").set_value(["inside"]).run()
    assert names(app) == ["Gate 0"]
    app.pills(key="camera_lacks").set_value([]).run()
    app.selectbox(key="camera_owner").set_value("City").run()
    app.selectbox(key="camera_order").set_value("verified").run()
    assert len(names(app)) == 4


def test_only_one_leaf_of_a_long_list_reaches_the_browser(town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_list, "LEAF", 2)
    app = opened()
    assert names(app) == ["Bare pole", "Gate 0"]
    assert "1 to 2 of 5" in words(app)
    press(press(app, "Next"), "Next")
    assert names(app) == ["Gate 3"]
    app.text_input(key="find_camera").set_value("gate").run()
    assert names(app) == ["Gate 0", "Gate 1"]  # something else is looked for: its first leaf


def test_many_are_changed_only_after_a_look_and_taken_back_by_a_click(town: Store) -> None:
    before = town.cameras()
    app = opened()
    app.text_input(key="find_camera").set_value("gate").run()
    app.multiselect(key="bulk_fields").set_value(["owner", "retention_days"]).run()
    app.text_input(key="bulk_owner").set_value("Harbour").run()
    app.number_input(key="bulk_retention_days").set_value(7.0).run()
    assert "4 cameras would change" in words(app)
    table = app.dataframe[1].value
    assert list(table["Is now"]) == ["City"] * 4
    assert list(table["Would be"]) == ["Harbour"] * 4
    assert town.cameras() == before
    press(app, "Change 4 cameras")
    assert "4 cameras are changed" in words(app)
    assert [camera.owner for camera in town.cameras()] == ["", "Harbour", "Harbour", "Harbour", "Harbour"]
    press(app, "Undo")
    assert "4 cameras are as they were" in words(app)
    assert town.cameras() == before


def test_verified_today_is_one_click_and_says_by_whom(town: Store) -> None:
    app = press(opened(camera="cam-1"), "Verified today")
    assert not app.exception
    assert (town.camera("cam-1").last_verified, town.camera("cam-1").verified_by) == (utc_now().date(), "Aino")
    assert "by Aino" in words(app)


def test_what_a_colleague_saved_meanwhile_is_shown_and_both_edits_are_kept(town: Store) -> None:
    app, seen = opened(camera="cam-1"), town.camera("cam-1")
    edited(app, seen, "contact", "my telephone")
    change_cameras(town, planned([seen], {"owner": "Ben's", "retention_days": 2.0}), by="Aino")
    app.run()
    assert "Somebody else changed this camera while you were editing it" in words(app)
    assert "**Ben's**" in words(app)
    press(press(app, "Go on with both"), "Save")
    saved = town.camera("cam-1")
    assert (saved.owner, saved.retention_days, saved.contact) == ("Ben's", 2.0, "my telephone")


@pytest.mark.parametrize(
    ("button", "owner"), [("Take theirs, keep my other changes", "Ben's"), ("Keep what I typed", "Mine")]
)
def test_where_both_changed_the_same_a_person_decides(town: Store, button: str, owner: str) -> None:
    app, seen = opened(camera="cam-1"), town.camera("cam-1")
    edited(edited(app, seen, "contact", "me"), seen, "owner", "Mine")
    change_cameras(town, planned([seen], {"owner": "Ben's"}), by="Aino")
    press(app, "Save")  # does not write over Ben's
    assert town.camera("cam-1").owner == "Ben's"
    assert "you typed **Mine**" in words(app)
    press(press(app, button), "Save")
    assert (town.camera("cam-1").owner, town.camera("cam-1").contact) == (owner, "me")


def test_what_is_typed_outlives_a_look_elsewhere_and_a_colleague_s_change_of_an_untouched_camera_is_simply_shown(
    town: Store,
) -> None:
    app, seen = opened(camera="cam-1"), town.camera("cam-1")
    edited(app, seen, "contact", "half of a num")
    app.query_params["camera"] = "cam-2"
    app.run()
    change_cameras(town, planned([town.camera("cam-2")], {"owner": "Ben's"}), by="Aino")
    app.run()
    assert "Somebody else" not in words(app)
    assert "Ben's" in [box.value for box in app.text_input]
    app.query_params["camera"] = "cam-1"
    app.run()
    assert "Not saved yet: Contact" in words(app)
    press(app, "Discard")
    assert "Not saved yet" not in words(app)


def test_a_camera_is_removed_and_brought_back(town: Store) -> None:
    app = press(opened(camera="bare"), "Remove this camera")
    assert len(town.cameras()) == 4
    press(app, "Undo")
    assert town.camera("bare") == Camera("bare", "Bare pole", 61.0, 25.0)


def test_a_file_with_exchanged_places_is_put_right_by_a_click_and_its_units_are_read(town: Store) -> None:
    rows = [f"Tor {n},24.94,{60.17 + n / 100},{100}" for n in range(6)]
    data = "\n".join(["Name,lat,lon,Reichweite", *rows]).encode()
    app = opened()
    app.session_state["cameras_view"] = "import"
    app.run()
    put_in_field(
        app, arrive(town, town.files.folder.parent, "t.csv", data, purpose="cameras", case_id="case-1"), case="case-1"
    )
    next(box for box in app.selectbox if (box.key or "").endswith("_range_m")).set_value("Reichweite").run()
    next(box for box in app.selectbox if (box.key or "").startswith("unit_")).set_value("ft").run()
    press(app, "Exchange latitude and longitude")
    press(app, "Add 6 cameras")
    added = [camera for camera in town.cameras() if camera.name.startswith("Tor")]
    assert {(round(camera.lat), round(camera.lon), camera.range_m) for camera in added} == {(60, 25, 30.48)}
