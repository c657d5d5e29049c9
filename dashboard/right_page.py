"""Keeps a page from being emptied by a part of the page that was left (docs/decisions/0035).

A part of a page (Streamlit's fragment) that asks to be drawn anew says on which page it stands. One that asks in the
moment in which somebody follows a link says the page that is being left. Streamlit's server then runs the part "on that
page" after it has drawn the new one, and Streamlit's browser side, told of another page, takes away all that the new
page had drawn: its menu stands beside nothing. Here such a wish is put on the page that is shown.
"""

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_LARGEST_NEWS_BYTES = 1 << 16
"""A message that a page begins is small; larger ones, pages' contents, are not looked into."""


class Tab:
    """Which page a tab shows: the one it asked for last, until another one begins."""

    def __init__(self) -> None:
        self._page = ""

    def put_right(self, frame: bytes) -> bytes:
        """A message of the browser, as it came, or for a part of a page that was left: on the page that is shown."""
        message = BackMsg()
        try:
            message.ParseFromString(frame)
        except DecodeError:
            return frame
        if message.WhichOneof("type") != "rerun_script":
            return frame
        wish = message.rerun_script
        if not wish.fragment_id:
            self._page = wish.page_script_hash
            return frame
        if not self._page or wish.page_script_hash == self._page:
            return frame
        wish.page_script_hash = self._page
        return bytes(message.SerializeToString())

    def note(self, frame: bytes) -> None:
        """A message to the browser: where a whole page begins, it is the one that is shown, whoever asked for it."""
        if len(frame) > _LARGEST_NEWS_BYTES:
            return
        message = ForwardMsg()
        try:
            message.ParseFromString(frame)
        except DecodeError:
            return
        if message.WhichOneof("type") == "new_session" and not message.metadata.run.fragment_ids:
            self._page = message.new_session.page_script_hash
