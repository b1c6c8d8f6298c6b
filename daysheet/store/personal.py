"""
What a rep's own workbook is filled with: contacts and open deals of their customers, the latest visits.

One person is asked about at a time, before a mail leaves: everything goes by indexes and is bounded.
*roots* are customers as read, those merged into them included.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from daysheet.model.organisation import Posting, Team
from daysheet.model.rows import COUNTING
from daysheet.model.template import Meaning
from daysheet.model.text import Language
from daysheet.store.engine import Connection, chunks
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import contact, customer, opportunity, person, posting, submission, team


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands on a day: *posting* is the last begun by then, *team* its team."""

    posting: Posting
    team: Team | None


def standing(connection: Connection, person_id: int, on: date) -> Standing | None:
    """Return where a person stands, by their postings or else by the list of people; None for nobody."""
    posted = (
        sa.select(posting.c.id, posting.c.team_id, posting.c.region, posting.c.manager, posting.c.from_on)
        .where(posting.c.person_id == person_id)
        .order_by((posting.c.from_on > on), sa.desc(posting.c.from_on))
        .limit(1)
    )
    listed = sa.select(
        sa.literal(0), person.c.team_id, person.c.region, person.c.manager, sa.literal(on, sa.Date)
    ).where(person.c.id == person_id)
    found = connection.execute(posted).first() or connection.execute(listed).first()
    if found is None:
        return None
    id_, team_id, region, manager, from_on = found
    row = connection.execute(sa.select(team).where(team.c.id == team_id)).first() if team_id is not None else None
    own = None
    if row is not None:
        language = Language(row.language) if row.language else None
        own = Team(row.id, row.name, row.region, row.timezone, language, row.manager, row.calendar)
    return Standing(Posting(id_, person_id, own.name if own else "", region, manager, from_on), own)


def last_form(connection: Connection, person_id: int, forms: Collection[str]) -> str | None:
    """Return which of *forms* a person's last report was on, None where there is no such report."""
    query = (
        sa.select(submission.c.template_id)
        .where(
            submission.c.rep_id == person_id,
            submission.c.is_current,
            submission.c.template_id.in_(sorted(forms)),
        )
        .order_by(submission.c.report_date.desc(), submission.c.id.desc())
        .limit(1)
    )
    found: str | None = connection.scalar(query)
    return found


# ---- contacts ------------------------------------------------------------------------------------

_MOST_READ = 5000
"""Contacts looked at for a dropdown: the newest of so many customers."""


def contacts(
    connection: Connection,
    tables: SheetTables,
    person_id: int,
    roots: Sequence[int],
    owned: Collection[int],
    since: date,
    limit: int,
) -> tuple[str, ...]:
    """
    Return the names of customers' contacts, each once, in the order of *roots*, the newest first.

    Of customers that the person does not own only those in the person's own reports since a day: to
    name a customer is enough to take part, and would be enough to learn whom a colleague knows there.
    """
    rows: list[tuple[int, int, str, str]] = []
    for some in chunks([root for root in roots if root in owned]):
        query = _CONTACTS.where(customer.c.root_id.in_(some)).order_by(contact.c.id.desc()).limit(_MOST_READ)
        rows += [tuple(row) for row in connection.execute(query)]
    for some in chunks([root for root in roots if root not in owned]):
        for table in _with_contacts(tables):
            query = _CONTACTS.join(table, table.c.contact_id == contact.c.id)
            query = query.join(submission, submission.c.id == table.c.submission_id).where(
                submission.c.rep_id == person_id, submission.c.report_date >= since, table.c.state.in_(COUNTING)
            )
            rows += [tuple(row) for row in connection.execute(query.where(customer.c.root_id.in_(some)).distinct())]
    places = {root: place for place, root in enumerate(roots)}
    names: dict[str, str] = {}
    for _, _, name, key in sorted(rows, key=lambda row: (places[row[0]], -row[1])):
        names.setdefault(key, name)
    return tuple(names.values())[:limit]


_CONTACTS = sa.select(customer.c.root_id, contact.c.id, contact.c.name, contact.c.name_key).join_from(
    contact, customer, customer.c.id == contact.c.customer_id
)


