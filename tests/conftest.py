import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from data.store import Store, open_store
from tests.data.postgres import (  # noqa: F401  fixtures for every test
    postgres_server,
    postgres_store_url,
    postgres_tables,
    postgres_url,
)
from tests.factories import a_camera, a_case, a_footage, a_job, a_match
from tests.fakes import Anyone

# The same examples in every run, however slow the machine is: new counterexamples are hunted for with HUNT=1.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("hunt", deadline=None, print_blob=True)
settings.load_profile("hunt" if os.environ.get("HUNT") else "same")


BROWSER_TESTS = "tests/browser/"
_MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def main_module_put_back() -> Iterator[None]:
    """Streamlit's AppTest puts a page in its place, which processes that a later test spawns would then run."""
    yield
    sys.modules["__main__"] = _MAIN


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where tests run side by side, those that drive a browser come first: they take longest, one after the other."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(BROWSER_TESTS))


class BrowserTestsInTurn(LoadFileScheduling):  # type: ignore[misc]  # has no types
    """Files are spread over the processes, but one of these runs all that drives a browser: two browsers at once, each
    with its server and worker, are more than two cores carry."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER_TESTS if nodeid.startswith(BROWSER_TESTS) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> BrowserTestsInTurn:
    return BrowserTestsInTurn(config, log)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test module that says `BACKENDS = ("sqlite", "postgresql")` runs each test with a store on both."""
    if "backend" in metafunc.fixturenames and hasattr(metafunc.module, "BACKENDS"):
        metafunc.parametrize("backend", metafunc.module.BACKENDS)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes name no test: packed ones hold the time, and xdist's workers must collect the same names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest) -> str:
    """The setting of that name: empty for SQLite."""
    return str(request.getfixturevalue("postgres_store_url")) if backend == "postgresql" else ""


@pytest.fixture(scope="session")
def home_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose SQLite store is empty, to be copied: a migration for each test takes long."""
    home = tmp_path_factory.mktemp("tables") / "home"
    open_store(home).close()
    return home


@pytest.fixture
def store(tmp_path: Path, database_url: str, home_with_tables: Path) -> Iterator[Store]:
    """An empty store in a folder of its own."""
    if not database_url:
        shutil.copytree(home_with_tables, tmp_path / "home")
    opened = open_store(tmp_path / "home", database_url=database_url)
    yield opened.guarded(Anyone())
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
