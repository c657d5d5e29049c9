"""Asks an ASGI app as a browser or another client would, without a server: each header, each piece, each break."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.applications import Starlette

from api.uploads import upload_routes
from casework.access import Person
from casework.uploads import Desk
from data.models import Account
from tests.factories import an_account
from tests.running import run

App = Callable[[Any, Any, Any], Awaitable[None]]
PIECE = {"Content-Type": "application/offset+octet-stream"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass
class Asker:
    """One client of the upload door."""

    desk: Desk
    hosts: frozenset[str] = frozenset()

    account: Account | None = field(default_factory=an_account)

    def __post_init__(self) -> None:
        self.app = as_account(self.account, Starlette(routes=upload_routes(self.desk_of, allowed_hosts=self.hosts)))

    def desk_of(self, account: Account) -> Desk:
        """The desk as the account that asks sees it, unless a test has guarded it otherwise."""
        if self.desk.store.guard is not None:
            return self.desk
        return replace(self.desk, store=self.desk.store.guarded(Person(self.desk.store, account)))

    def ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: Iterable[bytes] = (),
        *,
        breaks_off: bool = False,
        between: Callable[[], object] | None = None,
    ) -> Answer:
        """One request; with `breaks_off` its sender goes away after the pieces, `between` runs before the end."""
        return ask(self.app, method, path, headers, body, breaks_off=breaks_off, between=between)

    def create(self, size: int | str, **metadata: str) -> Answer:
        told = {"Upload-Length": str(size)}
        if metadata:
            told["Upload-Metadata"] = metadata_of(**metadata)
        return self.ask("POST", "/api/uploads", told)

    def begun(self, size: int, **metadata: str) -> str:
        """The address of a fresh upload."""
        answer = self.create(size, **({"filename": "clip.mp4"} | metadata))
        assert answer.status == 201, answer
        return answer.headers["location"]

    def patch(self, url: str, offset: int, *body: bytes, breaks_off: bool = False, **headers: str) -> Answer:
        told = PIECE | {"Upload-Offset": str(offset)} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.ask("PATCH", url, told, body, breaks_off=breaks_off)

    def offset(self, url: str) -> int:
        answer = self.ask("HEAD", url)
        assert answer.status == 200, answer
        return int(answer.headers["upload-offset"])


def as_account(account: Account | None, app: App) -> App:
    """The app behind a door that knows who asks."""

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | {"state": {"account": account}}, receive, send)

    return behind


def ask(
    app: App,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    body: Iterable[bytes] = (),
    *,
    breaks_off: bool = False,
    between: Callable[[], object] | None = None,
) -> Answer:
    """One request to any app."""
    told = {"Host": "127.0.0.1:8501", "Tus-Resumable": "1.0.0"} | (headers or {})
    return run(_asked(app, method, path, told, list(body), breaks_off, between))


def metadata_of(**metadata: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())


async def _asked(
    app: App,
    method: str,
    path: str,
    headers: dict[str, str],
    body: list[bytes],
    breaks_off: bool,
    between: Callable[[], object] | None,
) -> Answer:
    pieces = [{"type": "http.request", "body": piece, "more_body": True} for piece in body]
    ending: dict[str, object] = {"type": "http.disconnect"}
    if not breaks_off:
        ending = {"type": "http.request", "body": b"", "more_body": False}
    sent: list[dict[str, Any]] = []
    left = [*pieces, ending]

    async def receive() -> dict[str, Any]:
        if len(left) == 1 and between is not None:
            await asyncio.to_thread(between)
        return left.pop(0) if left else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    raw = [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()]
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
             "headers": raw, "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 8501),
             "client": ("127.0.0.1", 5), "root_path": "", "asgi": {"version": "3.0"}}  # fmt: skip
    await app(scope, receive, send)
    told = {k.decode().lower(): v.decode() for k, v in sent[0]["headers"]}
    return Answer(sent[0]["status"], told, b"".join(m.get("body", b"") for m in sent[1:]).decode())
