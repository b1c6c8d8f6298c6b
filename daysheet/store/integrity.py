"""Whether the database itself is sound: what its own checks say."""

import sqlalchemy as sa
from sqlalchemy import Connection

MOST = 5
"""Faults that are told; one is enough to act."""


def faults(connection: Connection) -> tuple[str, ...]:
    """
    Return what the database says is wrong with it, at most a few; () where nothing is.

    SQLite reads every page (about a second for each GiB). PostgreSQL tells of indexes it knows to be broken, and of
    pages whose checksum was wrong when they were read, where checksums are switched on.
    """
    return _of_sqlite(connection) if connection.dialect.name == "sqlite" else _of_postgres(connection)


def _of_sqlite(connection: Connection) -> tuple[str, ...]:
    found = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA quick_check({MOST})")]
    damaged = [one for one in found if one != "ok"]
    loose = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MOST)
    return (*damaged, *(f"row {row[1]} of {row[0]} belongs to a row of {row[2]} that is not there" for row in loose))


def _of_postgres(connection: Connection) -> tuple[str, ...]:
    broken = connection.execute(
        sa.text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1 LIMIT :most"),
        {"most": MOST},
    ).scalars()
    wrong = connection.scalar(
        sa.text("SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()")
    )
    said = [f"the index {name} is not valid: REINDEX it" for name in broken]
    return (*said, f"{wrong} pages had a wrong checksum") if wrong else tuple(said)
