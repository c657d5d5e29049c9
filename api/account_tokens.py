"""The part of My account where tokens for programs are made and ended."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from starlette.responses import Response

from api.look import Html, button, field, form, hidden, page, table, tag, when
from casework import tokens
from casework.tokens import LASTS, LONGEST, LONGEST_NAME, Scope
from dashboard.words import later, t
from data.account_rows import Key
from data.errors import BadInput
from data.models import Account
from data.store import Store

_WORDS = {
    Scope.READ: later("Read: see what I see"),
    Scope.WRITE: later("Write: change cases, add footage, search it"),
    Scope.REVIEW: later("Review: decide on candidates in my name"),
    Scope.FACES: later("Faces: have pictures looked at and searched"),
    Scope.GOVERN: later("Govern: alerts, live cameras, public tips"),
}
_CHOSEN = frozenset({Scope.READ})


def part(keys: Sequence[Key], form_token: str) -> list[Html]:
    """The tokens there are, and the form for another one."""
    why = t("A program that asks the API shows a token. It may do what you may, within what you choose here, and "
            "what it does stands in the record under your name.")  # fmt: skip
    parts = [tag("h2", t("Tokens for programs")), tag("p", why)]
    parts.append(tag("p", tag("a", t("What programs can ask"), href="/api/v1/docs")))
    if keys:
        heads = (t("Program"), t("Scopes"), t("Made"), t("Last used"), t("Ends"), "")
        rows = [_row(key, form_token) for key in keys]
        parts.append(table(heads, rows, caption=t("Programs that act for you at /api")))
    return [*parts, tag("h3", t("A token for another program")), _form(form_token)]


def _row(key: Key, form_token: str) -> list[object]:
    end = form("/account/keys", form_token, hidden("id", key.id), button(t("End"), class_="quiet"))
    used = when(key.used_at) if key.used_at else t("never")
    return [key.purpose or "?", ", ".join(key.scopes), when(key.created_at), used, when(key.ends_at), end]


def _form(form_token: str) -> Html:
    boxes = [
        tag("label", tag("input", type="checkbox", name=f"scope-{scope}", value="1", checked=scope in _CHOSEN),
            " ", t(words), class_="choice")
        for scope, words in _WORDS.items()
    ]  # fmt: skip
    asked = field(t("The password you have"), "password3", type="password", required=True, maxlength=1024,
                  autocomplete="current-password")  # fmt: skip
    return form(
        "/account/tokens", form_token,
        field(t("Which program is it for?"), "name", required=True, maxlength=LONGEST_NAME,
              autocomplete="off"),
        tag("fieldset", tag("legend", t("What may it do?")), *boxes),
        field(t("Days until it ends"), "days", type="number", min=1, max=LONGEST.days, value=LASTS.days, required=True),
        Html(asked.replace('name="password3"', 'name="password"')),
        button(t("Make a token")),
    )  # fmt: skip


def make(store: Store, account: Account, given: Mapping[str, str]) -> tuple[Key, str]:
    """A token as the form asks for it."""
    days = given.get("days", "")
    if not (days.isascii() and days.isdecimal() and len(days) <= 4):
        raise BadInput(f"days: between 1 and {LONGEST.days}")
    chosen = [scope for scope in Scope if given.get(f"scope-{scope}")]
    return tokens.make_own_key(
        store, account, name=given.get("name", ""), lasts=timedelta(days=int(days)), scopes=chosen
    )


def made_page(account: Account, key: Key, token: str, form_token: str) -> Response:
    """The page that shows a token, once."""
    why = t("This is the token of {name}. Copy it now: it is shown this once, and kept nowhere.", name=key.purpose)
    how = t("The program sends it with every request, in a header:")
    may = tag("p", t("Scopes"), ": ", ", ".join(key.scopes), tag("br"), t("Ends"), ": ", when(key.ends_at))
    back = tag("p", tag("a", t("I have copied it"), href="/account"))
    return page(
        t("Token made"), tag("p", why), tag("p", token, class_="once"), may, tag("p", how),
        tag("pre", f"Authorization: Bearer {token[:14]}…"), back, account=account, form_token=form_token,
    )  # fmt: skip
