"""The field by which pages take files in: resumable, to disk, never through this process's memory (api.uploads)."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from casework import uploads
from dashboard import session
from dashboard.words import later, t
from data.models import Case, Upload

_STATIC = Path(__file__).with_name("static")
_HTML = """<div class="upload">
<span class="label"></span>
<div class="zone" role="group">
  <input type="file" tabindex="-1" aria-hidden="true">
  <button type="button" class="choose"></button><span class="or"></span><span class="hint"></span>
</div>
<ul class="files"></ul>
<p class="said" role="status" aria-live="polite"></p>
</div>"""
_TEXTS = (
    later(" · {rate}/s · {span} left"),
    later("Choose a file"),
    later("Choose files"),
    later("How much of {name} has arrived"),
    later("Not taken here; it takes {kinds}."),
    later("Nothing has come through for a while"),
    later("Pause"),
    later("Remove"),
    later("Resume"),
    later("Retry"),
    later("The connection is lost"),
    later("The file cannot be read any more; remove it here and choose it again."),
    later("The file is empty."),
    later("The piece arrived changed"),
    later("The server is not ready"),
    later("This is a folder; choose the files in it."),
    later("Too large: it has {size}, and at most {most} are taken."),
    later("or drop it here"),
    later("or drop them here"),
    later("the server answered with code {code}"),
    later("{name} has arrived."),
    later("{n} bytes"),
    later("{part} of {size}"),
    later("{share} is here. Choose the same file again to go on."),
    later("{share} · paused"),
    later("{size} · all sent, being checked"),
    later("{size} · arrived"),
    later("{size} · waits for its turn"),
    later("{why}. Trying again in {seconds} s; nothing that arrived is lost."),
)
"""What lastseen-upload.js says; the same words stand there."""
_field = st.components.v2.component(
    "lastseen_upload",
    html=_HTML,
    css=(_STATIC / "lastseen-upload.css").read_text(encoding="utf-8"),
    js=(_STATIC / "lastseen-upload.js").read_text(encoding="utf-8"),
)


def upload_field(
    label: str,
    *,
    purpose: str,
    case: Case | None = None,
    types: Sequence[str] = (),
    several: bool = False,
    hint: str = "",
    keeps: bool = True,
) -> list[Upload]:
    """Show the field; the files in it that are whole and still unused, in the order in which they were chosen.

    Without `keeps` a file leaves the field as soon as it has arrived: the page shows it elsewhere. There is one field
    for a purpose and a case on a page.
    """
    name = _name(purpose, case)
    done = session.recall(f"{name}_done", [])
    limit_bytes = session.desk().limit_bytes(purpose)
    most = (
        t("At most {n:,} MiB each.", n=limit_bytes >> 20) if several else t("At most {n:,} MiB.", n=limit_bytes >> 20)
    )
    result = _field(
        key=f"{name}_{session.recall(f'{name}_round', 0)}",
        data={
            "purpose": purpose,
            "case": case.id if case else "",
            "place": session.page_token(),
            "round": session.recall(f"{name}_round", 0),
            "by": session.who(),
            "words": {text: t(text) for text in _TEXTS},
            "label": label,
            "hint": f"{hint} {most}".strip(),
            "accept": [f".{ending}" for ending in types],
            "several": several,
            "limit": limit_bytes,
            "keeps": keeps,
            "done": done,
        },
        on_done_change=lambda: None,
    )
    if result.done is not None:
        done = [str(id) for id in result.done][:500]
        session.keep(f"{name}_done", done)
    return uploads.finished(session.desk(), done, purpose=purpose)


def used_up(upload: Upload, case: Case | None = None) -> None:
    """What was in this file has been taken over: it leaves the field, and its bytes are deleted."""
    name = _name(upload.purpose, case)
    uploads.used_up(session.desk(), upload)
    session.keep(f"{name}_round", session.recall(f"{name}_round", 0) + 1)
    session.forget(f"{name}_done")


def _name(purpose: str, case: Case | None) -> str:
    return f"upload-{purpose}-{case.id if case else 'all'}"  # Streamlit refuses two underscores in a row
