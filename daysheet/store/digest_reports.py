"""What reports say of themselves: their revisions, the rows that landed, the help they ask for."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa

from daysheet.model.facts import Asked, Landed, Sending, Visited
from daysheet.model.issues import Severity
from daysheet.model.rows import COUNTING
from daysheet.model.template import Meaning, SheetMeaning, SheetSpec
from daysheet.store.digest_sources import (
    FIRST,
    FORMS,
    LAST,
    REP,
    Days,
    Source,
    about,
    covers,
    data,
    reports_of,
    shown,
    streamed,
)
from daysheet.store.engine import Connection
from daysheet.store.row_decisions import RowDecisionKind
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import customer, issue, row_decision, submission

Where = sa.ColumnElement[bool]
Statement = sa.Select[*tuple[Any, ...]]

TOLD_BEFORE = timedelta(days=31)
"""How much earlier than its visits a report may be dated, where one rep's own are counted."""


# ---- revisions ---------------------------------------------------------------------------------


def sendings(connection: Connection, days: Days) -> Iterator[Sending]:
    """Yield the filed revisions of reports, by rep, day and form, in the order in which they came."""
    return (Sending(*row) for row in streamed(connection, _sendings(days.is_of_one), days.values))


@cache
def _sendings(of_one: bool) -> Statement:
    later = submission.alias("later")
    was_replaced = sa.exists().where(later.c.supersedes_id == submission.c.id)
    order = (submission.c.rep_id, submission.c.report_date, submission.c.template_id, submission.c.id)
    return (
        sa.select(
            submission.c.rep_id,
            submission.c.report_date,
            submission.c.template_id,
            submission.c.received_at,
            submission.c.rows_landed,
            submission.c.rows_parked,
            sa.exists().where(*_errors()).label("has_error"),
            sa.exists().where(*_errors(), ~sa.exists().where(*_settles_issue())).label("is_wrong"),
            _settled(sa.func.count(), RowDecisionKind.REPAIRED),
            _settled(sa.func.count(), RowDecisionKind.DROPPED),
            _settled(sa.func.max(row_decision.c.at), RowDecisionKind.REPAIRED, RowDecisionKind.DROPPED),
        )
        .where(
            *reports_of(of_one=of_one), submission.c.rep_id.is_not(None), sa.or_(submission.c.is_current, was_replaced)
        )
        .order_by(*order)
    )


def _errors() -> tuple[Where, ...]:
    return issue.c.submission_id == submission.c.id, issue.c.severity == Severity.ERROR


def _settles_issue() -> tuple[Where, ...]:
    return (
        row_decision.c.submission_id == issue.c.submission_id,
        row_decision.c.sheet == issue.c.sheet,
        row_decision.c.row_number == issue.c.row_number,
        row_decision.c.kind != RowDecisionKind.RETURNED,
        row_decision.c.undone_at.is_(None),
    )


def _settled(what: sa.ColumnElement[Any], *kinds: RowDecisionKind) -> sa.ScalarSelect[Any]:
    stands = (row_decision.c.submission_id == submission.c.id, row_decision.c.undone_at.is_(None))
    return sa.select(what).select_from(row_decision).where(*stands, row_decision.c.kind.in_(kinds)).scalar_subquery()


# ---- rows --------------------------------------------------------------------------------------


def landed(connection: Connection, tables: SheetTables, days: Days) -> Iterator[Landed]:
    """Yield the rows that count of the reports of *days*, added up by sheet, rep, day and form."""
    for source, keys, query in _landed(tables, days.is_of_one):
        sheets = dict(source.sheets)
        for rep_id, day, form, version, rows, named, standard, *filled in streamed(connection, query, days.values):
            asked = _asked(sheets.get(form), version)
            cells = [number for key, number in zip(keys, filled, strict=True) if key in asked]
            yield Landed(rep_id, day, rows, named, standard, rows * len(cells), sum(cells))


