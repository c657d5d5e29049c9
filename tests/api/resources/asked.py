"""All resources without a server, over a town, asked as somebody in it."""

from collections.abc import Iterable
from typing import Any

import httpx

from api.events import Events
from api.resources.routers import Sources, resource_routers
from api.rest import Scope
from casework.access import Person
from casework.board import Board
from casework.pulse import Pulse
from casework.search import Streets
from data.models import Account
from data.store import Store
from tests.access.scene import PEOPLE, Scene, desk_on
from tests.api.doors import Browser
from tests.api.rests import app_of, caller

Answer = httpx.Response


class Client:
    """Asks for resources; says by default that the answer must be what one hopes for."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def ask(self, method: str, path: str, **named: Any) -> Answer:
        return self._browser.ask(method, f"/api/v1{path}", **named)

    def get(self, path: str, status: int = 200, **named: Any) -> Any:
        return self._told("GET", path, status, **named)

    def post(self, path: str, said: object = None, status: int = 200, **named: Any) -> Any:
        return self._told("POST", path, status, json=said, **named)

    def put(self, path: str, said: object = None, status: int = 200, **named: Any) -> Any:
        return self._told("PUT", path, status, json=said, **named)

    def patch(self, path: str, said: object, status: int = 200, **named: Any) -> Any:
        return self._told("PATCH", path, status, json=said, **named)

    def delete(self, path: str, status: int = 204, **named: Any) -> Any:
        return self._told("DELETE", path, status, **named)

    def _told(self, method: str, path: str, status: int, **named: Any) -> Any:
        answer = self.ask(method, path, **named)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:400]}"
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json", path
        return answer.json() if answer.content else None


class Stage:
    """The app of all resources, made once: over the town that stands on it, as one test has it."""

    def __init__(self) -> None:
        self.scene: Scene | None = None
        self.moved = 0
        self.events = Events(lambda: self.moved, lambda *_: Pulse({}, 0))
        self._board: Board | None = None
        routers = resource_routers(
            Sources(
                board_of=lambda who, case_id: (self.board, self.store_of(who).case(case_id)),
                cameras_of=lambda _: self.board.cameras(),
                desk_of=lambda who: desk_on(self.store_of(who), self.there.home),
                store_now_of=self.store_of,
                events=self.events,
                engine="fake",
                queue="cpu",
            )
        )
        self.app = app_of(self.store_of, *routers)

    def put(self, scene: Scene | None) -> None:
        """Another town, or none."""
        self.scene, self._board = scene, None if scene is None else Board(scene.whole, Streets())

    @property
    def there(self) -> Scene:
        assert self.scene is not None, "no town stands here"
        return self.scene

    @property
    def board(self) -> Board:
        assert self._board is not None, "no town stands here"
        return self._board

    def store_of(self, who: Account) -> Store:
        return self.there.whole.guarded(Person(self.there.whole, who))

    def client(self, who: str, scopes: Iterable[Scope] | None = None) -> Client:
        """Somebody of the town; with `scopes`, by a token that has these."""
        return Client(caller(self.app, PEOPLE[who], scopes=scopes))
