"""The log as an administrator reads it: who did what, when, and what it was before and after."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from daysheet.services.access import Visitor
from daysheet.services.customers import safe_cell
from daysheet.services.tools import Tools
from daysheet.store import audit, people, staff
from daysheet.store.audit import Entry
from daysheet.store.engine import Connection

__all__ = ["Asked", "Change", "Entry", "Log", "changes", "export", "read"]

PAGE = 50
MOST_EXPORTED = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries somebody asks for; what is empty does not limit. Days are the visitor's, both count."""

    actor: str = ""  # employee number or part of a name; "daysheet" and "operator" too
    action: str = ""
    entity: str = ""
    entity_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """A page of the log. *older* and *newer* are where the next pages begin, None at the ends."""

    entries: tuple[Entry, ...]
    older: int | None
    newer: int | None
    actors: Mapping[str, str]  # employee number → name
    people: Mapping[int, tuple[str, str]]  # of entries about people: id → number, name
    actions: tuple[str, ...]
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an entry. None: it was not there."""

    field: str
    before: str | None
    after: str | None


def read(tools: Tools, visitor: Visitor, asked: Asked, *, before: int | None = None, after: int | None = None) -> Log:
    """Return a page, newest first: the newest, what is older than the id *before*, or just newer than *after*."""
    with tools.database.reading() as connection:
        wanted = _wanted(connection, tools, visitor, asked)
        found = audit.entries(connection, wanted, PAGE + 1, before=before, after=after)
        has_more = len(found) > PAGE
        shown = found[-PAGE:] if after is not None else found[:PAGE]
        is_first = not (has_more if after is not None else before is not None)
        is_last = not (True if after is not None else has_more)
        actions, entities = audit.kinds(connection)
        about = {one.entity_id for one in shown if one.entity == "person" and one.entity_id is not None}
        known = people.find_by_ids(connection, about)
        return Log(
            entries=shown,
            older=None if is_last or not shown else shown[-1].id,
            newer=None if is_first or not shown else shown[0].id,
            actors=staff.names_of(connection, {one.actor for one in shown}),
            people={one.id: (one.number, one.name) for one in known.values()},
            actions=actions,
            entities=entities,
        )


def export(tools: Tools, visitor: Visitor, asked: Asked) -> bytes:
    """Return the newest entries asked for, 10,000 at the most, as CSV that a spreadsheet reads and does not run."""
    with tools.database.reading() as connection:
        found = audit.entries(connection, _wanted(connection, tools, visitor, asked), MOST_EXPORTED)
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(("id", "at", "actor", "action", "entity", "entity_id", "before", "after"))
    for one in found:
        at = one.at.isoformat(timespec="seconds") if one.at else ""
        written = (one.id, at, one.actor, one.action, one.entity, one.entity_id, _json(one.before), _json(one.after))
        lines.writerow([safe_cell(value) for value in written])
    return out.getvalue().encode("utf-8-sig")


def changes(entry: Entry) -> tuple[Change, ...]:
    """Return what an entry says field by field: what was and what is, as short texts; what stayed is left out."""
    before, after = (dict(side) | dict(side.get("fields") or {}) for side in (entry.before or {}, entry.after or {}))
    for side in (before, after):
        side.pop("fields", None)  # of a customer that was edited: told one by one
    fields = dict.fromkeys((*before, *after))
    told = (Change(field, _short(before, field), _short(after, field)) for field in fields)
    return tuple(one for one in told if one.before != one.after)


def _short(values: Mapping[str, Any], field: str) -> str | None:
    value = values.get(field)
    if value is None or value is False or value in ("", [], {}):
        return None
    if isinstance(value, str):
        return value
    if value is True:
        return "✓"
    if isinstance(value, Sequence) and all(isinstance(one, str | int) for one in value):
        return ", ".join(str(one) for one in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _json(value: Mapping[str, Any] | None) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _wanted(connection: Connection, tools: Tools, visitor: Visitor, asked: Asked) -> audit.Wanted:
    zone = ZoneInfo(visitor.person.timezone or tools.house.zone)
    actors: tuple[str, ...] = ()
    if asked.actor:
        actors = (asked.actor, *staff.numbers_like(connection, asked.actor))
    return audit.Wanted(
        actors=actors,
        action=asked.action,
        entity=asked.entity,
        entity_id=asked.entity_id,
        since=_midnight(asked.since, zone),
        until=_midnight(asked.until, zone, days=1),
    )


def _midnight(day: date | None, zone: ZoneInfo, days: int = 0) -> datetime | None:
    """Return when a day begins; the very last day of all has no next one."""
    if day is None or (days and day > date.max - timedelta(days=2)):
        return None
    if day < date.min + timedelta(days=2):
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=days), time.min, zone).astimezone(UTC)
