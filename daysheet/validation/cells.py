"""
Type a cell by the spec, not by its number format.

Each parser takes the cell as delivered and gives the typed value, or None with a note of what is
wrong; what was put right is noted too. Parsers are made once per column.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from unicodedata import normalize

from daysheet.model.issues import IssueCode
from daysheet.model.rows import Cell, Value
from daysheet.model.template import ColumnSpec, ColumnType, ListSpec, Meaning
from daysheet.validation import contact, dates, numbers, times
from daysheet.validation.text import INVISIBLE, LONGEST_NOTHING, is_dash, plain, says_nothing, shown

CLOSE_ENOUGH = 55
"""rapidfuzz score from which a list item is worth suggesting."""
LONGEST_CHOICE = 100
"""Characters of a cell that are compared with a list's items."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about one cell; *params* fill its message."""

    column: ColumnSpec
    code: IssueCode
    found: str
    params: Mapping[str, object] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    is_fixed: bool = False


@dataclass(slots=True)
class Notes:
    """The notes of one row, and the day of the report: dates without a year are around it."""

    day: date
    items: list[Note] = field(default_factory=list)

    def add(self, column: ColumnSpec, code: IssueCode, found: str, **params: object) -> None:
        """Note something that has to be mended or looked at."""
        self.items.append(Note(column, code, found, params))

    def fixed(self, column: ColumnSpec, code: IssueCode, found: str, **params: object) -> None:
        """Note something that was put right."""
        self.items.append(Note(column, code, found, params, is_fixed=True))


Parser = Callable[[Cell, Notes], Value]


def parser_for(column: ColumnSpec, lists: Mapping[str, ListSpec], *, is_past: bool = False) -> Parser:
    """Return the parser of *column*; *is_past* tells that its dates are never after the report."""
    if column.type is ColumnType.ENUM:
        return _enum(column, lists[column.list or ""])
    if column.type is ColumnType.DATE:
        return _date(column, is_past)
    make = {
        ColumnType.TEXT: _text,
        ColumnType.CUSTOMER: _text,
        ColumnType.INT: _number,
        ColumnType.DECIMAL: _number,
        ColumnType.TIME: _time,
        ColumnType.BOOL: _bool,
        ColumnType.PHONE: _phone,
        ColumnType.EMAIL: _email,
    }[column.type]
    return make(column)


def _cleaned(column: ColumnSpec, text: str, notes: Notes) -> str:
    if text.isprintable():  # so are neither the invisible characters nor any space but the plain one
        return text.strip()
    clean = INVISIBLE.sub("", text).replace("\u00a0", " ").replace("\u3000", " ").strip()
    if clean and INVISIBLE.search(text):
        notes.fixed(column, IssueCode.CELL_CONTROL_CHARACTERS, clean)
    return clean


def _is_too_long(column: ColumnSpec, text: str, notes: Notes) -> bool:
    if column.max_length is None or len(text) <= column.max_length:
        return False
    notes.add(column, IssueCode.CELL_TOO_LONG, text, length=len(text), limit=column.max_length)
    return True


def _text(column: ColumnSpec) -> Parser:
    pattern = re.compile(column.pattern) if column.pattern else None
    is_name = column.meaning is Meaning.CONTACT_NAME
    is_customer = column.type is ColumnType.CUSTOMER  # what is no name there, the naming rules say better
    most = min(column.max_length or LONGEST_NOTHING, LONGEST_NOTHING)

    def parse(cell: Cell, notes: Notes) -> Value:
        text = _cleaned(column, cell if isinstance(cell, str) else shown(cell), notes)
        if not text:
            return None
        if len(text) <= most:
            if not is_customer and (is_dash(text) or (is_name and says_nothing(text))):
                return None
        elif _is_too_long(column, text, notes):
            return None
        if pattern is not None and not pattern.fullmatch(text):
            notes.add(column, IssueCode.CELL_BAD_PATTERN, text, **_wanted(column))
            return None
        return text

    return parse


def _wanted(column: ColumnSpec) -> dict[str, str]:
    """What to write instead where a pattern is not met: the column's help, its example, at worst the pattern."""
    if column.help is not None:
        return {"choices_zh": column.help.zh, "choices_en": column.help.en}
    if column.example is not None:
        return {"choices_zh": column.example.zh, "choices_en": column.example.en}
    return {"choices_zh": column.pattern or "", "choices_en": column.pattern or ""}


# ---- numbers -----------------------------------------------------------------------------------


