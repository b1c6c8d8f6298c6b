"""What programs read, kept to what somebody may see: by id, so that a next page is where the last one ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.access import Scope
from daysheet.model.customers import Customer
from daysheet.model.memory import ReviewKind, ReviewState
from daysheet.model.rows import COUNTING
from daysheet.store import customers, lookup
from daysheet.store.scope import seen_roots, sees_customer
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import customer, person, review, submission


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A typed row of a report; *values* are the form's columns."""

    sheet: str
    row_number: int
    state: str
    submission_id: int
    report_date: date | None
    rep: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class ReadSubmission:
    """One workbook as filed; *rep* is an employee number, "" where nobody knows whose it is."""

    id: int
    rep: str
    report_date: date | None
    template_id: str
    revision: int
    is_current: bool
    is_waiting: bool
    state: str
    reason: str
    file_name: str
    rows_landed: int
    rows_parked: int
    received_at: datetime


def customers_after(
    connection: Connection, tables: SheetTables, scope: Scope, after: int, limit: int
) -> tuple[Customer, ...]:
    """Return the listed customers within *scope* with an id above *after*."""
    query = sa.select(*lookup.COLUMNS).where(customer.c.id > after, customers.is_listed(tables))
    if not scope.sees_all:
        query = query.where(customer.c.id.in_(seen_roots(scope)))
    rows = connection.execute(query.order_by(customer.c.id).limit(limit)).mappings()
    return tuple(lookup.to_customer(dict(row)) for row in rows)


# ---- rows --------------------------------------------------------------------------------------


def rows_of(
    connection: Connection, tables: SheetTables, scope: Scope, root_id: int, *, first: int, most: int
) -> tuple[ReadRow, ...]:
    """Return the rows that count of a customer and all merged into it, of reps within *scope*; newest report first."""
    family = sa.select(customer.c.id).where(customer.c.root_id == root_id)
    own = sa.true() if scope.sees_all else submission.c.rep_id.in_(sorted(scope.person_ids))
    parts = [
        sa.select(
            sa.literal(key).label("sheet"),
            table.c.id,
            table.c.row_number,
            submission.c.id.label("submission_id"),
            submission.c.report_date,
            person.c.number.label("rep"),
        )
        .join_from(table, submission, submission.c.id == table.c.submission_id)
        .join(person, person.c.id == submission.c.rep_id, isouter=True)
        .where(table.c.customer_id.in_(family), table.c.state.in_(COUNTING), own)
        for key, table in ((key, tables.table(key)) for key in tables.keys)
    ]
    found = sa.union_all(*parts).subquery()
    order = (found.c.report_date.desc(), found.c.submission_id.desc(), found.c.sheet, found.c.row_number)
    places = connection.execute(sa.select(found).order_by(*order).offset(first).limit(most)).all()
    typed = _typed(connection, tables, places)
    return tuple(
        ReadRow(one.sheet, one.row_number, state, one.submission_id, one.report_date, one.rep or "", values)
        for one in places
        for state, values in (typed[one.sheet, one.id],)
    )


def _typed(
    connection: Connection, tables: SheetTables, places: Sequence[Any]
) -> dict[tuple[str, int], tuple[str, dict[str, object]]]:
    found: dict[tuple[str, int], tuple[str, dict[str, object]]] = {}
    for key in {one.sheet for one in places}:
        table = tables.table(key)
        query = sa.select(table).where(table.c.id.in_([one.id for one in places if one.sheet == key]))
        for row in connection.execute(query).mappings():
            found[key, row["id"]] = row["state"], dict(tables.from_row(key, dict(row)).values)
    return found


# ---- questions and reports -----------------------------------------------------------------------


def reviews_after(
    connection: Connection, scope: Scope, state: ReviewState | None, kind: ReviewKind | None, after: int, limit: int
) -> tuple[int, ...]:
    """Return the ids of questions about customers within *scope*, above *after*."""
    query = sa.select(review.c.id).where(review.c.id > after, review.c.customer_id.is_not(None))
    if state is not None:
        query = query.where(review.c.state == state)
    if kind is not None:
        query = query.where(review.c.kind == kind)
    if not scope.sees_all:
        query = query.join(customer, customer.c.id == review.c.customer_id)
        query = query.where(sees_customer(customer.c.root_id, scope))
    return tuple(connection.execute(query.order_by(review.c.id).limit(limit)).scalars())


def submissions_after(
    connection: Connection,
    scope: Scope,
    *,
    rep: str = "",
    since: date | None = None,
    until: date | None = None,
    after: int = 0,
    limit: int = 50,
) -> tuple[ReadSubmission, ...]:
    """Return reports of reps within *scope* with an id above *after*; the days are those reported on, both count."""
    own = [submission.c[name] for name in ReadSubmission.__dataclass_fields__ if name != "rep"]
    query = (
        sa.select(person.c.number.label("rep"), *own)
        .join_from(submission, person, person.c.id == submission.c.rep_id, isouter=True)
        .where(submission.c.id > after)
    )
    if rep:
        query = query.where(person.c.number == rep)
    if since is not None:
        query = query.where(submission.c.report_date >= since)
    if until is not None:
        query = query.where(submission.c.report_date <= until)
    if not scope.sees_all:
        query = query.where(submission.c.rep_id.in_(sorted(scope.person_ids)))
    rows = connection.execute(query.order_by(submission.c.id).limit(limit))
    return tuple(ReadSubmission(**dict(row._mapping) | {"rep": row.rep or ""}) for row in rows)
