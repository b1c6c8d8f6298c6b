"""
Issues: what the sender should know about a file, a sheet, a row or a cell.

The codes are the contract of ``docs/reference/issues.md``; their texts live in ``i18n``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps its row (or file) out; a warning asks for a look; an info says what was done."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class IssueCode(StrEnum):
    """Every code an issue can carry."""

    FILE_EMPTY = "SD-F001"
    FILE_TOO_LARGE = "SD-F002"
    FILE_NOT_A_WORKBOOK = "SD-F003"
    FILE_PASSWORD = "SD-F004"
    FILE_MACROS = "SD-F005"
    FILE_LEGACY_FORMAT = "SD-F006"
    FILE_READER_FAILED = "SD-F007"
    FILE_CHARSET_GUESSED = "SD-F008"
    FILE_COMPANY_ENCRYPTED = "SD-F009"
    FILE_LINK_ONLY = "SD-F010"
    FILE_MISSING = "SD-F011"
    FILE_TOO_MANY = "SD-F012"

    TEMPLATE_UNKNOWN = "SD-T001"
    TEMPLATE_MARKER_MISSING = "SD-T002"
    TEMPLATE_OUTDATED = "SD-T003"
    TEMPLATE_TOO_OLD = "SD-T004"

    SHEET_MISSING = "SD-S001"
    SHEET_COLUMN_MISSING = "SD-S002"
    SHEET_COLUMN_RENAMED = "SD-S003"
    SHEET_COLUMN_DUPLICATE = "SD-S004"
    SHEET_COLUMN_UNKNOWN = "SD-S005"
    SHEET_MERGED_CELLS = "SD-S006"
    SHEET_NO_ROWS = "SD-S007"
    SHEET_HIDDEN_ROWS = "SD-S008"
    SHEET_TOO_MANY_ROWS = "SD-S009"
    SHEET_NOT_READ = "SD-S010"
    SHEET_UNKNOWN = "SD-S011"
    SHEET_UNIT = "SD-S012"

    CELL_REQUIRED = "SD-C001"
    CELL_NOT_A_NUMBER = "SD-C002"
    CELL_NOT_A_DATE = "SD-C003"
    CELL_NOT_IN_LIST = "SD-C004"
    CELL_FORMULA_ERROR = "SD-C005"
    CELL_FORMULA_UNCALCULATED = "SD-C006"
    CELL_TOO_LONG = "SD-C007"
    CELL_NUMBER_AS_TEXT = "SD-C008"
    CELL_LEADING_ZEROS_LOST = "SD-C009"
    CELL_CONTROL_CHARACTERS = "SD-C010"
    CELL_OUT_OF_RANGE = "SD-C011"
    CELL_BAD_CONTACT = "SD-C012"
    CELL_IMAGE_ONLY = "SD-C013"
    CELL_DATE_AS_SERIAL = "SD-C014"
    CELL_BAD_PATTERN = "SD-C015"
    CELL_REF_IGNORED = "SD-C016"
    CELL_DITTO = "SD-C017"

    ROW_DATE_ORDER = "SD-R001"
    ROW_WON_NEEDS_AMOUNT = "SD-R002"
    ROW_LOST_NEEDS_REASON = "SD-R003"
    ROW_NO_NEXT_PLAN = "SD-R004"
    ROW_IN_FUTURE = "SD-R005"
    ROW_PARTLY_FILLED = "SD-R006"
    ROW_RULE = "SD-R007"  # a rule that a company added to its own template

    CROSS_DUPLICATE_ROW = "SD-X001"
    CROSS_TOTALS_DIFFER = "SD-X002"
    CROSS_STAGE_MOVED_BACK = "SD-X003"
    CROSS_REPORT_DATE_DIFFERS = "SD-X004"
    CROSS_ROWS_MISSING = "SD-X005"
    CROSS_REVISION_WAITS = "SD-X006"

    NAME_FIXED = "SD-N000"
    NAME_NO_FORM = "SD-NC01"
    NAME_BRAND_ONLY = "SD-NC02"
    NAME_NO_UNIT = "SD-NC03"
    NAME_REGION_AMBIGUOUS = "SD-NC04"
    NAME_LIKE_PERSON = "SD-NC05"
    NAME_NO_REGION = "SD-NC06"
    NAME_NO_PARENT = "SD-NC07"
    NAME_AMBIGUOUS = "SD-NC08"
    NAME_PLACEHOLDER = "SD-NX01"
    NAME_PHONE_OR_MAIL = "SD-NX02"
    NAME_PERSON = "SD-NX03"
    NAME_TOO_SHORT = "SD-NX04"
    NAME_SEVERAL = "SD-NX05"
    NAME_ID_NUMBER = "SD-NX06"
    NAME_GENERIC = "SD-NX07"
    NAME_OWN_COMPANY = "SD-NX08"

    CUSTOMER_UNKNOWN = "SD-M001"
    CUSTOMER_AMBIGUOUS = "SD-M002"
    CUSTOMER_OTHER_NAME = "SD-M003"
    REP_UNKNOWN = "SD-M005"

    @property
    def severity(self) -> Severity:
        """The severity it has unless the template says otherwise."""
        return _SEVERITY.get(self, Severity.ERROR)


_WARNINGS = """SD-F008 SD-F012 SD-T002 SD-T003 SD-S003 SD-S007 SD-S008 SD-S010 SD-C009 SD-C012 SD-C013
    SD-C014 SD-C016 SD-R001 SD-R004 SD-X001 SD-X002 SD-X003 SD-X004 SD-X005 SD-X006 SD-M001 SD-M002
    SD-NC01 SD-NC02 SD-NC03 SD-NC04 SD-NC05 SD-NC06 SD-NC07 SD-NC08"""
_INFOS = "SD-F006 SD-S005 SD-S011 SD-S012 SD-C008 SD-C010 SD-C017 SD-M003 SD-N000"

_SEVERITY = {IssueCode(code): Severity.WARNING for code in _WARNINGS.split()} | {
    IssueCode(code): Severity.INFO for code in _INFOS.split()
}


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where an issue is: as much of it as is known.

    *row* is the number Excel shows, *column* its letters, *last_row* the end of a run of the
    same fault (D4:D19), *field* the template's column key.
    """

    file: str = ""
    sheet: str = ""  # as the sender's workbook calls it
    row: int | None = None
    column: str | None = None
    field: str | None = None
    last_row: int | None = None
    sheet_key: str | None = None

    @property
    def cell(self) -> str:
        """The A1 address, "" for a whole sheet or file, "4:4" for a whole row."""
        if self.row is None:
            return ""
        if self.column is None:
            return f"{self.row}:{self.last_row or self.row}"
        first = f"{self.column}{self.row}"
        return f"{first}:{self.column}{self.last_row}" if self.last_row else first


