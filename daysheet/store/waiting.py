"""Reports that would wipe most of an earlier one and wait for a word (data.md 4)."""

from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.access import Scope
from daysheet.model.mail import Reason
from daysheet.store import submissions
from daysheet.store.repair import data_sheets
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import inbound, person, submission, team


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A report that waits, with whose it is and the message it came in."""

    id: int
    inbound_id: int
    position: int
    rep_id: int
    sender_id: int
    rep_number: str
    rep_name: str
    team: str
    template_id: str
    report_date: date
    file_name: str
    workbook_sha256: str
    received_at: datetime
    is_waiting: bool
    reason: str
    raw_sha256: str
    source: str
    as_number: str
    message_file: str
    first_seen_at: datetime
    message_id: str
    subject: str
    rows: int = 0


_COLUMNS = (
    *(
        submission.c[name]
        for name in (
            "id",
            "inbound_id",
            "position",
            "rep_id",
            "sender_id",
            "template_id",
            "report_date",
            "file_name",
            "workbook_sha256",
            "received_at",
            "is_waiting",
            "reason",
        )
    ),
    person.c.number.label("rep_number"),
    person.c.name.label("rep_name"),
    sa.func.coalesce(team.c.name, "").label("team"),
    *(inbound.c[name] for name in ("raw_sha256", "source", "as_number", "first_seen_at", "message_id", "subject")),
    inbound.c.file_name.label("message_file"),
)
_REPORTS = (
    sa.select(*_COLUMNS)
    .join_from(submission, inbound, inbound.c.id == submission.c.inbound_id)
    .join(person, person.c.id == submission.c.rep_id)
    .outerjoin(team, team.c.id == person.c.team_id)
)
DECIDED_FROM = 1000
"""Positions of workbooks that were filed anew because a steward said so: no message holds as many."""


def _within(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.true() if scope.sees_all else submission.c.rep_id.in_(sorted(scope.person_ids))


def listed(
    connection: Connection, tables: SheetTables, scope: Scope, *, limit: int, offset: int = 0
) -> tuple[WaitingReport, ...]:
    """Return the reports that wait, those that have waited longest first, with the number of their rows."""
    query = _REPORTS.where(submission.c.is_waiting, _within(scope)).order_by(submission.c.id)
    found = [WaitingReport(**row) for row in connection.execute(query.limit(limit).offset(offset)).mappings()]
    numbers = _numbers(connection, tables, [report.id for report in found])
    return tuple(replace(report, rows=numbers.get(report.id, 0)) for report in found)


def _numbers(connection: Connection, tables: SheetTables, ids: list[int]) -> dict[int, int]:
    if not ids:
        return {}
    sheets = [tables.table(key) for key in data_sheets(tables)]
    found = (sa.select(sheet.c.submission_id).where(sheet.c.submission_id.in_(ids)) for sheet in sheets)
    rows = sa.union_all(*found).subquery()
    query = sa.select(rows.c.submission_id, sa.func.count().label("number")).group_by(rows.c.submission_id)
    return {row.submission_id: row.number for row in connection.execute(query)}


def get(connection: Connection, submission_id: int, scope: Scope) -> WaitingReport | None:
    """Return a report that waits or was left; None where it never did, or is not within *scope*."""
    had_to = sa.or_(submission.c.is_waiting, submission.c.reason.in_((Reason.WAITS_FOR_REPLACE, Reason.DISMISSED)))
    row = connection.execute(_REPORTS.where(submission.c.id == submission_id, had_to, _within(scope))).mappings()
    found = row.first()
    return None if found is None else WaitingReport(**found)


def free_position(connection: Connection, inbound_id: int) -> int:
    """Return a position for a workbook of a message that is filed anew."""
    last = connection.scalar(
        sa.select(sa.func.max(submission.c.position)).where(
            submission.c.inbound_id == inbound_id, submission.c.position >= DECIDED_FROM
        )
    )
    return DECIDED_FROM if last is None else last + 1


def leave(connection: Connection, tables: SheetTables, submission_id: int) -> None:
    """Let a report wait no longer: its rows are history, and the earlier report stands."""
    submissions.supersede_rows(connection, tables, submission_id)
    connection.execute(
        submission.update().where(submission.c.id == submission_id).values(is_waiting=False, reason=Reason.DISMISSED)
    )
