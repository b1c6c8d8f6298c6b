"""Comparable forms of headers and list items, and the text of a cell as the sender sees it."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from daysheet.model.rows import Cell

_NOISE = re.compile(r"[\s\W_]+")
_UNITS = re.compile(r"[(（\[【][^)）\]】]{0,12}[)）\]】]")
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def plain(text: str) -> str:
    """Return *text* for comparing: width, case, spaces, punctuation and the star of required fields do not count."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())


def header_forms(text: str) -> tuple[str, ...]:
    """Return the comparable forms of a header: whole, without its unit in brackets, and each of its lines."""
    whole = plain(text)
    forms = [whole, plain(_UNITS.sub("", text))]
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        forms += [plain(_UNITS.sub("", line)) for line in lines]
    return tuple(dict.fromkeys(form for form in forms if form))


def shown(cell: Cell) -> str:
    """Return a cell as the sender sees it, near enough: whole numbers without ".0", dates as ISO text."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ", "minutes")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def letters(column: int) -> str:
    """Return a column's letters from its number, counted from 1."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found
