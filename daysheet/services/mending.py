"""
Check one row again that waits, with some of its cells written anew.

What nobody touched keeps the value it was read as: 50 below 金额（万元） is half a million, which its
text alone does not say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from daysheet.model.answers import CustomerOutcome
from daysheet.model.issues import Issue, IssueCode, Place
from daysheet.model.names import NameParse
from daysheet.model.people import Person
from daysheet.model.rows import Cell, CellFault, Checked, Record, Value
from daysheet.model.template import ColumnSpec, ColumnType, SheetSpec, TemplateSpec
from daysheet.services import recognise
from daysheet.services.prepare import Prepared, customer_columns
from daysheet.services.recognise import Filed
from daysheet.services.tools import Tools
from daysheet.validation.grid import RowCells

_FAULTS = {
    IssueCode.CELL_FORMULA_ERROR: CellFault.ERROR,
    IssueCode.CELL_FORMULA_UNCALCULATED: CellFault.UNCALCULATED,
    IssueCode.CELL_IMAGE_ONLY: CellFault.IMAGE,
}


@dataclass(frozen=True, slots=True)
class Slip:
    """The report a row belongs to, as far as checking it needs that. *today* is when it was first seen."""

    spec: TemplateSpec
    rep: Person
    report_date: date
    today: date
    received_at: datetime
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Mended:
    """A row as it would be; its raw cells stay the rep's. *issues* are of the cells and rules, names included."""

    record: Record
    issues: tuple[Issue, ...]
    names: Mapping[str, NameParse] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Issue, ...]:
        """What still holds the row back."""
        return tuple(found for found in self.issues if found.is_error)


def mend(tools: Tools, slip: Slip, row: Record, found: Sequence[Issue], edits: Mapping[str, str]) -> Mended:
    """Return *row*, of which *found* was said, with *edits* (field → text) in the place of what was typed."""
    sheet = slip.spec.sheet(row.sheet)
    name = next((one.place.sheet for one in found if one.place.sheet), sheet.label.zh)
    place = Place(file=slip.file_name, sheet=name, row=row.row_number, sheet_key=row.sheet)
    asked = RowCells(_cells(sheet, row, edits), _faults(row, found, edits), _unasked(sheet, row, found))
    values, issues = tools.validators[slip.spec.id].check_row(asked, place, slip.today, slip.report_date)
    untouched = {key: value for key, value in row.values.items() if key not in edits and value is not None}
    values |= untouched
    issues = [one for one in issues if one.is_error or one.place.field not in untouched]
    is_ok = not any(one.is_error for one in issues)
    record = replace(row, values={key: values.get(key) for key in row.values}, is_ok=is_ok)
    names = {
        typed: tools.naming.parse(typed) for key in customer_columns(sheet) if (typed := str(record.values[key] or ""))
    }
    refused = {typed: parse for typed, parse in names.items() if parse.is_rejected}
    if refused:
        filed = {typed: Filed(typed, parse, None, CustomerOutcome.NEW) for typed, parse in refused.items()}
        issues += recognise.name_issues(prepared(slip, [record], names), filed)
    columns = {one.place.field: one.place.column for one in found if one.place.column}
    return Mended(record, tuple(_in_column(one, columns) for one in issues), names)


def prepared(slip: Slip, records: Sequence[Record], names: Mapping[str, NameParse]) -> Prepared:
    """Return *records* as a workbook that holds nothing else, for the steps a report goes through."""
    checked = Checked(slip.spec.id, slip.spec.version, None, tuple(records), (), is_usable=True)
    return Prepared(
        file_name=slip.file_name,
        sha256="",
        received_at=slip.received_at,
        today=slip.today,
        issues=(),
        spec=slip.spec,
        checked=checked,
        rep=slip.rep,
        report_date=slip.report_date,
        names=names,
    )


def _in_column(found: Issue, columns: Mapping[str | None, str | None]) -> Issue:
    return replace(found, place=replace(found.place, column=columns.get(found.place.field)))


def _cells(sheet: SheetSpec, row: Record, edits: Mapping[str, str]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for column in sheet.columns:
        key = column.key
        if key in edits:
            cells[key] = edits[key]
        elif row.values.get(key) is not None:
            cells[key] = _as_cell(row.values[key])
        elif key in row.raw:
            cells[key] = row.raw[key]
    return cells


def _as_cell(value: Value) -> Cell:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return "、".join(str(one) for one in value)
    assert value is None or isinstance(value, (str, bool, int, date, time))
    return value


def _faults(row: Record, found: Iterable[Issue], edits: Mapping[str, str]) -> dict[str, tuple[CellFault, str]]:
    """Return what the reader could not give: #REF! is a text like any other once it is stored."""
    return {
        key: (_FAULTS[one.code], row.raw.get(key, ""))
        for one in found
        if one.code in _FAULTS and (key := one.place.field or "") and key not in edits
    }


def _unasked(sheet: SheetSpec, row: Record, found: Sequence[Issue]) -> frozenset[str]:
    """Return the columns that are newer than the form the rep filled: they were empty, and nobody said so."""
    said = {one.place.field for one in found if one.code is IssueCode.CELL_REQUIRED}
    if any(one.code is IssueCode.ROW_PARTLY_FILLED for one in found):
        return frozenset()
    later = (column.key for column in sheet.columns if column.since > 1 and column.required)
    return frozenset(key for key in later if not row.raw.get(key) and key not in said)


# ---- values as plain data ----------------------------------------------------------------------


def plain(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the typed values that are not empty as plain data for JSON."""
    return {key: _plain(value) for key, value in values.items() if value is not None}


def _plain(value: Value) -> Any:
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return list(value) if isinstance(value, tuple) else value


def typed(columns: Mapping[str, ColumnSpec], document: Mapping[str, Any]) -> dict[str, Value]:
    """Return the values that ``plain`` wrote, of every column; what no column is called any more is left out."""
    return {key: _typed(column.type, document.get(key)) for key, column in columns.items()}


def _typed(kind: ColumnType, value: Any) -> Value:
    if value is None:
        return None
    if kind is ColumnType.DATE:
        return date.fromisoformat(value)
    if kind is ColumnType.TIME:
        return time.fromisoformat(value)
    if kind is ColumnType.DECIMAL:
        return Decimal(value)
    made: Value = tuple(value) if isinstance(value, list) else value
    return made
