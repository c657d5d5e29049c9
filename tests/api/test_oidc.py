"""Sign-in through an OpenID provider, against one that a test makes do wrong."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from joserfc.jwk import ECKey, RSAKey

from api.oidc import Provider, onward_of, state_of
from casework import accounts, second_factor
from data import account_rows as rows
from data.errors import BadInput, Conflict
from data.store import Store
from tests.api.doors import Browser, an_account_with, door
from tests.api.mock_provider import CLIENT, SECRET, MockProvider, signed_with, unsigned

pytestmark = pytest.mark.usefixtures("quick_hashes")
REFUSED = "could not be verified"


@pytest.fixture
def mock() -> Iterator[MockProvider]:
    with MockProvider() as running:
        yield running


def browser_at(store: Store, mock: MockProvider, **more: Any) -> Browser:
    return Browser(door(store, provider=Provider(mock.issuer, CLIENT, SECRET, **more)))


def went_round(browser: Browser, mock: MockProvider, onward: str = "/map?case=a") -> Any:
    left = browser.get("/sign-in/oidc?next=" + onward.replace("?", "%3F").replace("=", "%3D"))
    assert left.status_code == 303, left.text
    return browser.get(mock.person_agrees(left.headers["location"]))


def test_a_person_the_provider_vouches_for_is_signed_in_with_an_account_without_any_role(
    store: Store, mock: MockProvider
) -> None:
    browser = browser_at(store, mock)
    assert "Sign in with your organisation" in browser.get("/sign-in").text
    answer = went_round(browser, mock)
    assert (answer.status_code, answer.headers["location"]) == (303, "/map?case=a")
    assert browser.get("/map").json()["came"] == "aino.v"
    (account,) = rows.accounts(store)
    assert (account.full_name, account.is_admin) == ("Aino V", False)
    known = rows.credentials(store, account.id)
    assert (known.outside_id, known.password_hash) == (f"{mock.issuer}|4711", "")
    assert mock.asked[0]["authorization"].startswith("Basic ")
    assert "client_secret" not in mock.asked[0]
    again = browser_at(store, mock)
    assert went_round(again, mock).status_code == 303
    assert len(rows.accounts(store)) == 1


def test_the_address_that_one_leaves_for_carries_state_nonce_and_challenge(store: Store, mock: MockProvider) -> None:
    browser = browser_at(store, mock)
    address = browser.get("/sign-in/oidc").headers["location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == "http://127.0.0.1:8501/sign-in/oidc/back"
    assert asked["code_challenge_method"] == "S256"
    assert len({asked["state"].split(".")[0], asked["nonce"], asked["code_challenge"]}) == 3
    second = parse_qs(urlsplit(browser.get("/sign-in/oidc").headers["location"]).query)
    assert second["nonce"][0] != asked["nonce"]
    assert SECRET not in address


def test_an_account_from_outside_has_no_password_to_guess(store: Store, mock: MockProvider) -> None:
    went_round(browser_at(store, mock), mock)
    assert Browser(door(store)).sign_in("aino.v", "").status_code == 401
    assert Browser(door(store)).sign_in("aino.v", "whatever it may be").status_code == 401


def test_only_the_browser_that_left_can_come_back_and_only_once(store: Store, mock: MockProvider) -> None:
    victim, attacker = browser_at(store, mock), browser_at(store, mock)
    back = mock.person_agrees(attacker.get("/sign-in/oidc").headers["location"])
    assert victim.get(back).status_code == 401, "somebody else's answer"
    victim.get("/sign-in/oidc")
    assert victim.get(back).status_code == 401, "another sign-in's answer"
    assert victim.token is None
    assert attacker.get(back).status_code == 303
    assert attacker.get(back).status_code == 401, "the secret is used up"


@pytest.mark.parametrize(
    "spoil",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"aud": "somebody-else"}},
        {"claims": {"aud": [CLIENT, "somebody-else"]}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": int(time.time()) - 3600}},
        {"claims": {"exp": None}},
        {"claims": {"iat": int(time.time()) + 86_400}},
        {"claims": {"sub": None}},
        {"claims": {"sub": 4711}},
        {"claims": {"sub": ""}},
        {"claims": {"azp": "somebody-else"}},
        {"claims": {"at_hash": "wrong"}},
    ],
    ids=lambda spoil: "-".join(spoil["claims"]),
)
def test_a_token_whose_claims_do_not_fit_signs_nobody_in(
    store: Store, mock: MockProvider, spoil: dict[str, Any]
) -> None:
    mock.spoil = spoil
    browser = browser_at(store, mock)
    assert went_round(browser, mock).status_code == 401
    assert browser.token is None
    assert rows.accounts(store) == []


def test_a_token_signed_with_another_key_signs_nobody_in(store: Store, mock: MockProvider) -> None:
    mock.published = ECKey.generate_key("P-256", {"kid": "one"})
    answer = went_round(browser_at(store, mock), mock)
    assert REFUSED in answer.text


def test_a_token_signed_with_what_the_client_knows_too_signs_nobody_in(store: Store, mock: MockProvider) -> None:
    now = int(time.time())
    for secret in (SECRET.encode(), mock.key.as_pem(private=False)):
        browser = browser_at(store, mock)
        address = browser.get("/sign-in/oidc").headers["location"]
        nonce = parse_qs(urlsplit(address).query)["nonce"][0]
        claims = {"iss": mock.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 60, "nonce": nonce}
        mock.id_token = signed_with(secret, claims)
        assert REFUSED in browser.get(mock.person_agrees(address)).text


def test_an_unsigned_token_signs_nobody_in(store: Store, mock: MockProvider) -> None:
    now = int(time.time())
    mock.id_token = unsigned({"iss": mock.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 60})
    assert REFUSED in went_round(browser_at(store, mock), mock).text
    for nonsense in ("", "a.b.c", "a.b", "\u00e9.\u00e9.\u00e9", "x" * 50_000):
        mock.id_token = nonsense or " "
        assert went_round(browser_at(store, mock), mock).status_code == 401


def test_an_rsa_key_is_understood_too_and_a_new_one_is_asked_for(
    store: Store, mock: MockProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = browser_at(store, mock)
    assert went_round(browser, mock).status_code == 303
    mock.key, mock.algorithm = RSAKey.generate_key(2048, {"kid": "two"}), "RS256"
    other = Browser(browser.app)
    assert went_round(other, mock).status_code == 401, "keys are not asked for at every token"
    now = time.monotonic()
    monkeypatch.setattr("api.oidc.time.monotonic", lambda: now + 60)
    assert went_round(Browser(browser.app), mock).status_code == 303


def test_a_provider_that_calls_itself_otherwise_or_names_strange_addresses_is_not_believed(
    store: Store, mock: MockProvider
) -> None:
    mock.issuer_said = "https://login.evil.example"
    assert "calls itself by another name" in browser_at(store, mock).get("/sign-in/oidc").text
    mock.issuer_said = ""
    mock.spoil = {"metadata": {"token_endpoint": "http://login.example.org/token"}}
    assert "must be an https:// address" in browser_at(store, mock).get("/sign-in/oidc").text


def test_redirects_of_the_provider_are_not_followed_and_its_answers_are_bounded(
    store: Store, mock: MockProvider
) -> None:
    mock.spoil = {"metadata": {"token_endpoint": f"{mock.issuer}/moved"}}
    assert went_round(browser_at(store, mock), mock).status_code == 401
    assert mock.asked == []
    mock.spoil, mock.padding = {}, 2 << 20
    assert "too long" in browser_at(store, mock).get("/sign-in/oidc").text


def test_a_provider_that_refuses_or_is_gone_is_said_in_plain_words(store: Store, mock: MockProvider) -> None:
    mock.token_status = 400
    assert "did not confirm" in went_round(browser_at(store, mock), mock).text
    gone = Browser(door(store, provider=Provider("http://127.0.0.1:9", CLIENT, timeout_s=1.0)))
    answer = gone.get("/sign-in/oidc")
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    browser = browser_at(store, mock)
    state = parse_qs(urlsplit(browser.get("/sign-in/oidc").headers["location"]).query)["state"][0]
    denied = browser.ask("GET", "/sign-in/oidc/back", params={"state": state, "error": "<b>access_denied"})
    assert denied.status_code == 401
    assert "<b>" not in denied.text


def test_a_local_account_of_the_same_name_is_not_taken_over(store: Store, mock: MockProvider) -> None:
    local = an_account_with(store, "aino.v")
    answer = went_round(browser_at(store, mock), mock)
    assert "an admin can link it" in answer.text
    accounts.link_outside(store, local.id, f"{mock.issuer}|4711", by="tests")
    browser = browser_at(store, mock)
    assert went_round(browser, mock).status_code == 303
    assert browser.get("/map").json()["came"] == "aino.v"
    assert len(rows.accounts(store)) == 1
    other = an_account_with(store, "bea")
    with pytest.raises(Conflict, match="another account"):
        accounts.link_outside(store, other.id, f"{mock.issuer}|4711", by="tests")
    with pytest.raises(BadInput, match="ISSUER|SUBJECT"):
        accounts.link_outside(store, other.id, "4711", by="tests")


@pytest.mark.parametrize("name", ["../../x", "<b>", "ain\u043e", "lastseen", "", None])
def test_a_strange_name_from_the_provider_makes_no_account(store: Store, mock: MockProvider, name: str | None) -> None:
    mock.claims = {"sub": "1", "preferred_username": name}
    assert went_round(browser_at(store, mock), mock).status_code == 401
    assert rows.accounts(store) == []


def test_a_disabled_account_and_one_with_a_second_factor_here_stay_so(store: Store, mock: MockProvider) -> None:
    went_round(browser_at(store, mock), mock)
    (account,) = rows.accounts(store)
    secret = second_factor.begin(store, account)
    second_factor.finish(store, account, pyotp.TOTP(secret).now())
    browser = browser_at(store, mock)
    assert went_round(browser, mock).headers["location"] == "/sign-in/second-factor?next=%2Fmap%3Fcase%3Da"
    assert browser.get("/map").status_code == 303
    accounts.disable_account(store, account.id, by="tests")
    assert "disabled" in went_round(browser_at(store, mock), mock).text


@pytest.mark.parametrize("issuer", ["http://login.example.org", "ftp://x", "login.example.org", "https://"])
def test_only_an_encrypted_line_leads_to_a_provider_elsewhere(issuer: str) -> None:
    with pytest.raises(BadInput, match="oidc_issuer: must be an https"):
        Provider(issuer, CLIENT)


def test_a_state_leads_back_only_as_it_was_made() -> None:
    state = state_of("secret", "/map?case=a")
    assert onward_of("secret", state) == "/map?case=a"
    assert onward_of("other", state) is None
    assert onward_of("secret", state.replace("case=a", "case=b")) is None
    assert onward_of("secret", state_of("secret", "//evil.example")) == "/"
    assert onward_of("secret", "") is None
