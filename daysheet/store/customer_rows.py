"""
The rows that reports have brought of one customer, a bounded piece at a time, and what they come to.

*ids* are always those of the whole family: a customer as read and all that was merged into it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from daysheet.model.access import Scope
from daysheet.model.rows import COUNTING
from daysheet.store import scope
from daysheet.store.engine import Connection, chunks
from daysheet.store.plans import plan_of
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import (
    assignment,
    contact,
    customer,
    customer_alias,
    customer_relation,
    opportunity,
    person,
    submission,
)


@dataclass(frozen=True, slots=True)
class RowView:
    """A stored row of a report, with the mail it came in."""

    sheet: str
    id: int
    row_number: int
    state: str
    values: Mapping[str, Any]
    report_date: date | None
    rep: str
    rep_number: str
    inbound_id: int
    events: int = 1  # how often an opportunity or a plan was reported


_FROM = (
    submission.c.report_date.label("of_date"),
    submission.c.inbound_id.label("of_inbound"),
    person.c.name.label("of_rep"),
    person.c.number.label("of_number"),
)


def sheet_rows(
    connection: Connection, tables: SheetTables, visible: Scope, ids: Sequence[int], key: str, first: int, most: int
) -> tuple[RowView, ...]:
    """Return the rows of one sheet that count, newest report first."""
    table = tables.table(key)
    query = (
        sa.select(table, *_FROM)
        .join(submission, submission.c.id == table.c.submission_id)
        .join(person, person.c.id == submission.c.rep_id, isouter=True)
        .where(
            table.c.customer_id.in_(ids),
            table.c.state.in_(COUNTING),
            scope.sees_submission(table.c.submission_id, visible),
        )
        .order_by(submission.c.report_date.desc(), submission.c.id.desc(), table.c.row_number)
        .offset(first)
        .limit(most)
    )
    return tuple(_row_view(tables, key, row) for row in connection.execute(query).mappings())


def _row_view(tables: SheetTables, key: str, row: Mapping[Any, Any]) -> RowView:
    values = tables.from_row(key, row).values
    return RowView(
        key,
        row["id"],
        row["row_number"],
        row["state"],
        values,
        row["of_date"],
        row["of_rep"] or "",
        row["of_number"] or "",
        row["of_inbound"],
        row.get("events", 1),
    )


def opportunities(
    connection: Connection, tables: SheetTables, visible: Scope, ids: Sequence[int], key: str, first: int, most: int
) -> tuple[RowView, ...]:
    """Return each opportunity as its latest event, newest first; one project of two merged customers is one."""
    latest = _latest(tables, visible, key).where(opportunity.c.customer_id.in_(ids))
    return _as_told_last(connection, tables, key, latest, first, most)


def plans(
    connection: Connection, tables: SheetTables, visible: Scope, ids: Sequence[int], key: str, first: int, most: int
) -> tuple[RowView, ...]:
    """Return each plan as it was reported last, newest first: a rep's workbook repeats it every day."""
    table = tables.table(key)
    seen = (table.c.customer_id.in_(ids), scope.sees_submission(table.c.submission_id, visible))
    return _as_told_last(connection, tables, key, _latest_plans(table).where(*seen), first, most)


def _as_told_last(
    connection: Connection, tables: SheetTables, key: str, events: sa.Select[Any], first: int, most: int
) -> tuple[RowView, ...]:
    """Return the rows that are in the first *place* among *events*, newest first."""
    table, latest = tables.table(key), events.subquery()
    query = (
        sa.select(table, *_FROM, latest.c.events)
        .join(latest, sa.and_(latest.c.id == table.c.id, latest.c.place == 1))
        .join(submission, submission.c.id == table.c.submission_id)
        .join(person, person.c.id == submission.c.rep_id, isouter=True)
        .order_by(submission.c.report_date.desc(), submission.c.id.desc(), table.c.row_number)
        .offset(first)
        .limit(most)
    )
    return tuple(_row_view(tables, key, row) for row in connection.execute(query).mappings())


def _latest_plans(table: sa.Table) -> sa.Select[Any]:
    """Select every row that counts with its place among those of one plan, the latest being 1."""
    newest = (submission.c.report_date.desc(), submission.c.id.desc(), table.c.row_number.desc())
    return (
        sa.select(
            table.c.id,
            sa.func.row_number().over(partition_by=plan_of(table), order_by=newest).label("place"),
            sa.func.count().over(partition_by=plan_of(table)).label("events"),
        )
        .join_from(table, submission, submission.c.id == table.c.submission_id)
        .where(table.c.state.in_(COUNTING))
    )


