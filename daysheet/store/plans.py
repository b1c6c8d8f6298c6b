"""
Plans: one appointment to come, however many reports repeat it.

A plan that a rep's workbook brought and that was sent back, moved or not, is the same plan; so is one
that the rep typed again for the same day and customer. Each row after the first carries the reference
of the first ("p:12"); what is read is the latest of them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from daysheet.model.rows import COUNTING
from daysheet.store.engine import Connection, chunks
from daysheet.store.tables import assignment, customer, submission


def plan_of(table: sa.FromClause) -> sa.ColumnElement[str]:
    """Which plan a row is about: the reference of the plan's first row."""
    first = sa.literal("p:").concat(sa.cast(table.c.id, sa.Text))
    return sa.case((table.c.ref.like("p:%"), table.c.ref), else_=first)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """
    A row that counts, as far as telling plans apart needs it. *plan* is the plan's reference.

    Of the rows of one plan the one with the greatest *place* is what it is now.
    """

    id: int
    plan: str
    place: tuple[date, int, int]
    rep_id: int
    root_id: int | None  # the customer as read
    day: date | None
    key: tuple[object, ...]  # the values of the columns asked for


def of_customers(
    connection: Connection, table: sa.Table, day: str, columns: Sequence[str], roots: Collection[int], since: date
) -> tuple[PlanRow, ...]:
    """Return the rows that count of some customers, as read, in reports since a day."""
    found: list[PlanRow] = []
    for some in chunks(sorted(roots)):
        query = _rows(table, day, columns).where(customer.c.root_id.in_(some), submission.c.report_date >= since)
        found += [_row(row) for row in connection.execute(query)]
    return tuple(found)


def alike(
    connection: Connection,
    table: sa.Table,
    day: str,
    columns: Sequence[str],
    roots: Collection[int],
    since: date,
    days: Collection[date],
    numbers: Collection[int],
) -> tuple[PlanRow, ...]:
    """Return those of ``of_customers`` that are for one of *days*, or of a plan that *numbers* refer to."""
    found: list[PlanRow] = []
    refs = [f"p:{number}" for number in numbers]
    may_be = sa.or_(table.c[day].in_(sorted(days)), table.c.id.in_(sorted(numbers)), table.c.ref.in_(sorted(refs)))
    for some in chunks(sorted(roots)):
        query = _rows(table, day, columns).where(customer.c.root_id.in_(some), submission.c.report_date >= since)
        found += [_row(row) for row in connection.execute(query.where(may_be))]
    return tuple(found)


def of_rep(
    connection: Connection, table: sa.Table, day: str, columns: Sequence[str], rep_id: int, since: date
) -> tuple[PlanRow, ...]:
    """
    Return of each of a rep's plans the rows of its last day, with a customer or without, in reports since a day.

    A plan that was sent back every day has as many rows as days.
    """
    mine = (submission.c.rep_id == rep_id, submission.c.report_date >= since, table.c.state.in_(COUNTING))
    last = (
        sa.select(plan_of(table).label("plan"), sa.func.max(submission.c.report_date).label("on"))
        .join_from(table, submission, submission.c.id == table.c.submission_id)
        .where(*mine)
        .group_by("plan")
        .subquery()
    )
    on_its_last = sa.and_(last.c.plan == plan_of(table), last.c.on == submission.c.report_date)
    query = _rows(table, day, columns).join(last, on_its_last).where(*mine)
    return tuple(_row(row) for row in connection.execute(query))


def _rows(table: sa.Table, day: str, columns: Sequence[str]) -> sa.Select[Any]:
    return (
        sa.select(
            table.c.id,
            plan_of(table),
            submission.c.report_date,
            submission.c.id,
            table.c.row_number,
            submission.c.rep_id,
            customer.c.root_id,
            table.c[day],
            *(table.c[name] for name in columns),
        )
        .join_from(table, submission, submission.c.id == table.c.submission_id)
        .join(customer, customer.c.id == table.c.customer_id, isouter=True)
        .where(table.c.state.in_(COUNTING))
    )


def _row(row: Any) -> PlanRow:
    id_, plan, report_date, submission_id, number, rep_id, root_id, day, *key = row
    return PlanRow(id_, plan, (report_date, submission_id, number), rep_id, root_id, day, tuple(key))


def left_behind(connection: Connection, roots: Collection[int], since: date) -> dict[int, frozenset[int]]:
    """Return, by customer as read, who handed it over since a day and has no part in it any more."""
    found: dict[int, set[int]] = {}
    still, member = assignment.alias("still"), customer.alias("member")
    for some in chunks(sorted(roots)):
        query = (
            sa.select(customer.c.root_id, assignment.c.person_id)
            .join_from(assignment, customer, customer.c.id == assignment.c.customer_id)
            .where(
                customer.c.root_id.in_(some),
                assignment.c.to_on >= since,
                ~sa.exists().where(
                    member.c.root_id == customer.c.root_id,
                    still.c.customer_id == member.c.id,
                    still.c.person_id == assignment.c.person_id,
                    still.c.to_on.is_(None),
                ),
            )
        )
        for root, person_id in connection.execute(query):
            found.setdefault(root, set()).add(person_id)
    return {root: frozenset(some) for root, some in found.items()}
