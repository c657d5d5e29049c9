"""A purged case is gone: from rows, raw files of the database, folder of files, and the details of the record."""

import io
import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from casework import custody, governance, purging, review
from casework.footage import add_footage
from casework.kept import face_vectors
from data import database, schema
from data.audit_verify import verify
from data.database import Database
from data.errors import BadInput, Conflict, NotFound, NotReachable
from data.governance_rows import use_rows
from data.models import KeptTrack, MatchState, PhotoVectors, Subject, Upload, Verdict
from data.store import Store, open_store
from data.uploads import Partials
from tests.data.postgres import Server
from tests.factories import (
    NOON,
    a_camera,
    a_case,
    a_footage,
    a_job,
    a_match,
    a_photo,
    a_sighting,
    a_track,
)
from tests.fakes import Anyone

BACKENDS = ("sqlite", "postgresql")
NAME = "Plantéd Pérson Zorvlax"
WORDS = ("Zorvlax", "blue-parka-Qibberish", "Kiosk-Womblefrotz", "holiday-Snarkenbild.jpg", "gate-Trillibock.mp4")
PICTURE = b"\xff\xd8 planted picture " + bytes(range(256)) * 40
CLIP = b"planted film " + os.urandom(20_000)
SHARED = b"a file that two cases hold " + os.urandom(5_000)
VECTOR = np.arange(1, 129, dtype=np.float32)[None] / 977


def planted(store: Store, case_id: str = "case-1", number: str = "2026-001", *, words: bool = True) -> None:
    """A case with a bit of everything, each with something in it that can be searched for."""
    told = WORDS if words else ("plain",) * 5
    with store.writing() as writing:
        writing.add_case(
            a_case(id=case_id, number=number, subject=Subject(NAME if words else "Other", description=told[1]))
        )
        writing.put_camera(a_camera())
        writing.add(a_sighting(f"s-{case_id}", case_id=case_id, source=told[2]))
        writing.audit(at=NOON, by="Ann", action="case changed", case_id=case_id, name=told[0])
        upload_id = ("a" if words else "b") * 32
        writing.audit(at=NOON, by="Ann", action="file received", case_id=None, upload=upload_id, name=told[4])
    content = PICTURE if words else b"another picture"
    picture = store.files.put_bytes(content, what="crop")
    shared, preview = store.files.put_bytes(SHARED, what="shared"), store.files.put_bytes(content + b"2", what="p")
    clip = store.files.put_bytes(CLIP if words else b"another clip", what="clip")
    vectors = face_vectors("fake", VECTOR if words else np.zeros((1, 128), np.float32))
    track = a_track(f"t-{case_id}", scan_id=f"j-{case_id}", crop_sha256=picture, context_sha256=preview)
    of = {"case_id": case_id}
    with store.writing() as writing:
        writing.add(a_photo(f"p-{case_id}", sha256=shared, original_name=told[3], preview_sha256=preview, **of))
        writing.put_photo_vectors(PhotoVectors(f"p-{case_id}", vectors, {}, 0.4))
        writing.add(a_footage(f"f-{case_id}", sha256=clip, original_name=told[4], **of))
        writing.add(a_job(f"j-{case_id}", of_id=f"f-{case_id}", **of))
        result = {"tracks": [{"crop": picture, "context": None, "note": told[0]}], "coverage": {}}
        writing.put_segment(f"j-{case_id}", 0, result, 1.0)
        writing.put_track(track)
        writing.add_match(a_match(f"m-{case_id}", track=track, footage_id=f"f-{case_id}", **of))
        writing.put_match_vectors(f"m-{case_id}", vectors)
        writing.put_kept_track(KeptTrack(f"j-{case_id}", 0, 0, case_id, f"f-{case_id}", True, vectors))
        writing.add(Upload(upload_id, told[4], 5, "footage", NOON, case_id=case_id))
    partials = Partials(store.database.home / "uploads")
    partials.create(upload_id)
    partials.path(upload_id).write_bytes(PICTURE if words else b"other")
    review.decide(store, f"m-{case_id}", verdict=Verdict.CONFIRM, by="Ann", note=told[1])


def needles() -> list[bytes]:
    return [word.encode() for word in WORDS] + [PICTURE[:60], CLIP[:60], VECTOR.tobytes()[:64]]


def found_on_disk(home: Path) -> list[tuple[str, bytes]]:
    """Which planted bytes lie in which file below the home folder."""
    files = [path for path in sorted(home.rglob("*")) if path.is_file()]
    return [(path.name, needle) for path in files for needle in needles() if needle in path.read_bytes()]


