"""What is known of each mailbox: its epoch, its polls, and which messages were seen in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import chunks, insert, storable
from daysheet.store.tables import inbound, mailbox, sighting


def _update(connection: Connection, name: str, folder: str, **values: Any) -> None:
    statement = insert(connection, mailbox).values(name=name, folder=folder, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"folder": folder, **values}))


def record_start(connection: Connection, name: str, folder: str, epoch: int, now: datetime) -> None:
    """Note that a poll has begun, and the folder's UIDVALIDITY."""
    _update(connection, name, folder, epoch=epoch, last_poll_at=now)


def record_success(connection: Connection, name: str, folder: str, waiting: int, now: datetime) -> None:
    """Note that a poll went well, and how many messages it left in the folder."""
    _update(connection, name, folder, last_success_at=now, last_error=None, waiting=waiting)


def record_error(connection: Connection, name: str, folder: str, error: str, now: datetime) -> None:
    """Note why a poll failed."""
    _update(connection, name, folder, last_poll_at=now, last_error=storable(error[:1000]))


@dataclass(frozen=True, slots=True)
class MailboxView:
    """A mailbox as last seen. *waiting* is how many messages the last good poll left in it."""

    name: str
    folder: str
    epoch: int
    last_poll_at: datetime | None
    last_success_at: datetime | None
    last_error: str | None
    waiting: int


def all_mailboxes(connection: Connection) -> tuple[MailboxView, ...]:
    """Return every mailbox ever polled, by name."""
    fields = [mailbox.c[name] for name in MailboxView.__dataclass_fields__]
    return tuple(MailboxView(*row) for row in connection.execute(sa.select(*fields).order_by(mailbox.c.name)))


def last_success(connection: Connection, name: str) -> datetime | None:
    """Return when *name* was last polled without trouble."""
    return connection.execute(sa.select(mailbox.c.last_success_at).where(mailbox.c.name == name)).scalar_one_or_none()


def latest_instant(connection: Connection) -> datetime | None:
    """Return the newest instant at which a message was first seen: a clock behind it is wrong."""
    return connection.execute(sa.select(sa.func.max(inbound.c.first_seen_at))).scalar_one_or_none()


def known_uids(connection: Connection, name: str, folder: str, epoch: int, uids: Sequence[str]) -> frozenset[str]:
    """Return those of *uids* that were seen in this folder and epoch before."""
    found: set[str] = set()
    for some in chunks(uids):
        query = sa.select(sighting.c.uid).where(
            sighting.c.mailbox == name,
            sighting.c.folder == folder,
            sighting.c.epoch == epoch,
            sighting.c.uid.in_(some),
        )
        found |= set(connection.execute(query).scalars())
    return frozenset(found)


def unsettled(connection: Connection, name: str, folder: str) -> tuple[tuple[int, str], ...]:
    """Return the epoch and uid of every message of this folder that is not known to have left it."""
    query = sa.select(sighting.c.epoch, sighting.c.uid).where(
        sighting.c.mailbox == name, sighting.c.folder == folder, sighting.c.settled_at.is_(None)
    )
    return tuple((row.epoch, row.uid) for row in connection.execute(query.order_by(sighting.c.id)))
