"""What the API's own description promises holds for everybody, whatever they ask. Longer: `make fuzz-api`."""

from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup

from casework.signing_in import COOKIE
from tests.access.scene import EVERYBODY
from tests.access.served import Served

pytestmark = pytest.mark.timeout(180)
HELD = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
]  # fmt: skip
LEFT_OUT = "/events$|^/ready$|^/uploads"
"""The lines that go on and uploads (tests/api/test_events.py, test_uploads.py), and readiness: no worker runs here."""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as described", "wrong"])
def test_each_answer_to_everybody_is_one_that_the_description_allows(served: Served, mode: GenerationMode) -> None:
    described = schemathesis.openapi.from_dict(served.ask("supervisor", "GET", "/api/v1/openapi.json").json())
    described.config.update(base_url=f"{served.address}/api")
    found: list[Any] = list(described.exclude(path_regex=LEFT_OUT).get_all_operations())
    operations = [each.ok() for each in found]
    cases = [made_for(operation, mode) for operation in operations]
    assert len(cases) > 50
    wrong = []
    for place, who in enumerate(EVERYBODY if mode is GenerationMode.POSITIVE else ["supervisor"]):
        asked = cases if who == "supervisor" else cases[place % 3 :: 3]  # all of them by `make fuzz-api`
        with session_of(served, who) as session:
            wrong += [f"{who}: {why}" for case in asked if case is not None and (why := fault_in(case, session))]
    assert wrong == []


def made_for(operation: Any, mode: GenerationMode) -> Case[Any] | None:
    """One request to an operation, the same in each run; None where nothing can be wrong about it."""
    made: list[Case[Any]] = []

    @settings(max_examples=1, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def make(case: Case[Any]) -> None:
        made.append(case)

    with suppress(Unsatisfiable):
        make()
    return made[0] if made else None


def session_of(served: Served, who: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers["X-LastSeen"] = "1"
    if who in served.tokens:
        session.headers["Cookie"] = f"{COOKIE}={served.tokens[who]}"
    return session


def fault_in(case: Case[Any], session: requests.Session) -> str:
    """What is wrong with the answer to a request; nothing where it is as described."""
    checks: list[Any] = list(CHECKS.get_by_names(HELD))
    try:
        case.validate_response(case.call(session=session, timeout=30), checks=checks)
    except FailureGroup as error:
        return f"{case.operation.label}: {error}"[:600]
    return ""
