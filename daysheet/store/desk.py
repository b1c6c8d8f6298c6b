"""What lies on a steward's desk beside a question: rows, names, owners, and what has happened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.access import Scope
from daysheet.model.rows import COUNTING
from daysheet.model.text import Language
from daysheet.store.audit import Entry
from daysheet.store.engine import chunks
from daysheet.store.queue import with_customers
from daysheet.store.scope import sees_submission
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import assignment, audit, customer, customer_alias, inbound, person, submission

MOST_ALIASES = 200
"""Names read of two customers; more say nothing new."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row that waits for a question's answer, as the rep wrote it."""

    sheet: str
    row_number: int
    raw: dict[str, str]
    inbound_id: int
    message_id: str
    subject: str
    submission_id: int
    rep_id: int | None
    rep_name: str
    rep_language: Language | None
    report_date: date | None


def waiting_rows(
    connection: Connection, tables: SheetTables, customer_id: int, scope: Scope, limit: int
) -> tuple[WaitingRow, ...]:
    """Return the newest rows stored on a customer that wait for an answer: one query per sheet."""
    found: list[WaitingRow] = []
    for key in with_customers(tables):
        table = tables.table(key)
        query = (
            sa.select(
                table.c.row_number,
                table.c.raw,
                submission.c.id,
                submission.c.inbound_id,
                inbound.c.message_id,
                inbound.c.subject,
                submission.c.rep_id,
                submission.c.report_date,
                person.c.name,
                person.c.language,
            )
            .join_from(table, submission, submission.c.id == table.c.submission_id)
            .join(inbound, inbound.c.id == submission.c.inbound_id)
            .outerjoin(person, person.c.id == submission.c.rep_id)
            .where(table.c.customer_id == customer_id, table.c.state.in_(COUNTING))
            .where(sees_submission(table.c.submission_id, scope))
            .order_by(table.c.submission_id.desc(), table.c.row_number)
            .limit(limit)
        )
        found += [
            WaitingRow(
                key,
                row.row_number,
                row.raw,
                row.inbound_id,
                row.message_id,
                row.subject,
                row.id,
                row.rep_id,
                row.name or "",
                Language(row.language) if row.language else None,
                row.report_date,
            )
            for row in connection.execute(query)
        ]
    found.sort(key=lambda row: (-row.submission_id, row.sheet, row.row_number))
    return tuple(found[:limit])


def aliases(connection: Connection, roots: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return every name that what these customers are made of is known by, as written."""
    query = (
        sa.select(customer.c.root_id, customer_alias.c.text)
        .join_from(customer_alias, customer, customer.c.id == customer_alias.c.customer_id)
        .where(customer.c.root_id.in_(sorted(roots)))
        .order_by(customer_alias.c.id)
        .limit(MOST_ALIASES)
    )
    return _grouped(connection.execute(query).all(), roots)


def owners(connection: Connection, roots: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the names of those who own or take part in these customers now."""
    query = (
        sa.select(customer.c.root_id, person.c.name)
        .join_from(assignment, customer, customer.c.id == assignment.c.customer_id)
        .join(person, person.c.id == assignment.c.person_id)
        .where(customer.c.root_id.in_(sorted(roots)), assignment.c.to_on.is_(None))
        .order_by(assignment.c.id)
        .limit(MOST_ALIASES)
    )
    return _grouped(connection.execute(query).all(), roots)


def _grouped(rows: Sequence[Any], roots: Collection[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, dict[str, None]] = {root: {} for root in roots}
    for root, text in rows:
        found[root][text] = None
    return {root: tuple(texts) for root, texts in found.items()}


def happened(
    connection: Connection, review_id: int, customer_ids: Collection[int], limit: int = 30
) -> tuple[Entry, ...]:
    """Return what happened to a question and to customers, newest first."""
    query = (
        sa.select(audit)
        .where(
            sa.or_(
                sa.and_(audit.c.entity == "review", audit.c.entity_id == review_id),
                sa.and_(audit.c.entity == "customer", audit.c.entity_id.in_(sorted(customer_ids))),
            )
        )
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    return tuple(
        Entry(row.action, row.entity, row.entity_id, row.before, row.after, row.actor, row.at, row.id)
        for row in connection.execute(query)
    )


def answers(connection: Connection, review_ids: Collection[int]) -> dict[int, int]:
    """Return the customer that the last answer to each question named; those without one are left out."""
    found: dict[int, int | None] = {}
    for some in chunks(sorted(review_ids)):
        query = sa.select(audit.c.entity_id, audit.c.after).where(
            audit.c.entity == "review", audit.c.entity_id.in_(some), audit.c.action == "review.answered"
        )
        for row in connection.execute(query.order_by(audit.c.id)):
            found[row.entity_id] = (row.after or {}).get("customer")
    return {one: named for one, named in found.items() if named is not None}


def answered_with(entries: Sequence[Entry]) -> int | None:
    """Return the candidate that the last answer among *entries*, newest first, named."""
    last = next((entry.after or {} for entry in entries if entry.action == "review.answered"), {})
    named: int | None = last.get("customer")
    return named
