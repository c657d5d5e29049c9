"""A face that was seen at the moment is kept as footage, track and candidate, all or nothing."""

from datetime import timedelta
from pathlib import Path

import cv2
import pytest

from casework import governance, hits, purging, review
from casework.footage import true_time
from casework.hits import Hit, HitFrame
from casework.scanning import Workshop
from casework.uses import uses
from data.errors import BadInput, NotGoverned
from data.models import Job, JobState, MatchState, StartedFrom, Verdict, utc_now
from recognition.faces import Float
from tests.casework.scans import ORANGE, Colour, add_photo
from tests.fakes import FakeEngine
from tests.recognition.clips import RED, grey, square

SIZE = (320, 240)
AT = utc_now().replace(microsecond=0) - timedelta(minutes=1)


def a_frame(engine: FakeEngine, colour: Colour, *, after_s: float = 0.0, x: int = 40) -> HitFrame:
    image = square(grey(*SIZE), colour, x, 80, 60)
    faces = engine.detect(image)
    box = (float(x), 80.0, x + 60.0, 140.0)
    vector: Float = engine.embed(image, faces)[0]
    jpeg = cv2.imencode(".jpg", image)[1].tobytes()
    return HitFrame(AT + timedelta(seconds=after_s), jpeg, SIZE, box, 0.5 + after_s / 100, vector)


def a_search(workshop: Workshop, case_id: str, folder: Path) -> Job:
    add_photo(workshop, case_id, folder, colours=(RED,))
    return hits.begin_search(workshop.store, case_id, kind=hits.LIVE, of_id="cam-1", engine="fake", by="Ann")


def kept(workshop: Workshop, engine: FakeEngine, job: Job, *frames: HitFrame, similarity: float = 0.99) -> str:
    match = hits.keep_hit(
        workshop.store, job, Hit(frames, similarity, 0.5), place=lambda _: "cam-1", engine=engine, eyes=workshop.eyes,
        max_pixels=10**7, name="live Gate.mkv", how="live camera", by="worker",
    )  # fmt: skip
    return match.id


def test_a_hit_is_a_candidate_at_its_camera_and_true_time(
    workshop: Workshop, engine: FakeEngine, case_id: str, tmp_path: Path
) -> None:
    store, job = workshop.store, a_search(workshop, case_id, tmp_path)
    first, last = a_frame(engine, RED), a_frame(engine, RED, after_s=2.1, x=90)
    match = store.match(kept(workshop, engine, job, last, first))
    footage = store.footage(match.footage_id)
    assert (match.state, match.track.scan_id, match.track.similarity) == (MatchState.TO_REVIEW, job.id, 0.99)
    assert (footage.camera_id, footage.started_at, footage.started_from) == ("cam-1", AT, StartedFrom.OWN_CLOCK)
    assert true_time(footage, match.track.best_s) == AT + timedelta(seconds=2.1)
    assert first.jpeg in store.files.read(footage.sha256), "the picture is kept byte for byte"
    assert match.track.crop_sha256 is not None
    assert store.files.has(match.track.crop_sha256)
    assert review.sighting_of(match, footage, store.camera("cam-1")).tolerance_s == pytest.approx(2.6)
    assert store.job(job.id).candidates == 1


def test_the_log_of_uses_tells_of_the_search_and_of_what_it_led_to(
    workshop: Workshop, engine: FakeEngine, case_id: str, tmp_path: Path
) -> None:
    job = a_search(workshop, case_id, tmp_path)
    match_id = kept(workshop, engine, job, a_frame(engine, RED))
    hits.end_search(workshop.store, job.id, by="Ann")
    hits.end_search(workshop.store, job.id, by="Ann")
    (use,) = [use for use in uses(workshop.store, case_id) if use.kind == hits.LIVE]
    assert (use.ending, use.asked_by, [one.match_id for one in use.matches]) == ("done", "Ann", [match_id])
    assert workshop.store.job(job.id).state is JobState.DONE


def test_who_looks_like_a_rejected_candidate_is_set_aside(
    workshop: Workshop, engine: FakeEngine, case_id: str, tmp_path: Path
) -> None:
    job = a_search(workshop, case_id, tmp_path)
    wrong = kept(workshop, engine, job, a_frame(engine, ORANGE), similarity=0.85)
    review.decide(workshop.store, wrong, verdict=Verdict.REJECT, by="Rea")
    again = kept(workshop, engine, job, a_frame(engine, ORANGE, after_s=30.0), similarity=0.85)
    assert workshop.store.match(again).state is MatchState.SET_ASIDE


def test_nothing_is_kept_once_the_case_may_not_be_searched(
    workshop: Workshop, engine: FakeEngine, case_id: str, tmp_path: Path
) -> None:
    job = a_search(workshop, case_id, tmp_path)
    files = set(workshop.store.files.hashes())
    governance.close_case(workshop.store, case_id, reason="found", by="Sam")
    with pytest.raises(NotGoverned, match="was closed"):
        kept(workshop, engine, job, a_frame(engine, RED))
    assert not workshop.store.footages(case_id)
    assert set(workshop.store.files.hashes()) == files


def test_what_undoes_the_transaction_leaves_no_file_behind(
    workshop: Workshop, engine: FakeEngine, case_id: str, tmp_path: Path
) -> None:
    job = a_search(workshop, case_id, tmp_path)
    files = set(workshop.store.files.hashes())

    def nowhere(_: object) -> str:
        raise BadInput("place: the phone gave none")

    with pytest.raises(BadInput, match="gave none"):
        hits.keep_hit(
            workshop.store, job, Hit((a_frame(engine, RED),), 0.99), place=nowhere, engine=engine, eyes=workshop.eyes,
            max_pixels=10**7, name="phone.mkv", how="browser camera", by="Ann",
        )  # fmt: skip
    assert set(workshop.store.files.hashes()) == files


def test_with_its_footage_a_hit_is_gone_and_its_search_stays(
    workshop: Workshop, engine: FakeEngine, case_id: str, tmp_path: Path
) -> None:
    store, job = workshop.store, a_search(workshop, case_id, tmp_path)
    files = set(store.files.hashes())
    match = store.match(kept(workshop, engine, job, a_frame(engine, RED)))
    purging.destroy_footage(store, match.footage_id, reason="a stranger", by="Sam")
    assert not store.matches(case_id)
    assert set(store.files.hashes()) == files, "crop and context are gone too"
    assert store.job(job.id).kind == hits.LIVE
