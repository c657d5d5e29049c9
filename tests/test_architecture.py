"""The layers of DESIGN.md, read from every import."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"geo", "recognition", "data", "casework", "dashboard", "api"}
GROUND = {"data.models", "data.errors"}
# who may import which of our modules, beside its own package and the ground floor
ALLOWED: dict[str, set[str]] = {
    "geo": set(),
    "recognition": set(),
    "data": set(),
    "casework": {"geo", "recognition", "data"},
    "dashboard": {"geo", "recognition", "data", "casework", "settings"},
    "api": {"geo", "recognition", "data", "casework", "dashboard", "settings"},
}
# foreign libraries that live in one place only
HOMES: dict[str, tuple[str, ...]] = {
    "streamlit": ("dashboard/", "app.py", "cli.py"),
    "folium": ("dashboard/",),
    "streamlit_folium": ("dashboard/",),
    "sqlalchemy": ("data/",),
    "alembic": ("data/",),
    "psycopg": ("data/",),
    "fsspec": ("data/",),
    "onnxruntime": ("recognition/engines/",),
    "insightface": ("recognition/engines/",),
    "onnx": ("recognition/engines/",),
    "fastapi": ("api/", "app.py"),
    "starlette": ("api/", "app.py"),
    "twilio": ("casework/alerting/", "api/alert_status.py"),
    "apprise": ("casework/alerting/",),
    "lxml": ("casework/alerting/",),
    "typer": ("cli.py", "cli_alerts.py", "cli_pictures.py"),
    "av": (
        "recognition/footage.py",
        "recognition/decoding.py",
        "recognition/timeline.py",
        "recognition/container.py",
        "recognition/redact_video.py",  # encodes, and looks at what it encoded
        "recognition/film.py",  # encodes
        "recognition/stills_film.py",  # writes a container around what is encoded already
        "recognition/live_look.py",  # decodes what comes in packets
        "recognition/live_usb.py",  # fetches packets from a device
        "data/demo_clips.py",
    ),
}


def sources() -> list[Path]:
    folders = [ROOT / name for name in sorted(PACKAGES)]
    return [p for folder in folders for p in sorted(folder.rglob("*.py"))] + [
        ROOT / "app.py",
        ROOT / "cli.py",
        ROOT / "cli_alerts.py",
        ROOT / "cli_pictures.py",
    ]


def imports_of(path: Path) -> set[str]:
    """Dotted names of every module the file imports, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def within(name: str, places: set[str]) -> bool:
    return any(name == place or name.startswith(place + ".") for place in places)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_downward_only(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    if package not in ALLOWED:
        return
    ours = {name for name in imports_of(path) if name.split(".")[0] in PACKAGES | {"settings", "cli", "app"}}
    allowed = ALLOWED[package] | {package} | GROUND
    wrong = {name for name in ours if not within(name, allowed) and name != "data"}
    assert not wrong, f"{path.relative_to(ROOT)} reaches up or across: {sorted(wrong)}"


def test_the_ground_floor_imports_only_the_standard_library_and_numpy() -> None:
    for name in GROUND:
        tops = {n.split(".")[0] for n in imports_of(ROOT / (name.replace(".", "/") + ".py"))}
        assert tops <= {"dataclasses", "datetime", "enum", "math", "typing", "collections", "data", "numpy"}


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_foreign_libraries_stay_in_their_homes(path: Path) -> None:
    place = str(path.relative_to(ROOT))
    for name in imports_of(path):
        homes = HOMES.get(name.split(".")[0])
        assert homes is None or place.startswith(homes), f"{place} imports {name}, which belongs to {homes}"


DECODES = {
    "recognition.footage": {"frames", "probe", "segments"},
    "recognition.scan": {"scan", "scan_segment", "reference_vectors"},
    "recognition.photos": {"check_photo"},
    "recognition.faces_in": {"faces_in"},
    "recognition.references": {"reference_vectors"},
    "recognition.images": {"read_image"},
    "recognition.cutting": {"pictures_at"},
    "recognition.close_look": {"close_look", "found_face"},
    "recognition.apart_close_look": {"photo_face"},
    "recognition.first_look": {"first_look"},
    "recognition.burnt_in": {"read_clock"},
}


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_pages_and_workers_decode_nothing_themselves(path: Path) -> None:
    """Strangers' files are opened by children: recognition.apart, or recognition.eyes, whose OwnEyes are for tests."""
    place = str(path.relative_to(ROOT))
    if not place.startswith(("casework/", "dashboard/", "api/", "app.py")):
        return
    wrong = {f"{module}.{name}" for module, names in DECODES.items() for name in names} & imports_of(path)
    libraries = {name.split(".")[0] for name in imports_of(path)} & {"cv2", "av", "PIL", "imageio", "skimage"}
    assert not wrong | libraries, f"{place} decodes: {sorted(wrong | libraries)}"


def test_session_state_is_touched_in_one_place_only() -> None:
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        if path.name not in ("session.py", "map_view.py"):
            assert "session_state" not in path.read_text(), f"{path.name}: use dashboard.session"


def test_there_are_no_modules_without_a_subject() -> None:
    banned = {"utils", "core", "common", "services", "helpers", "misc"}
    assert not [p for p in sources() if banned & {part.removesuffix(".py") for part in p.relative_to(ROOT).parts}]


# who may hold a store that nobody's eyes are kept away from, see docs/decisions/0019-roles.md
OPENS_STORES = {"dashboard/session.py", "cli.py"}
WHOLE_STORES = {"dashboard/session.py", "app.py"}


def attributes_in(path: Path) -> set[str]:
    return {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}


def names_in(path: Path) -> set[str]:
    named = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
    return named | attributes_in(path)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_doors_open_a_store_and_hand_it_on_guarded(path: Path) -> None:
    place = str(path.relative_to(ROOT))
    if place.startswith("data/"):
        return
    names = names_in(path)
    if place not in OPENS_STORES:
        assert "data.store.open_store" not in imports_of(path), f"{place}: opens a store that has no guard"
        makes = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        assert not any(isinstance(n.func, ast.Name) and n.func.id == "Store" for n in makes), f"{place}: makes a store"
    if place not in WHOLE_STORES:
        assert not names & {"_whole_store", "open_doors_store"}, f"{place}: takes a store that shows everything"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_pages_and_api_read_and_write_by_verbs_and_guarded_reads_alone(path: Path) -> None:
    """What stands beside a store, its database and files, has no guard."""
    place = str(path.relative_to(ROOT))
    if not place.startswith(("dashboard/", "api/", "app.py")):
        return
    assert not attributes_in(path) & {"writing", "database", "files", "readers"}, f"{place}: goes past the guard"
    taken = {name for name in imports_of(path) if name.startswith("data.") and ("_rows" in name or "writing" in name)}
    values = {f"data.account_rows{name}" for name in ("", ".Session", ".Key")}
    values |= {"data.evidence_rows", "data.evidence_rows.SOUND"}
    assert not taken - values, f"{place}: reads rows itself: {sorted(taken - values)}"


def test_no_cache_of_the_pages_holds_what_one_account_may_see() -> None:
    """`st.cache_resource` and `st.cache_data` serve all accounts alike: nothing in them may ask who is signed in."""
    asks = {"store", "account", "who", "desk", "may", "may_in", "_bound"}
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any("cache_" in ast.unparse(d) for d in node.decorator_list):
                assert path.name == "session.py", f"{path.name}: caches for everybody"
                called = {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
                assert not called & asks, f"{node.name}: keeps for everybody what one account may see"
