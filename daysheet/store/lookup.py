"""
Find customers by what is certain: external id, credit code, exact alias, match key.

Each takes all of a workbook's questions at once. Merged customers answer as what they became.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.customers import Customer, CustomerStatus
from daysheet.store.engine import chunks
from daysheet.store.tables import customer, customer_alias, customer_external_id

Asked = TypeVar("Asked")

COLUMNS = tuple(customer.c[name] for name in Customer.__dataclass_fields__)
"""The columns of a customer value, in its order."""


def to_customer(row: Mapping[str, Any]) -> Customer:
    """Return a stored row as a value."""
    created: datetime | None = row["created_at"]
    return Customer(
        id=row["id"],
        display_name=row["display_name"],
        status=CustomerStatus(row["status"]),
        root_id=row["root_id"],
        short_name=row["short_name"],
        kind=row["kind"],
        merged_into=row["merged_into"],
        credit_code=row["credit_code"],
        region_code=row["region_code"],
        city=row["city"],
        industry=row["industry"],
        level=row["level"],
        address=row["address"],
        phone=row["phone"],
        note=row["note"],
        created_at=created,
    )


def by_ids(connection: Connection, ids: Collection[int]) -> dict[int, Customer]:
    """Return customers by id; a merged one's id gives what it became."""
    roots: dict[int, int] = {}
    for some in chunks(sorted(ids)):
        query = sa.select(customer.c.id, customer.c.root_id).where(customer.c.id.in_(some))
        roots |= {row.id: row.root_id for row in connection.execute(query)}
    found: dict[int, Customer] = {}
    for some in chunks(sorted(set(roots.values()))):
        rows = connection.execute(sa.select(*COLUMNS).where(customer.c.id.in_(some))).mappings()
        found |= {row["id"]: to_customer(dict(row)) for row in rows}
    return {asked: found[root] for asked, root in roots.items()}


def by_external_ids(
    connection: Connection, pairs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Customer, ...]]:
    """Return customers by (system, value)."""
    values: dict[str, list[str]] = {}
    for system, value in sorted(pairs):
        values.setdefault(system, []).append(value)
    hits: list[tuple[tuple[str, str], int]] = []
    table = customer_external_id
    for system, asked in values.items():
        for some in chunks(asked):
            query = sa.select(table.c.value, table.c.customer_id).where(
                table.c.system == system, table.c.value.in_(some)
            )
            hits += [((system, row.value), row.customer_id) for row in connection.execute(query)]
    return _resolved(connection, hits)


def by_credit_codes(connection: Connection, codes: Collection[str]) -> dict[str, tuple[Customer, ...]]:
    """Return customers by credit code."""
    return _resolved(connection, _hits(connection, customer.c.credit_code, customer.c.id, codes))


def by_aliases(connection: Connection, texts: Collection[str]) -> dict[str, tuple[Customer, ...]]:
    """Return customers by a name in exactly this written form."""
    return _resolved(connection, _hits(connection, customer_alias.c.text, customer_alias.c.customer_id, texts))


def by_keys(connection: Connection, keys: Collection[str]) -> dict[str, tuple[Customer, ...]]:
    """Return customers by match key of any of their names."""
    return _resolved(connection, _hits(connection, customer_alias.c.key, customer_alias.c.customer_id, keys))


def _hits(
    connection: Connection, column: sa.Column[Any], owner: sa.Column[Any], asked: Collection[str]
) -> list[tuple[str, int]]:
    hits: list[tuple[str, int]] = []
    for some in chunks(sorted(asked)):
        query = sa.select(column.label("asked"), owner.label("owner")).where(column.in_(some))
        hits += [(row.asked, row.owner) for row in connection.execute(query)]
    return hits


def _resolved(connection: Connection, hits: Collection[tuple[Asked, int]]) -> dict[Asked, tuple[Customer, ...]]:
    customers = by_ids(connection, {owner for _, owner in hits}) if hits else {}
    found: dict[Asked, dict[int, Customer]] = {}
    for asked, owner in hits:
        root = customers[owner]
        found.setdefault(asked, {})[root.id] = root
    return {asked: tuple(roots[key] for key in sorted(roots)) for asked, roots in found.items()}
