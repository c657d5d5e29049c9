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
    "typer": ("cli.py", "cli_alerts.py"),
    "av": (
        "recognition/footage.py",
        "recognition/decoding.py",
        "recognition/timeline.py",
        "recognition/container.py",
        "data/demo_clips.py",
    ),
}


def sources() -> list[Path]:
    folders = [ROOT / name for name in sorted(PACKAGES)]
    return [p for folder in folders for p in sorted(folder.rglob("*.py"))] + [
        ROOT / "app.py",
        ROOT / "cli.py",
        ROOT / "cli_alerts.py",
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
    "recognition.photos": {"check_photo", "faces_in"},
    "recognition.references": {"reference_vectors"},
    "recognition.images": {"read_image"},
    "recognition.cutting": {"pictures_at"},
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
