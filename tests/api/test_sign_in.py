"""Signing in, the second factor, one's own account and the admin's page, as a browser without scripts does it."""

import re
from datetime import timedelta

import pyotp
import pytest

from api.account import browser_words
from casework import accounts, second_factor, slowing
from casework.signing_in import COOKIE, SECURE_COOKIE
from data import account_rows as rows
from data.errors import BadInput, Conflict
from data.models import Account, utc_now
from data.store import Store
from tests.api.doors import PASSWORD, Browser, an_account_with, door

pytestmark = pytest.mark.usefixtures("quick_hashes")
OTHER = "seven lamps on the quay"


@pytest.fixture
def account(store: Store) -> Account:
    return an_account_with(store)


@pytest.fixture
def browser(store: Store, account: Account) -> Browser:
    return Browser(door(store))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The authenticator's time: a list of one number, to be set."""
    now = [1_790_000_000.0]
    monkeypatch.setattr("casework.second_factor.time.time", lambda: now[0])
    return now


def said(store: Store, action: str) -> list[dict[str, object]]:
    return [entry.details | {"by": entry.by} for entry in store.audit_entries(action=action)]


# name and password


def test_the_right_password_makes_a_session_with_a_token_of_its_own(browser: Browser, store: Store) -> None:
    before = dict(browser.cookies)
    answer = browser.sign_in(onward="/map")
    assert (answer.status_code, answer.headers["location"]) == (303, "/map")
    cookie = answer.headers.get_list("set-cookie")[0]
    assert cookie.startswith(f"{COOKIE}=")
    assert {part.strip().casefold() for part in cookie.split(";")[1:]} == {"httponly", "path=/", "samesite=lax"}
    assert browser.token not in before.values()
    assert browser.get("/map").json()["came"] == "aino"
    (entry,) = said(store, "signed in")
    assert (entry["by"], entry["address"], entry["how"]) == ("aino", "203.0.113.9", "password")


def test_a_token_that_was_there_before_signing_in_is_worth_nothing_after(browser: Browser) -> None:
    browser.cookies.set(COOKIE, "chosen by an attacker", domain="127.0.0.1")
    browser.sign_in()
    assert browser.token != "chosen by an attacker"
    fixed = Browser(browser.app)
    fixed.cookies.set(COOKIE, "chosen by an attacker")
    assert fixed.get("/map").status_code == 303


def test_over_an_encrypted_line_the_cookie_goes_nowhere_else(store: Store, account: Account) -> None:
    browser = Browser(door(store), base="https://lastseen.example")
    answer = browser.sign_in()
    cookie = answer.headers.get_list("set-cookie")[0]
    assert cookie.startswith(f"{SECURE_COOKIE}=")
    assert "secure" in cookie.casefold()
    assert "domain" not in cookie.casefold()
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "strict-transport-security" not in Browser(door(store)).get("/sign-in").headers


@pytest.mark.parametrize(
    ("name", "password"), [("aino", "wrong wrong wrong"), ("nobody", PASSWORD), ("", ""), ("aino", "")]
)
def test_what_is_wrong_is_said_in_the_same_words(browser: Browser, name: str, password: str) -> None:
    answer = browser.sign_in(name, password)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert browser.token is None


def test_a_disabled_account_and_an_old_one_time_password_sound_like_a_wrong_one(store: Store, account: Account) -> None:
    accounts.disable_account(store, account.id, by="tests")
    late, once = accounts.add_account(store, "late", by="tests")
    with store.writing() as writing:
        rows.change_account(writing, late.id, password_until=utc_now() - timedelta(seconds=1))
    browser = Browser(door(store))
    for name, password in (("aino", PASSWORD), ("late", once)):
        assert "Name or password is wrong." in browser.sign_in(name, password).text
    whys = [entry["why"] for entry in said(store, "sign-in failed")]
    assert whys == ["account disabled", "one-time password too old"]


def test_neither_password_nor_what_was_typed_as_an_unknown_name_is_written_down(browser: Browser, store: Store) -> None:
    browser.sign_in("hunter2-typed-as-name", "secret-typed-as-password")
    browser.sign_in("aino", "another-secret-typed")
    assert [entry["by"] for entry in said(store, "sign-in failed")] == ["somebody", "aino"]
    text = repr(store.audit_entries())
    for secret in ("hunter2", "secret-typed", PASSWORD, "$argon2"):
        assert secret not in text


