"""
Which sheet is which, and which column is which field.

Strongest first: the hidden row of field keys, the exact label in either language, an alias, what this
sender's sheet mapped to before, a close spelling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from daysheet.model.rows import Cell, Sheet
from daysheet.model.template import REF_KEY, ColumnSpec, SheetSpec
from daysheet.validation.text import header_forms, plain, shown

HEADER_ROWS = 15
"""Rows looked through for the header."""
CLOSE, MARGIN = 90, 8
"""rapidfuzz score for a close spelling, and how far the runner-up must be behind."""


@dataclass(frozen=True, slots=True)
class Header:
    """How the columns of one sheet were understood. Columns count from 1."""

    row: int  # of the header, as Excel counts
    first_row: int  # of the data
    columns: Mapping[str, int]  # field key → column
    texts: Mapping[str, str] = field(default_factory=dict)  # field key → header as typed
    renamed: tuple[tuple[int, str, str], ...] = ()  # column, header as typed, field key: taken by closeness
    duplicates: tuple[tuple[int, str, str], ...] = ()  # column, header, field key that another column has already
    unknown: tuple[tuple[int, str], ...] = ()
    ref_column: int | None = None

    def missing(self, sheet: SheetSpec) -> tuple[ColumnSpec, ...]:
        """Return the required columns that were not found."""
        return tuple(c for c in sheet.columns if c.required and c.removed is None and c.key not in self.columns)


class HeaderFinder:
    """Finds the header of one sheet; compiled once per spec."""

    def __init__(self, sheet: SheetSpec) -> None:
        self._sheet = sheet
        self._keys = {column.key: column.key for column in sheet.columns} | {REF_KEY: REF_KEY}
        self._labels: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        for column in sheet.columns:
            for text in (column.label.zh, column.label.en, column.label.zh + column.label.en):
                self._labels.setdefault(plain(text), column.key)
        for column in sheet.columns:
            for text in column.aliases:
                self._aliases.setdefault(plain(text), column.key)

    def key_row(self, rows: Sequence[Sequence[Cell]]) -> int | None:
        """Return the index of the row of field keys, None where there is none."""
        for index, row in enumerate(rows[:HEADER_ROWS]):
            hits = sum(1 for cell in row if isinstance(cell, str) and cell in self._keys)
            if hits >= 2 and hits * 2 > sum(cell is not None for cell in row):
                return index
        return None

    def score(self, sheet: Sheet) -> int:
        """Return how many fields the best header row names."""
        found = self.find(sheet, {})
        return len(found.columns) if found else 0

    def find(self, sheet: Sheet, memory: Mapping[str, str]) -> Header | None:
        """Return how *sheet*'s columns are understood, None where no row looks like the header."""
        keys = self.key_row(sheet.rows)
        if keys is not None:
            return self._by_keys(sheet, keys)
        best, best_hits = None, 0
        for index, row in enumerate(sheet.rows[:HEADER_ROWS]):
            hits = len({key for cell in row if isinstance(cell, str) and (key := self._certain(cell, memory))})
            if hits > best_hits:
                best, best_hits = index, hits
        return None if best is None else self._by_texts(sheet, best, memory)

    def _by_keys(self, sheet: Sheet, index: int) -> Header:
        """A row of keys decides; a column without a key (added by the sender) is taken by its label."""
        row = sheet.rows[index]
        labels = sheet.rows[index - 1] if index else ()
        columns: dict[str, int] = {}
        duplicates: list[tuple[int, str, str]] = []
        unknown: list[tuple[int, str]] = []
        for number in range(1, max(len(row), len(labels)) + 1):
            key = row[number - 1] if number <= len(row) else None
            label = shown(labels[number - 1]) if number <= len(labels) else ""
            if isinstance(key, str) and key in self._keys:
                if key in columns:
                    duplicates.append((number, label or key, key))
                else:
                    columns[key] = number
            elif label.strip():
                unknown.append((number, label))
        ref = columns.pop(REF_KEY, None)
        return Header(index + 1, index + 2, columns, {}, (), tuple(duplicates), tuple(unknown), ref)

    def _certain(self, text: str, memory: Mapping[str, str]) -> str | None:
        for form in header_forms(text):
            key = self._labels.get(form) or self._aliases.get(form)
            if key:
                return key
        remembered = memory.get(text)
        return remembered if remembered in self._keys else None

    def _by_texts(self, sheet: Sheet, index: int, memory: Mapping[str, str]) -> Header:
        row = sheet.rows[index]
        columns: dict[str, int] = {}
        texts: dict[str, str] = {}
        duplicates: list[tuple[int, str, str]] = []
        open_: list[tuple[int, str]] = []
        ref = None
        for number, cell in enumerate(row, start=1):
            text = shown(cell)
            if not text.strip():
                continue
            if text.strip() == REF_KEY:
                ref = number
                continue
            key = self._certain(text, memory)
            if key is None:
                open_.append((number, text))
            elif key in columns:
                duplicates.append((number, text, key))
            else:
                columns[key], texts[key] = number, text
        renamed: list[tuple[int, str, str]] = []
        unknown: list[tuple[int, str]] = []
        for number, text in open_:
            key = self._close(text, columns)
            if key is None:
                unknown.append((number, text))
            else:
                columns[key], texts[key] = number, text
                renamed.append((number, text, key))
        return Header(index + 1, index + 2, columns, texts, tuple(renamed), tuple(duplicates), tuple(unknown), ref)

    def _close(self, text: str, taken: Mapping[str, int]) -> str | None:
        """Return the field whose label or alias is spelt nearly so, clearly nearer than any other field's."""
        from rapidfuzz import fuzz

        typed = plain(text)
        if len(typed) < 2:
            return None
        best: dict[str, float] = {}
        for form, key in (*self._labels.items(), *self._aliases.items()):
            if key not in taken:
                best[key] = max(best.get(key, 0.0), fuzz.ratio(typed, form))
        ranked = sorted(best.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < CLOSE:
            return None
        return ranked[0][0] if len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= MARGIN else None


def sheet_forms(sheet: SheetSpec) -> frozenset[str]:
    """Return the comparable names that a sheet is known by."""
    names = (sheet.label.zh, sheet.label.en, sheet.label.zh + sheet.label.en, sheet.key, *sheet.aliases)
    return frozenset(plain(name) for name in names)
