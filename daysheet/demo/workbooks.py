"""Fill the template as a rep would: every workbook here starts as the file ``template build`` writes."""

import io
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date, time
from functools import lru_cache
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.template import SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.build import build

Typed = str | int | float | date | time | None
Rows = Sequence[Mapping[str, Typed]]


def filled(spec: TemplateSpec, language: Language, cover: Mapping[str, Typed], sheets: Mapping[str, Rows]) -> bytes:
    """Return the template with *cover* and *sheets* (sheet key → rows by column key) typed in."""
    workbook = load_workbook(io.BytesIO(_blank(_Form(spec), language)))
    for sheet in spec.sheets:
        worksheet = workbook[_title(sheet, workbook.sheetnames, language)]
        if sheet.role is SheetRole.COVER:
            _fill_cover(worksheet, cover)
        else:
            _fill_rows(worksheet, sheet, sheets.get(sheet.key, ()))
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


class _Form:
    """A form as a cache key: two with one digest are one."""

    def __init__(self, spec: TemplateSpec) -> None:
        self.spec = spec

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Form) and other.spec.digest == self.spec.digest

    def __hash__(self) -> int:
        return hash(self.spec.digest)


@lru_cache(maxsize=8)
def _blank(form: _Form, language: Language) -> bytes:
    return build(form.spec, language)


def shown(spec: TemplateSpec, list_key: str, code: str) -> str:
    """Return a list item as the dropdown shows it."""
    item = next(item for item in spec.lists[list_key].items if item.code == code)
    return f"{item.label.zh} {item.label.en}"


def _title(sheet: SheetSpec, titles: Sequence[str], language: Language) -> str:
    return next(title for title in titles if sheet.label.in_(language) in title or sheet.label.zh in title)


def _fill_cover(worksheet: Worksheet, cover: Mapping[str, Typed]) -> None:
    for row in range(1, worksheet.max_row + 1):
        key = worksheet.cell(row, 1).value
        if isinstance(key, str) and key in cover:
            worksheet.cell(row, 3).value = cover[key]


def _fill_rows(worksheet: Worksheet, sheet: SheetSpec, rows: Rows) -> None:
    """The columns stand in the order of the spec; the protected form has a hidden row of keys below the labels."""
    columns = {column.key: number for number, column in enumerate(sheet.columns, start=1)}
    first = 3 if worksheet.cell(2, 1).value == sheet.columns[0].key else 2
    for number, row in enumerate(rows, start=first):
        for key, value in row.items():
            _type(worksheet, number, columns[key], value)
        typed = ((row.get(column.key), column.width) for column in sheet.columns)
        texts = ((value, width) for value, width in typed if isinstance(value, str))
        worksheet.row_dimensions[number].height = look.height(texts)


def _type(worksheet: Worksheet, row: int, column: int, value: Typed) -> None:
    """Write one cell, which takes its column's style as it does when somebody types into it."""
    cell: Any = worksheet.cell(row, column)
    whole: Any = worksheet.column_dimensions[cell.column_letter]
    cell._style = copy(whole._style)
    cell.value = value
