"""
One submission, one transaction: rows, issues, customers, contacts, opportunities, audit and the answer.

The caller opens the transaction; nothing here reads a file or the network.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from daysheet import points
from daysheet.model.answers import Answer, AnswerKind, CustomerOutcome, SheetCount
from daysheet.model.customers import CustomerStatus
from daysheet.model.issues import Issue, IssueCode, Place, issue
from daysheet.model.mail import MessageState, Reason
from daysheet.model.people import Person
from daysheet.model.rows import Checked, Record, RowState
from daysheet.model.template import TemplateSpec
from daysheet.points import Point
from daysheet.services import answering, landing, merging, recognise, revision, standing
from daysheet.services.answering import Incoming
from daysheet.services.outcome import Submitted
from daysheet.services.prepare import Prepared, customer_columns
from daysheet.services.recognise import Filed
from daysheet.services.revision import EarlierRow, Mode
from daysheet.services.sender import Sender
from daysheet.services.standing import Standing
from daysheet.services.tools import Tools
from daysheet.store import audit, customers, outbox, submissions
from daysheet.store.engine import Connection
from daysheet.store.submissions import NewSubmission, StoredRow, StoredSubmission
from daysheet.validation import dates


@dataclass(frozen=True, slots=True)
class Case:
    """One workbook at the moment it is filed."""

    connection: Connection
    tools: Tools
    incoming: Incoming
    sender: Sender
    prepared: Prepared
    position: int  # which workbook of the message
    mode: Mode | None = None  # a steward's, in the place of what the subject asks for
    standing: Standing | None = None  # what a steward did about the rows of the revision it meets


@dataclass(frozen=True, slots=True)
class _Usable:
    """What a usable workbook is sure to have."""

    spec: TemplateSpec
    checked: Checked
    rep: Person
    report_date: date


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The current revision, which this one meets."""

    submission: StoredSubmission
    rows: tuple[EarlierRow, ...]
    issues: tuple[Issue, ...]

    @property
    def landed(self) -> tuple[EarlierRow, ...]:
        """Its rows that are in the customer database."""
        return tuple(row for row in self.rows if row.has_landed)

    @property
    def has_carried_over(self) -> bool:
        """True where it was added to an earlier one, and so holds more than its own workbook."""
        return (
            sum(row.state is not RowState.DROPPED for row in self.rows)
            > self.submission.rows_landed + self.submission.rows_parked
        )


def submit(case: Case) -> Submitted:
    """File the workbook and queue its answer, within the caller's transaction."""
    prepared = case.prepared
    if not prepared.is_usable:
        return _refuse(case)
    assert prepared.spec is not None
    assert prepared.checked is not None
    assert prepared.rep is not None
    assert prepared.report_date is not None
    usable = _Usable(prepared.spec, prepared.checked, prepared.rep, prepared.report_date)

    customers.guard(case.connection)
    earlier = _earlier(case, usable)
    mode = case.mode or _mode(case)
    if earlier is None:
        return _file(case, usable, None, (), mode)
    if earlier.submission.workbook_sha256 == prepared.sha256 and _changes_nothing(earlier, mode):
        return _again(case, usable, earlier)
    met = standing.meet(case.connection, case.tools, prepared, earlier.submission.id, earlier.rows)
    prepared = met.prepared
    assert prepared.checked is not None
    case, usable = replace(case, prepared=prepared, standing=met), replace(usable, checked=prepared.checked)
    if mode is Mode.ADD:
        return _file(case, usable, earlier, revision.kept(usable.spec, earlier.rows, usable.checked.records), mode)
    missing = revision.gone(usable.spec, earlier.rows, usable.checked.records)
    if mode is Mode.UNSAID:
        lost = missing if _has_rows_to_land(prepared, usable) else earlier.landed
        if revision.is_half_empty(earlier.rows, lost):
            return _wait(case, usable, earlier, lost)
    return _file(case, usable, earlier, missing, mode)


def _changes_nothing(earlier: _Earlier, mode: Mode) -> bool:
    """Say of the current revision's own workbook whether filing it once more would change nothing."""
    return mode is Mode.UNSAID or (mode is Mode.REPLACE and not earlier.has_carried_over)


def _has_rows_to_land(prepared: Prepared, usable: _Usable) -> bool:
    """Say whether any row has neither an error of its own nor a name that holds it back."""
    columns = {sheet.key: customer_columns(sheet) for sheet in usable.spec.data_sheets}

    def is_rejected(record: Record) -> bool:
        names = (prepared.names.get(str(record.values.get(key) or "")) for key in columns[record.sheet])
        return any(name is not None and name.is_rejected for name in names)

    return any(record.is_ok and not is_rejected(record) for record in usable.checked.records)


