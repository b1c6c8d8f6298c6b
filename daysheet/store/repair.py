"""Rows that wait for their rep or a steward: lists of them, and each by itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.access import Scope
from daysheet.model.documents import issue_from_document
from daysheet.model.issues import Issue, IssueCode, Severity
from daysheet.model.rows import Record, RowState
from daysheet.model.template import SheetRole
from daysheet.store.row_decisions import Place, RowDecision, RowDecisionKind, decisions_at, near
from daysheet.store.sheets import WAITS, SheetTables
from daysheet.store.tables import inbound, issue, person, row_decision, submission, team

WHOLE_SHEET = (IssueCode.SHEET_MERGED_CELLS, IssueCode.SHEET_COLUMN_MISSING, IssueCode.SHEET_COLUMN_DUPLICATE)
"""What holds rows back without being said of each of them."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which of the rows that wait are wanted; what is empty asks for nothing."""

    rep: str = ""  # part of a name, or an employee number
    team: str = ""
    sheet: str = ""
    code: str = ""
    received_before: datetime | None = None
    text: str = ""  # in any cell
    is_returned: bool | None = None  # sent back to the rep; None: whether or not
    after: Place | None = None  # what comes behind this row in the list's order


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row that waits, as a list shows it. *issues* are its errors, or those of its whole sheet."""

    sheet: str
    id: int
    submission_id: int
    row_number: int
    raw: Mapping[str, str]
    template_id: str
    rep_number: str
    rep_name: str
    team: str
    report_date: date
    file_name: str
    received_at: datetime
    issues: tuple[Issue, ...] = ()
    decision: RowDecision | None = None

    @property
    def place(self) -> Place:
        """Where it is known by what was decided of it."""
        return self.submission_id, self.sheet, self.row_number


@dataclass(frozen=True, slots=True)
class Head:
    """What a row's submission says of it."""

    submission_id: int
    inbound_id: int
    raw_sha256: str
    message_id: str
    subject: str
    position: int
    rep_id: int
    sender_id: int | None
    template_id: str
    template_version: int | None
    report_date: date
    revision: int
    is_current: bool
    file_name: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class RowAt:
    """One stored row with its submission."""

    id: int
    head: Head
    record: Record
    state: RowState
    customer_id: int | None = None
    decisions: tuple[RowDecision, ...] = field(default=())  # newest first, undone ones too

    @property
    def place(self) -> Place:
        """Where it is known by what was decided of it."""
        return self.head.submission_id, self.record.sheet, self.record.row_number

    @property
    def standing(self) -> RowDecision | None:
        """The newest decision that was not undone."""
        return next((one for one in self.decisions if one.undone_at is None), None)


# ---- the list ----------------------------------------------------------------------------------


def data_sheets(tables: SheetTables) -> tuple[str, ...]:
    """Return the keys of the sheets with a row per record: a cover that is wrong in part is told to its rep only."""
    covers = {sheet.key for spec in tables.specs for sheet in spec.sheets if sheet.role is SheetRole.COVER}
    return tuple(key for key in tables.keys if key not in covers)


def _parked(tables: SheetTables, wanted: RowFilter) -> sa.Subquery:
    parts = []
    for key in data_sheets(tables):
        if wanted.sheet in ("", key):
            table = tables.table(key)
            columns = (table.c.id, table.c.submission_id, table.c.row_number, table.c.raw)
            part = sa.select(sa.literal(key, sa.Text).label("sheet"), *columns).where(WAITS)
            if wanted.text:
                part = part.where(_contains(sa.cast(table.c.raw, sa.Text), wanted.text))
            parts.append(part)
    return sa.union_all(*parts).subquery() if parts else _nothing()


def _nothing() -> sa.Subquery:
    names = ("id", "submission_id", "row_number")
    columns = (sa.literal(0, sa.Integer).label(name) for name in names)
    raw = sa.literal(None, sa.JSON).label("raw")
    return sa.select(sa.literal("", sa.Text).label("sheet"), *columns, raw).where(sa.false()).subquery()


