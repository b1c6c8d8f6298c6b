"""
The database as one file: written while others write, read back, put where nothing is.

SQLite's file is made by VACUUM INTO: it holds up writers no longer than its backup functions do (0.1 s at the
worst, with 200 MiB), and what was deleted is not in it. PostgreSQL's is pg_dump's custom format.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import pool

from daysheet.errors import BackupDamaged, BackupRefused, StoreUnreachable
from daysheet.store import migrate, programs
from daysheet.store.engine import Connection, Database

SUFFIX = {"sqlite": "sqlite", "postgresql": "dump"}
BUSY_SECONDS = 60.0
INSTRUCTIONS = 1_000_000
"""SQLite's steps between two signs of life."""
A_PAGE = 5000


@contextmanager
def dumped(database: Database, path: Path, tick: Callable[[], None]) -> Iterator[Connection]:
    """
    Write the database into the new file *path*, and give a connection that sees the very state it holds.

    Raises BackupRefused where a program for it is missing, StoreUnreachable where it cannot be written.
    """
    if database.dialect == "sqlite":
        if database.path is None:
            raise BackupRefused("a database in memory cannot be backed up")
        _vacuum(database.path, path, tick)
        with opened(path) as connection:
            yield connection
        return
    with database.reading() as connection:
        program = programs.find("pg_dump", programs.server_version(connection))
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        shown = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        at, environment = programs.connecting(database)
        options = ["--format=custom", "--no-owner", "--no-privileges", "--no-password", f"--snapshot={shown}"]
        programs.run([program, *options, f"--file={path}", f"--dbname={at}"], environment, "pg_dump", tick)
        yield connection


def _vacuum(source: Path, path: Path, tick: Callable[[], None]) -> None:
    try:
        with closing(sqlite3.connect(source, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.set_progress_handler(lambda: tick(), INSTRUCTIONS)
            connection.execute("VACUUM INTO ?", (str(path),))
    except sqlite3.Error as error:
        raise StoreUnreachable(f"the database {source} cannot be copied: {error}") from error


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """Give a connection to a SQLite file that nobody writes; nothing is left beside it."""
    url = f"sqlite:///file:{quote(str(path))}?mode=ro&immutable=1&uri=true"
    engine = sa.create_engine(url, poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        raise BackupDamaged(f"the database in it cannot be read: {error.orig}") from error
    finally:
        engine.dispose()


# ---- what it holds -----------------------------------------------------------------------------


def table_counts(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has, by name."""
    names = sorted(sa.inspect(connection).get_table_names())
    counted = {name: sa.select(sa.func.count()).select_from(sa.table(name)) for name in names}
    return {name: connection.execute(query).scalar_one() for name, query in counted.items()}


def spooled(connection: Connection) -> Iterator[str]:
    """Give the hash of all bytes that the database knows and keeps, in order; its schema may be an older one."""
    columns = {column["name"] for column in sa.inspect(connection).get_columns("inbound")}
    inbound = sa.table("inbound", sa.column("raw_sha256"), sa.column("bytes_removed_at"))
    kept = inbound.c.bytes_removed_at.is_(None) if "bytes_removed_at" in columns else sa.true()
    last = ""
    while True:
        query = sa.select(inbound.c.raw_sha256).distinct().where(kept, inbound.c.raw_sha256 > last)
        some = list(connection.execute(query.order_by(inbound.c.raw_sha256).limit(A_PAGE)).scalars())
        yield from some
        if len(some) < A_PAGE:
            return
        last = some[-1]


def revision(connection: Connection) -> str | None:
    """Return the core revision."""
    return migrate.current(connection)


# ---- reading it back ---------------------------------------------------------------------------


def check(path: Path, dialect: str, counts: Mapping[str, int]) -> None:
    """Open the database in the file *path* and count its rows again; raises BackupDamaged."""
    found = _sqlite_counts(path) if dialect == "sqlite" else _dump_counts(path)
    if found != dict(counts):
        differing = sorted(name for name in {*found, *counts} if found.get(name) != counts.get(name))
        raise BackupDamaged(f"the database in it has other rows than were counted: {', '.join(differing[:5])}")


def _sqlite_counts(path: Path) -> dict[str, int]:
    with opened(path) as connection:
        said = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
        if said != ["ok"]:
            raise BackupDamaged(f"the database in it is damaged: {said[0]}")
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise BackupDamaged("the database in it has rows without what they point to")
        return table_counts(connection)


def _dump_counts(path: Path) -> dict[str, int]:
    """Count the rows of every table as pg_restore would write them: so all of the file is read and unpacked."""
    command: list[str | Path] = [programs.find("pg_restore", 0), "--data-only", "--file=-", path]
    found: dict[str, int] = {}
    table = ""
    with programs.reading(command, os.environ, "pg_restore") as lines:
        for line in lines:
            if table:
                if line == b"\\.\n":
                    table = ""
                else:
                    found[table] += 1
            elif line.startswith(b"COPY "):
                table = line.split(b" ")[1].decode().rpartition(".")[2].strip('"')
                found[table] = 0
    return found


# ---- putting it back ---------------------------------------------------------------------------


def refuse_to_load(database: Database) -> None:
    """Raise BackupRefused unless the database is empty and can be filled."""
    if database.path is not None:
        for suffix in ("-wal", "-shm", "-journal"):
            beside = database.path.with_name(database.path.name + suffix)
            if beside.exists() and not database.path.exists():
                raise BackupRefused(f"{beside} is left of an earlier database: move it away, with its database")
    if not migrate.is_empty(database):
        raise BackupRefused(
            f"the database {database.name} is not empty: a backup is only put where nothing is. Name another one "
            f"in the settings, or move this one away"
        )
    database.close()
    if database.dialect == "postgresql":
        with database.reading() as connection:
            programs.find("pg_restore", programs.server_version(connection))


def load(database: Database, path: Path, counts: Mapping[str, int], tick: Callable[[], None] = lambda: None) -> None:
    """
    Make the file *path* the database, all of it or nothing; the file is used up on SQLite.

    What processes held when it was written is let go: they are no more.
    """
    if database.dialect == "sqlite":
        assert database.path is not None
        check(path, "sqlite", counts)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("DELETE FROM lease")
        _flush(path)
        database.close()
        os.replace(path, database.path)
        _flush(database.path.parent)
        return
    with database.reading() as connection:
        program = programs.find("pg_restore", programs.server_version(connection))
    at, environment = programs.connecting(database)
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"]
    programs.run([program, *options, f"--dbname={at}", path], environment, "pg_restore", tick)
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM lease")
    with database.writing() as connection:
        connection.exec_driver_sql("ANALYZE")


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
