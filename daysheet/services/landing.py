"""
Turn checked records into stored rows: land the good ones on their customers, contacts and
opportunities, park the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from daysheet.model.issues import Issue, IssueCode, Place, issue
from daysheet.model.people import Person
from daysheet.model.rows import Checked, Record, RowState
from daysheet.model.template import ColumnSpec, Meaning, SheetSpec, TemplateSpec
from daysheet.services import referring
from daysheet.services.prepare import customer_columns
from daysheet.services.recognise import Filed
from daysheet.services.tools import Tools
from daysheet.store import assignments, contacts, customers, merges, opportunities
from daysheet.store.engine import Connection
from daysheet.store.submissions import StoredRow, StoredSubmission
from daysheet.validation import history


@dataclass(frozen=True, slots=True)
class Landed:
    """
    The rows to store and what was found while landing them.

    *confirmed* are the prefilled deals, by sheet and line, that lack a next plan as they did before.
    """

    rows: tuple[StoredRow, ...]
    issues: tuple[Issue, ...]
    confirmed: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Report:
    """The report whose rows land."""

    spec: TemplateSpec
    checked: Checked
    rep: Person
    report_date: date
    submission_id: int
    former: StoredSubmission | None


@dataclass(frozen=True, slots=True)
class _Good:
    """A record that may land, with its customer where its sheet has one."""

    record: Record
    sheet: SheetSpec
    keys: Mapping[Meaning, str]  # the sheet's columns that mean something
    customer_id: int | None  # whose name was typed; what is shown may be what that one was merged into


def land(
    connection: Connection, tools: Tools, report: Report, filed: Mapping[str, Filed], named: Sequence[Issue]
) -> Landed:
    """Return *report*'s rows with their states and links; contacts, opportunities and assignments are written."""
    refused = {(found.place.sheet_key, found.place.row) for found in named if found.is_error}
    good: list[_Good] = []
    parked: list[StoredRow] = []
    sheets = {sheet.key: sheet for sheet in report.spec.data_sheets}
    keys = {key: _meanings(sheet) for key, sheet in sheets.items()}
    names = {key: customer_columns(sheet) for key, sheet in sheets.items()}
    for record in report.checked.records:
        if not record.is_ok or (record.sheet, record.row_number) in refused:
            parked.append(StoredRow(record, RowState.PARKED))
        else:
            owner = _customer_id(record, names[record.sheet], filed)
            good.append(_Good(record, sheets[record.sheet], keys[record.sheet], owner))
    good, ignored = _refer(connection, tools, report, good)
    good = _with_referred(connection, good)

    contact_ids = _contacts(connection, tools, report, good)
    opportunity_ids = _opportunities(connection, tools, good)
    confirmed = _confirmed(connection, tools, report, good, opportunity_ids, report.checked.issues)
    moved = _stage_moves(connection, tools, report, good, opportunity_ids)
    _customers(connection, tools, report, good)
    landed = [
        StoredRow(
            item.record,
            RowState.LANDED,
            customer_id=item.customer_id,
            contact_id=contact_ids.get(number),
            opportunity_id=opportunity_ids.get(number),
        )
        for number, item in enumerate(good)
    ]
    cover = report.checked.cover
    cover_rows = [] if cover is None else [StoredRow(cover, RowState.LANDED if cover.is_ok else RowState.PARKED)]
    return Landed((*cover_rows, *landed, *parked), (*ignored, *moved), confirmed)


def _meanings(sheet: SheetSpec) -> dict[Meaning, str]:
    """Return the key of the first column with each meaning."""
    return {column.meaning: column.key for column in reversed(sheet.columns) if column.meaning is not None}


def _customer_id(record: Record, names: Sequence[str], filed: Mapping[str, Filed]) -> int | None:
    for key in names:
        result = filed.get(str(record.values.get(key) or ""))
        if result is not None and result.owner_id is not None:
            return result.owner_id
    return None


