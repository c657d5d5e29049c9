import time
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import cases, jobs, review
from casework.scanning import Limits, Workshop
from casework.timeline import Bar, Looked, over_one_another, timeline
from data.errors import NotFound
from data.models import Coverage, Job, JobState, MatchState, RequestState, Verdict
from data.store import Store
from tests.casework.made_requests import a_request
from tests.casework.scans import add_clip, add_photo
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_sighting, a_track, an_authority
from tests.fakes import FakeEngine
from tests.recognition.clips import RED, walking, with_hole, write_clip

BACKENDS = ("sqlite", "postgresql")
SEARCHED, NOT_SEARCHED, UNREADABLE = Looked.SEARCHED, Looked.NOT_SEARCHED, Looked.UNREADABLE
SPANS = [[0.0, 60.0], [60.0, 120.0], [120.0, 180.0]]


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def case_store(store: Store) -> Store:
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera())
        writing.add(a_footage())
    return store


def with_scan(store: Store, id: str = "j-1", *, spans: list[list[float]] | None = SPANS, **fields: object) -> None:
    with store.writing() as writing:
        writing.add(a_job(id, **({"seconds_total": 180.0} | fields)))
        if spans is not None:
            writing.change(Job, id, spans=spans)


def only_bar(store: Store) -> Bar:
    (row,) = timeline(store, a_case(), now=NOON).rows
    (bar,) = row.bars
    return bar


def told(bar: Bar) -> list[tuple[Looked, float, float]]:
    return [(s.looked, (s.from_at - NOON).total_seconds(), (s.to_at - NOON).total_seconds()) for s in bar.stretches]


def test_footage_that_nobody_looked_at_has_a_start_and_no_end(case_store: Store) -> None:
    bar = only_bar(case_store)
    assert (bar.from_at, bar.to_at, bar.stretches) == (NOON, None, ())
    assert bar.share(NOT_SEARCHED) == 1.0


def test_a_search_that_came_to_its_end_shows_what_it_could_not_read(case_store: Store) -> None:
    coverage = Coverage(100, unreadable_spans_s=((30.0, 45.0),))
    with_scan(case_store, state=JobState.DONE, coverage=coverage)
    bar = only_bar(case_store)
    assert told(bar) == [(SEARCHED, 0, 30), (UNREADABLE, 30, 45), (SEARCHED, 45, 180)]
    assert bar.share(UNREADABLE) == pytest.approx(15 / 180)


def test_a_search_under_way_shows_the_segments_it_has_done(case_store: Store) -> None:
    with_scan(case_store, state=JobState.RUNNING, segments_done=2, given_up=((60.0, 120.0, "crashed"),))
    kept = {"tracks": [], "coverage": coverage_row(unreadable_spans_s=[[10.0, 20.0]])}
    with case_store.writing() as writing:
        writing.put_segment("j-1", 0, kept, 60.0)
        writing.put_segment("j-1", 1, {"tracks": [], "coverage": coverage_row()}, 60.0)
    assert told(only_bar(case_store)) == [
        (SEARCHED, 0, 10), (UNREADABLE, 10, 20), (SEARCHED, 20, 60), (UNREADABLE, 60, 120), (NOT_SEARCHED, 120, 180),
    ]  # fmt: skip


def coverage_row(**fields: object) -> dict[str, object]:
    return asdict(Coverage(None)) | {"unreadable_spans_s": []} | fields


def test_a_later_search_makes_good_what_an_earlier_one_could_not_read(case_store: Store) -> None:
    with_scan(case_store, state=JobState.DONE, coverage=Coverage(9, unreadable_spans_s=((0.0, 90.0),)))
    better = Coverage(9, unreadable_spans_s=((0.0, 3.0),))
    with_scan(case_store, "j-2", state=JobState.DONE, created_at=at(5), coverage=better)
    with_scan(case_store, "j-3", state=JobState.QUEUED, created_at=at(9), spans=None, seconds_total=None)
    bar = only_bar(case_store)
    assert told(bar) == [(UNREADABLE, 0, 3), (SEARCHED, 3, 180)]
    assert bar.job is not None
    assert bar.job.id == "j-3"


