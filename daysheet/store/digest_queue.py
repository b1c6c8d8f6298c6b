"""What waits for the stewards now, each thing with the people by whom it is seen; the queues of the console."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from daysheet.model.mail import MessageState
from daysheet.model.memory import ReviewKind, ReviewState
from daysheet.model.rows import COUNTING
from daysheet.store.digest_sources import streamed
from daysheet.store.engine import Connection
from daysheet.store.outbox import STUCK
from daysheet.store.queue import with_customers
from daysheet.store.repair import data_sheets
from daysheet.store.sheets import WAITS, SheetTables
from daysheet.store.tables import assignment, customer, inbound, outbox, person_address, review, submission

ROWS, WAITING, MESSAGES, ANSWERS = "rows", "waiting", "messages", "answers"


class Waiting(NamedTuple):
    """Something that waits. *rows* are those of it, or that wait for it; *number* of equal things are told at once."""

    kind: str
    since: datetime
    people: frozenset[int]  # whoever sees one of these sees it
    number: int = 1
    rows: int = 0
    customer_id: int | None = None
    name: str = ""


def questions(connection: Connection, tables: SheetTables) -> Iterator[Waiting]:
    """Yield the open questions, the oldest first."""
    about, member = customer.alias("about"), customer.alias("member")
    rows = _rows_waiting(tables)
    query = (
        sa.select(
            review.c.id,
            review.c.kind,
            review.c.opened_at,
            about.c.root_id,
            about.c.display_name,
            sa.func.coalesce(rows.c.number, 0).label("rows"),
            assignment.c.person_id,
        )
        .join_from(review, about, about.c.id == review.c.customer_id)
        .join(rows, rows.c.customer_id == review.c.customer_id, isouter=True)
        .join(member, member.c.root_id == about.c.root_id, isouter=True)
        .join(
            assignment,
            sa.and_(assignment.c.customer_id == member.c.id, assignment.c.to_on.is_(None)),
            isouter=True,
        )
        .where(review.c.state == ReviewState.OPEN)
        .order_by(review.c.opened_at, review.c.id)
    )
    for _, some in groupby(streamed(connection, query), key=lambda row: row.id):
        found = list(some)
        first, people = found[0], {row.person_id for row in found} - {None}
        yield Waiting(
            ReviewKind(first.kind), first.opened_at, frozenset(people), 1, first.rows, first.root_id, first.display_name
        )


def _rows_waiting(tables: SheetTables) -> sa.Subquery:
    """Select how many rows wait for what is open about a customer, as the queue counts them."""
    asked = sa.select(review.c.customer_id).where(review.c.state == ReviewState.OPEN)
    parts: list[sa.Select[Any]] = []
    for key in with_customers(tables):
        table = tables.table(key)
        parts.append(
            sa.select(table.c.customer_id, sa.func.count().label("number"))
            .where(table.c.customer_id.in_(asked), table.c.state.in_(COUNTING))
            .group_by(table.c.customer_id)
        )
    if not parts:
        parts.append(sa.select(review.c.customer_id, sa.literal(0, sa.Integer).label("number")).where(sa.false()))
    some = sa.union_all(*parts).subquery()
    return (
        # PostgreSQL makes a numeric of the sum, which is no count
        sa.select(some.c.customer_id, sa.cast(sa.func.sum(some.c.number), sa.Integer).label("number"))
        .group_by(some.c.customer_id)
        .subquery()
    )


def rows(connection: Connection, tables: SheetTables) -> Iterator[Waiting]:
    """Yield the rows of current reports that wait, added up by rep, sheet and arrival."""
    for key in data_sheets(tables):
        table = tables.table(key)
        parked = sa.select(table.c.submission_id).where(WAITS).subquery()
        query = (
            sa.select(submission.c.rep_id, sa.func.min(submission.c.received_at), sa.func.count())
            .join_from(parked, submission, submission.c.id == parked.c.submission_id)
            .where(submission.c.is_current)
            .group_by(submission.c.rep_id)
        )
        for rep_id, since, number in streamed(connection, query):
            yield Waiting(ROWS, since, _people(rep_id), number, number)


def reports(connection: Connection) -> Iterator[Waiting]:
    """Yield the reports that wait because they would wipe most of an earlier one."""
    query = sa.select(submission.c.rep_id, submission.c.received_at, submission.c.rows_parked).where(
        submission.c.is_waiting
    )
    for rep_id, since, number in streamed(connection, query):
        yield Waiting(WAITING, since, _people(rep_id), 1, number)


def messages(connection: Connection) -> Iterator[Waiting]:
    """Yield the messages that were set aside, seen through their sender and the reports in them."""
    query = (
        sa.select(inbound.c.id, inbound.c.first_seen_at, person_address.c.person_id, submission.c.rep_id)
        .join(person_address, person_address.c.address == inbound.c.sender, isouter=True)
        .join(submission, submission.c.inbound_id == inbound.c.id, isouter=True)
        .where(inbound.c.state == MessageState.QUARANTINED)
        .order_by(inbound.c.id)
    )
    return _seen_through(connection, query, MESSAGES)


def answers(connection: Connection) -> Iterator[Waiting]:
    """Yield the mails that could not be sent, seen through their receiver and the report they answer."""
    query = (
        sa.select(outbox.c.id, outbox.c.created_at, person_address.c.person_id, submission.c.rep_id)
        .join(person_address, person_address.c.address == outbox.c.recipient, isouter=True)
        .join(submission, submission.c.id == outbox.c.submission_id, isouter=True)
        .where(outbox.c.state.in_(STUCK))
        .order_by(outbox.c.id)
    )
    return _seen_through(connection, query, ANSWERS)


def _seen_through(connection: Connection, query: sa.Select[*tuple[Any, ...]], kind: str) -> Iterator[Waiting]:
    for _, some in groupby(streamed(connection, query), key=lambda row: row[0]):
        found = [tuple(row) for row in some]
        people = {person_id for row in found for person_id in row[2:]} - {None}
        yield Waiting(kind, found[0][1], frozenset(people))


def _people(rep_id: int | None) -> frozenset[int]:
    return frozenset(() if rep_id is None else (rep_id,))
