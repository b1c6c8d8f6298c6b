"""
Search customers as a person types: part of a name, initials of its pinyin, a code, an id.

Names are looked through from end to end; that takes a few hundredths of a second for a hundred
thousand, and keeps no index of parts of names up to date.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from daysheet.model.access import Scope
from daysheet.model.customers import Customer, CustomerStatus
from daysheet.naming.initials import as_typed
from daysheet.store import assignments, lookup, renewal, scope
from daysheet.store.engine import Connection, chunks
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import (
    assignment,
    customer,
    customer_alias,
    customer_external_id,
    person,
    review,
)

MOST_RANKED = 1_000
"""Hits that are put in order; whoever gets as many types more."""
LOOKED_AT = 10_000
"""Names that may contain the text without being listed before the search gives up: the text is too short."""
FEW = 8_000
"""Customers that are looked through themselves, where a scope or an owner has no more."""
_LONGEST_ID = 18
_SHORTEST_INITIALS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: a text and filters; empty ones let everything through. *owner* is an employee number."""

    text: str = ""
    status: str = ""
    level: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer in a list."""

    customer: Customer
    owner: str = ""
    owner_number: str = ""
    last_report_on: date | None = None
    questions: int = 0


def shown(name: str) -> sa.ColumnElement[str]:
    """What a customer shows of a field: of a merged one, what survived."""
    return sa.func.coalesce(customer.c.survived[(name, "value")].as_string(), customer.c[name])


def find(
    connection: Connection,
    tables: SheetTables,
    visible: Scope,
    wanted: Wanted,
    *,
    first: int = 0,
    most: int = 50,
) -> tuple[Hit, ...]:
    """
    Return the listed customers that fit, from the place *first* on.

    With a text: who it is exactly comes first, then short names before long ones; without one, the
    newest customers.
    """
    pool = _pool(connection, visible, wanted)
    typed = wanted.text.strip()
    if typed:
        ids = _ranked(connection, tables, pool, typed)[first : first + most]
    else:
        ids = _newest(connection, tables, pool, first + most)[first:]
    return _hits(connection, ids)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Who comes into question: *ids* where that is few, else whoever fulfils the *conditions*; cheap ones first."""

    conditions: tuple[sa.ColumnElement[bool], ...]
    ids: tuple[int, ...] | None = None


def _pool(connection: Connection, visible: Scope, wanted: Wanted) -> _Pool:
    conditions: list[sa.ColumnElement[bool]] = [customer.c.root_id == customer.c.id]
    if wanted.status:
        conditions.append(shown("status") == wanted.status)
    if wanted.level:
        conditions.append(shown("level") == wanted.level)
    few = None
    if wanted.owner:
        owned = (
            sa.select(customer.c.root_id)
            .join_from(assignment, customer, assignment.c.customer_id == customer.c.id)
            .join(person, person.c.id == assignment.c.person_id)
            .where(person.c.number == wanted.owner, assignments.is_owner())
        )
        few = _few(connection, owned)
        if few is None:
            conditions.append(customer.c.id.in_(owned))
    if not visible.sees_all:
        seen = _few(connection, scope.seen_roots(visible))
        if seen is None:
            conditions.append(scope.sees_customer(customer.c.id, visible))
        else:
            few = seen if few is None else tuple(sorted({*few} & {*seen}, reverse=True))
    return _Pool(tuple(conditions), few)


def _few(connection: Connection, roots: sa.Select[Any]) -> tuple[int, ...] | None:
    """Return *roots*, newest first, where they are few."""
    found = list(connection.execute(roots.limit(FEW)).scalars())
    return tuple(sorted(set(found), reverse=True)) if len(found) < FEW else None


def _fitting(connection: Connection, tables: SheetTables, pool: _Pool, ids: Sequence[int]) -> list[Any]:
    """Return those of *ids* that fulfil the conditions and are listed."""
    query = sa.select(*_COLUMNS).where(among(connection, customer.c.id, ids), *pool.conditions)
    rows = connection.execute(query).all()
    return _listed(connection, tables, rows)