def _with_contacts(tables: SheetTables) -> list[sa.Table]:
    """Return the tables of the sheets that name people."""
    return [
        tables.table(key)
        for key, columns in tables.columns.items()
        if any(column.meaning is Meaning.CONTACT_NAME for column in columns.values())
    ]


# ---- deals ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity as its latest event has it: *row_id* is that event's row, *on* the day it was reported for."""

    id: int  # the one it is shown under: the first with its project among merged customers'
    ids: tuple[int, ...]  # that one and its twins
    row_id: int
    root_id: int
    rep_id: int | None
    stage: str | None
    on: date


def deals(connection: Connection, table: sa.Table, stage: str, roots: Sequence[int]) -> tuple[Deal, ...]:
    """Return every opportunity of some customers that has an event; the same project of merged customers is one."""
    events: list[Any] = []
    for some in chunks(roots):
        events += connection.execute(_last_events(table, stage, some))
    latest: dict[tuple[int, str], Any] = {}
    twins: dict[tuple[int, str], set[int]] = {}
    for event in events:
        same = event.root_id, event.project_key
        twins.setdefault(same, set()).add(event.opportunity_id)
        if same not in latest or _place(latest[same]) < _place(event):
            latest[same] = event
    return tuple(
        Deal(min(twins[same]), tuple(twins[same]), one.id, one.root_id, one.rep_id, one.stage, one.report_date)
        for same, one in latest.items()
    )


def _place(event: Any) -> tuple[date, int, int]:
    return event.report_date, event.submission_id, event.row_number


def _last_events(table: sa.Table, stage: str, roots: Sequence[int]) -> sa.Select[Any]:
    """Select the events of each opportunity's last day: few, where all of them may be a year's."""
    asked = (
        sa.select(opportunity.c.id)
        .join(customer, customer.c.id == opportunity.c.customer_id)
        .where(customer.c.root_id.in_(roots))
    )
    counts = table.c.state.in_(COUNTING)
    last = (
        sa.select(table.c.opportunity_id, sa.func.max(submission.c.report_date).label("on"))
        .join_from(table, submission, submission.c.id == table.c.submission_id)
        .where(table.c.opportunity_id.in_(asked), counts)
        .group_by(table.c.opportunity_id)
        .subquery()
    )
    return (
        sa.select(
            table.c.id,
            table.c.opportunity_id,
            table.c.row_number,
            table.c.submission_id,
            table.c[stage].label("stage"),
            submission.c.rep_id,
            submission.c.report_date,
            customer.c.root_id,
            opportunity.c.project_key,
        )
        .join_from(last, opportunity, opportunity.c.id == last.c.opportunity_id)
        .join(customer, customer.c.id == opportunity.c.customer_id)
        .join(table, table.c.opportunity_id == last.c.opportunity_id)
        .join(
            submission,
            sa.and_(submission.c.id == table.c.submission_id, submission.c.report_date == last.c.on),
        )
        .where(counts)
    )


# ---- rows ----------------------------------------------------------------------------------------


def values(
    connection: Connection, tables: SheetTables, key: str, ids: Collection[int]
) -> Mapping[int, Mapping[str, object]]:
    """Return the typed values of rows of a sheet, by id."""
    table = tables.table(key)
    columns = [table.c[name] for name in tables.columns[key]]
    found: dict[int, Mapping[str, object]] = {}
    for some in chunks(sorted(ids)):
        for row in connection.execute(sa.select(table.c.id, *columns).where(table.c.id.in_(some))).mappings():
            found[row["id"]] = tables.given(key, dict(row))
    return found


def last_visits(connection: Connection, table: sa.Table, day: str, person_id: int, since: date) -> Mapping[int, date]:
    """Return, by customer as read, when a person last visited, by their reports since a day."""
    query = (
        sa.select(customer.c.root_id, sa.func.max(table.c[day]))
        .join_from(table, submission, submission.c.id == table.c.submission_id)
        .join(customer, customer.c.id == table.c.customer_id)
        .where(submission.c.rep_id == person_id, submission.c.report_date >= since, table.c.state.in_(COUNTING))
        .group_by(customer.c.root_id)
    )
    return {root: last for root, last in connection.execute(query) if last is not None}
