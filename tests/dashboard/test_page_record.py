"""The Record page: the log in plain words, the state of the chain and of the originals, and exports."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework import custody, exporting
from data.models import Subject, utc_now
from data.store import Store, open_store
from tests.casework.exported import A_CASE, a_kept_case
from tests.dashboard.test_pages import home, page, press, words  # noqa: F401
from tests.factories import a_case
from tests.fakes import Anyone


@pytest.fixture
def kept(home: Path, tmp_path: Path) -> Iterator[Store]:  # noqa: F811
    store = open_store(home).guarded(Anyone())
    yield a_kept_case(store, tmp_path)
    store.close()


def test_the_log_tells_in_plain_words_who_did_what(kept: Store) -> None:
    opened = page("record", case=A_CASE)
    shown = opened.dataframe[-1].value
    assert list(shown["did"])[-1] == "footage added"
    assert list(shown["what exactly"])[-1] == "footage: f-1, name: clip.mp4"
    next(f for f in opened.text_input if f.label.startswith("Only where")).set_value("CLIP.mp4").run()
    assert f"1 of {len(shown)} entries" in words(opened)


def test_a_whole_record_is_said_to_be_so_and_a_changed_one_is_not(kept: Store) -> None:
    opened = press(page("record", case=A_CASE), "Verify the whole record")
    assert "nothing was changed" in words(opened)
    with kept.writing() as writing:
        writing.connection.execute(sa.text("UPDATE audit SET action = 'nothing' WHERE sequence = 1"))
    opened = press(page("record", case=A_CASE), "Verify the whole record")
    assert any("entry 1" in error.value for error in opened.error)


def test_a_signed_head_can_be_taken_along(kept: Store) -> None:
    opened = press(page("record", case=A_CASE), "Sign it now, to keep elsewhere")
    assert not opened.error
    assert kept.audit_entries(A_CASE)[-1].action == "head of the record exported"
    assert "Keep it on another machine" in words(opened)


def test_a_damaged_original_stands_at_the_top_of_its_list(kept: Store) -> None:
    (footage,) = kept.footages(A_CASE)
    path = kept.files.path(footage.sha256)
    path.chmod(0o600)
    path.write_bytes(b"something else")
    opened = press(page("record", case=A_CASE), "Read and hash")
    assert any("clip.mp4 is changed" in error.value.replace("\\", "") for error in opened.error)
    actions = [entry.action for entry in kept.audit_entries(A_CASE)]
    assert actions[-2:] == ["original changed", "original checked"]


def test_a_child_is_not_exported_before_a_release(kept: Store) -> None:
    with kept.writing() as writing:
        writing.change_case(a_case(subject=Subject("Aino", utc_now().date())))
    opened = page("record", case=A_CASE)
    assert "under 18" in words(opened)
    assert "Export the case" not in [button.label for button in opened.button]


WRITES = """
import sys, zipfile
arguments = sys.argv[1:]
with zipfile.ZipFile(arguments[arguments.index("--out") + 1], "w") as out:
    out.writestr("x", "y")
"""
FAILS = "import sys; sys.exit('the disk is full')"


def wait_for(kept: Store) -> exporting.Asked:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        (asked,) = exporting.exports(kept, A_CASE)
        if asked.is_done or asked.error:
            return asked
        time.sleep(0.05)
    raise AssertionError("it never ended")


def test_an_export_is_made_beside_the_page_and_offered_for_download(kept: Store) -> None:
    exporting.ask_export(kept, A_CASE, is_redacted=False, by="Ann", command=[sys.executable, "-c", WRITES])
    asked = wait_for(kept)
    assert asked.is_done
    opened = page("record", case=A_CASE)
    assert f"/api/exports/{asked.id}" in "".join(str(html.proto.body) for html in opened.get("html"))
    press(opened, "Remove")
    assert exporting.exports(kept, A_CASE) == []
    assert not list((kept.database.home / "exports").iterdir())


def test_an_export_that_failed_says_why(kept: Store) -> None:
    exporting.ask_export(kept, A_CASE, is_redacted=False, by="Ann", command=[sys.executable, "-c", FAILS])
    assert wait_for(kept).error == "the disk is full"
    assert any("the disk is full" in error.value for error in page("record", case=A_CASE).error)


def test_old_exports_and_those_of_a_destroyed_case_are_removed(kept: Store) -> None:
    exporting.ask_export(kept, A_CASE, is_redacted=False, by="Ann", command=[sys.executable, "-c", WRITES])
    wait_for(kept)
    assert exporting.remove_old_exports(kept) == 0
    assert exporting.remove_old_exports(kept, now=utc_now() + exporting.KEPT * 2) == 1
    exporting.ask_export(kept, A_CASE, is_redacted=False, by="Ann", command=[sys.executable, "-c", WRITES])
    wait_for(kept)
    assert exporting.remove_exports_of(kept.database.home, A_CASE) == 1
    assert not list((kept.database.home / "exports").iterdir())


def test_the_head_that_is_offered_is_one_that_verifies(kept: Store) -> None:
    head = custody.checkpoint(kept)
    assert custody.verify(json.loads(json.dumps(head)))
