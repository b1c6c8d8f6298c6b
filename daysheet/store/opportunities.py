"""Opportunities: identity only. Their state is the latest row that is not superseded."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import chunks
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import customer, opportunity, submission


@dataclass(frozen=True, slots=True)
class OpportunitySeen:
    """An opportunity as a row names it. *ref* is the hidden reference of a prefilled row ("o:12")."""

    customer_id: int
    project: str
    ref: str | None = None


def project_key(project: str) -> str:
    """Return a project's name for comparing: width, case, spaces and punctuation do not count."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", project)).casefold()


def resolve(connection: Connection, seen: Sequence[OpportunitySeen], now: datetime) -> list[int]:
    """
    Return the opportunity id of each of *seen*, adding those nobody knows.

    Identity is the reference where it belongs to the same customer, else customer and project.
    """
    if not seen:
        return []
    by_key, by_id = _known(connection, sorted({item.customer_id for item in seen}))
    ids = []
    for item in seen:
        key = (item.customer_id, project_key(item.project))
        referred = _referred(item.ref)
        found = referred if (item.customer_id, referred) in by_id else by_key.get(key)
        if found is None:
            inserted = connection.execute(
                opportunity.insert().values(
                    customer_id=item.customer_id, project=item.project, project_key=key[1], created_at=now
                )
            ).inserted_primary_key
            assert inserted is not None
            found = int(inserted[0])
            by_key[key] = found
        ids.append(found)
    return ids


def _referred(ref: str | None) -> int | None:
    return int(ref[2:]) if ref and ref.startswith("o:") and ref[2:].isdigit() else None


def _known(
    connection: Connection, customer_ids: Sequence[int]
) -> tuple[dict[tuple[int, str], int], set[tuple[int, int | None]]]:
    by_key: dict[tuple[int, str], int] = {}
    by_id: set[tuple[int, int | None]] = set()
    asked, owner = customer.alias("asked"), customer.alias("owner")
    for some in chunks(customer_ids):
        query = (
            sa.select(asked.c.id.label("asked_id"), opportunity.c.id, opportunity.c.project_key)
            .join_from(asked, owner, owner.c.root_id == asked.c.root_id)
            .join(opportunity, opportunity.c.customer_id == owner.c.id)
            .where(asked.c.id.in_(some))
            .order_by(opportunity.c.id)
        )
        for row in connection.execute(query):
            by_key.setdefault((row.asked_id, row.project_key), row.id)
            by_id.add((row.asked_id, row.id))
    return by_key, by_id


def previous_stages(
    connection: Connection,
    tables: SheetTables,
    sheet: str,
    column: str,
    ids: Sequence[int],
    except_submission: int | None,
) -> dict[int, str]:
    """Return the stage each opportunity was last reported in, by rows that count, leaving one submission out."""
    table = tables.table(sheet)
    found: dict[int, str] = {}
    for some in chunks(ids):
        query = (
            sa.select(table.c.opportunity_id, table.c[column])
            .join_from(table, submission, table.c.submission_id == submission.c.id)
            .where(table.c.opportunity_id.in_(some), table.c.state.in_(("landed", "repaired")))
            .order_by(submission.c.report_date, submission.c.id, table.c.row_number)
        )
        if except_submission is not None:
            query = query.where(table.c.submission_id != except_submission)
        for row in connection.execute(query):
            if row[1]:
                found[row[0]] = row[1]
    return found
