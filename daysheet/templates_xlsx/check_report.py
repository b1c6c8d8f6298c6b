"""Write the report sheet: every issue, its place as a link, what was written and what is expected."""

from collections.abc import Sequence
from copy import copy

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import quote_sheetname
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.issues import Issue, Place, Severity
from daysheet.model.template import TemplateSpec
from daysheet.model.text import Bilingual, Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.cells import write_text
from daysheet.templates_xlsx.marks import ERROR_FILL, REPORT_SHEET, SEVERITIES, WARNING_FILL, Describe, style_of

MOST_ISSUES = 5000
"""Lines of the report at most; the last line says how many more there are."""

_COLUMNS = (
    (Bilingual(zh="", en=""), 2),
    (Bilingual(zh="#", en="#"), 5),
    (Bilingual(zh="级别", en="Severity"), 24),
    (Bilingual(zh="位置", en="Place"), 22),
    (Bilingual(zh="栏目", en="Field"), 16),
    (Bilingual(zh="您写的", en="What you wrote"), 24),
    (Bilingual(zh="问题与要求", en="What is expected"), 64),
    (Bilingual(zh="建议", en="Suggestion"), 28),
    (Bilingual(zh="代码", en="Code"), 12),
)
_FIRST, _LAST = "B", "I"
_NUMBER, _SEVERITY, _PLACE, _CODE = 2, 3, 4, 9  # columns
_HEADER_ROW = 4
_LINE = 24  # points
_TITLE = Bilingual(zh="检查报告", en="Check report")
_COUNTS = {
    Severity.ERROR: Bilingual(zh="需修改 {n} 处", en="{n} to correct"),
    Severity.WARNING: Bilingual(zh="请核对 {n} 处", en="{n} to check"),
    Severity.INFO: Bilingual(zh="供参考 {n} 条", en="{n} for your information"),
}
_NO_ISSUES = Bilingual(zh="没有发现问题", en="Nothing to correct")
_HOW = Bilingual(
    zh="点击“位置”跳到单元格；改好后把整份工作簿回复过来即可。",
    en="Click a place to go to its cell; correct it there and reply with the whole workbook.",
)
_MORE = Bilingual(zh="还有 {more} 条未列出。", en="{more} more are not listed.")
_UNCOLOURED = Bilingual(zh="单元格太多，后面的没有涂色。", en="There are too many cells to colour them all.")
_FIXED = Bilingual(zh="（已自动更正）", en=" (corrected for you)")
_ROW = Bilingual(zh="第 {row} 行", en="row {row}")
_FILLS = {Severity.ERROR: ERROR_FILL, Severity.WARNING: WARNING_FILL, Severity.INFO: look.TINT}


def add_report(
    book: Workbook,
    issues: Sequence[Issue],
    language: Language,
    spec: TemplateSpec,
    describe: Describe,
    *,
    is_all_coloured: bool,
) -> None:
    """Add the report as the last sheet and open the workbook on it."""
    sheet = book.create_sheet(REPORT_SHEET)
    look.title_band(sheet, _FIRST, _LAST, _TITLE.in_(language), _counts(issues, language))
    hint = _HOW.in_(language) + ("" if is_all_coloured else f" {_UNCOLOURED.in_(language)}")
    sheet[f"{_FIRST}3"].value, sheet[f"{_FIRST}3"].font = hint, look.font(9, color=look.MUTED)
    sheet.row_dimensions[3].height = 24
    sheet[f"{_FIRST}3"].alignment = Alignment(vertical="center")
    _write_headings(sheet, language)
    row = _HEADER_ROW
    faces = _Faces()
    for number, issue in enumerate(issues[:MOST_ISSUES], 1):
        row += 1
        _write_issue(sheet, row, number, issue, book, language, spec, describe, faces)
    if len(issues) > MOST_ISSUES:
        more = _MORE.in_(language).format(more=len(issues) - MOST_ISSUES)
        sheet.cell(row + 1, 2, more).font = look.font(10, italic=True, color=look.MUTED)
    _finish(book, sheet, language)


def _counts(issues: Sequence[Issue], language: Language) -> str:
    """Say how many there are of each kind, leaving out those of which there are none."""
    number = {severity: sum(issue.severity is severity for issue in issues) for severity in Severity}
    told = [text.in_(language).format(n=number[severity]) for severity, text in _COUNTS.items() if number[severity]]
    return " · ".join(told) or _NO_ISSUES.in_(language)


