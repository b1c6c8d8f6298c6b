"""
When each rep's report of a day first arrived, and which days were said to be leave.

A sending is usable when its workbook was filed: read, known whose it is and of which day. That its
rows all had to be mended does not matter; a file that could not be read, or that was refused,
has not been sent. What replaced it later does not change when it came.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.mail import MessageState
from daysheet.model.rows import COUNTING
from daysheet.model.template import LEAVE, Meaning, TemplateSpec
from daysheet.store.engine import CHUNK, chunks
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import submission

AT_ONCE = 5_000
"""Sendings fetched at a time."""


@dataclass(frozen=True, slots=True)
class OnLeave:
    """A rep's leave as the cover of a report says it; *until* None: that day only."""

    rep_id: int
    first: date
    until: date | None


def is_usable() -> sa.ColumnElement[bool]:
    """Return the condition for a submission that counts as a report: one that was filed."""
    later = sa.alias(submission, "later")
    # a report all of whose rows wait ends as rejected, as a refused one does, which nothing ever replaces
    was_replaced = sa.exists().where(later.c.supersedes_id == submission.c.id)
    is_filed = sa.or_(submission.c.is_current, was_replaced)
    return sa.and_(
        submission.c.rep_id.is_not(None),
        submission.c.report_date.is_not(None),
        sa.or_(
            submission.c.state.in_((MessageState.ACCEPTED, MessageState.PARTLY)),
            sa.and_(submission.c.state == MessageState.REJECTED, is_filed),
        ),
    )


def first_received_at(connection: Connection) -> datetime | None:
    """Return when the first report of all was received, None where there is none yet."""
    found: datetime | None = connection.scalar(sa.select(submission.c.received_at).order_by(submission.c.id).limit(1))
    return found


def first_sendings(
    connection: Connection, first: date, last: date, rep_ids: Collection[int] | None = None
) -> Iterator[tuple[int, dict[date, datetime]]]:
    """
    Yield rep → report date → when the first usable sending was first seen, by rep id.

    One query, read as it is asked for. *rep_ids* None: everybody who sent something; many are as
    good as everybody: the caller then gets others, too.
    """
    values: dict[str, Any] = {"first": first, "last": last} | _named(rep_ids)
    query = _first_sendings("reps" in values)
    rows = connection.execute(query.execution_options(yield_per=AT_ONCE), values)
    for rep_id, some in groupby(rows, key=lambda row: int(row.rep_id)):
        yield rep_id, {row.report_date: row.at for row in some}


@cache  # made once: making it takes longer than running it for one rep
def _first_sendings(has_reps: bool) -> sa.Select[Any]:
    return (
        sa.select(submission.c.rep_id, submission.c.report_date, sa.func.min(submission.c.received_at).label("at"))
        .where(submission.c.report_date.between(_FIRST, _LAST), is_usable(), *([_IS_ASKED] if has_reps else []))
        .group_by(submission.c.rep_id, submission.c.report_date)
        .order_by(submission.c.rep_id, submission.c.report_date)
    )


_FIRST, _LAST, _LONG_AGO = (sa.bindparam(name, type_=sa.Date) for name in ("first", "last", "long_ago"))
_IS_ASKED = submission.c.rep_id.in_(sa.bindparam("reps", expanding=True))


def _named(rep_ids: Collection[int] | None) -> dict[str, list[int]]:
    """Return the reps as a query's values; nothing where everybody is asked about."""
    return {} if rep_ids is None or len(rep_ids) > CHUNK else {"reps": sorted(rep_ids)}


def leaves(
    connection: Connection,
    tables: SheetTables,
    specs: Sequence[TemplateSpec],
    first: date,
    last: date,
    longest: timedelta,
    rep_ids: Collection[int] | None = None,
) -> tuple[OnLeave, ...]:
    """
    Return the leaves that touch the days from *first* to *last*, by rep and day; none is longer than *longest*.

    They are told by the covers of the reports that count now. One query per cover sheet.
    """
    values: dict[str, Any] = {"first": first, "last": last, "long_ago": first - longest} | _named(rep_ids)
    found: list[OnLeave] = []
    for cover in _covers(specs):
        query = _leaves(tables, cover, "reps" in values)
        found += [OnLeave(int(row.rep_id), row.report_date, row.until) for row in connection.execute(query, values)]
    return tuple(sorted(found, key=lambda one: (one.rep_id, one.first)))


@cache
def _leaves(tables: SheetTables, told: tuple[str, str, str | None], has_reps: bool) -> sa.Select[Any]:
    key, kind, until = told
    cover = tables.table(key)
    ends = cover.c[until] if until else sa.null()
    begins_there = submission.c.report_date >= _FIRST
    return (
        sa.select(submission.c.rep_id, submission.c.report_date, ends.label("until"))
        .join_from(submission, cover, cover.c.submission_id == submission.c.id)
        .where(
            submission.c.report_date.between(_LONG_AGO, _LAST),
            submission.c.is_current,
            cover.c.state.in_(COUNTING),
            cover.c[kind] == LEAVE,
            sa.or_(begins_there, ends >= _FIRST) if until else begins_there,
            *([_IS_ASKED] if has_reps else []),
        )
    )


def _covers(specs: Sequence[TemplateSpec]) -> set[tuple[str, str, str | None]]:
    """Return (sheet, column of the kind of day, column of the leave's end) of every cover that tells leave."""
    told = set()
    for spec in specs:
        kind = spec.cover.meaning(Meaning.WORK_TYPE) if spec.cover else None
        if spec.cover is not None and kind is not None:
            until = spec.cover.meaning(Meaning.LEAVE_UNTIL)
            told.add((spec.cover.key, kind.key, until.key if until else None))
    return told


def last_reported(connection: Connection, rep_ids: Sequence[int]) -> dict[int, date]:
    """Return for which day each of the reps last sent a usable report; who never did is left out."""
    found: dict[int, date] = {}
    for some in chunks(sorted(rep_ids)):
        query = (
            sa.select(submission.c.rep_id, sa.func.max(submission.c.report_date).label("day"))
            .where(submission.c.rep_id.in_(some), is_usable())
            .group_by(submission.c.rep_id)
        )
        found |= {int(row.rep_id): row.day for row in connection.execute(query)}
    return found
