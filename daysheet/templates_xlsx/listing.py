"""A workbook of one plain table that somebody can hand round: what an import did, what a re-check proposes."""

import io
from collections.abc import Iterable, Sequence

from openpyxl.cell.cell import Cell
from openpyxl.cell.cell import WriteOnlyCell as NewCell
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.cells import write_text

LONGEST_LISTING = 1_000_000
"""Lines that fit a sheet with the head above them."""


def build(title: str, columns: Sequence[tuple[str, int]], lines: Iterable[Sequence[str | int | float | None]]) -> bytes:
    """
    Return a workbook whose one sheet has the *columns* (heading, width) and *lines*, ready to be filtered.

    Written line by line, so that a hundred thousand take no memory; no text becomes a formula.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for at, (_, width) in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "A2"
    head = []
    for heading, _ in columns:
        cell = NewCell(sheet, heading)
        cell.font, cell.fill = look.font(10, bold=True, color=look.PAPER), look.fill(look.ACCENT)
        head.append(cell)
    sheet.append(head)
    number = 1
    for line in lines:
        if number > LONGEST_LISTING:
            break
        sheet.append([_cell(sheet, value) for value in line])
        number += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{number}"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(sheet: object, value: str | int | float | None) -> object:
    if not isinstance(value, str):
        return value
    cell: Cell = NewCell(sheet)  # type: ignore[arg-type]
    write_text(cell, value)
    return cell
