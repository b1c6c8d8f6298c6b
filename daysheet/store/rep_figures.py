"""
A rep's own figures: customers that wait for a visit, and what the month has come to so far.

For many reps at once. Rows are found through the reports of the reps concerned, never by going
through everybody's: one rep's answer asks for all of this.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.customers import CustomerStatus
from daysheet.model.rows import COUNTING
from daysheet.model.template import Meaning, SheetMeaning
from daysheet.store.assignments import is_owner
from daysheet.store.digest_sources import Source, about, data, shown
from daysheet.store.engine import chunks
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import assignment, customer, opportunity, submission

EARLIER = timedelta(days=7)
"""How much later than its report a visit can be dated: a report of a week may bear that week's first day."""

_FIRST, _LAST, _SINCE = (sa.bindparam(name, type_=sa.Date) for name in ("first", "last", "since"))
_ROOTS: sa.BindParameter[Any] = sa.bindparam("roots", expanding=True)
_ASKED: sa.BindParameter[Any] = sa.bindparam("reps", expanding=True)
_REPS = submission.c.rep_id.in_(_ASKED)


@dataclass(frozen=True, slots=True)
class Owned:
    """A customer, as read, of a level; *reported_on* is the owner's last report of it."""

    person_id: int
    root_id: int
    name: str
    level: str
    reported_on: date | None


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits to a customer from each of several days on, and the last of them."""

    counts: tuple[int, ...]
    last_on: date | None


# ---- customers to visit --------------------------------------------------------------------------


def owned(connection: Connection, reps: Collection[int], levels: Collection[str]) -> Iterator[Owned]:
    """Yield the customers of some levels that *reps* own, but for inactive ones."""
    for some in chunks(sorted(reps)):
        for row in connection.execute(_OWNED, {"reps": some, "levels": sorted(levels)}):
            yield Owned(*row)


_ROOT = customer.alias("root")
_LEVEL = shown(_ROOT, "level")
_OWNED = (
    sa.select(
        assignment.c.person_id,
        _ROOT.c.id,
        shown(_ROOT, "display_name"),
        _LEVEL,
        assignment.c.last_report_on,
    )
    .join_from(assignment, customer, customer.c.id == assignment.c.customer_id)
    .join(_ROOT, _ROOT.c.id == customer.c.root_id)
    .where(
        assignment.c.person_id.in_(_ASKED),
        _LEVEL.in_(sa.bindparam("levels", expanding=True)),
        _ROOT.c.status != CustomerStatus.INACTIVE,
        is_owner(),
    )
)


def visits(
    connection: Connection, tables: SheetTables, roots: Collection[int], begins: Sequence[date], last: date
) -> dict[int, Visits]:
    """
    Return the visits to customers, as read, from each of *begins* until *last*, whoever made them.

    They are looked for in the reports of those who have reported the customers since then.
    """
    found: dict[int, Visits] = {}
    first = min(begins, default=last)
    days = {"first": first, "last": last, "since": first - EARLIER}
    days |= {f"begin_{place}": begin for place, begin in enumerate(begins)}
    for query in _visits(tables, len(begins)):
        for some in chunks(sorted(roots)):
            for root_id, last_on, *counts in connection.execute(query, {"roots": some, **days}):
                before = found.get(root_id, Visits((0,) * len(begins), None))
                found[root_id] = Visits(
                    tuple(a + b for a, b in zip(before.counts, counts, strict=True)),
                    max(day for day in (before.last_on, last_on) if day is not None),
                )
    return found


@cache  # made once: making it takes several times as long as running it for one rep
def _visits(tables: SheetTables, begins: int) -> tuple[sa.Select[Any], ...]:
    return tuple(_visits_in(source, begins) for source in about(tables, SheetMeaning.VISITS))


def _visits_in(source: Source, begins: int) -> sa.Select[Any]:
    day, rows = source.day, source.table
    reported, member = assignment.alias("reported"), customer.alias("member")
    who = (
        sa.select(reported.c.person_id)
        .join_from(member, reported, reported.c.customer_id == member.c.id)
        .where(member.c.root_id.in_(_ROOTS), reported.c.last_report_on >= _SINCE)
    )
    from_then_on = [day >= sa.bindparam(f"begin_{place}", type_=sa.Date) for place in range(begins)]
    return (
        sa.select(
            customer.c.root_id, sa.func.max(day), *(sa.func.sum(sa.case((one, 1), else_=0)) for one in from_then_on)
        )
        .join_from(submission, rows, rows.c.submission_id == submission.c.id)
        # "+ 0" keeps SQLite from going through every visit a customer ever had
        .join(customer, customer.c.id == rows.c.customer_id + 0)
        .where(
            submission.c.rep_id.in_(who),
            submission.c.report_date >= _SINCE,
            source.counts,
            day.between(_FIRST, _LAST),
            customer.c.root_id.in_(_ROOTS),
        )
        .group_by(customer.c.root_id)
    )


def last_visits(connection: Connection, tables: SheetTables, roots: Collection[int]) -> dict[int, date]:
    """Return when customers, as read, were last visited at all; who never was is left out."""
    found: dict[int, date] = {}
    for query in _last_visits(tables):
        for some in chunks(sorted(roots)):
            for root_id, day in connection.execute(query, {"roots": some}):
                found[root_id] = max(day, found.get(root_id, day))
    return found


@cache
def _last_visits(tables: SheetTables) -> tuple[sa.Select[Any], ...]:
    return tuple(
        sa.select(customer.c.root_id, sa.func.max(source.day))
        .join_from(customer, source.table, source.table.c.customer_id == customer.c.id)
        .join(submission, submission.c.id == source.table.c.submission_id)
        .where(customer.c.root_id.in_(_ROOTS), source.counts)
        .group_by(customer.c.root_id)
        for source in about(tables, SheetMeaning.VISITS)
    )


# ---- the month so far ----------------------------------------------------------------------------


def month(
    connection: Connection, tables: SheetTables, reps: Collection[int], first: date, last: date
) -> dict[int, dict[str, int]]:
    """
    Return, by rep, visits and customers visited by visit date, rows in by report date, and deals.

    Named as in ``model/figures``; deals belong to whoever reported them last.
    """
    found: dict[int, dict[str, int]] = {rep: {} for rep in reps}

    def add(rep: int, name: str, number: int) -> None:
        if number:
            found[rep][name] = found[rep].get(name, 0) + number

    counted = (_made(tables), _landed(tables))
    values = {"first": first, "last": last, "since": first - EARLIER}
    for some in chunks(sorted(reps)):
        asked = {"reps": some, **values}
        for query in counted:
            for rep, *numbers in connection.execute(query, asked) if query is not None else ():
                names = ("visits.done", "visits.customers") if len(numbers) > 1 else ("rows.landed",)
                for name, number in zip(names, numbers, strict=True):
                    add(rep, name, number)
        for query in _deals(tables):
            for rep, stage, came, number in connection.execute(query, asked):
                add(rep, f"deals.{stage}.count", number)
                if stage in ("won", "lost"):
                    add(rep, f"{stage}.count", came)
    return found


@cache
def _made(tables: SheetTables) -> sa.Select[Any] | None:
    """Select, by rep, visits and different customers."""
    parts = [
        sa.select(submission.c.rep_id, customer.c.root_id)
        .join_from(submission, source.table, source.table.c.submission_id == submission.c.id)
        .join(customer, customer.c.id == source.table.c.customer_id, isouter=True)
        .where(_REPS, submission.c.report_date >= _SINCE, source.day.between(_FIRST, _LAST), source.counts)
        for source in about(tables, SheetMeaning.VISITS)
    ]
    if not parts:
        return None
    made = sa.union_all(*parts).subquery()
    counted = (made.c.rep_id, sa.func.count(), sa.func.count(made.c.root_id.distinct()))
    return sa.select(*counted).group_by(made.c.rep_id)


@cache
def _landed(tables: SheetTables) -> sa.Select[Any] | None:
    """Select, by rep, the rows that count."""
    parts = [
        sa.select(submission.c.rep_id)
        .join_from(submission, source.table, source.table.c.submission_id == submission.c.id)
        .where(_REPS, submission.c.report_date.between(_FIRST, _LAST), source.table.c.state.in_(COUNTING))
        for source in data(tables)
    ]
    if not parts:
        return None
    rows = sa.union_all(*parts).subquery()
    return sa.select(rows.c.rep_id, sa.func.count()).group_by(rows.c.rep_id)


@cache
def _deals(tables: SheetTables) -> tuple[sa.Select[Any], ...]:
    staged = ((source, source.column(Meaning.STAGE)) for source in about(tables, SheetMeaning.DEALS))
    return tuple(_deals_in(source, stage) for source, stage in staged if stage is not None)


def _deals_in(source: Source, stage: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Select rep and stage, how many of the deals that stand in it came into it from *first* on, and how many do."""
    member = customer.alias("member")
    theirs = (
        sa.select(member.c.id)
        .join_from(assignment, customer, customer.c.id == assignment.c.customer_id)
        .join(member, member.c.root_id == customer.c.root_id)
        .where(assignment.c.person_id.in_(_ASKED))
    )
    events = _events(source, stage, theirs)
    came = sa.and_(
        events.c.stage == events.c.stands,
        events.c.report_date >= _FIRST,
        sa.or_(events.c.before.is_(None), events.c.before != events.c.stage),
    )
    deals = (
        sa.select(events.c.whose, events.c.stands, sa.func.max(sa.case((came, 1), else_=0)).label("came"))
        .where(events.c.whose.in_(_ASKED))
        .group_by(events.c.root_id, events.c.project_key, events.c.whose, events.c.stands)
        .subquery()
    )
    whose = (deals.c.whose, deals.c.stands)
    return sa.select(*whose, sa.func.sum(deals.c.came), sa.func.count()).group_by(*whose)


