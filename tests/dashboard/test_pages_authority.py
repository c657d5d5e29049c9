"""The Case page's authority, retention and destruction, and what other pages say of a case that may not be searched."""

from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from casework import governance
from data.errors import NotFound
from data.models import Case, Subject, utc_now
from data.store import Store
from tests.dashboard.test_pages import CASE, add_footage, home, page, press, sent, words  # noqa: F401
from tests.dashboard.test_pages import kept as with_case  # noqa: F401
from tests.factories import NOON, a_case

FIELDS = {
    "Legal basis": "Police Act 2:1",
    "Authority and its reference": "Turku 17/26",
    "Purpose": "to find her",
    "Owner (account name)": "Aino",
}


@pytest.fixture
def kept(with_case: Store) -> Store:  # noqa: F811
    return with_case


def change(store: Store, **fields: object) -> Case:
    with store.writing() as writing:
        writing.change_case(a_case(**fields))
    return store.case(CASE)


def ungoverned(store: Store) -> Case:
    return change(store, legal_basis="", authority_reference="", purpose="", owner="", expires_at=None)


def fill(opened: AppTest, **but: str) -> None:
    fields = {field.label: field for field in opened.text_input}
    for label, text in (FIELDS | but).items():
        fields[label].set_value(text)


def test_a_case_says_what_it_lacks_and_is_searchable_once_it_is_filled_in(kept: Store) -> None:
    ungoverned(kept)
    opened = page("case", case=CASE)
    assert "legal basis, authority's reference, purpose, owner and expiry are missing" in words(opened)
    fill(opened)
    press(opened, "Save the authority")
    assert "Saved. Still missing: expiry." in words(opened)
    until = utc_now().date() + timedelta(days=30)
    next(f for f in opened.date_input if f.label.startswith("Authority lasts")).set_value(until)
    press(opened, "Save the authority")
    assert "Saved. Footage can be searched." in words(opened)
    governance.check_searchable(kept.case(CASE), utc_now())


def test_what_was_typed_stays_where_it_is_refused(kept: Store) -> None:
    ungoverned(kept)
    opened = page("case", case=CASE)
    fill(opened)
    next(f for f in opened.date_input if f.label.startswith("Authority lasts")).set_value(date(2020, 1, 1))
    press(opened, "Save the authority")
    assert "has passed; say until when the authority lasts" in words(opened)
    assert next(f.value for f in opened.text_input if f.label == "Purpose") == "to find her"
    assert kept.case(CASE).purpose == ""


def test_a_new_case_may_be_opened_with_all_of_it_or_none(kept: Store) -> None:
    opened = page("cases")
    fields = {field.label: field for field in opened.text_input}
    fields["Case number *"].set_value("8/26")
    fields["Name of the missing person *"].set_value("Eeva")
    assert fields["Owner (account name)"].value == "Aino"
    fill(opened)
    press(opened, "Open the case")
    case = next(case for case in kept.cases() if case.number == "8/26")
    governance.check_searchable(case, utc_now())
    assert case.authority_reference == "Turku 17/26"


def test_footage_of_a_case_without_an_authority_is_kept_and_not_searched(kept: Store) -> None:
    ungoverned(kept)
    sent(kept)
    opened = page("footage", case=CASE, camera="cam-2")
    assert "Footage can be added and is kept, but for this case it cannot be searched yet" in words(opened)
    add_footage(opened, "14:00:30", day=NOON.date())
    assert len(kept.footages(CASE)) == 1
    assert kept.jobs(case_id=CASE) == []
    assert next(b for b in opened.button if b.label == "Search").disabled


def test_footage_outside_the_period_is_kept_and_the_page_says_why_it_is_not_searched(kept: Store) -> None:
    change(kept, search_from=NOON + timedelta(days=20))
    sent(kept)
    opened = page("footage", case=CASE, camera="cam-2")
    add_footage(opened, "14:00:30", day=NOON.date())
    assert len(kept.footages(CASE)) == 1
    assert "It is not searched: clip.mp4: begins on" in words(opened)
    assert kept.jobs(case_id=CASE) == []


def test_a_childs_case_says_so_and_is_released_with_a_reason(kept: Store) -> None:
    assert "Age unknown: taken for grown up" in words(page("case", case=CASE))
    change(kept, subject=Subject("Aino", birth_date=date(utc_now().year - 9, 1, 1)))
    opened = page("case", case=CASE)
    assert "Under 18" in words(opened)
    press(opened, "Release")
    assert "reason: say to whom and for what" in words(opened)
    next(f for f in opened.text_input if f.label == "To whom, for what").set_value("shops near the school")
    press(opened, "Release")
    assert kept.case(CASE).release_reason == "shops near the school"


def test_clocks_stand_on_the_page_and_a_hold_stops_them(kept: Store) -> None:
    opened = page("case", case=CASE)
    assert "case 2026-001: until **31 Dec 2100**, 365 days after the authority ends" in words(opened)
    assert "photo photo.jpg: until **31 Dec 2100**, with the case" in words(opened)
    next(f for f in opened.text_input if f.label.startswith("Who ordered it")).set_value("court order 5/26")
    press(opened, "Set a legal hold")
    assert "case 2026-001: legal hold; else until" in words(opened)
    assert "Legal hold, nothing is deleted: **court order 5/26**" in words(opened)


def test_a_case_is_destroyed_only_under_its_typed_number(kept: Store) -> None:
    opened = page("case", case=CASE)
    press(opened, "Destroy the case")
    assert "is not that of this case" in words(opened)
    fields = {field.label: field for field in opened.text_input}
    next(field for label, field in fields.items() if label.startswith("The whole case")).set_value("2026-001")
    next(f for f in opened.text_input if f.placeholder == "its period has ended").set_value("its period has ended")
    press(opened, "Destroy the case")
    with pytest.raises(NotFound):
        kept.case(CASE)
    assert "is destroyed" in words(opened)
