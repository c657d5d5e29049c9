"""The Review page without a browser: the closer look, the places and times beside the others, and what stays quick."""

import cv2
import numpy as np
import pytest

from casework import close_looks
from dashboard import session
from data.evidence_rows import put_derivatives
from data.models import Derivative, Job, JobState, Permission
from data.store import Store
from tests.dashboard.test_pages import CASE, page, press, words
from tests.dashboard.test_pages_review_case import candidate, kept  # noqa: F401
from tests.factories import NOON, a_job


def looks(store: Store) -> list[Job]:
    return [job for job in store.jobs(case_id=CASE) if job.kind == close_looks.KIND]


def made(store: Store, match_id: str, *, shots: int = 3) -> None:
    """What a worker would have kept of a closer look."""
    match = store.match(match_id)
    footage, (photo,) = store.footage(match.footage_id), store.photos(CASE)
    job = a_job(f"look-{match_id}", kind=close_looks.KIND, of_id=match_id, state=JobState.DONE, engine=match.engine)
    told = (f"close look at candidate {match_id}, {match.engine}", NOON)
    rows = [
        Derivative(CASE, picture(store, n), footage.sha256, close_looks.FACE, *told, at_s=match.track.best_s + n)
        for n in range(shots)
    ]
    rows.append(Derivative(CASE, picture(store, 90), photo.sha256, close_looks.FACE, *told))
    film = store.files.put([b"\x1a\x45\xdf\xa3 film"], what="film")[0]
    rows.append(Derivative(CASE, film, footage.sha256, close_looks.FILM, *told, at_s=8.0))
    with store.writing() as writing:
        writing.add(job)
        put_derivatives(writing, rows)


def picture(store: Store, shade: int) -> str:
    image = np.full((40, 40, 3), shade, np.uint8)
    return store.files.put([bytes(cv2.imencode(".jpg", image)[1])], what="face")[0]


def test_a_reviewer_has_a_worker_look_at_this_candidate_and_the_next_ones_once(kept: Store) -> None:  # noqa: F811
    for number in range(4):
        candidate(kept, f"more-{number}", similarity=0.5 + number / 100)
    opened = page("review", case=CASE)
    assert [job.of_id for job in reversed(looks(kept))] == ["m-1", "m-2", "more-3"]
    assert "A worker looks closer" in words(opened)
    press(opened, "Next")
    press(opened, "Previous")
    assert len(looks(kept)) == 4
    assert "job under way" not in words(opened), "nobody asked for it by name"


def test_who_may_only_read_asks_no_worker(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(session, "may", lambda what, _case=None: what is Permission.READ)
    page("review", case=CASE)
    assert looks(kept) == []


def test_film_and_shots_stand_there_once_a_worker_has_looked(kept: Store) -> None:  # noqa: F811
    made(kept, "m-1")
    opened = page("review", case=CASE, match="m-1")
    said = words(opened)
    assert "all other faces covered, no sound" in said
    assert "From Mon 02 Mar 2026, 14:10:08 EET on." in said
    assert "A worker looks closer" not in said
    assert len(opened.get("video")) == 1
    pictures = [one.proto for kind in ("imgs", "image", "image_list") for one in opened.get(kind)]
    assert len(pictures) == 4, "a face of each, two more shots, and no whole picture here"
    assert any("until their eyes are equally far apart" in one.proto.help for one in opened.markdown)


def test_a_look_that_failed_says_why_and_can_be_asked_for_again(kept: Store) -> None:  # noqa: F811
    with kept.writing() as writing:
        writing.add(a_job("l", kind=close_looks.KIND, of_id="m-1", state=JobState.FAILED, error="cut <b>short</b>"))
    opened = page("review", case=CASE, match="m-1")
    assert "No film: cut" in words(opened)
    press(opened, "Try again")
    assert [job.state for job in looks(kept) if job.of_id == "m-1"] == [JobState.QUEUED, JobState.FAILED]


def test_where_and_when_it_was_is_told_in_words_too(kept: Store) -> None:  # noqa: F811
    said = words(page("review", case=CASE, match="m-1"))
    assert "10 min after the sighting before." in said
    assert "1 other candidate at this camera, 1 within 15 minutes." in said
    assert "Similarity 0.70" in said
