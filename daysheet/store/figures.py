"""Counts for operations: everything in a few queries, each off an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.memory import ReviewState
from daysheet.store import alarms, mailboxes
from daysheet.store.mailboxes import MailboxView
from daysheet.store.tables import customer, inbound, review, submission, web_session
from daysheet.store.tables import outbox as outbox_table

LATEST = 200
"""Messages that are looked at for the newest instant."""


@dataclass(frozen=True, slots=True)
class OutboxFigures:
    """How the answers stand. *oldest_at* is when the oldest that still waits was written."""

    by_state: Mapping[str, int]
    oldest_at: datetime | None = None

    @property
    def queued(self) -> int:
        """Those that wait, one under way included."""
        return self.by_state.get("queued", 0) + self.by_state.get("sending", 0)

    @property
    def failed(self) -> int:
        """Those the server refused for good."""
        return self.by_state.get("failed", 0)

    @property
    def held(self) -> int:
        """Those of which nobody knows whether they arrived."""
        return self.by_state.get("held", 0)

    @property
    def bounced(self) -> int:
        """Those that came back."""
        return self.by_state.get("bounced", 0)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts without names."""

    messages: Mapping[str, int]
    customers: Mapping[str, int]
    reviews: Mapping[str, int]
    rows_parked: int
    alarms: Mapping[str, int]
    sessions: int
    outbox: OutboxFigures
    mailboxes: tuple[MailboxView, ...]


def outbox(connection: Connection, states: Sequence[str] = ()) -> OutboxFigures:
    """Return how many answers there are in each of *states* (none: in every one), and since when the oldest waits."""
    waits = outbox_table.c.state.in_(("queued", "sending"))
    oldest = connection.scalar(sa.select(sa.func.min(outbox_table.c.created_at)).where(waits))
    query = sa.select(outbox_table.c.state, sa.func.count()).group_by(outbox_table.c.state)
    return OutboxFigures(
        _counted(connection, query.where(outbox_table.c.state.in_(states)) if states else query), oldest
    )


def newest_message_at(connection: Connection) -> datetime | None:
    """Return when the newest message was first seen, by the latest few: a clock that was set back leaves older ones."""
    latest = sa.select(inbound.c.first_seen_at).order_by(inbound.c.id.desc()).limit(LATEST).subquery()
    found: datetime | None = connection.scalar(sa.select(sa.func.max(latest.c.first_seen_at)))
    return found


def all_figures(connection: Connection) -> Figures:
    """Return every count."""
    open_reviews = sa.select(review.c.kind, sa.func.count()).where(review.c.state == ReviewState.OPEN)
    parked = sa.select(sa.func.coalesce(sa.func.sum(submission.c.rows_parked), 0)).where(
        submission.c.is_current, submission.c.rows_parked > 0
    )
    sessions = sa.select(sa.func.count()).select_from(web_session)
    return Figures(
        messages=_by(connection, inbound.c.state),
        customers=_by(connection, customer.c.status),
        reviews=_counted(connection, open_reviews.group_by(review.c.kind)),
        rows_parked=int(connection.execute(parked).scalar_one()),
        alarms=alarms.counts(connection),
        sessions=connection.execute(sessions).scalar_one(),
        outbox=outbox(connection),
        mailboxes=mailboxes.all_mailboxes(connection),
    )


def _by(connection: Connection, column: sa.Column[str]) -> dict[str, int]:
    return _counted(connection, sa.select(column, sa.func.count()).group_by(column))


def _counted(connection: Connection, query: sa.Select[*tuple[Any, ...]]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(query)}


def size(connection: Connection, path: Path | None) -> int | None:
    """Return the bytes the database takes: its file with its log, or what the server says; None in memory."""
    if connection.dialect.name == "postgresql":
        asked = sa.select(sa.func.pg_database_size(sa.func.current_database(), type_=sa.BigInteger))
        return connection.execute(asked).scalar_one()
    if path is None:
        return None
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
