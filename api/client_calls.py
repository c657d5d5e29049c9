"""What can be asked at /api, typed. Written by scripts/make_client.py (`make client`); nobody edits it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from api.client_line import UNSET, Line, Unset

AddressKind = Literal["sms", "email", "apprise"]

AlertEvent = Literal["candidate", "confirmed", "withdrawn", "digest", "test"]

AlertState = Literal["queued", "sending", "sent", "failed", "unknown", "overtaken"]

Audience = Literal["team", "guardian", "authority"]

JobState = Literal["queued", "running", "paused", "done", "failed", "cancelled"]

Lack = Literal["heading", "range", "retention", "owner", "contact", "verified"]

Lane = Literal["leads", "confirmed", "asked"]

Language = Literal["en", "fi", "ar"]

LiveState = Literal[
    "waiting", "connecting", "watching", "stalled", "disconnected", "dead", "frozen", "black", "unreadable"
]

MatchState = Literal[
    "to_review", "half_confirmed", "confirmed", "disputed", "rejected", "unsure", "set_aside", "dropped"
]

Mode = Literal["walk", "bicycle", "car", "public_transport"]

Permission = Literal[
    "read the case",
    "see the photos of a subject under 18",
    "change the case",
    "add footage",
    "search footage",
    "review candidates",
    "govern the case",
    "export the case",
    "read the record",
    "open cases",
    "change cameras",
    "manage accounts",
]

PinLink = Literal["openstreetmap", "google", "geo"]

RequestState = Literal["draft", "sent", "received", "refused", "expired"]

Role = Literal["viewer", "analyst", "reviewer", "supervisor", "auditor"]

Sight = Literal["searched", "unreadable", "left out after crashes", "not searched"]

SightingKind = Literal["seen", "phone_fix", "card_payment", "statement", "confirmed_match"]

StartedFrom = Literal["typed", "file metadata", "file name", "burnt-in clock", "clock of this machine"]

TipState = Literal["waiting", "taken", "dismissed"]

Verdict = Literal["confirm", "reject", "unsure", "undo", "settle as confirmed", "settle as rejected"]


@dataclass(frozen=True, kw_only=True)
class AlertOut:
    """One message."""

    id: str
    case_id: str
    event: AlertEvent
    lane: Lane
    state: AlertState
    recipient_id: str
    recipient: str
    audience: Audience
    kind: AddressKind
    match_id: str | None
    created_at: datetime
    due_at: datetime
    handed_over_at: datetime | None
    settled_at: datetime | None
    attempts: int
    title: str
    text: str
    why: str
    provider_id: str
    provider_status: str
    parts: int
    again_of: str | None
    sent_again: str
    asked_by: str
    left_by: str
    needs_a_look: bool


@dataclass(frozen=True, kw_only=True)
class AlertsWaitingOut:
    """What is due for one recipient."""

    recipient_id: str
    recipient: str
    lane: Lane
    count: int
    oldest_at: datetime
    why: str


@dataclass(frozen=True, kw_only=True)
class AuthorityIn:
    """What a case is to rest on."""

    legal_basis: str | Unset = UNSET
    reference: str | Unset = UNSET
    purpose: str | Unset = UNSET
    owner: str | Unset = UNSET
    expires_at: datetime | Unset | None = UNSET
    search_from: datetime | Unset | None = UNSET
    search_to: datetime | Unset | None = UNSET


@dataclass(frozen=True, kw_only=True)
class AuthorityOut:
    """What a case rests on."""

    legal_basis: str
    reference: str
    purpose: str
    owner: str
    expires_at: datetime | None
    search_from: datetime | None
    search_to: datetime | None


@dataclass(frozen=True, kw_only=True)
class CameFromOut:
    """One time at which these bytes came in."""

    at: datetime
    by: str
    how: str
    original_name: str


@dataclass(frozen=True, kw_only=True)
class CameraOut:
    """A camera."""

    id: str
    name: str
    lat: float
    lon: float
    headings_deg: tuple[float, ...]
    fov_deg: float | None
    range_m: float | None
    width_px: int | None
    height_px: int | None
    kind: str
    mount: str
    is_indoor: bool | None
    owner: str
    contact: str
    retention_days: float | None
    clock_offset_s: float
    clock_checked: str
    direction_text: str
    source: str
    last_verified: date | None
    verified_by: str


@dataclass(frozen=True, kw_only=True)
class CandidateOut:
    """A face that is like the person sought."""

    match: str
    case: str
    face: int
    box_px: tuple[float, float, float, float]
    similarity: float
    review_floor: float
    alert_threshold: float
    is_strong: bool
    is_new: bool
    is_set_aside: bool
    photo: str
    reference_jpeg: str | None
    title: str
    said: str
    seen_said: str
    review: str


@dataclass(frozen=True, kw_only=True)
class CaseDetails:
    """One case with all that is known of it."""

    id: str
    number: str
    name: str
    mode: Mode
    timezone: str
    created_at: datetime
    closed_at: datetime | None
    is_demo: bool
    why_not_searchable: str | None
    birth_date: date | None
    is_minor: bool
    description: str
    notes: str
    authority: AuthorityOut
    period: PeriodOut
    legal_hold: str
    release_reason: str
    keeps_vectors: bool
    vectors_reason: str
    vectors_expire_at: datetime | None
    may: tuple[Permission, ...]


@dataclass(frozen=True, kw_only=True)
class CaseOut:
    """A case in a list."""

    id: str
    number: str
    name: str
    mode: Mode
    timezone: str
    created_at: datetime
    closed_at: datetime | None
    is_demo: bool
    why_not_searchable: str | None


@dataclass(frozen=True, kw_only=True)
class ComparisonOut:
    """How alike the faces of two pictures are."""

    notice: str
    engine: str
    licence: str
    similarity_meaning: str
    review_floor: float
    alert_threshold: float
    first: FacesOut
    second: FacesOut
    pairs: tuple[PairOut, ...]


@dataclass(frozen=True, kw_only=True)
class ContactOut:
    """How to reach the tipster."""

    contact: str


@dataclass(frozen=True, kw_only=True)
class CorrectedOut:
    """What a correction moved."""

    footage: FootageOut
    moved_s: float
    candidates: int
    sightings: int


@dataclass(frozen=True, kw_only=True)
class CoverageOut:
    """What a scan really looked at."""

    frames_claimed: int | None
    packets_read: int
    packets_unreadable: int
    frames_decoded: int
    frames_examined: int
    faces_seen: int
    faces_embedded: int
    unreadable_spans_s: tuple[tuple[float, float], ...]
    packets_skipped: int
    quiet_s: float
    thoroughness: str
    frames_estimated: int | None


@dataclass(frozen=True, kw_only=True)
class DecidedOut:
    """The match as the caller may know it now, and the sighting that it became, where two people have …."""

    match: MatchOut
    sighting: SightingOut | None


@dataclass(frozen=True, kw_only=True)
class EntryOut:
    """One entry of the record."""

    sequence: int
    at: datetime
    by: str
    action: str
    details: dict[str, Any]
    hash: str
    prev_hash: str


@dataclass(frozen=True, kw_only=True)
class FaceOut:
    """One face."""

    box_px: tuple[float, ...]
    score: float
    points_px: tuple[tuple[float, ...], ...]
    landmarks_px: tuple[tuple[float, ...], ...] | None
    quality: float
    size_px: float


@dataclass(frozen=True, kw_only=True)
class FacesOut:
    """The faces of one picture, best detection first."""

    width_px: int
    height_px: int
    engine: str
    licence: str
    landmarks_licence: str | None
    faces: tuple[FaceOut, ...]


@dataclass(frozen=True, kw_only=True)
class FootageDetails:
    """One footage with the place of its camera, or of a spot of the case."""

    id: str
    case_id: str
    camera_id: str
    sha256: str
    original_name: str
    size_bytes: int
    started_at: datetime
    clock_offset_s: float
    clock_uncertainty_s: float | None
    clock_checked: str
    started_from: StartedFrom
    recorder_make: str
    exporter: str
    export_notes: str
    added_at: datetime
    added_by: str
    provenance: tuple[CameFromOut, ...]
    true_start: datetime | None = None
    camera_name: str
    lat: float
    lon: float


@dataclass(frozen=True, kw_only=True)
class FootageOut:
    """A file of one camera."""

    id: str
    case_id: str
    camera_id: str
    sha256: str
    original_name: str
    size_bytes: int
    started_at: datetime
    clock_offset_s: float
    clock_uncertainty_s: float | None
    clock_checked: str
    started_from: StartedFrom
    recorder_make: str
    exporter: str
    export_notes: str
    added_at: datetime
    added_by: str
    provenance: tuple[CameFromOut, ...]
    true_start: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FootageWaitingOut:
    """A file that is here and waits for its details."""

    id: str
    name: str
    size_bytes: int
    sha256: str | None
    by: str
    how: str
    created_at: datetime
    case_id: str | None


@dataclass(frozen=True, kw_only=True)
class FoundIn:
    """A case that the caller sees and in which there are candidates from this search."""

    case_id: str
    number: str
    candidates: int


@dataclass(frozen=True, kw_only=True)
class GalleryOut:
    """How many other open cases a search would cover now, and the newest search."""

    cases: int
    left_out: tuple[LeftOutCases, ...]
    last: SearchOut | None


@dataclass(frozen=True, kw_only=True)
class GapOut:
    """A stretch in which nobody could have been seen."""

    state: LiveState
    from_at: datetime
    to_at: datetime | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """The answer of /api/health."""

    status: str


@dataclass(frozen=True, kw_only=True)
class JobOut:
    """A job."""

    id: str
    kind: str
    case_id: str
    of_id: str
    state: JobState
    engine: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    asked_by: str
    queue: str
    priority: int
    segments_total: int | None
    segments_done: int
    seconds_total: float | None
    seconds_done: float
    faces_seen: int
    tracks: int
    candidates: int
    reference_ids: tuple[str, ...]
    coverage: CoverageOut | None
    given_up: tuple[tuple[float, float, str], ...]
    note: str
    error: str | None
    retry_reason: str
    left_s: float | None = None
    missing: str | None = None


@dataclass(frozen=True, kw_only=True)
class LeftOutCases:
    """So many cases that the caller sees are left out, and why."""

    why: str
    cases: int


@dataclass(frozen=True, kw_only=True)
class LiveOut:
    """All watches of a case, those that are on first."""

    why_not: str | None
    latest_end: datetime
    watches: tuple[WatchOut, ...]


@dataclass(frozen=True, kw_only=True)
class LookedOut:
    """What the picture showed, in numbers, and in words in the asker's language."""

    taken_at: datetime
    width_px: int
    height_px: int
    faces: tuple[SeenFaceOut, ...]
    candidates: tuple[CandidateOut, ...]
    cases_searched: int
    not_searched: tuple[NotSearchedOut, ...]
    clock_off_s: float | None
    said: str
    clock_said: str
    not_searched_said: str


