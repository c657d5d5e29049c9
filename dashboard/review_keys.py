"""The keyboard of the review page, its little help, and the large view of the pictures (lastseen-review-keys.js)."""

from pathlib import Path

import streamlit as st

from dashboard import session
from dashboard.words import reader, t

_STATIC = Path(__file__).with_name("static")
_HTML = """<div class="lastseen-keys">
<button type="button" class="zoom-it"></button>
<button type="button" class="keys-it" aria-expanded="false"></button>
<div class="help" hidden></div>
<p class="said" role="status" aria-live="polite"></p>
<dialog><div class="pictures"></div><p class="told"></p></dialog>
</div>"""
_keys = st.components.v2.component(
    "lastseen_review_keys",
    html=_HTML,
    css=(_STATIC / "lastseen-review-keys.css").read_text(encoding="utf-8"),
    js=(_STATIC / "lastseen-review-keys.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # its buttons show the focus as all others of the page do
)


def keys(match_id: str, *, told: str, said: str) -> None:
    """Listen to the keyboard for one candidate.

    `told` stands under its pictures when they are large, `said` is read out to those who do not see the page.
    """
    run = session.recall("review_run", 0) + 1  # a page drawn anew makes the keys ready again, whatever it shows
    session.keep("review_run", run)
    names = {
        "next": "review_next",
        "previous": "review_previous",
        "confirm": f"confirm_{match_id}",
        "reject": f"reject_{match_id}",
        "unsure": f"unsure_{match_id}",
        "undo": "undo_last",
    }
    words = {"zoom": t("Enlarge"), "keys": t("Keys"), "use": t("Use these keys")}
    _keys(
        key="review_keys",
        data={
            "match": match_id,
            "buttons": names,
            "help": _help(),
            "words": words,
            "told": told,
            "said": said,
            "run": run,
        },
    )


def _help() -> list[tuple[list[str], str]]:
    back, onward = ("→", "←") if reader().is_right_to_left else ("←", "→")
    return [
        (["Y"], t("It is this person")),
        (["N"], t("Someone else")),
        (["U"], t("Cannot tell")),
        (["J", onward], t("Next")),
        (["K", back], t("Previous")),
        (["Z"], t("Enlarge: faces, other shots, whole picture")),
        (["P"], t("Play or stop the film")),
        (["M"], t("Write a note; Esc leaves it")),
        (["B"], t("Take the last decision back")),
        (["?"], t("Show or hide this help")),
    ]
