"""Write a data sheet: labels, hidden keys, column styles, dropdowns, prompts, reminders of required fields."""

from collections.abc import Mapping

from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.template import (
    REF_KEY,
    ColumnSpec,
    ColumnType,
    Condition,
    ListSpec,
    Meaning,
    SheetSpec,
    TemplateSpec,
)
from daysheet.model.text import Bilingual, Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.layout import (
    CONTACTS_LIST,
    CUSTOMERS_LIST,
    HEADER_ROW,
    KEY_ROW,
    YES_NO_LIST,
    first_row,
    has_key_row,
    letters,
    live_columns,
    ref_letter,
    spellings,
)

_FORMATS = {
    ColumnType.INT: "0",
    ColumnType.DECIMAL: "General",
    ColumnType.DATE: "yyyy-mm-dd",
    ColumnType.TIME: "hh:mm",
}
_LARGE = 100_000
_HEADER_HEIGHT = 46  # points: three lines of a wrapped label
_ROW_HEIGHT = 20  # points; rows still grow with what is written in them
_LAST_COLUMN = 16_384  # Excel's own
_MOST_FROZEN = 3  # columns kept in sight: more would leave a small screen nothing to scroll
_LONGEST_PROMPT_TITLE = 32  # Excel's limit
_LONGEST_PROMPT = 255


def number_format(column: ColumnSpec) -> str:
    """
    Return the format of a column: text unless it is a number, date or time, so that zeros stay.

    Numbers that may grow large are shown with separators.
    """
    if column.type in (ColumnType.INT, ColumnType.DECIMAL) and (column.maximum or 0) >= _LARGE:
        return "#,##0" if column.type is ColumnType.INT else "#,##0.00"
    return _FORMATS.get(column.type, "@")


def heading(column: ColumnSpec) -> str:
    """Return what stands in row 1: "zh" newline "en", a star after the zh where the field is required."""
    unit = f" ({column.unit})" if column.unit else ""
    star = " *" if column.required else ""
    return f"{column.label.zh}{unit}{star}\n{column.label.en}"


def write_grid(
    sheet: Worksheet, part: SheetSpec, spec: TemplateSpec, language: Language, lists: Mapping[str, str]
) -> None:
    """Write the data sheet *part*; *lists* maps list keys to the defined names of their ranges."""
    _write_headings(sheet, part, spec)
    for column in live_columns(part):
        letter = letters(part)[column.key]
        style = sheet.column_dimensions[letter]
        style.width = column.width + 0.7  # Excel's own padding
        style.number_format = number_format(column)
        style.font = look.font()
        style.border = look.grid()
        style.alignment = _alignment(column)
        style.protection = look.UNLOCKED
        span = f"{letter}{first_row(spec)}:{letter}{first_row(spec) + part.max_rows - 1}"
        if (check := validation(column, language, lists)) is not None:
            check.add(span)
            sheet.add_data_validation(check)
        if (formula := _missing(column, part, spec)) is not None:
            sheet.conditional_formatting.add(span, look.reminder(formula))
    _finish(sheet, part, spec, language)


def _write_headings(sheet: Worksheet, part: SheetSpec, spec: TemplateSpec) -> None:
    """Write the label row, the hidden key row and the hidden reference column."""
    columns = live_columns(part)
    for at, column in enumerate(columns, 1):
        cell = sheet.cell(HEADER_ROW, at, heading(column))
        cell.font = look.font(10, bold=column.required, color=look.PAPER)
        cell.fill = look.fill(look.ACCENT if column.required else look.ACCENT_SOFT)
        cell.border = look.grid(look.PAPER)
        cell.alignment = look.CENTRED
    sheet.cell(HEADER_ROW, len(columns) + 1, REF_KEY)
    if has_key_row(spec):
        for at, key in enumerate([*(column.key for column in columns), REF_KEY], 1):
            sheet.cell(KEY_ROW, at, key).font = look.font(8, color=look.MUTED)
        sheet.row_dimensions[KEY_ROW].hidden = True
    hidden = sheet.column_dimensions[ref_letter(part)]
    hidden.hidden = True
    hidden.number_format = "@"
    hidden.protection = look.UNLOCKED  # sorting a block of rows must carry it along
    rest = sheet.column_dimensions[get_column_letter(len(columns) + 2)]
    rest.min, rest.max, rest.width = len(columns) + 2, _LAST_COLUMN, 10
    rest.protection = look.UNLOCKED  # Excel deletes no row of a protected sheet that has one locked cell