@dataclass(frozen=True, kw_only=True)
class MadeOut:
    """Ids of requests."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MapView:
    """What a view holds."""

    total: int
    cameras: tuple[
        tuple[str, str, str, float, float, tuple[float, ...], float | None, float | None, int | None, int], ...
    ]
    clusters: tuple[tuple[float, float, int, float, float, float, float, int | None, tuple[str, float, float]], ...]


@dataclass(frozen=True, kw_only=True)
class MatchOut:
    """A candidate."""

    id: str
    case_id: str
    footage_id: str
    camera_id: str
    camera_name: str
    state: MatchState
    similarity: float
    review_floor: float
    alert_threshold: float
    engine: str
    created_at: datetime
    seen_at: datetime
    face_px: float
    needs_more_than_the_face: bool
    track: TrackOut
    lat: float
    lon: float
    radius_m: float
    tolerance_s: float
    standing: float
    group_id: str | None
    like_match_id: str | None
    reviews: tuple[ReviewOut, ...]
    meaning: str | None = None


@dataclass(frozen=True, kw_only=True)
class MemberOut:
    """Who works on a case, and as what."""

    name: str
    full_name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, kw_only=True)
class Named:
    """A place."""

    name: str
    kind: str
    lat: float
    lon: float
    distance_m: float | None


@dataclass(frozen=True, kw_only=True)
class NotSearchedOut:
    """A case that was not searched, and why."""

    case: str
    why: str


@dataclass(frozen=True, kw_only=True)
class PageAlertOut:
    items: tuple[AlertOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageCameraOut:
    items: tuple[CameraOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageCaseOut:
    items: tuple[CaseOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageEntryOut:
    items: tuple[EntryOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageFootageOut:
    items: tuple[FootageOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageJobOut:
    items: tuple[JobOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageMatchOut:
    items: tuple[MatchOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageRequestOut:
    items: tuple[RequestOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageSightingOut:
    items: tuple[SightingOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageTipOut:
    items: tuple[TipOut, ...]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PairOut:
    """A face of the first picture (`one`, its place in `first`) and one of the second, and how alike …."""

    one: int
    other: int
    similarity: float
    is_lead: bool
    meaning: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PeriodOut:
    """The true times within which footage is searched, and where they come from."""

    start: datetime
    end: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class PhotoOut:
    """A reference photo."""

    id: str
    case_id: str
    original_name: str
    sha256: str
    added_at: datetime
    taken_on: date | None
    is_usable: bool
    box_px: tuple[float, ...] | None
    quality: float | None
    problem: str | None
    job_id: str | None
    removed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PlaceIn:
    """Where a camera stood that somebody held in the hand, within `radius_m`."""

    lat: float
    lon: float
    radius_m: float
    called: str | Unset = UNSET
    source: str | Unset = UNSET


@dataclass(frozen=True, kw_only=True)
class PlaceOut:
    """Which camera, and where it stands."""

    id: str
    name: str
    owner: str
    lat: float
    lon: float


@dataclass(frozen=True, kw_only=True)
class RankedOut:
    """A camera worth asking."""

    rank: int
    camera: PlaceOut
    score: float
    chance: float
    start: datetime
    end: datetime
    best_guess: datetime
    likely_end: datetime | None
    recorder_start: datetime
    recorder_end: datetime
    recorder_best_guess: datetime
    overwritten_at: datetime | None
    distance_m: float
    reasons: tuple[str, ...]
    earlier: tuple[WindowOut, ...]


@dataclass(frozen=True, kw_only=True)
class RankingOut:
    """Cameras, best first."""

    items: tuple[RankedOut, ...]
    next: str | None = None
    basis: Literal["streets", "haversine"]
    warnings: tuple[str, ...]
    outside_area: int
    out_of_reach: int
    nearest_beyond: tuple[RankedOut, ...]


@dataclass(frozen=True, kw_only=True)
class Ready:
    """The answer of /api/ready."""

    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RecipientOut:
    """Somebody who is told."""

    id: str
    name: str
    kind: AddressKind
    address: str
    audience: Audience
    language: Language
    on_candidates: bool
    on_confirmed: bool
    wakes: bool
    pin_link: PinLink
    added_at: datetime
    added_by: str


@dataclass(frozen=True, kw_only=True)
class RenewalOut:
    """What a change of the photos set going."""

    searched_again: int
    compared_at_once: int


@dataclass(frozen=True, kw_only=True)
class RequestOut:
    """What one owner is asked for."""

    id: str
    case_id: str
    camera: PlaceOut
    contact: str
    state: RequestState
    from_at: datetime
    to_at: datetime
    recorder_from: datetime
    recorder_to: datetime
    deadline: datetime | None
    gone_at: datetime | None
    priority: float
    is_pressing: bool
    minutes_moved: bool
    note: str
    created_at: datetime
    created_by: str
    sent_at: datetime | None
    footage_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReviewOut:
    """One person's verdict."""

    id: str
    verdict: Verdict
    by: str
    note: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RulesOut:
    """Within any `window_s` seconds at most `limit` messages of leads go out."""

    names_subject: bool
    quiet_from: str
    quiet_to: str
    limit: int
    window_s: int


