"""Write people's words into cells without their becoming formulas."""

import re
from datetime import date, time
from decimal import Decimal

from openpyxl.cell.cell import Cell

LONGEST = 32_767
"""Characters Excel keeps in a cell."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def clean(text: str) -> str:
    """Return *text* without what no XML can hold: one such character makes Excel refuse the whole file."""
    return _NOT_XML.sub("", text)


def looks_computed(text: str) -> bool:
    """Say whether a program may take *text* for a formula."""
    return text.startswith(_DANGEROUS)


def write_text(cell: Cell, text: str) -> None:
    """
    Put *text* into *cell* as text.

    What begins like a formula is kept a string and shown with Excel's own text prefix, so that no
    program that opens the file computes it; characters a workbook cannot hold are left out.
    """
    kept = clean(text)[:LONGEST]
    cell.value = kept
    cell.data_type = "s"
    if looks_computed(kept):
        cell.quotePrefix = True


def write_value(cell: Cell, value: object, raw: str) -> None:
    """Put a typed date, time or number into *cell* as such, anything else as the text *raw*."""
    if isinstance(value, date | time | int | Decimal) and not isinstance(value, bool):
        cell.value = value
    else:
        write_text(cell, raw)
