from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from casework import references
from casework.kept import face_vectors
from casework.references import claim, misfits, newest_claim
from data.errors import BadTime
from data.models import Photo, PhotoVectors, Subject, utc_now
from data.store import Store
from tests.factories import a_case, a_photo

BACKENDS = ("sqlite", "postgresql")

CHILD = a_case(subject=Subject("Aino", birth_date=date(2010, 6, 1)))
TODAY = date(2026, 3, 2)


def test_ages_are_counted_as_people_count_them() -> None:
    of = claim(CHILD, a_photo(taken_on=date(2020, 5, 31)), TODAY)
    assert (of.years_between, of.age_then, of.age_now) == (5, 9, 15)
    assert claim(CHILD, a_photo(taken_on=date(2020, 6, 1)), TODAY).age_then == 10


@pytest.mark.parametrize(
    ("birth_date", "taken_on", "is_old", "is_of_a_child"),
    [
        (date(2010, 6, 1), date(2025, 3, 2), True, True),
        (date(2010, 6, 1), date(2025, 3, 3), False, True),
        (date(1980, 6, 1), date(2021, 3, 2), True, False),
        (date(1980, 6, 1), date(2022, 3, 2), False, False),
        (date(2006, 6, 1), date(2020, 6, 1), True, True),
        (None, date(2000, 1, 1), True, False),
        (None, None, False, False),
        (date(2010, 6, 1), None, False, True),
    ],
)
def test_a_photo_is_old_after_years_and_that_of_a_child_after_one(
    birth_date: date | None, taken_on: date | None, is_old: bool, is_of_a_child: bool
) -> None:
    case = replace(CHILD, subject=Subject("Aino", birth_date))
    of = claim(case, a_photo(taken_on=taken_on), TODAY)
    assert (of.is_old, of.is_of_a_child) == (is_old, is_of_a_child)


def test_the_most_recent_dated_photo_stands_for_all() -> None:
    photos = [a_photo("old", taken_on=date(2015, 1, 1)), a_photo("no date"), a_photo("new", taken_on=date(2024, 1, 1))]
    newest = newest_claim(CHILD, photos, TODAY)
    assert newest is not None
    assert newest.photo.id == "new"
    assert newest_claim(CHILD, [], TODAY) is None


def kept(store: Store, likeness: dict[frozenset[str], float], *ids: str) -> list[Photo]:
    with store.writing() as writing:
        writing.add_case(a_case())
        for place, id in enumerate(ids):
            writing.add(a_photo(id, sha256=id))
            earlier = {other: likeness.get(frozenset((id, other)), 0.1) for other in ids[:place]}
            vectors = face_vectors("fake", np.zeros((1, 3), np.float32))
            writing.put_photo_vectors(PhotoVectors(id, vectors, earlier, review_floor=0.5))
    return store.photos("case-1")


def pairs(*alike: str) -> dict[frozenset[str], float]:
    return {frozenset(pair.split("-")): 0.8 for pair in alike}


@pytest.mark.parametrize(
    ("alike", "ids", "flagged"),
    [
        (pairs("a-b", "a-c", "b-c"), "abc", ""),
        (pairs("a-b"), "abc", "c"),
        (pairs(), "ab", "ab"),
        (pairs("a-b"), "ab", ""),
        (pairs(), "a", ""),
        (pairs("a-b", "a-c"), "abc", ""),
        (pairs("a-b", "a-c", "b-c"), "abcd", "d"),
        (pairs("a-b", "c-d"), "abcd", "abcd"),
    ],
)
def test_a_photo_that_does_not_fit_its_siblings_is_flagged(
    store: Store, alike: dict[frozenset[str], float], ids: str, flagged: str
) -> None:
    assert misfits(store, kept(store, alike, *ids), engine="fake") == frozenset(flagged)


def test_photos_that_another_engine_looked_at_are_not_judged(store: Store) -> None:
    assert misfits(store, kept(store, {}, "a", "b"), engine="another") == frozenset()


def test_a_photos_date_is_kept_and_nonsense_refused(store: Store) -> None:
    with store.writing() as writing:
        writing.add_case(CHILD)
        writing.add(a_photo())
    references.set_taken_on(store, "p-1", date(2020, 1, 1), by="Ann")
    assert store.photo("p-1").taken_on == date(2020, 1, 1)
    assert store.audit_entries("case-1")[-1].details["taken_on"] == "2020-01-01"
    with pytest.raises(BadTime, match="before the subject's birth"):
        references.set_taken_on(store, "p-1", date(2009, 1, 1), by="Ann")
    with pytest.raises(BadTime, match="future"):
        references.set_taken_on(store, "p-1", utc_now().date() + timedelta(days=2), by="Ann")
    references.set_taken_on(store, "p-1", None, by="Ann")
    assert store.photo("p-1").taken_on is None