def test_the_sixth_try_in_a_minute_is_not_looked_at_though_it_is_right(browser: Browser, store: Store) -> None:
    for _ in range(slowing.FAILURES):
        assert browser.sign_in("aino", "wrong wrong wrong").status_code == 401
    answer = browser.sign_in()
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 4
    assert "Wait" in answer.text
    other_address = Browser(browser.app, address="198.51.100.2")
    assert other_address.sign_in().status_code == 429, "by account too"


def test_a_stranger_who_tries_without_end_does_not_keep_the_owner_out(browser: Browser, store: Store) -> None:
    browser.sign_in()
    browser.send("/sign-out", {})
    stranger = Browser(browser.app, address="198.51.100.66")
    for _ in range(7):
        stranger.sign_in("aino", "wrong wrong wrong")
    assert stranger.sign_in("aino", "wrong wrong wrong").status_code == 429
    assert Browser(browser.app).sign_in().status_code == 429, "a browser that the account never used"
    assert browser.sign_in().status_code == 303
    browser.send("/sign-out", {})
    for _ in range(5):
        assert browser.sign_in("aino", "wrong wrong wrong").status_code == 401
    assert browser.sign_in().status_code == 429, "in a browser it knows, too, but counted for itself"


def test_an_unknown_name_is_slowed_just_the_same(store: Store) -> None:
    browser = Browser(door(store))
    codes = [browser.sign_in("nobody", "wrong wrong wrong").status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]


def test_a_form_without_our_token_signs_nobody_in(browser: Browser) -> None:
    right = {"name": "aino", "password": PASSWORD, "next": "/"}
    assert browser.ask("POST", "/sign-in", data=right).status_code == 403
    assert browser.ask("POST", "/sign-in", data=right | {"form": "0" * 64}).status_code == 403
    token = browser.form_token("/sign-in")
    stranger = Browser(browser.app)
    assert stranger.ask("POST", "/sign-in", data=right | {"form": token}).status_code == 403
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.ask("POST", "/sign-in", data=right | {"form": token}, headers=headers).status_code == 403
    assert browser.ask("POST", "/sign-in", json=right | {"form": token}).status_code == 400
    assert browser.ask("POST", "/sign-in", data=right | {"form": token, "x": "x" * 40_000}).status_code == 400
    assert browser.ask("POST", "/sign-in", data=right | {"form": token}).status_code == 303


def test_what_was_typed_is_shown_as_text(browser: Browser) -> None:
    answer = browser.sign_in("\"><script>alert(1)</script>'", "x")
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    shown = browser.get("/sign-in?next=/%22%3E%3Cscript%3Ealert(1)").text
    assert "<script" not in shown


def test_the_plain_pages_run_no_script_and_cannot_be_framed(browser: Browser) -> None:
    browser.sign_in()
    for path in ("/sign-in", "/account", "/sign-out"):
        answer = Browser(browser.app).get(path) if path == "/sign-in" else browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "<script" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


# one-time passwords