def _finish(sheet: Worksheet, part: SheetSpec, spec: TemplateSpec, language: Language) -> None:
    sheet.row_dimensions[HEADER_ROW].height = _HEADER_HEIGHT
    sheet.sheet_format.defaultRowHeight = _ROW_HEIGHT
    # a phone has no width to spare for columns that stand still
    sheet.freeze_panes = f"{_first_scrolled(part) if spec.is_protected else 'A'}{first_row(spec)}"
    look.start_at(sheet, f"A{first_row(spec)}")
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = look.ACCENT
    look.set_page(
        sheet, f"{spec.title.in_(language)} · {part.label.in_(language)}", repeat=f"{HEADER_ROW}:{HEADER_ROW}"
    )


def _first_scrolled(part: SheetSpec) -> str:
    """Return the column after the customer, where that stands near the left edge, so that it stays in sight."""
    keys = letters(part)
    at = next((n for n, c in enumerate(live_columns(part)) if c.type is ColumnType.CUSTOMER), _MOST_FROZEN)
    names = [*keys.values(), ref_letter(part)]
    return names[at + 1] if at < _MOST_FROZEN and at + 1 < len(names) else "A"


def _alignment(column: ColumnSpec) -> Alignment:
    if column.type in (ColumnType.DATE, ColumnType.TIME, ColumnType.BOOL):
        return Alignment(horizontal="center", vertical="center")
    if column.type in (ColumnType.INT, ColumnType.DECIMAL):
        return Alignment(horizontal="right", vertical="center", indent=1)
    return look.WRAPPED


# ---- dropdowns and prompts ---------------------------------------------------------------------


def validation(column: ColumnSpec, language: Language, lists: Mapping[str, str]) -> DataValidation | None:
    """
    Return the dropdown and input prompt of a column, or None where it has neither.

    A dropdown only warns: the reader also takes codes, either language and aliases, and a customer
    or contact not on the list is a new one.
    """
    key = _list_key(column)
    name = lists.get(key)
    if name is None and column.help is None:
        return None
    check = DataValidation(type="list" if name else None, formula1=name, allow_blank=True)
    check.showErrorMessage = name is not None and key not in (CUSTOMERS_LIST, CONTACTS_LIST)
    if check.showErrorMessage:
        check.errorStyle = "warning"
        check.errorTitle = column.label.in_(language)[:_LONGEST_PROMPT_TITLE]
        check.error = _NOT_LISTED.in_(language)
    check.showInputMessage = column.help is not None
    if column.help is not None:
        check.promptTitle = column.label.in_(language)[:_LONGEST_PROMPT_TITLE]
        check.prompt = column.help.in_(language)[:_LONGEST_PROMPT]
    return check


def _list_key(column: ColumnSpec) -> str:
    """Return the key of the list that a column offers, "" for none."""
    if column.meaning is Meaning.CONTACT_NAME and column.list is None:
        return CONTACTS_LIST
    return {ColumnType.CUSTOMER: CUSTOMERS_LIST, ColumnType.BOOL: YES_NO_LIST}.get(column.type, column.list or "")


_NOT_LISTED = Bilingual(
    zh="这不在下拉列表里。最好从列表中选；确实要这样写就选“是”。",
    en="This is not in the list. Please choose from it; to keep what you wrote, answer Yes.",
)


# ---- reminders of required fields --------------------------------------------------------------


def _missing(column: ColumnSpec, part: SheetSpec, spec: TemplateSpec) -> str | None:
    """Return the formula that is true where a row was begun and this required cell is still empty."""
    keys, row = letters(part), first_row(spec)
    empty = f"LEN(TRIM(${keys[column.key]}{row}))=0"
    if column.required:
        last = list(keys.values())[-1]
        return f"AND(COUNTA($A{row}:${last}{row})>0,{empty})"
    if column.required_if is not None and column.required_if.column in keys:
        return f"AND({empty},{_holds(column.required_if, part, spec.lists, row)})"
    return None


def _holds(condition: Condition, part: SheetSpec, lists: Mapping[str, ListSpec], row: int) -> str:
    """Return the formula of a condition on the same row, whichever way its value is spelt."""
    other = part.column(condition.column)
    cell = f"${letters(part)[other.key]}{row}"
    values = sorted(condition.values)
    if other.list is not None:
        items = [item for item in lists[other.list].items if item.code in condition.values]
        values = [spelling for item in items for spelling in spellings(item)]
    tests = ",".join('{}="{}"'.format(cell, value.replace('"', '""')) for value in values)
    return f"OR({tests})"
