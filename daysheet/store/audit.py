"""The append-only log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from daysheet.store.tables import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to what, with what it was before and after. *actor* is "daysheet" or an employee number."""

    action: str
    entity: str
    entity_id: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    actor: str = "daysheet"


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
        connection.execute(audit.insert(), rows)
