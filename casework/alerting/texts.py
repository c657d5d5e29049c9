"""What messages say: from what the store knows of a match to a title and a text in the recipient's language.

Names of cameras, cases and people are strangers' text: whatever could break out of a line, turn it round or hide in it
is taken out before it becomes part of a message.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from casework.alerting.sms_length import sms_length
from casework.alerting.wording import WORDINGS, Wording
from data.alert_models import AddressKind, AlertEvent, AlertRules, Language, PinLink, Recipient, Told
from data.models import Case, Sighting
from geo.distance import bearings_deg, distance_m

LONGEST_NAME = 60
LEAST_NAME = 12
"""A camera's name is cut to make a message fit, never below this, and the link never."""
MOST_LINES = 20
AT_PLACE_M = 50.0
"""Nearer than this a distance says less than "there": half the cameras of a square lie within it."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True)
class News:
    """All that a message is made of: one thing to tell, or several for a digest; `known` are the case's sightings."""

    case: Case
    rules: AlertRules
    recipient: Recipient = field(repr=False)
    told: Sequence[Told]
    known: Sequence[Sighting] = ()

    @property
    def words(self) -> Wording:
        return WORDINGS[self.recipient.language]

    @property
    def who(self) -> str:
        """The subject's first name, where the case's rules let it be said, else the case's number."""
        first = plain(self.case.subject.name).split(" ")[0]
        if self.rules.names_subject and first:
            return first
        return self.words.of_case.format(number=plain(self.case.number))

    @property
    def is_lead(self) -> bool:
        return any(one.event is AlertEvent.CANDIDATE for one in self.told)


@dataclass(frozen=True)
class Message:
    """What is said, word for word; an SMS has no title."""

    title: str
    text: str


def plain(text: str, longest: int = 200) -> str:
    """`text` as one line of visible characters: no control, no direction marks, nothing of no width.

    >>> plain("North\\r\\nBcc: all@example.org\\u202e!")
    'North Bcc: all@example.org!'
    """
    letters = (" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", text))
    line = " ".join("".join(one for one in letters if unicodedata.category(one) not in _INVISIBLE).split())
    return line if len(line) <= longest else line[: longest - 3].rstrip() + "..."


def compose(news: News) -> Message:
    """The message for one recipient: short for SMS, with everything in it else."""
    title = _title(news)
    if news.recipient.kind is AddressKind.SMS:
        return Message("", _short(news))
    lines = [title + ".", ""]
    if len(news.told) == 1:
        lines += _details(news, news.told[0])
    else:
        for one in news.told[:MOST_LINES]:
            lines += [f"- {_line(news, one)}", f"  {pin(one.lat, one.lon, PinLink.OPENSTREETMAP)}"]
        lines += _rest(news, news.told[MOST_LINES:])
    if news.is_lead:
        lines += ["", _sentence(news.words.lead)]
    if news.case.is_demo:
        lines += ["", news.words.demonstration]
    return Message(f"LastSeen {plain(news.case.number)}: {title}", "\n".join([*lines, "", _footer(news), ""]))


def trial_message(language: Language) -> Message:
    """A message that says of itself that it is a test."""
    return Message("LastSeen", WORDINGS[language].test)


def moment(one: Told) -> datetime:
    """The true time of the track's best moment (see data.models.Footage)."""
    return one.started_at + timedelta(seconds=one.best_s - one.clock_offset_s)


def pin(lat: float, lon: float, to: PinLink) -> str:
    """A link to the place on one of three kinds of map."""
    match to:
        case PinLink.OPENSTREETMAP:
            return f"https://www.openstreetmap.org/?mlat={lat:.5f}&mlon={lon:.5f}#map=18/{lat:.5f}/{lon:.5f}"
        case PinLink.GOOGLE:
            return f"https://www.google.com/maps/search/?api=1&query={lat:.5f}%2C{lon:.5f}"
        case PinLink.GEO:
            return f"geo:{lat:.5f},{lon:.5f}"  # RFC 5870


def clock_words(at: datetime, timezone: str, words: Wording) -> str:
    """A time as clocks in the case's zone show it, with their distance from UTC."""
    local = at.astimezone(ZoneInfo(timezone))
    offset = local.strftime("%z")
    return words.time.format(
        weekday=words.weekdays[local.weekday()], day=local.day, month=words.months[local.month - 1], year=local.year,
        hour=local.hour, minute=local.minute, second=local.second, offset=f"{offset[:3]}:{offset[3:5]}",
    )  # fmt: skip


