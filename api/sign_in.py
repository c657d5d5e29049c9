"""The pages before the door: sign-in, the second factor, a password of one's own, signing out."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api import forms, look
from api.caller import cookies_of, local_path
from api.forms import House
from api.look import button, field, form, hidden, page, said, tag
from api.oidc import Provider, oidc_routes
from casework import own_account, second_factor, signing_in
from casework.passwords import LEAST
from dashboard.words import t
from data.errors import BadInput, Conflict, LastSeenError, NotAllowed, NotFound, NotReachable, NotSignedIn, TooSoon

Answer = Callable[[Request], Awaitable[Response]]
_CODES: tuple[tuple[type[LastSeenError], int], ...] = (
    (TooSoon, 429), (NotSignedIn, 401), (NotAllowed, 403), (NotFound, 404), (BadInput, 400), (Conflict, 409),
    (NotReachable, 503),
)  # fmt: skip


def sign_in_routes(house: House, provider: Provider | None = None) -> list[BaseRoute]:
    """The routes of /sign-in and /sign-out."""
    desk = _Desk(house, provider)
    own: list[BaseRoute] = [
        Route("/sign-in", said_in_words(desk.sign_in), methods=["GET", "POST"]),
        Route("/sign-in/style.css", style, methods=["GET"]),
        Route("/sign-in/second-factor", said_in_words(desk.second_factor), methods=["GET", "POST"]),
        Route("/sign-in/new-password", said_in_words(desk.new_password), methods=["GET", "POST"]),
        Route("/sign-in/state", state, methods=["GET"]),
        Route("/sign-out", said_in_words(desk.sign_out), methods=["GET", "POST"]),
    ]
    return own + (oidc_routes(house, provider) if provider else [])


def status_of(error: LastSeenError) -> int:
    return next((code for kind, code in _CODES if isinstance(error, kind)), 500)


def said_in_words(answer: Answer) -> Answer:
    """What goes wrong, as a page of its own in plain words."""

    async def answering(request: Request) -> Response:
        look.read_by(request)
        try:
            return await answer(request)
        except LastSeenError as error:
            back = tag("p", tag("a", t("Back"), href=local_path(request.url.path)))
            return page(t("That did not work"), said(str(error), is_wrong=True), back, status=status_of(error))

    return answering


async def style(request: Request) -> Response:  # noqa: ARG001
    return FileResponse(look.STYLE, media_type="text/css")


async def state(request: Request) -> Response:
    """Whether this browser is still signed in; asked by pages left open. The door answers 401 where it is not."""
    session, account = forms.known(request)
    return JSONResponse({"name": account.name, "session": session.id if session else None})


class _Desk:
    def __init__(self, house: House, provider: Provider | None) -> None:
        self._house = house
        self._provider = provider

    async def sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            onward = local_path(request.query_params.get("next", "/"))
            if request.scope["state"]["account"] is not None:
                return RedirectResponse(onward, 303)
            return forms.prepared(request, lambda token: self._sign_in_page(token, onward))
        given = await forms.read_form(request)
        onward = local_path(given.get("next", "/"))
        name = given.get("name", "")
        try:
            token = await run_in_threadpool(
                signing_in.sign_in, self._house.open_store(), name, given.get("password", ""),
                caller=forms.caller(request), limits=self._house.limits,
            )  # fmt: skip
        except NotSignedIn as error:
            words, status = str(error), status_of(error)
            answer = forms.prepared(request, lambda token: self._sign_in_page(token, onward, words, name, status))
            if isinstance(error, TooSoon):
                answer.headers["Retry-After"] = str(error.wait_s)
            return answer
        await run_in_threadpool(forms.end_present, self._house, request)
        return await self._started(request, token, onward)

    async def _started(self, request: Request, token: str, onward: str) -> Response:
        """Into the new session: to the second factor, to a password of one's own, or on."""
        store = self._house.open_store()
        found = await run_in_threadpool(signing_in.session_of, store, token)
        if found is None:
            to = f"/sign-in/second-factor?next={quote(onward, safe='')}"
            return forms.start(RedirectResponse(to, 303), request, token)
        account = found[1]
        if account.is_admin and onward == "/":
            onward = "/accounts"
        if account.must_change_password:
            onward = f"/sign-in/new-password?next={quote(onward, safe='')}"
        response = forms.start(RedirectResponse(onward, 303), request, token)
        forms.keep_mark(response, request, await run_in_threadpool(signing_in.browser_mark, store, account))
        return response

    def _sign_in_page(self, token: str, onward: str, wrong: str = "", name: str = "", status: int = 200) -> Response:
        own = form(
            "/sign-in", token, hidden("next", onward),
            field(t("Name"), "name", autocomplete="username", autocapitalize="none", spellcheck="false", required=True,
                  maxlength=80, value=name[:80], autofocus=not name),
            field(t("Password"), "password", type="password", autocomplete="current-password", required=True,
                  maxlength=1024, autofocus=bool(name)),
            button(t("Sign in")),
        )  # fmt: skip
        other = look.Html("")
        if self._provider is not None:
            link = tag("a", self._provider.label, href=f"/sign-in/oidc?next={quote(onward, safe='')}")
            other = tag("div", link, class_="or")
        foot = tag("footer", t("No account, or the password is lost? Ask an admin; on your own computer run "),
                   tag("code", ".venv/bin/python cli.py users password NAME"), ".")  # fmt: skip
        return page(t("Sign in"), said(wrong, is_wrong=True), own, other, foot, status=status)

    async def second_factor(self, request: Request) -> Response:
        cookie = signing_in.token_in(cookies_of(request.headers))
        store = self._house.open_store()
        if await run_in_threadpool(lambda: signing_in.session_of(store, cookie, waiting=True)) is None:
            return RedirectResponse("/sign-in", 303)
        if request.method != "POST":
            onward = local_path(request.query_params.get("next", "/"))
            return _code_page(forms.form_token(request), onward)
        given = await forms.read_form(request)
        onward = local_path(given.get("next", "/"))
        try:
            token = await run_in_threadpool(
                second_factor.give_code, store, cookie, given.get("code", ""), limits=self._house.limits
            )
        except NotSignedIn as error:
            return _code_page(forms.form_token(request), onward, str(error), status_of(error))
        return await self._started(request, token, onward)

    async def new_password(self, request: Request) -> Response:
        session, account = forms.known(request)
        if not account.must_change_password:
            return RedirectResponse("/account", 303)
        if request.method != "POST":
            return _password_page(forms.form_token(request), local_path(request.query_params.get("next", "/")))
        given = await forms.read_form(request)
        onward = local_path(given.get("next", "/"))
        try:
            token = await run_in_threadpool(
                own_account.change_password, self._house.open_store(), session, account, old="",
                new=chosen_password(given),
            )  # fmt: skip
        except BadInput as error:
            return _password_page(forms.form_token(request), onward, str(error))
        return forms.start(RedirectResponse(onward, 303), request, token)

    async def sign_out(self, request: Request) -> Response:
        session, account = forms.known(request)
        if request.method != "POST":
            token = forms.form_token(request)
            return page(
                t("Sign out"), form("/sign-out", token, button(t("Sign out"))), account=account, form_token=token
            )
        await forms.read_form(request)
        await run_in_threadpool(signing_in.sign_out, self._house.open_store(), session, account)
        return forms.leave(RedirectResponse("/sign-in", 303))


