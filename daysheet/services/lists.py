"""Read a plain list with a header row (CSV, TSV, XLSX, XLS, ODS) that a person hands to a command."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from daysheet.errors import UsageError
from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_csv
from daysheet.ingest.workbook import WorkbookReader
from daysheet.model.issues import IssueCode
from daysheet.model.rows import Cell, Refusal, Sheet, Workbook
from daysheet.model.text import Language

_TEXT = (".csv", ".tsv", ".txt")


LANGUAGES = {
    "": None,
    "zh": Language.ZH,
    "中文": Language.ZH,
    "en": Language.EN,
    "english": Language.EN,
    "英文": Language.EN,
}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of a list that is not as it should be, and why; *sheet* where the file has lists on several."""

    row: int
    message: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line: *number* as Excel shows it, values by column key (or by header, where the key is unknown)."""

    number: int
    values: Mapping[str, str]

    def get(self, key: str) -> str:
        """Return the value of *key*, "" where the list has none."""
        return self.values.get(key, "")

    def several(self, key: str) -> tuple[str, ...]:
        """Return the values of a cell that may hold several, separated by | ; or a line break."""
        return tuple(part.strip() for part in re.split(r"[|;；\n]", self.get(key)) if part.strip())


@dataclass(frozen=True, slots=True)
class Columns:
    """What a list is known by: *headers* maps a column's key to the headers it is known by."""

    headers: Mapping[str, Sequence[str]]
    required: Sequence[str]

    def of(self, sheet: Sheet) -> list[str]:
        """Return the keys of the columns of *sheet*, a header of its own where it is not known."""
        known = {_plain(header): key for key, spellings in self.headers.items() for header in (key, *spellings)}
        header = sheet.rows[0] if sheet.rows else ()
        return [known.get(_plain(_text(cell)), _text(cell)) for cell in header]

    def lacks(self, sheet: Sheet) -> list[str]:
        """Return the required columns that *sheet* does not have."""
        found = self.of(sheet)
        return [key for key in self.required if key not in found]

    def lines(self, sheet: Sheet) -> list[ListRow]:
        """Return the lines of *sheet*; empty ones are left out."""
        columns = self.of(sheet)
        lines = []
        for number, row in enumerate(sheet.rows[1:], start=2):
            values = {key: text for key, cell in zip(columns, row, strict=False) if key and (text := _text(cell))}
            if values:
                lines.append(ListRow(number, values))
        return lines


_NOTHING = Sheet("", ())


def read_list(
    reader: WorkbookReader,
    name: str,
    content: bytes,
    headers: Mapping[str, Sequence[str]],
    *,
    required: Sequence[str],
) -> list[ListRow]:
    """
    Return the lines of the first sheet that is not hidden; empty ones are left out.

    *headers* maps a column's key to the headers it is known by. Raises UsageError where the file
    cannot be read or lacks a required column.
    """
    columns = Columns(headers, required)
    sheet = next(iter(_visible(_read(reader, name, content))), _NOTHING)
    _require(name, columns, sheet)
    return columns.lines(sheet)


def read_lists(
    reader: WorkbookReader, name: str, content: bytes, kinds: Mapping[str, Columns]
) -> dict[str, tuple[str, list[ListRow]]]:
    """
    Return the lists of a file by their kind: the name of the sheet, "" where it is the only one, and its lines.

    A sheet is a list of the first of *kinds* whose required columns it has; of several the first
    counts, and what is no list is left out. Raises UsageError where the file holds none, with
    what its first sheet would need to be the first kind.
    """
    sheets = _visible(_read(reader, name, content))
    found: dict[str, tuple[str, list[ListRow]]] = {}
    for sheet in sheets:
        kind = next((kind for kind, columns in kinds.items() if not columns.lacks(sheet)), None)
        if kind is not None and kind not in found:
            found[kind] = (sheet.name, kinds[kind].lines(sheet))
    if not found:
        _require(name, next(iter(kinds.values())), sheets[0] if sheets else _NOTHING)
    if len(found) == 1:
        return {kind: ("", lines) for kind, (_, lines) in found.items()}
    return found


def is_zone(name: str) -> bool:
    """Say whether *name* is a time zone, or empty; an unknown one would break every report of its people."""
    try:
        return not name or ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):
        return False


def to_day(text: str) -> date | None:
    """Return the day that a cell holds as text (2026-11-02, 2026/11/2, 2026年11月2日); None where it is none."""
    found = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _read(reader: WorkbookReader, name: str, content: bytes) -> Workbook:
    read = reader.read(content, name)
    if isinstance(read, Refusal) and read.code is IssueCode.FILE_NOT_A_WORKBOOK and name.lower().endswith(_TEXT):
        read = read_csv(content, ReadLimits())  # a list of one column has no separator to be known by
    if isinstance(read, Refusal):
        raise UsageError(f"{name}: cannot be read as a list ({read.code}); give a CSV or XLSX file with a header row")
    return read


def _visible(read: Workbook) -> list[Sheet]:
    return [sheet for sheet in read.sheets if not sheet.is_hidden]


def _require(name: str, columns: Columns, sheet: Sheet) -> None:
    missing = columns.lacks(sheet)
    if missing:
        raise UsageError(
            f"{name}: the first row must hold the column names; missing: {', '.join(missing)}; "
            f"found: {', '.join(column for column in columns.of(sheet) if column) or 'nothing'}"
        )


def _plain(header: str) -> str:
    return re.sub(r"[\s_*＊]+", " ", unicodedata.normalize("NFKC", header)).strip().casefold()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # an employee number that Excel made a number
    return str(cell).strip()
