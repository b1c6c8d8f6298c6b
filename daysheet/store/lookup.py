"""
Find customers by what is certain: external id, credit code, exact alias, match key.

Each takes all of a workbook's questions at once. Merged customers answer as what they became.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.customers import Customer, CustomerStatus
from daysheet.store.engine import chunks
from daysheet.store.tables import customer, customer_alias, customer_external_id

Asked = TypeVar("Asked")

COLUMNS = (*(customer.c[name] for name in Customer.__dataclass_fields__), customer.c.survived)
"""The columns a customer value is made from."""


def _to_customer(values: Sequence[Any]) -> Customer:
    """Return ``COLUMNS`` as a value; most customers have had nothing merged into them."""
    *own, survived = values
    if survived:
        return to_customer(dict(zip(_NAMES, values, strict=True)))
    own[_STATUS] = CustomerStatus(own[_STATUS])
    return Customer(*own)


_NAMES = tuple(column.name for column in COLUMNS)
_STATUS = _NAMES.index("status")


def to_customer(row: Mapping[str, Any]) -> Customer:
    """Return a stored row as a value: where something was merged into it, with the values that survived."""
    if row["survived"]:
        row = dict(row) | {field: kept["value"] for field, kept in row["survived"].items()}
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
    found: dict[int, Customer] = {}
    for some in chunks(sorted(ids)):
        for asked_id, *values in connection.execute(_BY_IDS, {"ids": some}):
            found[asked_id] = _to_customer(values)
    return found


_ASKED, _MEMBER = customer.alias("asked"), customer.alias("member")
_BY_IDS = (
    sa.select(_ASKED.c.id.label("asked_id"), *COLUMNS)
    .join_from(_ASKED, customer, customer.c.id == _ASKED.c.root_id)
    .where(_ASKED.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(_ASKED.c.id)
)
"""Made once: building a statement takes several times as long as running it."""


@dataclass(frozen=True, slots=True)
class Known:
    """The answers to several questions at once, each as ``by_…`` gives it."""

    external_ids: Mapping[tuple[str, str], tuple[Customer, ...]]
    credit_codes: Mapping[str, tuple[Customer, ...]]
    aliases: Mapping[str, tuple[Customer, ...]]
    keys: Mapping[str, tuple[Customer, ...]]
    customers: Mapping[int, Customer]
    """Whoever is in any of them, by id."""


def by_all(
    connection: Connection,
    external_ids: Collection[tuple[str, str]],
    credit_codes: Collection[str],
    texts: Collection[str],
    keys: Collection[str],
) -> Known:
    """Return customers by external id, credit code, written form and match key: one query of each kind."""
    by_id = _external_hits(connection, external_ids)
    by_code = _hits(connection, customer.c.credit_code, customer.c.id, credit_codes)
    by_text = _hits(connection, customer_alias.c.text, customer_alias.c.customer_id, texts)
    by_key = _hits(connection, customer_alias.c.key, customer_alias.c.customer_id, keys)
    owners = {owner for hits in (by_id, by_code, by_text, by_key) for _, owner in hits}
    found = by_ids(connection, owners) if owners else {}
    return Known(
        external_ids=_named(by_id, found),
        credit_codes=_named(by_code, found),
        aliases=_named(by_text, found),
        keys=_named(by_key, found),
        customers={one.id: one for one in found.values()},
    )


def by_external_ids(
    connection: Connection, pairs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Customer, ...]]:
    """Return customers by (system, value)."""
    return _resolved(connection, _external_hits(connection, pairs))


def _external_hits(connection: Connection, pairs: Collection[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
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
    return hits


def external_labels(connection: Connection, ids: Collection[int], system: str) -> dict[int, str]:
    """Return each customer's id in *system* (the lowest of several, those merged into it included), else our own."""
    table, member = customer_external_id, customer.alias("member")
    found = {one: str(one) for one in ids}
    for some in chunks(sorted(ids)):
        query = (
            sa.select(member.c.root_id, sa.func.min(table.c.value))
            .join_from(table, member, member.c.id == table.c.customer_id)
            .where(member.c.root_id.in_(some), table.c.system == system)
            .group_by(member.c.root_id)
        )
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def by_credit_codes(connection: Connection, codes: Collection[str]) -> dict[str, tuple[Customer, ...]]:
    """Return customers by credit code."""
    return _resolved(connection, _hits(connection, customer.c.credit_code, customer.c.id, codes))


def by_aliases(connection: Connection, texts: Collection[str]) -> dict[str, tuple[Customer, ...]]:
    """Return customers by a name in exactly this written form."""
    return _resolved(connection, _hits(connection, customer_alias.c.text, customer_alias.c.customer_id, texts))


