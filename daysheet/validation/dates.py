"""Dates as people write them, and the date a report is of."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import isfinite
from unicodedata import normalize

from daysheet.model.issues import Issue, IssueCode
from daysheet.model.rows import Cell, Checked, Record
from daysheet.model.template import LEAVE, Meaning, TemplateSpec

_FULL = re.compile(r"(?<!\d)(\d{4})\s?[-./年]\s?(\d{1,2})\s?[-./月]\s?(\d{1,2})\s?[日号]?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
_SHORT = re.compile(r"(?<![\d.A-Za-z])(\d{1,2})\s?[./月-]\s?(\d{1,2})\s?[日号]?(?![\d.])")
_TWO_DIGIT = re.compile(r"^(\d{2})[-./](\d{1,2})[-./](\d{1,2})$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[-./](\d{1,2})[-./](\d{4})$")
_DAY_MONTH = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?[ .-]*([a-z]{3,9})\.?(?:[ ,-]*(\d{4}|\d{2}))?$", re.IGNORECASE)
_MONTH_DAY = re.compile(r"^([a-z]{3,9})\.?[ -]*(\d{1,2})(?:st|nd|rd|th)?(?:[ ,-]+(\d{4}))?$", re.IGNORECASE)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_TIME_TAIL = re.compile(r"(?:T|\s)\s?(?:上午|下午)?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:\s?[ap]m)?$", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[,.]? ?|[ (]*(?:星期|周|礼拜)[一二三四五六日天]\)?$", re.IGNORECASE
)
_LONGEST = 40
"""Characters a date may have with weekday and time; the patterns are only tried on less."""

EXCEL_EPOCH = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 25569, 73050
"""Serials of 1970 and 2099: a bare number within is likely a date whose format was lost."""
FIRST_YEAR, LAST_YEAR = 1910, 2099
"""Excel shows a bare number in a date cell as a day of 1900; nobody plans for the next century."""
FAR = 270
"""Days from the report at which a day without a year is of the neighbouring year instead."""
RECENT = 60
"""Days from today within which a day without a year in a subject or a file name can be the report's."""


def make(year: int, month: int, day: int) -> date | None:
    """Return the date, or None where there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def without_year(month: int, day: int, near: date, *, is_past: bool = False) -> date | None:
    """
    Return the day of *near*'s year, but around New Year of the year that is meant.

    12.31 in a report of January is last December where the column only holds what *is_past*; 1.5 in a
    report of December is next January where it does not.
    """
    found = make(near.year, month, day)
    if found is None:
        return None
    if is_past and (found - near).days > FAR:
        return make(near.year - 1, month, day) or found
    if not is_past and (near - found).days > FAR:
        return make(near.year + 1, month, day) or found
    return found


@lru_cache(maxsize=1024)  # most rows of a report are of one day
def parse(text: str, near: date, *, is_past: bool = False) -> date | None:
    """Return the date a cell's *text* is, a day without a year being the one around *near*; None where it is none."""
    if len(text) > _LONGEST:
        return None
    text = " ".join(normalize("NFKC", text).split())
    text = _WEEKDAY.sub("", _TIME_TAIL.sub("", _WEEKDAY.sub("", text)))
    found = _in_digits(text, near, is_past) or _in_words(text, near, is_past)
    return found if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR else None


def _in_words(text: str, near: date, is_past: bool) -> date | None:
    """Read 20 Nov 2026, 20-Nov-26 and November 20."""
    for pattern, month_at, day_at in ((_DAY_MONTH, 2, 1), (_MONTH_DAY, 1, 2)):
        match = pattern.match(text)
        month = _month(match[month_at]) if match else None
        if match and month:
            if match[3] is None:
                return without_year(month, int(match[day_at]), near, is_past=is_past)
            return make(int(match[3]) + (2000 if len(match[3]) == 2 else 0), month, int(match[day_at]))
    return None


