"""How the store reaches its database: a SQLite file in the home folder, or PostgreSQL by the setting database_url.

What writers are promised is the same on both: one writer at a time in the whole database, so that what is read inside
`Database.writing`, on whatever connection, stays true until the commit. SQLite gives that by BEGIN IMMEDIATE,
PostgreSQL by one advisory lock that every writing transaction takes first (docs/decisions/0015).
"""

import errno
import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from data import schema
from data.errors import BadInput, NotReachable
from data.files import saying_disk_full

BUSY_S = 30
"""How long a writer waits for the others before it gives up."""
IDLE_WRITER_S = 15
"""After how long PostgreSQL ends a writer that went silent half-way: a frozen machine must not stop all others."""
CONNECT_S = 10
SCRUB_WAIT_MS = 5000
"""How long rewriting the database waits for who still reads what was deleted; nobody else writes meanwhile."""
# Advisory locks are the database's own; the numbers only have to differ from those that others take in it.
_WRITERS, _MIGRATION = 5_171_014_001, 5_171_014_002
_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_S * 1000}",
    "secure_delete=ON",  # what is deleted is overwritten with zeros
)
_ENDED_AS_IDLE, _NO_ROOM, _LOCK_TIMEOUT = "25P03", "53100", "55P03"  # PostgreSQL's own codes
_BUSY = f"store: others have been writing for {BUSY_S} seconds; nothing was kept, try again"