def test_a_given_out_password_is_good_once_and_another_is_chosen(store: Store) -> None:
    _, once = accounts.add_account(store, "bea", by="tests")
    browser = Browser(door(store))
    assert browser.sign_in("bea", once).headers["location"] == "/sign-in/new-password?next=%2F"
    first = browser.token
    for wrong, words in (
        ({"new": OTHER, "again": OTHER + "x"}, "not the same"),
        ({"new": "short", "again": "short"}, "12 characters"),
        ({"new": "password1234", "again": "password1234"}, "common"),
        ({"new": once, "again": once}, "choose another"),
        ({"new": "bea bea bea bea", "again": "bea bea bea bea"}, "common"),
    ):
        answer = browser.send("/sign-in/new-password", wrong)
        assert answer.status_code == 400
        assert words in answer.text
    answer = browser.send("/sign-in/new-password", {"new": OTHER, "again": OTHER, "next": "/map?case=x"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/map?case=x")
    assert browser.token != first
    assert browser.get("/map").json()["came"] == "bea"
    assert Browser(door(store)).sign_in("bea", once).status_code == 401
    assert Browser(door(store)).sign_in("BEA", OTHER).status_code == 303


# sessions and password


def test_a_new_password_ends_every_other_session_and_renews_this_one(browser: Browser, store: Store) -> None:
    browser.sign_in()
    other = Browser(browser.app)
    other.sign_in()
    old = browser.token
    answer = browser.send("/account/password", {"old": PASSWORD, "new": OTHER, "again": OTHER}, page="/account")
    assert answer.headers["location"] == "/account?done=password"
    assert browser.token != old
    assert browser.get("/map").json()["came"] == "aino"
    assert other.get("/map").status_code == 303
    stolen = Browser(browser.app)
    stolen.cookies.set(COOKIE, str(old))
    assert stolen.get("/map").status_code == 303


def test_a_password_is_not_changed_without_the_one_it_was(browser: Browser, store: Store) -> None:
    browser.sign_in()
    answer = browser.send(
        "/account/password", {"old": "wrong wrong wrong", "new": OTHER, "again": OTHER}, page="/account"
    )
    assert answer.status_code == 403
    assert "The password you have now is wrong." in answer.text
    for _ in range(5):
        answer = browser.send(
            "/account/password", {"old": "wrong wrong", "new": OTHER, "again": OTHER}, page="/account"
        )
    assert answer.status_code == 429
    assert Browser(browser.app, address="198.51.100.3").sign_in("aino", OTHER).status_code == 429


def test_ones_own_sessions_are_listed_and_ended_at_once(browser: Browser, store: Store, account: Account) -> None:
    browser.sign_in()
    other = Browser(browser.app, address="198.51.100.4", headers={"User-Agent": "Another <b>browser</b>"})
    other.sign_in()
    page = browser.get("/account").text
    assert "198.51.100.4" in page
    assert "Another &lt;b&gt;browser&lt;/b&gt;" in page
    session = next(known for known in rows.sessions_of(store, account.id) if known.address == "198.51.100.4")
    assert browser.send("/account/sessions", {"id": session.id}, page="/account").status_code == 303
    assert other.get("/map").status_code == 303
    assert browser.get("/map").status_code == 200
    third = Browser(browser.app)
    third.sign_in()
    browser.send("/account/sessions", {"id": "others"}, page="/account")
    assert third.get("/map").status_code == 303


def test_nobody_ends_anybody_elses_session(browser: Browser, store: Store) -> None:
    bea = an_account_with(store, "bea", OTHER)
    theirs = Browser(browser.app)
    theirs.sign_in("bea", OTHER)
    (session,) = rows.sessions_of(store, bea.id)
    browser.sign_in()
    assert browser.send("/account/sessions", {"id": session.id}, page="/account").status_code == 404
    assert theirs.get("/map").status_code == 200


def test_signing_out_ends_the_session_and_not_just_the_cookie(browser: Browser, store: Store) -> None:
    browser.sign_in()
    token = browser.token
    assert browser.get("/sign-out").status_code == 200, "a link alone signs nobody out"
    assert browser.get("/map").status_code == 200
    answer = browser.send("/sign-out", {})
    assert answer.headers["location"] == "/sign-in"
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert browser.token is None
    stolen = Browser(browser.app)
    stolen.cookies.set(COOKIE, str(token))
    assert stolen.get("/map").status_code == 303
    assert [entry["by"] for entry in said(store, "signed out")] == ["aino"]


# the second factor


def switched_on(browser: Browser, clock: list[float]) -> tuple[pyotp.TOTP, list[str]]:
    """The authenticator of a browser's account, and the recovery codes that were shown."""
    answer = browser.send("/account/second-factor", {"password": PASSWORD}, page="/account")
    assert "<svg" in answer.text
    shown = re.search(r'class="once">([A-Z2-7 ]+)<', answer.text)
    form = re.search(r'name="form" value="([0-9a-f]{64})"', answer.text)
    assert shown is not None
    assert form is not None
    totp = pyotp.TOTP(shown[1].replace(" ", ""))
    wrong = browser.ask("POST", "/account/second-factor", data={"form": form[1], "code": "000000"})
    assert wrong.status_code == 400
    done = browser.ask("POST", "/account/second-factor", data={"form": form[1], "code": totp.at(clock[0])})
    codes = re.findall(r"[a-z2-9]{5}(?:-[a-z2-9]{5}){3}", done.text)
    assert len(codes) == second_factor.RECOVERY_CODES
    return totp, codes


def with_code(browser: Browser, code: str) -> int:
    assert browser.sign_in().headers["location"].startswith("/sign-in/second-factor")
    assert browser.get("/map").status_code == 303, "a password alone opens nothing"
    return browser.send("/sign-in/second-factor", {"code": code, "next": "/map"}).status_code


def test_with_a_second_factor_the_password_alone_opens_nothing(
    browser: Browser, store: Store, clock: list[float]
) -> None:
    browser.sign_in()
    totp, _ = switched_on(browser, clock)
    clock[0] += 30
    fresh = Browser(browser.app)
    waiting_token_opens_nothing = fresh.sign_in()
    assert waiting_token_opens_nothing.headers["location"].startswith("/sign-in/second-factor")
    waiting = fresh.token
    answer = fresh.send("/sign-in/second-factor", {"code": totp.at(clock[0]), "next": "/map"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/map")
    assert fresh.token != waiting
    assert fresh.get("/map").json()["came"] == "aino"
    assert said(store, "signed in")[-1]["how"] == "password and code"


def test_no_code_is_taken_twice_and_none_older_than_the_last(browser: Browser, clock: list[float]) -> None:
    browser.sign_in()
    totp, _ = switched_on(browser, clock)
    set_up_with = totp.at(clock[0])
    assert with_code(Browser(browser.app), set_up_with) == 401, "the code that set it up is used"
    clock[0] += 60
    code = totp.at(clock[0])
    assert with_code(Browser(browser.app), code) == 303
    assert with_code(Browser(browser.app), code) == 401
    assert with_code(Browser(browser.app), totp.at(clock[0] - 30)) == 401, "older than the one that was used"
    clock[0] += 3600
    assert with_code(Browser(browser.app), code) in (401, 429)


def test_a_clock_half_a_minute_off_is_borne_with_and_no_more(
    store: Store, account: Account, clock: list[float]
) -> None:
    secret = second_factor.begin(store, account)
    second_factor.finish(store, account, pyotp.TOTP(secret).at(clock[0]))
    known = rows.credentials(store, account.id)
    totp = pyotp.TOTP(secret)
    found = [second_factor._step_of(known, totp.at(clock[0] + off)) for off in (-60, -30, 0, 30, 60)]
    assert [step is not None for step in found] == [False, True, True, True, False]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "０１２３４５", "-12345", "12 34 5"])
def test_what_is_no_code_is_wrong(store: Store, account: Account, clock: list[float], code: str) -> None:
    second_factor.begin(store, account)
    assert second_factor._step_of(rows.credentials(store, account.id), code) is None


def test_a_secret_that_nobody_proved_is_shown_no_longer_than_ten_minutes(
    store: Store, account: Account, clock: list[float]
) -> None:
    secret = second_factor.begin(store, account)
    clock[0] += 590
    assert second_factor.begun(store, account) == secret
    clock[0] += 90
    with pytest.raises(BadInput, match="begin anew"):
        second_factor.begun(store, account)
    with pytest.raises(BadInput, match="begin anew"):
        second_factor.finish(store, account, pyotp.TOTP(secret).at(clock[0]))


def test_a_recovery_code_works_once_however_it_is_typed(browser: Browser, store: Store, clock: list[float]) -> None:
    browser.sign_in()
    _, codes = switched_on(browser, clock)
    typed = codes[0].upper().replace("-", " ")
    assert with_code(Browser(browser.app), typed) == 303
    assert with_code(Browser(browser.app), codes[0]) == 401
    assert with_code(Browser(browser.app), codes[1]) == 303
    assert said(store, "recovery code used")[0]["codes_left"] == 9
    assert codes[2] not in repr(store.audit_entries())


def test_codes_are_slowed_like_passwords(browser: Browser, clock: list[float]) -> None:
    browser.sign_in()
    switched_on(browser, clock)
    guessing = Browser(browser.app, address="198.51.100.9")
    guessing.sign_in()
    statuses = [guessing.send("/sign-in/second-factor", {"code": f"{n:06}"}).status_code for n in range(6)]
    assert statuses == [401] * 5 + [429]


def test_the_second_factor_is_not_touched_without_the_password(
    browser: Browser, store: Store, clock: list[float]
) -> None:
    browser.sign_in()
    switched_on(browser, clock)
    for path in ("/account/second-factor/off", "/account/recovery-codes"):
        assert browser.send(path, {"password": "wrong wrong wrong"}, page="/account").status_code == 403
    assert browser.send("/account/recovery-codes", {"password": PASSWORD}, page="/account").status_code == 200
    answer = browser.send("/account/second-factor/off", {"password": PASSWORD}, page="/account")
    assert answer.headers["location"] == "/account?done=off"
    assert Browser(browser.app).sign_in(onward="/map").headers["location"] == "/map"


# the admin's page


def test_an_admin_adds_disables_and_resets_and_is_shown_each_password_once(store: Store) -> None:
    an_account_with(store, "root.admin", OTHER, is_admin=True)
    admin = Browser(door(store))
    assert admin.sign_in("root.admin", OTHER).headers["location"] == "/accounts"
    made = admin.send("/accounts/add", {"name": "bea", "full_name": "Bea <b>"}, page="/accounts")
    once = re.search(r'class="once">([a-z2-9-]{23})<', made.text)
    assert once is not None
    assert once[1] not in admin.get("/accounts").text
    assert "Bea &lt;b&gt;" in admin.get("/accounts").text
    bea = Browser(door(store))
    assert bea.sign_in("bea", once[1]).headers["location"].startswith("/sign-in/new-password")
    account = rows.account_named(store, "bea")

    def change(what: str) -> str:
        return admin.send("/accounts/change", {"id": account.id, "what": what}, page="/accounts").text

    change("disable")
    assert bea.get("/map").headers["location"].startswith("/sign-in?")
    change("enable")
    again = re.search(r'class="once">([a-z2-9-]{23})<', change("password"))
    assert again is not None
    assert bea.sign_in("bea", once[1]).status_code == 401
    assert bea.sign_in("bea", again[1]).status_code == 303
    change("sessions")
    assert bea.get("/map").headers["location"].startswith("/sign-in?")
    actions = [entry.action for entry in store.audit_entries() if entry.by == "root.admin"]
    assert {"account added", "account disabled", "account enabled", "one-time password made", "sessions ended"} <= set(
        actions
    )


def test_nobody_but_an_admin_reaches_the_accounts(browser: Browser, store: Store) -> None:
    other = an_account_with(store, "bea", OTHER)
    browser.sign_in()
    assert browser.get("/accounts").status_code == 403
    token = browser.form_token("/account")
    for what in ("disable", "enable", "password", "second-factor", "sessions"):
        answer = browser.ask("POST", "/accounts/change", data={"form": token, "id": other.id, "what": what})
        assert answer.status_code == 403, what
    assert browser.ask("POST", "/accounts/add", data={"form": token, "name": "eve"}).status_code == 403
    assert [account.name for account in rows.accounts(store)] == ["aino", "bea"]
    assert rows.account(store, other.id).disabled_at is None


def test_an_admin_cannot_lock_themselves_out(store: Store) -> None:
    me = an_account_with(store, "root.admin", OTHER, is_admin=True)
    admin = Browser(door(store))
    admin.sign_in("root.admin", OTHER)
    answer = admin.send("/accounts/change", {"id": me.id, "what": "disable"}, page="/accounts")
    assert answer.status_code == 409
    assert rows.account(store, me.id).disabled_at is None


@pytest.mark.parametrize(
    "name", ["", "a", "aino v", "-aino", "aino-", "ain\u043e", "../x", "a" * 65, "LastSeen", "a\nb", "<b>"]
)
def test_names_that_could_be_taken_for_others_are_refused(store: Store, name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        accounts.add_account(store, name, by="tests")


def test_two_accounts_do_not_differ_in_capitals_alone(store: Store, account: Account) -> None:
    with pytest.raises(Conflict, match="there is an account of this name already"):
        accounts.add_account(store, "AINO", by="tests")


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
         "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "?"),
    ],
)  # fmt: skip
def test_a_session_names_its_browser_in_words(agent: str, words: str) -> None:
    assert browser_words(agent) == words
