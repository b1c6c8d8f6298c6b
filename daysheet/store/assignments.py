"""
Who looks after a customer: the first to report it owns it (报备), the others take part.

Each is stored on the customer its rows were stored on. Where customers were merged, the earliest
owner is the owner and the others take part: that is how it is read, nothing is rewritten.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.customers import Customer
from daysheet.store import lookup
from daysheet.store.engine import chunks
from daysheet.store.rows import insert_rows
from daysheet.store.tables import assignment, customer

OWN_FOR = timedelta(days=180)
"""A customer a person took part in stays among "own customers" this long after the last report."""


def record_reports(
    connection: Connection, person_id: int, customer_ids: Sequence[int], on: date, submission_id: int
) -> None:
    """Note that *person_id* has reported these customers on a day; the first report of a customer makes its owner."""
    owned: set[int] = set()
    mine: dict[int, int] = {}
    for some in chunks(customer_ids):
        for row in connection.execute(_NOW, {"ids": some}):
            if row.role == "owner":
                owned.add(row.customer_id)
            if row.person_id == person_id:
                mine[row.customer_id] = row.id
    for some in chunks(sorted(mine.values())):
        connection.execute(_REPORTED, {"ids": some, "on": on})
    new = [
        {
            "customer_id": customer_id,
            "person_id": person_id,
            "role": "participant" if customer_id in owned else "owner",
            "source": "report",
            "submission_id": submission_id,
            "from_on": on,
            "last_report_on": on,
        }
        for customer_id in customer_ids
        if customer_id not in mine
    ]
    insert_rows(connection, assignment, new)


_NOW = sa.select(assignment.c.id, assignment.c.customer_id, assignment.c.person_id, assignment.c.role).where(
    assignment.c.customer_id.in_(sa.bindparam("ids", expanding=True)), assignment.c.to_on.is_(None)
)
_REPORTED = (
    assignment.update()
    .where(
        assignment.c.id.in_(sa.bindparam("ids", expanding=True)),
        sa.or_(
            assignment.c.last_report_on.is_(None),
            assignment.c.last_report_on < sa.bindparam("on", type_=assignment.c.last_report_on.type),
        ),
    )
    .values(last_report_on=sa.bindparam("on", type_=assignment.c.last_report_on.type))
)


def is_owner(joined: sa.FromClause = customer) -> sa.ColumnElement[bool]:
    """The condition, on assignment *joined* with its customer, that this is the customer's one owner now."""
    earlier, member = assignment.alias("earlier"), customer.alias("member")
    return sa.and_(
        assignment.c.role == "owner",
        assignment.c.to_on.is_(None),
        ~sa.exists().where(
            member.c.root_id == joined.c.root_id,
            earlier.c.customer_id == member.c.id,
            earlier.c.role == "owner",
            earlier.c.to_on.is_(None),
            sa.tuple_(earlier.c.from_on, earlier.c.id) < sa.tuple_(assignment.c.from_on, assignment.c.id),
        ),
    )


def own_customers(connection: Connection, person_id: int, today: date, limit: int = 500) -> tuple[Customer, ...]:
    """Return a person's own customers: owned now, or reported within 180 days; newest report first."""
    query = (
        sa.select(customer.c.root_id, sa.func.max(assignment.c.last_report_on).label("last"))
        .join_from(assignment, customer, assignment.c.customer_id == customer.c.id)
        .where(
            assignment.c.person_id == person_id,
            assignment.c.to_on.is_(None),
            sa.or_(is_owner(), assignment.c.last_report_on >= today - OWN_FOR),
        )
        .group_by(customer.c.root_id)
        .order_by(sa.desc("last"), customer.c.root_id)
        .limit(limit)
    )
    roots = list(connection.execute(query).scalars())
    found = lookup.by_ids(connection, roots)
    return tuple(found[root] for root in roots)
