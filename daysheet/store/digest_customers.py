"""Customers at a period's end: whose they are, how often they were visited, what is asked about them."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from daysheet.model.customers import CustomerStatus
from daysheet.model.facts import Held, Merged, Open
from daysheet.model.template import SheetMeaning
from daysheet.store.digest_sources import COLUMN, LAST, REP, about, owners, shown, streamed
from daysheet.store.engine import Connection, chunks
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import assignment, customer, merge_event, review, submission


def held(
    connection: Connection,
    tables: SheetTables,
    last: date,
    before: datetime,
    begins: Sequence[date],
    since: date,
    first: date,
) -> Iterator[Held]:
    """
    Yield the customers filed *before* the end of *last*, or visited since *first*, with their visits since *first*.

    Visits are also counted from each of *begins* on, and looked at from *since* on for the last one.
    """
    owner = owners(last)
    visited = _visited(tables, first, last, begins, min(since, first, *begins))
    counted = [sa.func.coalesce(column, 0) for column in visited.c if column.name.startswith("from_")]
    query = (
        sa.select(
            customer.c.id,
            shown(customer, "display_name"),
            shown(customer, "level"),
            shown(customer, "city"),
            customer.c.created_at,
            customer.c.status == CustomerStatus.INACTIVE,
            owner.c.person_id,
            sa.func.coalesce(visited.c.in_period, 0),
            visited.c.last_on,
            *counted,
        )
        .join(owner, owner.c.root_id == customer.c.id, isouter=True)
        .join(visited, visited.c.root_id == customer.c.id, isouter=True)
        .where(customer.c.merged_into.is_(None))
        .where(sa.or_(customer.c.created_at < before, visited.c.in_period > 0))
    )
    for row in streamed(connection, query):
        yield Held._make((*row[:_FIXED], tuple(row[_FIXED:])))


def _visited(tables: SheetTables, first: date, last: date, begins: Sequence[date], since: date) -> sa.Subquery:
    """Select the visits by customer: in the period, from each of *begins* on, and the last."""
    names = [f"from_{place}" for place in range(len(begins))]

    def counts(day: COLUMN) -> list[sa.ColumnElement[Any]]:
        from_first = _since(day, first).label("in_period")
        return [from_first, *(_since(day, begin).label(name) for name, begin in zip(names, begins, strict=True))]

    parts = []
    for source in about(tables, SheetMeaning.VISITS):
        day = source.day
        of_report = isinstance(day, sa.Column) and day.table is submission
        rows = source.table
        part = (
            sa.select(rows.c.customer_id, *counts(day), sa.func.max(day).label("last_on"))
            .where(day.between(since, last), source.counts, rows.c.customer_id.is_not(None))
            .group_by(rows.c.customer_id)
        )
        needs_report = of_report or not isinstance(day, sa.Column)
        parts.append(part.join(submission, submission.c.id == rows.c.submission_id) if needs_report else part)
    some = (sa.union_all(*parts) if parts else _never(names)).subquery()
    return (
        sa.select(
            customer.c.root_id,
            _total(some.c.in_period).label("in_period"),
            *(_total(some.c[name]).label(name) for name in names),
            sa.func.max(some.c.last_on).label("last_on"),
        )
        .join_from(some, customer, customer.c.id == some.c.customer_id)
        .group_by(customer.c.root_id)
        .subquery()
    )


def _total(numbers: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Add up counts: PostgreSQL makes a numeric of them, which is no count."""
    return sa.cast(sa.func.sum(numbers), sa.Integer)


def _since(day: COLUMN, begin: date) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((day >= begin, 1), else_=0))


def _never(names: Sequence[str]) -> sa.Select[*tuple[Any, ...]]:
    """Select no visits: no form has a sheet for them."""
    numbers = (sa.literal(0, sa.Integer).label(name) for name in ("in_period", *names))
    nothing = sa.select(
        sa.literal(0, sa.Integer).label("customer_id"), *numbers, sa.cast(sa.null(), sa.Date).label("last_on")
    )
    return nothing.where(sa.false())


