"""Write the guide: the rules in a few sentences, what each sheet is for, one line of the main sheet filled in."""

import re

from openpyxl.styles import Alignment
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.template import ColumnSpec, TemplateSpec
from daysheet.model.text import Bilingual, Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.grid import heading
from daysheet.templates_xlsx.layout import GUIDE_SHEET, letters, live_columns, shown

_HOW = Bilingual(zh="怎么填", en="How to fill it in")
_SHEETS = Bilingual(zh="哪张表写什么", en="Which sheet is for what")
_EXAMPLE = Bilingual(zh="一行填好的“{}”（* 必填）", en="One filled line of “{}” (* must be filled)")
_HEADINGS = (
    Bilingual(zh="列", en="Col."),
    Bilingual(zh="栏目", en="Field"),
    Bilingual(zh="例子", en="Example"),
    Bilingual(zh="说明", en="What to write"),
)
_SUBTITLE = Bilingual(zh="先看这一页，以后不用再看", en="Read once; you will not need it again")
_LEAD = re.compile(r"([^：:]{1,24})[：:] ?(.+)", re.DOTALL)
"""The first words of a sentence, up to a colon: they stand in a column of their own."""
_LINE = 20  # points
_WIDTHS = {"A": 2, "B": 6, "C": 28, "D": 58, "E": 70}


def write_guide(sheet: Worksheet, spec: TemplateSpec, language: Language) -> None:
    """Write the guide of *spec* in *language*."""
    title = f"{spec.title.in_(language)} · {GUIDE_SHEET.in_(language)}"
    look.title_band(sheet, "B", "E", title, _SUBTITLE.in_(language))
    row = _write_rules(sheet, spec, language, 4)
    if any(part.help for part in spec.sheets):
        row = _write_sheets(sheet, spec, language, row + 1)
    _write_example(sheet, spec, language, row + 1)
    for letter, width in _WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = look.ACCENT_SOFT
    look.start_at(sheet, "B4")
    look.set_page(sheet, title, pages=1)


def _write_section(sheet: Worksheet, row: int, text: str) -> None:
    sheet.row_dimensions[row].height = 26
    for letter in "BCDE":
        sheet[f"{letter}{row}"].border = look.underline(look.ACCENT)
    cell = sheet[f"B{row}"]
    cell.value, cell.font = text, look.font(12, bold=True, color=look.ACCENT)
    cell.alignment = Alignment(vertical="center")


def _write_line(sheet: Worksheet, row: int, number: int | None, lead: str, text: str) -> None:
    """Write one numbered line; *text* runs on over the columns to the right of its own."""
    sheet.row_dimensions[row].height = _LINE
    for letter, value, face in (
        ("B", number, look.font(10, bold=True, color=look.ACCENT_SOFT)),
        ("C", lead or None, look.font(10, bold=bool(text))),
        ("D", text or None, look.font(10)),
    ):
        cell = sheet[f"{letter}{row}"]
        cell.value, cell.font = value, face
        is_number = letter == "B"
        cell.alignment = Alignment(
            horizontal="center" if is_number else "left", vertical="center", indent=0 if is_number else 1
        )


def _write_rules(sheet: Worksheet, spec: TemplateSpec, language: Language, row: int) -> int:
    """Write the numbered sentences from *row*; return the row after them."""
    _write_section(sheet, row, _HOW.in_(language))
    for number, sentence in enumerate(spec.guide, 1):
        row += 1
        parts = _LEAD.fullmatch(sentence.in_(language))
        lead, text = parts.groups() if parts else (sentence.in_(language), "")
        _write_line(sheet, row, number, lead, text[:1].upper() + text[1:])
    return row + 1


def _write_sheets(sheet: Worksheet, spec: TemplateSpec, language: Language, row: int) -> int:
    """Write what each sheet is for from *row*, its name a link to it; return the row after them."""
    _write_section(sheet, row, _SHEETS.in_(language))
    for part in spec.sheets:
        if part.help is None:
            continue
        row += 1
        title = part.label.in_(language)
        _write_line(sheet, row, None, title, part.help.in_(language))
        name = sheet[f"C{row}"]
        name.hyperlink = Hyperlink(ref=name.coordinate, location=f"{quote_sheetname(title)}!A1")
        name.font = look.font(10, bold=True, color=look.LINK)
    return row + 1


def _write_example(sheet: Worksheet, spec: TemplateSpec, language: Language, row: int) -> None:
    """Write the main sheet's fields below one another with their example, a line each."""
    main = spec.data_sheets[0]
    _write_section(sheet, row, _EXAMPLE.in_(language).format(main.label.in_(language)))
    row += 1
    sheet.row_dimensions[row].height = _LINE
    for letter, label in zip("BCDE", _HEADINGS, strict=True):
        cell = sheet[f"{letter}{row}"]
        cell.value, cell.font = label.in_(language), look.font(9, bold=True, color=look.PAPER)
        cell.fill, cell.alignment = look.fill(look.ACCENT), look.CENTRED if letter == "B" else look.INDENTED
    for column in live_columns(main):
        row += 1
        told = column.help.in_(language) if column.help else ""
        _write_field(
            sheet,
            row,
            letters(main)[column.key],
            heading(column).replace("\n", "  "),
            _example(column, spec, language),
            told,
        )


def _write_field(sheet: Worksheet, row: int, *texts: str) -> None:
    sheet.row_dimensions[row].height = look.height(zip(texts, (_WIDTHS[at] for at in "BCDE"), strict=True), least=_LINE)
    for letter, text in zip("BCDE", texts, strict=True):
        cell = sheet[f"{letter}{row}"]
        cell.value = text or None
        cell.font = look.font(9 if letter in "BE" else 10, color=look.INK if letter in "CD" else look.MUTED)
        cell.number_format = "@"
        cell.border = look.grid()
        cell.alignment = look.CENTRED if letter == "B" else look.INDENTED
        if letter in "BC":
            cell.fill = look.fill(look.TINT)


def _example(column: ColumnSpec, spec: TemplateSpec, language: Language) -> str:
    """Return the example as it would stand in the cell: a list item as its dropdown shows it."""
    if column.example is None:
        return ""
    text = column.example.in_(language)
    for item in spec.lists[column.list].items if column.list else ():
        if item.code == text:
            return shown(item.label)
    return text
