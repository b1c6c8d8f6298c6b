"""
See whether two workbooks are the same but for their marks.

``snapshot`` looks through openpyxl: values and resolved styles of every cell. What openpyxl drops in
both alike it cannot see, so ``structure`` looks at the XML itself and ``values`` through calamine.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from copy import copy
from typing import Any
from xml.etree import ElementTree as ET

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from python_calamine import CalamineWorkbook

from daysheet.templates_xlsx.marks import MARKS_SHEET, REPORT_SHEET

OURS = (REPORT_SHEET, MARKS_SHEET)
Snapshot = dict[tuple[str, str], Any]

_PARTS_OF_A_SHEET = (
    "sheetPr",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetProtection",
    "autoFilter",
    "mergeCells",
    "dataValidations",
    "conditionalFormatting",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
)
_FORBIDDEN_UNLESS_SAID = (
    "formatCells formatColumns formatRows insertColumns insertRows insertHyperlinks"
    " deleteColumns deleteRows sort autoFilter pivotTables"
)
_DEFAULTS = {("sheetProtection", name): "1" for name in _FORBIDDEN_UNLESS_SAID.split()} | {
    ("col", "bestFit"): "1",
    ("sheetFormatPr", "baseColWidth"): "8",
    ("sheetView", "workbookViewId"): "0",
    ("selection", "activeCell"): "A1",
    ("selection", "sqref"): "A1",
    ("sheetView", "showGridLines"): "1",
    ("outlinePr", "summaryBelow"): "1",
    ("outlinePr", "summaryRight"): "1",
    ("dataValidation", "type"): "none",
    ("dataValidation", "errorStyle"): "stop",
    ("dataValidation", "operator"): "between",
    ("pageSetup", "cellComments"): "none",
    ("headerFooter", "alignWithMargins"): "1",
    ("headerFooter", "scaleWithDoc"): "1",
}
_OF_NO_ACCOUNT = frozenset({"tabSelected", "uid", "id", "dxfId", "style", "customFormat", "customWidth", "priority"})
"""Which tab is in front is meant to change; the others are numbers of something looked at elsewhere."""


def snapshot(content: bytes) -> Snapshot:
    """Return (sheet, address or aspect) → what is there, for everything the sender can see or type."""
    book = load_workbook(io.BytesIO(content), rich_text=True)
    found: Snapshot = {}
    for sheet in book.worksheets:
        if sheet.title in OURS:
            continue
        found[sheet.title, "state"] = sheet.sheet_state
        found[sheet.title, "freeze"] = sheet.freeze_panes
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None or cell.has_style or cell.comment is not None:
                    found[sheet.title, cell.coordinate] = _cell(cell)
        for letter, group in sheet.column_dimensions.items():
            found[sheet.title, f"column {letter}"] = _column(group, book)
        for number, line in sheet.row_dimensions.items():
            found[sheet.title, f"row {number}"] = (line.height, line.hidden, line.outlineLevel)
        for rules in sheet.conditional_formatting:
            for rule in rules.rules:
                known = (rule.type, tuple(rule.formula), rule.stopIfTrue, repr(rule.dxf), repr(rule.colorScale))
                found.setdefault((sheet.title, f"rules {rules.sqref}"), []).append(known)
        found[sheet.title, "tables"] = dict(sheet.tables.items())
        found[sheet.title, "print"] = (sheet.print_area, sheet.print_title_rows, sheet.print_title_cols)
    found["", "names"] = {name: (it.attr_text, it.hidden) for name, it in book.defined_names.items()}
    found["", "properties"] = {it.name: it.value for it in book.custom_doc_props.props}
    found["", "document"] = (book.properties.title, book.properties.creator, book.properties.created)
    found["", "order"] = [title for title in book.sheetnames if title not in OURS]
    return found


def _column(group: Any, book: Any) -> dict[str, Any]:
    """Return how a column looks: the first style of the workbook, where it names none."""
    if not group.has_style:
        group._style = copy(book._cell_styles[0])
    return {
        "columns": (group.min, group.max, group.hidden, group.outlineLevel),
        "format": group.number_format,
        "font": repr(group.font),
        "fill": repr(group.fill),
        "border": repr(group.border),
        "alignment": _alignment(group.alignment),
        "protection": repr(group.protection),
    }


def _cell(cell: Any) -> dict[str, Any]:
    comment = cell.comment
    return {
        "value": repr(cell.value) if isinstance(cell.value, list) else getattr(cell.value, "text", cell.value),
        "type": cell.data_type,
        "format": cell.number_format,
        "font": repr(cell.font),
        "border": repr(cell.border),
        "fill": repr(cell.fill),
        "alignment": _alignment(cell.alignment),
        "protection": repr(cell.protection),
        "prefix": cell.quotePrefix,
        "style": cell.style,
        "link": cell.hyperlink.target or cell.hyperlink.location if cell.hyperlink else None,
        "comment": (comment.author, comment.text) if comment else None,
    }


def _alignment(found: Any) -> tuple[Any, ...]:
    """Return what an alignment does: some programs state the defaults, others leave them out."""
    rest = (found.textRotation, found.indent, found.wrapText, found.shrinkToFit, found.readingOrder)
    return found.horizontal or "general", found.vertical or "bottom", *(it or 0 for it in rest)


def structure(content: bytes) -> dict[str, list[Any]]:
    """Return sheet title → what its XML says apart from the cells, defaults left out."""
    found: dict[str, list[Any]] = {}
    for title, root in sheet_xml(content):
        if title in OURS:
            continue
        parts = [_plain(child) for child in root if _tag(child) in _PARTS_OF_A_SHEET]
        found[title] = sorted((part for part in parts if part is not None), key=repr)
    return found


def sheet_xml(content: bytes) -> Iterable[tuple[str, ET.Element]]:
    """Return title and XML of every sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        rels = {rel.get("Id"): rel.get("Target") for rel in ET.fromstring(package.read("xl/_rels/workbook.xml.rels"))}
        for sheet in ET.fromstring(package.read("xl/workbook.xml")).iter():
            if _tag(sheet) == "sheet":
                target = next(rels[value] for name, value in sheet.attrib.items() if name.endswith("}id"))
                path = target.lstrip("/") if str(target).startswith("/") else f"xl/{target}"
                yield sheet.get("name", ""), ET.fromstring(package.read(path))


