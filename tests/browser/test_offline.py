"""The whole dashboard without any network, as `make test-offline` runs the suite: here one walk over all pages."""

import subprocess
import sys

import pytest

from tests.browser.conftest import PROJECT

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_every_page_comes_up_whole_without_a_network_and_nothing_is_sent_to_another_machine() -> None:
    command = [sys.executable, "scripts/offline_test.py", "tests/browser/every_page.py", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=240, check=False)
    if "offline test SKIPPED" in done.stderr:
        pytest.skip(f"skipped: {done.stderr.strip()[-200:]}")
    told = f"{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
    assert done.returncode == 0, told
    assert "packets to other machines: 0" in done.stdout, told
