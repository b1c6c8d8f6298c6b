"""
Which column of a sheet is which field.

Strongest first: the hidden row of field keys, the exact label in either language, an alias, what this
sender's sheet mapped to before, a close spelling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from daysheet.model.rows import Cell, Sheet
from daysheet.model.template import REF_KEY, ColumnSpec, ColumnType, SheetSpec
from daysheet.validation import times
from daysheet.validation.headings import Heading, headings
from daysheet.validation.text import header_forms, header_scale, is_blank, plain, shown
from daysheet.validation.units import UnitNote, is_money, note_above, says_plain_unit

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
    scales: Mapping[str, int] = field(default_factory=dict)  # field key → what one unit is worth: 金额（万元） 10,000
    unit: UnitNote | None = None  # 单位：万元 above the table, which *in_unit* are counted in
    in_unit: tuple[str, ...] = ()

    def missing(self, sheet: SheetSpec) -> tuple[ColumnSpec, ...]:
        """Return the required columns that were not found."""
        return tuple(c for c in sheet.columns if c.required and c.removed is None and c.key not in self.columns)


@dataclass(frozen=True, slots=True)
class _Claim:
    """One column's claim to a field; 0 is the strongest."""

    strength: int
    number: int
    text: str
    has_data: bool


class HeaderFinder:
    """Finds the header of one sheet; compiled once per spec."""

    def __init__(self, sheet: SheetSpec) -> None:
        self._sheet = sheet
        self._keys = {column.key: column.key for column in sheet.columns} | {REF_KEY: REF_KEY}
        self._types = {column.key: column.type for column in sheet.columns}
        self._money = frozenset(column.key for column in sheet.columns if is_money(column))
        self._labels: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        for column in sheet.columns:
            for text in (column.label.zh, column.label.en, column.label.zh + column.label.en):
                self._labels.setdefault(plain(text), column.key)
        for column in sheet.columns:
            for text in column.aliases:
                self._aliases.setdefault(plain(text), column.key)

    def is_key_row(self, row: Sequence[Cell]) -> bool:
        """Say whether a row holds field keys; sorting may have carried it among the data."""
        if not any(isinstance(cell, str) and cell in self._keys for cell in row[:2]):
            return False
        return self._counts_as_keys(row)

    def _counts_as_keys(self, row: Sequence[Cell]) -> bool:
        hits = sum(1 for cell in row if isinstance(cell, str) and cell in self._keys)
        return hits >= 2 and hits * 2 > sum(cell is not None for cell in row)

    def key_row(self, rows: Sequence[Sequence[Cell]]) -> int | None:
        """Return the index of the row of field keys, None where there is none."""
        return next((index for index, row in enumerate(rows[:HEADER_ROWS]) if self._counts_as_keys(row)), None)

    def score(self, sheet: Sheet) -> int:
        """Return how many fields the best header row names."""
        found = self.find(sheet, {})
        return len(found.columns) if found else 0

    def find(self, sheet: Sheet, memory: Mapping[str, str]) -> Header | None:
        """Return how *sheet*'s columns are understood, None where no row looks like the header."""
        keys = self.key_row(sheet.rows)
        if keys is not None:
            labels, hits = self._best(sheet.rows[:keys], memory)
            named = sum(shown(cell) in self._keys for cell in sheet.rows[keys])
            return self._by_keys(sheet, keys, labels if hits * 2 >= named else None)
        best, _ = self._best(sheet.rows[:HEADER_ROWS], memory)
        return None if best is None else self._by_texts(sheet, best, memory)

    def _best(self, rows: Sequence[Sequence[Cell]], memory: Mapping[str, str]) -> tuple[int | None, int]:
        """Return the index of the row that names most fields (None where none names any), and how many it names."""
        best, best_hits = None, 0
        for index, row in enumerate(rows):
            claims = (self._claim(cell, memory) for cell in row if isinstance(cell, str))
            hits = len({claim[1] for claim in claims if claim})
            if hits > best_hits:
                best, best_hits = index, hits
        return best, best_hits

    # ---- by the hidden keys ------------------------------------------------------------------

    def _by_keys(self, sheet: Sheet, index: int, label_index: int | None) -> Header:
        """
        A row of keys decides; a column without a key (added by the sender) is taken by its label.

        Where sorting has carried the keys among the data, the data begin below the labels all the same.
        """
        row = sheet.rows[index]
        labels = sheet.rows[max(index - 1, 0) if label_index is None else label_index] if index else ()
        first = index + 2 if label_index is None else label_index + 2
        columns: dict[str, int] = {}
        duplicates: list[tuple[int, str, str]] = []
        added: list[tuple[int, str]] = []
        for number in range(1, max(len(row), len(labels)) + 1):
            key = row[number - 1] if number <= len(row) else None
            label = shown(labels[number - 1]) if number <= len(labels) else ""
            if isinstance(key, str) and key in self._keys:
                if key in columns:
                    duplicates.append((number, label or key, key))
                else:
                    columns[key] = number
            elif label.strip() or shown(key).strip():
                added.append((number, label.strip() or shown(key)))
        ref = columns.pop(REF_KEY, None)
        unknown: list[tuple[int, str]] = []
        for number, label in added:
            claim = self._claim(label, {})
            if claim is None or claim[1] in columns:
                unknown.append((number, label))
            else:
                columns[claim[1]] = number
        texts = {key: shown(labels[n - 1]) for key, n in columns.items() if n <= len(labels)}
        return Header(
            row=index + 1 if label_index is None else label_index + 1,
            first_row=first,
            columns=columns,
            duplicates=tuple(one for one in duplicates if one[2] != REF_KEY),
            unknown=tuple(unknown),
            ref_column=ref,
            **self._units(texts, columns, sheet.rows[: max(index - 1, 0) if label_index is None else label_index]),
        )

    # ---- by the headings ---------------------------------------------------------------------

    def _claim(self, text: str, memory: Mapping[str, str]) -> tuple[int, str] | None:
        """Return how strongly a heading claims which field."""
        forms = header_forms(text)
        for strength, known in enumerate((self._labels, self._aliases)):
            for form in forms:
                if form in known:
                    return strength, known[form]
        remembered = memory.get(text)
        return (2, remembered) if remembered in self._types else None

    def _by_texts(self, sheet: Sheet, index: int, memory: Mapping[str, str]) -> Header:
        found, first, last = headings(sheet, index)
        data = sheet.rows[last + 1 :]
        claims: dict[str, list[_Claim]] = {}
        open_: list[tuple[int, str]] = []
        ref = None
        for heading in found:
            if heading.text.strip() == REF_KEY:
                ref = heading.column
                continue
            claim = self._heading_claim(heading, memory)
            if claim is None:
                open_.append((heading.column, heading.text))
            else:
                held = _Claim(claim[0], heading.column, heading.text, _has_data(data, heading.column))
                claims.setdefault(claim[1], []).append(held)
        columns: dict[str, int] = {}
        texts: dict[str, str] = {}
        renamed: list[tuple[int, str, str]] = []
        duplicates: list[tuple[int, str, str]] = []
        for key, held_by in claims.items():
            winner, *others = sorted(held_by, key=lambda claim: (not claim.has_data, claim.strength, claim.number))
            columns[key], texts[key] = winner.number, winner.text
            for other in others:
                if other.has_data and other.strength == winner.strength:
                    duplicates.append((other.number, other.text, key))
                else:
                    open_.append((other.number, other.text))
        duplicates = [one for one in duplicates if not self._is_time(one, data, columns, texts, renamed)]
        unknown: list[tuple[int, str]] = []
        for number, text in sorted(open_):
            close = self._close(text, columns)
            if close is None:
                unknown.append((number, text))
            else:
                columns[close], texts[close] = number, text
                renamed.append((number, text, close))
        return Header(
            row=first + 1,
            first_row=last + 2,
            columns=columns,
            texts=texts,
            renamed=tuple(renamed),
            duplicates=tuple(duplicates),
            unknown=tuple(unknown),
            ref_column=ref,
            **self._units(texts, columns, sheet.rows[:first]),
        )

    def _heading_claim(self, heading: Heading, memory: Mapping[str, str]) -> tuple[int, str] | None:
        """A heading below a group (客户 over 名称) is looked for by itself, then together with its group."""
        return self._claim(heading.text, memory) or (self._claim(heading.whole, memory) if heading.whole else None)

    def _is_time(
        self,
        rival: tuple[int, str, str],
        data: Sequence[Sequence[Cell]],
        columns: dict[str, int],
        texts: dict[str, str],
        renamed: list[tuple[int, str, str]],
    ) -> bool:
        """时间 beside 日期 is the time of day: take a second date column that holds only times as such."""
        number, text, key = rival
        free = next((k for k, type_ in self._types.items() if type_ is ColumnType.TIME and k not in columns), None)
        if free is None or self._types[key] is not ColumnType.DATE:
            return False
        cells = [row[number - 1] for row in data if number <= len(row) and not is_blank(row[number - 1])]
        if not all(_looks_like_time(cell) for cell in cells):
            return False
        columns[free], texts[free] = number, text
        renamed.append((number, text, free))
        return True

    def _units(
        self, texts: Mapping[str, str], columns: Mapping[str, int], above: Sequence[Sequence[Cell]]
    ) -> dict[str, Any]:
        """Return what the columns are counted in: each as its heading says, else as a title *above* the table says."""
        numeric = {key: text for key, text in texts.items() if self._types.get(key) is ColumnType.DECIMAL}
        scales = {key: scale for key, text in numeric.items() if (scale := header_scale(text)) > 1}
        money = [key for key in columns if key in self._money and key not in scales] if above else []
        open_ = tuple(key for key in money if not says_plain_unit(texts.get(key, "")))
        note = note_above(above) if open_ else None
        if note is None:
            return {"scales": scales}
        return {"scales": scales | dict.fromkeys(open_, note.scale), "unit": note, "in_unit": open_}

    def _close(self, text: str, taken: Mapping[str, int]) -> str | None:
        """Return the field whose label or alias is spelt nearly so, clearly nearer than any other field's."""
        from rapidfuzz import fuzz

        typed = [form for form in header_forms(text) if len(form) >= 2]
        best: dict[str, float] = {}
        for form, key in (*self._labels.items(), *self._aliases.items()) if typed else ():
            if key not in taken:
                best[key] = max(best.get(key, 0.0), *(fuzz.ratio(mine, form) for mine in typed))
        ranked = sorted(best.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < CLOSE:
            return None
        return ranked[0][0] if len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= MARGIN else None


def _has_data(data: Sequence[Sequence[Cell]], column: int) -> bool:
    return any(column <= len(row) and not is_blank(row[column - 1]) for row in data)


def _looks_like_time(cell: Cell) -> bool:
    if isinstance(cell, (time, timedelta)) or (isinstance(cell, float) and 0 < cell < 1):
        return True
    return isinstance(cell, str) and not cell.strip().isdigit() and times.parse(cell) is not None


def sheet_forms(sheet: SheetSpec) -> frozenset[str]:
    """Return the comparable names that a sheet is known by."""
    names = (sheet.label.zh, sheet.label.en, sheet.label.zh + sheet.label.en, sheet.key, *sheet.aliases)
    return frozenset(plain(name) for name in names)
