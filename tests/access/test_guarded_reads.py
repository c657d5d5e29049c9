"""Every read of the store as somebody of another case: one thing is not there, lists leave it out."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from data.errors import NotFound
from data.store import Store
from tests.access.scene import Scene

ONE: dict[str, Callable[[Store], Any]] = {
    "case": lambda store: store.case("case-1"),
    "photo": lambda store: store.photo("p-1"),
    "footage": lambda store: store.footage("f-1"),
    "sighting": lambda store: store.sighting("s-1"),
    "job": lambda store: store.job("j-1"),
    "match": lambda store: store.match("m-1"),
    "request": lambda store: store.request("r-1"),
    "camera": lambda store: store.camera("spot-1"),
}
MANY: dict[str, Callable[[Store], Any]] = {
    "cases": lambda store: [case for case in store.cases() if case.id == "case-1"],
    "area": lambda store: store.area("case-1").features,
    "streets": lambda store: store.streets("case-1"),
    "photos": lambda store: store.photos("case-1"),
    "sightings": lambda store: store.sightings("case-1"),
    "sighting_ids": lambda store: store.sighting_ids("case-1"),
    "footages": lambda store: store.footages("case-1"),
    "spots": lambda store: store.spots("case-1"),
    "cameras_by_id": lambda store: store.cameras_by_id(["spot-1"]),
    "requests": lambda store: store.requests("case-1"),
    "jobs": lambda store: [*store.jobs(case_id="case-1"), *store.jobs(of_id="f-1")],
    "segments": lambda store: store.segments("j-1"),
    "matches": lambda store: store.matches("case-1"),
    "reviews": lambda store: store.reviews("m-disputed"),
    "audit_entries": lambda store: [e for e in store.audit_entries() if e.case_id != "case-2"],
    "photo_vectors": lambda store: store.photo_vectors(["p-1"], engine="fake"),
    "kept_tracks": lambda store: store.kept_tracks("j-1"),
    "kept_track_count": lambda store: store.kept_track_count("case-1"),
    "match_vectors": lambda store: store.match_vectors("case-1", engine="fake"),
    "reviews_together": lambda store: store.reviews_together("together"),
}
OF_NO_CASE = {
    "cameras": "cameras are shared by all cases; it gives no spots",
    "sees": "asks the guard", "guarded": "makes another view", "close": "reads nothing",
    "writing": "verbs alone write: see the architecture's test", "engine": "see the architecture's test",
    "changes": "counts what was written, and tells nothing of it",
}  # fmt: skip


@pytest.fixture
def full(scene_for: Callable[[str], Scene]) -> Scene:
    """A town in which every read finds something of case-1."""
    from data.models import Area, FaceVectors, KeptTrack, PhotoVectors, Review, Verdict
    from tests.access.calls import a_request
    from tests.factories import NOON, a_camera

    scene = scene_for("other")
    a_request(scene)
    vectors = FaceVectors("fake", 1, bytes(4), (30.0,), (0.5,))
    with scene.whole.writing() as writing:
        writing.put_area(Area("case-1", ({"type": "Feature"},)))
        writing.put_streets("case-1", "ab" * 32, "streets.osm")
        writing.put_segment("j-1", 0, {"tracks": []}, 1.0)
        writing.put_photo_vectors(PhotoVectors("p-1", vectors, {}, 0.4))
        writing.put_kept_track(KeptTrack("j-1", 0, 0, "case-1", "f-1", True, vectors))
        writing.put_match_vectors("m-1", vectors)
        writing.add_review(Review("review-9", "m-1", Verdict.REJECT, "X", "", NOON, "together"), sequence=1)
        writing.audit(at=NOON, by="X", action="case opened", case_id="case-1")
        writing.audit(at=NOON, by="X", action="cameras imported", case_id=None)
        writing.add(a_camera("spot-1", spot_of="case-1"))
    return scene


def test_every_read_of_the_store_stands_in_a_table() -> None:
    public = {
        name
        for name, thing in vars(Store).items()
        if not name.startswith("_") and callable(getattr(Store, name, thing))
    }
    assert public | {"engine"} == ONE.keys() | MANY.keys() | OF_NO_CASE.keys()
    assert all(inspect.isfunction(getattr(Store, name)) for name in ONE.keys() | MANY.keys())


@pytest.mark.parametrize("who", ["other", "admin"])
def test_nothing_of_a_case_is_read_by_who_has_no_role_in_it(full: Scene, who: str) -> None:
    store = full.seen_by(who).store
    for read in MANY.values():
        assert read(full.whole), "the town lacks something"
        assert not read(store)
    for name, read in ONE.items():
        assert read(full.whole).id
        with pytest.raises(NotFound) as refused:
            read(store)
        assert str(refused.value).replace(read(full.whole).id, "?") == f"{name} ?: not in the store"


@pytest.mark.parametrize("who", ["viewer", "analyst", "reviewer", "supervisor", "auditor"])
def test_who_has_a_role_reads_all_of_the_case_and_nothing_of_others(full: Scene, who: str) -> None:
    store = full.seen_by(who).store
    for name, read in (ONE | MANY).items():
        assert read(store) or name == "audit_entries"
    assert [case.id for case in store.cases()] == ["case-1"]
    assert {entry.case_id for entry in store.audit_entries()} == {"case-1"}
    assert {job.case_id for job in store.jobs()} == {"case-1"}
    with pytest.raises(NotFound):
        store.case("case-2")


def test_a_disabled_account_and_one_with_a_one_time_password_see_nothing(scene_for: Callable[[str], Scene]) -> None:
    from dataclasses import replace

    from casework.access import Person
    from tests.factories import NOON

    scene = scene_for("supervisor")
    assert scene.account is not None
    for barred in (replace(scene.account, disabled_at=NOON), replace(scene.account, must_change_password=True)):
        assert scene.whole.guarded(Person(scene.whole, barred)).cases() == []


def test_a_page_pays_one_question_for_its_guard(scene_for: Callable[[str], Scene]) -> None:
    import sqlalchemy as sa

    scene = scene_for("viewer")
    asked: list[str] = []
    sa.event.listen(scene.whole.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    store = scene.store
    assert sum(text.startswith("SELECT") for text in asked) == 1
    for _ in range(5):
        store.case("case-1"), store.photos("case-1"), store.matches("case-1")
    assert sum(text.startswith("SELECT") for text in asked) == 16
