"""An OpenID provider on this machine's loopback, which does what a test tells it to: rightly, or not."""

import base64
import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT, SECRET = "lastseen", "a secret of the client"
AINO = {"sub": "4711", "preferred_username": "aino.v", "name": "Aino V"}


@dataclass
class MockProvider:
    """Vouches for whoever its test says; `spoils` the claims or the token before it is handed over."""

    claims: dict[str, Any] = field(default_factory=lambda: AINO.copy())
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"}))
    published: Any = None
    algorithm: str = "ES256"
    issuer_said: str = ""
    token_status: int = 200
    spoil: dict[str, Any] = field(default_factory=dict)
    id_token: str | None = None
    padding: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __enter__(self) -> "MockProvider":
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                provider.answer(self, {name: values[0] for name, values in parse_qs(body).items()})

            def log_message(self, *_args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        path = urlsplit(request.path).path
        if path == "/.well-known/openid-configuration":
            self._json(request, 200, self._metadata())
        elif path == "/keys":
            keys = KeySet([self.published or self.key])
            self._json(request, 200, dict(keys.as_dict(private=False)))
        elif path == "/token":
            self.asked.append(form | {"authorization": request.headers.get("authorization", "")})
            self._json(request, self.token_status, self._token(form))
        elif path == "/moved":
            request.send_response(302)
            request.send_header("Location", f"{self.issuer}/token")
            request.end_headers()
        else:
            self._json(request, 404, {})

    def _metadata(self) -> dict[str, Any]:
        said = self.issuer_said or self.issuer
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        told = {name: f"{self.issuer}/{path}" for name, path in places.items()}
        return {"issuer": said, **told, **self.spoil.get("metadata", {})}

    def _json(self, request: BaseHTTPRequestHandler, status: int, found: dict[str, Any]) -> None:
        body = json.dumps(found).encode() + b" " * self.padding
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            request.wfile.write(body)
        except OSError:
            return  # the other end had heard enough

    def person_agrees(self, address: str) -> str:
        """What the person's browser is sent back with, after it was sent to `address`."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode({'code': code, 'state': asked['state']})}"

    def _token(self, form: dict[str, str]) -> dict[str, Any]:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or self.token_status != 200:
            return {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != asked["code_challenge"] or asked["code_challenge_method"] != "S256":
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        claims |= self.claims | self.spoil.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid} | self.spoil.get("header", {})
        signed = self.id_token or jwt.encode(header, claims, self.key, algorithms=[self.algorithm])
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": signed}


def signed_with(secret: bytes, claims: dict[str, Any]) -> str:
    """A token of HS256, which libraries will not make with a public key for a secret."""
    head = unsigned(claims, alg="HS256", kid="one").rstrip(".")
    signature = hmac.digest(secret, head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def unsigned(claims: dict[str, Any], **head: str) -> str:
    """A token of the kind "none"."""

    def part(told: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'} | head)}.{part(claims)}."