def _in_digits(text: str, near: date, is_past: bool) -> date | None:
    for pattern in (_FULL, _COMPACT):
        match = pattern.fullmatch(text)
        if match:
            return make(int(match[1]), int(match[2]), int(match[3]))
    match = _TWO_DIGIT.match(text)
    if match:
        return make(2000 + int(match[1]), int(match[2]), int(match[3]))
    match = _YEAR_LAST.match(text)
    if match:
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        if first > 12 or first == second:
            return make(year, second, first)
        # 5/6/2026 is a day in May to some and in June to others
        return make(year, first, second) if second > 12 else None
    match = _SHORT.fullmatch(text)
    return without_year(int(match[1]), int(match[2]), near, is_past=is_past) if match else None


def _month(name: str) -> int | None:
    name = "sep" if name.casefold() == "sept" else name.casefold()
    return next((number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name)), None)


def from_number(number: float, near: date, *, is_past: bool = False) -> date | None:
    """
    Return the date a bare number may mean: a serial, 20261120, or 11.21 for a day without a year.

    Excel keeps 11.20 as 11.2: of the 2nd and the 20th, the day nearer to the report is taken.
    """
    if not isfinite(number):
        return None
    if FIRST_SERIAL <= number <= LAST_SERIAL:
        return EXCEL_EPOCH + timedelta(days=int(number))
    if number == int(number):
        return parse(str(int(number)), near) if 20000101 <= number <= 20991231 else None
    text = repr(number)
    match = _SHORT.fullmatch(text) if 1 < number < 13 else None
    if match is None:
        return None
    days = (int(match[2]), int(match[2]) * 10) if len(match[2]) == 1 else (int(match[2]),)
    found = [d for day in days if (d := without_year(int(match[1]), day, near, is_past=is_past))]
    return min(found, key=lambda day: abs((day - near).days), default=None)


def serial(cell: date) -> float | None:
    """Return the bare number that a cell of the year 1900 or so holds; None where it is a date that can be meant."""
    if cell.year >= FIRST_YEAR:
        return None
    moment = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001  # Excel knows no zones
    moment = moment.replace(tzinfo=None)
    # Excel believes in 29 February 1900; up to then its days count from one day later
    epoch = datetime(1899, 12, 31 if moment < datetime(1900, 3, 1) else 30)  # noqa: DTZ001  # as above
    return round((moment - epoch) / timedelta(days=1), 4)


def date_in_text(text: str, today: date) -> date | None:
    """
    Return the date that a subject or a file name names, or None.

    One without a year is the nearest such day, and only if that is recent: 日报 1-2 组 names no day in June.
    """
    text = normalize("NFKC", text)
    for pattern in (_FULL, _COMPACT):
        for match in pattern.finditer(text):
            found = make(int(match[1]), int(match[2]), int(match[3]))
            if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR:
                return found
    for match in _SHORT.finditer(text):
        days = [
            d
            for year in (today.year - 1, today.year, today.year + 1)
            if (d := make(year, int(match[1]), int(match[2]))) and abs((d - today).days) <= RECENT
        ]
        if days:
            return days[0]
    return None


def as_date(cell: Cell) -> date | None:
    """Return the date of a cell that is one already, None also for the years 1900 to 1909 and after 2099."""
    day = cell.date() if isinstance(cell, datetime) else cell
    return day if isinstance(day, date) and FIRST_YEAR <= day.year <= LAST_YEAR else None


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


def leave(cover: Record | None, spec: TemplateSpec, day: date) -> tuple[date, date] | None:
    """Return from when to when *cover*, of the report of *day*, says that its rep is on leave, or None."""
    if cover is None or spec.cover is None:
        return None
    kind, column = spec.cover.meaning(Meaning.WORK_TYPE), spec.cover.meaning(Meaning.LEAVE_UNTIL)
    if kind is None or cover.values.get(kind.key) != LEAVE:
        return None
    until = cover.values.get(column.key) if column else None
    return day, max(day, until) if isinstance(until, date) else day
