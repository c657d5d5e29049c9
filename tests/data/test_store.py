import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import schema
from data.errors import BadInput, Conflict, NotFound
from data.models import (
    Area,
    Coverage,
    FaceVectors,
    Job,
    JobState,
    KeptTrack,
    MatchState,
    Photo,
    PhotoVectors,
    Review,
    Verdict,
)
from data.rows import case_row, to_row
from data.store import Store, open_store
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_photo, a_sighting, a_track

BACKENDS = ("sqlite", "postgresql")


def test_what_was_kept_comes_back_as_it_was(store: Store) -> None:
    camera = a_camera(headings_deg=(10.0, 350.0), fov_deg=90.0, retention_days=7, is_indoor=False, owner="Åbo & sons")
    coverage = Coverage(100, 99, 1, 98, 50, 3, ((1.0, 2.5),))
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(camera)
        writing.add(a_photo())
        writing.add(a_sighting())
        writing.add(a_footage())
        writing.add(a_job(coverage=coverage))
        writing.put_track(a_track())
        writing.add_match(a_match())
    assert store.case("case-1") == a_case()
    assert store.cameras() == [camera]
    assert store.photos("case-1") == [a_photo()]
    assert store.sightings("case-1") == [a_sighting()]
    assert store.footages("case-1") == [a_footage()]
    assert store.job("j-1") == a_job(coverage=coverage)
    assert store.match("m-1") == a_match()


def test_times_come_back_aware_and_in_utc_from_any_zone(store: Store) -> None:
    tokyo = timezone(timedelta(hours=9))
    with store.writing() as writing:
        writing.add_case(a_case(created_at=datetime(2026, 3, 2, 21, 0, 0, 123456, tzinfo=tokyo)))
    kept = store.case("case-1").created_at
    assert kept == datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
    assert kept.utcoffset() == timedelta(0)


def test_a_time_without_zone_is_refused_rather_than_guessed(store: Store) -> None:
    with pytest.raises(sa.exc.StatementError, match="no time zone"), store.writing() as writing:
        writing.add_case(a_case(created_at=datetime(2026, 3, 2)))  # noqa: DTZ001


def test_a_write_that_fails_half_way_keeps_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing() as writing:  # noqa: PT012
        writing.add_case(a_case())
        raise RuntimeError
    assert store.cases() == []


def test_an_unknown_id_is_said_to_be_unknown(store: Store) -> None:
    with pytest.raises(NotFound, match="case nobody"):
        store.case("nobody")
    with pytest.raises(NotFound), store.writing() as writing:
        writing.change(Photo, "nobody", problem="x")


def test_a_case_number_is_taken_once(store: Store) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())
    with pytest.raises(Conflict, match="2026-001"), store.writing() as writing:
        writing.add_case(a_case(id="case-2"))


def test_two_reviews_in_the_same_place_end_in_a_conflict(store_with_match: Store) -> None:
    first = Review("r-1", "m-1", Verdict.CONFIRM, "Ann", "", NOON)
    second = Review("r-2", "m-1", Verdict.REJECT, "Ben", "", NOON)
    with store_with_match.writing() as writing:
        writing.add_review(first, sequence=1)
    with pytest.raises(Conflict), store_with_match.writing() as writing:
        writing.add_review(second, sequence=1)
    assert store_with_match.reviews("m-1") == [first]


def test_the_result_of_a_segment_is_kept_once(store_with_match: Store) -> None:
    for _ in range(2):
        with store_with_match.writing() as writing:
            writing.put_segment("j-1", 0, {"tracks": []}, 60.0)
    assert store_with_match.segments("j-1") == [(0, {"tracks": []}, 60.0)]


def test_matches_are_listed_most_alike_first_and_by_state(store_with_match: Store) -> None:
    with store_with_match.writing() as writing:
        writing.put_track(a_track("t-2", similarity=0.9))
        writing.add_match(a_match("m-2", track=a_track("t-2", similarity=0.9), state=MatchState.REJECTED))
    assert [m.id for m in store_with_match.matches("case-1")] == ["m-2", "m-1"]
    assert [m.id for m in store_with_match.matches("case-1", states=(MatchState.TO_REVIEW,))] == ["m-1"]


