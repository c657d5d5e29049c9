"""A case worth exporting: a footage with three people in it, one of whom two reviewers confirmed."""

from dataclasses import replace
from pathlib import Path

import cv2

from data.models import Coverage, FootageRequest, JobState, MatchState, RequestState, Review, Verdict
from data.store import Store
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_photo, a_sighting, a_track
from tests.recognition.clips import BLUE, GREEN, RED, grey, square, walking, write_clip

A_CASE = "case-1"


def a_kept_case(store: Store, folder: Path) -> Store:
    clip = write_clip(folder / "clip.mp4", walking(50, colours=(RED, BLUE, GREEN)))
    film = store.files.put_bytes(clip.read_bytes(), what="clip.mp4")
    picture = square(square(grey(), RED, 100, 80, 60), BLUE, 230, 80, 50)
    photo = store.files.put_bytes(bytes(cv2.imencode(".png", picture)[1]), what="photo.png")
    shown = store.files.put_bytes(b"\xff\xd8\xff a picture \xff\xd9", what="frame")
    track = a_track(start_s=0.0, end_s=1.96, best_s=1.0, best_box_px=(60.0, 20.0, 100.0, 60.0), similarity=0.97)
    track = replace(track, crop_sha256=shown, context_sha256=shown)
    done = a_job(state=JobState.DONE, models={"colours": "0" * 64})
    with store.writing() as writing:
        writing.add_case(a_case(notes="what neighbours say"))
        writing.add(a_camera(contact="the owner's telephone", owner="=HYPERLINK(1)"))
        writing.add(a_photo(sha256=photo, box_px=(100.0, 80.0, 160.0, 140.0)))
        writing.add(a_sighting())
        writing.add(a_footage(sha256=film, size_bytes=clip.stat().st_size))
        writing.audit(at=NOON, by="Ann", action="footage added", case_id=A_CASE, footage="f-1", name="clip.mp4")
        writing.audit(at=NOON, by="Zoe", action="camera added", case_id=None, camera="cam-1")
        writing.add(replace(done, coverage=Coverage(100, 99, 1, 98, 50, 3, ((1.0, 2.5),))))
        writing.put_track(track)
        writing.add_match(a_match(track=track, state=MatchState.CONFIRMED))
        writing.put_track(a_track("t-2"))
        writing.add_match(a_match("m-2", track=a_track("t-2"), state=MatchState.REJECTED))
        for number, by in enumerate(("Ben", "Cid"), start=1):
            writing.add_review(Review(f"r-{number}", "m-1", Verdict.CONFIRM, by, "", NOON), sequence=number)
        writing.add(
            FootageRequest("q-1", A_CASE, "cam-1", NOON, NOON, 0.0, 7.0, 0.5, RequestState.SENT, NOON, note="@SUM(1)")
        )
    return store
