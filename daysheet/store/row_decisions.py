"""
What stewards did about rows that waited.

A decision is known by its row's place (submission, sheet, line) and not by the row's id: a later
revision holds a copy of the row, and what was decided of it goes with the copy.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.memory import Actor
from daysheet.store.engine import storable
from daysheet.store.tables import row_decision

Place = tuple[int, str, int]
"""A row's submission, sheet key and line."""


class RowDecisionKind(StrEnum):
    """What a steward did about a row."""

    REPAIRED = "repaired"
    RETURNED = "returned"  # sent back to the rep with a note; it goes on waiting
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class RowDecision:
    """
    What a steward did about a row, until it is undone.

    *edits* are the texts a repair put in the place of the rep's, *before* the row's typed values
    until then, as plain data.
    """

    id: int
    submission_id: int
    sheet: str
    row_number: int
    kind: RowDecisionKind
    edits: Mapping[str, str]
    before: Mapping[str, Any]
    note: str
    actor: str
    person_id: int | None
    at: datetime
    undone_at: datetime | None = None

    @property
    def place(self) -> Place:
        """Which row it is about."""
        return self.submission_id, self.sheet, self.row_number


def near(places: Collection[Place], owner: sa.Table) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """The rows of *owner* of these submissions, and those on one of these lines: more than asked, never many more."""
    ids, lines = {place[0] for place in places}, {place[2] for place in places}
    return owner.c.submission_id.in_(sorted(ids)), owner.c.row_number.in_(sorted(lines))


def decisions_at(connection: Connection, places: Collection[Place]) -> dict[Place, tuple[RowDecision, ...]]:
    """Return what was decided of each of the rows, newest first, in one query."""
    if not places:
        return {}
    wanted = set(places)
    found: dict[Place, list[RowDecision]] = {}
    query = sa.select(row_decision).where(*near(places, row_decision)).order_by(row_decision.c.id.desc())
    for row in connection.execute(query):
        made = _decision(row)
        if made.place in wanted:
            found.setdefault(made.place, []).append(made)
    return {place: tuple(made) for place, made in found.items()}


def standing_of(connection: Connection, submission_id: int) -> tuple[RowDecision, ...]:
    """Return every decision about a report's rows that was not undone, oldest first."""
    query = sa.select(row_decision).where(
        row_decision.c.submission_id == submission_id, row_decision.c.undone_at.is_(None)
    )
    return tuple(_decision(row) for row in connection.execute(query.order_by(row_decision.c.id)))


def _decision(row: Any) -> RowDecision:
    values = {name: getattr(row, name) for name in RowDecision.__dataclass_fields__}
    return RowDecision(**values | {"kind": RowDecisionKind(row.kind)})


def add_decision(
    connection: Connection,
    place: Place,
    kind: RowDecisionKind,
    actor: Actor,
    now: datetime,
    *,
    note: str = "",
    edits: Mapping[str, str] | None = None,
    before: Mapping[str, Any] | None = None,
) -> int:
    """Note what was decided of the row at *place*; return the decision's id."""
    values = {
        "submission_id": place[0],
        "sheet": place[1],
        "row_number": place[2],
        "kind": kind,
        "edits": {key: storable(text) for key, text in (edits or {}).items()},
        "before": dict(before or {}),
        "note": storable(note),
        "person_id": actor.person_id,
        "actor": actor.name,
        "at": now,
    }
    new_id = connection.execute(row_decision.insert(), values).inserted_primary_key
    assert new_id is not None
    return int(new_id[0])


def carry_decisions(connection: Connection, moved: Sequence[tuple[RowDecision, Place]]) -> None:
    """Let decisions stand for the rows at other places too: who made them, and when, stays so."""
    for made, place in moved:
        add_decision(
            connection,
            place,
            made.kind,
            Actor(made.actor, made.person_id),
            made.at,
            note=made.note,
            edits=made.edits,
            before=made.before,
        )


def undo_decision(connection: Connection, decision_id: int, now: datetime) -> bool:
    """Let a decision stand no longer; False where it was undone before."""
    statement = row_decision.update().where(row_decision.c.id == decision_id, row_decision.c.undone_at.is_(None))
    return connection.execute(statement.values(undone_at=now)).rowcount == 1
