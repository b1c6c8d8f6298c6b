"""
Open a sender's workbook for rewriting, or say that it would lose something.

openpyxl drops what it does not know without a word. So a workbook is opened only if each of its
parts, and each element of its sheets, is on the list of what survives or is of no account (printer
settings, the calculation chain, a thumbnail …). Everything else — drawings, charts, macros, pivot
tables, links to other files, form controls, newer kinds of validation — raises CannotMark.
"""

import io
import re
import warnings
import zipfile
from typing import Any
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.xml.constants import ARC_CORE

from daysheet.errors import CannotMark
from daysheet.templates_xlsx.facts import PAGE_TEXTS, Facts

_LARGEST = 16 << 20
"""Bytes of sheet XML: at openpyxl's pace some five seconds."""
_MOST_PARTS = 500
_LARGEST_RANGE = 100_000  # cells of a merge or a link; openpyxl makes an object for each
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

_PARTS = re.compile(
    r"""\[Content_Types\]\.xml | _rels/\.rels | .*/
    | docProps/(core|app|custom)\.xml
    | xl/(workbook|styles|sharedStrings)\.xml | xl/_rels/workbook\.xml\.rels | xl/theme/theme\d*\.xml
    | xl/worksheets/[^/]+\.xml | xl/worksheets/_rels/[^/]+\.rels
    | xl/comments\d*\.xml | xl/comments/comments?\d*\.xml | xl/drawings/[^/]+\.vml | xl/tables/table\d*\.xml
    # of no account
    | xl/calcChain\.xml | xl/printerSettings/.* | docProps/thumbnail\.\w+ | customXml/.* | docMetadata/.*
    | customStorage/.* | xl/persons/.*""",
    re.VERBOSE,
)
_ELEMENTS = frozenset(
    {
        "sheetPr",
        "dimension",
        "sheetViews",
        "sheetFormatPr",
        "cols",
        "sheetData",
        "sheetProtection",
        "autoFilter",
        "mergeCells",
        "conditionalFormatting",
        "dataValidations",
        "hyperlinks",
        "printOptions",
        "pageMargins",
        "pageSetup",
        "headerFooter",
        "rowBreaks",
        "colBreaks",
        "legacyDrawing",
        "tableParts",
        "scenarios",
        "extLst",
        # of no account
        "sheetCalcPr",
        "phoneticPr",
        "ignoredErrors",
        "sortState",
    }
)
_HARMLESS_EXTENSIONS = frozenset({"{64002731-A6B0-56B0-2670-7721B7C09600}"})  # page layout view of Excel for Mac
_HARMLESS_WARNINGS = ("Workbook contains no", "Unknown extension")  # extensions were looked at one by one
_CONTROL = re.compile(rb'ObjectType="(?!Note")|<v:imagedata')


def open_workbook(original: bytes) -> tuple[Workbook, dict[str, Facts]]:
    """
    Return the workbook, ready to be changed and written, and the facts of each sheet by its title.

    Raises CannotMark where writing it back would lose or change anything the sender made.
    """
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            _inspect_package(original)
            reader = _Reader(io.BytesIO(original))
            reader.read()
            _restore_styles(reader)
    except CannotMark:
        raise
    except InvalidFileException as error:
        raise CannotMark("it is not an Excel workbook") from error
    except Exception as error:
        # openpyxl has no error of its own: odd files make it trip over anything at all
        raise CannotMark(f"it cannot be opened for rewriting: {type(error).__name__}: {error}") from error
    for warning in said:
        text = str(warning.message)
        if "openpyxl" in warning.filename and not text.startswith(_HARMLESS_WARNINGS):
            raise CannotMark(f"it cannot be rewritten whole: {text}")
    return reader.wb, reader.facts


# ---- the package -------------------------------------------------------------------------------


def _inspect_package(original: bytes) -> None:
    """Refuse parts that would be dropped, in a package that is not what it seems or is too large."""
    try:
        package = zipfile.ZipFile(io.BytesIO(original))
    except zipfile.BadZipFile as error:
        raise CannotMark("it is not an .xlsx workbook") from error
    with package:
        entries = package.infolist()
        if len(entries) > _MOST_PARTS:
            raise CannotMark(f"it has {len(entries)} parts")
        for entry in entries:
            if not _PARTS.fullmatch(entry.filename):
                raise CannotMark(f"it has a part that would be lost: {entry.filename}")
            if entry.filename.endswith(".vml") and _CONTROL.search(package.read(entry)):
                raise CannotMark("it has form controls or pictures that would be lost")
        size = sum(entry.file_size for entry in entries if entry.filename.startswith("xl/"))
        if size > _LARGEST:
            raise CannotMark(f"it is too large to rewrite: {size >> 20} MiB")
        if b"macroEnabled" in package.read("[Content_Types].xml"):
            raise CannotMark("it has macros")


