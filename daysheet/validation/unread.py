"""
Sheets that hold rows and are not read: a second sheet of visits, a table like nothing in the form.

Nothing is left out without a word. A form of labels, a chart, an empty copy and our own guide and
check report hold no rows and are not spoken of.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from daysheet.model.issues import Issue, IssueCode, Place, issue
from daysheet.model.mail import FileKind
from daysheet.model.rows import Cell, Sheet, Workbook
from daysheet.model.template import SheetSpec, TemplateSpec
from daysheet.validation import rules
from daysheet.validation.columns import HEADER_ROWS, Header, HeaderFinder, sheet_forms
from daysheet.validation.cover import CoverFinder
from daysheet.validation.match import ALIKE, FEWEST, name_without_copy
from daysheet.validation.text import is_blank

WIDE = 3
"""Cells side by side, in the headings and in a row below, that make a table."""
MOST_NAMED = 8
"""Sheets called by their names."""

_OURS = re.compile(
    r"(?:填写|填表|填报|使用|模板)?(?:说明|须知)|guide|instructions|readme|lists|检查报告.*|checkreport.*"
)


class UnreadSheets:
    """Finds what was not read of a workbook of one template; compiled once per spec."""

    def __init__(self, spec: TemplateSpec) -> None:
        self._parts = spec.data_sheets
        self._names = {part.key: sheet_forms(part) for part in self._parts}
        self._finders = {part.key: HeaderFinder(part) for part in self._parts}
        self._cover = CoverFinder(spec.cover) if spec.cover else None

    def tell(self, workbook: Workbook, taken: Mapping[str, Sheet]) -> Iterator[Issue]:
        """Give one issue for each sheet of the form that there is more than once, and one for all other tables."""
        if workbook.kind is FileKind.CSV:
            return
        again: dict[str, list[str]] = {}
        others: list[str] = []
        for sheet in workbook.sheets:
            name = name_without_copy(sheet.name)
            if sheet.is_hidden or _OURS.fullmatch(name) or any(sheet is one for one in taken.values()):
                continue
            part = self._kind(sheet, name, taken)
            if part is not None:
                again.setdefault(part.key, []).append(sheet.name)
            elif self._is_table(sheet):
                others.append(sheet.name)
        for part in self._parts:
            if part.key in again:
                yield _told(
                    IssueCode.SHEET_NOT_READ,
                    again[part.key],
                    part.key,
                    label_zh=part.label.zh,
                    label_en=part.label.en,
                    other=taken[part.key].name,
                )
        if others:
            yield _told(IssueCode.SHEET_UNKNOWN, others, None)

    def _kind(self, sheet: Sheet, name: str, taken: Mapping[str, Sheet]) -> SheetSpec | None:
        """Return the sheet of the form that *sheet* is another one of, and holds rows of; None where there is none."""
        best: tuple[tuple[float, int], SheetSpec] | None = None
        for part in self._parts:
            header = self._finders[part.key].find(sheet, {}) if part.key in taken else None
            if header is None or len(header.columns) < FEWEST or not self._has_rows(part, sheet, header):
                continue
            required = sum(column.required and column.removed is None for column in part.columns)
            likeness = 1 - len(header.missing(part)) / required if required else 0.0
            likeness += name in self._names[part.key]
            rank = likeness, len(header.columns)
            if likeness >= ALIKE and (best is None or rank > best[0]):
                best = rank, part
        return best[1] if best else None

    def _has_rows(self, part: SheetSpec, sheet: Sheet, header: Header) -> bool:
        finder, columns = self._finders[part.key], sorted(header.columns.values())
        return any(
            sum(at <= len(row) and not is_blank(row[at - 1]) for at in columns) >= FEWEST
            and not finder.is_key_row(row)
            and not rules.is_total(row)
            for row in sheet.rows[header.first_row - 1 :]
        )

    def _is_table(self, sheet: Sheet) -> bool:
        """Say whether there are headings side by side, and a row below them; a form of labels and values is none."""
        rows = sheet.rows
        head = next((at for at, row in enumerate(rows[:HEADER_ROWS]) if _texts(row) >= WIDE), None)
        below = rows[head + 1 :] if head is not None else ()
        if not any(_filled(row) >= WIDE and not self._is_key_row(row) and not rules.is_total(row) for row in below):
            return False
        places = self._cover.find(sheet).values() if self._cover else ()
        return len({row for row, _ in places}) < FEWEST

    def _is_key_row(self, row: Sequence[Cell]) -> bool:
        return any(finder.is_key_row(row) for finder in self._finders.values())


def _filled(row: Sequence[Cell]) -> int:
    return sum(not is_blank(cell) for cell in row)


def _texts(row: Sequence[Cell]) -> int:
    return sum(isinstance(cell, str) and not is_blank(cell) for cell in row)


def _told(code: IssueCode, names: Sequence[str], key: str | None, **params: str) -> Issue:
    more = f" … ({len(names)})" if len(names) > MOST_NAMED else ""
    named = ", ".join(names[:MOST_NAMED])
    return issue(code, Place(sheet=names[0], sheet_key=key), named, names=named + more, params=params)
