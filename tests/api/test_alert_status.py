"""Twilio's word on an SMS is believed with its signature, and with nothing else."""

from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from twilio.request_validator import RequestValidator

from api.alert_status import LONGEST_BODY, status_route, status_url
from casework.alerting import ledger
from casework.alerting.outcomes import Outcome, Result
from casework.alerting.sending import Post, send_next
from data.alert_models import AddressKind, AlertState
from data.store import Store
from tests.api.asking import App, ask
from tests.casework.alerting.making import FakeSender, a_case_to_tell, a_contact, tell_candidates, told
from tests.casework.alerting.servers import TOKEN

PUBLIC = "https://lastseen.example.org"
SID = "SM" + "1" * 32


@pytest.fixture
def alert_id(store: Store) -> str:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(kind=AddressKind.SMS, address="+358401234567"))
    tell_candidates(store, [match])
    unclear = FakeSender(Outcome(Result.UNCLEAR, "no answer"))
    assert send_next(Post(store, {AddressKind.SMS: unclear})) is AlertState.UNKNOWN
    return ledger.alerts(store, "case-1")[0].id


@pytest.fixture
def app(store: Store) -> App:
    """Reached under another name than the public one, as behind a proxy."""
    return Starlette(routes=[status_route(lambda: store, auth_token=TOKEN, public_url=PUBLIC + "/")])


def post(app: App, alert_id: str, said: dict[str, str], headers: dict[str, str]) -> int:
    return ask(app, "POST", f"/api/alerts/status?alert={alert_id}", headers, [urlencode(said).encode()]).status


def fields(**said: str) -> dict[str, str]:
    return {"MessageSid": SID, "MessageStatus": "delivered", "AccountSid": "AC1"} | said


def signed(alert_id: str, said: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(status_url(PUBLIC, alert_id), said)}


def test_a_signed_status_is_kept_and_settles_what_was_unknown(app: App, store: Store, alert_id: str) -> None:
    for said in (fields(MessageStatus="sent"), fields(), fields()):
        assert post(app, alert_id, said, signed(alert_id, said)) == 204
    (alert,) = ledger.alerts(store, "case-1")
    assert (alert.state, alert.provider_id, alert.provider_status) == (AlertState.SENT, SID, "delivered")
    assert [entry.action for entry in store.audit_entries("case-1")][-1] == "alert sent"


def test_a_status_that_is_not_signed_by_twilio_changes_nothing(app: App, store: Store, alert_id: str) -> None:
    said = fields()
    good = signed(alert_id, said)
    wrong: list[tuple[str, dict[str, str], dict[str, str]]] = [
        (alert_id, said, {}),
        (alert_id, said, {"X-Twilio-Signature": ""}),
        (alert_id, said, {"X-Twilio-Signature": "ä".encode().decode("latin-1")}),
        (alert_id, said, signed(alert_id, said, "another-key")),
        (alert_id, said | {"MessageStatus": "failed"}, good),
        (alert_id, said | {"ErrorCode": "1"}, good),
        ("other", said, good),
        (alert_id, said, signed("other", said)),
    ]
    for id, form, headers in wrong:
        assert post(app, id, form, headers) == 403, (id, form, headers)
    assert ledger.alerts(store, "case-1")[0].state is AlertState.UNKNOWN


def test_a_signed_status_of_no_alert_is_not_found(app: App) -> None:
    assert post(app, "none", fields(), signed("none", fields())) == 404


def test_a_flood_of_bytes_or_fields_is_refused(app: App, alert_id: str) -> None:
    where = f"/api/alerts/status?alert={alert_id}"
    assert ask(app, "POST", where, {}, [b"a" * 4096] * (LONGEST_BODY // 4096 + 1)).status == 413
    assert ask(app, "POST", where, {}, [b"&".join(b"a=b" for _ in range(200))]).status == 403
    assert ask(app, "POST", where, {}, [b"\xff=\xfe"]).status == 403
    assert ask(app, "GET", where).status == 405


def test_without_a_key_or_a_public_address_nothing_is_believed(store: Store, alert_id: str) -> None:
    for token, public in (("", PUBLIC), (TOKEN, "")):
        app = Starlette(routes=[status_route(lambda: store, auth_token=token, public_url=public)])
        assert post(app, alert_id, fields(), signed(alert_id, fields(), token)) == 403
    assert status_url("") == ""
