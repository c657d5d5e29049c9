"""The record's chain: what is written verifies, on both databases; what is changed does not."""

import json
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from casework import custody
from data import audit_chain, audit_json, purge_rows
from data.audit_reading import opened_record, record_text, verify_file
from data.audit_verify import Verified, verify
from data.backup import back_up
from data.errors import BadInput, LastSeenError
from data.models import utc_now
from data.restore import restore
from data.store import Store, open_store
from tests.data.tampers import tampers
from tests.factories import NOON, a_case
from tests.fakes import Anyone

BACKENDS = ("sqlite", "postgresql")


def enter(store: Store, count: int = 1, *, case_id: str | None = None, **details: Any) -> None:
    for number in range(count):
        with store.writing() as writing:
            writing.audit(at=utc_now(), by="Ann", action="acted", case_id=case_id, number=number, **details)


def verified(store: Store, **given: Any) -> Verified:
    with store.database.reading() as connection:
        return verify(connection, **given)


def test_what_was_written_verifies(store: Store, backend: str) -> None:
    assert verified(store).is_sound
    enter(store, 3, share=1 / 3, big=2**60, half="\ud800", text="Žluťoučký \x00 \u2028 😀", nested={"é": [None, True]})
    with store.writing() as writing:  # several in one transaction
        for _ in range(3):
            writing.audit(at=utc_now(), by="Ben", action="acted", case_id=None)
    found = verified(store)
    assert found.wrong == []
    assert found.entries == 6
    entries = store.audit_entries()
    assert [entry.sequence for entry in entries] == list(range(1, 7))
    assert entries[0].prev_hash == audit_chain.NOTHING
    assert len({entry.salt for entry in entries}) == 6


