"""A workbook as read, and its rows once typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from daysheet.model.issues import Issue, IssueCode
from daysheet.model.mail import FileKind

Cell = None | bool | int | float | str | date | datetime | time | timedelta
"""What the reader gives for one cell; an empty cell is None."""


class CellFault(StrEnum):
    """What the reader cannot give as a value, found by our own scan of the sheet's XML."""

    ERROR = "error"  # #REF!, #N/A …
    UNCALCULATED = "uncalculated"  # a formula without a stored result
    IMAGE = "image"  # a picture in the cell (WPS DISPIMG)


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One sheet as delivered. ``rows[i][j]`` is the cell in Excel row i+1, column j+1.

    Trailing empty rows and cells are cut, leading ones kept, so that addresses hold.
    A hidden sheet, which holds lists and no report, comes without its rows. *faults* maps
    (row, column), both counted from 1, to what is wrong and the text shown there.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    is_hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    merges: tuple[tuple[int, int, int, int], ...] = ()  # first row, first column, last row, last column, from 1
    faults: Mapping[tuple[int, int], tuple[CellFault, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file as read. *properties* are its custom document properties (the template's identity)."""

    kind: FileKind
    sheets: tuple[Sheet, ...]
    properties: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # defined names → their text
    charset: str | None = None  # of a CSV, where it had to be guessed


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that is not read, with its code. A value: wrong data is no exception."""

    code: IssueCode
    params: Mapping[str, str] = field(default_factory=dict)


Value = None | bool | int | str | date | time | object
"""A typed cell: text, int, Decimal, date, time, bool, a list code, or a tuple of phone numbers."""


@dataclass(frozen=True, slots=True)
class Record:
    """
    One row of a data sheet (or the cover), typed by the spec.

    *values* has every column key of the sheet, None where empty or wrong; *raw* what the sender
    wrote, as text by key; *extra* the columns the template does not know, by their header.
    """

    sheet: str
    row_number: int
    values: Mapping[str, Value]
    raw: Mapping[str, str]
    extra: Mapping[str, str] = field(default_factory=dict)
    ref: str | None = None
    is_ok: bool = True  # no error among its issues


@dataclass(frozen=True, slots=True)
class Checked:
    """
    A workbook after validation: typed records and every issue, sorted by sheet, row, column.

    *is_usable* is False where nothing can land (unknown template, missing sheet or column).
    *columns* maps sheet key → field key → column letters, for marking and for the sender's memory;
    *headers* maps sheet key → header as typed → field key; *sheet_names* sheet key → name as delivered.
    """

    template_id: str
    template_version: int | None
    cover: Record | None
    records: tuple[Record, ...]
    issues: tuple[Issue, ...]
    is_usable: bool
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sheet_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        """True where anything must be mended."""
        return any(issue.is_error for issue in self.issues)


class RowState(StrEnum):
    """Where a stored row stands."""

    LANDED = "landed"
    PARKED = "parked"  # waits for the rep's correction or the steward's repair
    REPAIRED = "repaired"
    SUPERSEDED = "superseded"  # an older revision's row
    DROPPED = "dropped"  # given up by a steward


COUNTING = (RowState.LANDED, RowState.REPAIRED)
"""The states of the rows that count: that are in the customer database now."""
