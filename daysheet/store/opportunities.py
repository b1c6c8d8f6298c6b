"""
Opportunities: identity only. Their state is the latest row that is not superseded.

Each belongs to the customer its rows were stored on. The same project of two customers that were
merged is one opportunity to whoever reads (``twins``), and two in the table: undoing the merge
needs no repair.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.rows import COUNTING
from daysheet.store import references
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

    Identity is the reference where it is one of this very customer's, else customer and project.
    """
    if not seen:
        return []
    by_key, by_id = _known(connection, sorted({item.customer_id for item in seen}))
    new: list[dict[str, Any]] = []
    places: list[int] = []  # opportunity ids; below 0 the places in *new*, counted from the end
    for item in seen:
        key = (item.customer_id, project_key(item.project))
        referred = _referred(item.ref)
        found = referred if referred is not None and (item.customer_id, referred) in by_id else by_key.get(key)
        if found is None:
            found = by_key[key] = -1 - len(new)
            new.append(
                {"customer_id": item.customer_id, "project": item.project, "project_key": key[1], "created_at": now}
            )
        places.append(found)
    added = _add(connection, new)
    return [place if place >= 0 else added[-1 - place] for place in places]


def _add(connection: Connection, new: Sequence[Mapping[str, Any]]) -> list[int]:
    """Add opportunities and return their ids in the order of *new*."""
    if not new:
        return []
    # ids in the order of the rows would cost a statement for each row
    ids = {tuple(identity): opportunity_id for opportunity_id, *identity in connection.execute(_INSERT, new)}
    return [ids[item["customer_id"], item["project_key"]] for item in new]


_INSERT = opportunity.insert().returning(opportunity.c.id, opportunity.c.customer_id, opportunity.c.project_key)


def _referred(ref: str | None) -> int | None:
    found = references.parse(ref)
    return found[1] if found is not None and found[0] == "o" else None


def _known(
    connection: Connection, customer_ids: Sequence[int]
) -> tuple[dict[tuple[int, str], int], set[tuple[int, int]]]:
    by_key: dict[tuple[int, str], int] = {}
    by_id: set[tuple[int, int]] = set()
    for some in chunks(customer_ids):
        query = sa.select(opportunity).where(opportunity.c.customer_id.in_(some))
        for row in connection.execute(query):
            by_key[row.customer_id, row.project_key] = row.id
            by_id.add((row.customer_id, row.id))
    return by_key, by_id


def keys_of(connection: Connection, roots: Collection[int]) -> dict[int, tuple[int, str]]:
    """Return, by opportunity of some customers as read, which customer it is of and its project for comparing."""
    found: dict[int, tuple[int, str]] = {}
    for some in chunks(sorted(roots)):
        query = (
            sa.select(opportunity.c.id, customer.c.root_id, opportunity.c.project_key)
            .join_from(opportunity, customer, customer.c.id == opportunity.c.customer_id)
            .where(customer.c.root_id.in_(some))
        )
        found |= {number: (root, key) for number, root, key in connection.execute(query)}
    return found


def reported_by(connection: Connection, table: sa.Table, ids: Collection[int], person_id: int) -> set[int]:
    """Return which opportunities a person has reported, by rows that count."""
    found: set[int] = set()
    for some in chunks(sorted(ids)):
        query = (
            sa.select(table.c.opportunity_id)
            .join_from(table, submission, submission.c.id == table.c.submission_id)
            .where(table.c.opportunity_id.in_(some), submission.c.rep_id == person_id, table.c.state.in_(COUNTING))
            .distinct()
        )
        found |= set(connection.execute(query).scalars())
    return found


def owners(connection: Connection, refs: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """
    Return whose opportunity each (customer, reference) means, where it is one of the customer's or
    of what that one was merged with.
    """
    wanted = {(customer_id, ref): found for customer_id, ref in refs if (found := _referred(ref)) is not None}
    pairs: set[tuple[int, int, int]] = set()
    owner, asked = customer.alias("owner"), customer.alias("asked")
    for some in chunks(sorted(set(wanted.values()))):
        query = (
            sa.select(asked.c.id, opportunity.c.id, owner.c.id)
            .join_from(opportunity, owner, owner.c.id == opportunity.c.customer_id)
            .join(asked, asked.c.root_id == owner.c.root_id)
            .where(opportunity.c.id.in_(some))
        )
        pairs |= {tuple(row) for row in connection.execute(query)}
    by_pair = {(asked_id, number): owner_id for asked_id, number, owner_id in pairs}
    return {key: by_pair[key[0], number] for key, number in wanted.items() if (key[0], number) in by_pair}


def twins(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return the id each opportunity is shown under: the first with its project among the merged customers'."""
    return {one: min(same) for one, same in _same(connection, ids).items()}


def _same(connection: Connection, ids: Sequence[int]) -> dict[int, set[int]]:
    """Return, by opportunity, every one that is the same project of the same customer or of one merged with it."""
    found: dict[int, set[int]] = {}
    mine, other = opportunity.alias("mine"), opportunity.alias("other")
    owner, member = customer.alias("owner"), customer.alias("member")
    for some in chunks(ids):
        query = (
            sa.select(mine.c.id, other.c.id)
            .join_from(mine, owner, owner.c.id == mine.c.customer_id)
            .join(member, member.c.root_id == owner.c.root_id)
            .join(other, sa.and_(other.c.customer_id == member.c.id, other.c.project_key == mine.c.project_key))
            .where(mine.c.id.in_(some))
        )
        for one, same in connection.execute(query):
            found.setdefault(one, set()).add(same)
    return found


def previous_stages(
    connection: Connection,
    tables: SheetTables,
    sheet: str,
    column: str,
    ids: Sequence[int],
    except_submission: int | None,
) -> dict[int, str]:
    """
    Return the stage each opportunity was last reported in, by rows that count, leaving one submission out.

    Where customers were merged, the same project of each is one opportunity.
    """
    table = tables.table(sheet)
    same = _same(connection, ids)
    asked: dict[int, list[int]] = {}
    for one, others in same.items():
        for other in others:
            asked.setdefault(other, []).append(one)
    last: dict[int, tuple[tuple[Any, ...], str]] = {}
    for some in chunks(sorted(asked)):
        counts: list[sa.ColumnElement[bool]] = [
            table.c.opportunity_id.in_(some),
            table.c.state.in_(COUNTING),
            table.c[column].is_not(None),
        ]
        if except_submission is not None:
            counts.append(table.c.submission_id != except_submission)
        for opportunity_id, stage, *when in connection.execute(_on_last_days(table, column, counts)):
            for one in asked[opportunity_id]:
                event = (tuple(when), stage)
                last[one] = max(last.get(one, event), event)
    return {one: stage for one, (_, stage) in last.items()}


def _on_last_days(table: sa.Table, column: str, counts: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """Select the events of each opportunity's last day: a prefilled deal has one for every day of the year."""
    last = (
        sa.select(table.c.opportunity_id, sa.func.max(submission.c.report_date).label("on"))
        .join_from(table, submission, submission.c.id == table.c.submission_id)
        .where(*counts)
        .group_by(table.c.opportunity_id)
        .subquery()
    )
    return (
        sa.select(
            table.c.opportunity_id, table.c[column], submission.c.report_date, submission.c.id, table.c.row_number
        )
        .join_from(table, submission, table.c.submission_id == submission.c.id)
        .join(
            last,
            sa.and_(last.c.opportunity_id == table.c.opportunity_id, last.c.on == submission.c.report_date),
        )
        .where(*counts)
    )
