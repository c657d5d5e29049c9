"""An upload is its sender's: what others get of it, and under whose name it stands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from casework import uploads
from casework.access import Person
from casework.uploads import desk_at
from data import account_rows, role_rows
from data import upload_rows as rows
from data.models import Account, CaseRole, Role
from data.store import Store
from tests.api.asking import Asker
from tests.factories import NOON, a_case, an_account

ANN, ROY, VERA = an_account("Ann"), an_account("Roy"), an_account("Vera")
Sender = Callable[[Account | None], Asker]


@pytest.fixture
def sender(store: Store, tmp_path: Path) -> Sender:
    """A client of somebody's; two analysts and a viewer work on the case."""
    with store.writing() as writing:
        writing.add_case(a_case())
        for account, role in ((ANN, Role.ANALYST), (ROY, Role.ANALYST), (VERA, Role.VIEWER)):
            account_rows.add_account(writing, account)
            role_rows.give(writing, CaseRole("case-1", account.id, role, NOON, "test"))
    raw = Store(store.database, store.files)
    return lambda account: Asker(
        desk_at(raw, tmp_path / "home", max_upload_mb=1, max_uploads=5, free_bytes=0), account=account
    )


def test_nobody_sends_without_signing_in_and_nothing_is_kept(sender: Sender, store: Store) -> None:
    nobody, ann = sender(None), sender(ANN)
    assert nobody.create(3, filename="a.mp4", case="case-1").status == 401
    url = ann.begun(3, case="case-1")
    for answer in (
        nobody.ask("HEAD", url), nobody.patch(url, 0, b"abc"), nobody.ask("DELETE", url),
        nobody.ask("OPTIONS", "/api/uploads"),
    ):  # fmt: skip
        assert answer.status == 401
    assert [upload.received_bytes for upload in rows.uploads(store)] == [0]


def test_an_upload_stands_under_its_senders_name_whatever_is_said(sender: Sender, store: Store) -> None:
    sender(ANN).begun(3, case="case-1", by="Chief of Police")
    (upload,) = rows.uploads(store)
    assert (upload.by, upload.account_id) == ("Ann", ANN.id)


def test_a_colleague_neither_sees_nor_continues_nor_deletes_it(sender: Sender, store: Store) -> None:
    url = sender(ANN).begun(3, case="case-1")
    for other in (sender(ROY), sender(VERA)):
        for answer in (other.ask("HEAD", url), other.patch(url, 0, b"abc"), other.ask("DELETE", url)):
            assert answer.status == 404
            assert answer.text in ("", answer.text)
            assert "a.mp4" not in answer.text
    assert sender(ANN).patch(url, 0, b"abc").status == 204
    assert sender(ROY).ask("DELETE", url).status == 404, "nor once it is whole"
    assert len(rows.uploads(store)) == 1


def test_whole_footage_waits_for_every_analyst_of_the_case_and_for_nobody_else(
    sender: Sender, store: Store, tmp_path: Path
) -> None:
    ann = sender(ANN)
    ann.patch(ann.begun(3, case="case-1"), 0, b"abc")
    home = tmp_path / "home"
    for account, count in ((ANN, 1), (ROY, 1)):
        desk = desk_at(store.guarded(Person(store, account)), home, max_upload_mb=1, max_uploads=5, free_bytes=0)
        assert len(uploads.waiting(desk, "case-1")) == count
    desk = desk_at(store.guarded(Person(store, ROY)), home, max_upload_mb=1, max_uploads=5, free_bytes=0)
    (upload,) = uploads.waiting(desk, "case-1")
    uploads.discard(desk, upload.id, "case-1", by="Roy")
    assert [e.by for e in store.audit_entries("case-1", action="received file removed unused")] == ["Roy"]


@pytest.mark.parametrize(
    ("account", "told", "status"),
    [
        (VERA, {"case": "case-1"}, 403),
        (VERA, {"case": "case-1", "purpose": "photo"}, 403),
        (VERA, {"purpose": "cameras"}, 403),
        (ANN, {"purpose": "cameras"}, 201),
        (ANN, {}, 400),
        (ANN, {"purpose": "photo"}, 400),
        (ANN, {"case": "case-2"}, 404),
        (ANN, {"case": "case-1", "purpose": "photo"}, 201),
    ],
)
def test_what_may_be_sent_hangs_on_the_role_in_the_case(
    sender: Sender, store: Store, account: Account, told: dict[str, str], status: int
) -> None:
    with store.writing() as writing:
        writing.add_case(a_case(id="case-2", number="2"))
    answer = sender(account).create(3, **({"filename": "a.mp4"} | told))
    assert answer.status == status, answer.text
    assert len(rows.uploads(store)) == (status == 201)


def test_who_loses_the_case_loses_the_upload_under_way(sender: Sender, store: Store) -> None:
    url = sender(ANN).begun(3, case="case-1")
    with store.writing() as writing:
        role_rows.take(writing, "case-1", ANN.id, Role.ANALYST)
    assert sender(ANN).patch(url, 0, b"abc").status == 404


def test_room_is_counted_and_tidied_for_all_though_each_sees_only_their_own(
    sender: Sender, store: Store, tmp_path: Path
) -> None:
    for _ in range(3):
        sender(ANN).begun(3, case="case-1")
    for _ in range(2):
        sender(ROY).begun(3, case="case-1")
    assert sender(ROY).create(3, filename="a.mp4", case="case-1").status == 429
    assert len(list((tmp_path / "home" / "uploads").iterdir())) == 5, "another's bytes were taken for nobody's"
