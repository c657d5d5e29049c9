"""My account: password, second factor, where one is signed in, keys for programs."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api import account_tokens, forms
from api.forms import House
from api.look import Html, button, field, form, hidden, page, said, table, tag, when
from api.sign_in import chosen_password, password_fields, said_in_words, status_of
from casework import own_account, second_factor, tokens
from dashboard.words import later, t
from data.account_rows import Session
from data.errors import BadInput, LastSeenError, NotSignedIn, TooSoon
from data.models import Account

_DONE = {
    "password": later("Your new password counts from now on. Every other session was ended."),
    "session": later("The session was ended."),
    "sessions": later("Every other session was ended."),
    "off": later("The second factor is switched off."),
    "key": later("The token was ended."),
}
# newer browsers also name the older ones in whose place they stand: the first found tells
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Android": "Android", "iPhone": "an iPhone", "iPad": "an iPad", "Windows": "Windows", "Mac OS X": "macOS",
    "Linux": "Linux",
}  # fmt: skip


def account_routes(house: House) -> list[BaseRoute]:
    """The routes of /account."""
    desk = _Desk(house)

    def route(path: str, answer: object, *methods: str) -> Route:
        return Route(path, said_in_words(answer), methods=list(methods))  # type: ignore[arg-type]

    return [
        route("/account", desk.show, "GET"),
        route("/account/password", desk.password, "POST"),
        route("/account/sessions", desk.end, "POST"),
        route("/account/keys", desk.end_key, "POST"),
        route("/account/tokens", desk.make_key, "POST"),
        route("/account/second-factor", desk.set_up, "GET", "POST"),
        route("/account/second-factor/off", desk.switch_off, "POST"),
        route("/account/recovery-codes", desk.new_codes, "POST"),
    ]


class _Desk:
    def __init__(self, house: House) -> None:
        self._house = house

    async def show(self, request: Request) -> Response:
        return await self._page(request, said(t(_DONE.get(request.query_params.get("done", ""), ""))))

    async def _page(self, request: Request, news: Html, status: int = 200) -> Response:
        session, account = forms.known(request)
        store, token = self._house.open_store(), forms.form_token(request)
        sessions = await run_in_threadpool(own_account.sessions, store, account)
        keys = await run_in_threadpool(tokens.keys, store, account)
        whose = tag("p", f"{account.name}", f", {account.full_name}" if account.full_name else "",
                    t(". Admin: manages accounts, sees no cases.") if account.is_admin else ".")  # fmt: skip
        parts = [news, whose, *_password(token), *_second_factor(account, token), *_sessions(sessions, session, token)]
        parts += account_tokens.part(keys, token)
        return page(t("My account"), *parts, status=status, account=account, form_token=token, wide=True)

    async def password(self, request: Request) -> Response:
        session, account = forms.known(request)
        given = await forms.read_form(request)
        try:
            token = await run_in_threadpool(
                own_account.change_password, self._house.open_store(), session, account, old=given.get("old", ""),
                new=chosen_password(given),
            )  # fmt: skip
        except (BadInput, NotSignedIn) as error:
            return await self._wrong(request, error)
        return forms.start(RedirectResponse("/account?done=password", 303), request, token)

    async def _wrong(self, request: Request, error: LastSeenError) -> Response:
        # 403 and not 401: the session stands, it is what was asked for that is refused
        status = 403 if isinstance(error, NotSignedIn) and not isinstance(error, TooSoon) else status_of(error)
        return await self._page(request, said(str(error), is_wrong=True), status)

    async def _unproved(self, request: Request, given: dict[str, str]) -> Response | None:
        """The answer to a form whose password is not the account's; None when it is."""
        session, account = forms.known(request)
        confirm, store = own_account.confirm_password, self._house.open_store()
        try:
            await run_in_threadpool(confirm, store, session, account, given.get("password", ""))
        except NotSignedIn as error:
            return await self._wrong(request, error)
        return None

    async def end(self, request: Request) -> Response:
        session, account = forms.known(request)
        given, store = await forms.read_form(request), self._house.open_store()
        if given.get("id") == "others":
            await run_in_threadpool(own_account.end_other_sessions, store, session, account)
            return RedirectResponse("/account?done=sessions", 303)
        await run_in_threadpool(own_account.end_session, store, account, given.get("id", ""))
        return RedirectResponse("/account?done=session", 303)

    async def end_key(self, request: Request) -> Response:
        _, account = forms.known(request)
        given = await forms.read_form(request)
        await run_in_threadpool(tokens.end_key, self._house.open_store(), account, given.get("id", ""))
        return RedirectResponse("/account?done=key", 303)

    async def make_key(self, request: Request) -> Response:
        """The one answer in which the token stands."""
        _, account = forms.known(request)
        given, store = await forms.read_form(request), self._house.open_store()
        if wrong := await self._unproved(request, given):
            return wrong
        try:
            key, made = await run_in_threadpool(account_tokens.make, store, account, given)
        except LastSeenError as error:
            return await self._wrong(request, error)
        return account_tokens.made_page(account, key, made, forms.form_token(request))

    async def set_up(self, request: Request) -> Response:
        """GET begins anew with a fresh secret only after the password; here the form that asks for it is answered."""
        _, account = forms.known(request)
        if request.method != "POST" or account.has_second_factor:
            return RedirectResponse("/account", 303)
        given, store = await forms.read_form(request), self._house.open_store()
        if "code" not in given:
            if wrong := await self._unproved(request, given):
                return wrong
            secret = await run_in_threadpool(second_factor.begin, store, account)
            return self._secret_page(request, account, secret)
        try:
            codes = await run_in_threadpool(second_factor.finish, store, account, given["code"])
        except BadInput as error:
            secret = await run_in_threadpool(second_factor.begun, store, account)
            return self._secret_page(request, account, secret, str(error))
        return _codes_page(request, account, codes)

    def _secret_page(self, request: Request, account: Account, secret: str, wrong: str = "") -> Response:
        token = forms.form_token(request)
        steps = [
            tag("p", t("Scan this with an authenticator on your telephone, or type the secret into it.")),
            tag("div", Html(second_factor.picture(account, secret)), class_="qr", role="img", aria_label=t("QR code")),
            tag("p", " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)), class_="once"),
            form("/account/second-factor", token,
                 field(t("Code that it shows now"), "code", autocomplete="one-time-code", required=True, maxlength=20,
                       autofocus=True),
                 button(t("Switch it on"))),
        ]  # fmt: skip
        status = 400 if wrong else 200
        return page(
            t("Second factor"), said(wrong, is_wrong=True), *steps, status=status, account=account, form_token=token
        )

    async def switch_off(self, request: Request) -> Response:
        _, account = forms.known(request)
        given, store = await forms.read_form(request), self._house.open_store()
        if wrong := await self._unproved(request, given):
            return wrong
        await run_in_threadpool(lambda: second_factor.remove(store, account, by=account.name))
        return RedirectResponse("/account?done=off", 303)

    async def new_codes(self, request: Request) -> Response:
        _, account = forms.known(request)
        given, store = await forms.read_form(request), self._house.open_store()
        if wrong := await self._unproved(request, given):
            return wrong
        return _codes_page(request, account, await run_in_threadpool(second_factor.new_recovery_codes, store, account))


def _codes_page(request: Request, account: Account, codes: list[str]) -> Response:
    token = forms.form_token(request)
    why = tag("p", t("Each of these works once in place of a code, for when the telephone is lost. Print them or write "
              "them down now: they are shown this once."))  # fmt: skip
    rows = [tag("br") if i % 2 else Html(code) for code in codes for i in range(2)]
    back = tag("p", tag("a", t("I have kept them"), href="/account"))
    return page(t("Recovery codes"), why, tag("p", *rows, class_="once"), back, account=account, form_token=token)


def _password(token: str) -> list[Html]:
    old = field(t("The password you have"), "old", type="password", autocomplete="current-password", required=True,
                maxlength=1024)  # fmt: skip
    return [tag("h2", t("Password")), form("/account/password", token, old, *password_fields(), button(t("Change it")))]


def _second_factor(account: Account, token: str) -> list[Html]:
    def asking(action: str, words: str, number: int) -> Html:
        asked = field(t("The password you have"), f"password{number}", type="password", required=True, maxlength=1024,
                      autocomplete="current-password")  # fmt: skip
        asked = Html(asked.replace(f'name="password{number}"', 'name="password"'))
        return form(action, token, asked, button(words, class_="quiet"))

    head = tag("h2", t("Second factor"))
    if not account.has_second_factor:
        why = t("Off. With it, signing in also asks for a code of an authenticator on your telephone.")
        return [head, tag("p", why), asking("/account/second-factor", t("Set it up"), 1)]
    return [
        head,
        tag("p", t("On. Signing in also asks for a code of your authenticator.")),
        asking("/account/recovery-codes", t("Make new recovery codes"), 1),
        asking("/account/second-factor/off", t("Switch it off"), 2),
    ]


def _sessions(sessions: list[Session], mine: Session, token: str) -> list[Html]:
    rows = []
    for known in sessions:
        is_mine = known.id == mine.id
        end = form("/account/sessions", token, hidden("id", known.id), button(t("End"), class_="quiet"))
        rows.append(
            [
                tag("strong", t("this one")) if is_mine else known.how,
                browser_words(known.browser), known.address or "?",
                when(known.created_at), when(known.seen_at), "" if is_mine else end,
            ]
        )  # fmt: skip
    heads = (t("How"), t("Browser"), t("Address"), t("Since"), t("Last seen"), "")
    others = form("/account/sessions", token, hidden("id", "others"), button(t("End all others"), class_="quiet"))
    return [tag("h2", t("Where you are signed in")), table(heads, rows, caption=t("Your sessions")), tag("p", others)]


def browser_words(agent: str) -> str:
    """What a browser calls itself, in two words; all of it where it calls itself something else."""
    name = next((name for mark, name in _BROWSERS.items() if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), "")
    if not name:
        return agent[:80] or "?"
    return f"{name} on {system}" if system else name