def _write_headings(sheet: Worksheet, language: Language) -> None:
    sheet.row_dimensions[_HEADER_ROW].height = 26
    for at, (label, _) in enumerate(_COLUMNS[1:], 2):
        cell = sheet.cell(_HEADER_ROW, at, label.in_(language))
        cell.font, cell.fill = look.font(9, bold=True, color=look.PAPER), look.fill(look.ACCENT_SOFT)
        cell.alignment = look.CENTRED if at == 2 else look.INDENTED


def _write_issue(
    sheet: Worksheet,
    row: int,
    number: int,
    issue: Issue,
    book: Workbook,
    language: Language,
    spec: TemplateSpec,
    describe: Describe,
    faces: "_Faces",
) -> None:
    place = issue.place
    severity = SEVERITIES[issue.severity].in_(language) + (_FIXED.in_(language) if issue.is_fixed else "")
    field = _field(place, spec, language)
    texts: tuple[str, ...] = (
        str(number),
        severity,
        _where(place, language),
        field,
        issue.found,
        describe(issue, language),
    )
    texts = (*texts, "\n".join(issue.suggestions), issue.code.value)
    widths = (width for _, width in _COLUMNS[1:])
    sheet.row_dimensions[row].height = look.height(zip(texts, widths, strict=True), least=_LINE)
    for at, text in enumerate(texts, 2):
        cell = sheet.cell(row, at)
        assert isinstance(cell, Cell)
        faces.put_on(cell, at, issue.severity, is_link=at == _PLACE and place.sheet in book.sheetnames)
        write_text(cell, text)
    if place.sheet in book.sheetnames:
        link = sheet.cell(row, _PLACE)
        target = place.cell.split(":")[0] if place.column else f"A{place.row or 1}"
        link.hyperlink = Hyperlink(ref=link.coordinate, location=f"{quote_sheetname(place.sheet)}!{target}")


class _Faces:
    """The styles of the lines, each made once: setting them anew takes openpyxl a millisecond a line."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, Severity, bool], StyleArray] = {}

    def put_on(self, cell: Cell, column: int, severity: Severity, *, is_link: bool) -> None:
        """Give a cell of *column* its style."""
        key = (column, severity, is_link)
        if key not in self._made:
            self._make(cell, column, severity, is_link)
            self._made[key] = style_of(cell)
        cell._style = copy(self._made[key])  # type: ignore[attr-defined]  # the stubs know none of it

    def _make(self, cell: Cell, column: int, severity: Severity, is_link: bool) -> None:
        is_small = column in (_NUMBER, _CODE)
        cell.border = look.underline()
        cell.alignment = look.CENTRED if column == _NUMBER else look.INDENTED
        color = look.LINK if is_link else look.MUTED if is_small else look.INK
        cell.font = look.font(
            9 if is_small else 10, bold=column == _SEVERITY and severity is Severity.ERROR, color=color
        )
        if column == _SEVERITY:
            cell.fill = look.fill(_FILLS[severity])


def _where(place: Place, language: Language) -> str:
    cell = place.cell
    if place.row is not None and place.column is None:
        cell = _ROW.in_(language).format(row=place.row)
    return " ".join(part for part in (place.sheet or place.file, cell) if part)


def _field(place: Place, spec: TemplateSpec, language: Language) -> str:
    """Return the label of the field, or its key where the template has no such column."""
    if place.field is None:
        return ""
    for sheet in spec.sheets:
        if sheet.key == place.sheet_key:
            for column in sheet.columns:
                if column.key == place.field:
                    return column.label.in_(language)
    return place.field


def _finish(book: Workbook, sheet: Worksheet, language: Language) -> None:
    for at, (_, width) in enumerate(_COLUMNS):
        sheet.column_dimensions["ABCDEFGHI"[at]].width = width
    sheet.freeze_panes = f"A{_HEADER_ROW + 1}"
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = "C8452F"
    look.set_page(sheet, _TITLE.in_(language), repeat=f"{_HEADER_ROW}:{_HEADER_ROW}")
    book.active = len(book.worksheets) - 1
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