def by_keys(connection: Connection, keys: Collection[str]) -> dict[str, tuple[Customer, ...]]:
    """Return customers by match key of any of their names."""
    return _resolved(connection, _hits(connection, customer_alias.c.key, customer_alias.c.customer_id, keys))


# ---- whose name it is --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """A name and the customer it was found to be; *code* and *external_id* are what else was said of it."""

    customer_id: int
    texts: tuple[str, ...]
    key: str = ""
    code: str = ""
    external_id: tuple[str, str] | None = None


def owners(connection: Connection, asked: Mapping[Asked, Named]) -> dict[Asked, int]:
    """
    Return the id to store for each name: the customer that the name itself belongs to.

    Lookups answer with what merged customers became, for that is what is shown. What is stored
    keeps to the one whose id, code, written form or key it was, so that undoing the merge leaves
    it on the right side. One query where none of the customers has been merged.
    """
    families = _families(connection, {named.customer_id for named in asked.values()})
    doubtful = {key: named for key, named in asked.items() if named.customer_id in families}
    if not doubtful:
        return {key: named.customer_id for key, named in asked.items()}
    wanted = doubtful.values()
    codes = _hits(connection, customer.c.credit_code, customer.c.id, {n.code for n in wanted if n.code})
    texts = _hits(
        connection, customer_alias.c.text, customer_alias.c.customer_id, {t for n in wanted for t in n.texts if t}
    )
    keys = _hits(connection, customer_alias.c.key, customer_alias.c.customer_id, {n.key for n in wanted if n.key})
    ids = _external_hits(connection, {n.external_id for n in wanted if n.external_id})
    by_code, by_text, by_key, by_id = _grouped(codes), _grouped(texts), _grouped(keys), _grouped(ids)
    found: dict[Asked, int] = {}
    for key, named in asked.items():
        family = families.get(named.customer_id, frozenset())
        evidence = (
            by_id.get(named.external_id, ()) if named.external_id else (),
            by_code.get(named.code, ()),
            *(by_text.get(text, ()) for text in named.texts),
            by_key.get(named.key, ()),
        )
        mine = next((some for hits in evidence if (some := family.intersection(hits))), ())
        # a name that several of them have is the one's that was decided on
        found[key] = named.customer_id if not mine or named.customer_id in mine else min(mine)
    return found


def _families(connection: Connection, ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Return who belongs together with each of *ids*, for those that are not alone."""
    found: dict[int, set[int]] = {}
    for some in chunks(sorted(ids)):
        for one, other in connection.execute(_FAMILIES, {"ids": some}):
            found.setdefault(one, {one}).add(other)
    return {one: frozenset(members) for one, members in found.items()}


_FAMILIES = (
    sa.select(_ASKED.c.id, _MEMBER.c.id)
    .join_from(_ASKED, _MEMBER, sa.and_(_MEMBER.c.root_id == _ASKED.c.root_id, _MEMBER.c.id != _ASKED.c.id))
    .where(_ASKED.c.id.in_(sa.bindparam("ids", expanding=True)))
)


def _grouped(hits: Collection[tuple[Asked, int]]) -> dict[Asked, tuple[int, ...]]:
    grouped: dict[Asked, tuple[int, ...]] = {}
    for asked, owner in hits:
        grouped[asked] = (*grouped.get(asked, ()), owner)
    return grouped


# ---- queries -----------------------------------------------------------------------------------


def _hits(
    connection: Connection, column: sa.Column[Any], owner: sa.Column[Any], asked: Collection[str]
) -> list[tuple[str, int]]:
    hits: list[tuple[str, int]] = []
    for some in chunks(sorted(asked)):
        hits += [(row[0], row[1]) for row in connection.execute(_owned(column, owner), {"some": some})]
    return hits


@cache
def _owned(column: sa.Column[Any], owner: sa.Column[Any]) -> sa.Select[Any]:
    return sa.select(column, owner).where(column.in_(sa.bindparam("some", expanding=True)))


def _resolved(connection: Connection, hits: Collection[tuple[Asked, int]]) -> dict[Asked, tuple[Customer, ...]]:
    return _named(hits, by_ids(connection, {owner for _, owner in hits}) if hits else {})


def _named(hits: Collection[tuple[Asked, int]], customers: Mapping[int, Customer]) -> dict[Asked, tuple[Customer, ...]]:
    found: dict[Asked, dict[int, Customer]] = {}
    for asked, owner in hits:
        root = customers[owner]
        found.setdefault(asked, {})[root.id] = root
    return {asked: tuple(roots[key] for key in sorted(roots)) for asked, roots in found.items()}