def _events(source: Source, stage: sa.ColumnElement[str], customers: sa.Select[Any]) -> sa.Subquery:
    """
    Select the events of deals from *first* on, and of each the last day with one before, each with what was before.

    Only these are put in order: a deal that workbooks bring has an event for every day of its life.
    """
    rows = source.table
    deal = (customer.c.root_id, opportunity.c.project_key)
    newest = (submission.c.report_date.desc(), submission.c.id.desc(), rows.c.row_number.desc())
    counts = (source.counts, stage.is_not(None))
    asked = sa.select(opportunity.c.id).where(opportunity.c.customer_id.in_(customers))
    before = (
        sa.select(rows.c.opportunity_id, sa.func.max(submission.c.report_date).label("on"))
        .join_from(rows, submission, submission.c.id == rows.c.submission_id)
        .where(rows.c.opportunity_id.in_(asked), *counts, submission.c.report_date < _FIRST)
        .group_by(rows.c.opportunity_id)
        .subquery()
    )
    return (
        sa.select(
            *deal,
            submission.c.report_date,
            stage.label("stage"),
            # in this order what comes after is what was before
            sa.func.lead(stage).over(partition_by=deal, order_by=newest).label("before"),
            sa.func.first_value(submission.c.rep_id).over(partition_by=deal, order_by=newest).label("whose"),
            sa.func.first_value(stage).over(partition_by=deal, order_by=newest).label("stands"),
        )
        .join_from(opportunity, customer, customer.c.id == opportunity.c.customer_id)
        .join(before, before.c.opportunity_id == opportunity.c.id, isouter=True)
        .join(rows, rows.c.opportunity_id == opportunity.c.id)
        .join(submission, submission.c.id == rows.c.submission_id)
        .where(
            opportunity.c.customer_id.in_(customers),
            *counts,
            submission.c.report_date.between(sa.func.coalesce(before.c.on, _FIRST), _LAST),
        )
        .subquery()
    )
