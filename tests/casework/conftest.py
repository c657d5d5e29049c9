import pytest

from casework import cases
from casework.scanning import Limits, Workshop
from data.store import Store
from tests.factories import a_camera, an_authority
from tests.fakes import FakeEngine


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def workshop(store: Store, engine: FakeEngine) -> Workshop:
    return Workshop(store, lambda _: engine, Limits(segment_s=2.0))


@pytest.fixture
def case_id(store: Store) -> str:
    with store.writing() as writing:
        writing.add(a_camera())
    return cases.open_case(store, number="1", name="Aino", authority=an_authority(), by="Ann").id
