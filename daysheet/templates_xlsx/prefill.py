"""
A rep's own workbook: the blank, with cover, dropdowns and rows filled in.

The blank is built once for a form and language and kept as packed parts; for each rep only the
parts that differ are written: cover, lists, the sheets with prefilled rows, and the names of lists.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from daysheet.model.people import Person
from daysheet.model.template import ColumnSpec, ColumnType, Meaning, SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Language
from daysheet.templates_xlsx import look
from daysheet.templates_xlsx.build import workbook
from daysheet.templates_xlsx.cell_xml import Face, as_text, text_cell, value_cell
from daysheet.templates_xlsx.cover import known_of
from daysheet.templates_xlsx.layout import (
    CONTACTS_LIST,
    CUSTOMERS_LIST,
    LISTS_SHEET,
    cell_of,
    first_row,
    letters,
    list_name,
    live_columns,
    ref_letter,
)
from daysheet.templates_xlsx.marks import style_of
from daysheet.templates_xlsx.package import joined, pack, parts_of, to_bytes

_BOOK = "xl/workbook.xml"
_END = "</sheetData>"
_ROW = re.compile(r'<row r="(\d+)"[^>]*>(.*?)</row>', re.DOTALL)
_DIMENSION = re.compile(r'<dimension ref="[^"]*"')
_WRAPPED = frozenset({ColumnType.TEXT, ColumnType.CUSTOMER, ColumnType.PHONE, ColumnType.EMAIL, ColumnType.ENUM})


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A row to be updated rather than typed again: values by column key, and the hidden reference."""

    values: Mapping[str, object]
    ref: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a rep's workbook holds besides the blank: *rows* by sheet key."""

    person: Person
    report_date: date | None = None
    customers: Sequence[str] = ()
    contacts: Sequence[str] = ()
    rows: Mapping[str, Sequence[Prefilled]] = field(default_factory=dict)


class Blank:
    """
    The blank of a form in one language, ready to be filled in, with dropdowns of customers and contacts or without.

    The same contents give the same bytes.
    """

    def __init__(self, spec: TemplateSpec, language: Language, *, has_customers: bool, has_contacts: bool) -> None:
        self._spec = spec
        book = workbook(
            spec,
            language,
            customers=("-",) if has_customers else (),
            contacts=("-",) if has_contacts else (),
        )
        names = {sheet.title: f"xl/worksheets/sheet{at}.xml" for at, sheet in enumerate(book.worksheets, 1)}
        sheets = {part.key: book[part.label.in_(language)] for part in spec.sheets}
        faces = {part.key: _faces(book, sheets[part.key], part, spec) for part in spec.sheets}
        plain = _face(book, StyleArray())
        parts = parts_of(to_bytes(book))
        self._parts = {name: pack(content) for name, content in parts.items()}
        self._book = parts[_BOOK].decode()
        self._lists_part = names[LISTS_SHEET]
        self._lists = _Lists(parts[self._lists_part].decode(), plain, has_customers, has_contacts)
        self._grids: dict[str, tuple[str, _Grid]] = {}
        self._cover: tuple[str, _Cover] | None = None
        for part in spec.sheets:
            name = names[part.label.in_(language)]
            xml = parts[name].decode()
            if part.role is SheetRole.COVER:
                self._cover = name, _Cover(xml, part, spec, faces[part.key])
            else:
                self._grids[part.key] = name, _Grid(xml, part, spec, faces[part.key])

    def fill(self, contents: Contents) -> bytes:
        """Return the workbook with *contents*; raises ValueError where there are names and no dropdown for them."""
        changed: dict[str, str] = {}
        if self._cover is not None:
            changed[self._cover[0]] = self._cover[1].fill(contents)
        for key, rows in contents.rows.items():
            if rows and key in self._grids:
                name, grid = self._grids[key]
                changed[name] = grid.fill(rows)
        customers, contacts = _distinct(contents.customers), _distinct(contents.contacts)
        changed[self._lists_part], ranges = self._lists.fill(customers, contacts)
        changed[_BOOK] = _renamed(self._book, ranges)
        return joined(self._parts | {name: pack(xml.encode()) for name, xml in changed.items()})


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name.strip()))


def _renamed(book: str, ranges: Mapping[str, str]) -> str:
    """Return the workbook's part, the defined names of lists standing for other ranges."""
    for key, reference in ranges.items():
        name = re.escape(list_name(key))
        book = re.sub(rf'(<definedName name="{name}"[^>]*>)[^<]*', rf"\g<1>{reference}", book)
    return book


# ---- styles --------------------------------------------------------------------------------------


def _face(book: Workbook, style: StyleArray) -> Face:
    """Return the numbers that a style and its twin for texts like formulas have in the saved workbook."""
    styles: Any = book
    twin: Any = StyleArray(style)
    twin.quotePrefix = 1
    return Face(styles._cell_styles.add(style), styles._cell_styles.add(twin))


def _faces(book: Workbook, sheet: Worksheet, part: SheetSpec, spec: TemplateSpec) -> dict[str, Face]:
    """Return, by column letters (of the cover by address), how its cells look."""
    if part.role is SheetRole.COVER:
        places = (cell_of(spec, part, column.key, 0) for column in live_columns(part))
        return {f"{at}{row}": _face(book, style_of(sheet[f"{at}{row}"])) for at, row in places}
    found = [*letters(part).values(), ref_letter(part)]
    return {letter: _face(book, style_of(sheet.column_dimensions[letter])) for letter in found}


