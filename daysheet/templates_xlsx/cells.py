"""Write people's words into cells without their becoming formulas."""

from datetime import date, time
from decimal import Decimal

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell

LONGEST = 32_767
"""Characters Excel keeps in a cell."""

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def write_text(cell: Cell, text: str) -> None:
    """
    Put *text* into *cell* as text.

    What begins like a formula is kept a string and shown with Excel's own text prefix, so that no
    program that opens the file computes it; characters a workbook cannot hold are left out.
    """
    clean = ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST]
    cell.value = clean
    cell.data_type = "s"
    if clean.startswith(_DANGEROUS):
        cell.quotePrefix = True


def write_value(cell: Cell, value: object, raw: str) -> None:
    """Put a typed date, time or number into *cell* as such, anything else as the text *raw*."""
    if isinstance(value, date | time | int | Decimal) and not isinstance(value, bool):
        cell.value = value
    else:
        write_text(cell, raw)