def found_in_rows(store: Store) -> list[str]:
    """Which planted words any column of any table holds."""
    hits = []
    with store.database.reading() as connection:
        for table in schema.metadata.sorted_tables:
            told = str(connection.execute(sa.select(table)).all())
            hits += [f"{table.name}: {word}" for word in WORDS if word in told]
            hits += [f"{table.name}: vector"] * (repr(VECTOR.tobytes())[2:60] in told)
    return hits


def test_nothing_planted_is_left_in_the_tables_files_of_a_server(
    postgres_server: Server, postgres_store_url: str, tmp_path: Path
) -> None:
    """Its write-ahead log is another matter, and the certificate says so."""
    store = open_store(tmp_path / "home", database_url=postgres_store_url).guarded(Anyone())
    tables = postgres_server.folder / "data" / "base"
    planted(store)
    store.database.scrub(["cases"])  # ends in a checkpoint: what was planted is on the disk
    assert WORDS[0].encode() in b"".join(path.read_bytes() for path in tables.rglob("*") if path.is_file())
    document = purge(store).document
    assert document is not None
    assert any("write-ahead log" in words for words in document["not_covered"])
    left = [(path, word) for path in tables.rglob("*") if path.is_file() for word in needles() if word in _bytes(path)]
    assert left == []
    store.close()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # the server unlinks what it has rewritten
        return b""


def purge(store: Store, case_id: str = "case-1", number: str = "2026-001") -> purging.Certificate:
    return purging.purge_case(store, case_id, typed_number=number, reason="the period has ended", by="Sue")


def test_nothing_planted_is_left_in_rows_database_files_or_folder(store: Store) -> None:
    planted(store)
    planted(store, "case-2", "2026-002", words=False)
    assert len(found_in_rows(store)) > 8
    before = {needle for _, needle in found_on_disk(store.database.home)}
    assert before >= set(needles()[-3:-1])
    if store.database.is_sqlite:
        assert before == set(needles())

    certificate = purge(store)

    assert found_in_rows(store) == []
    assert found_on_disk(store.database.home) == []
    with pytest.raises(NotFound):
        store.case("case-1")
    assert store.match("m-case-2").state is MatchState.HALF_CONFIRMED
    assert store.files.read(store.photo("p-case-2").sha256) == SHARED
    document = certificate.document
    assert document is not None
    assert custody.verify(document)
    assert document["rows_destroyed"]["matches"] == document["rows_destroyed"]["cases"] == 1
    assert len(document["files_destroyed"]) == 3
    assert document["files_kept_for_other_cases"] == [store.photo("p-case-2").sha256]
    assert not any(word in str(document) for word in (*WORDS, "Ann", "Sue", "2026-001"))


def test_the_record_still_verifies_and_names_the_certificate(store: Store) -> None:
    planted(store)
    certificate = purge(store)
    entries = store.audit_entries("case-1")
    assert {e.details["certificate"] for e in entries} == {certificate.id}
    assert [(e.by, e.action) for e in entries[-2:]] == [("Sue", "details destroyed"), ("Sue", "case destroyed")]
    with store.database.reading() as connection:
        assert verify(connection).wrong == []
    assert use_rows(store, "case-1"), "the log of uses outlives the case"