# ---- parts ---------------------------------------------------------------------------------------


class _Cover:
    """The cover's part; what is known is written into its cells, which stand there empty."""

    def __init__(self, xml: str, part: SheetSpec, spec: TemplateSpec, faces: Mapping[str, Face]) -> None:
        self._xml, self._spec = xml, spec
        self._fields: list[tuple[ColumnSpec, str, Face, str]] = []
        for column in live_columns(part):
            letter, row = cell_of(spec, part, column.key, 0)
            address = f"{letter}{row}"
            empty = re.search(rf'<c r="{address}"[^>]*/>', xml)
            assert empty is not None, f"{spec.id}: the cover has no empty cell {address}"
            self._fields.append((column, address, faces[address], empty[0]))

    def fill(self, contents: Contents) -> str:
        xml = self._xml
        for column, address, face, empty in self._fields:
            if column.meaning is Meaning.REPORT_DATE:
                made = value_cell(address, face, column, contents.report_date, self._spec.lists)
            else:
                known = known_of(column, self._spec, contents.person)
                made = text_cell(address, face, known) if known else ""
            if made:
                xml = xml.replace(empty, made, 1)
        return xml


class _Grid:
    """A data sheet's part, cut where its rows go."""

    def __init__(self, xml: str, part: SheetSpec, spec: TemplateSpec, faces: Mapping[str, Face]) -> None:
        self._head, self._tail = xml.split(_END)
        self._lists = spec.lists
        self._first, self._most = first_row(spec), part.max_rows
        names = letters(part)
        self._columns = [(column, names[column.key], faces[names[column.key]]) for column in live_columns(part)]
        self._ref = ref_letter(part)
        self._ref_face = faces[self._ref]

    def fill(self, rows: Sequence[Prefilled]) -> str:
        made = [self._row(number, row) for number, row in enumerate(rows[: self._most], self._first)]
        head = _DIMENSION.sub(f'<dimension ref="A1:{self._ref}{self._first + len(made) - 1}"', self._head, count=1)
        return "".join((head, *made, _END, self._tail))

    def _row(self, number: int, row: Prefilled) -> str:
        cells = [
            value_cell(f"{letter}{number}", face, column, value, self._lists)
            for column, letter, face in self._columns
            if (value := row.values.get(column.key)) is not None
        ]
        cells.append(text_cell(f"{self._ref}{number}", self._ref_face, row.ref))
        return f'<row r="{number}"{self._height(row)}>{"".join(cells)}</row>'

    def _height(self, row: Prefilled) -> str:
        """Return the height where a text takes more than a line; it stays free to grow with what is typed."""
        long = [
            (text, float(column.width))
            for column, _, _ in self._columns
            if column.type in _WRAPPED
            and (value := row.values.get(column.key)) is not None
            # a list item is shown longer than the code it is known by; the others are looked at only where need be
            and (text := as_text(column, value, self._lists) if column.list else str(value))
            and (2 * len(text) > column.width - 2 or "\n" in text)
        ]
        height = look.height(long) if long else 0
        return f' ht="{height:g}"' if height > look.height(()) else ""


class _Lists:
    """The part of the hidden lists; a rep's customers and contacts are its last columns."""

    def __init__(self, xml: str, face: Face, has_customers: bool, has_contacts: bool) -> None:
        start = xml.index("<sheetData>") + len("<sheetData>")
        end = xml.index(_END)
        self._head, self._tail = xml[:start], xml[end:]
        self._face = face
        rows = {int(number): cells for number, cells in _ROW.findall(xml[start:end])}
        keys = [key for key, has in ((CUSTOMERS_LIST, has_customers), (CONTACTS_LIST, has_contacts)) if has]
        width = len(re.findall("<c ", rows[1]))
        self._letters = {key: get_column_letter(width - len(keys) + at) for at, key in enumerate(keys, 1)}
        own = re.compile(rf'<c r="(?:{"|".join(self._letters.values()) or "-"})2".*?</c>', re.DOTALL)
        self._rows = rows | {2: own.sub("", rows[2])}

    def fill(self, customers: Sequence[str], contacts: Sequence[str]) -> tuple[str, dict[str, str]]:
        """Return the part, and by key of a list the range that it stands in."""
        names = {key: some for key, some in ((CUSTOMERS_LIST, customers), (CONTACTS_LIST, contacts)) if some}
        if names.keys() != self._letters.keys():
            raise ValueError(f"the blank has dropdowns of {sorted(self._letters)}, not of {sorted(names)}")
        columns = [(self._letters[key], some) for key, some in names.items()]
        last = max([max(self._rows), *(len(some) + 1 for some in names.values())])
        rows = []
        for number in range(1, last + 1):
            own = "".join(
                text_cell(f"{letter}{number}", self._face, some[number - 2])
                for letter, some in columns
                if 2 <= number < len(some) + 2
            )
            rows.append(f'<row r="{number}">{self._rows.get(number, "")}{own}</row>')
        head = _DIMENSION.sub(f'<dimension ref="A1:{self._last_letter()}{last}"', self._head, count=1)
        ranges = {
            key: f"'{LISTS_SHEET}'!${letter}$2:${letter}${len(names[key]) + 1}" for key, letter in self._letters.items()
        }
        return "".join((head, *rows, self._tail)), ranges

    def _last_letter(self) -> str:
        return get_column_letter(len(re.findall("<c ", self._rows[1])))
