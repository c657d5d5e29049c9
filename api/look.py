"""Plain pages made here: sign-in, one's own account, the admin's accounts. No script; every text goes through `esc`."""

from collections.abc import Sequence
from contextvars import ContextVar
from datetime import datetime
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.caller import cookies_of
from api.headers import OWN_PAGES
from dashboard.catalogues import chosen
from dashboard.looks import LOOK_COOKIE, known_look
from dashboard.words import LANGUAGE_COOKIE, dated, reader, speak, t
from data.models import Account

STYLE = Path(__file__).with_name("sign_in.css")


_look: ContextVar[str] = ContextVar("look", default="")


def read_by(request: Request) -> None:
    """Answer in the language and the look that the browser of this request asks for."""
    cookies = cookies_of(request.headers)
    speak(chosen(cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("Accept-Language", "")))
    _look.set(known_look(cookies.get(LOOK_COOKIE, "")))


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def esc(text: object) -> Html:
    """A text as HTML that shows itself and can do nothing else; markup stays what it is."""
    return text if isinstance(text, Html) else Html(escape(str(text), quote=True))


def joined(parts: Sequence[object]) -> Html:
    return Html("".join(esc(part) for part in parts))


def tag(element: str, /, *inside: object, **attributes: object) -> Html:
    """An element; attributes are escaped, `class_` and `for_` stand for the words Python keeps for itself."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{esc(value)}"' if value is not True else f" {key.rstrip('_')}"
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if element in ("input", "br", "meta", "link"):
        return Html(f"<{element}{told}>")
    return Html(f"<{element}{told}>{joined(inside)}</{element}>")


def page(
    title: str,
    *inside: object,
    status: int = 200,
    account: Account | None = None,
    form_token: str = "",
    wide: bool = False,
    links: Sequence[Html] = (),
    policy: str = OWN_PAGES,
) -> Response:
    """A whole page; one with a script of its own gives the `links` to it, and a policy that lets it run."""
    top = tag("header", tag("a", "LastSeen", href="/", class_="brand"), _who(account, form_token), class_="top")
    main = tag("main", tag("h1", title), *inside, id="main", class_="wide" if wide else None)
    body = tag("body", tag("a", t("Skip to content"), href="#main", class_="skip"), top, main)
    return document(f"{title} · LastSeen", body, status=status, links=links, policy=policy)


def document(title: str, body: Html, *, status: int, links: Sequence[Html], policy: str) -> Response:
    """A page from its body: in the language and the look of its reader."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("link", rel="stylesheet", href="/sign-in/style.css"),
        *links,
    )
    spoken = reader()
    root = tag("html", head, body, lang=spoken.code, dir=spoken.direction, data_look=_look.get() or None)
    return HTMLResponse(f"<!doctype html>\n{root}\n", status, {"Content-Security-Policy": policy})


def _who(account: Account | None, form_token: str) -> Html:
    if account is None:
        return Html("")
    links = [
        tag("a", t("Cases") if not account.is_admin else "LastSeen", href="/"),
        tag("a", t("My account"), href="/account"),
    ]
    if account.is_admin:
        links.append(tag("a", t("Accounts"), href="/accounts"))
    leave = form("/sign-out", form_token, button(t("Sign out"), class_="quiet"), class_="inline")
    return tag("nav", tag("span", t("Signed in as {name}", name=account.name)), *links, leave, aria_label=t("Account"))


def form(action: str, form_token: str, *inside: object, **attributes: object) -> Html:
    hidden = tag("input", type="hidden", name="form", value=form_token)
    return tag("form", hidden, *inside, method="post", action=action, **attributes)


def hidden(name: str, value: str) -> Html:
    return tag("input", type="hidden", name=name, value=value)


def button(words: str, **attributes: object) -> Html:
    return tag("button", words, type="submit", **attributes)


def field(label: str, name: str, *, type: str = "text", hint: str = "", **attributes: object) -> Html:
    """An input with its label and, below it, what helps to fill it in."""
    parts = [tag("label", label, for_=name)]
    if hint:
        parts.append(tag("p", hint, id=f"{name}-hint", class_="hint"))
        attributes["aria_describedby"] = f"{name}-hint"
    parts.append(tag("input", id=name, name=name, type=type, **attributes))
    return tag("div", *parts, class_="field")


def said(words: str, *, is_wrong: bool = False) -> Html:
    """What just happened, at the head of the page; read aloud."""
    if not words:
        return Html("")
    return tag("p", words, class_="said wrong" if is_wrong else "said", role="alert" if is_wrong else "status")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str) -> Html:
    head = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in heads)))
    body = tag("tbody", *(tag("tr", *(tag("td", cell) for cell in row)) for row in rows))
    return tag("div", tag("table", tag("caption", caption), head, body), class_="scroll", tabindex="0", role="region",
               aria_label=caption)  # fmt: skip


def when(at: datetime) -> Html:
    """A time in UTC: these pages know no case, and so no other zone."""
    return tag("time", f"{dated(at, '%d %b %Y, %H:%M')} UTC", datetime=at.isoformat(timespec="seconds"))
