"""Whose raw bytes may go, and whose are gone: messages share bytes, so both are asked by hash."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.mail import MessageState
from daysheet.store.engine import chunks
from daysheet.store.tables import inbound, outbox, submission

_KEPT_STATES = (MessageState.SPOOLED, MessageState.PROCESSING, MessageState.QUARANTINED)
UNSENT = ("queued", "sending", "failed", "held")
"""Answers that may still leave, with the workbook of the message marked."""


def needed(message: Any) -> sa.ColumnElement[bool]:
    """Say of a row of inbound whether somebody may still want its bytes: it is not done, or not answered."""
    # told which message is meant: two levels down it would otherwise be any of them
    own = sa.select(submission.c.id).where(submission.c.inbound_id == message.c.id).correlate(message)
    waits = sa.exists(own.where(submission.c.is_waiting))
    unsent = sa.exists(sa.select(outbox.c.id).where(outbox.c.state.in_(UNSENT), outbox.c.inbound_id == message.c.id))
    # the answer may be sent once more because of another message of the same workbook
    unsent_again = sa.exists(sa.select(outbox.c.id).where(outbox.c.state.in_(UNSENT), outbox.c.submission_id.in_(own)))
    return sa.or_(message.c.state.in_(_KEPT_STATES), message.c.finished_at.is_(None), waits, unsent, unsent_again)


def removable(connection: Connection, before: datetime, limit: int, after: int = 0) -> tuple[tuple[int, str], ...]:
    """
    Return ids above *after* and hashes of messages finished before *before* whose bytes nobody needs, by id.

    Bytes that another message needs, or that it may keep for longer, are left out.
    """
    other = inbound.alias("other")
    shared = sa.exists(
        sa.select(other.c.id).where(
            other.c.raw_sha256 == inbound.c.raw_sha256,
            other.c.id != inbound.c.id,
            other.c.bytes_removed_at.is_(None),
            sa.or_(needed(other), other.c.finished_at >= before),
        )
    )
    query = (
        sa.select(inbound.c.id, inbound.c.raw_sha256)
        .where(
            inbound.c.id > after,
            inbound.c.bytes_removed_at.is_(None),
            inbound.c.finished_at < before,
            sa.not_(needed(inbound)),
            sa.not_(shared),
        )
        .order_by(inbound.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=inbound)
    )
    return tuple((row.id, row.raw_sha256) for row in connection.execute(query))


def mark_removed(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Note that the bytes of the messages *ids* are removed; they may be unlinked once this is committed."""
    for some in chunks(ids):
        named = sa.and_(inbound.c.id.in_(some), inbound.c.bytes_removed_at.is_(None))
        connection.execute(inbound.update().where(named).values(bytes_removed_at=now))


def gone(connection: Connection, hashes: Collection[str]) -> frozenset[str]:
    """Return those of *hashes* whose bytes no message keeps any more, though some had them."""
    found: set[str] = set()
    for some in chunks(sorted(hashes)):
        query = (
            sa.select(inbound.c.raw_sha256)
            .where(inbound.c.raw_sha256.in_(some))
            .group_by(inbound.c.raw_sha256)
            .having(sa.func.count() == sa.func.count(inbound.c.bytes_removed_at))
        )
        found |= set(connection.execute(query).scalars())
    return frozenset(found)


def removed(connection: Connection) -> int:
    """Return of how many messages the bytes were removed."""
    query = sa.select(sa.func.count()).select_from(inbound).where(inbound.c.bytes_removed_at.is_not(None))
    return connection.execute(query).scalar_one()


def mailed(connection: Connection, hashes: Sequence[str]) -> dict[str, bool]:
    """Return those of *hashes* that came in by a mailbox, and whether their bytes are to be in the spool."""
    found: dict[str, bool] = {}
    for some in chunks(hashes):
        query = sa.select(inbound.c.raw_sha256, inbound.c.bytes_removed_at.is_(None).label("is_kept"))
        own = sa.and_(inbound.c.raw_sha256.in_(some), inbound.c.as_number == "")
        found |= {row.raw_sha256: bool(row.is_kept) for row in connection.execute(query.where(own))}
    return found