def _latest(tables: SheetTables, visible: Scope, key: str) -> sa.Select[Any]:
    """Select every event of opportunities with its place among those of one project, the latest being 1."""
    table = tables.table(key)
    same = (customer.c.root_id, opportunity.c.project_key)
    newest = (submission.c.report_date.desc(), submission.c.id.desc(), table.c.row_number.desc())
    return (
        sa.select(
            table.c.id,
            customer.c.root_id,
            sa.func.row_number().over(partition_by=same, order_by=newest).label("place"),
            sa.func.count().over(partition_by=same).label("events"),
        )
        .join_from(table, opportunity, opportunity.c.id == table.c.opportunity_id)
        .join(customer, customer.c.id == opportunity.c.customer_id)
        .join(submission, submission.c.id == table.c.submission_id)
        .where(table.c.state.in_(COUNTING), scope.sees_submission(table.c.submission_id, visible))
    )


def sources(
    connection: Connection, tables: SheetTables, visible: Scope, ids: Sequence[int], first: int, most: int
) -> tuple[RowView, ...]:
    """Return the rows of every sheet, superseded ones too, newest report first, each with the name as it was typed."""
    parts = []
    for key, columns in tables.columns.items():
        typed = [tables.table(key).c[name] for name, column in columns.items() if column.type == "customer"]
        if typed:
            table = tables.table(key)
            written = sa.func.coalesce(*typed) if len(typed) > 1 else typed[0]
            parts.append(
                sa.select(
                    sa.literal(key).label("sheet"),
                    table.c.id,
                    table.c.row_number,
                    table.c.state,
                    written.label("written"),
                    table.c.submission_id,
                ).where(table.c.customer_id.in_(ids), scope.sees_submission(table.c.submission_id, visible))
            )
    if not parts:
        return ()
    rows = sa.union_all(*parts).subquery()
    query = (
        sa.select(rows, *_FROM)
        .join(submission, submission.c.id == rows.c.submission_id)
        .join(person, person.c.id == submission.c.rep_id, isouter=True)
        .order_by(submission.c.report_date.desc(), submission.c.id.desc(), rows.c.sheet, rows.c.row_number)
        .offset(first)
        .limit(most)
    )
    return tuple(
        RowView(
            row.sheet,
            row.id,
            row.row_number,
            row.state,
            {"written": row.written},
            row.of_date,
            row.of_rep or "",
            row.of_number or "",
            row.of_inbound,
        )
        for row in connection.execute(query)
    )


# ---- branches added up ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RollUp:
    """What a customer and its branches come to: rows of the main sheet, open deals by currency, the last report."""

    customers: int
    visits: int
    deals: Mapping[str, tuple[int, Decimal]]  # currency → how many, and their sum
    last_report_on: date | None


def rolled_up(
    connection: Connection,
    tables: SheetTables,
    visible: Scope,
    roots: Collection[int],
    sheet: str,
    deals: Mapping[str, tuple[str, str | None, str | None]],
    closed: Collection[str],
) -> RollUp:
    """
    Add up some customers, as read.

    *deals* names, by sheet, the columns of stage, amount and currency; stages of *closed* are not open.
    """
    visits, last = 0, None
    sums: dict[str, tuple[int, Decimal]] = {}
    for some in chunks(sorted(roots)):
        table = tables.table(sheet)
        counted = (
            sa.select(sa.func.count(), sa.func.max(submission.c.report_date))
            .select_from(table)
            .join(customer, customer.c.id == table.c.customer_id)
            .join(submission, submission.c.id == table.c.submission_id)
            .where(
                customer.c.root_id.in_(some),
                table.c.state.in_(COUNTING),
                scope.sees_submission(table.c.submission_id, visible),
            )
        )
        number, newest = connection.execute(counted).one()
        visits += number
        last = max((day for day in (last, newest) if day is not None), default=None)
        for key, columns in deals.items():
            for currency, amount in _open_deals(connection, tables, visible, some, key, columns, closed):
                count, total = sums.get(currency, (0, Decimal(0)))
                sums[currency] = (count + 1, total + amount)
    return RollUp(len(roots), visits, dict(sorted(sums.items())), last)


