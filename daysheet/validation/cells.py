"""
Type a cell by the spec, not by its number format.

Each parser takes the cell as delivered and gives the typed value, or None with a note of what is
wrong; what was put right is noted too. Parsers are made once per column.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from unicodedata import normalize

from daysheet.model.issues import IssueCode
from daysheet.model.rows import Cell, Value
from daysheet.model.template import ColumnSpec, ColumnType, ListSpec
from daysheet.validation import dates
from daysheet.validation.text import INVISIBLE, plain, shown

CLOSE_ENOUGH = 55
"""rapidfuzz score from which a list item is worth suggesting."""


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
    """The notes of one row, and the year that dates without one are of."""

    year: int
    items: list[Note] = field(default_factory=list)

    def add(self, column: ColumnSpec, code: IssueCode, found: str, **params: object) -> None:
        """Note something that has to be mended or looked at."""
        self.items.append(Note(column, code, found, params))

    def fixed(self, column: ColumnSpec, code: IssueCode, found: str, **params: object) -> None:
        """Note something that was put right."""
        self.items.append(Note(column, code, found, params, is_fixed=True))


Parser = Callable[[Cell, Notes], Value]


def parser_for(column: ColumnSpec, lists: Mapping[str, ListSpec]) -> Parser:
    """Return the parser of *column*."""
    if column.type is ColumnType.ENUM:
        return _enum(column, lists[column.list or ""])
    make = {
        ColumnType.TEXT: _text,
        ColumnType.CUSTOMER: _text,
        ColumnType.INT: _number,
        ColumnType.DECIMAL: _number,
        ColumnType.DATE: _date,
        ColumnType.TIME: _time,
        ColumnType.BOOL: _bool,
        ColumnType.PHONE: _phone,
        ColumnType.EMAIL: _email,
    }[column.type]
    return make(column)


def _cleaned(column: ColumnSpec, text: str, notes: Notes) -> str:
    if text.isascii() and text.isprintable():
        return text.strip()
    clean = INVISIBLE.sub("", text).replace("\u00a0", " ").replace("\u3000", " ").strip()
    if INVISIBLE.search(text):
        notes.fixed(column, IssueCode.CELL_CONTROL_CHARACTERS, clean)
    return clean


def _text(column: ColumnSpec) -> Parser:
    pattern = re.compile(column.pattern) if column.pattern else None

    def parse(cell: Cell, notes: Notes) -> Value:
        text = _cleaned(column, cell if isinstance(cell, str) else shown(cell), notes)
        if not text:
            return None
        if column.max_length is not None and len(text) > column.max_length:
            notes.add(column, IssueCode.CELL_TOO_LONG, text, length=len(text), limit=column.max_length)
            return None
        if pattern is not None and not pattern.fullmatch(text):
            notes.add(column, IssueCode.CELL_BAD_PATTERN, text)
            return None
        return text

    return parse


# ---- numbers -----------------------------------------------------------------------------------

_SCALES = {
    "百": 100,
    "千": 1000,
    "k": 1000,
    "w": 10_000,
    "万": 10_000,
    "百万": 10**6,
    "m": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}
_NUMBER = re.compile(
    r"^[¥￥$€£]?\s*(?:RMB|CNY|USD|EUR|HKD|约|合计)?\s*([-+]?\d[\d,，\s]*(?:\.\d+)?|[-+]?\.\d+)\s*"
    r"(百万|千万|亿|万|千|百|[kKwWmM](?![a-z]))?\s*(?:元|块|台|套|个|件|%|％|RMB|CNY|USD|EUR|HKD|人民币)?(?:整|左右)?$",
    re.IGNORECASE,
)


def _decimal(text: str) -> Decimal | None:
    """Return the number that *text* writes, such as 50万, 3.2亿, 1,200.00元; None where it is none."""
    match = _NUMBER.match(normalize("NFKC", text).strip())
    if match is None:
        return None
    try:
        number = Decimal(re.sub(r"[,，\s]", "", match[1]))
    except InvalidOperation:
        return None
    scale = _SCALES[match[2].lower()] if match[2] else 1
    return number * scale


def _number(column: ColumnSpec) -> Parser:
    low, high = column.minimum, column.maximum
    is_whole = column.type is ColumnType.INT

    def parse(cell: Cell, notes: Notes) -> Value:
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            number: Decimal | None = Decimal(int(cell)) if cell == int(cell) else Decimal(repr(cell))
        elif isinstance(cell, str):
            text = _cleaned(column, cell, notes)
            if not text:
                return None
            number = _decimal(text)
            if number is not None and column.unit != "%":
                notes.fixed(column, IssueCode.CELL_NUMBER_AS_TEXT, text, value=f"{number:,f}")
        else:
            number = None
        if number is None or (is_whole and number != number.to_integral_value()):
            notes.add(column, IssueCode.CELL_NOT_A_NUMBER, shown(cell))
            return None
        if column.unit == "%" and isinstance(cell, float) and 0 < cell < 1:
            number *= 100  # Excel keeps 60 % as 0.6
        if (low is not None and number < Decimal(str(low))) or (high is not None and number > Decimal(str(high))):
            bounds = {
                "minimum": "0" if low is None else f"{low:,g}",
                "maximum": "∞" if high is None else f"{high:,.0f}",
            }
            notes.add(column, IssueCode.CELL_OUT_OF_RANGE, shown(cell), **bounds)
            return None
        return int(number) if is_whole else number

    return parse


# ---- dates and times ---------------------------------------------------------------------------


def _date(column: ColumnSpec) -> Parser:
    def parse(cell: Cell, notes: Notes) -> Value:
        known = dates.as_date(cell)
        if known is not None:
            return known
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            known = dates.from_number(float(cell), notes.year)
            if known is not None:
                notes.fixed(column, IssueCode.CELL_DATE_AS_SERIAL, shown(cell), value=known.isoformat())
        elif isinstance(cell, str):
            text = _cleaned(column, cell, notes)
            if not text:
                return None
            known = dates.parse(text, notes.year)
            if known is None and text.replace(".", "", 1).isdigit():
                known = dates.from_number(float(text), notes.year)
                if known is not None:
                    notes.fixed(column, IssueCode.CELL_DATE_AS_SERIAL, text, value=known.isoformat())
        if known is None:
            notes.add(column, IssueCode.CELL_NOT_A_DATE, shown(cell))
        return known

    return parse


_MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCK = re.compile(
    r"^(上午|下午|晚上|am|pm)?\s*(\d{1,2})\s*(?:[:：点时]\s*(\d{1,2})?\s*分?|(?=\s*[ap]m))\s*(?::\d{2})?\s*(am|pm)?$",
    re.IGNORECASE,
)


def _time(column: ColumnSpec) -> Parser:
    def parse(cell: Cell, notes: Notes) -> Value:
        if isinstance(cell, datetime):
            return cell.time().replace(microsecond=0)
        if isinstance(cell, time):
            return cell.replace(microsecond=0)
        if isinstance(cell, timedelta):
            return (_MIDNIGHT + cell).time().replace(microsecond=0)
        if isinstance(cell, float) and 0 <= cell < 1:
            return (_MIDNIGHT + timedelta(seconds=round(cell * 86400))).time()
        if isinstance(cell, str):
            text = _cleaned(column, cell, notes)
            if not text:
                return None
            match = _CLOCK.match(normalize("NFKC", text))
            if match:
                hour, minute = int(match[2]), int(match[3] or 0)
                is_late = (match[1] or match[4] or "").lower() in ("下午", "晚上", "pm")
                hour += 12 if is_late and hour < 12 else 0
                if hour < 24 and minute < 60:
                    return time(hour, minute)
        notes.add(column, IssueCode.CELL_BAD_PATTERN, shown(cell))
        return None

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
        if code is None:
            near = _nearest(plain(clean), loose, choices)
            notes.items.append(Note(column, IssueCode.CELL_NOT_IN_LIST, clean, said, near))
        return code

    return parse


def _nearest(typed: str, loose: Mapping[str, str], choices: ListSpec) -> tuple[str, ...]:
    from rapidfuzz import fuzz, process

    labels = {item.code: f"{item.label.zh} {item.label.en}" for item in choices.items}
    hits = process.extract(typed, list(loose), scorer=fuzz.ratio, limit=6, score_cutoff=CLOSE_ENOUGH)
    return tuple(dict.fromkeys(labels[loose[form]] for form, _, _ in hits))[:3]


_YES = {"是", "有", "对", "y", "yes", "true", "1", "√", "✓", "v", "已开", "开"}
_NO = {"否", "无", "没有", "不", "n", "no", "false", "0", "×", "x", "未开", "不开"}


def _bool(column: ColumnSpec) -> Parser:
    def parse(cell: Cell, notes: Notes) -> Value:
        if isinstance(cell, bool):
            return cell
        text = normalize("NFKC", _cleaned(column, shown(cell), notes)).casefold()
        if not text:
            return None
        words = set(text.replace("/", " ").split()) or {text}
        if words <= _YES or text in _YES:
            return True
        if words <= _NO or text in _NO:
            return False
        said = {"choices_zh": "是、否", "choices_en": "yes, no"}
        notes.items.append(Note(column, IssueCode.CELL_NOT_IN_LIST, shown(cell), said, ("是 Yes", "否 No")))
        return None

    return parse


# ---- phone and e-mail --------------------------------------------------------------------------

_SEVERAL = re.compile(
    r"[,，;；、\n]|(?<=\d{5})\s*[/／]\s*(?=[+\d(（])|\s{2,}|(?<=\d{7})\s+(?=1[3-9]\d{9})|\s+(?:或|和|&)\s+"
)
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|extension|x|#)\s*(\d{1,6})$", re.IGNORECASE)
_GOOD_DIGITS = re.compile(
    r"^(?:(?:\+?86)?1[3-9]\d{9}|(?:\+?86)?0?\d{2,3}\d{7,8}|[48]00\d{7}|\d{7,8}|1\d{4}|9\d{4,5}|\+\d{7,15}|00\d{8,15})$"
)


def phone_number(text: str) -> tuple[str, bool]:
    """Return one number tidied (spaces out, extension as 转8001), and whether it looks like one."""
    text = normalize("NFKC", text).strip()
    extension = _EXTENSION.search(text)
    body = text[: extension.start()] if extension else text
    digits = ("+" if body.strip().startswith("+") else "") + re.sub(r"\D", "", body)
    is_good = bool(_GOOD_DIGITS.match(digits)) and not re.search(r"[^\d\s+()\-–—.·转/]", body)
    tidy = re.sub(r"\s+", "", body).strip("-") if is_good else body.strip()
    return (f"{tidy}转{extension[1]}" if extension else tidy), is_good


def _phone(column: ColumnSpec) -> Parser:
    def parse(cell: Cell, notes: Notes) -> Value:
        if cell is None:
            return None
        is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
        text = _cleaned(column, shown(cell), notes)
        if not text:
            return None
        numbers = []
        for part in _SEVERAL.split(text):
            if not part or not part.strip():
                continue
            number, is_good = phone_number(part)
            if (
                is_number
                and is_good
                and re.fullmatch(r"(?:10|2\d|[3-9]\d{2})\d{7,8}", number)
                and not re.fullmatch(r"1[3-9]\d{9}", number)
            ):
                notes.add(column, IssueCode.CELL_LEADING_ZEROS_LOST, text)
            elif not is_good:
                notes.add(column, IssueCode.CELL_BAD_CONTACT, part.strip())
            numbers.append(number)
        return tuple(numbers) or None

    return parse


_EMAIL = re.compile(r"^[^\s@<>()\[\]:;,\"]{1,64}@[^\s@<>()\[\]:;,\"]+\.[A-Za-z\u4e00-\u9fff]{2,}$")


def _email(column: ColumnSpec) -> Parser:
    def parse(cell: Cell, notes: Notes) -> Value:
        text = normalize("NFKC", _cleaned(column, shown(cell), notes)).replace(" ", "")
        if not text:
            return None
        if not _EMAIL.match(text):
            notes.add(column, IssueCode.CELL_BAD_CONTACT, text)
        return text

    return parse
