"""
Submissions with their revisions, rows and issues.

What is read of a report is the rows of its current revision. With ADD the earlier revision's rows
that the new one lacks are copied into it, numbered on from the last line of both, so that this stays true.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.documents import issue_from_document, issue_to_document
from daysheet.model.issues import Issue
from daysheet.model.mail import MessageState, Reason
from daysheet.model.rows import Record, RowState
from daysheet.store.engine import chunks
from daysheet.store.rows import insert_rows
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import column_memory, issue, submission


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """One workbook about to be filed."""

    inbound_id: int
    position: int
    rep_id: int | None
    sender_id: int | None
    state: MessageState
    reason: Reason
    received_at: datetime
    template_id: str = ""
    template_version: int | None = None
    report_date: date | None = None
    revision: int = 1
    supersedes_id: int | None = None
    is_current: bool = False
    is_waiting: bool = False
    file_name: str = ""
    workbook_sha256: str = ""
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """One workbook as filed."""

    id: int
    inbound_id: int
    position: int
    rep_id: int | None
    template_id: str
    report_date: date | None
    revision: int
    is_current: bool
    is_waiting: bool
    file_name: str
    workbook_sha256: str
    state: MessageState
    reason: Reason
    rows_landed: int
    rows_parked: int


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A record with the state and the links it is stored with."""

    record: Record
    state: RowState
    customer_id: int | None = None
    contact_id: int | None = None
    opportunity_id: int | None = None


@dataclass(frozen=True, slots=True)
class RowView:
    """A stored row."""

    sheet: str
    row_number: int
    state: RowState
    customer_id: int | None
    raw: Mapping[str, str]


_STORED = tuple(submission.c[name] for name in StoredSubmission.__dataclass_fields__)


def _stored(row: Any) -> StoredSubmission:
    values = dict(row._mapping)
    return StoredSubmission(**values | {"state": MessageState(row.state), "reason": Reason(row.reason)})


def add(connection: Connection, new: NewSubmission) -> int:
    """File the head of a submission and return its id."""
    values = {name: getattr(new, name) for name in NewSubmission.__dataclass_fields__}
    values["headers"] = {sheet: dict(columns) for sheet, columns in new.headers.items()}
    inserted = connection.execute(_INSERT, values).inserted_primary_key
    assert inserted is not None
    return int(inserted[0])


_INSERT = submission.insert()
_REPORT = (
    submission.c.rep_id == sa.bindparam("rep"),
    submission.c.report_date == sa.bindparam("day"),
    submission.c.template_id == sa.bindparam("form"),
)
_CURRENT = sa.select(*_STORED).where(*_REPORT, submission.c.is_current)
_WAITING = sa.select(submission.c.id).where(*_REPORT, submission.c.is_waiting)
_OUTCOME = submission.update().where(submission.c.id == sa.bindparam("own_id"))


def get(connection: Connection, submission_id: int) -> StoredSubmission:
    """Return a submission; KeyError where there is none."""
    row = connection.execute(sa.select(*_STORED).where(submission.c.id == submission_id)).first()
    if row is None:
        raise KeyError(submission_id)
    return _stored(row)


def current(connection: Connection, rep_id: int, report_date: date, template_id: str) -> StoredSubmission | None:
    """Return the current revision of a rep's report for a day on one form, or None."""
    row = connection.execute(_CURRENT, {"rep": rep_id, "day": report_date, "form": template_id}).first()
    return None if row is None else _stored(row)


def reported_after(connection: Connection, rep_id: int, day: date, most: int) -> frozenset[date]:
    """Return the first days after *day* that a rep has reported on, on whichever form."""
    query = (
        sa.select(submission.c.report_date)
        .where(submission.c.rep_id == rep_id, submission.c.report_date > day, submission.c.is_current)
        .distinct()
        .order_by(submission.c.report_date)
        .limit(most)
    )
    return frozenset(connection.execute(query).scalars())


def of_inbound(connection: Connection, inbound_id: int) -> tuple[StoredSubmission, ...]:
    """Return the workbooks of a message, in its order."""
    query = sa.select(*_STORED).where(submission.c.inbound_id == inbound_id).order_by(submission.c.position)
    return tuple(_stored(row) for row in connection.execute(query))


def set_outcome(
    connection: Connection, submission_id: int, state: MessageState, reason: Reason, landed: int, parked: int
) -> None:
    """Write how a submission ended."""
    outcome = {"state": state, "reason": reason, "rows_landed": landed, "rows_parked": parked}
    connection.execute(_OUTCOME, {"own_id": submission_id, **outcome})


# ---- rows --------------------------------------------------------------------------------------


def add_rows(connection: Connection, tables: SheetTables, submission_id: int, rows: Sequence[StoredRow]) -> None:
    """Store *rows*: one statement per sheet, whatever their number."""
    by_sheet: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        record = row.record
        values = tables.values_of(record.sheet, record)
        values |= {
            "submission_id": submission_id,
            "row_number": record.row_number,
            "state": row.state,
            "customer_id": row.customer_id,
            "contact_id": row.contact_id,
            "opportunity_id": row.opportunity_id,
            "ref": record.ref,
            "raw": dict(record.raw),
            "extra": dict(record.extra) or None,
        }
        by_sheet.setdefault(record.sheet, []).append(values)
    for sheet, values_list in by_sheet.items():
        insert_rows(connection, tables.table(sheet), values_list)