def _refer(
    connection: Connection, tools: Tools, report: Report, good: Sequence[_Good]
) -> tuple[list[_Good], tuple[Issue, ...]]:
    """
    Return *good* with the references that are believed, and say where one does not agree with what was typed.

    A plan may refer to an earlier one that its row did not name: the same that was typed again.
    """
    rows = [referring.Row(item.record, item.sheet, item.customer_id) for item in good]
    beliefs = referring.judge(connection, tools, report.rep.id, report.report_date, rows, report.checked.records)
    issues = []
    for item, belief in zip(good, beliefs, strict=True):
        if belief.doubted is not None:
            column = item.sheet.column(belief.doubted)
            params = {"label_zh": column.label.zh, "label_en": column.label.en}
            place = _place(report, item.record, column.key)
            issues.append(issue(IssueCode.CELL_REF_IGNORED, place, item.record.values[column.key], params=params))
    kept = [
        replace(item, record=replace(item.record, ref=belief.ref)) if item.record.ref != belief.ref else item
        for item, belief in zip(good, beliefs, strict=True)
    ]
    return kept, tuple(issues)


def _confirmed(
    connection: Connection,
    tools: Tools,
    report: Report,
    good: Sequence[_Good],
    ids: Mapping[int, int],
    issues: Sequence[Issue],
) -> frozenset[tuple[str, int]]:
    """Return the prefilled deals that were sent back as they were, of those that lack a next plan."""
    asked = {(one.place.sheet_key, one.place.row) for one in issues if one.code is IssueCode.ROW_NO_NEXT_PLAN}
    found: set[tuple[str, int]] = set()
    for sheet in report.spec.data_sheets:
        mine = {
            number: (id_, item.record)
            for number, id_ in ids.items()
            if (item := good[number]).sheet is sheet
            and item.record.ref
            and (sheet.key, item.record.row_number) in asked
        }
        if mine:
            owners = {good[number].customer_id or 0 for number in mine}
            roots = set(merges.roots_of(connection, owners).values())
            places = referring.confirmed(connection, tools, sheet, roots, mine)
            found |= {(sheet.key, good[number].record.row_number) for number in places}
    return frozenset(found)


def _place(report: Report, record: Record, key: str) -> Place:
    return Place(
        sheet=report.checked.sheet_names.get(record.sheet, ""),
        row=record.row_number,
        column=report.checked.columns.get(record.sheet, {}).get(key),
        field=key,
        sheet_key=record.sheet,
    )


def _with_referred(connection: Connection, good: Sequence[_Good]) -> list[_Good]:
    """
    Return *good*, a prefilled deal's row being the customer's whose deal it is.

    A workbook is prefilled under the name that merged customers are shown under, which says less
    of whose row it is than the deal does.
    """
    refs = {(item.customer_id, item.record.ref) for item in good if item.customer_id is not None and item.record.ref}
    owners = opportunities.owners(connection, refs)
    return [
        replace(item, customer_id=owners.get((item.customer_id or 0, item.record.ref or ""), item.customer_id))
        for item in good
    ]


def _value(item: _Good, meaning: Meaning) -> object:
    key = item.keys.get(meaning)
    return item.record.values.get(key) if key is not None else None


def _text(item: _Good, meaning: Meaning) -> str:
    value = _value(item, meaning)
    return "" if value is None else str(value)


def _contacts(connection: Connection, tools: Tools, report: Report, good: Sequence[_Good]) -> dict[int, int]:
    """Return the contact id by position in *good*."""
    seen: dict[int, contacts.ContactSeen] = {}
    for number, item in enumerate(good):
        name = _text(item, Meaning.CONTACT_NAME)
        if name and item.customer_id is not None:
            phones = _value(item, Meaning.CONTACT_PHONE)
            seen[number] = contacts.ContactSeen(
                customer_id=item.customer_id,
                name=name,
                phone=str(phones[0]) if isinstance(phones, tuple) and phones else str(phones or ""),
                title=_text(item, Meaning.CONTACT_TITLE),
                email=_text(item, Meaning.CONTACT_EMAIL),
            )
    ids = contacts.resolve(connection, list(seen.values()), report.submission_id, tools.clock())
    return dict(zip(seen, ids, strict=True))


