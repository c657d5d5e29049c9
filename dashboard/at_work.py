"""Whether a person is at work in a tab, and what a tab does whose session has ended."""

from pathlib import Path

import streamlit as st
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg

_SCRIPT = Path(__file__).with_name("static") / "lastseen-at-work.js"
_watch = st.components.v2.component("lastseen_at_work", js=_SCRIPT.read_text(encoding="utf-8"))


def leave_when_signed_out() -> None:
    """Have the tab go to the sign-in page within seconds of its session's end."""
    _watch(key="at_work", height=1)


def is_by_hand(frame: bytes) -> bool:
    """Whether a message of the browser was caused by somebody, and not by a part of the page that draws itself anew."""
    message = BackMsg()
    try:
        message.ParseFromString(frame)
    except DecodeError:
        return False
    kind = message.WhichOneof("type")
    return kind == "rerun_script" and not message.rerun_script.is_auto_rerun
