"""
Everything that hangs on one customer, a bounded piece at a time and within what somebody may see.

*ids* are always those of the whole family: a customer as read and all that was merged into it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from daysheet.model.access import Scope
from daysheet.model.customers import Customer
from daysheet.model.memory import MergeEvent
from daysheet.store import lookup, merges, scope
from daysheet.store.audit import Entry
from daysheet.store.engine import Connection, chunks
from daysheet.store.tables import (
    assignment,
    audit,
    customer,
    customer_alias,
    customer_external_id,
    customer_field,
    merge_event,
    person,
    review,
    submission,
)

MOST_SAID = 300


@dataclass(frozen=True, slots=True)
class Family:
    """A customer as read, with the ids of all that is stored of it."""

    root: Customer
    ids: tuple[int, ...]


def family(connection: Connection, visible: Scope, customer_id: int) -> Family | None:
    """Return the customer that *customer_id* has become; None where there is none within *visible*."""
    root = lookup.by_ids(connection, [customer_id]).get(customer_id)
    if root is None or not visible_among(connection, visible, {root.id}):
        return None
    query = sa.select(customer.c.id).where(customer.c.root_id == root.id).order_by(customer.c.id)
    return Family(root, tuple(connection.execute(query).scalars()))


def visible_among(connection: Connection, visible: Scope, ids: Collection[int]) -> frozenset[int]:
    """Return those of *ids* that lie within *visible*."""
    if visible.sees_all:
        return frozenset(ids)
    found: set[int] = set()
    for some in chunks(sorted(ids)):
        rows: Sequence[Any] = connection.execute(scope.seen_customers(list(some), visible)).all()
        found |= {row[0] for row in rows}
    return frozenset(found)


# ---- names and values ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NameView:
    """A name it is known by, and since when."""

    id: int
    customer_id: int
    text: str
    source: str
    at: datetime


def names(connection: Connection, ids: Sequence[int], first: int, most: int) -> tuple[NameView, ...]:
    """Return the names of a family, oldest first; the one it began with came from where the customer did."""
    table = customer_alias
    began = sa.case((customer.c.created_by_submission.is_(None), "import"), else_="report")
    source = sa.case((table.c.source == "canonical", began), else_=table.c.source)
    query = (
        sa.select(table.c.id, table.c.customer_id, table.c.text, source, table.c.at)
        .join_from(table, customer, customer.c.id == table.c.customer_id)
        .where(table.c.customer_id.in_(ids))
        .order_by(table.c.id)
        .offset(first)
        .limit(most)
    )
    return tuple(NameView(*row) for row in connection.execute(query))


def external_ids(connection: Connection, ids: Sequence[int]) -> tuple[tuple[str, str], ...]:
    """Return the ids other systems know it by: system and value."""
    table = customer_external_id
    query = sa.select(table.c.system, table.c.value).where(table.c.customer_id.in_(ids))
    rows = connection.execute(query.order_by(table.c.system, table.c.value).limit(50))
    return tuple((row.system, row.value) for row in rows)


@dataclass(frozen=True, slots=True)
class SaidView:
    """Something that was said of a field: by whom, and in which row. *inbound_id* leads to the mail, if it is seen."""

    customer_id: int
    field: str
    value: str
    source: str
    is_proposal: bool
    at: datetime
    person: str = ""
    row_number: int | None = None
    report_date: date | None = None
    inbound_id: int | None = None


def said(connection: Connection, visible: Scope, ids: Sequence[int]) -> tuple[SaidView, ...]:
    """Return what was said of the fields of a family, newest first."""
    table = customer_field
    sees = scope.sees_submission(table.c.submission_id, visible)
    query = (
        sa.select(
            table.c.customer_id,
            table.c.field,
            table.c.value,
            table.c.source,
            table.c.is_proposal,
            table.c.at,
            sa.func.coalesce(person.c.name, ""),
            sa.case((sees, table.c.row_number)),
            sa.case((sees, submission.c.report_date)),
            sa.case((sees, submission.c.inbound_id)),
        )
        .join_from(table, submission, submission.c.id == table.c.submission_id, isouter=True)
        .join(person, person.c.id == table.c.person_id, isouter=True)
        .where(table.c.customer_id.in_(ids))
        .order_by(table.c.id.desc())
        .limit(MOST_SAID)
    )
    rows: Sequence[Any] = connection.execute(query).all()
    return tuple(SaidView(*row) for row in rows)


# ---- people, questions, decisions, log -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AssignedView:
    """Who looks or looked after it."""

    id: int
    person_id: int
    name: str
    number: str
    role: str
    source: str
    from_on: date
    to_on: date | None
    last_report_on: date | None
    is_owner: bool = False


def assigned(connection: Connection, ids: Sequence[int], first: int, most: int) -> tuple[AssignedView, ...]:
    """
    Return who looks after it now, the owner first, then who did. Of several owners the earliest is it.

    Whoever looks after several records that were merged comes once.
    """
    table, twin = assignment, assignment.alias()
    is_over, is_other = table.c.to_on.is_not(None), table.c.role != "owner"
    is_sooner = sa.or_(
        twin.c.from_on < table.c.from_on, sa.and_(twin.c.from_on == table.c.from_on, twin.c.id < table.c.id)
    )
    is_shown_already = sa.exists().where(
        twin.c.customer_id.in_(ids),
        twin.c.person_id == table.c.person_id,
        twin.c.to_on.is_(None),
        sa.or_(sa.and_(twin.c.role == "owner", is_other), sa.and_(twin.c.role == table.c.role, is_sooner)),
    )
    query = (
        sa.select(
            table.c.id,
            table.c.person_id,
            person.c.name,
            person.c.number,
            table.c.role,
            table.c.source,
            table.c.from_on,
            table.c.to_on,
            table.c.last_report_on,
        )
        .join(person, person.c.id == table.c.person_id)
        .where(table.c.customer_id.in_(ids), sa.or_(is_over, ~is_shown_already))
        .order_by(is_over, is_other, table.c.from_on, table.c.id)
        .offset(first)
        .limit(most)
    )
    rows = connection.execute(query).all()
    return tuple(
        AssignedView(*row, is_owner=first == 0 and place == 0 and row.role == "owner" and row.to_on is None)
        for place, row in enumerate(rows)
    )


@dataclass(frozen=True, slots=True)
class QuestionView:
    """An open question about it."""

    id: int
    kind: str
    opened_at: datetime
    candidates: int


def questions(connection: Connection, ids: Sequence[int], first: int, most: int) -> tuple[QuestionView, ...]:
    """Return the open questions, oldest first."""
    query = (
        sa.select(review.c.id, review.c.kind, review.c.opened_at, review.c.detail)
        .where(review.c.customer_id.in_(ids), review.c.state == "open")
        .order_by(review.c.id)
        .offset(first)
        .limit(most)
    )
    return tuple(
        QuestionView(row.id, row.kind, row.opened_at, len(row.detail.get("candidates", ())))
        for row in connection.execute(query)
    )


def merge_events(connection: Connection, ids: Sequence[int], most: int) -> tuple[MergeEvent, ...]:
    """Return the merges that a family took part in, undone ones too, newest first."""
    columns = tuple(merge_event.c[name] for name in MergeEvent.__dataclass_fields__)
    query = sa.select(*columns).where(sa.or_(merge_event.c.winner_id.in_(ids), merge_event.c.loser_id.in_(ids)))
    rows = connection.execute(query.order_by(merge_event.c.id.desc()).limit(most))
    return tuple(MergeEvent(**dict(row._mapping) | {"kept": row.kept or {}}) for row in rows)


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry of the log with its id and the name of whoever did it."""

    id: int
    entry: Entry
    actor: str


