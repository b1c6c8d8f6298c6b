"""Rules over the cells of one row, and over the rows of a workbook."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from daysheet.model.issues import IssueCode
from daysheet.model.rows import Cell, Record, Value
from daysheet.model.template import RowRule, RuleKind, SheetSpec
from daysheet.validation.cells import Note
from daysheet.validation.rows import holds
from daysheet.validation.text import is_blank, plain

_TOTALS = frozenset({"合计", "总计", "小计", "总和", "共计", "total", "totals", "sum", "subtotal", "grandtotal"})
_REMARK = re.compile(
    r"^\s*(?:[*※★]|(?:备\s*注|注意?|说\s*明|附注|填表说明|填写说明|填表人|制表人?|审核人?|审批|签字|签名|主管签字|经理签字"
    r"|n\.?b\.?|notes?|remarks?|prepared by|approved by|signature)\s*\d?\s*(?:[:：.、]|$))",
    re.IGNORECASE,
)


MOST_TOTAL, MOST_REMARK = 12, 40
"""Characters of a cell that are looked at for 合计 and 备注."""
CENT = Decimal("0.01")


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
                yield Note(
                    first,
                    IssueCode(rule.code),
                    str(value),
                    {"other_zh": label.zh, "other_en": label.en, **fields_of(sheet, rule)},
                )
        elif rule.kind is RuleKind.NOT_AFTER_TODAY:
            if _is_day(value) and value > today:  # type: ignore[operator]  # it is a day
                yield Note(first, IssueCode(rule.code), str(value), fields_of(sheet, rule))
        elif rule.kind is RuleKind.NEED_ANY and all(values.get(key) is None for key in rule.columns):
            yield Note(first, IssueCode(rule.code), "", fields_of(sheet, rule))


def _is_day(value: Value) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def fields_of(sheet: SheetSpec, rule: RowRule) -> dict[str, str]:
    """Return the labels of a rule's columns, for its message."""
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
    """
    Give each record that is the same row as an earlier one, with that one's number.

    Rows that lack what they must have by that key are told so and not compared.
    """
    if not sheet.row_key:
        return
    needed = [name for name in sheet.row_key if sheet.column(name).required]
    first: dict[tuple[Value, ...], int] = {}
    for record in records:
        values = [record.values.get(name) for name in sheet.row_key]
        key = tuple(plain(value) if isinstance(value, str) else value for value in values)
        if any(key) and all(record.values.get(name) is not None for name in needed):
            earlier = first.setdefault(key, record.row_number)
            if earlier != record.row_number:
                yield record, earlier


def is_total(cells: Sequence[Cell]) -> bool:
    """Say whether a row is a line of totals: its first filled cell says so."""
    first = next((cell for cell in cells if not is_blank(cell)), None)
    if not isinstance(first, str) or len(first) > MOST_TOTAL:
        return False
    said = plain(first)
    return said in _TOTALS or said.startswith(("合计", "总计")) or said.endswith(("合计", "总计", "小计"))


def is_remark(cell: Cell) -> bool:
    """Say whether a cell that stands alone in its row is a note to the reader (备注：…, 填表人：…) and no record."""
    return isinstance(cell, str) and bool(_REMARK.match(cell[:MOST_REMARK]))


def wrong_totals(
    cells: Mapping[str, Cell], records: Sequence[Record], summed: int = 0
) -> Iterator[tuple[str, Decimal, Decimal]]:
    """
    Give (field, as written, the rows' sum) for each total that differs from the sum of the rows above.

    A subtotal adds up only the rows since the last one, the first *summed* being those before it. A
    field that could not be read in some row is not added up at all.
    """
    for key, cell in cells.items():
        if isinstance(cell, bool) or not isinstance(cell, (int, float)) or not isfinite(cell):
            continue
        values = [_amount(record, key) for record in records]
        numbers = [value for value in values if value is not None]
        if not any(numbers) or len(numbers) < len(values):
            continue
        written = Decimal(repr(cell))
        total, since = sum(numbers, Decimal(0)), sum(numbers[summed:], Decimal(0))
        if min(abs(total - written), abs(since - written)) > CENT / 2:
            yield key, written, total


def _amount(record: Record, key: str) -> Decimal | None:
    """Return what a record adds to a total: nothing where the cell is empty, None where it could not be read."""
    value = record.values.get(key)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    return None if value is None and record.raw.get(key) else Decimal(0)
