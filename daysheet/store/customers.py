"""The master data: adding, proposing, confirming, showing and searching customers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.customers import Alias, Customer, CustomerStatus, NewCustomerFields
from daysheet.model.rows import COUNTING
from daysheet.naming.initials import initials
from daysheet.store import lookup, names, relations
from daysheet.store.engine import chunks, insert, insert_once
from daysheet.store.rows import insert_rows
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import (
    customer,
    customer_alias,
    customer_external_id,
    customer_field,
    submission,
)

RECORD_FIELDS = ("credit_code", "region_code", "city", "industry", "level", "address", "phone", "note")
"""Fields of the record that a list or a report may fill."""
_LONGEST_ID = 18
_GUARD = 0x0DA75EE7  # any fixed number: one lock for all who add customers


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a report's row says of its customer."""

    customer_id: int
    field: str
    value: str
    row_number: int | None = None


@dataclass(frozen=True, slots=True)
class FieldView:
    """One value with its provenance."""

    field: str
    value: str
    source: str
    is_proposal: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CustomerView:
    """One customer with what hangs on it."""

    customer: Customer
    aliases: tuple[Alias, ...]
    external_ids: Mapping[str, str]
    fields: tuple[FieldView, ...]
    parents: tuple[Customer, ...]
    children: tuple[Customer, ...]
    merged_ids: tuple[int, ...] = ()  # customers that were merged into it; their ids lead here


