"""The short form of `make kill-test`: workers and upload door are killed at random."""

from pathlib import Path

import pytest

from scripts import kill_test


@pytest.mark.timeout(280)
def test_scans_that_are_killed_again_and_again_end_as_if_undisturbed(tmp_path: Path) -> None:
    said: list[str] = []
    rounds = kill_test.run(tmp_path / "kills", kills=6, clips=2, seconds=4, say=said.append)
    assert sum(done.kills for done in rounds) == 6
    assert [problem for done in rounds for problem in done.problems] == [], said
    assert all(done.segments > 1 for done in rounds)