def _code_page(token: str, onward: str, wrong: str = "", status: int = 200) -> Response:
    asked = field(
        t("Code"), "code", hint=t("The six digits that your authenticator shows now, or one of your recovery codes."),
        autocomplete="one-time-code", autocapitalize="none", spellcheck="false", required=True, maxlength=60,
        autofocus=True,
    )  # fmt: skip
    own = form("/sign-in/second-factor", token, hidden("next", onward), asked, button(t("Go on")))
    again = tag("p", tag("a", t("Sign in with another account"), href="/sign-in"))
    return page(t("Your second factor"), said(wrong, is_wrong=True), own, again, status=status)


def chosen_password(given: dict[str, str]) -> str:
    """The password of a form that asks for it twice."""
    if given.get("new", "") != given.get("again", ""):
        raise BadInput("password: the two you typed are not the same")
    return given.get("new", "")


def password_fields() -> list[look.Html]:
    hint = t(
        "{n} characters or more. Several words are fine; anything may stand in it. Common ones are refused.", n=LEAST
    )
    return [_new_password(t("New password"), "new", hint), _new_password(t("The same again"), "again", "")]


def _new_password(label: str, name: str, hint: str) -> look.Html:
    return field(
        label, name, hint=hint, type="password", autocomplete="new-password", required=True, minlength=LEAST,
        maxlength=1024,
    )  # fmt: skip


def _password_page(token: str, onward: str, wrong: str = "") -> Response:
    why = tag("p", t("You signed in with a password that was given out once. Choose one that only you know."))
    own = form("/sign-in/new-password", token, hidden("next", onward), *password_fields(), button(t("Keep it")))
    leave = form("/sign-out", token, button(t("Sign out"), class_="quiet"))
    body = (said(wrong, is_wrong=True), why, own, leave)
    return page(t("Choose a password"), *body, status=400 if wrong else 200)