def owned_by(connection: Connection, roots: Collection[int], last: date) -> dict[int, int]:
    """Return who owns each of *roots* at the end of *last*; what is nobody's is left out."""
    found: dict[int, int] = {}
    for some in chunks(sorted(roots)):
        owner = owners(last, sa.select(customer.c.id).where(customer.c.id.in_(some)))
        found |= {row.root_id: row.person_id for row in connection.execute(sa.select(owner))}
    return found


# ---- what happened to them -----------------------------------------------------------------------


def merged(connection: Connection, last: date, begin: datetime, end: datetime) -> Iterator[Merged]:
    """Yield the merges made from *begin* until *end* that were not undone."""
    winner, loser, root = customer.alias("winner"), customer.alias("loser"), customer.alias("root")
    happened = (merge_event.c.at >= begin, merge_event.c.at < end, merge_event.c.undone_at.is_(None))
    touched = sa.select(winner.c.root_id).join(merge_event, merge_event.c.winner_id == winner.c.id).where(*happened)
    owner = owners(last, touched)
    query = (
        sa.select(
            winner.c.root_id, owner.c.person_id, shown(root, "display_name"), loser.c.display_name, merge_event.c.at
        )
        .join_from(merge_event, winner, winner.c.id == merge_event.c.winner_id)
        .join(root, root.c.id == winner.c.root_id)
        .join(loser, loser.c.id == merge_event.c.loser_id)
        .join(owner, owner.c.root_id == winner.c.root_id, isouter=True)
        .where(*happened)
        .order_by(merge_event.c.id)
    )
    for row in streamed(connection, query):
        yield Merged(*row)


def open_questions(connection: Connection, last: date, end: datetime) -> Iterator[Open]:
    """Yield the questions to the stewards that were open at *end*, the end of *last*."""
    is_open = (review.c.opened_at < end, sa.or_(review.c.state == "open", review.c.decided_at >= end))
    about_it, root = customer.alias("about_it"), customer.alias("root")
    asked = sa.select(about_it.c.root_id).join(review, review.c.customer_id == about_it.c.id).where(*is_open)
    owner = owners(last, asked)
    query = (
        sa.select(
            review.c.kind,
            about_it.c.root_id,
            shown(root, "display_name"),
            review.c.opened_at,
            submission.c.rep_id,
            owner.c.person_id,
        )
        .join_from(review, about_it, about_it.c.id == review.c.customer_id, isouter=True)
        .join(root, root.c.id == about_it.c.root_id, isouter=True)
        .join(submission, submission.c.id == review.c.submission_id, isouter=True)
        .join(owner, owner.c.root_id == about_it.c.root_id, isouter=True)
        .where(*is_open)
        .order_by(review.c.opened_at, review.c.id)
    )
    for kind, root_id, name, opened_at, rep_id, owner_id in streamed(connection, query):
        yield Open(kind, root_id, name or "", opened_at, rep_id, owner_id)


_FIXED = len(Held._fields) - 1
LOOKED_BACK = timedelta(days=366)
"""How far back the last visit to a customer is looked for: who was not seen for a year was not seen."""


def owned(connection: Connection, person_id: int, last: date, before: datetime) -> tuple[datetime, ...]:
    """Return when each customer that a person owns at the end of *last* was filed; inactive ones are left out."""
    asked = {"rep_id": person_id, "last_on": last, "before": before}
    return tuple(row.created_at for row in connection.execute(_owned(), asked))


@cache
def _owned() -> sa.Select[tuple[datetime]]:
    member = customer.alias("member")
    theirs = (
        sa.select(member.c.root_id)
        .join(assignment, assignment.c.customer_id == member.c.id)
        .where(assignment.c.person_id == REP, assignment.c.role == "owner")
    )
    owner = owners(LAST, theirs)
    return (
        sa.select(customer.c.created_at)
        .join(owner, owner.c.root_id == customer.c.id)
        .where(
            owner.c.person_id == REP,
            customer.c.created_at < sa.bindparam("before", type_=customer.c.created_at.type),
            customer.c.status != CustomerStatus.INACTIVE,
        )
    )
