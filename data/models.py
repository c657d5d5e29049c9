"""What LastSeen remembers, as plain frozen values. Ground floor: imports nothing but the standard library.

Times are aware and in UTC. Places are ``(lat, lon)`` in decimal degrees, WGS 84. Bearings are degrees
clockwise from true north. Units stand in the names.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import inf, isfinite

from data.errors import BadInput, BadPlace, BadTime


class Mode(StrEnum):
    """How the subject moves; each has a cautious top speed in ``geo.distance.TOP_SPEED_M_S``."""

    WALK = "walk"
    BICYCLE = "bicycle"
    CAR = "car"
    PUBLIC_TRANSPORT = "public_transport"


class SightingKind(StrEnum):
    """What a sighting rests on."""

    SEEN = "seen"
    PHONE_FIX = "phone_fix"
    CARD_PAYMENT = "card_payment"
    STATEMENT = "statement"
    CONFIRMED_MATCH = "confirmed_match"


class Verdict(StrEnum):
    """What one person says of a match. UNDO takes that person's own last verdict back.

    The last two are a supervisor's, who settles a dispute with reasons.
    """

    CONFIRM = "confirm"
    REJECT = "reject"
    UNSURE = "unsure"
    UNDO = "undo"
    SETTLE_CONFIRM = "settle as confirmed"
    SETTLE_REJECT = "settle as rejected"


class MatchState(StrEnum):
    """Where a match stands, derived from its reviews (`casework.verdicts`); the last two while nobody has decided."""

    TO_REVIEW = "to_review"
    HALF_CONFIRMED = "half_confirmed"
    """Confirmed by one person; a second one has yet to say what they see, without knowing of the first."""
    CONFIRMED = "confirmed"
    """Confirmed by two people who did not know of each other, or by one and a supervisor who settled a dispute."""
    DISPUTED = "disputed"
    """One confirmed, another rejected it; a supervisor settles it."""
    REJECTED = "rejected"
    UNSURE = "unsure"
    SET_ASIDE = "set_aside"
    """Looks like a track that somebody rejected before; nobody has decided on it."""
    DROPPED = "dropped"
    """Below the review floor since the reference photos changed; nobody has decided on it."""


class JobState(StrEnum):
    """Where a job (a scan, a photo check, a recompare) stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Thoroughness(StrEnum):
    """How closely a scan looks: what each gives up stands in docs/benchmarks.md."""

    FAST = "fast"
    BALANCED = "balanced"
    EVERY_FRAME = "every-frame"


class RequestState(StrEnum):
    """Where a footage request stands. EXPIRED is also derived, once a recorder has overwritten the last minute."""

    DRAFT = "draft"
    SENT = "sent"
    RECEIVED = "received"
    REFUSED = "refused"
    EXPIRED = "expired"


class Role(StrEnum):
    """What a person is in one case; somebody may hold several. `casework.access.GRANTS` says what each may do."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What a verb needs. The last three concern the whole installation, all others one case."""

    READ = "read the case"
    SEE_PHOTOS = "see the photos of a subject under 18"
    EDIT = "change the case"
    ADD_FOOTAGE = "add footage"
    SEARCH = "search footage"
    REVIEW = "review candidates"
    GOVERN = "govern the case"
    EXPORT = "export the case"
    READ_RECORD = "read the record"
    OPEN_CASES = "open cases"
    EDIT_CAMERAS = "change cameras"
    MANAGE_ACCOUNTS = "manage accounts"


@dataclass(frozen=True)
class Account:
    """A person who signs in. `name` is unique, never changes, and stands in the record under what they do.

    An admin manages accounts and cannot hold a role in a case.
    """

    id: str
    name: str
    full_name: str
    created_at: datetime
    is_admin: bool = False
    disabled_at: datetime | None = None
    must_change_password: bool = False
    has_second_factor: bool = False


@dataclass(frozen=True)
class CaseRole:
    """One role that an account holds in a case, since when and by whom."""

    case_id: str
    account_id: str
    role: Role
    given_at: datetime
    given_by: str


def utc_now() -> datetime:
    """The present, aware and in UTC."""
    return datetime.now(UTC)


def checked_place(lat: float, lon: float, what: str) -> None:
    """Raise BadPlace unless (lat, lon) lies on the globe."""
    if not (isfinite(lat) and -90 <= lat <= 90):
        raise BadPlace(f"{what}: latitude {lat} is not between -90 and 90")
    if not (isfinite(lon) and -180 <= lon <= 180):
        raise BadPlace(f"{what}: longitude {lon} is not between -180 and 180")


