import io
from datetime import timedelta

import pytest

from casework import cases
from data.errors import BadInput, BadTime, Conflict
from data.models import utc_now
from data.store import Store
from tests.factories import a_sighting

BACKENDS = ("sqlite", "postgresql")


def opened(store: Store, **fields: object) -> str:
    return cases.open_case(store, **({"number": "1", "name": "Aino", "by": "Ann"} | fields)).id  # type: ignore[arg-type]


def test_a_case_opens_with_a_number_and_a_name_and_is_in_the_record(store: Store) -> None:
    case_id = opened(store)
    assert store.case(case_id).subject.name == "Aino"
    assert [(e.by, e.action) for e in store.audit_entries(case_id)] == [("Ann", "case opened")]


@pytest.mark.parametrize(("field", "value", "says"), [
    ("number", "  ", "case number"),
    ("name", "", "subject name"),
    ("timezone", "Mars/Olympus", "time zone"),
    ("timezone", "../etc/passwd", "time zone"),
    ("birth_date", (utc_now() + timedelta(days=2)).date(), "birth date"),
])  # fmt: skip
def test_a_case_that_makes_no_sense_is_refused_naming_the_field(
    store: Store, field: str, value: object, says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        opened(store, **{field: value})
    assert store.cases() == []


def test_a_photo_is_kept_with_the_name_it_came_with(store: Store) -> None:
    case_id = opened(store)
    photo = cases.add_photo(store, case_id, stream=io.BytesIO(b"jpeg"), original_name="../../x.jpg", by="Ann")
    assert store.photos(case_id) == [photo]
    assert store.files.read(photo.sha256) == b"jpeg"
    assert not photo.is_usable


def test_the_same_photo_is_not_added_twice(store: Store) -> None:
    case_id = opened(store)
    cases.add_photo(store, case_id, stream=io.BytesIO(b"jpeg"), original_name="a.jpg", by="Ann")
    with pytest.raises(Conflict, match=r"b\.jpg"):
        cases.add_photo(store, case_id, stream=io.BytesIO(b"jpeg"), original_name="b.jpg", by="Ann")


def test_an_empty_or_huge_photo_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = opened(store)
    with pytest.raises(BadInput, match="empty"):
        cases.add_photo(store, case_id, stream=io.BytesIO(b""), original_name="a.jpg", by="Ann")
    monkeypatch.setattr(cases, "PHOTO_LIMIT_BYTES", 10)
    with pytest.raises(BadInput, match="larger"):
        cases.add_photo(store, case_id, stream=io.BytesIO(b"x" * 11), original_name="a.jpg", by="Ann")


def test_a_sighting_in_the_future_is_refused(store: Store) -> None:
    case_id = opened(store)
    with pytest.raises(BadTime, match="future"):
        cases.add_sighting(store, a_sighting(case_id=case_id, at=utc_now() + timedelta(hours=1)), by="Ann")
    assert store.sightings(case_id) == []


def test_a_withdrawn_sighting_can_be_put_back(store: Store) -> None:
    case_id = opened(store)
    kept = cases.add_sighting(store, a_sighting(case_id=case_id), by="Ann")
    cases.withdraw_sighting(store, kept.id, by="Ann")
    assert store.sightings(case_id) == []
    cases.restore_sighting(store, kept.id, by="Ann")
    assert store.sightings(case_id) == [kept]


def test_a_sighting_that_rests_on_a_match_goes_only_by_undoing_its_review(store: Store) -> None:
    case_id = opened(store)
    cases.add_sighting(store, a_sighting(case_id=case_id, match_id="m-1"), by="Ann")
    with pytest.raises(Conflict, match="undo the review"):
        cases.withdraw_sighting(store, "s-1", by="Ann")