class Database:
    """Two pools of connections: many readers, and one writer, since a second one could only wait for the first.

    They are apart because a writer reads on connections of its own: were all of one pool taken by writers in the queue,
    the writer at its head could never finish.
    """

    def __init__(self, home: Path, database_url: str = "") -> None:
        self.home = home
        url = _address(home, database_url)
        self.shown = url.render_as_string(hide_password=True)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        dumps = partial(json.dumps, allow_nan=False)
        make = partial(sa.create_engine, url, json_serializer=dumps, hide_parameters=True)  # they name people
        one_writer: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "pool_timeout": BUSY_S}
        if self.is_sqlite:
            self.readers, self._writer = make(), make(**one_writer)
            _prepare_sqlite(self.readers, begin="BEGIN")
            _prepare_sqlite(self._writer, begin="BEGIN IMMEDIATE")
        else:
            options = f"-c lock_timeout={BUSY_S}s -c idle_in_transaction_session_timeout={IDLE_WRITER_S}s"
            self.readers = _postgres(make, pool_size=5, max_overflow=10)  # a server allows 100 in all
            self._writer = _postgres(make, options, **one_writer)
        for engine in (self.readers, self._writer):
            sa.event.listen(engine, "before_cursor_execute", _refuse_what_is_no_text)

    def close(self) -> None:
        self.readers.dispose()
        self._writer.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read on."""
        try:
            with self.readers.connect() as connection:
                yield connection
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            self._say(error)
            raise

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, all or nothing; until its end nobody else writes."""
        is_committing = False
        with saying_disk_full("store"):
            try:
                with self._writer.connect() as connection:
                    self._take_turn(connection)
                    yield connection
                    is_committing = True
                    connection.commit()
            except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
                self._say(error, is_committing=is_committing)
                raise

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """A connection that sees the database as it is at its first question, however long it asks; nobody waits."""
        options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.reading() as connection:
            yield connection if self.is_sqlite else connection.execution_options(**options)

    def size_bytes(self) -> int:
        """How much disk the database takes."""
        if self.is_sqlite:
            return Path(str(self.readers.url.database)).stat().st_size
        with self.reading() as connection:
            return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)

    def counts(self) -> dict[str, int]:
        """How many rows each table has, of those that have any."""
        with self.reading() as connection:
            names = [name for name in sa.inspect(connection).get_table_names() if name in schema.metadata.tables]
            counted = {
                name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) for name in names
            }
        return {name: int(count) for name, count in counted.items() if count}

    def scrub(self, tables: Iterable[str]) -> str:
        """Rewrite the database so that nothing deleted from these tables is left in its files; in words, how.

        NotReachable while somebody reads on, who would still see what was there: nothing is lost, try again.
        """
        if not self.is_sqlite:
            with self.readers.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for name in sorted(set(tables)):
                    connection.exec_driver_sql(f"VACUUM FULL {schema.metadata.tables[name].name}")
                connection.exec_driver_sql("CHECKPOINT")
            return "PostgreSQL: rows deleted, tables rewritten by VACUUM FULL"
        raw = self._writer.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(f"PRAGMA busy_timeout={SCRUB_WAIT_MS}")
            cursor.execute("VACUUM")
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise NotReachable(f"store: could not be rewritten yet ({error}); nothing is lost, try again") from error
        finally:
            raw.cursor().execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")
            raw.close()
        if busy:
            raise NotReachable("store: somebody still reads what was deleted; nothing is lost, try again in a minute")
        return "SQLite: rows overwritten (secure_delete), file rewritten (VACUUM), write-ahead log emptied"

    def migrate(self, to: str = "head") -> None:
        """Bring the tables to the newest schema; one process at a time, for web and workers start together."""
        config = _migrations()
        with self._alone(), self.readers.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION})")
            config.attributes["connection"] = connection
            command.upgrade(config, to)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.is_sqlite:
            try:
                yield
            except sa.exc.DBAPIError as error:
                self._say(error)
                raise
            return
        home = Path(str(self.readers.url.database)).parent
        with (home / "store.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _take_turn(self, connection: sa.Connection) -> None:
        if self.is_sqlite:
            connection.begin()
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")

    def _say(self, error: sa.exc.SQLAlchemyError, *, is_committing: bool = False) -> None:
        """Raise what the database's refusal means, in one line without its address's password; nothing when unknown."""
        if isinstance(error, sa.exc.TimeoutError):
            raise NotReachable(_BUSY) from error
        if not isinstance(error, sa.exc.DBAPIError):
            return
        reason = " ".join(str(error.orig).split())
        state = getattr(error.orig, "sqlstate", None)
        if "is full" in reason or state == _NO_ROOM:
            raise OSError(errno.ENOSPC, "database or disk is full") from error
        if "is locked" in reason or state == _LOCK_TIMEOUT:
            raise NotReachable(_BUSY) from error
        is_lost = isinstance(error, sa.exc.OperationalError) or error.connection_invalidated or state == _ENDED_AS_IDLE
        if is_lost and not self.is_sqlite:
            kept = "look whether this was kept before you try again" if is_committing else "nothing was kept"
            raise NotReachable(f"store: the database {self.shown} does not answer; {kept} ({reason[:200]})") from error


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def knows_schema(revision: str) -> bool:
    """Whether there is a migration of this name."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_migrations()).walk_revisions()}


def _address(home: Path, database_url: str) -> sa.URL:
    if not database_url:
        return sa.URL.create("sqlite", database=str(home / "store.sqlite"))
    try:
        url = sa.make_url(database_url)
    except (sa.exc.ArgumentError, ValueError):
        raise BadInput("database_url: is no address; write postgresql+psycopg://USER:PASSWORD@HOST/DATABASE") from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise BadInput(f"database_url: {url.get_backend_name()} is not supported; postgresql+psycopg://… is, or empty")
    return url.set(drivername="postgresql+psycopg")


def _prepare_sqlite(engine: sa.Engine, *, begin: str) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin event below opens transactions, not sqlite3
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def _postgres(make: Any, options: str = "", **pool: Any) -> sa.Engine:
    arguments = {"connect_timeout": CONNECT_S, "application_name": "lastseen", "options": f"-c timezone=UTC {options}"}
    engine: sa.Engine = make(pool_pre_ping=True, connect_args=arguments, **pool)

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # a server may be set not to wait for its disk; what LastSeen acknowledges must be on it
        if connection.execute("SHOW synchronous_commit").fetchone()[0] == "off":
            connection.execute("SET synchronous_commit = on")
        connection.commit()

    return engine


def _refuse_what_is_no_text(
    _connection: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, executemany: bool
) -> None:
    """PostgreSQL keeps no NUL within a text, and neither database half a surrogate pair: refused on both, in words."""
    for row in parameters if executemany else [parameters]:
        for value in row.values() if isinstance(row, dict) else row:
            if isinstance(value, str) and not value.isascii():
                _check_encodable(value)
            if isinstance(value, str) and "\0" in value:
                raise BadInput(f"text {_start(value)!r}: holds a NUL character, which cannot be kept; take it out")


def _check_encodable(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"text {_start(value)!r}: holds a character that is none ({error.reason})") from error


def _start(value: str) -> str:
    return value[:40] + ("…" if len(value) > 40 else "")
