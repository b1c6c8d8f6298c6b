"""
The database: SQLite by default, PostgreSQL by URL.

Transactions are opened by the caller and are short: ``with database.writing() as connection``.
SQLite writes begin IMMEDIATE, so that a writer waits for its turn at the start and never
fails half-way because another one was quicker; readers see one snapshot on both databases.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc, pool
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from daysheet.errors import ConfigError, StoreError
from daysheet.store.failures import store_error

Connection = sa.Connection
"""A connection within a transaction; only the store looks inside."""

CHUNK = 500
"""Values in one IN list: well under every database's limit on parameters."""

CONNECT_SECONDS = 10
"""How long to wait for a PostgreSQL server to take a new connection."""

STATEMENT_SECONDS = 300
"""No single PostgreSQL statement of ours takes as long; one that does is ended."""

POOL_SIZE = 5
"""Connections kept; the service's jobs and the console's requests share them."""

_MODE = "daysheet_begin"

T = TypeVar("T")


class Database:
    """
    The database behind *url*; opens nothing before it is first used. *password* is one that the URL lacks.

    *busy_seconds* is how long a transaction waits for another one that holds what it needs, before
    StoreUnreachable is raised. Every method raises StoreUnreachable where the database does not
    answer, is locked, full or read-only, StoreError where it cannot be used for another reason, and
    ConfigError where the URL cannot be.
    """

    def __init__(self, url: str, *, password: str = "", busy_seconds: float = 30.0) -> None:
        self._url = _parsed(url)
        if password and self._url.password is None and self._url.get_backend_name() != "sqlite":
            self._url = self._url.set(password=password)
        self._busy_seconds = busy_seconds
        self.dialect: str = self._url.get_backend_name()
        """``sqlite`` or ``postgresql``."""
        self._engine = (
            _sqlite(self._url, busy_seconds) if self.dialect == "sqlite" else _postgres(self._url, busy_seconds)
        )
        self._reader = self._engine.execution_options(**_READING[self.dialect])
        self._writer = self._engine.execution_options(**{_MODE: "BEGIN IMMEDIATE"})

    @property
    def name(self) -> str:
        """The URL as it may be shown: without a password."""
        return self._url.render_as_string(hide_password=True)

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database, None where there is none."""
        name = self._url.database
        if self.dialect != "sqlite" or not name or name == ":memory:":
            return None
        return Path(name.removeprefix("file:"))  # the form with options: file:name?mode=ro&uri=true

    def parameters(self) -> dict[str, Any]:
        """Return what the driver is told to connect with, the password too: for programs of the database's own."""
        _, given = self._engine.dialect.create_connect_args(self._url)
        return {name: value for name, value in given.items() if isinstance(value, str | int)}

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are committed together at the end, or not at all."""
        with self._opened(self._writer) as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one unchanging state of the data; it must not write."""
        with self._opened(self._reader) as connection:
            yield connection

    @contextmanager
    def rehearsing(self) -> Iterator[Connection]:
        """Give a connection that writes as usual and forgets everything at the end."""
        with self._opened(self._writer) as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """
        Give a connection for changing tables: alone at it, everything or nothing.

        SQLite rebuilds a table to change it, which foreign keys must not notice; they are checked
        before the end instead.
        """
        with self._opened(self._writer) as connection, _without_foreign_keys(connection), connection.begin():
            if self.dialect == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            yield connection
            _check_foreign_keys(connection)

    def close(self) -> None:
        """Let go of every connection; the database can be used again afterwards."""
        self._engine.dispose()

    @contextmanager
    def _opened(self, engine: sa.Engine) -> Iterator[Connection]:
        if self.path is not None and not self.path.parent.is_dir():
            raise ConfigError(
                f"database.url: the folder {self.path.parent} does not exist; make it, or run: daysheet init"
            )
        try:
            with engine.connect() as connection:
                yield connection
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise store_error(error, self.name, self._busy_seconds) from error


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()  # the driver's: the switch has no effect within a transaction
    cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = [f"{row[0]} row {row[1]} → {row[2]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    if broken:
        raise StoreError(f"the change would leave rows without what they point to: {'; '.join(broken[:5])}")


_MIGRATION_LOCK = 0x64617973  # any number of our own: "days"
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {_MODE: "BEGIN"},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


# ---- engines -----------------------------------------------------------------------------------


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise ConfigError(f"database.url cannot be read; write {_FORMS}") from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigError(f"database.url: {parsed.get_backend_name()!r} is not supported; write {_FORMS}")
    if parsed.get_backend_name() == "sqlite" and (parsed.host or parsed.username):
        raise ConfigError(f"database.url: a file has no host; write {_FORMS}")
    return parsed if parsed.get_backend_name() == "sqlite" else parsed.set(drivername="postgresql+psycopg")


_FORMS = "sqlite:///var/daysheet.db or postgresql://user:password@host/name"


def _sqlite(url: URL, busy_seconds: float) -> sa.Engine:
    is_file = url.database not in (None, "", ":memory:")
    engine = sa.create_engine(
        url,
        # one connection in memory is one database; a file has as many connections as are needed
        poolclass=pool.QueuePool if is_file else pool.StaticPool,
        connect_args={"timeout": busy_seconds, "isolation_level": None, "check_same_thread": False},
        json_serializer=to_json,
        hide_parameters=True,  # an error goes into the log; what a row says does not
        **({"pool_size": POOL_SIZE, "pool_timeout": busy_seconds} if is_file else {}),
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        if is_file:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # the driver begins nothing by itself (isolation_level None): it would begin too late and never IMMEDIATE
        mode = connection.get_execution_options().get(_MODE, "BEGIN")
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA query_only = {'ON' if mode == 'BEGIN' else 'OFF'}")
        cursor.close()
        connection.exec_driver_sql(mode)

    return engine


def _postgres(url: URL, busy_seconds: float) -> sa.Engine:
    options = " ".join(
        (
            "-c timezone=UTC",
            # what is committed is on the disk, whatever the server's default: the mail is moved right after
            "-c synchronous_commit=on",
            f"-c lock_timeout={int(busy_seconds * 1000)}",
            f"-c statement_timeout={STATEMENT_SECONDS * 1000}",
            f"-c idle_in_transaction_session_timeout={STATEMENT_SECONDS * 1000}",
        )
    )
    arguments: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "options": options,
        "application_name": "daysheet",
        # a server that vanished without a word is noticed within a minute
        "keepalives_idle": 20,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
    }
    given = {key: value for key, value in arguments.items() if key not in url.query}
    try:
        engine = sa.create_engine(
            url,
            pool_size=POOL_SIZE,
            pool_timeout=busy_seconds,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",
            connect_args=given,
            json_serializer=to_json,
            hide_parameters=True,
        )
    except ImportError as error:
        raise ConfigError(
            'database.url: PostgreSQL needs its driver; install it with: pip install "daysheet[postgres]"'
        ) from error

    @sa.event.listens_for(engine, "handle_error")
    def _hide_rows(context: sa.engine.ExceptionContext) -> None:
        # the server's second line quotes the row: "Failing row contains (…)"
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args and getattr(context.original_exception, "sqlstate", None):
                error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])

    return engine