def _mode(case: Case) -> Mode:
    """Return what the subject asks for, without the words that a reply to one of our answers only carries along."""
    envelope = case.incoming.envelope
    if revision.mode_of(envelope.subject) is Mode.UNSAID:
        return Mode.UNSAID
    ours = [one for one in (envelope.in_reply_to, *reversed(envelope.references)) if one]
    return revision.mode_of(envelope.subject, outbox.answered_subject(case.connection, ours) or "")


def _earlier(case: Case, usable: _Usable) -> _Earlier | None:
    found = submissions.current(case.connection, usable.rep.id, usable.report_date, usable.spec.id)
    if found is None:
        return None
    rows = submissions.rows_of(case.connection, case.tools.tables, found.id)
    issues = submissions.issues_of(case.connection, found.id)
    faults: dict[tuple[str | None, int | None], set[str]] = {}
    for one in issues:
        if one.is_error and one.place.field:
            faults.setdefault((one.place.sheet_key, one.place.row), set()).add(one.place.field)
    data = {sheet.key for sheet in usable.spec.data_sheets}
    return _Earlier(
        found,
        tuple(
            EarlierRow(r.sheet, r.row_number, r.raw, r.state, frozenset(faults.get((r.sheet, r.row_number), ())))
            for r in rows
            if r.sheet in data
        ),
        issues,
    )


def rehearse(case: Case) -> tuple[Issue, ...]:
    """Return the issues the workbook would be answered with; the caller rolls everything back."""
    submitted = submit(case)
    return submissions.issues_of(case.connection, submitted.submission_id) or case.prepared.issues


# ---- the outcomes ------------------------------------------------------------------------------


def _refuse(case: Case) -> Submitted:
    """Nothing can land: the file, the template, the date or the rep is wrong."""
    prepared = case.prepared
    is_unread = prepared.checked is None
    is_unknown = any(found.code is IssueCode.REP_UNKNOWN for found in prepared.issues)
    reason = Reason.UNREADABLE if is_unread else Reason.REP_UNKNOWN if is_unknown else Reason.HAS_ISSUES
    kind = AnswerKind.REFUSED if is_unread or is_unknown else AnswerKind.REPORT
    submission_id = submissions.add(case.connection, _new(case, MessageState.REJECTED, reason))
    submissions.add_issues(case.connection, submission_id, prepared.issues)
    answer = _answer(case, kind, MessageState.REJECTED, reason, prepared.issues)
    return _finish(case, submission_id, answer)


def _again(case: Case, usable: _Usable, earlier: _Earlier) -> Submitted:
    """The current revision in a new message: no effect on the data, and the former answer once more."""
    new = replace(_new(case, MessageState.DUPLICATE, Reason.SAME_WORKBOOK), revision=earlier.submission.revision)
    submission_id = submissions.add(case.connection, new)
    answering.enqueue_again(
        case.connection,
        case.tools,
        case.incoming,
        earlier.submission.id,
        sender=case.sender.person,
        rep=usable.rep,
        position=case.position,
    )
    return Submitted(
        submission_id,
        case.prepared.file_name,
        MessageState.DUPLICATE,
        Reason.SAME_WORKBOOK,
        rep=usable.rep.number,
        report_date=usable.report_date,
        revision=earlier.submission.revision,
    )


def _wait(case: Case, usable: _Usable, earlier: _Earlier, missing: Sequence[EarlierRow]) -> Submitted:
    """Most of the earlier report would vanish: keep the rows aside and ask for REPLACE or ADD."""
    state, reason = MessageState.PARTLY, Reason.WAITS_FOR_REPLACE
    asked = issue(
        IssueCode.CROSS_REVISION_WAITS,
        Place(file=case.prepared.file_name),
        missing=len(missing),
        earlier=len(earlier.landed),
    )
    issues = (asked, *case.prepared.issues)
    submissions.drop_waiting(case.connection, case.tools.tables, usable.rep.id, usable.report_date, usable.spec.id)
    submission_id = submissions.add(case.connection, replace(_new(case, state, reason), is_waiting=True))
    rows = [StoredRow(record, RowState.PARKED) for record in usable.checked.records]
    submissions.add_rows(case.connection, case.tools.tables, submission_id, rows)
    submissions.add_issues(case.connection, submission_id, issues)
    answer = replace(
        _answer(case, AnswerKind.WAITING, state, reason, issues),
        sheets=_counts(usable.spec, rows),
        gone=revision.gone_lines(usable.spec, missing),
        replaces=earlier.submission.revision,
    )
    return _finish(case, submission_id, answer)


