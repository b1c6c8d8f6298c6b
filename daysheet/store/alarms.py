"""Things an operator must look at, each raised once until it is cleared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import storable
from daysheet.store.tables import alarm

RESTLESS = timedelta(hours=1)
"""What begins again sooner than this after it was over tells nothing new, until it has lasted as long."""
AT_ONCE = 1000
"""Alarms that are looked at together."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """
    One alarm. *times* is how often this one was raised so far.

    *told_at* and *end_told_at* are when administrators were mailed that it began, and that it is over.
    """

    kind: str
    subject: str
    detail: str
    raised_at: datetime
    id: int = field(default=0, compare=False)
    cleared_at: datetime | None = field(default=None, compare=False)
    told_at: datetime | None = field(default=None, compare=False)
    end_told_at: datetime | None = field(default=None, compare=False)
    times: int = field(default=1, compare=False)


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
    """Close the open alarms *ids* (None: all of them) for a person, who need not be told; return those that were."""
    chosen = alarm.c.cleared_at.is_(None) if ids is None else sa.and_(alarm.c.cleared_at.is_(None), alarm.c.id.in_(ids))
    found = frozenset(connection.execute(sa.select(alarm.c.id).where(chosen)).scalars())
    connection.execute(alarm.update().where(chosen).values(cleared_at=now, end_told_at=now))
    return found


# ---- what is as it is now ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changes:
    """How the open alarms of a kind differ from what is so now: subjects, and details, to write."""

    raised: Mapping[str, str] = field(default_factory=dict)
    reworded: Mapping[int, str] = field(default_factory=dict)
    cleared: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.raised or self.reworded or self.cleared)


def compare(connection: Connection, kind: str, now_so: Mapping[str, str]) -> Changes:
    """Return what to write so that the open alarms of *kind* are those of *now_so*, subject → detail."""
    wanted = {storable(subject[:500]): storable(detail[:1000]) for subject, detail in now_so.items()}
    query = sa.select(alarm.c.id, alarm.c.subject, alarm.c.detail).where(
        alarm.c.kind == kind, alarm.c.cleared_at.is_(None)
    )
    rows = connection.execute(query).all()
    known = {row.subject for row in rows}
    return Changes(
        raised={subject: detail for subject, detail in wanted.items() if subject not in known},
        reworded={row.id: wanted[row.subject] for row in rows if wanted.get(row.subject, row.detail) != row.detail},
        cleared=tuple(row.id for row in rows if row.subject not in wanted),
    )


def write(connection: Connection, kind: str, changes: Changes, now: datetime) -> None:
    """Write *changes* to the alarms of *kind*."""
    new = [{"kind": kind, "subject": one, "detail": said, "raised_at": now} for one, said in changes.raised.items()]
    if new:
        connection.execute(alarm.insert(), new)
    for alarm_id, detail in changes.reworded.items():
        connection.execute(alarm.update().where(alarm.c.id == alarm_id).values(detail=detail))
    if changes.cleared:
        connection.execute(alarm.update().where(alarm.c.id.in_(changes.cleared)).values(cleared_at=now))


# ---- what is shown -------------------------------------------------------------------------------


def open_alarms(connection: Connection, limit: int = 100) -> tuple[Alarm, ...]:
    """Return the open alarms, newest first."""
    return _found(connection, alarm.c.cleared_at.is_(None), limit)


def open_of(connection: Connection, kind: str) -> tuple[Alarm, ...]:
    """Return the open alarms of a kind, newest first."""
    return _found(connection, sa.and_(alarm.c.kind == kind, alarm.c.cleared_at.is_(None)), AT_ONCE)


def latest(connection: Connection, limit: int = 100) -> tuple[Alarm, ...]:
    """Return alarms, open or over, newest first."""
    return _found(connection, sa.true(), limit)


def _found(connection: Connection, where: sa.ColumnElement[bool], limit: int) -> tuple[Alarm, ...]:
    query = _alarms().where(where).order_by(alarm.c.raised_at.desc(), alarm.c.id.desc()).limit(limit)
    return tuple(Alarm(**row) for row in connection.execute(query).mappings())


def _alarms() -> sa.Select[Any]:
    other = alarm.alias()
    same = sa.and_(other.c.kind == alarm.c.kind, other.c.subject == alarm.c.subject, other.c.id <= alarm.c.id)
    times = sa.select(sa.func.count()).select_from(other).where(same).scalar_subquery()
    columns = [alarm.c[name] for name in Alarm.__dataclass_fields__ if name != "times"]
    return sa.select(*columns, times.label("times"))


def counts(connection: Connection) -> dict[str, int]:
    """Return how many alarms of each kind are open."""
    query = sa.select(alarm.c.kind, sa.func.count()).where(alarm.c.cleared_at.is_(None)).group_by(alarm.c.kind)
    return {row[0]: row[1] for row in connection.execute(query)}


# ---- what is mailed ------------------------------------------------------------------------------


def begun(connection: Connection, now: datetime) -> tuple[Alarm, ...]:
    """
    Return the open alarms that administrators are to hear of, oldest first.

    One that begins again soon after it was over waits until it has lasted: they were told, and it may end again.
    """
    other = alarm.alias()
    ended = (
        sa.select(sa.func.max(other.c.cleared_at))
        .where(other.c.kind == alarm.c.kind, other.c.subject == alarm.c.subject)
        .where(other.c.id < alarm.c.id, other.c.told_at.is_not(None))
        .scalar_subquery()
    )
    query = (
        _alarms()
        .add_columns(sa.type_coerce(ended, alarm.c.cleared_at.type).label("ended_at"))
        .where(alarm.c.cleared_at.is_(None), alarm.c.told_at.is_(None))
        .order_by(alarm.c.raised_at, alarm.c.id)
        .limit(AT_ONCE)
    )
    found = []
    for row in connection.execute(query).mappings():
        values = dict(row)
        ended_at = values.pop("ended_at")
        one = Alarm(**values)
        is_restless = ended_at is not None and ended_at > one.raised_at - RESTLESS
        if not is_restless or now - max(one.raised_at, ended_at) >= RESTLESS:
            found.append(one)
    return tuple(found)


def ended(connection: Connection, kinds: Collection[str]) -> tuple[Alarm, ...]:
    """Return the alarms of *kinds* that are over, where administrators heard of the beginning only."""
    told = sa.and_(alarm.c.told_at.is_not(None), alarm.c.cleared_at.is_not(None), alarm.c.end_told_at.is_(None))
    query = _alarms().where(told, alarm.c.kind.in_(sorted(kinds))).order_by(alarm.c.raised_at, alarm.c.id)
    return tuple(Alarm(**row) for row in connection.execute(query.limit(AT_ONCE)).mappings())


def last_told(connection: Connection, kinds: Collection[str]) -> datetime | None:
    """Return when administrators last heard of an alarm of one of *kinds*."""
    query = sa.select(sa.func.max(alarm.c.told_at)).where(alarm.c.kind.in_(sorted(kinds)))
    found: datetime | None = connection.scalar(query)
    return found


def mark_told(connection: Connection, begun_ids: Collection[int], ended_ids: Collection[int], now: datetime) -> None:
    """Note that administrators were mailed of beginnings and ends."""
    connection.execute(alarm.update().where(alarm.c.id.in_(begun_ids)).values(told_at=now))
    connection.execute(alarm.update().where(alarm.c.id.in_(ended_ids)).values(end_told_at=now))
