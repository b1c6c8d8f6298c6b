"""
A second report for the same rep, day and form replaces the first: what that changes.

Pure: compares what is stored with what has come.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from daysheet.model.answers import GoneRow
from daysheet.model.issues import Issue
from daysheet.model.rows import Record, RowState
from daysheet.model.template import ColumnType, TemplateSpec

HALF_EMPTY_FROM = 3
"""Fewer vanished rows than this never hold a revision back."""


class Mode(StrEnum):
    """What the subject asks for, where an earlier report of the day exists."""

    UNSAID = "unsaid"
    REPLACE = "replace"
    ADD = "add"


_REPLACE = re.compile(r"替换|覆盖|\breplace\b", re.IGNORECASE)
_ADD = re.compile(r"追加|补充上报|\badd\b", re.IGNORECASE)


def mode_of(subject: str, before: str = "") -> Mode:
    """
    Return what *subject* asks for; both words together ask for nothing.

    *before* is the subject of the sender's own message whose answer this replies to: a word that
    was in it is only carried along.
    """
    replaces, adds = (len(word.findall(subject)) > len(word.findall(before)) for word in (_REPLACE, _ADD))
    if replaces == adds:
        return Mode.UNSAID
    return Mode.REPLACE if replaces else Mode.ADD


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """A row of the earlier revision, as far as comparing needs it."""

    sheet: str
    row_number: int
    raw: Mapping[str, str]
    state: RowState

    @property
    def has_landed(self) -> bool:
        """True where the row is in the customer database."""
        return self.state in (RowState.LANDED, RowState.REPAIRED)


def gone(
    spec: TemplateSpec, earlier: Sequence[EarlierRow], now: Sequence[Record], mode: Mode = Mode.UNSAID
) -> tuple[EarlierRow, ...]:
    """
    Return the landed rows of *earlier* that *now* no longer has.

    A row is still there if one with the same key is, or if its line holds a row that is nobody
    else's: a corrected key is a correction, not a loss. Not so where rows are to be added: there a
    line says nothing.
    """
    here = {_identity(spec, record.sheet, record.raw) for record in now}
    earlier_identities = {_identity(spec, row.sheet, row.raw) for row in earlier}
    corrected = {
        (record.sheet, record.row_number)
        for record in now
        if mode is not Mode.ADD and _identity(spec, record.sheet, record.raw) not in earlier_identities
    }
    return tuple(
        row
        for row in earlier
        if row.has_landed
        and _identity(spec, row.sheet, row.raw) not in here
        and (row.sheet, row.row_number) not in corrected
    )


def is_half_empty(earlier: Sequence[EarlierRow], missing: Sequence[EarlierRow]) -> bool:
    """True where more than half of the landed rows, and at least three, would vanish: only the new ones were sent."""
    landed = sum(row.has_landed for row in earlier)
    return len(missing) >= HALF_EMPTY_FROM and len(missing) * 2 > landed


def gone_lines(spec: TemplateSpec, missing: Iterable[EarlierRow]) -> tuple[GoneRow, ...]:
    """Return *missing* as the answer lists it: sheet, line and what the row was about."""
    labels = {sheet.key: sheet.label for sheet in spec.sheets}
    return tuple(
        GoneRow(row.sheet, row.row_number, _summary(spec, row), labels[row.sheet].zh, labels[row.sheet].en)
        for row in missing
    )


def settled(earlier: Sequence[Issue], now: Sequence[Issue]) -> tuple[int, int]:
    """Return how many of the *earlier* errors are fixed, and how many are still open."""
    open_now = {_fault(found) for found in now if found.is_error}
    before = [_fault(found) for found in earlier if found.is_error]
    still_open = sum(fault in open_now for fault in before)
    return len(before) - still_open, still_open


def _fault(found: Issue) -> tuple[str, str | None, str | None, int | None]:
    return found.code, found.place.sheet_key, found.place.field, found.place.row


def _identity(spec: TemplateSpec, sheet: str, raw: Mapping[str, str]) -> tuple[str, ...]:
    keys = spec.sheet(sheet).row_key or tuple(column.key for column in spec.sheet(sheet).columns)
    return (sheet, *("".join(raw.get(key, "").split()).casefold() for key in keys))


def _summary(spec: TemplateSpec, row: EarlierRow) -> str:
    sheet = spec.sheet(row.sheet)
    shown = [column.key for column in sheet.columns if column.type is ColumnType.CUSTOMER]
    shown += [key for key in sheet.row_key if key not in shown]
    return " · ".join(text for key in shown if (text := row.raw.get(key, "").strip()))[:120]
