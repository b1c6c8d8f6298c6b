"""Things an operator must look at, each raised once until it is cleared."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import storable
from daysheet.store.tables import alarm


@dataclass(frozen=True, slots=True)
class Alarm:
    """One open alarm."""

    kind: str
    subject: str
    detail: str
    raised_at: datetime
    id: int = field(default=0, compare=False)


def raise_once(connection: Connection, kind: str, subject: str, detail: str, now: datetime) -> bool:
    """Raise an alarm about *subject* unless one of this kind is open; say whether it is new."""
    subject = storable(subject[:500])
    same = sa.and_(alarm.c.kind == kind, alarm.c.subject == subject, alarm.c.cleared_at.is_(None))
    if connection.execute(sa.select(alarm.c.id).where(same)).first():
        return False
    connection.execute(alarm.insert().values(kind=kind, subject=subject, detail=storable(detail[:1000]), raised_at=now))
    return True


def clear(connection: Connection, kind: str, subject: str, now: datetime) -> None:
    """Close the open alarm of this kind about *subject*, if there is one."""
    subject = storable(subject[:500])
    same = sa.and_(alarm.c.kind == kind, alarm.c.subject == subject, alarm.c.cleared_at.is_(None))
    connection.execute(alarm.update().where(same).values(cleared_at=now))


def clear_some(connection: Connection, ids: Collection[int] | None, now: datetime) -> frozenset[int]:
    """Close the open alarms *ids* (None: all of them); return those that were open."""
    chosen = alarm.c.cleared_at.is_(None) if ids is None else sa.and_(alarm.c.cleared_at.is_(None), alarm.c.id.in_(ids))
    found = frozenset(connection.execute(sa.select(alarm.c.id).where(chosen)).scalars())
    connection.execute(alarm.update().where(chosen).values(cleared_at=now))
    return found


def open_alarms(connection: Connection, limit: int = 100) -> tuple[Alarm, ...]:
    """Return the open alarms, newest first."""
    query = (
        sa.select(alarm)
        .where(alarm.c.cleared_at.is_(None))
        .order_by(alarm.c.raised_at.desc(), alarm.c.id.desc())
        .limit(limit)
    )
    return tuple(Alarm(row.kind, row.subject, row.detail, row.raised_at, row.id) for row in connection.execute(query))
