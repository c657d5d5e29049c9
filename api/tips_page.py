"""The page on which the public reports what it saw: the agency's own words and a form, and nothing of the case."""

import json

from starlette.responses import Response

from api.look import Html, button, document, field, hidden, said, tag
from casework.tip_door import LONGEST
from dashboard.words import t
from data.tip_models import TipPage

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TRAP = "website"
"""A field that people do not see; what fills it in is a machine."""
_RADII_M = (20, 100, 500, 2000)


def form_page(page: TipPage, ticket: str, *, max_mb: int, ground: dict[str, object], wrong: str = "") -> Response:
    """The form. `ground` is what lies under its map; `wrong` is what was not understood in what was sent before."""
    words = [tag("p", line) for line in page.words.split("\n") if line.strip()]
    now = t("If somebody is in danger now, call the emergency number: nobody may be reading here at this moment.")
    inside = (
        hidden("ticket", ticket), hidden("zone", ""), _trap(), _what(), _file(max_mb), _where(), _when(), _contact(),
        button(t("Send"), id="send"), tag("p", id="progress", role="status"),
    )  # fmt: skip
    form = tag(
        "form", *inside, method="post", action=f"/api/public/tips/{page.code}", enctype="multipart/form-data",
        id="tip", data_ground=json.dumps(ground), data_words=json.dumps(_script_words()), data_max=max_mb << 20,
    )  # fmt: skip
    body = (*words, tag("p", now, class_="urgent"), said(wrong, is_wrong=True), form, _what_happens())
    return _page(page.agency, *body, has_script=True, status=422 if wrong else 200)


def taken_page(page: TipPage, number: str) -> Response:
    """What a browser without scripts is shown when a tip has been kept."""
    words = _script_words()
    body = (
        said(words["thanks"]), tag("p", words["number"]), tag("p", number, class_="once", dir="ltr"),
        tag("p", words["keep"]),
    )  # fmt: skip
    return _page(page.agency, *body, status=201)


def refused_page(page: TipPage, why: str, status: int) -> Response:
    """What was not taken, for a browser without scripts; going back brings the form with what was typed."""
    back = t("Go back in your browser: what you typed is still there.")
    return _page(page.agency, said(why, is_wrong=True), tag("p", back), status=status)


def nothing_here() -> Response:
    """The one answer for every address at which nobody is to send anything."""
    words = t("No reports are taken at this address. If you want to report something, call the police.")
    return _page(t("Nothing is here"), tag("p", words), status=404)


def _page(title: str, *inside: object, has_script: bool = False, status: int = 200) -> Response:
    links = [tag("meta", name="robots", content="noindex"), tag("link", rel="stylesheet", href="/tips/style.css")]
    if has_script:
        links.append(tag("link", rel="stylesheet", href="/tips/leaflet.css"))
        links += [tag("script", src=src, defer=True) for src in ("/tips/leaflet.js", "/tips/script.js")]
    body = tag("body", tag("main", tag("h1", title), *inside, id="main", class_="tips"))
    return document(title, body, status=status, links=links, policy=POLICY)


def _trap() -> Html:
    label = tag("label", t("Leave this empty"), for_=TRAP)
    box = tag("input", id=TRAP, name=TRAP, type="text", tabindex="-1", autocomplete="off")
    return tag("div", label, box, class_="trap", aria_hidden="true")


def _what() -> Html:
    label = tag("label", t("What did you see?"), for_="words")
    hint = tag("p", t("Who, what, which way they went, what they wore."), id="words-hint", class_="hint")
    box = tag("textarea", "", id="words", name="words", rows="6", maxlength=LONGEST["words"],
              aria_describedby="words-hint")  # fmt: skip
    return tag("div", label, hint, box, class_="field")


def _file(max_mb: int) -> Html:
    hint = t(
        "Optional, at most {n} MB. Send it as it came out of the camera: the time and place in the file can help.",
        n=max_mb,
    )
    return field(t("A photo or a short video"), "file", type="file", accept="image/*,video/*", hint=hint)


def _where() -> Html:
    own = field(
        t("In words"), "where", hint=t("A street, a stop, a shop …"), maxlength=LONGEST["where"], autocomplete="off"
    )
    coordinates = tag(
        "details", tag("summary", t("Coordinates")),
        field(t("Latitude"), "lat", inputmode="text", autocomplete="off", maxlength=20, dir="ltr"),
        field(t("Longitude"), "lon", inputmode="text", autocomplete="off", maxlength=20, dir="ltr"),
    )  # fmt: skip
    radii = [tag("option", t("within {n} m", n=n), value=n, selected=n == 100) for n in _RADII_M]
    sure = tag("div", tag("label", t("How exactly do you know the place?"), for_="radius_m"),
               tag("select", *radii, id="radius_m", name="radius_m"), class_="field")  # fmt: skip
    tools = tag(
        "div", tag("button", t("Use my position"), type="button", id="here", class_="quiet"),
        tag("button", t("Take the middle of the map"), type="button", id="middle", class_="quiet"),
        tag("button", t("Remove the place"), type="button", id="none", class_="quiet", hidden=True), class_="tools",
    )  # fmt: skip
    chosen = tag("p", t("Tap the map where it was."), id="chosen", role="status")
    map_box = tag("div", tag("div", "", id="map", role="application", aria_label=t("Map")), tools, chosen,
                  id="map-part", hidden=True)  # fmt: skip
    return tag("fieldset", tag("legend", t("Where was it?")), own, map_box, coordinates, sure)


def _when() -> Html:
    hint = t("By the clocks where you are. Leave it empty if you do not know.")
    return field(t("When was it?"), "seen", type="datetime-local", hint=hint)


def _contact() -> Html:
    hint = t("Optional: a telephone number or an e-mail address. It is kept encrypted, and who opens it is recorded.")
    return field(t("How can we reach you?"), "contact", hint=hint, maxlength=LONGEST["contact"], autocomplete="off")


def _what_happens() -> Html:
    words = t(
        "What you send goes to the people who work on this search, and is kept for as long as they work on it. "
        "Your address on the internet is not kept: a code made from it is, for one hour, against misuse."
    )
    return tag("footer", words)


def _script_words() -> dict[str, str]:
    return {
        "place": t("Chosen: {lat}, {lon}"),
        "tap": t("Tap the map where it was."),
        "asking": t("Looking for your position …"),
        "no_position": t("Your position is not known here. Tap the map, or say in words where it was."),
        "denied": t("This page may not know your position. Tap the map, or say in words where it was."),
        "sending": t("Sending … {n} %"),
        "checking": t("One moment …"),
        "too_large": t("The file is too large: at most {n} MB can be sent."),
        "failed": t("That did not arrive. Are you online? What you typed is still here; try again."),
        "thanks": t("Thank you. Your report has arrived."),
        "number": t("Its number is"),
        "keep": t("Keep this number. Give it when you call about your report; there is nothing to look up with it."),
    }
