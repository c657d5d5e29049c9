"""The machine: settings, versions, disk, folders, port, the map's scripts."""

import difflib
import http.client
import os
import re
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from casework.doctor.findings import Finding, Installation, error, ok, warning
from casework.masking import MASK, mask, names_a_secret
from data.errors import BadInput, LastSeenError, NotReachable
from data.tiles import open_tiles

PREFIX = "LASTSEEN_"
OLDEST, TOO_NEW = (3, 11), (3, 14)
LOW_TIMES = 3
"""With less free than so many times the limit, the disk is called low."""
ANSWER_S = 2.0
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)(?:\s*;\s*([^\\]+))?")


def settings(at: Installation) -> Iterator[Finding]:
    for row in at.settings:
        value = MASK if names_a_secret(row.variable) and row.value else mask(row.value)
        yield ok("setting", f"{row.variable}={value}" + ("" if row.is_set else "  (default)"))
    known = {row.variable for row in at.settings}
    for name in sorted(at.environment):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            meant = f"; is {close[0]} meant?" if close else ""
            yield warning(
                "setting", f"{name} is set, but there is no such setting: it has no effect{meant}",
                "correct its name or remove it; docs/settings.md lists all",
            )  # fmt: skip


def python(at: Installation) -> Iterator[Finding]:  # noqa: ARG001  every check takes the installation
    here = ".".join(map(str, sys.version_info[:3]))
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        yield ok("python", f"{here} at {sys.executable}")
    else:
        yield error(
            "python", f"{here} is not supported", "make a new environment with Python 3.11: make PYTHON=python3.11"
        )


def libraries(at: Installation) -> Iterator[Finding]:
    path = at.project / "requirements.txt"
    if not path.is_file():
        yield warning("libraries", f"{path} is not here, so versions cannot be compared", "install LastSeen whole")
        return
    locked = dict(_locked(path.read_text(encoding="utf-8")))
    mend = f"{sys.executable} -m pip install -r {path}"
    different = 0
    for name, wanted in locked.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            different += 1
            yield error("libraries", f"{name} {wanted} is not installed", mend)
            continue
        if found != wanted:
            different += 1
            yield warning("libraries", f"{name} is {found}; this release was tested with {wanted}", mend)
    if not different:
        yield ok("libraries", f"all {len(locked)} packages have the versions of requirements.txt")


def _locked(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if (found := _LOCKED.match(line)) and (not found[3] or Marker(found[3].strip()).evaluate()):
            yield canonicalize_name(found[1]), found[2]


def home(at: Installation) -> Iterator[Finding]:
    if not at.home.is_dir():
        yield warning("home", f"{at.home} does not exist yet", "start LastSeen (make run) to make it")
        return
    known = at.home.stat()
    if not os.access(at.home, os.W_OK | os.X_OK):
        yield error("home", f"{at.home} cannot be written to by this user", f"chown -R $(id -un) {at.home}")
    elif stat.S_IMODE(known.st_mode) & 0o077:
        mode = f"{stat.S_IMODE(known.st_mode):04o}"
        yield warning(
            "home", f"{at.home} may be entered by other users of this machine (mode {mode})", f"chmod 700 {at.home}"
        )
    else:
        yield ok("home", f"{at.home} belongs to this user alone")
    if os.geteuid() == 0 and known.st_uid != 0:
        yield warning(
            "home", "the doctor runs as root, LastSeen does not: what it would make now belongs to root",
            "run the doctor as the user who runs LastSeen",
        )  # fmt: skip


def disk(at: Installation) -> Iterator[Finding]:
    places = {"home": at.home, "temporary folder": Path(tempfile.gettempdir())}
    if at.files_folder is not None:
        places["files"] = at.files_folder
    for name, folder in places.items():
        there = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
        # the temporary folder holds only small things for a short time
        yield _room(name, there, at.free_bytes if name != "temporary folder" else min(at.free_bytes, 64 << 20))


def _room(name: str, folder: Path, limit: int) -> Finding:
    free, about = shutil.disk_usage(folder).free, f"disk, {name}"
    nodes = os.statvfs(folder)
    said = f"{_size(free)} free at {folder}; {_size(limit)} must stay free (LASTSEEN_FREE_DISK_MB)"
    if free < limit:
        return error(about, f"only {said}: uploads and searches are refused", "free some space or move LASTSEEN_HOME")
    if nodes.f_files and nodes.f_favail * 100 < nodes.f_files:
        return error(about, f"no room for more files at {folder} (inodes)", "remove many small files from this disk")
    if free < LOW_TIMES * limit:
        return warning(about, f"only {said}", "free some space before large footage arrives")
    return ok(about, said)


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count >> 20} MiB"


def port(at: Installation) -> Iterator[Finding]:
    host = "127.0.0.1" if at.address in ("0.0.0.0", "::", "") else at.address  # noqa: S104
    try:
        with socket.create_connection((host, at.port), timeout=2):
            pass
    except OSError:
        yield ok("port", f"{at.port} is free: the web page is not running")
        return
    connection = http.client.HTTPConnection(host, at.port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/api/health")
        answer = connection.getresponse()
        ours = answer.status == 200 and b"status" in answer.read(1000)
    except (OSError, http.client.HTTPException):
        ours = False
    finally:
        connection.close()
    if ours:
        yield ok("port", f"the web page answers at http://{host}:{at.port}")
    else:
        yield error(
            "port", f"{at.port} is in use by another program", f"PORT={at.port + 1} make run, or end that program"
        )


def door(at: Installation) -> Iterator[Finding]:
    if at.address not in ("127.0.0.1", "::1", "localhost"):
        yield warning(
            "address", f"the page listens at {at.address} and does not encrypt: what is sent can be read on the way",
            "set LASTSEEN_ADDRESS=127.0.0.1 and put a proxy with TLS before it (docs/security.md)",
        )  # fmt: skip


def assets(at: Installation) -> Iterator[Finding]:
    try:
        at.install_assets()
    except (LastSeenError, OSError) as problem:
        mend = f"{sys.executable} -m pip install -r {at.project / 'requirements.txt'}"
        yield error("map", f"the map's scripts are not here, so no map will appear: {problem}", mend)
        return
    yield ok("map", "the map's scripts are here and unharmed; nothing is fetched from the internet")


def base_map(at: Installation) -> Iterator[Finding]:
    """The map file, where a setting names one."""
    if at.tiles_file is None:
        return
    try:
        tiles = open_tiles(at.tiles_file)
    except (BadInput, NotReachable) as problem:
        yield error(
            "base map", str(problem), "correct LASTSEEN_TILES_FILE (docs/base-maps.md); streets are shown instead"
        )
        return
    told = tiles.info
    tiles.close()
    kind = "vectors" if told.is_vector else "pictures"
    if told.is_vector and not at.draws_vectors:
        yield warning("base map", f"{at.tiles_file.name} holds vectors, and what draws them is not here", "make vendor")
    else:
        yield ok("base map", f"{at.tiles_file.name}: {kind}, zooms {told.min_zoom} to {told.max_zoom}")