def _number(column: ColumnSpec) -> Parser:
    low = Decimal(-numbers.LARGEST if column.minimum is None else str(column.minimum))
    high = Decimal(numbers.LARGEST if column.maximum is None else str(column.maximum))
    is_whole = column.type is ColumnType.INT
    is_percent = column.unit == "%"
    bounds = _bounds(column)

    def parse(cell: Cell, notes: Notes) -> Value:
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            if not isfinite(cell):
                notes.add(column, IssueCode.CELL_NOT_A_NUMBER, shown(cell))
                return None
            number = Decimal(int(cell)) if cell == int(cell) else Decimal(repr(cell))
            if is_percent and 0 < number <= 1:
                if number == 1:  # Excel keeps 100 % as 1
                    notes.fixed(column, IssueCode.CELL_NUMBER_AS_TEXT, shown(cell), value="100%")
                number *= 100  # and 60 % as 0.6
        else:
            text = _cleaned(column, shown(cell), notes)
            if not text or says_nothing(text):
                return None
            found = None if isinstance(cell, (bool, date, time, timedelta)) else numbers.parse(text)
            if found is None:
                notes.add(column, IssueCode.CELL_NOT_A_NUMBER, text)
                return None
            number, has_unit = found
            if is_percent:
                number = number * 100 if 0 < number < 1 and not has_unit else number
            elif abs(number) <= numbers.LARGEST:
                notes.fixed(column, IssueCode.CELL_NUMBER_AS_TEXT, text, value=numbers.written(number))
        if is_whole and number != number.to_integral_value():
            notes.add(column, IssueCode.CELL_NOT_A_NUMBER, shown(cell))
            return None
        if not low <= number <= high:
            notes.add(column, IssueCode.CELL_OUT_OF_RANGE, shown(cell), **bounds)
            return None
        return int(number) if is_whole else number

    return parse


def _bounds(column: ColumnSpec) -> dict[str, str]:
    """What a column's number may be, in words."""
    low = None if column.minimum is None else numbers.written(Decimal(str(column.minimum)))
    high = numbers.written(Decimal(numbers.LARGEST if column.maximum is None else str(column.maximum)))
    if low is None:
        return {"choices_zh": f"不大于 {high}", "choices_en": f"at most {high}"}
    if column.maximum is None:
        return {"choices_zh": f"不小于 {low}", "choices_en": f"at least {low}"}
    return {"choices_zh": f"在 {low} 到 {high} 之间", "choices_en": f"between {low} and {high}"}


# ---- dates and times ---------------------------------------------------------------------------


def _date(column: ColumnSpec, is_past: bool) -> Parser:
    is_past = is_past or column.meaning is Meaning.REPORT_DATE

    def parse(cell: Cell, notes: Notes) -> Value:
        known = dates.as_date(cell)
        if known is not None or cell is None:
            return known
        number: float | None = None
        text = ""
        if isinstance(cell, date):  # Excel shows a bare 11.21 in a date cell as a day of 1900
            number = dates.serial(cell)
        elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
            number = float(cell) if abs(cell) < numbers.LARGEST else None
        elif isinstance(cell, str):
            text = _cleaned(column, cell, notes)
            if not text or says_nothing(text):
                return None
            known = dates.parse(text, notes.day, is_past=is_past)
            number = float(text) if known is None and _PLAIN_NUMBER.match(text) else None
        if number is not None:
            known = dates.from_number(number, notes.day, is_past=is_past)
            if known is not None:
                notes.fixed(column, IssueCode.CELL_DATE_AS_SERIAL, text or shown(number), value=known.isoformat())
        if known is None:
            notes.add(column, IssueCode.CELL_NOT_A_DATE, text or shown(cell))
        return known

    return parse


_PLAIN_NUMBER = re.compile(r"^\d{1,12}(?:\.\d{1,12})?$", re.ASCII)
_TIME_FORMS = {"choices_zh": "09:30、下午 2:00", "choices_en": "09:30, 2:00 pm"}


def _time(column: ColumnSpec) -> Parser:
    def parse(cell: Cell, notes: Notes) -> Value:
        if cell is None:
            return None
        found: time | None = None
        text = ""
        if isinstance(cell, str):
            text = _cleaned(column, cell, notes)
            if not text or says_nothing(text):
                return None
            found = times.parse(text)
        elif isinstance(cell, date) and not dates.as_date(cell):
            found = times.from_number(dates.serial(cell))
        elif isinstance(cell, datetime):
            found = cell.time().replace(microsecond=0, tzinfo=None)
        elif isinstance(cell, time):
            found = cell.replace(microsecond=0, tzinfo=None)
        elif isinstance(cell, timedelta):
            found = times.from_number(cell / timedelta(days=1) % 1)
        elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
            found = times.from_number(cell)
        if found is None:
            notes.add(column, IssueCode.CELL_BAD_PATTERN, text or shown(cell), **_TIME_FORMS)
        return found

    return parse


