"""/camera: the page for a phone or laptop in the field, which looks for the missing person as its camera sees people.

Made here like the pages of sign-in, but with a script of its own; it alone may ask the browser for camera and place
(`api.headers`). What the script sends, `api.camera` answers.
"""

import json
from collections.abc import Callable, Sequence
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api import forms
from api.headers import CAMERA_PAGE
from api.look import Html, page, tag
from api.sign_in import said_in_words
from casework.camera_search import Choice, choices, may_search_all
from dashboard.assets import link_to
from dashboard.words import later, t
from data.models import Account
from data.store import Store

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_WORDS = {
    "start": later("Start"),
    "stop": later("Stop"),
    "review": later("Look closely under Review"),
    "seen_picture": later("The face that the camera saw"),
    "photo_picture": later("The photo it is most alike"),
    "ready": later("Ready. Start asks this device for its camera and its place."),
    "asking": later("Allow camera and place when the browser asks."),
    "first": later("Looking. The first picture takes longer: the recogniser starts."),
    "stopped": later("Stopped. Camera and place are off."),
    "untouched": later("Stopped: nobody has touched this page for 30 minutes. Start goes on."),
    "no_https": later(
        "This page was not opened over https. Browsers give camera and place to encrypted pages alone: open it under "
        "the https address of this installation, or ask whoever runs it."
    ),
    "no_camera_here": later("This browser gives no camera to pages. Use a current Firefox, Chrome, Edge or Safari."),
    "camera_refused": later(
        "The camera is not allowed for this page. Allow it in the browser, by the sign beside the address, and start "
        "again."
    ),
    "no_camera": later("This device has no camera that the browser can use."),
    "camera_taken": later("Another program uses the camera. Close it, then start again."),
    "camera_gone": later("The camera was switched off or taken out. Start again once it is back."),
    "no_picture": later("The camera gives no new picture."),
    "blurred": later("The faces are blurred. Hold still, or come closer."),
    "dark": later("Too dark to see anything. Is the camera covered?"),
    "no_place_yet": later("Waiting for the place of this device. Nothing is searched without it."),
    "place_refused": later(
        "The place is not allowed for this page. Allow it in the browser, or type where you stand under Options. "
        "Nothing is searched without it."
    ),
    "no_place": later(
        "This device cannot tell where it is. Go under the open sky, or type where you stand under Options. Nothing is "
        "searched without it."
    ),
    "place_is": later("Place: {where}, known to {n} m"),
    "place_typed": later("Place, as typed: {where}, taken as known to {n} m"),
    "typed_wrong": later("Write latitude and longitude in degrees: 60.16990, 24.93840"),
    "looked_at": later("Pictures searched: {n}"),
    "offline": later("No connection to LastSeen. Nothing is stored meanwhile; it goes on by itself."),
    "slow": later("No answer from LastSeen. The line is slow, or it is busy; it goes on by itself."),
    "busy": later("LastSeen is busy. The next picture goes in {n} s."),
    "broken": later("Something broke at LastSeen. The next picture goes in {n} s."),
    "signed_out": later("Your session has ended. Sign in to go on."),
    "refused": later("Not searched: {why}"),
}
"""What the script says, in the reader's language."""


def camera_page_route(store_of: Callable[[Account], Store]) -> Route:
    """The page; `store_of` gives the store as an account sees it."""

    async def answer(request: Request) -> Response:
        _, account = forms.known(request)
        store, wanted = store_of(account), request.query_params.get("case", "")
        found, has_all = await run_in_threadpool(lambda: (choices(store, wanted), may_search_all(store)))
        links = (
            tag("link", rel="stylesheet", href=link_to("lastseen-camera.css")),
            tag("script", src=link_to("lastseen-camera.js"), type="module"),
        )
        return page(
            t("Camera search"), *_body(found, has_all, wanted), account=account,
            form_token=forms.form_token(request), links=links, policy=POLICY,
        )  # fmt: skip

    return Route(CAMERA_PAGE, said_in_words(answer), methods=["GET"])


def _body(found: Sequence[Choice], has_all: bool, wanted: str) -> list[Html]:
    open_ones = [choice for choice in found if choice.why_not is None]
    if not open_ones:
        return _nothing_to_search(found)
    words = json.dumps({name: t(text) for name, text in _WORDS.items()}, ensure_ascii=False)
    return [
        tag(
            "div", _chooser(open_ones, has_all, wanted), _view(), _found(), _options(), _what_is_kept(), _bar(),
            id="camera", data_words=words, data_state="off",
        )
    ]  # fmt: skip


