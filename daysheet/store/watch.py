"""What is looked at every minute: a count each, off an index."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.mail import MessageState
from daysheet.store.outbox import STUCK
from daysheet.store.tables import inbound, outbox


def stuck(connection: Connection) -> dict[str, int]:
    """Return how many mails only an operator gets out of their state, by state."""
    query = sa.select(outbox.c.state, sa.func.count()).where(outbox.c.state.in_(STUCK)).group_by(outbox.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def waiting_since(connection: Connection, before: datetime) -> tuple[int, datetime | None]:
    """Return how many mails have waited since before an instant, and since when the oldest has."""
    query = sa.select(sa.func.count(), sa.func.min(outbox.c.created_at))
    row = connection.execute(query.where(outbox.c.state.in_(("queued", "sending")), outbox.c.created_at < before)).one()
    return row[0], row[1]


def set_aside_since(connection: Connection, since: datetime) -> int:
    """Return how many messages were set aside since an instant and still wait for somebody."""
    is_aside = sa.and_(inbound.c.state == MessageState.QUARANTINED, inbound.c.finished_at >= since)
    return connection.execute(sa.select(sa.func.count()).select_from(inbound).where(is_aside)).scalar_one()


def unclaimed_since(connection: Connection, before: datetime, now: datetime) -> tuple[int, datetime | None]:
    """Return how many messages nobody works that were there before an instant, and since when the oldest is."""
    is_open = inbound.c.state.in_((MessageState.SPOOLED, MessageState.PROCESSING))
    is_claimed = sa.and_(inbound.c.claimed_until.is_not(None), inbound.c.claimed_until > now)
    query = sa.select(sa.func.count(), sa.func.min(inbound.c.first_seen_at))
    row = connection.execute(query.where(is_open, ~is_claimed, inbound.c.first_seen_at < before)).one()
    return row[0], row[1]