def _open_deals(
    connection: Connection,
    tables: SheetTables,
    visible: Scope,
    roots: Sequence[int],
    key: str,
    columns: tuple[str, str | None, str | None],
    closed: Collection[str],
) -> list[tuple[str, Decimal]]:
    """Return currency and amount of each open deal: summed up here, for SQLite keeps exact numbers as text."""
    table = tables.table(key)
    stage, amount, currency = columns
    latest = _latest(tables, visible, key).where(customer.c.root_id.in_(roots)).subquery()
    query = (
        sa.select(
            table.c[currency] if currency else sa.null(),
            table.c[amount] if amount else sa.null(),
        )
        .join_from(table, latest, sa.and_(latest.c.id == table.c.id, latest.c.place == 1))
        .where(sa.or_(table.c[stage].is_(None), table.c[stage].not_in(sorted(closed))))
    )
    return [(row[0] or "", row[1] or Decimal(0)) for row in connection.execute(query)]


def count_hanging(connection: Connection, tables: SheetTables, ids: Sequence[int]) -> dict[str, int]:
    """Return how much hangs on a family: names, rows, contacts, links and people."""
    queries = {
        "names": sa.select(sa.func.count()).select_from(customer_alias).where(customer_alias.c.customer_id.in_(ids)),
        "contacts": sa.select(sa.func.count()).select_from(contact).where(contact.c.customer_id.in_(ids)),
        "links": sa.select(sa.func.count())
        .select_from(customer_relation)
        .where(
            customer_relation.c.valid_to.is_(None),
            sa.or_(customer_relation.c.child_id.in_(ids), customer_relation.c.parent_id.in_(ids)),
        ),
        "people": sa.select(sa.func.count())
        .select_from(assignment)
        .where(assignment.c.customer_id.in_(ids), assignment.c.to_on.is_(None)),
    }
    found = {name: int(connection.scalar(query) or 0) for name, query in queries.items()}
    rows = 0
    for key in tables.keys:
        table = tables.table(key)
        counted = sa.select(sa.func.count()).select_from(table)
        rows += int(connection.scalar(counted.where(table.c.customer_id.in_(ids), table.c.state.in_(COUNTING))) or 0)
    return found | {"rows": rows}


# ---- a person's open work ------------------------------------------------------------------------


def deals_of(
    connection: Connection,
    tables: SheetTables,
    visible: Scope,
    roots: Sequence[int],
    key: str,
    stage: str,
    closed: Collection[str],
) -> dict[int, int]:
    """Return, by customer as read, how many of its opportunities are open."""
    table = tables.table(key)
    found: dict[int, int] = {}
    for some in chunks(roots):
        latest = _latest(tables, visible, key).where(customer.c.root_id.in_(some)).subquery()
        query = (
            sa.select(latest.c.root_id, sa.func.count())
            .join_from(table, latest, sa.and_(latest.c.id == table.c.id, latest.c.place == 1))
            .where(sa.or_(table.c[stage].is_(None), table.c[stage].not_in(sorted(closed))))
            .group_by(latest.c.root_id)
        )
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def plans_of(
    connection: Connection,
    tables: SheetTables,
    person_id: int,
    roots: Sequence[int],
    key: str,
    column: str,
    today: date,
) -> dict[int, int]:
    """Return, by customer as read, how many of a person's rows of a sheet are still ahead, a repeated plan once."""
    table = tables.table(key)
    found: dict[int, int] = {}
    for some in chunks(roots):
        latest = (
            _latest_plans(table)
            .add_columns(customer.c.root_id, table.c[column].label("day"))
            .join(customer, customer.c.id == table.c.customer_id)
            .where(customer.c.root_id.in_(some), submission.c.rep_id == person_id)
            .subquery()
        )
        query = (
            sa.select(latest.c.root_id, sa.func.count())
            .where(latest.c.place == 1, latest.c.day >= today)
            .group_by(latest.c.root_id)
        )
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def parked_of(connection: Connection, tables: SheetTables, person_id: int) -> dict[str, int]:
    """Return, by sheet, how many rows of a person's present reports wait for a correction."""
    found: dict[str, int] = {}
    for key in tables.keys:
        table = tables.table(key)
        query = (
            sa.select(sa.func.count())
            .select_from(table)
            .join(submission, submission.c.id == table.c.submission_id)
            .where(submission.c.rep_id == person_id, submission.c.is_current, table.c.state == "parked")
        )
        if number := int(connection.scalar(query) or 0):
            found[key] = number
    return found
