"""The append-only log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.rows import insert_rows
from daysheet.store.tables import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Who did what to what, with what it was before and after.

    *actor* is "daysheet" or an employee number; *at* is filled in when it is read back.
    """

    action: str
    entity: str
    entity_id: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    actor: str = "daysheet"
    at: datetime | None = None


def append(connection: Connection, entries: Sequence[Entry], now: datetime) -> None:
    """Write *entries*; nothing in this table is ever changed."""
    if entries:
        rows = [
            {
                "at": now,
                "actor": entry.actor,
                "action": entry.action,
                "entity": entry.entity,
                "entity_id": entry.entity_id,
                "before": dict(entry.before) if entry.before is not None else None,
                "after": dict(entry.after) if entry.after is not None else None,
            }
            for entry in entries
        ]
        insert_rows(connection, audit, rows)


def history(connection: Connection, entity: str, entity_id: int, limit: int = 200) -> tuple[Entry, ...]:
    """Return what happened to one thing, newest first."""
    query = sa.select(audit).where(audit.c.entity == entity, audit.c.entity_id == entity_id)
    return tuple(
        Entry(row.action, row.entity, row.entity_id, row.before, row.after, row.actor, row.at)
        for row in connection.execute(query.order_by(audit.c.id.desc()).limit(limit))
    )
