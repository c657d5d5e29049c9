"""The short form of `make power-test`: three simulated power cuts, and one with a safeguard taken away."""

import subprocess
import sys
from pathlib import Path

import pytest

from settings import PROJECT


def power_test(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "scripts" / "power_test.py"), "--folder", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if "SKIPPED" in done.stderr:
        pytest.skip(f"skipped: {done.stderr.strip()}")
    return done


def test_nothing_acknowledged_is_lost_in_power_cuts(tmp_path: Path) -> None:
    done = power_test(tmp_path, "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 power cuts" in done.stdout
    assert "lost or broken: 0" in done.stdout


@pytest.mark.parametrize("safeguard", ["fsync", "synchronous"])
def test_the_power_test_notices_when_a_safeguard_is_missing(tmp_path: Path, safeguard: str) -> None:
    done = power_test(tmp_path, "10", "--break", safeguard)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "lost or broken: 0" not in done.stdout
