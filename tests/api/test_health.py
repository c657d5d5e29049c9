"""/api/health and /api/ready."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.health import Watch, api, watch
from casework import readiness as looking
from data import leases
from data.models import Beat, utc_now
from data.store import Store
from settings import Settings
from tests.running import run


def get(path: str) -> tuple[int, dict[str, str], Any]:
    """Ask the API as a server would: status, headers, body."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    run(api(scope | {"http_version": "1.1", "root_path": "", "scheme": "http"}, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, json.loads(b"".join(message.get("body", b"") for message in sent[1:]))


def beat(store: Store, *, can_reach_files: bool = True) -> None:
    at = utc_now()
    leases.beat(store, Beat("worker-1", "run-1", "here", 1, at, at, ("cpu",), "2", can_reach_files), is_first=True)


@pytest.fixture
def home(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = store.files.folder.parent
    monkeypatch.setenv("LASTSEEN_HOME", str(home))
    monkeypatch.setenv("LASTSEEN_FREE_DISK_MB", "1")
    watching = Watch(Settings())
    api.dependency_overrides[watch] = lambda: watching
    yield home
    api.dependency_overrides.clear()


def test_the_process_is_alive_whatever_is_missing() -> None:
    assert get("/health")[::2] == (200, {"status": "ok"})


def test_ready_with_a_store_and_a_worker(home: Path, store: Store) -> None:
    beat(store)
    status, headers, body = get("/ready")
    assert (status, body) == (200, {"status": "ready", "reasons": []})
    assert headers["cache-control"] == "no-store"


def test_not_ready_without_a_worker(home: Path) -> None:
    status, _, body = get("/ready")
    assert status == 503
    assert body["reasons"] == ["workers: none is running; nothing is searched until one does"]


def test_not_ready_when_no_worker_reaches_the_files(home: Path, store: Store) -> None:
    beat(store, can_reach_files=False)
    assert "can reach the files" in get("/ready")[2]["reasons"][0]


def test_what_was_seen_is_remembered_for_a_moment(home: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get("/ready")[0] == 503
    beat(store)
    assert get("/ready")[0] == 503
    monkeypatch.setattr("api.health.KEPT_S", -1.0)
    assert get("/ready")[0] == 200


def test_the_reasons_name_neither_paths_nor_addresses(tmp_path: Path) -> None:
    found = looking.readiness(tmp_path, database_url="postgresql+psycopg://u:hunter2@127.0.0.1:1/x", free_bytes=1 << 60)
    text = " ".join(found.reasons)
    assert not found.is_ready
    assert "store: cannot be reached" in text
    assert "bytes too few are free" in text
    assert not any(word in text for word in ("hunter2", "127.0.0.1", str(tmp_path)))


def test_no_store_yet(tmp_path: Path) -> None:
    assert looking.readiness(tmp_path / "nowhere").reasons == ("store: there is none yet; start LastSeen to make it",)


def test_a_folder_that_cannot_be_written_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_args: False)
    assert "files: the folder cannot be written to" in looking.readiness(store.files.folder.parent).reasons
