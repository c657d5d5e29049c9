"""The benchmark of recognition: its arithmetic, and that it passes where ../shared is missing."""

import numpy as np
import pytest

from benchmarks import verification
from benchmarks.people import sides
from recognition.made_tracks import Compared


def track(person: str, source: str) -> Compared:
    return Compared(person, "p", source, np.ones((1, 3), np.float32), (40.0,), (0.8,))


def test_it_says_so_and_passes_where_the_material_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verification, "missing", lambda: "skipped: no ../shared")
    assert verification.main() == 0
    assert capsys.readouterr().out == "skipped: no ../shared\n"


def test_nobody_is_on_both_sides_and_a_crowd_stays_together() -> None:
    made = [track("anna", "a1"), track("bert", "b1"), track("anna", "a2"), track("", "crowd#0"), track("", "crowd#1")]
    found = sides((*made, track("", "couple#0")))
    assert found == {"anna": "fit", "bert": "test", "crowd": "fit", "couple": "test"}


@pytest.mark.parametrize(
    ("seen", "n", "said"), [(0, 100, "(0 to 0.036)"), (5, 100, "(0.016 to 0.11)"), (3, 3, "(0.29 to 1)")]
)
def test_binomial_intervals(seen: int, n: int, said: str) -> None:
    assert verification.interval(seen, n) == said


def test_an_interval_by_people_is_wider_where_all_comes_from_one_pair() -> None:
    pair = np.repeat(np.arange(100), 10)
    spread, one_pair = np.zeros(1000, np.bool_), np.zeros(1000, np.bool_)
    spread[::100] = True
    one_pair[:10] = True
    widths = [np.diff(verification.by_people(reaching, pair))[0] for reaching in (spread, one_pair)]
    assert widths[0] < widths[1]
