"""What reports say of themselves: their revisions, the rows that landed, the help they ask for."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from daysheet.model.facts import Asked, Landed, Sending, Visited
from daysheet.model.issues import Severity
from daysheet.model.template import Meaning, SheetMeaning, SheetSpec
from daysheet.store.digest_sources import Source, about, covers, data, shown, streamed
from daysheet.store.engine import Connection
from daysheet.store.row_decisions import RowDecisionKind
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import customer, issue, row_decision, submission

Where = sa.ColumnElement[bool]


def of_days(first: date, last: date, rep_id: int | None = None) -> tuple[Where, ...]:
    """Return the condition for submissions about these days, of everybody or of one rep."""
    days = submission.c.report_date.between(first, last)
    return (days,) if rep_id is None else (submission.c.rep_id == rep_id, days)


# ---- revisions ---------------------------------------------------------------------------------


def sendings(connection: Connection, where: tuple[Where, ...]) -> Iterator[Sending]:
    """Yield the filed revisions of reports, by rep, day and form, in the order in which they came."""
    later = submission.alias("later")
    was_replaced = sa.exists().where(later.c.supersedes_id == submission.c.id)
    order = (submission.c.rep_id, submission.c.report_date, submission.c.template_id, submission.c.id)
    query = (
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
        .where(*where, submission.c.rep_id.is_not(None), sa.or_(submission.c.is_current, was_replaced))
        .order_by(*order)
    )
    return (Sending(*row) for row in streamed(connection, query))


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


def landed(connection: Connection, tables: SheetTables, where: tuple[Where, ...]) -> Iterator[Landed]:
    """Yield the rows that count of the reports meant by *where*, added up by sheet, rep, day and form."""
    visits = {source.table.name for source in about(tables, SheetMeaning.VISITS)}
    for source in data(tables):
        yield from _landed(connection, source, where, has_cells=source.table.name in visits)


def _landed(connection: Connection, source: Source, where: tuple[Where, ...], *, has_cells: bool) -> Iterator[Landed]:
    table, typed = source.table, source.customer
    root = customer.alias("root")
    is_typed: Where = sa.false() if typed is None else sa.and_(table.c.customer_id.is_not(None), typed.is_not(None))
    is_standard: Where = sa.false() if typed is None else sa.and_(is_typed, typed == shown(root, "display_name"))
    keys = list(dict.fromkeys(c.key for _, sheet in source.sheets for c in sheet.columns)) if has_cells else []
    groups = [submission.c.rep_id, submission.c.report_date, submission.c.template_id, submission.c.template_version]
    query = (
        sa.select(*groups, sa.func.count(), _number(is_typed), _number(is_standard))
        .add_columns(*(sa.func.count(table.c[key]) for key in keys))
        .join_from(submission, table, table.c.submission_id == submission.c.id)
        .where(*where, source.counts)
        .group_by(*groups)
    )
    if typed is not None:
        query = query.join(customer, customer.c.id == table.c.customer_id, isouter=True)
        query = query.join(root, root.c.id == customer.c.root_id, isouter=True)
    sheets = dict(source.sheets)
    for rep_id, day, form, version, rows, named, standard, *filled in streamed(connection, query):
        asked = _asked(sheets.get(form), version)
        cells = [number for key, number in zip(keys, filled, strict=True) if key in asked]
        yield Landed(rep_id, day, rows, named, standard, rows * len(cells), sum(cells))


def _number(condition: Where) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(sa.case((condition, 1), else_=0)), sa.Integer)


def _asked(sheet: SheetSpec | None, version: int | None) -> frozenset[str]:
    """Return the columns that a form of *version* has; None is the present one."""
    if sheet is None:
        return frozenset()
    there = (c for c in sheet.columns if c.removed is None or (version is not None and version < c.removed))
    return frozenset(column.key for column in there if version is None or column.since <= version)


def visits(
    connection: Connection, tables: SheetTables, first: date, last: date, rep_id: int | None = None
) -> Iterator[Visited]:
    """Yield the visits made from *first* to *last*, whenever they were told, added up by rep, day told and industry."""
    root = customer.alias("root")
    for source in about(tables, SheetMeaning.VISITS):
        industry = shown(root, "industry")
        groups = (submission.c.rep_id, submission.c.report_date, industry)
        query = (
            sa.select(*groups, sa.func.count())
            .join_from(source.table, submission, submission.c.id == source.table.c.submission_id)
            .join(customer, customer.c.id == source.table.c.customer_id, isouter=True)
            .join(root, root.c.id == customer.c.root_id, isouter=True)
            .where(source.day.between(first, last), source.counts, *_of(rep_id))
            .group_by(*groups)
        )
        for rep, day, name, number in streamed(connection, query):
            yield Visited(rep, day, name or "", number)


def _of(rep_id: int | None) -> tuple[Where, ...]:
    return () if rep_id is None else (submission.c.rep_id == rep_id,)


def help_asked(connection: Connection, tables: SheetTables, where: tuple[Where, ...]) -> Iterator[Asked]:
    """Yield what reports ask for on their covers."""
    for source in covers(tables):
        text = source.column(Meaning.HELP_NEEDED)
        if text is None:
            continue
        query = (
            sa.select(submission.c.rep_id, submission.c.report_date, text)
            .join_from(submission, source.table, source.table.c.submission_id == submission.c.id)
            .where(*where, source.counts, text != "")
        )
        for row in streamed(connection, query):
            yield Asked(*row)