def in_utc(at: datetime, what: str) -> datetime:
    """`at` in UTC; BadTime when it carries no zone, since a guess would move the evidence."""
    if at.tzinfo is None:
        raise BadTime(f"{what}: the time {at.isoformat()} has no time zone")
    return at.astimezone(UTC)


@dataclass(frozen=True)
class Subject:
    """The missing person."""

    name: str
    birth_date: date | None = None
    description: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadInput("subject name: must not be empty")


@dataclass(frozen=True)
class Case:
    """One disappearance. `timezone` (IANA) is only for showing and reading wall-clock times.

    `keeps_vectors`: whether the face vectors of everyone seen in its footage are kept, bystanders' too; that rests on
    `vectors_reason` and ends at `vectors_expire_at`. `owner` is the account that answers for the case. Footage is
    searched only until `expires_at`, and within `search_from` to `search_to` (None: see `casework.governance.period`).
    `legal_hold` and `release_reason` (pictures of a subject under 18 may leave) are reasons, "" where there is none.
    `delete_after` is None where the installation's default counts.
    """

    id: str
    number: str
    subject: Subject
    mode: Mode
    timezone: str
    created_at: datetime
    is_demo: bool = False
    notes: str = ""
    keeps_vectors: bool = False
    vectors_reason: str = ""
    vectors_expire_at: datetime | None = None
    legal_basis: str = ""
    authority_reference: str = ""
    purpose: str = ""
    owner: str = ""
    expires_at: datetime | None = None
    search_from: datetime | None = None
    search_to: datetime | None = None
    closed_at: datetime | None = None
    legal_hold: str = ""
    release_reason: str = ""
    delete_after: datetime | None = None
    delete_reason: str = ""


@dataclass(frozen=True)
class Photo:
    """A reference photo. `problem` is None once one usable face was found; until checked, `box_px` is None too.

    `taken_on` is the day it was taken, None when nobody knows.
    """

    id: str
    case_id: str
    sha256: str
    original_name: str
    added_at: datetime
    job_id: str | None = None
    box_px: tuple[float, float, float, float] | None = None
    quality: float | None = None
    problem: str | None = None
    preview_sha256: str | None = None
    crop_sha256: str | None = None
    removed_at: datetime | None = None
    taken_on: date | None = None
    delete_after: datetime | None = None
    delete_reason: str = ""

    @property
    def is_usable(self) -> bool:
        return self.box_px is not None and self.problem is None and self.removed_at is None


LONGEST_RETENTION_DAYS = 36_500
NARROWEST_FOV_DEG = 0.01
"""Narrower than any lens: a mast a kilometre away is wider. Reckoning with still less divides by nothing."""
SHORTEST_RANGE_M = 0.1
"""Nearer than that no camera sees a face; pixels per metre at still less divide by nothing."""
LARGEST_CLOCK_OFFSET_S = 100 * 365.25 * 86_400.0
"""A century: a clock that lost its date shows 1970 or 2000; more would leave the calendar."""


@dataclass(frozen=True)
class Camera:
    """A camera on the map. Unknown facts are None or empty, never guessed.

    `headings_deg` holds several values for a multi-lens mast, none when the heading is unknown;
    `fov_deg` is the horizontal width of each. `direction_text` is what the source said, verbatim.
    `clock_offset_s` is recorder clock minus true time. `last_verified` is the day on which somebody last looked whether
    the rest of this is true, `verified_by` who that was.

    One with `spot_of` is no camera of the map but a spot: where a camera was held in somebody's hand, known only in the
    case of that id; `range_m` is then how far the place may be off (`casework.spots`).
    """

    id: str
    name: str
    lat: float
    lon: float
    headings_deg: tuple[float, ...] = ()
    fov_deg: float | None = None
    range_m: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    kind: str = ""  # fixed, dome, ptz
    mount: str = ""
    is_indoor: bool | None = None
    owner: str = ""
    contact: str = ""
    retention_days: float | None = None
    clock_offset_s: float = 0.0
    clock_checked: str = ""
    direction_text: str = ""
    source: str = ""
    last_verified: date | None = None
    verified_by: str = ""
    spot_of: str = ""

    def __post_init__(self) -> None:
        checked_place(self.lat, self.lon, f"camera {self.name or self.id}")
        if self.fov_deg is not None and not NARROWEST_FOV_DEG <= self.fov_deg <= 360:
            raise BadInput(
                f"camera {self.name or self.id}: field of view {self.fov_deg} is not within {NARROWEST_FOV_DEG} to 360 "
                "degrees"
            )
        if self.range_m is not None and not SHORTEST_RANGE_M <= self.range_m < inf:
            raise BadInput(f"camera {self.name or self.id}: range {self.range_m} m is not {SHORTEST_RANGE_M} m or more")
        if self.retention_days is not None and not 0 < self.retention_days <= LONGEST_RETENTION_DAYS:
            raise BadInput(
                f"camera {self.name or self.id}: retention of {self.retention_days} days is not above 0 "
                f"and at most {LONGEST_RETENTION_DAYS}"
            )
        if not abs(self.clock_offset_s) <= LARGEST_CLOCK_OFFSET_S:
            raise BadInput(f"camera {self.name or self.id}: its clock cannot be off by {self.clock_offset_s} s")


