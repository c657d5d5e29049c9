"""A workshop whose eyes are children: the same candidates, and a harmful file costs one child."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from casework import jobs
from casework.scanning import Limits, Workshop
from data.errors import ChildKilled
from data.store import Store
from recognition.apart import ChildLimits, Opening
from recognition.eyes import ApartEyes
from tests.casework.scans import add_clip, add_photo, do_scan, match_in, scanned
from tests.fakes import FakeEngine
from tests.recognition.clips import RED, walking, write_clip


@pytest.fixture
def engines() -> list[str]:
    """Names under which children open their engine, the last one counts; empty: as they are asked for."""
    return []


@pytest.fixture
def eyes(tmp_path: Path, engines: list[str]) -> Iterator[ApartEyes]:
    opened = ApartEyes(
        lambda name: Opening([name, *engines][-1], tmp_path, tmp_path),
        ChildLimits(),
        program="tests.recognition.harmful_child",
    )
    yield opened
    opened.close()


@pytest.fixture
def apart(store: Store, eyes: ApartEyes) -> Callable[[str], Workshop]:
    """A workshop whose engine, in the children, does what its name says."""
    return lambda name: Workshop(store, lambda _: FakeEngine(name), Limits(segment_s=2.0), eyes)


def test_a_scan_in_children_offers_what_a_scan_in_here_offers(
    apart: Callable[[str], Workshop], workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    with_children = apart("fake")
    photo = add_photo(with_children, case_id, tmp_path, colours=(RED,))
    assert photo.is_usable
    first = scanned(with_children, case_id, tmp_path, RED, n=75)
    there = match_in(workshop.store, case_id, first)
    (job,) = [job for job in workshop.store.jobs(case_id=case_id) if job.kind == "scan"]
    kept = workshop.store.segments(job.id)
    job_here = jobs.request_scan(workshop.store, first.id, engine="fake", by="Ann")
    do_scan(workshop, job_here)
    here = match_in(workshop.store, case_id, first)
    assert replace(there.track, scan_id="") == replace(here.track, scan_id="")
    assert [result for _, result, _ in kept] == [result for _, result, _ in workshop.store.segments(job_here.id)]
    assert len(kept) > 1


def test_a_photo_that_costs_a_child_its_life_says_so_by_its_name(
    apart: Callable[[str], Workshop], case_id: str, tmp_path: Path
) -> None:
    photo = add_photo(apart("segfault"), case_id, tmp_path, colours=(RED,))
    assert not photo.is_usable
    assert photo.problem == (
        f"{photo.original_name}: the process that looked at it crashed (SIGSEGV); the file may be damaged or harmful"
    )


def test_a_segment_that_costs_a_child_its_life_is_told_and_the_worker_lives(
    apart: Callable[[str], Workshop], eyes: ApartEyes, engines: list[str], case_id: str, tmp_path: Path
) -> None:
    add_photo(apart("fake"), case_id, tmp_path, colours=(RED,))
    footage = add_clip(apart("fake").store, case_id, write_clip(tmp_path / "door.mp4", walking(30)))
    job = jobs.request_scan(apart("fake").store, footage.id, engine="fake", by="Ann")
    spans = apart("fake").plan(job.id)
    eyes.close()
    engines.append("segfault")
    with pytest.raises(ChildKilled, match=r"^door\.mp4: .*SIGSEGV") as caught:
        apart("fake").scan_segment(job.id, 0, spans)
    assert caught.value.why == "crashed (SIGSEGV)"
    eyes.close()
    engines.clear()
    apart("fake").scan_segment(job.id, 0, spans)
    assert apart("fake").store.job(job.id).segments_done == 1