MAX_FOUND = 80
"""Characters of the sender's value kept in an issue."""


@dataclass(frozen=True, slots=True)
class Issue:
    """
    One thing the sender should know about a cell, a row or a whole sheet.

    An issue is a value, not an exception: reading goes on after it, so one answer can name every
    problem instead of the first. *params* fill the message of ``i18n``.
    """

    code: IssueCode
    severity: Severity
    place: Place
    found: str = ""  # what the sender typed, before any coercion, at most MAX_FOUND characters
    params: Mapping[str, str] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    is_fixed: bool = False  # the value was put right and the row kept

    @property
    def is_error(self) -> bool:
        """True where the row or file cannot be used before it is mended."""
        return self.severity is Severity.ERROR


def issue(
    code: IssueCode,
    place: Place,
    found: object = "",
    *,
    suggestions: tuple[str, ...] = (),
    is_fixed: bool = False,
    severity: Severity | None = None,
    params: Mapping[str, object] | None = None,
    **more: object,
) -> Issue:
    """Make an issue with the code's usual severity, the found value cut and the parameters (both kinds) as text."""
    return Issue(
        code=code,
        severity=severity or code.severity,
        place=place,
        found=str(found)[:MAX_FOUND],
        params={key: str(value) for key, value in {**(params or {}), **more}.items()},
        suggestions=suggestions,
        is_fixed=is_fixed,
    )
