import csv
import html
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp

import pytest

from casework import request_papers, requests
from casework.requests import ANSWER_TIME_S, chance_of_loss, make_requests, set_state
from data.errors import BadInput, Conflict
from data.models import Camera, Case, FootageRequest, RequestState, Subject
from data.store import Store
from geo.ranking import RankedCamera, Ranking
from tests.factories import NOON, a_camera, a_case, a_footage

BACKENDS = ("sqlite", "postgresql")

DAY = timedelta(days=1)
HOSTILE = '=HYPERLINK("http://x") <img src=x onerror=alert(1)> **b** `${1}` "\''


def ranked(camera: Camera, score: float = 0.5, **times: datetime) -> RankedCamera:
    when = {"start": NOON, "end": NOON + timedelta(minutes=30), "best_guess": NOON + timedelta(minutes=9)} | times
    return RankedCamera(camera, score, distance_m=10.0, **when)


def ranking(*cameras: Camera, **times: datetime) -> Ranking:
    scores = (0.9 - 0.1 * place for place in range(len(cameras)))
    return Ranking(tuple(ranked(camera, score, **times) for camera, score in zip(cameras, scores, strict=True)))


@pytest.fixture
def case(store: Store) -> Case:
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add_case(a_case(id="case-2", number="2026-002"))
    return store.case("case-1")


def with_cameras(store: Store, *cameras: Camera) -> tuple[Camera, ...]:
    with store.writing() as writing:
        writing.add_cameras(cameras)
    return cameras


def the_lines(store: Store, case: Case, where: Ranking, now: datetime = NOON) -> list[requests.RequestLine]:
    return requests.lines(store, case, ranking=where, now=now)


def drafted(store: Store, case: Case, camera: Camera, **times: datetime) -> FootageRequest:
    made = make_requests(store, case, [camera.id], ranking=ranking(camera, **times), by="Ann", now=NOON)
    return (*made.added, *made.changed)[0]


def test_a_draft_asks_for_the_ranking_s_minutes_on_the_recorder_s_own_clock(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera(clock_offset_s=180.0, retention_days=3.0))
    request = drafted(store, case, camera)
    assert (request.from_at, request.to_at) == (NOON, NOON + timedelta(minutes=30))
    assert request.recorder_from == NOON + timedelta(minutes=3)
    assert request.deadline == NOON + 3 * DAY
    assert store.requests(case.id) == [request]
    assert [entry.action for entry in store.audit_entries(case.id)] == ["request drafted"]


