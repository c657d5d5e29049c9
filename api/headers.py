"""What every answer tells the browser: what its page may load, who may frame it, what is kept. See decision 0018."""

import base64
import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

STATIC = ("/static/", "/app/static/")
"""Scripts, styles and fonts: the same for everybody, and nothing of any case."""
MAP_FRAME = "/component/streamlit_folium.st_folium/"
OWN_PAGES = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The policy of sign-in and account pages: no script at all."""
CAMERA_PAGE = "/camera"
"""The one page that may ask for the browser's camera and place."""
_NEVER = (
    "accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "hid", "local-fonts",
    "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
_ON_CAMERA_PAGE = frozenset({"autoplay", "camera", "geolocation", "screen-wake-lock"})
_PERMISSIONS = ", ".join(f"{what}=()" for what in _NEVER)
_CAMERA_PERMISSIONS = ", ".join(f"{what}=({'self' if what in _ON_CAMERA_PAGE else ''})" for what in _NEVER)
TIPS_PAGES = "/tips/"
"""Where the public may ask its own browser for a place."""
_TIPS_PERMISSIONS = ", ".join(f"{what}=({'self' if what == 'geolocation' else ''})" for what in _NEVER)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Policies:
    """The Content-Security-Policy of each kind of page."""

    def __init__(self, index_html: str, tiles_url: str = "") -> None:
        tiles = _origin_of(tiles_url)
        hashes = " ".join(_hash(script) for script in _INLINE.findall(index_html))
        common = f"object-src 'none'; base-uri 'none'; form-action 'self'; img-src 'self' data: blob:{tiles}; "
        common += "font-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-src 'self'; "
        common += "media-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; "
        self.pages = (
            f"default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval' {hashes}; {common}frame-ancestors 'none'"
        )
        self.map_frame = (
            f"default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; {common}frame-ancestors 'self'"
        )

    def of(self, path: str) -> str:
        return self.map_frame if path.startswith(MAP_FRAME) else self.pages


def security_headers(path: str, policies: Policies, *, is_secure: bool) -> list[tuple[str, str]]:
    """The headers that each answer gets where it does not say otherwise itself."""
    is_static = path.startswith(STATIC)
    found = [
        ("content-security-policy", policies.of(path)),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN" if path.startswith(MAP_FRAME) else "DENY"),
        ("referrer-policy", "same-origin"),
        ("permissions-policy", _permissions(path)),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "private, max-age=86400" if is_static else "no-store"),
    ]
    if is_secure:
        found.append(("strict-transport-security", "max-age=31536000; includeSubDomains"))
    return found


def _permissions(path: str) -> str:
    if path == CAMERA_PAGE:
        return _CAMERA_PERMISSIONS
    return _TIPS_PERMISSIONS if path.startswith(TIPS_PAGES) else _PERMISSIONS


def with_headers(
    given: Iterable[tuple[bytes, bytes]], wanted: Iterable[tuple[str, str]], *, keep: frozenset[str]
) -> list[tuple[bytes, bytes]]:
    """Headers of an answer with ours in place of its own; those named in `keep` stay as the answer has them."""
    given = list(given)
    there = {name.lower().decode("latin-1") for name, _ in given}
    ours = [(name, value) for name, value in wanted if not (name in keep and name in there)]
    replaced = {name.encode() for name, _ in ours} | {b"server", b"x-powered-by"}
    left = [
        (name, value)
        for name, value in given
        if name.lower() not in replaced and not name.lower().startswith(b"access-control-")  # for no other site
    ]
    return left + [(name.encode(), value.encode("latin-1")) for name, value in ours]


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _origin_of(tiles_url: str) -> str:
    """The tile server's origin, as a source of pictures; {s} in its name stands for any one word."""
    parts = urlsplit(tiles_url.replace("{s}", "*"))
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[\w.*:\-]+", parts.netloc):
        return ""
    return f" {parts.scheme}://{parts.netloc}"
