"""The headings of a sheet: one row, or a block of rows where cells are merged (客户 over 名称 and 城市)."""

from dataclasses import dataclass

from daysheet.model.rows import Sheet
from daysheet.validation.text import is_blank, shown

TALLEST = 3
"""Rows a heading may take."""


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's heading; *whole* is what stands above it as well, where that is something else."""

    column: int  # from 1
    text: str
    whole: str = ""


def headings(sheet: Sheet, index: int) -> tuple[tuple[Heading, ...], int, int]:
    """Return the headings whose row is *index*, and the indexes of the first and last row they take."""
    first, last = _block(sheet, index)
    rows = sheet.rows[first : last + 1]
    found: list[Heading] = []
    for column in range(1, max(map(len, rows), default=0) + 1):
        texts = [text for at in range(first, last + 1) if (text := _text(sheet, at, column, is_group=at < last))]
        if texts:
            found.append(Heading(column, texts[-1], "".join(texts) if len(texts) > 1 else ""))
    return tuple(found), first, last


def _block(sheet: Sheet, index: int) -> tuple[int, int]:
    """Heading cells merged downwards make a block; so does a row of merged groups right above."""
    first = last = index
    for top, left, bottom, right in sheet.merges:
        is_low = bottom - top < TALLEST
        if is_low and top < bottom and top - 1 <= index <= bottom - 1:
            first, last = min(first, top - 1), max(last, bottom - 1)
        elif top == bottom == index and left < right and _is_group(sheet, top - 1, left, right):
            first = min(first, top - 1)
    return first, last


def _is_group(sheet: Sheet, at: int, left: int, right: int) -> bool:
    """A merged title over the whole table groups nothing."""
    row = sheet.rows[at]
    width = len(sheet.rows[at + 1]) if at + 1 < len(sheet.rows) else 0
    return right - left + 1 < max(width, 2) and left <= len(row) and not is_blank(row[left - 1])


def _text(sheet: Sheet, at: int, column: int, *, is_group: bool) -> str:
    """Return what stands in a heading cell; a merged group stands over each of its columns."""
    row = sheet.rows[at] if at < len(sheet.rows) else ()
    cell = row[column - 1] if column <= len(row) else None
    if is_blank(cell) and is_group:
        for top, left, bottom, right in sheet.merges:
            if top == bottom == at + 1 and left <= column <= right and left <= len(row):
                cell = row[left - 1]
    return shown(cell).strip()