@dataclass(frozen=True, kw_only=True)
class SearchOut:
    """The newest such search."""

    job: JobOut
    cases: int
    left_out: tuple[LeftOutCases, ...]
    dropped: int
    found: tuple[FoundIn, ...]


@dataclass(frozen=True, kw_only=True)
class SeenFaceOut:
    """A face in the picture."""

    box_px: tuple[float, float, float, float]
    score: float
    quality: float


@dataclass(frozen=True, kw_only=True)
class SightingOut:
    """A place and a time, `at` give or take `tolerance_s`, within `radius_m`."""

    id: str
    case_id: str
    lat: float
    lon: float
    radius_m: float
    at: datetime
    tolerance_s: float
    kind: SightingKind
    source: str
    match_id: str | None
    created_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class StretchOut:
    """What happened to a stretch of footage, in seconds of its time line."""

    sight: Sight
    start_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True)
class TipOut:
    """A stranger's word, and no evidence."""

    id: str
    case_id: str
    number: str
    came_at: datetime
    state: TipState
    is_doubtful: bool
    words: str
    where_words: str
    lat: float | None
    lon: float | None
    radius_m: float
    seen_at: datetime | None
    seen_spread_s: float
    seen_typed: str
    has_contact: bool
    sha256: str | None
    file_name: str
    size_bytes: int
    footage_id: str | None
    sighting_id: str | None
    decided_at: datetime | None
    decided_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class TipPageOut:
    """The public's page at /tips/`code`."""

    case_id: str
    code: str
    is_open: bool
    agency: str
    words: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, kw_only=True)
class TogetherOut:
    """By this id the rejections are taken back."""

    together_id: str


@dataclass(frozen=True, kw_only=True)
class TrackOut:
    """One face followed through footage."""

    start_s: float
    end_s: float
    best_s: float
    best_box_px: tuple[float, float, float, float]
    shots: int
    quality: float
    time_source: str


@dataclass(frozen=True, kw_only=True)
class UndoneOut:
    """How many came back."""

    undone: int


@dataclass(frozen=True, kw_only=True)
class WatchOut:
    """A camera that is or was watched."""

    job_id: str
    case_id: str
    camera_id: str
    address: str
    is_on: bool
    state: LiveState
    state_since: datetime | None
    why: str
    started_at: datetime
    ends_at: datetime
    ended: str
    last_picture_at: datetime | None
    pictures_a_second: float
    looks: int
    faces: int
    candidates: int
    watched_s: float
    gap_s: float
    gaps: tuple[GapOut, ...]


@dataclass(frozen=True, kw_only=True)
class WindowOut:
    """A stretch of true time in which the subject can have been in view, and the likeliest moment in it."""

    start: datetime
    end: datetime
    best_guess: datetime


