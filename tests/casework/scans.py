"""Cases, photos and clips to scan with the fake engine, for which a colour is a person."""

from datetime import UTC, datetime
from pathlib import Path

import cv2

from casework import cases, jobs
from casework.footage import add_footage
from casework.scanning import Workshop
from data.models import Footage, Job, JobState, Match, Photo
from data.store import Store
from tests.factories import NOON
from tests.recognition.clips import grey, square, walking, write_clip

Colour = tuple[int, int, int]
ORANGE = (0, 150, 230)
"""Above the fake engine's review floor with RED, and below its alert threshold."""


def add_photo(workshop: Workshop, case_id: str, folder: Path, *, colours: tuple[Colour, ...]) -> Photo:
    image = grey()
    for number, colour in enumerate(colours):
        square(image, colour, 40 + 100 * number, 80, 60)
    path = folder / f"photo{len(list(folder.iterdir()))}.png"
    cv2.imwrite(str(path), image)
    with path.open("rb") as stream:
        photo = cases.add_photo(workshop.store, case_id, stream=stream, original_name=path.name, by="Ann")
    workshop.check_photo(jobs.check_photo(workshop.store, photo.id, engine="fake", by="Ann").id)
    return workshop.store.photo(photo.id)


def add_clip(store: Store, case_id: str, path: Path, **fields: object) -> Footage:
    known = {"camera_id": "cam-1", "started_at": NOON, "clock_offset_s": 0.0, "size_bytes": path.stat().st_size}
    with path.open("rb") as stream:
        return add_footage(
            store, case_id, stream=stream, original_name=path.name, by="Ann", **(known | fields)  # type: ignore[arg-type]
        )  # fmt: skip


def run_scan(workshop: Workshop, footage: Footage) -> str:
    job = jobs.request_scan(workshop.store, footage.id, engine="fake", by="Ann")
    do_scan(workshop, job)
    return job.id


def do_scan(workshop: Workshop, job: Job) -> None:
    spans = workshop.plan(job.id)
    for index in range(len(spans)):
        workshop.scan_segment(job.id, index, spans)
    workshop.finish(job.id)


def allow_vectors(store: Store, case_id: str) -> None:
    """The case keeps the face vectors of everyone seen, as its authority permits."""
    ends = datetime(2090, 1, 1, tzinfo=UTC)
    cases.keep_vectors(store, case_id, keeps=True, by="Ann", reason="the order allows it, page 2", expires_at=ends)


def work(workshop: Workshop) -> list[str]:
    """Do every job that waits, as a worker would; the kinds done."""
    done = []
    while waiting := [job for job in workshop.store.jobs(open_only=True) if job.state is JobState.QUEUED]:
        job = waiting[-1]
        done.append(job.kind)
        if job.kind == "scan":
            do_scan(workshop, job)
        else:
            workshop.recompare(job.id)
    return done


def scanned(workshop: Workshop, case_id: str, folder: Path, *colours: Colour, n: int = 30) -> Footage:
    """Footage in which people of these colours walk, searched."""
    path = folder / f"clip{len(list(folder.iterdir()))}.mp4"
    # each clip one pixel a second faster, so that no two are the same file
    write_clip(path, walking(n, colours=colours, step=2.0 + 0.1 * len(workshop.store.footages(case_id))))
    footage = add_clip(workshop.store, case_id, path)
    run_scan(workshop, footage)
    return footage


def match_in(store: Store, case_id: str, footage: Footage) -> Match:
    (match,) = [m for m in store.matches(case_id) if m.footage_id == footage.id]
    return match
