"""
A row that waits: repaired by a steward, sent back to its rep, given up; and each of these undone.

Whoever decides has seen a certain state of the row: *seen* is its digest, and a row that has moved
on meanwhile is left as it is. The same form sent twice has one effect.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from daysheet.model.answers import Answer, AnswerKind
from daysheet.model.documents import answer_to_document
from daysheet.model.issues import Issue
from daysheet.model.mail import MessageState, Reason
from daysheet.model.people import Person
from daysheet.model.rows import Record, RowState
from daysheet.model.template import SheetSpec, TemplateSpec
from daysheet.reports import compose
from daysheet.services import landing, mending, merging, recognise, revision, submit
from daysheet.services.access import Visitor
from daysheet.services.mending import Mended, Slip
from daysheet.services.tools import Tools
from daysheet.store import audit, customers, outbox, people, repair, row_decisions, submissions
from daysheet.store.engine import Connection
from daysheet.store.repair import RowAt
from daysheet.store.row_decisions import RowDecision, RowDecisionKind

LONGEST_NOTE = 1000
LONGEST_CELL = 5000
"""Characters of a note, and of what is written into a cell."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """
    A row as its page shows it. *spec* is None where its form is no longer accepted.

    *original* is the row as it was before the repair that stands; *names* say by employee number who
    decided; *newer_id* is the row that has taken its place.
    """

    row: RowAt
    original: Record
    rep: Person
    spec: TemplateSpec | None
    issues: tuple[Issue, ...]
    seen: str
    names: Mapping[str, str] = field(default_factory=dict)
    newer_id: int | None = None

    @property
    def sheet(self) -> SheetSpec | None:
        """The row's sheet of the form."""
        return self.spec.sheet(self.row.record.sheet) if self.spec else None

    @property
    def is_returned(self) -> bool:
        """True where it waits for its rep, to whom it was sent back."""
        standing = self.row.standing
        is_back = standing is not None and standing.kind is RowDecisionKind.RETURNED
        return is_back and self.row.state is RowState.PARKED

    @property
    def is_waiting(self) -> bool:
        """True where something can be decided."""
        return self.row.state is RowState.PARKED and self.row.head.is_current

    @property
    def is_open(self) -> bool:
        """True where it can be repaired."""
        return self.is_waiting and self.spec is not None


@dataclass(frozen=True, slots=True)
class Done:
    """What was decided stands; *decision_id* undoes it."""

    decision_id: int


@dataclass(frozen=True, slots=True)
class StillWrong:
    """The row as it would be does not pass; *page* is as it was."""

    page: RowPage
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class MovedOn:
    """The row is not as it was seen: nothing was done."""

    page: RowPage


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nobody has an address a row could be sent back to."""

    page: RowPage


# ---- looking -----------------------------------------------------------------------------------


def page(tools: Tools, visitor: Visitor, sheet: str, row_id: int) -> RowPage | None:
    """Return a row of a report within the visitor's view; None where there is none."""
    with tools.database.reading() as connection:
        row = repair.row_at(connection, tools.tables, sheet, row_id, visitor.scope)
        return None if row is None else _page(connection, tools, row)


def _page(connection: Connection, tools: Tools, row: RowAt) -> RowPage:
    people_of = people.find_by_ids(connection, [row.head.rep_id])
    issues = repair.issues_at(connection, [row.place]).get(row.place, ())
    if row.state is RowState.PARKED and not any(one.is_error for one in issues):
        issues = (*repair.errors_at(connection, [row.place]).get(row.place, ()), *issues)
    spec = tools.spec(row.head.template_id)
    if spec is not None and row.record.sheet not in {sheet.key for sheet in spec.sheets}:
        spec = None
    actors = {one.person_id for one in row.decisions if one.person_id is not None}
    names = {one.number: one.name for one in people.find_by_ids(connection, actors).values()}
    newer = None if row.head.is_current else _newer(connection, tools, spec, row)
    return RowPage(row, _original(tools, row), people_of[row.head.rep_id], spec, issues, _seen(row), names, newer)


def _original(tools: Tools, row: RowAt) -> Record:
    standing = row.standing
    if standing is None or standing.kind is not RowDecisionKind.REPAIRED:
        return row.record
    columns = tools.tables.columns[row.record.sheet]
    return replace(row.record, values=mending.typed(columns, standing.before))


def _newer(connection: Connection, tools: Tools, spec: TemplateSpec | None, row: RowAt) -> int | None:
    """Return the row of the current report that has taken this one's place: the same row, else the same line."""
    head = row.head
    now = submissions.current(connection, head.rep_id, head.report_date, head.template_id)
    if now is None or spec is None:
        return None
    sheet, number = row.record.sheet, row.record.row_number
    rows = [
        Record(one.sheet, one.row_number, {}, one.raw)
        for one in submissions.rows_of(connection, tools.tables, now.id)
        if one.sheet == sheet
    ]
    earlier = revision.EarlierRow(sheet, number, row.record.raw, row.state)
    same = revision.still_there(spec, earlier, (), rows)
    line = same.row_number if same is not None else number
    return repair.id_at(connection, tools.tables, (now.id, sheet, line))


