from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.access.scene import Scene, copy_of, make_town
from tests.access.served import Served, served_town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two cases, to be copied."""
    return make_town(tmp_path_factory.mktemp("town") / "home")


@pytest.fixture
def scene_for(town: Path, tmp_path: Path) -> Iterator[Callable[[str], Scene]]:
    """A fresh copy of the town, as somebody sees it."""
    made: list[Scene] = []
    numbers = count()

    def make(who: str) -> Scene:
        made.append(copy_of(town, tmp_path / f"home-{next(numbers)}", who))
        return made[-1]

    yield make
    for scene in made:
        scene.whole.close()


@pytest.fixture(scope="session")
def served(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app over a copy of the town, for all tests here: none may rely on what another one left."""
    with served_town(town, tmp_path_factory.mktemp("served") / "home") as found:
        yield found