def rows_of(connection: Connection, tables: SheetTables, submission_id: int) -> tuple[RowView, ...]:
    """Return every row of a submission, by sheet and row number."""
    found = []
    for sheet in tables.keys:
        table = tables.table(sheet)
        query = (
            sa.select(table.c.row_number, table.c.state, table.c.customer_id, table.c.raw)
            .where(table.c.submission_id == submission_id)
            .order_by(table.c.row_number)
        )
        found += [
            RowView(sheet, row.row_number, RowState(row.state), row.customer_id, row.raw)
            for row in connection.execute(query)
        ]
    return tuple(found)


def retire(connection: Connection, submission_id: int) -> None:
    """Make a revision no longer the current one; its successor is about to be filed."""
    connection.execute(submission.update().where(submission.c.id == submission_id).values(is_current=False))


def supersede_rows(connection: Connection, tables: SheetTables, submission_id: int) -> None:
    """Mark every row of a revision as superseded; nothing is deleted."""
    for sheet in tables.keys:
        table = tables.table(sheet)
        connection.execute(
            table.update().where(table.c.submission_id == submission_id).values(state=RowState.SUPERSEDED)
        )


def carry_over(
    connection: Connection,
    tables: SheetTables,
    from_id: int,
    to_id: int,
    rows: Collection[tuple[str, int]],
) -> dict[tuple[str, int], int]:
    """
    Copy the *rows* (sheet, row number) of one revision into another, numbered on from the last line
    of both: a carried row stands on no line that either workbook had.

    Returns the new row number of each. Must run before the earlier revision's rows are superseded.
    """
    carried: dict[tuple[str, int], int] = {}
    wanted: dict[str, list[int]] = {}
    for sheet, number in sorted(rows):
        wanted.setdefault(sheet, []).append(number)
    for sheet, numbers in wanted.items():
        table = tables.table(sheet)
        last = connection.execute(
            sa.select(sa.func.max(table.c.row_number)).where(table.c.submission_id.in_((from_id, to_id)))
        ).scalar_one()
        values = []
        for some in chunks(numbers):
            query = sa.select(table).where(table.c.submission_id == from_id, table.c.row_number.in_(some))
            values += [dict(row) for row in connection.execute(query.order_by(table.c.row_number)).mappings()]
        for number, value in enumerate(values, start=(last or 0) + 1):
            carried[sheet, value["row_number"]] = number
            del value["id"]
            value |= {"submission_id": to_id, "row_number": number}
        if values:
            connection.execute(table.insert(), values)
    return carried


def drop_waiting(connection: Connection, tables: SheetTables, rep_id: int, report_date: date, template_id: str) -> int:
    """Supersede a revision that was waiting for REPLACE or ADD: a newer one has come. Return how many there were."""
    asked = {"rep": rep_id, "day": report_date, "form": template_id}
    waiting = connection.execute(_WAITING, asked).scalars().all()
    for submission_id in waiting:
        supersede_rows(connection, tables, submission_id)
        connection.execute(submission.update().where(submission.c.id == submission_id).values(is_waiting=False))
    return len(waiting)


# ---- issues ------------------------------------------------------------------------------------


def add_issues(connection: Connection, submission_id: int, issues: Sequence[Issue]) -> None:
    """Store every issue, whole."""
    if issues:
        rows = [
            {
                "submission_id": submission_id,
                "code": found.code,
                "severity": found.severity,
                "sheet": found.place.sheet_key or "",
                "row_number": found.place.row,
                "field": found.place.field,
                "detail": issue_to_document(found),
            }
            for found in issues
        ]
        insert_rows(connection, issue, rows)


def issues_of(connection: Connection, submission_id: int) -> tuple[Issue, ...]:
    """Return the issues of a submission as they were found."""
    query = sa.select(issue.c.detail).where(issue.c.submission_id == submission_id).order_by(issue.c.id)
    return tuple(issue_from_document(detail) for detail in connection.execute(query).scalars())


# ---- a sender's own headers --------------------------------------------------------------------


def recall_headers(connection: Connection, person_id: int, template_id: str) -> dict[str, dict[str, str]]:
    """Return what this sender's headers mapped to before: sheet key → header → field key."""
    memory: dict[str, dict[str, str]] = {}
    for row in connection.execute(_HEADERS, {"person": person_id, "form": template_id}):
        memory.setdefault(row.sheet, {})[row.header] = row.field
    return memory


_HEADERS = sa.select(column_memory.c.sheet, column_memory.c.header, column_memory.c.field).where(
    column_memory.c.person_id == sa.bindparam("person"), column_memory.c.template_id == sa.bindparam("form")
)


def remember_headers(
    connection: Connection, person_id: int, template_id: str, headers: Mapping[str, Mapping[str, str]]
) -> None:
    """Remember how this sender's headers mapped; only what is new is written."""
    if not any(headers.values()):
        return
    known = recall_headers(connection, person_id, template_id)
    changed = [
        (sheet, header, field_key)
        for sheet, columns in headers.items()
        for header, field_key in columns.items()
        if known.get(sheet, {}).get(header) != field_key
    ]
    if not changed:
        return
    mine = sa.and_(column_memory.c.person_id == person_id, column_memory.c.template_id == template_id)
    for sheet, header, _ in changed:
        connection.execute(
            column_memory.delete().where(mine, column_memory.c.sheet == sheet, column_memory.c.header == header)
        )
    connection.execute(
        column_memory.insert(),
        [
            {"person_id": person_id, "template_id": template_id, "sheet": sheet, "header": header, "field": field_key}
            for sheet, header, field_key in changed
        ],
    )
