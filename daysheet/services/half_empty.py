"""
A second report that would wipe most of the first (data.md 4), decided by a steward instead of its sender.

What is decided is done as if the sender had sent the workbook again with 替换 or 追加 in the subject.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from daysheet.model.answers import Answer, AnswerKind, GoneRow
from daysheet.model.mail import Attachment, Envelope, MessageState, Reason
from daysheet.model.people import Person
from daysheet.model.rows import Record, RowState
from daysheet.services import answering, revision, submit
from daysheet.services.access import Visitor
from daysheet.services.ahead import take_apart, workbooks
from daysheet.services.answering import Incoming
from daysheet.services.prepare import Prepared, prepare
from daysheet.services.revision import EarlierRow, Mode
from daysheet.services.sender import Sender
from daysheet.services.tools import Tools
from daysheet.store import audit, customers, inbound, people, repair, submissions, waiting
from daysheet.store.engine import Connection
from daysheet.store.inbound import Claimed
from daysheet.store.submissions import StoredSubmission
from daysheet.store.waiting import WaitingReport

A_PAGE = 50
MOST_ROWS = 200
"""Rows of each kind that are shown of two reports."""
LONGEST_NOTE = 1000
DECIDED = "report.decided"
"""The audit's word for what was said about a report that waited."""


