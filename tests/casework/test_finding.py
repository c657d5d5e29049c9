import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import review
from casework.finding import CameraNames, Hit, Kind, Piece, find, html_of, marked
from data.models import MatchState, Subject, Verdict
from data.store import Store
from geo.names import folded
from tests.casework.made_requests import a_request
from tests.factories import a_camera, a_case

BACKENDS = ("sqlite", "postgresql")
HOSTILE = [
    "<script>alert(1)</script>",
    "`${alert(1)}`",
    "</mark><img src=x onerror=alert(1)>",
    "' OR 1=1 --",
    "%",
    "\u202eevil",
    "\\20",
]


@pytest.fixture
def names() -> CameraNames:
    return CameraNames()


@pytest.fixture
def full(store_with_match: Store) -> Store:
    store = store_with_match
    with store.writing() as writing:
        writing.add_case(
            a_case(id="case-2", number="2026-0417", subject=Subject("Bo Mäkelä"), notes="Wears a red coat.")
        )
        writing.put_camera(a_camera("cam-2", name="Harbour gate", owner="Port of Helsinki"))
        writing.add(a_request(note="Owner says: red light in the yard, ring twice"))
    return store


def found(store: Store, text: str, names: CameraNames) -> list[tuple[Kind, str, str | None]]:
    return [(hit.kind, hit.id, hit.case_id) for hit in find(store, text, names=names)]


def test_a_case_is_found_by_number_and_by_name_without_accents_or_with_a_slip(full: Store, names: CameraNames) -> None:
    assert found(full, "0417", names)[0] == (Kind.CASE_NUMBER, "case-2", "case-2")
    for text in ("makela", "MÄKELÄ bo", "mäk", "mäkleä"):
        assert found(full, text, names)[0] == (Kind.NAME, "case-2", "case-2")


def test_cameras_are_found_by_name_owner_and_id_and_belong_to_no_case(full: Store, names: CameraNames) -> None:
    for text in ("harbour", "port", "cam 2", "gate harb"):
        assert (Kind.CAMERA, "cam-2", None) in found(full, text, names)
    with full.writing() as writing:
        writing.put_camera(a_camera("cam-3", name="Harbour mouth"))
    assert {hit[1] for hit in found(full, "harbour", names)} == {"cam-2", "cam-3"}, "a new camera is found at once"


def test_notes_are_found_by_all_their_words_and_shown_where_these_stand(full: Store, names: CameraNames) -> None:
    assert found(full, "red", names) == [(Kind.CASE_NOTE, "case-2", "case-2"), (Kind.REQUEST_NOTE, "r-1", "case-1")]
    assert found(full, "coat red", names) == [(Kind.CASE_NOTE, "case-2", "case-2")]
    (hit,) = find(full, "coat", names=names)
    assert [piece.text for piece in hit.excerpt if piece.is_hit] == ["coat"]
    assert hit.title == "Case 2026-0417"


def test_what_a_reviewer_said_is_found_only_once_the_candidate_is_settled(full: Store, names: CameraNames) -> None:
    review.decide(full, "m-1", verdict=Verdict.UNSURE, by="Ann", note="scar on the chin")
    assert found(full, "scar", names) == []
    review.decide(full, "m-1", verdict=Verdict.REJECT, by="Ann", note="no scar")
    assert full.match("m-1").state is MatchState.REJECTED
    assert set(found(full, "scar", names)) == {(Kind.REVIEW_NOTE, "m-1", "case-1")}


def test_nothing_is_found_in_cases_that_the_store_does_not_show(
    full: Store, names: CameraNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = [case for case in full.cases() if case.id == "case-1"]
    monkeypatch.setattr(full, "cases", lambda: shown)
    assert found(full, "makela", names) == []
    assert found(full, "coat", names) == []
    assert found(full, "red", names) == [(Kind.REQUEST_NOTE, "r-1", "case-1")]


def test_cases_come_before_cameras_and_those_before_notes_that_fit_as_well(full: Store, names: CameraNames) -> None:
    with full.writing() as writing:
        writing.add_case(a_case(id="case-3", number="3", subject=Subject("Harbour"), notes="seen at the harbour"))
    assert [hit[0] for hit in found(full, "harbour", names)] == [Kind.NAME, Kind.CAMERA, Kind.CASE_NOTE]


@pytest.mark.parametrize("text", ["", "  ", "!?*", "\x00", "x" * 10_000, *HOSTILE])
def test_whatever_is_typed_gives_an_answer(full: Store, names: CameraNames, text: str) -> None:
    assert len(find(full, text, names=names, limit=3)) <= 3


@pytest.mark.parametrize("evil", HOSTILE)
def test_nothing_that_people_wrote_becomes_markup(full: Store, names: CameraNames, evil: str) -> None:
    with full.writing() as writing:
        writing.add_case(
            a_case(id="case-9", number=f"9{evil}", subject=Subject(f"Zorro {evil}"), notes=f"zorro {evil}")
        )
        writing.put_camera(a_camera("cam-9", name=f"zorro {evil}", owner=evil))
    hits = find(full, "zorro", names=names)
    assert {hit.kind for hit in hits} == {Kind.NAME, Kind.CAMERA, Kind.CASE_NOTE}
    for hit in hits:
        made = html_of(hit.excerpt)
        assert set(re.findall(r"<[^>]*>", made)) == {"<mark>", "</mark>"}
        assert evil in html.unescape(re.sub(r"</?mark>", "", made))


@given(st.text(max_size=80), st.lists(st.text(alphabet="aäbcé1", min_size=1, max_size=3), max_size=3))
def test_marking_loses_no_character_and_marks_only_what_fits(text: str, words: list[str]) -> None:
    known = [folded(word) for word in words]
    pieces = marked(text, known)
    assert "".join(piece.text for piece in pieces) == text
    assert all(folded(piece.text) in known for piece in pieces if piece.is_hit)
    assert html.unescape(re.sub(r"</?mark>", "", html_of([Piece("x")]))) == "x"


def test_a_long_note_is_shown_around_what_was_looked_for(full: Store, names: CameraNames) -> None:
    with full.writing() as writing:
        writing.add(a_request("r-2", note="blah " * 400 + "needle " + "blah " * 400))
    hits: list[Hit] = find(full, "needle", names=names)
    text = "".join(piece.text for piece in hits[0].excerpt)
    assert "needle" in text
    assert len(text) < 160
    assert text.startswith("…")
    assert text.endswith("…")
