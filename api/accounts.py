"""Accounts: what an admin does with them. An admin sees no case."""

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api import forms
from api.forms import House
from api.look import Html, button, field, form, hidden, page, said, table, tag, when
from api.sign_in import said_in_words, status_of
from casework import accounts
from casework.access import Person
from dashboard.words import later, t
from data.errors import LastSeenError, NotAllowed
from data.models import Account
from data.store import Store

_DONE = {
    "disable": later("The account is disabled; its sessions and keys have ended."),
    "enable": later("The account can sign in again."),
    "second-factor": later("The second factor was removed, and the account is signed out everywhere."),
    "sessions": later("The account is signed out everywhere."),
}


def accounts_routes(house: House) -> list[BaseRoute]:
    """The routes of /accounts."""
    desk = _Desk(house)
    return [
        Route("/accounts", said_in_words(desk.show), methods=["GET"]),
        Route("/accounts/add", said_in_words(desk.add), methods=["POST"]),
        Route("/accounts/change", said_in_words(desk.change), methods=["POST"]),
    ]


class _Desk:
    def __init__(self, house: House) -> None:
        self._house = house

    def _seen_by(self, account: Account) -> Store:
        store = self._house.open_store()
        return store.guarded(Person(store, account))

    async def show(self, request: Request) -> Response:
        return await self._page(request, said(t(_DONE.get(request.query_params.get("done", ""), ""))))

    async def _page(self, request: Request, news: Html, status: int = 200) -> Response:
        _, account = forms.known(request)
        token = forms.form_token(request)
        known = await run_in_threadpool(lambda: accounts.accounts(self._seen_by(account)))
        rows = [_row(each, account, token) for each in known]
        heads = (t("Name"), t("Full name"), t("Kind"), t("Since"), t("State"), "")
        add = form(
            "/accounts/add", token,
            field(t("Name"), "name", hint=t("Stands in the record under all they do, and cannot be changed. Letters A "
                  "to Z, digits and . _ @ -"), required=True, maxlength=64, autocomplete="off", autocapitalize="none"),
            field(t("Full name"), "full_name", maxlength=120, autocomplete="off"),
            tag("div", tag("input", type="checkbox", id="is_admin", name="is_admin", value="1"),
                tag("label", t("Admin: manages accounts, sees no cases"), for_="is_admin"), class_="check field"),
            button(t("Add")),
        )  # fmt: skip
        body = (news, table(heads, rows, caption=t("All accounts")), tag("h2", t("Add an account")), add)
        return page(t("Accounts"), *body, status=status, account=account, form_token=token, wide=True)

    async def add(self, request: Request) -> Response:
        _, account = forms.known(request)
        given = await forms.read_form(request)
        if not account.is_admin:
            raise NotAllowed("Only an admin may manage accounts.")
        try:
            made, password = await run_in_threadpool(
                lambda: accounts.add_account(
                    self._seen_by(account), given.get("name", ""), full_name=given.get("full_name", ""),
                    is_admin=given.get("is_admin") == "1", by=account.name,
                )
            )  # fmt: skip
        except LastSeenError as error:
            return await self._page(request, said(str(error), is_wrong=True), status_of(error))
        return _once(request, account, made.name, password)

    async def change(self, request: Request) -> Response:
        _, account = forms.known(request)
        given = await forms.read_form(request)
        store, what = self._seen_by(account), given.get("what", "")
        verbs: dict[str, Callable[..., Any]] = {
            "disable": accounts.disable_account, "enable": accounts.enable_account,
            "password": accounts.reset_password, "second-factor": accounts.reset_second_factor,
            "sessions": accounts.end_sessions,
        }  # fmt: skip
        if what not in verbs:
            return RedirectResponse("/accounts", 303)
        try:
            made = await run_in_threadpool(lambda: verbs[what](store, given.get("id", ""), by=account.name))
        except LastSeenError as error:
            if isinstance(error, NotAllowed):
                raise
            return await self._page(request, said(str(error), is_wrong=True), status_of(error))
        if what == "password":
            name = next(known.name for known in accounts.accounts(store) if known.id == given["id"])
            return _once(request, account, name, str(made))
        return RedirectResponse(f"/accounts?done={what}", 303)


def _once(request: Request, account: Account, name: str, password: str) -> Response:
    token = forms.form_token(request)
    words = tag(
        "p",
        t(
            "{name} signs in with this once, within {days} days, and then chooses a password. It is shown "
            "now and never again; give it to them by a way that nobody else reads.",
            name=name,
            days=accounts.ONE_TIME_LASTS.days,
        ),
    )
    back = tag("p", tag("a", t("Back to the accounts"), href="/accounts"))
    body = (words, tag("p", password, class_="once"), back)
    return page(t("One-time password"), *body, account=account, form_token=token)


def _row(each: Account, admin: Account, token: str) -> list[object]:
    def act(what: str, words: str) -> Html:
        inside = (hidden("id", each.id), hidden("what", what), button(words, class_="quiet"))
        return form("/accounts/change", token, *inside)

    acts = [act("password", t("One-time password")), act("sessions", t("Sign out everywhere"))]
    if each.has_second_factor:
        acts.append(act("second-factor", t("Remove second factor")))
    if each.id != admin.id:
        acts.append(act("enable", t("Enable")) if each.disabled_at else act("disable", t("Disable")))
    active = t("one-time password") if each.must_change_password else t("active")
    state = t("disabled") if each.disabled_at else active
    state += t(", second factor") if each.has_second_factor else ""
    kind = t("admin") if each.is_admin else t("person")
    return [each.name, each.full_name, kind, when(each.created_at), state, tag("div", *acts)]
