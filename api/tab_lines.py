"""The pages' websocket, message by message: what a tab asks for may be put right, what it is told is noted."""

from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Tab(Protocol):
    """What is known of one tab from the messages that go by."""

    def put_right(self, frame: bytes) -> bytes:
        """A message of the browser, as it is to be taken."""

    def note(self, frame: bytes) -> None:
        """A message to the browser."""


class TabLines:
    """ASGI middleware; each websocket gets a tab of its own."""

    def __init__(self, app: ASGIApp, *, new_tab: Callable[[], Tab]) -> None:
        self._app = app
        self._new_tab = new_tab

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        tab = self._new_tab()

        async def receiving() -> Message:
            message = await receive()
            if frame := message.get("bytes"):
                message["bytes"] = tab.put_right(frame)
            return message

        async def sending(message: Message) -> None:
            if frame := message.get("bytes"):
                tab.note(frame)
            await send(message)

        await self._app(scope, receiving, sending)
