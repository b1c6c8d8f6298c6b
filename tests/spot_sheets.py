"""Fill in the sheet of a spot check, as whoever rings the customers up does."""

import io
from collections.abc import Mapping

from openpyxl import load_workbook

from daysheet.templates_xlsx.spot_check import FIRST_ROW


def filled(content: bytes, said: Mapping[int, Mapping[str, object]]) -> bytes:
    """Return the sheet with what was *said* of customers, by id and the key of the column."""
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[FIRST_ROW - 1]}
    for row in range(FIRST_ROW, sheet.max_row + 1):
        for key, value in said.get(sheet.cell(row, 1).value, {}).items():
            sheet.cell(row, columns[key]).value = value
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def customers_of(content: bytes) -> dict[int, str]:
    """Return the customers of a sheet: id → name, in its order."""
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[FIRST_ROW - 1]}
    rows = range(FIRST_ROW, sheet.max_row + 1)
    return {sheet.cell(row, 1).value: sheet.cell(row, columns["name"]).value for row in rows}
