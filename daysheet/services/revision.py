"""
A second report for the same rep, day and form replaces the first: what that changes.

Pure: compares what is stored with what has come.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from daysheet.model.answers import GoneRow
from daysheet.model.issues import Issue
from daysheet.model.rows import COUNTING, Record, RowState
from daysheet.model.template import ColumnType, Meaning, TemplateSpec

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
    faults: frozenset[str] = frozenset()  # the columns that held it back

    @property
    def has_landed(self) -> bool:
        """True where the row is in the customer database."""
        return self.state in COUNTING


def gone(spec: TemplateSpec, earlier: Sequence[EarlierRow], now: Sequence[Record]) -> tuple[EarlierRow, ...]:
    """
    Return the landed rows of *earlier* that *now* no longer has.

    A row is still there if one with the same key is, or if its line holds a row that is nobody
    else's and differs in one key cell at most: that is a correction, while the evening's rows in a
    fresh workbook merely stand where the morning's stood.
    """
    lines = {(record.sheet, record.row_number): _identity(spec, record.sheet, record.raw) for record in now}
    here = set(lines.values())
    before = {_identity(spec, row.sheet, row.raw) for row in earlier}

    def is_corrected(row: EarlierRow, identity: tuple[str, ...]) -> bool:
        line = lines.get((row.sheet, row.row_number))
        if line is None or line in before:
            return False
        return sum(was != is_now for was, is_now in zip(identity, line, strict=True)) <= 1

    missing = []
    for row in earlier:
        identity = _identity(spec, row.sheet, row.raw)
        if row.has_landed and identity not in here and not is_corrected(row, identity):
            missing.append(row)
    return tuple(missing)


def kept(spec: TemplateSpec, earlier: Sequence[EarlierRow], now: Sequence[Record]) -> tuple[EarlierRow, ...]:
    """
    Return the rows of *earlier*, parked ones too, that stay where *now* is added to them.

    Only a row that says the same in every cell is the same row: a second visit to a customer is
    another visit. A parked row gives way to one that differs in its wrong cells alone, and a deal to
    the same deal, for its row says how the deal stands.
    """
    here = Counter(_content(record.sheet, record.raw) for record in now)
    deals = {_identity(spec, record.sheet, record.raw) for record in now if _holds_deals(spec, record.sheet)}
    staying = []
    for row in earlier:
        content = _content(row.sheet, row.raw)
        if here[content]:
            here[content] -= 1
        elif _identity(spec, row.sheet, row.raw) not in deals and not _is_mended(row, now):
            staying.append(row)
    return tuple(staying)


def _is_mended(row: EarlierRow, now: Sequence[Record]) -> bool:
    if not row.faults or row.has_landed:
        return False
    content = _content(row.sheet, row.raw, row.faults)
    return any(_content(record.sheet, record.raw, row.faults) == content for record in now)


def brought(spec: TemplateSpec, earlier: Sequence[EarlierRow], now: Sequence[Record]) -> tuple[Record, ...]:
    """Return the rows of *now* that *earlier* has none like: none says the same, and none has the same key."""
    before = {_identity(spec, row.sheet, row.raw) for row in earlier}
    return tuple(record for record in now if _identity(spec, record.sheet, record.raw) not in before)


def still_there(
    spec: TemplateSpec, row: EarlierRow, edited: Collection[str], waiting: Sequence[Record]
) -> Record | None:
    """
    Return the one of the *waiting* rows that is the earlier *row* once more, None where there is none.

    It says the same in every cell, or has the same key and the same in the cells that were *edited*:
    the rep has not touched what was wrong.
    """
    content = _content(row.sheet, row.raw)
    same = next((record for record in waiting if _content(record.sheet, record.raw) == content), None)
    if same is not None:
        return same
    identity = _identity(spec, row.sheet, row.raw)
    return next(
        (
            record
            for record in waiting
            if _identity(spec, record.sheet, record.raw) == identity
            and all(record.raw.get(key, "").strip() == row.raw.get(key, "").strip() for key in edited)
        ),
        None,
    )


def _holds_deals(spec: TemplateSpec, sheet: str) -> bool:
    return spec.sheet(sheet).meaning(Meaning.STAGE) is not None


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


def _content(sheet: str, raw: Mapping[str, str], besides: Collection[str] = ()) -> tuple[object, ...]:
    """Return what a row says, empty cells left out."""
    said = frozenset((key, text.strip()) for key, text in raw.items() if text.strip() and key not in besides)
    return sheet, said


def _identity(spec: TemplateSpec, sheet: str, raw: Mapping[str, str]) -> tuple[str, ...]:
    keys = spec.sheet(sheet).row_key or tuple(column.key for column in spec.sheet(sheet).columns)
    return (sheet, *("".join(raw.get(key, "").split()).casefold() for key in keys))


def _summary(spec: TemplateSpec, row: EarlierRow) -> str:
    sheet = spec.sheet(row.sheet)
    shown = [column.key for column in sheet.columns if column.type is ColumnType.CUSTOMER]
    shown += [key for key in sheet.row_key if key not in shown]
    return " · ".join(text for key in shown if (text := row.raw.get(key, "").strip()))[:120]