def guard(connection: Connection) -> None:
    """
    Let one transaction at a time look names up and add the unknown ones.

    Without it two processes could file the same new name at the same moment as two customers.
    SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_GUARD)))


def add_many(
    connection: Connection,
    new: Sequence[NewCustomerFields],
    *,
    status: CustomerStatus,
    source: str,
    submission_id: int | None,
    ruleset_version: str,
    now: datetime,
) -> tuple[Customer, ...]:
    """Add customers, each with its names, ids and the provenance of its fields; in the order given."""
    if not new:
        return ()
    rows = [
        {
            "display_name": item.display_name,
            "status": CustomerStatus.CONFIRMED if item.fields.get("credit_code") else status,
            "created_at": now,
            "created_by_submission": submission_id,
            "ruleset_version": ruleset_version,
            **{name: item.fields.get(name) for name in RECORD_FIELDS},
        }
        for item in new
    ]
    ids = list(connection.execute(_INSERT, rows).scalars())
    connection.execute(_OWN_ROOT, [{"own_id": customer_id} for customer_id in ids])
    _add_names(connection, dict(zip(ids, new, strict=True)), source, submission_id, now)
    _add_provenance(connection, dict(zip(ids, new, strict=True)), source, submission_id, now)
    found = lookup.by_ids(connection, ids)
    return tuple(found[customer_id] for customer_id in ids)


_INSERT = customer.insert().returning(customer.c.id, sort_by_parameter_order=True)
_OWN_ROOT = customer.update().where(customer.c.id == sa.bindparam("own_id")).values(root_id=sa.bindparam("own_id"))


def _add_names(
    connection: Connection,
    new: Mapping[int, NewCustomerFields],
    source: str,
    submission_id: int | None,
    now: datetime,
) -> None:
    written = [
        Alias(customer_id, text, key, "canonical" if text == item.display_name else source, item.profiles.get(text))
        for customer_id, item in new.items()
        for text, key in _named(item)
    ]
    _insert_aliases(connection, written, submission_id, now)
    names.file_under(connection, {customer_id: item.lookup_keys for customer_id, item in new.items()})
    external = [
        {"system": system, "value": value, "customer_id": customer_id}
        for customer_id, item in new.items()
        for system, value in item.external_ids.items()
    ]
    if external:
        connection.execute(customer_external_id.insert(), external)


def _named(item: NewCustomerFields) -> list[tuple[str, str]]:
    """Return every written form with its match key; a further name has a key of its own only where one is given."""
    texts = {item.display_name: item.key} | {text: item.alias_keys.get(text, item.key) for text in item.aliases}
    return list(texts.items())


def _insert_aliases(connection: Connection, aliases: Sequence[Alias], submission_id: int | None, now: datetime) -> None:
    if not aliases:
        return
    connection.execute(
        insert_once(connection, customer_alias, ("customer_id", "text")),
        [
            {
                "customer_id": alias.customer_id,
                "text": alias.text,
                "key": alias.key,
                "profile": alias.profile,
                "source": alias.source,
                "submission_id": submission_id,
                "at": now,
                "initials": initials(alias.text),
            }
            for alias in aliases
        ],
    )


def _add_provenance(
    connection: Connection,
    new: Mapping[int, NewCustomerFields],
    source: str,
    submission_id: int | None,
    now: datetime,
) -> None:
    rows = [
        {
            "customer_id": customer_id,
            "field": name,
            "value": value,
            "source": source,
            "submission_id": submission_id,
            "is_proposal": False,
            "at": now,
        }
        for customer_id, item in new.items()
        for name, value in item.fields.items()
        if name in RECORD_FIELDS and value
    ]
    if rows:
        connection.execute(_INSERT_FIELDS, rows)


def add_aliases(connection: Connection, aliases: Sequence[Alias], now: datetime) -> None:
    """
    Remember further names; one that the customer, or what it was merged with, has already is left as it is.

    The caller files the customer under their lookup keys (``names.file_under``).
    """
    known: set[tuple[int, str]] = set()
    asked, member = customer.alias("asked"), customer.alias("member")
    for some in chunks(sorted({alias.text for alias in aliases})):
        query = (
            sa.select(asked.c.id, customer_alias.c.text)
            .join_from(customer_alias, member, member.c.id == customer_alias.c.customer_id)
            .join(asked, asked.c.root_id == member.c.root_id)
            .where(customer_alias.c.text.in_(some))
        )
        known |= {(row[0], row[1]) for row in connection.execute(query)}
    new = [alias for alias in aliases if (alias.customer_id, alias.text) not in known]
    _insert_aliases(connection, new, None, now)


def add_external_ids(connection: Connection, ids: Mapping[tuple[str, str], int]) -> None:
    """Remember (system, value) → customer; a pair that is known already is left as it is."""
    if ids:
        connection.execute(
            insert(connection, customer_external_id).on_conflict_do_nothing(index_elements=["system", "value"]),
            [{"system": system, "value": value, "customer_id": owner} for (system, value), owner in ids.items()],
        )


def propose_fields(
    connection: Connection,
    proposals: Sequence[Proposal],
    submission_id: int | None,
    person_id: int | None,
    now: datetime,
) -> None:
    """
    Record what reports say of customers, where it is new.

    An empty city or industry is filled; a level stays a proposal, for a rep who sets it would
    choose how often they have to visit.
    """
    wanted = {(item.customer_id, item.field, item.value): item for item in proposals}
    if not wanted:
        return
    known: set[tuple[int, str, str]] = set()
    empty: set[tuple[int, str]] = set()
    for some in chunks(sorted({item.customer_id for item in proposals})):
        for customer_id, city, industry, field, value in connection.execute(_SAID_OF, {"ids": some}):
            known.add((customer_id, field, value))
            if not city:
                empty.add((customer_id, "city"))
            if not industry:
                empty.add((customer_id, "industry"))
    fresh = [item for key, item in wanted.items() if key not in known]
    filled: dict[int, dict[str, str]] = {}
    for item in fresh:
        if (item.customer_id, item.field) in empty:
            filled.setdefault(item.customer_id, {}).setdefault(item.field, item.value)
    if filled:
        nothing = dict.fromkeys(("new_city", "new_industry"))
        connection.execute(
            _FILL,
            [
                {"own_id": owner, **nothing, **{f"new_{name}": value for name, value in values.items()}}
                for owner, values in filled.items()
            ],
        )
    insert_rows(
        connection,
        customer_field,
        [
            {
                "customer_id": item.customer_id,
                "field": item.field,
                "value": item.value,
                "source": "report",
                "submission_id": submission_id,
                "row_number": item.row_number,
                "person_id": person_id,
                "is_proposal": filled.get(item.customer_id, {}).get(item.field) != item.value,
                "at": now,
            }
            for item in fresh
        ],
    )


_SAID = sa.select(customer_field.c.customer_id, customer_field.c.field, customer_field.c.value).where(
    customer_field.c.customer_id.in_(sa.bindparam("ids", expanding=True))
)
_SAID_OF = (
    sa.select(customer.c.id, customer.c.city, customer.c.industry, customer_field.c.field, customer_field.c.value)
    .join_from(customer, customer_field, customer_field.c.customer_id == customer.c.id, isouter=True)
    .where(customer.c.id.in_(sa.bindparam("ids", expanding=True)))
)
_FILL = (
    customer.update()
    .where(customer.c.id == sa.bindparam("own_id"))
    .values(
        {
            name: sa.func.coalesce(sa.bindparam(f"new_{name}", type_=customer.c[name].type), customer.c[name])
            for name in ("city", "industry")
        }
    )
)
_INSERT_FIELDS = customer_field.insert()
_PROVISIONAL = sa.select(customer.c.id).where(
    customer.c.id.in_(sa.bindparam("ids", expanding=True)), customer.c.status == CustomerStatus.PROVISIONAL
)


def complete(connection: Connection, stated: Mapping[int, Mapping[str, str]], source: str, now: datetime) -> None:
    """
    Take over what a list says of customers that are known: it fills what is empty and confirms them.

    *stated* maps customer → field → value. What somebody has set already stays; a value that differs
    from it is kept as a proposal. A report's level is a proposal only, so that the list's counts.
    """
    fresh: list[dict[str, Any]] = []
    for some in chunks(sorted(stated)):
        said = {tuple(row) for row in connection.execute(_STATED, {"ids": some, "source": source})}
        for row in connection.execute(_RECORDS, {"ids": some}).mappings().all():
            owner: int = row["id"]
            wanted = {name: stated[owner][name] for name in RECORD_FIELDS if stated[owner].get(name)}
            filled = {name: value for name, value in wanted.items() if not row[name]}
            if filled:
                connection.execute(customer.update().where(customer.c.id == owner).values(filled))
            fresh += [
                {
                    "customer_id": owner,
                    "field": name,
                    "value": value,
                    "source": source,
                    "is_proposal": name not in filled and row[name] != value,
                    "at": now,
                }
                for name, value in wanted.items()
                if (owner, name, value) not in said
            ]
        connection.execute(_CONFIRM, {"ids": some})
    if fresh:
        connection.execute(_INSERT_FIELDS, fresh)


_STATED = _SAID.where(customer_field.c.source == sa.bindparam("source"))
_RECORDS = sa.select(customer.c.id, *(customer.c[name] for name in RECORD_FIELDS)).where(
    customer.c.id.in_(sa.bindparam("ids", expanding=True))
)
_CONFIRM = (
    customer.update()
    .where(customer.c.id.in_(sa.bindparam("ids", expanding=True)), customer.c.status == CustomerStatus.PROVISIONAL)
    .values(status=CustomerStatus.CONFIRMED)
)


def confirm_due(connection: Connection, tables: SheetTables, ids: Collection[int], confirm_after: int) -> int:
    """Confirm those of the provisional customers *ids* that accepted reports of enough different dates name."""
    if not ids:
        return 0
    provisional = list(connection.execute(_PROVISIONAL, {"ids": sorted(set(ids))}).scalars())
    if not provisional:
        return 0
    dates: dict[int, set[Any]] = {}
    for customer_id, on in connection.execute(_days_of(tables), {"ids": provisional}):
        dates.setdefault(customer_id, set()).add(on)
    due = [customer_id for customer_id, on in dates.items() if len(on) >= confirm_after]
    if due:
        connection.execute(customer.update().where(customer.c.id.in_(due)).values(status=CustomerStatus.CONFIRMED))
    return len(due)


@lru_cache(maxsize=8)
def _days_of(tables: SheetTables) -> sa.CompoundSelect[Any]:
    """Return the query for the days on which rows that count name some customers; made once, it has many parts."""
    ids: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
    return sa.union(
        *(
            sa.select(table.c.customer_id, submission.c.report_date)
            .join_from(table, submission, table.c.submission_id == submission.c.id)
            .where(table.c.customer_id.in_(ids), table.c.state.in_(COUNTING))
            for table in map(tables.table, tables.keys)
        )
    )


def get(connection: Connection, customer_id: int) -> CustomerView | None:
    """Return a customer with its names, ids, values and relations; a merged one's id gives what it became."""
    root = lookup.by_ids(connection, [customer_id]).get(customer_id)
    if root is None:
        return None
    family = sa.select(customer.c.id).where(customer.c.root_id == root.id)
    aliases = connection.execute(
        sa.select(customer_alias)
        .where(customer_alias.c.customer_id.in_(family))
        .order_by(customer_alias.c.id)
        .limit(500)
    )
    external = connection.execute(
        sa.select(customer_external_id).where(customer_external_id.c.customer_id.in_(family)).limit(100)
    )
    fields = connection.execute(
        sa.select(customer_field)
        .where(customer_field.c.customer_id.in_(family))
        .order_by(customer_field.c.id.desc())
        .limit(100)
    )
    return CustomerView(
        customer=root,
        aliases=tuple(Alias(row.customer_id, row.text, row.key, row.source) for row in aliases),
        external_ids={row.system: row.value for row in external},
        fields=tuple(FieldView(row.field, row.value, row.source, row.is_proposal, row.at) for row in fields),
        parents=_shown(connection, {edge.parent_root for edge in relations.parents_of(connection, {root.id}).values()}),
        children=_shown(connection, {edge.child_root for edge in relations.children_of(connection, {root.id})}),
        merged_ids=tuple(connection.execute(family.where(customer.c.id != root.id).order_by(customer.c.id)).scalars()),
    )