class _Reader(ExcelReader):
    """openpyxl's reader, which looks at each sheet first and leaves serial dates the numbers they are."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, rich_text=True)
        self.facts: dict[str, Facts] = {}

    def read_properties(self) -> None:
        """Read title, author and dates; what the file does not state stays unstated instead of becoming today's."""
        super().read_properties()
        stated = self.archive.read(ARC_CORE) if ARC_CORE in self.valid_files else b""
        for tag in ("creator", "created", "modified"):
            if f":{tag}".encode() not in stated:
                setattr(self.wb.properties, tag, None)

    def read_worksheets(self) -> None:
        """Inspect every sheet, then read them all; no cell is taken for a date, so none is converted or refused."""
        found = [(sheet.name, rel.target) for sheet, rel in self.parser.find_sheets()]
        for name, part in found:
            if part not in self.valid_files:
                raise CannotMark(f"the sheet {name!r} is missing from it")
            self.facts[name] = _SheetInspector().inspect(self.archive.read(part))
        book: Any = self.wb  # the stubs know none of its inner tables
        book._date_formats = book._timedelta_formats = set()
        super().read_worksheets()


def _restore_styles(reader: _Reader) -> None:
    """
    Put right what openpyxl assumes of styles.

    It takes the first style for an empty one, which it is not where LibreOffice wrote the file, and
    replaces those of merged cells by the frame of their range.
    """
    book: Any = reader.wb
    for sheet in book.worksheets:
        facts = reader.facts[sheet.title]
        for group in sheet.column_dimensions.values():
            if not group.has_style:
                group._style = StyleArray(book._cell_styles[0])
        for merge in facts.merges:
            left, top, right, bottom = _bounds(merge)
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    cell = sheet.cell(row, column)
                    style = facts.styles.get(cell.coordinate, 0)
                    cell._style = StyleArray(book._cell_styles[style])


def _bounds(reference: str) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a range that is not beyond reason; raises CannotMark for others."""
    left, top, right, bottom = range_boundaries(reference)
    if left is None or top is None or right is None or bottom is None:
        raise CannotMark(f"it has a range without end: {reference}")
    if (right - left + 1) * (bottom - top + 1) > _LARGEST_RANGE:
        raise CannotMark(f"it has a range too large to rewrite: {reference}")
    return left, top, right, bottom


# ---- one sheet ---------------------------------------------------------------------------------


class _SheetInspector:
    """Reads a sheet's XML once, refuses what would be lost and collects its facts."""

    def __init__(self) -> None:
        self._facts = Facts()
        self._depth = 0
        self._cell = self._type = ""
        self._text: list[str] = []
        self._has_formula = self._in_value = False

    def inspect(self, content: bytes) -> Facts:
        """Return the facts of a sheet; raises CannotMark where something in it would be lost."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.buffer_text = True
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            raise CannotMark(f"one of its sheets is broken: {error}") from error
        self._check_ranges()
        return self._facts

    def _doctype(self, *_: object) -> None:
        raise CannotMark("it declares a document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        space, _, tag = name.rpartition(" ")
        if self._depth == 1 and (space, tag) != (_MAIN, "worksheet"):
            raise CannotMark(f"it has a sheet of a kind that cannot be rewritten: {tag}")
        if self._depth == 2 and (space != _MAIN or tag not in _ELEMENTS):
            raise CannotMark(f"it has something that would be lost: {tag}")
        if space != _MAIN:
            return
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "f":
            self._has_formula = True
        elif tag in ("v", "is"):
            self._in_value = True
        elif tag in PAGE_TEXTS:
            self._text, self._in_value = [], True
        elif tag == "ext" and attributes.get("uri", "").upper() not in _HARMLESS_EXTENSIONS:
            raise CannotMark(f"it has an extension that would be lost: {attributes.get('uri')}")
        elif tag == "mergeCell":
            self._facts.merges.append(attributes.get("ref", ""))
        elif tag == "hyperlink":
            self._facts.links.append(attributes.get("ref", ""))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell, self._type = attributes.get("r", ""), attributes.get("t", "n")
        self._has_formula, self._text = False, []
        if not self._cell:
            raise CannotMark("its cells carry no addresses")
        if "cm" in attributes or "vm" in attributes or self._type == "d":
            raise CannotMark(f"the cell {self._cell} holds a kind of value that would be lost")
        if (style := int(attributes.get("s", "0"))) != 0:
            self._facts.styles[self._cell] = style

    def _characters(self, text: str) -> None:
        if self._in_value:
            self._text.append(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        tag = name.rpartition(" ")[2]
        if tag in ("v", "is"):
            self._in_value = False
        elif tag in PAGE_TEXTS:
            self._in_value = False
            self._facts.page_texts[tag] = "".join(self._text)
        elif tag == "c":
            self._end_cell("".join(self._text))

    def _end_cell(self, text: str) -> None:
        if text or self._has_formula:
            self._facts.valued.add(self._cell)
        if self._has_formula:
            if text:
                self._facts.results[self._cell] = (self._type, text)
        elif self._type == "n" and text and text != f"{float(text):.16g}":
            self._facts.numbers[self._cell] = text

    def _check_ranges(self) -> None:
        """Refuse values hidden under a merge and links on empty cells: openpyxl drops the one and fills the other."""
        for reference in (*self._facts.merges, *self._facts.links):
            _bounds(reference)
        for reference in self._facts.links:
            if ":" in reference or reference not in self._facts.valued:
                raise CannotMark(f"it has a link on {reference}, which would change")
        if self._facts.merges:
            covered = [_bounds(merge) for merge in self._facts.merges]
            for address in self._facts.valued:
                column, row, _, _ = range_boundaries(address)
                assert column is not None
                assert row is not None
                for left, top, right, bottom in covered:
                    if left <= column <= right and top <= row <= bottom and (column, row) != (left, top):
                        raise CannotMark(f"it has a value under merged cells: {address}")
