"""Rules over the cells of one row, and over the rows of a workbook."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from daysheet.model.issues import IssueCode
from daysheet.model.rows import Cell, Record, Value
from daysheet.model.template import RowRule, RuleKind, SheetSpec
from daysheet.validation.cells import Note
from daysheet.validation.rows import holds
from daysheet.validation.text import plain, shown

_TOTAL_WORDS = {plain(word) for word in ("合计", "总计", "小计", "总和", "共计", "total", "totals", "sum", "subtotal")}


def row_notes(sheet: SheetSpec, values: Mapping[str, Value], today: date) -> Iterator[Note]:
    """Give what the sheet's row rules find in one row; rules over other sheets are not looked at here."""
    for rule in sheet.row_rules:
        if rule.when is not None and not holds(rule.when, values):
            continue
        first = sheet.column(rule.columns[0])
        value = values.get(first.key)
        if rule.kind is RuleKind.NOT_BEFORE:
            other = values.get(rule.other or "")
            if _is_day(value) and _is_day(other) and value < other:  # type: ignore[operator]  # both are days
                label = sheet.column(rule.other or "").label
                yield Note(first, IssueCode(rule.code), str(value), {"other_zh": label.zh, "other_en": label.en})
        elif rule.kind is RuleKind.NOT_AFTER_TODAY:
            if _is_day(value) and value > today:  # type: ignore[operator]  # it is a day
                yield Note(first, IssueCode(rule.code), str(value))
        elif rule.kind is RuleKind.NEED_ANY and all(values.get(key) is None for key in rule.columns):
            yield Note(first, IssueCode(rule.code), "", _fields(sheet, rule))


def _is_day(value: Value) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _fields(sheet: SheetSpec, rule: RowRule) -> dict[str, str]:
    labels = [sheet.column(key).label for key in rule.columns]
    return {"fields_zh": "、".join(label.zh for label in labels), "fields_en": ", ".join(label.en for label in labels)}


def unmatched(rule: RowRule, records: Sequence[Record], others: Sequence[Record]) -> Iterator[Record]:
    """Give the records that ask for a row in another sheet (NEED_ROW_IN) that is not there."""
    there = {tuple(plain(str(record.values.get(key) or "")) for key in rule.columns) for record in others}
    for record in records:
        applies = rule.when is None or holds(rule.when, record.values)
        mine = tuple(plain(str(record.values.get(key) or "")) for key in rule.columns)
        if applies and any(mine) and mine not in there:
            yield record


def repeated(sheet: SheetSpec, records: Sequence[Record]) -> Iterator[tuple[Record, int]]:
    """Give each record that is the same row as an earlier one, with that one's number."""
    if not sheet.row_key:
        return
    first: dict[tuple[str, ...], int] = {}
    for record in records:
        key = tuple(plain(str(record.values.get(name) or "")) for name in sheet.row_key)
        if any(key):
            earlier = first.setdefault(key, record.row_number)
            if earlier != record.row_number:
                yield record, earlier


def is_total(cells: Sequence[Cell]) -> bool:
    """Say whether a row is a line of totals: its first filled cell says so."""
    first = next((cell for cell in cells if cell is not None), None)
    return isinstance(first, str) and len(first) < 12 and plain(first) in _TOTAL_WORDS


def wrong_totals(
    columns: Mapping[str, int], cells: Sequence[Cell], records: Sequence[Record]
) -> Iterator[tuple[str, str, Decimal]]:
    """Give (field, as written, the rows' sum) for each total that differs from the sum of the rows above."""
    for key, column in columns.items():
        cell = cells[column - 1] if column <= len(cells) else None
        if isinstance(cell, bool) or not isinstance(cell, (int, float)):
            continue
        numbers = [v for record in records if isinstance(v := record.values.get(key), (int, Decimal))]
        total = sum((Decimal(number) for number in numbers), Decimal(0))
        if numbers and abs(total - Decimal(repr(cell))) > Decimal("0.005"):
            yield key, shown(cell), total
