"""
The daily-report template as values: the only list of sheets, columns, lists and row rules.

``templates_xlsx/spec.py`` reads the YAML into these; the workbook, the header finder, the row
models, the tables and the texts are all derived from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from daysheet.model.text import Bilingual


class ColumnType(StrEnum):
    """How a cell is typed, whatever its number format."""

    TEXT = "text"
    INT = "int"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    ENUM = "enum"
    BOOL = "bool"
    PHONE = "phone"
    EMAIL = "email"
    CUSTOMER = "customer"


class SheetRole(StrEnum):
    """A cover holds one record, label beside value; a data sheet holds a row per record."""

    COVER = "cover"
    DATA = "data"


class SheetMeaning(StrEnum):
    """What a data sheet is about, so that code never names a sheet."""

    VISITS = "visits"  # a row per meeting with a customer, dated by ``row.date``
    DEALS = "deals"  # a row per opportunity, with its stage
    PLANS = "plans"  # a row per appointment to come, dated by ``row.date``


LEAVE = "leave"
"""Code of the kind of day that is none."""


class Meaning(StrEnum):
    """
    What a column means to the program, so that code never names a column.

    A template that renames or reorders its columns keeps working; one that leaves a meaning out
    merely does without what follows from it.
    """

    REP_NAME = "rep.name"
    REP_NUMBER = "rep.number"
    REPORT_DATE = "report.date"
    WORK_TYPE = "report.work_type"
    LEAVE_UNTIL = "report.leave_until"
    HELP_NEEDED = "report.help"
    ROW_DATE = "row.date"
    NEXT_DATE = "row.next_date"
    CUSTOMER_CITY = "customer.city"
    CUSTOMER_INDUSTRY = "customer.industry"
    CUSTOMER_LEVEL = "customer.level"
    CONTACT_NAME = "contact.name"
    CONTACT_TITLE = "contact.title"
    CONTACT_PHONE = "contact.phone"
    CONTACT_EMAIL = "contact.email"
    PROJECT = "opportunity.project"
    STAGE = "opportunity.stage"
    EXPECTED_ON = "opportunity.expected_on"
    PROBABILITY = "opportunity.probability"
    COMPETITOR = "opportunity.competitor"
    REASON = "opportunity.reason"
    SUPPORT = "opportunity.support"
    AMOUNT = "money.amount"
    CURRENCY = "money.currency"


@dataclass(frozen=True, slots=True)
class ListItem:
    """One choice of a list; a cell may hold *code*, either label, "zh en" or an alias."""

    code: str
    label: Bilingual
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListSpec:
    """A list of choices, shown as "zh en" in the dropdown and stored by code."""

    key: str
    items: tuple[ListItem, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """True for a row whose *column* holds one of *values* (list codes)."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column: its labels, type, bounds and texts."""

    key: str
    label: Bilingual
    type: ColumnType
    meaning: Meaning | None = None
    aliases: tuple[str, ...] = ()
    required: bool = False
    required_if: Condition | None = None
    list: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    pattern: str | None = None
    unit: str | None = None
    width: int = 14
    help: Bilingual | None = None
    example: Bilingual | None = None  # shown on the guide sheet's filled line
    severities: Mapping[str, str] = field(default_factory=dict)  # issue code → severity, overriding the default
    since: int = 1
    removed: int | None = None  # the template version that dropped it; still read and stored


class RuleKind(StrEnum):
    """The kinds of row rule a template can state."""

    NOT_BEFORE = "not_before"  # *column* must not be a date before *other*
    NOT_AFTER_TODAY = "not_after_today"  # *column* must not be a date after the day the report was first seen
    NEED_ANY = "need_any"  # where *when* holds, one of *columns* must be filled
    NEED_ROW_IN = "need_row_in"  # where *when* holds, sheet *other* must have a row with the same *columns*


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule over the cells of one row; *code* is the issue it raises."""

    code: str
    kind: RuleKind
    columns: tuple[str, ...]
    other: str | None = None
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """One sheet of the workbook; *row_key* names the columns by which two rows are the same row."""

    key: str
    label: Bilingual
    role: SheetRole
    columns: tuple[ColumnSpec, ...]
    aliases: tuple[str, ...] = ()
    required: bool = False
    max_rows: int = 2000
    row_rules: tuple[RowRule, ...] = ()
    row_key: tuple[str, ...] = ()
    help: Bilingual | None = None
    about: SheetMeaning | None = None

    def column(self, key: str) -> ColumnSpec:
        """Return the column called *key*; KeyError if there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    def meaning(self, meaning: Meaning) -> ColumnSpec | None:
        """Return the first column with *meaning*, or None where this sheet has none."""
        return next((c for c in self.columns if c.meaning is meaning), None)

    def of_type(self, type_: ColumnType) -> tuple[ColumnSpec, ...]:
        """Return the columns of *type_*, in order."""
        return tuple(c for c in self.columns if c.type is type_)


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """A whole template. *digest* is the SHA-256 (hex) of its normalised YAML and changes with any change."""

    id: str
    version: int
    min_accepted: int
    title: Bilingual
    sheets: tuple[SheetSpec, ...]
    lists: Mapping[str, ListSpec]
    digest: str
    is_protected: bool = True
    guide: tuple[Bilingual, ...] = ()  # the guide sheet's sentences, the naming rule among them

    def asked_in(self, version: int | None) -> "TemplateSpec":
        """
        Return this template with only what a form of *version* could ask for; None is the present one.

        Columns that came later are read where they are there, and required of nobody.
        """
        if version is None or all(column.since <= version for sheet in self.sheets for column in sheet.columns):
            return self
        return replace(self, sheets=tuple(_asked_in(sheet, version) for sheet in self.sheets))

    def sheet(self, key: str) -> SheetSpec:
        """Return the sheet called *key*; KeyError if there is none."""
        for sheet in self.sheets:
            if sheet.key == key:
                return sheet
        raise KeyError(key)

    @property
    def cover(self) -> SheetSpec | None:
        """The cover sheet, or None in a template without one (the phone form)."""
        return next((s for s in self.sheets if s.role is SheetRole.COVER), None)

    def about(self, meaning: SheetMeaning) -> SheetSpec | None:
        """Return the sheet that is about *meaning*, or None where this template has none."""
        return next((s for s in self.sheets if s.about is meaning), None)

    @property
    def data_sheets(self) -> tuple[SheetSpec, ...]:
        """The sheets with a row per record, in order; the first is the main sheet."""
        return tuple(s for s in self.sheets if s.role is SheetRole.DATA)


def _asked_in(sheet: SheetSpec, version: int) -> SheetSpec:
    later = {column.key for column in sheet.columns if column.since > version}
    columns = tuple(
        replace(column, required=False, required_if=None) if column.key in later else column for column in sheet.columns
    )
    rules = []
    for rule in sheet.row_rules:
        known = tuple(key for key in rule.columns if key not in later)
        if rule.kind is not RuleKind.NEED_ANY:
            rules.append(rule)
        elif known:
            rules.append(replace(rule, columns=known))
    return replace(sheet, columns=columns, row_rules=tuple(rules))


REF_KEY = "_ref"
"""Key of the hidden column that carries the id of the customer, opportunity or plan a row was prefilled from."""
