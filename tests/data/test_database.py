"""What goes wrong between LastSeen and its database, and what is said of it."""

import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import database as database_module
from data.errors import BadInput, NotReachable
from data.store import open_store
from settings import Settings
from tests.data.postgres import Server
from tests.factories import NOON

BACKENDS = ("sqlite", "postgresql")


@pytest.mark.parametrize(
    "url", ["mysql://ann:s3cr3t@host/db", "not an address", "postgresql://ann:s3cr3t@host:port/db"]
)
def test_an_address_that_cannot_be_used_is_refused_without_saying_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadInput, match="^database_url: ") as caught:
        open_store(tmp_path, database_url=url)
    assert "s3cr3t" not in str(caught.value)


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://ann:s3cr3t@/db?host={tmp_path}"
    with pytest.raises(
        NotReachable, match=r"store: the database postgresql\+psycopg://ann:\*\*\*@/db.* does"
    ) as caught:
        open_store(tmp_path, database_url=url)
    assert "s3cr3t" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_password_is_said_to_be_refused_and_not_shown(tmp_path: Path, postgres_server: Server) -> None:
    url = postgres_server.url().replace(postgres_server.password, "s3cr3t")
    with pytest.raises(NotReachable, match="password authentication failed") as caught:
        open_store(tmp_path, database_url=url)
    assert "s3cr3t" not in str(caught.value)


def test_no_setting_shows_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTSEEN_DATABASE_URL", "postgresql+psycopg://ann:s3cr3t@host/db")
    monkeypatch.setenv("LASTSEEN_FILES_URL", "sftp://ann:s3cr3t@host/files")
    assert "s3cr3t" not in repr(Settings()) + str(Settings())


def test_no_error_of_the_database_shows_what_was_to_be_kept(tmp_path: Path, database_url: str) -> None:
    store = open_store(tmp_path, database_url=database_url)
    with pytest.raises(sa.exc.SQLAlchemyError) as caught, store.writing() as writing:
        writing.connection.execute(sa.text("INSERT INTO cases (id) VALUES (:id)"), {"id": "Aino Korhonen"})
    assert "Aino" not in str(caught.value).split("DETAIL")[0]
    store.close()


def test_a_plain_postgresql_address_works_too(tmp_path: Path, postgres_store_url: str) -> None:
    store = open_store(tmp_path, database_url=postgres_store_url.replace("postgresql+psycopg", "postgresql"))
    assert store.cases() == []
    store.close()


def test_a_writer_that_waits_too_long_for_the_others_gives_up_in_words(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_S", 1)
    monkeypatch.setattr(database_module, "_SQLITE_PRAGMAS", ("busy_timeout=500",))
    one, other = (open_store(tmp_path, database_url=database_url) for _ in range(2))
    with one.writing() as writing:
        writing.audit(at=NOON, by="Ann", action="x", case_id=None)
        for waiting in (other, one):  # of another process, and of this one
            with pytest.raises(NotReachable, match="others have been writing"), waiting.writing():
                pass
    assert len(other.audit_entries()) == 1
    with other.writing() as writing:
        writing.audit(at=NOON, by="Ben", action="y", case_id=None)
    assert len(one.audit_entries()) == 2
    one.close()
    other.close()


def test_a_writer_that_freezes_half_way_stops_the_others_for_seconds_only_and_keeps_nothing(
    tmp_path: Path, postgres_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "IDLE_WRITER_S", 1)
    frozen, other = (open_store(tmp_path, database_url=postgres_store_url) for _ in range(2))
    started = time.monotonic()
    with pytest.raises(NotReachable, match="does not answer; nothing was kept"), frozen.writing() as writing:  # noqa: PT012
        writing.audit(at=NOON, by="frozen", action="x", case_id=None)
        with other.writing() as second:
            second.audit(at=NOON, by="other", action="y", case_id=None)
        assert 0.5 < time.monotonic() - started < 10
        writing.audit(at=NOON, by="frozen", action="z", case_id=None)
    assert [entry.by for entry in other.audit_entries()] == ["other"]
    with frozen.writing() as writing:  # its next transaction has a new connection
        writing.audit(at=NOON, by="thawed", action="z", case_id=None)
    assert [entry.by for entry in other.audit_entries()] == ["other", "thawed"]
    frozen.close()
    other.close()


def test_a_connection_lost_at_the_commit_is_said_to_leave_it_open_whether_it_was_kept(
    tmp_path: Path, postgres_store_url: str
) -> None:
    store = open_store(tmp_path, database_url=postgres_store_url)
    with pytest.raises(NotReachable, match="look whether this was kept"), store.writing() as writing:  # noqa: PT012
        writing.audit(at=NOON, by="Ann", action="x", case_id=None)
        pid = writing.connection.scalar(sa.text("SELECT pg_backend_pid()"))
        with store.engine.connect() as killer:
            killer.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        time.sleep(0.2)
    assert store.audit_entries() == []
    store.close()


def test_readers_go_on_while_one_writes_and_see_nothing_of_it_before_its_end(tmp_path: Path, database_url: str) -> None:
    store = open_store(tmp_path, database_url=database_url)
    seen: list[int] = []
    with store.writing() as writing:
        writing.audit(at=NOON, by="Ann", action="x", case_id=None)
        readers = [threading.Thread(target=lambda: seen.append(len(store.audit_entries()))) for _ in range(20)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert seen == [0] * 20
    assert len(store.audit_entries()) == 1
    store.close()


def test_on_postgresql_an_acknowledged_write_is_on_the_servers_disk(
    tmp_path: Path, postgres_store_url: str, postgres_server: Server
) -> None:
    name = sa.make_url(postgres_store_url).database
    postgres_server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    store = open_store(tmp_path, database_url=postgres_store_url)
    with store.writing() as writing:
        assert writing.connection.scalar(sa.text("SHOW synchronous_commit")) == "on"
    store.close()
