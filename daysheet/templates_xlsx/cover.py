"""Write the cover: a form, label beside value."""

from collections.abc import Mapping

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.people import Person
from daysheet.model.template import ColumnSpec, ColumnType, Meaning, SheetSpec, TemplateSpec
from daysheet.model.text import Bilingual, Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.cells import write_text
from daysheet.templates_xlsx.grid import heading, number_format, validation
from daysheet.templates_xlsx.layout import (
    COVER_FIRST_ROW,
    COVER_HINT,
    COVER_KEY,
    COVER_LABEL,
    COVER_VALUE,
    GUIDE_SHEET,
    live_columns,
    shown,
)
from daysheet.templates_xlsx.nodes import folded

_LONG_TEXT = 300  # characters; a field that may hold more gets a tall cell
_ROW_HEIGHT, _TALL_ROW_HEIGHT = 34, 96  # points
_CHOOSE = Bilingual(zh="从下拉列表中选。", en="Choose from the list.")
_NOTHING = Bilingual(zh="", en="")
_LEGEND = Bilingual(zh="* 必填 · 怎么填见“{}”", en="* must be filled · see “{}”")


def write_cover(
    sheet: Worksheet,
    part: SheetSpec,
    spec: TemplateSpec,
    language: Language,
    lists: Mapping[str, str],
    person: Person | None,
) -> None:
    """Write the cover *part*, with the name, number and region of *person* where given."""
    other = Language.EN if language is Language.ZH else Language.ZH
    look.title_band(sheet, COVER_LABEL, COVER_HINT, spec.title.in_(language), spec.title.in_(other))
    if spec.guide:
        _write_legend(sheet, language)
    for row, column in enumerate(live_columns(part), COVER_FIRST_ROW):
        _write_field(sheet, row, column, language)
        value = f"{COVER_VALUE}{row}"
        if (check := validation(column, language, lists)) is not None:
            check.add(value)
            sheet.add_data_validation(check)
        if column.required:
            sheet.conditional_formatting.add(value, look.reminder(f"LEN(TRIM(${COVER_VALUE}${row}))=0"))
        if person is not None and (known := known_of(column, spec, person)):
            write_text(sheet[value], known)
    _finish(sheet, part, spec, language)


def _write_legend(sheet: Worksheet, language: Language) -> None:
    legend = sheet[f"{COVER_HINT}2"]
    legend.value = _LEGEND.in_(language).format(GUIDE_SHEET.in_(language))
    legend.font = look.font(9, color=look.ON_ACCENT)
    legend.alignment = Alignment(horizontal="right", vertical="top", indent=1)


def _write_field(sheet: Worksheet, row: int, column: ColumnSpec, language: Language) -> None:
    is_tall = column.type is ColumnType.TEXT and (column.max_length or 0) > _LONG_TEXT
    sheet.row_dimensions[row].height = _TALL_ROW_HEIGHT if is_tall else _ROW_HEIGHT
    sheet[f"{COVER_KEY}{row}"] = column.key
    label = sheet[f"{COVER_LABEL}{row}"]
    label.value = heading(column)
    label.font = look.font(10, bold=column.required, color=look.ACCENT)
    label.fill = look.fill(look.TINT)
    label.alignment = look.INDENTED
    label.border = look.grid()
    value = sheet[f"{COVER_VALUE}{row}"]
    value.number_format = number_format(column)
    value.font = look.font(11)
    value.border = look.grid()
    value.protection = look.UNLOCKED
    value.alignment = Alignment(
        horizontal="left", vertical="top" if is_tall else "center", wrap_text=True, indent=0 if is_tall else 1
    )
    hint = sheet[f"{COVER_HINT}{row}"]
    hint.value = (column.help or (_CHOOSE if column.list else None) or _NOTHING).in_(language) or None
    hint.font = look.font(9, color=look.MUTED)
    hint.alignment = look.INDENTED


def known_of(column: ColumnSpec, spec: TemplateSpec, person: Person) -> str:
    """Return what is known of *person* for this field, "" for nothing."""
    if column.meaning is Meaning.REP_NAME:
        return person.name
    if column.meaning is Meaning.REP_NUMBER:
        return person.number
    if column.key != "region" or not person.region:
        return ""
    for item in spec.lists[column.list].items if column.list else ():
        if folded(person.region) in {folded(t) for t in (item.code, item.label.zh, item.label.en, *item.aliases)}:
            return shown(item.label)
    return person.region


def _finish(sheet: Worksheet, part: SheetSpec, spec: TemplateSpec, language: Language) -> None:
    sheet.column_dimensions[COVER_KEY].hidden = True
    widths = {COVER_LABEL: 24, COVER_VALUE: max([58, *(c.width for c in live_columns(part))]), COVER_HINT: 50}
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = look.ACCENT
    look.set_page(sheet, f"{spec.title.in_(language)} · {part.label.in_(language)}", pages=1)
    open_fields = (row for row, c in enumerate(live_columns(part), COVER_FIRST_ROW) if c.required)
    look.start_at(sheet, f"{COVER_VALUE}{next(open_fields, COVER_FIRST_ROW)}")