@dataclass(frozen=True)
class Sighting:
    """A place and a time: the only evidence on the map. Times are true times, `at` ± `tolerance_s`."""

    id: str
    case_id: str
    lat: float
    lon: float
    radius_m: float
    at: datetime
    tolerance_s: float = 0.0
    kind: SightingKind = SightingKind.SEEN
    source: str = ""
    match_id: str | None = None
    created_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def __post_init__(self) -> None:
        checked_place(self.lat, self.lon, "sighting")
        object.__setattr__(self, "at", in_utc(self.at, "sighting"))
        if not (isfinite(self.radius_m) and self.radius_m >= 0):
            raise BadInput(f"sighting: radius {self.radius_m} m must be 0 or more")
        if not (isfinite(self.tolerance_s) and self.tolerance_s >= 0):
            raise BadInput(f"sighting: time tolerance {self.tolerance_s} s must be 0 or more")


class StartedFrom(StrEnum):
    """Where the start of a footage was read, before a person confirmed it."""

    TYPED = "typed"
    FILE_METADATA = "file metadata"
    FILE_NAME = "file name"
    BURNT_IN_CLOCK = "burnt-in clock"
    OWN_CLOCK = "clock of this machine"
    """Seen at the moment, by a camera that was watched live or held in somebody's hand; nobody need confirm it."""


@dataclass(frozen=True)
class Provenance:
    """How a file came in: at what time, by whom, which way ("upload", "inbox", "command line"), under which name."""

    at: datetime
    by: str
    how: str
    original_name: str


@dataclass(frozen=True)
class Footage:
    """A file from one camera. `started_at` is what the recorder's clock showed at container time 0;

    true time of a moment = started_at - clock_offset_s + time_s (see `true_time`). `clock_uncertainty_s` is how far
    the offset may be wrong, None where nobody said, `clock_checked` how it was measured, `started_from` where the start
    was read. `provenance` has one entry for each time that these same bytes came in for this camera. `recorder_make` is
    make and model of the recorder, `exporter` who took the file out of it, `export_notes` how.
    """

    id: str
    case_id: str
    camera_id: str
    sha256: str
    original_name: str
    size_bytes: int
    started_at: datetime
    clock_offset_s: float
    added_at: datetime
    added_by: str = ""
    clock_uncertainty_s: float | None = None
    clock_checked: str = ""
    started_from: StartedFrom = StartedFrom.TYPED
    provenance: tuple[Provenance, ...] = ()
    recorder_make: str = ""
    exporter: str = ""
    export_notes: str = ""
    delete_after: datetime | None = None
    delete_reason: str = ""

    def __post_init__(self) -> None:
        if not abs(self.clock_offset_s) <= LARGEST_CLOCK_OFFSET_S:
            raise BadInput(f"{self.original_name}: the recorder's clock cannot be off by {self.clock_offset_s} s")
        if self.clock_uncertainty_s is not None and not 0 <= self.clock_uncertainty_s <= LARGEST_CLOCK_OFFSET_S:
            raise BadInput(
                f"{self.original_name}: the clock's uncertainty {self.clock_uncertainty_s} s must be 0 or more"
            )


