"""
Colour and comment wrong cells, and take it back.

A mark's comment is by "Daysheet" and ends in a line with its number ("— Daysheet 7"), which follows
the cell through sorting and inserting, and through LibreOffice, which forgets authors. A very hidden
sheet keeps, a row per number, what the cell was before: a cell bearing its style, so that programs
which renumber styles renumber it too, and the comment it had.
"""

import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import column_index_from_string
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.issues import Issue, Place, Severity
from daysheet.model.text import Bilingual, Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.cells import clean, write_text

Describe = Callable[[Issue, Language], str]
"""Says what is wrong and what to write instead, in one language."""

MARKS_SHEET = "_daysheet_marks"
REPORT_SHEET = "检查报告 Check report"
MOST_MARKS = 2000
"""Cells coloured at most; the report sheet lists everything."""

ERROR_FILL = "FFB9AE"
WARNING_FILL = "FFF0B8"
_FILLS = {f"FF{ERROR_FILL}", f"FF{WARNING_FILL}"}
_AUTHOR = "Daysheet"
_SIGNATURE = re.compile(r"— Daysheet (\d+)\s*$")
MOST_SAID = 6
"""Issues that one comment says at most."""
_LONGEST_LINE = 1000  # characters
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384  # Excel's own

SEVERITIES = {
    Severity.ERROR: Bilingual(zh="需修改", en="Please correct"),
    Severity.WARNING: Bilingual(zh="请核对", en="Please check"),
    Severity.INFO: Bilingual(zh="供参考", en="For your information"),
}
_SUGGESTION = Bilingual(zh="建议", en="Suggestion")
_MORE = Bilingual(zh="还有 {more} 条，见“检查报告”。", en="{more} more on the sheet “Check report”.")
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


# ---- taking marks back -------------------------------------------------------------------------


def remove_marks(book: Workbook) -> None:
    """Take back the marks and the report of an earlier answer; whatever was there before them returns."""
    if not _has_marks(book):
        return  # a cell in one of our colours is the sender's own
    records = _records(book)
    for sheet in book.worksheets:
        if sheet.title in (REPORT_SHEET, MARKS_SHEET):
            continue
        for at, cell in list(sheet._cells.items()):
            signature = _SIGNATURE.search(cell.comment.text or "") if cell.comment else None
            if signature is not None or (cell.comment and cell.comment.author == _AUTHOR):
                _restore(sheet, at, cell, records.get(int(signature[1])) if signature else None)
            elif _is_ours(cell):
                _refill(cell, _inherited(sheet, *at).fillId)
    for name in (REPORT_SHEET, MARKS_SHEET):
        if name in book.sheetnames:
            book.remove(book[name])


def _has_marks(book: Workbook) -> bool:
    """Say whether an earlier answer left anything in *book*."""
    if REPORT_SHEET in book.sheetnames or MARKS_SHEET in book.sheetnames:
        return True
    comments = (cell.comment for sheet in book.worksheets for cell in sheet._cells.values() if cell.comment)
    return any(_SIGNATURE.search(comment.text or "") or comment.author == _AUTHOR for comment in comments)


def _records(book: Workbook) -> dict[int, tuple[Any, ...]]:
    """Return mark number → the cells of its row on the hidden sheet."""
    if MARKS_SHEET not in book.sheetnames:
        return {}
    rows = book[MARKS_SHEET].iter_rows(min_row=2, max_col=7, max_row=MOST_MARKS + 1)
    return {row[0].value: row for row in rows if isinstance(row[0].value, int)}


def _restore(sheet: Worksheet, at: tuple[int, int], cell: Any, record: tuple[Any, ...] | None) -> None:
    """Put back the fill, unless the sender chose another since, and the comment."""
    cell.comment = None
    if record is None:
        if _is_ours(cell):
            _refill(cell, _inherited(sheet, *at).fillId)
        return
    _, bearer, was_there, author, text, height, width = record
    if _is_ours(cell):
        _refill(cell, style_of(bearer).fillId)
    if text.value:
        cell.comment = Comment(str(text.value), str(author.value or ""), height.value or 79, width.value or 144)
    is_as_it_was = style_of(cell).fillId == style_of(bearer).fillId and cell.value is None
    if not was_there.value and is_as_it_was and not isinstance(cell, MergedCell):
        del sheet._cells[at]


def _is_ours(cell: Any) -> bool:
    return cell.has_style and cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in _FILLS


def _refill(cell: Any, fill_id: int) -> None:
    style = style_of(cell)
    style.fillId = fill_id
    cell._style = style


def _inherited(sheet: Worksheet, row: int, column: int) -> StyleArray:
    """Return the style of a cell that is not there: its row's, else its column's, else the default."""
    line = sheet.row_dimensions.get(row)
    if line is not None and line.has_style:
        return style_of(line)
    for letter, group in sheet.column_dimensions.items():
        first = group.min or column_index_from_string(letter)
        if first <= column <= (group.max or first) and group.has_style:
            return style_of(group)
    book: Any = sheet.parent
    return StyleArray(book._cell_styles[0])


def style_of(thing: Any) -> StyleArray:
    """Return a copy of the style of a cell, row or column of openpyxl's, which has None for the default one."""
    return StyleArray() if thing._style is None else copy(thing._style)


# ---- marking -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Marks:
    """The marks to make: the issues of each cell, by sheet title, row and column."""

    cells: dict[tuple[str, int, int], list[Issue]] = field(default_factory=dict)
    is_full: bool = False


