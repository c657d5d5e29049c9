"""trust: accounts and sessions, roles in cases, governance of cases, the chain of the record"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

import data.schema
from data import audit_chain

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CASE_WORDS = (
    "vectors_reason", "legal_basis", "authority_reference", "purpose", "owner", "legal_hold", "release_reason",
    "delete_reason",
)  # fmt: skip
_CASE_TIMES = ("vectors_expire_at", "expires_at", "search_from", "search_to", "closed_at", "delete_after")
_OLD_VECTORS_DAYS = 30


def upgrade() -> None:
    _accounts()
    _roles()
    _governance()
    _evidence()


def _accounts() -> None:
    time = data.schema.UtcDateTime(timezone=True)
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("password_until", time, nullable=True),
        sa.Column("is_admin", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("disabled_at", time, nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_since", time, nullable=True),
        sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("recovery_hashes", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("outside_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name_key", name="uq_accounts_name_key"),
        sa.UniqueConstraint("outside_id", name="uq_accounts_outside_id"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("waits_for_code", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("seen_at", time, nullable=False),
        sa.Column("ends_at", time, nullable=False),
        sa.Column("idle_s", sa.Double(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sessions_account_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        sa.UniqueConstraint("id", name="uq_sessions_id"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_table(
        "tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("ends_at", time, nullable=False),
        sa.Column("used_at", time, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_tokens_account_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_tokens"),
        sa.UniqueConstraint("id", name="uq_tokens_id"),
    )
    op.create_index("ix_tokens_account_id", "tokens", ["account_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("account_key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_account_key", "sign_in_failures", ["account_key"])
    op.create_index("ix_sign_in_failures_address", "sign_in_failures", ["address"])


def _roles() -> None:
    op.create_table(
        "case_roles",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("given_at", data.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_roles_case_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_case_roles_account_id"),
        sa.PrimaryKeyConstraint("case_id", "account_id", "role", name="pk_case_roles"),
    )
    op.create_index("ix_case_roles_account_id", "case_roles", ["account_id"], unique=False)
    with op.batch_alter_table("uploads") as batch:
        batch.add_column(sa.Column("account_id", sa.Text(), server_default="", nullable=False))


def _governance() -> None:
    for name in _CASE_WORDS:
        op.add_column("cases", sa.Column(name, sa.Text(), server_default="", nullable=False))
    for name in _CASE_TIMES:
        op.add_column("cases", sa.Column(name, data.schema.UtcDateTime(timezone=True), nullable=True))
    op.add_column("jobs", sa.Column("asked_by", sa.Text(), server_default="", nullable=False))
    for table in ("photos", "footage"):
        op.add_column(table, sa.Column("delete_after", data.schema.UtcDateTime(timezone=True), nullable=True))
        op.add_column(table, sa.Column("delete_reason", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "use_log",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", data.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("match_id", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_use_log"),
    )
    op.create_index("ix_use_log_case_id", "use_log", ["case_id"], unique=False)
    op.create_index("ix_use_log_job_id", "use_log", ["job_id"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("begun_at", data.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", data.schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
    )
    op.create_index("ix_certificates_case_id", "certificates", ["case_id"], unique=False)
    _old_cases()


def _old_cases() -> None:
    """Vectors that were kept without an end get one. What one person confirmed stays so until it is reviewed again."""
    connection = op.get_bind()
    ends = datetime.now(UTC) + timedelta(days=_OLD_VECTORS_DAYS)
    cases = sa.table(
        "cases",
        sa.column("keeps_vectors", sa.Boolean()),
        sa.column("vectors_reason", sa.Text()),
        sa.column("vectors_expire_at", data.schema.UtcDateTime(timezone=True)),
    )
    reason = "kept before a reason was asked for; say one, or they are deleted"
    connection.execute(
        sa.update(cases).where(cases.c.keeps_vectors).values(vectors_reason=reason, vectors_expire_at=ends)
    )


def _evidence() -> None:
    _chain_tables()
    _chain_columns()
    _chain_existing()
    with op.batch_alter_table("audit") as batch:
        for name in ("details_hash", "prev_hash", "hash"):
            batch.alter_column(name, existing_type=sa.Text(), nullable=False)
        batch.alter_column("sequence", existing_type=sa.Integer(), nullable=False)
        batch.create_unique_constraint("uq_audit_sequence", ["sequence"])
    for name in ("recorder_make", "exporter", "export_notes"):
        op.add_column("footage", sa.Column(name, sa.Text(), server_default="", nullable=False))


def _chain_tables() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", data.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_checkpoints"),
    )
    op.create_table(
        "derivatives",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("parent_sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", data.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=True),
        sa.Column("box_px", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_derivatives_case_id"),
        sa.PrimaryKeyConstraint("case_id", "sha256", "parent_sha256", "kind", name="pk_derivatives"),
    )
    op.create_table(
        "file_checks",
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("checked_at", data.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("content", name="pk_file_checks"),
    )


def _chain_columns() -> None:
    op.add_column("audit", sa.Column("sequence", sa.Integer(), nullable=True))
    for name in ("salt", "details_hash", "prev_hash", "hash"):
        op.add_column("audit", sa.Column(name, sa.Text(), nullable=True))


def _chain_existing() -> None:
    """Chain the entries that are there, in their order, and say in a last one that they were not chained before."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT count(*) FROM audit")).scalar()
    if not rows:
        return
    table = data.schema.audit
    known = [table.c[name] for name in ("id", "at", "by", "action", "case_id", "details")]
    tail = audit_chain.START
    for row in connection.execute(sa.select(*known).order_by(table.c.id)).mappings().all():
        linked = audit_chain.linked(tail, **{name: row[name] for name in row if name != "id"})
        values = {name: linked[name] for name in ("sequence", "salt", "details_hash", "prev_hash", "hash")}
        connection.execute(sa.update(table).where(table.c.id == row["id"]).values(values))
        tail = audit_chain.Tail(linked["sequence"], linked["hash"], None)  # their times are left as they are
    audit_chain.append(
        connection,
        at=datetime.now(UTC),
        by="LastSeen",
        action="record chained",
        case_id=None,
        details={"entries_before": rows, "note": "the entries before this one were not chained when they were made"},
    )


def downgrade() -> None:
    _evidence_back()
    for table in ("certificates", "use_log", "case_roles", "sign_in_failures", "tokens", "sessions", "accounts"):
        op.drop_table(table)
    _drop("uploads", "account_id")
    for table in ("photos", "footage"):
        _drop(table, "delete_after", "delete_reason")
    _drop("jobs", "asked_by")
    _drop("cases", *_CASE_WORDS, *_CASE_TIMES)


def _evidence_back() -> None:
    for table in ("file_checks", "derivatives", "checkpoints"):
        op.drop_table(table)
    with op.batch_alter_table("audit") as batch:
        batch.drop_constraint("uq_audit_sequence", type_="unique")
        for name in ("hash", "prev_hash", "details_hash", "salt", "sequence"):
            batch.drop_column(name)
    _drop("footage", "recorder_make", "exporter", "export_notes")


def _drop(table: str, *columns: str) -> None:
    with op.batch_alter_table(table) as batch:
        for name in columns:
            batch.drop_column(name)
