"""The home page without a browser: the order and the reasons, the filters, the search, and where they lead."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from casework import review
from casework.urgency import Need, home
from dashboard import parts
from dashboard.home_cards import all_deadlines
from data.models import JobState, RequestState, Subject, Verdict, utc_now
from data.store import Store
from tests.casework.made_requests import a_request
from tests.dashboard.test_pages import MAIN
from tests.factories import a_camera, a_case, a_footage, a_job, a_match, a_sighting, a_track

HOUR = timedelta(hours=1)
EVIL = "[x](http://evil) <b>*Bo*</b>"


@pytest.fixture
def kept(page_store: Store) -> Store:
    """Four cases: whose footage goes, whose search failed, whose candidate waits, and one in which nothing is to do."""
    now = utc_now()
    with page_store.writing() as writing:
        for n, name in enumerate(("Aino", EVIL, "Cilla", "Dan"), start=1):
            writing.add_case(a_case(id=f"case-{n}", number=f"2026-00{n}", subject=Subject(name), created_at=now))
        writing.add(a_camera(name="Kiosk *K*", owner="Kiosk Ltd", retention_days=2.0))
        goes = {"from_at": now - 40 * HOUR, "to_at": now - 39 * HOUR, "state": RequestState.SENT}
        writing.add(a_request("r-3", case_id="case-3", note="ring the red bell", **goes))
        writing.add(a_sighting(case_id="case-3", at=now - 50 * HOUR))
        for n, state in ((1, JobState.DONE), (2, JobState.FAILED)):
            writing.add(a_footage(f"f-{n}", case_id=f"case-{n}", sha256=f"{n:064x}"))
            writing.add(a_job(f"j-{n}", case_id=f"case-{n}", of_id=f"f-{n}", state=state))
        writing.put_track(a_track())
        writing.add_match(a_match())
    return page_store


def opened() -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=20).run()
    assert not page.exception, page.exception
    return page


def links(page: AppTest) -> list[tuple[str, str, str]]:
    return [(link.proto.label, link.proto.page, link.proto.query_string) for link in page.get("page_link")]


def in_cards(page: AppTest) -> list[str]:
    """The case ids of the cards, in order."""
    return [str(button.key).removeprefix("open_") for button in page.button if str(button.key).startswith("open_")]


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.info, *page.warning])


def test_cases_stand_by_urgency_each_with_its_reason_as_a_link(kept: Store) -> None:
    page = opened()
    assert in_cards(page) == ["case-3", "case-2", "case-1", "case-4"]
    shown = links(page)
    reasons = [(label, where, query) for label, where, query in shown]
    assert any("Kiosk \\*K\\*: overwritten from" in label and "asked for, no answer yet" in label
               and where == "requests" and query == "case=case-3" for label, where, query in reasons)  # fmt: skip
    assert any("1 search or check failed" in label and where == "footage" and query == "case=case-2"
               for label, where, query in reasons)  # fmt: skip
    assert ("1 candidate is not settled yet", "review", "case=case-1") in shown
    assert "last seen **2 d 2 h** ago" in said(page)
    assert "Nothing waits here" in said(page)


def test_a_name_is_shown_as_typed_and_never_as_markdown(kept: Store) -> None:
    assert f"**{parts.plain(EVIL)}** · case" in said(opened())


def test_the_next_deadlines_of_all_cases_stand_beside_the_soonest_first(kept: Store) -> None:
    with kept.writing() as writing:
        start = utc_now() - 45 * HOUR
        writing.add(a_request("r-4", case_id="case-4", from_at=start, to_at=start + HOUR))
    assert [case.id for _, case in all_deadlines(home(kept))] == ["case-4", "case-3"]
    labels = [label for label, _, _ in links(opened()) if label.startswith("**in ")]
    assert ["Dan" in labels[0], "Cilla" in labels[1]] == [True, True]


def test_filters_show_the_cases_that_need_something_or_were_seen_lately(kept: Store) -> None:
    page = opened()
    page.selectbox(key="home_within").set_value("three").run()
    assert in_cards(page) == ["case-3"]
    page.selectbox(key="home_within").set_value("day").run()
    assert in_cards(page) == []
    assert "No case fits" in said(page)
    page.selectbox(key="home_within").set_value("any").run()
    page.toggle(key="home_closed").set_value(True).run()
    assert in_cards(page) == []
    assert "0 closed cases" in said(page)


def hits(page: AppTest) -> list[tuple[str, str]]:
    made = [html.proto.body for html in page.get("html") if '<p class="ls-hit"' in html.proto.body]
    return [(button.label, html) for button, html in zip(_hit_buttons(page), made, strict=True)]


def _hit_buttons(page: AppTest) -> list[Any]:
    return [button for button in page.button if str(button.key).startswith("hit_")]


def searched(text: str) -> AppTest:
    page = opened()
    return page.text_input(key="home_search").set_value(text).run()


def test_a_search_marks_what_it_found_and_a_click_goes_there(kept: Store) -> None:
    page = searched("kiosk")
    ((label, html),) = hits(page)
    assert label == "Open Kiosk \\*K\\*"
    assert "<mark>Kiosk</mark> *K*" in unescape(html)
    _hit_buttons(page)[0].click().run()
    assert page.query_params["camera"] == "cam-1"

    page = searched("bell")
    ((label, html),) = hits(page)
    assert "ring the red <mark>bell</mark>" in html
    _hit_buttons(page)[0].click().run()
    assert page.query_params["case"] == "case-3"
    assert page.title[0].value.startswith("Requests")


def test_what_was_found_is_marked_in_text_that_stays_text(kept: Store) -> None:
    ((label, html),) = hits(searched("bo"))
    assert label == f"Open {parts.plain(f'2026-002, {EVIL}')}"
    assert "&lt;b&gt;*<mark>Bo</mark>*&lt;/b&gt;" in html


def test_a_note_of_a_decision_leads_to_its_candidate(kept: Store) -> None:
    review.decide(kept, "m-1", verdict=Verdict.REJECT, by="Aino", note="no scar on the chin")
    page = searched("scar")
    _hit_buttons(page)[0].click().run()
    assert (page.query_params["case"], page.query_params["match"]) == ("case-1", "m-1")


def test_a_search_that_finds_nothing_says_what_to_try(kept: Store) -> None:
    assert "Nothing fits in the cases that you may see" in said(searched("zzzz"))


def test_a_chosen_filter_stays_while_the_counts_beside_it_move_and_goes_with_its_last_case(kept: Store) -> None:
    page = opened()
    page.button_group(key="home_need").set_value(Need.CANDIDATES_WAIT).run()
    assert in_cards(page) == ["case-1"]
    with kept.writing() as writing:
        writing.put_track(a_track("t-2", scan_id="j-2"))
        writing.add_match(a_match("m-2", case_id="case-2", footage_id="f-2", track=a_track("t-2", scan_id="j-2")))
    assert in_cards(page.run()) == ["case-2", "case-1"]
    for match_id in ("m-1", "m-2"):
        review.decide(kept, match_id, verdict=Verdict.REJECT, by="Aino")
    page.run()
    assert not page.exception, page.exception
    assert len(in_cards(page)) == 4