def add_marks(book: Workbook, issues: Sequence[Issue], language: Language, describe: Describe) -> bool:
    """
    Colour and comment the cells of errors and warnings; a cell with several says them all.

    Returns False where there were more than MOST_MARKS cells and the rest stayed uncoloured.
    """
    marks = _collect(book, issues)
    if not marks.cells:
        return True
    keep = book.create_sheet(MARKS_SHEET)
    keep.sheet_state = "veryHidden"
    for at, text in enumerate(("mark", "style", "was there", "author", "comment", "height", "width"), 1):
        keep.cell(1, at, text)
    for number, ((title, row, column), found) in enumerate(marks.cells.items(), 1):
        _mark(book[title], row, column, found, number, keep, language, describe)
    return not marks.is_full


def _collect(book: Workbook, issues: Sequence[Issue]) -> _Marks:
    marks = _Marks()
    for issue in issues:
        if issue.severity is Severity.INFO or issue.place.sheet not in book.sheetnames:
            continue
        for row, column in cells_of(book[issue.place.sheet], issue.place):
            key = (issue.place.sheet, row, column)
            if key not in marks.cells and len(marks.cells) >= MOST_MARKS:
                marks.is_full = True
                break
            marks.cells.setdefault(key, []).append(issue)
    return marks


def cells_of(sheet: Worksheet, place: Place) -> list[tuple[int, int]]:
    """Return rows and columns of the cells of *place*: of a whole row the first visible one, of a merge its corner."""
    if place.row is None or not 1 <= place.row <= _LAST_ROW:
        return []
    column = _number(place.column) if place.column else _first_visible(sheet)
    if not 1 <= column <= _LAST_COLUMN:
        return []
    last = min(place.last_row or place.row, place.row + MOST_MARKS, _LAST_ROW)
    found = dict.fromkeys(_corner(sheet, row, column) for row in range(place.row, last + 1))
    return list(found)


def _number(letters: str) -> int:
    """Return the number of a column, 0 for one that no sheet has."""
    try:
        return column_index_from_string(letters)
    except ValueError:
        return 0


def _first_visible(sheet: Worksheet) -> int:
    hidden = set[int]()
    for letter, group in sheet.column_dimensions.items():
        if group.hidden:
            first = group.min or column_index_from_string(letter)
            hidden.update(range(first, (group.max or first) + 1))
    return next((column for column in range(1, _LAST_COLUMN + 1) if column not in hidden), 1)


def _corner(sheet: Worksheet, row: int, column: int) -> tuple[int, int]:
    for merge in sheet.merged_cells.ranges:
        if merge.min_row <= row <= merge.max_row and merge.min_col <= column <= merge.max_col:
            return merge.min_row, merge.min_col
    return row, column


def _mark(
    sheet: Worksheet,
    row: int,
    column: int,
    issues: Sequence[Issue],
    number: int,
    keep: Worksheet,
    language: Language,
    describe: Describe,
) -> None:
    """Mark one cell and write down what it was."""
    was_there = (row, column) in sheet._cells
    cell: Any = sheet.cell(row, column)
    if not was_there:
        # in a protected sheet the cell must stay as open to writing as its column
        cell._style = _inherited(sheet, row, column)
    _write_down(keep, number, cell, was_there)
    worst = min((issue.severity for issue in issues), key=_ORDER.__getitem__)
    cell.fill = look.fill(ERROR_FILL if worst is Severity.ERROR else WARNING_FILL)
    text = f"{clean(comment_text(issues, language, describe))}\n— Daysheet {number}"
    cell.comment = Comment(text, _AUTHOR, *_size(text))


def _write_down(keep: Worksheet, number: int, cell: Any, was_there: bool) -> None:
    row = number + 1
    keep.cell(row, 1, number)
    bearer: Any = keep.cell(row, 2)
    bearer._style = style_of(cell)
    keep.cell(row, 3, int(was_there))
    if cell.comment is not None:
        for column, text in ((4, cell.comment.author or ""), (5, cell.comment.text or "")):
            at = keep.cell(row, column)
            assert isinstance(at, Cell)
            write_text(at, text)
        keep.cell(row, 6, cell.comment.height)
        keep.cell(row, 7, cell.comment.width)


def comment_text(issues: Sequence[Issue], language: Language, describe: Describe) -> str:
    """
    Return what a comment says: each issue in both languages, *language* first, and its suggestions.

    Of many issues it says the gravest; a box can be read only so long.
    """
    other = Language.EN if language is Language.ZH else Language.ZH
    parts: list[str] = []
    ranked = sorted(issues, key=lambda found: _ORDER[found.severity])
    for issue in ranked[:MOST_SAID]:
        label = SEVERITIES[issue.severity]
        lines = [f"【{label.in_(language)} {label.in_(other)}】", describe(issue, language), describe(issue, other)]
        if issue.suggestions:
            lines.append(f"{_SUGGESTION.in_(language)} {_SUGGESTION.in_(other)}: {' / '.join(issue.suggestions)}")
        parts.append("\n".join(line[:_LONGEST_LINE] for line in lines))
    if (more := len(ranked) - MOST_SAID) > 0:
        parts.append("\n".join(_MORE.in_(lang).format(more=more) for lang in (language, other)))
    return "\n\n".join(parts)


def _size(text: str) -> tuple[int, int]:
    """Return height and width in pixels of a box that shows *text* whole, within reason."""
    width, units_per_line, line_height = 320, 46, 18
    lines = sum(1 + look.units(line) // units_per_line for line in text.split("\n"))
    return min(60 + line_height * lines, 480), width