class Calls(Line):
    """One method for each operation; what it takes and gives stands in the API's description."""

    def read_health(self) -> Health:
        """Whether the web process answers."""
        return self.ask("GET", ("/health",), Health)

    def read_readiness(self) -> Ready:
        """Whether store, disk, files and a worker are there."""
        return self.ask("GET", ("/ready",), Ready)

    def list_cases(
        self,
        *,
        number: str | Unset = UNSET,
        closed: bool | Unset | None = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | Unset = UNSET,
    ) -> PageCaseOut:
        """The cases in which the caller has a role, the newest first."""
        return self.ask(
            "GET",
            ("/v1/cases",),
            PageCaseOut,
            query={"number": number, "closed": closed, "limit": limit, "cursor": cursor},
        )

    def open_case(
        self,
        *,
        number: str,
        name: str,
        birth_date: date | Unset | None = UNSET,
        description: str | Unset = UNSET,
        mode: Mode | Unset = UNSET,
        timezone: str | Unset = UNSET,
        notes: str | Unset = UNSET,
        authority: AuthorityIn | Unset | None = UNSET,
    ) -> CaseDetails:
        """Open a case."""
        return self.ask(
            "POST",
            ("/v1/cases",),
            CaseDetails,
            body={
                "number": number,
                "name": name,
                "birth_date": birth_date,
                "description": description,
                "mode": mode,
                "timezone": timezone,
                "notes": notes,
                "authority": authority,
            },
        )

    def read_case(self, case_id: str) -> CaseDetails:
        """One case."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
            ),
            CaseDetails,
        )

    def change_case(
        self,
        case_id: str,
        *,
        name: str | Unset | None = UNSET,
        birth_date: date | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        mode: Mode | Unset | None = UNSET,
        notes: str | Unset | None = UNSET,
    ) -> CaseDetails:
        """Correct the subject, the way they move, or the notes."""
        return self.ask(
            "PATCH",
            (
                "/v1/cases/",
                case_id,
            ),
            CaseDetails,
            body={"name": name, "birth_date": birth_date, "description": description, "mode": mode, "notes": notes},
        )

    def set_authority(
        self,
        case_id: str,
        *,
        legal_basis: str | Unset = UNSET,
        reference: str | Unset = UNSET,
        purpose: str | Unset = UNSET,
        owner: str | Unset = UNSET,
        expires_at: datetime | Unset | None = UNSET,
        search_from: datetime | Unset | None = UNSET,
        search_to: datetime | Unset | None = UNSET,
    ) -> CaseDetails:
        """Say what the case rests on."""
        return self.ask(
            "PUT",
            (
                "/v1/cases/",
                case_id,
                "/authority",
            ),
            CaseDetails,
            body={
                "legal_basis": legal_basis,
                "reference": reference,
                "purpose": purpose,
                "owner": owner,
                "expires_at": expires_at,
                "search_from": search_from,
                "search_to": search_to,
            },
        )

    def close_case(self, case_id: str, *, reason: str) -> CaseDetails:
        """End the work on a case."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/close",
            ),
            CaseDetails,
            body={"reason": reason},
        )

    def reopen_case(self, case_id: str, *, reason: str) -> CaseDetails:
        """Undo the closing of a case."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/reopen",
            ),
            CaseDetails,
            body={"reason": reason},
        )

    def list_team(self, case_id: str) -> tuple[MemberOut, ...]:
        """Who works on the case, by name."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/team",
            ),
            tuple[MemberOut, ...],
        )

    def give_role(self, case_id: str, account: str, role: Role) -> MemberOut:
        """Give an account a role in the case."""
        return self.ask(
            "PUT",
            (
                "/v1/cases/",
                case_id,
                "/team/",
                account,
                "/",
                role,
            ),
            MemberOut,
        )

    def take_role(self, case_id: str, account: str, role: Role) -> None:
        """Take a role away."""
        self.tell(
            "DELETE",
            (
                "/v1/cases/",
                case_id,
                "/team/",
                account,
                "/",
                role,
            ),
        )

    def list_photos(self, case_id: str) -> tuple[PhotoOut, ...]:
        """The case's photos, oldest first."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/photos",
            ),
            tuple[PhotoOut, ...],
        )

    def add_photo(self, case_id: str, *, upload_id: str) -> PhotoOut:
        """Keep an upload as a reference photo."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/photos",
            ),
            PhotoOut,
            body={"upload_id": upload_id},
        )

    def read_photo(self, photo_id: str) -> PhotoOut:
        """One photo, a removed one too."""
        return self.ask(
            "GET",
            (
                "/v1/photos/",
                photo_id,
            ),
            PhotoOut,
        )

    def remove_photo(self, photo_id: str) -> RenewalOut:
        """Take the photo out of the case, and compare again what rested on it."""
        return self.ask(
            "DELETE",
            (
                "/v1/photos/",
                photo_id,
            ),
            RenewalOut,
        )

    def read_picture(self, photo_id: str) -> bytes:
        """The photo as a worker redrew it, with a box around the face, JPEG."""
        return self.ask(
            "GET",
            (
                "/v1/photos/",
                photo_id,
                "/picture",
            ),
            bytes,
        )

    def date_photo(self, photo_id: str, *, taken_on: date | None) -> PhotoOut:
        """Say on which day the photo was taken."""
        return self.ask(
            "PUT",
            (
                "/v1/photos/",
                photo_id,
                "/taken-on",
            ),
            PhotoOut,
            body={"taken_on": taken_on},
        )

    def restore_photo(self, photo_id: str) -> RenewalOut:
        """Undo a removal."""
        return self.ask(
            "POST",
            (
                "/v1/photos/",
                photo_id,
                "/restore",
            ),
            RenewalOut,
        )

    def list_sightings(
        self, case_id: str, *, limit: int | Unset = UNSET, cursor: str | Unset = UNSET
    ) -> PageSightingOut:
        """The sightings that stand, in order of time."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/sightings",
            ),
            PageSightingOut,
            query={"limit": limit, "cursor": cursor},
        )

    def add_sighting(
        self,
        case_id: str,
        *,
        lat: float,
        lon: float,
        at: datetime,
        radius_m: float | Unset = UNSET,
        tolerance_s: float | Unset = UNSET,
        kind: Literal["seen", "phone_fix", "card_payment", "statement"] | Unset = UNSET,
        source: str | Unset = UNSET,
    ) -> SightingOut:
        """Put a reported sighting on the map."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/sightings",
            ),
            SightingOut,
            body={
                "lat": lat,
                "lon": lon,
                "radius_m": radius_m,
                "at": at,
                "tolerance_s": tolerance_s,
                "kind": kind,
                "source": source,
            },
        )

    def read_sighting(self, case_id: str, sighting_id: str) -> SightingOut:
        """One sighting, a withdrawn one too."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/sightings/",
                sighting_id,
            ),
            SightingOut,
        )

    def withdraw_sighting(self, case_id: str, sighting_id: str) -> None:
        """Take a reported sighting off the map."""
        self.tell(
            "DELETE",
            (
                "/v1/cases/",
                case_id,
                "/sightings/",
                sighting_id,
            ),
        )

    def restore_sighting(self, case_id: str, sighting_id: str) -> SightingOut:
        """Undo a withdrawal."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/sightings/",
                sighting_id,
                "/restore",
            ),
            SightingOut,
        )

    def view_cameras(
        self,
        *,
        case: str | Unset = UNSET,
        bbox: str | Unset = UNSET,
        zoom: str | Unset = UNSET,
        badges: str | Unset = UNSET,
    ) -> MapView:
        """Cameras and clusters of them, as a map draws them in this view at this zoom."""
        return self.ask(
            "GET", ("/v1/cameras",), MapView, query={"case": case, "bbox": bbox, "zoom": zoom, "badges": badges}
        )

    def list_cameras(
        self,
        *,
        bbox: str | Unset = UNSET,
        q: str | Unset = UNSET,
        owner: str | Unset = UNSET,
        lacks: tuple[Lack, ...] | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | Unset = UNSET,
    ) -> PageCameraOut:
        """Cameras by id."""
        return self.ask(
            "GET",
            ("/v1/cameras/records",),
            PageCameraOut,
            query={"bbox": bbox, "q": q, "owner": owner, "lacks": lacks, "limit": limit, "cursor": cursor},
        )

    def add_camera(
        self,
        *,
        name: str,
        lat: float,
        lon: float,
        headings_deg: tuple[float, ...] | Unset = UNSET,
        fov_deg: float | Unset | None = UNSET,
        range_m: float | Unset | None = UNSET,
        width_px: int | Unset | None = UNSET,
        height_px: int | Unset | None = UNSET,
        kind: str | Unset = UNSET,
        mount: str | Unset = UNSET,
        is_indoor: bool | Unset | None = UNSET,
        owner: str | Unset = UNSET,
        contact: str | Unset = UNSET,
        retention_days: float | Unset | None = UNSET,
        clock_offset_s: float | Unset = UNSET,
        clock_checked: str | Unset = UNSET,
        direction_text: str | Unset = UNSET,
        source: str | Unset = UNSET,
        last_verified: date | Unset | None = UNSET,
        verified_by: str | Unset = UNSET,
    ) -> CameraOut:
        """Add a camera."""
        return self.ask(
            "POST",
            ("/v1/cameras/records",),
            CameraOut,
            body={
                "name": name,
                "lat": lat,
                "lon": lon,
                "headings_deg": headings_deg,
                "fov_deg": fov_deg,
                "range_m": range_m,
                "width_px": width_px,
                "height_px": height_px,
                "kind": kind,
                "mount": mount,
                "is_indoor": is_indoor,
                "owner": owner,
                "contact": contact,
                "retention_days": retention_days,
                "clock_offset_s": clock_offset_s,
                "clock_checked": clock_checked,
                "direction_text": direction_text,
                "source": source,
                "last_verified": last_verified,
                "verified_by": verified_by,
            },
        )

    def read_camera(self, camera_id: str) -> CameraOut:
        """One camera."""
        return self.ask(
            "GET",
            (
                "/v1/cameras/records/",
                camera_id,
            ),
            CameraOut,
        )

    def correct_camera(
        self,
        camera_id: str,
        *,
        name: str,
        lat: float,
        lon: float,
        headings_deg: tuple[float, ...] | Unset = UNSET,
        fov_deg: float | Unset | None = UNSET,
        range_m: float | Unset | None = UNSET,
        width_px: int | Unset | None = UNSET,
        height_px: int | Unset | None = UNSET,
        kind: str | Unset = UNSET,
        mount: str | Unset = UNSET,
        is_indoor: bool | Unset | None = UNSET,
        owner: str | Unset = UNSET,
        contact: str | Unset = UNSET,
        retention_days: float | Unset | None = UNSET,
        clock_offset_s: float | Unset = UNSET,
        clock_checked: str | Unset = UNSET,
        direction_text: str | Unset = UNSET,
        source: str | Unset = UNSET,
        last_verified: date | Unset | None = UNSET,
        verified_by: str | Unset = UNSET,
    ) -> CameraOut:
        """Say anew all that is known of a camera."""
        return self.ask(
            "PUT",
            (
                "/v1/cameras/records/",
                camera_id,
            ),
            CameraOut,
            body={
                "name": name,
                "lat": lat,
                "lon": lon,
                "headings_deg": headings_deg,
                "fov_deg": fov_deg,
                "range_m": range_m,
                "width_px": width_px,
                "height_px": height_px,
                "kind": kind,
                "mount": mount,
                "is_indoor": is_indoor,
                "owner": owner,
                "contact": contact,
                "retention_days": retention_days,
                "clock_offset_s": clock_offset_s,
                "clock_checked": clock_checked,
                "direction_text": direction_text,
                "source": source,
                "last_verified": last_verified,
                "verified_by": verified_by,
            },
        )

    def remove_camera(self, camera_id: str) -> None:
        """Take a camera out."""
        self.tell(
            "DELETE",
            (
                "/v1/cameras/records/",
                camera_id,
            ),
        )

    def rank_cameras(self, case_id: str, *, limit: int | Unset = UNSET, cursor: str | Unset = UNSET) -> RankingOut:
        """The cameras to ask, best first."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/ranking",
            ),
            RankingOut,
            query={"limit": limit, "cursor": cursor},
        )

    def list_requests(self, case_id: str, *, limit: int | Unset = UNSET, cursor: str | Unset = UNSET) -> PageRequestOut:
        """Open requests by what is lost by waiting, then the closed ones."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/requests",
            ),
            PageRequestOut,
            query={"limit": limit, "cursor": cursor},
        )

    def draft_requests(self, case_id: str, *, camera_ids: tuple[str, ...]) -> MadeOut:
        """Draft a request for each of these cameras, for the minutes that the ranking gives."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/requests",
            ),
            MadeOut,
            body={"camera_ids": camera_ids},
        )

    def read_request(self, request_id: str) -> RequestOut:
        """One request."""
        return self.ask(
            "GET",
            (
                "/v1/requests/",
                request_id,
            ),
            RequestOut,
        )

    def change_request(
        self,
        request_id: str,
        *,
        state: RequestState | Unset | None = UNSET,
        note: str | Unset | None = UNSET,
        was_note: str | Unset | None = UNSET,
    ) -> RequestOut:
        """Say what became of it."""
        return self.ask(
            "PATCH",
            (
                "/v1/requests/",
                request_id,
            ),
            RequestOut,
            body={"state": state, "note": note, "was_note": was_note},
        )

    def remove_draft(self, request_id: str) -> None:
        """Drop a draft."""
        self.tell(
            "DELETE",
            (
                "/v1/requests/",
                request_id,
            ),
        )

    def list_tips(self, case_id: str, *, limit: int | Unset = UNSET, cursor: str | Unset = UNSET) -> PageTipOut:
        """What the public sent, oldest first."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/tips",
            ),
            PageTipOut,
            query={"limit": limit, "cursor": cursor},
        )

    def read_tip(self, case_id: str, tip_id: str) -> TipOut:
        """One tip."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/tips/",
                tip_id,
            ),
            TipOut,
        )

    def read_tip_contact(self, case_id: str, tip_id: str) -> ContactOut:
        """How to reach the tipster."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/tips/",
                tip_id,
                "/contact",
            ),
            ContactOut,
        )

    def take_tip_as_sighting(
        self,
        case_id: str,
        tip_id: str,
        *,
        lat: float,
        lon: float,
        at: datetime,
        radius_m: float | Unset = UNSET,
        tolerance_s: float | Unset = UNSET,
        kind: Literal["seen", "phone_fix", "card_payment", "statement"] | Unset = UNSET,
        source: str | Unset = UNSET,
    ) -> SightingOut:
        """Put a tip on the map as a reported sighting."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/tips/",
                tip_id,
                "/sighting",
            ),
            SightingOut,
            body={
                "lat": lat,
                "lon": lon,
                "radius_m": radius_m,
                "at": at,
                "tolerance_s": tolerance_s,
                "kind": kind,
                "source": source,
            },
        )

    def search_tip_file(
        self,
        case_id: str,
        tip_id: str,
        *,
        lat: float,
        lon: float,
        at: datetime,
        radius_m: float | Unset = UNSET,
        tolerance_s: float | Unset = UNSET,
    ) -> JobOut:
        """Have a worker search the tip's photo or video as footage."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/tips/",
                tip_id,
                "/search",
            ),
            JobOut,
            body={"lat": lat, "lon": lon, "radius_m": radius_m, "at": at, "tolerance_s": tolerance_s},
        )

    def dismiss_tip(self, case_id: str, tip_id: str, *, reason: str) -> TipOut:
        """Lay a tip aside for a reason."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/tips/",
                tip_id,
                "/dismiss",
            ),
            TipOut,
            body={"reason": reason},
        )

    def undo_tip(self, case_id: str, tip_id: str) -> TipOut:
        """Have a tip wait again."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/tips/",
                tip_id,
                "/undo",
            ),
            TipOut,
        )

    def trust_tip(self, case_id: str, tip_id: str) -> TipOut:
        """Lay a doubtful tip among the others."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/tips/",
                tip_id,
                "/trust",
            ),
            TipOut,
        )

    def read_tip_page(self, case_id: str) -> TipPageOut:
        """The case's page for the public."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/tip-page",
            ),
            TipPageOut,
        )

    def open_tip_page(self, case_id: str, *, agency: str, words: str) -> TipPageOut:
        """Open the page, or change what it says."""
        return self.ask(
            "PUT",
            (
                "/v1/cases/",
                case_id,
                "/tip-page",
            ),
            TipPageOut,
            body={"agency": agency, "words": words},
        )

    def close_tip_page(self, case_id: str) -> None:
        """Close the page."""
        self.tell(
            "DELETE",
            (
                "/v1/cases/",
                case_id,
                "/tip-page",
            ),
        )

    def renew_tip_page(self, case_id: str) -> TipPageOut:
        """Give the page another address."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/tip-page/new-address",
            ),
            TipPageOut,
        )

    def list_footage(self, case_id: str, *, limit: int | Unset = UNSET, cursor: str | Unset = UNSET) -> PageFootageOut:
        """The case's footage, newest first."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/footage",
            ),
            PageFootageOut,
            query={"limit": limit, "cursor": cursor},
        )

    def add_footage(
        self,
        case_id: str,
        *,
        started_at: datetime,
        upload_id: str,
        camera_id: str | Unset | None = UNSET,
        place: PlaceIn | Unset | None = UNSET,
        clock_offset_s: float | Unset = UNSET,
        clock_uncertainty_s: float | Unset | None = UNSET,
        clock_checked: str | Unset = UNSET,
        started_from: Literal["typed", "file metadata", "file name", "burnt-in clock"] | Unset = UNSET,
        recorder_make: str | Unset = UNSET,
        exporter: str | Unset = UNSET,
        export_notes: str | Unset = UNSET,
    ) -> FootageOut:
        """Keep an upload as evidence."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/footage",
            ),
            FootageOut,
            body={
                "camera_id": camera_id,
                "place": place,
                "started_at": started_at,
                "clock_offset_s": clock_offset_s,
                "clock_uncertainty_s": clock_uncertainty_s,
                "clock_checked": clock_checked,
                "started_from": started_from,
                "recorder_make": recorder_make,
                "exporter": exporter,
                "export_notes": export_notes,
                "upload_id": upload_id,
            },
        )

    def list_waiting_footage(self, case_id: str) -> tuple[FootageWaitingOut, ...]:
        """Files that have arrived for the case, or for none, and wait for their details."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/footage-waiting",
            ),
            tuple[FootageWaitingOut, ...],
        )

    def read_footage(self, footage_id: str) -> FootageDetails:
        """One footage."""
        return self.ask(
            "GET",
            (
                "/v1/footage/",
                footage_id,
            ),
            FootageDetails,
        )

    def correct_footage(
        self,
        footage_id: str,
        *,
        started_at: datetime,
        camera_id: str | Unset | None = UNSET,
        place: PlaceIn | Unset | None = UNSET,
        clock_offset_s: float | Unset = UNSET,
        clock_uncertainty_s: float | Unset | None = UNSET,
        clock_checked: str | Unset = UNSET,
        started_from: Literal["typed", "file metadata", "file name", "burnt-in clock"] | Unset = UNSET,
        recorder_make: str | Unset = UNSET,
        exporter: str | Unset = UNSET,
        export_notes: str | Unset = UNSET,
    ) -> CorrectedOut:
        """Say anew where and when it was recorded."""
        return self.ask(
            "PUT",
            (
                "/v1/footage/",
                footage_id,
                "/details",
            ),
            CorrectedOut,
            body={
                "camera_id": camera_id,
                "place": place,
                "started_at": started_at,
                "clock_offset_s": clock_offset_s,
                "clock_uncertainty_s": clock_uncertainty_s,
                "clock_checked": clock_checked,
                "started_from": started_from,
                "recorder_make": recorder_make,
                "exporter": exporter,
                "export_notes": export_notes,
            },
        )

    def list_jobs(
        self,
        case_id: str,
        *,
        state: tuple[JobState, ...] | Unset = UNSET,
        kind: str | Unset = UNSET,
        of: str | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | Unset = UNSET,
    ) -> PageJobOut:
        """The case's jobs, newest first."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/jobs",
            ),
            PageJobOut,
            query={"state": state, "kind": kind, "of": of, "limit": limit, "cursor": cursor},
        )

    def ask_scan(self, footage_id: str) -> JobOut:
        """Have a worker search the footage for the case's subject."""
        return self.ask(
            "POST",
            (
                "/v1/footage/",
                footage_id,
                "/scans",
            ),
            JobOut,
        )

    def read_job(self, job_id: str) -> JobOut:
        """One job."""
        return self.ask(
            "GET",
            (
                "/v1/jobs/",
                job_id,
            ),
            JobOut,
        )

    def list_stretches(self, job_id: str) -> tuple[StretchOut, ...]:
        """What a search did with each stretch of its footage, in order."""
        return self.ask(
            "GET",
            (
                "/v1/jobs/",
                job_id,
                "/stretches",
            ),
            tuple[StretchOut, ...],
        )

    def pause_job(self, job_id: str) -> JobOut:
        """Have a search stand still."""
        return self.ask(
            "POST",
            (
                "/v1/jobs/",
                job_id,
                "/pause",
            ),
            JobOut,
        )

    def resume_job(self, job_id: str) -> JobOut:
        """Have it go on where it stopped."""
        return self.ask(
            "POST",
            (
                "/v1/jobs/",
                job_id,
                "/resume",
            ),
            JobOut,
        )

    def cancel_job(self, job_id: str) -> JobOut:
        """End it for good."""
        return self.ask(
            "POST",
            (
                "/v1/jobs/",
                job_id,
                "/cancel",
            ),
            JobOut,
        )

    def retry_job(self, job_id: str, *, reason: str) -> JobOut:
        """Do it again from its beginning, where it failed, was cancelled or left something out."""
        return self.ask(
            "POST",
            (
                "/v1/jobs/",
                job_id,
                "/retry",
            ),
            JobOut,
            body={"reason": reason},
        )

    def put_job_first(self, job_id: str) -> JobOut:
        """Have it go before all that wait now."""
        return self.ask(
            "POST",
            (
                "/v1/jobs/",
                job_id,
                "/first",
            ),
            JobOut,
        )

    def list_matches(
        self,
        case_id: str,
        *,
        state: tuple[MatchState, ...] | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | Unset = UNSET,
    ) -> PageMatchOut:
        """The case's candidates in the order of the review queue."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/matches",
            ),
            PageMatchOut,
            query={"state": state, "limit": limit, "cursor": cursor},
        )

    def read_match(self, match_id: str) -> MatchOut:
        """One candidate."""
        return self.ask(
            "GET",
            (
                "/v1/matches/",
                match_id,
            ),
            MatchOut,
        )

    def read_crop(self, match_id: str) -> bytes:
        """The face at the track's best moment, JPEG."""
        return self.ask(
            "GET",
            (
                "/v1/matches/",
                match_id,
                "/crop",
            ),
            bytes,
        )

    def read_context(self, match_id: str) -> bytes:
        """The whole frame at that moment with a box around the face, JPEG."""
        return self.ask(
            "GET",
            (
                "/v1/matches/",
                match_id,
                "/context",
            ),
            bytes,
        )

    def review(
        self,
        match_id: str,
        *,
        verdict: Literal["confirm", "reject", "unsure", "undo"],
        note: str | Unset = UNSET,
        seen: MatchState | Unset | None = UNSET,
    ) -> DecidedOut:
        """Say what one sees."""
        return self.ask(
            "POST",
            (
                "/v1/matches/",
                match_id,
                "/reviews",
            ),
            DecidedOut,
            body={"verdict": verdict, "note": note, "seen": seen},
        )

    def settle_dispute(self, match_id: str, *, confirms: bool, reason: str) -> DecidedOut:
        """End a dispute, as a supervisor who is neither of those who disagree."""
        return self.ask(
            "POST",
            (
                "/v1/matches/",
                match_id,
                "/settlement",
            ),
            DecidedOut,
            body={"confirms": confirms, "reason": reason},
        )

    def bring_back(self, match_id: str) -> MatchOut:
        """Put a candidate into the queue that was set aside for looking like one who was rejected."""
        return self.ask(
            "POST",
            (
                "/v1/matches/",
                match_id,
                "/bring-back",
            ),
            MatchOut,
        )

    def reject_together(self, *, match_ids: tuple[str, ...], note: str | Unset = UNSET) -> TogetherOut:
        """Reject all of these at once, or none."""
        return self.ask("POST", ("/v1/matches/rejections",), TogetherOut, body={"match_ids": match_ids, "note": note})

    def undo_together(self, together_id: str) -> UndoneOut:
        """Take back one's own rejections of one act, but where one decided otherwise since."""
        return self.ask(
            "DELETE",
            (
                "/v1/matches/rejections/",
                together_id,
            ),
            UndoneOut,
        )

    def read_record(self, case_id: str, *, limit: int | Unset = UNSET, cursor: str | Unset = UNSET) -> PageEntryOut:
        """The case's entries, newest first."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/record",
            ),
            PageEntryOut,
            query={"limit": limit, "cursor": cursor},
        )

    def list_alerts(
        self,
        case_id: str,
        *,
        state: tuple[AlertState, ...] | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | Unset = UNSET,
    ) -> PageAlertOut:
        """The case's messages, the newest first."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/alerts",
            ),
            PageAlertOut,
            query={"state": state, "limit": limit, "cursor": cursor},
        )

    def list_waiting_alerts(self, case_id: str) -> tuple[AlertsWaitingOut, ...]:
        """What is due and waits, by recipient, with the reason."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/alerts/waiting",
            ),
            tuple[AlertsWaitingOut, ...],
        )

    def read_alert(self, alert_id: str) -> AlertOut:
        """One message, word for word as it went out."""
        return self.ask(
            "GET",
            (
                "/v1/alerts/",
                alert_id,
            ),
            AlertOut,
        )

    def read_alert_cap(self, alert_id: str) -> bytes:
        """The CAP 1.2 document that went to an authority, as it was handed over."""
        return self.ask(
            "GET",
            (
                "/v1/alerts/",
                alert_id,
                "/cap",
            ),
            bytes,
        )

    def resend_alert(self, alert_id: str) -> AlertOut:
        """Queue once more what failed or may not have gone out."""
        return self.ask(
            "POST",
            (
                "/v1/alerts/",
                alert_id,
                "/resend",
            ),
            AlertOut,
        )

    def leave_alert(self, alert_id: str) -> AlertOut:
        """Say that you have looked into what went wrong with it, and that it stays so."""
        return self.ask(
            "POST",
            (
                "/v1/alerts/",
                alert_id,
                "/leave",
            ),
            AlertOut,
        )

    def list_recipients(self, case_id: str) -> tuple[RecipientOut, ...]:
        """Who is told of the case."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/alerts/recipients",
            ),
            tuple[RecipientOut, ...],
        )

    def add_recipient(
        self,
        case_id: str,
        *,
        name: str,
        kind: AddressKind,
        address: str,
        audience: Audience,
        language: Language | Unset = UNSET,
        on_candidates: bool | Unset = UNSET,
        on_confirmed: bool | Unset = UNSET,
        wakes: bool | Unset = UNSET,
        pin_link: PinLink | Unset = UNSET,
    ) -> RecipientOut:
        """Have somebody told of the case."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/alerts/recipients",
            ),
            RecipientOut,
            body={
                "name": name,
                "kind": kind,
                "address": address,
                "audience": audience,
                "language": language,
                "on_candidates": on_candidates,
                "on_confirmed": on_confirmed,
                "wakes": wakes,
                "pin_link": pin_link,
            },
        )

    def remove_recipient(self, recipient_id: str) -> None:
        """Tell somebody nothing more."""
        self.tell(
            "DELETE",
            (
                "/v1/alerts/recipients/",
                recipient_id,
            ),
        )

    def test_recipient(self, recipient_id: str) -> AlertOut:
        """Send them a message that says of itself that it is a test."""
        return self.ask(
            "POST",
            (
                "/v1/alerts/recipients/",
                recipient_id,
                "/test",
            ),
            AlertOut,
        )

    def read_alert_rules(self, case_id: str) -> RulesOut:
        """By which rules the case tells its news."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/alerts/rules",
            ),
            RulesOut,
        )

    def set_alert_rules(
        self,
        case_id: str,
        *,
        names_subject: bool | Unset = UNSET,
        quiet_from: str | Unset = UNSET,
        quiet_to: str | Unset = UNSET,
        limit: int | Unset = UNSET,
        window_s: int | Unset = UNSET,
    ) -> RulesOut:
        """Set all of them at once."""
        return self.ask(
            "PUT",
            (
                "/v1/cases/",
                case_id,
                "/alerts/rules",
            ),
            RulesOut,
            body={
                "names_subject": names_subject,
                "quiet_from": quiet_from,
                "quiet_to": quiet_to,
                "limit": limit,
                "window_s": window_s,
            },
        )

    def find_faces(
        self, content: bytes, *, landmarks: bool | Unset = UNSET, content_type: str = "image/jpeg"
    ) -> FacesOut:
        """Boxes, scores, 5 and 68 points and quality of each face."""
        return self.ask(
            "POST", ("/v1/faces",), FacesOut, query={"landmarks": landmarks}, content=(content_type, content)
        )

    def compare_faces(self, *, case_id: str, one: str, other: str) -> ComparisonOut:
        """Compares every face of `one` with every face of `other`, for a case that may be searched."""
        return self.ask(
            "POST", ("/v1/faces/compare",), ComparisonOut, query={"case_id": case_id}, body={"one": one, "other": other}
        )

    def list_live_cameras(self, case_id: str) -> LiveOut:
        """What is watched now, what it shows, and when nobody could have been seen."""
        return self.ask(
            "GET",
            (
                "/v1/cases/",
                case_id,
                "/live",
            ),
            LiveOut,
        )

    def turn_live_camera_on(self, case_id: str, *, camera_id: str, address: str, ends_at: datetime) -> WatchOut:
        """Have a worker watch a camera of the search area until a time, under the case's authority."""
        return self.ask(
            "POST",
            (
                "/v1/cases/",
                case_id,
                "/live",
            ),
            WatchOut,
            body={"camera_id": camera_id, "address": address, "ends_at": ends_at},
        )

    def turn_live_camera_off(self, case_id: str, job_id: str) -> None:
        """End a watch at once."""
        self.tell(
            "DELETE",
            (
                "/v1/cases/",
                case_id,
                "/live/",
                job_id,
            ),
        )

    def read_gallery_search(self, footage_id: str) -> GalleryOut:
        """Which cases such a search would cover, and what the newest one gave."""
        return self.ask(
            "GET",
            (
                "/v1/footage/",
                footage_id,
                "/gallery",
            ),
            GalleryOut,
        )

    def search_gallery(self, footage_id: str) -> JobOut:
        """Have a worker search the footage for everybody who is sought in another open case that the caller …."""
        return self.ask(
            "POST",
            (
                "/v1/footage/",
                footage_id,
                "/gallery",
            ),
            JobOut,
        )

    def find_places(
        self,
        *,
        case: str,
        q: str,
        lat: float | Unset | None = UNSET,
        lon: float | Unset | None = UNSET,
        limit: int | Unset = UNSET,
    ) -> tuple[Named, ...]:
        """Best first."""
        return self.ask(
            "GET",
            ("/v1/places",),
            tuple[Named, ...],
            query={"case": case, "q": q, "lat": lat, "lon": lon, "limit": limit},
        )

    def search_camera_frame(
        self,
        content: bytes,
        *,
        frame_search: str | Unset | None = UNSET,
        frame_lat: float | Unset | None = UNSET,
        frame_lon: float | Unset | None = UNSET,
        frame_accuracy_m: float | Unset | None = UNSET,
        frame_case: str | Unset = UNSET,
        frame_taken_at: datetime | Unset | None = UNSET,
        frame_place_from: Literal["device", "typed"] | Unset = UNSET,
        content_type: str = "image/jpeg",
    ) -> LookedOut:
        """Look for the person of a case, or of all open cases, in one picture."""
        return self.ask(
            "POST",
            ("/v1/camera/frames",),
            LookedOut,
            headers={
                "Frame-Search": frame_search,
                "Frame-Lat": frame_lat,
                "Frame-Lon": frame_lon,
                "Frame-Accuracy-M": frame_accuracy_m,
                "Frame-Case": frame_case,
                "Frame-Taken-At": frame_taken_at,
                "Frame-Place-From": frame_place_from,
            },
            content=(content_type, content),
        )

    def end_camera_search(self, *, frame_search: str) -> None:
        """End a search, so that the record tells when."""
        self.tell("POST", ("/v1/camera/end",), headers={"Frame-Search": frame_search})

    def begin_upload(
        self, *, tus_resumable: Literal["1.0.0"], upload_length: int, upload_metadata: str | Unset = UNSET
    ) -> None:
        """Begin to send a file, by tus 1.0 (tus.io)."""
        self.tell(
            "POST",
            ("/uploads",),
            headers={
                "Tus-Resumable": tus_resumable,
                "Upload-Length": upload_length,
                "Upload-Metadata": upload_metadata,
            },
        )

    def send_piece(
        self,
        upload_id: str,
        *,
        tus_resumable: Literal["1.0.0"],
        upload_offset: int,
        upload_checksum: str | Unset = UNSET,
    ) -> None:
        """Send the piece that begins where the bytes that are here end."""
        self.tell(
            "PATCH",
            (
                "/uploads/",
                upload_id,
            ),
            headers={
                "Tus-Resumable": tus_resumable,
                "Upload-Offset": upload_offset,
                "Upload-Checksum": upload_checksum,
            },
        )

    def remove_upload(self, upload_id: str, *, tus_resumable: Literal["1.0.0"]) -> None:
        """Remove an upload of one's own that nobody has used."""
        self.tell(
            "DELETE",
            (
                "/uploads/",
                upload_id,
            ),
            headers={"Tus-Resumable": tus_resumable},
        )
