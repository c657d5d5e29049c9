from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.access.scene import Scene, copy_of, make_town
from tests.api.resources.asked import Client, Stage


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two cases, to be copied."""
    return make_town(tmp_path_factory.mktemp("town") / "home")


@pytest.fixture
def scene(town: Path, tmp_path: Path) -> Iterator[Scene]:
    """A fresh copy of the town."""
    made = copy_of(town, tmp_path / "home", "supervisor")
    yield made
    made.whole.close()


@pytest.fixture(scope="session")
def whole_stage() -> Stage:
    """The app of all resources, made once."""
    return Stage()


@pytest.fixture
def stage(whole_stage: Stage, scene: Scene) -> Iterator[Stage]:
    """The app over this test's town."""
    whole_stage.put(scene)
    yield whole_stage
    whole_stage.put(None)


@pytest.fixture
def as_who(stage: Stage) -> Callable[..., Client]:
    """A client as somebody of the town; with `scopes`, by a token that has these."""
    return stage.client
