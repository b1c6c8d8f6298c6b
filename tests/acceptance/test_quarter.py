"""
A small quarter through the real pipeline: every figure of every digest equals an independent recount.

Eight reps in three regions live three weeks with holidays, leave, lateness, corrections, half-empty second
reports, moves, a hand-over, merges and unmerges; ``bench/quarter.py`` does it with two hundred.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
import sqlalchemy as sa

from daysheet.model.periods import Period, PeriodKind
from daysheet.services import merging
from daysheet.services.merging import Merged, Request, Unmerged
from daysheet.services.tools import Tools
from daysheet.store import tables
from tests import recount
from tests.quarter.life import Quarter
from tests.quarter.proof import check_now, told_now
from tests.services.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

FIRST = date(2026, 9, 14)
"""Before a Sunday that is worked, Mid-Autumn and the National Day's week."""
WEEKS = 3


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def quarter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarter]:
    """The weeks as they were lived, each Monday's snapshots compared at once."""
    url = ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.url(server.new_database())
    folder = tmp_path_factory.mktemp("quarter")
    lived = Quarter(folder, reps=8, weeks=WEEKS, seed=10, teams=6, accounts=64, first=FIRST, url=url)
    with contextmanager(lived.open)() as tools:
        for period in lived.live():
            compared, found = recount.check(tools, lived.clock.now)
            assert compared > 50, f"{period.label}: hardly anything was told"
            assert found == []
        yield lived


def weeks() -> list[Period]:
    periods = [Period.of(PeriodKind.WEEK, FIRST)]
    while len(periods) < WEEKS:
        periods.append(periods[-1].following)
    return periods


def test_every_manager_was_told_of_every_week_once(quarter: Quarter) -> None:
    with quarter.tools.database.reading() as connection:
        told = connection.execute(sa.select(tables.digest.c.first_on, tables.digest.c.person_id)).fetchall()
    assert {row.first_on for row in told} == {period.first for period in weeks()}
    assert len(told) == len(set(told))
    assert WEEKS * 9 <= len(told) <= WEEKS * 10, (
        "the chief, three regions, six teams, unless the one rep of a team left"
    )


def test_the_weeks_had_everything_in_them(quarter: Quarter) -> None:
    """Figures that were never more than nothing would prove nothing."""
    with quarter.tools.database.reading() as connection:
        names = {name for row in connection.execute(sa.select(tables.digest.c.figures)) for name in row.figures}
    for wanted in (
        *(f"discipline.{one}" for one in ("on_time", "late", "missing", "leave")),
        *(f"reports.{one}" for one in ("clean", "corrected", "open", "correction_minutes")),
        *("visits.done", "visits.customers", "names.standard", "cells.filled", "help.count"),
        *("customers.new", "customers.merged", "customers.neglected", "level.A.short", "level.D.customers"),
        *("moved.on", "moved.back", "beyond.count", "won.count", "lost.count", "agreed.count", "sold_not_booked.count"),
        *("spot.customers", "spot.fields_wrong", "deals.on_hold.count", "queue.duplicate", "customers.questioned"),
    ):
        assert wanted in names, wanted
    assert {"CNY", "USD", "EUR"} <= {name.rpartition(".")[2] for name in names if ".amount." in name}
    assert {"moves", "hand-overs", "unmerges", "corrections", "half-empty second reports"} <= quarter.tally.done.keys()


def test_past_weeks_a_month_and_a_day_equal_the_recount_after_all_that_came_later(quarter: Quarter) -> None:
    stored = recount.Stored.read(quarter.tools)
    for period in [*weeks(), Period.of(PeriodKind.MONTH, FIRST), Period.of(PeriodKind.DAY, FIRST)]:
        compared, found = check_now(quarter.tools, stored, period, quarter.clock.now)
        assert compared > 100
        assert found == []


def told(quarter: Quarter) -> dict[str, object]:
    return {period.label: told_now(quarter.tools, period, quarter.clock.now) for period in weeks()}


def visited(tools: Tools) -> list[int]:
    """The two customers with the most visits: whatever is said of them shows in the figures."""
    visits = tools.tables.table("visits")
    query = (
        sa.select(visits.c.customer_id)
        .join(tables.customer, tables.customer.c.id == visits.c.customer_id)
        .where(tables.customer.c.root_id == tables.customer.c.id, visits.c.state == "landed")
        .group_by(visits.c.customer_id)
        .order_by(sa.func.count().desc(), visits.c.customer_id)
    )
    with tools.database.reading() as connection:
        return list(connection.execute(query.limit(2)).scalars())


def test_a_merge_and_its_unmerge_leave_the_figures_as_they_were(quarter: Quarter) -> None:
    tools = quarter.tools
    before = told(quarter)
    winner, loser = visited(tools)
    done = merging.merge(tools, Request(winner, loser, {}), by="S0001")
    assert isinstance(done, Merged)
    assert done.event is not None
    assert told(quarter) != before
    stored = recount.Stored.read(tools)
    assert [line for period in weeks() for line in check_now(tools, stored, period, quarter.clock.now)[1]] == []
    assert isinstance(merging.unmerge(tools, event_id=done.event.id, by="S0001"), Unmerged)
    assert told(quarter) == before


def test_the_recount_notices_a_single_row(quarter: Quarter) -> None:
    """A recount that always agreed would prove nothing."""
    stored = recount.Stored.read(quarter.tools)
    gone = next(row for row in stored.sheets["visits"] if row["state"] == "landed")
    stored.sheets["visits"].remove(gone)
    report = next(row for row in stored.rows["submission"] if row["id"] == gone["submission_id"])
    week = Period.of(PeriodKind.WEEK, report["report_date"])
    found = check_now(quarter.tools, stored, week, quarter.clock.now)[1]
    assert any(": rows.landed: told" in line for line in found)
