"""A message as a CAP 1.2 document (OASIS Common Alerting Protocol), for an authority's own systems.

It is restricted to whom it is sent to: nothing of a case is ever made public by it. What two people confirmed is
"likely", a lead only "possible"; what is put right again is a Cancel of the message before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

from casework.alerting.texts import News, compose, moment, pin, place_words, plain
from data.alert_models import Alert, AlertEvent, Audience, PinLink, Told
from data.models import Case

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
LONGEST_HEADLINE = 160  # CAP 1.2, 3.2.2: so much fits on small screens
LEAST_RADIUS_KM = 0.025
_NOT_IN_IDS = re.compile(r"[\s,<&]")  # CAP 1.2, 3.2.1: in no identifier and no sender


@dataclass(frozen=True)
class Origin:
    """Who sends: `sender` is unique in the world, as an e-mail address of the agency is."""

    sender: str
    is_exercise: bool = False


def cap_of_news(news: News, alert_id: str, at: datetime, *, origin: Origin, before: Sequence[Alert] = ()) -> bytes:
    """The document of one message; `before` are the messages that it takes back."""
    alert = etree.Element(_name("alert"), nsmap={None: NAMESPACE})
    is_correction = bool(before) and all(one.event is AlertEvent.WITHDRAWN for one in news.told)
    # a digest told of other things too, which stand
    kind = "Update" if any(one.event is AlertEvent.DIGEST for one in before) else "Cancel"
    sender = _NOT_IN_IDS.sub("-", plain(origin.sender))
    _put(alert, "identifier", _NOT_IN_IDS.sub("-", alert_id))
    _put(alert, "sender", sender)
    _put(alert, "sent", cap_time(at, news.case))
    _put(alert, "status", "Exercise" if origin.is_exercise or news.case.is_demo else "Actual")
    _put(alert, "msgType", kind if is_correction else "Alert")
    _put(alert, "scope", "Restricted")
    _put(alert, "restriction", "For the recipient only; not to be made public")
    if is_correction:
        told_at = [(one, one.claimed_at or one.created_at) for one in before]
        references = [f"{sender},{_NOT_IN_IDS.sub('-', one.id)},{cap_time(when, news.case)}" for one, when in told_at]
        _put(alert, "references", " ".join(references))
    _info(alert, news)
    document: bytes = etree.tostring(alert, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def cap_for_authorities(
    news: News, alert_id: str, at: datetime, *, origin: Origin, before: Sequence[Alert] = ()
) -> bytes:
    """As `cap_of_news`, where the recipient is an authority; b"" for everybody else."""
    if news.recipient.audience is not Audience.AUTHORITY:
        return b""
    return cap_of_news(news, alert_id, at, origin=origin, before=before)


def cap_time(at: datetime, case: Case) -> str:
    """A time in the case's zone as CAP 1.2, 3.3.2 writes it: to the second, and -00:00 for UTC, never Z.

    It is also what a later message refers to this one by, so that it has to come out the same each time.
    """
    text = at.astimezone(ZoneInfo(case.timezone)).isoformat(timespec="seconds")
    return text[:-6] + "-00:00" if text.endswith("+00:00") else text


def _info(alert: etree._Element, news: News) -> None:
    message = compose(news)
    info = etree.SubElement(alert, _name("info"))
    is_past = all(one.event is AlertEvent.WITHDRAWN for one in news.told)
    _put(info, "language", news.recipient.language.value)
    _put(info, "category", "Rescue")
    _put(info, "event", "Missing person")
    _put(info, "urgency", "Past" if is_past else "Immediate")
    _put(info, "severity", "Unknown")
    _put(info, "certainty", "Unlikely" if is_past else "Possible" if news.is_lead else "Likely")
    _put(info, "senderName", "LastSeen")
    _put(info, "headline", plain(message.title or message.text, LONGEST_HEADLINE))
    _put(info, "description", message.text)
    first = news.told[0]
    _put(info, "web", pin(first.lat, first.lon, PinLink.OPENSTREETMAP))
    for one in news.told:
        _parameter(info, "lastseen.match", one.match_id)
        _parameter(info, "lastseen.seen-at", cap_time(moment(one), news.case))
    for one in news.told:
        _area(info, news, one)


def _area(info: etree._Element, news: News, one: Told) -> None:
    area = etree.SubElement(info, _name("area"))
    _put(area, "areaDesc", place_words(news, one))
    radius_km = max((one.range_m or 0.0) / 1000, LEAST_RADIUS_KM)
    _put(area, "circle", f"{one.lat:.5f},{one.lon:.5f} {radius_km:.3f}")


def _parameter(info: etree._Element, name: str, value: str) -> None:
    parameter = etree.SubElement(info, _name("parameter"))
    _put(parameter, "valueName", name)
    _put(parameter, "value", plain(value))


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _name(name)).text = text


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"
