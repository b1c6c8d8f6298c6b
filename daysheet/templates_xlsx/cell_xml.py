"""
Cells as XML: what ``cells.py`` writes through openpyxl, written straight into a sheet's part.

A rep's own workbook is the blank with some rows more. Writing only these is twenty times as quick as
building the whole anew.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from xml.sax.saxutils import escape

from daysheet.model.template import ColumnSpec, ColumnType, ListSpec
from daysheet.templates_xlsx.cells import LONGEST, clean, looks_computed
from daysheet.templates_xlsx.layout import YES_NO, shown

_DAY_ZERO = date(1899, 12, 30)
_FIRST_SURE_DAY = date(1900, 3, 1)  # programs disagree about the days before
_DAY_SECONDS = 86_400
_EXACT_DIGITS = 15  # of a number in a cell
_LIKE_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # as programs write characters that no XML can hold


@dataclass(frozen=True, slots=True)
class Face:
    """The numbers of a column's style: as it is, and for a text that begins like a formula."""

    plain: int
    quoted: int


def text_cell(address: str, face: Face, text: str) -> str:
    """Return a cell that holds *text* as text, whatever it begins with."""
    kept = clean(text)[:LONGEST]
    style = face.quoted if looks_computed(kept) else face.plain
    said = _LIKE_ESCAPED.sub("_x005F_", escape(kept, {"\r": "&#13;"}))
    return f'<c r="{address}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{said}</t></is></c>'


def value_cell(address: str, face: Face, column: ColumnSpec, value: object, lists: Mapping[str, ListSpec]) -> str:
    """
    Return the cell of a typed value as a rep would have entered it, "" for none.

    A list item stands as its dropdown shows it; one that the form no longer offers is left empty, to
    be chosen anew.
    """
    number = _number(column, value)
    if number:
        return f'<c r="{address}" s="{face.plain}"><v>{number}</v></c>'
    text = as_text(column, value, lists)
    return text_cell(address, face, text) if text else ""


def _number(column: ColumnSpec, value: object) -> str:
    """Return what a cell's number is written as, "" where the value is kept as text."""
    if column.type is ColumnType.DATE and isinstance(value, date) and not isinstance(value, datetime):
        return str((value - _DAY_ZERO).days) if value >= _FIRST_SURE_DAY else ""
    if column.type is ColumnType.TIME and isinstance(value, time):
        return repr((value.hour * 3600 + value.minute * 60 + value.second) / _DAY_SECONDS)
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return ""
    if column.unit == "%" and 0 < value <= 1:
        return ""  # a number that small is taken for a share of one
    is_exact = len(Decimal(value).normalize().as_tuple().digits) <= _EXACT_DIGITS
    return format(value, "f") if is_exact and isinstance(value, Decimal) else str(value) if is_exact else ""


def as_text(column: ColumnSpec, value: object, lists: Mapping[str, ListSpec]) -> str:
    """Return what stands in the cell of a value that is kept as text."""
    if value is None:
        return ""
    if column.list is not None:
        return next((shown(item.label) for item in lists[column.list].items if item.code == value), "")
    if isinstance(value, bool):
        return shown(YES_NO[0 if value else 1])
    if isinstance(value, Decimal):
        return f"{value:f}{'%' if column.unit == '%' else ''}"
    return " / ".join(map(str, value)) if isinstance(value, tuple) else str(value)
