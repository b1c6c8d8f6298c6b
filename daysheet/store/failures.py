"""What a database's own error means: waiting may help, or it may not."""

import sqlite3
from typing import Final

from sqlalchemy import exc

from daysheet.errors import StoreError, StoreUnreachable

_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_READONLY: "cannot be written to: check who owns the file and its folder",
    sqlite3.SQLITE_IOERR: "cannot be read or written: check the disk",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder exists and may be written to",
    sqlite3.SQLITE_PERM: "may not be opened by this user",
    sqlite3.SQLITE_PROTOCOL: "is locked by another process",
}
"""SQLite's primary result codes (sqlite.org/rescode.html) that can pass by themselves or by an operator's hand."""

_POSTGRES: Final = {
    "08": "does not answer",  # connection exception
    "53": "has no room: check its disk, memory and number of connections",  # insufficient resources
    "57": "is shutting down, or ended a statement that took too long",  # operator intervention
    "58": "cannot be read or written: check its disk",  # system error
    "55P03": "is locked by another process",  # lock not available
    "40": "was changed by another process at the same moment",  # serialisation failure, deadlock
    "25006": "cannot be written to: it is a standby or set read-only",
    "25P03": "ended a transaction that stood idle too long",
}
"""PostgreSQL's SQLSTATEs, or their classes (appendix A of its manual), of the same sort."""


def store_error(error: exc.DBAPIError | exc.TimeoutError, name: str, busy_seconds: float) -> StoreError:
    """
    Return the exception to raise for *error*, a sentence about the database called *name*.

    StoreUnreachable where waiting, or an operator, can put it right; StoreError otherwise.
    """
    if isinstance(error, exc.TimeoutError):
        return StoreUnreachable(f"the database {name}: no connection became free within {busy_seconds:g} seconds")
    why = _sqlite_reason(error.orig) if isinstance(error.orig, sqlite3.Error) else _postgres_reason(error)
    if why is not None:
        return StoreUnreachable(f"the database {name} {why} ({_first_line(error)})")
    return StoreError(f"the database {name} refused: {_first_line(error)}")


def _sqlite_reason(error: sqlite3.Error) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else _SQLITE.get(code & 0xFF)  # the low byte is the primary code


def _postgres_reason(error: exc.DBAPIError) -> str | None:
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # the driver's own trouble: no connection could be made, or it broke
        return "does not answer" if isinstance(error, exc.OperationalError) or error.connection_invalidated else None
    return _POSTGRES.get(state) or _POSTGRES.get(state[:2])


def _first_line(error: exc.DBAPIError) -> str:
    text = str(error.orig).strip()
    return text.splitlines()[0] if text else type(error.orig).__name__
