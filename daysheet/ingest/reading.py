"""
Bytes → Workbook or Refusal, in one process: what the reader's child runs.

Imports as little as it can: this is the whole of the child's start-up.
"""

import csv
import io
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum, XmlError, ZipError

from daysheet.ingest import scan
from daysheet.ingest.preflight import Package, ReadLimits, check, identify
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
        return _read(data, kind, package)
    except PasswordError:
        return Refusal(IssueCode.FILE_PASSWORD)
    except (ZipError, XmlError):
        return Refusal(IssueCode.FILE_EMPTY)
    except (CalamineError, ValueError, OSError) as error:
        text = str(error)
        if "assword" in text:
            return Refusal(IssueCode.FILE_PASSWORD)
        if "detect file format" in text:
            return Refusal(IssueCode.FILE_NOT_A_WORKBOOK)
        if "fill whole buffer" in text:
            return Refusal(IssueCode.FILE_EMPTY)
        return Refusal(IssueCode.FILE_READER_FAILED, {"why": f"{type(error).__name__}: {error}"[:200]})


def _read(data: bytes, kind: FileKind, package: Package) -> Workbook:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(stored(package.parts) if package.parts else data))
    parts = {name: (part, hidden) for name, part, hidden in scan.sheet_parts(package.parts)}
    sheets = []
    for meta in workbook.sheets_metadata[:MAX_SHEETS]:
        if "Sheet" not in str(meta.typ) and "Work" not in str(meta.typ):
            continue  # chart and macro sheets hold no rows
        part, _ = parts.get(meta.name, ("", False))
        found = scan.scan_sheet(package.parts.get(part, b"")) if kind is FileKind.XLSX else scan.SheetScan()
        rows = workbook.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
        sheets.append(
            Sheet(
                name=meta.name,
                rows=_trimmed(rows),
                is_hidden=meta.visible != SheetVisibleEnum.Visible,
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
    rows: list[tuple[Cell, ...]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(tuple(cell if cell.strip() else None for cell in row) if any(map(str.strip, row)) else ())
            if len(rows) * max(len(row), 1) > limits.cells:
                return Refusal(IssueCode.FILE_TOO_LARGE)
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
