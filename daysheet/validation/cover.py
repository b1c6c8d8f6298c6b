"""
Read the cover: a form, label beside value.

The template's own has its keys in a hidden column A, labels in B and values in C; a cover somebody
drew anew is read by its labels, the value being the next filled cell to the right, the cell below, or
what follows a colon in the label's own cell (日期：2026-11-20).
"""

import re
from collections.abc import Mapping

from daysheet.model.rows import Cell, Sheet
from daysheet.model.template import SheetSpec
from daysheet.validation.text import header_forms, is_blank, plain

LOOK_ROWS, LOOK_COLUMNS = 60, 8
FARTHEST = 4
"""Columns that a value may stand to the right of its label."""
LONGEST_LABEL = 60
_KEYS_VALUE_COLUMN = 3
_LABELLED = re.compile(r"^\s*([^:：]{1,20})[:：]\s*(\S.*)$", re.DOTALL)


class CoverFinder:
    """Finds the fields of the cover; compiled once per spec."""

    def __init__(self, sheet: SheetSpec) -> None:
        self._keys = {column.key for column in sheet.columns}
        helps = [column.help for column in sheet.columns if column.help is not None]
        self._hints = {plain(text) for help_ in helps for text in (help_.zh, help_.en)}
        self._labels: dict[str, str] = {}
        for column in sheet.columns:
            for text in (column.label.zh, column.label.en, column.label.zh + column.label.en):
                self._labels.setdefault(plain(text), column.key)
        for column in sheet.columns:
            for text in column.aliases:
                self._labels.setdefault(plain(text), column.key)

    def find(self, sheet: Sheet) -> Mapping[str, tuple[int, int]]:
        """Return field key → (row, column) of its value, both counted from 1."""
        by_key: dict[str, tuple[int, int]] = {}
        by_label: dict[str, tuple[int, int]] = {}
        for number, row in enumerate(sheet.rows[:LOOK_ROWS], start=1):
            first = row[0] if row else None
            if isinstance(first, str) and first in self._keys:
                by_key.setdefault(first, (number, _KEYS_VALUE_COLUMN))
                continue
            for column, cell in enumerate(row[:LOOK_COLUMNS], start=1):
                key = self._label(cell)
                place = self._value_place(sheet, number, column) if key and key not in by_label else None
                if key is not None and place is not None:
                    by_label[key] = place
        return by_key or by_label

    def read(self, sheet: Sheet, key: str, place: tuple[int, int]) -> Cell:
        """Return the value of *key* at *place*, without the label that may stand in the same cell."""
        cell = cell_at(sheet, *place)
        return (self._own_value(cell) or cell) if self._label(cell) == key else cell

    def _label(self, cell: Cell) -> str | None:
        if not isinstance(cell, str):
            return None
        split = _LABELLED.match(cell)
        text = split[1] if split else cell
        if len(text) > LONGEST_LABEL:
            return None
        return next((key for form in header_forms(text) if (key := self._labels.get(form))), None)

    def _own_value(self, cell: Cell) -> str | None:
        split = _LABELLED.match(cell) if isinstance(cell, str) else None
        return split[2].strip() if split and self._label(cell) else None

    def _is_hint(self, cell: Cell) -> bool:
        return isinstance(cell, str) and plain(cell) in self._hints

    def _value_place(self, sheet: Sheet, row: int, label: int) -> tuple[int, int] | None:
        """Return where the value of the label in column *label* stands, None where there can be none."""
        if self._own_value(cell_at(sheet, row, label)):
            return row, label
        for column in range(label + 1, label + FARTHEST + 1):
            cell = cell_at(sheet, row, column)
            if self._label(cell):
                break
            if not is_blank(cell) and not self._is_hint(cell):
                return row, column
        below = cell_at(sheet, row + 1, label)
        if not is_blank(below) and not self._label(below):
            return row + 1, label
        return None if self._label(cell_at(sheet, row, label + 1)) else (row, label + 1)


def cell_at(sheet: Sheet, row: int, column: int) -> Cell:
    """Return the cell in *row* and *column*, both counted from 1; None outside the sheet."""
    cells = sheet.rows[row - 1] if 0 < row <= len(sheet.rows) else ()
    return cells[column - 1] if 0 < column <= len(cells) else None