def _file(case: Case, usable: _Usable, earlier: _Earlier | None, others: Sequence[EarlierRow], mode: Mode) -> Submitted:
    """
    The usual case: good rows land, bad rows wait, the earlier revision gives way.

    *others* are the earlier rows that the workbook lacks: with ADD they stay, else they are gone.
    """
    kept, missing = (others, ()) if mode is Mode.ADD else ((), others)
    connection, tables = case.connection, case.tools.tables
    former = earlier.submission if earlier else None
    submissions.drop_waiting(connection, tables, usable.rep.id, usable.report_date, usable.spec.id)
    if former is not None:
        submissions.retire(connection, former.id)
    new = _new(case, MessageState.ACCEPTED, Reason.OK)
    submission_id = submissions.add(
        connection,
        replace(
            new,
            is_current=True,
            revision=former.revision + 1 if former else 1,
            supersedes_id=former.id if former else None,
        ),
    )

    filed = recognise.file_customers(connection, case.tools, case.prepared, submission_id)
    points.reached(Point.CUSTOMERS_WRITTEN)
    named = recognise.name_issues(case.prepared, filed)
    report = landing.Report(usable.spec, usable.checked, usable.rep, usable.report_date, submission_id, former)
    landed = landing.land(connection, case.tools, report, filed, named)
    known = [one for one in case.prepared.issues if not _was_said_before(one, landed)]
    issues = _sorted(usable.spec, [*known, *named, *landed.issues, *_missing_issues(case, missing)])

    rows = landed.rows
    if case.standing is not None:
        rows = standing.settled(connection, case.standing, submission_id, rows)
    submissions.add_rows(connection, tables, submission_id, rows)
    points.reached(Point.ROWS_WRITTEN)
    days = case.tools.house.confirm_after
    customers.confirm_due(connection, tables, unconfirmed(filed.values(), days), days)
    merging.refresh(connection, case.tools, [r.owner_id for r in filed.values() if r.owner_id is not None])
    still: list[Issue] = []
    if earlier is not None:
        still = _carry_over(case, earlier, submission_id, kept)
        submissions.supersede_rows(connection, tables, earlier.submission.id)
    submissions.add_issues(connection, submission_id, issues)
    submissions.remember_headers(connection, case.sender.person.id, usable.spec.id, usable.checked.headers)

    counts = _counts(usable.spec, rows)
    state = _state(counts, issues)
    reason = Reason.OK if state is MessageState.ACCEPTED else Reason.HAS_ISSUES
    submissions.set_outcome(connection, submission_id, state, reason, counts_landed(counts), counts_parked(counts))
    fixed, still_open = revision.settled(earlier.issues, [*issues, *still]) if earlier else (0, 0)
    answer = replace(
        _answer(case, AnswerKind.REPORT, state, reason, issues),
        sheets=counts,
        customers=recognise.customer_lines(case.prepared, filed),
        gone=revision.gone_lines(usable.spec, missing),
        revision=former.revision + 1 if former else 1,
        replaces=former.revision if former else None,
        fixed=fixed,
        still_open=still_open,
        kept=len(kept),
        leave=dates.leave(usable.checked.cover, usable.spec, usable.report_date),
    )
    return _finish(case, submission_id, answer)


def _was_said_before(found: Issue, landed: landing.Landed) -> bool:
    """
    Say of the lack of a next plan whether the rep was told when the deal was last changed.

    A workbook brings every open deal every day; to ask for a plan each time would drown what is new.
    """
    place = found.place.sheet_key or "", found.place.row or 0
    return found.code is IssueCode.ROW_NO_NEXT_PLAN and place in landed.confirmed


# ---- pieces ------------------------------------------------------------------------------------


def _state(counts: Sequence[SheetCount], issues: Sequence[Issue]) -> MessageState:
    if not any(found.is_error for found in issues):
        return MessageState.ACCEPTED
    return MessageState.PARTLY if counts_landed(counts) else MessageState.REJECTED


def counts_landed(counts: Sequence[SheetCount]) -> int:
    """Return how many rows are in the database."""
    return sum(count.landed for count in counts)


def counts_parked(counts: Sequence[SheetCount]) -> int:
    """Return how many rows wait."""
    return sum(count.parked for count in counts)


def _counts(spec: TemplateSpec, rows: Sequence[StoredRow]) -> tuple[SheetCount, ...]:
    def of(sheet: str, *, parked: bool) -> int:
        return sum(row.record.sheet == sheet and (row.state is RowState.PARKED) is parked for row in rows)

    return tuple(
        SheetCount(sheet.label.zh, sheet.label.en, of(sheet.key, parked=False), of(sheet.key, parked=True))
        for sheet in spec.data_sheets
        if any(row.record.sheet == sheet.key for row in rows)
    )


