"""The append-only log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import storable
from daysheet.store.rows import insert_rows
from daysheet.store.tables import audit

LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Who did what to what, with what it was before and after.

    *actor* is "daysheet" or an employee number; *at* and *id* are filled in when it is read back.
    """

    action: str
    entity: str
    entity_id: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    actor: str = "daysheet"
    at: datetime | None = None
    id: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries of the log; what is empty does not limit. *since* counts, *until* no longer does."""

    actors: Sequence[str] = ()
    action: str = ""
    entity: str = ""
    entity_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


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
    return tuple(_entry(row) for row in connection.execute(query.order_by(audit.c.id.desc()).limit(limit)))


def _entry(row: Any) -> Entry:
    return Entry(row.action, row.entity, row.entity_id, row.before, row.after, row.actor, row.at, row.id)


def entries(
    connection: Connection, wanted: Wanted, limit: int, *, before: int | None = None, after: int | None = None
) -> tuple[Entry, ...]:
    """Return entries, newest first: the newest of all, those older than the id *before*, or just newer than *after*."""
    query = sa.select(audit).where(*_conditions(wanted)).limit(limit)
    place = sa.tuple_(audit.c.at, audit.c.id)
    if after is not None:
        found = connection.execute(query.where(place > _place(connection, after)).order_by(audit.c.at, audit.c.id))
        return tuple(_entry(row) for row in reversed(found.all()))
    if before is not None:
        query = query.where(place < _place(connection, before))
    return tuple(_entry(row) for row in connection.execute(query.order_by(audit.c.at.desc(), audit.c.id.desc())))


def _place(connection: Connection, entry_id: int) -> sa.Tuple:
    """Return where an entry stands; one that is not there stands where the next one does."""
    query = sa.select(audit.c.at).where(audit.c.id >= entry_id).order_by(audit.c.id).limit(1)
    at = connection.scalar(query) or LAST
    return sa.tuple_(sa.literal(at, audit.c.at.type), sa.literal(entry_id, audit.c.id.type))


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.actors:
        found.append(audit.c.actor.in_([storable(actor) for actor in wanted.actors]))
    if wanted.action:
        found.append(audit.c.action == storable(wanted.action))
    if wanted.entity:
        found.append(audit.c.entity == storable(wanted.entity))
    if wanted.entity_id is not None:
        found.append(audit.c.entity_id == wanted.entity_id)
    if wanted.since is not None:
        found.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(audit.c.at < wanted.until)
    return found


def kinds(connection: Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return every action and every entity of the log, each read off its index without going through all entries."""
    return _distinct(connection, audit.c.action), _distinct(connection, audit.c.entity)


def _distinct(connection: Connection, column: sa.Column[str]) -> tuple[str, ...]:
    first = sa.select(sa.func.min(column).label("value")).cte("found", recursive=True)
    following = sa.select(sa.func.min(column)).where(column > first.c.value).scalar_subquery()
    found = first.union_all(sa.select(following).where(first.c.value.is_not(None)))
    return tuple(connection.execute(sa.select(found.c.value).where(found.c.value.is_not(None))).scalars())
