"""The app of a town on a port, with everybody signed in: for all tests here that ask it over HTTP."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from casework import exporting, requests, signing_in
from casework.signing_in import COOKIE, Caller, Limits
from data.models import RequestState
from tests.access.calls import a_failed_alert, a_request, a_tip, streets
from tests.access.scene import PEOPLE, Scene, copy_of, upload_id
from tests.serving import served_app


@dataclass
class Served:
    """The app on a port, over a town, with everybody signed in."""

    address: str
    scene: Scene
    tokens: dict[str, str]
    values: dict[str, str]
    client: httpx.Client

    def ask(
        self, who: str, method: str, path: str, *, headers: dict[str, str] | None = None, **named: object
    ) -> httpx.Response:
        told = dict(headers or {}) | ({"Cookie": f"{COOKIE}={self.tokens[who]}"} if who in self.tokens else {})
        answer = self.client.request(method, path, headers=told, **named)  # type: ignore[arg-type]
        self.client.cookies.clear()
        return answer

    def form_token(self, who: str) -> str:
        found = re.search(r'name="form" value="([0-9a-f]+)"', self.ask(who, "GET", "/account").text)
        assert found, "the account's page has no form"
        return found[1]


@contextmanager
def served_town(town: Path, home: Path) -> Iterator[Served]:
    """A copy of the town, served."""
    scene = copy_of(town, home, "supervisor")
    values = _readied(scene)
    tokens = {
        who: signing_in.open_session(scene.whole, account, caller=Caller(), limits=Limits(), how="test")
        for who, account in PEOPLE.items()
    }
    try:
        with (
            served_app(home) as address,
            httpx.Client(base_url=address, trust_env=False, verify=False, timeout=30) as client,  # noqa: S501  no TLS
        ):
            yield Served(address, scene, tokens, values, client)
    finally:
        scene.whole.close()


def _readied(scene: Scene) -> dict[str, str]:
    """What the routes' paths name: an upload, an export, a case's streets."""
    streets(scene)()
    a_request(scene)
    requests.set_state(scene.whole, "r-1", RequestState.SENT, by="Sam")
    asked = exporting.ask_export(scene.whole, "case-1", is_redacted=False, by="Sam", command=["true"])
    os.waitpid(asked.pid, 0)
    (scene.home / "exports" / f"{asked.id}.zip").write_bytes(b"zip")
    whom, alert = a_failed_alert(scene)
    return {"whom": whom, "alert": alert, "gone": a_failed_alert(scene, "Gone")[0]} | {
        "id": upload_id(scene.whole, "half.mp4"),
        "export": asked.id,
        "case": "case-1",
        "tip": a_tip(scene),
    }
