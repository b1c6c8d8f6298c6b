"""
Our own look at a sheet's XML for what the reader drops.

Error cells, formulas that were never calculated and pictures in cells come out of it as empty; so do
hidden rows, merged ranges, custom document properties and defined names. Each search runs only if a
cheap test says there is something to find.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

from daysheet.ingest.preflight import double_quoted, end_of_cells
from daysheet.model.rows import CellFault


@dataclass(frozen=True, slots=True)
class SheetScan:
    """What one sheet's XML holds besides values."""

    faults: Mapping[tuple[int, int], tuple[CellFault, str]] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    merges: tuple[tuple[int, int, int, int], ...] = ()


_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_TYPE = re.compile(rb'\bt="(\w+)"')
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*>?([^<]*)")
_ANY_FORMULA, _ANY_PREFIXED_FORMULA = re.compile(rb"<f[\s/>]"), re.compile(rb":f[\s/>]")
_HIDDEN = re.compile(rb'hidden="(?:1|true)"')
_LONGEST_TAG = 2000
_ROW = re.compile(rb'<(?:\w+:)?row\s(?:[^>]*?\s)?r="(\d+)"')
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)/?>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)/?>")
_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
_PROPERTY = re.compile(rb'<(?:\w+:)?property\s[^>]*?name="([^"]*)"[^>]*>\s*<vt:\w+>([^<]*)</vt:')
_WORKBOOK_PART = re.compile(r"(?:^|/)workbook\d*\.xml$", re.IGNORECASE)
_NAME = re.compile(rb"<(?:\w+:)?definedName\s([^>]*)>([^<]*)<")


def scan_sheet(content: bytes) -> SheetScan:
    """Return what *content*, a worksheet part, holds besides values."""
    content = double_quoted(content)
    end = end_of_cells(content)  # what follows the cells has formulas of its own: those of dropdowns
    has_formulas = (_ANY_FORMULA if b"<sheetData" in content else _ANY_PREFIXED_FORMULA).search(content, 0, end)
    has_errors = b't="e"' in content
    faults = dict(_faults(content)) if has_formulas or has_errors else {}
    at = content.find(b"mergeCell")
    merges = (
        tuple(
            (int(r1), column(c1), int(r2), column(c2)) for c1, r1, c2, r2 in _MERGE.findall(content[max(at - 50, 0) :])
        )
        if at >= 0
        else ()
    )
    return SheetScan(faults, frozenset(_hidden_rows(content)), merges)


def _hidden_rows(content: bytes) -> Iterator[int]:
    """Give the numbers of hidden rows; most hidden things are columns."""
    for found in _HIDDEN.finditer(content):
        start = content.rfind(b"<", max(found.start() - _LONGEST_TAG, 0), found.start())
        row = _ROW.match(content, start, start + _LONGEST_TAG) if start >= 0 else None
        if row is not None:
            yield int(row[1])


def _faults(content: bytes) -> Iterator[tuple[tuple[int, int], tuple[CellFault, str]]]:
    for attributes, inner in _CELL.findall(content):
        place = _REFERENCE.search(attributes)
        if place is None:
            continue
        found = _fault(attributes, inner)
        if found is not None:
            yield (int(place[2]), column(place[1])), found


def _fault(attributes: bytes, inner: bytes) -> tuple[CellFault, str] | None:
    type_ = _TYPE.search(attributes)
    value = _VALUE.search(inner)
    formula = _FORMULA.search(inner)
    if formula and b"DISPIMG" in formula[1].upper():
        return CellFault.IMAGE, _text(formula[1])
    if type_ and type_[1] == b"e":
        return CellFault.ERROR, _text(value[1]) if value else "#ERROR"
    if formula and (value is None or not value[1]) and not (type_ and type_[1] == b"str" and value):
        return CellFault.UNCALCULATED, "=" + _text(formula[1])
    return None


def sheet_parts(parts: Mapping[str, bytes]) -> list[tuple[str, str, bool]]:
    """Return (sheet name, part name, is hidden) in the workbook's order."""
    path = _workbook_part(parts)
    folder = posixpath.dirname(path)
    relations = parts.get(f"{folder}/_rels/{posixpath.basename(path)}.rels", b"")
    targets = {}
    for attributes in _RELATION.findall(double_quoted(relations)):
        values = dict(_ATTRIBUTE.findall(attributes))
        target = _text(values.get(b"Target", b""))
        targets[values.get(b"Id")] = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    found = []
    for attributes in _SHEET.findall(double_quoted(parts.get(path, b""))):
        values = dict(_ATTRIBUTE.findall(attributes))
        relation = next((value for key, value in values.items() if key.endswith(b":id")), b"")
        state = values.get(b"state", b"visible")
        found.append((_text(values.get(b"name", b"")), targets.get(relation, ""), state != b"visible"))
    return found


def _workbook_part(parts: Mapping[str, bytes]) -> str:
    """Return the name of the part that lists the sheets: nearly always xl/workbook.xml."""
    found = [name for name in parts if _WORKBOOK_PART.search(name)]
    return "xl/workbook.xml" if "xl/workbook.xml" in found or not found else found[0]


def properties(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the custom document properties."""
    content = double_quoted(parts.get("docProps/custom.xml", b""))
    return {_text(name): _text(value) for name, value in _PROPERTY.findall(content)}


def defined_names(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the defined names and what they stand for, as text."""
    content = double_quoted(parts.get(_workbook_part(parts), b""))
    if b"definedName" not in content:
        return {}
    return {
        _text(dict(_ATTRIBUTE.findall(attributes)).get(b"name", b"")): _text(value)
        for attributes, value in _NAME.findall(content)
    }


def column(letters: bytes) -> int:
    """Return a column's number from its letters: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _text(raw: bytes) -> str:
    return unescape(raw.decode("utf-8", "replace"))