@dataclass(frozen=True, slots=True)
class ReportList:
    """A page of the reports that wait."""

    reports: tuple[WaitingReport, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    A report that waits beside the one it would replace.

    *gone* are the rows only the earlier has, *brought* those only the new one has, *both* how many
    are in either, *wrong* how many of the new one wait for a correction. *said* is what was decided,
    by whom, once it was.
    """

    report: WaitingReport
    earlier: StoredSubmission | None
    seen: str
    gone: tuple[GoneRow, ...] = ()
    brought: tuple[GoneRow, ...] = ()
    both: int = 0
    wrong: int = 0
    said: audit.Entry | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def is_waiting(self) -> bool:
        """True where something can be decided."""
        return self.report.is_waiting and self.earlier is not None


@dataclass(frozen=True, slots=True)
class Done:
    """What was said is done."""

    says: str


@dataclass(frozen=True, slots=True)
class MovedOn:
    """It is not as it was seen: a newer report has come, or another steward has decided. Nothing was done."""

    page: Comparison


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The workbook is no longer read as that rep's report of that day: people or forms have changed."""

    page: Comparison


def listed(tools: Tools, visitor: Visitor, page: int) -> ReportList:
    """Return a page of the reports that wait, within what the visitor sees."""
    with tools.database.reading() as connection:
        offset = (max(page, 1) - 1) * A_PAGE
        found = waiting.listed(connection, tools.tables, visitor.scope, limit=A_PAGE + 1, offset=offset)
    return ReportList(found[:A_PAGE], len(found) > A_PAGE)


def page(tools: Tools, visitor: Visitor, submission_id: int) -> Comparison | None:
    """Return what a report that waits, or waited, lacks and brings; None where there is none to see."""
    with tools.database.reading() as connection:
        report = waiting.get(connection, submission_id, visitor.scope)
        return None if report is None else _compare(connection, tools, report)


def _compare(connection: Connection, tools: Tools, report: WaitingReport) -> Comparison:
    earlier = submissions.current(connection, report.rep_id, report.report_date, report.template_id)
    seen = _seen(report, earlier)
    if not report.is_waiting:
        said = next((e for e in audit.history(connection, "submission", report.id) if e.action == DECIDED), None)
        person = people.find_by_number(connection, said.actor) if said else None
        return Comparison(report, earlier, seen, said=said, names={person.number: person.name} if person else {})
    spec = tools.spec(report.template_id)
    if earlier is None or spec is None:
        return Comparison(report, earlier, seen)
    data = set(repair.data_sheets(tools.tables))
    before = [
        EarlierRow(row.sheet, row.row_number, row.raw, row.state)
        for row in submissions.rows_of(connection, tools.tables, earlier.id)
        if row.sheet in data
    ]
    now = [
        Record(row.sheet, row.row_number, {}, row.raw)
        for row in submissions.rows_of(connection, tools.tables, report.id)
        if row.sheet in data
    ]
    gone, brought = revision.gone(spec, before, now), revision.brought(spec, before, now)
    new = [EarlierRow(record.sheet, record.row_number, record.raw, RowState.PARKED) for record in brought]
    wrong = {
        (one.place.sheet_key, one.place.row)
        for one in submissions.issues_of(connection, report.id)
        if one.is_error and one.place.sheet_key in data and one.place.row
    }
    return Comparison(
        report,
        earlier,
        seen,
        revision.gone_lines(spec, gone),
        revision.gone_lines(spec, new),
        len(now) - len(brought),
        len(wrong),
    )


def _seen(report: WaitingReport, earlier: StoredSubmission | None) -> str:
    return f"{report.id}-{int(report.is_waiting)}-{earlier.id if earlier else 0}"


# ---- deciding ----------------------------------------------------------------------------------


def decide(
    tools: Tools, visitor: Visitor, submission_id: int, says: Mode, seen: str
) -> Done | MovedOn | Unreadable | None:
    """File the report that waits as its sender would by writing 替换 or 追加; the sender gets the usual answer."""
    with tools.database.reading() as connection:
        report = waiting.get(connection, submission_id, visitor.scope)
        if report is None:
            return None
        sender = people.find_by_ids(connection, [report.sender_id]).get(report.sender_id)
    prepared = incoming = None
    if report.is_waiting and sender is not None:
        incoming, prepared = _prepare(tools, report, sender)
    with tools.database.writing() as connection:
        moved = _moved(connection, tools, visitor, submission_id, str(says), seen)
        if moved is not None:
            return moved
        if prepared is None or incoming is None or sender is None or not _is_the_same(prepared, report):
            return Unreadable(_compare(connection, tools, report))
        position = waiting.free_position(connection, report.inbound_id)
        case = submit.Case(connection, tools, incoming, _sender(report, sender), prepared, position, mode=says)
        filed = submit.submit(case)
        _log(connection, tools, visitor, report, str(says), {"submission": filed.submission_id})
        return Done(str(says))


def _sender(report: WaitingReport, person: Person) -> Sender:
    """Return who sent it, as it was then: for the addresses of today it may be another's."""
    return Sender(person, rep=person if report.as_number else None)


def _prepare(tools: Tools, report: WaitingReport, sender: Person) -> tuple[Incoming, Prepared | None]:
    claimed = Claimed(
        id=report.inbound_id,
        raw_sha256=report.raw_sha256,
        source=report.source,
        as_number=report.as_number,
        file_name=report.message_file,
        is_truncated=False,
        attempts=1,
        first_seen_at=report.first_seen_at,
        is_exhausted=False,
        holder="",
    )
    if _is_removed(tools, report):
        return Incoming(report.inbound_id, report.raw_sha256, Envelope(senders=())), None
    envelope = take_apart(tools, claimed)
    incoming = Incoming(report.inbound_id, report.raw_sha256, envelope)
    file = _file(workbooks(claimed, envelope), report)
    if file is None:
        return incoming, None
    prepared = prepare(tools, file, _sender(report, sender), envelope.subject, report.first_seen_at)
    return incoming, prepared


def _is_removed(tools: Tools, report: WaitingReport) -> bool:
    """Say whether its bytes went with somebody's data: it cannot be read again."""
    with tools.database.reading() as connection:
        return inbound.get(connection, report.inbound_id).bytes_removed_at is not None


def _file(files: Sequence[Attachment], report: WaitingReport) -> Attachment | None:
    own = report.workbook_sha256
    return next((file for file in files if hashlib.sha256(file.content).hexdigest() == own), None)


def _is_the_same(prepared: Prepared, report: WaitingReport) -> bool:
    return (
        prepared.is_usable
        and prepared.rep is not None
        and prepared.spec is not None
        and (prepared.rep.id, prepared.report_date, prepared.spec.id)
        == (report.rep_id, report.report_date, report.template_id)
    )


def dismiss(tools: Tools, visitor: Visitor, submission_id: int, note: str, seen: str) -> Done | MovedOn | None:
    """Leave the report: the earlier one stands, and the sender is told so, with *note*."""
    note = note.strip()[:LONGEST_NOTE]
    with tools.database.writing() as connection:
        report = waiting.get(connection, submission_id, visitor.scope)
        if report is None:
            return None
        moved = _moved(connection, tools, visitor, submission_id, "dismiss", seen)
        if moved is not None:
            return moved
        waiting.leave(connection, tools.tables, report.id)
        found = people.find_by_ids(connection, [report.sender_id, report.rep_id])
        sender, rep = found[report.sender_id], found[report.rep_id]
        answer = Answer(
            kind=AnswerKind.KEPT,
            language=tools.language_of(sender),
            state=MessageState.PARTLY,
            reason=Reason.DISMISSED,
            rep_name=rep.name,
            file_name=report.file_name,
            subject=report.subject,
            report_date=report.report_date,
            template_id=report.template_id,
            note=note,
            by=visitor.person.name,
        )
        envelope = Envelope(senders=(), message_id=report.message_id)
        incoming = Incoming(report.inbound_id, report.raw_sha256, envelope)
        answering.enqueue(
            connection,
            tools,
            incoming,
            answer,
            sender=sender,
            rep=rep,
            submission_id=report.id,
            position=report.position,
        )
        _log(connection, tools, visitor, report, "dismiss", {"note": note})
        return Done("dismiss")


def _moved(
    connection: Connection, tools: Tools, visitor: Visitor, submission_id: int, says: str, seen: str
) -> Done | MovedOn | None:
    """Return why nothing is to be done any more: the form was sent twice, or things have moved on; else None."""
    customers.guard(connection)
    report = waiting.get(connection, submission_id, visitor.scope)
    assert report is not None
    shown = _compare(connection, tools, report)
    if shown.said is not None and shown.said.actor == visitor.actor.name and (shown.said.after or {})["says"] == says:
        return Done(says)
    return None if shown.seen == seen and shown.is_waiting else MovedOn(shown)


def _log(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    report: WaitingReport,
    says: str,
    more: dict[str, object],
) -> None:
    before = {"state": "waiting"}
    entry = audit.Entry(DECIDED, "submission", report.id, before, {"says": says, **more}, visitor.actor.name)
    audit.append(connection, [entry], tools.clock())
