"""A folder on the server from which footage is taken in by itself."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from casework import uploads
from casework.inbox import look
from casework.uploads import Desk, desk_at
from data.errors import BadInput, NotFound
from data.store import Store
from data.uploads import Partials

CLIP = b"not really a film"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return desk_at(store, tmp_path / "home", max_upload_mb=1, max_uploads=5, free_bytes=0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in ("done", "refused", ".lastseen-lock"))


def test_a_file_that_has_stopped_growing_is_taken_in_and_waits_for_its_details(desk: Desk, inbox: Path) -> None:
    (inbox / "20250305_172530.mp4").write_bytes(CLIP)
    assert look(desk, inbox) == [], "it may still be growing"
    (taken,) = look(desk, inbox, still_s=0)
    assert (taken.name, taken.why) == ("20250305_172530.mp4", "")
    assert names(inbox) == []
    assert names(inbox / "done") == ["20250305_172530.mp4"]

    (waiting,) = uploads.waiting(desk, "any-case")
    assert (waiting.how, waiting.by, waiting.case_id) == ("inbox", "inbox", None)
    assert waiting.sha256 == hashlib.sha256(CLIP).hexdigest()
    assert uploads.bytes_path(desk, waiting).read_bytes() == CLIP
    (entry,) = desk.store.audit_entries()
    assert entry.action == "file received"


def test_a_copy_that_gets_its_old_time_back_is_still_seen_as_new(desk: Desk, inbox: Path) -> None:
    (inbox / "copied.mp4").write_bytes(CLIP)
    os.utime(inbox / "copied.mp4", (time.time() - 9000, time.time() - 9000))
    assert look(desk, inbox, still_s=60) == []


def test_what_is_refused_lies_apart_with_the_reason_beside_it(desk: Desk, inbox: Path) -> None:
    (inbox / "empty.mp4").write_bytes(b"")
    (inbox / "huge.mp4").write_bytes(bytes((1 << 20) + 1))
    assert [taken.upload for taken in look(desk, inbox, still_s=0)] == [None, None]
    assert names(inbox / "refused") == ["empty.mp4", "empty.mp4.reason.txt", "huge.mp4", "huge.mp4.reason.txt"]
    assert "the file is empty" in (inbox / "refused" / "empty.mp4.reason.txt").read_text()
    assert "at most 1,048,576" in (inbox / "refused" / "huge.mp4.reason.txt").read_text()
    assert uploads.waiting(desk, "case-1") == []


def test_links_pipes_folders_and_hidden_files_are_never_touched(desk: Desk, inbox: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    (inbox / "link.mp4").symlink_to(secret)
    os.mkfifo(inbox / "pipe.mp4")
    (inbox / ".hidden.mp4").write_bytes(CLIP)
    (inbox / "folder").mkdir()
    (inbox / "folder" / "inside.mp4").write_bytes(CLIP)
    assert look(desk, inbox, still_s=0) == []
    assert names(inbox) == [".hidden.mp4", "folder", "link.mp4", "pipe.mp4"]
    assert secret.read_bytes() == b"secret"


def test_a_link_in_place_of_the_inboxs_own_folders_or_lock_is_not_followed(
    desk: Desk, inbox: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (inbox / "done").symlink_to(elsewhere)
    with pytest.raises(BadInput, match="is a link"):
        look(desk, inbox, still_s=0)
    (inbox / "done").unlink()
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (inbox / ".lastseen-lock").unlink()
    (inbox / ".lastseen-lock").symlink_to(precious)
    with pytest.raises(OSError, match="loop|symbolic"):
        look(desk, inbox, still_s=0)
    assert precious.read_text() == "kept"


def test_a_file_for_which_the_disk_has_no_room_stays_and_comes_in_later(store: Store, inbox: Path, desk: Desk) -> None:
    (inbox / "clip.mp4").write_bytes(CLIP)
    tight = Desk(store, Partials(desk.partials.folder, free=lambda _: 3), 1 << 20)
    (left,) = look(tight, inbox, still_s=0)
    assert left.upload is None
    assert "14 bytes of disk space are missing" in left.why
    assert names(inbox) == ["clip.mp4"]
    assert look(desk, inbox, still_s=0)[0].upload is not None


def test_a_worker_that_dies_before_the_file_is_moved_takes_it_in_once(
    desk: Desk, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "clip.mp4").write_bytes(CLIP)

    def power_cut(*_: object) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("casework.inbox._move", power_cut)
        with pytest.raises(KeyboardInterrupt):
            look(desk, inbox, still_s=0)
    look(desk, inbox, still_s=0)
    assert len(uploads.waiting(desk, "case-1")) == 1
    assert names(inbox / "done") == ["clip.mp4"]


def test_two_files_of_one_name_both_stay_in_done(desk: Desk, inbox: Path) -> None:
    for content in (b"1", b"2"):
        (inbox / "clip.mp4").write_bytes(content)
        look(desk, inbox, still_s=0)
    assert names(inbox / "done") == ["clip-2.mp4", "clip.mp4"]
    assert len(uploads.waiting(desk, "case-1")) == 2


def test_names_that_are_no_text_do_not_stop_the_inbox(desk: Desk, inbox: Path) -> None:
    with open(os.fsencode(inbox) + b"/caf\xe9\n.mp4", "wb") as file:  # noqa: PTH123
        file.write(CLIP)
    (taken,) = look(desk, inbox, still_s=0)
    assert taken.upload is not None
    assert taken.upload.name == taken.name
    assert taken.name.isprintable()


def test_an_inbox_that_is_not_there_is_said(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is no folder"):
        look(desk, tmp_path / "nothing")