@dataclass(frozen=True)
class Upload:
    """A file on its way in, or here and not yet used. `received_bytes` are safe on the disk.

    `purpose` says what it is for (see casework.uploads), `sha256` is known once all of it is here and checked;
    `said_sha256` is what the sender says it must be, "" when it said nothing. `expires_at` is None for what stays
    until a person decides. `account_id` is the account that sends it, "" where none does, as for the inbox.
    """

    id: str
    name: str
    size_bytes: int
    purpose: str
    created_at: datetime
    received_bytes: int = 0
    case_id: str | None = None
    by: str = ""
    how: str = "upload"
    said_sha256: str = ""
    sha256: str | None = None
    expires_at: datetime | None = None
    account_id: str = ""

    @property
    def is_finished(self) -> bool:
        return self.sha256 is not None


@dataclass(frozen=True)
class Coverage:
    """What a scan really looked at. All counts are of video frames or packets of the one video stream.

    `packets_skipped` were read and not decoded: their stretch (`quiet_s` seconds in all) was called quiet by the
    gates of the scan. `audited_s` seconds of such stretches were examined all the same, and showed `audit_tracks`
    faces that the gates would have missed. `faces_embedded` of `faces_seen` were compared. `thoroughness` is how
    closely it was looked ("" before this was kept). Of the pictures decoded, `frames_estimated` have a time that was
    estimated and not read from the container (None before this was kept).
    """

    frames_claimed: int | None
    packets_read: int = 0
    packets_unreadable: int = 0
    frames_decoded: int = 0
    frames_examined: int = 0
    faces_seen: int = 0
    unreadable_spans_s: tuple[tuple[float, float], ...] = ()
    faces_embedded: int = 0
    packets_skipped: int = 0
    quiet_s: float = 0.0
    audited_s: float = 0.0
    audit_tracks: int = 0
    thoroughness: str = ""
    frames_estimated: int | None = None


@dataclass(frozen=True)
class FaceTrack:
    """One face followed through one segment of footage; times are container seconds."""

    id: str
    scan_id: str
    segment: int
    start_s: float
    end_s: float
    best_s: float
    best_box_px: tuple[float, float, float, float]
    shots: int
    similarity: float
    quality: float
    time_source: str  # "container" or "estimated"
    crop_sha256: str | None = None
    context_sha256: str | None = None


@dataclass(frozen=True)
class FaceVectors:
    """Vectors of one engine as they are kept: `dimensions` numbers each, little-endian float32, row after row.

    A row comes from a face of `px` pixels (shorter side) and of that `quality`; vectors of two engines are never
    compared.
    """

    engine: str
    dimensions: int
    data: bytes = field(repr=False)
    px: tuple[float, ...] = ()
    quality: tuple[float, ...] = ()


@dataclass(frozen=True)
class KeptTrack:
    """The vectors of one track as one segment of a scan saw it, by its `place` among that segment's tracks.

    `is_candidate`: it reached the review floor, so that its vectors are kept with or without the case's permission.
    """

    scan_id: str
    segment: int
    place: int
    case_id: str
    footage_id: str
    is_candidate: bool
    vectors: FaceVectors


@dataclass(frozen=True)
class PhotoVectors:
    """The vector of a reference photo's face, and how alike it was to the case's other photos when it was checked.

    `likeness` maps photo ids to similarities on the engine's scale, whose `review_floor` stands beside them.
    """

    photo_id: str
    vectors: FaceVectors
    likeness: dict[str, float]
    review_floor: float


@dataclass(frozen=True)
class Match:
    """A track proposed for a case: an investigative lead, never an identification.

    `like_match_id` is the rejected match it looks like, where it was set aside for that, and `group_id` stands on
    all candidates that look like one and the same person; both are None else.
    """

    id: str
    case_id: str
    footage_id: str
    track: FaceTrack
    engine: str
    review_floor: float
    alert_threshold: float
    state: MatchState
    created_at: datetime
    like_match_id: str | None = None
    group_id: str | None = None


@dataclass(frozen=True)
class Review:
    """One person's verdict on a match; append-only. Those given in one act have the same `together_id`."""

    id: str
    match_id: str
    verdict: Verdict
    by: str
    note: str
    at: datetime
    together_id: str | None = None


