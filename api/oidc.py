"""Sign-in through an organisation's OpenID provider: authorization code with PKCE, state, nonce, a checked id_token.

Nothing is kept here between leaving for the provider and coming back: state, nonce and verifier are all made from one
random secret in a cookie of the browser that left, so that only that browser can come back.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api import forms
from api.caller import cookies_of, local_path
from api.forms import House
from api.look import page, said, tag
from casework import signing_in
from casework.accounts import arrived_from_outside
from data.errors import BadInput, LastSeenError, NotReachable, NotSignedIn

log = structlog.get_logger("oidc")
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Signatures with a public key alone: never "none", never one made with a secret that we hold too."""
KEPT_S = 600.0
MOST_BYTES = 1 << 20
_COOKIE, _SECURE_COOKIE = "lastseen_oidc", "__Host-lastseen_oidc"
_BACK = "/sign-in/oidc/back"
_AWAY = timedelta(minutes=10)


@dataclass
class Provider:
    """An OpenID provider, as the settings name it."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    label: str = "Sign in with your organisation"
    name_claim: str = "preferred_username"
    timeout_s: float = 10.0
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _known: tuple[float, dict[str, Any], KeySet] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.client_id:
            raise BadInput("oidc_client_id: is missing; the provider gives it when LastSeen is registered there")
        _check_address(self.issuer, "oidc_issuer")

    def leave_for(self, secret: str, onward: str, redirect_uri: str) -> str:
        """The provider's address that asks the person to sign in."""
        told, _ = self._metadata()
        asked = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": redirect_uri,
            "scope": "openid profile email", "state": state_of(secret, onward), "nonce": _made(secret, "nonce"),
            "code_challenge": create_s256_code_challenge(_made(secret, "verifier")), "code_challenge_method": "S256",
        }  # fmt: skip
        address = str(told["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def come_back(self, secret: str, code: str, redirect_uri: str) -> Mapping[str, Any]:
        """The checked claims of the person who comes back with this code; NotSignedIn when anything does not fit."""
        told, _ = self._metadata()
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
            "code_verifier": _made(secret, "verifier"), "client_id": self.client_id,
        }  # fmt: skip
        basic = (quote(self.client_id, safe=""), quote(self.client_secret, safe="")) if self.client_secret else None
        answer = self._asked("POST", str(told["token_endpoint"]), data=asked, auth=basic)
        return self._checked(str(answer.get("id_token", "")), _made(secret, "nonce"), answer.get("access_token"))

    def _checked(self, id_token: str, nonce: str, access_token: Any) -> Mapping[str, Any]:
        try:
            token = jwt.decode(id_token, self._keys(id_token), algorithms=ALGORITHMS)
            options = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self.client_id},
            }
            claims = CodeIDToken(
                token.claims, token.header, options,
                {"nonce": nonce, "client_id": self.client_id, "access_token": access_token},
            )  # fmt: skip
            claims.validate(leeway=60)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("a token of the provider was refused", why=type(error).__name__)
            raise NotSignedIn("The provider's answer could not be verified.") from error
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise NotSignedIn("The provider's answer names nobody.")
        return dict(claims)

    def _keys(self, id_token: str) -> KeySet:
        """The provider's keys; asked for anew when a token names one that is not known, but not at every such token."""
        kid = _key_id(id_token)
        _, keys = self._metadata()
        if kid and not any(key.kid == kid for key in keys.keys) and time.monotonic() - self._asked_at() > 30:
            _, keys = self._metadata(anew=True)
        return keys

    def _asked_at(self) -> float:
        return self._known[0] if self._known else 0.0

    def _metadata(self, *, anew: bool = False) -> tuple[dict[str, Any], KeySet]:
        with self._lock:
            if self._known is None or anew or time.monotonic() - self._known[0] > KEPT_S:
                told = self._asked("GET", self.issuer.rstrip("/") + "/.well-known/openid-configuration")
                if told.get("issuer") != self.issuer:
                    raise NotSignedIn("The provider calls itself by another name than the setting oidc_issuer.")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    _check_address(str(told.get(name, "")), f"the provider's {name}")
                self._known = (time.monotonic(), told, self._key_set(str(told["jwks_uri"])))
            return self._known[1], self._known[2]

    def _key_set(self, address: str) -> KeySet:
        try:
            return KeySet.import_key_set(self._asked("GET", address))  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotSignedIn("The provider's keys cannot be read.") from error

    def _asked(self, method: str, address: str, **given: Any) -> dict[str, Any]:
        """The provider's answer, a JSON object: at most 1 MiB, no redirects, no proxies of the environment."""
        try:
            with (
                httpx.Client(timeout=self.timeout_s, follow_redirects=False, trust_env=False) as client,
                client.stream(method, address, headers={"Accept": "application/json"}, **given) as answer,
            ):
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise NotSignedIn("The provider's answer is too long.")
            found = httpx.Response(answer.status_code, content=bytes(body)).json()
        except httpx.HTTPError as error:
            raise NotReachable("The sign-in of your organisation does not answer; try again later.") from error
        except ValueError as error:
            raise NotSignedIn("The provider's answer cannot be read.") from error
        if answer.status_code != 200 or not isinstance(found, dict):
            why = found.get("error") if isinstance(found, dict) else ""
            log.warning("the provider refused", status=answer.status_code, why=str(why)[:80])
            raise NotSignedIn("The provider did not confirm the sign-in.")
        return found


