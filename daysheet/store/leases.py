"""Lease rows: who is doing a piece of work that only one process may do."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import insert
from daysheet.store.tables import lease


def acquire(connection: Connection, name: str, holder: str, now: datetime, seconds: float) -> bool:
    """
    Take the lease *name* for *seconds* if it is free, expired or ours already; say whether we have it.

    *holder* is a process, which works one name once at a time: its own lease, left by a crash, is no obstacle.
    """
    new = insert(connection, lease).values(name=name, holder=holder, expires_at=now + timedelta(seconds=seconds))
    statement = new.on_conflict_do_update(
        index_elements=[lease.c.name],
        set_={"holder": new.excluded.holder, "expires_at": new.excluded.expires_at},
        where=sa.or_(lease.c.holder == holder, lease.c.expires_at <= now),
    )
    return connection.scalar(statement.returning(lease.c.name)) is not None


def renew(connection: Connection, name: str, holder: str, now: datetime, seconds: float) -> bool:
    """Hold the lease for *seconds* more; False where somebody else has taken it over."""
    statement = (
        lease.update()
        .where(lease.c.name == name, lease.c.holder == holder)
        .values(expires_at=now + timedelta(seconds=seconds))
    )
    return connection.execute(statement).rowcount == 1


def release(connection: Connection, name: str, holder: str) -> None:
    """Give the lease back; not ours any more is no fault."""
    connection.execute(lease.delete().where(lease.c.name == name, lease.c.holder == holder))


def holder_of(connection: Connection, name: str, now: datetime) -> str | None:
    """Return who holds the lease *name* at *now*, None where it is free."""
    query = sa.select(lease.c.holder).where(lease.c.name == name, lease.c.expires_at > now)
    holder: str | None = connection.scalar(query)
    return holder