def _seen(row: RowAt) -> str:
    """Return a digest of what matters of a row to whoever decides."""
    standing = row.standing
    said = [
        row.id,
        str(row.state),
        row.head.is_current,
        sorted(row.record.raw.items()),
        standing.id if standing else 0,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:32]


# ---- deciding ----------------------------------------------------------------------------------


def _open(connection: Connection, tools: Tools, visitor: Visitor, sheet: str, row_id: int) -> RowAt | None:
    """Return the row, with every report that may replace it held off."""
    customers.guard(connection)
    return repair.row_at(connection, tools.tables, sheet, row_id, visitor.scope)


def _cut(edits: Mapping[str, str]) -> dict[str, str]:
    return {key: text[:LONGEST_CELL] for key, text in edits.items()}


def _same(row: RowAt, kind: RowDecisionKind, visitor: Visitor, **more: object) -> RowDecision | None:
    """Return the decision that stands, where it is this very one: the form was sent twice."""
    made = row.standing
    is_same = made is not None and made.kind is kind and made.actor == visitor.actor.name
    return made if is_same and all(getattr(made, name) == value for name, value in more.items()) else None


def repair_row(
    tools: Tools, visitor: Visitor, sheet: str, row_id: int, edits: Mapping[str, str], seen: str
) -> Done | StillWrong | MovedOn | None:
    """
    Land a row with *edits* (field → text) in it, as if the rep had written them; None where there is no such row.

    The same checks are applied as to a report. What is wrong still comes back and nothing has changed.
    """
    edits = _cut(edits)
    with tools.database.writing() as connection:
        row = _open(connection, tools, visitor, sheet, row_id)
        if row is None:
            return None
        if row.state is RowState.REPAIRED and (made := _same(row, RowDecisionKind.REPAIRED, visitor, edits=edits)):
            return Done(made.id)
        shown = _page(connection, tools, row)
        if shown.seen != seen or not shown.is_open or shown.spec is None:
            return MovedOn(shown)
        slip = _slip(tools, shown, shown.spec)
        mended = mending.mend(tools, slip, row.record, shown.issues, edits)
        if mended.errors:
            return StillWrong(shown, mended.issues)
        return Done(_land(connection, tools, visitor, row, slip, mended, edits))


def _slip(tools: Tools, shown: RowPage, spec: TemplateSpec) -> Slip:
    head = shown.row.head
    today = tools.day_of(head.received_at, shown.rep)
    return Slip(spec, shown.rep, head.report_date, today, head.received_at, head.file_name)


def _land(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    row: RowAt,
    slip: Slip,
    mended: Mended,
    edits: Mapping[str, str],
) -> int:
    """Land the mended row as a report's rows land, and return the decision's id."""
    tables, head = tools.tables, row.head
    prepared = mending.prepared(slip, [mended.record], mended.names)
    assert prepared.checked is not None
    filed = recognise.file_customers(connection, tools, prepared, head.submission_id)
    named = recognise.name_issues(prepared, filed)
    report = landing.Report(slip.spec, prepared.checked, slip.rep, slip.report_date, head.submission_id, None)
    landed = landing.land(connection, tools, report, filed, named)
    stored = landed.rows[0]
    links = {name: getattr(stored, name) for name in ("customer_id", "contact_id", "opportunity_id")}
    values = tables.values_of(row.record.sheet, stored.record)
    repair.set_row(connection, tables, row, RowState.REPAIRED, values | links | {"ref": stored.record.ref})
    repair.shift_counts(connection, head.submission_id, landed=1, parked=-1)
    days = tools.house.confirm_after
    customers.confirm_due(connection, tables, submit.unconfirmed(filed.values(), days), days)
    merging.refresh(connection, tools, [one.owner_id for one in filed.values() if one.owner_id is not None])
    told = [one for one in mended.issues if one.place.field in edits]
    submissions.add_issues(connection, head.submission_id, [*told, *named, *landed.issues])
    before = mending.plain(row.record.values)
    now, actor = tools.clock(), visitor.actor
    kind = RowDecisionKind.REPAIRED
    made = row_decisions.add_decision(connection, row.place, kind, actor, now, edits=edits, before=before)
    was = {key: row.record.raw.get(key, "") for key in edits}
    after = {"state": str(RowState.REPAIRED), "cells": dict(edits), "customer": stored.customer_id}
    _log(connection, tools, visitor, "row.repaired", row, {"state": str(row.state), "cells": was}, after)
    return made