def _plain(element: ET.Element) -> Any:
    """Return an element as comparable tuples; None for one that says nothing."""
    tag = _tag(element)
    attributes = {
        name.rpartition("}")[2]: _number(value)
        for name, value in element.attrib.items()
        if name.rpartition("}")[2] not in _OF_NO_ACCOUNT
    }
    usual = None if tag == "pageMargins" else "0"
    kept = {name: value for name, value in attributes.items() if value != _DEFAULTS.get((tag, name), usual)}
    kept.pop("count", None)
    children = [child for child in map(_plain, element) if child is not None]
    text = (element.text or "").strip()
    if not kept and not children and not text:
        return None
    return tag, tuple(sorted(kept.items())), text, tuple(children)


def _number(text: str) -> str:
    if text in ("true", "false"):
        return str(int(text == "true"))
    return f"{float(text):g}" if re.fullmatch(r"\d+\.\d+", text) else text


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def values(content: bytes, title: str) -> list[list[Any]]:
    """Return every cell of a sheet as calamine reads it."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_name(title).to_python(skip_empty_area=False)


def _all_values(content: bytes) -> dict[str, list[list[Any]]]:
    titles = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    return {title: values(content, title) for title in titles if title not in OURS}


def assert_same_but_for_marks(before: bytes, after: bytes, marked: Iterable[tuple[str, str]] = ()) -> None:
    """
    Fail where *after* differs from *before* in anything but fill and comment of the cells *marked*.

    *marked* holds pairs of sheet title and address.
    """
    told = set(marked)
    old, new = snapshot(before), snapshot(after)
    empty = _nothing(before)
    for key in sorted({*old, *new}):
        if key not in told:
            assert new.get(key) == old.get(key), key
            continue
        here = new[key]
        there = old.get(key) or empty(key)
        for aspect in ("fill", "comment"):
            assert here.pop(aspect) != there.pop(aspect), (key, aspect)
        assert here == there, key
    assert structure(after) == structure(before)
    assert _all_values(after) == _all_values(before)


def _nothing(content: bytes) -> Any:
    """Return what gives a cell that is not there: the style of its row or column, no value."""
    book = load_workbook(io.BytesIO(content))

    def empty(key: tuple[str, str]) -> dict[str, Any]:
        title, address = key
        left, top, _, _ = range_boundaries(address)
        sheet: Any = book[title]
        cell = sheet[address]
        if top in sheet.row_dimensions and sheet.row_dimensions[top].has_style:
            cell._style = sheet.row_dimensions[top]._style
            return _cell(cell)
        for letter, group in sheet.column_dimensions.items():
            bounds = range_boundaries(f"{letter}1")
            first = group.min or bounds[0]
            if first <= left <= (group.max or first) and group.has_style:
                cell._style = group._style
        return _cell(cell)

    return empty
