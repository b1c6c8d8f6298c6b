"""Write the guide: the rules in a few sentences, and one line of the main sheet filled in."""

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.template import ColumnSpec, TemplateSpec
from daysheet.model.text import Bilingual, Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.grid import heading
from daysheet.templates_xlsx.layout import GUIDE_SHEET, live_columns, shown

_HOW = Bilingual(zh="怎么填", en="How to fill it in")
_EXAMPLE = Bilingual(zh="一行填好的“{}”", en="One filled line of “{}”")
_HEADINGS = (
    Bilingual(zh="栏目", en="Field"),
    Bilingual(zh="例子", en="Example"),
    Bilingual(zh="说明", en="What to write"),
)
_SUBTITLE = Bilingual(zh="先看这一页，以后不用再看", en="Read once; you will not need it again")
_REQUIRED = Bilingual(zh="* 必填", en="* must be filled")
_LINE = 20  # points
_WIDTHS = {"A": 2, "B": 5, "C": 24, "D": 58, "E": 70}


def write_guide(sheet: Worksheet, spec: TemplateSpec, language: Language) -> None:
    """Write the guide of *spec* in *language*."""
    title = f"{spec.title.in_(language)} · {GUIDE_SHEET.in_(language)}"
    look.title_band(sheet, "B", "E", title, _SUBTITLE.in_(language))
    row = _write_rules(sheet, spec, language, 4)
    _write_example(sheet, spec, language, row + 1)
    for letter, width in _WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = look.ACCENT_SOFT
    look.set_page(sheet, title)


def _write_section(sheet: Worksheet, row: int, text: str) -> None:
    sheet.row_dimensions[row].height = 26
    for letter in "BCDE":
        sheet[f"{letter}{row}"].border = look.underline(look.ACCENT)
    cell = sheet[f"B{row}"]
    cell.value, cell.font = text, look.font(12, bold=True, color=look.ACCENT)
    cell.alignment = Alignment(vertical="center")


def _write_rules(sheet: Worksheet, spec: TemplateSpec, language: Language, row: int) -> int:
    """Write the numbered sentences from *row*; return the row after them."""
    _write_section(sheet, row, _HOW.in_(language))
    for number, sentence in enumerate(spec.guide, 1):
        row += 1
        sheet.row_dimensions[row].height = _LINE
        at = sheet[f"B{row}"]
        at.value, at.font = number, look.font(10, bold=True, color=look.ACCENT_SOFT)
        at.alignment = Alignment(horizontal="center", vertical="center")
        text = sheet[f"C{row}"]
        text.value, text.font = sentence.in_(language), look.font()
        text.alignment = Alignment(vertical="center")
    return row + 1


def _write_example(sheet: Worksheet, spec: TemplateSpec, language: Language, row: int) -> None:
    """Write the main sheet's fields below one another with their example, a line each."""
    main = spec.data_sheets[0]
    _write_section(sheet, row, f"{_EXAMPLE.in_(language).format(main.label.in_(language))}   {_REQUIRED.in_(language)}")
    row += 1
    for letter, label in zip("CDE", _HEADINGS, strict=True):
        cell = sheet[f"{letter}{row}"]
        cell.value, cell.font = label.in_(language), look.font(9, bold=True, color=look.PAPER)
        cell.fill, cell.alignment = look.fill(look.ACCENT), look.INDENTED
    for column in live_columns(main):
        row += 1
        told = column.help.in_(language) if column.help else ""
        texts = (heading(column).replace("\n", "  "), _example(column, spec) or "", told)
        sheet.row_dimensions[row].height = look.height(zip(texts, (_WIDTHS[letter] for letter in "CDE"), strict=True))
        for letter, text in zip("CDE", texts, strict=True):
            cell = sheet[f"{letter}{row}"]
            cell.value = text or None
            cell.font = look.font(10 if letter == "D" else 9, color=look.INK if letter != "E" else look.MUTED)
            cell.number_format = "@"
            cell.border = look.grid()
            cell.alignment = look.INDENTED
        sheet[f"C{row}"].fill = look.fill(look.TINT)


def _example(column: ColumnSpec, spec: TemplateSpec) -> str | None:
    """Return the example as it would stand in the cell: a list item as its dropdown shows it."""
    for item in spec.lists[column.list].items if column.list else ():
        if item.code == column.example:
            return shown(item.label)
    return column.example