def test_withdrawn_sightings_and_removed_photos_are_not_listed(store: Store) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_sighting(withdrawn_at=NOON))
        writing.add(a_photo(removed_at=NOON))
    assert store.sightings("case-1") == []
    assert store.photos("case-1") == []


def test_a_drawn_area_is_replaced_by_the_next(store: Store) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.put_area(Area("case-1", ({"type": "Feature"},)))
        writing.put_area(Area("case-1", ()))
    assert store.area("case-1") == Area("case-1", ())


def test_open_jobs_are_those_not_yet_ended(store: Store) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())
        for state in JobState:
            writing.add(a_job(f"j-{state.value}", state=state))
    assert {job.state for job in store.jobs(open_only=True)} == {JobState.QUEUED, JobState.RUNNING}


def test_sqlite_is_opened_so_that_a_power_cut_loses_nothing_acknowledged(tmp_path: Path) -> None:
    with open_store(tmp_path).engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_the_migrations_build_exactly_the_tables_of_the_schema(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def _open_and_add(home: Path, database_url: str, number: int) -> None:
    store = open_store(home, database_url=database_url)
    for index in range(10):
        with store.writing() as writing:
            writing.audit(at=NOON, by=f"p{number}", action=f"{index}", case_id=None)


def test_processes_that_open_a_new_store_at_once_all_succeed_and_lose_no_entry(
    tmp_path: Path, database_url: str
) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open_and_add, args=(tmp_path / "home", database_url, n)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [p.exitcode for p in processes] == [0, 0, 0]
    store = open_store(tmp_path / "home", database_url=database_url)
    assert len(store.audit_entries()) == 30
    store.close()


def test_a_job_changes_as_a_whole_or_not_at_all(store: Store) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_job())
        writing.change(Job, "j-1", state=JobState.DONE, coverage=Coverage(5))
    assert store.job("j-1").coverage == Coverage(5)


def test_a_store_of_the_first_schema_is_brought_up_to_date_with_what_it_holds(tmp_path: Path) -> None:
    at_first = _store_of_revision(tmp_path, "0001")
    with at_first.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
    assert "match_vectors" not in tables
    first = a_case(
        legal_basis="", authority_reference="", purpose="", owner="", expires_at=None, search_from=None
    )  # fmt: skip
    with at_first.begin() as connection:
        for table, row in (("cases", case_row(first)), ("photos", to_row(a_photo())), ("jobs", to_row(a_job()))):
            known = {column["name"] for column in sa.inspect(connection).get_columns(table)}
            kept = {c.name: c.type for c in schema.metadata.tables[table].c if c.name in known}
            old = sa.table(table, *(sa.column(name, type_) for name, type_ in kept.items()))
            connection.execute(sa.insert(old).values({name: row[name] for name in kept}))
    at_first.dispose()
    store = open_store(tmp_path)
    assert store.case("case-1") == first
    assert store.photos("case-1") == [a_photo()]
    assert store.job("j-1") == a_job()
    with store.writing() as writing:
        writing.add(a_camera())
        writing.add(a_footage())
        writing.put_track(a_track())
        writing.add_match(a_match())
    assert store.match("m-1") == a_match()
    store.close()


def test_the_second_schema_can_be_taken_back(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    engine = _store_of_revision(tmp_path, "0001")
    with engine.connect() as connection:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("matches")}
    assert not columns & {"like_match_id", "group_id"}
    engine.dispose()
    open_store(tmp_path).close()