def _shown(connection: Connection, ids: Collection[int]) -> tuple[Customer, ...]:
    found = lookup.by_ids(connection, sorted(ids)[:500])
    return tuple(sorted(found.values(), key=lambda one: one.id))


def is_listed(tables: SheetTables) -> sa.ColumnElement[bool]:
    """
    The condition that a customer belongs in a list.

    Merged ones do not, nor does a provisional one that lost all its rows to a correction.
    """
    member = customer.alias("member")
    has_rows = (
        sa.exists().where(
            member.c.root_id == customer.c.id,
            tables.table(key).c.customer_id == member.c.id,
            tables.table(key).c.state.in_(COUNTING),
        )
        for key in tables.keys
    )
    is_known = sa.exists().where(member.c.root_id == customer.c.id, member.c.status != CustomerStatus.PROVISIONAL)
    return sa.and_(
        customer.c.root_id == customer.c.id,
        sa.or_(customer.c.status != CustomerStatus.PROVISIONAL, is_known, *has_rows),
    )


def search(connection: Connection, tables: SheetTables, text: str, limit: int = 20) -> tuple[Customer, ...]:
    """Return up to *limit* listed customers one of whose names contains *text*, or whose credit code or id it is."""
    wanted = text.strip()
    if not wanted:
        return ()
    escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    named = sa.select(customer_alias.c.customer_id).where(customer_alias.c.text.ilike(f"%{escaped}%", escape="\\"))
    ids = sa.select(customer_external_id.c.customer_id).where(customer_external_id.c.value == wanted)
    given = [int(wanted)] if wanted.isascii() and wanted.isdigit() and len(wanted) <= _LONGEST_ID else []
    roots = sa.select(customer.c.root_id).where(
        sa.or_(
            customer.c.id.in_(named),
            customer.c.id.in_(ids),
            customer.c.credit_code == wanted.upper(),
            customer.c.id.in_(given),
        )
    )
    query = (
        sa.select(*lookup.COLUMNS)
        .where(customer.c.id.in_(roots), is_listed(tables))
        .order_by(sa.func.length(customer.c.display_name), customer.c.id)
        .limit(limit)
    )
    return tuple(lookup.to_customer(dict(row)) for row in connection.execute(query).mappings())