@lru_cache(FORMS)
def _landed(tables: SheetTables, of_one: bool) -> tuple[tuple[Source, tuple[str, ...], Statement], ...]:
    """Return for each data sheet the columns whose cells are counted, which are those of visits, and the statement."""
    visits = {source.table.name for source in about(tables, SheetMeaning.VISITS)}
    found = []
    for source in data(tables):
        columns = [column for _, sheet in source.sheets for column in sheet.columns]
        keys = tuple(dict.fromkeys(column.key for column in columns)) if source.table.name in visits else ()
        found.append((source, keys, _landed_of(source, keys, of_one)))
    return tuple(found)


def _landed_of(source: Source, keys: Sequence[str], of_one: bool) -> Statement:
    table, typed = source.table, source.customer
    root = customer.alias("root")
    is_typed: Where = sa.false() if typed is None else sa.and_(table.c.customer_id.is_not(None), typed.is_not(None))
    is_standard: Where = sa.false() if typed is None else sa.and_(is_typed, typed == shown(root, "display_name"))
    groups = [submission.c.rep_id, submission.c.report_date, submission.c.template_id, submission.c.template_version]
    query = (
        sa.select(*groups, sa.func.count(), _number(is_typed), _number(is_standard))
        .add_columns(*(sa.func.count(table.c[key]) for key in keys))
        .join_from(submission, table, table.c.submission_id == submission.c.id)
        .where(*reports_of(of_one=of_one), source.counts)
        .group_by(*groups)
    )
    if typed is None:
        return query
    query = query.join(customer, customer.c.id == table.c.customer_id, isouter=True)
    return query.join(root, root.c.id == customer.c.root_id, isouter=True)


def _number(condition: Where) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(sa.case((condition, 1), else_=0)), sa.Integer)


def _asked(sheet: SheetSpec | None, version: int | None) -> frozenset[str]:
    """Return the columns that a form of *version* has; None is the present one."""
    if sheet is None:
        return frozenset()
    there = (c for c in sheet.columns if c.removed is None or (version is not None and version < c.removed))
    return frozenset(column.key for column in there if version is None or column.since <= version)


def visits(connection: Connection, tables: SheetTables, days: Days) -> Iterator[Visited]:
    """Yield the visits made on *days*, whenever they were told, added up by rep, day told and industry."""
    values = days.values | ({"since_on": days.first - TOLD_BEFORE} if days.is_of_one else {})
    for query in _visits(tables, days.is_of_one):
        for row in streamed(connection, query, values):
            yield Visited(*row)


@lru_cache(FORMS)
def _visits(tables: SheetTables, of_one: bool) -> tuple[Statement, ...]:
    root = customer.alias("root")
    industry = sa.func.coalesce(shown(root, "industry"), "")
    groups = (submission.c.rep_id, submission.c.report_date, industry)
    return tuple(
        sa.select(*groups, sa.func.count())
        .join_from(source.table, submission, submission.c.id == source.table.c.submission_id)
        .join(customer, customer.c.id == source.table.c.customer_id, isouter=True)
        .join(root, root.c.id == customer.c.root_id, isouter=True)
        .where(source.day.between(FIRST, LAST), source.counts, *(_told_since() if of_one else ()))
        .group_by(*groups)
        for source in about(tables, SheetMeaning.VISITS)
    )


def _told_since() -> tuple[Where, ...]:
    """One rep's reports in which visits of the days meant may be told: not all of many years."""
    return submission.c.rep_id == REP, submission.c.report_date >= sa.bindparam("since_on", type_=sa.Date)


def help_asked(connection: Connection, tables: SheetTables, days: Days) -> Iterator[Asked]:
    """Yield what the reports of *days* ask for on their covers."""
    for query in _help(tables, days.is_of_one):
        for row in streamed(connection, query, days.values):
            yield Asked(*row)


@lru_cache(FORMS)
def _help(tables: SheetTables, of_one: bool) -> tuple[Statement, ...]:
    asked = ((source.table, source.column(Meaning.HELP_NEEDED)) for source in covers(tables))
    return tuple(
        sa.select(submission.c.rep_id, submission.c.report_date, text)
        .join_from(submission, table, table.c.submission_id == submission.c.id)
        .where(*reports_of(of_one=of_one), table.c.state.in_(COUNTING), text != "")
        for table, text in asked
        if text is not None
    )
