"""
What stewards decided about the rows and names of some reps.

Each takes many reps at once and reads only what has happened since, off an index; what was undone
is left out.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.memory import ReviewKind, ReviewState, Says
from daysheet.store.digest_sources import data, shown
from daysheet.store.engine import chunks
from daysheet.store.row_decisions import RowDecisionKind
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import (
    assignment,
    audit,
    customer,
    judgement,
    merge_event,
    review,
    row_decision,
    submission,
)

LATELY = timedelta(days=92)
"""How old a report may be for what is done about its rows to be told; so only some of a rep's reports are looked up."""
EDITED = "customer.edited"
"""What the log calls a change of a customer's fields."""

_MEMBER, _ROOT = customer.alias("member"), customer.alias("root")


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A question about a name that was answered, as it concerns one rep.

    *name* is the customer's own, *now* what it is called as read. *has_part*: the customer, as read,
    is one that the rep has part in.
    """

    person_id: int
    review_id: int
    name: str
    now: str
    is_same: bool
    has_part: bool
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Became:
    """A customer that a rep has part in is called otherwise now; *review_id* is the question that led to it."""

    person_id: int
    root_id: int
    name: str
    now: str
    actor: str
    at: datetime
    review_id: int | None = None


@dataclass(frozen=True, slots=True)
class Handled:
    """What was done about a row of a rep's present report; *typed* is the customer's name as the row has it."""

    person_id: int
    kind: RowDecisionKind
    sheet: str
    row_number: int
    typed: str
    note: str
    actor: str
    at: datetime


# ---- names -------------------------------------------------------------------------------------


def judged(connection: Connection, reps: Collection[int], since: datetime) -> Iterator[Judged]:
    """Yield the answered questions whose report is one of *reps*' or whose customer they have part in."""
    for some in chunks(sorted(reps)):
        values = {"reps": some, "since": since}
        has_part: dict[tuple[int, int], bool] = {}
        rows: dict[tuple[int, int], Any] = {}
        for query, is_theirs in ((_JUDGED_PART, True), (_JUDGED_SENT, False)):
            for row in connection.execute(query, values):
                rows.setdefault((row.person_id, row.id), row)
                has_part.setdefault((row.person_id, row.id), is_theirs)
        for key, row in rows.items():
            yield Judged(*key, row.name, row.now, row.says == Says.SAME, has_part[key], row.actor or "", row.at)


def _judged(person_id: sa.ColumnElement[int]) -> sa.Select[Any]:
    return (
        sa.select(
            person_id.label("person_id"),
            review.c.id,
            review.c.says,
            review.c.actor,
            review.c.decided_at.label("at"),
            _MEMBER.c.display_name.label("name"),
            shown(_ROOT, "display_name").label("now"),
        )
        .join_from(review, _MEMBER, _MEMBER.c.id == review.c.customer_id)
        .join(_ROOT, _ROOT.c.id == _MEMBER.c.root_id)
        .where(
            review.c.state == ReviewState.DECIDED,
            review.c.decided_at >= sa.bindparam("since", type_=review.c.decided_at.type),
            review.c.kind == ReviewKind.NAME,
            person_id.in_(sa.bindparam("reps", expanding=True)),
        )
    )


_HAS_PART = assignment.c.to_on.is_(None)
_JUDGED_SENT = _judged(submission.c.rep_id).join(submission, submission.c.id == review.c.submission_id)
_JUDGED_PART = (
    _judged(assignment.c.person_id).join(assignment, assignment.c.customer_id == review.c.customer_id).where(_HAS_PART)
)


def merged(connection: Connection, reps: Collection[int], since: datetime) -> Iterator[Became]:
    """Yield the merges by which a customer that *reps* have part in became part of another."""
    for some in chunks(sorted(reps)):
        for row in connection.execute(_MERGED, {"reps": some, "since": since}):
            # of a family only those that this very merge moved: another may have been merged in another way
            if row.member_id in {moved["id"] for moved in row.before["moved"]}:
                yield Became(row.person_id, row.root_id, row.name, row.now, row.actor, row.at, row.review_id)


