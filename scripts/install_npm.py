"""Lay what draws vector map files among the map's scripts; LastSeen works without it, but for such files.

install_npm.py               from the npm registry, with Python alone
install_npm.py FILE.tgz      from the same package, fetched on another machine

The package must have the SHA-512 that is written in dashboard/assets.py. One file of it is read, by its name; nothing
is unpacked, so no path in it leads anywhere. Where the registry cannot be reached this says what is missing and what to
do; `make run` goes on all the same, for a machine without internet is no fault.
"""

import base64
import hashlib
import http.client
import io
import sys
import tarfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.assets import VECTOR_MAPS, Package, keep_script, vector_scripts  # noqa: E402
from data.errors import NotFound  # noqa: E402

MOST_BYTES = 8 << 20
PATIENCE_S = 20


def fetched(package: Package) -> bytes:
    with urllib.request.urlopen(package.url, timeout=PATIENCE_S) as answer:  # noqa: S310  an https address of ours
        return bytes(answer.read(MOST_BYTES + 1))


def script_in(packed: bytes, package: Package) -> bytes:
    """The script inside a package; NotFound where the package is another one than was pinned."""
    if base64.b64encode(hashlib.sha512(packed).digest()).decode() != package.sha512:
        raise NotFound(f"{package.url}: the package is not the one that this release was tested with")
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as files:
        found = files.extractfile(package.member)  # read, never written to where the archive says
        return found.read(MOST_BYTES) if found else b""


def main(given: list[str], package: Package = VECTOR_MAPS) -> int:
    if not given and vector_scripts():
        return 0
    try:
        packed = Path(given[0]).read_bytes() if given else fetched(package)
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(
            f"{package.name}: not there ({error}). Only map files of vector tiles need it (docs/base-maps.md): fetch\n"
            f"  {package.url}\non another machine, then: make vendor FROM={Path(package.url).name}\n"
        )
        return 1
    try:
        keep_script(package, script_in(packed, package))
    except (NotFound, tarfile.TarError, KeyError) as error:
        sys.stderr.write(f"{package.name}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