# ---- pieces the rooms of the store share -------------------------------------------------------


def to_json(value: object) -> str:
    """Write *value* as JSON that a person can read in the database, in any script."""
    return storable(_ENCODER.encode(value))


_ENCODER = json.JSONEncoder(ensure_ascii=False)


def storable(text: str) -> str:
    """
    Return *text* as both databases can keep it: without NUL, with lone surrogates shown as "?".

    Mail headers and legacy workbooks bring both; neither may keep a message from being recorded.
    """
    if text.isprintable():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\0", "")


def insert(connection: Connection, table: sa.Table) -> Any:
    """
    Return the database's own INSERT for *table*, which knows ON CONFLICT.

    The two dialects' classes share that method but no type that has it, hence Any.
    """
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def insert_once(
    connection: Connection, table: sa.Table, unique: tuple[str, ...], returning: str | None = None
) -> sa.Insert:
    """
    Return an INSERT that leaves alone what is there already by its *unique* columns.

    Always the same one: building a statement takes several times as long as running it.
    """
    key = (connection.dialect.name, table, unique, returning)
    if key not in _ONCE:
        statement: sa.Insert = insert(connection, table).on_conflict_do_nothing(index_elements=list(unique))
        _ONCE[key] = statement.returning(table.c[returning]) if returning else statement
    return _ONCE[key]


_ONCE: dict[tuple[str, sa.Table, tuple[str, ...], str | None], sa.Insert] = {}


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Cut *values* into pieces that fit one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
