"""
Where things stand in the workbook: what ``build`` writes, ``validation`` reads and ``mark`` marks.

Data sheets: row 1 holds the labels ("zh" newline "en", a required one with " *" after the zh),
row 2, hidden, the field keys, and the rows start at 3. The column after the last is ``_ref``, hidden.
A template that is not protected (the phone form) has no hidden row 2: its rows start at 2.

The cover is a form, label beside value: key in column A (hidden), label in B, value in C, a hint in
D; its first field stands in row 4. Rows 1 and 2 are the title, row 3 is empty.

Sheets are named by their label in the workbook's language. A guide and a hidden ``_lists`` with the
dropdowns' items follow them.
"""

from openpyxl.utils import get_column_letter

from daysheet.model.template import ColumnSpec, ListItem, SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Bilingual

HEADER_ROW = 1
KEY_ROW = 2
COVER_KEY, COVER_LABEL, COVER_VALUE, COVER_HINT = "ABCD"
COVER_FIRST_ROW = 4

LISTS_SHEET = "_lists"
GUIDE_SHEET = Bilingual(zh="填写说明", en="Guide")
CUSTOMERS_LIST = "customers"
CONTACTS_LIST = "contact_names"
YES_NO_LIST = "yes_no"
YES_NO = (Bilingual(zh="是", en="Yes"), Bilingual(zh="否", en="No"))

TEMPLATE_NAME = "daysheet_template"
"""The hidden defined name that carries "id/version/digest" as a text constant."""
TEMPLATE_PROPERTY = "daysheet.template"
VERSION_PROPERTY = "daysheet.version"
DIGEST_PROPERTY = "daysheet.digest"


def has_key_row(spec: TemplateSpec) -> bool:
    """Say whether the data sheets carry the hidden row of field keys."""
    return spec.is_protected


def first_row(spec: TemplateSpec) -> int:
    """Return the number of the first data row."""
    return KEY_ROW + 1 if has_key_row(spec) else HEADER_ROW + 1


def live_columns(sheet: SheetSpec) -> tuple[ColumnSpec, ...]:
    """Return the columns that a new workbook still has."""
    return tuple(column for column in sheet.columns if column.removed is None)


def letters(sheet: SheetSpec) -> dict[str, str]:
    """Return field key → column letters of a data sheet."""
    return {column.key: get_column_letter(at) for at, column in enumerate(live_columns(sheet), 1)}


def ref_letter(sheet: SheetSpec) -> str:
    """Return the letters of the hidden ``_ref`` column."""
    return get_column_letter(len(live_columns(sheet)) + 1)


def cell_of(spec: TemplateSpec, sheet: SheetSpec, key: str, row: int) -> tuple[str, int]:
    """Return column letters and row of a field: the cover has one place for it, a data sheet one in each *row*."""
    if sheet.role is SheetRole.COVER:
        keys = [column.key for column in live_columns(sheet)]
        return COVER_VALUE, COVER_FIRST_ROW + keys.index(key)
    return letters(sheet)[key], row


def list_name(key: str) -> str:
    """Return the defined name behind which a list stands."""
    return f"list_{key}"


def shown(label: Bilingual) -> str:
    """Return a list item as dropdowns show it: "zh en", once where both are the same."""
    return label.zh if label.zh == label.en else f"{label.zh} {label.en}"


def spellings(item: ListItem) -> tuple[str, ...]:
    """Return the ways a cell usually holds *item*, for the conditional formats."""
    return tuple(dict.fromkeys((shown(item.label), item.label.zh, item.label.en, item.code)))
