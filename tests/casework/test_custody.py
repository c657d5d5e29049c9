"""The signing key, checkpoints, and the regular checks of originals."""

import multiprocessing
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from casework import custody, record
from casework.record import Watching
from data.errors import Damaged, NotAllowed
from data.evidence_rows import file_checks
from data.models import utc_now
from data.store import Store, open_store
from tests.factories import a_camera, a_case, a_footage, a_photo
from tests.fakes import Anyone

HOURLY = timedelta(hours=1)


@pytest.fixture
def kept(store: Store) -> Store:
    film, photo = (store.files.put_bytes(content, what="x") for content in (b"film" * 1000, b"photo"))
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera())
        writing.add(a_footage(sha256=film))
        writing.add(a_photo(sha256=photo))
        writing.audit(at=utc_now(), by="Ann", action="case opened", case_id="case-1")
    return store


def check(store: Store, *, older_than: timedelta = HOURLY, speed: float = 1e12) -> list[str]:
    now = 0.0

    def wait(seconds: float) -> bool:
        nonlocal now
        now += seconds
        return True

    done = custody.check_originals(
        store, older_than=older_than, bytes_a_second=speed, most_s=100.0, wait=wait, clock=lambda: now
    )
    return [one.outcome for one in done]


def actions(store: Store) -> list[str]:
    return [entry.action for entry in store.audit_entries("case-1")]


def damage(store: Store, sha256: str, content: bytes | None) -> None:
    path = store.files.path(sha256)
    path.chmod(0o600)
    path.unlink() if content is None else path.write_bytes(content)


def test_a_signed_document_is_its_key_s_and_no_other_s(kept: Store) -> None:
    signed = custody.sign(kept, {"kind": "test", "what": "Žluťoučký 😀", "share": 0.1})
    assert custody.verify(signed)
    assert custody.verify(signed, public_key=custody.public_key(kept))
    assert not custody.verify(signed, public_key="ab" * 32)
    assert not custody.verify(signed | {"share": 0.2})
    assert not custody.verify(signed | {"more": 1})
    assert not custody.verify({})


def test_the_key_is_its_owner_s_alone_and_is_announced_once(kept: Store) -> None:
    for _ in range(2):
        custody.sign(kept, {"kind": "test"})
    path = kept.database.home / "keys" / "signing.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    made = [entry for entry in kept.audit_entries() if entry.action == "signing key made"]
    assert [entry.details for entry in made] == [{"public_key": custody.public_key(kept)}]


def _sign(home: Path, count: int) -> None:
    for _ in range(count):
        custody.public_key(open_store(home).guarded(Anyone()))


def test_processes_that_need_the_key_at_once_have_the_same(kept: Store) -> None:
    home = kept.database.home
    processes = [multiprocessing.get_context("spawn").Process(target=_sign, args=(home, 2)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len({str(entry.details) for entry in kept.audit_entries(action="signing key made")}) == 1
    assert [path.name for path in (home / "keys").iterdir()] == ["signing.pem"]


def test_a_broken_key_is_named(kept: Store) -> None:
    custody.public_key(kept)
    (kept.database.home / "keys" / "signing.pem").write_text("nonsense")
    with pytest.raises(Damaged, match=r"signing\.pem: is no signing key"):
        custody.public_key(kept)


def test_nobody_signs_without_a_guard(kept: Store) -> None:
    bare = Store(kept.database, kept.files)
    with pytest.raises(NotAllowed):
        custody.sign(bare, {})
    with pytest.raises(NotAllowed):
        custody.checkpoint(bare)


def test_a_checkpoint_is_made_when_something_was_added_and_the_last_is_old_enough(kept: Store) -> None:
    first = custody.checkpoint_when_due(kept, every=HOURLY)
    assert first is not None
    assert custody.checkpoint(kept) == first
    assert custody.checkpoint_when_due(kept, every=timedelta()) is None
    with kept.writing() as writing:
        writing.audit(at=utc_now(), by="Ann", action="acted", case_id="case-1")
    assert custody.checkpoint_when_due(kept, every=HOURLY) is None
    second = custody.checkpoint_when_due(kept, every=timedelta())
    assert second is not None
    assert (second["number"], second["sequence"]) == (2, first["sequence"] + 1)


def test_originals_are_read_again_the_longest_unread_first(kept: Store) -> None:
    assert check(kept) == ["sound", "sound"]
    assert check(kept) == []
    assert check(kept, older_than=timedelta()) == ["sound", "sound"]
    assert actions(kept) == ["case opened"], "what is as it should be needs no entry"


def test_no_more_is_read_than_may_be(kept: Store) -> None:
    assert check(kept, speed=0.01) == ["sound"], "one is enough for this round"


def test_damage_stands_in_the_record_once_and_so_does_its_end(kept: Store) -> None:
    (footage,) = kept.footages("case-1")
    content = kept.files.read(footage.sha256)
    damage(kept, footage.sha256, b"other")
    for _ in range(2):
        assert sorted(check(kept, older_than=timedelta())) == ["changed", "sound"]
    assert actions(kept) == ["case opened", "original changed"]
    damage(kept, footage.sha256, None)
    check(kept, older_than=timedelta())
    kept.files.put_bytes(content, what="x")
    check(kept, older_than=timedelta())
    assert actions(kept) == ["case opened", "original changed", "original missing", "original sound again"]


def test_what_no_case_has_any_more_is_no_longer_looked_for(kept: Store) -> None:
    check(kept)
    with kept.writing() as writing:
        writing.connection.exec_driver_sql("DELETE FROM photos")
    assert check(kept) == []
    assert set(file_checks(kept)) == {kept.footages("case-1")[0].sha256}


def test_a_round_of_the_web_door_signs_and_reads_and_can_be_stopped(kept: Store) -> None:
    signed, checked = record.look_after(kept, Watching(), wait=lambda _s: True)
    assert (signed, [one.outcome for one in checked]) == (True, ["sound", "sound"])
    assert record.look_after(kept, Watching(), wait=lambda _s: True) == (False, [])
    never = Watching(checkpoint_minutes=0, rehash_days=0)
    assert record.look_after(kept, never, wait=lambda _s: True) == (False, [])
    slow = Watching(rehash_days=1e-9, rehash_mb_s=1e-6)
    assert record.look_after(kept, slow, wait=lambda _s: False) == (False, [])


def test_the_record_page_s_checks_are_of_this_case_alone(kept: Store) -> None:
    originals = {original.kind: original for original in record.originals(kept, "case-1")}
    assert record.check_original(kept, "case-1", sha256=originals["photo"].sha256, by="Ann").outcome == "sound"
    with pytest.raises(LookupError):
        record.check_original(kept, "case-1", sha256="ab" * 32, by="Ann")