def _store_of_revision(home: Path, revision: str) -> sa.Engine:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    engine = sa.create_engine(f"sqlite:///{home / 'store.sqlite'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        is_newer = sa.inspect(connection).has_table("match_vectors")
        (command.downgrade if is_newer else command.upgrade)(config, revision)
    return engine


def test_vectors_come_back_as_they_were(store_with_match: Store) -> None:
    store = store_with_match
    vectors = FaceVectors("fake", 3, bytes(range(24)), (30.0, 40.5), (0.5, 0.25))
    piece = KeptTrack("j-1", 0, 7, "case-1", "f-1", False, vectors)
    of_photo = PhotoVectors("p-1", FaceVectors("fake", 3, bytes(12), (), (0.9,)), {"p-2": 0.5}, 0.4)
    with store.writing() as writing:
        writing.add(a_photo())
        for _ in range(2):  # the second of the same replaces the first
            writing.put_kept_track(piece)
            writing.put_match_vectors("m-1", vectors)
            writing.put_photo_vectors(of_photo)
    assert store.kept_tracks("j-1") == [piece]
    assert store.kept_tracks("j-1", candidates_only=True) == []
    assert store.match_vectors("case-1", engine="fake") == {"m-1": vectors}
    assert store.match_vectors("case-1", engine="another") == {}
    assert store.photo_vectors(["p-1", "p-2"], engine="fake") == {"p-1": of_photo}
    assert store.kept_track_count("case-1") == 1


def test_cameras_stand_in_the_same_order_in_every_database(store: Store) -> None:
    ids = ["B", "a", "Ä", "z", "_", "10", "9", "é"]
    with store.writing() as writing:
        writing.add_cameras([a_camera(id) for id in ids])
    assert [camera.id for camera in store.cameras()] == sorted(ids)


@pytest.mark.parametrize("text", ["a\x00b", "half a pair \udcff"])
def test_text_that_a_database_cannot_keep_is_refused_in_words(store: Store, text: str) -> None:
    with pytest.raises(BadInput, match="holds a"), store.writing() as writing:
        writing.add(a_camera(name=text))
    with pytest.raises(BadInput, match="holds a"), store.writing() as writing:
        writing.add_cameras([a_camera("cam-1"), a_camera("cam-2", name=text)])
    assert store.cameras() == []
    with pytest.raises(NotFound):
        store.case(text)


def test_what_json_holds_comes_back_whatever_it_is(store: Store) -> None:
    details = {
        "nothing": None,
        "nul": "a\x00b",
        "half": "\udcff",
        "far": "😀",
        "many": list(range(3)),
        "deep": {"a": [None]},
    }
    with store.writing() as writing:
        writing.audit(at=NOON, by="Ann", action="x", case_id=None, **details)
    assert store.audit_entries()[0].details == details


def test_a_number_that_is_none_is_kept_in_no_json(store: Store) -> None:
    with pytest.raises((sa.exc.StatementError, ValueError), match="not JSON compliant"), store.writing() as writing:
        writing.audit(at=NOON, by="Ann", action="x", case_id=None, similarity=float("nan"))
    assert store.audit_entries() == []


def test_many_megabytes_of_vectors_come_back_as_they_were(store_with_match: Store) -> None:
    vectors = FaceVectors("fake", 512, bytes(range(256)) * (16 << 12), (), ())
    with store_with_match.writing() as writing:
        writing.put_match_vectors("m-1", vectors)
    assert store_with_match.match_vectors("case-1", engine="fake")["m-1"].data == vectors.data


@pytest.mark.parametrize(
    "at", [datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
)
def test_the_calendars_ends_come_back(store: Store, at: datetime) -> None:
    with store.writing() as writing:
        writing.add_case(a_case(created_at=at))
    assert store.case("case-1").created_at == at


def test_what_is_read_while_writing_stays_true_until_the_end(store: Store) -> None:
    def add_one(_: int) -> None:
        for _ in range(5):
            with store.writing() as writing:
                count = len(store.audit_entries())
                writing.audit(at=NOON, by="Ann", action=str(count), case_id=None)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(add_one, range(20)))
    assert [entry.action for entry in store.audit_entries()] == [str(n) for n in range(100)]