def _nothing_to_search(found: Sequence[Choice]) -> list[Html]:
    if not found:
        return [tag("p", t("There is no case in which you may search. An analyst or a supervisor may."))]
    rows = [tag("li", tag("strong", choice.case.number), f": {choice.why_not}") for choice in found]
    return [tag("p", t("None of your cases can be searched now:")), tag("ul", *rows)]


def _chooser(found: Sequence[Choice], has_all: bool, wanted: str) -> Html:
    options = [
        tag("option", f"{choice.case.subject.name} · {choice.case.number}", value=choice.case.id,
            selected=choice.case.id == wanted)
        for choice in found
    ]  # fmt: skip
    if has_all and len(found) > 1:
        options.append(tag("option", t("All open cases"), value=""))
    label = tag("label", t("Who is looked for"), for_="camera-case")
    chooser = tag("select", *options, id="camera-case", **_part("case"), autocomplete="off")
    return tag("div", label, chooser, class_="sought")


def _view() -> Html:
    """The camera's picture, and how it stands."""
    video = tag("video", **_part("video"), playsinline=True, muted=True, aria_label=t("What the camera sees"))
    frame = tag("div", video, tag("canvas", **_part("boxes"), aria_hidden="true"), class_="frame")
    still = tag("p", t("The camera is off."), class_="still")
    sign_in = tag("a", t("Sign in"), href=f"/sign-in?next={quote(CAMERA_PAGE, safe='')}")
    return Html(
        tag("div", frame, still, class_="view")
        + tag("p", **_part("status"), class_="status")
        + tag("p", sign_in, **_part("sign-in"), class_="way-in", hidden=True)
        + tag("p", **_part("told"), class_="unseen", role="status")
        + tag("p", **_part("alarm"), class_="unseen", role="alert")
        + tag("noscript", tag("p", t("This page needs JavaScript, which is switched off in this browser.")))
        + tag("ul", *(tag("li", **_part(name)) for name in ("place", "count", "clock", "left-out")), class_="facts")
    )


def _found() -> Html:
    head = tag("h2", t("Candidates"), id="camera-found")
    lead = tag("p", t("Each is an investigative lead, not an identification. Two people confirm it under Review before "
                      "it counts."), class_="lead")  # fmt: skip
    none = tag("p", t("None yet."), **_part("none"))
    return tag("section", head, lead, none, tag("ol", id="found", **_part("found")), aria_labelledby="camera-found")


def _options() -> Html:
    typed = tag("input", id="camera-typed", **_part("typed"), inputmode="text", autocomplete="off", maxlength=40,
                aria_describedby="camera-typed-hint camera-typed-wrong")  # fmt: skip
    place = tag(
        "div", tag("label", t("Where you stand"), for_="camera-typed"),
        tag("p", t("Only where the device cannot tell: latitude, longitude. What is typed is kept as typed."),
            id="camera-typed-hint", class_="hint"),
        typed, tag("p", **_part("typed-wrong"), id="camera-typed-wrong", class_="wrong-words", role="status"),
        class_="typed",
    )  # fmt: skip
    checks = [_check("sound", t("Sound on a candidate")), _check("vibration", t("Vibration on a candidate"))]
    return tag("details", tag("summary", t("Options")), *checks, place)


def _check(name: str, label: str) -> Html:
    box = tag("input", type="checkbox", id=f"camera-{name}", **_part(name), checked=name == "vibration")
    return tag("div", box, tag("label", label, for_=f"camera-{name}"), class_="check")


def _what_is_kept() -> Html:
    lines = (
        t("Every two seconds one picture goes to this LastSeen, and to no one else. It is compared and forgotten."),
        t("Only where a face is like the person sought are the picture, the time, the place and how well it is known "
          "kept with the case, for review."),
        t("Faces of all other people are not kept, here or there, and neither is your way."),
        t("That you searched, for whom, and from when to when stands in the record of the case."),
        t("Without a connection nothing is stored for later."),
    )  # fmt: skip
    return tag(
        "details", tag("summary", t("What becomes of the pictures")), tag("ul", *(tag("li", line) for line in lines))
    )


def _bar() -> Html:
    go = tag("button", t("Start"), type="button", **_part("go"), class_="go", disabled=True)
    flip = tag("button", t("Other camera"), type="button", **_part("flip"), class_="quiet")
    return tag("div", go, flip, class_="bar")


def _part(name: str) -> dict[str, object]:
    """By which name the script finds an element."""
    return {"data_part": name}
