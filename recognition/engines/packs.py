"""Which models are here or could be installed, under which licence."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from data.errors import ModelMissing
from recognition.engines.install import NON_COMMERCIAL, RELEASES, install_pack
from recognition.engines.trusted import trusted_hashes
from recognition.engines.weights import DLIB_FILES, LANDMARK_FILES, MTCNN_FILES, sha256_of_each, wheel_files

__all__ = ["ModelRow", "install_pack", "list_models"]

IBUG = "Trained on iBUG 300-W, whose licence excludes commercial use."


@dataclass(frozen=True)
class ModelRow:
    """One line of ``cli.py models list``. `sha256` maps each installed file to its hash; empty when not installed.

    `engine` is the setting that uses it, empty for parts that are no engine of their own.
    """

    name: str
    licence: str
    installed: bool
    active: bool
    size_bytes: int = 0
    sha256: dict[str, str] = field(default_factory=dict)
    engine: str = ""
    note: str = ""


def list_models(models_dir: Path, cache_dir: Path, active: str) -> list[ModelRow]:
    """Every model that is here or could be installed, the built-in ones first.

    Parameters
    ----------
    models_dir, cache_dir
        As for ``open_engine``.
    active
        Name of the engine in use.
    """
    kind, _, pack = active.partition(":")
    has_mtcnn = active == "open" or kind == "mtcnn+insightface"
    return [
        _part("mtcnn", "MIT", MTCNN_FILES, cache_dir, active=has_mtcnn, note="finds faces; engine open"),
        _part("dlib", "CC0", DLIB_FILES, cache_dir, active=active == "open", note="compares faces; engine open"),
        _part("landmarks", IBUG, LANDMARK_FILES, cache_dir, active=False, note="68 landmarks, only when asked for"),
        *_pack_rows(models_dir, pack),
    ]


def _part(
    name: str, licence: str, files: dict[str, tuple[str, str]], cache_dir: Path, *, active: bool, note: str
) -> ModelRow:
    """A model that comes inside an installed package."""
    try:
        paths = wheel_files(files)
    except ModelMissing as error:
        return ModelRow(name, licence, installed=False, active=active, note=str(error))
    built = "" if any(cache_dir.glob(f"{name}-*/manifest.json")) else "; prepared at first use"
    return ModelRow(
        name,
        licence,
        installed=True,
        active=active,
        size_bytes=sum(path.stat().st_size for path in paths.values()),
        sha256=sha256_of_each(paths),
        engine="open" if name != "landmarks" else "",
        note=note + built,
    )


def _pack_rows(models_dir: Path, active_pack: str) -> list[ModelRow]:
    """Installed packs, and those that could be installed; the active one even where it lies elsewhere."""
    found = {file.parent for place in (models_dir, models_dir / "models") for file in place.glob("*/*.onnx")}
    folders = {folder.name: folder for folder in sorted(found)}
    elsewhere = Path(active_pack)
    if active_pack and elsewhere.name != active_pack and elsewhere.resolve() not in {f.resolve() for f in found}:
        folders[active_pack] = elsewhere
    names = [*folders, *(name for name in RELEASES if name not in folders)]
    known = trusted_hashes(models_dir)
    rows = [
        _pack_row(name, folders.get(name), active=_is_active(folders.get(name), name, active_pack)) for name in names
    ]
    return [row if known.issuperset(row.sha256.values()) else _untrusted(row) for row in rows]


def _untrusted(row: ModelRow) -> ModelRow:
    """The row of a pack that will not be loaded, with what lets it in."""
    return replace(row, note=f"{row.note}; not trusted, not loaded: cli.py models trust {row.name}")


def _is_active(folder: Path | None, name: str, active_pack: str) -> bool:
    if not active_pack:
        return False
    return name == active_pack or (folder is not None and folder.resolve() == Path(active_pack).resolve())


def _pack_row(name: str, folder: Path | None, *, active: bool) -> ModelRow:
    if folder is None:
        size = RELEASES[name].size_bytes
        download = f", {size / 1e6:.0f} MB to download" if size else ""
        note = f"cli.py models install {name} --accept-licence{download}"
        return ModelRow(name, NON_COMMERCIAL, installed=False, active=active, engine=f"insightface:{name}", note=note)
    paths = {file.name: file for file in sorted(folder.glob("*.onnx"))}
    return ModelRow(
        name,
        NON_COMMERCIAL,
        installed=bool(paths),
        active=active,
        size_bytes=sum(path.stat().st_size for path in paths.values()),
        sha256=sha256_of_each(paths),
        engine=f"insightface:{name}",
        note=str(folder),
    )