@pytest.mark.parametrize("dies_at", ["files", "scrub"])
def test_a_purge_that_is_cut_off_shows_nothing_more_and_is_finished_later(
    store: Store, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    planted(store)

    def dies(*_: object) -> None:
        raise NotReachable("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(type(store.files), "remove", dies) if dies_at == "files" else patched.setattr(
            Database, "scrub", dies
        )
        assert purge(store).document is None
    assert found_in_rows(store) == []
    (begun,) = purging.certificates(store)
    assert begun.document is None

    (finished,) = purging.finish_purges(store)

    assert finished.id == begun.id
    assert found_on_disk(store.database.home) == []
    assert purging.finish_purges(store) == []
    assert custody.verify(finished.document or {})


def test_a_purge_waits_for_who_still_reads_and_loses_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    if not store.database.is_sqlite:
        pytest.skip("PostgreSQL's VACUUM FULL waits for readers by itself")
    planted(store)
    with store.database.reading() as reader:
        reader.execute(sa.select(schema.cases)).all()
        monkeypatch.setattr(database, "SCRUB_WAIT_MS", 100)
        assert purge(store).document is None
        with pytest.raises(NotReachable, match="nothing is lost"):
            purging.finish_purges(store)
    assert len(purging.finish_purges(store)) == 1
    assert found_on_disk(store.database.home) == []


def test_the_number_must_be_typed_and_a_reason_said_and_no_hold_be_there(store: Store) -> None:
    planted(store)
    with pytest.raises(BadInput, match="case number"):
        purge(store, number="2026-002")
    with pytest.raises(BadInput, match="reason"):
        purging.purge_case(store, "case-1", typed_number="2026-001", reason=" ", by="Sue")
    governance.set_legal_hold(store, "case-1", reason="court order 5/26", by="Sue")
    with pytest.raises(Conflict, match="legal hold: court order 5/26"):
        purge(store)
    assert store.case("case-1").subject.name == NAME
    governance.lift_legal_hold(store, "case-1", reason="court order 9/26", by="Sue")
    purge(store)


def test_one_footage_goes_alone_with_what_was_found_in_it(store: Store) -> None:
    planted(store)
    purging.destroy_footage(store, "f-case-1", reason="its owner wants it back", by="Sue")
    assert store.footages("case-1") == store.matches("case-1") == store.jobs(case_id="case-1") == []
    assert store.case("case-1").subject.name == NAME
    left = {needle for _, needle in found_on_disk(store.database.home)}
    assert not left & {CLIP[:60]}
    assert [photo.id for photo in store.photos("case-1")] == ["p-case-1"]


def test_one_photo_goes_alone(store: Store) -> None:
    planted(store)
    purging.destroy_photo(store, "p-case-1", reason="the family wants it back", by="Sue")
    assert store.photos("case-1") == []
    assert store.photo_vectors(["p-case-1"], engine="fake") == {}
    assert store.match("m-case-1").state is MatchState.HALF_CONFIRMED
    assert WORDS[3] not in "".join(found_in_rows(store))


def dies_destroying(home: Path) -> None:
    """A process that purges and is killed while it deletes the second file."""
    store = open_store(home).guarded(Anyone())
    remove, removed = store.files.remove, []

    def dying(sha256: str) -> int | None:
        if removed:
            os.kill(os.getpid(), signal.SIGKILL)
        removed.append(sha256)
        return remove(sha256)

    store.files.remove = dying  # type: ignore[method-assign]
    purge(store)


def test_a_purge_that_is_killed_is_finished_by_the_next_process(tmp_path: Path) -> None:
    store = open_store(tmp_path / "home").guarded(Anyone())
    planted(store)
    store.close()
    killed = multiprocessing.get_context("spawn").Process(target=dies_destroying, args=(tmp_path / "home",))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    store = open_store(tmp_path / "home").guarded(Anyone())
    assert found_in_rows(store) == []
    assert found_on_disk(tmp_path / "home") != []
    (finished,) = purging.finish_purges(store)
    assert found_on_disk(tmp_path / "home") == []
    assert custody.verify(finished.document or {})
    store.close()


def test_a_file_that_is_being_added_while_its_twin_is_destroyed_is_added_or_refused_never_lost(store: Store) -> None:
    planted(store)
    planted(store, "case-2", "2026-002", words=False)
    purge(store)
    again = store.database.home / "again.mp4"
    again.write_bytes(CLIP)
    with again.open("rb") as stream:
        footage = add_footage(
            store, "case-2", camera_id="cam-1", stream=stream, original_name="again.mp4", size_bytes=len(CLIP),
            started_at=NOON, clock_offset_s=0.0, by="Ann",
        )  # fmt: skip
    assert store.files.has(footage.sha256)


def test_a_file_that_was_destroyed_between_its_arrival_and_its_row_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(store)
    planted(store, "case-2", "2026-002", words=False)
    put = store.files.put

    def meanwhile(*given: object, **named: object) -> tuple[str, int]:
        kept = put(*given, **named)  # type: ignore[arg-type]
        purge(store)
        return kept

    monkeypatch.setattr(store.files, "put", meanwhile)
    with pytest.raises(Conflict, match="destroyed with another case at this moment; add it once more"):
        add_footage(
            store, "case-2", camera_id="cam-1", stream=io.BytesIO(CLIP), original_name="again.mp4",
            size_bytes=len(CLIP), started_at=NOON, clock_offset_s=0.0, by="Ann",
        )  # fmt: skip
    assert [footage.id for footage in store.footages("case-2")] == ["f-case-2"]
