"""
Who looks after a customer: the first to report it owns it (报备), the others take part.

Each is stored on the customer its rows were stored on. Where customers were merged, the earliest
owner is the owner and the others take part: that is how it is read, nothing is rewritten.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.customers import Customer
from daysheet.store import lookup
from daysheet.store.engine import chunks
from daysheet.store.rows import insert_rows
from daysheet.store.tables import assignment, customer, person

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
        .order_by(sa.desc("last").nulls_last(), customer.c.root_id)  # PostgreSQL would put them first
        .limit(limit)
    )
    roots = list(connection.execute(query).scalars())
    found = lookup.by_ids(connection, roots)
    return tuple(found[root] for root in roots)


def owned(connection: Connection, person_id: int) -> frozenset[int]:
    """Return the customers, as read, that a person owns now."""
    query = (
        sa.select(customer.c.root_id)
        .join_from(assignment, customer, assignment.c.customer_id == customer.c.id)
        .where(assignment.c.person_id == person_id, is_owner())
    )
    return frozenset(connection.execute(query).scalars())


def taking_part(connection: Connection, roots: Collection[int], today: date) -> frozenset[tuple[int, int]]:
    """Return customer, as read, and person of everybody active who has reported some customers within 180 days."""
    found: set[tuple[int, int]] = set()
    for some in chunks(sorted(roots)):
        query = (
            sa.select(customer.c.root_id, assignment.c.person_id)
            .join_from(assignment, customer, assignment.c.customer_id == customer.c.id)
            .join(person, person.c.id == assignment.c.person_id)
            .where(
                customer.c.root_id.in_(some),
                assignment.c.to_on.is_(None),
                assignment.c.last_report_on >= today - OWN_FOR,
                person.c.is_active,
            )
        )
        found |= {(root, person_id) for root, person_id in connection.execute(query)}
    return frozenset(found)


# ---- by hand -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A standing assignment: what is needed to end it and to begin another's in its place."""

    id: int
    customer_id: int
    root_id: int
    person_id: int
    role: str
    last_report_on: date | None


_HELD = sa.select(
    assignment.c.id,
    assignment.c.customer_id,
    customer.c.root_id,
    assignment.c.person_id,
    assignment.c.role,
    assignment.c.last_report_on,
).join(customer, customer.c.id == assignment.c.customer_id)


def held(connection: Connection, person_id: int, roots: Collection[int] | None = None) -> tuple[Held, ...]:
    """Return what a person has of *roots*, or of all customers, as owner or participant."""
    query = _HELD.where(assignment.c.person_id == person_id, assignment.c.to_on.is_(None)).order_by(assignment.c.id)
    if roots is None:
        return tuple(Held(*row) for row in connection.execute(query))
    found: list[Held] = []
    for some in chunks(sorted(roots)):
        found += [Held(*row) for row in connection.execute(query.where(customer.c.root_id.in_(some)))]
    return tuple(found)


def standing(connection: Connection, root_id: int) -> tuple[Held, ...]:
    """Return who has a customer now, the owner first: of several the earliest."""
    return standing_of(connection, [root_id])


def standing_of(connection: Connection, roots: Collection[int]) -> tuple[Held, ...]:
    """Return who has each of *roots* now, the owner of each first: of several the earliest."""
    order = (assignment.c.role != "owner", assignment.c.from_on, assignment.c.id)
    found: list[Held] = []
    for some in chunks(sorted(roots)):
        query = _HELD.where(customer.c.root_id.in_(some), assignment.c.to_on.is_(None)).order_by(*order)
        found += [Held(*row) for row in connection.execute(query)]
    return tuple(found)


def end(connection: Connection, ids: Sequence[int], on: date) -> None:
    """End assignments."""
    for some in chunks(ids):
        connection.execute(assignment.update().where(assignment.c.id.in_(some)).values(to_on=on))


def begin(
    connection: Connection, person_id: int, wanted: Sequence[tuple[int, str, date | None]], source: str, on: date
) -> list[int]:
    """Begin assignments of a person: of each customer, the role and the last report it goes on from."""
    ids: list[int] = []
    for some in chunks(wanted):
        rows = [
            {
                "customer_id": customer_id,
                "person_id": person_id,
                "role": role,
                "source": source,
                "from_on": on,
                "last_report_on": last,
            }
            for customer_id, role, last in some
        ]
        ids += connection.execute(_BEGIN, rows).scalars()
    return ids


_BEGIN = assignment.insert().returning(assignment.c.id, sort_by_parameter_order=True)


def give(connection: Connection, wanted: Sequence[tuple[int, int, date | None]], source: str, on: date) -> None:
    """Make people owners: of each customer, the person and the last report they go on from."""
    rows = [
        {
            "customer_id": customer_id,
            "person_id": person_id,
            "role": "owner",
            "source": source,
            "from_on": on,
            "last_report_on": last,
        }
        for customer_id, person_id, last in wanted
    ]
    insert_rows(connection, assignment, rows)


def take_back(
    connection: Connection, ended: Sequence[int], begun: Mapping[int, date | None], on: date
) -> tuple[int, int]:
    """
    Let *ended* assignments stand again and end those that were *begun* (id → its last report then).

    Whoever has reported since keeps taking part. Returns how many were reopened and how many ended;
    what somebody has changed in between is left as it is.
    """
    reopened, over = 0, 0
    for some in chunks(ended):
        statement = assignment.update().where(assignment.c.id.in_(some), assignment.c.to_on.is_not(None))
        reopened += connection.execute(statement.values(to_on=None)).rowcount
    for some in chunks(sorted(begun)):
        query = sa.select(assignment.c.id, assignment.c.last_report_on)
        rows = connection.execute(query.where(assignment.c.id.in_(some), assignment.c.to_on.is_(None))).all()
        used = [row.id for row in rows if row.last_report_on != begun[row.id]]
        unused = [row.id for row in rows if row.last_report_on == begun[row.id]]
        if used:
            connection.execute(assignment.update().where(assignment.c.id.in_(used)).values(role="participant"))
        if unused:
            connection.execute(assignment.update().where(assignment.c.id.in_(unused)).values(to_on=on))
        over += len(rows)
    return reopened, over


def stand(connection: Connection, ids: Collection[int]) -> bool:
    """Say whether all of some assignments still stand."""
    number = 0
    for some in chunks(sorted(ids)):
        query = sa.select(sa.func.count()).select_from(assignment)
        number += connection.execute(query.where(assignment.c.id.in_(some), assignment.c.to_on.is_(None))).scalar_one()
    return number == len(ids)


def holders(connection: Connection) -> frozenset[int]:
    """Return everybody who has a customer now."""
    query = sa.select(assignment.c.person_id).where(assignment.c.to_on.is_(None)).distinct()
    return frozenset(connection.execute(query).scalars())
