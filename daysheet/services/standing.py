"""
A second report of a day meets what a steward did about the rows of the first (data.md 4).

A repair stands while the rep's cell still holds the old wrong value; once it holds another, the rep wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from daysheet.model.issues import Issue
from daysheet.model.rows import Record, RowState
from daysheet.services import mending, revision
from daysheet.services.mending import Mended, Slip
from daysheet.services.prepare import Prepared, customer_columns
from daysheet.services.revision import EarlierRow
from daysheet.services.tools import Tools
from daysheet.store import row_decisions
from daysheet.store.engine import Connection
from daysheet.store.row_decisions import RowDecision, RowDecisionKind
from daysheet.store.submissions import StoredRow

_Line = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """A workbook with the repairs that stand applied, and what was decided of its rows, by sheet and line."""

    prepared: Prepared
    repaired: Mapping[_Line, RowDecision] = field(default_factory=dict)
    returned: Mapping[_Line, RowDecision] = field(default_factory=dict)


def meet(
    connection: Connection, tools: Tools, prepared: Prepared, earlier_id: int, rows: Sequence[EarlierRow]
) -> Standing:
    """Return *prepared* with what was decided of the *rows* of the revision *earlier_id*, as far as it still holds."""
    assert prepared.spec is not None
    assert prepared.checked is not None
    if not any(row.state in (RowState.REPAIRED, RowState.PARKED) for row in rows):
        return Standing(prepared)
    made = {(one.sheet, one.row_number): one for one in row_decisions.standing_of(connection, earlier_id)}
    left = [record for record in prepared.checked.records if _waits(prepared, record)] if made else []
    mended: dict[_Line, tuple[RowDecision, Mended]] = {}
    returned: dict[_Line, RowDecision] = {}
    for row in rows:
        decision = made.get((row.sheet, row.row_number))
        if decision is None or decision.kind is RowDecisionKind.DROPPED:
            continue  # what was given up is looked at again where the rep sends it again
        record = revision.still_there(prepared.spec, row, decision.edits, left)
        if record is None:
            continue
        left.remove(record)
        at = (record.sheet, record.row_number)
        if row.state is RowState.REPAIRED:
            again = mending.mend(tools, _slip(prepared), record, _said_of(prepared, record), decision.edits)
            if not again.errors:
                mended[at] = (replace(decision, before=mending.plain(record.values)), again)
        elif record.raw == row.raw:
            returned[at] = decision
    repaired = {at: decision for at, (decision, _) in mended.items()}
    return Standing(_with(prepared, mended), repaired, returned)


def _waits(prepared: Prepared, record: Record) -> bool:
    assert prepared.spec is not None
    typed = (str(record.values.get(key) or "") for key in customer_columns(prepared.spec.sheet(record.sheet)))
    names = (prepared.names.get(name) for name in typed)
    return not record.is_ok or any(parse is not None and parse.is_rejected for parse in names)


def _said_of(prepared: Prepared, record: Record) -> list[Issue]:
    return [
        one
        for one in prepared.issues
        if one.place.sheet_key == record.sheet and one.place.row == record.row_number and one.place.field
    ]


def _slip(prepared: Prepared) -> Slip:
    assert prepared.spec is not None
    assert prepared.rep is not None
    assert prepared.report_date is not None
    return Slip(
        prepared.spec,
        prepared.rep,
        prepared.report_date,
        prepared.today,
        prepared.received_at,
        prepared.file_name,
    )


def _with(prepared: Prepared, mended: Mapping[_Line, tuple[RowDecision, Mended]]) -> Prepared:
    """Return *prepared* with the mended rows in their places, and without what was wrong in them."""
    if not mended or prepared.checked is None:
        return prepared
    records = tuple(
        mended[at][1].record if (at := (record.sheet, record.row_number)) in mended else record
        for record in prepared.checked.records
    )

    def is_mended(one: Issue) -> bool:
        decision = mended.get((one.place.sheet_key or "", one.place.row or 0))
        return decision is not None and (one.is_error or one.place.field in decision[0].edits)

    names = dict(prepared.names)
    for _, again in mended.values():
        names |= again.names
    return replace(
        prepared,
        checked=replace(prepared.checked, records=records),
        issues=tuple(one for one in prepared.issues if not is_mended(one)),
        names=names,
    )


# ---- once it is filed --------------------------------------------------------------------------


def settled(
    connection: Connection, standing: Standing, submission_id: int, rows: Sequence[StoredRow]
) -> tuple[StoredRow, ...]:
    """Return *rows* with those that are there thanks to a repair called so; what was decided goes with its rows."""
    if not standing.repaired and not standing.returned:
        return tuple(rows)
    stored: list[StoredRow] = []
    moved: list[tuple[RowDecision, Any]] = []
    for row in rows:
        at = (row.record.sheet, row.record.row_number)
        is_repaired = at in standing.repaired and row.state is RowState.LANDED
        decision = standing.repaired.get(at) if is_repaired else standing.returned.get(at)
        if decision is not None:
            moved.append((decision, (submission_id, *at)))
        stored.append(replace(row, state=RowState.REPAIRED) if is_repaired else row)
    row_decisions.carry_decisions(connection, moved)
    return tuple(stored)


def carry(connection: Connection, earlier_id: int, submission_id: int, lines: Mapping[_Line, int]) -> None:
    """Let what was decided of an earlier revision's rows stand for their copies; *lines*: where they stand now."""
    if lines:
        made = row_decisions.standing_of(connection, earlier_id)
        moved = [
            (one, (submission_id, one.sheet, lines[one.sheet, one.row_number]))
            for one in made
            if (one.sheet, one.row_number) in lines
        ]
        row_decisions.carry_decisions(connection, moved)