def _contains(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    return column.icontains(text, autoescape=True)


def _within(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """
    Keep rows to those of current reports within *scope*.

    "+ 0" has SQLite begin with the rows that wait, and not with every report of these reps.
    """
    current: list[sa.ColumnElement[bool]] = [submission.c.is_current]
    return current if scope.sees_all else [*current, (submission.c.rep_id + 0).in_(sorted(scope.person_ids))]


def _conditions(rows: sa.Subquery, wanted: RowFilter, scope: Scope) -> list[sa.ColumnElement[bool]]:
    found = _within(scope)
    if wanted.rep:
        found.append(sa.or_(person.c.number == wanted.rep, _contains(person.c.name, wanted.rep)))
    if wanted.team:
        found.append(team.c.name == wanted.team)
    if wanted.is_returned is not None:
        found.append(_returned(rows) if wanted.is_returned else ~_returned(rows))
    if wanted.after is not None:
        found.append(sa.tuple_(*_order(rows)) > sa.tuple_(*wanted.after))
    if wanted.received_before is not None:
        found.append(submission.c.received_at <= wanted.received_before)
    if wanted.code:
        found.append(
            sa.exists().where(
                issue.c.submission_id == rows.c.submission_id,
                issue.c.sheet == rows.c.sheet,
                issue.c.row_number == rows.c.row_number,
                issue.c.code == wanted.code,
                issue.c.severity == Severity.ERROR,
            )
        )
    return found


def _order(rows: sa.Subquery) -> tuple[sa.ColumnElement[Any], ...]:
    return rows.c.submission_id, rows.c.sheet, rows.c.row_number


def _returned(rows: sa.Subquery) -> sa.ColumnElement[bool]:
    """Say that a row that waits was sent back: nothing else that was decided of it can stand."""
    return sa.exists().where(
        row_decision.c.submission_id == rows.c.submission_id,
        row_decision.c.sheet == rows.c.sheet,
        row_decision.c.row_number == rows.c.row_number,
        row_decision.c.kind == RowDecisionKind.RETURNED,
        row_decision.c.undone_at.is_(None),
    )


def parked(
    connection: Connection, tables: SheetTables, scope: Scope, wanted: RowFilter, *, limit: int, offset: int = 0
) -> tuple[WaitingRow, ...]:
    """Return the *wanted* rows of current reports that wait, the oldest report's first, with what is wrong in them."""
    rows = _parked(tables, wanted)
    query = (
        sa.select(
            rows,
            submission.c.template_id,
            person.c.number.label("rep_number"),
            person.c.name.label("rep_name"),
            sa.func.coalesce(team.c.name, "").label("team"),
            submission.c.report_date,
            submission.c.file_name,
            submission.c.received_at,
        )
        .join_from(rows, submission, submission.c.id == rows.c.submission_id)
        .join(person, person.c.id == submission.c.rep_id)
        .outerjoin(team, team.c.id == person.c.team_id)
        .where(*_conditions(rows, wanted, scope))
        .order_by(*_order(rows))
        .limit(limit)
        .offset(offset)
    )
    found = [WaitingRow(**row) for row in connection.execute(query).mappings()]
    places = [row.place for row in found]
    issues, decisions = errors_at(connection, places), decisions_at(connection, places)
    return tuple(
        WaitingRow(
            **{name: getattr(row, name) for name in WaitingRow.__dataclass_fields__}
            | {
                "issues": issues.get(row.place, ()),
                "decision": next((d for d in decisions.get(row.place, ()) if d.undone_at is None), None),
            }
        )
        for row in found
    )


def count(connection: Connection, tables: SheetTables, scope: Scope) -> int:
    """Return how many rows of current reports wait for a steward: those sent back wait for their rep."""
    rows = _parked(tables, RowFilter())
    query = sa.select(sa.func.count()).select_from(
        sa.join(rows, submission, submission.c.id == rows.c.submission_id),
    )
    return connection.execute(query.where(*_within(scope), ~_returned(rows))).scalar_one()


def teams(connection: Connection, scope: Scope) -> tuple[str, ...]:
    """Return the teams whose people somebody sees, by name."""
    query = sa.select(team.c.name).distinct().join(person, person.c.team_id == team.c.id)
    if not scope.sees_all:
        query = query.where(person.c.id.in_(sorted(scope.person_ids)))
    return tuple(connection.execute(query.order_by(team.c.name)).scalars())


# ---- what is wrong, and what was decided -------------------------------------------------------


def issues_at(connection: Connection, places: Collection[Place]) -> dict[Place, tuple[Issue, ...]]:
    """Return everything found in each of the rows, in one query."""
    found: dict[Place, list[Issue]] = {}
    if not places:
        return {}
    wanted = set(places)
    columns = (issue.c.submission_id, issue.c.sheet, issue.c.row_number, issue.c.detail)
    query = sa.select(*columns).where(*near(places, issue)).order_by(issue.c.id)
    for row in connection.execute(query):
        place = (row.submission_id, row.sheet, row.row_number)
        if place in wanted:
            found.setdefault(place, []).append(issue_from_document(row.detail))
    return {place: tuple(issues) for place, issues in found.items()}


def errors_at(connection: Connection, places: Collection[Place]) -> dict[Place, tuple[Issue, ...]]:
    """Return the errors of each row; of one that has none of its own, those that hold its whole sheet back."""
    if not places:
        return {}
    of_submission, on_line = near(places, issue)
    columns = (issue.c.submission_id, issue.c.sheet, issue.c.row_number, issue.c.detail)
    query = (
        sa.select(*columns)
        .where(of_submission, issue.c.severity == Severity.ERROR, sa.or_(on_line, issue.c.code.in_(WHOLE_SHEET)))
        .order_by(issue.c.id)
    )
    own: dict[Place, list[Issue]] = {}
    whole: dict[tuple[int, str], list[Issue]] = {}
    for row in connection.execute(query):
        one = issue_from_document(row.detail)
        if one.code in WHOLE_SHEET:
            whole.setdefault((row.submission_id, row.sheet), []).append(one)
        else:
            own.setdefault((row.submission_id, row.sheet, row.row_number), []).append(one)
    return {place: tuple(own[place] if place in own else whole.get(place[:2], [])) for place in places}


# ---- one row -----------------------------------------------------------------------------------

_HEAD = (
    submission.c.id.label("submission_id"),
    submission.c.inbound_id,
    inbound.c.raw_sha256,
    inbound.c.message_id,
    inbound.c.subject,
    *(
        submission.c[name]
        for name in Head.__dataclass_fields__
        if name not in ("submission_id", "inbound_id", "raw_sha256", "message_id", "subject")
    ),
)


def row_at(connection: Connection, tables: SheetTables, sheet: str, row_id: int, scope: Scope) -> RowAt | None:
    """Return a row of a data sheet, whatever its state; None where there is none, or none within *scope*."""
    if sheet not in data_sheets(tables):
        return None
    table = tables.table(sheet)
    heads = [column.label(f"head_{column.name}") for column in _HEAD]
    query = (
        sa.select(table, *heads)
        .join(submission, submission.c.id == table.c.submission_id)
        .join(inbound, inbound.c.id == submission.c.inbound_id)
        .where(table.c.id == row_id)
    )
    if not scope.sees_all:
        query = query.where(submission.c.rep_id.in_(sorted(scope.person_ids)))
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    head = Head(**{name: row[f"head_{name}"] for name in Head.__dataclass_fields__})
    record = tables.from_row(sheet, dict(row))
    place = (head.submission_id, sheet, record.row_number)
    decisions = decisions_at(connection, [place]).get(place, ())
    return RowAt(row["id"], head, record, RowState(row["state"]), row["customer_id"], decisions)


def id_at(connection: Connection, tables: SheetTables, place: Place) -> int | None:
    """Return the id of the row at *place*."""
    table = tables.table(place[1])
    same = (table.c.submission_id == place[0], table.c.row_number == place[2])
    return connection.scalar(sa.select(table.c.id).where(*same))


def set_row(
    connection: Connection, tables: SheetTables, row: RowAt, state: RowState, values: Mapping[str, Any]
) -> None:
    """Give a row another state, and *values* (columns of its table as these take them) with it."""
    table = tables.table(row.record.sheet)
    connection.execute(table.update().where(table.c.id == row.id).values(state=state, **values))


def shift_counts(connection: Connection, submission_id: int, *, landed: int, parked: int) -> None:
    """
    Count a submission's rows anew after one has got another state.

    A report counts its own rows only: where none of them can have changed, it was one that stayed
    when others were added, and the counts are left alone. Their sum says whether there are such rows.
    """
    counts = {"rows_landed": submission.c.rows_landed + landed, "rows_parked": submission.c.rows_parked + parked}
    can_be = [column >= 0 for column in counts.values()]
    connection.execute(submission.update().where(submission.c.id == submission_id, *can_be).values(**counts))
