import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from data.store import Store, open_store
from tests.factories import a_camera, a_case, a_footage, a_job, a_match

# The same examples in every CI run: a new counterexample is for a developer's run to find, not for somebody's landing.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a folder of its own."""
    opened = open_store(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def store_with_match(store: Store) -> Store:
    """A case with one camera, one footage of it, and one candidate to review."""
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera())
        writing.add(a_footage())
        writing.add(a_job())
        writing.put_track(a_match().track)
        writing.add_match(a_match())
    return store
