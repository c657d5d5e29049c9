"""Real material for tests: ../shared beside the project, or a loud skip where it is missing."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(relative: str) -> Path:
    """The path of a file or folder in ../shared; skips the test where it is not there."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"skipped: no ../shared ({relative})")
    return path
