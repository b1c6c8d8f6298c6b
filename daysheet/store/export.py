"""Every listed customer as a flat row, a page at a time."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store import assignments, customers, lookup
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import assignment, customer, customer_alias, customer_external_id, person

PAGE = 500


def rows(connection: Connection, tables: SheetTables) -> Iterator[dict[str, Any]]:
    """Give the customers by id: record, further names, ids of other systems, owner's employee number."""
    last = 0
    while True:
        query = (
            sa.select(customer)
            .where(customer.c.id > last, customers.is_listed(tables))
            .order_by(customer.c.id)
            .limit(PAGE)
        )
        page = connection.execute(query).mappings().all()
        if not page:
            return
        ids = [row["id"] for row in page]
        last = ids[-1]
        aliases, external, owners = _aliases(connection, ids), _external(connection, ids), _owners(connection, ids)
        former = _former_ids(connection, ids)
        for row in page:
            shown = lookup.to_customer(dict(row))
            yield {
                "id": shown.id,
                "name": shown.display_name,
                "status": str(shown.status),
                **{name: getattr(shown, name) or "" for name in customers.RECORD_FIELDS},
                "aliases": "|".join(text for text in aliases.get(shown.id, ()) if text != shown.display_name),
                "external_ids": "|".join(external.get(shown.id, ())),
                "merged_ids": "|".join(former.get(shown.id, ())),
                "owner": owners.get(shown.id, ""),
                "created_at": row["created_at"].isoformat(timespec="seconds"),
            }


def _aliases(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    query = (
        sa.select(customer.c.root_id, customer_alias.c.text)
        .join_from(customer_alias, customer, customer_alias.c.customer_id == customer.c.id)
        .where(customer.c.root_id.in_(ids))
        .order_by(customer_alias.c.id)
    )
    return _grouped(connection, query)


def _external(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    table = customer_external_id
    query = (
        sa.select(customer.c.root_id, table.c.system + ":" + table.c.value)
        .join_from(table, customer, table.c.customer_id == customer.c.id)
        .where(customer.c.root_id.in_(ids))
        .order_by(table.c.system, table.c.value)
    )
    return _grouped(connection, query)


def _former_ids(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    """Return the ids that were merged into each customer and lead to it now."""
    query = (
        sa.select(customer.c.root_id, sa.cast(customer.c.id, sa.Text))
        .where(customer.c.root_id.in_(ids), customer.c.id != customer.c.root_id)
        .order_by(customer.c.id)
    )
    return _grouped(connection, query)


def _owners(connection: Connection, ids: list[int]) -> dict[int, str]:
    query = (
        sa.select(customer.c.root_id, person.c.number)
        .join_from(assignment, customer, assignment.c.customer_id == customer.c.id)
        .join(person, person.c.id == assignment.c.person_id)
        .where(customer.c.root_id.in_(ids), assignments.is_owner())
    )
    return {root: numbers[0] for root, numbers in _grouped(connection, query).items()}


def _grouped(connection: Connection, query: sa.Select[Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for owner, text in connection.execute(query):
        found.setdefault(owner, []).append(text)
    return found