def test_many_writers_at_once_make_one_chain(store: Store, tmp_path: Path, database_url: str) -> None:
    others = [open_store(tmp_path / "home", database_url=database_url) for _ in range(3)]
    threads = [threading.Thread(target=enter, args=(one, 20)) for one in (store, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = verified(store)
    assert (found.wrong, found.entries) == ([], 80)
    for other in others:
        other.close()


def test_what_was_not_committed_leaves_no_gap(store: Store) -> None:
    enter(store)
    with suppress(RuntimeError), store.writing() as writing:
        writing.audit(at=utc_now(), by="Ann", action="acted", case_id=None)
        raise RuntimeError
    enter(store)
    assert [entry.sequence for entry in store.audit_entries()] == [1, 2]
    assert verified(store).is_sound


def test_a_head_tells_of_a_tail_cut_off_and_of_another_log(store: Store, tmp_path: Path) -> None:
    enter(store, 5)
    head = custody.checkpoint(store)
    key = [head["key"]]
    enter(store, 2)
    found = verified(store, head=head, public_keys=key)
    assert (found.wrong, found.signed_up_to, found.entries) == ([], 6, 8)
    with store.writing() as writing:
        writing.connection.execute(sa.text("DELETE FROM audit WHERE sequence > 3"))
        writing.connection.execute(sa.text("DELETE FROM checkpoints"))
    assert "cut" in {wrong.kind for wrong in verified(store, head=head, public_keys=key).wrong}
    with open_store_for(tmp_path / "another") as other:
        enter(other, 8)
        custody.checkpoint(other)
        assert verified(other).is_sound
        kinds = {wrong.kind for wrong in verified(other, head=head, public_keys=key).wrong}
        assert {"rewritten", "swapped"} <= kinds


class open_store_for:  # noqa: N801  reads as what it does
    def __init__(self, home: Path) -> None:
        self.store = open_store(home).guarded(Anyone())

    def __enter__(self) -> Store:
        return self.store

    def __exit__(self, *_: object) -> None:
        self.store.close()


def test_a_clock_that_went_back_is_said_in_the_entry_itself(store: Store) -> None:
    enter(store)
    with store.writing() as writing:
        writing.audit(at=utc_now() - timedelta(days=2), by="Ann", action="acted", case_id=None)
    found = verified(store)
    assert found.is_sound
    assert "clock" in found.notes[0]
    assert float(str(store.audit_entries()[-1].details["clock_went_back_s"])) > 172_000


def test_destroyed_details_are_gone_and_the_chain_still_holds(store: Store) -> None:
    enter(store, 2, case_id="case-1", secret="a secret word")
    enter(store, 1, case_id="case-2", other="stays")
    with store.writing() as writing:
        mine = audit_chain.sequences_of(writing.connection, "case-1")
        done = audit_chain.destroy_details(
            writing.connection, mine, certificate="c-7", case_id="case-1", by="Ann", at=utc_now()
        )
    assert done == 2
    assert [wrong.kind for wrong in verified(store).wrong] == ["edited"], "nobody signed certificate c-7"
    certified(store, "c-7", entries=2)
    found = verified(store)
    assert (found.wrong, found.destroyed) == ([], 2)
    with store.database.reading() as connection:
        assert "secret word" not in "".join(str(row) for row in connection.execute(sa.text("SELECT * FROM audit")))
    assert store.audit_entries("case-1")[0].details == {"certificate": "c-7"}
    assert store.audit_entries("case-1")[-1].details == {"certificate": "c-7", "sequences": [[1, 2]]}
    with store.writing() as writing:  # nobody destroys without saying so
        writing.connection.execute(
            sa.text('UPDATE audit SET salt = NULL, details = \'{"certificate": "c-7"}\' WHERE sequence = 3')
        )
    assert [wrong.sequence for wrong in verified(store).wrong] == [3, None]


def certified(store: Store, id: str, *, entries: int) -> None:
    """A certificate as a purge signs it."""
    document = custody.sign(store, {"certificate": id, "record_entries_blanked": entries})
    with store.writing() as writing:
        purge_rows.add_certificate(writing, id, case_id="case-1", begun_at=utc_now(), by="Ann", plan={})
        purge_rows.finish_certificate(writing, id, done_at=utc_now(), document=document)


def test_details_taken_out_under_an_invented_certificate_or_beyond_a_true_one_are_found(store: Store) -> None:
    """Whoever can only write rows names a certificate, and has the next checkpoint sign that."""
    enter(store, 4, case_id="case-1")
    certified(store, "c-7", entries=1)
    for certificate, sequence in (("c-7", 1), ("c-7", 2), ("invented", 3)):
        with store.writing() as writing:
            audit_chain.destroy_details(
                writing.connection, [sequence], certificate=certificate, case_id=None, by="Eve", at=utc_now()
            )
    custody.checkpoint(store)
    told = [wrong.what for wrong in verified(store).wrong]
    assert ["certificate c-7 speaks of 1" in told[0], "invented" in told[1], len(told)] == [True, True, 2]
    with store.writing() as writing:
        writing.connection.execute(sa.text("UPDATE certificates SET done_at = NULL"))
    assert any("not finished" in note for note in verified(store).notes)
    with store.writing() as writing:
        writing.connection.execute(sa.text("UPDATE certificates SET document = '{}', done_at = begun_at"))
    assert "certificate" in [wrong.kind for wrong in verified(store).wrong]


def test_entries_from_before_the_chain_are_chained_and_said_to_be_so(tmp_path: Path) -> None:
    from tests.data.test_store import _store_of_revision

    old = _store_of_revision(tmp_path, "0003")
    with old.begin() as connection:
        connection.execute(sa.text(
            "INSERT INTO audit (at, \"by\", action, case_id, details) VALUES "
            "('2026-03-02 12:00:00.000000', 'Ann', 'later', NULL, '{\"a\": 1.5}'), "
            "('2026-03-01 12:00:00.000000', 'Ann', 'earlier', NULL, '{\"b\": [\"\\u00e9\"]}')"
        ))  # fmt: skip
    old.dispose()
    with open_store_for(tmp_path) as store:
        found = verified(store)
        assert found.wrong == []
        assert [entry.action for entry in store.audit_entries()] == ["later", "earlier", "record chained"]
        assert store.audit_entries()[-1].details["entries_before"] == 2
        assert "before the record was chained" in found.notes[0]


def test_a_backup_brings_back_the_chain_and_its_signatures_but_no_key(store: Store, tmp_path: Path) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())
    enter(store, 3, share=0.1, case_id="case-1")
    head = custody.checkpoint(store)
    home = store.database.home
    back_up(store, home, tmp_path / "backup")
    key = (home / "keys" / "signing.pem").read_bytes()
    assert all(key[30:80] not in path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    restore(tmp_path / "backup", tmp_path / "again")
    with open_store_for(tmp_path / "again") as restored:
        assert verified(restored, head=head, public_keys=[head["key"]]).is_sound
        fresh = custody.checkpoint(restored)
        assert fresh["key"] != head["key"]
        assert verified(restored, head=head).is_sound
        assert restored.audit_entries()[-1].action == "signing key made"


def test_a_record_that_was_exported_verifies_by_itself(store: Store, tmp_path: Path, database_url: str) -> None:
    enter(store, 5, share=1e-7)
    head = custody.checkpoint(store)
    path = tmp_path / "record.jsonl"
    with opened_record(store.database.home, database_url) as connection:
        path.write_text("".join(record_text(connection)))
    assert verify_file(path, head=head, public_keys=[head["key"]]).is_sound
    path.write_text(path.read_text().replace("1e-07", "2e-07", 1))
    assert [wrong.kind for wrong in verify_file(path).wrong] == ["edited"]
    path.write_text("no record\n")
    with pytest.raises(BadInput, match="is no record"):
        verify_file(path)


def test_a_store_of_another_version_is_not_judged(tmp_path: Path) -> None:
    from tests.data.test_store import _store_of_revision

    _store_of_revision(tmp_path, "0003").dispose()
    with pytest.raises(LastSeenError, match="another version"), opened_record(tmp_path):
        pass


WORDS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
    )


@given(nested(st.none() | st.booleans() | NUMBERS | WORDS))
def test_the_verifier_writes_canonical_json_as_rfc8785_does(value: Any) -> None:
    assert audit_json.canonical(value) == rfc8785.dumps(value)


@given(nested(st.text() | st.integers() | NUMBERS))
def test_writer_and_verifier_hash_alike_whatever_json_can_hold(value: Any) -> None:
    assert audit_json.canonical(json.loads(json.dumps(value))) == audit_chain.canonical(value)


def test_tampers_of_every_kind_are_found(tmp_path: Path) -> None:
    done, missed = tampers().run(150, 7, tmp_path)
    assert missed == []
    assert len(done) == 12


def test_a_time_is_told_the_same_by_both() -> None:
    assert audit_chain.told(NOON) == "2026-03-02T12:00:00.000000Z"