# ---- choices -----------------------------------------------------------------------------------


def _enum(column: ColumnSpec, choices: ListSpec) -> Parser:
    exact: dict[str, str] = {}
    loose: dict[str, str] = {}
    for item in choices.items:
        both = (
            f"{item.label.zh} {item.label.en}",
            f"{item.label.zh} / {item.label.en}",
            f"{item.label.zh}{item.label.en}",
        )
        for form in (item.code, item.label.zh, item.label.en, *both, *item.aliases):
            exact.setdefault(form, item.code)
            loose.setdefault(plain(form) or form, item.code)
    said = {
        "choices_zh": "、".join(item.label.zh for item in choices.items),
        "choices_en": ", ".join(item.label.en for item in choices.items),
    }

    def parse(cell: Cell, notes: Notes) -> Value:
        text = cell if isinstance(cell, str) else shown(cell)
        code = exact.get(text)
        if code is not None:
            return code
        clean = _cleaned(column, text, notes)
        if not clean:
            return None
        code = loose.get(plain(clean) or clean)
        if code is None and not says_nothing(clean):
            near = _nearest(plain(clean[:LONGEST_CHOICE]), loose, choices)
            notes.items.append(Note(column, IssueCode.CELL_NOT_IN_LIST, clean, said, near))
        return code

    return parse


def _nearest(typed: str, loose: Mapping[str, str], choices: ListSpec) -> tuple[str, ...]:
    from rapidfuzz import fuzz, process

    labels = {item.code: f"{item.label.zh} {item.label.en}" for item in choices.items}
    hits = process.extract(typed, list(loose), scorer=fuzz.ratio, limit=6, score_cutoff=CLOSE_ENOUGH)
    return tuple(dict.fromkeys(labels[loose[form]] for form, _, _ in hits))[:3]


_YES = {"是", "有", "对", "y", "yes", "true", "1", "√", "✓", "✔", "☑", "v", "已开", "开", "有票", "有发票", "已开票"}
_NO = {"否", "无", "没有", "不", "n", "no", "false", "0", "×", "x", "未开", "不开", "无票", "无发票", "未开票", "☐"}


def _bool(column: ColumnSpec) -> Parser:
    def parse(cell: Cell, notes: Notes) -> Value:
        if isinstance(cell, bool):
            return cell
        clean = _cleaned(column, shown(cell), notes)
        text = normalize("NFKC", clean).casefold()
        if not text:
            return None
        words = set(text.replace("/", " ").split()) or {text}
        if words <= _YES or text in _YES:
            return True
        if words <= _NO or text in _NO:
            return False
        if says_nothing(clean):
            return None
        said = {"choices_zh": "是、否", "choices_en": "yes, no"}
        notes.items.append(Note(column, IssueCode.CELL_NOT_IN_LIST, clean, said, ("是 Yes", "否 No")))
        return None

    return parse


# ---- phone and e-mail --------------------------------------------------------------------------


def _phone(column: ColumnSpec) -> Parser:
    def parse(cell: Cell, notes: Notes) -> Value:
        is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
        text = _cleaned(column, shown(cell), notes)
        if not text or says_nothing(text) or _is_too_long(column, text, notes):
            return None
        found = contact.phone_numbers(text)
        for number, is_good in found:
            if not is_good:
                notes.add(column, IssueCode.CELL_BAD_CONTACT, number)
            elif is_number and contact.has_lost_zero(number):
                notes.add(column, IssueCode.CELL_LEADING_ZEROS_LOST, text)
        return tuple(number for number, _ in found) or None

    return parse


def _email(column: ColumnSpec) -> Parser:
    def parse(cell: Cell, notes: Notes) -> Value:
        text = normalize("NFKC", _cleaned(column, shown(cell), notes)).replace(" ", "")
        if not text or says_nothing(text) or _is_too_long(column, text, notes):
            return None
        if not contact.is_email(text):
            notes.add(column, IssueCode.CELL_BAD_CONTACT, text)
        return text

    return parse
