"""
The sheet of a spot check: a customer a line, and beside each value whether it is right, and what is.

Row 4 holds the headings, row 5, hidden, the keys, and the lines start at row 6; column A, hidden, the
customer's id. Which check it is stands in a custom property and in a hidden name, as with templates.
Labels are in both languages, so that whoever is handed the sheet can fill it in. On paper a customer is
a line on each of three pages side by side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from openpyxl.cell.cell import Cell
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break, ColBreak
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model import rows
from daysheet.model.spot_checks import JUDGED, PRINTED, Drawn, RawLine
from daysheet.model.text import Bilingual, Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.cells import write_text
from daysheet.templates_xlsx.package import EPOCH, to_bytes

CHECK_PROPERTY = "daysheet.spotcheck"
CHECK_NAME = "daysheet_spotcheck"
"""The hidden defined name that carries "spotcheck/ID" as a text constant."""
ID_KEY = "spot.id"
"""What stands in the hidden key row above the ids: by it the lines are found again."""
MARK, RIGHT = ".mark", ".right"
"""What the keys of the columns beside a value end in: whether it is right, and what is."""
REACHED, CHECKED_ON, NOTE = "reached", "checked_on", "note"
RIGHT_WORDS = Bilingual(zh="对", en="right")
WRONG_WORDS = Bilingual(zh="错", en="wrong")
YES, NO = Bilingual(zh="是", en="yes"), Bilingual(zh="否", en="no")

_TITLE = Bilingual(zh="客户电话抽查", en="Customer spot check")
_HOW = Bilingual(
    zh="逐户打电话核对。每一项选“对”或“错”；错的写上正确值；没问到的空着。打不通的“联系上”选“否”。填好后把整份工作簿邮寄回日报邮箱，可以分几次寄。",
    en=(
        "Ring each customer. Choose right or wrong for each value, write what is right beside a wrong one, and leave "
        "what was not asked empty. Choose no where nobody was reached. Mail the whole workbook back to the mailbox "
        "of the reports; in parts is fine."
    ),
)
_HEADER_ROW, _KEY_ROW = 4, 5
FIRST_ROW = _KEY_ROW + 1
_FOUND_WITHIN = 30  # rows in which the keys are looked for, should somebody have put lines above
_LABELS = {
    "name": (Bilingual(zh="客户名称", en="Customer"), 28),
    "contact": (Bilingual(zh="联系人", en="Contact"), 12),
    "phone": (Bilingual(zh="电话", en="Phone"), 16),
    "address": (Bilingual(zh="地址", en="Address"), 28),
    "city": (Bilingual(zh="城市", en="City"), 10),
    "industry": (Bilingual(zh="行业", en="Industry"), 12),
    "level": (Bilingual(zh="级别", en="Level"), 8),
    "credit_code": (Bilingual(zh="信用代码", en="Credit code"), 22),
    "owner": (Bilingual(zh="我方负责人", en="Our owner"), 12),
}
_MARK_LABEL = (Bilingual(zh="对/错", en="right?"), 8)
_RIGHT_LABEL = Bilingual(zh="正确值", en="what is right")
_WIDEST_RIGHT = 20
_WRONG_FILL = "F6D5D1"
_UNASKED_FILL = "E4E8EA"


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    label: Bilingual
    width: int
    is_input: bool = False
    about: str = ""  # the field whose value, mark or correction it is


def _columns() -> Iterator[_Column]:
    yield _Column(ID_KEY, Bilingual(zh="编号", en="Id"), 8)
    yield _Column("region", Bilingual(zh="区域", en="Region"), 10)
    yield _Column(REACHED, Bilingual(zh="联系上", en="Reached"), 10, is_input=True)
    yield _Column(CHECKED_ON, Bilingual(zh="日期", en="Date"), 12, is_input=True)
    yield _Column("number", Bilingual(zh="#", en="#"), 5)  # beside the name: on paper both stand on each page
    for field in PRINTED:
        label, width = _LABELS[field]
        yield _Column(field, label, width, about=field)
        if field in JUDGED:
            yield _Column(field + MARK, *_MARK_LABEL, is_input=True, about=field)
            yield _Column(
                field + RIGHT, _RIGHT_LABEL, min(max(width - 4, 14), _WIDEST_RIGHT), is_input=True, about=field
            )
    yield _Column(NOTE, Bilingual(zh="备注", en="Note"), 30, is_input=True)


_COLUMNS = tuple(_columns())
_LETTERS = {column.key: get_column_letter(at) for at, column in enumerate(_COLUMNS, 1)}
_PAGE_ENDS = (_LETTERS["phone" + RIGHT], _LETTERS["industry" + RIGHT])
"""The last columns of the first and the second of three pages side by side."""
_SCALE = 70
"""Per cent at which the widest of the three fits on A4."""


def shown(words: Bilingual) -> str:
    """Return a choice as the dropdown shows it."""
    return f"{words.zh} {words.en}"


def build(check_id: int, drawn_on: date, items: Sequence[Drawn], language: Language) -> bytes:
    """Return the workbook of a check as .xlsx; the same arguments give the same bytes."""
    book = Workbook()
    look.set_normal(book)
    sheet = book.worksheets[0]
    sheet.title = f"{_TITLE.zh} {check_id}"
    subtitle = f"{_TITLE.en} · {check_id} · {drawn_on.isoformat()} · {len(items)} 户 customers"
    last = _LETTERS[_COLUMNS[-1].key]
    look.title_band(sheet, "B", last, f"{_TITLE.zh} {check_id}", subtitle)
    _write_hints(sheet)
    _write_headings(sheet)
    for number, item in enumerate(items, 1):
        _write_line(sheet, number, item)
    _add_choices(sheet, FIRST_ROW + max(len(items), 1) - 1)
    _finish(sheet, f"{_TITLE.zh} · {subtitle}")
    _identify(book, check_id, language)
    return to_bytes(book)


def _write_hints(sheet: Worksheet) -> None:
    cell = sheet["B3"]
    cell.value, cell.font = f"{_HOW.zh}\n{_HOW.en}", look.font(9, color=look.MUTED)
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    sheet.merge_cells(f"B3:{_PAGE_ENDS[0]}3")  # as wide as the first page
    sheet.row_dimensions[3].height = 44


def _write_headings(sheet: Worksheet) -> None:
    for at, column in enumerate(_COLUMNS, 1):
        cell = sheet.cell(_HEADER_ROW, at, "\n".join(dict.fromkeys((column.label.zh, column.label.en))))
        cell.font = look.font(10, bold=not column.is_input, color=look.PAPER)
        cell.fill = look.fill(look.ACCENT_SOFT if column.is_input else look.ACCENT)
        cell.border, cell.alignment = look.grid(look.PAPER), look.CENTRED
        sheet.cell(_KEY_ROW, at, column.key).font = look.font(8, color=look.MUTED)
        sheet.column_dimensions[get_column_letter(at)].width = column.width + 0.7
    sheet.row_dimensions[_HEADER_ROW].height = 34
    sheet.row_dimensions[_KEY_ROW].hidden = True
    sheet.column_dimensions["A"].hidden = True


def _write_line(sheet: Worksheet, number: int, item: Drawn) -> None:
    row = FIRST_ROW + number - 1
    values = {"number": str(number), "region": item.stratum, **item.printed}
    for at, column in enumerate(_COLUMNS, 1):
        cell = sheet.cell(row, at)
        assert isinstance(cell, Cell)
        cell.border, cell.font, cell.alignment = look.grid(), look.font(), look.WRAPPED
        is_unasked = column.key.endswith(MARK) and not item.printed.get(column.about)
        if column.key == ID_KEY:
            cell.value = item.customer_id
        elif not column.is_input:
            write_text(cell, values.get(column.key, ""))
            cell.fill = look.fill(look.TINT)
        elif is_unasked:
            cell.fill = look.fill(_UNASKED_FILL)  # nothing was handed out that could be right or wrong
        if column.is_input and not is_unasked:
            cell.protection = look.UNLOCKED
            cell.number_format = "yyyy-mm-dd" if column.key == CHECKED_ON else "@"
        if column.key in ("number", REACHED, CHECKED_ON) or column.key.endswith(MARK):
            cell.alignment = look.CENTRED
    texts = [(item.printed.get(column.key, ""), column.width) for column in _COLUMNS if column.about == column.key]
    sheet.row_dimensions[row].height = look.height(texts, least=24)


def _add_choices(sheet: Worksheet, last: int) -> None:
    """Add the dropdowns, and what shows a wrong value."""
    marks = _choice(RIGHT_WORDS, WRONG_WORDS)
    reached = _choice(YES, NO)
    reached.add(f"{_LETTERS[REACHED]}{FIRST_ROW}:{_LETTERS[REACHED]}{last}")
    day = DataValidation(type="date", operator="greaterThan", formula1="43831", allow_blank=True)  # 2020-01-01
    day.errorStyle, day.showErrorMessage = "warning", True
    day.add(f"{_LETTERS[CHECKED_ON]}{FIRST_ROW}:{_LETTERS[CHECKED_ON]}{last}")
    for field in JUDGED:
        value, mark, right = _LETTERS[field], _LETTERS[field + MARK], _LETTERS[field + RIGHT]
        marks.add(f"{mark}{FIRST_ROW}:{mark}{last}")
        is_wrong = f'LEFT(${mark}{FIRST_ROW},1)="{WRONG_WORDS.zh}"'
        rule = look.wrong(is_wrong, _WRONG_FILL)
        sheet.conditional_formatting.add(f"{value}{FIRST_ROW}:{right}{last}", rule)
    for one in (marks, reached, day):
        sheet.add_data_validation(one)


def _choice(*words: Bilingual) -> DataValidation:
    check = DataValidation(type="list", formula1=f'"{",".join(map(shown, words))}"', allow_blank=True)
    check.errorStyle, check.showErrorMessage = "warning", True
    return check


def _finish(sheet: Worksheet, heading: str) -> None:
    sheet.freeze_panes = f"{_LETTERS['name' + MARK]}{FIRST_ROW}"
    look.start_at(sheet, f"{_LETTERS[REACHED]}{FIRST_ROW}")
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = look.ACCENT
    look.set_page(sheet, shown(_TITLE), repeat=f"{_HEADER_ROW}:{_HEADER_ROW}")
    _print_side_by_side(sheet, heading)
    guard = sheet.protection  # no password: it keeps from accidents
    guard.sheet = True
    guard.formatColumns = guard.formatRows = guard.formatCells = False


def _print_side_by_side(sheet: Worksheet, heading: str) -> None:
    """
    Print a line on three pages one after another, each with number and name: on one nobody could read it.

    The *heading* of each says which check it is; the band above the lines would be cut in three.
    """
    look.set_scale(sheet, _SCALE)
    sheet.page_setup.pageOrder = "overThenDown"
    sheet.print_title_cols = f"{_LETTERS['number']}:{_LETTERS['name']}"
    assert sheet.oddHeader is not None
    sheet.oddHeader.left.text, sheet.oddHeader.left.size = heading, 9
    sheet.print_area = f"B{_HEADER_ROW}:{_LETTERS[NOTE]}{sheet.max_row}"
    ends = [Break(id=column_index_from_string(letter)) for letter in _PAGE_ENDS]
    sheet.col_breaks = ColBreak(brk=ends)


def _identify(book: Workbook, check_id: int, language: Language) -> None:
    """Leave the check's identity twice: a custom property, and a hidden name for programs that drop those."""
    book.custom_doc_props.append(StringProperty(name=CHECK_PROPERTY, value=str(check_id)))  # type: ignore[attr-defined]  # newer than the stubs
    mark = f'"spotcheck/{check_id}"'
    book.defined_names[CHECK_NAME] = DefinedName(CHECK_NAME, attr_text=mark, hidden=True)
    properties = book.properties
    properties.title, properties.creator, properties.lastModifiedBy = _TITLE.in_(language), "Daysheet", "Daysheet"
    properties.created = properties.modified = EPOCH