def test_bars_lie_in_true_time_and_tell_how_far_the_clock_may_be_wrong(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.add(a_camera("cam-2"))
        writing.add(a_footage("f-2", camera_id="cam-2", clock_offset_s=3600.0, clock_uncertainty_s=20.0))
    with_scan(case_store, "j-2", of_id="f-2", state=JobState.DONE)
    line = timeline(case_store, a_case(), now=NOON)
    assert [row.camera.id for row in line.rows] == ["cam-2", "cam-1"], "the one with the earliest minutes first"
    (bar,) = line.rows[0].bars
    assert (bar.from_at, bar.to_at, bar.uncertainty_s) == (at(-3600), at(-3420), 20.0)


def test_requests_candidates_and_decisions_stand_with_their_camera(store_with_match: Store) -> None:
    store = store_with_match
    with store.writing() as writing:
        writing.add(a_request())
        writing.add(a_sighting(at=at(-60), tolerance_s=30.0))
        writing.put_track(a_track("t-2"))
        writing.add_match(a_match("m-2", track=a_track("t-2"), state=MatchState.DROPPED))
    review.decide(store, "m-1", verdict=Verdict.REJECT, by="Ann", note="taller")
    line = timeline(store, a_case(), now=NOON + timedelta(days=9))
    (row,) = line.rows
    assert [m.match.id for m in row.moments] == ["m-1"], "dropped candidates are not shown"
    assert (row.moments[0].from_at, row.moments[0].at, row.moments[0].to_at) == (at(10), at(12.5), at(14))
    assert [(a.state, a.deadline) for a in row.asked] == [(RequestState.DRAFT, None)]
    assert [(d.review.by, d.match.id, d.camera_id) for d in line.decisions] == [("Ann", "m-1", "cam-1")]
    assert line.extent == (at(-90), at(600))


def test_a_request_tells_of_the_camera_s_present_retention(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.put_camera(a_camera(retention_days=2.0))
        writing.add(a_request())
    (row,) = timeline(case_store, a_case(), now=NOON + timedelta(days=3)).rows
    assert (row.asked[0].state, row.asked[0].deadline) == (RequestState.EXPIRED, NOON + timedelta(days=2))


def test_an_empty_case_has_an_empty_time_line_and_an_unknown_one_none(store: Store) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())
    line = timeline(store, a_case(), now=NOON)
    assert (line.sightings, line.rows, line.decisions, line.extent) == ((), (), (), None)
    with pytest.raises(NotFound):
        timeline(store, a_case(id="nobody"), now=NOON)


def test_a_damaged_recording_is_shown_unreadable_where_it_is_damaged(
    store: Store, backend: str, engine: FakeEngine, tmp_path: Path
) -> None:
    """A real search of a real file: twelve seconds, in whose middle some bytes are gone."""
    if backend != "sqlite":
        pytest.skip("the search is the same on every database")
    with store.writing() as writing:
        writing.add(a_camera())
    case_id = cases.open_case(store, number="1", name="Aino", by="Ann", authority=an_authority()).id
    workshop = Workshop(store, lambda _: engine, Limits(segment_s=4.0))
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    sound = write_clip(tmp_path / "sound.mp4", walking(300, step=0.5))
    damaged = with_hole(sound, start=0.5, size=4_000, target=tmp_path / "damaged.mp4")
    footage = add_clip(store, case_id, damaged, clock_offset_s=30.0)
    job = jobs.request_scan(store, footage.id, engine="fake", by="Ann")
    spans = workshop.plan(job.id)
    workshop.scan_segment(job.id, 0, spans)

    (row,) = timeline(store, store.case(case_id)).rows
    (bar,) = row.bars
    assert [stretch.looked for stretch in bar.stretches] == [SEARCHED, NOT_SEARCHED]
    assert bar.from_at == at(-30)

    for index in range(1, len(spans)):
        workshop.scan_segment(job.id, index, spans)
    workshop.finish(job.id)
    (row,) = timeline(store, store.case(case_id)).rows
    (bar,) = row.bars
    assert [stretch.looked for stretch in bar.stretches] == [SEARCHED, UNREADABLE, SEARCHED]
    assert at(-30 + 3) < bar.stretches[1].from_at < bar.stretches[1].to_at < at(-30 + 9)
    assert 0 < bar.share(UNREADABLE) < 0.5


SPAN = st.tuples(st.integers(-5, 30), st.integers(0, 12)).map(lambda p: (float(p[0]), float(p[0] + p[1])))


@given(st.lists(st.tuples(SPAN, st.sampled_from(Looked)), max_size=8))
def test_painted_spans_show_at_every_moment_what_was_painted_last(
    painted: list[tuple[tuple[float, float], Looked]],
) -> None:
    layers = [((0.0, 24.0), NOT_SEARCHED), *painted]
    shown = over_one_another(layers)
    assert shown[0][0][0] == 0.0
    assert shown[-1][0][1] == 24.0
    assert all(a[0][1] == b[0][0] and a[1] is not b[1] for a, b in pairwise(shown))
    for moment in range(24):
        last = [what for (a, b), what in layers if a <= moment + 0.5 < b][-1]
        assert [what for (a, b), what in shown if a <= moment + 0.5 < b] == [last]


def test_a_large_case_is_laid_out_quickly(store: Store, backend: str) -> None:
    if backend != "sqlite":
        pytest.skip("timed on SQLite")
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add_cameras([a_camera(f"c-{n}") for n in range(200)])
        for n in range(200):
            writing.add(a_request(f"r-{n}", camera_id=f"c-{n}"))
        for n in range(50):
            writing.add(a_footage(f"f-{n}", camera_id=f"c-{n}", sha256=f"{n:064x}"))
            writing.add(a_job(f"j-{n}", of_id=f"f-{n}", state=JobState.DONE, seconds_total=3600.0))
        for n in range(500):
            track = a_track(f"t-{n}", scan_id=f"j-{n % 50}")
            writing.put_track(track)
            writing.add_match(a_match(f"m-{n}", footage_id=f"f-{n % 50}", track=track))
    began = time.thread_time()
    line = timeline(store, a_case(), now=NOON)
    assert time.thread_time() - began < 1.0
    assert (len(line.rows), sum(len(row.moments) for row in line.rows)) == (200, 500)
