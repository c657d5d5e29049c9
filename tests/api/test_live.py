"""Live cameras over the API: turned on by a supervisor, told without a secret, turned off by whoever may search."""

from datetime import timedelta

import pytest

from api.live import live_router
from casework.addresses import parsed_networks
from casework.tokens import Scope
from data import account_rows, role_rows
from data.models import Area, CaseRole, Role, utc_now
from data.store import Store
from tests.api.doors import Browser
from tests.api.rests import asking
from tests.factories import NOON, a_camera, a_case, a_photo, an_account
from tests.fakes import Anyone

SAM, ANN = an_account("Sam"), an_account("Ann")
ROUTES = live_router(engine="fake", queue="cpu", allowed=parsed_networks("203.0.113.0/24"))
LIVE = "/api/v1/cases/case-1/live"
ADDRESS = "rtsp://ann:s3cret@203.0.113.7/gate?key=k3y"


@pytest.fixture
def town(store: Store) -> Store:
    camera, far = a_camera(), utc_now() + timedelta(days=300)
    governed = {"legal_basis": "x", "authority_reference": "x", "purpose": "x", "owner": "Sam", "expires_at": far}
    point = {"type": "Point", "coordinates": [camera.lon, camera.lat]}
    with store.writing() as writing:
        writing.add_case(a_case(**governed))
        writing.add(camera)
        writing.add(a_photo(box_px=(0.0, 0.0, 9.0, 9.0)))
        writing.put_area(Area("case-1", ({"type": "Feature", "geometry": point, "properties": {"radius": 90.0}},)))
        for account, role in ((SAM, Role.SUPERVISOR), (ANN, Role.ANALYST)):
            account_rows.add_account(writing, account, password_hash="x")
            role_rows.give(writing, CaseRole("case-1", account.id, role, NOON, "test"))
    return store.guarded(Anyone())


def turned_on(browser: Browser, **changes: object) -> tuple[int, dict[str, object]]:
    known = {"camera_id": "cam-1", "address": ADDRESS, "ends_at": (utc_now() + timedelta(hours=1)).isoformat()}
    answer = browser.ask("POST", LIVE, json=known | changes)
    return answer.status_code, answer.json()


def test_a_watch_is_turned_on_told_and_turned_off(town: Store) -> None:
    sam, ann = asking(town, SAM, ROUTES), asking(town, ANN, ROUTES)
    assert ann.get(LIVE).json()["why_not"] is None
    assert turned_on(ann)[0] == 403, "only a supervisor turns it on"
    code, watch = turned_on(sam)
    assert code == 201
    assert (watch["state"], watch["is_on"], watch["address"]) == ("waiting", True, "rtsp://203.0.113.7/gate")
    assert turned_on(sam)[0] == 409, "it is watched already"
    told = ann.get(LIVE)
    assert [one["job_id"] for one in told.json()["watches"]] == [watch["job_id"]]
    assert "s3cret" not in told.text
    assert "k3y" not in told.text
    assert ann.ask("DELETE", f"{LIVE}/{watch['job_id']}").status_code == 204
    assert ann.ask("DELETE", f"{LIVE}/{watch['job_id']}").status_code == 409
    (ended,) = ann.get(LIVE).json()["watches"]
    assert (ended["is_on"], ended["ended"]) == (False, "turned off")


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"address": "rtsp://10.0.0.7/gate"}, 422, "private address"),
        ({"ends_at": "2000-01-01T00:00:00Z"}, 422, "has passed"),
        ({"ends_at": "2026-01-01T00:00:00"}, 422, ""),
        ({"camera_id": "none"}, 404, "not in the store"),
        ({"more": 1}, 422, ""),
    ],
)
def test_what_cannot_be_watched_is_refused_in_words(
    town: Store, changes: dict[str, object], status: int, words: str
) -> None:
    code, problem = turned_on(asking(town, SAM, ROUTES), **changes)
    assert code == status
    assert words in str(problem["detail"])
    assert "s3cret" not in str(problem)


def test_a_token_needs_the_scope_to_govern(town: Store) -> None:
    assert turned_on(asking(town, SAM, ROUTES, scopes=[Scope.READ, Scope.WRITE]))[0] == 403
    assert turned_on(asking(town, SAM, ROUTES, scopes=[Scope.READ, Scope.GOVERN]))[0] == 201
