"""The public's way in: the page that a supervisor opens for a case, and what a stranger may send by it.

A stranger is told the agency's own words and a number, and nothing else: an address that is wrong, switched off or of a
case that has ended answers as one that never was. Whatever comes is kept as it came and waits for people.
"""

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import BinaryIO

from casework.access import for_machines, needs
from casework.cases import CLOCK_SLACK, check_still_here, new_id
from casework.governance import check_searchable, why_not_searchable
from casework.sealing import seal
from casework.slowing import network_of
from data import tip_rows as rows
from data.clock import ReadTime, read_time
from data.errors import BadInput, BadPlace, BadTime, NotFound, TooLarge, TooMany
from data.files import chunks_of
from data.importers.files import one_line
from data.models import Case, Permission, checked_place, utc_now
from data.store import Store
from data.tip_models import Tip, TipPage

PUBLIC = "the public"
"""Stands in the record where a stranger did something."""
CODE = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
LONGEST = {"agency": 120, "page": 4000, "words": 4000, "where": 300, "contact": 300, "name": 200}
TICKET_LASTS = timedelta(hours=24)
PERSON_NEEDS = timedelta(seconds=3)
"""Nobody fills in the page faster."""
LARGEST_RADIUS_M = 5000.0
HOUR = timedelta(hours=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_NONE = "there is no such page"
_HEADS = (
    b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"\x1aE\xdf\xa3", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"0&\xb2u",
    b"FLV",
)  # fmt: skip
_HEAD_BYTES, _TS_PACKET = 200, 188
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


@dataclass(frozen=True)
class Limits:
    """How much may be sent: as the settings tip_max_mb, tips_per_address, tips_per_case and tips_waiting_mb say."""

    file_bytes: int = 64 << 20
    per_address: int = 20
    per_case: int = 200
    waiting_bytes: int = 4 << 30


@dataclass(frozen=True)
class Said:
    """A stranger's words, as they were typed: `seen` is a time of day and date, `zone` that of the browser."""

    words: str = ""
    where: str = ""
    lat: str = ""
    lon: str = ""
    radius_m: str = ""
    seen: str = ""
    zone: str = ""
    contact: str = ""


# the supervisor's side


@needs(Permission.GOVERN)
def open_page(store: Store, case_id: str, *, agency: str, words: str, by: str) -> TipPage:
    """Switch the case's page on, or change what it says: nothing but this is shown there.

    NotGoverned while the case may not be searched: who asks the public for pictures needs the same authority.
    """
    agency, words = one_line(agency), _paragraphs(words, "what the page says", LONGEST["page"])
    if not 0 < len(agency) <= LONGEST["agency"]:
        raise BadInput(f"agency: say whose page it is, in at most {LONGEST['agency']} characters")
    if not words:
        raise BadInput("what the page says: must not be empty; say what you ask for, and nothing that must stay inside")
    check_searchable(store.case(case_id), utc_now())
    was = rows.page_of_case(store, case_id)
    made = was or TipPage(case_id, new_code(), False, "", "", utc_now(), by, secrets.token_urlsafe(32))
    return _put(store, replace(made, is_open=True, agency=agency, words=words), by=by, action="page for tips opened")


@needs(Permission.GOVERN)
def close_page(store: Store, case_id: str, *, by: str) -> TipPage:
    """Switch the page off; what has come stays. Opened again it has the same address."""
    return _put(store, replace(_page(store, case_id), is_open=False), by=by, action="page for tips closed")


@needs(Permission.GOVERN)
def new_address(store: Store, case_id: str, *, by: str) -> TipPage:
    """Give the page another address; the old one leads nowhere from now on."""
    page = replace(_page(store, case_id), code=new_code())
    return _put(store, page, by=by, action="page for tips got a new address")


@needs(Permission.READ)
def page_of(store: Store, case_id: str) -> TipPage | None:
    """The case's page as people of the case see it; None where it never had one."""
    found = rows.page_of_case(store, case_id)
    return None if found is None else replace(found, secret="")


def new_code() -> str:
    """An address nobody guesses: 128 random bits."""
    return secrets.token_urlsafe(16)


def _page(store: Store, case_id: str) -> TipPage:
    found = rows.page_of_case(store, case_id)
    if found is None:
        raise BadInput("page for tips: the case has none yet; open it first")
    return found


def _put(store: Store, page: TipPage, *, by: str, action: str) -> TipPage:
    at = utc_now()
    page = replace(page, changed_at=at, changed_by=by)
    with store.writing() as writing:
        rows.put_page(writing, page)
        writing.audit(at=at, by=by, action=action, case_id=page.case_id, agency=page.agency, words=page.words)
    return replace(page, secret="")


# the stranger's side


@for_machines
def public_page(store: Store, code: str) -> TipPage:
    """The open page at this address; NotFound, always in the same words, where nobody is to send anything."""
    page = rows.page_by_code(store, code) if CODE.fullmatch(code) else None
    if page is None or not page.is_open or why_not_searchable(store.case(page.case_id), utc_now()) is not None:
        raise NotFound(_NONE)
    return page


def new_ticket(page: TipPage, *, now: datetime | None = None) -> str:
    """What a form of this page carries: it can be used once, and says when the form was made."""
    begun = f"{int((now or utc_now()).timestamp())}.{secrets.token_urlsafe(12)}"
    return f"{begun}.{_keyed(page, f'{page.code} {begun}')}"


def made_at(page: TipPage, ticket: str) -> datetime:
    """When the form with this ticket was made; BadInput for what is no ticket of this page, or too old."""
    begun, _, proof = ticket.rpartition(".")
    if not hmac.compare_digest(proof.encode("utf-8", "replace"), _keyed(page, f"{page.code} {begun}").encode()):
        raise BadInput("This page is too old. Load it again, then send your report once more.")
    at = datetime.fromtimestamp(int(begun.partition(".")[0]), UTC)
    if utc_now() - at > TICKET_LASTS:
        raise BadInput("This page was open for too long. Load it again, then send your report once more.")
    return at


def _keyed(page: TipPage, text: str) -> str:
    return hmac.new(page.secret.encode(), text.encode("utf-8", "replace"), "sha256").hexdigest()[:32]


@for_machines
def take_turn(store: Store, page: TipPage, address: str, *, limits: Limits) -> None:
    """Note that somebody begins to send; TooMany, and nothing noted, where too much came within the last hour.

    Of the address nothing is kept but a keyed hash, for an hour.
    """
    now, key = utc_now(), _keyed(page, network_of(address))
    if _is_too_much(store, page, key, now, limits):  # a flood costs no transaction that writes
        raise TooMany("Many reports came in within the last hour. Try again later, or call.")
    with store.writing() as writing:
        rows.add_try(writing, page.case_id, at=now, address_key=key, kept=HOUR)


def _is_too_much(store: Store, page: TipPage, key: str, now: datetime, limits: Limits) -> bool:
    since = now - HOUR
    if rows.tries(store, page.case_id, since, address_key=key) >= limits.per_address:
        return True
    return rows.tries(store, page.case_id, since) >= limits.per_case


@for_machines
def receive(
    store: Store, page: TipPage, said: Said, file: tuple[str, BinaryIO] | None, *, ticket: str, is_filled_in: bool,
    limits: Limits,
) -> str:  # fmt: skip
    """Keep what a stranger sends; the number that they are told. The same form sent twice is one tip.

    `file` is its name and its bytes, `is_filled_in` whether the field that people do not see holds something. What
    looks like a machine's is kept too, apart: a person with unusual aids must not be lost. BadInput says what to mend.
    """
    now, begun = utc_now(), made_at(page, ticket)
    nonce = ticket.split(".")[1]
    if (number := rows.number_of_ticket(store, page.case_id, nonce)) is not None:
        return number
    tip = _read(store.case(page.case_id), said, now)
    tip = replace(tip, is_doubtful=is_filled_in or now - begun < PERSON_NEEDS)
    if file is not None:
        tip = _with_file(store, tip, *file, limits=limits)
    if not (tip.words or tip.where_words or tip.sha256 or tip.lat is not None):
        raise BadInput("Say what you saw, or choose a photo or a place.")
    sealed = seal(store, one_line(said.contact)[: LONGEST["contact"]])
    with store.writing() as writing:
        if (number := rows.number_of_ticket(store, page.case_id, nonce)) is not None:
            return number
        if tip.sha256 is not None:
            check_still_here(store, tip.sha256, "file")
        rows.add_tip(writing, tip, ticket=nonce, contact=sealed)
        writing.audit(
            at=now, by=PUBLIC, action="tip received", case_id=tip.case_id, tip=tip.id, number=tip.number,
            sha256=tip.sha256, size_bytes=tip.size_bytes,
        )  # fmt: skip
    return tip.number


def _read(case: Case, said: Said, now: datetime) -> Tip:
    lat, lon, radius_m = _place(said)
    seen = _time(case, said, now)
    return Tip(
        id=new_id(),
        case_id=case.id,
        number=_number(),
        came_at=now,
        words=_paragraphs(said.words, "What you saw", LONGEST["words"]),
        where_words=one_line(said.where)[: LONGEST["where"]],
        lat=lat,
        lon=lon,
        radius_m=radius_m,
        seen_at=seen.at if seen else None,
        seen_spread_s=seen.spread_s if seen else 0.0,
        seen_typed=one_line(f"{said.seen} {said.zone or case.timezone}")[:100] if said.seen else "",
    )


def _number() -> str:
    """A number that can be said on the telephone."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(8)).upper()
    return f"{drawn[:4]}-{drawn[4:]}"


def _place(said: Said) -> tuple[float | None, float | None, float]:
    if not (said.lat.strip() or said.lon.strip()):
        return None, None, 0.0
    try:
        lat, lon = (float(text.strip().replace(",", ".")) for text in (said.lat, said.lon))
        radius_m = float(said.radius_m or 100)
    except ValueError as error:
        raise BadPlace("Place: latitude and longitude must be numbers such as 60.1699 and 24.9384.") from error
    checked_place(lat, lon, "Place")
    if not isfinite(radius_m):
        raise BadPlace("Place: say how exactly you know it, in metres.")
    return lat, lon, min(max(radius_m, 1.0), LARGEST_RADIUS_M)


def _time(case: Case, said: Said, now: datetime) -> ReadTime | None:
    """The time by the clocks where the browser is; where it does not say, by those of the case."""
    if not said.seen.strip():
        return None
    try:
        seen = read_time(said.seen, said.zone.strip() or case.timezone, field="When")
    except BadTime:
        seen = read_time(said.seen, case.timezone, field="When")
    if seen.at > now + CLOCK_SLACK:
        raise BadTime("When: this time is still to come; check the date.")
    return seen


def _with_file(store: Store, tip: Tip, name: str, stream: BinaryIO, *, limits: Limits) -> Tip:
    """Keep the file as it came: nobody opens it but a process of its own (`casework.tips.look_at`)."""
    head = stream.read(_HEAD_BYTES)
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    if size == 0:
        return tip
    if size > limits.file_bytes:
        raise TooLarge(f"The file is too large: at most {limits.file_bytes >> 20} MB can be sent.")
    if not _is_picture_or_video(head):
        raise BadInput("The file is neither a photo nor a video that can be read here.")
    if rows.waiting_bytes(store, tip.case_id) + size > limits.waiting_bytes:
        raise TooMany("So many files wait already that no more can be taken now. Send your report without the file.")
    store.files.check_room(size, "file")
    sha256, kept = store.files.put(chunks_of(stream), what="file")
    shown = one_line(re.split(r"[/\\]", name)[-1])[: LONGEST["name"]] or "unnamed"
    return replace(tip, sha256=sha256, size_bytes=kept, file_name=shown)


def _is_picture_or_video(head: bytes) -> bool:
    """By its first bytes; whether it can really be shown is found out by whoever looks at it."""
    if head[:4] == b"RIFF":
        return head[8:12] in (b"WEBP", b"AVI ")
    is_transport_stream = head[:1] == b"G" == head[_TS_PACKET : _TS_PACKET + 1]
    return is_transport_stream or head[4:8] in _BOXES or head.startswith(_HEADS)


def _paragraphs(text: str, what: str, longest: int) -> str:
    """Lines that people typed, without control characters and half characters."""
    lines = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode()).splitlines()
    kept = "\n".join("".join(c if c.isprintable() else " " for c in line).strip() for line in lines).strip()
    if len(kept) > longest:
        raise BadInput(f"{what}: has {len(kept):,} characters; at most {longest:,} can be sent")
    return kept
