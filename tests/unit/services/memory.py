"""Customers by hand, reports about them, and everything that a merge must leave as it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from daysheet.i18n import text
from daysheet.model.customers import CustomerStatus, NewCustomerFields
from daysheet.model.decisions import Candidate
from daysheet.model.memory import Question, Refusal, ReviewKind
from daysheet.model.text import Language
from daysheet.services import merging, reviews
from daysheet.services.merging import Merged, Request, Unmerged
from daysheet.services.tools import Tools
from daysheet.store import customers, tables
from daysheet.store.sheets import SheetTables

CODE = "91440300708461136T"
OTHER_CODE = "914403001922038216"


def add(
    tools: Tools,
    *names: str,
    status: CustomerStatus = CustomerStatus.CONFIRMED,
    aliases: Sequence[str] = (),
    **fields: str,
) -> tuple[int, ...]:
    """Add customers and return their ids."""
    new = [
        NewCustomerFields(
            name,
            tools.naming.parse(name).key,
            tuple(aliases),
            alias_keys={alias: tools.naming.parse(alias).key for alias in aliases},
            fields=fields,
        )
        for name in names
    ]
    with tools.database.writing() as connection:
        added = customers.add_many(
            connection, new, status=status, source="import", submission_id=None, ruleset_version="t", now=tools.clock()
        )
    return tuple(customer.id for customer in added)


def merge(tools: Tools, winner: int, loser: int, *, reason: str = "", **keep: str) -> Merged:
    """Merge, which must be possible."""
    done = merging.merge(tools, Request(winner, loser, keep, reason))
    assert isinstance(done, Merged), done
    return done


def refused(done: object) -> Refusal:
    """Return the refusal that *done* must be; its sentence can be said in both languages."""
    assert isinstance(done, Refusal), done
    for language in Language:
        assert text(str(done.code), language, n=None, **done.params)
    return done


def unmerge(tools: Tools, done: Merged) -> Unmerged:
    """Undo, which must be possible."""
    assert done.event is not None
    undone = merging.unmerge(tools, event_id=done.event.id)
    assert isinstance(undone, Unmerged), undone
    return undone


def ask(tools: Tools, customer_id: int, *candidates: int, kind: ReviewKind = ReviewKind.NAME) -> int:
    """Put a question and return its review."""
    asked = Question(customer_id, kind, tuple(Candidate(one, f"#{one}", 0.8, ("key",)) for one in candidates))
    with tools.database.writing() as connection:
        return reviews.ask(connection, tools, [asked])[customer_id]


@dataclass(frozen=True)
class Everything:
    """What must be the same after merging and taking it back as if there had been no merge."""

    customers: list[Any]
    aliases: list[Any]
    relations: list[Any]
    assignments: list[Any]
    contacts: list[Any]
    opportunities: list[Any]
    rows: list[Any]
    fields: list[Any]


def everything(tools: Tools) -> Everything:
    """Read it all."""
    with tools.database.reading() as connection:
        return everything_in(connection, tools.tables)


def everything_in(connection: sa.Connection, sheets: SheetTables) -> Everything:
    """Read it all, within a transaction."""

    def all_of(table: sa.Table) -> list[Any]:
        found = connection.execute(sa.select(table).order_by(*table.primary_key.columns))
        return [dict(row) for row in found.mappings()]

    return Everything(
        all_of(tables.customer),
        all_of(tables.customer_alias),
        all_of(tables.customer_relation),
        all_of(tables.assignment),
        all_of(tables.contact),
        all_of(tables.opportunity),
        resolved_rows(connection, sheets),
        all_of(tables.customer_field),
    )


def resolved_rows(connection: sa.Connection, sheets: SheetTables) -> list[Any]:
    """Return every row with the customer it is read as."""
    found = []
    for key in sheets.keys:
        table = sheets.table(key)
        query = (
            sa.select(
                table.c.id, table.c.customer_id, tables.customer.c.root_id, table.c.contact_id, table.c.opportunity_id
            )
            .join(tables.customer, tables.customer.c.id == table.c.customer_id)
            .order_by(table.c.id)
        )
        found += [(key, *row) for row in connection.execute(query)]
    return found