_LOSER = customer.alias("loser")
_MERGED = (
    sa.select(
        assignment.c.person_id,
        _MEMBER.c.id.label("member_id"),
        _MEMBER.c.root_id,
        _MEMBER.c.display_name.label("name"),
        shown(_ROOT, "display_name").label("now"),
        merge_event.c.before,
        merge_event.c.actor,
        merge_event.c.at,
        judgement.c.review_id,
    )
    .join_from(merge_event, _LOSER, _LOSER.c.id == merge_event.c.loser_id)
    .join(_MEMBER, sa.and_(_MEMBER.c.root_id == _LOSER.c.root_id, _MEMBER.c.id != _MEMBER.c.root_id))
    .join(_ROOT, _ROOT.c.id == _MEMBER.c.root_id)
    .join(assignment, assignment.c.customer_id == _MEMBER.c.id)
    .join(judgement, judgement.c.id == merge_event.c.judgement_id, isouter=True)
    .where(
        merge_event.c.at >= sa.bindparam("since", type_=merge_event.c.at.type),
        merge_event.c.undone_at.is_(None),
        assignment.c.person_id.in_(sa.bindparam("reps", expanding=True)),
        _HAS_PART,
    )
)


def renamed(connection: Connection, reps: Collection[int], since: datetime) -> Iterator[Became]:
    """
    Yield the renamings of customers that *reps* have part in, each with the name from before.

    Only those whose name is still the present one: what was undone, or renamed once more, is not told.
    """
    for some in chunks(sorted(reps)):
        for row in connection.execute(_RENAMED, {"reps": some, "since": since}):
            if row.name != row.now:
                yield Became(row.person_id, row.root_id, row.name, row.now, row.actor, row.at)


_EDITED = customer.alias("edited")
_NAME = ("fields", "display_name")
_RENAMED = (
    sa.select(
        assignment.c.person_id,
        _EDITED.c.root_id,
        audit.c.before[_NAME].as_string().label("name"),
        shown(_ROOT, "display_name").label("now"),
        audit.c.actor,
        audit.c.at,
    )
    .distinct()
    .join_from(audit, _EDITED, _EDITED.c.id == audit.c.entity_id)
    .join(_ROOT, _ROOT.c.id == _EDITED.c.root_id)
    .join(_MEMBER, _MEMBER.c.root_id == _EDITED.c.root_id)
    .join(assignment, assignment.c.customer_id == _MEMBER.c.id)
    .where(
        audit.c.action == EDITED,
        audit.c.at >= sa.bindparam("since", type_=audit.c.at.type),
        audit.c.after[_NAME].as_string() == shown(_ROOT, "display_name"),
        assignment.c.person_id.in_(sa.bindparam("reps", expanding=True)),
        _HAS_PART,
    )
)


# ---- rows --------------------------------------------------------------------------------------


def handled(connection: Connection, tables: SheetTables, reps: Collection[int], since: datetime) -> tuple[Handled, ...]:
    """Return what was done about the rows of *reps*' present reports, which take along what still stands."""
    rows: list[Any] = []
    for some in chunks(sorted(reps)):
        rows += connection.execute(_HANDLED, {"reps": some, "since": since, "since_on": since.date() - LATELY})
    typed = _typed(connection, tables, rows)
    return tuple(
        Handled(
            row.rep_id,
            RowDecisionKind(row.kind),
            row.sheet,
            row.row_number,
            typed.get((row.submission_id, row.sheet, row.row_number), ""),
            row.note,
            row.actor,
            row.at,
        )
        for row in rows
    )


_HANDLED = (
    sa.select(
        submission.c.rep_id,
        row_decision.c.submission_id,
        row_decision.c.kind,
        row_decision.c.sheet,
        row_decision.c.row_number,
        row_decision.c.note,
        row_decision.c.actor,
        row_decision.c.at,
    )
    .join_from(row_decision, submission, submission.c.id == row_decision.c.submission_id)
    .where(
        row_decision.c.at >= sa.bindparam("since", type_=row_decision.c.at.type),
        row_decision.c.undone_at.is_(None),
        submission.c.is_current,
        submission.c.report_date >= sa.bindparam("since_on", type_=submission.c.report_date.type),
        submission.c.rep_id.in_(sa.bindparam("reps", expanding=True)),
    )
)


def _typed(connection: Connection, tables: SheetTables, rows: Sequence[Any]) -> dict[tuple[int, str, int], str]:
    """Return the customers' names in rows, by submission, sheet and line; one query for each sheet that has some."""
    found: dict[tuple[int, str, int], str] = {}
    names = {source.table.name: source.customer for source in data(tables) if source.customer is not None}
    for key in {row.sheet for row in rows} & names.keys():
        table = tables.table(key)
        places = {(row.submission_id, row.row_number) for row in rows if row.sheet == key}
        for some in chunks(sorted({place[0] for place in places})):
            query = sa.select(table.c.submission_id, table.c.row_number, names[key].label("typed")).where(
                table.c.submission_id.in_(some), table.c.row_number.in_(sorted({place[1] for place in places}))
            )
            for row in connection.execute(query):
                found[row.submission_id, key, row.row_number] = row.typed or ""
    return found
