"""A part of a page that was left asks to be drawn anew."""

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.right_page import Tab


def wish(page: str, fragment: str = "") -> bytes:
    asked = BackMsg()
    asked.rerun_script.page_script_hash = page
    asked.rerun_script.fragment_id = fragment
    asked.rerun_script.query_string = "case=1"
    return bytes(asked.SerializeToString())


def begins(page: str, *fragments: str) -> bytes:
    told = ForwardMsg()
    told.new_session.page_script_hash = page
    told.metadata.run.fragment_ids.extend(fragments)
    return bytes(told.SerializeToString())


@pytest.fixture
def tab() -> Tab:
    tab = Tab()
    tab.note(begins("map"))
    return tab


def test_what_the_page_that_is_shown_asks_for_goes_through_as_it_came(tab: Tab) -> None:
    for frame in (wish("map"), wish("map", "part"), wish("cameras"), wish("cameras", "part")):
        assert tab.put_right(frame) == frame


def test_a_part_asks_on_the_page_that_somebody_goes_to(tab: Tab) -> None:
    tab.put_right(wish("cameras"))
    assert tab.put_right(wish("map", "part")) == wish("cameras", "part")
    tab.note(begins("cameras"))
    assert tab.put_right(wish("map", "part")) == wish("cameras", "part")


def test_where_the_server_went_to_another_page_that_one_counts(tab: Tab) -> None:
    tab.put_right(wish("map"))
    tab.note(begins("review"))
    assert tab.put_right(wish("map", "part")) == wish("review", "part")
    tab.note(begins("map", "part"))
    assert tab.put_right(wish("review", "part")) == wish("review", "part"), "a part's run is no page"


def test_before_any_page_is_known_and_of_what_it_cannot_read_nothing_is_changed(tab: Tab) -> None:
    assert Tab().put_right(wish("map", "part")) == wish("map", "part")
    for frame in (b"\xff\xff no message", BackMsg(app_heartbeat=True).SerializeToString()):
        assert tab.put_right(frame) == frame
    tab.note(b"\xff\xff no message")
    tab.note(begins("cameras") + b"\x00" * (1 << 16))
    assert tab.put_right(wish("cameras", "part")) == wish("map", "part")
