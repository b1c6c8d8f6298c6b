"""
Read the cover: a form, label beside value.

The template's own has its keys in a hidden column A, labels in B and values in C; a cover somebody
drew anew is read by its labels, the value being the next filled cell to the right.
"""

from collections.abc import Mapping, Sequence

from daysheet.model.rows import Cell, Sheet
from daysheet.model.template import SheetSpec
from daysheet.validation.text import header_forms, plain

LOOK_ROWS, LOOK_COLUMNS = 60, 8


class CoverFinder:
    """Finds the fields of the cover; compiled once per spec."""

    def __init__(self, sheet: SheetSpec) -> None:
        self._keys = {column.key for column in sheet.columns}
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
                by_key.setdefault(first, (number, 3))
                continue
            for column, cell in enumerate(row[:LOOK_COLUMNS], start=1):
                key = self._label(cell)
                if key is not None and key not in by_label:
                    by_label[key] = (number, self._value_column(row, column))
        return by_key or by_label

    def _label(self, cell: Cell) -> str | None:
        if not isinstance(cell, str) or len(cell) > 60:
            return None
        return next((key for form in header_forms(cell.rstrip(":： ")) if (key := self._labels.get(form))), None)

    def _value_column(self, row: Sequence[Cell], label: int) -> int:
        for column in range(label + 1, min(len(row), label + 4) + 1):
            if row[column - 1] is not None:
                return label + 1 if self._label(row[column - 1]) else column
        return label + 1
