"""Dates as people write them, and the date a report is of."""

import re
from datetime import date, datetime, timedelta
from unicodedata import normalize

from daysheet.model.issues import Issue, IssueCode
from daysheet.model.rows import Cell, Checked
from daysheet.model.template import Meaning, TemplateSpec

_FULL = re.compile(r"(?<!\d)(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
_SHORT = re.compile(r"(?<![\d.])(\d{1,2})\s*[./月-]\s*(\d{1,2})\s*[日号]?(?![\d.])")
_TWO_DIGIT = re.compile(r"^(\d{2})[-./](\d{1,2})[-./](\d{1,2})$")
_TIME_TAIL = re.compile(r"[T\s]+\d{1,2}:\d{2}(:\d{2})?(\.\d+)?\s*$")

EXCEL_EPOCH = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 25569, 73050
"""Serials of 1970 and 2099: a bare number within is likely a date whose format was lost."""


def make(year: int, month: int, day: int) -> date | None:
    """Return the date, or None where there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse(text: str, year: int) -> date | None:
    """Return the date a cell's *text* is, a day without a year being of *year*; None where it is none."""
    text = _TIME_TAIL.sub("", normalize("NFKC", text).strip())
    for pattern in (_FULL, _COMPACT):
        match = pattern.fullmatch(text)
        if match:
            return make(int(match[1]), int(match[2]), int(match[3]))
    match = _TWO_DIGIT.match(text)
    if match:
        return make(2000 + int(match[1]), int(match[2]), int(match[3]))
    match = _SHORT.fullmatch(text)
    return make(year, int(match[1]), int(match[2])) if match else None


def from_number(number: float, year: int) -> date | None:
    """Return the date a bare number may mean: a serial, 20261120, or 11.21 for a day of *year*."""
    if FIRST_SERIAL <= number <= LAST_SERIAL:
        return EXCEL_EPOCH + timedelta(days=int(number))
    if number == int(number) and 20000101 <= number <= 20991231:
        return parse(str(int(number)), year)
    if 1 < number < 13 and number != int(number):
        return parse(repr(number), year)
    return None


def date_in_text(text: str, today: date) -> date | None:
    """Return the date that a subject or a file name names, or None; one without a year is the nearest such day."""
    text = normalize("NFKC", text)
    for pattern in (_FULL, _COMPACT):
        match = pattern.search(text)
        if match:
            return make(int(match[1]), int(match[2]), int(match[3]))
    for match in _SHORT.finditer(text):
        days = [
            d
            for year in (today.year - 1, today.year, today.year + 1)
            if (d := make(year, int(match[1]), int(match[2])))
        ]
        if days:
            return min(days, key=lambda day: abs((day - today).days))
    return None


def as_date(cell: Cell) -> date | None:
    """Return the date of a cell that is one already."""
    if isinstance(cell, datetime):
        return cell.date()
    return cell if isinstance(cell, date) else None


def report_date(checked: Checked, spec: TemplateSpec, expected: date | None) -> date | None:
    """
    Return the day a report is of: the cover's date, else *expected* (from subject or file name), else
    the only visit date; None where it stays unknown.
    """
    cover = spec.cover
    if cover is not None and checked.cover is not None:
        column = cover.meaning(Meaning.REPORT_DATE)
        value = checked.cover.values.get(column.key) if column is not None else None
        if isinstance(value, date):
            return value
        if column is not None and checked.cover.raw.get(column.key):
            return None  # something is written there that is no date: that has to be mended, not guessed
    if expected is not None:
        return expected
    main = spec.data_sheets[0]
    column = main.meaning(Meaning.ROW_DATE)
    days = {
        value
        for record in checked.records
        if column is not None and record.sheet == main.key and isinstance(value := record.values.get(column.key), date)
    }
    return days.pop() if len(days) == 1 else None


def is_missing_report_date(found: Issue, spec: TemplateSpec) -> bool:
    """Say whether *found* is the cover's missing report date."""
    column = spec.cover.meaning(Meaning.REPORT_DATE) if spec.cover else None
    return (
        column is not None
        and spec.cover is not None
        and found.code is IssueCode.CELL_REQUIRED
        and found.place.sheet_key == spec.cover.key
        and found.place.field == column.key
    )
