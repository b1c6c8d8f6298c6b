"""
Bytes → Workbook or Refusal, in one process: what the reader's child runs.

Imports as little as it can: this is the whole of the child's start-up.
"""

import csv
import io
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from daysheet.ingest import scan
from daysheet.ingest.preflight import OLE_MAGIC, Package, ReadLimits, check, identify
from daysheet.ingest.repack import stored
from daysheet.model.issues import IssueCode
from daysheet.model.mail import FileKind
from daysheet.model.rows import Cell, Refusal, Sheet, Workbook

MAX_SHEETS = 100
_EMPTY = ""  # how calamine gives an empty cell


def read_here(data: bytes, name: str, limits: ReadLimits) -> Workbook | Refusal:
    """Return the file's sheets; may die of a hostile file, which is why a child runs it."""
    kind = identify(data, name)
    package = check(data, kind, name, limits)
    if isinstance(package, Refusal):
        return package
    if kind is FileKind.CSV:
        return read_csv(data, limits)
    try:
        return _read(data, kind, package, limits)
    except (CalamineError, ValueError, OSError) as error:
        return _refusal(error, is_package=kind is not FileKind.XLS or data.startswith(OLE_MAGIC))


def _refusal(error: Exception, *, is_package: bool) -> Refusal:
    """Say why the reader gave up; what is no package it knows may be a workbook of before 1993, or none."""
    text = str(error)
    if isinstance(error, PasswordError) or "assword" in text:
        return Refusal(IssueCode.FILE_PASSWORD)
    if "fill whole buffer" in text:
        return Refusal(IssueCode.FILE_EMPTY)
    if "detect file format" in text and not is_package:
        return Refusal(IssueCode.FILE_NOT_A_WORKBOOK)
    return Refusal(IssueCode.FILE_READER_FAILED, {"why": f"{type(error).__name__}: {error}"[:200]})


def _read(data: bytes, kind: FileKind, package: Package, limits: ReadLimits) -> Workbook | Refusal:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(stored(package.parts) if package.parts else data))
    parts = {name: part for name, part, _ in scan.sheet_parts(package.parts)}
    sheets, left = list[Sheet](), limits.cells
    for meta in workbook.sheets_metadata[:MAX_SHEETS]:
        if meta.typ is not SheetTypeEnum.WorkSheet:
            continue  # chart and macro sheets hold no rows
        if meta.visible != SheetVisibleEnum.Visible:
            sheets.append(Sheet(meta.name, (), is_hidden=True))
            continue
        content = package.parts.get(parts.get(meta.name, ""), b"")
        found = scan.scan_sheet(content) if kind is FileKind.XLSX else scan.SheetScan()
        sheet = workbook.get_sheet_by_name(meta.name)
        left -= (sheet.total_height + 1) * (sheet.total_width + 1)  # of its last cell, counted from 0
        if left < 0:
            return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{sheet.total_height} rows, {sheet.total_width} columns"})
        rows = _trimmed(sheet.to_python(skip_empty_area=False))
        columns = max(map(len, rows), default=0)
        if columns > limits.columns:
            return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{columns} columns"})
        sheets.append(
            Sheet(
                name=meta.name,
                rows=rows,
                hidden_rows=found.hidden_rows,
                merges=found.merges,
                faults=found.faults,
            )
        )
    return Workbook(kind, tuple(sheets), scan.properties(package.parts), scan.defined_names(package.parts))


def _trimmed(rows: list[list[Any]]) -> tuple[tuple[Cell, ...], ...]:
    """Cut trailing empty rows and cells; an empty cell becomes None."""
    while rows and rows[-1].count(_EMPTY) == len(rows[-1]):
        rows.pop()
    trimmed: list[tuple[Cell, ...]] = []
    for row in rows:
        if row.count(_EMPTY) == len(row):
            trimmed.append(())
            continue
        while row[-1] == _EMPTY:
            row.pop()
        trimmed.append(tuple([None if cell == _EMPTY else cell for cell in row]))
    return tuple(trimmed)


def read_csv(data: bytes, limits: ReadLimits) -> Workbook | Refusal:
    """Read delimited text: by its byte order mark, else UTF-8, else GB18030 (reported as guessed)."""
    text, guessed = _decoded(data)
    if text is None:
        return Refusal(IssueCode.FILE_NOT_A_WORKBOOK)
    first = text[:8192].splitlines()[:5]
    delimiter = max(",\t;", key=lambda mark: sum(line.count(mark) for line in first))
    if text.count(delimiter) > limits.cells or max(text.count("\n"), text.count("\r")) > limits.rows:
        return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{len(data) / 2**20:.1f} MiB"})
    rows: list[tuple[Cell, ...]] = []
    filled = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(map(str.strip, row)):
                rows.append(tuple(cell if cell.strip() else None for cell in row))
                filled += len(row) - rows[-1].count(None)
            else:
                rows.append(())
            if len(row) > limits.columns or filled > limits.filled:
                return Refusal(IssueCode.FILE_TOO_LARGE, {"why": f"{len(rows)} rows, {len(row)} columns"})
    except csv.Error as error:
        return Refusal(IssueCode.FILE_READER_FAILED, {"why": str(error)})
    return Workbook(FileKind.CSV, (Sheet("CSV", tuple(rows)),), charset=guessed)


def _decoded(data: bytes) -> tuple[str | None, str | None]:
    for mark, charset in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(charset, "replace"), None
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030"), "GB18030"
    except UnicodeDecodeError:
        return None, None