def _log(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    action: str,
    row: RowAt,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    where = {"submission": row.head.submission_id, "row": row.record.row_number}
    entry = audit.Entry(action, row.record.sheet, row.id, dict(before), {**after, **where}, visitor.actor.name)
    audit.append(connection, [entry], tools.clock())


def send_back(
    tools: Tools, visitor: Visitor, sheet: str, row_id: int, note: str, seen: str
) -> Done | MovedOn | Unreachable | None:
    """Mail a row back to its rep with what is wrong in it and *note*; it goes on waiting."""
    note = note.strip()[:LONGEST_NOTE]
    with tools.database.writing() as connection:
        row = _open(connection, tools, visitor, sheet, row_id)
        if row is None:
            return None
        if made := _same(row, RowDecisionKind.RETURNED, visitor, note=note):
            return Done(made.id)
        shown = _page(connection, tools, row)
        if shown.seen != seen or not shown.is_waiting:
            return MovedOn(shown)
        sender = people.find_by_ids(connection, [row.head.sender_id or 0]).get(row.head.sender_id or 0)
        addresses = list(dict.fromkeys(one.address for one in (shown.rep, sender) if one and one.address))
        if not addresses:
            return Unreachable(shown)
        kind = RowDecisionKind.RETURNED
        decision = row_decisions.add_decision(connection, row.place, kind, visitor.actor, tools.clock(), note=note)
        _mail(connection, tools, visitor, shown, addresses, note, decision)
        before, after = {"state": str(row.state)}, {"state": str(row.state), "note": note, "to": addresses}
        _log(connection, tools, visitor, "row.returned", row, before, after)
        return Done(decision)


def _mail(
    connection: Connection,
    tools: Tools,
    visitor: Visitor,
    shown: RowPage,
    addresses: list[str],
    note: str,
    decision: int,
) -> None:
    head = shown.row.head
    answer = Answer(
        kind=AnswerKind.RETURNED,
        language=tools.language_of(shown.rep),
        state=MessageState.PARTLY,
        reason=Reason.HAS_ISSUES,
        rep_name=shown.rep.name,
        file_name=head.file_name,
        subject=head.subject,
        report_date=head.report_date,
        revision=head.revision,
        template_id=head.template_id,
        issues=tuple(one for one in shown.issues if one.is_error),
        note=note,
        by=visitor.person.name,
    )
    kind = f"{AnswerKind.RETURNED}-{decision}"
    mail = outbox.NewMail(
        inbound_id=head.inbound_id,
        submission_id=head.submission_id,
        kind=AnswerKind.RETURNED,
        recipient=addresses[0],
        cc=tuple(addresses[1:]),
        message_id=compose.message_id(head.raw_sha256, head.position, kind, tools.house.domain),
        in_reply_to=head.message_id,
        references=(head.message_id,) if head.message_id else (),
        payload=answer_to_document(answer),
    )
    outbox.enqueue(connection, mail, tools.clock())


def drop(tools: Tools, visitor: Visitor, sheet: str, row_id: int, reason: str, seen: str) -> Done | MovedOn | None:
    """Give a row up: it waits no longer and counts for nothing."""
    reason = reason.strip()[:LONGEST_NOTE]
    with tools.database.writing() as connection:
        row = _open(connection, tools, visitor, sheet, row_id)
        if row is None:
            return None
        if made := _same(row, RowDecisionKind.DROPPED, visitor, note=reason):
            return Done(made.id)
        shown = _page(connection, tools, row)
        if shown.seen != seen or not shown.is_waiting:
            return MovedOn(shown)
        repair.set_row(connection, tools.tables, row, RowState.DROPPED, {})
        repair.shift_counts(connection, row.head.submission_id, landed=0, parked=-1)
        kind = RowDecisionKind.DROPPED
        decision = row_decisions.add_decision(connection, row.place, kind, visitor.actor, tools.clock(), note=reason)
        after = {"state": str(RowState.DROPPED), "reason": reason}
        _log(connection, tools, visitor, "row.dropped", row, {"state": str(row.state)}, after)
        return Done(decision)


# ---- taking it back ----------------------------------------------------------------------------


def undo(tools: Tools, visitor: Visitor, sheet: str, row_id: int, decision_id: int) -> Done | MovedOn | None:
    """
    Let a repaired or dropped row wait again, as it was; what the repair made known of customers stays known.

    A form sent twice finds it undone, which is what was asked for.
    """
    with tools.database.writing() as connection:
        row = _open(connection, tools, visitor, sheet, row_id)
        made = next((one for one in row.decisions if one.id == decision_id), None) if row else None
        if row is None or made is None or made.kind is RowDecisionKind.RETURNED:
            return None
        if made.undone_at is not None:
            return Done(made.id)
        if not row.head.is_current or row.standing != made or row.state is RowState.PARKED:
            return MovedOn(_page(connection, tools, row))
        values: dict[str, object] = {}
        if made.kind is RowDecisionKind.REPAIRED:
            values = tools.tables.values_of(sheet, _original(tools, row))
            values |= dict.fromkeys(("customer_id", "contact_id", "opportunity_id"))
        repair.set_row(connection, tools.tables, row, RowState.PARKED, values)
        landed = -1 if made.kind is RowDecisionKind.REPAIRED else 0
        repair.shift_counts(connection, row.head.submission_id, landed=landed, parked=1)
        row_decisions.undo_decision(connection, made.id, tools.clock())
        before, after = {"state": str(row.state), "decision": made.id}, {"state": str(RowState.PARKED)}
        _log(connection, tools, visitor, "row.undone", row, before, after)
        return Done(made.id)