def _listed(connection: Connection, tables: SheetTables, rows: Sequence[Any]) -> list[Any]:
    """Leave out of *rows* the provisional customers that lost all their rows: the others need no look."""
    doubtful = {row.id for row in rows if row.status == CustomerStatus.PROVISIONAL}
    listed = renewal.listed_among(connection, tables, doubtful) if doubtful else frozenset()
    return [row for row in rows if row.id not in doubtful or row.id in listed]


_COLUMNS = (customer.c.id, customer.c.display_name, customer.c.status)


def _newest(connection: Connection, tables: SheetTables, pool: _Pool, most: int) -> list[int]:
    if pool.ids is not None:
        chosen: list[int] = []
        for some in chunks(pool.ids):
            if len(chosen) < most:
                fitting = {row.id for row in _fitting(connection, tables, pool, some)}
                chosen += [one for one in some if one in fitting]
        return chosen[:most]
    found: list[int] = []
    last: int | None = None
    while len(found) < most:
        query = sa.select(*_COLUMNS).where(*pool.conditions).order_by(customer.c.id.desc()).limit(max(most, 100))
        rows = list(connection.execute(query if last is None else query.where(customer.c.id < last)))
        if not rows:
            break
        last = rows[-1].id
        found += [row.id for row in _listed(connection, tables, rows)]
    return found[:most]


def _ranked(connection: Connection, tables: SheetTables, pool: _Pool, typed: str) -> list[int]:
    """Return who fits the text: exact hits first, then by the length of the name."""
    exact = set(connection.execute(_exact(typed).limit(MOST_RANKED)).scalars())
    if pool.ids is not None:
        exact &= set(pool.ids)
    found: dict[int, Any] = {}
    for ids in ([sorted(exact)], _named(connection, pool, typed)):
        for some in ids:
            found |= {row.id: row for row in _fitting(connection, tables, pool, some)}
            if len(found) >= MOST_RANKED:
                break
    ranked = sorted(found.values(), key=lambda row: (row.id not in exact, len(row.display_name), row.id))
    return [row.id for row in ranked[:MOST_RANKED]]


def _named(connection: Connection, pool: _Pool, typed: str) -> Iterator[list[int]]:
    """Give the customers one of whose names has the text, some at a time."""
    is_named = _is_named(connection, typed)
    member = customer.alias("member")
    if pool.ids is not None:
        for some in chunks(pool.ids, MOST_RANKED):
            query = (
                sa.select(member.c.root_id)
                .join_from(customer_alias, member, member.c.id == customer_alias.c.customer_id)
                .where(among(connection, member.c.root_id, some), is_named)
                .distinct()
            )
            yield list(connection.execute(query).scalars())
        return
    last, looked_at = 0, 0
    while looked_at < LOOKED_AT:
        # names only: what else is asked of a customer is asked of these few, whatever the database makes of it
        query = sa.select(customer_alias.c.id, customer_alias.c.customer_id).where(is_named, customer_alias.c.id > last)
        rows = list(connection.execute(query.order_by(customer_alias.c.id).limit(MOST_RANKED)))
        if not rows:
            return
        last, looked_at = rows[-1].id, looked_at + len(rows)
        owners = among(connection, customer.c.id, {row.customer_id for row in rows})
        yield list(connection.execute(sa.select(customer.c.root_id).where(owners).distinct()).scalars())
        if len(rows) < MOST_RANKED:
            return


def _exact(typed: str) -> sa.CompoundSelect[Any]:
    """Select the customers that have exactly this name, code or id."""
    member = customer.alias("exact")
    roots = sa.select(member.c.root_id)
    letters = as_typed(typed)
    names = [customer_alias.c.text == typed]
    if len(letters) >= _SHORTEST_INITIALS and typed.isascii():
        names.append(customer_alias.c.initials == letters)
    parts: list[sa.Select[Any]] = [
        roots.join(customer_alias, customer_alias.c.customer_id == member.c.id).where(name) for name in names
    ]
    parts.append(roots.where(member.c.credit_code == typed.upper()))
    parts.append(
        roots.join(customer_external_id, customer_external_id.c.customer_id == member.c.id).where(
            customer_external_id.c.value == typed
        )
    )
    digits = typed.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_ID:
        parts.append(roots.where(member.c.id == int(digits)))
    return sa.union(*parts)