# ---- coming back ---------------------------------------------------------------------------------


def check_of(workbook: rows.Workbook) -> int | None:
    """Return which check a workbook is of; None for any other workbook."""
    named = workbook.names.get(CHECK_NAME, "").strip('"').removeprefix("spotcheck/")
    for told in (workbook.properties.get(CHECK_PROPERTY, "").strip(), named):
        if told.isascii() and told.isdigit() and len(told) < 10:
            return int(told)
    return None


def lines(workbook: rows.Workbook) -> Iterator[RawLine]:
    """
    Give every line below the hidden keys that holds anything, whichever way the columns were moved.

    People copy the sheet to share the calls out: each one that has the keys is read.
    """
    for sheet in workbook.sheets:
        at = next((number for number, row in enumerate(sheet.rows[:_FOUND_WITHIN]) if ID_KEY in row), None)
        if at is not None:
            keys = {number: str(key) for number, key in enumerate(sheet.rows[at]) if key is not None}
            yield from _below(sheet, keys, at + 1)


def _below(sheet: rows.Sheet, keys: dict[int, str], first: int) -> Iterator[RawLine]:
    for at, row in enumerate(sheet.rows[first:], first):
        cells = {keys[number]: cell for number, cell in enumerate(row) if number in keys and cell not in (None, "")}
        if cells:
            yield RawLine(at + 1, _id(cells.pop(ID_KEY, None)), cells)


def _id(cell: object) -> int | None:
    """Return an id; some programs write whole numbers as 12.0."""
    told = str(cell).strip().removesuffix(".0")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 18 else None