def test_an_unknown_retention_gives_no_deadline(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    request = drafted(store, case, camera)
    assert request.deadline is None
    assert requests.state_at(request, NOON + 1000 * DAY) is RequestState.DRAFT


def test_drafting_again_takes_new_minutes_and_the_record_keeps_the_old_ones(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    first = drafted(store, case, camera)
    later = NOON + timedelta(hours=1)
    made = make_requests(store, case, [camera.id], ranking=ranking(camera, end=later), by="Ben")
    (second,) = made.changed
    assert (second.id, second.to_at, second.created_by) == (first.id, later, "Ann")
    assert store.requests(case.id) == [second]
    entry = store.audit_entries(case.id)[-1]
    assert (entry.by, entry.action) == ("Ben", "request draft changed")
    assert entry.details["was"]["to"] == first.to_at.isoformat()


def test_drafting_the_same_again_changes_nothing(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    drafted(store, case, camera)
    before = store.audit_entries()
    made = make_requests(store, case, [camera.id, camera.id], ranking=ranking(camera), by="Ben")
    assert (len(made.added), len(made.changed), len(made.kept)) == (0, 0, 1)
    assert store.audit_entries() == before


def test_a_camera_asked_for_all_of_the_minutes_is_not_asked_again_but_for_more_it_is(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    sent = set_state(store, drafted(store, case, camera).id, RequestState.SENT, by="Ann")
    assert make_requests(store, case, [camera.id], ranking=ranking(camera), by="Ann").kept == (sent,)
    more = ranking(camera, end=NOON + timedelta(hours=2))
    assert len(make_requests(store, case, [camera.id], ranking=more, by="Ann").added) == 1
    assert store.request(sent.id) == sent


def test_a_refused_camera_can_be_asked_again(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    set_state(store, drafted(store, case, camera).id, RequestState.REFUSED, by="Ann")
    assert len(make_requests(store, case, [camera.id], ranking=ranking(camera), by="Ann").added) == 1


def test_a_camera_outside_the_ranking_is_refused_before_anything_is_written(store: Store, case: Case) -> None:
    one, other = with_cameras(store, a_camera(), a_camera("cam-2"))
    with pytest.raises(BadInput, match="cam-2"):
        make_requests(store, case, [one.id, other.id], ranking=ranking(one), by="Ann")
    assert store.requests(case.id) == []


def test_requests_of_another_case_are_neither_seen_nor_changed(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    drafted(store, case, camera)
    other = store.case("case-2")
    assert store.requests(other.id) == []
    assert len(make_requests(store, other, [camera.id], ranking=ranking(camera), by="Ann").added) == 1


@pytest.mark.parametrize(("steps", "is_allowed"), [
    (["sent", "received"], True), (["sent", "refused", "sent"], True), (["sent", "draft", "sent"], True),
    (["received"], True), (["expired", "received"], True), (["sent", "sent"], False), (["received", "draft"], False),
    (["received", "refused"], False), (["draft"], False),
])  # fmt: skip
def test_a_request_goes_only_steps_that_make_sense(
    store: Store, case: Case, steps: list[str], is_allowed: bool
) -> None:
    (camera,) = with_cameras(store, a_camera())
    request = drafted(store, case, camera)
    for step in steps[:-1]:
        set_state(store, request.id, RequestState(step), by="Ann")
    if is_allowed:
        assert set_state(store, request.id, RequestState(steps[-1]), by="Ben", note=" said so ").note == "said so"
        assert store.audit_entries(case.id)[-1].action == f"request {steps[-1]}"
    else:
        with pytest.raises(Conflict, match=f"cannot become {steps[-1]}"):
            set_state(store, request.id, RequestState(steps[-1]), by="Ann")


def test_the_moment_of_sending_is_kept_until_it_is_taken_back(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    request_id = drafted(store, case, camera).id
    assert set_state(store, request_id, RequestState.SENT, by="Ann", now=NOON).sent_at == NOON
    assert set_state(store, request_id, RequestState.RECEIVED, by="Ann", now=NOON + DAY).sent_at == NOON
    assert set_state(store, request_id, RequestState.SENT, by="Ann", now=NOON + DAY).sent_at == NOON
    assert set_state(store, request_id, RequestState.DRAFT, by="Ann").sent_at is None


def test_a_note_is_kept_without_touching_the_state(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    request = drafted(store, case, camera)
    requests.set_note(store, request.id, " calls back ", by="Ann")
    assert store.request(request.id) == replace(request, note="calls back")
    requests.set_note(store, request.id, "calls back", by="Ann")
    assert [entry.action for entry in store.audit_entries(case.id)] == ["request drafted", "request note"]


def test_of_two_who_change_a_request_at_once_the_second_is_told(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    request = drafted(store, case, camera)
    set_state(store, request.id, RequestState.SENT, by="Ann")
    with pytest.raises(Conflict, match="just now"), store.writing() as writing:
        writing.change_request(replace(request, note="late"), was=RequestState.DRAFT)
    with pytest.raises(Conflict, match="just now"), store.writing() as writing:
        writing.remove_request(request.id, was=RequestState.DRAFT)


def test_there_is_never_more_than_one_draft_a_camera(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    sent = set_state(store, drafted(store, case, camera).id, RequestState.SENT, by="Ann")
    drafted(store, case, camera, end=NOON + timedelta(hours=2))
    with pytest.raises(Conflict, match="another draft"):
        set_state(store, sent.id, RequestState.DRAFT, by="Ann")


def test_a_draft_can_be_removed_and_what_was_sent_cannot(store: Store, case: Case) -> None:
    one, other = with_cameras(store, a_camera(), a_camera("cam-2"))
    draft, sent = drafted(store, case, one), drafted(store, case, other)
    set_state(store, sent.id, RequestState.SENT, by="Ann")
    requests.remove_draft(store, draft.id, by="Ann")
    with pytest.raises(Conflict, match="only a draft"):
        requests.remove_draft(store, sent.id, by="Ann")
    assert [request.id for request in store.requests(case.id)] == [sent.id]


def test_an_open_request_has_expired_once_its_last_minute_is_overwritten(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera(retention_days=2.0))
    request = drafted(store, case, camera)
    half_gone, all_gone = NOON + 2 * DAY + timedelta(minutes=10), NOON + 2 * DAY + timedelta(minutes=30)
    assert requests.state_at(request, half_gone) is RequestState.DRAFT
    assert chance_of_loss(request, half_gone) == 1.0
    assert requests.state_at(request, all_gone) is RequestState.EXPIRED
    assert chance_of_loss(request, all_gone) == 0.0
    received = replace(request, state=RequestState.RECEIVED)
    assert requests.state_at(received, all_gone) is RequestState.RECEIVED


def test_the_chance_of_loss_is_that_of_an_answer_later_than_the_deadline(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera(retention_days=2.0))
    request = drafted(store, case, camera)
    assert chance_of_loss(request, NOON) == pytest.approx(exp(-2 * 86_400 / ANSWER_TIME_S))
    unknown = replace(request, retention_days=None)
    assert chance_of_loss(unknown, NOON) == pytest.approx(exp(-7 * 86_400 / ANSWER_TIME_S))


def test_what_is_lost_soonest_comes_first_and_what_is_worth_nothing_last(store: Store, case: Case) -> None:
    best = a_camera("best", retention_days=30.0)
    soon = a_camera("soon", retention_days=1.0)
    gone = a_camera("gone", retention_days=0.01)
    where = ranking(*with_cameras(store, gone, best, soon))
    make_requests(store, case, ["gone", "best", "soon"], ranking=where, by="Ann")
    told = the_lines(store, case, where, NOON + timedelta(hours=2))
    assert [line.camera.id for line in told] == ["soon", "best", "gone"]
    assert [line.state for line in told] == [RequestState.DRAFT, RequestState.DRAFT, RequestState.EXPIRED]
    assert [line.is_pressing for line in told] == [True, False, False]


def test_a_retention_learned_later_moves_the_deadline(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera(retention_days=30.0))
    set_state(store, drafted(store, case, camera).id, RequestState.SENT, by="Ann")
    with store.writing() as writing:
        writing.put_camera(replace(camera, retention_days=2.0, clock_offset_s=60.0))
    (line,) = the_lines(store, case, ranking(camera))
    assert line.request.deadline == NOON + 2 * DAY
    assert (line.request.clock_offset_s, line.asked_clock_is_wrong) == (0.0, True)


def test_a_draft_follows_the_camera_s_clock(store: Store, case: Case) -> None:
    (camera,) = with_cameras(store, a_camera())
    request = drafted(store, case, camera)
    with store.writing() as writing:
        writing.put_camera(replace(camera, clock_offset_s=60.0))
    (line,) = the_lines(store, case, ranking(camera))
    assert (line.request.clock_offset_s, line.asked_clock_is_wrong) == (60.0, False)
    assert set_state(store, request.id, RequestState.SENT, by="Ann").clock_offset_s == 60.0


def test_minutes_that_moved_by_more_than_time_passing_are_told_and_a_camera_that_fell_out_keeps_its_value(
    store: Store, case: Case
) -> None:
    (camera,) = with_cameras(store, a_camera())
    drafted(store, case, camera)
    assert [line.minutes_moved for line in the_lines(store, case, ranking(camera))] == [False]
    moved = ranking(camera, start=NOON - timedelta(hours=1))
    assert [line.minutes_moved for line in the_lines(store, case, moved)] == [True]
    grown = ranking(camera, end=NOON + timedelta(minutes=90))
    assert [line.minutes_moved for line in the_lines(store, case, grown, NOON + timedelta(hours=1))] == [False]
    (line,) = the_lines(store, case, Ranking())
    assert (line.ranked, line.minutes_moved, line.value) == (None, False, pytest.approx(0.9))


def test_footage_of_the_camera_says_that_it_is_here(store: Store, case: Case) -> None:
    one, other = with_cameras(store, a_camera(), a_camera("cam-2"))
    where = ranking(one, other)
    make_requests(store, case, ["cam-1", "cam-2"], ranking=where, by="Ann")
    after = NOON + timedelta(hours=5)
    with store.writing() as writing:
        writing.add(a_footage())
        writing.add(a_footage("f-2", camera_id="cam-2", sha256="ef" * 32, started_at=after))
    here = {line.camera.id: line.looks_received for line in the_lines(store, case, where)}
    assert here == {"cam-1": True, "cam-2": False}
    (waiting,) = (r for r in store.requests(case.id) if r.camera_id == "cam-1")
    set_state(store, waiting.id, RequestState.RECEIVED, by="Ann")
    assert not any(line.looks_received for line in the_lines(store, case, where))


def test_owners_are_grouped_whatever_their_capitals_the_most_pressing_first(store: Store, case: Case) -> None:
    cameras = with_cameras(
        store,
        a_camera("a", owner="Kiosk", retention_days=20.0, contact="02 123"),
        a_camera("b", owner="City", retention_days=1.0),
        a_camera("c", owner=" kiosk ", retention_days=21.0, contact="kiosk@example.org"),
        a_camera("d"),
    )
    where = ranking(*cameras)
    make_requests(store, case, ["a", "b", "c", "d"], ranking=where, by="Ann")
    groups = requests.by_owner(the_lines(store, case, where))
    assert [group.owner for group in groups] == ["City", "", "Kiosk"]
    assert {line.camera.id for line in groups[-1].lines} == {"a", "c"}
    assert set(groups[-1].contacts) == {"02 123", "kiosk@example.org"}


# on paper


def hostile_line(store: Store, case: Case, **fields: object) -> requests.RequestLine:
    texts = {"name": HOSTILE, "owner": f"@{HOSTILE}", "contact": "+358 1", "clock_checked": "\t=1+1"}
    camera = a_camera(**({"retention_days": 3.0, "clock_offset_s": -75.0} | texts | fields))
    where = ranking(*with_cameras(store, camera))
    make_requests(store, case, [camera.id], ranking=where, by="Ann")
    (line,) = the_lines(store, case, where)
    return line


def test_no_text_of_the_table_is_a_formula(store: Store, case: Case) -> None:
    line = hostile_line(store, case)
    set_state(store, line.request.id, RequestState.SENT, by="Ann", note="-2+3")
    told = the_lines(store, replace(case, number="=1"), Ranking())
    (row,) = csv.DictReader(io.StringIO(request_papers.requests_csv(replace(case, number="=1"), told, now=NOON)))
    assert (row["case_number"], row["contact"], row["note"]) == ("'=1", "'+358 1", "'-2+3")
    assert (row["camera"], row["owner"]) == (f"'{HOSTILE}", f"'@{HOSTILE}")
    assert float(row["clock_offset_s"]) == -75.0
    numbers = {"priority", "lat", "lon", "clock_offset_s", "hours_left", "score", "chance_of_loss"}
    assert not [name for name, cell in row.items() if name not in numbers and cell[:1] in "=+-@\t\r" and cell]


@pytest.mark.parametrize(("text", "cell"), [
    ("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\ta", "'\ta"), ("\r=1", "'\r=1"), (" =1", "' =1"),
    ("\n=1", "'\n=1"), ("a=1", "a=1"), ("", ""), ("Café 'x'", "Café 'x'"),
    ("\uff1d1", "'\uff1d1"), ("\uff0d1", "'\uff0d1"), ("\u200b=1", "'\u200b=1"), ("\x00 @a", "'\x00 @a"),
])  # fmt: skip
def test_a_formula_s_start_gets_an_apostrophe(text: str, cell: str) -> None:
    assert request_papers.safe_cell(text) == cell


def test_the_table_tells_the_minutes_true_and_on_the_recorder_and_the_hours_left(store: Store, case: Case) -> None:
    line = hostile_line(store, case)
    (row,) = csv.DictReader(io.StringIO(request_papers.requests_csv(case, [line], now=NOON)))
    assert (row["from_utc"], row["from_local"]) == ("2026-03-02T12:00:00+00:00", "2026-03-02T14:00:00+02:00")
    assert (row["recorder_from"], row["recorder_to"]) == ("2026-03-02 13:58", "2026-03-02 14:29")
    assert (row["overwritten_from_utc"], float(row["hours_left"])) == ("2026-03-05T12:00:00+00:00", 72.0)


def letter(case: Case, *told: requests.RequestLine, **options: bool) -> str:
    (owner,) = requests.by_owner(told)
    return request_papers.letter_html(case, owner, now=NOON, **options)


def test_a_letter_shows_hostile_words_as_they_were_typed_and_loads_nothing(store: Store, case: Case) -> None:
    text = letter(replace(case, number="<b>7</b>"), hostile_line(store, case))
    assert "<img" not in text
    assert "<b>" not in text
    assert html.escape(HOSTILE) in text
    assert "default-src 'none'" in text
    assert "src=" not in html.unescape(text).replace("<img src=x", "")


def test_a_letter_names_the_case_and_not_the_person_unless_asked_to(store: Store, case: Case) -> None:
    case = replace(case, subject=Subject("Aino Example"))
    line = hostile_line(store, case)
    assert "2026-001" in letter(case, line)
    assert "Aino" not in letter(case, line)
    assert "Aino Example" in letter(case, line, names_person=True)


def test_a_letter_leaves_the_legal_basis_to_be_filled_in_and_tells_both_clocks(store: Store, case: Case) -> None:
    text = letter(case, hostile_line(store, case, clock_checked="phone"))
    assert "Legal basis of this request:<i></i>" in text
    assert "02 Mar 2026, 14:00 to 14:30" in text
    assert "02 Mar 2026, 13:58 to 14:29" in text
    assert "clock 75 s behind, phone" in text
    assert "05 Mar 2026, 14:00" in text


def test_a_letter_asks_only_for_what_is_still_there(store: Store, case: Case) -> None:
    fresh = hostile_line(store, case)
    gone = replace(fresh, state=RequestState.EXPIRED, camera=replace(fresh.camera, name="Overwritten one"))
    assert "Overwritten one" not in letter(case, fresh, gone)


def test_minutes_across_midnight_carry_both_days() -> None:
    start = datetime(2026, 3, 2, 23, 50, tzinfo=UTC)
    assert request_papers.span_words(start, start + timedelta(minutes=20)) == "02 Mar 2026, 23:50 to 03 Mar 2026, 00:10"


@pytest.mark.parametrize(("text", "part"), [("../../etc", "etc"), ("", "unknown"), ("A B/ö", "A-B-ö"), ("=1", "1")])
def test_a_file_name_holds_no_path(text: str, part: str) -> None:
    assert request_papers.file_part(text) == part
