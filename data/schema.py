"""The tables, once, for SQLite and PostgreSQL alike. Column names are the field names of data.models."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite forgets zones, so the zone is put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Text, primary_key=True)


def _ref(name: str, to: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, sa.ForeignKey(f"{to}.id"), index=True, **options)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, default="")


def _words(name: str) -> sa.Column[Any]:
    """A text that tables of older versions lacked."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _number(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Double, nullable=nullable)


def _count(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _yes_or_no(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _vectors() -> list[sa.Column[Any]]:
    """The columns of a data.models.FaceVectors."""
    return [
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("px", sa.JSON, nullable=False),
        sa.Column("quality", sa.JSON, nullable=False),
    ]


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime, nullable=nullable)


cases = sa.Table(
    "cases",
    metadata,
    _id(),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("subject_name", sa.Text, nullable=False),
    sa.Column("subject_birth_date", sa.Date),
    _text("subject_description"),
    _text("mode"),
    _text("timezone"),
    _time("created_at"),
    sa.Column("is_demo", sa.Boolean, nullable=False),
    _text("notes"),
    _yes_or_no("keeps_vectors"),
    _words("vectors_reason"),
    _time("vectors_expire_at", nullable=True),
    _words("legal_basis"),
    _words("authority_reference"),
    _words("purpose"),
    _words("owner"),
    _time("expires_at", nullable=True),
    _time("search_from", nullable=True),
    _time("search_to", nullable=True),
    _time("closed_at", nullable=True),
    _words("legal_hold"),
    _words("release_reason"),
    _time("delete_after", nullable=True),
    _words("delete_reason"),
)

# every use of a search, as Article 12(3) of the EU AI Act lists it; only ever added to
use_log = sa.Table(
    "use_log",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _time("at"),
    sa.Column("case_id", sa.Text, nullable=False, index=True),  # no reference: it outlives a purged case
    sa.Column("job_id", sa.Text, nullable=False, index=True),
    _text("event"),
    sa.Column("match_id", sa.Text),
    _text("by"),
    sa.Column("details", sa.JSON, nullable=False),
)

# of each purged case: the plan that is gone on with after a crash, then the signed certificate
certificates = sa.Table(
    "certificates",
    metadata,
    _id(),
    sa.Column("case_id", sa.Text, nullable=False, index=True),
    _time("begun_at"),
    _time("done_at", nullable=True),
    _text("by"),
    sa.Column("plan", sa.JSON, nullable=False),
    sa.Column("document", sa.JSON(none_as_null=True)),
)

photos = sa.Table(
    "photos",
    metadata,
    _id(),
    _ref("case_id", "cases", nullable=False),
    _text("sha256"),
    _text("original_name"),
    _time("added_at"),
    sa.Column("job_id", sa.Text),
    sa.Column("box_px", sa.JSON(none_as_null=True)),
    _number("quality"),
    sa.Column("problem", sa.Text),
    sa.Column("preview_sha256", sa.Text),
    sa.Column("crop_sha256", sa.Text),
    _time("removed_at", nullable=True),
    sa.Column("taken_on", sa.Date),
    _time("delete_after", nullable=True),
    _words("delete_reason"),
)

photo_vectors = sa.Table(
    "photo_vectors",
    metadata,
    sa.Column("photo_id", sa.Text, sa.ForeignKey("photos.id"), primary_key=True),
    *(column for column in _vectors() if column.name != "engine"),
    sa.Column("engine", sa.Text, primary_key=True),
    sa.Column("likeness", sa.JSON, nullable=False),
    _number("review_floor", nullable=False),
)

cameras = sa.Table(
    "cameras",
    metadata,
    _id(),
    _text("name"),
    _number("lat", nullable=False),
    _number("lon", nullable=False),
    sa.Column("headings_deg", sa.JSON, nullable=False),
    _number("fov_deg"),
    _number("range_m"),
    _count("width_px"),
    _count("height_px"),
    _text("kind"),
    _text("mount"),
    sa.Column("is_indoor", sa.Boolean),
    _text("owner"),
    _text("contact"),
    _number("retention_days"),
    _number("clock_offset_s", nullable=False),
    _text("clock_checked"),
    _text("direction_text"),
    _text("source"),
    sa.Column("last_verified", sa.Date),
    _words("verified_by"),
    # of a spot, the case it belongs to; no reference, for most cameras have none
    sa.Column("spot_of", sa.Text, nullable=False, server_default="", index=True),
    sa.Index("ix_cameras_lat", "lat"),
)

sightings = sa.Table(
    "sightings",
    metadata,
    _id(),
    _ref("case_id", "cases", nullable=False),
    _number("lat", nullable=False),
    _number("lon", nullable=False),
    _number("radius_m", nullable=False),
    _time("at"),
    _number("tolerance_s", nullable=False),
    _text("kind"),
    _text("source"),
    sa.Column("match_id", sa.Text),
    _time("created_at"),
    _time("withdrawn_at", nullable=True),
)

footage = sa.Table(
    "footage",
    metadata,
    _id(),
    _ref("case_id", "cases", nullable=False),
    _ref("camera_id", "cameras", nullable=False),
    _text("sha256"),
    _text("original_name"),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    _time("started_at"),
    _number("clock_offset_s", nullable=False),
    _time("added_at"),
    _text("added_by"),
    sa.Column("clock_uncertainty_s", sa.Double),
    sa.Column("clock_checked", sa.Text, nullable=False, server_default=""),
    sa.Column("started_from", sa.Text, nullable=False, server_default="typed"),
    sa.Column("provenance", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("recorder_make", sa.Text, nullable=False, server_default=""),
    sa.Column("exporter", sa.Text, nullable=False, server_default=""),
    sa.Column("export_notes", sa.Text, nullable=False, server_default=""),
    _time("delete_after", nullable=True),
    _words("delete_reason"),
    sa.UniqueConstraint("case_id", "camera_id", "sha256"),
)

uploads = sa.Table(
    "uploads",
    metadata,
    _id(),
    _text("name"),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("received_bytes", sa.BigInteger, nullable=False),
    _text("purpose"),
    _ref("case_id", "cases"),
    _text("by"),
    # who sent it; empty where no account did: the inbox, and what came before there were accounts
    sa.Column("account_id", sa.Text, nullable=False, server_default=""),
    _text("how"),
    _text("said_sha256"),
    sa.Column("sha256", sa.Text),
    _time("created_at"),
    _time("expires_at", nullable=True),
)

jobs = sa.Table(
    "jobs",
    metadata,
    _id(),
    _text("kind"),
    _ref("case_id", "cases", nullable=False),
    sa.Column("of_id", sa.Text, nullable=False, index=True),
    _text("engine"),
    _text("state"),
    _time("created_at"),
    _count("segments_total"),
    _count("segments_done", nullable=False),
    _number("seconds_total"),
    _number("seconds_done", nullable=False),
    _count("faces_seen", nullable=False),
    _count("candidates", nullable=False),
    sa.Column("coverage", sa.JSON(none_as_null=True)),
    sa.Column("error", sa.Text),
    sa.Column("reference_ids", sa.JSON, nullable=False),
    sa.Column("models", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("tracks", sa.Integer, nullable=False, server_default="0"),
    _time("started_at", nullable=True),
    _time("ended_at", nullable=True),
    _yes_or_no("keeps_vectors"),
    sa.Column("queue", sa.Text, nullable=False, server_default="cpu"),
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
    sa.Column("worked_s", sa.Double, nullable=False, server_default="0"),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("retry_reason", sa.Text, nullable=False, server_default=""),
    sa.Column("given_up", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("spans", sa.JSON(none_as_null=True)),
    _words("asked_by"),
    # the lease: which run of which worker has the job, and the fencing token that its writes must show
    sa.Column("lease_run", sa.Text),
    sa.Column("lease_epoch", sa.Integer, nullable=False, server_default="0"),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("segment", sa.Integer, primary_key=True),
    sa.Column("under_way", sa.Integer),  # the epoch of the lease under which it was begun; None when it is over
    _count("crashes", nullable=False),
    _text("why"),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("run", sa.Text, nullable=False, unique=True),
    _text("host"),
    _count("pid", nullable=False),
    _time("started_at"),
    _time("beat_at"),
    sa.Column("queues", sa.JSON, nullable=False),
    _text("version"),
    sa.Column("can_reach_files", sa.Boolean, nullable=False),
)

segments = sa.Table(
    "segments",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("segment", sa.Integer, primary_key=True),
    sa.Column("result", sa.JSON, nullable=False),
    _number("seconds", nullable=False),
    sa.Column("footage_id", sa.Text, nullable=False, server_default=""),
    sa.Column("engine", sa.Text, nullable=False, server_default=""),
    # what was found in a segment of a footage with an engine counts once in a search
    sa.UniqueConstraint("footage_id", "engine", "segment", "job_id"),
)

tracks = sa.Table(
    "tracks",
    metadata,
    _id(),
    _ref("scan_id", "jobs", nullable=False),
    _count("segment", nullable=False),
    _number("start_s", nullable=False),
    _number("end_s", nullable=False),
    _number("best_s", nullable=False),
    sa.Column("best_box_px", sa.JSON, nullable=False),
    _count("shots", nullable=False),
    _number("similarity", nullable=False),
    _number("quality", nullable=False),
    _text("time_source"),
    sa.Column("crop_sha256", sa.Text),
    sa.Column("context_sha256", sa.Text),
)

track_vectors = sa.Table(
    "track_vectors",
    metadata,
    sa.Column("scan_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("segment", sa.Integer, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    _ref("case_id", "cases", nullable=False),
    _ref("footage_id", "footage", nullable=False),
    sa.Column("is_candidate", sa.Boolean, nullable=False),
    *_vectors(),
)

matches = sa.Table(
    "matches",
    metadata,
    _id(),
    _ref("case_id", "cases", nullable=False),
    _ref("footage_id", "footage", nullable=False),
    _ref("track_id", "tracks", nullable=False),
    _text("engine"),
    _number("review_floor", nullable=False),
    _number("alert_threshold", nullable=False),
    _text("state"),
    _time("created_at"),
    sa.Column("like_match_id", sa.Text),
    sa.Column("group_id", sa.Text),
)

match_vectors = sa.Table(
    "match_vectors",
    metadata,
    sa.Column("match_id", sa.Text, sa.ForeignKey("matches.id", ondelete="CASCADE"), primary_key=True),
    *_vectors(),
)

reviews = sa.Table(
    "reviews",
    metadata,
    _id(),
    _ref("match_id", "matches", nullable=False),
    _text("verdict"),
    _text("by"),
    _text("note"),
    _time("at"),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("together_id", sa.Text, index=True),
    sa.UniqueConstraint("match_id", "sequence"),
)

requests = sa.Table(
    "requests",
    metadata,
    _id(),
    _ref("case_id", "cases", nullable=False),
    _ref("camera_id", "cameras", nullable=False),
    _time("from_at"),
    _time("to_at"),
    _number("clock_offset_s", nullable=False),
    _number("retention_days"),
    _number("score", nullable=False),
    _text("state"),
    _time("created_at"),
    _text("created_by"),
    _time("sent_at", nullable=True),
    _time("changed_at", nullable=True),
    _text("changed_by"),
    _text("note"),
)

accounts = sa.Table(
    "accounts",
    metadata,
    _id(),
    _text("name"),
    sa.Column("name_key", sa.Text, nullable=False, unique=True),  # in small letters: no two that look alike
    _text("full_name"),
    _text("password_hash"),  # argon2id; empty where nobody signs in with a password
    _yes_or_no("must_change_password"),
    _time("password_until", nullable=True),  # of one that was given out, until when it can be used
    _yes_or_no("is_admin"),
    _time("created_at"),
    _time("disabled_at", nullable=True),
    sa.Column("totp_secret", sa.Text),
    _time("totp_since", nullable=True),  # None while the secret has not been proved by a first code
    sa.Column("totp_step", sa.Integer, nullable=False, server_default="0"),  # of the last code: none is taken twice
    sa.Column("recovery_hashes", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("outside_id", sa.Text, unique=True),  # issuer and subject at an OpenID provider
)

# Session and key tokens are kept as SHA-256 only: who reads this table can sign in as nobody.
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    _ref("account_id", "accounts", nullable=False),
    _yes_or_no("waits_for_code"),
    _time("created_at"),
    _time("seen_at"),
    _time("ends_at"),
    _number("idle_s", nullable=False),
    _text("address"),
    _text("browser"),
    _text("how"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    _ref("account_id", "accounts", nullable=False),
    _text("purpose"),
    _time("created_at"),
    _time("ends_at"),
    _time("used_at", nullable=True),
    sa.Column("scopes", sa.JSON, nullable=False, server_default="[]"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _time("at"),
    sa.Column("account_key", sa.Text, nullable=False, index=True),
    sa.Column("address", sa.Text, nullable=False, index=True),
)

case_roles = sa.Table(
    "case_roles",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True, index=True),
    sa.Column("role", sa.Text, primary_key=True),
    _time("given_at"),
    _text("given_by"),
)

areas = sa.Table(
    "areas",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("features", sa.JSON, nullable=False),
)

case_streets = sa.Table(
    "case_streets",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True),
    _text("sha256"),
    _text("name"),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("of", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)
"""How often the cameras ("cameras") or anything of a case ("case ID") changed."""

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _time("at"),
    _text("by"),
    _text("action"),
    sa.Column("case_id", sa.Text, index=True),
    sa.Column("details", sa.JSON, nullable=False),
    # the chain: docs/decisions/0021-evidence.md
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("salt", sa.Text),  # None once the details were destroyed
    sa.Column("details_hash", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.UniqueConstraint("sequence"),
)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    _time("made_at"),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("document", sa.JSON, nullable=False),
)

derivatives = sa.Table(
    "derivatives",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("parent_sha256", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    _text("made_by"),
    _time("made_at"),
    _number("at_s"),
    sa.Column("box_px", sa.JSON(none_as_null=True)),
)

file_checks = sa.Table(
    "file_checks",
    metadata,
    # named so that no row here speaks for a file: what is purged leaves its row of checks behind for a moment
    sa.Column("content", sa.Text, primary_key=True),
    _time("checked_at"),
    _text("outcome"),
)

alert_rules = sa.Table(
    "alert_rules",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True),
    _yes_or_no("names_subject"),
    _text("quiet_from"),
    _text("quiet_to"),
    _count("limit", nullable=False),
    _count("window_s", nullable=False),
)

alert_recipients = sa.Table(
    "alert_recipients",
    metadata,
    _id(),
    _ref("case_id", "cases", nullable=False),
    _text("name"),
    _text("kind"),
    _text("address"),
    _text("audience"),
    _text("language"),
    _time("added_at"),
    _text("added_by"),
    _yes_or_no("on_candidates"),
    _yes_or_no("on_confirmed"),
    _yes_or_no("wakes"),
    _text("pin_link"),
    _time("removed_at", nullable=True),
)

alerts = sa.Table(
    "alerts",
    metadata,
    _id(),
    _ref("case_id", "cases", nullable=False),
    _ref("recipient_id", "alert_recipients", nullable=False),
    _text("event"),
    _text("lane"),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    _text("state"),
    _time("created_at"),
    _time("due_at"),
    _ref("match_id", "matches"),
    _count("attempts", nullable=False),
    _text("run"),
    _time("claimed_at", nullable=True),
    _time("hold_until", nullable=True),
    _time("settled_at", nullable=True),
    _text("title"),
    _text("text"),
    _text("why"),
    _text("provider_id"),
    _text("provider_status"),
    sa.Column("digest_id", sa.Text, index=True),
    sa.Column("again_of", sa.Text, unique=True),
    _text("asked_by"),
    _text("left_by"),
    _text("cap"),
    # a sender looks for what waits every second
    sa.Index("ix_alerts_state", "state", "due_at"),
)

tip_pages = sa.Table(
    "tip_pages",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    _yes_or_no("is_open"),
    _text("agency"),
    _text("words"),
    _time("changed_at"),
    _text("changed_by"),
    _text("secret"),
)

tips = sa.Table(
    "tips",
    metadata,
    _id(),
    _ref("case_id", "cases", nullable=False),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("ticket", sa.Text, nullable=False, unique=True),  # a page's form is taken once
    _time("came_at"),
    _text("state"),
    _yes_or_no("is_doubtful"),
    _text("words"),
    _text("where_words"),
    _number("lat"),
    _number("lon"),
    _number("radius_m", nullable=False),
    _time("seen_at", nullable=True),
    _number("seen_spread_s", nullable=False),
    _text("seen_typed"),
    _text("contact"),  # encrypted, with a key that is not in the database
    sa.Column("sha256", sa.Text),
    _text("file_name"),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    _ref("footage_id", "footage"),
    sa.Column("sighting_id", sa.Text),
    _time("decided_at", nullable=True),
    _text("decided_by"),
    _text("reason"),
)

tip_tries = sa.Table(
    "tip_tries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _ref("case_id", "cases", nullable=False),
    _time("at"),
    _text("address_key"),
)

live_watches = sa.Table(
    "live_watches",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
    _ref("case_id", "cases", nullable=False),
    _ref("camera_id", "cameras", nullable=False),
    _text("sealed"),  # the address, encrypted: it may hold a password
    _text("shown"),
    _time("started_at"),
    _time("ends_at"),
    _text("state"),
    _time("state_since", nullable=True),
    _text("why"),
    _time("last_picture_at", nullable=True),
    _number("rate", nullable=False),
    _count("looks", nullable=False),
    _count("faces", nullable=False),
    _count("width_px", nullable=False),
    _count("height_px", nullable=False),
)

live_gaps = sa.Table(
    "live_gaps",
    metadata,
    _id(),
    _ref("job_id", "jobs", nullable=False),
    _ref("case_id", "cases", nullable=False),
    _text("state"),
    _time("from_at"),
    _time("to_at", nullable=True),
    _text("why"),
)
