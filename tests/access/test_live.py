"""What open pages are told, to somebody in each role."""

from collections.abc import Callable

import pytest

from casework.pulse import HOME, Pulses, pulse
from data.errors import NotFound
from tests.access.scene import Scene


def test_nothing_waits_for_who_may_not_review(scene_for: Callable[[str], Scene]) -> None:
    scene = scene_for("viewer")
    waits = {who: pulse(scene.seen_by(who).store, "case-1").waits for who in ("viewer", "analyst", "reviewer")}
    assert waits["viewer"] == waits["analyst"] == 0
    assert waits["reviewer"] > 0


def test_what_is_kept_of_a_case_is_for_nobody_who_does_not_see_it(scene_for: Callable[[str], Scene]) -> None:
    scene, pulses = scene_for("viewer"), Pulses()
    assert pulses.of(scene.store, "case-1").marks
    for who in ("other", "admin"):
        with pytest.raises(NotFound):
            pulses.of(scene.seen_by(who).store, "case-1")
    assert pulses.of(scene.seen_by("admin").store, HOME).waits == 0