def log(connection: Connection, ids: Sequence[int], first: int, most: int) -> tuple[Logged, ...]:
    """Return what happened to a family, newest first."""
    query = (
        sa.select(audit, person.c.name.label("actor_name"))
        .join(person, person.c.number == audit.c.actor, isouter=True)
        .where(audit.c.entity == "customer", audit.c.entity_id.in_(ids))
        .order_by(audit.c.id.desc())
        .offset(first)
        .limit(most)
    )
    return tuple(
        Logged(
            row.id,
            Entry(row.action, row.entity, row.entity_id, row.before, row.after, row.actor, row.at),
            row.actor_name or row.actor,
        )
        for row in connection.execute(query)
    )


def entry(connection: Connection, entry_id: int) -> Logged | None:
    """Return one entry of the log, whatever it is about."""
    query = sa.select(audit, person.c.name.label("actor_name")).join(
        person, person.c.number == audit.c.actor, isouter=True
    )
    row = connection.execute(query.where(audit.c.id == entry_id)).first()
    if row is None:
        return None
    found = Entry(row.action, row.entity, row.entity_id, row.before, row.after, row.actor, row.at)
    return Logged(row.id, found, row.actor_name or row.actor)


def last_entry(connection: Connection, entity: str, entity_id: int) -> int:
    """Return the id of the newest entry about something; 0 where there is none."""
    query = sa.select(sa.func.max(audit.c.id)).where(audit.c.entity == entity, audit.c.entity_id == entity_id)
    return int(connection.scalar(query) or 0)


def named(connection: Connection, visible: Scope, ids: Collection[int]) -> dict[int, str]:
    """Return the names of what *ids* have become, by the ids asked for; those outside are left out."""
    roots = merges.roots_of(connection, ids)
    seen = visible_among(connection, visible, set(roots.values()))
    found = lookup.by_ids(connection, [one for one, root in roots.items() if root in seen])
    return {one: shown.display_name for one, shown in found.items()}


def own_names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the name each customer has of its own, whatever it was merged into; of those known to be seen."""
    found: dict[int, str] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(customer.c.id, customer.c.display_name).where(customer.c.id.in_(some))
        found |= {row.id: row.display_name for row in connection.execute(query)}
    return found