def _opportunities(connection: Connection, tools: Tools, good: Sequence[_Good]) -> dict[int, int]:
    """Return the opportunity id by position in *good*."""
    seen: dict[int, opportunities.OpportunitySeen] = {}
    for number, item in enumerate(good):
        project = _text(item, Meaning.PROJECT)
        if project and item.customer_id is not None and Meaning.STAGE in item.keys:
            seen[number] = opportunities.OpportunitySeen(item.customer_id, project, item.record.ref)
    ids = opportunities.resolve(connection, list(seen.values()), tools.clock())
    return dict(zip(seen, ids, strict=True))


def _stage_moves(
    connection: Connection, tools: Tools, report: Report, good: Sequence[_Good], ids: Mapping[int, int]
) -> tuple[Issue, ...]:
    """
    Say where a deal's stage is earlier in the funnel than it was reported last.

    Only of deals that the rep has reported before or whose customer they own: who merely guesses a
    customer's and a project's name is not to learn how a colleague's deal stands.
    """
    former = report.former.id if report.former else None
    found: list[Issue] = []
    for sheet in report.spec.data_sheets:
        column = sheet.meaning(Meaning.STAGE)
        mine = {number: id_ for number, id_ in ids.items() if good[number].sheet is sheet}
        if column is None or not mine:
            continue
        stages = report.spec.lists[column.list or ""]
        before = opportunities.previous_stages(
            connection, tools.tables, sheet.key, column.key, sorted(set(mine.values())), former
        )
        moved = {
            number: was
            for number, opportunity_id in mine.items()
            if (was := before.get(opportunity_id))
            and (now := good[number].record.values.get(column.key))
            and history.moved_back(stages, was, str(now))
        }
        if moved:
            owned = assignments.owned(connection, report.rep.id)
            roots = merges.roots_of(connection, {good[number].customer_id or 0 for number in moved})
            table = tools.tables.table(sheet.key)
            told = opportunities.reported_by(connection, table, {mine[number] for number in moved}, report.rep.id)
            found += [
                _moved_back(report, column, good[number].record, was)
                for number, was in moved.items()
                if mine[number] in told or roots.get(good[number].customer_id or 0) in owned
            ]
    return tuple(found)


def _moved_back(report: Report, column: ColumnSpec, record: Record, was: str) -> Issue:
    labels = {item.code: item.label for item in report.spec.lists[column.list or ""].items}
    place = _place(report, record, column.key)
    params = {"label_zh": column.label.zh, "label_en": column.label.en}
    params |= {"was_zh": labels[was].zh, "was_en": labels[was].en}
    return issue(IssueCode.CROSS_STAGE_MOVED_BACK, place, record.raw.get(column.key, ""), params=params)


_PROPOSED = {
    Meaning.CUSTOMER_CITY: "city",
    Meaning.CUSTOMER_INDUSTRY: "industry",
    Meaning.CUSTOMER_LEVEL: "level",
}


def _customers(connection: Connection, tools: Tools, report: Report, good: Sequence[_Good]) -> None:
    """Record what the rows say of their customers, who reported them, and whether that confirms them."""
    proposals = [
        customers.Proposal(item.customer_id, field, str(value), item.record.row_number)
        for item in good
        if item.customer_id is not None
        for meaning, field in _PROPOSED.items()
        if (value := _value(item, meaning))
    ]
    ids = sorted({item.customer_id for item in good if item.customer_id is not None})
    now = tools.clock()
    customers.propose_fields(connection, proposals, report.submission_id, report.rep.id, now)
    assignments.record_reports(connection, report.rep.id, ids, report.report_date, report.submission_id)