def unconfirmed(filed: Iterable[Filed], days: int) -> list[int]:
    """
    Return the customers that this report may confirm.

    Not those that are known to be confirmed; nor, where more than one day is asked for, those it brings.
    """
    new = (CustomerOutcome.NEW, CustomerOutcome.REVIEW) if days > 1 else ()
    return [
        one.owner_id
        for one in filed
        if one.owner_id is not None
        and one.customer is not None
        and one.outcome not in new
        and (one.customer.status is CustomerStatus.PROVISIONAL or one.owner_id != one.customer.id)
    ]


def _carry_over(case: Case, earlier: _Earlier, submission_id: int, kept: Sequence[EarlierRow]) -> list[Issue]:
    """
    Copy the rows that stay into the new revision, and what is wrong with them.

    Returns the errors that stay so, at their former lines.
    """
    lines = submissions.carry_over(
        case.connection,
        case.tools.tables,
        earlier.submission.id,
        submission_id,
        [(row.sheet, row.row_number) for row in kept],
    )
    standing.carry(case.connection, earlier.submission.id, submission_id, lines)
    parked = {(row.sheet, row.row_number) for row in kept if row.state is RowState.PARKED}
    still = [
        (one, lines[at])
        for one in earlier.issues
        if one.is_error and (at := (one.place.sheet_key or "", one.place.row or 0)) in parked
    ]
    moved = [replace(one, place=replace(one.place, row=line)) for one, line in still]
    submissions.add_issues(case.connection, submission_id, moved)
    return [one for one, _ in still]


def _missing_issues(case: Case, missing: Sequence[EarlierRow]) -> list[Issue]:
    if not missing:
        return []
    return [issue(IssueCode.CROSS_ROWS_MISSING, Place(file=case.prepared.file_name), missing=len(missing))]


def _sorted(spec: TemplateSpec, issues: Sequence[Issue]) -> tuple[Issue, ...]:
    order = {sheet.key: number for number, sheet in enumerate(spec.sheets)}

    def place(found: Issue) -> tuple[int, int, int, str]:
        column = found.place.column or ""
        return order.get(found.place.sheet_key or "", -1), found.place.row or 0, len(column), column

    return tuple(sorted(issues, key=place))


def _new(case: Case, state: MessageState, reason: Reason) -> NewSubmission:
    prepared = case.prepared
    return NewSubmission(
        inbound_id=case.incoming.inbound_id,
        position=case.position,
        rep_id=prepared.rep.id if prepared.rep else None,
        sender_id=case.sender.person.id,
        template_id=prepared.spec.id if prepared.spec else "",
        template_version=prepared.checked.template_version if prepared.checked else None,
        report_date=prepared.report_date,
        file_name=prepared.file_name,
        workbook_sha256=prepared.sha256,
        state=state,
        reason=reason,
        headers=prepared.checked.headers if prepared.checked else {},
        received_at=prepared.received_at,
    )


def _answer(case: Case, kind: AnswerKind, state: MessageState, reason: Reason, issues: Sequence[Issue]) -> Answer:
    prepared = case.prepared
    return Answer(
        kind=kind,
        language=case.tools.language_of(case.sender.person),
        state=state,
        reason=reason,
        rep_name=prepared.rep.name if prepared.rep else case.sender.person.name,
        file_name=prepared.file_name,
        subject=case.incoming.envelope.subject,
        report_date=prepared.report_date,
        template_id=prepared.spec.id if prepared.spec else "",
        issues=tuple(issues),
    )


def _finish(case: Case, submission_id: int, answer: Answer) -> Submitted:
    answering.enqueue(
        case.connection,
        case.tools,
        case.incoming,
        answer,
        sender=case.sender.person,
        rep=case.prepared.rep,
        submission_id=submission_id,
        position=case.position,
    )
    submitted = Submitted(
        submission_id,
        case.prepared.file_name,
        answer.state,
        answer.reason,
        rep=case.prepared.rep.number if case.prepared.rep else "",
        report_date=case.prepared.report_date,
        revision=answer.revision,
        replaces=answer.replaces,
        rows_landed=answer.rows_landed,
        rows_parked=answer.rows_parked,
        codes=tuple(dict.fromkeys(str(found.code) for found in answer.issues)),
    )
    audit.append(
        case.connection,
        [
            audit.Entry(
                action="submission.filed",
                entity="submission",
                entity_id=submission_id,
                after={
                    "state": str(answer.state),
                    "landed": answer.rows_landed,
                    "parked": answer.rows_parked,
                    "revision": answer.revision,
                },
            )
        ],
        case.tools.clock(),
    )
    return submitted
