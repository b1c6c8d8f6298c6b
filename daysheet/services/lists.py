"""Read a plain list with a header row (CSV, TSV, XLSX, XLS, ODS) that a person hands to a command."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daysheet.errors import UsageError
from daysheet.ingest.preflight import ReadLimits
from daysheet.ingest.reading import read_csv
from daysheet.ingest.workbook import WorkbookReader
from daysheet.model.issues import IssueCode
from daysheet.model.rows import Cell, Refusal

_TEXT = (".csv", ".tsv", ".txt")


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
    read = reader.read(content, name)
    if isinstance(read, Refusal) and read.code is IssueCode.FILE_NOT_A_WORKBOOK and name.lower().endswith(_TEXT):
        read = read_csv(content, ReadLimits())  # a list of one column has no separator to be known by
    if isinstance(read, Refusal):
        raise UsageError(f"{name}: cannot be read as a list ({read.code}); give a CSV or XLSX file with a header row")
    known = {_plain(header): key for key, spellings in headers.items() for header in (key, *spellings)}
    rows = next((sheet.rows for sheet in read.sheets if not sheet.is_hidden), ())
    columns = [known.get(_plain(_text(cell)), _text(cell)) for cell in rows[0]] if rows else []
    missing = [key for key in required if key not in columns]
    if missing:
        raise UsageError(
            f"{name}: the first row must hold the column names; missing: {', '.join(missing)}; "
            f"found: {', '.join(column for column in columns if column) or 'nothing'}"
        )
    lines = []
    for number, row in enumerate(rows[1:], start=2):
        values = {key: text for key, cell in zip(columns, row, strict=False) if key and (text := _text(cell))}
        if values:
            lines.append(ListRow(number, values))
    return lines


def _plain(header: str) -> str:
    return re.sub(r"[\s_*＊]+", " ", unicodedata.normalize("NFKC", header)).strip().casefold()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # an employee number that Excel made a number
    return str(cell).strip()
