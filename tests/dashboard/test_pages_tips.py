"""The page Tips without a browser: opened for the public, and what the team decides there."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from casework import tip_door, tips
from data import tip_rows
from data.models import utc_now
from data.store import Store
from data.tip_models import TipState
from tests.dashboard.test_pages import page, press
from tests.factories import a_case


@pytest.fixture
def app(page_store: Store) -> AppTest:
    with page_store.writing() as writing:
        writing.add_case(a_case())
    return page("tips", case="case-1")


def fill(app: AppTest, label: str, value: str) -> None:
    fields = [*app.text_input, *app.text_area]
    next(field for field in fields if field.label == label).set_value(value)


def test_a_supervisor_opens_the_page_gives_it_a_new_address_and_closes_it(app: AppTest, page_store: Store) -> None:
    press(app, "Open the page for the public")
    assert "agency" in app.error[0].value
    fill(app, "Whose page it is", "City police")
    fill(app, "What it says", "Seen anything?")
    press(app, "Open the page for the public")
    first = tip_door.page_of(page_store, "case-1")
    assert first is not None
    assert any(first.code in code.value for code in app.code)
    press(app, "Give it a new address")
    renewed = tip_door.page_of(page_store, "case-1")
    assert renewed is not None
    assert renewed.code != first.code
    press(app, "Close the page")
    assert any("nobody can send a tip" in line.value for line in app.markdown)


def test_a_tip_is_dismissed_taken_back_and_put_on_the_map(app: AppTest, page_store: Store) -> None:
    tip_door.open_page(page_store, "case-1", agency="City police", words="Seen?", by="Aino")
    opened = tip_rows.page_of_case(page_store, "case-1")
    assert opened is not None
    said = tip_door.Said(words="by the *harbour*", lat="60.17", lon="24.94", contact="a@example.org")
    ticket = tip_door.new_ticket(opened, now=utc_now() - timedelta(minutes=1))
    tip_door.receive(page_store, opened, said, None, ticket=ticket, is_filled_in=False, limits=tip_door.Limits())
    app.run()
    assert any(line.value == "by the \\*harbour\\*" for line in app.markdown)
    press(app, "Show how to reach the tipster")
    assert any("example" in line.value for line in app.markdown)
    press(app, "Dismiss")
    assert "reason" in app.error[0].value
    fill(app, "Why nothing follows from it", "somebody else")
    press(app, "Dismiss")
    assert tips.tips(page_store, "case-1")[0].state is TipState.DISMISSED
    app.segmented_control[0].set_value("dismissed").run()
    press(app, "Undo")
    app.segmented_control[0].set_value("waiting").run()
    fill(app, "Time", "00:00")
    press(app, "Take as a sighting")
    (sighting,) = page_store.sightings("case-1")
    assert (sighting.lat, sighting.radius_m) == (60.17, 100.0)
    assert sighting.source.startswith("Public tip")
