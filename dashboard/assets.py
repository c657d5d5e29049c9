"""The map's scripts and styles, served by this machine: Leaflet and Leaflet.draw from an installed wheel.

The wheel ``folium_offline`` holds their texts with all images inlined, in assignments ``_res[url] = '''...'''``. It is
read as data with ``ast`` and never imported. Bootstrap, jQuery and the icon fonts that folium would load too are left
out: the map uses neither popups nor folium's icon markers.
"""

import ast
import hashlib
import json
import os
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from data.errors import NotFound

STATIC_DIR = Path(__file__).resolve().parent / "static"
STATIC_URL = "/app/static"  # where Streamlit serves the folder `static` beside the main script


@dataclass(frozen=True)
class _Vendored:
    name: str
    url: str
    sha256: str


_VENDORED = (
    _Vendored(
        "leaflet.js",
        "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js",
        "a7aef147d0d4833c9895c5c20dc8bc51e7383e3c450dda8a0dac1c8713661f9e",
    ),
    _Vendored(
        "leaflet.css",
        "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css",
        "1773dea1910a75efc32ceff8df72d3237efbfff8f28b61860cc69b76f1707080",
    ),
    _Vendored(
        "leaflet.draw.js",
        "https://cdnjs.cloudflare.com/ajax/libs/leaflet.draw/1.0.2/leaflet.draw.js",
        "21530fe03541fb748678003ffbeab2d12e5dd40669abef160296a15fa5335f1c",
    ),
    _Vendored(
        "leaflet.draw.css",
        "https://cdnjs.cloudflare.com/ajax/libs/leaflet.draw/1.0.2/leaflet.draw.css",
        "6fab955e34e49d7cff92e766fdf682da4fc6b5f62d76bb5bf1b918c3e5fae01a",
    ),
)
_OWN = (
    "lastseen-symbols.js",
    "lastseen-legend.js",
    "lastseen-hours.js",
    "lastseen-search.js",
    "lastseen-tools.js",
    "lastseen-ground.js",
    "lastseen-cameras.js",
    "lastseen-drawing.js",
    "lastseen-map.js",
    "lastseen-map.css",
    "lastseen-drawing.css",
    "lastseen-ground.css",
)
_DRAWS_VECTORS = "lastseen-vector.js"


@dataclass(frozen=True)
class Package:
    """One script of a package of the npm registry, pinned by the SHA-512 of the package and its own SHA-256."""

    name: str
    url: str
    sha512: str
    member: str
    sha256: str


VECTOR_MAPS = Package(
    "protomaps-leaflet.js",
    "https://registry.npmjs.org/protomaps-leaflet/-/protomaps-leaflet-5.1.0.tgz",
    "N0YY1Gbw5nZ9n8VUOvwHKm/w3zhTTuaZEeMZl8doHemeM4ujGPp2otI6t4Sgqrz8iM4svx2rpG1Q17rHkOWSaA==",
    "package/dist/protomaps-leaflet.js",
    "26af014f7b1af308ec120b791cff76657bb9c3383633b52033e6edf9e5e4cdb5",
)
"""Draws vector map files; BSD 3-clause. No wheel holds it: scripts/install_npm.py fetches it at set-up."""


@dataclass(frozen=True)
class MapLinks:
    """What a map page loads, in order, as (name, URL) pairs; every URL names this machine and the file's content."""

    scripts: tuple[tuple[str, str], ...]
    styles: tuple[tuple[str, str], ...]


def link_to(path: str, static_dir: Path = STATIC_DIR) -> str:
    """Where the browser finds a file below `static_dir`, by its content."""
    return f"{STATIC_URL}/{path}?v={_sha256(static_dir / path)[:12]}"


def install_assets(static_dir: Path = STATIC_DIR) -> MapLinks:
    """Write the map's scripts below `static_dir`/vendor unless they lie there unharmed, and return their links.

    Raises NotFound where the wheel is missing or carries other texts than those this release was tested with.
    """
    vendor = static_dir / "vendor"
    if any(_sha256(vendor / asset.name) != asset.sha256 for asset in _VENDORED):
        _write_all(vendor)
    paths = [*(f"vendor/{asset.name}" for asset in _VENDORED), *_OWN]
    links = [(Path(path).name, link_to(path, static_dir)) for path in paths]
    return MapLinks(
        scripts=tuple(link for link in links if link[0].endswith(".js")),
        styles=tuple(link for link in links if link[0].endswith(".css")),
    )


def vector_scripts(static_dir: Path = STATIC_DIR) -> tuple[str, ...]:
    """The addresses of what draws vector map files, in order; none where it was not fetched, or was changed since."""
    if _sha256(static_dir / "vendor" / VECTOR_MAPS.name) != VECTOR_MAPS.sha256:
        return ()
    return link_to(f"vendor/{VECTOR_MAPS.name}", static_dir), link_to(_DRAWS_VECTORS, static_dir)


@cache
def map_links() -> MapLinks:
    """The links of this process's maps; installs the files at the first call."""
    return install_assets()


def _write_all(vendor: Path) -> None:
    texts = _texts_of_wheel()
    vendor.mkdir(parents=True, exist_ok=True)
    for asset in _VENDORED:
        content = texts.get(asset.url, "").encode()
        if hashlib.sha256(content).hexdigest() != asset.sha256:
            raise NotFound(
                f"folium_offline: {asset.name} is missing or not the tested one; install requirements.txt anew"
            )
        _replace(vendor / asset.name, content)
    manifest = {asset.name: {"url": asset.url, "sha256": asset.sha256} for asset in _VENDORED}
    _replace(vendor / "manifest.json", json.dumps(manifest, indent=1).encode())


def _texts_of_wheel() -> dict[str, str]:
    try:
        source = Path(str(distribution("folium_offline").locate_file("offlinefolium/elements.py")))
        tree = ast.parse(source.read_text(encoding="utf-8"))
    except (PackageNotFoundError, OSError, SyntaxError) as error:
        raise NotFound("folium_offline: not installed; the map's scripts come from it (requirements.txt)") from error
    texts: dict[str, str] = {}
    for node in tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id="_res"), slice=ast.Constant(value=str(url)))],
                value=ast.Constant(value=str(text)),
            ):
                texts[url] = text
    return texts


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def keep_script(package: Package, content: bytes, static_dir: Path = STATIC_DIR) -> None:
    """Lay a package's script among the map's; NotFound where it is not the pinned one."""
    if hashlib.sha256(content).hexdigest() != package.sha256:
        raise NotFound(f"{package.name}: is not the one that this release was tested with")
    path = static_dir / "vendor" / package.name
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, content)


def _replace(path: Path, content: bytes) -> None:
    # whole or not at all: two processes may start at the same moment
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)