@dataclass(frozen=True)
class Job:
    """A unit of work for a worker: `kind` is "scan", "photo", "recompare" or "look", `of_id` what it is about.

    That is a footage, a photo, a case or a match.
    `reference_ids` are the photos a scan compares with: those that stood in the case when it was asked for.
    `keeps_vectors`: it keeps the vectors of every track it sees, since the case did when it was asked for.
    `models` are the recogniser's files (name to SHA-256) that a scan used, `tracks` how many faces it followed so far.
    `queue` is the kind of worker it waits for; of those that wait, the highest `priority` goes first. `worked_s` is how
    long workers took for `seconds_done`. `note` is why it is not going on, `given_up` the stretches (from, to in
    container seconds, why) at which workers crashed again and again. `lease_run` is the run of the worker that has it.
    """

    id: str
    kind: str
    case_id: str
    of_id: str
    engine: str
    state: JobState
    created_at: datetime
    segments_total: int | None = None
    segments_done: int = 0
    seconds_total: float | None = None
    seconds_done: float = 0.0
    faces_seen: int = 0
    candidates: int = 0
    coverage: Coverage | None = None
    error: str | None = None
    reference_ids: tuple[str, ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    models: dict[str, str] = field(default_factory=dict)
    tracks: int = 0
    keeps_vectors: bool = False
    queue: str = "cpu"
    priority: int = 0
    worked_s: float = 0.0
    note: str = ""
    retry_reason: str = ""
    given_up: tuple[tuple[float, float, str], ...] = ()
    lease_run: str | None = None
    asked_by: str = ""


@dataclass(frozen=True)
class Lease:
    """The right to work on a job: of one `run` of a worker, and only until the job's `epoch` moves on."""

    job_id: str
    run: str
    epoch: int


@dataclass(frozen=True)
class Beat:
    """A worker as it was last heard of at `beat_at`. `run` is new each time a worker of that `name` starts."""

    name: str
    run: str
    host: str
    pid: int
    started_at: datetime
    beat_at: datetime
    queues: tuple[str, ...]
    version: str
    can_reach_files: bool


@dataclass(frozen=True)
class Area:
    """The drawn search area of a case: GeoJSON polygons, and circles as points with a radius. Empty: no filter."""

    case_id: str
    features: tuple[dict[str, object], ...] = field(default=())


@dataclass(frozen=True)
class FootageRequest:
    """What one camera's owner is asked for. `from_at` to `to_at` are true times in UTC.

    `clock_offset_s` (recorder clock minus true time), `retention_days` and `score` are what was known of the camera
    when the request was drafted or its minutes were last changed.
    """

    id: str
    case_id: str
    camera_id: str
    from_at: datetime
    to_at: datetime
    clock_offset_s: float
    retention_days: float | None
    score: float
    state: RequestState
    created_at: datetime
    created_by: str = ""
    sent_at: datetime | None = None
    changed_at: datetime | None = None
    changed_by: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "from_at", in_utc(self.from_at, "request"))
        object.__setattr__(self, "to_at", in_utc(self.to_at, "request"))
        if self.to_at < self.from_at:
            raise BadTime("request: its minutes end before they begin")

    @property
    def recorder_from(self) -> datetime:
        """What the recorder's clock showed at `from_at`."""
        return self.from_at + timedelta(seconds=self.clock_offset_s)

    @property
    def recorder_to(self) -> datetime:
        """What the recorder's clock showed at `to_at`."""
        return self.to_at + timedelta(seconds=self.clock_offset_s)

    @property
    def deadline(self) -> datetime | None:
        """When the first minute is overwritten; None when the retention is not known."""
        return None if self.retention_days is None else self.from_at + timedelta(days=self.retention_days)

    @property
    def gone_at(self) -> datetime | None:
        """When the last minute is overwritten too; None when the retention is not known."""
        return None if self.retention_days is None else self.to_at + timedelta(days=self.retention_days)


@dataclass(frozen=True)
class AuditEntry:
    """Who did what to which thing, when; append-only and chained (docs/decisions/0021-evidence.md).

    `salt` is None once the details were destroyed under a certificate; `details` then names it.
    """

    id: int
    at: datetime
    by: str
    action: str
    case_id: str | None
    details: dict[str, object]
    sequence: int = 0
    salt: str | None = field(default=None, repr=False)
    details_hash: str = field(default="", repr=False)
    prev_hash: str = field(default="", repr=False)
    hash: str = field(default="", repr=False)


@dataclass(frozen=True)
class Derivative:
    """A file that was made from an original of a case: from which, how, and what part of it it shows.

    `at_s` is a moment in container seconds, `box_px` a face in pixels of the original; None where it shows all of it.
    """

    case_id: str
    sha256: str
    parent_sha256: str
    kind: str
    made_by: str
    made_at: datetime
    at_s: float | None = None
    box_px: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class FileCheck:
    """When an original was last read and hashed, and what came of it: "sound", "changed" or "missing"."""

    sha256: str
    checked_at: datetime
    outcome: str