def _is_named(connection: Connection, typed: str) -> sa.ColumnElement[bool]:
    """The name contains what was typed, or its initials begin with it."""
    column = customer_alias.c.text
    part = f"%{escaped(typed)}%"
    # SQLite's LIKE knows no case of ASCII letters, and folding every name first takes twice as long; of
    # Chinese there is none to know
    has_case = typed.lower() != typed.upper() and connection.dialect.name != "sqlite"
    contains = column.ilike(part, escape="\\") if has_case else column.like(part, escape="\\")
    letters = as_typed(typed)
    if not typed.isascii() or len(letters) < _SHORTEST_INITIALS:
        return contains
    # initials keep Latin letters as they are: one look at them leaves few names to look at closer
    initials = customer_alias.c.initials
    return sa.and_(initials.like(f"%{letters}%"), sa.or_(initials.like(f"{letters}%"), contains))


def among(connection: Connection, column: sa.ColumnElement[int], ids: Collection[int]) -> sa.ColumnElement[bool]:
    """
    The condition that *column* is one of *ids*, however many, as one parameter.

    A list of a thousand parameters takes longer to prepare than the search itself.
    """
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import ARRAY

        return column == sa.any_(sa.literal(list(ids), ARRAY(sa.BigInteger)))
    listed = sa.func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(sa.select(listed.c.value))


def escaped(text: str) -> str:
    """Return *text* as LIKE takes it for itself, with a backslash as the escape."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# ---- what a list shows besides -------------------------------------------------------------------


def _hits(connection: Connection, ids: Sequence[int]) -> tuple[Hit, ...]:
    found = lookup.by_ids(connection, ids)
    owners = owners_of(connection, ids)
    last = last_reports(connection, ids)
    questions = open_questions(connection, ids)
    return tuple(
        Hit(found[one], *owners.get(one, ("", "")), last.get(one), questions.get(one, 0)) for one in ids if one in found
    )


def owners_of(connection: Connection, roots: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return, by customer as read, its owner's name and employee number."""
    found: dict[int, tuple[str, str]] = {}
    for some in chunks(sorted(roots)):
        query = (
            sa.select(customer.c.root_id, person.c.name, person.c.number)
            .join_from(assignment, customer, assignment.c.customer_id == customer.c.id)
            .join(person, person.c.id == assignment.c.person_id)
            .where(customer.c.root_id.in_(some), assignments.is_owner())
        )
        found |= {row.root_id: (row.name, row.number) for row in connection.execute(query)}
    return found


def last_reports(connection: Connection, roots: Collection[int]) -> dict[int, date]:
    """Return, by customer as read, the day of the last report about it."""
    return _by_root(
        connection,
        roots,
        lambda: (
            sa.select(customer.c.root_id, sa.func.max(assignment.c.last_report_on))
            .join_from(assignment, customer, assignment.c.customer_id == customer.c.id)
            .where(assignment.c.last_report_on.is_not(None))
        ),
    )


def open_questions(connection: Connection, roots: Collection[int]) -> dict[int, int]:
    """Return, by customer as read, how many questions about it are open."""
    return _by_root(
        connection,
        roots,
        lambda: (
            sa.select(customer.c.root_id, sa.func.count())
            .join_from(review, customer, review.c.customer_id == customer.c.id)
            .where(review.c.state == "open")
        ),
    )


def _by_root(connection: Connection, roots: Collection[int], query: Any) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for some in chunks(sorted(roots)):
        asked = query().where(customer.c.root_id.in_(some)).group_by(customer.c.root_id)
        found |= {row[0]: row[1] for row in connection.execute(asked)}
    return found


def aliases_of(connection: Connection, roots: Collection[int]) -> Mapping[int, list[str]]:
    """Return, by customer as read, every name it is known by."""
    found: dict[int, list[str]] = {}
    for some in chunks(sorted(roots)):
        query = (
            sa.select(customer.c.root_id, customer_alias.c.text)
            .join_from(customer_alias, customer, customer_alias.c.customer_id == customer.c.id)
            .where(customer.c.root_id.in_(some))
            .order_by(customer_alias.c.id)
        )
        for row in connection.execute(query):
            found.setdefault(row.root_id, []).append(row.text)
    return found
