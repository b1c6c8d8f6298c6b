"""
Spot checks: the samples drawn, what came back of them, and the figures they come to.

An item keeps the customer it was drawn for; whoever reads follows what that one has become.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.customers import CustomerStatus
from daysheet.model.figures import Figures
from daysheet.model.spot_checks import Check, Drawn, Finding, Item, Outcome, figures_of
from daysheet.store import lookup
from daysheet.store.assignments import is_owner
from daysheet.store.customers import is_listed
from daysheet.store.engine import chunks
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import assignment, contact, contact_field, customer, spot_check, spot_item


def figures(connection: Connection, first: date, last: date) -> dict[int, Figures]:
    """
    Return ``spot.*`` of every customer reached by a check of these days, by root.

    One that was checked twice, or merged after it was drawn, counts once, with all of its fields.
    """
    query = (
        sa.select(customer.c.root_id, spot_item.c.judged, spot_item.c.wrong)
        .join_from(spot_item, customer, customer.c.id == spot_item.c.customer_id)
        .where(spot_item.c.outcome == Outcome.REACHED, spot_item.c.checked_on.between(first, last))
    )
    judged: dict[int, int] = {}
    wrong: dict[int, int] = {}
    for root, fields, corrected in connection.execute(query):
        judged[root] = judged.get(root, 0) + len(fields)
        wrong[root] = wrong.get(root, 0) + sum(field in corrected for field in fields)
    return {root: figures_of(number, wrong[root]) for root, number in judged.items()}


# ---- drawing -------------------------------------------------------------------------------------


def owners(connection: Connection, tables: SheetTables) -> dict[int, int | None]:
    """Return every customer that may be drawn, by root, with the id of its owner."""
    query = sa.select(customer.c.id).where(is_listed(tables), customer.c.status != CustomerStatus.INACTIVE)
    found: dict[int, int | None] = dict.fromkeys(connection.execute(query).scalars())
    owned = (
        sa.select(customer.c.root_id, assignment.c.person_id)
        .join_from(assignment, customer, customer.c.id == assignment.c.customer_id)
        .where(is_owner())
    )
    for root, person_id in connection.execute(owned):
        if root in found:
            found[root] = person_id
    return found


def drawn_since(connection: Connection, since: date, *, size: int, seed: int, by_region: bool) -> frozenset[int]:
    """
    Return the customers drawn on *since* or later, by root.

    Those of the very same draw do not count: it is drawn again.
    """
    is_same = sa.and_(spot_check.c.size == size, spot_check.c.seed == seed, spot_check.c.by_region == by_region)
    query = (
        sa.select(customer.c.root_id)
        .join_from(spot_item, spot_check, spot_check.c.id == spot_item.c.spot_check_id)
        .join(customer, customer.c.id == spot_item.c.customer_id)
        .where(spot_check.c.drawn_on >= since, ~is_same)
    )
    return frozenset(connection.execute(query).scalars())


def latest_contacts(connection: Connection, roots: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return name and telephone of the contact that each customer was last reported with, by root."""
    found: dict[int, tuple[tuple[int, int], str, str]] = {}
    for some in chunks(sorted(roots)):
        said = (
            sa.select(contact_field.c.contact_id, sa.func.max(contact_field.c.id).label("last"))
            .join(contact, contact.c.id == contact_field.c.contact_id)
            .join(customer, customer.c.id == contact.c.customer_id)
            .where(customer.c.root_id.in_(some))
            .group_by(contact_field.c.contact_id)
            .subquery()
        )
        phone = (
            sa.select(contact_field.c.value)
            .where(contact_field.c.contact_id == contact.c.id, contact_field.c.field == "phone")
            .order_by(contact_field.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = (
            sa.select(customer.c.root_id, contact.c.id, contact.c.name, contact.c.phone, said.c.last, phone)
            .join_from(contact, customer, customer.c.id == contact.c.customer_id)
            .join(said, said.c.contact_id == contact.c.id, isouter=True)
            .where(customer.c.root_id.in_(some))
        )
        for root, contact_id, name, first_phone, last, newest in connection.execute(query):
            place = (last or 0, contact_id)
            if root not in found or found[root][0] < place:
                found[root] = (place, name, newest or first_phone)
    return {root: (name, number) for root, (_, name, number) in found.items()}


def add(connection: Connection, check: Check, items: Sequence[Drawn], now: datetime) -> int:
    """Record a sample and return its id."""
    row = {
        "drawn_at": now,
        "drawn_on": check.drawn_on,
        "actor": check.actor,
        "size": check.size,
        "seed": check.seed,
        "by_region": check.by_region,
    }
    inserted = connection.execute(spot_check.insert().values(row)).inserted_primary_key
    assert inserted is not None
    check_id = int(inserted[0])
    rows = [
        {
            "spot_check_id": check_id,
            "customer_id": item.customer_id,
            "stratum": item.stratum,
            "printed": dict(item.printed),
            "judged": [],
            "wrong": {},
        }
        for item in items
    ]
    connection.execute(spot_item.insert(), rows)
    return check_id


# ---- what came back ------------------------------------------------------------------------------


def record(connection: Connection, check_id: int, found: Sequence[Finding], actor: str, now: datetime) -> None:
    """Record what calls found; what was there of the same customers gives way."""
    statement = spot_item.update().where(
        spot_item.c.spot_check_id == check_id, spot_item.c.customer_id == sa.bindparam("of_customer")
    )
    names = ("outcome", "judged", "wrong", "note", "checked_on")
    statement = statement.values({name: sa.bindparam(f"new_{name}", type_=spot_item.c[name].type) for name in names})
    statement = statement.values(actor=actor, returned_at=now)
    rows = [
        {
            "of_customer": one.customer_id,
            "new_outcome": one.outcome,
            "new_judged": list(one.judged),
            "new_wrong": dict(one.wrong),
            "new_note": one.note,
            "new_checked_on": one.checked_on,
        }
        for one in found
    ]
    if rows:
        connection.execute(statement, rows)


def checks(connection: Connection, limit: int, check_id: int | None = None) -> tuple[Check, ...]:
    """Return the newest checks, or the one with an id, with how much has come back."""
    query = sa.select(spot_check).order_by(spot_check.c.id.desc()).limit(limit)
    if check_id is not None:
        query = query.where(spot_check.c.id == check_id)
    rows = connection.execute(query).all()
    counts: dict[int, dict[str, int]] = {row.id: {"reached": 0, "unreached": 0} for row in rows}
    faulty: dict[int, set[int]] = {row.id: set() for row in rows}  # customers as they are now: merged ones are one
    came = sa.select(
        spot_item.c.spot_check_id, customer.c.root_id, spot_item.c.outcome, spot_item.c.judged, spot_item.c.wrong
    ).join_from(spot_item, customer, customer.c.id == spot_item.c.customer_id)
    for some in chunks(sorted(counts)):
        query_items = came.where(spot_item.c.spot_check_id.in_(some), spot_item.c.outcome.is_not(None))
        for check, root, outcome, judged, wrong in connection.execute(query_items):
            counts[check][outcome] += 1
            if any(field in wrong for field in judged):
                faulty[check].add(root)
    return tuple(
        Check(
            id=row.id,
            drawn_on=row.drawn_on,
            actor=row.actor,
            size=row.size,
            seed=row.seed,
            by_region=row.by_region,
            wrong=len(faulty[row.id]),
            **counts[row.id],
        )
        for row in rows
    )


def items(connection: Connection, check_id: int) -> tuple[Item, ...]:
    """Return the customers of a check in the order they were drawn in."""
    query = sa.select(spot_item).where(spot_item.c.spot_check_id == check_id).order_by(spot_item.c.id)
    rows = connection.execute(query).all()
    now = lookup.by_ids(connection, {row.customer_id for row in rows})
    return tuple(
        Item(
            drawn=Drawn(row.customer_id, row.stratum, row.printed),
            root_id=now[row.customer_id].id,
            name=now[row.customer_id].display_name,
            finding=_finding(row) if row.outcome else None,
            by=row.actor or "",
        )
        for row in rows
    )


def _finding(row: Any) -> Finding:
    return Finding(row.customer_id, Outcome(row.outcome), tuple(row.judged), row.wrong, row.checked_on, row.note)