def oidc_routes(house: House, provider: Provider) -> list[BaseRoute]:
    """Leaving for the provider, and coming back."""

    async def leave(request: Request) -> Response:
        onward = local_path(request.query_params.get("next", "/"))
        secret = secrets.token_urlsafe(32)
        try:
            address = await run_in_threadpool(provider.leave_for, secret, onward, _back_to(request))
        except LastSeenError as error:
            return _failed(error)
        response = RedirectResponse(address, 303)
        forms.set_cookie(response, request, _cookie(request), secret, _AWAY)
        return response

    async def back(request: Request) -> Response:
        asked = request.query_params
        secret = cookies_of(request.headers).get(_cookie(request), "")
        onward = onward_of(secret, asked.get("state", "")) if secret else None
        try:
            if onward is None:
                raise NotSignedIn("This sign-in was not begun in this browser, or took too long. Begin again.")
            if "code" not in asked:
                raise NotSignedIn("The provider did not sign you in.")
            claims = await run_in_threadpool(provider.come_back, secret, asked["code"], _back_to(request))
            token, waits = await run_in_threadpool(_arrived, house, provider, claims, forms.caller(request))
            await run_in_threadpool(forms.end_present, house, request)
        except LastSeenError as error:
            response = _failed(error)
        else:
            to = f"/sign-in/second-factor?next={quote(onward, safe='')}" if waits else onward
            response = forms.start(RedirectResponse(to, 303), request, token)
        response.delete_cookie(
            _cookie(request), path="/", secure=forms.line(request).is_secure, httponly=True, samesite="lax"
        )
        return response

    return [Route("/sign-in/oidc", leave, methods=["GET"]), Route(_BACK, back, methods=["GET"])]


def _arrived(
    house: House, provider: Provider, claims: Mapping[str, Any], caller: signing_in.Caller
) -> tuple[str, bool]:
    """A session for who came back, and whether it waits for a second factor."""
    name = str(claims.get(provider.name_claim) or claims.get("email") or "")
    account = arrived_from_outside(
        house.open_store(), f"{provider.issuer}|{claims['sub']}", name=name, full_name=str(claims.get("name", ""))[:120]
    )
    token = signing_in.open_session(house.open_store(), account, caller=caller, limits=house.limits, how="provider")
    return token, account.has_second_factor


def _failed(error: LastSeenError) -> Response:
    again = tag("p", tag("a", "Back to sign-in", href="/sign-in"))
    return page(
        "Not signed in", said(str(error), is_wrong=True), again, status=503 if isinstance(error, NotReachable) else 401
    )


def _cookie(request: Request) -> str:
    return _SECURE_COOKIE if forms.line(request).is_secure else _COOKIE


def _back_to(request: Request) -> str:
    return forms.line(request).origin + _BACK


def state_of(secret: str, onward: str) -> str:
    """What the provider hands back: where to go on to, signed with the browser's secret."""
    return f"{_made(secret, 'state of ' + onward)}.{onward}"


def onward_of(secret: str, state: str) -> str | None:
    """Where to go on to; None when this browser's secret has not made this state."""
    _, _, onward = state.partition(".")
    if not hmac.compare_digest(state.encode("utf-8", "replace"), state_of(secret, onward).encode("utf-8", "replace")):
        return None
    return local_path(onward)


def _made(secret: str, what: str) -> str:
    return hmac.new(secret.encode("utf-8", "replace"), what.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _key_id(id_token: str) -> str:
    head = id_token.split(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except ValueError:
        return ""
    return str(found.get("kid", "")) if isinstance(found, dict) else ""


def _check_address(address: str, what: str) -> None:
    """Only an encrypted line to the provider, but for one on this machine itself."""
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname and _is_here(parts.hostname):
        return
    raise BadInput(f"{what}: must be an https:// address")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
