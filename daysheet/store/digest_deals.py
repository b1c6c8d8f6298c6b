"""Deals as they stood: one is a project of a customer, whatever that customer was merged of."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from daysheet.model.facts import Told
from daysheet.model.template import Meaning, SheetMeaning
from daysheet.store.digest_sources import FIRST, FORMS, LAST, Days, Source, about, reports_of, shown, streamed
from daysheet.store.engine import Connection
from daysheet.store.sheets import ExactNumber, SheetTables
from daysheet.store.tables import customer, opportunity, submission

_CAME = ("report_date", "submission_id", "row_number")
"""In which order a deal's rows are told; the last is how it stands."""

Where = sa.ColumnElement[bool]
Statement = sa.Select[*tuple[Any, ...]]


def told(connection: Connection, tables: SheetTables, days: Days) -> Iterator[Told]:
    """Yield what was told of deals on *days*, by customer, then as it came; of one rep's: of the deals they touched."""
    return _read(connection, tables, _told(tables, days.is_of_one), days)


def stood(connection: Connection, tables: SheetTables, days: Days) -> Iterator[Told]:
    """Yield the last of what was told of each deal before *days*, by customer; of one rep's: of those they touched."""
    return _read(connection, tables, _stood(tables, days.is_of_one), days)


def _read(connection: Connection, tables: SheetTables, query: Statement | None, days: Days) -> Iterator[Told]:
    if query is None:
        return iter(())
    values = days.values
    if days.is_of_one:
        # asked for by themselves: PostgreSQL would read all of a month to find a few customers' by a subquery
        values["roots"] = list(connection.execute(_touched(tables), values).scalars())
    return (Told(*row) for row in streamed(connection, query, values))


@lru_cache(FORMS)
def _told(tables: SheetTables, of_one: bool) -> Statement | None:
    days = submission.c.report_date.between(FIRST, LAST)
    parts = [_values(source).where(days, *_events(source, of_one)) for source in _sources(tables)]
    return _ordered(parts, *_CAME)


@lru_cache(FORMS)
def _stood(tables: SheetTables, of_one: bool) -> Statement | None:
    sources = _sources(tables)
    if not sources:
        return None
    events = sa.union_all(*(_keys(source, of_one) for source in sources)).subquery("events")
    newest = [events.c[name].desc() for name in _CAME]
    place = sa.func.row_number().over(partition_by=(events.c.root_id, events.c.project_key), order_by=newest)
    ranked = sa.select(events.c.source, events.c.row_id, place.label("place")).cte("ranked")
    parts = [
        _values(source)
        .join(ranked, ranked.c.row_id == source.table.c.id)
        .where(ranked.c.source == source.table.name, ranked.c.place == 1)
        for source in sources
    ]
    return _ordered(parts)


def _sources(tables: SheetTables) -> tuple[Source, ...]:
    """Return the tables about deals that say which deal and how it stands."""
    return tuple(source for source in about(tables, SheetMeaning.DEALS) if source.column(Meaning.STAGE) is not None)


def _events(source: Source, of_one: bool) -> tuple[Where, ...]:
    """Return the condition for rows that tell of a deal."""
    stage = source.column(Meaning.STAGE)
    assert stage is not None
    within = (customer.c.root_id.in_(sa.bindparam("roots", expanding=True)),) if of_one else ()
    return (source.counts, stage.is_not(None), submission.c.rep_id.is_not(None), *within)


def _keys(source: Source, of_one: bool) -> Statement:
    table = source.table
    return (
        sa.select(
            sa.literal(table.name, sa.Text).label("source"),
            table.c.id.label("row_id"),
            customer.c.root_id,
            opportunity.c.project_key,
            submission.c.report_date,
            table.c.submission_id,
            table.c.row_number,
        )
        .join_from(table, submission, submission.c.id == table.c.submission_id)
        .join(opportunity, opportunity.c.id == table.c.opportunity_id)
        .join(customer, customer.c.id == opportunity.c.customer_id)
        .where(submission.c.report_date < FIRST, *_events(source, of_one))
    )


def _values(source: Source) -> Statement:
    table, root = source.table, customer.alias("root")
    return (
        sa.select(
            customer.c.root_id,
            opportunity.c.project_key,
            submission.c.rep_id,
            submission.c.report_date,
            shown(root, "display_name").label("customer"),
            shown(root, "industry").label("industry"),
            opportunity.c.project,
            source.text(Meaning.STAGE).label("stage"),
            source.value(Meaning.AMOUNT, ExactNumber()).label("amount"),
            source.text(Meaning.CURRENCY).label("currency"),
            source.value(Meaning.PROBABILITY, ExactNumber()).label("probability"),
            source.value(Meaning.EXPECTED_ON, sa.Date()).label("expected_on"),
            source.text(Meaning.REASON).label("reason"),
            source.text(Meaning.COMPETITOR).label("competitor"),
            source.text(Meaning.SUPPORT).label("support"),
            table.c.submission_id,
            table.c.row_number,
        )
        .join_from(table, submission, submission.c.id == table.c.submission_id)
        .join(opportunity, opportunity.c.id == table.c.opportunity_id)
        .join(customer, customer.c.id == opportunity.c.customer_id)
        .join(root, root.c.id == customer.c.root_id)
    )


def _ordered(parts: Sequence[Statement], *order: str) -> Statement | None:
    if not parts:
        return None
    found = sa.union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    own = list(found.c)[: len(Told._fields)]
    return sa.select(*own).order_by(found.c.root_id, *(found.c[name] for name in order))


@lru_cache(FORMS)
def _touched(tables: SheetTables) -> sa.Select[tuple[int]]:
    """Select the customers of whose deals a rep told on the days meant."""
    parts = [
        sa.select(customer.c.root_id)
        .join_from(submission, source.table, source.table.c.submission_id == submission.c.id)
        .join(opportunity, opportunity.c.id == source.table.c.opportunity_id)
        .join(customer, customer.c.id == opportunity.c.customer_id)
        .where(*reports_of(of_one=True), source.counts)
        for source in _sources(tables)
    ]
    return sa.select(sa.union(*parts).subquery().c.root_id)
