"""
Build the workbook that reps fill in, from the spec alone.

Where everything stands — and what ``validation`` may rely on — is written in ``layout.py``: data
sheets with labels in row 1 and hidden keys in row 2, the cover as a form with its keys in the hidden
column A, labels in B, values in C and hints in D from row 4.

There is no ready-made filter: on a protected sheet it would have to start in row 1, and sorting or
filtering through it would take the hidden key row along as if it were data.
"""

from collections.abc import Sequence

from openpyxl.packaging.custom import StringProperty
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.people import Person
from daysheet.model.template import SheetRole, TemplateSpec
from daysheet.model.text import Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.cells import write_text
from daysheet.templates_xlsx.cover import write_cover
from daysheet.templates_xlsx.grid import write_grid
from daysheet.templates_xlsx.guide import write_guide
from daysheet.templates_xlsx.layout import (
    CONTACTS_LIST,
    CUSTOMERS_LIST,
    DIGEST_PROPERTY,
    GUIDE_SHEET,
    LISTS_SHEET,
    TEMPLATE_NAME,
    TEMPLATE_PROPERTY,
    VERSION_PROPERTY,
    YES_NO,
    YES_NO_LIST,
    list_name,
    shown,
)
from daysheet.templates_xlsx.package import EPOCH, to_bytes


def build(
    spec: TemplateSpec,
    language: Language,
    *,
    customers: Sequence[str] = (),
    contacts: Sequence[str] = (),
    person: Person | None = None,
) -> bytes:
    """
    Return the blank workbook of *spec* as .xlsx; the same arguments give the same bytes.

    *customers* (canonical names) and *contacts*, in the order wanted, fill the dropdowns of customers
    and contacts; *person*'s name, number and region stand on the cover. *language* chooses sheet
    names, prompts and guide; labels and list items are always in both.
    """
    return to_bytes(workbook(spec, language, customers=customers, contacts=contacts, person=person))


def workbook(
    spec: TemplateSpec,
    language: Language,
    *,
    customers: Sequence[str] = (),
    contacts: Sequence[str] = (),
    person: Person | None = None,
) -> Workbook:
    """Return what ``build`` saves, still open for writing."""
    book = Workbook()
    book.remove(book.worksheets[0])
    look.set_normal(book)
    columns = _columns_of_lists(spec, customers, contacts)
    lists = {key: list_name(key) for key in columns}
    for part in spec.sheets:
        sheet = book.create_sheet(part.label.in_(language))
        if part.role is SheetRole.COVER:
            write_cover(sheet, part, spec, language, lists, person)
        else:
            write_grid(sheet, part, spec, language, lists)
    if spec.guide:
        write_guide(book.create_sheet(GUIDE_SHEET.in_(language)), spec, language)
    _write_lists(book, columns)
    _identify(book, spec, language)
    if spec.is_protected:
        for sheet in book.worksheets:
            _protect(sheet)
    return book


def _columns_of_lists(
    spec: TemplateSpec, customers: Sequence[str], contacts: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return list key → what its dropdown shows; a rep's own customers and contacts come last."""
    found = {key: tuple(shown(item.label) for item in choices.items) for key, choices in spec.lists.items()}
    found[YES_NO_LIST] = tuple(shown(label) for label in YES_NO)
    for key, names in ((CUSTOMERS_LIST, customers), (CONTACTS_LIST, contacts)):
        found.pop(key, None)
        if offered := tuple(dict.fromkeys(name for name in names if name.strip())):
            found[key] = offered
    return found


def _write_lists(book: Workbook, columns: dict[str, tuple[str, ...]]) -> None:
    """Write each list as a plain range on the hidden sheet, behind a defined name."""
    sheet = book.create_sheet(LISTS_SHEET)
    sheet.sheet_state = "hidden"
    for at, (key, texts) in enumerate(columns.items(), 1):
        sheet.cell(1, at, key).font = look.font(bold=True)
        for row, text in enumerate(texts, 2):
            write_text(sheet.cell(row, at), text)
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = 24
        reference = f"{quote_sheetname(LISTS_SHEET)}!${letter}$2:${letter}${len(texts) + 1}"
        book.defined_names[list_name(key)] = DefinedName(list_name(key), attr_text=reference)


def _identify(book: Workbook, spec: TemplateSpec, language: Language) -> None:
    """Leave the template's identity twice: custom properties, and a hidden name for programs that drop those."""
    for name, value in (
        (TEMPLATE_PROPERTY, spec.id),
        (VERSION_PROPERTY, str(spec.version)),
        (DIGEST_PROPERTY, spec.digest),
    ):
        book.custom_doc_props.append(StringProperty(name=name, value=value))  # type: ignore[attr-defined]  # newer than the stubs
    mark = f'"{spec.id}/{spec.version}/{spec.digest}"'
    book.defined_names[TEMPLATE_NAME] = DefinedName(TEMPLATE_NAME, attr_text=mark, hidden=True)
    properties = book.properties
    properties.title, properties.creator, properties.lastModifiedBy = spec.title.in_(language), "Daysheet", "Daysheet"
    properties.created = properties.modified = EPOCH


def _protect(sheet: Worksheet) -> None:
    """Keep labels and formats from accidents; no password, for it is no secret. False means allowed."""
    guard = sheet.protection
    guard.sheet = True
    guard.sort = guard.autoFilter = False
    guard.insertRows = guard.deleteRows = False
    guard.formatColumns = guard.formatRows = guard.formatCells = False