def place_words(news: News, one: Told, longest: int = LONGEST_NAME) -> str:
    """The camera, and how far it lies from where the subject was last known to be before that time."""
    words = news.words
    camera = plain(one.camera_name, longest) or words.camera.format(id=plain(one.camera_id, longest))
    before = [s for s in news.known if s.match_id != one.match_id and s.at <= moment(one)]
    if not before:
        return words.at_place.format(camera=camera)
    last = max(before, key=lambda s: s.at)
    away_m = distance_m((last.lat, last.lon), (one.lat, one.lon))
    if away_m < AT_PLACE_M:
        return words.at_last_place.format(camera=camera)
    bearing = float(bearings_deg(last.lat, last.lon, one.lat, one.lon))
    direction = words.compass[round(bearing / 45) % 8]
    return words.from_last_place.format(camera=camera, distance=distance_words(away_m, words), direction=direction)


def distance_words(distance_m: float, words: Wording) -> str:
    """To ten metres below a kilometre, then to a tenth, then whole kilometres: no more than the reader can use."""
    if distance_m < 995:
        return f"{round(distance_m, -1):.0f} m"
    km = distance_m / 1000
    return (f"{km:.1f}" if km < 9.95 else f"{km:.0f}").replace(".", words.decimal) + " km"


def _title(news: News) -> str:
    words, count = news.words, len(news.told)
    if count == 1:
        return _heading(news, news.told[0])
    template = words.leads_digest if news.is_lead else words.confirmed_digest
    return template.format(count=count, who=news.who)


def _heading(news: News, one: Told) -> str:
    words = news.words
    templates = {
        AlertEvent.CANDIDATE: words.candidate,
        AlertEvent.CONFIRMED: words.confirmed,
        AlertEvent.WITHDRAWN: words.withdrawn,
    }
    return templates[one.event].format(who=news.who)


def _details(news: News, one: Told) -> list[str]:
    words = news.words
    lines = [
        f"{place_words(news, one)}",
        clock_words(moment(one), news.case.timezone, words),
        f"{words.coordinates}: {_pair(words, one)}",
        "",
        *(pin(one.lat, one.lon, to) for to in PinLink),
    ]
    if one.event is AlertEvent.CANDIDATE:
        similarity, threshold = (
            f"{value:.2f}".replace(".", words.decimal) for value in (one.similarity, one.alert_threshold)
        )
        lines += ["", words.similarity.format(similarity=similarity, threshold=threshold)]
    return lines


def _line(news: News, one: Told) -> str:
    at = clock_words(moment(one), news.case.timezone, news.words)
    told = f"{place_words(news, one)}; {at}; {_pair(news.words, one)}"
    return told if one.event is AlertEvent.CANDIDATE else f"{_heading(news, one)}. {told}"


def _rest(news: News, rest: Sequence[Told]) -> list[str]:
    if not rest:
        return []
    cameras = Counter(plain(one.camera_name, LONGEST_NAME) or plain(one.camera_id) for one in rest)
    named = ", ".join(f"{name} ({count})" for name, count in cameras.most_common(10))
    return ["", f"{news.words.more.format(count=len(rest))}: {named}"]


def _short(news: News) -> str:
    """An SMS: one link, and the camera's name cut until it fits."""
    one = news.told[0]
    link = pin(one.lat, one.lon, news.recipient.pin_link)
    number = plain(news.case.number, 30)
    title = _title(news)
    if news.is_lead:
        title += f" ({news.words.lead})"
    elif len(news.told) > 1:
        title += f". {_heading(news, one)}"
    at = clock_words(moment(one), news.case.timezone, news.words)
    more = f" {news.words.more.format(count=len(news.told) - 1)}." if len(news.told) > 1 else ""
    longest = LONGEST_NAME
    while True:
        place = place_words(news, one, longest)
        text = news.words.sms.format(
            number=number, title=title, place=place, at=at, pair=_pair(news.words, one), link=link, more=more
        )
        if longest <= LEAST_NAME or sms_length(text).segments <= news.words.sms_parts:
            return text
        longest -= 4


def _pair(words: Wording, one: Told) -> str:
    return words.pair.format(lat=one.lat, lon=one.lon)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _footer(news: News) -> str:
    return news.words.footer.format(number=plain(news.case.number))
